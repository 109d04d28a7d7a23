//! Admin over HTTP, JSON only, under the relay's admin token. One request and one answer type a call.

use serde::{Deserialize, Serialize};

use super::{Order, Right, Role};
use crate::model::{BookId, DeviceId, MemberId, RecordId, WorkspaceId};

/// `POST /v1/admin/workspaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWorkspace {
    /// Display name.
    pub name: String,
    /// Its id; a fresh one if absent. One that is taken is a `conflict`, here and below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<WorkspaceId>,
    /// The id of its common book; a fresh one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_book: Option<BookId>,
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Display name.
    pub name: String,
    /// The book all its members read and its managers write.
    pub common_book: BookId,
}

/// `POST /v1/admin/members`. A member gets a book of their own, owned by them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMember {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The member above, in the same workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports_to: Option<MemberId>,
    /// The member's id; a fresh one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MemberId>,
    /// The id of the member's own book; a fresh one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<BookId>,
}

/// `PATCH /v1/admin/members/{id}`: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPatch {
    /// New display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// New member above; `Some(None)` (JSON `null`) for the top of the tree. Cycles are refused.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reports_to: Option<Option<MemberId>>,
    /// `false` ends every right of the member and retires all their devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<MemberId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The member.
    pub id: MemberId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The member above.
    pub reports_to: Option<MemberId>,
    /// Whether the member still works here.
    pub active: bool,
    /// The member's own book.
    pub book: BookId,
}

/// `POST /v1/admin/books`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBook {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Display name.
    pub name: String,
    /// The one accountable member.
    pub owner: MemberId,
    /// Its id; a fresh one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BookId>,
}

/// A book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// The book.
    pub id: BookId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Display name.
    pub name: String,
    /// The owner; none for the common book.
    pub owner: Option<MemberId>,
    /// Members granted more than the org tree gives them.
    pub grants: Vec<Grant>,
    /// The last number of its log.
    pub head: u64,
}

/// `PUT /v1/admin/books/{id}/grants` (replaces the member's grant) and an element of [`Book::grants`].
/// `DELETE /v1/admin/books/{id}/grants/{member}` takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The member.
    pub member: MemberId,
    /// `reader` or `editor`; ownership is changed with [`BookPatch`].
    pub right: Right,
    /// When the grant ends by itself, milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

/// `PATCH /v1/admin/books/{id}`: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookPatch {
    /// New display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// New owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
}

/// `POST /v1/admin/invitations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// For whom.
    pub member: MemberId,
    /// Seconds until it expires; at most 30 days.
    pub expires_in: u64,
}

/// A fresh invitation; its link is shown once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCreated {
    /// The link to hand over, an [`super::Invitation`].
    pub link: String,
    /// When it expires, milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// `POST /v1/admin/devices/{id}/order`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Retire (unsent work goes to the tray first) or wipe (at once).
    pub order: Order,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The device.
    pub id: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// The name it enrolled with.
    pub name: String,
    /// When it enrolled, milliseconds since 1970 UTC.
    pub enrolled_at: i64,
    /// Its last contact, to the minute.
    pub last_seen: Option<i64>,
    /// An order it has not obeyed yet.
    pub order: Option<Order>,
    /// Whether its token has ended.
    pub ended: bool,
}

/// `POST /v1/admin/moves`: hands whole accounts over, with all that hangs on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMove {
    /// The book they are in.
    pub from: BookId,
    /// The book they go to, of the same workspace.
    pub to: BookId,
    /// The accounts.
    pub roots: Vec<RecordId>,
}

/// What a move did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Documents that moved.
    pub documents: u64,
    /// Log entries appended in the new book.
    pub entries: u64,
    /// Roots that are in no way in `from` (unknown, elsewhere, or purged); they were left alone.
    pub not_found: Vec<RecordId>,
}

/// `GET /v1/admin/workspaces`, `/members?workspace=…`, `/books?workspace=…`, `/devices?workspace=…`,
/// `/audit?workspace=…`: a list under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// What was asked for.
    pub items: Vec<T>,
}

/// One line of the append-only audit log of admin actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Ascending.
    pub number: u64,
    /// When, milliseconds since 1970 UTC.
    pub at: i64,
    /// What was done, e.g. `move`.
    pub action: String,
    /// Ids and counts it was done with, as JSON; never customer data.
    pub details: String,
}
