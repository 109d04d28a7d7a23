//! Checking a store against itself: every query row equals a fresh projection of its document, and what is derived from
//! rows equals what they give anew.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{DocumentRow, Store, Touched, changes, document_row};
use crate::model::{Heads, RecordId};
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
