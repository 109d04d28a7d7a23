//! Tidying the index of search while nobody waits, in small steps.
//!
//! FTS5 writes what a transaction indexes as a segment beside those there are, and merges sixteen of a level at once: behind many
//! records in one transaction it is one of the next saves that waits until all of them are merged. And what is deleted from the
//! index is only marked there, until its segment is merged. So after either the whole index is merged into one segment; and while
//! many records come, which ends in that, FTS5 merges nothing by itself.

use std::time::Duration;

use rusqlite::Transaction;

use super::meta::{self, name};
use super::{Store, Writing};
use crate::Result;

/// Search entries of one transaction that are worth it: fewer are merged within milliseconds by whoever saves next.
pub(super) const MANY: u32 = 500;

/// How often the index is lifted. Each time it takes four times as many saves until they have filled the levels below it, and FTS5
/// merges them with it: of 3,000 edits in 50,000 records the longest took 255 ms with one, 25 with two, and 10 with three.
const LIFTS: u32 = 3;

/// Begins to merge all there is on the level above the highest. Where all is on one level FTS5 would leave it there, so something
/// else is put on the lowest first; it goes with the merge.
const LIFT: &str = "INSERT INTO search (rowid, text) VALUES (0, '_');
    DELETE FROM search WHERE rowid = 0;
    INSERT INTO search (search, rank) VALUES ('merge', -1)";

/// Levels of two segments are merged too: one of three would keep FTS5 from going on with a merge of as many above it.
const PAIRS: &str = "INSERT INTO search (search, rank) VALUES ('usermerge', 2)";

/// Leaves merging to tidying, however many segments there come to be, each of which a search looks into: FTS5 refuses two thousand.
const LATER: &str = "INSERT INTO search (search, rank) VALUES ('automerge', 0);
    INSERT INTO search (search, rank) VALUES ('crisismerge', 256)";

/// FTS5 merges by itself again, as it does unless it is told otherwise. Not before all that waited is merged, or somebody's save would
/// go on with it.
const BY_ITSELF: &str = "INSERT INTO search (search, rank) VALUES ('automerge', 4);
    INSERT INTO search (search, rank) VALUES ('crisismerge', 16)";

/// How long the last step waits for whoever reads: who saves meanwhile waits as well.
const PATIENCE: Duration = Duration::from_millis(50);

/// Pages of 4 kB that a step writes.
const STEP: i64 = 64;

impl Store {
    /// One step of tidying, a transaction of some milliseconds: after many records came in one transaction, so that no save has to
    /// merge the index of search, or something was erased, of which nothing is to stay there. Says whether there is more to do. A
    /// [`Client`](crate::sync::Client) does it all after each sync.
    pub fn tidy(&self) -> Result<bool> {
        let (done, cut) = self.inner.read(|db| Ok((tidy(db)?, meta::get(db, name::CUT)? == Some(true))))?;
        if done != Some(true) {
            let more = self.inner.connections.write(|tx, _| {
                if tidy(tx)?.is_none() {
                    tx.execute_batch(PAIRS)?;
                    tx.execute_batch(LATER)?;
                    (0..LIFTS).try_for_each(|_| tx.execute_batch(LIFT))?;
                    meta::set(tx, name::TIDY, false)?;
                }
                let more = merge(tx)?;
                if !more {
                    tx.execute_batch(BY_ITSELF)?;
                    meta::set(tx, name::TIDY, true)?;
                }
                Ok(more)
            })?;
            if more {
                return Ok(true);
            }
        }
        // What was erased stands in the log until it is cut: after a later sync, if somebody reads now. Else it keeps its length,
        // which each commit that makes it longer has to write as well.
        if !cut && self.inner.connections.truncate_log(PATIENCE)? {
            self.inner.connections.write(|tx, _| match tidy(tx)? {
                Some(true) => meta::set(tx, name::CUT, true),
                // There is something new to tidy.
                _ => Ok(()),
            })?;
        }
        Ok(false)
    }

    /// Leaves nothing of what was erased. That is committed whatever comes of this, which is gone on with after the next sync.
    pub(super) fn leave_no_trace(&self) {
        let all = || -> Result<()> {
            while self.tidy()? {}
            Ok(())
        };
        if let Err(error) = all() {
            tracing::warn!(%error, "the index of search still holds what was erased");
        }
    }
}

impl Writing<'_> {
    /// Called once a transaction has written many search entries.
    pub(super) fn merge_later(&self) -> Result<()> {
        let later = "SELECT EXISTS (SELECT 1 FROM search_config WHERE k = 'automerge' AND v = 0)";
        if !self.tx.query_row(later, [], |row| row.get::<_, bool>(0))? {
            self.tx.execute_batch(LATER)?;
        }
        Ok(())
    }

    pub(super) fn note_untidy(&self) -> Result<()> {
        if self.erased {
            meta::clear(self.tx, name::CUT)?;
        }
        if self.erased || self.indexed >= MANY {
            meta::clear(self.tx, name::TIDY)?;
        }
        Ok(())
    }
}

fn tidy(db: &rusqlite::Connection) -> Result<Option<bool>> {
    meta::get(db, name::TIDY)
}

/// Goes on with it. Says whether there is more.
fn merge(tx: &Transaction<'_>) -> Result<bool> {
    let before = tx.total_changes();
    tx.prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?.execute([STEP])?;
    // Every page is a row. Unless there were as many as it may write, nothing is left.
    Ok(tx.total_changes() - before >= STEP as u64)
}
