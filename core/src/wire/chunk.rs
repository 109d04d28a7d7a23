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
    /// Only who has its book's key can open it.
    #[error("the chunk is sealed: this version has no key for it")]
    Sealed,
    /// A scheme this build does not know.
    #[error("chunk scheme {0} is not known to this version")]
    UnknownScheme(u8),
}

/// One scheme byte and the bytes it wraps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chunk(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl Chunk {
    /// What an automerge change begins with.
    const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
    /// Magic and checksum (the first bytes of the hash): they say nothing the rest does not, and do not travel.
    const UNHASHED: usize = 8;

    /// Wraps one automerge change as scheme [`Scheme::Plain`].
    pub fn plain(change: &[u8]) -> Self {
        Self::wrap(change.get(Self::UNHASHED..).unwrap_or_default())
    }

    /// Wraps a whole document as scheme [`Scheme::Plain`].
    pub fn document(document: &[u8]) -> Self {
        Self::wrap(document)
    }

    /// Wraps a text as scheme [`Scheme::Plain`].
    pub fn text(text: &str) -> Self {
        Self::wrap(text.as_bytes())
    }

    fn wrap(content: &[u8]) -> Self {
        Self([&[Scheme::Plain as u8], content].concat())
    }

    /// The automerge change in a plain chunk.
    pub fn change(&self) -> Result<Vec<u8>, ChunkError> {
        let checksum = &self.plain_id()?.0[..4];
        Ok([&Self::MAGIC, checksum, self.content()].concat())
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

    /// The id of a plain chunk's change: the SHA-256 of its content, which is the hash automerge gives it. Needs no
    /// parsing, so the relay can name changes it cannot read.
    pub fn plain_id(&self) -> Result<ChangeId, ChunkError> {
        match self.scheme()? {
            Scheme::Plain if self.0.len() > 1 => Ok(ChangeId(Sha256::digest(self.content()).into())),
            Scheme::Plain => Err(ChunkError::Truncated),
            Scheme::Sealed => Err(ChunkError::Sealed),
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
        assert_eq!(chunk.change().unwrap(), change.raw_bytes());
        assert_eq!(Chunk(vec![]).scheme(), Err(ChunkError::Truncated));
        assert_eq!(Chunk::plain(b"short").change(), Err(ChunkError::Truncated));
        assert_eq!(Chunk(vec![1, 2]).change(), Err(ChunkError::Sealed));
        assert_eq!(Chunk::text("因为").content(), "因为".as_bytes());
        assert_eq!(Chunk(vec![9]).scheme(), Err(ChunkError::UnknownScheme(9)));
    }
}
