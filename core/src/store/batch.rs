//! Several saves in one durable transaction.

use rusqlite::{Connection, params};

use super::create::{New, Saved};
use super::save::Edit;
use super::{Store, Writing, find, meta};
use crate::model::{Heads, Record, RecordId, Resolution, Schema};
use crate::{Error, Result};

impl Store {
    /// Does what a batch would do and takes all of it back: tells what would be refused, and changes nothing.
    pub fn rehearse<T>(&self, work: impl FnOnce(&mut Batch<'_, '_>) -> Result<T>) -> Result<T> {
        let mut rehearsed = None;
        let ended = self.batch(|batch| {
            rehearsed = Some(work(batch)?);
            Err::<(), _>(Error::Cancelled)
        });
        match (rehearsed, ended) {
            (Some(rehearsed), _) => Ok(rehearsed),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::Cancelled),
        }
    }

    /// Several saves in one durable transaction: all of them, or none if `work` fails.
    pub fn batch<T>(&self, work: impl FnOnce(&mut Batch<'_, '_>) -> Result<T>) -> Result<T> {
        self.inner.write(|writing| {
            // What would be saved now could never be sent.
            if meta::get(writing.tx, meta::name::ERASED)?.unwrap_or(false) {
                return Err(Error::Ended);
            }
            work(&mut Batch { writing })
        })
    }
}

/// Several saves in one transaction.
pub struct Batch<'b, 'w> {
    writing: &'b mut Writing<'w>,
}

impl std::fmt::Debug for Batch<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batch(…)")
    }
}

impl Batch<'_, '_> {
    /// Reads what is derived, with all that this batch has done so far.
    pub(crate) fn derived<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.writing.derive()?;
        read(self.writing.tx)
    }

    /// Creates a record.
    pub fn create(&mut self, new: New) -> Result<Saved> {
        self.writing.create(new)
    }

    /// Creates many records, or none: checked and encoded on another core while those before them are written. Records
    /// come in order, so a visit may hang on an account before it in the list.
    pub fn create_all(&mut self, new: Vec<New>) -> Result<Vec<Saved>> {
        self.writing.create_all(new)
    }

    /// Edits a record.
    pub fn edit(&mut self, edit: Edit) -> Result<Saved> {
        self.writing.edit(edit)
    }

    /// Marks a record as deleted.
    pub fn delete(&mut self, record: RecordId, reason: &str) -> Result<Saved> {
        self.writing.mark_deleted(record, Some(reason))
    }

    /// Takes the mark away.
    pub fn restore(&mut self, record: RecordId) -> Result<Saved> {
        self.writing.mark_deleted(record, None)
    }

    /// Resolves one clash.
    pub fn resolve(
        &mut self,
        record: RecordId,
        field: &str,
        seen: &Heads,
        resolution: &Resolution,
        reason: Option<&str>,
    ) -> Result<Saved> {
        self.writing.resolve(record, field, seen, resolution, reason)
    }

    /// The record as this transaction sees it.
    pub fn get(&self, record: RecordId) -> Result<Record> {
        let row = find(self.writing.tx, record)?.ok_or(Error::NotFound { record })?;
        let table = self.writing.inner.table(&row.kind)?;
        table.get(self.writing.tx, row.doc)?.ok_or(Error::NotFound { record })
    }

    /// The kinds this store knows.
    pub fn schema(&self) -> &Schema {
        &self.writing.inner.schema
    }

    /// Records of a kind, not deleted, whose line `field` is exactly this text; at most `limit`.
    pub fn lookup(&self, kind: &str, field: &str, text: &str, limit: u32) -> Result<Vec<RecordId>> {
        let table = self.writing.inner.table(kind)?;
        let field = table
            .kind
            .field(field)
            .and_then(super::table::sort_column)
            .ok_or_else(|| Error::BadQuery { kind: kind.to_owned(), field: field.to_owned() })?;
        let sql = format!(
            "SELECT id FROM {} WHERE \"{field}\" = ?1 AND deleted IS NULL ORDER BY doc LIMIT ?2",
            table.name
        );
        let mut statement = self.writing.tx.prepare_cached(&sql)?;
        let ids = statement.query_map(params![text, limit], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}
