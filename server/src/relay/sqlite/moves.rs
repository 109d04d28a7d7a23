//! Moves: accounts with all that hangs on them go from one book to another, in one transaction.

use std::collections::{HashMap, HashSet};

use roadbook_core::model::{ChangeId, MemberId, RecordId, WorkspaceId};
use roadbook_core::wire::{FailureCode, Moved, NewMove};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::storage::{Result, StorageError, Wakes};
use super::logs::{Logs, NewEntry, NewOffer, at, number_of, what};
use super::snapshots;

/// Documents that one "moved" entry names; more take another entry.
const DOCUMENTS_AN_ENTRY: usize = 4_000;

pub(super) fn carry_out(db: &Connection, new: &NewMove) -> Result<(Moved, Wakes)> {
    let mut logs = Logs::new(db);
    let missing = || StorageError::refused(FailureCode::NotFound, "there is no such book");
    let from = logs.by_id(new.from)?.ok_or_else(missing)?.clone();
    let to = logs.by_id(new.to)?.filter(|to| to.workspace == from.workspace).ok_or_else(missing)?.clone();
    if from.key == to.key {
        return Err(StorageError::refused(FailureCode::Conflict, "the accounts are in that book already"));
    }
    let mut moved = Moved { documents: 0, entries: 0, not_found: Vec::new() };
    let mut documents: Vec<(i64, RecordId)> = Vec::new();
    let mut asked = HashSet::new();
    for root in new.roots.iter().filter(|root| asked.insert(**root)) {
        let found = documents_of(db, from.key, *root)?;
        let offered: bool = db.query_row(
            "SELECT EXISTS (SELECT 1 FROM tray WHERE root = ?1 AND what = 0 AND at BETWEEN ?2 AND ?3)",
            params![root, at(from.key, 0), at(from.key + 1, 0) - 1],
            |row| row.get(0),
        )?;
        if found.is_empty() && !offered {
            moved.not_found.push(*root);
        }
        if found.iter().all(|(_, id)| id != root) {
            // It may come yet, also after what hangs on it: from a phone, from the tray, or back to a database that was restored.
            forward(db, *root, from.key, to.key)?;
        }
        documents.extend(found);
        move_tray(db, &mut logs, from.key, to.key, *root)?;
    }
    moved.documents = documents.len() as u64;
    for part in documents.chunks(DOCUMENTS_AN_ENTRY) {
        moved.entries += move_part(db, &mut logs, from.key, to.key, part)?;
    }
    let workspace: WorkspaceId =
        db.query_row("SELECT id FROM workspace WHERE key = ?1", [from.workspace], |row| row.get(0))?;
    let mut wakes = logs.save()?;
    wakes.workspaces.insert(workspace);
    Ok((moved, wakes))
}

fn documents_of(db: &Connection, book: i64, root: RecordId) -> rusqlite::Result<Vec<(i64, RecordId)>> {
    let mut statement = db.prepare_cached(
        "SELECT key, id FROM document WHERE root = ?1 AND book = ?2 AND purged = 0 ORDER BY key",
    )?;
    let rows = statement.query_map(params![root, book], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

struct OldEntry {
    at: i64,
    document: i64,
    id: RecordId,
    change: ChangeId,
    member: MemberId,
    device: i64,
    offset: i32,
    folded: bool,
    chunk: Option<Vec<u8>>,
}

fn entries_of(db: &Connection, document: i64, id: RecordId) -> rusqlite::Result<Vec<OldEntry>> {
    let mut statement = db.prepare_cached(
        "SELECT at, change, member, device, \"offset\", chunk, folded FROM entry WHERE document = ?1 AND what = 0 ORDER BY at",
    )?;
    let rows = statement.query_map([document], |row| {
        Ok(OldEntry {
            at: row.get(0)?,
            document,
            id,
            change: row.get(1)?,
            member: row.get(2)?,
            device: row.get(3)?,
            offset: row.get(4)?,
            chunk: row.get(5)?,
            folded: row.get::<_, Option<bool>>(6)?.unwrap_or_default(),
        })
    })?;
    rows.collect()
}

fn move_part(
    db: &Connection,
    logs: &mut Logs<'_>,
    from: i64,
    to: i64,
    documents: &[(i64, RecordId)],
) -> Result<u64> {
    // Where the entry that says they left will stand: a device that has not read it yet holds them still.
    let said_at = at(from, logs.upcoming(from)?);
    let mut entries = Vec::new();
    for (document, id) in documents {
        entries.extend(entries_of(db, *document, *id)?);
    }
    // In the order they came in, so that what builds on something comes after it.
    entries.sort_by_key(|entry| entry.at);
    let mut folded: HashMap<i64, HashMap<i64, i64>> = HashMap::new();
    for entry in &entries {
        let number = logs.append(
            to,
            &NewEntry {
                document: entry.document,
                id: entry.id,
                change: entry.change,
                member: entry.member,
                device: entry.device,
                offset: entry.offset,
                origin: Some((entry.at, said_at)),
                folded: entry.folded,
                chunk: entry.chunk.as_deref(),
            },
        )?;
        if entry.folded {
            folded.entry(entry.document).or_default().insert(entry.at, at(to, number));
        }
        empty(db, "entry", entry.at)?;
    }
    for (document, places) in &folded {
        snapshots::moved(db, *document, places)?;
    }
    let ids: Vec<u8> = documents.iter().flat_map(|(_, id)| *id.as_bytes()).collect();
    logs.append_moved(from, to, &ids)?;
    for (document, id) in documents {
        db.prepare_cached("UPDATE document SET book = ?2 WHERE key = ?1")
            .and_then(|mut s| s.execute([*document, to]))?;
        forward(db, *id, from, to)?;
    }
    Ok(entries.len() as u64)
}

fn forward(db: &Connection, document: RecordId, from: i64, to: i64) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO forward (document, book, went) VALUES (?1, ?2, ?3)")
        .and_then(|mut s| s.execute(params![document, from, to]))?;
    db.prepare_cached("UPDATE forward SET went = NULL WHERE document = ?1 AND book = ?2")
        .and_then(|mut s| s.execute(params![document, to]))?;
    Ok(())
}

/// Where a root that is not here would be, had it been in this book when it was moved.
pub(super) fn follow(db: &Connection, root: RecordId, mut book: i64) -> Result<i64> {
    let mut statement =
        db.prepare_cached("SELECT went FROM forward WHERE document = ?1 AND book = ?2 AND went IS NOT NULL")?;
    while let Some(next) = statement.query_row(params![root, book], |row| row.get(0)).optional()? {
        book = next;
    }
    Ok(book)
}

/// Leaves an entry without content. Its digest stays: cursors may stand on it.
pub(super) fn empty(db: &Connection, table: &str, at: i64) -> Result<()> {
    db.prepare_cached(&format!("UPDATE {table} SET what = ?2, change = NULL, chunk = NULL WHERE at = ?1"))
        .and_then(|mut s| s.execute([at, what::NOTHING]))?;
    Ok(())
}

/// The books in whose trays something that hangs on a root is under review.
pub(super) fn trays_of(db: &Connection, root: RecordId) -> Result<Vec<i64>> {
    let mut statement =
        db.prepare_cached("SELECT DISTINCT at >> 40 FROM tray WHERE root = ?1 AND what = 0 ORDER BY 1")?;
    let books = statement.query_map([root], |row| row.get(0))?;
    Ok(books.collect::<rusqlite::Result<_>>()?)
}

/// What is under review moves along with the account it hangs on.
pub(super) fn move_tray(
    db: &Connection,
    logs: &mut Logs<'_>,
    from: i64,
    to: i64,
    root: RecordId,
) -> Result<()> {
    move_offers(db, logs, (from, to), "root = ?1 AND ?4 IS NULL", root, None)
}

/// What a device offers of a record goes to the tray of the book that the record came to.
pub(super) fn pass_on(
    db: &Connection,
    logs: &mut Logs<'_>,
    from: i64,
    to: i64,
    document: RecordId,
    device: i64,
) -> Result<()> {
    move_offers(db, logs, (from, to), "document = ?1 AND device = ?4", document, Some(device))
}

/// Offers again in the new book's tray, and closes in the old one.
fn move_offers(
    db: &Connection,
    logs: &mut Logs<'_>,
    (from, to): (i64, i64),
    which: &str,
    id: RecordId,
    device: Option<i64>,
) -> Result<()> {
    struct Old {
        at: i64,
        document: RecordId,
        root: RecordId,
        device: i64,
        change: ChangeId,
        member: MemberId,
        offset: i32,
        notice: Option<i64>,
        chunk: Vec<u8>,
        hung: RecordId,
        rooted: Option<Vec<u8>>,
    }
    let read = || {
        let mut statement = db.prepare_cached(&format!(
            "SELECT at, document, device, change, member, \"offset\", notice, chunk, coalesce(hung, root), rooted, root FROM tray
             WHERE {which} AND what = 0 AND at BETWEEN ?2 AND ?3 ORDER BY at",
        ))?;
        let rows = statement.query_map(params![id, at(from, 0), at(from + 1, 0) - 1, device], |row| {
            Ok(Old {
                at: row.get(0)?,
                document: row.get(1)?,
                device: row.get(2)?,
                change: row.get(3)?,
                member: row.get(4)?,
                offset: row.get(5)?,
                notice: row.get(6)?,
                chunk: row.get(7)?,
                hung: row.get(8)?,
                rooted: row.get(9)?,
                root: row.get(10)?,
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<Old>>>()
    };
    for old in read()? {
        logs.offer(
            to,
            &NewOffer {
                document: old.document,
                root: old.root,
                hung: old.hung,
                rooted: old.rooted.as_deref(),
                device: old.device,
                change: old.change,
                member: old.member,
                offset: old.offset,
                notice: old.notice,
                chunk: &old.chunk,
            },
        )?;
        empty(db, "tray", old.at)?;
        logs.close(from, old.document, old.device, number_of(old.at), false, MemberId::NIL)?;
    }
    Ok(())
}
