//! What colleagues' devices confirmed: how far each has a book, and since when.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use rusqlite::{Connection, params};

use super::Writing;
use super::changes::State;
use super::ledger::Delivery;
use super::meta::{self, name};
use crate::Result;
use crate::model::{BookId, MemberId};
use crate::wire::Receipts;

/// Receipts that may come before those are looked for that say nothing any more, at least.
const MANY: i64 = 1_000;

impl Writing<'_> {
    /// Takes in how far everybody is.
    pub(super) fn apply_receipts(&self, receipts: &Receipts) -> Result<()> {
        meta::set(self.tx, name::RECEIPTS, receipts.digest)?;
        let mut insert = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO receipt (book, member, number, at) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for receipt in &receipts.list {
            insert.execute(params![receipt.book, receipt.member, receipt.number, receipt.at])?;
        }
        let kept = meta::get::<i64>(self.tx, name::RECEIPTS_KEPT)?.unwrap_or_default();
        if count(self.tx)? > kept.saturating_mul(2).saturating_add(MANY) {
            self.forget_receipts()?;
            meta::set(self.tx, name::RECEIPTS_KEPT, count(self.tx)?)?;
        }
        Ok(())
    }

    /// Forgets the receipts that are the first for no change of this device: nobody asks for them. A manager's device would have
    /// one more for every sync of every rep, for ever. The last of each colleague stays: it may be the first for a change of which
    /// the relay's answer was lost.
    fn forget_receipts(&self) -> Result<()> {
        let mut own: HashMap<BookId, BTreeSet<i64>> = HashMap::new();
        let mut statement = self.tx.prepare_cached(
            "SELECT d.book, c.number FROM change c JOIN document d ON d.doc = c.doc
             WHERE c.local = 1 AND c.state = ?1 AND c.number IS NOT NULL",
        )?;
        let mut rows = statement.query([State::Accepted as i64])?;
        while let Some(row) = rows.next()? {
            own.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        let mut statement = self
            .tx
            .prepare_cached("SELECT book, member, number FROM receipt ORDER BY book, member, number")?;
        let receipts: Vec<(BookId, MemberId, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut delete =
            self.tx.prepare_cached("DELETE FROM receipt WHERE book = ?1 AND member = ?2 AND number = ?3")?;
        for of_one in receipts.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let mut before = i64::MIN;
            for (book, member, number) in &of_one[..of_one.len() - 1] {
                let between = (Bound::Excluded(before), Bound::Included(*number));
                if own.get(book).is_none_or(|own| own.range(between).next().is_none()) {
                    delete.execute(params![book, member, number])?;
                }
                before = *number;
            }
        }
        Ok(())
    }
}

fn count(db: &Connection) -> Result<i64> {
    Ok(db.prepare_cached("SELECT count(*) FROM receipt")?.query_row([], |row| row.get(0))?)
}

/// When each colleague first had an entry of a book: their first receipt at or beyond its number.
pub(super) fn deliveries(db: &Connection, book: BookId, number: i64) -> Result<Vec<Delivery>> {
    let mut statement = db.prepare_cached(
        "SELECT member, min(at) FROM receipt WHERE book = ?1 AND number >= ?2 GROUP BY member ORDER BY 2",
    )?;
    let rows =
        statement.query_map(params![book, number], |r| Ok(Delivery { member: r.get(0)?, at: r.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
