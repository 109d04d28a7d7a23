//! Snapshots: made of documents that have gathered many changes, taken in, and what was found told to the relay.
//!
//! A snapshot is believed because it gives back the very changes it replaces, each with its hash; what cannot do that is
//! reported, and the changes come one by one.

use rusqlite::{Connection, params};

use super::changes::{self, State};
use super::{DocumentRow, Inner, Writing, document_row, find};
use crate::Result;
use crate::document::{change_id, changes_of_snapshot};
use crate::model::{BookId, ChangeId, MemberId};
use crate::wire::{ChangeEntry, Chunk, Folded, NewSnapshot, Scheme, Snapshot, Verified, limits};

/// Changes a document gathers before a snapshot of it is made: below, it would take hardly fewer bytes than they do.
pub(super) const EVERY: u32 = 32;

/// A snapshot on its way to the relay.
#[derive(Debug)]
pub(crate) struct Made {
    doc: i64,
    pub(crate) snapshot: NewSnapshot,
}

/// What there is to offer.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) made: Vec<Made>,
    /// Documents no snapshot of which would do, with how many changes they have.
    pub(super) unfit: Vec<(i64, usize)>,
}

/// A finding on its way to the relay.
#[derive(Debug)]
pub(crate) struct Found {
    doc: i64,
    pub(crate) verified: Verified,
}

/// What the relay is to be told of snapshots that came.
pub(super) fn found(db: &Connection) -> Result<Vec<Found>> {
    let mut statement = db.prepare_cached(
        "SELECT s.doc, d.id, s.number, s.todo = 'good' FROM snapshot s JOIN document d ON d.doc = s.doc
         WHERE s.todo IN ('good', 'bad') AND s.number IS NOT NULL LIMIT ?1",
    )?;
    let rows = statement.query_map([limits::ITEMS as i64], |row| {
        let verified = Verified { document: row.get(1)?, number: row.get(2)?, good: row.get(3)? };
        Ok(Found { doc: row.get(0)?, verified })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Snapshots to offer, at most `bytes` of them (but one): of documents whose every change is in a log.
pub(super) fn due(db: &Connection, bytes: usize) -> Result<Due> {
    let mut statement = db.prepare_cached(
        "SELECT d.doc, d.id, d.kind, d.book, d.root, d.leaving FROM snapshot s
         JOIN document d ON d.doc = s.doc JOIN book b ON b.id = d.book
         WHERE s.todo = 'make' AND d.leaving = 0 AND b.leaving = 0 AND b.\"right\" <> 'reader'
            AND NOT EXISTS (SELECT 1 FROM change c WHERE c.doc = s.doc AND c.state <> ?1)
         ORDER BY s.doc LIMIT ?2",
    )?;
    let mut rows = statement.query(params![State::Accepted as i64, limits::SNAPSHOTS as i64])?;
    let (mut due, mut size) = (Due::default(), 0);
    while let Some(row) = rows.next()? {
        let row = document_row(row)?;
        let document = changes::load(db, &row)?;
        let Some((bytes_of, replaces)) = document.snapshot().filter(|(made, _)| made.len() < limits::CHUNK)
        else {
            due.unfit.push((row.doc, document.changes()));
            continue;
        };
        size += bytes_of.len();
        if !due.made.is_empty() && size > bytes {
            break;
        }
        let snapshot = NewSnapshot { document: row.id, replaces, chunk: Chunk::document(&bytes_of) };
        due.made.push(Made { doc: row.doc, snapshot });
    }
    Ok(due)
}

/// The changes that a snapshot stands for, as they would have come; or why it does not stand for them.
fn unfolded(snapshot: &Snapshot) -> Result<Vec<ChangeEntry>, String> {
    let changes = changes_of_snapshot(snapshot.chunk.content()).map_err(|e| e.to_string())?;
    let ids: Vec<ChangeId> = changes.iter().map(|change| change_id(&change.hash())).collect();
    if ids.len() != snapshot.replaces.len() || Snapshot::digest_of(&ids) != snapshot.digest {
        return Err("it does not give back the changes it replaces".to_owned());
    }
    let entry = |(change, replaced): (&automerge::Change, &crate::wire::Replaced)| ChangeEntry {
        number: replaced.number,
        document: snapshot.document,
        member: replaced.member,
        offset: replaced.offset,
        change: None,
        chunk: Chunk::plain(change.raw_bytes()),
    };
    Ok(changes.iter().zip(&snapshot.replaces).map(entry).collect())
}

impl Inner {
    fn snapshot_every(&self) -> i64 {
        i64::from(self.snapshot_after.map_or(EVERY, std::num::NonZeroU32::get))
    }
}

impl Writing<'_> {
    /// A document was edited here and has so many changes now.
    pub(super) fn gathered(&self, row: &DocumentRow, changes: usize) -> Result<()> {
        let (changes, every) = (changes as i64, self.inner.snapshot_every());
        if changes < every {
            return Ok(());
        }
        self.tx
            .prepare_cached(
                "INSERT INTO snapshot (doc, covered, todo) VALUES (?1, 0, 'make')
                 ON CONFLICT (doc) DO UPDATE SET todo = 'make' WHERE todo IS NULL AND covered + ?3 <= ?2",
            )?
            .execute(params![row.doc, changes, every])?;
        Ok(())
    }

    /// What was told the relay is told. An older relay answers nothing, and is not asked again for a while.
    pub(super) fn settle_snapshots(
        &self,
        found: &[Found],
        offered: &[Made],
        unfit: &[(i64, usize)],
        folded: &[Folded],
    ) -> Result<()> {
        let mut told = self.tx.prepare_cached(
            "UPDATE snapshot SET todo = NULL WHERE doc = ?1 AND number = ?2 AND todo IN ('good', 'bad')",
        )?;
        for Found { doc, verified } in found {
            told.execute(params![doc, verified.number])?;
        }
        let mut made = self.tx.prepare_cached(
            "UPDATE snapshot SET covered = ?2, todo = NULL WHERE doc = ?1 AND todo = 'make'",
        )?;
        for (doc, changes) in unfit {
            made.execute(params![doc, *changes as i64])?;
        }
        for (place, Made { doc, snapshot }) in offered.iter().enumerate() {
            tracing::debug!(answer = ?folded.get(place), "offered a snapshot");
            made.execute(params![doc, snapshot.replaces.len() as i64])?;
        }
        Ok(())
    }

    /// Takes in a snapshot. Answers how many changes came.
    pub(super) fn apply_snapshot(
        &mut self,
        book: BookId,
        snapshot: &Snapshot,
        members: &[MemberId],
    ) -> Result<usize> {
        if snapshot.chunk.scheme() != Ok(Scheme::Plain) {
            self.set_snapshot_aside(book, snapshot, members, "it is sealed, or of a newer version")?;
            return Ok(0);
        }
        let entries = match unfolded(snapshot) {
            Ok(entries) => entries,
            Err(reason) => {
                tracing::warn!(record = %snapshot.document, reason, "a snapshot is bad");
                let row = match find(self.tx, snapshot.document)? {
                    Some(row) => row,
                    None => self.insert_document(snapshot.document, "", book, None)?,
                };
                self.note_snapshot(&row, "bad", 0, snapshot.number)?;
                self.want_whole(&row, ChangeId([0; 32]))?;
                return Ok(0);
            }
        };
        self.apply_changes(book, &entries, members)?;
        if let Some(row) = find(self.tx, snapshot.document)? {
            self.note_snapshot(&row, "good", entries.len(), snapshot.number)?;
        }
        Ok(entries.len())
    }

    /// The snapshot in a document that came whole: what it stands for is nowhere else, so a bad one is kept aside.
    pub(super) fn unfold_whole(
        &mut self,
        book: BookId,
        snapshot: &Snapshot,
        members: &[MemberId],
    ) -> Result<Vec<ChangeEntry>> {
        match unfolded(snapshot) {
            Ok(entries) => Ok(entries),
            Err(reason) => {
                self.set_snapshot_aside(book, snapshot, members, &reason)?;
                Ok(Vec::new())
            }
        }
    }

    fn set_snapshot_aside(
        &mut self,
        book: BookId,
        snapshot: &Snapshot,
        members: &[MemberId],
        reason: &str,
    ) -> Result<()> {
        let last = snapshot.replaces.iter().max_by_key(|replaced| replaced.number);
        let entry = ChangeEntry {
            number: snapshot.number,
            document: snapshot.document,
            member: last.map_or(0, |last| last.member),
            offset: last.map_or(0, |last| last.offset),
            change: None,
            chunk: snapshot.chunk.clone(),
        };
        let member = members.get(usize::from(entry.member)).copied();
        self.set_aside(book, &entry, member, reason)
    }

    fn note_snapshot(&self, row: &DocumentRow, todo: &str, covered: usize, number: u64) -> Result<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO snapshot (doc, covered, todo, number) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (doc) DO UPDATE SET covered = ?2, todo = ?3, number = ?4",
            )?
            .execute(params![row.doc, covered as i64, todo, number])?;
        Ok(())
    }
}
