//! Review trays: what is offered, what is decided, and what its author is told.

use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::{Chunk, Cursor};
use crate::model::{BookId, ChangeId, DeviceId, MemberId, RecordId};

/// A reviewer's decision on one chain: what one device pushed into a tray for one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The tray's book.
    pub book: BookId,
    /// The document.
    pub document: RecordId,
    /// The device the chain came from.
    pub device: DeviceId,
    /// The last tray number the reviewer has seen of this chain. Accepted, what came later stays open; refused, it goes
    /// with what it builds on.
    pub up_to: u64,
    /// Accept (append the same bytes to the book's log) or refuse.
    pub accept: bool,
    /// Why, as a chunk (UTF-8 behind the scheme byte), for the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Chunk>,
}

/// What became of one decision. [`SyncAnswer::decided`](super::SyncAnswer::decided) has one for each, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// Carried out; or passed on to the tray of the book that the record came to, where this member may not write.
    Done,
    /// Nothing of that chain is open (any more): someone decided before.
    NothingOpen,
    /// This member may not decide in that book.
    Forbidden,
}

/// Entries of one book's review tray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrayPage {
    /// The cursor to commit together with these entries.
    pub next: Cursor,
    /// Changes offered, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<TrayEntry>,
    /// Chains decided, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<TrayClosed>,
}

/// A change offered for review.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct TrayEntry {
    /// Its number in the tray.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// The device it came from.
    pub device: DeviceId,
    /// Index into [`SyncAnswer::members`](super::SyncAnswer::members): whose device that is.
    pub member: u16,
    /// [`Push::offset`](super::Push::offset).
    pub offset: i32,
    /// The change's id; absent for a plain chunk.
    pub change: Option<ChangeId>,
    /// The change.
    pub chunk: Chunk,
}

/// A chain that someone decided on.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct TrayClosed {
    /// Its number in the tray.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// The device the chain came from.
    pub device: DeviceId,
    /// Everything of the chain up to this tray number is closed.
    pub up_to: u64,
    /// Whether it was accepted.
    pub accepted: bool,
    /// Who decided.
    pub by: MemberId,
}

/// What a reviewer decided about changes this device pushed into a tray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Ascending per device.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// The changes it is about.
    pub changes: Vec<ChangeId>,
    /// Accepted into the book's log, or refused.
    pub accepted: bool,
    /// Who decided.
    pub by: MemberId,
    /// When, milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// The book the document is in, if this device may read it. Otherwise the device erases what it still holds of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<BookId>,
    /// Why, as a chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Chunk>,
}
