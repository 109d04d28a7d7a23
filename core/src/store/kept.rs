//! What this member wrote on records that are not theirs to see any more: kept until a reviewer took it into a log or, if they
//! refused it, until it is given up. While a reviewer has not decided, what it builds on as well, as far as it is this member's
//! own: a relay that was restored may have lost both. Of what others wrote nothing is kept.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::changes::State;
use super::outgoing::{Origin, Outgoing};
use super::{DocumentRow, Inner, Writing};
use crate::document::{Document, decode_change};
use crate::model::{ChangeId, HistoryEntry, RecordId, Schema};
use crate::wire::{Ack, RejectionClass, Verdict};
use crate::{Error, Result};

/// What changes of a document say, oldest first: those whose states are among `states`.
pub(super) fn words(
    inner: &Inner,
    db: &Connection,
    row: &DocumentRow,
    states: &[State],
) -> Result<Vec<HistoryEntry>> {
    let Ok(table) = inner.table(&row.kind) else { return Ok(Vec::new()) };
    let mut statement =
        db.prepare_cached("SELECT hash, bytes, state FROM change WHERE doc = ?1 ORDER BY seq")?;
    let mut rows = statement.query([row.doc])?;
    let (mut bytes, mut wanted) = (Vec::new(), HashSet::new());
    while let Some(change) = rows.next()? {
        let state: i64 = change.get(2)?;
        if states.iter().any(|wanted| *wanted as i64 == state) {
            wanted.insert(change.get::<_, ChangeId>(0)?);
        }
        bytes.push(change.get::<_, Vec<u8>>(1)?);
    }
    let wrong = |error| Error::of_document(row.id, error);
    let changes = bytes.iter().filter(|bytes| decode_change(bytes).is_ok()).map(Vec::as_slice);
    let history =
        Document::from_changes(changes).and_then(|whole| whole.history(table.kind)).map_err(wrong)?;
    Ok(history.into_iter().filter(|entry| wanted.contains(&entry.change)).collect())
}

/// What is kept of a record, in words.
pub(super) fn of(db: &Connection, record: RecordId) -> Result<Vec<HistoryEntry>> {
    let mut statement = db.prepare_cached("SELECT words FROM kept WHERE document = ?1 ORDER BY seq")?;
    let mut rows = statement.query([record])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let words: Vec<HistoryEntry> = serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or_default())
            .map_err(|error| Error::Corrupt {
                detail: format!("what is kept of record {record}: {error}"),
            })?;
        all.extend(words);
    }
    Ok(all)
}

/// The states of what is kept of a record, and when the relay took it, as far as no log has it: oldest first.
pub(super) fn states(db: &Connection, record: RecordId) -> Result<Vec<(ChangeId, i64, Option<i64>)>> {
    let mut statement = db.prepare_cached(
        "SELECT hash, state, accepted_at FROM kept WHERE document = ?1 AND state <> ?2 ORDER BY seq",
    )?;
    let rows = statement.query_map(params![record, State::Accepted as i64], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is kept and goes out again, until it is told to stop: a relay that was restored may lack it.
pub(super) fn outgoing(
    db: &Connection,
    schema: &Schema,
    mut take: impl FnMut(Outgoing) -> Result<bool>,
) -> Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT seq, document, book, root, \"offset\", notice, bytes, kind, hash FROM kept WHERE state = ?1 ORDER BY seq",
    )?;
    let mut rows = statement.query([State::Outbox as i64])?;
    while let Some(row) = rows.next()? {
        if !take(Outgoing::of_row(Origin::Kept, row, schema)?)? {
            break;
        }
    }
    Ok(())
}

impl Writing<'_> {
    /// Erases a record that is not this member's to see any more, and keeps what they wrote of it that is in no log, with what
    /// they wrote of it before.
    pub(super) fn part_with(&mut self, row: &DocumentRow) -> Result<()> {
        let any: bool = self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM change WHERE doc = ?1 AND local = 1 AND state IN (?2, ?3))",
            )?
            .query_row(params![row.doc, State::Tray as i64, State::Refused as i64], |r| r.get(0))?;
        if any {
            self.keep_words(row)?;
        }
        self.erase(row)
    }

    fn keep_words(&mut self, row: &DocumentRow) -> Result<()> {
        let words = words(self.inner, self.tx, row, &[State::Tray, State::Refused]).unwrap_or_else(|error| {
            // One that is damaged must not keep all others from going.
            tracing::warn!(record = %row.id, %error, "what was written of a record cannot be put in words");
            Vec::new()
        });
        let mut statement = self.tx.prepare_cached(
            "SELECT hash, bytes, state, \"offset\", notice, accepted_at FROM change
             WHERE doc = ?1 AND local = 1 AND (state IN (?2, ?3) OR state = ?4
                AND EXISTS (SELECT 1 FROM change WHERE doc = ?1 AND local = 1 AND state = ?2)) ORDER BY seq",
        )?;
        let mut put = self.tx.prepare_cached(
            "INSERT INTO kept (document, hash, kind, book, root, bytes, state, \"offset\", notice, accepted_at, words)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (document, hash) DO UPDATE SET state = excluded.state, words = excluded.words",
        )?;
        let states = [State::Tray, State::Refused, State::Accepted].map(|state| state as i64);
        let mut rows = statement.query(params![row.doc, states[0], states[1], states[2]])?;
        while let Some(change) = rows.next()? {
            let hash: ChangeId = change.get(0)?;
            // What the record said before was others' to say.
            let own: Vec<HistoryEntry> = words
                .iter()
                .filter(|entry| entry.change == hash)
                .map(|entry| HistoryEntry { from: None, ..entry.clone() })
                .collect();
            let own = serde_json::to_string(&own).map_err(|e| Error::Corrupt { detail: e.to_string() })?;
            put.execute(params![
                row.id,
                hash,
                row.kind,
                row.book,
                row.root,
                change.get_ref(1)?.as_blob().unwrap_or_default(),
                change.get::<_, i64>(2)?,
                change.get::<_, i32>(3)?,
                change.get::<_, Option<i64>>(4)?,
                change.get::<_, Option<i64>>(5)?,
                own
            ])?;
        }
        Ok(())
    }

    /// What a reviewer decided about what is kept.
    pub(super) fn judge_kept(&mut self, verdict: &Verdict) -> Result<()> {
        let state = if verdict.accepted { State::Accepted } else { State::Refused };
        for change in &verdict.changes {
            self.tx
                .prepare_cached("UPDATE kept SET state = ?3 WHERE document = ?1 AND hash = ?2")?
                .execute(params![verdict.document, change, state as i64])?;
        }
        self.let_go_of_accepted(verdict.document)
    }

    /// What is in a log is kept for what builds on it only.
    fn let_go_of_accepted(&self, record: RecordId) -> Result<()> {
        self.tx
            .prepare_cached(
                "DELETE FROM kept WHERE document = ?1 AND state = ?2
                 AND NOT EXISTS (SELECT 1 FROM kept WHERE document = ?1 AND state IN (?3, ?4))",
            )?
            .execute(params![record, State::Accepted as i64, State::Outbox as i64, State::Tray as i64])?;
        Ok(())
    }

    /// What the relay answered to what went out again. Says whether that settles it.
    pub(super) fn settle_kept(&mut self, seq: i64, record: RecordId, ack: &Ack) -> Result<bool> {
        let state = match ack {
            Ack::Rejected(rejection) if rejection.class == RejectionClass::Transient => return Ok(false),
            Ack::Accepted(..) | Ack::Gone(_) => State::Accepted,
            Ack::Tray(_) => State::Tray,
            Ack::Rejected(_) => State::Refused,
        };
        self.tx
            .prepare_cached("UPDATE kept SET state = ?2 WHERE seq = ?1")?
            .execute(params![seq, state as i64])?;
        self.let_go_of_accepted(record)?;
        self.events.sync = true;
        Ok(true)
    }
}
