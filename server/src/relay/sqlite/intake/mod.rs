//! Taking in what a device sent: pushes, decisions, cursors. One savepoint a request.

mod cursors;
mod review;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roadbook_core::model::{BookId, ChangeId, RecordId};
use roadbook_core::wire::{
    Ack, Chunk, Folded, NewSnapshot, Notice, Order, Push, Rehung, RejectionCode, Scheme, Verified, limits,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::org::Org;
use super::super::storage::{Result, Session, StorageError, Write, Written};
use super::connections::Known;
use super::logs::{Logs, NUMBERS, NewEntry, NewOffer, at, book_of, number_of};
use super::{devices, end_device, moves, orgs, snapshots};

/// A document as the relay knows it.
#[derive(Debug, Clone)]
struct DocumentRow {
    key: i64,
    workspace: i64,
    book: i64,
    root: RecordId,
    /// The order of the change that hung it there; `None` for the one that created it.
    rooted: Option<Vec<u8>>,
    purged: bool,
}

/// One request that is being taken in.
struct Intake<'a> {
    db: &'a Connection,
    logs: Logs<'a>,
    org: Arc<Org>,
    session: Session,
    device: i64,
    workspace: i64,
    now: i64,
    documents: HashMap<RecordId, Option<DocumentRow>>,
    rights: HashMap<BookId, bool>,
    /// Whether this device has anything in trays, or was ever refused: most have not, and pay no lookups for it.
    in_trays: bool,
    refused: bool,
}

fn ack(code: RejectionCode) -> Ack {
    Ack::Rejected(code.rejection())
}

/// The id a push's change has; `None` if it is not a chunk this relay may take.
fn change_of(push: &Push) -> Option<ChangeId> {
    match push.chunk.scheme().ok()? {
        Scheme::Plain => {
            let id = push.chunk.plain_id().ok()?;
            push.change.is_none_or(|named| named == id).then_some(id)
        }
        Scheme::Sealed => push.change,
    }
}

pub(super) fn write(
    db: &Connection,
    known: &mut Known,
    session: Session,
    write: &Write,
    now: i64,
) -> Result<Written> {
    let (device, ended): (i64, bool) = db
        .prepare_cached("SELECT key, ended FROM device WHERE id = ?1")
        .and_then(|mut s| s.query_row([session.device], |row| Ok((row.get(0)?, row.get(1)?))))?;
    if ended && !write.obeyed {
        return Err(StorageError::refused(
            roadbook_core::wire::FailureCode::Unauthorised,
            "this device has ended",
        ));
    }
    let org = match known.orgs.get(&session.workspace) {
        Some(org) => org.clone(),
        None => {
            let org = Arc::new(orgs::load(db, session.workspace)?.1);
            known.orgs.insert(session.workspace, org.clone());
            org
        }
    };
    let exists = |sql: &str| -> Result<bool> {
        db.prepare_cached(sql).and_then(|mut s| s.query_row([device], |row| row.get(0))).map_err(Into::into)
    };
    let workspace = db
        .prepare_cached("SELECT key FROM workspace WHERE id = ?1")
        .and_then(|mut s| s.query_row([session.workspace], |row| row.get(0)))?;
    let mut intake = Intake {
        db,
        logs: Logs::new(db),
        org,
        session,
        device,
        workspace,
        now,
        documents: HashMap::new(),
        rights: HashMap::new(),
        in_trays: exists("SELECT EXISTS (SELECT 1 FROM tray WHERE device = ?1 AND what = 0)")?,
        refused: exists("SELECT EXISTS (SELECT 1 FROM refused WHERE device = ?1)")?,
    };
    let mut written = Written::default();
    for book in &write.may_write {
        if let Some(key) = intake.logs.by_id(*book)?.map(|row| row.key) {
            db.prepare_cached("INSERT OR IGNORE INTO once_wrote (device, book) VALUES (?1, ?2)")
                .and_then(|mut s| s.execute([device, key]))?;
        }
    }
    let mut rejected: HashSet<RecordId> = HashSet::new();
    let rehung: HashMap<u32, &Rehung> = write.rehung.iter().map(|rehung| (rehung.push, rehung)).collect();
    for (at, push) in (0..).zip(&write.pushes) {
        let answer = match rejected.contains(&push.document) {
            true => ack(RejectionCode::AfterRejected),
            false => intake.push(write, push, rehung.get(&at).copied())?,
        };
        // A chain that goes with what was refused goes whole: each of its changes is recorded.
        let goes_along = intake.ends() && answer == ack(RejectionCode::RefusedInReview);
        if matches!(answer, Ack::Rejected(_)) && !goes_along {
            rejected.insert(push.document);
        }
        written.acks.push(answer);
    }
    for decision in &write.decisions {
        written.decided.push(intake.decide(decision)?);
    }
    for snapshot in &write.snapshots {
        written.folded.push(intake.fold(snapshot)?);
    }
    for verified in &write.verified {
        intake.verified(verified)?;
    }
    if let Some(reread) = write.reread {
        db.execute(
            "UPDATE device SET reread = ?2 WHERE key = ?1",
            params![device, devices::reread_column(reread)],
        )?;
    }
    written.diverged = intake.take_cursors(write)?;
    if write.obeyed {
        end_device(db, session.device)?;
    }
    written.wakes = intake.logs.save()?;
    Ok(written)
}

impl Intake<'_> {
    fn document(&mut self, id: RecordId) -> Result<Option<DocumentRow>> {
        if let Some(row) = self.documents.get(&id) {
            return Ok(row.clone());
        }
        let row = self
            .db
            .prepare_cached("SELECT key, workspace, book, root, purged, rooted FROM document WHERE id = ?1")
            .and_then(|mut s| {
                s.query_row([id], |row| {
                    Ok(DocumentRow {
                        key: row.get(0)?,
                        workspace: row.get(1)?,
                        book: row.get(2)?,
                        root: row.get(3)?,
                        purged: row.get(4)?,
                        rooted: row.get(5)?,
                    })
                })
                .optional()
            })?;
        self.documents.insert(id, row.clone());
        Ok(row)
    }

    fn writes(&mut self, book: i64) -> Result<bool> {
        let id = self.logs.by_key(book)?.id;
        let (org, member, now) = (&self.org, self.session.member, self.now);
        Ok(*self
            .rights
            .entry(id)
            .or_insert_with(|| org.right(member, id, now).is_some_and(|(right, _)| right.writes())))
    }

    fn reads(&mut self, book: i64) -> Result<bool> {
        let id = self.logs.by_key(book)?.id;
        Ok(self.org.right(self.session.member, id, self.now).is_some())
    }

    fn push(&mut self, write: &Write, push: &Push, rehung: Option<&Rehung>) -> Result<Ack> {
        if push.chunk.0.len() > limits::CHUNK {
            return Ok(ack(RejectionCode::TooLarge));
        }
        let root_at = |index: Option<u32>| match index {
            None => Some(push.document),
            Some(index) => write.roots.get(index as usize).copied(),
        };
        let root = root_at(push.root);
        let root_after = rehung.map_or(root, |rehung| root_at(rehung.root));
        let rooted = rehung.map(|rehung| rehung.order.as_slice());
        // Who owns no book, and knows of none that they owned, names none: it is for the one they came with.
        let named = write.books.get(usize::from(push.book)).copied();
        let book = if named == Some(BookId::NIL) { self.came_with() } else { named };
        let (Some(change), Some(root), Some(root_after), Some(book)) =
            (change_of(push), root, root_after, book)
        else {
            return Ok(ack(RejectionCode::Malformed));
        };
        if rooted.is_some_and(|order| order.len() > limits::ORDER) {
            return Ok(ack(RejectionCode::Malformed));
        }
        let document = self.document(push.document)?;
        if let Some(row) = &document {
            if row.workspace != self.workspace {
                return Ok(ack(RejectionCode::Forbidden));
            }
            if let Some(number) = self.stored(row.key, change, &push.chunk)? {
                // Who may not read the book it moved to is not told which that is.
                return Ok(match self.reads(row.book)? {
                    true => Ack::Accepted(self.logs.by_key(row.book)?.id, number),
                    false => Ack::Gone(number),
                });
            }
            if row.purged {
                return Ok(ack(RejectionCode::Purged));
            }
        }
        if let Some(number) = self.offered(push.document, change, &push.chunk)? {
            return Ok(Ack::Tray(number));
        }
        if self.was_refused(push.document, change)? {
            return Ok(ack(RejectionCode::RefusedInReview));
        }
        if self.refused && self.has_unseen_refusal(push.document, write.verdicts_seen)? {
            if !self.ends() {
                return Ok(ack(RejectionCode::AfterRejected));
            }
            // It builds on what was refused, which nobody else could read it without; and this device is told no verdict
            // any more.
            self.refuse(self.device, push.document, change)?;
            return Ok(ack(RejectionCode::RefusedInReview));
        }
        // A record goes where it is, one under review to the same tray, a new one where its root is or is under review, and only
        // then where the device believes.
        let named = self.logs.by_id(book)?.filter(|row| row.workspace == self.workspace).map(|row| row.key);
        let root_row = self.document(root)?.filter(|row| row.workspace == self.workspace && !row.purged);
        let tray = if self.in_trays { self.tray_of(push.document)? } else { None };
        let mut known = document.as_ref().map(|row| row.book).or(tray).or(root_row.map(|row| row.book));
        if known.is_none() && self.in_trays {
            known = self.tray_of(root)?;
        }
        let target = match (known, named) {
            (Some(book), _) => book,
            (None, Some(book)) => moves::follow(self.db, root, book)?,
            (None, None) => return Ok(ack(RejectionCode::Forbidden)),
        };
        if tray.is_none() && self.writes(target)? {
            let row = match document {
                Some(row) => row,
                None => self.create(push.document, target, root)?,
            };
            let number = self.logs.append(
                target,
                &NewEntry {
                    document: row.key,
                    id: push.document,
                    change,
                    member: self.session.member,
                    device: self.device,
                    offset: push.offset,
                    origin: None,
                    folded: false,
                    chunk: Some(&push.chunk.0),
                },
            )?;
            self.hang(push.document, root_after, rooted)?;
            self.notice(row.key, push.notice)?;
            return Ok(Ack::Accepted(self.logs.by_key(target)?.id, number));
        }
        // A device that is to retire gives all it has out of its hands, also what was written under a right that a restored relay
        // has forgotten. A reviewer decides on it.
        let hangs = [Some(root), document.map(|row| row.root)];
        if tray.is_none() && !self.ends() && !self.once_wrote(target, push.document, hangs)? {
            return Ok(ack(RejectionCode::Forbidden));
        }
        let notice = push.notice.map(|notice| match notice {
            Notice::Delete => 1,
            Notice::Restore => 2,
        });
        let offer = NewOffer {
            document: push.document,
            root,
            hung: root_after,
            rooted,
            device: self.device,
            change,
            member: self.session.member,
            offset: push.offset,
            notice,
            chunk: &push.chunk.0,
        };
        self.in_trays = true;
        // All that a device offers of a record moves on together.
        self.db
            .prepare_cached(
                "UPDATE tray SET root = ?3 WHERE device = ?1 AND document = ?2 AND what = 0 AND root <> ?3",
            )
            .and_then(|mut s| s.execute(params![self.device, push.document, root]))?;
        Ok(Ack::Tray(self.logs.offer(target, &offer)?))
    }

    /// Hangs a record on what an accepted change says it hangs on, unless a later one hung it elsewhere: whoever has not read that
    /// says where it hung before.
    fn hang(&mut self, id: RecordId, root: RecordId, rooted: Option<&[u8]>) -> Result<()> {
        let Some(row) = self.document(id)? else { return Ok(()) };
        let (said, known) = ((root, rooted), (row.root, row.rooted.as_deref()));
        if said == known || rooted < known.1 {
            return Ok(());
        }
        self.db
            .prepare_cached("UPDATE document SET root = ?2, rooted = ?3 WHERE key = ?1")
            .and_then(|mut s| s.execute(params![row.key, root, rooted]))?;
        self.documents.remove(&id);
        Ok(())
    }

    /// The number of a change in its document's log, if exactly these bytes are there.
    fn stored(&self, document: i64, change: ChangeId, chunk: &Chunk) -> Result<Option<u64>> {
        self.db
            .prepare_cached(
                "SELECT at FROM entry WHERE document = ?1 AND change = ?2 AND what = 0
                    AND (chunk = ?3 OR chunk IS NULL)",
            )
            .and_then(|mut s| {
                s.query_row(params![document, change, chunk.0], |row| row.get(0).map(number_of)).optional()
            })
            .map_err(Into::into)
    }

    fn offered(&self, document: RecordId, change: ChangeId, chunk: &Chunk) -> Result<Option<u64>> {
        if !self.in_trays {
            return Ok(None);
        }
        self.db
            .prepare_cached(
                "SELECT at FROM tray
                 WHERE device = ?1 AND document = ?2 AND what = 0 AND change = ?3 AND chunk = ?4",
            )
            .and_then(|mut s| {
                s.query_row(params![self.device, document, change, chunk.0], |row| row.get(0).map(number_of))
                    .optional()
            })
            .map_err(Into::into)
    }

    /// The tray in which this device has something of the document under review: what follows belongs to the same chain.
    fn tray_of(&self, document: RecordId) -> Result<Option<i64>> {
        let last: Option<i64> = self
            .db
            .prepare_cached("SELECT max(at) FROM tray WHERE device = ?1 AND document = ?2 AND what = 0")
            .and_then(|mut s| s.query_row(params![self.device, document], |row| row.get(0)))?;
        Ok(last.map(book_of))
    }

    fn was_refused(&self, document: RecordId, change: ChangeId) -> Result<bool> {
        if !self.refused {
            return Ok(false);
        }
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM refused WHERE device = ?1 AND document = ?2 AND change = ?3)",
            )
            .and_then(|mut s| s.query_row(params![self.device, document, change], |row| row.get(0)))
            .map_err(Into::into)
    }

    fn refuse(&self, device: i64, document: RecordId, change: ChangeId) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR IGNORE INTO refused (device, document, change) VALUES (?1, ?2, ?3)")
            .and_then(|mut s| s.execute(params![device, document, change]))?;
        Ok(())
    }

    /// Whether the device hands in what it has, and then ends.
    fn ends(&self) -> bool {
        self.session.order == Some(Order::Retire)
    }

    fn has_unseen_refusal(&self, document: RecordId, seen: u64) -> Result<bool> {
        self.db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM verdict
                 WHERE device = ?1 AND number > ?2 AND document = ?3 AND accepted = 0)",
            )
            .and_then(|mut s| {
                s.query_row(params![self.device, seen.min(NUMBERS), document], |row| row.get(0))
            })
            .map_err(Into::into)
    }

    /// The book that this device's member came with, whoever owns it now.
    fn came_with(&self) -> Option<BookId> {
        self.org.members.get(&self.session.member).map(|member| member.book)
    }

    /// Whether this device once might write the book, or one that the record was in before, or what it hangs on, as the device
    /// says or as is known here; or the record came to the book from it, through a tray. A member might always write the book they
    /// came with.
    fn once_wrote(&self, book: i64, document: RecordId, hangs: [Option<RecordId>; 2]) -> Result<bool> {
        self.db
            .prepare_cached(
                "WITH wrote (book) AS (SELECT book FROM once_wrote WHERE device = ?1
                    UNION ALL SELECT key FROM book WHERE id = ?6)
                 SELECT EXISTS (SELECT 1 FROM wrote WHERE book = ?2 OR book IN
                    (SELECT book FROM forward WHERE document IN (?3, ?4, ?5)))
                 OR EXISTS (SELECT 1 FROM verdict WHERE device = ?1 AND document = ?3 AND accepted = 1)",
            )
            .and_then(|mut s| {
                let params = params![self.device, book, document, hangs[0], hangs[1], self.came_with()];
                s.query_row(params, |row| row.get(0))
            })
            .map_err(Into::into)
    }

    fn create(&mut self, id: RecordId, book: i64, root: RecordId) -> Result<DocumentRow> {
        self.db
            .prepare_cached("INSERT INTO document (id, workspace, book, root) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| s.execute(params![id, self.workspace, book, root]))?;
        let key = self.db.last_insert_rowid();
        let row = DocumentRow { key, workspace: self.workspace, book, root, rooted: None, purged: false };
        self.documents.insert(id, Some(row.clone()));
        if id == root {
            // What waited for it elsewhere, where it was thought to be. Only what its bringer reviews there: bringing an account
            // must show nobody anything.
            for from in moves::trays_of(self.db, root)? {
                let id = self.logs.by_key(from)?.id;
                let right = self.org.right(self.session.member, id, self.now);
                if from != book && right.is_some_and(|(_, reviews)| reviews) {
                    moves::move_tray(self.db, &mut self.logs, from, book, root)?;
                }
            }
        }
        Ok(row)
    }

    fn notice(&self, document: i64, notice: Option<Notice>) -> Result<()> {
        let deleted_at = match notice {
            None => return Ok(()),
            Some(Notice::Delete) => Some(self.now),
            Some(Notice::Restore) => None,
        };
        self.db
            .execute("UPDATE document SET deleted_at = ?2 WHERE key = ?1", params![document, deleted_at])?;
        Ok(())
    }

    fn fold(&mut self, new: &NewSnapshot) -> Result<Folded> {
        let row = self.document(new.document)?.filter(|row| row.workspace == self.workspace && !row.purged);
        match row {
            Some(row) if self.writes(row.book)? => {
                snapshots::keep(self.db, row.key, row.book, self.device, new, self.now)
            }
            _ => Ok(Folded::NotNeeded),
        }
    }

    fn verified(&mut self, verified: &Verified) -> Result<()> {
        let row = self.document(verified.document)?.filter(|row| row.workspace == self.workspace);
        match row {
            Some(row) if self.reads(row.book)? => {
                let at = at(row.book, verified.number);
                snapshots::verified(self.db, row.key, at, self.device, verified.good, self.now)
            }
            _ => Ok(()),
        }
    }
}
