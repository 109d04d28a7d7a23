//! One change on its way to the relay.

use std::collections::HashMap;

use rusqlite::Row;

use super::changes;
use crate::Result;
use crate::document::{Rehung, rehung};
use crate::model::{BookId, ChangeId, Kind, RecordId, Schema};
use crate::wire::{Chunk, Notice};

/// The row an outgoing change is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Of a document that is here.
    Change(i64),
    /// Of one that this member may not see any more.
    Kept(i64),
}

/// One change on its way.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) origin: Origin,
    pub(crate) document: RecordId,
    /// The change's id.
    pub(crate) id: ChangeId,
    /// The kind's name, if this app knows it.
    pub(super) kind: &'static str,
    pub(crate) book: BookId,
    pub(crate) root: Option<RecordId>,
    pub(crate) offset: i32,
    pub(crate) notice: Option<Notice>,
    /// It hangs its record elsewhere.
    pub(crate) rehung: Option<Rehung>,
    /// Empty once a request carries it: a phone has no memory for it twice.
    pub(crate) chunk: Chunk,
}

impl Outgoing {
    /// From columns: its own number, document, book, root, offset, notice, bytes, kind, id.
    pub(super) fn of_row(origin: fn(i64) -> Origin, row: &Row<'_>, schema: &Schema) -> Result<Self> {
        let bytes = row.get_ref(6)?.as_blob().unwrap_or_default();
        let kind = schema.kind(row.get_ref(7)?.as_str().unwrap_or_default());
        let link = kind.and_then(Kind::root);
        let root = row.get(3)?;
        Ok(Self {
            origin: origin(row.get(0)?),
            document: row.get(1)?,
            id: row.get(8)?,
            kind: kind.map_or("", |kind| kind.name),
            book: row.get(2)?,
            root,
            offset: row.get(4)?,
            notice: row.get::<_, Option<i64>>(5)?.and_then(changes::notice_of),
            rehung: link.and_then(|link| rehung(bytes, link, root)),
            chunk: Chunk::plain(bytes),
        })
    }
}

/// Brings records of one kind together, and of these what hangs on one account, in the order they were made: what is alike is then
/// near, and compresses better.
pub(super) fn gather(changes: &mut [Outgoing]) {
    let account = |change: &Outgoing| change.root.unwrap_or(change.document);
    let mut first = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        first.entry(account(change)).or_insert(at);
    }
    changes.sort_by_key(|change| (change.kind, first[&account(change)]));
}
