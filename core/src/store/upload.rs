//! The outbox: changes on their way to the relay, lane by lane in the order they were made.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::changes::State;
use super::snapshot::{Found, Made};
use super::{Store, meta, snapshot};
use crate::model::{BookId, DeviceId, RecordId};
use crate::wire::{Chunk, Decision, Notice, SyncRequest};
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
        let seqs: Vec<i64> = changes.iter().map(|change| change.seq).collect();
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

/// One change on its way.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) seq: i64,
    pub(crate) document: RecordId,
    pub(crate) book: BookId,
    pub(crate) root: Option<RecordId>,
    pub(crate) offset: i32,
    pub(crate) notice: Option<Notice>,
    pub(crate) chunk: Chunk,
}

/// What a request carries out of the store.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) changes: Vec<Outgoing>,
    /// Rows of `decision`, with what they say.
    pub(crate) decisions: Vec<(i64, Decision)>,
    /// Once there is nothing else to send.
    pub(crate) snapshots: Vec<Made>,
    /// What was found of snapshots that came.
    pub(crate) found: Vec<Found>,
    /// More is waiting behind the budget.
    pub(crate) more: bool,
    _carried: Carried,
}

impl Store {
    /// What is to be sent next: at most `bytes` of chunks (but at least one change) and `items` changes, and every
    /// decision.
    pub(crate) fn upload(&self, bytes: usize, items: usize) -> Result<Upload> {
        let mut upload = self.inner.read(|db| {
            let mut upload = Upload::default();
            if meta::get::<String>(db, meta::name::OBEYING)?.as_deref() == Some("wipe") {
                return Ok(upload);
            }
            let mut statement = db.prepare_cached(
                "SELECT c.seq, d.id, d.book, d.root, c.\"offset\", c.notice, c.bytes, c.hash,
                    (SELECT doc FROM document INDEXED BY sqlite_autoindex_document_1 WHERE id = d.id) IS d.doc
                 FROM change c JOIN document d ON d.doc = c.doc
                 WHERE c.state = ?1 AND c.state <> 1 AND d.book <> ?2 AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.doc = c.doc)
                 AND d.book NOT IN (SELECT id FROM book WHERE rereading = 1)
                 ORDER BY c.seq",
            )?;
            let mut rows = statement.query(params![State::Outbox as i64, BookId::NIL])?;
            let mut size = 0;
            while let Some(row) = rows.next()? {
                let change = row.get_ref(6)?.as_blob().unwrap_or_default();
                size += change.len() + 1;
                if !upload.changes.is_empty() && (size > bytes || upload.changes.len() >= items) {
                    upload.more = true;
                    break;
                }
                let chunk = Chunk::plain(change);
                // A device never sends bytes other than those it signed, nor to another record: what leaves it cannot be
                // taken back.
                if chunk.plain_id().ok() != Some(row.get(7)?) || !row.get::<_, bool>(8)? {
                    let detail = format!("an unsent change of record {}", row.get::<_, RecordId>(1)?);
                    return Err(Error::Corrupt { detail });
                }
                upload.changes.push(Outgoing {
                    seq: row.get(0)?,
                    document: row.get(1)?,
                    book: row.get(2)?,
                    root: row.get(3)?,
                    offset: row.get(4)?,
                    notice: match row.get::<_, Option<i64>>(5)? {
                        Some(1) => Some(Notice::Delete),
                        Some(2) => Some(Notice::Restore),
                        _ => None,
                    },
                    chunk,
                });
            }
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
                upload.snapshots = snapshot::due(db, bytes)?;
            }
            Ok(upload)
        })?;
        upload._carried = self.inner.in_flight.carry(&upload.changes);
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
            let mut upload = Upload::default();
            for push in &request.pushes {
                let (Some(book), Ok(id)) = (request.books.get(usize::from(push.book)), push.chunk.plain_id())
                else {
                    return Ok(None);
                };
                let found = change
                    .query_row(params![push.document, id, State::Outbox as i64, book], |row| row.get(0))
                    .optional()?;
                let Some(seq) = found else { return Ok(None) };
                upload.changes.push(Outgoing {
                    seq,
                    document: push.document,
                    book: *book,
                    root: None,
                    offset: push.offset,
                    notice: push.notice,
                    chunk: push.chunk.clone(),
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
        self.inner.read(|db| Ok(!snapshot::found(db)?.is_empty() || !snapshot::due(db, 0)?.is_empty()))
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
             OR EXISTS (SELECT 1 FROM decision)",
        )?
        .query_row([State::Outbox as i64, State::Waiting as i64], |row| row.get(0))?)
}
