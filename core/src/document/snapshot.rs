//! A document's whole history in one piece. automerge keeps every change in it and gives each back with the hash it had,
//! so whoever reads one can tell whether it is what it stands for; nobody needs to be believed.

use automerge::{Automerge, Change, SaveOptions};

use super::{Document, DocumentError, bounds, change_id, guarded};
use crate::model::ChangeId;

impl Document {
    /// The document in one piece, and its changes in the order in which [`changes_of_snapshot`] gives them back. `None`
    /// if it does not give back every one as it was: another client may have encoded a change in a way of its own.
    pub(crate) fn snapshot(&self) -> Option<(Vec<u8>, Vec<ChangeId>)> {
        let bytes =
            guarded(|| Ok(self.doc.save_with_options(SaveOptions { deflate: false, retain_orphans: false })))
                .ok()?;
        let given: Vec<ChangeId> =
            changes_of_snapshot(&bytes).ok()?.iter().map(|change| change_id(&change.hash())).collect();
        let held = self.doc.get_changes_meta(&[]);
        let whole =
            held.len() == given.len() && held.iter().all(|meta| given.contains(&change_id(&meta.hash)));
        whole.then_some((bytes, given))
    }
}

/// The changes in a snapshot, each after those it builds on.
pub(crate) fn changes_of_snapshot(bytes: &[u8]) -> Result<Vec<Change>, DocumentError> {
    bounds::check_document(bytes)?;
    guarded(|| Ok(Automerge::load(bytes)?.get_changes(&[])))
}
