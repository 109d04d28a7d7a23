//! Saving: create, edit, delete, restore, resolve. Each is one durable transaction, or part of a [`Batch`](super::Batch) of them.

use std::collections::BTreeMap;

use automerge::Change;
use rusqlite::{OptionalExtension, params};

use super::changes::{self, NewChange, State};
use super::create::{New, Saved, track};
use super::{DocumentRow, Store, Writing, find, meta};
use crate::document::{self, Changes, Creation, Document, Projection, Stamp};
use crate::model::{
    BookId, ChangeId, Fields, Heads, Invalid, ItemId, Kind, Problem, Record, RecordId, Resolution, Time,
    Value, Why, validate,
};
use crate::wire::{Notice, limits};
use crate::{Error, Result};

/// An edit: the changed fields and the version they were read at. What came in since is not touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The record.
    pub record: RecordId,
    /// The version the form was filled from: [`Record::heads`].
    pub base: Heads,
    /// Changed fields by name; `None` empties one.
    pub fields: BTreeMap<String, Option<Value>>,
    /// Why, for the history.
    pub reason: Option<String>,
}

impl Edit {
    /// An edit of a record as it was read, changing nothing yet.
    pub fn of(record: &Record) -> Self {
        Self { record: record.id, base: record.heads.clone(), fields: BTreeMap::new(), reason: None }
    }

    /// The same with one field set.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), Some(value.into()));
        self
    }

    /// The same with one field emptied.
    #[must_use]
    pub fn clear(mut self, field: &str) -> Self {
        self.fields.insert(field.to_owned(), None);
        self
    }
}

/// What an edit made.
struct Made {
    document: Document,
    changes: Vec<Change>,
    /// What the record's fields are now, if that is known without reading the document.
    known: Option<Fields>,
}

impl Store {
    /// Creates a record.
    pub fn create(&self, new: New) -> Result<Saved> {
        self.batch(|batch| batch.create(new))
    }

    /// Edits a record.
    pub fn edit(&self, edit: Edit) -> Result<Saved> {
        self.batch(|batch| batch.edit(edit))
    }

    /// Marks a record as deleted. It can be restored for a month after the relay learnt of it.
    pub fn delete(&self, record: RecordId, reason: &str) -> Result<Saved> {
        self.batch(|batch| batch.delete(record, reason))
    }

    /// Takes the mark away.
    pub fn restore(&self, record: RecordId) -> Result<Saved> {
        self.batch(|batch| batch.restore(record))
    }

    /// Resolves one clash of [`Self::clashes`]: the only thing that removes it.
    pub fn resolve(
        &self,
        record: RecordId,
        field: &str,
        seen: &Heads,
        resolution: Resolution,
        reason: Option<&str>,
    ) -> Result<Saved> {
        self.batch(|batch| batch.resolve(record, field, seen, &resolution, reason))
    }

    /// The workspace's playbook record, begun if nobody has. Needs a manager's right in the common book.
    pub fn playbook(&self) -> Result<Record> {
        let id = self.inner.write(|w| w.begin_playbook())?;
        self.get(id)
    }
}

impl Writing<'_> {
    pub(super) fn stamp(&self, reason: Option<&str>) -> Result<Stamp> {
        Ok(Stamp {
            actor: self.opening.actor.clone(),
            author: meta::get(self.tx, meta::name::MEMBER)?,
            time: self.inner.environment.now().div_euclid(1000),
            reason: None,
        }
        .because(reason))
    }

    /// This moment, in the zone assumed where a text says none.
    pub(super) fn now(&self) -> Time {
        Time::new(self.inner.environment.now(), &self.inner.defaults.zone)
    }

    pub(super) fn edit(&mut self, edit: Edit) -> Result<Saved> {
        let Edit { record, base, fields: mut changed, reason } = edit;
        let (row, kind, before) = self.editable(record)?;
        let given: Fields = changed.iter().filter_map(|(n, v)| Some((n.clone(), v.clone()?))).collect();
        let mut problems = validate::changed(kind, &given);
        for (name, value) in &changed {
            match kind.field(name) {
                None if value.is_none() => problems.push(Problem::new(name.as_str(), Why::Unknown)),
                Some(field) if field.required && value.as_ref().is_none_or(Value::is_empty) => {
                    problems.push(Problem::new(name.as_str(), Why::Required));
                }
                _ => {}
            }
        }
        let mut after = before.fields.clone();
        for (name, value) in &changed {
            match value.clone().filter(|v| !v.is_empty()) {
                Some(value) => after.set(name, value),
                None => _ = after.0.remove(name),
            }
        }
        self.check_after(&row, kind, &before.fields, &after, problems)?;
        let mut document = self.document(&row)?;
        let wrong = |error| Error::of_document(record, error);
        // Most edits are of what the row says: cheaper to read than the document.
        let shown = match base == before.heads {
            true => before.fields.clone(),
            false => document.fields_at(kind, &base).map_err(wrong)?,
        };
        let now = self.now();
        for (name, items) in track(kind, now, &shown, |field| changed.get(field).cloned().flatten()) {
            changed.entry(name.to_owned()).or_insert(Some(items));
        }
        let root = self.new_root(&row, kind, &changed, &shown)?;
        let stamp = self.stamp(reason.as_deref())?;
        let made =
            document.edit(kind, &base, &shown, &changed, &stamp, &mut self.fresh_keys()).map_err(wrong)?;
        let row = match root {
            Some(root) => self.rehang(row, root)?,
            None => row,
        };
        // What was written is what the document says then, unless something stands beside it or gets a key of its own.
        let plain = |name: &String| kind.field(name).is_some_and(|field| !field.of.is_collection());
        let alone = made.len() == 1 && base == before.heads && before.clashes == 0;
        let known = (alone && changed.keys().all(plain)).then_some(after);
        self.store_made(&row, kind, before, Made { document, changes: made, known }, None)
    }

    /// Whether a record may become what it is to be after an edit. `problems`: what is wrong with the changed fields alone.
    fn check_after(
        &self,
        row: &DocumentRow,
        kind: &'static Kind,
        before: &Fields,
        after: &Fields,
        mut problems: Vec<Problem>,
    ) -> Result<()> {
        if problems.is_empty()
            && let Some(check) = kind.check
        {
            // What a merge made of the record is not this user's fault: only new problems count.
            let known = check(before);
            problems = check(after).into_iter().filter(|p| !known.contains(p)).collect();
        }
        Invalid::check(kind, Some(row.id), problems)?;
        if after != before {
            for derive in &self.inner.derive {
                derive.check(self.tx, kind, Some(before), after, self.inner.environment.now())?;
            }
        }
        Ok(())
    }

    pub(super) fn mark_deleted(&mut self, record: RecordId, reason: Option<&str>) -> Result<Saved> {
        let (row, kind, before) = self.existing(record)?;
        if reason.is_none() && before.deleted.is_none() || reason.is_some() && before.deleted.is_some() {
            return Ok(Saved { id: record, heads: before.heads, changed: false });
        }
        self.check_writable(row.book)?;
        let reason = reason.map(str::trim);
        if reason == Some("") {
            let problem = Problem::new("reason", Why::Required);
            return Err(Invalid {
                kind: kind.name.to_owned(),
                record: Some(record),
                problems: vec![problem],
            }
            .into());
        }
        let mut document = self.document(&row)?;
        let made =
            document.mark_deleted(reason, &self.stamp(None)?).map_err(|e| Error::of_document(record, e))?;
        let notice = if reason.is_some() { Notice::Delete } else { Notice::Restore };
        let changes = made.into_iter().collect();
        self.store_made(&row, kind, before, Made { document, changes, known: None }, Some(notice))
    }

    pub(super) fn resolve(
        &mut self,
        record: RecordId,
        field: &str,
        seen: &Heads,
        resolution: &Resolution,
        reason: Option<&str>,
    ) -> Result<Saved> {
        let (row, kind, before) = self.existing(record)?;
        self.check_writable(row.book)?;
        if let Resolution::Value(value) = resolution {
            let problems = validate::resolved(kind, field, value.as_ref());
            let mut after = before.fields.clone();
            match value.as_ref().filter(|value| !value.is_empty()) {
                Some(value) if kind.field(field).is_some() => after.set(field, value.clone()),
                _ => _ = after.0.remove(field),
            }
            self.check_after(&row, kind, &before.fields, &after, problems)?;
        }
        let mut document = self.document(&row)?;
        let nothing = || Error::NothingToResolve { record, field: field.to_owned() };
        let wrong = |error| match Error::of_document(record, error) {
            Error::NothingToResolve { .. } => nothing(),
            other => other,
        };
        if document.clashes(record, kind).map_err(wrong)?.iter().all(|clash| clash.field != field) {
            return Err(nothing());
        }
        let row = match (kind.root(), resolution) {
            (Some(root), Resolution::Value(value)) if root.name == field => {
                let changed = Changes::from([(field.to_owned(), value.clone())]);
                match self.new_root(&row, kind, &changed, &before.fields)? {
                    Some(root) => self.rehang(row, root)?,
                    None => row,
                }
            }
            _ => row,
        };
        let stamp = self.stamp(reason)?;
        let changes =
            document.resolve(kind, seen, field, resolution, &stamp, &mut self.fresh_keys()).map_err(wrong)?;
        let notice = match (field, resolution) {
            ("deleted", Resolution::Keep) => Some(Notice::Restore),
            ("deleted", _) => Some(Notice::Delete),
            _ => None,
        };
        self.store_made(&row, kind, before, Made { document, changes, known: None }, notice)
    }

    fn begin_playbook(&mut self) -> Result<RecordId> {
        let workspace: crate::model::WorkspaceId =
            meta::get(self.tx, meta::name::WORKSPACE)?.ok_or(Error::NotEnrolled)?;
        let id = crate::practice::playbook_id(workspace);
        if find(self.tx, id)?.is_none() {
            let kind = &crate::model::kinds::PLAYBOOK;
            let book = meta::get(self.tx, meta::name::COMMON)?.unwrap_or(BookId::NIL);
            self.check_writable(book)?;
            let change = document::create_shared(kind);
            let projection = Creation::of(&change)
                .ok_or_else(|| Error::internal("a creation of our own cannot be read"))?
                .project(kind);
            let row = self.insert_document(id, kind.name, book, None)?;
            self.put_in_outbox(&row, &change, None)?;
            self.put_row(&row, kind, None, projection)?;
        }
        Ok(id)
    }

    /// Stores the changes an edit made, and the document's row after them.
    fn store_made(
        &mut self,
        row: &DocumentRow,
        kind: &'static Kind,
        before: Record,
        made: Made,
        notice: Option<Notice>,
    ) -> Result<Saved> {
        let Made { document, changes, known } = made;
        if changes.is_empty() {
            self.keep(row, document);
            return Ok(Saved { id: row.id, heads: before.heads, changed: false });
        }
        for (place, change) in changes.iter().enumerate() {
            self.put_in_outbox(row, change, notice.filter(|_| place + 1 == changes.len()))?;
        }
        self.gathered(row, document.changes())?;
        let projection = match known {
            Some(fields) => document.project_known(kind, fields),
            None => document.project(kind).map_err(|e| Error::of_document(row.id, e))?,
        };
        let heads = projection.heads.clone();
        self.keep(row, document);
        self.put_row(row, kind, Some(before), projection)?;
        Ok(Saved { id: row.id, heads, changed: true })
    }

    /// Puts a change of this device into its document's lane.
    pub(super) fn put_in_outbox(
        &mut self,
        row: &DocumentRow,
        change: &Change,
        notice: Option<Notice>,
    ) -> Result<()> {
        let bytes = change.raw_bytes();
        for (unit, size, most) in [
            ("bytes", bytes.len(), limits::CHUNK - 1), // the scheme byte is one more
            ("operations", change.len(), document::OPERATIONS),
        ] {
            if size > most {
                return Err(Error::TooLarge { size, most, unit });
            }
        }
        (self.events.sync, self.events.unsent) = (true, true);
        let offset = match self.clock_offset {
            Some(offset) => offset,
            None => *self.clock_offset.insert(meta::get(self.tx, meta::name::OFFSET)?.unwrap_or_default()),
        };
        changes::insert(
            self.tx,
            &NewChange {
                doc: row.doc,
                hash: ChangeId(change.hash().0),
                bytes,
                state: State::Outbox,
                local: true,
                number: None,
                member: None,
                offset,
                notice: notice.map(changes::notice_number),
                accepted_at: None,
            },
        )
    }

    fn existing(&self, record: RecordId) -> Result<(DocumentRow, &'static Kind, Record)> {
        let row = find(self.tx, record)?.ok_or(Error::NotFound { record })?;
        let table = self.inner.table(&row.kind)?;
        let before = table.get(self.tx, row.doc)?.ok_or(Error::NotFound { record })?;
        Ok((row, table.kind, before))
    }

    fn editable(&self, record: RecordId) -> Result<(DocumentRow, &'static Kind, Record)> {
        let found = self.existing(record)?;
        if found.2.deleted.is_some() {
            return Err(Error::Deleted { record });
        }
        self.check_writable(found.0.book)?;
        Ok(found)
    }

    /// Refuses what the relay would: writing into a book that may only be read, or not even that any more.
    pub(super) fn check_writable(&self, book: BookId) -> Result<()> {
        let right: Option<(String, bool)> = self
            .tx
            .prepare_cached("SELECT \"right\", leaving FROM book WHERE id = ?1")?
            .query_row([book], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match right {
            Some((right, leaving)) if right == "reader" || leaving => Err(Error::ReadOnly { book }),
            _ => Ok(()),
        }
    }

    fn fresh_keys(&self) -> impl FnMut() -> ItemId + use<> {
        let environment = self.inner.environment.clone();
        move || ItemId(environment.uuid())
    }

    /// The account a record hangs on after an edit, if that changes. Only within its book: an account is handed over
    /// as a whole.
    fn new_root(
        &self,
        row: &DocumentRow,
        kind: &Kind,
        changed: &Changes,
        shown: &Fields,
    ) -> Result<Option<Option<RecordId>>> {
        let Some(field) = kind.root() else { return Ok(None) };
        let Some(to) = changed.get(field.name) else { return Ok(None) };
        let root = match to {
            Some(Value::Link(id)) => Some(*id),
            _ => None,
        };
        if root == shown.link(field.name) {
            return Ok(None);
        }
        if let Some(root) = root {
            let account = find(self.tx, root)?;
            if account.is_none_or(|a| a.book != row.book) {
                return Err(Error::AnotherBook { record: row.id, field: field.name.to_owned() });
            }
        }
        Ok(Some(root))
    }

    /// A record hangs on the account that it says.
    pub(super) fn hang(&self, row: &DocumentRow, kind: &Kind, says: &Projection) -> Result<()> {
        let root = kind.root().and_then(|field| says.fields.link(field.name));
        if root != row.root {
            self.rehang(row.clone(), root)?;
        }
        Ok(())
    }

    fn rehang(&self, row: DocumentRow, root: Option<RecordId>) -> Result<DocumentRow> {
        self.tx
            .prepare_cached("UPDATE document SET root = ?2 WHERE doc = ?1")?
            .execute(params![row.doc, root])?;
        Ok(DocumentRow { root, ..row })
    }
}
