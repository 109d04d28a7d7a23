//! Carrying over what was found: rows first, with the numbers they had, then document by document.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::params;

use super::cells::Value;
use super::found::{self, ChangeRow, Found};
use super::index::Index;
use super::pages::Pages;
use super::{LostChange, Salvaged};
use crate::document::decode_change;
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::store::changes::{self, NewChange, State};
use crate::store::meta::{self, name};
use crate::store::{DocumentRow, Store, Writing};
use crate::{Error, Result};

/// Pages read, or documents shown, in one transaction.
const BATCH: usize = 500;

/// What was found besides changes.
#[derive(Debug, Default)]
struct Rest {
    documents: HashMap<i64, DocumentRow>,
    records: HashMap<i64, (RecordId, BookId)>,
    lanes: HashMap<i64, (String, i64)>,
    rows: Vec<(&'static str, Vec<Value>)>,
    meta: HashMap<String, Value>,
    /// Changes that could not be read, by number: document and state.
    spoilt: BTreeMap<i64, (i64, i64)>,
    /// The numbers of those that could.
    kept: HashSet<i64>,
}

/// Fills a fresh store.
pub(super) fn carry(
    fresh: &Store,
    pages: &Pages,
    index: &Index,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Salvaged> {
    let mut rest = Rest::default();
    let total = u64::from(pages.count) * 2;
    let numbers: Vec<u32> = (1..=pages.count).collect();
    for batch in numbers.chunks(BATCH) {
        let mut found = Vec::new();
        for number in batch {
            found::on_page(pages, *number, &mut |row| found.push(row));
        }
        fresh.inner.write(|w| {
            for row in found {
                rest.take(w, row, index)?;
            }
            Ok(())
        })?;
        progress(u64::from(batch.last().copied().unwrap_or_default()), total);
    }
    let lost = fresh.inner.write(|w| rest.settle_documents(w, index))?;
    fresh.inner.write(|w| rest.carry_rows(w))?;
    let documents: Vec<DocumentRow> = rest.documents.into_values().collect();
    let mut records = 0;
    for (at, batch) in documents.chunks(BATCH).enumerate() {
        records += fresh.inner.write(|w| {
            let shown = batch.iter().map(|row| w.show(row)).collect::<Result<Vec<_>>>()?;
            Ok(shown.into_iter().filter(|shown| *shown).count() as u64)
        })?;
        let done = (at * BATCH + batch.len()) as u64 * total / 2 / documents.len() as u64;
        progress(total / 2 + done, total);
    }
    let enrolled = fresh.identity()?.is_some() && fresh.has_token()?;
    fresh.inner.read(|db| {
        let count = |sql: &str| Ok::<u64, Error>(db.query_row(sql, [], |row| row.get(0))?);
        Ok(Salvaged {
            damaged: Default::default(),
            enrolled,
            records,
            changes: count("SELECT count(*) FROM change")?,
            unsent: count(
                "SELECT count(*) FROM change WHERE state = 0 OR state = 5 AND local = 1 AND number IS NULL",
            )?,
            lost,
        })
    })
}

impl Rest {
    fn take(&mut self, w: &Writing<'_>, found: Found, index: &Index) -> Result<()> {
        match found {
            Found::Change(change) => {
                self.kept.insert(change.seq);
                insert(w, change, index)?;
            }
            Found::Spoilt { seq, doc, state } => _ = self.spoilt.insert(seq, (doc, state)),
            // Images of a page come newest first.
            Found::Document { doc, id, kind, book, root, leaving } => {
                self.documents.entry(doc).or_insert(DocumentRow { doc, id, kind, book, root, leaving });
            }
            Found::Record { doc, id, book } => _ = self.records.entry(doc).or_insert((id, book)),
            Found::Lane { doc, code, since } => _ = self.lanes.entry(doc).or_insert((code, since)),
            Found::Row(table, values) => self.rows.push((table, values)),
            Found::Meta(name, value) => _ = self.meta.entry(name).or_insert(value),
        }
        Ok(())
    }

    /// Gives every document its row, and every change its document. Says what is lost.
    fn settle_documents(&mut self, w: &Writing<'_>, index: &Index) -> Result<Vec<LostChange>> {
        let books: HashSet<BookId> = self.books().collect();
        let docs: Vec<i64> = {
            let mut statement = w.tx.prepare("SELECT DISTINCT doc FROM change")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let mut lost = HashSet::new();
        let mut ids = HashSet::new();
        let mut settled = HashMap::new();
        for doc in docs {
            let Some(row) = self.document(doc, index, &books).filter(|row| ids.insert(row.id)) else {
                let mut statement =
                    w.tx.prepare_cached("SELECT hash FROM change WHERE doc = ?1 AND state = 0")?;
                let hashes: Vec<ChangeId> =
                    statement.query_map([doc], |row| row.get(0))?.collect::<Result<_, _>>()?;
                lost.extend(hashes.into_iter().map(|hash| LostChange { record: None, change: Some(hash) }));
                w.tx.execute("DELETE FROM change WHERE doc = ?1", [doc])?;
                continue;
            };
            w.tx.prepare_cached(
                "INSERT INTO document (doc, id, kind, book, root, leaving) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![row.doc, row.id, row.kind, row.book, row.root, row.leaving])?;
            settled.insert(doc, row);
        }
        for seq in index.changes().chain(self.spoilt.keys().copied()) {
            let of_row = self.spoilt.get(&seq);
            let unsent = of_row.is_some_and(|(_, state)| *state == State::Outbox as i64)
                && index.documents.as_ref().is_none_or(|documents| documents.contains_key(&seq));
            if self.kept.contains(&seq) || !(unsent || index.says_unsent(seq)) {
                continue;
            }
            let doc = index.documents.as_ref().and_then(|docs| docs.get(&seq).copied());
            let doc = doc.or(of_row.map(|(doc, _)| *doc));
            let record = doc.and_then(|doc| Some(self.document(doc, index, &books)?.id));
            lost.insert(LostChange { record, change: None });
        }
        self.documents = settled;
        Ok(lost.into_iter().collect())
    }

    fn books(&self) -> impl Iterator<Item = BookId> {
        let books = self.rows.iter().filter(|(table, _)| *table == "book");
        books.filter_map(|(_, columns)| columns.first()?.blob().and_then(BookId::from_slice))
    }

    /// What is known of a document: its own row, its query row and the index of ids, two of which outvote the third.
    fn document(&self, doc: i64, index: &Index, books: &HashSet<BookId>) -> Option<DocumentRow> {
        let indexed = index.ids.as_ref().and_then(|ids| ids.get(&doc).copied());
        let record = self.records.get(&doc).copied();
        let Some(mut row) = self.documents.get(&doc).cloned() else {
            let id = record.map(|(id, _)| id).or(indexed)?;
            let book = record.map_or(BookId::NIL, |(_, book)| book);
            return Some(DocumentRow { doc, id, kind: String::new(), book, root: None, leaving: false });
        };
        if let (Some((id, _)), Some(indexed)) = (record, indexed)
            && id == indexed
        {
            row.id = id;
        }
        if let Some((_, book)) = record
            && !books.contains(&row.book)
        {
            row.book = book;
        }
        Some(row)
    }

    /// What this device is and is allowed, and what it decided.
    fn carry_rows(&mut self, w: &mut Writing<'_>) -> Result<()> {
        for (doc, (code, since)) in self.lanes.iter().filter(|(doc, _)| self.documents.contains_key(doc)) {
            let sql = "INSERT INTO lane (doc, code, since) VALUES (?1, ?2, ?3)";
            w.tx.prepare_cached(sql)?.execute(params![doc, code, since])?;
        }
        for (table, values) in &self.rows {
            let marks = vec!["?"; values.len()].join(", ");
            let sql = format!("INSERT OR IGNORE INTO {table} VALUES ({marks})");
            // A row that does not fit is one that was hit.
            let put = w.tx.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values));
            if let Err(error) = put
                && error.sqlite_error_code() != Some(rusqlite::ErrorCode::ConstraintViolation)
            {
                return Err(error.into());
            }
        }
        // Access comes again whole with the next sync. Until then, what was saved can be edited.
        for book in self.documents.values().map(|row| row.book).filter(|book| !book.is_nil()) {
            w.tx.prepare_cached(
                "INSERT OR IGNORE INTO book (id, name, \"right\", common, reviews) VALUES (?1, '', 'editor', 0, 0)",
            )?
            .execute([book])?;
        }
        w.tx.execute("UPDATE book SET rereading = 1, head = 0", [])?;
        // It tells which verdicts came; so does what they said.
        let last: Option<i64> = w.tx.query_row("SELECT max(number) FROM verdict", [], |row| row.get(0))?;
        let seen = self.meta.remove(name::VERDICTS_SEEN).and_then(|seen| seen.integer());
        if seen.is_some() && seen == last {
            meta::set(w.tx, name::VERDICTS_SEEN, seen)?;
        }
        if let Some(Value::Blob(only)) = self.meta.get(name::ONLY) {
            let books: HashSet<BookId> = self.books().collect();
            let known =
                only.chunks_exact(16).filter_map(BookId::from_slice).all(|book| books.contains(&book));
            if !known {
                self.meta.remove(name::ONLY);
            }
        }
        for (name, value) in &self.meta {
            meta::set(w.tx, name, value)?;
        }
        // Only the member who wrote it may send it.
        if !self.meta.contains_key(name::MEMBER)
            && let Some(author) = author(w)?
        {
            meta::set(w.tx, name::MEMBER, author)?;
        }
        Ok(())
    }
}

fn insert(w: &Writing<'_>, change: ChangeRow, index: &Index) -> Result<()> {
    let mut state = change.state;
    // Pushing what the relay has does no harm; not pushing what it lacks does.
    let outbox = State::Outbox as i64;
    let indexed = index.unsettled.as_ref().and_then(|states| states.get(&change.seq));
    if change.is_unsent() || indexed == Some(&outbox) || !(0..=5).contains(&state) {
        state = outbox;
    }
    // What a log is read again for.
    if state == State::Accepted as i64 {
        state = State::Unverified as i64;
    }
    let doc = match index.documents.as_ref().and_then(|documents| documents.get(&change.seq)) {
        Some(indexed) if *indexed != change.doc => home(w, &change, *indexed)?,
        _ => change.doc,
    };
    if changes::known(w.tx, doc, change.hash)?.is_some() {
        return Ok(());
    }
    changes::insert(
        w.tx,
        &NewChange {
            doc,
            hash: change.hash,
            bytes: &change.bytes,
            state: State::Outbox,
            local: change.local,
            number: change.number.filter(|_| state == State::Tray as i64).and_then(|n| n.try_into().ok()),
            member: change.member,
            offset: i32::try_from(change.offset).unwrap_or_default(),
            notice: change.notice,
            accepted_at: change.accepted_at,
        },
    )?;
    let seq = w.tx.last_insert_rowid();
    w.tx.prepare_cached("UPDATE change SET state = ?2 WHERE seq = ?1")?.execute(params![seq, state])?;
    // Its place in its lane; free, unless its number was hit.
    w.tx.prepare_cached("UPDATE OR IGNORE change SET seq = ?2 WHERE seq = ?1")?
        .execute(params![seq, change.seq])?;
    Ok(())
}

/// Which of two documents a change belongs to: the one that holds what it builds on.
fn home(w: &Writing<'_>, change: &ChangeRow, indexed: i64) -> Result<i64> {
    let Ok(decoded) = decode_change(&change.bytes) else { return Ok(indexed) };
    for dep in decoded.deps() {
        if changes::known(w.tx, change.doc, ChangeId(dep.0))?.is_some() {
            return Ok(change.doc);
        }
    }
    Ok(indexed)
}

/// Who wrote what is unsent here.
fn author(w: &Writing<'_>) -> Result<Option<MemberId>> {
    let mut statement = w.tx.prepare("SELECT bytes FROM change WHERE local = 1 AND state = 0")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let author = decode_change(row.get_ref(0)?.as_blob().unwrap_or_default()).ok();
        if let Some(author) = author.and_then(|change| crate::document::author(&change)) {
            return Ok(Some(author));
        }
    }
    Ok(None)
}

impl Writing<'_> {
    /// Writes the rows of a document that can be read, and lets wait what cannot. Says whether it is shown.
    fn show(&mut self, row: &DocumentRow) -> Result<bool> {
        let waiting = self.let_incomplete_wait(row)?;
        let whole = match changes::load(self.tx, row) {
            Ok(whole) => whole,
            Err(Error::Corrupt { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let Some(kind) = whole.kind() else {
            // The change that created it will say.
            if waiting {
                self.tx.prepare_cached("UPDATE document SET kind = '' WHERE doc = ?1")?.execute([row.doc])?;
            }
            return Ok(false);
        };
        self.tx
            .prepare_cached("UPDATE document SET kind = ?2 WHERE doc = ?1")?
            .execute(params![row.doc, kind])?;
        let row = DocumentRow { kind, ..row.clone() };
        let Ok(table) = self.inner.table(&row.kind) else { return Ok(false) };
        let projection = whole.project(table.kind).map_err(|e| Error::of_document(row.id, e))?;
        let root = table.kind.root().and_then(|field| projection.fields.link(field.name));
        self.tx
            .prepare_cached("UPDATE document SET root = ?2 WHERE doc = ?1")?
            .execute(params![row.doc, root])?;
        if projection.heads.0.is_empty() || self.is_hidden(row.doc)? {
            return Ok(false);
        }
        self.put_row(&row, table.kind, None, projection)?;
        Ok(true)
    }

    /// Takes changes whose base is not here out of the document until it was fetched whole.
    fn let_incomplete_wait(&self, row: &DocumentRow) -> Result<bool> {
        let mut open = Vec::new();
        {
            let mut statement = self
                .tx
                .prepare_cached("SELECT seq, hash, bytes FROM change WHERE doc = ?1 AND state <> ?2")?;
            let mut rows = statement.query(params![row.doc, State::Refused as i64])?;
            while let Some(change) = rows.next()? {
                let bytes = change.get_ref(2)?.as_blob().unwrap_or_default();
                let deps = decode_change(bytes).map(|c| c.deps().iter().map(|d| ChangeId(d.0)).collect());
                let deps: Vec<ChangeId> = deps.map_err(|e| Error::of_document(row.id, e))?;
                open.push((change.get::<_, i64>(0)?, change.get::<_, ChangeId>(1)?, deps));
            }
        }
        let mut complete = HashSet::new();
        loop {
            let before = open.len();
            open.retain(|(_, hash, deps)| {
                let ready = deps.iter().all(|dep| complete.contains(dep));
                if ready {
                    complete.insert(*hash);
                }
                !ready
            });
            if open.len() == before {
                break;
            }
        }
        for (seq, ..) in &open {
            self.tx
                .prepare_cached("UPDATE change SET state = ?2 WHERE seq = ?1")?
                .execute(params![seq, State::Waiting as i64])?;
        }
        // Changes that waited before and are complete belong to the document.
        self.tx.prepare_cached(
            "UPDATE change SET state = ?2 WHERE doc = ?1 AND state = ?3 AND seq NOT IN (SELECT value FROM json_each(?4))",
        )?
        .execute(params![
            row.doc,
            State::Unverified as i64,
            State::Waiting as i64,
            serde_json::json!(open.iter().map(|(seq, ..)| seq).collect::<Vec<_>>()).to_string(),
        ])?;
        Ok(!open.is_empty())
    }
}
