//! Books and members as the relay last told them, and letting go of what is no longer shared.

use std::collections::HashSet;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::changes::State;
use super::meta::{self, name};
use super::observe::ChangeSet;
use super::recent::Recent;
use super::{BATCH, DocumentRow, Store, Touched, Writing, document_row};
use crate::model::{BookId, MemberId};
use crate::wire::{Access, MemberInfo, Right, Role};
use crate::{Error, Result};

/// A book that this member may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Book {
    /// The book.
    pub id: BookId,
    /// Its name.
    pub name: String,
    /// Its owner; none for the workspace's common book.
    pub owner: Option<MemberId>,
    /// What this member may do in it.
    pub right: Right,
    /// Whether it is the workspace's common book.
    pub common: bool,
    /// Whether this member decides on its review tray.
    pub reviews: bool,
    /// Access is gone; it is erased once unsent work is in the tray.
    pub leaving: bool,
}

impl Store {
    /// The books this member may read, and those that are going. Which of them this device holds: [`Self::subscription`].
    pub fn books(&self) -> Result<Vec<Book>> {
        self.inner.read(books)
    }

    /// The members this member shares a book with, and themself.
    pub fn members(&self) -> Result<Vec<MemberInfo>> {
        self.inner.read(|db| {
            let mut statement =
                db.prepare_cached("SELECT id, name, role, reports_to FROM member ORDER BY name, id")?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?)))?;
            rows.map(|row| {
                let (id, name, role, reports_to) = row?;
                Ok(MemberInfo { id, name, role: role_of(&role)?, reports_to })
            })
            .collect()
        })
    }
}

pub(super) fn subscription(db: &Connection) -> Result<Option<Vec<BookId>>> {
    let chosen: Option<Vec<u8>> = meta::get(db, name::ONLY)?;
    Ok(chosen.map(|bytes| bytes.chunks_exact(16).filter_map(BookId::from_slice).collect()))
}

pub(super) fn books(db: &Connection) -> Result<Vec<Book>> {
    let mut statement = db.prepare_cached(
        "SELECT id, name, owner, \"right\", common, reviews, leaving FROM book ORDER BY name, id",
    )?;
    let mut rows = statement.query([])?;
    let mut books = Vec::new();
    while let Some(row) = rows.next()? {
        books.push(Book {
            id: row.get(0)?,
            name: row.get(1)?,
            owner: row.get(2)?,
            right: match row.get_ref(3)?.as_str().unwrap_or_default() {
                "owner" => Right::Owner,
                "editor" => Right::Editor,
                _ => Right::Reader,
            },
            common: row.get(4)?,
            reviews: row.get(5)?,
            leaving: row.get(6)?,
        });
    }
    Ok(books)
}

impl Store {
    /// The books this device holds of those it may read; `None`: all of them, also those shared with it later.
    pub fn subscription(&self) -> Result<Option<Vec<BookId>>> {
        self.inner.read(subscription)
    }

    /// Chooses the books this device holds of those it may read; `None`: all of them. What it holds no longer is erased with the
    /// next sync, once the relay has it all; so is what is written in a book that is not chosen, or moves to one. A book that is
    /// chosen again comes whole with the next syncs.
    pub fn subscribe(&self, books: Option<&[BookId]>) -> Result<()> {
        self.inner.write(|w| {
            let before = subscription(w.tx)?;
            match books {
                Some(chosen) => {
                    let bytes: Vec<u8> = chosen.iter().flat_map(|book| *book.as_bytes()).collect();
                    meta::set(w.tx, name::ONLY, bytes)?;
                }
                None => meta::clear(w.tx, name::ONLY)?,
            }
            for book in self::books(w.tx)? {
                if books.is_none_or(|chosen| chosen.contains(&book.id)) {
                    // In a book that was read all along, a record that goes has moved away. Of the others the log, read from
                    // its beginning, will tell.
                    if before.as_ref().is_some_and(|before| !before.contains(&book.id)) {
                        w.stay(book.id)?;
                    }
                } else {
                    w.tx.execute("UPDATE document SET leaving = 1 WHERE book = ?1", [book.id])?;
                    w.tx.execute("UPDATE book SET head = 0 WHERE id = ?1", [book.id])?;
                    w.tx.execute("DELETE FROM cursor WHERE book = ?1", [book.id])?;
                }
            }
            // There is something to fetch, or to hand in before it goes.
            (w.events.access, w.events.unsent) = (true, true);
            Ok(())
        })
    }
}

fn right_name(right: Right) -> &'static str {
    match right {
        Right::Reader => "reader",
        Right::Editor => "editor",
        Right::Owner => "owner",
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Rep => "rep",
        Role::Support => "support",
        Role::Manager => "manager",
        Role::Director => "director",
        Role::Finance => "finance",
        Role::Admin => "admin",
    }
}

fn role_of(name: &str) -> Result<Role> {
    [Role::Rep, Role::Support, Role::Manager, Role::Director, Role::Finance, Role::Admin]
        .into_iter()
        .find(|role| role_name(*role) == name)
        .ok_or_else(|| Error::Corrupt { detail: "a member has an unknown role".to_owned() })
}

impl Writing<'_> {
    /// Takes over what this member may see now. Books that went are marked; [`Self::let_go`] erases them in time. Says which
    /// came back while some of them was still here: these are read again from the beginning, as the rest of them is erased.
    pub(super) fn apply_access(&mut self, access: &Access) -> Result<HashSet<BookId>> {
        let tx = self.tx;
        meta::set(tx, name::ACCESS, access.digest)?;
        meta::set(tx, name::WORKSPACE, access.workspace)?;
        meta::set(tx, name::WORKSPACE_NAME, &access.workspace_name)?;
        meta::set(tx, name::MEMBER, access.member)?;
        tx.execute("DELETE FROM member", [])?;
        for member in &access.members {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO member (id, name, role, reports_to) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                member.id,
                member.name,
                role_name(member.role),
                member.reports_to
            ])?;
        }
        let mut returned: HashSet<BookId> = tx
            .prepare_cached("SELECT id FROM book WHERE leaving = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        returned.retain(|leaving| access.books.iter().any(|book| book.id == *leaving));
        tx.execute("UPDATE book SET leaving = 1", [])?;
        for book in &access.books {
            if returned.contains(&book.id) {
                tx.execute("DELETE FROM cursor WHERE book = ?1", [book.id])?;
            }
            // Who writes here from now on may give back what a restored relay lacks: as if the log had been read again.
            tx.prepare_cached(
                "INSERT INTO book (id, name, owner, \"right\", common, reviews) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, owner = ?3, \"right\" = ?4, common = ?5, reviews = ?6,
                    leaving = 0, rereading = rereading OR (\"right\" = 'reader' AND ?4 <> 'reader' AND EXISTS
                        (SELECT 1 FROM document d JOIN change c ON c.doc = d.doc WHERE d.book = ?1 AND c.state = ?7))",
            )?
            .execute(params![
                book.id,
                book.name,
                book.owner,
                right_name(book.right),
                book.common,
                book.reviews,
                State::Unverified as i64
            ])?;
            if !book.reviews {
                tx.execute("DELETE FROM tray WHERE book = ?1", [book.id])?;
                tx.execute("DELETE FROM cursor WHERE book = ?1 AND log = 'tray'", [book.id])?;
            }
            if book.common {
                meta::set(tx, name::COMMON, book.id)?;
            }
            if book.right.writes() {
                self.permit(book.id)?;
            }
        }
        let mine = access.books.iter().filter(|book| book.owner == Some(access.member) && !book.common);
        // Several may be owned: the oldest is the one the member got with the account.
        if let Some(home) = mine.map(|book| book.id).min() {
            meta::set(tx, name::HOME, home)?;
            self.adopt(home)?;
        }
        self.events.access = true;
        Ok(returned)
    }

    /// What was going away with a book that is subscribed to again stays.
    fn stay(&mut self, book: BookId) -> Result<()> {
        for row in self.documents_of(book)?.into_iter().filter(|row| row.leaving) {
            self.relabel(&row, book)?;
            // It may have been hidden already.
            self.refresh(&row)?;
        }
        Ok(())
    }

    /// Puts what was saved while this device knew no book of its member's own into that. It may have been refused for want of one.
    fn adopt(&mut self, home: BookId) -> Result<()> {
        for row in self.documents_of(BookId::NIL)? {
            self.relabel(&row, home)?;
        }
        self.permit(home)
    }

    /// A document is in another book now. Who may write there gives back what a restored relay lacks of it, once that book is
    /// read to its end.
    pub(super) fn relabel(&mut self, row: &DocumentRow, book: BookId) -> Result<()> {
        self.tx
            .prepare_cached("UPDATE document SET book = ?2, leaving = 0 WHERE doc = ?1")?
            .execute(params![row.doc, book])?;
        self.tx
            .prepare_cached(
                "UPDATE book SET rereading = 1 WHERE id = ?2 AND rereading = 0 AND \"right\" <> 'reader'
                 AND EXISTS (SELECT 1 FROM change WHERE doc = ?1 AND state = ?3 AND state <> 1)",
            )?
            .execute(params![row.doc, book, State::Unverified as i64])?;
        if let Ok(table) = self.inner.table(&row.kind) {
            let sql = format!("UPDATE {} SET book = ?2 WHERE doc = ?1", table.name);
            self.tx.prepare_cached(&sql)?.execute(params![row.doc, book])?;
            self.events.record(table.kind.name, row.id);
        }
        Ok(())
    }

    pub(super) fn documents_of(&self, book: BookId) -> Result<Vec<DocumentRow>> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT doc, id, kind, book, root, leaving FROM document WHERE book = ?1")?;
        let mut found = statement.query([book])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(document_row(row)?);
        }
        Ok(rows)
    }

    /// Erases what is no longer shared and holds no unsent work.
    pub(super) fn let_go(&mut self) -> Result<()> {
        let mut leaving: Vec<DocumentRow> = Vec::new();
        let gone: Vec<BookId> = {
            let mut statement = self.tx.prepare_cached("SELECT id FROM book WHERE leaving = 1")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for book in &gone {
            leaving.extend(self.documents_of(*book)?);
        }
        {
            let mut statement = self.tx.prepare_cached(
                "SELECT doc, id, kind, book, root, leaving FROM document WHERE leaving = 1",
            )?;
            let mut found = statement.query([])?;
            while let Some(row) = found.next()? {
                leaving.push(document_row(row)?);
            }
        }
        let rereading: HashSet<BookId> = self
            .tx
            .prepare_cached("SELECT id FROM book WHERE rereading = 1")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for row in leaving {
            // What a restored relay lacks of it is known at the end of the log.
            if rereading.contains(&row.book) {
                continue;
            }
            // A quarantined lane is this person's own unsent work: the record is hidden, the lane stays for export.
            match (self.unsent(row.doc)?, self.quarantined(row.doc)?) {
                (false, _) => self.part_with(&row)?,
                (true, true) => self.hide(&row)?,
                (true, false) => {}
            }
            // What hangs on what is still to go is derived anew with that: a book may hold more records than memory does.
            if self.touched.len() >= BATCH as usize {
                self.derive()?;
                self.touched.clear();
            }
        }
        for book in gone {
            let left = self.documents_of(book)?;
            let mut waits = false;
            for row in &left {
                waits |= !self.quarantined(row.doc)?;
            }
            if waits {
                continue;
            }
            // What is kept for export needs no book. Should this one be shared again, it comes whole.
            left.iter().try_for_each(|row| self.leave(row))?;
            for sql in [
                "DELETE FROM book WHERE id = ?1",
                "DELETE FROM cursor WHERE book = ?1",
                "DELETE FROM aside WHERE book = ?1",
                "DELETE FROM receipt WHERE book = ?1",
                "DELETE FROM tray WHERE book = ?1",
                "DELETE FROM decision WHERE book = ?1",
            ] {
                self.tx.prepare_cached(sql)?.execute([book])?;
            }
            (self.events.access, self.erased) = (true, true);
        }
        Ok(())
    }

    pub(super) fn unsent(&self, doc: i64) -> Result<bool> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM change WHERE doc = ?1
                    AND (state = ?2 OR state = ?3 AND local = 1 AND number IS NULL))",
            )?
            .query_row(params![doc, State::Outbox as i64, State::Waiting as i64], |row| row.get(0))?)
    }

    pub(super) fn quarantined(&self, doc: i64) -> Result<bool> {
        Ok(self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM lane WHERE doc = ?1)")?
            .query_row([doc], |row| row.get(0))?)
    }

    /// Whether a document is kept for export only: purged, or not this member's to see any more, with a lane that was
    /// rejected.
    pub(super) fn is_hidden(&self, doc: i64) -> Result<bool> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM lane l JOIN document d ON d.doc = l.doc LEFT JOIN book b ON b.id = d.book
                    WHERE l.doc = ?1 AND (l.code = 'purged' OR d.leaving = 1 OR b.leaving = 1))",
            )?
            .query_row([doc], |row| row.get(0))?)
    }

    /// Erases everything but what it takes to tell the relay so. Table by table: a store may hold more records than memory does.
    pub(super) fn wipe(&mut self) -> Result<()> {
        self.renew_actor();
        self.opening.recent = Recent::default();
        self.tx.execute("INSERT INTO search (search) VALUES ('delete-all')", [])?;
        // Kinds this build does not know any more may have left a table.
        let records: Vec<String> = {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'record_*'";
            let mut statement = self.tx.prepare(sql)?;
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let derived = self.inner.derive.iter().flat_map(|derive| derive.tables());
        let others = [
            "change", "lane", "snapshot", "document", "member", "book", "cursor", "aside", "receipt", "tray",
            "decision", "verdict", "kept", "stale",
        ];
        for table in records.iter().map(String::as_str).chain(derived.copied()).chain(others) {
            self.tx.execute(&format!("DELETE FROM {table}"), [])?;
        }
        self.tx.execute(
            "DELETE FROM meta WHERE name NOT IN (?1, ?2, ?3, ?4)",
            [name::RELAY, name::TOKEN, name::DEVICE, name::OBEYING],
        )?;
        meta::set(self.tx, name::ERASED, true)?;
        self.touched.clear();
        self.events = ChangeSet {
            kinds: self.inner.schema.kinds().map(|kind| kind.name).collect(),
            sync: true,
            access: true,
            ..ChangeSet::default()
        };
        Ok(())
    }

    /// Erases a document with all that belongs to it.
    pub(super) fn erase(&mut self, row: &DocumentRow) -> Result<()> {
        self.renew_actor();
        self.forget(row);
        self.hide(row)?;
        for sql in [
            "DELETE FROM change WHERE doc = ?1",
            "DELETE FROM lane WHERE doc = ?1",
            "DELETE FROM snapshot WHERE doc = ?1",
            "DELETE FROM document WHERE doc = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([row.doc])?;
        }
        (self.events.sync, self.erased) = (true, true);
        Ok(())
    }

    /// Takes a document out of lists, search and findings; its changes stay.
    pub(super) fn hide(&mut self, row: &DocumentRow) -> Result<()> {
        let Ok(table) = self.inner.table(&row.kind) else { return self.hide_unknown(row) };
        let Some(before) = table.get(self.tx, row.doc)? else { return Ok(()) };
        self.delete_row(row.doc, &table.name)?;
        self.touch(Touched { id: row.id, kind: table.kind, before: Some(before.fields), after: None });
        Ok(())
    }

    /// The same of a kind that this build does not know: one that did may have left a row.
    fn hide_unknown(&mut self, row: &DocumentRow) -> Result<()> {
        let table = format!("record_{}", row.kind);
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
        match self.tx.prepare_cached(sql)?.query_row([&table], |row| row.get(0))? {
            true => self.delete_row(row.doc, &table),
            false => Ok(()),
        }
    }

    fn delete_row(&mut self, doc: i64, table: &str) -> Result<()> {
        let sql = format!("DELETE FROM \"{table}\" WHERE doc = ?1");
        self.tx.prepare_cached(&sql)?.execute([doc])?;
        self.put_search(doc, None, true)?;
        self.erased = true;
        Ok(())
    }
}
