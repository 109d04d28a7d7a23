//! The outbox: changes on their way to the relay, in the order they were made; within a request, kind by kind and account by account.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::changes::State;
use super::outgoing::{Origin, Outgoing, gather};
use super::snapshot::{Found, Made};
use super::{Store, kept, meta, snapshot};
use crate::model::{BookId, DeviceId, Schema};
use crate::wire::{Chunk, Cursor, Decision, Digest, SyncRequest};
use crate::{Error, Result};

/// Changes that a request carries at this moment. In memory only: it tells `queued` from `saved`, and a process that
/// died has asked nobody anything.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<HashSet<i64>>>);

impl InFlight {
    pub(super) fn contains(&self, seq: i64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&seq)
    }

    fn carry(&self, changes: &[Outgoing]) -> Carried {
        let seqs: Vec<i64> = changes
            .iter()
            .filter_map(|change| match change.origin {
                Origin::Change(seq) => Some(seq),
                Origin::Kept(_) => None,
            })
            .collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(&seqs);
        Carried { set: self.clone(), seqs }
    }
}

/// Marks changes as carried for as long as it lives.
#[derive(Debug, Default)]
struct Carried {
    set: InFlight,
    seqs: Vec<i64>,
}

impl Drop for Carried {
    fn drop(&mut self) {
        let mut set = self.set.0.lock().unwrap_or_else(PoisonError::into_inner);
        for seq in &self.seqs {
            set.remove(seq);
        }
    }
}

/// What a request carries out of the store.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) changes: Vec<Outgoing>,
    /// Rows of `decision`, with what they say.
    pub(crate) decisions: Vec<(i64, Decision)>,
    /// Once there is nothing else to send.
    pub(crate) snapshots: Vec<Made>,
    /// Documents that wait for a snapshot and no snapshot of which would do, with how many changes they have.
    pub(crate) unfit: Vec<(i64, usize)>,
    /// What was found of snapshots that came.
    pub(crate) found: Vec<Found>,
    /// More is waiting behind the budget.
    pub(crate) more: bool,
    /// The books the request asks for; `None`: all there are.
    pub(crate) only: Option<Vec<BookId>>,
    /// How far every log had been read when the request was made, if that is known, and how far it was to be with an answer that
    /// was still to be taken in.
    pub(crate) cursors: Option<Digest>,
    pub(crate) ahead: Vec<Cursor>,
    /// No request carried it: the relay told something by itself.
    pub(crate) told: bool,
    /// The last row of `change` it carries.
    last: i64,
    _carried: Carried,
}

/// What one request may still carry.
struct Room {
    bytes: usize,
    items: usize,
}

impl Upload {
    /// Takes a change along, unless there is no room; the first always fits. `found`: its record is found by its id.
    fn add(&mut self, outgoing: Outgoing, found: bool, room: &mut Room) -> Result<bool> {
        let size = outgoing.chunk.0.len();
        if !self.changes.is_empty() && (size > room.bytes || room.items == 0) {
            self.more = true;
            return Ok(false);
        }
        // A device never sends bytes other than those it signed, nor to another record: what leaves it cannot be taken
        // back.
        if outgoing.chunk.plain_id().ok() != Some(outgoing.id) || !found {
            return Err(Error::Corrupt {
                detail: format!("an unsent change of record {}", outgoing.document),
            });
        }
        room.bytes = room.bytes.saturating_sub(size);
        room.items = room.items.saturating_sub(1);
        self.changes.push(outgoing);
        Ok(true)
    }
}

impl Upload {
    /// Takes along changes after this one, as many as there is room for.
    fn add_changes(&mut self, db: &Connection, schema: &Schema, after: i64, room: &mut Room) -> Result<()> {
        let mut statement = db.prepare_cached(
            "SELECT c.seq, d.id, d.book, d.root, c.\"offset\", c.notice, c.bytes, d.kind, c.hash,
                (SELECT doc FROM document INDEXED BY sqlite_autoindex_document_1 WHERE id = d.id) IS d.doc
             FROM change c JOIN document d ON d.doc = c.doc
             WHERE c.state = ?1 AND c.state <> 1 AND c.seq > ?2
             AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.doc = c.doc)
             AND d.book NOT IN (SELECT id FROM book WHERE rereading = 1)
             ORDER BY c.seq",
        )?;
        let before = self.changes.len();
        // Of a member without a book of their own some may be in none: the relay refuses it, and it can be exported.
        let mut rows = statement.query(params![State::Outbox as i64, after])?;
        while !self.more
            && let Some(row) = rows.next()?
        {
            let outgoing = Outgoing::of_row(Origin::Change, row, schema)?;
            if self.add(outgoing, row.get(9)?, room)? {
                self.last = row.get(0)?;
            }
        }
        gather(&mut self.changes[before..]);
        Ok(())
    }
}

impl Store {
    /// What is to be sent next: at most `bytes` of chunks (but at least one change) and `items` changes, and every
    /// decision.
    pub(crate) fn upload(&self, bytes: usize, items: usize) -> Result<Upload> {
        let schema = self.schema();
        let mut upload = self.inner.read(|db| {
            let mut upload = Upload::default();
            if meta::get::<String>(db, meta::name::OBEYING)?.as_deref() == Some("wipe") {
                return Ok(upload);
            }
            let mut room = Room { bytes, items };
            kept::outgoing(db, schema, |outgoing| upload.add(outgoing, true, &mut room))?;
            upload.add_changes(db, schema, 0, &mut room)?;
            let mut statement = db.prepare_cached(
                "SELECT seq, book, document, device, up_to, accept, reason FROM decision
                 WHERE book NOT IN (SELECT id FROM book WHERE rereading = 1) ORDER BY seq",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let decision = Decision {
                    book: row.get(1)?,
                    document: row.get(2)?,
                    device: row.get::<_, DeviceId>(3)?,
                    up_to: row.get(4)?,
                    accept: row.get(5)?,
                    reason: row.get::<_, Option<String>>(6)?.map(|text| Chunk::text(&text)),
                };
                upload.decisions.push((row.get(0)?, decision));
            }
            upload.found = snapshot::found(db)?;
            if upload.changes.is_empty() {
                let due = snapshot::due(db, bytes)?;
                (upload.snapshots, upload.unfit) = (due.made, due.unfit);
            }
            Ok(upload)
        })?;
        upload._carried = self.inner.in_flight.carry(&upload.changes);
        Ok(upload)
    }

    /// The changes behind those that a request carries, as [`Self::upload`] would give them once they are settled. Empty unless
    /// there are more than it carries.
    pub(crate) fn upload_behind(&self, carried: &Upload, bytes: usize, items: usize) -> Result<Upload> {
        let mut upload = Upload::default();
        if carried.more && carried.last > 0 {
            let mut room = Room { bytes, items };
            self.inner.read(|db| upload.add_changes(db, self.schema(), carried.last, &mut room))?;
            upload._carried = self.inner.in_flight.carry(&upload.changes);
        }
        Ok(upload)
    }

    /// What a request carries, found again by what it says; `None` unless all of it is still to be sent.
    pub(crate) fn upload_of(&self, request: &SyncRequest) -> Result<Option<Upload>> {
        self.inner.read(|db| {
            let mut change = db.prepare_cached(
                "SELECT c.seq FROM change c JOIN document d ON d.doc = c.doc
                 WHERE d.id = ?1 AND c.hash = ?2 AND c.state = ?3 AND d.book = ?4",
            )?;
            let mut decision = db.prepare_cached(
                "SELECT seq FROM decision WHERE book = ?1 AND document = ?2 AND device = ?3 AND up_to = ?4 AND accept = ?5",
            )?;
            let mut kept =
                db.prepare_cached("SELECT seq FROM kept WHERE document = ?1 AND hash = ?2 AND state = ?3 AND book = ?4")?;
            let mut upload = Upload::default();
            for push in &request.pushes {
                let (Some(book), Ok(id)) = (request.books.get(usize::from(push.book)), push.chunk.plain_id())
                else {
                    return Ok(None);
                };
                let key = params![push.document, id, State::Outbox as i64, book];
                let found = match kept.query_row(key, |row| row.get(0)).optional()? {
                    Some(seq) => Some(Origin::Kept(seq)),
                    None => change.query_row(key, |row| row.get(0)).optional()?.map(Origin::Change),
                };
                let Some(origin) = found else { return Ok(None) };
                upload.changes.push(Outgoing {
                    origin,
                    document: push.document,
                    id,
                    kind: "",
                    book: *book,
                    root: None,
                    offset: push.offset,
                    notice: push.notice,
                    rehung: None,
                    chunk: Chunk::default(),
                });
            }
            for made in &request.decisions {
                let key = params![made.book, made.document, made.device, made.up_to, made.accept];
                let Some(seq) = decision.query_row(key, |row| row.get(0)).optional()? else { return Ok(None) };
                upload.decisions.push((seq, made.clone()));
            }
            Ok(Some(upload))
        })
    }

    /// Whether the relay is to be told or offered anything of snapshots.
    pub(crate) fn has_snapshot_work(&self) -> Result<bool> {
        self.inner.read(|db| Ok(!snapshot::found(db)?.is_empty() || !snapshot::due(db, 0)?.made.is_empty()))
    }

    /// Whether anything waits to be sent that the relay would take.
    pub fn has_unsent_work(&self) -> Result<bool> {
        self.inner.read(has_unsent_work)
    }
}

pub(super) fn has_unsent_work(db: &Connection) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM change c
                WHERE (c.state = ?1 OR c.state = ?2 AND c.local = 1 AND c.number IS NULL) AND c.state <> 1
                AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.doc = c.doc))
             OR EXISTS (SELECT 1 FROM decision) OR EXISTS (SELECT 1 FROM kept WHERE state = ?1)",
        )?
        .query_row([State::Outbox as i64, State::Waiting as i64], |row| row.get(0))?)
}
