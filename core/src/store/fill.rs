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
        self.leave_unknown()?;
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
        for (kind, _) in stale {
            loop {
                let (filled, more) = self.inner.fill_batch(kind)?;
                done += filled;
                if total > 0 {
                    progress(done, total);
                }
                if !more {
                    break;
                }
            }
        }
        Ok(())
    }
}

impl Store {
    /// Of kinds this build does not know, rows fall behind what comes meanwhile: a build that knows them fills their tables anew.
    fn leave_unknown(&self) -> Result<()> {
        let filled: Vec<String> = self.inner.read(|db| {
            let mut statement = db.prepare_cached("SELECT name FROM kind WHERE length(fingerprint) > 0")?;
            let names = statement.query_map([], |row| row.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })?;
        let unknown: Vec<String> =
            filled.into_iter().filter(|name| self.schema().kind(name).is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        self.inner.write(|w| {
            let mut leave = w.tx.prepare_cached("UPDATE kind SET fingerprint = x'' WHERE name = ?1")?;
            unknown.iter().try_for_each(|name| leave.execute([name]).map(|_| ()))?;
            Ok(())
        })
    }
}

impl Inner {
    fn begin_filling(&self, table: &Table) -> Result<()> {
        self.write(|w| {
            let sql = "SELECT EXISTS (SELECT 1 FROM kind WHERE name = ?1 AND fingerprint = ?2)";
            // Another process that opened the same store may have begun between the look and this transaction.
            if w.tx.query_row(sql, params![table.kind.name, table.fingerprint], |row| row.get(0))? {
                return Ok(());
            }
            table.create(w.tx)?;
            for entries in ["search WHERE rowid", "stale WHERE doc"] {
                let sql = format!("DELETE FROM {entries} IN (SELECT doc FROM document WHERE kind = ?1)");
                w.tx.execute(&sql, [table.kind.name])?;
            }
            w.tx.execute(
                "INSERT OR REPLACE INTO kind (name, fingerprint, filled_to) VALUES (?1, ?2, 0)",
                params![table.kind.name, table.fingerprint],
            )?;
            Ok(())
        })
    }

    /// Projects the next records of a kind. Says how many, and whether there are more. How far it is stands in the file:
    /// several processes may fill one store.
    fn fill_batch(&self, kind: &'static Kind) -> Result<(u64, bool)> {
        let table = self.table(kind.name)?;
        self.write(|w| {
            let sql = "SELECT filled_to FROM kind WHERE name = ?1";
            let Some(reached) = w.tx.query_row(sql, [kind.name], |row| row.get::<_, Option<i64>>(0))? else {
                return Ok((0, false));
            };
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
                    // Saved by another process meanwhile.
                    Ok(_) if table.get(w.tx, row.doc)?.is_some() => {}
                    Ok(projection) => {
                        // Of a kind it did not know, this device could not tell what a record hangs on.
                        w.hang(row, kind, &projection)?;
                        w.put_row(row, kind, None, projection)?;
                    }
                    Err(error) => {
                        tracing::error!(record = %row.id, %error, "a record could not be projected")
                    }
                }
            }
            let next = rows.last().map(|row| row.doc).filter(|_| rows.len() as u32 == BATCH);
            w.tx.execute("UPDATE kind SET filled_to = ?2 WHERE name = ?1", params![kind.name, next])?;
            Ok((rows.len() as u64, next.is_some()))
        })
    }
}
