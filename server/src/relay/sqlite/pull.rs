//! Finding what a device lacks: pages of entries and trays, whole documents, verdicts, receipts.

use std::collections::{BTreeMap, HashMap, HashSet};

use roadbook_core::model::{BookId, ChangeId, DeviceId, MemberId, RecordId};
use roadbook_core::wire::{
    BookPage, ChangeEntry, Chunk, Cursor, Digest, FailureCode, HeldEntry, Log, MovedEntry, PurgedEntry,
    Receipt, Receipts, Replaced, Snapshot, TrayClosed, TrayEntry, TrayPage, Verdict, WholeDocument, limits,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::storage::{Pull, Pulled, Result, Session, StorageError};
use super::logs::{BookRow, NUMBERS, at, book_of, digest_at, find_book, number_of, what};
use super::snapshots::{self, Standing};

/// What an entry weighs beside its chunk, in bytes of budget.
const WEIGHT: usize = 40;

struct Puller<'a> {
    db: &'a Connection,
    pull: &'a Pull,
    /// Readable books by key.
    keys: HashMap<i64, BookId>,
    cursors: HashMap<(BookId, Log), Cursor>,
    members: HashMap<MemberId, u16>,
    /// Snapshots by their document.
    snapshots: HashMap<i64, Option<Standing>>,
    /// The device lacks what only a snapshot has, and knows none.
    outdated: bool,
    left: usize,
    items: usize,
    out: Pulled,
}

pub(super) fn pull(db: &Connection, session: Session, pull: &Pull) -> Result<Pulled> {
    let mut books: Vec<BookRow> = Vec::with_capacity(pull.books.len());
    for book in &pull.books {
        books.extend(find_book(db, book.id)?);
    }
    let mut puller = Puller {
        db,
        pull,
        keys: books.iter().map(|row| (row.key, row.id)).collect(),
        cursors: pull.cursors.iter().map(|c| ((c.book, c.log), *c)).collect(),
        members: HashMap::new(),
        snapshots: HashMap::new(),
        outdated: false,
        left: pull.budget.clamp(1, limits::PAGE_MOST as usize),
        items: limits::ITEMS,
        out: Pulled::default(),
    };
    for cursor in &pull.ahead {
        let row = books.iter().find(|row| row.id == cursor.book);
        if let Some(row) = row
            && digest_at(db, row.key, cursor.log, cursor.number)? == Some(cursor.digest)
        {
            puller.cursors.insert((cursor.book, cursor.log), *cursor);
        }
    }
    puller.fetch()?;
    if !pull.only_documents {
        for row in &books {
            puller.page(row)?;
        }
        for (row, access) in books.iter().zip(&pull.books) {
            if access.reviews {
                puller.tray(row)?;
            }
        }
        puller.verdicts(session.device)?;
        puller.receipts(&books, session.member)?;
    }
    if puller.outdated {
        let detail = "records of this workspace are kept in a way that this app does not know: update it";
        return Err(StorageError::refused(FailureCode::UpgradeRequired, detail));
    }
    Ok(puller.out)
}

/// The id to send with a chunk: none with one that names itself, unless this disk no longer has it as it was pushed.
fn named(chunk: &Chunk, change: ChangeId) -> Option<ChangeId> {
    (chunk.plain_id() != Ok(change)).then_some(change)
}

impl Puller<'_> {
    fn member(&mut self, id: MemberId) -> u16 {
        *self.members.entry(id).or_insert_with(|| {
            self.out.members.push(id);
            (self.out.members.len() - 1) as u16
        })
    }

    /// Whether the budget is used up. The first entry of an answer is always served.
    fn full(&self) -> bool {
        self.left == 0 || self.items == 0
    }

    fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes + WEIGHT);
        self.items -= 1;
    }

    fn cursor(&self, book: BookId, log: Log) -> Cursor {
        self.cursors.get(&(book, log)).copied().unwrap_or(Cursor {
            book,
            log,
            number: 0,
            digest: Digest::ZERO,
        })
    }

    fn page(&mut self, row: &BookRow) -> rusqlite::Result<()> {
        let (head, _) = row.head(Log::Entries);
        let start = self.cursor(row.id, Log::Entries);
        if start.number >= head {
            return Ok(());
        }
        let mut page = BookPage {
            next: start,
            head,
            changes: Vec::new(),
            snapshots: Vec::new(),
            held: Vec::new(),
            moved: Vec::new(),
            purged: Vec::new(),
        };
        let mut statement = self.db.prepare_cached(
            "SELECT e.at, e.what, d.id, e.change, e.member, e.\"offset\", e.origin, e.moved, e.digest, e.chunk,
                e.folded, e.document
             FROM entry e LEFT JOIN document d ON d.key = e.document
             WHERE e.at > ?1 AND e.at <= ?2 ORDER BY e.at",
        )?;
        let mut rows = statement.query([at(row.key, start.number), at(row.key, head)])?;
        while let Some(entry) = rows.next()? {
            if self.full() {
                self.out.more = true;
                break;
            }
            let number = number_of(entry.get(0)?);
            match entry.get::<_, i64>(1)? {
                what::CHANGE => self.change(&mut page, number, entry)?,
                what::MOVED => self.moved(&mut page, number, &entry.get::<_, Vec<u8>>(9)?)?,
                what::PURGED => page.purged.push(PurgedEntry { number, document: entry.get(9)? }),
                _ => {}
            }
            page.next.number = number;
            page.next.digest = entry.get(8)?;
        }
        if page.next.number > start.number {
            self.out.pages.push(page);
        }
        Ok(())
    }

    fn change(
        &mut self,
        page: &mut BookPage,
        number: u64,
        entry: &rusqlite::Row<'_>,
    ) -> rusqlite::Result<()> {
        let (document, change): (RecordId, ChangeId) = (entry.get(2)?, entry.get(3)?);
        let pushed = self.pull.pushed.contains(&(document, change));
        if !pushed
            && let (Some(origin), Some(moved)) = (entry.get(6)?, entry.get(7)?)
            && self.holds(origin, moved)
        {
            page.held.push(HeldEntry { number, document, change });
            self.spend(0);
            return Ok(());
        }
        if self.pull.snapshots && entry.get::<_, Option<bool>>(10)?.is_some() {
            let (at, key) = (entry.get(0)?, entry.get(11)?);
            if let Some(standing) = self.standing(key)?.filter(|standing| standing.replaces.contains(&at)) {
                // Whoever has read up to here has what it replaces; whoever has not gets all of it, wherever they are.
                if at == standing.at {
                    let snapshot = self.snapshot(document, key, &standing)?;
                    page.snapshots.push(snapshot);
                }
                return Ok(());
            }
        }
        if pushed {
            return Ok(());
        }
        let Some(chunk) = self.kept(entry.get(9)?)? else { return Ok(()) };
        self.spend(chunk.0.len());
        let member = self.member(entry.get(4)?);
        let offset = entry.get(5)?;
        let change = named(&chunk, change);
        page.changes.push(ChangeEntry { number, document, member, offset, change, chunk });
        Ok(())
    }

    /// The bytes of a change. Only a snapshot may be left of it, which every device that knows snapshots is served.
    fn kept(&mut self, chunk: Option<Vec<u8>>) -> rusqlite::Result<Option<Chunk>> {
        if chunk.is_none() && self.pull.snapshots {
            return Err(rusqlite::Error::InvalidColumnType(
                9,
                "chunk".to_owned(),
                rusqlite::types::Type::Null,
            ));
        }
        self.outdated |= chunk.is_none();
        Ok(chunk.map(Chunk))
    }

    fn standing(&mut self, document: i64) -> rusqlite::Result<Option<Standing>> {
        if let Some(known) = self.snapshots.get(&document) {
            return Ok(known.clone());
        }
        let newest = snapshots::newest(self.db, document)?;
        self.snapshots.insert(document, newest.clone());
        Ok(newest)
    }

    fn snapshot(&mut self, id: RecordId, document: i64, standing: &Standing) -> rusqlite::Result<Snapshot> {
        let mut statement = self.db.prepare_cached("SELECT member, \"offset\" FROM entry WHERE at = ?1")?;
        let mut replaces = Vec::with_capacity(standing.replaces.len());
        for at in &standing.replaces {
            let (member, offset) = statement.query_row([at], |row| Ok((row.get(0)?, row.get(1)?)))?;
            replaces.push(Replaced { number: number_of(*at), member: self.member(member), offset });
        }
        let chunk = snapshots::chunk(self.db, document, standing.at)?;
        self.spend(chunk.0.len() + replaces.len());
        let (number, digest) = (number_of(standing.at), standing.digest);
        Ok(Snapshot { number, document: id, replaces, digest, chunk })
    }

    /// Says where documents are now, which may be further on than where they went then: the logs of the books on their
    /// way are read in no particular order.
    fn moved(&mut self, page: &mut BookPage, number: u64, ids: &[u8]) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached("SELECT book FROM document WHERE id = ?1")?;
        let mut by_book: BTreeMap<Option<BookId>, Vec<RecordId>> = BTreeMap::new();
        for document in ids.chunks_exact(16).filter_map(RecordId::from_slice) {
            let book: i64 = statement.query_row([document], |row| row.get(0))?;
            by_book.entry(self.keys.get(&book).copied()).or_default().push(document);
        }
        page.moved.extend(by_book.into_iter().map(|(to, documents)| MovedEntry { number, to, documents }));
        self.spend(ids.len());
        Ok(())
    }

    /// Whether the device has read the entry where it was and not yet that it moved away. Past that, it may have erased
    /// it meanwhile, and gets it again. A page that was cut between the two, after the move, misleads this: the device then
    /// asks for the whole document.
    fn holds(&self, origin: i64, moved: i64) -> bool {
        self.keys
            .get(&book_of(origin))
            .and_then(|book| self.cursors.get(&(*book, Log::Entries)))
            .is_some_and(|cursor| (number_of(origin)..number_of(moved)).contains(&cursor.number))
    }

    fn tray(&mut self, row: &BookRow) -> rusqlite::Result<()> {
        let (head, _) = row.head(Log::Tray);
        let start = self.cursor(row.id, Log::Tray);
        if start.number >= head {
            return Ok(());
        }
        let mut page = TrayPage { next: start, offered: Vec::new(), closed: Vec::new() };
        let mut statement = self.db.prepare_cached(
            "SELECT t.at, t.what, t.document, d.id, t.change, t.member, t.\"offset\", t.up_to, t.accepted,
                t.digest, t.chunk
             FROM tray t JOIN device d ON d.key = t.device
             WHERE t.at > ?1 AND t.at <= ?2 ORDER BY t.at",
        )?;
        let mut rows = statement.query([at(row.key, start.number), at(row.key, head)])?;
        while let Some(entry) = rows.next()? {
            if self.full() {
                self.out.more = true;
                break;
            }
            let number = number_of(entry.get(0)?);
            let (document, device): (RecordId, DeviceId) = (entry.get(2)?, entry.get(3)?);
            match entry.get::<_, i64>(1)? {
                what::OFFERED => {
                    let chunk = Chunk(entry.get(10)?);
                    self.spend(chunk.0.len());
                    let member = self.member(entry.get(5)?);
                    let change = named(&chunk, entry.get(4)?);
                    let offset = entry.get(6)?;
                    page.offered.push(TrayEntry { number, document, device, member, offset, change, chunk });
                }
                what::DECIDED => page.closed.push(TrayClosed {
                    number,
                    document,
                    device,
                    up_to: entry.get(7)?,
                    accepted: entry.get(8)?,
                    by: entry.get(5)?,
                }),
                _ => {}
            }
            page.next.number = number;
            page.next.digest = entry.get(9)?;
        }
        if page.next.number > start.number {
            self.out.trays.push(page);
        }
        Ok(())
    }

    fn fetch(&mut self) -> Result<()> {
        let mut asked = HashSet::new();
        for id in self.pull.fetch.iter().take(limits::FETCH).filter(|id| asked.insert(**id)) {
            if self.full() {
                self.out.more = true;
                break;
            }
            let size = self.size_of(*id)?;
            if size > limits::WHOLE {
                tracing::warn!(size, "a document is too large to be served whole");
                continue;
            }
            if size > self.left && !self.out.documents.is_empty() {
                self.out.more = true;
                break;
            }
            let document = self.whole(*id)?;
            self.out.documents.push(document);
        }
        Ok(())
    }

    fn size_of(&self, id: RecordId) -> rusqlite::Result<usize> {
        self.db
            .prepare_cached(
                "SELECT coalesce(sum(length(e.chunk)), 0) FROM entry e JOIN document d ON d.key = e.document
                 WHERE d.id = ?1 AND e.what = 0",
            )?
            .query_row([id], |row| row.get(0))
    }

    fn whole(&mut self, id: RecordId) -> rusqlite::Result<WholeDocument> {
        let found: Option<(i64, i64)> = self
            .db
            .prepare_cached("SELECT key, book FROM document WHERE id = ?1 AND purged = 0")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let readable = found.and_then(|(key, book)| Some((key, *self.keys.get(&book)?)));
        let Some((key, book)) = readable else {
            return Ok(WholeDocument { document: id, book: None, snapshot: None, changes: Vec::new() });
        };
        let gone = "SELECT EXISTS (SELECT 1 FROM entry WHERE document = ?1 AND what = 0 AND chunk IS NULL)";
        let gone: bool = self.db.prepare_cached(gone)?.query_row([key], |row| row.get(0))?;
        // The changes themselves as long as they are there: a snapshot may have been found bad.
        let standing = if gone && self.pull.snapshots { self.standing(key)? } else { None };
        let mut statement = self.db.prepare_cached(
            "SELECT at, change, member, \"offset\", chunk FROM entry WHERE document = ?1 AND what = 0 ORDER BY at",
        )?;
        let mut rows = statement.query([key])?;
        let mut changes = Vec::new();
        while let Some(entry) = rows.next()? {
            let at = entry.get(0)?;
            if standing.as_ref().is_some_and(|standing| standing.replaces.contains(&at)) {
                continue;
            }
            let Some(chunk) = self.kept(entry.get(4)?)? else { continue };
            self.left = self.left.saturating_sub(chunk.0.len() + WEIGHT);
            changes.push(ChangeEntry {
                number: number_of(at),
                document: id,
                member: self.member(entry.get(2)?),
                offset: entry.get(3)?,
                change: named(&chunk, entry.get(1)?),
                chunk,
            });
        }
        let snapshot = standing.map(|standing| self.snapshot(id, key, &standing)).transpose()?;
        Ok(WholeDocument { document: id, book: Some(book), snapshot, changes })
    }

    fn verdicts(&mut self, device: DeviceId) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT v.number, v.document, v.changes, v.accepted, v.by, v.at, v.reason, o.book FROM verdict v
             JOIN device d ON d.key = v.device LEFT JOIN document o ON o.id = v.document
             WHERE d.id = ?1 AND v.number > ?2 ORDER BY v.number",
        )?;
        let mut rows = statement.query(params![device, self.pull.verdicts_seen.min(NUMBERS)])?;
        while let Some(row) = rows.next()? {
            if self.full() {
                self.out.more = true;
                break;
            }
            let (changes, reason): (Vec<u8>, Option<Vec<u8>>) = (row.get(2)?, row.get(6)?);
            self.spend(changes.len() + reason.as_ref().map_or(0, Vec::len));
            self.out.verdicts.push(Verdict {
                number: row.get(0)?,
                document: row.get(1)?,
                changes: changes.chunks_exact(32).filter_map(ChangeId::from_slice).collect(),
                accepted: row.get(3)?,
                by: row.get(4)?,
                at: row.get(5)?,
                book: row.get::<_, Option<i64>>(7)?.and_then(|book| self.keys.get(&book).copied()),
                reason: reason.map(Chunk),
            });
        }
        Ok(())
    }

    fn receipts(&mut self, books: &[BookRow], me: MemberId) -> rusqlite::Result<()> {
        let mut list = Vec::new();
        let mut statement = self.db.prepare_cached(
            "SELECT member, number, at FROM receipt WHERE book = ?1 AND member <> ?2 ORDER BY member",
        )?;
        for book in books {
            let rows = statement.query_map(params![book.key, me], |row| {
                Ok(Receipt { book: book.id, member: row.get(0)?, number: row.get(1)?, at: row.get(2)? })
            })?;
            for receipt in rows {
                list.push(receipt?);
            }
        }
        let parts: Vec<Vec<u8>> = list
            .iter()
            .map(|receipt: &Receipt| {
                [&receipt.book.as_bytes()[..], receipt.member.as_bytes(), &receipt.number.to_be_bytes()]
                    .concat()
            })
            .collect();
        // Never zero, of none either: a device that has been told anything has one, until it begins anew.
        let digest = Digest::of(parts.iter().map(Vec::as_slice));
        if digest != self.pull.receipts {
            self.out.receipts = Some(Receipts { digest, list });
        }
        Ok(())
    }
}
