//! Filling query tables from the documents, when a kind is new to this build or its declaration changed. In batches,
//! each a transaction with the place it reached, so that an app killed in the middle goes on where it was.

use rusqlite::{OptionalExtension, params};

use super::table::Table;
use super::{Inner, Store, changes, document_row};
use crate::Result;
use crate::model::Kind;

/// Records projected in one transaction.
const BATCH: u32 = 500;

impl Store {
    /// Brings every query table up to its declaration.
    pub(super) fn fill(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let mut stale = Vec::new();
        for kind in self.schema().kinds() {
            let table = self.inner.table(kind.name)?;
            let known: Option<(Vec<u8>, Option<i64>)> = self.inner.read(|db| {
                Ok(db
                    .prepare_cached("SELECT fingerprint, filled_to FROM kind WHERE name = ?1")?
                    .query_row([kind.name], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?)
            })?;
            match known {
                Some((fingerprint, None)) if fingerprint == table.fingerprint => {}
                Some((fingerprint, Some(reached))) if fingerprint == table.fingerprint => {
                    stale.push((kind, reached));
                }
                _ => {
                    self.inner.begin_filling(table)?;
                    stale.push((kind, 0));
                }
            }
        }
        let (mut done, mut total) = (0, 0);
        for (kind, reached) in &stale {
            total += self.inner.read(|db| {
                let sql = "SELECT count(*) FROM document WHERE kind = ?1 AND doc > ?2";
                Ok(db.query_row(sql, params![kind.name, reached], |row| row.get::<_, u64>(0))?)
            })?;
        }
        for (kind, mut reached) in stale {
            loop {
                let (filled, next) = self.inner.fill_batch(kind, reached)?;
                done += filled;
                if total > 0 {
                    progress(done, total);
                }
                match next {
                    Some(next) => reached = next,
                    None => break,
                }
            }
        }
        Ok(())
    }
}

impl Inner {
    fn begin_filling(&self, table: &Table) -> Result<()> {
        self.write(|w| {
            table.create(w.tx)?;
            w.tx.execute(
                "DELETE FROM search WHERE rowid IN (SELECT doc FROM document WHERE kind = ?1)",
                [table.kind.name],
            )?;
            w.tx.execute(
                "INSERT OR REPLACE INTO kind (name, fingerprint, filled_to) VALUES (?1, ?2, 0)",
                params![table.kind.name, table.fingerprint],
            )?;
            Ok(())
        })
    }

    /// Projects the next records of a kind. Says how many, and where to go on.
    fn fill_batch(&self, kind: &'static Kind, reached: i64) -> Result<(u64, Option<i64>)> {
        self.write(|w| {
            let rows = {
                let mut statement = w.tx.prepare_cached(
                    "SELECT doc, id, kind, book, root, leaving FROM document
                     WHERE kind = ?1 AND doc > ?2 ORDER BY doc LIMIT ?3",
                )?;
                let mut found = statement.query(params![kind.name, reached, BATCH])?;
                let mut rows = Vec::new();
                while let Some(row) = found.next()? {
                    rows.push(document_row(row)?);
                }
                rows
            };
            for row in &rows {
                // A document that cannot be read any more is left without a row; it is no reason not to open.
                match changes::project(w.tx, row, kind) {
                    // Nothing is left of it but what is kept for export.
                    Ok(projection) if projection.heads.0.is_empty() || w.is_hidden(row.doc)? => {}
                    Ok(projection) => w.put_row(row, kind, None, projection)?,
                    Err(error) => {
                        tracing::error!(record = %row.id, %error, "a record could not be projected")
                    }
                }
            }
            let next = rows.last().map(|row| row.doc).filter(|_| rows.len() as u32 == BATCH);
            w.tx.execute("UPDATE kind SET filled_to = ?2 WHERE name = ?1", params![kind.name, next])?;
            Ok((rows.len() as u64, next))
        })
    }
}
