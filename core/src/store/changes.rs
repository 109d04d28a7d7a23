//! Changes on disk: the bytes of every document.

use rusqlite::{Connection, params};

use super::table::{self, Table};
use super::{DocumentRow, Touched, Writing, stale, tidy};
use crate::document::{Creation, Document, Projection, decode_change};
use crate::model::{BookId, ChangeId, Kind, MemberId, Record, RecordId};
use crate::wire::Notice;
use crate::{Error, Result};

/// What became of a change; a row of `change` holds the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(super) enum State {
    /// In the outbox.
    Outbox = 0,
    /// Numbered in a book's log.
    Accepted = 1,
    /// In a review tray.
    Tray = 2,
    /// Refused in review. Not part of the document any more; kept for export.
    Refused = 3,
    /// Was accepted by a relay that has been restored since; whether it still is, the reread log will tell.
    Unverified = 4,
    /// Came before a change it builds on; or is this device's own and unsent, and that was lost to damage.
    Waiting = 5,
}

/// A notice as it is stored.
pub(super) fn notice_number(notice: Notice) -> i64 {
    match notice {
        Notice::Delete => 1,
        Notice::Restore => 2,
    }
}

/// The notice that a number stands for.
pub(super) fn notice_of(number: i64) -> Option<Notice> {
    [Notice::Delete, Notice::Restore].into_iter().find(|notice| notice_number(*notice) == number)
}

/// A change to be stored.
pub(super) struct NewChange<'a> {
    pub(super) doc: i64,
    pub(super) hash: ChangeId,
    pub(super) bytes: &'a [u8],
    pub(super) state: State,
    pub(super) local: bool,
    pub(super) number: Option<u64>,
    pub(super) member: Option<MemberId>,
    pub(super) offset: i32,
    pub(super) notice: Option<i64>,
    pub(super) accepted_at: Option<i64>,
}

pub(super) fn insert(db: &Connection, change: &NewChange<'_>) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO change (doc, hash, bytes, state, local, number, member, \"offset\", notice, accepted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        change.doc,
        change.hash,
        change.bytes,
        change.state as i64,
        change.local,
        change.number,
        change.member,
        change.offset,
        change.notice,
        change.accepted_at,
    ])?;
    Ok(())
}

/// Whether a document holds a change, and in which row and state. What only says that it is to be asked for is none.
pub(super) fn known(db: &Connection, doc: i64, hash: ChangeId) -> Result<Option<(i64, i64)>> {
    use rusqlite::OptionalExtension;
    Ok(db
        .prepare_cached("SELECT seq, state FROM change WHERE doc = ?1 AND hash = ?2 AND length(bytes) > 0")?
        .query_row(params![doc, hash], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The document, without what waits or was refused.
pub(super) fn load(db: &Connection, row: &DocumentRow) -> Result<Document> {
    let mut statement =
        db.prepare_cached("SELECT bytes FROM change WHERE doc = ?1 AND state NOT IN (?2, ?3) ORDER BY seq")?;
    let mut rows = statement.query(params![row.doc, State::Refused as i64, State::Waiting as i64])?;
    let mut bytes: Vec<Vec<u8>> = Vec::new();
    while let Some(row) = rows.next()? {
        bytes.push(row.get(0)?);
    }
    Document::from_changes(bytes.iter().map(Vec::as_slice)).map_err(|e| Error::of_document(row.id, e))
}

/// The projection of a document from its rows: the short way if it consists of the change that created it.
pub(super) fn project(db: &Connection, row: &DocumentRow, kind: &Kind) -> Result<Projection> {
    let mut statement = db.prepare_cached(
        "SELECT bytes FROM change WHERE doc = ?1 AND state NOT IN (?2, ?3) ORDER BY seq LIMIT 2",
    )?;
    let mut rows = statement.query(params![row.doc, State::Refused as i64, State::Waiting as i64])?;
    let mut first: Option<Vec<u8>> = None;
    let mut single = true;
    while let Some(row) = rows.next()? {
        match first {
            None => first = Some(row.get(0)?),
            Some(_) => single = false,
        }
    }
    if let (Some(bytes), true) = (first, single) {
        let change = decode_change(&bytes).map_err(|e| Error::of_document(row.id, e))?;
        if let Some(creation) = Creation::of(&change) {
            return Ok(creation.project(kind));
        }
    }
    load(db, row)?.project(kind).map_err(|e| Error::of_document(row.id, e))
}

/// What is written for a record as it reads now.
pub(super) struct Written {
    pub(super) projection: Projection,
    search: Option<String>,
}

impl Written {
    pub(super) fn new(table: &Table, projection: Projection) -> Self {
        let search = table.search_entry(&projection.fields, projection.deleted.is_some());
        Self { projection, search }
    }
}

impl Writing<'_> {
    /// Writes the query row and the search entry of a document, and remembers that it was touched. `before` is its row
    /// as it was.
    pub(super) fn put_row(
        &mut self,
        row: &DocumentRow,
        kind: &'static Kind,
        before: Option<Record>,
        projection: Projection,
    ) -> Result<()> {
        let written = Written::new(self.inner.table(kind.name)?, projection);
        self.put_written(row, kind, before, written)
    }

    /// The same, with what there is to write made before.
    pub(super) fn put_written(
        &mut self,
        row: &DocumentRow,
        kind: &'static Kind,
        before: Option<Record>,
        Written { projection, search }: Written,
    ) -> Result<()> {
        let table = self.inner.table(kind.name)?;
        table.put(self.tx, row.doc, row.id, row.book, &projection, before.is_some())?;
        let after = projection.deleted.is_none().then_some(projection.fields);
        let replaces = before.is_some();
        let before = before.filter(|b| b.deleted.is_none()).map(|b| b.fields);
        let same = match (&before, &after) {
            (Some(before), Some(after)) => table::searched(kind, before) == table::searched(kind, after),
            _ => false,
        };
        // The entry of a record that was deleted says nothing, as does that of one that is.
        let same = same || replaces && before.is_none() && after.is_none();
        match same {
            true => {}
            false if replaces && self.touched.len() < stale::FEW => self.put_search_later(row.doc)?,
            false => self.put_search(row.doc, search, replaces)?,
        }
        self.touch(Touched { id: row.id, kind, before, after });
        Ok(())
    }

    /// Puts a search entry in the place of the one there may be, if the record had a row.
    pub(super) fn put_search(&mut self, doc: i64, new: Option<String>, replaces: bool) -> Result<()> {
        if replaces {
            self.tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([doc])?;
            self.tx.prepare_cached("DELETE FROM stale WHERE doc = ?1")?.execute([doc])?;
        }
        if let Some(text) = new {
            self.tx
                .prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?
                .execute(params![doc, text])?;
            self.indexed += 1;
            if self.indexed == tidy::MANY {
                self.merge_later()?;
            }
        }
        Ok(())
    }

    pub(super) fn touch(&mut self, touched: Touched) {
        self.events.record(touched.kind.name, touched.id);
        self.touched.push(touched);
    }

    /// A new row of `document`.
    pub(super) fn insert_document(
        &self,
        id: RecordId,
        kind: &str,
        book: BookId,
        root: Option<RecordId>,
    ) -> Result<DocumentRow> {
        self.tx
            .prepare_cached("INSERT INTO document (id, kind, book, root) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id, kind, book, root])?;
        let doc = self.tx.last_insert_rowid();
        Ok(DocumentRow { doc, id, kind: kind.to_owned(), book, root, leaving: false })
    }

    /// Projects a document anew and writes its row. One that was new and refused has none: nothing of it is left but what is kept
    /// for export.
    pub(super) fn refresh(&mut self, row: &DocumentRow) -> Result<()> {
        let Ok(table) = self.inner.table(&row.kind) else { return Ok(()) };
        let before = table.get(self.tx, row.doc)?;
        let projection = project(self.tx, row, table.kind)?;
        if projection.heads.0.is_empty() {
            self.hide(row)?;
            return Ok(());
        }
        self.put_row(row, table.kind, before, projection)
    }
}
