//! Clashes and history: what the documents remember about who wrote what.

use serde::{Deserialize, Serialize};

use super::{ChangeId, Heads, MemberId, RecordId, Value};

/// Two or more people changed the same thing without knowing of each other. Nothing is lost: every side stays readable
/// until somebody resolves it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clash {
    /// The record.
    pub record: RecordId,
    /// Its kind's name.
    pub kind: &'static str,
    /// The field; `competitors.0.name` for a field of an item, `competitors.0` for an item that one side removed,
    /// `deleted` for a record that one side deleted.
    pub field: String,
    /// What each side did, the one that shows at present first.
    pub sides: Vec<Side>,
    /// The version this was read at. Resolving names it, so that a side nobody has seen yet is not resolved away.
    pub heads: Heads,
}

/// One side of a clash.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// What it did.
    pub wrote: Wrote,
    /// Who; absent if that device was not enrolled yet.
    pub by: Option<MemberId>,
    /// When, by that device's clock, seconds since 1970 UTC.
    pub at: i64,
    /// In which change.
    pub change: ChangeId,
}

/// What one side of a clash did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrote {
    /// It wrote this value; `None` emptied the field.
    Value(Option<Value>),
    /// It removed the item or deleted the record.
    Removed {
        /// Why, for a record.
        reason: Option<String>,
    },
    /// It changed the item or record that the other side removed.
    Changed,
}

/// How a clash is resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// The field gets this value: one of the sides', or a new one. `None` empties it.
    Value(Option<Value>),
    /// The item stays, the record is restored.
    Keep,
    /// The item is removed, the record stays deleted.
    Remove,
}

/// One line of a record's history: one field in one change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The change.
    pub change: ChangeId,
    /// Who wrote it, as the change says; absent if that device was not enrolled yet.
    pub by: Option<MemberId>,
    /// Who pushed it to the relay, as the relay says, if that is someone else.
    pub pushed_by: Option<MemberId>,
    /// When, by that device's clock, seconds since 1970 UTC.
    pub at: i64,
    /// Seconds that device's clock was believed to be behind the relay's.
    pub offset: i32,
    /// The field; `deleted` for deleting and restoring.
    pub field: String,
    /// What it was before; `None` for empty.
    pub from: Option<Value>,
    /// What it was after; `None` for empty.
    pub to: Option<Value>,
    /// Why, if a reason was given.
    pub why: Option<String>,
}
