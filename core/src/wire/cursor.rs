//! How far a device has read: logs, cursors, digests.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use sha2::{Digest as _, Sha256};

use crate::model::BookId;

/// The first eight bytes of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 8]);

impl Digest {
    /// The digest of an empty log or set.
    pub const ZERO: Self = Self([0; 8]);

    /// The digest of some parts, in order, each framed by its length.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self::from_hash(&hash.finalize())
    }

    /// A log's running digest after one more entry: `previous`, then what names the entry.
    pub fn then(self, parts: &[&[u8]]) -> Self {
        Self::of(std::iter::once(&self.0[..]).chain(parts.iter().copied()))
    }

    /// The digest from its eight bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn from_hash(hash: &[u8]) -> Self {
        let mut out = [0; 8];
        out.copy_from_slice(&hash[..8]);
        Self(out)
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:016x})", u64::from_be_bytes(self.0))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{:016x}", u64::from_be_bytes(self.0)))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            u64::from_str_radix(&text, 16).map(|n| Self(n.to_be_bytes())).map_err(D::Error::custom)
        } else {
            let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
            Self::from_slice(&bytes).ok_or_else(|| D::Error::custom("a digest has 8 bytes"))
        }
    }
}

/// Which log of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// The changes everyone in the book reads.
    Entries,
    /// The review tray, read by the book's owner and the managers above.
    Tray,
}

/// How far a device has *committed* a log: the number of the last entry it holds and the log's running digest there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Cursor {
    /// The book.
    pub book: BookId,
    /// Which of its logs.
    pub log: Log,
    /// The last committed number; 0 before the first.
    pub number: u64,
    /// The log's running digest after that entry; zero at number 0.
    pub digest: Digest,
}

impl Cursor {
    /// The digest of a set of cursors, whatever their order. Cursors at 0 count like absent ones.
    pub fn digest_of(cursors: &[Cursor]) -> Digest {
        let mut sorted: Vec<&Cursor> = cursors.iter().filter(|c| c.number > 0).collect();
        if sorted.is_empty() {
            return Digest::ZERO;
        }
        sorted.sort_by_key(|c| (c.book, c.log));
        let parts: Vec<Vec<u8>> = sorted
            .iter()
            .map(|c| {
                let mut part = c.book.as_bytes().to_vec();
                part.push(c.log as u8);
                part.extend(c.number.to_be_bytes());
                part.extend(c.digest.0);
                part
            })
            .collect();
        Digest::of(parts.iter().map(Vec::as_slice))
    }
}
