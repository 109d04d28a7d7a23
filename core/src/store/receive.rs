//! Taking in what the relay answered: one transaction an answer, the cursors in it. Interrupted anywhere, the device
//! goes on at the last answer it committed.

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params};

use super::changes::{self, NewChange, State};
use super::meta::{self, name};
use super::upload::{Origin, Upload, has_unsent_work};
use super::{DocumentRow, Store, Writing, find, unsent};
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::wire::{
    Ack, BookPage, Cursor, Decided, Digest, Enrolled, Log, Order, Receipts, RejectionClass, RejectionCode,
    SyncAnswer,
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
}

impl Store {
    /// The cursors of every book and tray on this device.
    pub(crate) fn cursors(&self) -> Result<Vec<Cursor>> {
        self.inner.read(|db| {
            let mut statement = db.prepare_cached("SELECT book, log, number, digest FROM cursor")?;
            let rows = statement.query_map([], |row| {
                let log = if row.get_ref(1)?.as_str()? == "tray" { Log::Tray } else { Log::Entries };
                Ok(Cursor { book: row.get(0)?, log, number: row.get(2)?, digest: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What a request says about the device's state: access digest, receipts digest, last verdict seen.
    pub(crate) fn seen(&self) -> Result<(Digest, Digest, u64)> {
        self.inner.read(|db| {
            Ok((
                meta::get(db, name::ACCESS)?.unwrap_or(Digest::ZERO),
                meta::get(db, name::RECEIPTS)?.unwrap_or(Digest::ZERO),
                meta::get(db, name::VERDICTS_SEEN)?.unwrap_or_default(),
            ))
        })
    }

    /// Documents with a change that waits for one it builds on.
    pub(crate) fn incomplete(&self, limit: usize) -> Result<Vec<RecordId>> {
        self.inner.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT DISTINCT d.id FROM change c JOIN document d ON d.doc = c.doc
                 WHERE c.state = ?1 AND c.state <> 1 LIMIT ?2",
            )?;
            let rows = statement.query_map(params![State::Waiting as i64, limit as i64], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Makes this device the one the relay says it is.
    pub(crate) fn enrolled(&self, relay: &str, enrolled: &Enrolled) -> Result<()> {
        // What a member left unsent here is theirs to send.
        let before: Option<MemberId> = self.inner.read(|db| meta::get(db, name::MEMBER))?;
        if before.is_some_and(|member| member != enrolled.member) {
            // The relay knows this token as another's by now.
            self.inner.write(|w| meta::clear(w.tx, name::NEXT_TOKEN))?;
            return Err(Error::AlreadyEnrolled);
        }
        self.inner.write(|w| {
            if meta::get(w.tx, name::DEVICE)? != Some(enrolled.device) {
                // Verdicts are numbered by device.
                meta::clear(w.tx, name::VERDICTS_SEEN)?;
            }
            meta::clear(w.tx, name::REFUSED)?;
            meta::clear(w.tx, name::ENDED)?;
            meta::set(w.tx, name::RELAY, relay)?;
            meta::set(w.tx, name::DEVICE, enrolled.device)?;
            let token: Value = meta::get(w.tx, name::NEXT_TOKEN)?.ok_or(Error::NotEnrolled)?;
            meta::set(w.tx, name::TOKEN, token)?;
            meta::clear(w.tx, name::NEXT_TOKEN)?;
            w.apply_access(&enrolled.access)
        })
    }

    /// Erases everything here, because the administrator says so: to retire, once nothing is left to hand in. Says
    /// whether the relay is to be told.
    pub(crate) fn obey(&self) -> Result<bool> {
        let Some(order) = self.order()? else { return Ok(false) };
        let (obeyed, erased) = self.inner.write(|w| {
            if meta::get(w.tx, name::ERASED)?.unwrap_or(false) {
                return Ok((true, false));
            }
            if order == Order::Retire && has_unsent_work(w.tx)? {
                return Ok((false, false));
            }
            tracing::warn!(?order, "this device is erased at its administrator's order");
            w.wipe()?;
            Ok((true, true))
        })?;
        if erased {
            self.forget_files()?;
        }
        Ok(obeyed)
    }

    /// Erases everything here, because its user says so. Refused while anything waits to be sent, unless it is given up.
    pub(crate) fn wipe(&self, give_up_unsent: bool) -> Result<()> {
        self.inner.write(|w| {
            let records = unsent::count(w.tx)?;
            if records > 0 && !give_up_unsent {
                return Err(Error::Unsent { records });
            }
            tracing::warn!("this device is erased at its user's wish");
            w.wipe()?;
            w.tx.execute("DELETE FROM meta", [])?;
            Ok(())
        })?;
        self.forget_files()?;
        self.forget_key();
        Ok(())
    }

    /// Leaves nothing of what was erased in any file.
    fn forget_files(&self) -> Result<()> {
        self.inner.vacuum()?;
        super::salvage::erase_damaged(&self.inner.folder)
    }

    /// The app is to go on, whatever its key store says: the key opens nothing any more.
    fn forget_key(&self) {
        if let Err(error) = self.inner.keys.erase() {
            tracing::warn!(%error, "the key of this device's token is not erased");
        }
    }

    /// Whether everything here is erased, and the relay does not know yet.
    pub(crate) fn is_erased(&self) -> Result<bool> {
        self.inner.read(|db| Ok(meta::get(db, name::ERASED)?.unwrap_or(false)))
    }

    /// The relay knows that this device obeyed: its token has ended.
    pub(crate) fn obeyed(&self) -> Result<()> {
        self.inner.write(|w| {
            let order: Option<String> = meta::get(w.tx, name::OBEYING)?;
            w.tx.execute("DELETE FROM meta", [])?;
            // An app that is started anew has to say why there is nothing here.
            if let Some(order) = order {
                meta::set(w.tx, name::ENDED, order)?;
            }
            w.events.access = true;
            Ok(())
        })?;
        self.forget_key();
        Ok(())
    }

    /// The order this device is obeying, if any.
    pub(crate) fn order(&self) -> Result<Option<Order>> {
        self.inner.read(|db| Ok(order_of(meta::get(db, name::OBEYING)?)))
    }

    /// The order that ended this device, if everything was erased and it was not enrolled again since.
    pub(crate) fn ended(&self) -> Result<Option<Order>> {
        self.inner.read(|db| {
            let erased = meta::get(db, name::ERASED)?.unwrap_or(false);
            Ok(order_of(meta::get(db, if erased { name::OBEYING } else { name::ENDED })?))
        })
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
            && upload.found.is_empty();
        let (known_offset, rereading): (i32, bool) = self.inner.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM book WHERE rereading = 1)";
            let rereading = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            Ok((meta::get(db, name::OFFSET)?.unwrap_or_default(), rereading))
        })?;
        // A second is the measure of an offset; below that it is the network.
        let offset = offset.filter(|offset| offset.abs_diff(known_offset) > 1);
        // Of a log that is being read again, nothing is news.
        if nothing && offset.is_none() && !rereading {
            return Ok(Received::default());
        }
        if answer.acks.len() > upload.changes.len() || answer.decided.len() > upload.decisions.len() {
            return Err(Error::BadAnswer { detail: "more answers than questions".to_owned() });
        }
        let (received, erased) = self.inner.write(|w| {
            if let Some(offset) = offset {
                meta::set(w.tx, name::OFFSET, offset)?;
            }
            let mut received = Received::default();
            let moved = w.settle(upload, &answer.acks, &mut received)?;
            for ((seq, _), decided) in upload.decisions.iter().zip(&answer.decided) {
                if *decided == Decided::Forbidden {
                    tracing::warn!("a review decision was refused: the right to decide is gone");
                }
                w.tx.prepare_cached("DELETE FROM decision WHERE seq = ?1")?.execute([seq])?;
            }
            w.settle_snapshots(upload, &answer.folded)?;
            if let Some(access) = &answer.access {
                w.apply_access(access)?;
            }
            // The book that a record went to may have become readable in this very answer.
            for (document, book) in moved {
                if w.holds(book)?
                    && let Some(row) = find(w.tx, document)?
                {
                    w.relabel(&row, book)?;
                }
            }
            for (book, log) in &answer.diverged {
                w.start_again(*book, *log)?;
            }
            if !answer.diverged.is_empty() {
                received.to_send |= w.offer_again()?;
            }
            for page in &answer.pages {
                received.changes += w.apply_page(page, &answer.members)?;
            }
            // No page comes of a log that is empty now, or not subscribed to; an ended device is served none at all.
            if !answer.cursors_wanted && !answer.more || answer.order.is_some() {
                w.reread_all(answer)?;
            }
            received.to_send |= std::mem::take(&mut w.to_send);
            for document in &answer.documents {
                received.changes += w.apply_whole(document, &answer.members)?;
            }
            for page in &answer.trays {
                w.apply_tray(page, &answer.members)?;
            }
            for verdict in &answer.verdicts {
                w.apply_verdict(verdict)?;
            }
            if let Some(receipts) = &answer.receipts {
                w.apply_receipts(receipts)?;
            }
            if let Some(order) = answer.order {
                meta::set(w.tx, name::OBEYING, if order == Order::Wipe { "wipe" } else { "retire" })?;
            }
            let erased = w.let_go()?;
            meta::set(w.tx, name::SYNCED_AT, w.inner.environment.now())?;
            w.events.sync = true;
            Ok((received, erased))
        })?;
        if erased {
            self.inner.truncate_log()?;
        }
        Ok(received)
    }
}

fn order_of(kept: Option<String>) -> Option<Order> {
    kept.map(|order| if order == "retire" { Order::Retire } else { Order::Wipe })
}

impl super::Inner {
    fn truncate_log(&self) -> Result<()> {
        self.connections.truncate_log()
    }

    fn vacuum(&self) -> Result<()> {
        self.connections.vacuum()
    }
}

impl Writing<'_> {
    /// Moves the ledger of what was sent. Says which records the relay took in another book than this device believed,
    /// or that were going away.
    fn settle(
        &mut self,
        upload: &Upload,
        acks: &[Ack],
        received: &mut Received,
    ) -> Result<Vec<(RecordId, BookId)>> {
        let now = self.inner.environment.now();
        let mut accept = self.tx.prepare_cached(
            "UPDATE change SET state = ?2, number = ?3, accepted_at = coalesce(accepted_at, ?4) WHERE seq = ?1",
        )?;
        let leaving: HashSet<RecordId> = self
            .tx
            .prepare_cached("SELECT id FROM document WHERE leaving = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let (mut gone, mut moved) = (Vec::new(), Vec::new());
        for (sent, ack) in upload.changes.iter().zip(acks) {
            let seq = match sent.origin {
                Origin::Change(seq) => seq,
                Origin::Kept(seq) => {
                    match self.settle_kept(seq, ack)? {
                        true => received.settled += 1,
                        false => received.transient += 1,
                    }
                    continue;
                }
            };
            match ack {
                Ack::Accepted(book, number) => {
                    accept.execute(params![seq, State::Accepted as i64, *number, now])?;
                    received.settled += 1;
                    if *book != sent.book || leaving.contains(&sent.document) {
                        moved.push((sent.document, *book));
                    }
                }
                Ack::Gone(number) => {
                    accept.execute(params![seq, State::Accepted as i64, *number, now])?;
                    received.settled += 1;
                    gone.push((sent.book, sent.document));
                }
                Ack::Tray(number) => {
                    accept.execute(params![seq, State::Tray as i64, *number, now])?;
                    received.settled += 1;
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
        Ok(moved)
    }

    fn holds(&self, book: BookId) -> Result<bool> {
        Ok(self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM book WHERE id = ?1 AND leaving = 0)")?
            .query_row([book], |row| row.get(0))?)
    }

    /// The relay was restored from a backup: the log is read again from its beginning, and what it turns out to lack
    /// is pushed again.
    fn start_again(&mut self, book: BookId, log: Log) -> Result<()> {
        let name = if log == Log::Tray { "tray" } else { "entries" };
        self.tx.execute("DELETE FROM cursor WHERE book = ?1 AND log = ?2", params![book, name])?;
        if log == Log::Tray {
            self.tx.execute("DELETE FROM tray WHERE book = ?1", [book])?;
            return Ok(());
        }
        self.tx.execute(
            "UPDATE change SET state = ?2, number = NULL
             WHERE state = ?3 AND doc IN (SELECT doc FROM document WHERE book = ?1)",
            params![book, State::Unverified as i64, State::Accepted as i64],
        )?;
        self.tx.execute("UPDATE book SET rereading = 1 WHERE id = ?1", [book])?;
        self.tx.execute("DELETE FROM receipt WHERE book = ?1", [book])?;
        // The restored relay may never have seen the log as far as this device had confirmed it.
        meta::clear(self.tx, name::RECEIPTS)
    }

    /// The relay was restored from a backup: a tray may lack what this device offered, and a log that it may not read any
    /// more what it wrote there; what colleagues wrote as well, if it might write there. A repeat of what the relay has is known
    /// there.
    fn offer_again(&mut self) -> Result<bool> {
        let offered = self.tx.execute(
            "UPDATE change SET state = ?1, number = NULL WHERE state = ?2 AND state <> 1",
            [State::Outbox as i64, State::Tray as i64],
        )?;
        let written = self.tx.execute(
            "WITH gone (doc, book) AS (SELECT doc, book FROM document WHERE leaving = 1
                UNION ALL SELECT d.doc, d.book FROM book b JOIN document d ON d.book = b.id WHERE b.leaving = 1)
             UPDATE change SET state = ?1, number = NULL WHERE state = ?2 AND doc IN (SELECT doc FROM gone) AND (local = 1
                OR doc IN (SELECT g.doc FROM gone g JOIN book b ON b.id = g.book WHERE b.\"right\" <> 'reader'))",
            [State::Outbox as i64, State::Accepted as i64],
        )?;
        let kept = self.tx.execute(
            "UPDATE kept SET state = ?1 WHERE state = ?2",
            [State::Outbox as i64, State::Tray as i64],
        )?;
        Ok(offered + written + kept > 0)
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

    /// Whatever the relay had, it has served.
    fn reread_all(&mut self, answer: &SyncAnswer) -> Result<()> {
        let books: Vec<BookId> = self
            .tx
            .prepare_cached("SELECT id FROM book WHERE rereading = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for book in books {
            if answer.order.is_some() || !answer.diverged.contains(&(book, Log::Entries)) {
                self.reread(book)?;
            }
        }
        Ok(())
    }

    /// A log that was read again is read to its end: what it lacked goes into the outbox, colleagues' changes too. Who only
    /// reads gives back their own, to a review tray if they once wrote there; a colleague's stays here, unverified, until
    /// somebody who can gives it back.
    fn reread(&mut self, book: BookId) -> Result<()> {
        let writes: Option<bool> = self
            .tx
            .prepare_cached("SELECT \"right\" <> 'reader' FROM book WHERE id = ?1 AND rereading = 1")?
            .query_row([book], |row| row.get(0))
            .optional()?;
        let Some(writes) = writes else { return Ok(()) };
        self.tx.execute(
            "UPDATE change SET state = ?2
             WHERE state = ?3 AND state <> 1 AND (?4 OR local = 1)
             AND doc IN (SELECT doc FROM document WHERE book = ?1)",
            params![book, State::Outbox as i64, State::Unverified as i64, writes],
        )?;
        self.to_send |= has_unsent_work(self.tx)?;
        self.tx.execute("UPDATE book SET rereading = 0 WHERE id = ?1", [book])?;
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
            Some(to) => self.relabel(&row, to),
            None => self.leave(&row),
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

    fn apply_receipts(&mut self, receipts: &Receipts) -> Result<()> {
        meta::set(self.tx, name::RECEIPTS, receipts.digest)?;
        let mut insert = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO receipt (book, member, number, at) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for receipt in &receipts.list {
            insert.execute(params![receipt.book, receipt.member, receipt.number, receipt.at])?;
        }
        Ok(())
    }
}
