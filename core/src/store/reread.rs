//! The relay was restored from a backup: its logs are read again from their beginning, and what they lack goes back.

use rusqlite::{OptionalExtension, params};

use super::changes::{self, State};
use super::meta::{self, name};
use super::upload::has_unsent_work;
use super::{Store, Writing, find};
use crate::Result;
use crate::model::{BookId, RecordId};
use crate::wire::{Log, Notice, SyncAnswer};

impl Store {
    /// What was acknowledged and not read back yet goes out again with a new process: it may have begun with a backup of this
    /// device, and the relay may have been restored, since that was made, to before what it acknowledged. No cursor would
    /// tell. A repeat of what the relay has is known there.
    pub(crate) fn offer_unread(&self) -> Result<()> {
        if self.inner.read(|db| meta::get(db, name::UNREAD))? != Some(true) {
            return Ok(());
        }
        self.inner.write(|w| {
            w.tx.execute(
                "UPDATE change SET state = ?1, number = NULL WHERE state = ?2 AND local = 1 AND coalesce(number >
                    (SELECT k.number FROM document d JOIN cursor k ON k.book = d.book AND k.log = 'entries'
                     WHERE d.doc = change.doc), 1)",
                [State::Outbox as i64, State::Accepted as i64],
            )?;
            w.events.sync = true;
            meta::clear(w.tx, name::UNREAD)
        })
    }
}

impl Writing<'_> {
    /// The relay was restored from a backup: the log is read again from its beginning, and what it turns out to lack
    /// is pushed again.
    pub(super) fn start_again(&mut self, book: BookId, log: Log) -> Result<()> {
        let name = if log == Log::Tray { "tray" } else { "entries" };
        self.tx.execute("DELETE FROM cursor WHERE book = ?1 AND log = ?2", params![book, name])?;
        if log == Log::Tray {
            self.tx.execute("DELETE FROM tray WHERE book = ?1", [book])?;
            // It numbers anew what comes: a decision that was not told would be one on changes that nobody has seen.
            self.tx.execute("DELETE FROM decision WHERE book = ?1", [book])?;
            return Ok(());
        }
        self.tx.execute(
            "UPDATE change SET state = ?2, number = NULL
             WHERE state = ?3 AND doc IN (SELECT doc FROM document WHERE book = ?1)",
            params![book, State::Unverified as i64, State::Accepted as i64],
        )?;
        self.tx.execute("UPDATE book SET rereading = 1 WHERE id = ?1", [book])?;
        self.unpurge(book)?;
        self.tx.execute("DELETE FROM receipt WHERE book = ?1", [book])?;
        // The restored relay may never have seen the log as far as this device had confirmed it.
        meta::clear(self.tx, name::RECEIPTS)
    }

    /// A purge may have come after the backup. If the relay still knows of it, it says so again.
    fn unpurge(&mut self, book: BookId) -> Result<()> {
        let purged = "SELECT d.id FROM lane l JOIN document d ON d.doc = l.doc
             WHERE l.code = 'purged' AND d.book = ?1 AND d.leaving = 0";
        self.take_up_lanes(purged, book)
    }

    /// What was rejected for want of a right goes out again with one.
    pub(super) fn permit(&mut self, book: BookId) -> Result<()> {
        let forbidden = "SELECT d.id FROM lane l JOIN document d ON d.doc = l.doc
             WHERE l.code = 'forbidden' AND d.book = ?1";
        self.take_up_lanes(forbidden, book)
    }

    fn take_up_lanes(&mut self, lanes: &str, book: BookId) -> Result<()> {
        let records: Vec<RecordId> = self
            .tx
            .prepare_cached(lanes)?
            .query_map([book], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for record in records {
            let Some(row) = find(self.tx, record)? else { continue };
            self.tx.prepare_cached("DELETE FROM lane WHERE doc = ?1")?.execute([row.doc])?;
            self.to_send = true;
            // What was not shared any more is shown once the relay has it.
            if !row.leaving {
                self.refresh(&row)?;
            }
        }
        Ok(())
    }

    /// The relay was restored from a backup: a tray may lack what this device offered, and a log that it may not read any
    /// more what it wrote there; what colleagues wrote as well, if it might write there. A repeat of what the relay has is known
    /// there.
    pub(super) fn offer_again(&mut self) -> Result<bool> {
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
            "UPDATE kept SET state = ?1 WHERE state IN (?2, ?3)",
            [State::Outbox as i64, State::Tray as i64, State::Accepted as i64],
        )?;
        Ok(offered + written + kept > 0)
    }

    /// Whatever the relay had, it has served.
    pub(super) fn reread_all(&mut self, answer: &SyncAnswer) -> Result<()> {
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

    /// Of what goes back, the last change of each record says whether that is deleted: a colleague's came without a notice, and
    /// the relay would purge what it does not know to be restored.
    fn announce_deletions(&self, book: BookId) -> Result<()> {
        let lanes: Vec<(i64, String, i64)> = self
            .tx
            .prepare_cached(
                "SELECT d.doc, d.kind, max(c.seq) FROM change c JOIN document d ON d.doc = c.doc
                 WHERE d.book = ?1 AND c.state = ?2 AND c.state <> 1 GROUP BY d.doc
                 HAVING (SELECT count(*) FROM change every WHERE every.doc = d.doc) > 1",
            )?
            .query_map(params![book, State::Outbox as i64], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (doc, kind, last) in lanes {
            let Ok(table) = self.inner.table(&kind) else { continue };
            let sql = format!("SELECT deleted IS NOT NULL FROM {} WHERE doc = ?1", table.name);
            let deleted: Option<bool> =
                self.tx.prepare_cached(&sql)?.query_row([doc], |row| row.get(0)).optional()?;
            if let Some(deleted) = deleted {
                let notice = if deleted { Notice::Delete } else { Notice::Restore };
                self.tx
                    .prepare_cached("UPDATE change SET notice = ?2 WHERE seq = ?1")?
                    .execute(params![last, changes::notice_number(notice)])?;
            }
        }
        Ok(())
    }

    /// A log that was read again is read to its end: what it lacked goes into the outbox, colleagues' changes too. Who only
    /// reads gives back their own, to a review tray if they once wrote there, with all that these may build on: one that was
    /// accepted alone would never be complete. Any other of a colleague's stays here, unverified, until somebody who can gives it
    /// back.
    pub(super) fn reread(&mut self, book: BookId) -> Result<()> {
        let writes: Option<bool> = self
            .tx
            .prepare_cached("SELECT \"right\" <> 'reader' FROM book WHERE id = ?1 AND rereading = 1")?
            .query_row([book], |row| row.get(0))
            .optional()?;
        let Some(writes) = writes else { return Ok(()) };
        self.tx.execute(
            "UPDATE change SET state = ?2
             WHERE state = ?3 AND state <> 1 AND doc IN (SELECT doc FROM document WHERE book = ?1)
             AND (?4 OR doc IN (SELECT doc FROM change WHERE local = 1 AND state <> 1 AND (state = ?2 OR state = ?3)))",
            params![book, State::Outbox as i64, State::Unverified as i64, writes],
        )?;
        self.announce_deletions(book)?;
        self.to_send |= has_unsent_work(self.tx)?;
        self.tx.execute("UPDATE book SET rereading = 0 WHERE id = ?1", [book])?;
        Ok(())
    }
}
