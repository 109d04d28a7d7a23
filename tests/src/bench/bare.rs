//! The bare side: what the same work costs SQLite alone.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value as Json};

use crate::workload;

/// The bare database: the store's own tables and rows, nothing around them.
pub(super) struct Bare {
    db: Connection,
    /// In the order the store made them.
    pub(super) rows: Vec<BareRow>,
    inserts: Vec<String>,
    deletes: Vec<String>,
}

/// What is inserted for one record.
pub(super) struct BareRow {
    doc: i64,
    /// Its place among the insert statements, and its values: the query row, and what else is asked for.
    parts: Vec<(usize, Vec<Sql>)>,
    /// What search finds.
    text: String,
}

impl Bare {
    /// With the query rows of the store, their indexes and search entries, and the rows of these tables besides.
    pub(super) fn like(store: &Path, records: &[Map<String, Json>], folder: &Path, besides: &[&str]) -> Self {
        let from = Connection::open(store.join("roadbook.sqlite")).unwrap();
        let db = Connection::open(folder.join("bare.sqlite")).unwrap();
        db.pragma_update(None, "journal_mode", "wal").unwrap();
        db.pragma_update(None, "synchronous", "full").unwrap();
        let tables: Vec<String> = workload::KINDS
            .iter()
            .map(|kind| format!("record_{}", kind.name))
            .chain(besides.iter().copied().chain(["search"]).map(str::to_owned))
            .collect();
        for table in &tables {
            let sql =
                "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY type DESC";
            let mut statement = from.prepare(sql).unwrap();
            let all: Vec<String> =
                statement.query_map([table], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
            all.iter().for_each(|sql| db.execute_batch(sql).unwrap());
        }
        let mut rows: BTreeMap<i64, BareRow> = BTreeMap::new();
        let (mut inserts, mut deletes) = (Vec::new(), Vec::new());
        for (at, table) in tables[..tables.len() - 1].iter().enumerate() {
            let mut statement = from.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            inserts.push(format!("INSERT INTO {table} VALUES ({})", vec!["?"; columns].join(", ")));
            deletes.push(format!("DELETE FROM {table} WHERE doc = ?1"));
            let mut found = statement.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                let values: Vec<Sql> = (0..columns).map(|i| row.get(i).unwrap()).collect();
                let doc = row.get("doc").unwrap();
                rows.entry(doc)
                    .or_insert(BareRow { doc, parts: Vec::new(), text: String::new() })
                    .parts
                    .push((at, values));
            }
        }
        let mut rows: Vec<BareRow> = rows.into_values().collect();
        for (row, record) in rows.iter_mut().zip(records) {
            row.text = pairs(record);
        }
        Self { db, rows, inserts, deletes }
    }

    fn insert(&self, row: &BareRow) {
        for (at, values) in &row.parts {
            self.db.prepare_cached(&self.inserts[*at]).unwrap().execute(params_from_iter(values)).unwrap();
        }
        let search = "INSERT INTO search (rowid, text) VALUES (?1, ?2)";
        self.db.prepare_cached(search).unwrap().execute((row.doc, &row.text)).unwrap();
    }

    pub(super) fn bulk(&self, rows: &[BareRow]) {
        self.committed(|| rows.iter().for_each(|row| self.insert(row)));
    }

    /// Writes a record that is there anew.
    pub(super) fn replace(&self, row: &BareRow) {
        self.committed(|| {
            let deletes = row.parts.iter().map(|(at, _)| self.deletes[*at].as_str());
            for delete in deletes.chain(["DELETE FROM search WHERE rowid = ?1"]) {
                self.db.prepare_cached(delete).unwrap().execute([row.doc]).unwrap();
            }
            self.insert(row);
        });
    }

    fn committed(&self, work: impl FnOnce()) {
        self.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        work();
        self.db.execute_batch("COMMIT").unwrap();
    }
}

/// The searched texts of a record as overlapping pairs of characters, as the store indexes them.
fn pairs(record: &Map<String, Json>) -> String {
    let searched =
        ["name", "phone", "outcome", "attendees", "notes", "next_action", "item", "recipient", "title"];
    let mut all = String::from("_");
    for name in searched {
        match record.get(name) {
            Some(Json::String(text)) => all.push_str(text),
            Some(Json::Array(names)) => names.iter().for_each(|name| all.push_str(name.as_str().unwrap())),
            _ => continue,
        }
        all.push('_');
    }
    let chars: Vec<char> =
        all.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    chars.windows(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
