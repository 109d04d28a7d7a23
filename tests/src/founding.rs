//! Workspaces on a relay's storage, before any relay serves it.

use std::path::Path;

use roadbook_core::Environment;
use roadbook_core::model::MemberId;
use roadbook_core::wire::{Member, NewInvitation, NewMember, NewWorkspace, Role, Secret, Workspace};
use roadbook_server::relay::{AdminCall, AdminDone, Sqlite, Storage as _};

/// A workspace, and the storage it is on.
pub(crate) struct Founding {
    pub(crate) storage: Sqlite,
    pub(crate) workspace: Workspace,
    pub(crate) now: i64,
}

impl Founding {
    /// A new workspace on what is in a folder.
    pub(crate) async fn on(folder: &Path) -> Self {
        let environment = Environment::system();
        let now = environment.now();
        let storage = Sqlite::open(folder, environment, None).await.unwrap();
        let new = AdminCall::NewWorkspace(NewWorkspace { name: "W".into(), id: None, common_book: None });
        let AdminDone::Workspace(workspace) = storage.admin(new, now).await.unwrap().0 else {
            unreachable!()
        };
        Self { storage, workspace, now }
    }

    pub(crate) async fn member(&self, role: Role, reports_to: Option<MemberId>) -> Member {
        let new = NewMember {
            workspace: self.workspace.id,
            name: "M".into(),
            role,
            reports_to,
            id: None,
            book: None,
        };
        let AdminDone::Member(member) =
            self.storage.admin(AdminCall::NewMember(new), self.now).await.unwrap().0
        else {
            unreachable!()
        };
        member
    }

    /// Invites a member's device with a code.
    pub(crate) async fn invite(&self, member: MemberId, code: &Secret) {
        let invitation = NewInvitation { member, expires_in: 24 * 3600 };
        self.storage.invite(invitation, code.hash(), self.now).await.unwrap();
    }
}
