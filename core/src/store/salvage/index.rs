//! What the damaged file's indexes say of its rows, as far as SQLite can read them: they stand on other pages than the
//! rows, so they know what was there.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::Connection;

use super::open_alone;
use crate::model::RecordId;
use crate::store::changes::State;
use crate::store::migrate::refuse_newer;
use crate::{Error, Result};

/// Rows by index; `None` for an index that could not be read to its end.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The document of every change.
    pub(super) documents: Option<HashMap<i64, i64>>,
    /// The state of every change that is not settled.
    pub(super) unsettled: Option<HashMap<i64, i64>>,
    /// The id of every document.
    pub(super) ids: Option<HashMap<i64, RecordId>>,
}

/// Reads them. Refuses if the store is in use.
pub(super) fn read(path: &Path) -> Result<Index> {
    let Some(db) = open_alone(path)? else { return Ok(Index::default()) };
    if let Err(newer @ Error::NewerDatabase { .. }) = refuse_newer(&db) {
        return Err(newer);
    }
    Ok(Index {
        documents: pairs(&db, "SELECT seq, doc FROM change INDEXED BY change_doc WHERE doc > 0"),
        unsettled: pairs(&db, "SELECT seq, state FROM change INDEXED BY change_unsettled WHERE state <> 1"),
        ids: pairs(&db, "SELECT doc, id FROM document INDEXED BY sqlite_autoindex_document_1 WHERE id > x''"),
    })
}

fn pairs<T: rusqlite::types::FromSql>(db: &Connection, sql: &str) -> Option<HashMap<i64, T>> {
    let mut statement = db.prepare(sql).ok()?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
    rows.collect::<rusqlite::Result<_>>().ok()
}

impl Index {
    /// Whether the relay may lack a change that no row was found for.
    pub(super) fn says_unsent(&self, seq: i64) -> bool {
        let there = self.documents.as_ref().is_none_or(|documents| documents.contains_key(&seq));
        // Without this index any change may have been unsent.
        let unsent = self.unsettled.as_ref().is_none_or(|states| {
            states
                .get(&seq)
                .is_some_and(|state| [State::Outbox as i64, State::Unverified as i64].contains(state))
        });
        there && unsent
    }

    /// Every change that some index knows.
    pub(super) fn changes(&self) -> impl Iterator<Item = i64> {
        self.documents.iter().chain(&self.unsettled).flat_map(|rows| rows.keys().copied())
    }
}
