//! A record as it is read from the device's store.

use serde::{Deserialize, Serialize};

use super::{BookId, ChangeId, Fields, Kind, MemberId, RecordId};

/// The versions of a document that something was read at: what an edit is written on.
///
/// An edit names the heads its form was filled from. It then changes what the form changed and nothing that came in
/// meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Heads(pub Vec<ChangeId>);

impl Heads {
    /// As bytes, 32 a change.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|c| c.0).collect()
    }

    /// From bytes, 32 a change.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.chunks_exact(32).filter_map(ChangeId::from_slice).collect())
    }
}

/// A mark that a record is deleted. It can be restored for a month after the relay learnt of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// Why.
    pub reason: String,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// Its kind's name.
    pub kind: &'static str,
    /// The book it lives in; nil until the device is enrolled.
    pub book: BookId,
    /// Who created it; absent if that device was not enrolled yet.
    pub created_by: Option<MemberId>,
    /// When, by that device's clock, seconds since 1970 UTC.
    pub created_at: i64,
    /// Who changed it last.
    pub updated_by: Option<MemberId>,
    /// When, seconds since 1970 UTC.
    pub updated_at: i64,
    /// The mark, if it is deleted.
    pub deleted: Option<Deletion>,
    /// Fields in which two people clashed and nobody has decided yet.
    pub clashes: u32,
    /// The version this was read at; give it back with an edit.
    pub heads: Heads,
    /// What it holds. Empty fields are absent.
    pub fields: Fields,
}

impl Record {
    /// What a list shows: [`Fields::title`].
    pub fn title(&self, kind: &Kind) -> String {
        self.fields.title(kind)
    }
}
