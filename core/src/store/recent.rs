//! Documents written lately, ready for the next edit: building one from its changes takes longer than all the rest of a save.

use rusqlite::Connection;

use super::changes;
use super::table::Table;
use super::{DocumentRow, Writing};
use crate::Result;
use crate::document::Document;

/// How many: a rep works on a few records at a time.
const MOST: usize = 8;

/// Of how many operations each at most. A character is one, and takes about 24 bytes: some megabytes in all.
const OPERATIONS: u64 = 20_000;

/// The documents, the latest last. A version names its changes, with all that they build on: a document of another version than
/// its row, for whatever reason, is passed over.
#[derive(Default)]
pub(super) struct Recent(Vec<(i64, Document)>);

impl Recent {
    /// Takes a document out: what was written is kept anew, and a copy would cost as much as a commit's tenth.
    fn take(&mut self, db: &Connection, table: &Table, doc: i64) -> Result<Option<Document>> {
        let Some(at) = self.0.iter().position(|(kept, _)| *kept == doc) else { return Ok(None) };
        let (_, document) = self.0.remove(at);
        Ok((table.heads(db, doc)? == Some(document.heads())).then_some(document))
    }

    fn keep(&mut self, doc: i64, document: Document) {
        self.forget(doc);
        if document.operations() > OPERATIONS {
            return;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((doc, document));
    }

    fn forget(&mut self, doc: i64) {
        self.0.retain(|(kept, _)| *kept != doc);
    }
}

impl Writing<'_> {
    /// The document, without what waits or was refused.
    pub(super) fn document(&mut self, row: &DocumentRow) -> Result<Document> {
        let recent = match self.inner.table(&row.kind) {
            Ok(table) => self.opening.recent.take(self.tx, table, row.doc)?,
            Err(_) => None,
        };
        match recent {
            Some(document) => Ok(document),
            None => changes::load(self.tx, row),
        }
    }

    /// Keeps a document for the next edit.
    pub(super) fn keep(&mut self, row: &DocumentRow, document: Document) {
        self.opening.recent.keep(row.doc, document);
    }

    /// Nothing of an erased record stays in memory.
    pub(super) fn forget(&mut self, row: &DocumentRow) {
        self.opening.recent.forget(row.doc);
    }
}
