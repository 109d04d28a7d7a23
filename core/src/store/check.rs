//! Checking a store against itself: every query row equals a fresh projection of its document, and what is derived from
//! rows equals what they give anew. [`Store::verify`] looks for damage of every kind besides.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Connection;

use super::{DocumentRow, Store, Touched, changes, document_row};
use crate::model::{ChangeId, Heads, RecordId};
use crate::wire::Chunk;
use crate::{Error, Result};

/// A row that does not say what it is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The record.
    pub record: RecordId,
    /// What disagrees: `missing` for a row that should be there, the part of it, or the table of what is derived.
    pub part: &'static str,
}

impl Store {
    /// Looks for damage in the file that reading need not stumble over: SQLite's own check of every page, every change
    /// against the hash that names it, every row against its document, every search entry against its row. Answers
    /// [`Error::Corrupt`] with the first it finds. Reads everything: seconds for ten thousand records. An app may call it
    /// after a crash, or once a week.
    pub fn verify(&self) -> Result<()> {
        let corrupt = |detail: String| Err(Error::Corrupt { detail });
        self.inner.read(|db| {
            let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return corrupt(found);
            }
            let mut statement = db.prepare("SELECT seq, hash, bytes FROM change WHERE length(bytes) > 0")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (hash, bytes): (ChangeId, _) =
                    (row.get(1)?, row.get_ref(2)?.as_blob().unwrap_or_default());
                let chunk = Chunk::plain(bytes);
                if chunk.plain_id() != Ok(hash) || chunk.change().as_deref() != Ok(bytes) {
                    return corrupt(format!("change {}", row.get::<_, i64>(0)?));
                }
            }
            self.verify_search(db)
        })?;
        match self.check()?.first() {
            Some(wrong) => corrupt(format!("{} of record {}", wrong.part, wrong.record)),
            None => Ok(()),
        }
    }

    /// Compares the index of search, entry by entry, with what the rows give, but for entries that are known to be stale. Both are
    /// summed up: no order, no memory.
    fn verify_search(&self, db: &Connection) -> Result<()> {
        let sum = |sum: &mut u64, term: &str, doc: i64, offset: i64| {
            let mut hasher = DefaultHasher::new();
            (term, doc, offset).hash(&mut hasher);
            *sum = sum.wrapping_add(hasher.finish());
        };
        let (mut indexed, mut expected) = (0, 0);
        db.execute_batch(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_instance USING fts5vocab(main, search, instance)",
        )?;
        let mut statement = db.prepare(
            "SELECT term, doc, offset FROM temp.search_instance WHERE doc NOT IN (SELECT doc FROM stale)",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            sum(&mut indexed, row.get_ref(0)?.as_str().unwrap_or_default(), row.get(1)?, row.get(2)?);
        }
        for kind in self.schema().kinds() {
            let table = self.inner.table(kind.name)?;
            let docs: Vec<i64> = {
                let sql = format!("SELECT doc FROM {} WHERE doc NOT IN (SELECT doc FROM stale)", table.name);
                let mut statement = db.prepare(&sql)?;
                statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
            };
            for doc in docs {
                let Some(record) = table.get(db, doc)? else { continue };
                let entry = table.search_entry(&record.fields, record.deleted.is_some()).unwrap_or_default();
                for (offset, term) in entry.split_whitespace().enumerate() {
                    sum(&mut expected, term, doc, offset as i64);
                }
            }
        }
        if indexed != expected {
            return Err(Error::Corrupt { detail: "the search index".to_owned() });
        }
        Ok(())
    }

    /// Compares every query row with a fresh projection of its document, and what the practice derived with what it
    /// derives from all rows anew. Empty when all is well. Reads everything: seconds for ten thousand records.
    pub fn check(&self) -> Result<Vec<Disagreement>> {
        let mut wrong = self.check_rows()?;
        // In a transaction that never commits.
        let ended = self.inner.connections.write(|tx, _| {
            for derive in &self.inner.derive {
                let (all, _) = self.inner.untouched(tx, derive.kinds(), 0, u32::MAX)?;
                let kept = derived(tx, derive.tables())?;
                derive
                    .tables()
                    .iter()
                    .try_for_each(|table| tx.execute_batch(&format!("DELETE FROM {table}")))?;
                let new: Vec<Touched> =
                    all.into_iter().map(|record| Touched { before: None, ..record }).collect();
                derive.derive(tx, &new)?;
                wrong.extend(
                    derived(tx, derive.tables())?
                        .symmetric_difference(&kept)
                        .map(|(part, record, _)| Disagreement { record: *record, part }),
                );
            }
            Err::<(), _>(Error::Cancelled)
        });
        match ended {
            Err(Error::Cancelled) => Ok(wrong),
            other => other.map(|()| wrong),
        }
    }

    fn check_rows(&self) -> Result<Vec<Disagreement>> {
        self.inner.read(|db| {
            let mut statement = db.prepare(
                "SELECT doc, id, kind, book, root, leaving FROM document
                 WHERE NOT EXISTS (SELECT 1 FROM lane WHERE lane.doc = document.doc) ORDER BY doc",
            )?;
            let mut found = statement.query([])?;
            let mut wrong = Vec::new();
            while let Some(row) = found.next()? {
                let row: DocumentRow = document_row(row)?;
                let Ok(table) = self.inner.table(&row.kind) else { continue };
                let mut note = |part| wrong.push(Disagreement { record: row.id, part });
                let projection = changes::project(db, &row, table.kind)?;
                let Some(record) = table.get(db, row.doc)? else {
                    // Nothing is left of a document whose every change was refused.
                    if !projection.heads.0.is_empty() {
                        note("missing");
                    }
                    continue;
                };
                let sorted = |heads: &Heads| {
                    let mut heads = heads.0.clone();
                    heads.sort();
                    heads
                };
                let parts = [
                    ("id", record.id == row.id),
                    ("fields", record.fields == projection.fields),
                    ("deleted", record.deleted == projection.deleted),
                    ("clashes", record.clashes == projection.clashes),
                    ("heads", sorted(&record.heads) == sorted(&projection.heads)),
                    ("book", record.book == row.book),
                    (
                        "created",
                        (record.created_by, record.created_at)
                            == (projection.created_by, projection.created_at),
                    ),
                    (
                        "updated",
                        (record.updated_by, record.updated_at)
                            == (projection.updated_by, projection.updated_at),
                    ),
                ];
                parts.iter().filter(|(_, equal)| !equal).for_each(|(part, _)| note(part));
            }
            Ok(wrong)
        })
    }
}

/// Every row of some tables: the table, the record in its first column, the whole row.
fn derived(
    db: &Connection,
    tables: &'static [&'static str],
) -> Result<BTreeSet<(&'static str, RecordId, String)>> {
    let mut all = BTreeSet::new();
    for table in tables {
        let mut statement = db.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let whole = (0..columns).map(|at| row.get_ref(at)).collect::<rusqlite::Result<Vec<_>>>()?;
            all.insert((*table, row.get(0)?, format!("{whole:?}")));
        }
    }
    Ok(all)
}
