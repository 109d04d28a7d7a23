//! Hard limits. A device refuses at save what the relay would refuse at sync.

/// Largest body of any request or answer as sent, in bytes.
pub const BODY: usize = 8 << 20;

/// Largest body once decompressed, in bytes. Checked while decompressing, before anything is parsed.
pub const BODY_DECOMPRESSED: usize = 32 << 20;

/// Largest body of a request to enrol, in bytes, as sent and decompressed: anybody may send one.
pub const ENROL: usize = 16 << 10;

/// Longest reason of a decision, in bytes of UTF-8.
pub const REASON: usize = 4_000;

/// Largest single chunk, in bytes. A change over it is refused at save.
pub const CHUNK: usize = 1 << 20;

/// Entries and pushes in one request or answer.
pub const ITEMS: usize = 50_000;

/// Bytes of chunks a device sends, and asks for, in its first request: more in the next while answers come promptly, half as
/// many after one that was slow or cut off.
pub const PAGE: u32 = 1 << 20;

/// Largest page budget a relay honours, in bytes of chunks.
pub const PAGE_MOST: u32 = 4 << 20;

/// Bytes of an answer that a live connection carries at most, before base64. What is larger is asked for by those who still
/// need it.
pub const LIVE: usize = 16 << 10;

/// Bytes of what orders two changes that hang one record: a counter and an actor.
pub const ORDER: usize = 8 + 64;

/// Snapshots a device offers in one request.
pub const SNAPSHOTS: usize = 64;

/// Bytes of chunks of a document that is served whole at most: one that has more comes by its book's log only.
pub const WHOLE: usize = 6 << 20;

/// Documents fetched whole by id in one request.
pub const FETCH: usize = 1_000;
