//! What travels between a device and a relay, shared by both.
//!
//! Every body is CBOR ([`encode`], [`decode`]), zstd-compressed as a whole once it is worth it; JSON is served on
//! request for people. Fields are only ever added: an unknown one is skipped, an absent one takes its default, so
//! that versions N and N+1 talk. `docs/PROTOCOL.md` is the specification these types implement.
//!
//! The relay reads ids, sizes and times only. A [`Push`] carries an opaque *chunk*: one scheme byte, then the bytes.

mod access;
mod admin;
mod chunk;
mod codec;
mod columns;
mod cursor;
mod enrol;
mod failure;
pub mod limits;
mod live;
mod page;
mod review;
mod snapshot;
mod sync;

pub use access::{Access, BookAccess, MemberInfo, Right, Role};
pub use admin::*;
pub use chunk::{Chunk, ChunkError, Scheme};
pub use codec::{CBOR, CodecError, ENCODING, JSON, decode, encode, read_body, read_body_within, write_body};
pub(crate) use codec::{Packed, is_compressed, pack, write_request, write_with};
pub use cursor::{Cursor, Digest, Log};
pub use enrol::{Enrol, Enrolled, InvalidInvitation, Invitation, Rotate, Secret, TokenHash};
pub use failure::{Failure, FailureCode};
pub use live::{LiveAnswer, LiveEvent, LiveRequest};
pub use page::{BookPage, ChangeEntry, HeldEntry, MovedEntry, PurgedEntry, WholeDocument};
pub use review::{Decided, Decision, TrayClosed, TrayEntry, TrayPage, Verdict};
pub use snapshot::{Folded, NewSnapshot, Replaced, Snapshot, Verified};
pub use sync::*;

/// The protocol version this build speaks. A relay answers a newer device in its own version.
///
/// 2: snapshots stand in pages and whole documents in the place of the changes they replace.
///
/// 3: a request may name the accounts that what it pushes hangs on as text ([`SyncRequest::accounts`]).
pub const VERSION: u16 = 3;

/// Relays of this version on read [`SyncRequest::accounts`].
pub(crate) const ACCOUNTS_SINCE: u16 = 3;

/// The oldest version a relay of this build still answers.
pub const OLDEST_VERSION: u16 = 1;
