//! Query tables: one a kind, a cache of its documents with a column (or two, or three) a field. Lists, filters, search
//! and reports read nothing else.

use std::fmt::Write;

use rusqlite::types::{ToSqlOutput as Sql, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use sha2::{Digest, Sha256};

use super::search;
use crate::document::Projection;
use crate::model::{
    BookId, Defaults, Deletion, Field, FieldType, Fields, Heads, Kind, Money, Point, Record, RecordId, Time,
    Value,
};
use crate::{Error, Result};

/// Columns every query table begins with. No field may take one of these names.
pub(crate) const COMMON_COLUMNS: &[&str] = &[
    "doc",
    "id",
    "book",
    "created_by",
    "created_at",
    "updated_by",
    "updated_at",
    "deleted",
    "clashes",
    "heads",
    "newer",
];

/// Rises when rows must be projected anew though no declaration changed.
const FORM: u8 = 1;

/// The query table of a kind.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) kind: &'static Kind,
    pub(crate) name: String,
    pub(crate) fingerprint: Vec<u8>,
    create: String,
    insert: String,
    delete: String,
    /// `SELECT` of every column but `doc`, without a `WHERE`.
    pub(crate) select: String,
    /// The same, of one document.
    get: String,
    /// What a hit of a search shows of one document: its id, and `shown`.
    find: String,
    /// Fields that are searched, or that a record is called by.
    shown: Vec<&'static Field>,
}

impl Table {
    pub(crate) fn of(kind: &'static Kind) -> Self {
        let name = format!("record_{}", kind.name);
        let fields: Vec<(String, &str)> = kind.fields().flat_map(columns).collect();
        let names: Vec<&str> =
            COMMON_COLUMNS.iter().copied().chain(fields.iter().map(|(name, _)| name.as_str())).collect();
        let mut create = format!(
            "DROP TABLE IF EXISTS {name};
             CREATE TABLE {name} (
                doc INTEGER PRIMARY KEY, id BLOB NOT NULL, book BLOB NOT NULL,
                created_by BLOB, created_at INTEGER NOT NULL, updated_by BLOB, updated_at INTEGER NOT NULL,
                deleted TEXT, clashes INTEGER NOT NULL, heads BLOB NOT NULL, newer INTEGER NOT NULL"
        );
        for (column, of) in &fields {
            let _ = write!(create, ",\n\"{column}\" {of}");
        }
        create.push_str(") STRICT;\n");
        // An outside id is what an import looks records up by, once for each row.
        let own = [["outside_id"].as_slice()].into_iter().chain(kind.indexes.iter().copied());
        for (place, index) in own.enumerate() {
            let columns = index.iter().map(|f| format!("\"{f}\"")).collect::<Vec<_>>().join(", ");
            let filter = if place == 0 { " WHERE outside_id IS NOT NULL" } else { "" };
            let _ = writeln!(create, "CREATE INDEX {name}_{place} ON {name} ({columns}){filter};");
        }
        let list = names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>();
        let _ = writeln!(create, "CREATE INDEX {name}_clash ON {name} (clashes) WHERE clashes > 0;");
        let delete = format!("DELETE FROM {name} WHERE doc = ?1");
        let marks = vec!["?"; names.len()].join(", ");
        let insert = format!("INSERT INTO {name} ({}) VALUES ({marks})", list.join(", "));
        let select = format!("SELECT {} FROM {name}", list[1..].join(", "));
        let get = format!("{select} WHERE doc = ?1");
        let shown: Vec<&Field> =
            kind.fields().filter(|f| is_searched(f) || kind.title.contains(&f.name)).collect();
        let of_shown = shown.iter().flat_map(|field| columns(field)).map(|(name, _)| format!(", \"{name}\""));
        let find = format!("SELECT id{} FROM {name} WHERE doc = ?1", of_shown.collect::<String>());
        let searched: Vec<&str> = kind.fields().filter(|f| is_searched(f)).map(|f| f.name).collect();
        let fingerprint = Sha256::digest(format!("{FORM}\n{create}\n{}", searched.join(","))).to_vec();
        Self { kind, name, fingerprint, create, insert, delete, select, get, find, shown }
    }

    /// Makes the table afresh, empty.
    pub(crate) fn create(&self, db: &Connection) -> Result<()> {
        Ok(db.execute_batch(&self.create)?)
    }

    /// Writes the row of a document, in the place of the one it may have. Never `INSERT OR REPLACE`: SQLite opens a
    /// savepoint for it, at which FTS5 writes out all it holds; a bulk save took three times as long.
    pub(crate) fn put(
        &self,
        db: &Connection,
        doc: i64,
        id: RecordId,
        book: BookId,
        row: &Projection,
        replaces: bool,
    ) -> Result<()> {
        if replaces {
            db.prepare_cached(&self.delete)?.execute([doc])?;
        }
        let heads = row.heads.to_bytes();
        let mut values = vec![
            doc.into(),
            blob(id.as_bytes()),
            blob(book.as_bytes()),
            row.created_by.as_ref().map_or(NULL, |id| blob(id.as_bytes())),
            row.created_at.into(),
            row.updated_by.as_ref().map_or(NULL, |id| blob(id.as_bytes())),
            row.updated_at.into(),
            row.deleted.as_ref().map_or(NULL, |deleted| text(&deleted.reason)),
            i64::from(row.clashes).into(),
            blob(&heads),
            row.newer.into(),
        ];
        for field in self.kind.fields() {
            push(field, row.fields.get(field.name), &mut values);
        }
        db.prepare_cached(&self.insert)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// The record in a row of [`Self::select`].
    pub(crate) fn record(&self, row: &Row<'_>) -> Result<Record> {
        let mut fields = Vec::with_capacity(16);
        let mut column = COMMON_COLUMNS.len() - 1;
        for field in self.kind.fields() {
            if let Some(value) = read(field, row, &mut column)? {
                fields.push((field.name.to_owned(), value));
            }
        }
        Ok(Record {
            id: row.get(0)?,
            kind: self.kind.name,
            book: row.get(1)?,
            created_by: row.get(2)?,
            created_at: row.get(3)?,
            updated_by: row.get(4)?,
            updated_at: row.get(5)?,
            deleted: row.get::<_, Option<String>>(6)?.map(|reason| Deletion { reason }),
            clashes: row.get(7)?,
            heads: Heads::from_bytes(&row.get::<_, Vec<u8>>(8)?),
            fields: fields.into_iter().collect(),
        })
    }

    /// The record of a document, if it has a row.
    pub(crate) fn get(&self, db: &Connection, doc: i64) -> Result<Option<Record>> {
        let mut statement = db.prepare_cached(&self.get)?;
        let mut rows = statement.query([doc])?;
        rows.next()?.map(|row| self.record(row)).transpose()
    }

    /// A document's record, and what a list of hits shows of it: its searched fields and what it is called by.
    pub(crate) fn found(&self, db: &Connection, doc: i64) -> Result<Option<(RecordId, Fields)>> {
        let mut statement = db.prepare_cached(&self.find)?;
        let mut rows = statement.query([doc])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (mut fields, mut column) = (Vec::with_capacity(self.shown.len()), 1);
        for field in &self.shown {
            if let Some(value) = read(field, row, &mut column)? {
                fields.push((field.name.to_owned(), value));
            }
        }
        Ok(Some((row.get(0)?, fields.into_iter().collect())))
    }

    /// The version a document's row has, if it has one.
    pub(crate) fn heads(&self, db: &Connection, doc: i64) -> Result<Option<Heads>> {
        let mut statement = db.prepare_cached(&format!("SELECT heads FROM {} WHERE doc = ?1", self.name))?;
        let mut rows = statement.query([doc])?;
        let row = rows.next()?;
        Ok(row.map(|row| row.get::<_, Vec<u8>>(0)).transpose()?.map(|bytes| Heads::from_bytes(&bytes)))
    }

    /// The search entry of a record: nothing for a deleted one.
    pub(crate) fn search_entry(&self, fields: &Fields, deleted: bool) -> Option<String> {
        if deleted {
            return None;
        }
        let mut texts = Vec::new();
        for field in self.kind.fields().filter(|f| is_searched(f)) {
            if let Some(value) = fields.get(field.name) {
                searched_texts(field, value, &mut texts);
            }
        }
        search::index(texts)
    }
}

/// Every text of a record that search looks at, for showing where it was found.
pub(crate) fn searched<'a>(kind: &Kind, fields: &'a Fields) -> Vec<&'a str> {
    let mut texts = Vec::new();
    for field in kind.fields().filter(|f| is_searched(f)) {
        if let Some(value) = fields.get(field.name) {
            searched_texts(field, value, &mut texts);
        }
    }
    texts
}

fn is_searched(field: &Field) -> bool {
    field.searched || field.fields.iter().any(|f| f.searched)
}

fn searched_texts<'a>(field: &Field, value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) => texts.push(text),
        Value::Set(set) => texts.extend(set.iter().map(String::as_str)),
        Value::Map(map) => texts.extend(map.values().map(String::as_str)),
        Value::Items(items) => {
            for item in items {
                for inner in field.fields.iter().filter(|f| f.searched) {
                    texts.extend(item.fields.text(inner.name));
                }
            }
        }
        _ => {}
    }
}

/// The columns of a field and their types.
fn columns(field: &'static Field) -> Vec<(String, &'static str)> {
    let name = field.name;
    match field.of {
        FieldType::Integer | FieldType::Flag => vec![(name.to_owned(), "INTEGER")],
        FieldType::Money => vec![(name.to_owned(), "INTEGER"), (currency_column(name), "TEXT")],
        FieldType::Time => vec![(name.to_owned(), "INTEGER"), (format!("{name}_zone"), "TEXT")],
        FieldType::Point => vec![
            (format!("{name}_lat"), "REAL"),
            (format!("{name}_lon"), "REAL"),
            (format!("{name}_accuracy"), "REAL"),
        ],
        FieldType::Link | FieldType::Member => vec![(name.to_owned(), "BLOB")],
        // A day as text sorts like a day; collections are JSON.
        _ => vec![(name.to_owned(), "TEXT")],
    }
}

/// The column with the currency of an amount.
pub(crate) fn currency_column(field: &str) -> String {
    format!("{field}_currency")
}

/// The column by which a field is filtered and sorted, if it can be.
pub(crate) fn sort_column(field: &Field) -> Option<&'static str> {
    (!field.of.is_collection() && field.of != FieldType::Point).then_some(field.name)
}

const NULL: Sql<'static> = Sql::Owned(rusqlite::types::Value::Null);

fn text(text: &str) -> Sql<'_> {
    Sql::Borrowed(text.into())
}

fn blob(bytes: &[u8]) -> Sql<'_> {
    Sql::Borrowed(bytes.into())
}

/// A value as it stands in its [`sort_column`].
pub(crate) fn comparable(value: &Value) -> Option<Sql<'_>> {
    Some(match value {
        Value::Text(line) => text(line),
        Value::Integer(n) => (*n).into(),
        Value::Flag(yes) => (*yes).into(),
        Value::Money(money) => money.amount.into(),
        Value::Time(time) => time.at.into(),
        Value::Date(day) => day.to_string().into(),
        Value::Link(id) => blob(id.as_bytes()),
        Value::Member(id) => blob(id.as_bytes()),
        _ => return None,
    })
}

fn push<'a>(field: &Field, value: Option<&'a Value>, out: &mut Vec<Sql<'a>>) {
    match (field.of, value) {
        (FieldType::Money, Some(Value::Money(m))) => {
            out.extend([m.amount.into(), m.currency.code().to_owned().into()]);
        }
        (FieldType::Time, Some(Value::Time(t))) => out.extend([t.at.into(), text(&t.zone)]),
        (FieldType::Point, Some(Value::Point(p))) => {
            out.extend([p.lat.into(), p.lon.into(), p.accuracy.map_or(NULL, Into::into)]);
        }
        (FieldType::Money | FieldType::Time, _) => out.extend([NULL, NULL]),
        (FieldType::Point, _) => out.extend([NULL, NULL, NULL]),
        (of, Some(value)) if of.is_collection() => out.push(field.to_json(value).to_string().into()),
        (_, value) => out.push(value.and_then(comparable).unwrap_or(NULL)),
    }
}

fn read(field: &Field, row: &Row<'_>, column: &mut usize) -> Result<Option<Value>> {
    let first = *column;
    *column += match field.of {
        FieldType::Money | FieldType::Time => 2,
        FieldType::Point => 3,
        _ => 1,
    };
    if matches!(row.get_ref(first)?, ValueRef::Null) {
        return Ok(None);
    }
    let damaged = || Error::Corrupt { detail: format!("column {} of a query table", field.name) };
    Ok(Some(match field.of {
        FieldType::Line | FieldType::Text | FieldType::Choice => Value::Text(row.get(first)?),
        FieldType::Integer => Value::Integer(row.get(first)?),
        FieldType::Flag => Value::Flag(row.get(first)?),
        FieldType::Money => {
            let currency = row.get_ref(first + 1)?.as_str().ok().and_then(|c| c.parse().ok());
            Value::Money(Money::new(row.get(first)?, currency.ok_or_else(damaged)?))
        }
        FieldType::Time => Value::Time(Time { at: row.get(first)?, zone: row.get(first + 1)? }),
        FieldType::Date => {
            let day = row.get_ref(first)?.as_str().ok().and_then(|d| d.parse().ok());
            Value::Date(day.ok_or_else(damaged)?)
        }
        FieldType::Point => Value::Point(Point {
            lat: row.get(first)?,
            lon: row.get(first + 1)?,
            accuracy: row.get(first + 2)?,
        }),
        FieldType::Link => Value::Link(row.get(first)?),
        FieldType::Member => Value::Member(row.get(first)?),
        FieldType::Set => Value::Set(json(row, first).ok_or_else(damaged)?),
        FieldType::Map => Value::Map(json(row, first).ok_or_else(damaged)?),
        FieldType::Links | FieldType::Items => {
            let json = json(row, first);
            let value = json.and_then(|j| field.from_json(&j, &Defaults::default()).ok()).flatten();
            value.ok_or_else(damaged)?
        }
    }))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Option<T> {
    serde_json::from_str(row.get_ref(column).ok()?.as_str().ok()?).ok()
}
