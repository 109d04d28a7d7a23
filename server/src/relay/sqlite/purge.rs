//! Purging: a month after its delete notice a document is gone for good, and its id refused for ever.

use roadbook_core::model::RecordId;
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
            "SELECT key, id, book FROM document
             WHERE deleted_at IS NOT NULL AND purged = 0 AND deleted_at <= ?1 ORDER BY deleted_at LIMIT ?2",
        )?;
        let rows = statement
            .query_map([now - KEPT, AT_ONCE], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<(i64, RecordId, i64)>>>()
    };
    for (key, id, book) in due()? {
        db.execute(
            "UPDATE entry SET what = ?2, change = NULL, chunk = NULL WHERE document = ?1 AND what = 0",
            params![key, what::NOTHING],
        )?;
        super::snapshots::purge(db, key)?;
        db.execute("UPDATE document SET purged = 1 WHERE key = ?1", [key])?;
        logs.append_purged(book, id)?;
    }
    logs.save()
}
