//! A workspace's members, books and grants, read whole.

use std::collections::HashMap;

use roadbook_core::model::WorkspaceId;
use roadbook_core::wire::{FailureCode, Grant, Right, Role};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::org::{Org, OrgBook, OrgMember};
use super::super::storage::{Result, StorageError};

/// The wire's own name of a role or right.
pub(super) fn name_of<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

pub(super) fn named<T: DeserializeOwned>(name: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|e| StorageError::Failed(e.to_string()))
}

pub(super) fn load(db: &Connection, workspace: WorkspaceId) -> Result<(i64, Org)> {
    let found = db
        .query_row("SELECT key, name, common FROM workspace WHERE id = ?1", [workspace], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((key, name, common)) = found else {
        return Err(StorageError::refused(FailureCode::NotFound, "there is no such workspace"));
    };
    let mut org = Org { workspace, name, common, members: HashMap::new(), books: HashMap::new() };
    {
        let mut statement = db.prepare_cached(
            "SELECT id, name, role, reports_to, active, book FROM member WHERE workspace = ?1",
        )?;
        let mut rows = statement.query([key])?;
        while let Some(row) = rows.next()? {
            let read = || -> rusqlite::Result<_> {
                let role: String = row.get(2)?;
                Ok((row.get(0)?, row.get(1)?, role, row.get(3)?, row.get(4)?, row.get(5)?))
            };
            let (id, name, role, reports_to, active, book) = read()?;
            let role: Role = named(role)?;
            org.members.insert(id, OrgMember { name, role, reports_to, active, book });
        }
    }
    let mut keys = HashMap::new();
    {
        let mut statement =
            db.prepare_cached("SELECT key, id, name, owner FROM book WHERE workspace = ?1")?;
        let mut rows = statement.query([key])?;
        while let Some(row) = rows.next()? {
            let read = || -> rusqlite::Result<_> {
                keys.insert(row.get::<_, i64>(0)?, row.get(1)?);
                Ok((row.get(1)?, OrgBook { name: row.get(2)?, owner: row.get(3)?, grants: Vec::new() }))
            };
            let (id, book) = {
                let mut read = read;
                read()?
            };
            org.books.insert(id, book);
        }
    }
    let mut statement = db.prepare_cached(
        "SELECT g.book, g.member, g.\"right\", g.expires_at FROM granted g
             JOIN book b ON b.key = g.book WHERE b.workspace = ?1 ORDER BY g.book, g.member",
    )?;
    let mut rows = statement.query([key])?;
    while let Some(row) = rows.next()? {
        let read = || -> rusqlite::Result<(i64, _, String, _)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let (book, member, right, expires_at) = read()?;
        let right: Right = named(right)?;
        if let Some(book) = keys.get(&book).and_then(|id| org.books.get_mut(id)) {
            book.grants.push(Grant { member, right, expires_at });
        }
    }
    Ok((key, org))
}
