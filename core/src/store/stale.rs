//! Search entries of edited records, written some at a time.
//!
//! Of the pages that the commit of an edit writes, FTS5 writes two in five, and merges what it wrote sixteen commits later. So an
//! edit only notes that its record's entry is stale; one in so many writes them all. Until then search looks at the rows of these
//! few records themselves. `docs/decisions/0015-search-entries-some-at-a-time.md` has the figures.

use rusqlite::Connection;

use super::table::searched;
use super::{Inner, Writing, search};
use crate::Result;

/// Records of a transaction whose entries wait: of more it writes them itself, as it is long anyway.
pub(super) const FEW: usize = 4;

/// Entries that wait at most. A search reads as many rows.
const MOST: usize = 16;

impl Writing<'_> {
    /// Leaves the search entry of a record to a later edit.
    pub(super) fn put_search_later(&mut self, doc: i64) -> Result<()> {
        self.tx.prepare_cached("INSERT OR IGNORE INTO stale (doc) VALUES (?1)")?.execute([doc])?;
        let waiting = stale(self.tx)?;
        if waiting.len() > MOST {
            for (doc, kind) in waiting {
                let table = self.inner.table(&kind)?;
                let record = table.get(self.tx, doc)?;
                let entry = record.and_then(|r| table.search_entry(&r.fields, r.deleted.is_some()));
                self.put_search(doc, entry, true)?;
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Records of which the index says nothing, and that a text finds as they are: with their kinds, newest on this device first.
    pub(super) fn found_stale(&self, db: &Connection, text: &str) -> Result<Vec<(i64, String)>> {
        let mut found = Vec::new();
        for (doc, kind) in stale(db)? {
            let Ok(table) = self.table(&kind) else { continue };
            let record = table.get(db, doc)?.filter(|record| record.deleted.is_none());
            if record.is_some_and(|record| search::finds(text, searched(table.kind, &record.fields))) {
                found.push((doc, kind));
            }
        }
        Ok(found)
    }
}

/// The records whose entries wait, newest on this device first.
fn stale(db: &Connection) -> Result<Vec<(i64, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT s.doc, d.kind FROM stale s JOIN document d ON d.doc = s.doc ORDER BY s.doc DESC",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
