//! Checking a store against itself: every query row equals a fresh projection of its document.

use super::{DocumentRow, Store, changes, document_row};
use crate::Result;
use crate::model::{Heads, RecordId};

/// A query row that does not say what its document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The record.
    pub record: RecordId,
    /// What disagrees: `missing` for a row that should be there, or the part of it.
    pub part: &'static str,
}

impl Store {
    /// Compares every query row with a fresh projection of its document. Empty when all is well. Reads everything:
    /// seconds for ten thousand records.
    pub fn check(&self) -> Result<Vec<Disagreement>> {
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
