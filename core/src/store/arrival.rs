//! Changes as they come, understood.

use automerge::Change;

use super::Inner;
use super::ahead::ahead;
use super::changes::Written;
use crate::document::{Creation, decode_change};
use crate::model::{ChangeId, Kind};
use crate::wire::ChangeEntry;

/// One change as it came.
pub(super) struct Arrival<'a> {
    pub(super) entry: &'a ChangeEntry,
    /// Or why it cannot be understood.
    pub(super) content: Result<Content, String>,
}

/// A change that can be understood.
pub(super) struct Content {
    pub(super) change: Change,
    pub(super) id: ChangeId,
    /// What it says, if it creates its document.
    pub(super) created: Option<Created>,
}

/// A document that consists of the change that created it.
pub(super) struct Created {
    /// The kind's name.
    pub(super) kind: String,
    /// Its query row; none for a kind of a newer app, which is kept and not listed.
    pub(super) row: Option<(&'static Kind, Written)>,
}

/// Works on changes that are understood in order, a little ahead of it.
pub(super) fn understood<'a, T>(
    inner: &Inner,
    entries: &[&'a ChangeEntry],
    work: impl FnOnce(&mut dyn Iterator<Item = Arrival<'a>>) -> T,
) -> T {
    ahead(entries.iter(), |entry| understand(inner, entry), work)
}

fn understand<'a>(inner: &Inner, entry: &'a ChangeEntry) -> Arrival<'a> {
    let content = opened(entry).map(|change| Content {
        id: ChangeId(change.hash().0),
        created: Creation::of(&change).and_then(|creation| created(inner, creation)),
        change,
    });
    Arrival { entry, content }
}

/// The change in an entry, or why there is none.
fn opened(entry: &ChangeEntry) -> Result<Change, String> {
    let bytes = entry.chunk.change().map_err(|e| e.to_string())?;
    // The relay names what its disk no longer has as it was pushed.
    if entry.change.is_some_and(|pushed| entry.chunk.plain_id() != Ok(pushed)) {
        return Err("its bytes are not those that were pushed".to_owned());
    }
    decode_change(&bytes).map_err(|e| e.to_string())
}

fn created(inner: &Inner, creation: Creation) -> Option<Created> {
    let kind = creation.kind()?.to_owned();
    let table = inner.table(&kind).ok();
    let row = table.map(|table| (table.kind, Written::new(table, creation.project(table.kind))));
    Some(Created { kind, row })
}
