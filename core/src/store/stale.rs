//! Search entries of edited records, written some at a time.
//!
//! Of the pages that the commit of an edit writes, FTS5 writes two in five, and merges what it wrote sixteen commits later. So an
//! edit only notes that its record's entry is stale; one in so many writes them all. Until then search looks at the rows of these
//! few records themselves. `docs/decisions/0015-search-entries-some-at-a-time.md` has the figures.

use rusqlite::Connection;

use super::table::{Table, searched};
use super::{Inner, Writing, search};
use crate::{Error, Result};

/// Records of a transaction whose entries wait: of more it writes them itself, as it is long anyway.
pub(super) const FEW: usize = 4;

/// Entries that wait at most. A search reads as many rows.
const MOST: usize = 16;

impl Writing<'_> {
    /// Leaves the search entry of a record to a later edit.
    pub(super) fn put_search_later(&mut self, doc: i64) -> Result<()> {
        self.tx.prepare_cached("INSERT OR IGNORE INTO stale (doc) VALUES (?1)")?.execute([doc])?;
        let waiting = self.inner.stale(self.tx)?;
        if waiting.len() > MOST {
            for (doc, table) in waiting {
                let record = match table.get(self.tx, doc) {
                    // The damage of one record is no reason not to save another: its entry waits on.
                    Err(Error::Corrupt { detail }) => {
                        tracing::warn!(detail, "a search entry is not written");
                        continue;
                    }
                    record => record?,
                };
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
        for (doc, table) in self.stale(db)? {
            let record = table.get(db, doc)?.filter(|record| record.deleted.is_none());
            if record.is_some_and(|record| search::finds(text, searched(table.kind, &record.fields))) {
                found.push((doc, table.kind.name.to_owned()));
            }
        }
        Ok(found)
    }

    /// The records whose entries wait, newest on this device first. Those of a kind that this build does not know wait for one that
    /// does.
    fn stale(&self, db: &Connection) -> Result<Vec<(i64, &Table)>> {
        let mut statement = db.prepare_cached(
            "SELECT s.doc, d.kind FROM stale s JOIN document d ON d.doc = s.doc ORDER BY s.doc DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut stale = Vec::new();
        while let Some(row) = rows.next()? {
            if let Ok(table) = self.table(row.get_ref(1)?.as_str().unwrap_or_default()) {
                stale.push((row.get(0)?, table));
            }
        }
        Ok(stale)
    }
}
