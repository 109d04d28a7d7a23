//! Reading: one record, lists with filters, sort and pages, search, clashes, history. Query tables only; a document is
//! loaded for history and clashes of one record.

use rusqlite::types::ToSqlOutput as Sql;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde::Serialize;

use super::table::{comparable, currency_column, searched, sort_column};
use super::{Inner, Store, changes, find, search};
use crate::model::{BookId, ChangeId, Clash, HistoryEntry, Kind, MemberId, Record, RecordId, Value};
use crate::{Error, Result};

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The field holds this value.
    Is,
    /// The field is empty, or holds another value.
    IsNot,
    /// The field is less.
    Below,
    /// The field is less or equal.
    AtMost,
    /// The field is more.
    Above,
    /// The field is more or equal.
    AtLeast,
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The field; `created_at`, `updated_at` (seconds) as well.
    pub field: String,
    /// How.
    pub compare: Compare,
    /// With what; `None` is the empty field.
    pub value: Option<Value>,
}

/// Whether deleted records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Only those that are not deleted.
    #[default]
    Live,
    /// Only deleted ones.
    Deleted,
}

/// Which records of a kind, in which order.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The kind.
    pub kind: String,
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// Every word of this text is found in the record. Of a deleted one nothing is.
    pub matching: Option<String>,
    /// Only of this book.
    pub book: Option<BookId>,
    /// The field to sort by (also `created_at`, `updated_at`); newest on this device first if absent.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Deleted ones or live ones.
    pub show: Show,
    /// At most this many.
    pub limit: u32,
    /// After leaving out this many.
    pub offset: u32,
}

impl Query {
    /// The first hundred records of a kind, newest on this device first.
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            filters: Vec::new(),
            matching: None,
            book: None,
            sort: None,
            descending: false,
            show: Show::Live,
            limit: 100,
            offset: 0,
        }
    }

    /// The same, of those where a field compares like this.
    #[must_use]
    pub fn filter(mut self, field: &str, compare: Compare, value: impl Into<Value>) -> Self {
        self.filters.push(Filter { field: field.to_owned(), compare, value: Some(value.into()) });
        self
    }

    /// The same, sorted by a field, largest first.
    #[must_use]
    pub fn descending(mut self, field: &str) -> Self {
        (self.sort, self.descending) = (Some(field.to_owned()), true);
        self
    }

    /// The same, sorted by a field, smallest first.
    #[must_use]
    pub fn ascending(mut self, field: &str) -> Self {
        (self.sort, self.descending) = (Some(field.to_owned()), false);
        self
    }

    /// The same, at most `limit` after leaving out `offset`.
    #[must_use]
    pub fn page(mut self, limit: u32, offset: u32) -> Self {
        (self.limit, self.offset) = (limit, offset);
        self
    }
}

/// A record that search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// Its kind's name.
    pub kind: &'static str,
    /// What a list shows.
    pub title: String,
    /// Where the text was found.
    pub excerpt: String,
}

impl Store {
    /// A record, deleted or not.
    pub fn get(&self, record: RecordId) -> Result<Record> {
        self.inner.read(|db| {
            let row = find(db, record)?.ok_or(Error::NotFound { record })?;
            self.inner.table(&row.kind)?.get(db, row.doc)?.ok_or(Error::NotFound { record })
        })
    }

    /// A record, or `None` if it is not on this device ("not shared with you").
    pub fn find(&self, record: RecordId) -> Result<Option<Record>> {
        match self.get(record) {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. } | Error::UnknownKind { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The records a query asks for.
    pub fn list(&self, query: &Query) -> Result<Vec<Record>> {
        let table = self.inner.table(&query.kind)?;
        let direction = if query.descending { "DESC" } else { "ASC" };
        let order = match &query.sort {
            Some(field) => format!("{} {direction}, doc {direction}", self.inner.column(table.kind, field)?),
            None => "doc DESC".to_owned(),
        };
        self.inner.read(|db| {
            let (condition, mut values) = self.inner.condition(db, query)?;
            let sql = format!("{} WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?", table.select);
            values.extend([i64::from(query.limit).into(), i64::from(query.offset).into()]);
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(table.record(row)?);
            }
            Ok(records)
        })
    }

    /// How many records a query has, whatever its page.
    pub fn count(&self, query: &Query) -> Result<u64> {
        let table = self.inner.table(&query.kind)?;
        self.inner.read(|db| {
            let (condition, values) = self.inner.condition(db, query)?;
            let sql = format!("SELECT count(*) FROM {} WHERE {condition}", table.name);
            Ok(db.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
        })
    }

    /// Records of every kind in which every word of `text` is found, newest on this device first.
    pub fn search(&self, text: &str, limit: u32, offset: u32) -> Result<Vec<Hit>> {
        let Some(query) = search::query(text) else { return Ok(Vec::new()) };
        self.inner.read(|db| {
            let mut found = self.inner.found_stale(db, text)?;
            // Between which of them these stand, only the rows before them say.
            let (skipped, read) = match found.is_empty() {
                true => (0, (i64::from(limit), i64::from(offset))),
                false => (offset as usize, (i64::from(limit) + i64::from(offset), 0)),
            };
            let mut statement = db.prepare_cached(
                "SELECT d.doc, d.kind FROM search s JOIN document d ON d.doc = s.rowid
                 WHERE s.search MATCH ?1 AND s.rowid NOT IN (SELECT doc FROM stale)
                 ORDER BY s.rowid DESC LIMIT ?2 OFFSET ?3",
            )?;
            let rows =
                statement.query_map(params![query, read.0, read.1], |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.extend(rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()?);
            found.sort_unstable_by_key(|(doc, _)| std::cmp::Reverse(*doc));
            let mut hits = Vec::new();
            for (doc, kind) in found.into_iter().skip(skipped).take(limit as usize) {
                let Ok(table) = self.inner.table(&kind) else { continue };
                let Some((id, fields)) = table.found(db, doc)? else { continue };
                let texts = searched(table.kind, &fields);
                let excerpt = texts.iter().find_map(|t| search::excerpt(t, text, 16)).unwrap_or_default();
                hits.push(Hit { id, kind: table.kind.name, title: fields.title(table.kind), excerpt });
            }
            Ok(hits)
        })
    }

    /// Everything that two people did to the same thing and nobody has decided on: of one record, or of all.
    pub fn clashes(&self, record: Option<RecordId>) -> Result<Vec<Clash>> {
        self.inner.read(|db| {
            let mut clashes = Vec::new();
            for kind in self.schema().kinds() {
                let table = self.inner.table(kind.name)?;
                let sql = format!(
                    "SELECT id FROM {} WHERE clashes > 0 AND (?1 IS NULL OR id = ?1) ORDER BY updated_at DESC",
                    table.name
                );
                let ids: Vec<RecordId> = db
                    .prepare_cached(&sql)?
                    .query_map([record], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                for id in ids {
                    let Some(row) = find(db, id)? else { continue };
                    let document = changes::load(db, &row)?;
                    clashes.extend(document.clashes(id, kind).map_err(|e| Error::of_document(id, e))?);
                }
            }
            Ok(clashes)
        })
    }

    /// Who changed which field of a record when, from what to what and why, oldest first.
    pub fn history(&self, record: RecordId) -> Result<Vec<HistoryEntry>> {
        self.inner.read(|db| {
            let row = find(db, record)?.ok_or(Error::NotFound { record })?;
            let kind = self.inner.table(&row.kind)?.kind;
            let document = changes::load(db, &row)?;
            let mut entries = document.history(kind).map_err(|e| Error::of_document(record, e))?;
            let mut pushed =
                db.prepare_cached("SELECT member, \"offset\" FROM change WHERE doc = ?1 AND hash = ?2")?;
            for entry in &mut entries {
                let stored: Option<(Option<MemberId>, i32)> = pushed
                    .query_row(params![row.doc, entry.change], |r| Ok((r.get(0)?, r.get(1)?)))
                    .optional()?;
                if let Some((member, offset)) = stored {
                    entry.pushed_by = member.filter(|m| Some(*m) != entry.by);
                    entry.offset = offset;
                }
            }
            Ok(entries)
        })
    }

    /// The changes of a record as automerge wrote them, in order of arrival: what another automerge client loads.
    pub fn export_changes(&self, record: RecordId) -> Result<Vec<(ChangeId, Vec<u8>)>> {
        self.inner.read(|db| {
            let row = find(db, record)?.ok_or(Error::NotFound { record })?;
            let mut statement =
                db.prepare_cached("SELECT hash, bytes FROM change WHERE doc = ?1 ORDER BY seq")?;
            let rows = statement.query_map([row.doc], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Inner {
    fn condition<'q>(&self, db: &Connection, query: &'q Query) -> Result<(String, Vec<Sql<'q>>)> {
        let table = self.table(&query.kind)?;
        let mut condition = match query.show {
            Show::Live => "deleted IS NULL".to_owned(),
            Show::Deleted => "deleted IS NOT NULL".to_owned(),
        };
        let mut values = Vec::new();
        if let Some(book) = query.book {
            condition.push_str(" AND book = ?");
            values.push(book.as_bytes().to_vec().into());
        }
        if let Some(text) = &query.matching {
            match search::query(text) {
                Some(query) => {
                    condition.push_str(
                        " AND (doc IN (SELECT rowid FROM search WHERE search MATCH ?)
                           AND doc NOT IN (SELECT doc FROM stale)",
                    );
                    values.push(query.into());
                    for (doc, _) in self.found_stale(db, text)? {
                        condition.push_str(" OR doc = ?");
                        values.push(doc.into());
                    }
                    condition.push(')');
                }
                None => condition.push_str(" AND 0"),
            }
        }
        for filter in &query.filters {
            let column = self.column(table.kind, &filter.field)?;
            let Some(value) = &filter.value else {
                condition.push_str(&match filter.compare {
                    Compare::Is => format!(" AND {column} IS NULL"),
                    Compare::IsNot => format!(" AND {column} IS NOT NULL"),
                    _ => return Err(bad(table.kind, &filter.field)),
                });
                continue;
            };
            let operator = match filter.compare {
                Compare::Is => "=",
                Compare::IsNot => "IS NOT",
                Compare::Below => "<",
                Compare::AtMost => "<=",
                Compare::Above => ">",
                Compare::AtLeast => ">=",
            };
            let value_of = |value| comparable(value).ok_or_else(|| bad(table.kind, &filter.field));
            match value {
                // Of another currency an amount is neither more nor less.
                Value::Money(money) => {
                    let currency = currency_column(&filter.field);
                    condition.push_str(&match filter.compare {
                        Compare::IsNot => format!(" AND ({column} IS NOT ? OR {currency} IS NOT ?)"),
                        _ => format!(" AND {column} {operator} ? AND {currency} = ?"),
                    });
                    values.extend([value_of(value)?, money.currency.code().to_owned().into()]);
                }
                _ => {
                    condition.push_str(&format!(" AND {column} {operator} ?"));
                    values.push(value_of(value)?);
                }
            }
        }
        Ok((condition, values))
    }

    /// The column a field is compared and sorted by. Names come from the declaration, never from the caller's text.
    fn column(&self, kind: &Kind, field: &str) -> Result<String> {
        if let Some(common) = ["created_at", "updated_at"].into_iter().find(|c| *c == field) {
            return Ok(common.to_owned());
        }
        let column = kind.field(field).and_then(sort_column).ok_or_else(|| bad(kind, field))?;
        Ok(format!("\"{column}\""))
    }
}

fn bad(kind: &Kind, field: &str) -> Error {
    Error::BadQuery { kind: kind.name.to_owned(), field: field.chars().take(64).collect() }
}
