//! Finding what two people did to the same thing without knowing of each other, and resolving it.

use std::collections::{HashMap, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjId, ROOT, ReadDoc};

use super::content::{self, Content, DELETED, REMOVED, all, winning};
use super::register::Node;
use super::{DocumentError, Stamp, edit, member_of, register, upgrade};
use crate::model::{Clash, Field, FieldType, Heads, ItemId, Kind, RecordId, Resolution, Side, Value, Wrote};

/// Which changes a change builds on.
pub(super) struct Ancestry {
    deps: HashMap<ChangeHash, Vec<ChangeHash>>,
}

impl Ancestry {
    pub(super) fn of(doc: &Automerge) -> Self {
        Self { deps: doc.get_changes_meta(&[]).into_iter().map(|meta| (meta.hash, meta.deps)).collect() }
    }

    /// Whether `after` builds on `before`, or is it.
    pub(super) fn builds_on(&self, after: ChangeHash, before: ChangeHash) -> bool {
        let (mut seen, mut open) = (HashSet::new(), vec![after]);
        while let Some(hash) = open.pop() {
            if hash == before {
                return true;
            }
            if seen.insert(hash) {
                open.extend(self.deps.get(&hash).into_iter().flatten());
            }
        }
        false
    }

    fn concurrent(&self, a: ChangeHash, b: ChangeHash) -> bool {
        !self.builds_on(a, b) && !self.builds_on(b, a)
    }
}

/// A place in a document where values can clash.
struct Place {
    path: String,
    map: ObjId,
    key: String,
    of: FieldType,
}

/// An unresolved clash, before it is put into words.
pub(super) struct Found {
    path: String,
    /// What each side wrote and in which change, the one that counts first.
    sides: Vec<(Wrote, ChangeHash)>,
}

/// Items that were removed while somebody else edited them: they stay.
pub(super) fn kept_items(doc: &Automerge, kind: &Kind, content: &Content) -> HashSet<(String, String)> {
    let removed = removed_items(kind, content);
    if removed.is_empty() {
        return HashSet::new();
    }
    let ancestry = Ancestry::of(doc);
    removed
        .into_iter()
        .filter(|(field, key)| !edits_beside_removal(doc, &ancestry, field, key).is_empty())
        .map(|(field, key)| (field.name.to_owned(), key))
        .collect()
}

/// Everything unresolved in a document.
pub(super) fn find(doc: &Automerge, kind: &Kind, content: &Content) -> Vec<Found> {
    let mut found: Vec<Found> = match content.conflict {
        true => places(doc, kind).filter_map(|place| values_at(doc, &place)).collect(),
        false => Vec::new(),
    };
    let removed = removed_items(kind, content);
    if removed.is_empty() && content.deleted().is_none() {
        return found;
    }
    let ancestry = Ancestry::of(doc);
    for (field, key) in removed {
        let edits = edits_beside_removal(doc, &ancestry, field, &key);
        let Some((_, map)) = winning(doc, &ROOT, field.name, None) else { continue };
        let Some((_, item)) = winning(doc, &map, &key, None) else { continue };
        let Some(removal) = winning(doc, &item, REMOVED, None).and_then(|(_, id)| doc.hash_for_opid(&id))
        else {
            continue;
        };
        if !edits.is_empty() {
            let mut sides: Vec<_> = edits.into_iter().map(|hash| (Wrote::Changed, hash)).collect();
            sides.push((Wrote::Removed { reason: None }, removal));
            found.push(Found { path: format!("{}.{key}", field.name), sides });
        }
    }
    if let Some(reason) = content.deleted()
        && let Some(mark) = winning(doc, &ROOT, DELETED, None).and_then(|(_, id)| doc.hash_for_opid(&id))
    {
        // Two who deleted it agree.
        let deletions: HashSet<ChangeHash> = all(doc, &ROOT, DELETED, None)
            .into_iter()
            .filter(|(value, _)| value.is_str())
            .filter_map(|(_, id)| doc.hash_for_opid(&id))
            .collect();
        let beside: Vec<ChangeHash> = doc
            .get_changes_meta(&[])
            .into_iter()
            .filter(|meta| !is_upgrade(meta) && !deletions.contains(&meta.hash))
            .filter(|meta| ancestry.concurrent(meta.hash, mark))
            .map(|meta| meta.hash)
            .collect();
        if !beside.is_empty() {
            let mut sides = vec![(Wrote::Removed { reason: Some(reason.to_owned()) }, mark)];
            sides.extend(beside.into_iter().map(|hash| (Wrote::Changed, hash)));
            found.push(Found { path: DELETED.to_owned(), sides });
        }
    }
    found
}

/// Puts clashes into words.
pub(super) fn describe(
    doc: &Automerge,
    record: RecordId,
    kind: &Kind,
    found: Vec<Found>,
    heads: &Heads,
) -> Vec<Clash> {
    let side = |(wrote, hash): (Wrote, ChangeHash)| {
        let meta = doc.get_change_meta_by_hash(&hash)?;
        Some(Side {
            wrote,
            by: doc.get_author_for_actor(&meta.actor).and_then(|a| member_of(a.as_bytes())),
            at: meta.timestamp,
            change: super::change_id(&hash),
        })
    };
    found
        .into_iter()
        .map(|f| Clash {
            record,
            kind: kind.name,
            field: f.path,
            sides: f.sides.into_iter().filter_map(side).collect(),
            heads: heads.clone(),
        })
        .collect()
}

/// Resolves the clash at `path`, as seen at `base`: sides that came in since stay.
pub(super) fn resolve(
    doc: &mut Automerge,
    kind: &Kind,
    base: &[ChangeHash],
    path: &str,
    resolution: &Resolution,
    stamp: &Stamp,
    fresh: &mut dyn FnMut() -> ItemId,
) -> Result<Vec<Change>, DocumentError> {
    if path == DELETED {
        let reason = match resolution {
            Resolution::Keep => None,
            Resolution::Remove => Some(match winning(doc, &ROOT, DELETED, Some(base)) {
                Some((value, _)) => value.as_str().unwrap_or_default().to_owned(),
                None => return Err(DocumentError::NoSuchField),
            }),
            Resolution::Value(_) => return Err(DocumentError::NoSuchField),
        };
        return Ok(edit::mark_deleted(doc, base, reason.as_deref(), stamp)?.into_iter().collect());
    }
    let mut steps = path.splitn(3, '.');
    let field = steps.next().and_then(|name| kind.field(name)).ok_or(DocumentError::NoSuchField)?;
    let object = |doc: &Automerge, map: &ObjId, key: &str| {
        winning(doc, map, key, Some(base)).filter(|(v, _)| v.is_object()).map(|(_, id)| id)
    };
    let change = match (steps.next(), steps.next(), resolution) {
        (None, None, Resolution::Value(value)) if field.of == FieldType::Text => {
            return resolve_text(doc, base, field, value.as_ref(), stamp, fresh);
        }
        (None, None, Resolution::Value(value)) => {
            edit::overwrite(doc, base, &ROOT, field.name, value.as_ref(), stamp)?
        }
        (Some(key), rest, _) => {
            let map = object(doc, &ROOT, field.name).ok_or(DocumentError::NoSuchField)?;
            match (field.of, rest, resolution) {
                (FieldType::Map, _, Resolution::Value(value)) => {
                    // A name may hold dots itself: it is everything behind the field.
                    let name = &path[field.name.len() + 1..];
                    edit::overwrite(doc, base, &map, name, value.as_ref(), stamp)?
                }
                (FieldType::Items, Some(inner), Resolution::Value(value)) => {
                    let item = object(doc, &map, key).ok_or(DocumentError::NoSuchField)?;
                    edit::overwrite(doc, base, &item, inner, value.as_ref(), stamp)?
                }
                (FieldType::Items, None, Resolution::Keep | Resolution::Remove) => {
                    let item = object(doc, &map, key).ok_or(DocumentError::NoSuchField)?;
                    edit::mark_removed(doc, base, &item, *resolution == Resolution::Remove, stamp)?
                }
                _ => return Err(DocumentError::NoSuchField),
            }
        }
        _ => return Err(DocumentError::NoSuchField),
    };
    Ok(change.into_iter().collect())
}

/// A text that clashes with a scalar (or another text) keeps its object, so that edits made to it elsewhere still
/// merge: it gets the chosen content, and the other values are deleted one by one.
fn resolve_text(
    doc: &mut Automerge,
    base: &[ChangeHash],
    field: &Field,
    value: Option<&Value>,
    stamp: &Stamp,
    fresh: &mut dyn FnMut() -> ItemId,
) -> Result<Vec<Change>, DocumentError> {
    let content = match value {
        Some(Value::Text(text)) => text.as_str(),
        None => "",
        Some(_) => return Err(DocumentError::NoSuchField),
    };
    let Some((_, text)) = winning(doc, &ROOT, field.name, Some(base)).filter(|(v, _)| v.is_object()) else {
        return Ok(edit::overwrite(doc, base, &ROOT, field.name, value, stamp)?.into_iter().collect());
    };
    let losers = all(doc, &ROOT, field.name, Some(base))
        .into_iter()
        .filter(|(_, id)| *id != text)
        .filter_map(|(_, id)| upgrade::op_id(&id))
        .collect();
    let start = base
        .iter()
        .filter_map(|hash| doc.get_change_meta_by_hash(hash))
        .map(|meta| meta.max_op)
        .max()
        .ok_or(DocumentError::UnknownVersion)?
        + 1;
    let delete = Op {
        action: OpType::Delete,
        obj: ObjectId::Root,
        key: Key::Map(field.name.into()),
        pred: losers,
        insert: false,
    };
    // automerge's own delete takes every value at a key; this one names its victims. An actor of its own keeps the
    // session's sequence numbers out of it.
    let actor = ActorId::from(fresh().as_bytes());
    let mut deps = base.to_vec();
    deps.sort_unstable();
    let mut expanded: ExpandedChange = upgrade::expanded(vec![delete], &actor, start, deps, "");
    expanded.message = stamp.reason.clone();
    expanded.time = stamp.time;
    expanded.extra_bytes = stamp.author.map(super::create::author_footer).unwrap_or_default();
    let tidy = Change::from(expanded);
    doc.apply_changes([tidy.clone()])?;
    let mut made = vec![tidy.clone()];
    made.extend(edit::rewrite(doc, &[tidy.hash()], &text, content, stamp)?);
    Ok(made)
}

fn values_at(doc: &Automerge, place: &Place) -> Option<Found> {
    let values = all(doc, &place.map, &place.key, None);
    if values.len() < 2 {
        return None;
    }
    let counts = winning(doc, &place.map, &place.key, None).map(|(_, id)| id);
    let mut sides: Vec<(Wrote, ChangeHash)> = Vec::new();
    let winner_first = values.iter().filter(|(_, id)| Some(id) == counts.as_ref());
    for (value, id) in winner_first.chain(values.iter().rev().filter(|(_, id)| Some(id) != counts.as_ref())) {
        let node = match value {
            automerge::Value::Scalar(scalar) => Node::from_scalar(scalar),
            automerge::Value::Object(automerge::ObjType::Text) => {
                Node::Text(doc.text(id).unwrap_or_default())
            }
            automerge::Value::Object(_) => Node::Other,
        };
        let wrote = Wrote::Value(register::read(place.of, node));
        // Equal concurrent values are no clash.
        if sides.iter().all(|(other, _)| *other != wrote) {
            sides.push((wrote, doc.hash_for_opid(id)?));
        }
    }
    (sides.len() > 1).then(|| Found { path: place.path.clone(), sides })
}

/// Every key of a document where values can clash and more than one is visible.
fn places<'a>(doc: &'a Automerge, kind: &'a Kind) -> impl Iterator<Item = Place> + 'a {
    let root: HashMap<String, bool> =
        doc.map_range(&ROOT, ..).map(|item| (item.key.into_owned(), item.conflict)).collect();
    kind.fields().flat_map(move |field| {
        let Some(conflict) = root.get(field.name) else { return Vec::new() };
        match field.of {
            FieldType::Links | FieldType::Set => Vec::new(),
            FieldType::Map | FieldType::Items => inside(doc, field),
            of if *conflict => {
                vec![Place { path: field.name.to_owned(), map: ROOT, key: field.name.to_owned(), of }]
            }
            _ => Vec::new(),
        }
    })
}

fn inside(doc: &Automerge, field: &Field) -> Vec<Place> {
    let Some((_, map)) = winning(doc, &ROOT, field.name, None).filter(|(v, _)| v.is_object()) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    for entry in doc.map_range(&map, ..) {
        let key = entry.key.to_string();
        if field.of == FieldType::Map {
            if entry.conflict {
                let path = format!("{}.{key}", field.name);
                places.push(Place { path, map: map.clone(), key, of: FieldType::Line });
            }
            continue;
        }
        let Some((_, item)) = winning(doc, &map, &key, None).filter(|(v, _)| v.is_object()) else { continue };
        let conflicts = doc.map_range(&item, ..).filter(|e| e.conflict).map(|e| e.key.into_owned());
        for inner in conflicts {
            if let Some(f) = field.fields.iter().find(|f| f.name == inner) {
                let path = format!("{}.{key}.{inner}", field.name);
                places.push(Place { path, map: item.clone(), key: inner, of: f.of });
            }
        }
    }
    places
}

fn removed_items(kind: &Kind, content: &Content) -> Vec<(&'static Field, String)> {
    kind.fields()
        .filter(|field| field.of == FieldType::Items)
        .filter_map(|field| match content.root.get(field.name)? {
            Node::Map(items) => Some((field, items)),
            _ => None,
        })
        .flat_map(|(field, items)| {
            items
                .iter()
                .filter(|(_, item)| matches!(item, Node::Map(i) if i.get(REMOVED) == Some(&Node::Flag(true))))
                .map(move |(key, _)| (field, key.clone()))
        })
        .collect()
}

/// The changes that wrote what an item now says, and did not know of its removal.
fn edits_beside_removal(doc: &Automerge, ancestry: &Ancestry, field: &Field, key: &str) -> Vec<ChangeHash> {
    let item = winning(doc, &ROOT, field.name, None).and_then(|(_, map)| winning(doc, &map, key, None));
    let Some((_, item)) = item else { return Vec::new() };
    let Some(removal) = winning(doc, &item, REMOVED, None).and_then(|(_, id)| doc.hash_for_opid(&id)) else {
        return Vec::new();
    };
    let mut edits: Vec<ChangeHash> = doc
        .map_range(&item, ..)
        .filter(|entry| entry.key != REMOVED)
        .flat_map(|entry| content::all(doc, &item, &entry.key, None))
        .filter_map(|(_, id)| doc.hash_for_opid(&id))
        .filter(|hash| !ancestry.builds_on(removal, *hash))
        .collect();
    edits.sort_unstable();
    edits.dedup();
    edits
}

pub(super) fn is_upgrade(meta: &automerge::ChangeMetadata<'_>) -> bool {
    meta.author.is_none() && meta.timestamp == 0 && meta.message.as_deref() == Some(upgrade::MESSAGE)
}
