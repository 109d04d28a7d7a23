//! What is new in books' logs, and documents whole.

use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::snapshot::Snapshot;
use super::{Chunk, Cursor, columns};
use crate::model::{BookId, ChangeId, RecordId};

/// Entries of one book's log, by type; each list ascends by number, and together they are everything between the
/// cursor of the request and `next`, except what the request itself pushed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookPage {
    /// The cursor to commit together with these entries.
    pub next: Cursor,
    /// The log's last number now, for progress.
    pub head: u64,
    /// Changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "columns")]
    pub changes: Vec<ChangeEntry>,
    /// Snapshots, each in the place of the last change it replaces; the others it replaces are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<Snapshot>,
    /// Changes of documents that moved here from a book whose entries this device already holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldEntry>,
    /// Documents that moved away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedEntry>,
    /// Documents that are gone for good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purged: Vec<PurgedEntry>,
}

/// One change in a book's log.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct ChangeEntry {
    /// Its number in the book's log.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// Index into [`SyncAnswer::members`](super::SyncAnswer::members): who pushed it.
    pub member: u16,
    /// [`Push::offset`](super::Push::offset).
    pub offset: i32,
    /// The change's id; absent for a plain chunk.
    pub change: Option<ChangeId>,
    /// The change.
    pub chunk: Chunk,
}

/// A change the device already holds, at its number in the book it moved to.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct HeldEntry {
    /// Its number in this book's log.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// The change's id.
    pub change: ChangeId,
}

/// Documents that left a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedEntry {
    /// Its number in the book they left.
    pub number: u64,
    /// The book they are in now, if this device may read it. Otherwise the device erases them, once its unsent work on
    /// them is in the tray. Several entries share a number when their documents went on to several books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BookId>,
    /// Which.
    pub documents: Vec<RecordId>,
}

/// A document that is gone for good.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct PurgedEntry {
    /// Its number.
    pub number: u64,
    /// The document.
    pub document: RecordId,
}

/// A document with all its entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeDocument {
    /// The document.
    pub document: RecordId,
    /// The book it is in, if this device may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<BookId>,
    /// The snapshot that stands for changes whose bytes are not kept any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
    /// Its other changes, ascending by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeEntry>,
}
