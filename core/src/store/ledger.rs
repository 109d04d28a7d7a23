//! The ledger: where every change of this device is, and what stands in the way of the rest.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::changes::State;
use super::meta::{self, name};
use super::{Store, find, kept, receipts};
use crate::model::{ChangeId, HistoryEntry, MemberId, RecordId};
use crate::{Error, Result};

/// Where a change is. It never claims more than is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    /// Durable on this device.
    Saved,
    /// On its way: a request carries it, or it goes out again because the relay lost it.
    Queued,
    /// Rejected by the relay for good; see [`Store::quarantined`].
    Quarantined,
    /// In a review tray: the record was handed over.
    InReview,
    /// Refused in review; kept for export.
    Refused,
    /// Durable on the relay.
    Accepted,
    /// On a colleague's device.
    Delivered,
}

/// Who holds a change, and since when this is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The colleague.
    pub member: MemberId,
    /// When one of their devices had it for sure, relay clock, milliseconds since 1970 UTC.
    pub at: i64,
}

/// One change of this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// The change.
    pub change: ChangeId,
    /// Where it is.
    pub state: LedgerState,
    /// When the relay took it, this device's clock, milliseconds since 1970 UTC.
    pub accepted_at: Option<i64>,
    /// Who holds it.
    pub delivered: Vec<Delivery>,
}

impl LedgerEntry {
    /// Of a record that is not here any more.
    fn of_kept((change, state, accepted_at): (ChangeId, i64, Option<i64>)) -> Self {
        let state = match state {
            state if state == State::Refused as i64 => LedgerState::Refused,
            state if state == State::Tray as i64 => LedgerState::InReview,
            _ => LedgerState::Queued,
        };
        Self { change, state, accepted_at, delivered: Vec::new() }
    }
}

/// A document whose lane the relay rejected for good. Other lanes flow on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The record.
    pub record: RecordId,
    /// Its kind's name.
    pub kind: String,
    /// The relay's code, e.g. `forbidden`, `purged`, `too_large`.
    pub code: String,
    /// Since when, milliseconds since 1970 UTC.
    pub since: i64,
    /// Changes that wait in it.
    pub changes: u64,
}

/// The store at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// Changes the relay does not have yet.
    pub unsent: u64,
    /// Documents whose lane was rejected for good.
    pub quarantined: u64,
    /// Changes of this device in review trays.
    pub in_review: u64,
    /// Changes of this device that were refused in review.
    pub refused: u64,
    /// Changes that came before one they build on.
    pub waiting: u64,
    /// Chunks that could not be opened or decoded.
    pub aside: u64,
    /// Records with a clash nobody has decided on.
    pub clashes: u64,
    /// Chains waiting for this member's decision.
    pub proposals: u64,
    /// Seconds this device's clock is behind the relay's.
    pub clock_offset: i32,
    /// The last sync that brought or took anything, milliseconds since 1970 UTC.
    pub synced_at: Option<i64>,
    /// Entries in the logs of all books that are not here yet, as of the last sync.
    pub behind: u64,
}

impl Store {
    /// Where every change is that this device made to a record, oldest first.
    pub fn ledger(&self, record: RecordId) -> Result<Vec<LedgerEntry>> {
        self.inner.read(|db| {
            let mut entries: Vec<LedgerEntry> =
                kept::states(db, record)?.into_iter().map(LedgerEntry::of_kept).collect();
            let Some(row) = find(db, record)? else {
                return if entries.is_empty() { Err(Error::NotFound { record }) } else { Ok(entries) };
            };
            let quarantined: bool = db
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM lane WHERE doc = ?1)")?
                .query_row([row.doc], |r| r.get(0))?;
            let mut statement = db.prepare_cached(
                "SELECT seq, hash, state, number, accepted_at FROM change WHERE doc = ?1 AND local = 1 ORDER BY seq",
            )?;
            let mut rows = statement.query([row.doc])?;
            while let Some(change) = rows.next()? {
                let seq: i64 = change.get(0)?;
                let hash: ChangeId = change.get(1)?;
                let number: Option<i64> = change.get(3)?;
                let accepted_at: Option<i64> = change.get(4)?;
                let state = change.get::<_, i64>(2)?;
                let mut delivered = Vec::new();
                if let (Some(number), true) = (number, state == State::Accepted as i64) {
                    delivered = receipts::deliveries(db, row.book, number)?;
                }
                let state = if state == State::Accepted as i64 {
                    if delivered.is_empty() { LedgerState::Accepted } else { LedgerState::Delivered }
                } else if state == State::Tray as i64 {
                    LedgerState::InReview
                } else if state == State::Refused as i64 {
                    LedgerState::Refused
                } else if quarantined {
                    LedgerState::Quarantined
                } else if accepted_at.is_some() || self.inner.in_flight.contains(seq) {
                    LedgerState::Queued
                } else {
                    LedgerState::Saved
                };
                entries.retain(|kept| kept.change != hash);
                entries.push(LedgerEntry { change: hash, state, accepted_at, delivered });
            }
            Ok(entries)
        })
    }

    /// The store at a glance.
    pub fn status(&self) -> Result<Status> {
        self.inner.read(|db| {
            let count = |sql: &str| -> Result<u64> {
                Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
            };
            let mut clashes = 0;
            for kind in self.schema().kinds() {
                let table = &self.inner.table(kind.name)?.name;
                clashes += count(&format!("SELECT count(*) FROM {table} WHERE clashes > 0"))?;
            }
            Ok(Status {
                unsent: unsent(db)?,
                quarantined: count("SELECT count(*) FROM lane")?,
                in_review: count(
                    "SELECT count(*) FROM change WHERE state = 2 AND state <> 1 AND local = 1",
                )? + count("SELECT count(*) FROM kept WHERE state IN (0, 2)")?,
                refused: count(
                    "SELECT count(*) FROM change WHERE state = 3 AND state <> 1 AND local = 1",
                )? + count("SELECT count(*) FROM kept WHERE state = 3")?,
                waiting: count("SELECT count(*) FROM change WHERE state = 5 AND state <> 1")?,
                aside: count("SELECT count(*) FROM aside")?,
                clashes,
                proposals: count(
                    "SELECT count(*) FROM (SELECT DISTINCT t.book, t.document, t.device FROM tray t
                     WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.book = t.book AND d.document = t.document
                        AND d.device = t.device AND d.up_to >= t.number))",
                )?,
                clock_offset: meta::get(db, name::OFFSET)?.unwrap_or_default(),
                synced_at: meta::get(db, name::SYNCED_AT)?,
                behind: behind(db)?,
            })
        })
    }

    /// Changes to be sent, and entries known to be on the relay and not here.
    pub(crate) fn backlog(&self) -> Result<(u64, u64)> {
        self.inner.read(|db| Ok((unsent(db)?, behind(db)?)))
    }

    /// Lanes the relay rejected for good.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>> {
        self.inner.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT d.id, d.kind, l.code, l.since,
                    (SELECT count(*) FROM change c WHERE c.doc = l.doc AND c.state = ?1)
                 FROM lane l JOIN document d ON d.doc = l.doc ORDER BY l.since",
            )?;
            let rows = statement.query_map([State::Outbox as i64], |row| {
                Ok(Quarantined {
                    record: row.get(0)?,
                    kind: row.get(1)?,
                    code: row.get(2)?,
                    since: row.get(3)?,
                    changes: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Sends a quarantined lane again at the next sync.
    pub fn retry_lane(&self, record: RecordId) -> Result<()> {
        self.inner.write(|w| {
            let row = find(w.tx, record)?.ok_or(Error::NotFound { record })?;
            w.tx.execute("DELETE FROM lane WHERE doc = ?1", [row.doc])?;
            (w.events.sync, w.events.unsent) = (true, true);
            Ok(())
        })
    }

    /// What a quarantined or refused lane holds, in words: export it before discarding it. Of a record that is not shared any
    /// more, also what a reviewer has not decided on.
    pub fn export_lane(&self, record: RecordId) -> Result<Vec<HistoryEntry>> {
        self.inner.read(|db| {
            let mut all = kept::of(db, record)?;
            match find(db, record)? {
                Some(row) => {
                    all.extend(kept::words(&self.inner, db, &row, &[State::Outbox, State::Refused])?)
                }
                None if all.is_empty() => return Err(Error::NotFound { record }),
                None => {}
            }
            Ok(all)
        })
    }

    /// Drops what the relay rejected of a record, and what a reviewer refused, with that verdict: the record goes back to what
    /// the relay has. Export first.
    pub fn discard_lane(&self, record: RecordId) -> Result<()> {
        self.inner.write(|w| {
            let verdicts =
                w.tx.execute("DELETE FROM verdict WHERE document = ?1 AND accepted = 0", [record])?;
            let kept = w.tx.execute(
                "DELETE FROM kept WHERE document = ?1 AND state = ?2",
                params![record, State::Refused as i64],
            )?;
            w.events.access |= verdicts > 0;
            w.events.sync |= kept > 0;
            let Some(row) = find(w.tx, record)? else {
                return if verdicts + kept > 0 { Ok(()) } else { Err(Error::NotFound { record }) };
            };
            // What was not sent is dropped only where it cannot be.
            let outbox = if w.quarantined(row.doc)? { State::Outbox } else { State::Refused };
            let dropped = w.tx.execute(
                "DELETE FROM change WHERE doc = ?1 AND state IN (?2, ?3)",
                params![row.doc, State::Refused as i64, outbox as i64],
            )?;
            if w.tx.execute("DELETE FROM lane WHERE doc = ?1", [row.doc])? + dropped == 0 {
                return Ok(());
            }
            w.renew_actor();
            w.events.sync = true;
            let left: bool =
                w.tx.query_row("SELECT EXISTS (SELECT 1 FROM change WHERE doc = ?1)", [row.doc], |r| {
                    r.get(0)
                })?;
            let shown: bool = match w.inner.table(&row.kind) {
                Ok(table) => table.get(w.tx, row.doc)?.is_some(),
                Err(_) => false,
            };
            match (left, shown) {
                (true, true) => w.refresh(&row),
                _ => w.part_with(&row),
            }
        })
    }
}

fn unsent(db: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM change WHERE state IN (0, 4) AND state <> 1";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn behind(db: &Connection) -> Result<u64> {
    // A sum of whole numbers that grows too large is an error, which would keep this device from syncing ever after.
    let sql = "SELECT CAST(total(max(0, b.head - coalesce(c.number, 0))) AS INTEGER) FROM book b
         LEFT JOIN cursor c ON c.book = b.id AND c.log = 'entries'";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
