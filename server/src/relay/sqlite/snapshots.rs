//! Snapshots: kept, served in the place of what they replace, and after a month alone.

use std::collections::{HashMap, HashSet};

use roadbook_core::model::ChangeId;
use roadbook_core::wire::{Chunk, Digest, Folded, NewSnapshot, Scheme, Snapshot, limits};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::storage::Result;
use super::logs::book_of;

/// How long the changes that a snapshot replaces are kept beside it, in milliseconds: 30 days.
const KEPT: i64 = 30 * 24 * 3600 * 1000;
/// Snapshots that are left alone in one transaction.
const AT_ONCE: i64 = 200;

/// A snapshot as it stands.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// Where it is served.
    pub(super) at: i64,
    /// What it replaces, in the order in which it gives it back.
    pub(super) replaces: Vec<i64>,
    pub(super) digest: Digest,
    alone: bool,
}

const SELECT: &str = "SELECT at, replaces, digest, alone FROM snapshot";

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let replaces: Vec<u8> = row.get(1)?;
    Ok(Standing { at: row.get(0)?, replaces: places(&replaces), digest: row.get(2)?, alone: row.get(3)? })
}

fn places(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|place| i64::from_be_bytes(*place)).collect()
}

fn bytes(places: &[i64]) -> Vec<u8> {
    places.iter().flat_map(|place| place.to_be_bytes()).collect()
}

/// The snapshot that is served of a document.
pub(super) fn newest(db: &Connection, document: i64) -> rusqlite::Result<Option<Standing>> {
    db.prepare_cached(&format!("{SELECT} WHERE document = ?1 ORDER BY at DESC LIMIT 1"))?
        .query_row([document], standing)
        .optional()
}

pub(super) fn chunk(db: &Connection, document: i64, at: i64) -> rusqlite::Result<Chunk> {
    db.prepare_cached("SELECT chunk FROM snapshot WHERE document = ?1 AND at = ?2")?
        .query_row([document, at], |row| row.get(0).map(Chunk))
}

/// Keeps a snapshot of a document in a book, if it replaces more than the one that is there.
pub(super) fn keep(
    db: &Connection,
    document: i64,
    book: i64,
    device: i64,
    new: &NewSnapshot,
    now: i64,
) -> Result<Folded> {
    let distinct: HashSet<&ChangeId> = new.replaces.iter().collect();
    let fits = new.chunk.0.len() <= limits::CHUNK && new.chunk.scheme() == Ok(Scheme::Plain);
    if !fits || distinct.len() < 2 || distinct.len() != new.replaces.len() {
        return Ok(Folded::NotNeeded);
    }
    let mut replaces = Vec::with_capacity(new.replaces.len());
    for change in &new.replaces {
        let found: Option<i64> = db
            .prepare_cached("SELECT at FROM entry WHERE document = ?1 AND change = ?2 AND what = 0")
            .and_then(|mut s| s.query_row(params![document, change], |row| row.get(0)).optional())?;
        let Some(at) = found.filter(|at| book_of(*at) == book) else { return Ok(Folded::NotNeeded) };
        replaces.push(at);
    }
    let last = replaces.iter().copied().max().unwrap_or_default();
    if let Some(before) = newest(db, document)? {
        let stands_for: HashSet<i64> = replaces.iter().copied().collect();
        let covered = before.replaces.iter().all(|at| stands_for.contains(at));
        if !covered || replaces.len() <= before.replaces.len() || before.at >= last {
            return Ok(Folded::NotNeeded);
        }
        if !before.alone {
            remove(db, document, before.at)?;
        }
    }
    let mut mark = db.prepare_cached("UPDATE entry SET folded = 1 WHERE at = ?1")?;
    for at in &replaces {
        mark.execute([at])?;
    }
    db.prepare_cached(
        "INSERT INTO snapshot (document, at, replaces, digest, device, made_at, chunk)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .and_then(|mut s| {
        let digest = Snapshot::digest_of(&new.replaces);
        s.execute(params![document, last, bytes(&replaces), digest, device, now, new.chunk.0])
    })?;
    Ok(Folded::Kept)
}

/// What a device found of a snapshot. A bad one goes, unless it is all there is: then its finder was the first to look
/// after another had found it good, and keeps it aside.
pub(super) fn verified(
    db: &Connection,
    document: i64,
    at: i64,
    device: i64,
    good: bool,
    now: i64,
) -> Result<()> {
    if !good {
        let alone = db
            .prepare_cached("SELECT alone FROM snapshot WHERE document = ?1 AND at = ?2")
            .and_then(|mut s| s.query_row([document, at], |row| row.get::<_, bool>(0)).optional())?;
        tracing::warn!(device, ?alone, "a device found a snapshot bad");
        if alone == Some(false) {
            remove(db, document, at)?;
        }
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE snapshot SET confirmed_at = ?4
         WHERE document = ?1 AND at = ?2 AND device <> ?3 AND confirmed_at IS NULL",
    )
    .and_then(|mut s| s.execute(params![document, at, device, now]))?;
    Ok(())
}

fn remove(db: &Connection, document: i64, at: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM snapshot WHERE document = ?1 AND at = ?2")?.execute([document, at])?;
    Ok(())
}

/// The document is gone for good.
pub(super) fn purge(db: &Connection, document: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM snapshot WHERE document = ?1")?.execute([document])?;
    Ok(())
}

/// The document's entries are elsewhere now.
pub(super) fn moved(db: &Connection, document: i64, to: &HashMap<i64, i64>) -> rusqlite::Result<()> {
    let all: Vec<Standing> = db
        .prepare_cached(&format!("{SELECT} WHERE document = ?1 ORDER BY at"))?
        .query_map([document], standing)?
        .collect::<rusqlite::Result<_>>()?;
    for before in all {
        let replaces: Vec<i64> = before.replaces.iter().filter_map(|at| to.get(at).copied()).collect();
        let last = replaces.iter().copied().max().unwrap_or_default();
        db.prepare_cached("UPDATE snapshot SET at = ?3, replaces = ?4 WHERE document = ?1 AND at = ?2")?
            .execute(params![document, before.at, last, bytes(&replaces)])?;
    }
    Ok(())
}

/// Drops the bytes of what snapshots have stood for long enough, once they are proved.
pub(super) fn leave_alone(db: &Connection, now: i64) -> Result<()> {
    let due: Vec<(i64, Standing)> = db
        .prepare_cached(
            "SELECT at, replaces, digest, alone, document FROM snapshot
             WHERE alone = 0 AND confirmed_at IS NOT NULL AND made_at <= ?1 ORDER BY made_at LIMIT ?2",
        )
        .and_then(|mut s| {
            s.query_map([now - KEPT, AT_ONCE], |row| Ok((row.get(4)?, standing(row)?)))?.collect()
        })?;
    let mut drop = db.prepare_cached("UPDATE entry SET chunk = NULL WHERE at = ?1 AND what = 0")?;
    for (document, snapshot) in due {
        for at in &snapshot.replaces {
            drop.execute([at])?;
        }
        db.prepare_cached("DELETE FROM snapshot WHERE document = ?1 AND at < ?2")
            .and_then(|mut s| s.execute([document, snapshot.at]))?;
        db.prepare_cached("UPDATE snapshot SET alone = 1 WHERE document = ?1 AND at = ?2")
            .and_then(|mut s| s.execute([document, snapshot.at]))?;
    }
    Ok(())
}
