//! Chunks that could not be opened or decoded. They are kept, reported, and stop nothing else. The next version of the app may
//! know how.

use rusqlite::params;
use serde::Serialize;

use super::changes::State;
use super::meta::{self, name};
use super::{Store, Writing, find};
use crate::Result;
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::wire::ChangeEntry;

/// Which version of this library this is.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A chunk that is kept aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// The book whose log it is in.
    pub book: BookId,
    /// Its number there.
    pub number: u64,
    /// The record it belongs to.
    pub record: RecordId,
    /// Who pushed it.
    pub member: Option<MemberId>,
    /// Its size in bytes.
    pub bytes: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl Store {
    /// Chunks that could not be opened or decoded.
    pub fn aside(&self) -> Result<Vec<Aside>> {
        self.inner.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT book, number, document, member, length(chunk), reason FROM aside ORDER BY book, number",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Aside {
                    book: row.get(0)?,
                    number: row.get(1)?,
                    record: row.get(2)?,
                    member: row.get(3)?,
                    bytes: row.get(4)?,
                    reason: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What an earlier version could not read is asked for again, whole, by the next sync.
    pub(super) fn retry_aside(&self) -> Result<()> {
        let tried = |db: &_| meta::get::<String>(db, name::READ_BY);
        if self.inner.read(tried)?.as_deref() == Some(VERSION) {
            return Ok(());
        }
        self.inner.write(|w| {
            let aside: Vec<(RecordId, BookId)> = {
                let sql = "SELECT DISTINCT document, book FROM aside WHERE book IN (SELECT id FROM book WHERE leaving = 0)";
                let mut statement = w.tx.prepare(sql)?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            for (record, book) in aside {
                let row = match find(w.tx, record)? {
                    Some(row) => row,
                    None => w.insert_document(record, "", book, None)?,
                };
                let sql = "SELECT 1 FROM change WHERE doc = ?1 AND state = ?2";
                if !w.tx.prepare_cached(sql)?.exists(params![row.doc, State::Waiting as i64])? {
                    w.want_whole(&row, ChangeId([0; 32]))?;
                }
            }
            w.tx.execute("DELETE FROM aside", [])?;
            meta::set(w.tx, name::READ_BY, VERSION)
        })
    }
}

impl Writing<'_> {
    pub(super) fn set_aside(
        &mut self,
        book: BookId,
        entry: &ChangeEntry,
        member: Option<MemberId>,
        reason: &str,
    ) -> Result<()> {
        tracing::warn!(record = %entry.document, reason, "a chunk is kept aside");
        self.events.sync = true;
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO aside (book, number, document, member, \"offset\", chunk, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                book,
                entry.number,
                entry.document,
                member,
                entry.offset,
                entry.chunk.0,
                reason
            ])?;
        Ok(())
    }
}
