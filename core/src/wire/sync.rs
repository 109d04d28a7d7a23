//! `POST /v1/sync`: one request for push and pull.

use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::page::{BookPage, WholeDocument};
use super::review::{Decided, Decision, TrayPage, Verdict};
use super::{Access, Chunk, Cursor, Digest, Folded, Log, NewSnapshot, Verified, columns};
use crate::model::{BookId, ChangeId, MemberId, RecordId};

/// What a device sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// The newest protocol version the device speaks.
    pub version: u16,
    /// The device's clock, milliseconds since 1970 UTC.
    pub clock: i64,
    /// The [`Access::digest`] the device holds; zero before the first, and when it has begun anew.
    #[serde(default, skip_serializing_if = "Digest::is_zero")]
    pub access: Digest,
    /// The [`Receipts::digest`] the device holds; zero before the first.
    #[serde(default, skip_serializing_if = "Digest::is_zero")]
    pub receipts: Digest,
    /// Cursors that changed since the relay last confirmed them; all of them when the answer asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cursors: Vec<Cursor>,
    /// [`Cursor::digest_of`] all cursors of the device, the changed ones included.
    #[serde(default, skip_serializing_if = "Digest::is_zero")]
    pub all_cursors: Digest,
    /// Cursors of pages that came and are not committed yet: what lies behind them is served, and they confirm nothing.
    /// So one page travels while the one before it is committed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ahead: Vec<Cursor>,
    /// The books this device subscribes to; absent means every book it may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<BookId>>,
    /// Books that [`Push::book`] points into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<BookId>,
    /// Roots that [`Push::root`] points into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<RecordId>,
    /// More of [`Self::roots`], behind them. Written as the text that they are inside changes, where the compressor finds them
    /// again. Since version 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "texts")]
    pub accounts: Vec<RecordId>,
    /// Changes the relay lacks, per document in causal order.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "columns")]
    pub pushes: Vec<Push>,
    /// Which of the pushes hang their record on another account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rehung: Vec<Rehung>,
    /// Decisions on review trays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Snapshots of documents in this device's books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<NewSnapshot>,
    /// What was found of snapshots that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified: Vec<Verified>,
    /// Documents wanted whole, because a change arrived without one it builds on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetch: Vec<RecordId>,
    /// The last [`Verdict::number`] the device has committed.
    #[serde(default)]
    pub verdicts_seen: u64,
    /// Set once the device has erased everything, obeying an [`Order`] or at its user's wish; its token ends with this request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub obeyed: bool,
    /// Bytes of chunks the device wants in the answer at most. At least one entry is always served.
    pub budget: u32,
    /// Of a request that the platform carries: which token it goes with ([`Digest::of`] its hash), for the device itself. By the
    /// time it is refused, another may have taken that one's place.
    #[serde(default, skip_serializing_if = "Digest::is_zero")]
    pub token: Digest,
}

impl SyncRequest {
    /// A request that pushes nothing and holds nothing.
    pub fn new(clock: i64) -> Self {
        Self {
            version: super::VERSION,
            clock,
            access: Digest::ZERO,
            receipts: Digest::ZERO,
            cursors: Vec::new(),
            all_cursors: Digest::ZERO,
            ahead: Vec::new(),
            only: None,
            books: Vec::new(),
            roots: Vec::new(),
            accounts: Vec::new(),
            pushes: Vec::new(),
            rehung: Vec::new(),
            decisions: Vec::new(),
            snapshots: Vec::new(),
            verified: Vec::new(),
            fetch: Vec::new(),
            verdicts_seen: 0,
            obeyed: false,
            budget: super::limits::PAGE,
            token: Digest::ZERO,
        }
    }
}

/// What a request pushes, apart: fields of [`SyncRequest`] of the same names.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Pushed {
    pub(crate) books: Vec<BookId>,
    pub(crate) roots: Vec<RecordId>,
    #[serde(skip_serializing_if = "Vec::is_empty", with = "texts")]
    pub(crate) accounts: Vec<RecordId>,
    #[serde(with = "columns")]
    pub(crate) pushes: Vec<Push>,
    pub(crate) rehung: Vec<Rehung>,
}

/// Ids as text, in CBOR as well.
mod texts {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::model::RecordId;

    pub(super) fn serialize<S: Serializer>(ids: &[RecordId], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<RecordId>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

/// A mark on a pushed change that the relay must know of, since it alone purges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The change marks its record as deleted.
    Delete,
    /// The change takes that mark away.
    Restore,
}

/// One change on its way to the relay.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Push {
    /// The document.
    pub document: RecordId,
    /// Index into [`SyncRequest::books`]: the book the device believes the document is in.
    pub book: u16,
    /// Index into [`SyncRequest::roots`] and then [`SyncRequest::accounts`]: the account the record hangs on; absent when it is its own
    /// root.
    pub root: Option<u32>,
    /// Seconds the device's clock was believed to be behind the relay's when the change was saved.
    pub offset: i32,
    /// Mark for the relay.
    pub notice: Option<Notice>,
    /// The change's id; absent for a plain chunk, whose bytes name it ([`Chunk::plain_id`]).
    pub change: Option<ChangeId>,
    /// The change.
    pub chunk: Chunk,
}

/// A pushed change sets the link to the account its record hangs on. It goes without saying where the change created the record and
/// it hangs there still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Rehung {
    /// Index into [`SyncRequest::pushes`].
    pub push: u32,
    /// Index as in [`Push::root`]: the account; absent when the record is its own root from then on.
    pub root: Option<u32>,
    /// Of several that hang one record, the one with the greatest order stands, byte by byte, as it does in the document: the
    /// operation's counter (8 bytes, big-endian), then its actor. At most [`limits::ORDER`](super::limits::ORDER) bytes.
    #[serde(with = "serde_bytes")]
    pub order: Vec<u8>,
}

/// What became of one push. [`SyncAnswer::acks`] has one for each, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// Stored in a book's log (now, or by an earlier request). The book may be another one than the push named.
    Accepted(BookId, u64),
    /// Stored by an earlier request; the record is now in a book this member may not read. The device erases it, once its
    /// unsent work on it is in the tray.
    Gone(u64),
    /// Stored in a review tray: the record moved to a book this member may not write.
    Tray(u64),
    /// Not stored.
    Rejected(Rejection),
}

/// Why a push was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// What to do about it.
    pub class: RejectionClass,
    /// Stable code.
    pub code: RejectionCode,
}

/// What a device does with a rejected change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionClass {
    /// Keep it and push it again later.
    Transient,
    /// Quarantine the document's lane with the reason.
    Permanent,
}

/// Stable codes of rejections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// The relay could not store it just now.
    Busy,
    /// An earlier change of the same document in the same request was rejected.
    AfterRejected,
    /// The chunk exceeds [`super::limits::CHUNK`].
    TooLarge,
    /// The chunk is empty, of an unknown scheme, or points outside the request's tables.
    Malformed,
    /// The member has never had the right to write there. Also said of unknown books and foreign documents: the
    /// answer does not tell which.
    Forbidden,
    /// The record was purged; its id is refused for ever.
    Purged,
    /// A reviewer refused this very change of this device before.
    RefusedInReview,
    /// A code of a newer relay.
    #[serde(other)]
    Unknown,
}

impl RejectionCode {
    /// The rejection a relay answers for this code.
    pub fn rejection(self) -> Rejection {
        let class = match self {
            Self::Busy | Self::AfterRejected => RejectionClass::Transient,
            _ => RejectionClass::Permanent,
        };
        Rejection { class, code: self }
    }
}

/// What a relay answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyncAnswer {
    /// The version the answer is written in: the lower of the device's newest and the relay's newest.
    pub version: u16,
    /// The relay's clock, milliseconds since 1970 UTC.
    pub clock: i64,
    /// One for each push; none when the device is to begin anew ([`Self::diverged`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "columns")]
    pub acks: Vec<Ack>,
    /// One for each decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<Decided>,
    /// One for each snapshot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folded: Vec<Folded>,
    /// Whole access state, when the device's digest is not the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// The relay's memory of this device's cursors does not match: nothing was pulled, send all of them. Pushes and
    /// decisions of the request were carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cursors_wanted: bool,
    /// Logs whose cursor is not on the relay's log: it was restored from a backup. The device starts them again at 0, and
    /// sends what it has on their records when it has read them to their end. When they are all its logs, pushes and
    /// decisions of the request were not carried out, and there are neither acknowledgements nor [`Self::decided`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverged: Vec<(BookId, Log)>,
    /// Members that [`ChangeEntry::member`](super::ChangeEntry::member) and
    /// [`TrayEntry::member`](super::TrayEntry::member) point into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberId>,
    /// New entries by book.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<BookPage>,
    /// New tray entries by book.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trays: Vec<TrayPage>,
    /// Whole documents asked for. One that may not be read (any more) is answered without entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<WholeDocument>,
    /// Verdicts on what this device pushed into trays, ascending, after [`SyncRequest::verdicts_seen`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// Whole delivery state, when the device's digest is not the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Receipts>,
    /// This device is to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// More is waiting: ask again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl SyncAnswer {
    /// An answer that says nothing.
    pub fn new(clock: i64) -> Self {
        Self {
            version: super::VERSION,
            clock,
            acks: Vec::new(),
            decided: Vec::new(),
            folded: Vec::new(),
            access: None,
            cursors_wanted: false,
            diverged: Vec::new(),
            members: Vec::new(),
            pages: Vec::new(),
            trays: Vec::new(),
            documents: Vec::new(),
            verdicts: Vec::new(),
            receipts: None,
            order: None,
            more: false,
        }
    }

    /// Whether it brings pages, acks and receipts, and says nothing else.
    pub(crate) fn only_pages(&self) -> bool {
        self.folded.is_empty()
            && !self.cursors_wanted
            && self.order.is_none()
            && self.access.is_none()
            && self.diverged.is_empty()
            && self.trays.is_empty()
            && self.documents.is_empty()
            && self.verdicts.is_empty()
    }

    /// Whether it accepts all of so many changes, and brings nothing.
    pub(crate) fn only_accepts(&self, sent: usize) -> bool {
        let accepted =
            self.acks.len() == sent && self.acks.iter().all(|ack| matches!(ack, Ack::Accepted(..)));
        let only_cursors = self.pages.iter().all(|page| {
            page.changes.is_empty()
                && page.snapshots.is_empty()
                && page.held.is_empty()
                && page.moved.is_empty()
                && page.purged.is_empty()
        });
        accepted && only_cursors && self.only_pages()
    }
}

/// How far each colleague has confirmed each book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipts {
    /// The relay's digest of what follows; a device keeps it and sends it back, it never computes it.
    pub digest: Digest,
    /// One for each book and colleague that has confirmed anything.
    pub list: Vec<Receipt>,
}

/// One of a member's devices has committed everything of a book up to a number.
#[derive(Debug, Clone, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct Receipt {
    /// The book.
    pub book: BookId,
    /// The member.
    pub member: MemberId,
    /// The highest number one of their devices has confirmed.
    pub number: u64,
    /// When it was confirmed, relay clock, milliseconds since 1970 UTC.
    pub at: i64,
}

/// What an administrator decided about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Push unsent work (it goes to the tray), then erase everything and say so with [`SyncRequest::obeyed`].
    Retire,
    /// Erase everything at once. Unsent work is lost.
    Wipe,
}

#[cfg(test)]
mod tests {
    use super::super::{FailureCode, decode, encode};
    use super::*;

    fn cursor(book: u128, number: u64) -> Cursor {
        Cursor {
            book: BookId(uuid::Uuid::from_u128(book)),
            log: Log::Entries,
            number,
            digest: Digest([number as u8; 8]),
        }
    }

    #[test]
    fn a_request_without_changes_is_small() {
        let mut request = SyncRequest::new(1_795_000_000_000);
        request.access = Digest([1; 8]);
        request.receipts = Digest([2; 8]);
        request.all_cursors = Digest([3; 8]);
        let bytes = encode(&request).unwrap();
        assert!(bytes.len() < 150, "{} bytes", bytes.len());
        assert_eq!(decode::<SyncRequest>(&bytes).unwrap(), request);
    }

    #[test]
    fn the_digest_of_cursors_ignores_order_and_zero() {
        let (a, b) = (cursor(1, 5), cursor(2, 9));
        assert_eq!(Cursor::digest_of(&[a, b]), Cursor::digest_of(&[b, cursor(3, 0), a]));
        assert_ne!(Cursor::digest_of(&[a, b]), Cursor::digest_of(&[a]));
        assert_eq!(Cursor::digest_of(&[cursor(3, 0)]), Digest::ZERO);
    }

    #[test]
    fn unknown_fields_are_skipped_and_absent_ones_take_their_default() {
        #[derive(Serialize)]
        struct Newer {
            version: u16,
            clock: i64,
            budget: u32,
            holograms: Vec<std::collections::BTreeMap<String, Vec<u8>>>,
        }
        let newer = Newer {
            version: 2,
            clock: 1,
            budget: 10,
            holograms: vec![[("a".to_owned(), vec![1, 2])].into()],
        };
        let read: SyncRequest = decode(&encode(&newer).unwrap()).unwrap();
        assert_eq!((read.version, read.budget, read.pushes.len()), (2, 10, 0));
        let code: FailureCode = decode(&encode(&"teapot").unwrap()).unwrap();
        assert_eq!(code, FailureCode::Unknown);
    }

    #[test]
    fn json_shows_ids_and_digests_as_text() {
        let text = serde_json::to_string(&cursor(1, 5)).unwrap();
        assert_eq!(text, r#"["00000000-0000-0000-0000-000000000001","entries",5,"0505050505050505"]"#);
        assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor(1, 5));
    }
}
