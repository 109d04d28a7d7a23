//! Review: what people logged on records that had been handed over, and what their new owner decides.

use std::collections::HashSet;

use automerge::{Change, ChangeHash};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::changes::{self, State};
use super::meta::{self, name};
use super::{DocumentRow, Inner, Store, Writing, find};
use crate::document::{Document, decode_change};
use crate::model::{BookId, ChangeId, DeviceId, Fields, Heads, MemberId, RecordId, Value};
use crate::wire::{Chunk, TrayClosed, TrayPage, Verdict, limits};
use crate::{Error, Result};

/// What one device proposes for one record: it may be accepted or refused as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The book whose tray it is in.
    pub book: BookId,
    /// The record.
    pub record: RecordId,
    /// Its kind's name, if this app knows it.
    pub kind: Option<&'static str>,
    /// Whether the record is new.
    pub new: bool,
    /// The device it came from.
    pub device: DeviceId,
    /// Whose device that is.
    pub member: MemberId,
    /// The last tray number it consists of: a decision covers nothing later.
    pub up_to: u64,
    /// What would change. Empty if the changes cannot be shown without others that are missing here.
    pub changes: Vec<ProposedChange>,
}

/// One field that a proposal would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProposedChange {
    /// The field.
    pub field: String,
    /// What it says now.
    pub from: Option<Value>,
    /// What it would say.
    pub to: Option<Value>,
}

/// A verdict on what this device proposed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictNote {
    /// The record.
    pub record: RecordId,
    /// Accepted or refused.
    pub accepted: bool,
    /// Who decided.
    pub by: MemberId,
    /// When, relay clock, milliseconds since 1970 UTC; none of a relay that does not say.
    pub at: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// The record's kind's name, if something of it is still here.
    pub kind: Option<String>,
    /// Changes that were refused and are kept here: [`Store::export_lane`] and [`Store::discard_lane`].
    pub kept: u64,
}

struct TrayRow {
    book: BookId,
    number: u64,
    document: RecordId,
    device: DeviceId,
    member: MemberId,
    chunk: Chunk,
}

impl Store {
    /// What waits for this member's decision, oldest first.
    pub fn proposals(&self) -> Result<Vec<Proposal>> {
        self.inner.read(|db| {
            let mut chains: Vec<Vec<TrayRow>> = Vec::new();
            for row in undecided(db)? {
                match chains.iter_mut().find(|chain| {
                    chain.first().is_some_and(|first| {
                        (first.book, first.document, first.device) == (row.book, row.document, row.device)
                    })
                }) {
                    Some(chain) => chain.push(row),
                    None => chains.push(vec![row]),
                }
            }
            chains.iter().filter_map(|chain| self.inner.proposal(db, chain).transpose()).collect()
        })
    }

    /// Decides on a proposal. Works offline; the decision is carried out at the next sync. A reason has less than 4,000 bytes of
    /// UTF-8, or it is [`Error::TooLarge`]. What builds on changes that are neither here nor accepted before can be refused, not
    /// accepted, for nobody could read it: [`Error::Incomplete`]. What accepted changes build on, because a relay lost it and
    /// somebody offers it again, can be accepted, not refused: [`Error::Awaited`].
    pub fn decide(&self, proposal: &Proposal, accept: bool, reason: Option<&str>) -> Result<()> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        // The scheme byte is one more.
        let (size, most) = (reason.map_or(0, |reason| reason.len() + 1), limits::REASON);
        if size > most {
            return Err(Error::TooLarge { size, most, unit: "bytes" });
        }
        self.inner.write(|w| {
            if accept && !is_complete(w.tx, proposal)? {
                return Err(Error::Incomplete { record: proposal.record });
            }
            if !accept && is_awaited(w.tx, proposal)? {
                return Err(Error::Awaited { record: proposal.record });
            }
            w.tx.prepare_cached(
                "INSERT INTO decision (book, document, device, up_to, accept, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                proposal.book,
                proposal.record,
                proposal.device,
                proposal.up_to,
                accept,
                reason
            ])?;
            w.events.access = true;
            (w.events.sync, w.events.unsent) = (true, true);
            Ok(())
        })
    }

    /// Verdicts on what this device proposed, newest first.
    pub fn verdicts(&self) -> Result<Vec<VerdictNote>> {
        self.inner.read(|db| {
            let mut statement = db.prepare_cached(
                "SELECT v.document, v.accepted, v.by, v.at, v.reason,
                    coalesce(nullif(d.kind, ''), (SELECT k.kind FROM kept k WHERE k.document = v.document)),
                    iif(v.accepted, 0, (SELECT count(*) FROM change c WHERE c.doc = d.doc AND c.state = ?1 AND c.local = 1)
                        + (SELECT count(*) FROM kept k WHERE k.document = v.document AND k.state = ?1))
                 FROM verdict v LEFT JOIN document d ON d.id = v.document ORDER BY v.number DESC",
            )?;
            let rows = statement.query_map([State::Refused as i64], |row| {
                Ok(VerdictNote {
                    record: row.get(0)?,
                    accepted: row.get(1)?,
                    by: row.get(2)?,
                    at: row.get(3)?,
                    reason: row.get(4)?,
                    kind: row.get(5)?,
                    kept: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Tray entries that no decision of this device covers yet.
fn undecided(db: &Connection) -> Result<Vec<TrayRow>> {
    let mut statement = db.prepare_cached(
        "SELECT book, number, document, device, member, chunk FROM tray t
         WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.book = t.book AND d.document = t.document
            AND d.device = t.device AND d.up_to >= t.number)
         ORDER BY book, number",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(TrayRow {
            book: row.get(0)?,
            number: row.get(1)?,
            document: row.get(2)?,
            device: row.get(3)?,
            member: row.get(4)?,
            chunk: Chunk(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether all that a proposal builds on is here, or in what was accepted before.
fn is_complete(db: &Connection, proposal: &Proposal) -> Result<bool> {
    let mut document = document(db, proposal.record)?;
    let mut open: Vec<(Change, bool)> = {
        let mut statement = db.prepare_cached(
            "SELECT chunk, book = ?1 AND device = ?2 AND number <= ?3 AS mine FROM tray t WHERE document = ?4
             AND (mine OR EXISTS (SELECT 1 FROM decision d WHERE d.book = t.book AND d.document = t.document
                AND d.device = t.device AND d.up_to >= t.number AND d.accept))
             ORDER BY number",
        )?;
        let key = params![proposal.book, proposal.device, proposal.up_to, proposal.record];
        let rows = statement.query_map(key, |row| Ok((Chunk(row.get(0)?), row.get(1)?)))?;
        rows.filter_map(|row| row.map(|(chunk, mine)| Some((change(&chunk)?, mine))).transpose())
            .collect::<rusqlite::Result<_>>()?
    };
    loop {
        let before = open.len();
        open.retain(|(change, _)| {
            let fits = document.has_deps_of(change);
            if fits {
                let _ = document.apply(vec![change.clone()]);
            }
            !fits
        });
        if open.len() == before {
            return Ok(open.iter().all(|(_, mine)| !mine));
        }
    }
}

/// Whether changes in the log build on one of a proposal's that the log lacks: even if this device holds that, from before the relay
/// was restored, others wait for it.
fn is_awaited(db: &Connection, proposal: &Proposal) -> Result<bool> {
    let logged: Vec<Change> = db
        .prepare_cached(
            "SELECT bytes FROM change WHERE doc = (SELECT doc FROM document WHERE id = ?1) AND state IN (?2, ?3) AND bytes <> x''",
        )?
        .query_map(params![proposal.record, State::Waiting as i64, State::Accepted as i64], |row| row.get(0))?
        .filter_map(|bytes| bytes.map(|bytes: Vec<u8>| decode_change(&bytes).ok()).transpose())
        .collect::<rusqlite::Result<_>>()?;
    let mut awaited: HashSet<ChangeHash> = logged.iter().flat_map(|change| change.deps().to_vec()).collect();
    logged.iter().for_each(|change| _ = awaited.remove(&change.hash()));
    if awaited.is_empty() {
        return Ok(false);
    }
    let mut offered: Vec<(Change, bool)> = db
        .prepare_cached(
            "SELECT chunk, book = ?1 AND device = ?2 AND number <= ?3 FROM tray WHERE document = ?4",
        )?
        .query_map(params![proposal.book, proposal.device, proposal.up_to, proposal.record], |row| {
            Ok((Chunk(row.get(0)?), row.get(1)?))
        })?
        .filter_map(|row| row.map(|(chunk, mine)| Some((change(&chunk)?, mine))).transpose())
        .collect::<rusqlite::Result<_>>()?;
    while let Some(place) = offered.iter().position(|(change, _)| awaited.contains(&change.hash())) {
        let (change, mine) = offered.swap_remove(place);
        if mine {
            return Ok(true);
        }
        awaited.extend(change.deps());
    }
    Ok(false)
}

/// The record as it is here; an empty one if it is not.
fn document(db: &Connection, record: RecordId) -> Result<Document> {
    match find(db, record)? {
        Some(row) => changes::load(db, &row),
        None => Document::from_changes([]).map_err(|error| Error::of_document(record, error)),
    }
}

/// The change in a tray's entry, if this app can read it.
fn change(chunk: &Chunk) -> Option<Change> {
    decode_change(&chunk.change().ok()?).ok()
}

impl Inner {
    fn proposal(&self, db: &Connection, chain: &[TrayRow]) -> Result<Option<Proposal>> {
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else { return Ok(None) };
        let wrong = |error| Error::of_document(first.document, error);
        let mut document = document(db, first.document)?;
        let before = document.heads();
        for entry in chain {
            if let Some(change) = change(&entry.chunk)
                && document.has_deps_of(&change)
            {
                // One that does not fit is simply not shown; the decision covers it all the same.
                let _ = document.apply(vec![change]);
            }
        }
        let kind = document.kind().and_then(|name| self.schema.kind(&name));
        let fields = |heads: &Heads| match kind {
            Some(kind) if !heads.0.is_empty() => document.fields_at(kind, heads).map_err(wrong),
            _ => Ok(Fields::new()),
        };
        let (from, to) = (fields(&before)?, fields(&document.heads())?);
        let changes = from
            .names_with(&to)
            .into_iter()
            .filter(|name| from.get(name) != to.get(name))
            .map(|name| ProposedChange {
                field: name.clone(),
                from: from.get(name).cloned(),
                to: to.get(name).cloned(),
            })
            .collect();
        Ok(Some(Proposal {
            book: first.book,
            record: first.document,
            kind: kind.map(|kind| kind.name),
            new: find(db, first.document)?.is_none(),
            device: first.device,
            member: first.member,
            up_to: last.number,
            changes,
        }))
    }
}

impl Writing<'_> {
    pub(super) fn apply_tray(&mut self, page: &TrayPage, members: &[MemberId]) -> Result<()> {
        let book = page.next.book;
        for entry in &page.offered {
            let Some(member) = members.get(usize::from(entry.member)) else {
                return Err(Error::BadAnswer { detail: "a tray entry names no member".to_owned() });
            };
            self.tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO tray (book, number, document, device, member, \"offset\", chunk)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    book,
                    entry.number,
                    entry.document,
                    entry.device,
                    member,
                    entry.offset,
                    entry.chunk.0
                ])?;
        }
        for closed in &page.closed {
            if !closed.accepted {
                self.drop_refused(book, closed)?;
            }
            self.tx
                .prepare_cached(
                    "DELETE FROM tray WHERE book = ?1 AND document = ?2 AND device = ?3 AND number <= ?4",
                )?
                .execute(params![book, closed.document, closed.device, closed.up_to])?;
        }
        self.events.access = true;
        self.commit_cursor(&page.next)
    }

    /// Of what was refused, this device may hold what the log had before the relay was restored. Not even a reviewer who may
    /// write there gives that back: nobody else would have it.
    fn drop_refused(&mut self, book: BookId, closed: &TrayClosed) -> Result<()> {
        let Some(row) = find(self.tx, closed.document)? else { return Ok(()) };
        let offered: Vec<Chunk> = self
            .tx
            .prepare_cached(
                "SELECT chunk FROM tray WHERE book = ?1 AND document = ?2 AND device = ?3 AND number <= ?4",
            )?
            .query_map(params![book, closed.document, closed.device, closed.up_to], |row| {
                Ok(Chunk(row.get(0)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let mut held: Vec<i64> = Vec::new();
        for change in offered.iter().filter_map(|chunk| chunk.plain_id().ok()) {
            let sql =
                "SELECT seq FROM change WHERE doc = ?1 AND hash = ?2 AND local = 0 AND state IN (?3, ?4)";
            let key = params![row.doc, change, State::Unverified as i64, State::Outbox as i64];
            held.extend(self.tx.prepare_cached(sql)?.query_row(key, |row| row.get::<_, i64>(0)).optional()?);
        }
        if held.is_empty() { Ok(()) } else { self.take_back(&row, &held) }
    }

    /// What a reviewer decided about changes of this device.
    pub(super) fn apply_verdict(&mut self, verdict: &Verdict) -> Result<()> {
        let reason =
            verdict.reason.as_ref().map(|chunk| String::from_utf8_lossy(chunk.content()).into_owned());
        let ids: Vec<u8> = verdict.changes.iter().flat_map(|id| id.0).collect();
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO verdict (number, document, changes, accepted, by, at, reason)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                verdict.number,
                verdict.document,
                ids,
                verdict.accepted,
                verdict.by,
                verdict.at,
                reason
            ])?;
        meta::set(self.tx, name::VERDICTS_SEEN, verdict.number)?;
        self.events.access = true;
        self.judge_kept(verdict)?;
        let Some(row) = find(self.tx, verdict.document)? else { return Ok(()) };
        let mut known = Vec::new();
        for change in &verdict.changes {
            known.extend(changes::known(self.tx, row.doc, *change)?);
        }
        if !verdict.accepted {
            // What is in a log all the same, because a colleague's offer of it was accepted, stays.
            known.retain(|(_, state)| *state != State::Accepted as i64);
            let refused: Vec<i64> = known.into_iter().map(|(seq, _)| seq).collect();
            return if refused.is_empty() { Ok(()) } else { self.take_back(&row, &refused) };
        }
        for (seq, _) in known {
            // Its number was the tray's; the log's comes with its entry, if this member may read that.
            self.tx
                .prepare_cached("UPDATE change SET state = ?2, number = NULL WHERE seq = ?1 AND state = ?3")?
                .execute(params![seq, State::Accepted as i64, State::Tray as i64])?;
        }
        match verdict.book {
            Some(book) if book == row.book => Ok(()),
            Some(book) => self.relabel(&row, book),
            // It was logged on a record that had been handed over: it is not this member's to see any more.
            None => self.leave(&row),
        }
    }

    /// Takes changes back out of a document, with what was built on them. This device's own are kept for export; a colleague's,
    /// which it gave back to a relay that had lost them, are for their device to keep.
    pub(super) fn take_back(&mut self, row: &DocumentRow, seqs: &[i64]) -> Result<()> {
        self.renew_actor();
        let document = self.document(row)?;
        let mut gone = HashSet::new();
        for seq in seqs {
            let hash: ChangeId = self
                .tx
                .prepare_cached("SELECT hash FROM change WHERE seq = ?1")?
                .query_row([seq], |r| r.get(0))?;
            gone.insert(hash);
        }
        let kept: HashSet<ChangeId> = document.changes_without(&gone).into_iter().collect();
        let offered: Vec<(i64, ChangeId, bool, i64)> = {
            let mut statement = self.tx.prepare_cached(
                "SELECT seq, hash, local, state FROM change WHERE doc = ?1 AND (local = 1 OR state <> ?2)",
            )?;
            statement
                .query_map(params![row.doc, State::Accepted as i64], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
                })?
                .collect::<Result<_, _>>()?
        };
        for (seq, hash, local, state) in offered {
            // What waits for its base is in no document yet: the document that is asked for whole will tell.
            let waits = state == State::Waiting as i64 && !gone.contains(&hash);
            if waits || kept.contains(&hash) {
                continue;
            }
            if local {
                self.tx
                    .prepare_cached("UPDATE change SET state = ?2 WHERE seq = ?1")?
                    .execute(params![seq, State::Refused as i64])?;
            } else {
                self.tx.prepare_cached("DELETE FROM change WHERE seq = ?1")?.execute([seq])?;
            }
        }
        self.events.sync = true;
        self.refresh(row)
    }
}
