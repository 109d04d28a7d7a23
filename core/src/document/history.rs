//! History: the audit log is the document itself.

use std::collections::HashMap;

use automerge::{Automerge, ChangeHash, ChangeMetadata};

use super::clash::is_upgrade;
use super::content::{Content, DELETED};
use super::{change_id, member_of};
use crate::model::{Fields, HistoryEntry, Kind, Value};

/// Every field every change wrote, oldest first. Upgrades say nothing new and are left out.
pub(super) fn history(doc: &Automerge, kind: &Kind) -> Vec<HistoryEntry> {
    let mut entries = Vec::new();
    for meta in oldest_first(doc) {
        if is_upgrade(&meta) {
            continue;
        }
        let before = state(doc, kind, &meta.deps);
        let after = state(doc, kind, &[meta.hash]);
        let by = doc.get_author_for_actor(&meta.actor).and_then(|a| member_of(a.as_bytes()));
        let why = meta.message.as_ref().map(|m| m.to_string()).filter(|m| !m.is_empty());
        let mut names: Vec<&String> = before.0.keys().chain(after.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (from, to) = (before.get(name), after.get(name));
            if from != to {
                entries.push(HistoryEntry {
                    change: change_id(&meta.hash),
                    by,
                    pushed_by: None,
                    at: meta.timestamp,
                    offset: 0,
                    field: name.clone(),
                    from: from.cloned(),
                    to: to.cloned(),
                    why: why.clone(),
                });
            }
        }
    }
    entries
}

/// A change after those it builds on; of two that know nothing of each other, the one with the earlier clock. automerge
/// gives the order of arrival, which every device has its own of.
fn oldest_first(doc: &Automerge) -> Vec<ChangeMetadata<'_>> {
    let mut changes = doc.get_changes_meta(&[]);
    // No earlier than what it builds on, whatever a clock says; and further from the beginning.
    let mut places: HashMap<ChangeHash, (i64, usize)> = HashMap::with_capacity(changes.len());
    for change in &changes {
        let before = change.deps.iter().filter_map(|dep| places.get(dep));
        let place = before.fold((change.timestamp, 0), |(at, depth), b| (at.max(b.0), depth.max(b.1 + 1)));
        places.insert(change.hash, place);
    }
    changes.sort_by_cached_key(|change| (places.get(&change.hash).copied(), change.hash));
    changes
}

/// What the fields said at a version, the deletion mark among them.
fn state(doc: &Automerge, kind: &Kind, heads: &[ChangeHash]) -> Fields {
    if heads.is_empty() {
        return Fields::new();
    }
    let content = Content::of_document(doc, Some(heads));
    let deleted = content.deleted().map(|reason| Value::Text(reason.to_owned()));
    let mut fields = content.into_fields(kind, &|_, _| false);
    fields.0.extend(deleted.map(|reason| (DELETED.to_owned(), reason)));
    fields
}
