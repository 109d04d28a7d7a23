//! Taking in what the relay answered: one transaction an answer, the cursors in it. Interrupted anywhere, the device
//! goes on at the last answer it committed.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, params};

use super::changes::{self, NewChange, State};
use super::meta::{self, name};
use super::outgoing::Origin;
use super::upload::Upload;
use super::{DocumentRow, Store, Writing, books, device, find};
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::wire::{
    Ack, BookPage, Cursor, Decided, Digest, Log, Order, RejectionClass, RejectionCode, SyncAnswer, limits,
};
use crate::{Error, Result};

/// What taking an answer in did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Received {
    /// Changes that came.
    pub(crate) changes: usize,
    /// Changes of ours that are settled now.
    pub(crate) settled: usize,
    /// Changes of ours to be sent again later.
    pub(crate) transient: usize,
    /// Whether a relay that was restored from a backup lacks something that goes out now.
    pub(crate) to_send: bool,
    /// Whether it brought what was not taken in, because books have to be read from another place now.
    pub(crate) to_read: bool,
}

/// What every request says of this device.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The digest of what its member may see.
    pub(crate) access: Digest,
    /// The digest of the receipts it has.
    pub(crate) receipts: Digest,
    /// The last verdict it has.
    pub(crate) verdicts_seen: u64,
    /// How far it has read every book and tray.
    pub(crate) cursors: Vec<Cursor>,
    /// The books it holds; `None`: all there are.
    pub(crate) only: Option<Vec<BookId>>,
    /// Documents with a change that waits for one it builds on, as many as a request asks for.
    pub(crate) incomplete: Vec<RecordId>,
    /// The order it is obeying.
    pub(crate) order: Option<Order>,
}

/// What the relay took elsewhere than this device has it.
struct Taken {
    document: RecordId,
    book: BookId,
    /// The change, if it was kept of a record that is not here: else the record is in another book than this device believed,
    /// or was going away.
    kept: Option<ChangeId>,
}

impl Store {
    /// How this device stands, of one state of the store.
    pub(crate) fn standing(&self) -> Result<Standing> {
        self.inner.read(|db| {
            Ok(Standing {
                access: meta::get(db, name::ACCESS)?.unwrap_or(Digest::ZERO),
                receipts: meta::get(db, name::RECEIPTS)?.unwrap_or(Digest::ZERO),
                verdicts_seen: meta::get(db, name::VERDICTS_SEEN)?.unwrap_or_default(),
                cursors: cursors(db)?,
                only: books::subscription(db)?,
                incomplete: incomplete(db, limits::FETCH)?,
                order: device::order(db)?,
            })
        })
    }

    /// Whether any document has a change that waits for one it builds on.
    pub(crate) fn is_incomplete(&self) -> Result<bool> {
        self.inner.read(|db| Ok(!incomplete(db, 1)?.is_empty()))
    }

    /// Takes an answer in. `offset` is how many seconds this clock was found to be behind the relay's.
    pub(crate) fn receive(
        &self,
        answer: &SyncAnswer,
        upload: &Upload,
        offset: Option<i32>,
    ) -> Result<Received> {
        let nothing = answer.acks.is_empty()
            && answer.decided.is_empty()
            && answer.access.is_none()
            && answer.diverged.is_empty()
            && answer.pages.is_empty()
            && answer.trays.is_empty()
            && answer.documents.is_empty()
            && answer.verdicts.is_empty()
            && answer.receipts.is_none()
            && answer.order.is_none()
            && upload.snapshots.is_empty()
            && upload.unfit.is_empty()
            && upload.found.is_empty();
        if nothing && !self.inner.read(|db| is_news(db, offset))? {
            return Ok(Received::default());
        }
        if answer.acks.len() > upload.changes.len() || answer.decided.len() > upload.decisions.len() {
            return Err(Error::BadAnswer { detail: "more answers than questions".to_owned() });
        }
        let (received, erased) = self.inner.write(|w| {
            if let Some(offset) = differing(w.tx, offset)? {
                meta::set(w.tx, name::OFFSET, offset)?;
                w.clock_offset = Some(offset);
            }
            // The token works.
            meta::clear(w.tx, name::REFUSED)?;
            // Once other books are chosen than were asked for, none of the pages begins where this device has read to.
            let chosen = books::subscription(w.tx)? == upload.only && w.has_read_to(upload)?;
            let mut received = Received::default();
            let taken = w.settle(upload, &answer.acks, &mut received)?;
            for ((seq, _), decided) in upload.decisions.iter().zip(&answer.decided) {
                if *decided == Decided::Forbidden {
                    tracing::warn!("a review decision was refused: the right to decide is gone");
                }
                w.tx.prepare_cached("DELETE FROM decision WHERE seq = ?1")?.execute([seq])?;
            }
            w.settle_snapshots(&upload.found, &upload.snapshots, &upload.unfit, &answer.folded)?;
            let returned = match &answer.access {
                Some(access) => w.apply_access(access)?,
                None => HashSet::new(),
            };
            // A book that came back with this answer is to be read from its beginning, which its page is not.
            let reads = |book: BookId| chosen && !returned.contains(&book);
            received.to_read = !chosen || !returned.is_empty();
            // The book that a record went to may have become readable in this very answer.
            for Taken { document, book, .. } in taken.iter().filter(|taken| taken.kept.is_none()) {
                if w.holds(*book)?
                    && let Some(row) = find(w.tx, *document)?
                {
                    w.relabel(&row, *book)?;
                    // It may have been hidden, if it was rejected before.
                    if row.leaving {
                        w.refresh(&DocumentRow { book: *book, leaving: false, ..row })?;
                    }
                }
            }
            for (book, log) in &answer.diverged {
                w.start_again(*book, *log)?;
            }
            if !answer.diverged.is_empty() {
                received.to_send |= w.offer_again()?;
            }
            for page in answer.pages.iter().filter(|page| reads(page.next.book)) {
                received.changes += w.apply_page(page, &answer.members)?;
            }
            // No page comes of a log that is empty now, or not subscribed to; an ended device is served none at all.
            if !answer.cursors_wanted && !answer.more && !received.to_read || answer.order.is_some() {
                w.reread_all(answer)?;
                meta::clear(w.tx, name::UNREAD)?;
            } else if received.settled > 0 {
                meta::set(w.tx, name::UNREAD, true)?;
            }
            received.to_send |= std::mem::take(&mut w.to_send);
            for taken in &taken {
                w.want_taken(taken)?;
            }
            for document in answer.documents.iter().filter(|_| chosen) {
                received.changes += w.apply_whole(document, &answer.members)?;
            }
            for page in answer.trays.iter().filter(|page| reads(page.next.book)) {
                w.apply_tray(page, &answer.members)?;
            }
            for verdict in &answer.verdicts {
                w.apply_verdict(verdict)?;
            }
            if let Some(receipts) = &answer.receipts {
                w.apply_receipts(receipts)?;
            }
            if let Some(order) = answer.order {
                let told: Option<String> = meta::get(w.tx, name::OBEYING)?;
                meta::set(w.tx, name::OBEYING, if order == Order::Wipe { "wipe" } else { "retire" })?;
                if order == Order::Retire && told.is_none() {
                    // The relay refused it when this device was to stay; it takes more from one that goes.
                    w.tx.execute("DELETE FROM lane WHERE code = 'forbidden'", [])?;
                }
            }
            // A relay that asks where this device has read to may have been restored, and say with its next answer what it lacks;
            // and what one told by itself may be heard after it was restored.
            if !answer.cursors_wanted && !upload.told {
                w.let_go()?;
            }
            meta::set(w.tx, name::SYNCED_AT, w.inner.environment.now())?;
            w.events.sync = true;
            Ok((received, w.erased))
        })?;
        if erased {
            self.leave_no_trace();
        }
        Ok(received)
    }
}

/// Whether an answer that brings nothing says something all the same: what the clock shows, that a token works again, of a log that
/// is being read again that it has ended, and of what is to go that the relay has it.
fn is_news(db: &Connection, offset: Option<i32>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM book WHERE rereading = 1)
        OR EXISTS (SELECT 1 FROM book WHERE leaving = 1)
        OR EXISTS (SELECT 1 FROM document d WHERE leaving = 1
            AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.doc = d.doc))";
    let going_on: bool = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let refused: bool = meta::get(db, name::REFUSED)?.unwrap_or_default();
    Ok(going_on || refused || differing(db, offset)?.is_some())
}

/// How far behind the relay's this clock is, if that is not what was known: a second is the measure of it, below that it is the
/// network.
fn differing(db: &Connection, offset: Option<i32>) -> Result<Option<i32>> {
    let Some(offset) = offset else { return Ok(None) };
    let known: i32 = meta::get(db, name::OFFSET)?.unwrap_or_default();
    Ok((offset.abs_diff(known) > 1).then_some(offset))
}

/// Documents with a change that waits for one it builds on.
fn incomplete(db: &Connection, limit: usize) -> Result<Vec<RecordId>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT d.id FROM change c JOIN document d ON d.doc = c.doc
         WHERE c.state = ?1 AND c.state <> 1 LIMIT ?2",
    )?;
    let rows = statement.query_map(params![State::Waiting as i64, limit as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn cursors(db: &Connection) -> Result<Vec<Cursor>> {
    let mut statement = db.prepare_cached("SELECT book, log, number, digest FROM cursor")?;
    let rows = statement.query_map([], |row| {
        let log = if row.get_ref(1)?.as_str()? == "tray" { Log::Tray } else { Log::Entries };
        Ok(Cursor { book: row.get(0)?, log, number: row.get(2)?, digest: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Writing<'_> {
    /// Moves the ledger of what was sent.
    fn settle(&mut self, upload: &Upload, acks: &[Ack], received: &mut Received) -> Result<Vec<Taken>> {
        let now = self.inner.environment.now();
        let mut accept = self.tx.prepare_cached(
            "UPDATE change SET state = ?2, number = ?3, accepted_at = coalesce(accepted_at, ?4) WHERE seq = ?1",
        )?;
        let leaving: HashSet<RecordId> = self
            .tx
            .prepare_cached("SELECT id FROM document WHERE leaving = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let only = books::subscription(self.tx)?;
        let chosen = |book: &BookId| only.as_ref().is_none_or(|only| only.contains(book));
        let (mut gone, mut purged, mut taken, mut unread) =
            (Vec::new(), BTreeSet::new(), Vec::new(), Vec::new());
        for (sent, ack) in upload.changes.iter().zip(acks) {
            let seq = match sent.origin {
                Origin::Change(seq) => seq,
                Origin::Kept(seq) => {
                    match self.settle_kept(seq, sent.document, ack)? {
                        true => received.settled += 1,
                        false => received.transient += 1,
                    }
                    if let Ack::Accepted(book, _) = ack {
                        taken.push(Taken { document: sent.document, book: *book, kept: Some(sent.id) });
                    }
                    continue;
                }
            };
            match ack {
                Ack::Accepted(book, number) => {
                    accept.execute(params![seq, State::Accepted as i64, *number, now])?;
                    received.settled += 1;
                    if !chosen(book) {
                        unread.push(sent.document);
                    }
                    if *book != sent.book || leaving.contains(&sent.document) {
                        taken.push(Taken { document: sent.document, book: *book, kept: None });
                    }
                }
                Ack::Gone(_) => {
                    // Its number is of a log that this member may not read: how far colleagues have read the book it was in says
                    // nothing of it.
                    accept.execute(params![seq, State::Accepted as i64, None::<u64>, now])?;
                    received.settled += 1;
                    gone.push((sent.book, sent.document));
                }
                Ack::Tray(number) => {
                    accept.execute(params![seq, State::Tray as i64, *number, now])?;
                    received.settled += 1;
                    if !chosen(&sent.book) {
                        unread.push(sent.document);
                    }
                }
                Ack::Rejected(rejection) if rejection.class == RejectionClass::Transient => {
                    received.transient += 1
                }
                Ack::Rejected(rejection) => {
                    received.settled += 1;
                    let Some(row) = find(self.tx, sent.document)? else { continue };
                    let code = match serde_json::to_value(rejection.code) {
                        Ok(serde_json::Value::String(code)) => code,
                        _ => "unknown".to_owned(),
                    };
                    if rejection.code == RejectionCode::RefusedInReview {
                        self.take_back(&row, &[seq])?;
                        continue;
                    }
                    if rejection.code == RejectionCode::Purged {
                        purged.insert(sent.document);
                    }
                    // A colleague's is theirs to export: it stays while the record does, until somebody can give it back.
                    let sql = "UPDATE change SET state = ?2 WHERE seq = ?1 AND local = 0";
                    if self.tx.prepare_cached(sql)?.execute(params![seq, State::Unverified as i64])? > 0 {
                        continue;
                    }
                    self.tx
                        .prepare_cached("INSERT OR IGNORE INTO lane (doc, code, since) VALUES (?1, ?2, ?3)")?
                        .execute(params![row.doc, code, now])?;
                }
            }
        }
        gone.into_iter().try_for_each(|(book, document)| self.moved_away(book, document, None))?;
        // A relay that was restored may have heard of it in another book, whose log this member does not read.
        purged.into_iter().try_for_each(|document| self.purged(document))?;
        // Nothing would tell what colleagues make of it.
        for document in unread {
            find(self.tx, document)?.map_or(Ok(()), |row| self.leave(&row))?;
        }
        Ok(taken)
    }

    /// Whether this device has read as far as the pages of an answer go on from. It has not if books were chosen, and chosen back,
    /// since it was asked for, or if the answer before it was not taken in for that.
    fn has_read_to(&self, Upload { cursors: then, ahead, .. }: &Upload) -> Result<bool> {
        let read = cursors(self.tx)?;
        Ok(match ahead.is_empty() {
            true => then.is_none_or(|then| then == Cursor::digest_of(&read)),
            false => ahead.iter().all(|cursor| read.contains(cursor)),
        })
    }

    /// What this device had kept is in a log that it may read again, and no page brings what it sent itself.
    fn want_taken(&mut self, taken: &Taken) -> Result<()> {
        let Taken { document, book, kept: Some(change) } = *taken else { return Ok(()) };
        if !self.holds(book)? {
            return Ok(());
        }
        let row = match find(self.tx, document)? {
            Some(row) => row,
            None => self.insert_document(document, "", book, None)?,
        };
        match changes::known(self.tx, row.doc, change)? {
            Some(_) => Ok(()),
            None => self.want_whole(&row, change),
        }
    }

    /// Whether a book is read here: shared, and subscribed to.
    fn holds(&self, book: BookId) -> Result<bool> {
        let shared: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM book WHERE id = ?1 AND leaving = 0)")?
            .query_row([book], |row| row.get(0))?;
        Ok(shared && books::subscription(self.tx)?.is_none_or(|only| only.contains(&book)))
    }

    fn apply_page(&mut self, page: &BookPage, members: &[MemberId]) -> Result<usize> {
        let book = page.next.book;
        // Changes are taken in document by document; a document that moved or was purged in between is settled there.
        enum Event<'a> {
            Held(&'a crate::wire::HeldEntry),
            Moved(&'a crate::wire::MovedEntry),
            Snapshot(&'a crate::wire::Snapshot),
            Purged(RecordId),
        }
        let mut events: Vec<(u64, Event<'_>)> =
            page.held.iter().map(|e| (e.number, Event::Held(e))).collect();
        events.extend(page.moved.iter().map(|e| (e.number, Event::Moved(e))));
        events.extend(page.snapshots.iter().map(|e| (e.number, Event::Snapshot(e))));
        events.extend(page.purged.iter().map(|e| (e.number, Event::Purged(e.document))));
        events.sort_by_key(|(number, _)| *number);
        let mut changes = page.changes.as_slice();
        let mut received = changes.len();
        for (number, event) in events {
            let before = changes.partition_point(|entry| entry.number < number);
            self.apply_changes(book, &changes[..before], members)?;
            changes = &changes[before..];
            match event {
                Event::Held(entry) => self.apply_held(book, entry)?,
                Event::Moved(entry) => {
                    for document in &entry.documents {
                        self.moved_away(book, *document, entry.to)?;
                    }
                }
                Event::Snapshot(snapshot) => received += self.apply_snapshot(book, snapshot, members)?,
                Event::Purged(document) => self.purged(document)?,
            }
        }
        self.apply_changes(book, changes, members)?;
        self.commit_cursor(&page.next)?;
        self.tx
            .prepare_cached("UPDATE book SET head = ?2 WHERE id = ?1")?
            .execute(params![book, page.head])?;
        if page.next.number >= page.head {
            self.reread(book)?;
        }
        Ok(received)
    }

    pub(super) fn commit_cursor(&mut self, cursor: &Cursor) -> Result<()> {
        let log = if cursor.log == Log::Tray { "tray" } else { "entries" };
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO cursor (book, log, number, digest) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![cursor.book, log, cursor.number, cursor.digest])?;
        Ok(())
    }

    fn apply_held(&mut self, book: BookId, entry: &crate::wire::HeldEntry) -> Result<()> {
        let Some(row) = find(self.tx, entry.document)? else {
            // Said to be here and is not: ask for the whole.
            let row = self.insert_document(entry.document, "", book, None)?;
            return self.want_whole(&row, entry.change);
        };
        match changes::known(self.tx, row.doc, entry.change)? {
            Some((seq, state)) => self.confirm(&row, book, seq, state, entry.number, None),
            None => self.want_whole(&row, entry.change),
        }
    }

    /// Leaves a placeholder that makes the next request ask for the whole document.
    pub(super) fn want_whole(&mut self, row: &DocumentRow, change: ChangeId) -> Result<()> {
        changes::insert(
            self.tx,
            &NewChange {
                doc: row.doc,
                hash: change,
                bytes: &[],
                state: State::Waiting,
                local: false,
                number: None,
                member: None,
                offset: 0,
                notice: None,
                accepted_at: None,
            },
        )
    }

    fn moved_away(&mut self, from: BookId, document: RecordId, to: Option<BookId>) -> Result<()> {
        let Some(row) = find(self.tx, document)?.filter(|row| row.book == from) else { return Ok(()) };
        match to {
            Some(to) if self.holds(to)? => self.relabel(&row, to),
            _ => self.leave(&row),
        }
    }

    /// A record is to be erased here, once its unsent work is handed in.
    pub(super) fn leave(&mut self, row: &DocumentRow) -> Result<()> {
        self.tx.prepare_cached("UPDATE document SET leaving = 1 WHERE doc = ?1")?.execute([row.doc])?;
        Ok(())
    }

    /// A record is gone for good. Unsent edits to it are quarantined: they can be exported, never sent.
    fn purged(&mut self, document: RecordId) -> Result<()> {
        let Some(row) = find(self.tx, document)? else { return Ok(()) };
        if !self.unsent(row.doc)? {
            return self.part_with(&row);
        }
        self.hide(&row)?;
        self.tx
            .prepare_cached("INSERT OR REPLACE INTO lane (doc, code, since) VALUES (?1, 'purged', ?2)")?
            .execute(params![row.doc, self.inner.environment.now()])?;
        Ok(())
    }
}
