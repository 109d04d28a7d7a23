//! The change that creates a record, encoded straight from its operations: 5 µs instead of 120 µs through a document.

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Change, ExpandedChange, ObjType, ScalarValue};

use super::content::{KIND, SCHEMA};
use super::{Creation, Projection, SCHEMA_MAJOR, Stamp, register, upgrade};
use crate::model::{Fields, Kind, MemberId, Time, Value};

/// The change that creates a record of a kind with these fields, and what its query row is made of: what reading the change
/// gives, without reading it.
pub(crate) fn create(kind: &Kind, mut fields: Fields, stamp: &Stamp) -> (Change, Projection) {
    fields.0.retain(|_, value| !value.is_empty());
    let change = Change::from(ExpandedChange {
        operations: operations(kind, &fields, &stamp.actor),
        actor_id: stamp.actor.clone(),
        hash: None,
        seq: 1,
        start_op: NonZeroU64::MIN,
        time: stamp.time,
        message: stamp.reason.clone(),
        deps: Vec::new(),
        extra_bytes: stamp.author.map(author_footer).unwrap_or_default(),
        author: None,
    });
    fields.0.values_mut().for_each(read_back);
    let projection =
        Projection::of_creation(fields, stamp.author, stamp.time, super::change_id(&change.hash()));
    debug_assert_eq!(
        Creation::of(&change).map(|creation| creation.project(kind)).as_ref(),
        Some(&projection)
    );
    (change, projection)
}

/// Makes a value what it is once it was written.
pub(super) fn read_back(value: &mut Value) {
    match value {
        Value::Time(time) => *time = Time::new(time.at, &time.zone),
        Value::Items(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                item.key = place.to_string();
                item.fields.0.retain(|_, value| !value.is_empty());
                item.fields.0.values_mut().for_each(read_back);
            }
        }
        _ => {}
    }
}

/// The change that creates an empty record the same way on every device: for a document that several people may
/// begin independently, as the workspace's one playbook.
pub(crate) fn create_shared(kind: &Kind) -> Change {
    upgrade::deterministic(|actor| {
        upgrade::expanded(operations(kind, &Fields::new(), actor), actor, 1, Vec::new(), upgrade::MESSAGE)
    })
}

/// How automerge writes an author into a change's extra bytes: footer type 1, length, bytes.
pub(super) fn author_footer(author: MemberId) -> Vec<u8> {
    let mut footer = vec![1, 16];
    footer.extend_from_slice(author.as_bytes());
    footer
}

struct Writer<'a> {
    operations: Vec<Op>,
    actor: &'a ActorId,
}

impl Writer<'_> {
    fn push(&mut self, obj: &ObjectId, key: &str, action: OpType) -> ObjectId {
        self.operations.push(Op {
            action,
            obj: obj.clone(),
            key: Key::Map(key.into()),
            pred: SortedVec::new(),
            insert: false,
        });
        ObjectId::Id(OpId::new(self.operations.len() as u64, self.actor))
    }

    fn put(&mut self, obj: &ObjectId, key: &str, scalar: ScalarValue) {
        self.push(obj, key, OpType::Put(scalar));
    }

    fn map(&mut self, obj: &ObjectId, key: &str) -> ObjectId {
        self.push(obj, key, OpType::Make(ObjType::Map))
    }

    fn value(&mut self, obj: &ObjectId, key: &str, value: &Value) {
        if let Some(scalar) = register::write(value) {
            return self.put(obj, key, scalar);
        }
        let map = self.map(obj, key);
        match value {
            Value::Links(ids) => ids.iter().for_each(|id| self.put(&map, &id.to_string(), true.into())),
            Value::Set(texts) => texts.iter().for_each(|text| self.put(&map, text, true.into())),
            Value::Map(texts) => {
                texts.iter().for_each(|(name, text)| self.put(&map, name, text.as_str().into()))
            }
            Value::Items(items) => {
                for (place, item) in items.iter().enumerate() {
                    let inner = self.map(&map, &place.to_string());
                    for (name, value) in item.fields.iter().filter(|(_, v)| !v.is_empty()) {
                        self.value(&inner, name, value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn operations(kind: &Kind, fields: &Fields, actor: &ActorId) -> Vec<Op> {
    let mut writer = Writer { operations: Vec::with_capacity(16), actor };
    writer.put(&ObjectId::Root, KIND, kind.name.into());
    if SCHEMA_MAJOR > 1 {
        writer.put(&ObjectId::Root, SCHEMA, SCHEMA_MAJOR.into());
    }
    for (name, value) in fields.iter() {
        writer.value(&ObjectId::Root, name, value);
    }
    writer.operations
}
