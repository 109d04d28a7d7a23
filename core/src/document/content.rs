//! What a document says now, free of how it came to say so.
//!
//! There are two ways to it that must agree: the whole document, and, for the documents that consist of the one change
//! that created them (almost all a device ever receives), straight from that change's operations. The second costs a
//! tenth: 10 µs against 100 µs a record.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpType};
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ValueRef};

use super::register::{self, Node};
use crate::model::{Field, FieldType, Fields, Item, Kind, Value};

/// Key of the kind's name in a document's root.
pub(super) const KIND: &str = "kind";
/// Key of the deletion mark in a document's root: the reason.
pub(super) const DELETED: &str = "deleted";
/// Key of the major schema version in a document's root; absent for 1.
pub(super) const SCHEMA: &str = "schema";
/// Key of an item's place, where it differs from the order of creation.
pub(super) const POSITION: &str = "position";
/// Key of an item's removal mark.
pub(super) const REMOVED: &str = "removed";

/// The name of a document's kind.
pub(super) fn kind_of(doc: &Automerge) -> Option<String> {
    match single(doc, KIND)? {
        Node::Str(name) => Some(name),
        _ => None,
    }
}

/// The major schema version a document was written with.
pub(super) fn schema_of(doc: &Automerge) -> i64 {
    single(doc, SCHEMA).as_ref().map_or(1, major)
}

/// A single value in a document's root.
fn single(doc: &Automerge, key: &str) -> Option<Node> {
    let (value, _) = winning(doc, &ROOT, key, None)?;
    value.as_scalar().map(Node::from_scalar)
}

fn major(node: &Node) -> i64 {
    match node {
        Node::Int(major) => *major,
        _ => 1,
    }
}

/// What a document says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Content {
    pub(super) root: BTreeMap<String, Node>,
    /// Whether anything in it has several values.
    pub(super) conflict: bool,
}

impl Content {
    /// From the operations of the one change that created a document. `None` if they do more than put scalars and maps
    /// (another client's may): then the whole document is read.
    pub(super) fn of_operations(operations: Vec<Op>, start_op: NonZeroU64, actor: &ActorId) -> Option<Self> {
        let mut root = BTreeMap::new();
        let mut places: HashMap<u64, Vec<String>> = HashMap::new();
        for (counter, op) in (start_op.get()..).zip(operations) {
            let Key::Map(key) = op.key else { return None };
            let node = match op.action {
                OpType::Put(scalar) => Node::from_scalar(&scalar),
                OpType::Make(ObjType::Map) => Node::Map(BTreeMap::new()),
                _ => return None,
            };
            let path = match &op.obj {
                ObjectId::Root => &[],
                ObjectId::Id(id) if id.actor() == actor => places.get(&id.counter())?.as_slice(),
                ObjectId::Id(_) => return None,
            };
            let mut map = &mut root;
            for step in path {
                match map.get_mut(step) {
                    Some(Node::Map(inner)) => map = inner,
                    _ => return None,
                }
            }
            if matches!(node, Node::Map(_)) {
                let path = path.iter().cloned().chain([key.as_str().to_owned()]).collect();
                places.insert(counter, path);
            }
            if map.insert(key.into(), node).is_some() {
                return None;
            }
        }
        Some(Self { root, conflict: false })
    }

    /// From a whole document, as it was at `heads`, or as it is now.
    pub(super) fn of_document(doc: &Automerge, heads: Option<&[ChangeHash]>) -> Self {
        let mut conflict = false;
        let root = map_of(doc, &ROOT, heads, &mut conflict);
        Self { root, conflict }
    }

    /// The kind's name.
    pub(super) fn kind(&self) -> Option<&str> {
        match self.root.get(KIND)? {
            Node::Str(name) => Some(name),
            _ => None,
        }
    }

    /// The major schema version the document was written with.
    pub(super) fn schema(&self) -> i64 {
        self.root.get(SCHEMA).map_or(1, major)
    }

    /// The reason, if the record is marked as deleted.
    pub(super) fn deleted(&self) -> Option<&str> {
        match self.root.get(DELETED)? {
            Node::Str(reason) => Some(reason),
            _ => None,
        }
    }

    /// The fields of a kind that are not empty. Items that are removed are left out; `kept` names those whose removal
    /// a concurrent edit outweighs.
    pub(super) fn into_fields(self, kind: &Kind, kept: &dyn Fn(&str, &str) -> bool) -> Fields {
        let mut fields = Fields::new();
        for (name, node) in self.root {
            let value = kind.field(&name).and_then(|field| value_of(field, node, kept));
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                fields.0.insert(name, value);
            }
        }
        fields
    }
}

fn map_of(
    doc: &Automerge,
    map: &ObjId,
    heads: Option<&[ChangeHash]>,
    conflict: &mut bool,
) -> BTreeMap<String, Node> {
    let items = match heads {
        Some(heads) => doc.map_range_at(map, .., heads),
        None => doc.map_range(map, ..),
    };
    let mut nodes = BTreeMap::new();
    for item in items {
        *conflict |= item.conflict;
        let node = match &item.value {
            ValueRef::Scalar(scalar) if !item.conflict => Node::from_scalar(&scalar.into()),
            ValueRef::Object(kind) if !item.conflict => object_of(doc, *kind, &item.id(), heads, conflict),
            _ => winner_of(doc, map, &item.key, heads, conflict),
        };
        nodes.insert(item.key.into_owned(), node);
    }
    nodes
}

fn object_of(
    doc: &Automerge,
    kind: ObjType,
    id: &ObjId,
    heads: Option<&[ChangeHash]>,
    conflict: &mut bool,
) -> Node {
    match kind {
        ObjType::Map => Node::Map(map_of(doc, id, heads, conflict)),
        ObjType::Text => {
            let text = match heads {
                Some(heads) => doc.text_at(id, heads),
                None => doc.text(id),
            };
            text.map_or(Node::Other, Node::Text)
        }
        ObjType::List | ObjType::Table => Node::Other,
    }
}

/// Of several concurrent values: a text or a container before a scalar, so that everyone goes on editing the same
/// object; otherwise the one automerge lets win, which is the same on every device.
fn winner_of(
    doc: &Automerge,
    map: &ObjId,
    key: &str,
    heads: Option<&[ChangeHash]>,
    conflict: &mut bool,
) -> Node {
    match winning(doc, map, key, heads) {
        Some((automerge::Value::Object(kind), id)) => object_of(doc, kind, &id, heads, conflict),
        Some((automerge::Value::Scalar(scalar), _)) => Node::from_scalar(&scalar),
        None => Node::Null,
    }
}

/// All values at a key, concurrent ones included, in automerge's order: the last one wins.
pub(super) fn all<'a>(
    doc: &'a Automerge,
    map: &ObjId,
    key: &str,
    heads: Option<&[ChangeHash]>,
) -> Vec<(automerge::Value<'a>, ObjId)> {
    let values = match heads {
        Some(heads) => doc.get_all_at(map, key, heads),
        None => doc.get_all(map, key),
    };
    values.unwrap_or_default()
}

/// The value that counts at a key; see [`winner_of`].
pub(super) fn winning<'a>(
    doc: &'a Automerge,
    map: &ObjId,
    key: &str,
    heads: Option<&[ChangeHash]>,
) -> Option<(automerge::Value<'a>, ObjId)> {
    let values = all(doc, map, key, heads);
    let place = values.iter().rposition(|(value, _)| value.is_object()).or(values.len().checked_sub(1))?;
    values.into_iter().nth(place)
}

fn value_of(field: &Field, node: Node, kept: &dyn Fn(&str, &str) -> bool) -> Option<Value> {
    match (field.of, node) {
        (FieldType::Links, Node::Map(map)) => {
            Some(Value::Links(present(&map).filter_map(|key| key.parse().ok()).collect()))
        }
        (FieldType::Set, Node::Map(map)) => Some(Value::set(present(&map))),
        (FieldType::Map, Node::Map(map)) => {
            Some(Value::map(map.into_iter().filter_map(|(name, node)| match node {
                Node::Str(text) | Node::Text(text) => Some((name, text)),
                _ => None,
            })))
        }
        (FieldType::Items, Node::Map(map)) => Some(Value::Items(items_of(field, map, kept))),
        (of, node) => register::read(of, node),
    }
}

/// The elements of a set: keys that hold `true`.
fn present(map: &BTreeMap<String, Node>) -> impl Iterator<Item = &str> {
    map.iter().filter(|(_, node)| **node == Node::Flag(true)).map(|(key, _)| key.as_str())
}

fn items_of(field: &Field, map: BTreeMap<String, Node>, kept: &dyn Fn(&str, &str) -> bool) -> Vec<Item> {
    let mut items: Vec<(i64, Item)> = map
        .into_iter()
        .filter_map(|(key, node)| {
            let Node::Map(mut inner) = node else { return None };
            if inner.get(REMOVED) == Some(&Node::Flag(true)) && !kept(field.name, &key) {
                return None;
            }
            let place = position(&key, &inner);
            let mut fields = Fields::new();
            for field in field.fields {
                if let Some(value) = inner.remove(field.name).and_then(|node| register::read(field.of, node))
                {
                    fields.set(field.name, value);
                }
            }
            Some((place, Item { key, fields }))
        })
        .collect();
    items.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.key.cmp(&y.key)));
    items.into_iter().map(|(_, item)| item).collect()
}

/// An item's place: what was written, else the place it was created at.
fn position(key: &str, item: &BTreeMap<String, Node>) -> i64 {
    match item.get(POSITION) {
        Some(Node::Int(place)) => *place,
        _ => key.parse().unwrap_or(i64::MAX),
    }
}
