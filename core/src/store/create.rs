//! New records: checked and encoded, which needs no database, then written.

use std::collections::HashMap;

use automerge::Change;

use super::ahead::ahead;
use super::changes::Written;
use super::{Inner, Writing, find, meta};
use crate::Result;
use crate::document::{self, Stamp};
use crate::model::{BookId, Fields, Heads, Invalid, Item, Kind, Problem, RecordId, Time, Value, validate};

/// A record to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct New {
    /// Its kind's name.
    pub kind: String,
    /// Its id; a fresh one if absent.
    pub id: Option<RecordId>,
    /// The book, for a record that hangs on no account: the member's own if absent.
    pub book: Option<BookId>,
    /// What it holds.
    pub fields: Fields,
    /// Why, for the history.
    pub reason: Option<String>,
}

impl New {
    /// A record of a kind with these fields.
    #[expect(clippy::self_named_constructors, reason = "New::new says it")]
    pub fn new(kind: &str, fields: Fields) -> Self {
        Self { kind: kind.to_owned(), id: None, book: None, fields, reason: None }
    }
}

/// What a save did. It is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The record.
    pub id: RecordId,
    /// Its version now.
    pub heads: Heads,
    /// Whether anything changed.
    pub changed: bool,
}

/// A new record as it will be written.
struct Prepared {
    kind: &'static Kind,
    id: Option<RecordId>,
    book: Option<BookId>,
    root: Option<RecordId>,
    change: Change,
    written: Written,
}

impl Inner {
    /// Checks a new record and encodes it.
    fn prepare(&self, new: New, stamp: Stamp, now: Time) -> Result<Prepared> {
        let New { kind, id, book, mut fields, reason } = new;
        let table = self.table(&kind)?;
        let kind = table.kind;
        fields.0.retain(|_, value| !value.is_empty());
        Invalid::check(kind, None, validate::record(kind, &fields))?;
        for (name, items) in track(kind, now, &Fields::new(), |field| fields.get(field).cloned()) {
            if fields.get(name).is_none() {
                fields.set(name, items);
            }
        }
        let root = kind.root().and_then(|field| fields.link(field.name));
        let (change, projection) = document::create(kind, fields, &stamp.because(reason.as_deref()));
        let written = Written::new(table, projection);
        Ok(Prepared { kind, id, book, root, change, written })
    }
}

impl Writing<'_> {
    pub(super) fn create(&mut self, new: New) -> Result<Saved> {
        let prepared = self.inner.prepare(new, self.stamp(None)?, self.now())?;
        self.put_new(prepared, &mut HashMap::new())
    }

    pub(super) fn create_all(&mut self, new: Vec<New>) -> Result<Vec<Saved>> {
        let (inner, stamp, now) = (self.inner, self.stamp(None)?, self.now());
        let prepare = |new| inner.prepare(new, stamp.clone(), now.clone());
        let mut accounts = HashMap::new();
        ahead(new.into_iter(), prepare, |prepared| {
            prepared.map(|prepared| self.put_new(prepared?, &mut accounts)).collect()
        })
    }

    /// `accounts`: those on which others of the same call hang, and the books they are in, which may be written.
    fn put_new(&mut self, new: Prepared, accounts: &mut HashMap<RecordId, BookId>) -> Result<Saved> {
        let Prepared { kind, id, book, root, change, written } = new;
        let id = id.unwrap_or_else(|| RecordId(self.inner.environment.uuid()));
        for derive in &self.inner.derive {
            derive.check(self.tx, kind, None, &written.projection.fields, self.inner.environment.now())?;
        }
        let book = match root.and_then(|root| accounts.get(&root)) {
            Some(book) => *book,
            None => {
                let account = root.map_or(Ok(None), |root| find(self.tx, root))?;
                let book = match (&account, book) {
                    (Some(account), _) => account.book,
                    (None, Some(book)) => book,
                    (None, None) => meta::get(self.tx, meta::name::HOME)?.unwrap_or(BookId::NIL),
                };
                self.check_writable(book)?;
                accounts.extend(account.map(|account| (account.id, book)));
                book
            }
        };
        let row = match self.insert_document(id, kind.name, book, root) {
            Err(_) if find(self.tx, id)?.is_some() => {
                let taken = Problem::rule("id", "there is a record with this id", "该编号的记录已存在");
                let problems = vec![taken];
                return Err(Invalid { kind: kind.name.to_owned(), record: Some(id), problems }.into());
            }
            inserted => inserted?,
        };
        self.put_in_outbox(&row, &change, None)?;
        let heads = written.projection.heads.clone();
        self.put_written(&row, kind, None, written)?;
        Ok(Saved { id, heads, changed: true })
    }
}

/// For every field that keeps another one's values: its items with the new value and the time of now.
pub(super) fn track(
    kind: &'static Kind,
    now: Time,
    shown: &Fields,
    changed: impl Fn(&str) -> Option<Value>,
) -> Vec<(&'static str, Value)> {
    let mut tracked = Vec::new();
    for field in kind.fields().filter(|f| !f.tracks.is_empty()) {
        let Some(value) = changed(field.tracks) else { continue };
        if shown.get(field.tracks) == Some(&value) {
            continue;
        }
        let mut items = shown.items(field.name).to_vec();
        items.push(Item::new(Fields::new().with("value", value).with("at", now.clone())));
        tracked.push((field.name, Value::Items(items)));
    }
    tracked
}
