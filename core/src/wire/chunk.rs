//! A chunk: one change as it is pushed, stored and pulled. Its first byte says how it is wrapped.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::ChangeId;

/// How a chunk's bytes are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Scheme {
    /// One automerge change as it is; the page around it compresses it.
    Plain = 0,
    /// Sealed under a book key. Reserved: this build keeps such chunks aside.
    Sealed = 1,
}

/// Why bytes are not a chunk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// No scheme byte, or nothing behind it.
    #[error("the chunk is empty or cut off")]
    Truncated,
    /// A scheme this build does not know.
    #[error("chunk scheme {0} is not known to this version")]
    UnknownScheme(u8),
}

/// One scheme byte and the bytes it wraps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chunk(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl Chunk {
    /// Bytes in front of an automerge change's hashed part: magic (4) and checksum (4).
    const UNHASHED: usize = 8;

    /// Wraps one automerge change as scheme [`Scheme::Plain`].
    pub fn plain(change: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(change.len() + 1);
        bytes.push(Scheme::Plain as u8);
        bytes.extend_from_slice(change);
        Self(bytes)
    }

    /// The scheme byte.
    pub fn scheme(&self) -> Result<Scheme, ChunkError> {
        match self.0.first() {
            None => Err(ChunkError::Truncated),
            Some(0) => Ok(Scheme::Plain),
            Some(1) => Ok(Scheme::Sealed),
            Some(other) => Err(ChunkError::UnknownScheme(*other)),
        }
    }

    /// The bytes behind the scheme byte.
    pub fn content(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }

    /// The id of a plain chunk's change: SHA-256 over the change without magic and checksum, which is the hash
    /// automerge gives it. Needs no parsing, so the relay can name changes it cannot read.
    pub fn plain_id(&self) -> Result<ChangeId, ChunkError> {
        match self.content().get(Self::UNHASHED..) {
            Some(hashed) if !hashed.is_empty() => Ok(ChangeId(Sha256::digest(hashed).into())),
            _ => Err(ChunkError::Truncated),
        }
    }
}

#[cfg(test)]
mod tests {
    use automerge::{AutoCommit, ROOT, transaction::Transactable};

    use super::*;

    #[test]
    fn a_plain_chunk_is_named_as_automerge_names_it() {
        let mut doc = AutoCommit::new();
        doc.put(ROOT, "name", "百草堂").unwrap();
        let change = doc.get_last_local_change().unwrap();
        let chunk = Chunk::plain(change.raw_bytes());
        assert_eq!(chunk.scheme(), Ok(Scheme::Plain));
        assert_eq!(chunk.plain_id().unwrap().0, change.hash().0);
        assert_eq!(Chunk(vec![]).scheme(), Err(ChunkError::Truncated));
        assert_eq!(Chunk(vec![0, 1, 2]).plain_id(), Err(ChunkError::Truncated));
        assert_eq!(Chunk(vec![9]).scheme(), Err(ChunkError::UnknownScheme(9)));
    }
}
