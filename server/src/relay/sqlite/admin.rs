//! What administrators do: members, books, grants, orders, moves.

use roadbook_core::Environment;
use roadbook_core::model::{BookId, DeviceId, MemberId, WorkspaceId};
use roadbook_core::wire::{
    AuditLine, Book, BookPatch, Device, FailureCode, Grant, Listing, Member, MemberPatch, NewBook, NewMember,
    NewWorkspace, Order, Right, Role, Workspace,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::org::Org;
use super::super::storage::{AdminCall, AdminDone, Result, StorageError, Wakes};
use super::devices::{order_name, order_of};
use super::moves;
use super::orgs::{self, name_of};

const NAME_MOST: usize = 200;

fn missing(what: &str) -> StorageError {
    StorageError::refused(FailureCode::NotFound, format!("there is no such {what}"))
}

fn conflict(detail: &str) -> StorageError {
    StorageError::refused(FailureCode::Conflict, detail)
}

fn good_name(name: &str) -> Result<&str> {
    let name = name.trim();
    match name.chars().count() {
        1..=NAME_MOST => Ok(name),
        _ => Err(StorageError::refused(
            FailureCode::Malformed,
            format!("a name has from 1 to {NAME_MOST} characters"),
        )),
    }
}

/// Carries one call out, and names in it what it made: carried out again, it makes the same. Listings change nothing.
pub(super) fn call(
    db: &Connection,
    environment: &Environment,
    call: &mut AdminCall,
) -> Result<(AdminDone, Wakes)> {
    let mut admin = Admin { db, environment, wakes: Wakes::default() };
    let done = match call {
        AdminCall::NewWorkspace(new) => AdminDone::Workspace(admin.new_workspace(new)?),
        AdminCall::Workspaces => AdminDone::Workspaces(Listing { items: admin.workspaces()? }),
        AdminCall::NewMember(new) => AdminDone::Member(admin.new_member(new)?),
        AdminCall::PatchMember(id, patch) => AdminDone::Member(admin.patch_member(*id, patch)?),
        AdminCall::Members(workspace) => AdminDone::Members(Listing { items: admin.members(*workspace)? }),
        AdminCall::NewBook(new) => AdminDone::Book(admin.new_book(new)?),
        AdminCall::PatchBook(id, patch) => AdminDone::Book(admin.patch_book(*id, patch)?),
        AdminCall::Books(workspace) => AdminDone::Books(Listing { items: admin.books(*workspace)? }),
        AdminCall::PutGrant(book, grant) => AdminDone::Book(admin.put_grant(*book, grant)?),
        AdminCall::DeleteGrant(book, member) => AdminDone::Book(admin.delete_grant(*book, *member)?),
        AdminCall::Devices(workspace) => AdminDone::Devices(Listing { items: admin.devices(*workspace)? }),
        AdminCall::Order(device, new) => AdminDone::Device(admin.order(*device, new.order)?),
        AdminCall::Move(new) => {
            let (moved, wakes) = moves::carry_out(db, new)?;
            admin.wakes.extend(wakes);
            AdminDone::Moved(moved)
        }
        AdminCall::Audit(workspace) => AdminDone::Audit(Listing { items: admin.audit(*workspace)? }),
    };
    Ok((done, admin.wakes))
}

/// Writes the audit line of a call.
pub(super) fn record(db: &Connection, call: &AdminCall, wakes: &Wakes, now: i64) -> Result<()> {
    let mut details = serde_json::to_value(call).unwrap_or_default();
    if let Some(roots) = details.pointer_mut("/move/roots") {
        *roots = roots.as_array().map(Vec::len).unwrap_or_default().into();
    }
    audit_line(db, wakes.workspaces.iter().next().copied(), call.name(), &details, now)
}

pub(super) fn audit_line(
    db: &Connection,
    workspace: Option<WorkspaceId>,
    action: &str,
    details: &serde_json::Value,
    now: i64,
) -> Result<()> {
    db.execute(
        "INSERT INTO audit (workspace, at, action, details)
         VALUES ((SELECT key FROM workspace WHERE id = ?1), ?2, ?3, ?4)",
        params![workspace, now, action, details.to_string()],
    )?;
    Ok(())
}

struct Admin<'a> {
    db: &'a Connection,
    environment: &'a Environment,
    wakes: Wakes,
}

impl Admin<'_> {
    fn org(&self, workspace: WorkspaceId) -> Result<(i64, Org)> {
        orgs::load(self.db, workspace)
    }

    /// Inserts what has an id, which nothing else may have.
    fn insert(&self, sql: &str, params: impl rusqlite::Params) -> Result<()> {
        match self.db.execute(sql, params) {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
                Err(conflict("there is one with this id already"))
            }
            done => Ok(done.map(drop)?),
        }
    }

    fn insert_book(&self, id: BookId, workspace: i64, name: &str, owner: Option<MemberId>) -> Result<()> {
        // To devices that is no book.
        if id == BookId::NIL {
            return Err(StorageError::refused(FailureCode::Malformed, "no book has the nil id"));
        }
        let sql = "INSERT INTO book (id, workspace, name, owner) VALUES (?1, ?2, ?3, ?4)";
        self.insert(sql, params![id, workspace, name, owner])
    }

    fn new_workspace(&mut self, new: &mut NewWorkspace) -> Result<Workspace> {
        let name = good_name(&new.name)?;
        let id = *new.id.get_or_insert_with(|| WorkspaceId(self.environment.uuid()));
        let common_book = *new.common_book.get_or_insert_with(|| BookId(self.environment.uuid()));
        let sql = "INSERT INTO workspace (id, name, common) VALUES (?1, ?2, ?3)";
        self.insert(sql, params![id, name, common_book])?;
        self.insert_book(common_book, self.db.last_insert_rowid(), name, None)?;
        self.wakes.workspaces.insert(id);
        Ok(Workspace { id, name: name.to_owned(), common_book })
    }

    fn workspaces(&self) -> Result<Vec<Workspace>> {
        let read = || {
            let mut statement = self.db.prepare("SELECT id, name, common FROM workspace ORDER BY key")?;
            let rows = statement.query_map([], |row| {
                Ok(Workspace { id: row.get(0)?, name: row.get(1)?, common_book: row.get(2)? })
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        Ok(read()?)
    }

    fn new_member(&mut self, new: &mut NewMember) -> Result<Member> {
        let name = good_name(&new.name)?;
        let (key, org) = self.org(new.workspace)?;
        if new.reports_to.is_some_and(|above| !org.members.contains_key(&above)) {
            return Err(missing("member above"));
        }
        let id = *new.id.get_or_insert_with(|| MemberId(self.environment.uuid()));
        let book = *new.book.get_or_insert_with(|| BookId(self.environment.uuid()));
        self.insert_book(book, key, name, Some(id))?;
        let sql = "INSERT INTO member (id, workspace, name, role, reports_to, book) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.insert(sql, params![id, key, name, name_of(new.role), new.reports_to, book])?;
        self.wakes.workspaces.insert(new.workspace);
        self.member(new.workspace, id)
    }

    fn member(&self, workspace: WorkspaceId, id: MemberId) -> Result<Member> {
        let (_, org) = self.org(workspace)?;
        let member = org.members.get(&id).ok_or_else(|| missing("member"))?;
        Ok(Member {
            id,
            workspace,
            name: member.name.clone(),
            role: member.role,
            reports_to: member.reports_to,
            active: member.active,
            book: member.book,
        })
    }

    fn members(&self, workspace: WorkspaceId) -> Result<Vec<Member>> {
        let (_, org) = self.org(workspace)?;
        let mut ids: Vec<MemberId> = org.members.keys().copied().collect();
        ids.sort();
        ids.into_iter().map(|id| self.member(workspace, id)).collect()
    }

    fn workspace_of(&self, table: &str, id: &dyn rusqlite::ToSql) -> Result<WorkspaceId> {
        self.db
            .query_row(
                &format!(
                    "SELECT w.id FROM {table} x JOIN workspace w ON w.key = x.workspace WHERE x.id = ?1"
                ),
                [id],
                |row| row.get(0),
            )
            .optional()?
            .ok_or_else(|| missing(table))
    }

    fn patch_member(&mut self, id: MemberId, patch: &MemberPatch) -> Result<Member> {
        let workspace = self.workspace_of("member", &id)?;
        let (_, org) = self.org(workspace)?;
        if let Some(name) = &patch.name {
            self.set("member", "name", &id, &good_name(name)?)?;
        }
        if let Some(role) = patch.role {
            self.set("member", "role", &id, &name_of::<Role>(role))?;
        }
        if let Some(above) = patch.reports_to {
            if let Some(above) = above {
                if !org.members.contains_key(&above) {
                    return Err(missing("member above"));
                }
                if above == id || org.is_above(id, above) {
                    return Err(conflict("a member cannot report to someone below them"));
                }
            }
            self.set("member", "reports_to", &id, &above)?;
        }
        if let Some(active) = patch.active {
            self.set("member", "active", &id, &active)?;
            if !active {
                self.db
                    .execute(
                        "UPDATE device SET \"order\" = coalesce(\"order\", 'retire') WHERE member = ?1 AND ended = 0",
                        [id],
                    )?;
            }
        }
        self.wakes.workspaces.insert(workspace);
        self.member(workspace, id)
    }

    fn set(
        &self,
        table: &str,
        column: &str,
        id: &dyn rusqlite::ToSql,
        value: &dyn rusqlite::ToSql,
    ) -> Result<()> {
        self.db.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"), [id, value])?;
        Ok(())
    }

    fn new_book(&mut self, new: &mut NewBook) -> Result<Book> {
        let name = good_name(&new.name)?;
        let (key, org) = self.org(new.workspace)?;
        if !org.members.get(&new.owner).is_some_and(|owner| owner.active) {
            return Err(missing("owner"));
        }
        let id = *new.id.get_or_insert_with(|| BookId(self.environment.uuid()));
        self.insert_book(id, key, name, Some(new.owner))?;
        self.wakes.workspaces.insert(new.workspace);
        self.book(new.workspace, id)
    }

    fn book(&self, workspace: WorkspaceId, id: BookId) -> Result<Book> {
        let (_, org) = self.org(workspace)?;
        let book = org.books.get(&id).ok_or_else(|| missing("book"))?;
        let head = self.db.query_row("SELECT head FROM book WHERE id = ?1", [id], |row| row.get(0))?;
        Ok(Book {
            id,
            workspace,
            name: book.name.clone(),
            owner: book.owner,
            grants: book.grants.clone(),
            head,
        })
    }

    fn books(&self, workspace: WorkspaceId) -> Result<Vec<Book>> {
        let (_, org) = self.org(workspace)?;
        let mut ids: Vec<BookId> = org.books.keys().copied().collect();
        ids.sort();
        ids.into_iter().map(|id| self.book(workspace, id)).collect()
    }

    fn patch_book(&mut self, id: BookId, patch: &BookPatch) -> Result<Book> {
        let workspace = self.workspace_of("book", &id)?;
        let (_, org) = self.org(workspace)?;
        if let Some(name) = &patch.name {
            self.set("book", "name", &id, &good_name(name)?)?;
        }
        if let Some(owner) = patch.owner {
            if id == org.common {
                return Err(conflict("the common book has no owner"));
            }
            if !org.members.get(&owner).is_some_and(|owner| owner.active) {
                return Err(missing("owner"));
            }
            self.set("book", "owner", &id, &owner)?;
        }
        self.wakes.workspaces.insert(workspace);
        self.book(workspace, id)
    }

    fn put_grant(&mut self, id: BookId, grant: &Grant) -> Result<Book> {
        let workspace = self.workspace_of("book", &id)?;
        let (_, org) = self.org(workspace)?;
        if !org.members.contains_key(&grant.member) {
            return Err(missing("member"));
        }
        if grant.right == Right::Owner {
            return Err(StorageError::refused(
                FailureCode::Malformed,
                "a grant is reader or editor; ownership changes with the book",
            ));
        }
        self.db.execute(
            "INSERT OR REPLACE INTO granted (book, member, \"right\", expires_at)
                 SELECT key, ?2, ?3, ?4 FROM book WHERE id = ?1",
            params![id, grant.member, name_of(grant.right), grant.expires_at],
        )?;
        self.wakes.workspaces.insert(workspace);
        self.book(workspace, id)
    }

    fn delete_grant(&mut self, id: BookId, member: MemberId) -> Result<Book> {
        let workspace = self.workspace_of("book", &id)?;
        self.db.execute(
            "DELETE FROM granted WHERE member = ?2 AND book = (SELECT key FROM book WHERE id = ?1)",
            params![id, member],
        )?;
        self.wakes.workspaces.insert(workspace);
        self.book(workspace, id)
    }

    fn devices(&self, workspace: WorkspaceId) -> Result<Vec<Device>> {
        let (key, _) = self.org(workspace)?;
        let read = || {
            let mut statement = self.db.prepare(
                "SELECT d.id, d.member, d.name, d.enrolled_at, d.last_seen, d.\"order\", d.ended FROM device d
                 JOIN member m ON m.id = d.member WHERE m.workspace = ?1 ORDER BY d.key",
            )?;
            let rows = statement.query_map([key], device_row)?;
            rows.collect::<rusqlite::Result<_>>()
        };
        Ok(read()?)
    }

    fn order(&mut self, id: DeviceId, order: Order) -> Result<Device> {
        let changed = self.db.execute(
            "UPDATE device SET \"order\" = ?2 WHERE id = ?1 AND ended = 0",
            params![id, order_name(order)],
        )?;
        let device = self
            .db
            .query_row(
                "SELECT id, member, name, enrolled_at, last_seen, \"order\", ended FROM device WHERE id = ?1",
                [id],
                device_row,
            )
            .optional()?
            .ok_or_else(|| missing("device"))?;
        if changed == 0 {
            return Err(conflict("this device has ended already"));
        }
        self.wakes.workspaces.insert(self.workspace_of("member", &device.member)?);
        self.wakes.devices.insert(id);
        Ok(device)
    }

    fn audit(&self, workspace: WorkspaceId) -> Result<Vec<AuditLine>> {
        let (key, _) = self.org(workspace)?;
        let read = || {
            let mut statement = self.db.prepare(
                "SELECT number, at, action, details FROM audit WHERE workspace = ?1 ORDER BY number",
            )?;
            let rows = statement.query_map([key], |row| {
                Ok(AuditLine {
                    number: row.get(0)?,
                    at: row.get(1)?,
                    action: row.get(2)?,
                    details: row.get(3)?,
                })
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        Ok(read()?)
    }
}

fn device_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: row.get(0)?,
        member: row.get(1)?,
        name: row.get(2)?,
        enrolled_at: row.get(3)?,
        last_seen: row.get(4)?,
        order: order_of(row.get::<_, Option<String>>(5)?.as_deref()),
        ended: row.get(6)?,
    })
}
