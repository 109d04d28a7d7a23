//! Who may see what, as the relay tells a device: state, not events.

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::model::{BookId, MemberId, WorkspaceId};

/// A member's role in the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Field rep: sees their own books.
    Rep,
    /// Works on a manager's accounts.
    Support,
    /// Edits the books of everyone below them in the tree.
    Manager,
    /// Reads every book of the workspace.
    Director,
    /// Finance.
    Finance,
    /// Administers the workspace; sees no book by that alone.
    Admin,
}

/// What a member may do in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Reads.
    Reader,
    /// Reads and writes.
    Editor,
    /// Reads, writes, and is the one accountable.
    Owner,
}

impl Right {
    /// Whether this right includes writing.
    pub fn writes(self) -> bool {
        self >= Self::Editor
    }
}

/// One book a device may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookAccess {
    /// The book.
    pub id: BookId,
    /// Its name, as the admin gave it.
    pub name: String,
    /// Its owner; none for the workspace's common book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// What this device's member may do in it.
    pub right: Right,
    /// Whether it is the workspace's common book.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub common: bool,
    /// Whether this device's member may read and decide on its review tray.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reviews: bool,
}

/// A member, as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberInfo {
    /// The member.
    pub id: MemberId,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The member above, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports_to: Option<MemberId>,
}

/// Everything a device may see, whole. Sent when the request's digest differs from [`Access::digest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The relay's digest of all that follows; a device keeps it and sends it back, it never computes it.
    pub digest: Digest,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub workspace_name: String,
    /// The member this device belongs to.
    pub member: MemberId,
    /// Every book this member may read now.
    pub books: Vec<BookAccess>,
    /// The members this member shares a book with, and themself.
    pub members: Vec<MemberInfo>,
}
