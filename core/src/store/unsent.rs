//! What waits to be sent, record by record, and why.

use rusqlite::types::Value;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::meta::{self, name};
use super::{Store, find};
use crate::document::decode_change;
use crate::model::RecordId;
use crate::{Error, Result};

/// What stands between a record's changes and the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnsentReason {
    /// This device belongs to nobody yet: enrol it.
    NotEnrolled,
    /// The relay does not accept this device's token any more: enrol it again.
    Unauthorised,
    /// The relay does not speak this version any more: update the app.
    UpgradeRequired,
    /// The relay could not be reached.
    Offline,
    /// Nothing: it goes with the next sync.
    NextSync,
    /// A request carries it at this moment.
    Queued,
    /// The relay rejected it for good, as [`Unsent::code`] says: retry, or export and discard it.
    Quarantined,
    /// It builds on a change that was lost to damage; the whole record is asked for at the next sync.
    Incomplete,
    /// The relay was restored from a backup; whether it still has it, its log will tell.
    Unverified,
}

/// A record of which this device holds something the relay does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsent {
    /// The record.
    pub record: RecordId,
    /// Its kind's name, if it is known here.
    pub kind: Option<String>,
    /// Changes that wait.
    pub changes: u64,
    /// Decisions of this member on proposals for it that wait.
    pub decisions: u64,
    /// When the first change that waits was made, by the clock of the device that made it, to the second, milliseconds since
    /// 1970 UTC; none if only a decision waits, or what was offered of a record that is not here any more.
    pub since: Option<i64>,
    /// Why.
    pub because: UnsentReason,
    /// The relay's code, for a record that is quarantined.
    pub code: Option<String>,
}

/// Every record of which something waits, and what: nothing of it is on the relay for sure. A colleague's change is among
/// them where this device gives it back to a relay that lost it.
const WAITING: &str =
    "SELECT d.id AS record, c.doc AS doc, c.seq AS seq, c.state AS state, 1 AS changes, 0 AS decision
     FROM change c JOIN document d ON d.doc = c.doc
     WHERE c.state <> 1 AND (c.state IN (0, 4) OR c.state = 5 AND c.local = 1 AND c.number IS NULL)
     UNION ALL SELECT document, NULL, NULL, NULL, 1, 0 FROM kept WHERE state = 0
     UNION ALL SELECT document, NULL, NULL, NULL, 0, 1 FROM decision";

impl Store {
    /// The records of which something waits to be sent, and why: what waits longest first, decisions last. As far as the
    /// store knows; [`Client::unsent`](crate::sync::Client::unsent) also knows of the connection.
    pub fn unsent(&self, limit: u32, offset: u32) -> Result<Vec<Unsent>> {
        self.inner.read(|db| {
            let token: Option<Value> = meta::get(db, name::TOKEN)?;
            let unable = if token.is_none() || meta::identity(db)?.is_none() {
                Some(UnsentReason::NotEnrolled)
            } else if meta::get(db, name::REFUSED)?.unwrap_or(false) {
                Some(UnsentReason::Unauthorised)
            } else {
                None
            };
            let mut statement = db.prepare_cached(&format!(
                "SELECT g.*, l.code FROM (
                    SELECT record, max(doc) AS doc, min(seq) AS first, sum(changes), sum(decision),
                        min(iif(state = 0, seq, NULL)), max(state = 4)
                    FROM ({WAITING}) GROUP BY record ORDER BY min(seq) IS NULL, min(seq), record LIMIT ?1 OFFSET ?2
                 ) g LEFT JOIN lane l ON l.doc = g.doc ORDER BY g.first IS NULL, g.first, g.record"
            ))?;
            let mut rows = statement.query([limit, offset])?;
            let mut unsent = Vec::new();
            while let Some(row) = rows.next()? {
                let record: RecordId = row.get(0)?;
                let first: Option<i64> = row.get(2)?;
                let outgoing: Option<i64> = row.get(5)?;
                let code: Option<String> = row.get(7)?;
                let because = if code.is_some() {
                    UnsentReason::Quarantined
                } else if let Some(unable) = unable {
                    unable
                } else if let Some(outgoing) = outgoing {
                    match self.inner.in_flight.contains(outgoing) {
                        true => UnsentReason::Queued,
                        false => UnsentReason::NextSync,
                    }
                } else if first.is_none() {
                    UnsentReason::NextSync
                } else if row.get::<_, Option<bool>>(6)?.unwrap_or(false) {
                    UnsentReason::Unverified
                } else {
                    UnsentReason::Incomplete
                };
                unsent.push(Unsent {
                    record,
                    kind: find(db, record)?.map(|row| row.kind).filter(|kind| !kind.is_empty()),
                    changes: row.get(3)?,
                    decisions: row.get(4)?,
                    since: first.map(|seq| made_at(db, record, seq)).transpose()?,
                    because,
                    code,
                });
            }
            Ok(unsent)
        })
    }
}

/// How many records [`Store::unsent`] tells of.
pub(super) fn count(db: &Connection) -> Result<u64> {
    let sql = format!("SELECT count(DISTINCT record) FROM ({WAITING})");
    Ok(db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
}

/// When a change was made, milliseconds since 1970 UTC.
fn made_at(db: &Connection, record: RecordId, seq: i64) -> Result<i64> {
    let bytes: Vec<u8> = db
        .prepare_cached("SELECT bytes FROM change WHERE seq = ?1")?
        .query_row(params![seq], |row| row.get(0))?;
    let change = decode_change(&bytes).map_err(|e| Error::of_document(record, e))?;
    Ok(change.timestamp().saturating_mul(1000))
}
