//! One sync request: what it writes, what it is answered.

use std::collections::{HashMap, HashSet};

use roadbook_core::model::BookId;
use roadbook_core::wire::{
    BookAccess, Cursor, Digest, FailureCode, Log, OLDEST_VERSION, Order, Receipts, SyncAnswer, SyncRequest,
    VERSION, limits,
};

use super::org::Org;
use super::storage::{Pull, Reread, Result, Session, Storage, StorageError, Wakes, Write};

/// The protocol version that brought snapshots.
const SNAPSHOTS_SINCE: u16 = 2;

/// Answers a request. `wake` is told what is new as soon as it is durable, before the answer is made: others wait for that.
pub async fn exchange(
    storage: &dyn Storage,
    session: Session,
    request: SyncRequest,
    now: i64,
    wake: impl FnOnce(&Wakes, &Org) + Send,
) -> Result<SyncAnswer> {
    check(&request)?;
    let remembered = storage.cursors(session.device).await?;
    answer_from(storage, session, remembered, request, now, wake).await
}

/// The same, once it is known what cursors this relay remembers of the device.
async fn answer_from(
    storage: &dyn Storage,
    session: Session,
    remembered: Vec<Cursor>,
    request: SyncRequest,
    now: i64,
    wake: impl FnOnce(&Wakes, &Org) + Send,
) -> Result<SyncAnswer> {
    let mut answer = SyncAnswer { version: request.version.min(VERSION), ..SyncAnswer::new(now) };
    if session.order == Some(Order::Wipe) {
        // The device may be in a stranger's hands: nothing is taken in from it, and it is told nothing else.
        if request.obeyed {
            storage.write(session, Write { obeyed: true, ..Write::default() }, now).await?;
        }
        answer.order = session.order;
        return Ok(answer);
    }
    let org = storage.org(session.workspace).await?;
    let standing = org.standing(session.member, now);
    let books = &standing.books;
    let pushed = request
        .pushes
        .iter()
        .filter_map(|push| Some((push.document, push.change.or_else(|| push.chunk.plain_id().ok())?)))
        .collect();
    let mut write = Write {
        books: request.books,
        roots: [request.roots, request.accounts].concat(),
        pushes: request.pushes,
        rehung: request.rehung,
        verdicts_seen: request.verdicts_seen,
        decisions: request.decisions,
        snapshots: request.snapshots,
        verified: request.verified,
        obeyed: request.obeyed,
        ..Write::default()
    };
    let mut cursors: HashMap<(BookId, Log), Cursor> =
        remembered.iter().map(|c| ((c.book, c.log), *c)).collect();
    cursors.extend(request.cursors.iter().map(|c| ((c.book, c.log), *c)));
    let all: Vec<Cursor> = cursors.values().copied().collect();
    if Cursor::digest_of(&all) == request.all_cursors {
        write.cursors =
            request.cursors.into_iter().filter(|c| !remembered.contains(c) && c.number > 0).collect();
    } else if Cursor::digest_of(&request.cursors) == request.all_cursors {
        cursors = request.cursors.iter().map(|c| ((c.book, c.log), *c)).collect();
        (write.cursors, write.all_cursors) = (request.cursors, true);
    } else {
        answer.cursors_wanted = true;
    }
    let to_reread = to_reread(books, &cursors, org.common);
    // With what a device is to begin anew, and whether it has.
    let (anew, has_begun) = match session.reread {
        Reread::No => (None, true),
        // Which logs it has read is not known yet.
        _ if answer.cursors_wanted => (None, false),
        Reread::Told(with) if request.receipts == with => (None, true),
        Reread::Told(with) => (Some(with), false),
        Reread::Wanted => (Some(Digest::of([session.device.as_bytes(), &now.to_be_bytes()[..]])), false),
    };
    let starts_again = anew.is_some();
    // Who is to begin anew hears of its rights together with that: told alone, it would erase what it is to give back.
    if standing.digest != request.access && (has_begun || starts_again) {
        write.may_write = books.iter().filter(|book| book.right.writes()).map(|book| book.id).collect();
        answer.access = Some(org.access(session.member, now));
    }
    if !has_begun {
        // An edit must not come before what it builds on, which the device may be the one to give back.
        write.pushes.clear();
        write.decisions.clear();
    }
    if starts_again {
        write.cursors.clear();
        write.all_cursors = false;
        write.reread = anew.map(Reread::Told);
    } else if session.reread != Reread::No && has_begun {
        write.reread = Some(Reread::No);
    }
    // A device that is to retire learns first what this relay lost: told at once, it would erase that.
    answer.order = session.order.filter(|_| has_begun);
    if !write.is_empty() {
        let written = storage.write(session, write, now).await?;
        (answer.acks, answer.decided, answer.diverged) = (written.acks, written.decided, written.diverged);
        answer.folded = written.folded;
        if starts_again {
            answer.diverged = to_reread;
        }
        wake(&written.wakes, &org);
        // Whoever is woken waits on this thread, which makes the answer next: nobody waits for that as for the change.
        tokio::task::yield_now().await;
    }
    // A device that is to end gets nothing more; nor does one that is to begin anew, before it has.
    let hands_in = session.order.is_some() && has_begun && !request.fetch.is_empty();
    if answer.cursors_wanted || starts_again || session.order.is_some() && !hands_in {
        answer.receipts = anew.map(|digest| Receipts { digest, list: Vec::new() });
        return Ok(answer);
    }
    let only: Option<HashSet<BookId>> = request.only.map(|only| only.into_iter().collect());
    let readable = books
        .iter()
        .filter(|book| only.as_ref().is_none_or(|only| only.contains(&book.id)))
        .filter(|book| !answer.diverged.contains(&(book.id, Log::Entries)))
        .cloned()
        .collect();
    let diverged_trays: Vec<BookId> =
        answer.diverged.iter().filter(|(_, log)| *log == Log::Tray).map(|(book, _)| *book).collect();
    let pull = Pull {
        ahead: request.ahead,
        books: readable,
        // A tray whose cursor diverged is read again from its beginning at the next request.
        cursors: cursors
            .into_values()
            .filter(|c| c.log == Log::Entries || !diverged_trays.contains(&c.book))
            .collect(),
        pushed,
        snapshots: request.version >= SNAPSHOTS_SINCE,
        fetch: request.fetch,
        verdicts_seen: request.verdicts_seen,
        receipts: request.receipts,
        budget: request.budget.min(limits::PAGE_MOST) as usize,
        only_documents: hands_in,
    };
    let pulled = storage.pull(session, pull).await?;
    answer.members = pulled.members;
    answer.pages = pulled.pages;
    answer.trays = pulled.trays;
    answer.trays.retain(|page| !diverged_trays.contains(&page.next.book));
    answer.documents = pulled.documents;
    answer.verdicts = pulled.verdicts;
    answer.receipts = pulled.receipts;
    answer.more = pulled.more;
    Ok(answer)
}

/// The logs a device begins anew: all it may read, and those it has read and may not any more, of which it may be the only one
/// to hold what a restored relay lost. The common one for who has left and has read nothing: what they handed in they may be the
/// only one to hold, too.
fn to_reread(
    books: &[BookAccess],
    cursors: &HashMap<(BookId, Log), Cursor>,
    common: BookId,
) -> Vec<(BookId, Log)> {
    let readable = books.iter().map(|book| (book.id, Log::Entries));
    let trays = books.iter().filter(|book| book.reviews).map(|book| (book.id, Log::Tray));
    let mut gone: Vec<(BookId, Log)> = cursors
        .keys()
        .filter(|(book, log)| *log == Log::Entries && books.iter().all(|readable| readable.id != *book))
        .copied()
        .collect();
    gone.sort_unstable_by_key(|(book, _)| *book);
    let logs: Vec<_> = readable.chain(trays).chain(gone).collect();
    if logs.is_empty() { vec![(common, Log::Entries)] } else { logs }
}

/// An answer that nobody asked for yet.
#[derive(Debug)]
pub struct Ahead {
    /// The access state its device is taken to hold.
    pub access: Digest,
    /// Where its device is taken to have read to: [`Cursor::digest_of`] what it confirmed.
    pub all_cursors: Digest,
    /// Pages, and nothing else.
    pub answer: SyncAnswer,
}

/// What a connected device would be answered if it asked now, if that is nothing but a few changes; `None`: it is to ask.
/// `told` is where it had read to when it was last answered so: it did not take that in, or has not confirmed it yet.
pub async fn answer_ahead(
    storage: &dyn Storage,
    session: Session,
    version: u16,
    told: Option<Digest>,
    now: i64,
) -> Result<Option<Ahead>> {
    let remembered = storage.cursors(session.device).await?;
    let all_cursors = Cursor::digest_of(&remembered);
    if session.order.is_some() || session.reread != Reread::No || told == Some(all_cursors) {
        return Ok(None);
    }
    let access = storage.org(session.workspace).await?.standing(session.member, now).digest;
    let budget = limits::LIVE as u32;
    let request = SyncRequest { version, access, all_cursors, budget, ..SyncRequest::new(now) };
    let mut answer = answer_from(storage, session, remembered, request, now, |_, _| {}).await?;
    // They can wait for the request that confirms the changes.
    answer.receipts = None;
    let (pages, members) = (std::mem::take(&mut answer.pages), std::mem::take(&mut answer.members));
    let nothing_else = answer == SyncAnswer { version: answer.version, ..SyncAnswer::new(now) };
    if pages.is_empty() || !nothing_else {
        return Ok(None);
    }
    (answer.pages, answer.members, answer.more) = (pages, members, true);
    Ok(Some(Ahead { access, all_cursors, answer }))
}

fn check(request: &SyncRequest) -> Result<()> {
    if request.version < OLDEST_VERSION {
        let detail = format!("this relay answers versions {OLDEST_VERSION} to {VERSION}: update the app");
        return Err(StorageError::refused(FailureCode::UpgradeRequired, detail));
    }
    let most = [
        ("pushes", request.pushes.len(), limits::ITEMS),
        ("rehung", request.rehung.len(), limits::ITEMS),
        ("decisions", request.decisions.len(), limits::ITEMS),
        ("books", request.books.len(), limits::ITEMS),
        ("roots", request.roots.len() + request.accounts.len(), limits::ITEMS),
        ("subscribed books", request.only.as_ref().map_or(0, Vec::len), limits::ITEMS),
        ("cursors", request.cursors.len(), limits::ITEMS),
        ("ahead", request.ahead.len(), limits::ITEMS),
        ("fetch", request.fetch.len(), limits::FETCH),
        ("snapshots", request.snapshots.len(), limits::SNAPSHOTS),
        ("verified", request.verified.len(), limits::ITEMS),
    ];
    for (what, count, most) in most {
        if count > most {
            let detail = format!("{count} {what} in one request; at most {most}");
            return Err(StorageError::refused(FailureCode::TooLarge, detail));
        }
    }
    if request
        .decisions
        .iter()
        .any(|decision| decision.reason.as_ref().is_some_and(|r| r.0.len() > limits::REASON))
    {
        let detail = format!("a reason has at most {} bytes", limits::REASON);
        return Err(StorageError::refused(FailureCode::TooLarge, detail));
    }
    Ok(())
}
