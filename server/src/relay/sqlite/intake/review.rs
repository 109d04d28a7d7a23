//! Decisions on what waits in a tray.

use roadbook_core::model::{ChangeId, DeviceId, MemberId, RecordId};
use roadbook_core::wire::{Chunk, Decided, Decision, Notice};
use rusqlite::{OptionalExtension, params};

use super::super::super::storage::Result;
use super::super::VERDICTS_GAP;
use super::super::logs::{NewEntry, at, book_of, number_of, what};
use super::{Intake, NUMBERS, moves};

impl Intake<'_> {
    pub(super) fn decide(&mut self, decision: &Decision) -> Result<Decided> {
        let Some(book) =
            self.logs.by_id(decision.book)?.filter(|row| row.workspace == self.workspace).map(|row| row.key)
        else {
            return Ok(Decided::Forbidden);
        };
        let reviews = self.org.right(self.session.member, decision.book, self.now).is_some_and(|(_, r)| r);
        if !reviews {
            return Ok(Decided::Forbidden);
        }
        let author: Option<(i64, DeviceId)> = self
            .db
            .query_row("SELECT key, id FROM device WHERE id = ?1", [decision.device], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((author, author_id)) = author else { return Ok(Decided::NothingOpen) };
        let document = self.document(decision.document)?;
        let purged = document.as_ref().is_some_and(|row| row.purged || row.workspace != self.workspace);
        let accept = decision.accept && !purged;
        if self.chain(book, author, decision.document, decision.up_to)?.is_empty() {
            return Ok(Decided::NothingOpen);
        }
        // What came later builds on what is refused, and goes with it.
        let up_to = if accept { decision.up_to } else { NUMBERS };
        let chain = self.chain(book, author, decision.document, up_to)?;
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
            return Ok(Decided::NothingOpen);
        };
        let up_to = number_of(last.at);
        // Devices that give back what a restored relay lost may offer the same change: what was accepted from one is not
        // refused to the other.
        let mut taken: Vec<ChangeId> = Vec::new();
        if let Some(row) = &document {
            for offer in &chain {
                if self.stored(row.key, offer.change, &offer.chunk)?.is_some() {
                    taken.push(offer.change);
                }
            }
        }
        // The record came to a book of which this is not the reviewer: whoever is shall decide.
        if accept
            && let Some(row) = &document
            && row.book != book
            && !self.writes(row.book)?
        {
            moves::pass_on(self.db, &mut self.logs, book, row.book, decision.document, author)?;
            return Ok(Decided::Done);
        }
        if accept {
            let row = match document {
                Some(row) => row,
                None => self.create(decision.document, book, first.hung)?,
            };
            for offer in &chain {
                if !taken.contains(&offer.change) {
                    self.logs.append(
                        row.book,
                        &NewEntry {
                            document: row.key,
                            id: decision.document,
                            change: offer.change,
                            member: offer.member,
                            device: author,
                            offset: offer.offset,
                            origin: None,
                            folded: false,
                            chunk: Some(&offer.chunk.0),
                        },
                    )?;
                }
                if let Some(order) = &offer.rooted {
                    self.hang(decision.document, offer.hung, Some(order))?;
                }
                self.notice(row.key, offer.notice)?;
            }
            taken = chain.iter().map(|offer| offer.change).collect();
        }
        let refused: Vec<ChangeId> =
            chain.iter().map(|offer| offer.change).filter(|change| !taken.contains(change)).collect();
        for offer in &chain {
            self.db.execute(
                "UPDATE tray SET what = ?2, chunk = NULL WHERE at = ?1",
                params![offer.at, what::NOTHING],
            )?;
        }
        for change in &refused {
            self.refuse(author, decision.document, *change)?;
        }
        self.logs.close(book, decision.document, author, up_to, accept, self.session.member)?;
        for (changes, accepted) in [(taken, true), (refused, false)] {
            if !changes.is_empty() {
                self.verdict(author, decision, &changes, accepted)?;
            }
        }
        self.logs.wakes.devices.insert(author_id);
        Ok(Decided::Done)
    }

    fn verdict(&self, device: i64, decision: &Decision, changes: &[ChangeId], accepted: bool) -> Result<()> {
        let changes: Vec<u8> = changes.iter().flat_map(|change| change.0).collect();
        self.db.execute(
            "UPDATE device SET verdicts = iif(verdicts < ?2, verdicts + 1, max(verdicts + 1, ?3)) WHERE key = ?1",
            [device, VERDICTS_GAP, self.now.div_euclid(1000)],
        )?;
        self.db.execute(
            "INSERT INTO verdict (device, number, document, changes, accepted, by, reason, at)
                 SELECT key, verdicts, ?2, ?3, ?4, ?5, ?6, ?7 FROM device WHERE key = ?1",
            params![
                device,
                decision.document,
                changes,
                accepted,
                self.session.member,
                decision.reason.as_ref().map(|reason| &reason.0),
                self.now
            ],
        )?;
        Ok(())
    }

    fn chain(&self, book: i64, author: i64, document: RecordId, up_to: u64) -> Result<Vec<Offer>> {
        let read = || {
            let mut statement = self.db.prepare_cached(
                "SELECT at, coalesce(hung, root), change, member, \"offset\", notice, chunk, rooted FROM tray
                 WHERE device = ?1 AND document = ?2 AND what = 0 AND at BETWEEN ?3 AND ?4 ORDER BY at",
            )?;
            let range = (at(book, 0), at(book, up_to));
            let rows = statement.query_map(params![author, document, range.0, range.1], |row| {
                Ok(Offer {
                    at: row.get(0)?,
                    hung: row.get(1)?,
                    change: row.get(2)?,
                    member: row.get(3)?,
                    offset: row.get(4)?,
                    notice: match row.get::<_, Option<i64>>(5)? {
                        Some(1) => Some(Notice::Delete),
                        Some(_) => Some(Notice::Restore),
                        None => None,
                    },
                    chunk: Chunk(row.get(6)?),
                    rooted: row.get(7)?,
                })
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        Ok(read()?)
    }
}

struct Offer {
    at: i64,
    hung: RecordId,
    change: ChangeId,
    member: MemberId,
    offset: i32,
    notice: Option<Notice>,
    chunk: Chunk,
    rooted: Option<Vec<u8>>,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Offer({} in book {})", number_of(self.at), book_of(self.at))
    }
}
