//! Which changes hang their record on another account: a relay hands an account over with all that hangs on it, and cannot
//! read who hung what where last.

use automerge::legacy::{Key, ObjectId, Op, OpType};

use super::register::Node;
use super::{bounds, decode_change, guarded, register};
use crate::model::{Field, FieldType, RecordId, Value};

/// A change sets the link to the account its record hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rehung {
    /// The account; `None` if the record hangs on none from then on.
    pub(crate) root: Option<RecordId>,
    /// As [`crate::wire::Rehung::order`].
    pub(crate) order: Vec<u8>,
}

/// What a change says of the account its record hangs on. Nothing where it created the record as it hangs now: that goes without
/// saying.
pub(crate) fn rehung(change: &[u8], link: &Field, now: Option<RecordId>) -> Option<Rehung> {
    // Most edits are of other fields, and reading one takes as long as all the rest of preparing it.
    let says_nothing = !contains(change, link.name)
        || bounds::creates(change) && now.is_some_and(|root| contains(change, &root.to_string()));
    if says_nothing {
        return None;
    }
    let expanded = guarded(|| Ok(decode_change(change)?.decode())).ok()?;
    let sets = |(_, op): &(u64, &Op)| {
        op.obj == ObjectId::Root && matches!(&op.key, Key::Map(key) if key == link.name)
    };
    let (counter, op) = (expanded.start_op.get()..).zip(&expanded.operations).filter(sets).last()?;
    let root = match &op.action {
        OpType::Put(scalar) => match register::read(FieldType::Link, Node::from_scalar(scalar)) {
            Some(Value::Link(id)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    let order = [&counter.to_be_bytes(), expanded.actor_id.to_bytes()].concat();
    Some(Rehung { root, order })
}

/// Whether a key or an id stands in a change, which both do as text.
fn contains(change: &[u8], text: &str) -> bool {
    change.windows(text.len()).any(|part| part == text.as_bytes())
}
