//! Snapshots: the whole history of a document in one chunk, in the place of the changes it replaces.

use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::{Chunk, Digest};
use crate::model::{ChangeId, RecordId};

/// A snapshot a device offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewSnapshot {
    /// The document.
    pub document: RecordId,
    /// The changes it replaces, in the order in which it gives them back. All are in the log of the document's book.
    pub replaces: Vec<ChangeId>,
    /// Them all.
    pub chunk: Chunk,
}

/// What became of a snapshot a device offered. `SyncAnswer::folded` has one for each, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Folded {
    /// It is served from now on.
    Kept,
    /// One that replaces as many changes is there, or something it replaces is not in the log (any more), or this member
    /// may not write there.
    NotNeeded,
    /// An answer of a newer relay.
    #[serde(other)]
    Unknown,
}

/// A snapshot in a page, or in a whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The number of the last entry it replaces: where it stands in the log.
    pub number: u64,
    /// The document.
    pub document: RecordId,
    /// What the relay knows of the changes it replaces, in the order in which it gives them back.
    pub replaces: Vec<Replaced>,
    /// [`Snapshot::digest_of`] their ids.
    pub digest: Digest,
    /// Them all.
    pub chunk: Chunk,
}

impl Snapshot {
    /// The digest of changes in order: proves that a snapshot gives back what it replaces.
    pub fn digest_of(changes: &[ChangeId]) -> Digest {
        Digest::of(changes.iter().map(|change| &change.0[..]))
    }
}

/// An entry that a snapshot stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Replaced {
    /// Its number in the book's log.
    pub number: u64,
    /// Index into `SyncAnswer::members`: who pushed it.
    pub member: u16,
    /// Seconds the device's clock was believed to be behind the relay's when the change was saved.
    pub offset: i32,
}

/// What a device found when it took a snapshot in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Verified {
    /// The document.
    pub document: RecordId,
    /// [`Snapshot::number`].
    pub number: u64,
    /// It gave back exactly the changes it replaces. If not, the relay serves those again.
    pub good: bool,
}
