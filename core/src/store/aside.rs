//! Chunks that could not be opened or decoded. They are kept, reported, and stop nothing else.

use rusqlite::params;
use serde::Serialize;

use super::{Store, Writing};
use crate::Result;
use crate::model::{BookId, MemberId, RecordId};
use crate::wire::ChangeEntry;

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
