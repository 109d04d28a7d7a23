//! Purging: a month after its delete notice a document is gone for good, and its id refused for ever.

use std::collections::HashSet;

use roadbook_core::model::{RecordId, WorkspaceId};
use rusqlite::{Connection, params};

use super::super::storage::{Result, Wakes};
use super::logs::{Logs, what};

/// How long a deleted record can be restored, in milliseconds: 30 days.
const KEPT: i64 = 30 * 24 * 3600 * 1000;
/// Documents purged in one transaction.
const AT_ONCE: i64 = 500;

pub(super) fn purge(db: &Connection, now: i64) -> Result<Wakes> {
    let mut logs = Logs::new(db);
    let due = || {
        let mut statement = db.prepare_cached(
            "SELECT d.key, d.id, d.book, w.id FROM document d JOIN workspace w ON w.key = d.workspace
             WHERE deleted_at IS NOT NULL AND purged = 0 AND deleted_at <= ?1 ORDER BY deleted_at LIMIT ?2",
        )?;
        let rows = statement.query_map([now - KEPT, AT_ONCE], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<(i64, RecordId, i64, WorkspaceId)>>>()
    };
    let mut workspaces = HashSet::new();
    for (key, id, book, workspace) in due()? {
        workspaces.insert(workspace);
        db.execute(
            "UPDATE entry SET what = ?2, change = NULL, chunk = NULL WHERE document = ?1 AND what = 0",
            params![key, what::NOTHING],
        )?;
        super::snapshots::purge(db, key)?;
        db.execute("UPDATE document SET purged = 1 WHERE key = ?1", [key])?;
        logs.append_purged(book, id)?;
    }
    let mut wakes = logs.save()?;
    wakes.workspaces = workspaces;
    Ok(wakes)
}
