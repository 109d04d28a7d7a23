//! Taking in what came for one document: most often the change that created it, sometimes an edit of what is here,
//! seldom a change that builds on one that is not here yet.

use std::collections::HashMap;

use automerge::Change;
use rusqlite::params;

use super::arrival::{self, Arrival, Content, Created};
use super::changes::{self, NewChange, State};
use super::{DocumentRow, Writing, find};
use crate::document::{Document, decode_change};
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::wire::{ChangeEntry, WholeDocument};
use crate::{Error, Result};

impl Writing<'_> {
    pub(super) fn apply_changes(
        &mut self,
        book: BookId,
        entries: &[ChangeEntry],
        members: &[MemberId],
    ) -> Result<()> {
        let mut order: Vec<RecordId> = Vec::new();
        let mut lanes: HashMap<RecordId, Vec<&ChangeEntry>> = HashMap::new();
        for entry in entries {
            let lane = lanes.entry(entry.document).or_default();
            if lane.is_empty() {
                order.push(entry.document);
            }
            lane.push(entry);
        }
        let in_order: Vec<&ChangeEntry> =
            order.iter().flat_map(|document| &lanes[document]).copied().collect();
        arrival::understood(self.inner, &in_order, |arrivals| {
            for document in order {
                let lane = arrivals.take(lanes[&document].len()).collect();
                self.apply_lane(book, document, lane, members)?;
            }
            Ok(())
        })
    }

    /// Takes in what came for one document.
    fn apply_lane(
        &mut self,
        book: BookId,
        document: RecordId,
        arrivals: Vec<Arrival<'_>>,
        members: &[MemberId],
    ) -> Result<()> {
        let mut row = find(self.tx, document)?;
        let mut new = Vec::new();
        for Arrival { entry, content } in arrivals {
            let member = members.get(usize::from(entry.member)).copied();
            let content = match content {
                Ok(content) => content,
                Err(reason) => {
                    self.set_aside(book, entry, member, &reason)?;
                    continue;
                }
            };
            if let Some(row) = &row
                && let Some((seq, state)) = changes::known(self.tx, row.doc, content.id)?
            {
                self.confirm(row, book, seq, state, entry.number, member)?;
                continue;
            }
            new.push((entry, member, content));
        }
        if let Some(found) = &row
            && !new.is_empty()
            && found.book != book
        {
            self.relabel(found, book)?;
            row = Some(DocumentRow { book, ..found.clone() });
        }
        if let (None, [(entry, member, content)]) = (&row, new.as_mut_slice())
            && let Some(created) = content.created.take()
        {
            return self.apply_creation(book, entry, *member, content, created);
        }
        if new.is_empty() {
            return Ok(());
        }
        self.apply_to_document(book, document, row, new)
    }

    /// A document that consists of the change that created it, which is almost every one a device receives: its row is
    /// made from the change's operations, and no document is built.
    fn apply_creation(
        &mut self,
        book: BookId,
        entry: &ChangeEntry,
        member: Option<MemberId>,
        Content { change, id, .. }: &Content,
        Created { kind, row: written }: Created,
    ) -> Result<()> {
        let root =
            written.as_ref().and_then(|(kind, written)| written.projection.fields.link(kind.root()?.name));
        let row = self.insert_document(entry.document, &kind, book, root)?;
        let stored = received(row.doc, *id, change.raw_bytes(), entry, member, State::Accepted);
        changes::insert(self.tx, &stored)?;
        match written {
            Some((kind, written)) => self.put_written(&row, kind, None, written),
            None => Ok(()),
        }
    }

    fn apply_to_document(
        &mut self,
        book: BookId,
        document: RecordId,
        row: Option<DocumentRow>,
        new: Vec<(&ChangeEntry, Option<MemberId>, Content)>,
    ) -> Result<()> {
        let mut load = || match &row {
            Some(row) => self.document(row),
            None => Document::from_changes([]).map_err(|e| Error::of_document(document, e)),
        };
        // All at once takes about as long as one alone, and almost always nothing is missing or wrong.
        let changes: Vec<Change> = new.iter().map(|(.., content)| content.change.clone()).collect();
        let loaded = load().and_then(|mut whole| {
            let together = whole.completed_by(&changes);
            match together.then(|| whole.apply(changes)) {
                Some(Err(_)) => Ok((load()?, false)),
                _ => Ok((whole, together)),
            }
        });
        let (mut whole, together) = match loaded {
            Ok(loaded) => loaded,
            // A record damaged on this disk must not keep all others from arriving.
            Err(Error::Corrupt { detail }) => {
                return new
                    .iter()
                    .try_for_each(|(entry, member, ..)| self.set_aside(book, entry, *member, &detail));
            }
            Err(error) => return Err(error),
        };
        let mut row = row;
        for (entry, member, Content { change, id, .. }) in new {
            let complete = together || whole.has_deps_of(&change);
            let bytes = change.raw_bytes().to_vec();
            if complete
                && !together
                && let Err(error) = whole.apply(vec![change])
            {
                self.set_aside(book, entry, member, &error.to_string())?;
                continue;
            }
            let known = match row.take() {
                Some(row) => row,
                // What kind it is, the change that created it will say.
                None => self.insert_document(document, "", book, None)?,
            };
            let state = if complete { State::Accepted } else { State::Waiting };
            changes::insert(self.tx, &received(known.doc, id, &bytes, entry, member, state))?;
            row = Some(known);
        }
        let Some(row) = row else { return Ok(()) };
        self.settle_waiting(&row, &mut whole)?;
        let row = self.name_kind(row, &whole)?;
        self.refresh_received(&row, whole)
    }

    /// Takes in what waited and is complete now.
    fn settle_waiting(&mut self, row: &DocumentRow, whole: &mut Document) -> Result<()> {
        let waiting: Vec<(i64, Vec<u8>)> = {
            let mut statement = self.tx.prepare_cached(
                "SELECT seq, bytes FROM change
                     WHERE doc = ?1 AND state = ?2 AND length(bytes) > 0 ORDER BY seq",
            )?;
            let rows = statement
                .query_map(params![row.doc, State::Waiting as i64], |r| Ok((r.get(0)?, r.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let mut open = waiting;
        loop {
            let mut left = Vec::new();
            let before = open.len();
            for (seq, bytes) in open {
                let change = decode_change(&bytes).map_err(|e| Error::of_document(row.id, e))?;
                if whole.has_deps_of(&change) && whole.apply(vec![change]).is_ok() {
                    // This device's own that was never sent goes out now.
                    self.tx
                        .prepare_cached(
                            "UPDATE change SET state = iif(local = 1 AND number IS NULL, ?3, ?2) WHERE seq = ?1",
                        )?
                        .execute(params![seq, State::Accepted as i64, State::Outbox as i64])?;
                } else {
                    left.push((seq, bytes));
                }
            }
            if left.is_empty() || left.len() == before {
                return Ok(());
            }
            open = left;
        }
    }

    fn name_kind(&mut self, row: DocumentRow, whole: &Document) -> Result<DocumentRow> {
        let Some(kind) = whole.kind().filter(|kind| *kind != row.kind) else { return Ok(row) };
        // Nobody honest creates a record twice, as two kinds; one of them counts then, and may be the later to come.
        self.hide(&row)?;
        self.tx
            .prepare_cached("UPDATE document SET kind = ?2 WHERE doc = ?1")?
            .execute(params![row.doc, kind])?;
        Ok(DocumentRow { kind, ..row })
    }

    fn refresh_received(&mut self, row: &DocumentRow, whole: Document) -> Result<()> {
        let Ok(table) = self.inner.table(&row.kind) else { return Ok(()) };
        let before = table.get(self.tx, row.doc)?;
        let projection = whole.project(table.kind).map_err(|e| Error::of_document(row.id, e))?;
        self.keep(row, whole);
        self.hang(row, table.kind, &projection)?;
        self.put_row(row, table.kind, before, projection)
    }

    /// A change this device holds already came at its number: its own, by another way, or after a restore.
    pub(super) fn confirm(
        &mut self,
        row: &DocumentRow,
        book: BookId,
        seq: i64,
        state: i64,
        number: u64,
        member: Option<MemberId>,
    ) -> Result<()> {
        if row.book != book || row.leaving {
            self.relabel(row, book)?;
        }
        let now = self.inner.environment.now();
        // What waits is in no document until what it builds on is here, wherever it stands in the log.
        let taken = if state == State::Waiting as i64 { State::Waiting } else { State::Accepted };
        self.tx
            .prepare_cached(
                "UPDATE change SET state = ?2, number = ?3, accepted_at = coalesce(accepted_at, ?4),
                    member = coalesce(member, ?5) WHERE seq = ?1",
            )?
            .execute(params![seq, taken as i64, number, now, member])?;
        if state == State::Refused as i64 || row.leaving {
            // Someone accepted after all what this device had taken back; or what was hidden is shared again.
            self.refresh(&DocumentRow { book, leaving: false, ..row.clone() })?;
        }
        Ok(())
    }

    pub(super) fn apply_whole(&mut self, whole: &WholeDocument, members: &[MemberId]) -> Result<usize> {
        let placeholder = "DELETE FROM change WHERE length(bytes) = 0 AND state = ?2
             AND doc = (SELECT doc FROM document WHERE id = ?1)";
        self.tx.prepare_cached(placeholder)?.execute(params![whole.document, State::Waiting as i64])?;
        let Some(book) = whole.book else {
            // It may not be read any more: what waits for the rest of it will wait for ever.
            if let Some(row) = find(self.tx, whole.document)? {
                self.forget_waiting(row.doc)?;
                self.give_up_waiting(row.doc)?;
                let empty: bool = self
                    .tx
                    .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM change WHERE doc = ?1)")?
                    .query_row([row.doc], |r| r.get(0))?;
                if empty {
                    self.erase(&row)?;
                }
            }
            return Ok(0);
        };
        let before = self.usable_changes(whole.document)?;
        let mut entries = match &whole.snapshot {
            Some(snapshot) => self.unfold_whole(book, snapshot, members)?,
            None => Vec::new(),
        };
        entries.extend(whole.changes.iter().cloned());
        if entries.iter().any(|entry| entry.document != whole.document) {
            return Err(Error::BadAnswer { detail: "a document with a change of another".to_owned() });
        }
        self.apply_lane_whole(book, whole.document, &entries, members)?;
        // What was known, or waits as before, is nothing new: a device must not ask for it again and again.
        Ok(self.usable_changes(whole.document)?.saturating_sub(before))
    }

    /// Changes of a document that wait for nothing.
    fn usable_changes(&self, document: RecordId) -> Result<usize> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT count(*) FROM change c JOIN document d ON d.doc = c.doc WHERE d.id = ?1 AND c.state <> ?2",
            )?
            .query_row(params![document, State::Waiting as i64], |row| row.get(0))?)
    }

    /// A document that came whole: what waited is not confirmed but taken in with the rest.
    fn apply_lane_whole(
        &mut self,
        book: BookId,
        document: RecordId,
        entries: &[ChangeEntry],
        members: &[MemberId],
    ) -> Result<()> {
        if let Some(row) = find(self.tx, document)? {
            self.forget_waiting(row.doc)?;
        }
        let entries: Vec<&ChangeEntry> = entries.iter().collect();
        arrival::understood(self.inner, &entries, |arrivals| {
            self.apply_lane(book, document, arrivals.collect(), members)
        })?;
        match find(self.tx, document)? {
            Some(row) => {
                self.take_up_waiting(&row)?;
                self.give_up_waiting(row.doc)
            }
            None => Ok(()),
        }
    }

    /// What came before its base comes again with it; what this device made and never sent does not.
    fn forget_waiting(&self, doc: i64) -> Result<()> {
        self.tx
            .prepare_cached(
                "DELETE FROM change WHERE doc = ?1 AND state = ?2 AND NOT (local = 1 AND number IS NULL)",
            )?
            .execute(params![doc, State::Waiting as i64])?;
        Ok(())
    }

    /// Takes in what waited, if everything it builds on came by other ways.
    fn take_up_waiting(&mut self, row: &DocumentRow) -> Result<()> {
        if !self.waits(row.doc)? {
            return Ok(());
        }
        let mut whole = self.document(row)?;
        self.settle_waiting(row, &mut whole)?;
        let row = self.name_kind(row.clone(), &whole)?;
        self.refresh_received(&row, whole)
    }

    fn waits(&self, doc: i64) -> Result<bool> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM change WHERE doc = ?1 AND state = ?2 AND local = 1 AND number IS NULL)",
            )?
            .query_row(params![doc, State::Waiting as i64], |row| row.get(0))?)
    }

    /// The document came whole, and what unsent changes build on is not in it: it was unsent too, and lost to damage. No
    /// device could read them; they are kept for export.
    fn give_up_waiting(&mut self, doc: i64) -> Result<()> {
        if !self.waits(doc)? {
            return Ok(());
        }
        self.tx
            .prepare_cached(
                "UPDATE change SET state = ?2 WHERE doc = ?1 AND state = ?3 AND local = 1 AND number IS NULL",
            )?
            .execute(params![doc, State::Outbox as i64, State::Waiting as i64])?;
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO lane (doc, code, since) VALUES (?1, 'damaged', ?2)")?
            .execute(params![doc, self.inner.environment.now()])?;
        self.events.sync = true;
        Ok(())
    }
}

fn received<'a>(
    doc: i64,
    hash: ChangeId,
    bytes: &'a [u8],
    entry: &ChangeEntry,
    member: Option<MemberId>,
    state: State,
) -> NewChange<'a> {
    NewChange {
        doc,
        hash,
        bytes,
        state,
        local: false,
        number: Some(entry.number),
        member,
        offset: entry.offset,
        notice: None,
        accepted_at: None,
    }
}
