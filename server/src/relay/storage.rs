//! What a relay keeps, behind one trait: a backend stores, numbers and finds; what an answer looks like is decided
//! above it in `exchange`, who may do what in `org`.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use roadbook_core::model::{BookId, ChangeId, DeviceId, MemberId, RecordId, WorkspaceId};
use roadbook_core::wire::{
    Ack, AuditLine, Book, BookAccess, BookPage, BookPatch, Cursor, Decided, Decision, Device, Digest,
    FailureCode, Folded, Grant, Listing, Log, Member, MemberPatch, Moved, NewBook, NewInvitation, NewMember,
    NewMove, NewOrder, NewSnapshot, NewWorkspace, Order, Push, Receipts, Rehung, TokenHash, TrayPage,
    Verdict, Verified, WholeDocument, Workspace,
};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::org::KnownOrg;

/// Why a backend did not do what it was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The caller asked for what cannot be; the code says which kind of mistake it is.
    #[error("{detail}")]
    Refused {
        /// Stable code.
        code: FailureCode,
        /// For people; no customer data.
        detail: String,
    },
    /// The backend itself failed; the caller may try again.
    #[error("the relay's storage failed: {0}")]
    Failed(String),
}

impl StorageError {
    /// A refusal.
    pub fn refused(code: FailureCode, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into() }
    }
}

/// What a backend answers.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// A device that showed a good token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// Where.
    pub workspace: WorkspaceId,
    /// What its administrator decided about it.
    pub order: Option<Order>,
    /// Whether the device is to read its logs anew.
    pub reread: Reread,
}

/// How far a device is with reading its logs anew, after the relay was restored from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reread {
    /// It reads on, or has begun anew.
    #[default]
    No,
    /// It is to be told.
    Wanted,
    /// It was told, with this as the digest of its receipts: a request that says so was made after it had begun, and is not an
    /// earlier one that comes late.
    Told(Digest),
}

/// What one request changes, in this order, in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Write {
    /// Books that the pushes point into.
    pub books: Vec<BookId>,
    /// Roots that the pushes point into.
    pub roots: Vec<RecordId>,
    /// Changes.
    pub pushes: Vec<Push>,
    /// Which of them hang their record elsewhere.
    pub rehung: Vec<Rehung>,
    /// The last verdict the device holds. Until it knows a refusal, what it pushes to that document may build on what
    /// was refused.
    pub verdicts_seen: u64,
    /// Decisions on trays.
    pub decisions: Vec<Decision>,
    /// Snapshots it offers.
    pub snapshots: Vec<NewSnapshot>,
    /// What it found of snapshots that came.
    pub verified: Vec<Verified>,
    /// Cursors the device moved to. One that is not on the log is not kept.
    pub cursors: Vec<Cursor>,
    /// Forget every cursor of the device that is not in `cursors`.
    pub all_cursors: bool,
    /// Books the device is told now that it may write: it may push into their trays for ever after.
    pub may_write: Vec<BookId>,
    /// The device obeyed its order: its token ends.
    pub obeyed: bool,
    /// How far the device is with reading its logs anew, if that is news.
    pub reread: Option<Reread>,
}

impl Write {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.pushes.is_empty()
            && self.decisions.is_empty()
            && self.snapshots.is_empty()
            && self.verified.is_empty()
            && self.cursors.is_empty()
            && !self.all_cursors
            && self.may_write.is_empty()
            && !self.obeyed
            && self.reread.is_none()
    }
}

/// What a [`Write`] did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// One for each push.
    pub acks: Vec<Ack>,
    /// One for each decision.
    pub decided: Vec<Decided>,
    /// One for each snapshot.
    pub folded: Vec<Folded>,
    /// Logs whose cursor was not on them.
    pub diverged: Vec<(BookId, Log)>,
    /// Whom to wake.
    pub wakes: Wakes,
}

/// What is new for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wakes {
    /// Logs with new entries.
    pub logs: HashSet<(BookId, Log)>,
    /// Devices with a verdict or an order.
    pub devices: HashSet<DeviceId>,
    /// Workspaces all of whose devices are to look: rights may have changed, or records were purged.
    pub workspaces: HashSet<WorkspaceId>,
}

impl Wakes {
    /// Adds another's.
    pub fn extend(&mut self, other: Wakes) {
        self.logs.extend(other.logs);
        self.devices.extend(other.devices);
        self.workspaces.extend(other.workspaces);
    }
}

/// What a device lacks.
#[derive(Debug, Clone)]
pub struct Pull {
    /// The books it may read and subscribes to, in the order to serve them.
    pub books: Vec<BookAccess>,
    /// Every cursor of the device.
    pub cursors: Vec<Cursor>,
    /// Where to go on in their place, if they are on their logs.
    pub ahead: Vec<Cursor>,
    /// What this request pushed: left out.
    pub pushed: HashSet<(RecordId, ChangeId)>,
    /// Whether the device knows snapshots. To one that does not, the changes they replace are served; once their bytes are
    /// gone it is told to update.
    pub snapshots: bool,
    /// Documents wanted whole.
    pub fetch: Vec<RecordId>,
    /// The last verdict the device holds.
    pub verdicts_seen: u64,
    /// The delivery state the device holds.
    pub receipts: Digest,
    /// Bytes of chunks at most; at least one entry is served.
    pub budget: usize,
    /// Nothing but `fetch`: for a device that hands in what it has, and can only with what that builds on.
    pub only_documents: bool,
}

/// What a [`Pull`] found. Members are indices into `members`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pulled {
    /// Members that entries point into.
    pub members: Vec<MemberId>,
    /// New entries.
    pub pages: Vec<BookPage>,
    /// New tray entries.
    pub trays: Vec<TrayPage>,
    /// Documents asked for.
    pub documents: Vec<WholeDocument>,
    /// Verdicts.
    pub verdicts: Vec<Verdict>,
    /// Delivery state, if it differs.
    pub receipts: Option<Receipts>,
    /// More is waiting.
    pub more: bool,
}

/// One action of an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AdminCall {
    /// Makes a workspace with its common book.
    NewWorkspace(NewWorkspace),
    /// Lists workspaces.
    Workspaces,
    /// Makes a member with a book of their own.
    NewMember(NewMember),
    /// Changes a member.
    PatchMember(MemberId, MemberPatch),
    /// Lists members.
    Members(WorkspaceId),
    /// Makes a book.
    NewBook(NewBook),
    /// Changes a book.
    PatchBook(BookId, BookPatch),
    /// Lists books.
    Books(WorkspaceId),
    /// Sets a member's grant in a book.
    PutGrant(BookId, Grant),
    /// Takes a member's grant in a book away.
    DeleteGrant(BookId, MemberId),
    /// Lists devices.
    Devices(WorkspaceId),
    /// Retires or wipes a device.
    Order(DeviceId, NewOrder),
    /// Hands accounts over.
    Move(NewMove),
    /// Lists what administrators did, oldest first.
    Audit(WorkspaceId),
}

impl AdminCall {
    /// The action's name in the audit log.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Whether it only reads. All others are journalled beside the database: restoring an older one must neither give back what
    /// was taken away nor forget who came.
    pub fn reads_only(&self) -> bool {
        matches!(
            self,
            Self::Workspaces | Self::Members(_) | Self::Books(_) | Self::Devices(_) | Self::Audit(_)
        )
    }
}

/// What an [`AdminCall`] gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AdminDone {
    /// A workspace.
    Workspace(Workspace),
    /// A member.
    Member(Member),
    /// A book.
    Book(Book),
    /// A device.
    Device(Device),
    /// A move.
    Moved(Moved),
    /// Workspaces.
    Workspaces(Listing<Workspace>),
    /// Members.
    Members(Listing<Member>),
    /// Books.
    Books(Listing<Book>),
    /// Devices.
    Devices(Listing<Device>),
    /// Audit lines.
    Audit(Listing<AuditLine>),
}

/// Where a relay keeps everything. Calls are atomic: each happens whole or not at all, and has happened durably once
/// it returned. Times are milliseconds since 1970 UTC by the relay's clock.
#[async_trait]
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// The device a token belongs to. The first use of a device's next token ends the one before.
    async fn session(&self, token: TokenHash, now: i64) -> Result<Option<Session>>;

    /// Keeps an invitation; answers when it expires.
    async fn invite(&self, invitation: NewInvitation, code: TokenHash, now: i64) -> Result<i64>;

    /// Turns an invitation into a device. Repeated with the same token it gives the same device. `known`: the device it
    /// says it is already; of the same member and not ended, it stays that one.
    async fn enrol(
        &self,
        code: TokenHash,
        token: TokenHash,
        name: &str,
        known: Option<DeviceId>,
        now: i64,
    ) -> Result<Session>;

    /// Gives a device its next token.
    async fn rotate(&self, device: DeviceId, token: TokenHash, now: i64) -> Result<()>;

    /// A workspace's members, books and grants, as of now.
    async fn org(&self, workspace: WorkspaceId) -> Result<Arc<KnownOrg>>;

    /// The cursors a device was last known to hold.
    async fn cursors(&self, device: DeviceId) -> Result<Vec<Cursor>>;

    /// Takes in what a device sent. Rights are those at the moment of the transaction.
    async fn write(&self, session: Session, write: Write, now: i64) -> Result<Written>;

    /// Finds what a device lacks, in one consistent view.
    async fn pull(&self, session: Session, pull: Pull) -> Result<Pulled>;

    /// Carries out an administrator's action.
    async fn admin(&self, call: AdminCall, now: i64) -> Result<(AdminDone, Wakes)>;

    /// Purges what was deleted more than a month ago, and drops the bytes of changes that a snapshot has stood for as long
    /// and that another device than its maker's has found good.
    async fn maintain(&self, now: i64) -> Result<Wakes>;

    /// Whether it answers.
    async fn health(&self) -> Result<()>;
}
