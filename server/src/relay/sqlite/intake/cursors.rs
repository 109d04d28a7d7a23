//! How far a device has read.

use roadbook_core::model::BookId;
use roadbook_core::wire::{Cursor, Log};
use rusqlite::params;

use super::super::super::storage::{Result, Write};
use super::super::logs::digest_at;
use super::Intake;

impl Intake<'_> {
    /// Keeps the device's cursors, and what they confirm for its member's colleagues.
    pub(super) fn take_cursors(&mut self, write: &Write) -> Result<Vec<(BookId, Log)>> {
        let mut diverged = Vec::new();
        if write.all_cursors {
            self.db.execute("DELETE FROM device_cursor WHERE device = ?1", [self.device])?;
        }
        for cursor in &write.cursors {
            let Some(book) = self
                .logs
                .by_id(cursor.book)?
                .filter(|row| row.workspace == self.workspace)
                .map(|row| (row.key, row.head(cursor.log).0))
            else {
                continue;
            };
            let (key, head) = book;
            let on_it = cursor.number <= head
                && digest_at(self.db, key, cursor.log, cursor.number)? == Some(cursor.digest);
            if !on_it {
                diverged.push((cursor.book, cursor.log));
                self.db.execute(
                    "DELETE FROM device_cursor WHERE device = ?1 AND book = ?2 AND log = ?3",
                    params![self.device, cursor.book, cursor.log as i64],
                )?;
                continue;
            }
            self.keep_cursor(key, cursor)?;
        }
        Ok(diverged)
    }

    fn keep_cursor(&mut self, book: i64, cursor: &Cursor) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO device_cursor (device, book, log, number, digest)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut s| {
                s.execute(params![self.device, cursor.book, cursor.log as i64, cursor.number, cursor.digest])
            })?;
        if cursor.log == Log::Entries && self.reads(book)? {
            self.db
                .prepare_cached(
                    "INSERT INTO receipt (book, member, number, at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (book, member) DO UPDATE SET number = ?3, at = ?4 WHERE number < ?3",
                )
                .and_then(|mut s| s.execute(params![book, self.session.member, cursor.number, self.now]))?;
        }
        Ok(())
    }
}
