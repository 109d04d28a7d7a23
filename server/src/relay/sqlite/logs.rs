//! Books and their numbered logs inside one transaction.

use std::collections::HashMap;

use roadbook_core::model::{BookId, ChangeId, MemberId, RecordId};
use roadbook_core::wire::{Digest, Log};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::storage::{Result, Wakes};

/// Bits of `at` that hold the number; the book's key is above them.
const NUMBER_BITS: u32 = 40;

/// More entries than any log has.
pub(super) const NUMBERS: u64 = (1 << NUMBER_BITS) - 1;

/// Where an entry stands: its book's key and its number. A request may say any number; none reaches into another book.
pub(super) fn at(book: i64, number: u64) -> i64 {
    (book << NUMBER_BITS) | number.min(NUMBERS) as i64
}

pub(super) fn number_of(at: i64) -> u64 {
    (at & ((1 << NUMBER_BITS) - 1)) as u64
}

pub(super) fn book_of(at: i64) -> i64 {
    at >> NUMBER_BITS
}

/// What an entry is.
pub(super) mod what {
    pub(crate) const CHANGE: i64 = 0;
    pub(crate) const NOTHING: i64 = 1;
    pub(crate) const MOVED: i64 = 2;
    pub(crate) const PURGED: i64 = 3;
    /// In a tray.
    pub(crate) const OFFERED: i64 = 0;
    /// In a tray.
    pub(crate) const DECIDED: i64 = 2;
}

#[derive(Debug, Clone)]
pub(super) struct BookRow {
    pub(super) key: i64,
    pub(super) id: BookId,
    pub(super) workspace: i64,
    heads: [(u64, Digest); 2],
    dirty: bool,
}

impl BookRow {
    pub(super) fn head(&self, log: Log) -> (u64, Digest) {
        self.heads[log as usize]
    }
}

const SELECT: &str = "SELECT key, id, workspace, head, digest, tray_head, tray_digest FROM book";

fn book_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<BookRow> {
    Ok(BookRow {
        key: row.get(0)?,
        id: row.get(1)?,
        workspace: row.get(2)?,
        heads: [(row.get(3)?, row.get(4)?), (row.get(5)?, row.get(6)?)],
        dirty: false,
    })
}

pub(super) fn find_book(db: &Connection, id: BookId) -> Result<Option<BookRow>> {
    db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))
        .and_then(|mut s| s.query_row([id], book_row).optional())
        .map_err(Into::into)
}

/// A change to append.
#[derive(Debug)]
pub(super) struct NewEntry<'a> {
    pub(super) document: i64,
    pub(super) id: RecordId,
    pub(super) change: ChangeId,
    pub(super) member: MemberId,
    pub(super) device: i64,
    pub(super) offset: i32,
    /// Of a change that moved here: where it was, and where the entry that says so will be.
    pub(super) origin: Option<(i64, i64)>,
    /// A snapshot stood for it.
    pub(super) folded: bool,
    /// None where only a snapshot has it.
    pub(super) chunk: Option<&'a [u8]>,
}

/// A change to offer for review.
#[derive(Debug)]
pub(super) struct NewOffer<'a> {
    pub(super) document: RecordId,
    pub(super) root: RecordId,
    /// What the change hangs the record on, and in which order if it says so.
    pub(super) hung: RecordId,
    pub(super) rooted: Option<&'a [u8]>,
    pub(super) device: i64,
    pub(super) change: ChangeId,
    pub(super) member: MemberId,
    pub(super) offset: i32,
    pub(super) notice: Option<i64>,
    pub(super) chunk: &'a [u8],
}

/// The books a transaction works on, their heads kept here until [`Self::save`].
#[derive(Debug)]
pub(super) struct Logs<'a> {
    pub(super) db: &'a Connection,
    rows: HashMap<i64, BookRow>,
    keys: HashMap<BookId, i64>,
    pub(super) wakes: Wakes,
}

impl<'a> Logs<'a> {
    pub(super) fn new(db: &'a Connection) -> Self {
        Self { db, rows: HashMap::new(), keys: HashMap::new(), wakes: Wakes::default() }
    }

    pub(super) fn by_id(&mut self, id: BookId) -> Result<Option<&BookRow>> {
        if !self.keys.contains_key(&id) {
            let Some(row) = find_book(self.db, id)? else { return Ok(None) };
            self.keys.insert(id, row.key);
            self.rows.insert(row.key, row);
        }
        Ok(self.keys.get(&id).and_then(|key| self.rows.get(key)))
    }

    pub(super) fn by_key(&mut self, key: i64) -> Result<&mut BookRow> {
        if !self.rows.contains_key(&key) {
            let row = self
                .db
                .prepare_cached(&format!("{SELECT} WHERE key = ?1"))
                .and_then(|mut s| s.query_row([key], book_row))?;
            self.keys.insert(row.id, key);
            self.rows.insert(key, row);
        }
        self.rows.get_mut(&key).ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Takes the next number of a log.
    fn next(&mut self, book: i64, log: Log, named: &[&[u8]]) -> Result<(u64, Digest)> {
        let row = self.by_key(book)?;
        let (head, digest) = row.heads[log as usize];
        let number = head + 1;
        let bytes = number.to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![&bytes];
        parts.extend(named);
        let digest = digest.then(&parts);
        row.heads[log as usize] = (number, digest);
        row.dirty = true;
        let id = row.id;
        self.wakes.logs.insert((id, log));
        Ok((number, digest))
    }

    /// The number a log will give next.
    pub(super) fn upcoming(&mut self, book: i64) -> Result<u64> {
        Ok(self.by_key(book)?.heads[Log::Entries as usize].0 + 1)
    }

    pub(super) fn append(&mut self, book: i64, entry: &NewEntry<'_>) -> Result<u64> {
        let (number, digest) = self.next(
            book,
            Log::Entries,
            &[entry.id.as_bytes(), &entry.change.0, entry.chunk.unwrap_or_default()],
        )?;
        self.db
            .prepare_cached(
                "INSERT INTO entry (at, what, document, change, member, device, \"offset\", origin, moved, digest, chunk, folded)
                 VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )
            .and_then(|mut s| {
                s.execute(params![
                    at(book, number),
                    entry.document,
                    entry.change,
                    entry.member,
                    entry.device,
                    entry.offset,
                    entry.origin.map(|(origin, _)| origin),
                    entry.origin.map(|(_, moved)| moved),
                    digest,
                    entry.chunk,
                    entry.folded.then_some(1)
                ])
            })?;
        Ok(number)
    }

    /// Says in a book's log that documents went to another.
    pub(super) fn append_moved(&mut self, book: i64, to: i64, documents: &[u8]) -> Result<u64> {
        let (number, digest) = self.next(book, Log::Entries, &[b"moved", documents])?;
        self.db
            .prepare_cached("INSERT INTO entry (at, what, origin, digest, chunk) VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut s| s.execute(params![at(book, number), what::MOVED, to, digest, documents]))?;
        Ok(number)
    }

    /// Says in a book's log that a document is gone for good.
    pub(super) fn append_purged(&mut self, book: i64, document: RecordId) -> Result<u64> {
        let (number, digest) = self.next(book, Log::Entries, &[b"purged", document.as_bytes()])?;
        self.db
            .prepare_cached("INSERT INTO entry (at, what, digest, chunk) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| s.execute(params![at(book, number), what::PURGED, digest, document]))?;
        Ok(number)
    }

    pub(super) fn offer(&mut self, book: i64, offer: &NewOffer<'_>) -> Result<u64> {
        let (number, digest) =
            self.next(book, Log::Tray, &[offer.document.as_bytes(), &offer.change.0, offer.chunk])?;
        self.db
            .prepare_cached(
                "INSERT INTO tray (at, what, document, root, device, change, member, \"offset\", notice, digest, chunk,
                    hung, rooted)
                 VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )
            .and_then(|mut s| {
                s.execute(params![
                    at(book, number),
                    offer.document,
                    offer.root,
                    offer.device,
                    offer.change,
                    offer.member,
                    offer.offset,
                    offer.notice,
                    digest,
                    offer.chunk,
                    offer.hung,
                    offer.rooted
                ])
            })?;
        Ok(number)
    }

    /// Says in a tray that a chain is closed up to a number.
    pub(super) fn close(
        &mut self,
        book: i64,
        document: RecordId,
        device: i64,
        up_to: u64,
        accepted: bool,
        by: MemberId,
    ) -> Result<()> {
        let (number, digest) =
            self.next(book, Log::Tray, &[b"closed", document.as_bytes(), &up_to.to_be_bytes()])?;
        self.db
            .prepare_cached(
                "INSERT INTO tray (at, what, document, root, device, up_to, accepted, member, digest)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .and_then(|mut s| {
                s.execute(params![
                    at(book, number),
                    what::DECIDED,
                    document,
                    device,
                    up_to,
                    accepted,
                    by,
                    digest
                ])
            })?;
        Ok(())
    }

    /// Writes the heads back; the wakes that follow from all of it.
    pub(super) fn save(self) -> Result<Wakes> {
        for row in self.rows.values().filter(|row| row.dirty) {
            let [(head, digest), (tray_head, tray_digest)] = row.heads;
            self.db
                .prepare_cached(
                    "UPDATE book SET head = ?2, digest = ?3, tray_head = ?4, tray_digest = ?5 WHERE key = ?1",
                )
                .and_then(|mut s| s.execute(params![row.key, head, digest, tray_head, tray_digest]))?;
        }
        Ok(self.wakes)
    }
}

/// The running digest of a log after a number; `None` if the log has no such entry.
pub(super) fn digest_at(db: &Connection, book: i64, log: Log, number: u64) -> Result<Option<Digest>> {
    if number == 0 {
        return Ok(Some(Digest::ZERO));
    }
    let sql = match log {
        Log::Entries => "SELECT digest FROM entry WHERE at = ?1",
        Log::Tray => "SELECT digest FROM tray WHERE at = ?1",
    };
    db.prepare_cached(sql)
        .and_then(|mut s| s.query_row([at(book, number)], |row| row.get(0)).optional())
        .map_err(Into::into)
}
