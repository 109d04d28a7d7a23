//! Deterministic upgrade changes: how a container comes into a document that was created without it.
//!
//! A record's first version keeps its free texts as scalars and makes no empty containers: 13 operations instead of
//! 231 (`DESIGN.md` §10). The first edit that needs a text object or a map makes one, and two phones that do so
//! offline must make *the same* one, or each would write into its own and one would be lost. So the change that makes
//! it is a function of nothing but the scalar it replaces: it depends on the change that wrote that scalar (or created
//! the document), has time 0 and no author, and its actor is a digest of its own content. Two versions of this code
//! that encode differently make different actors; the same actor and sequence number with other bytes would make a
//! document unreadable for good.
//!
//! Invariant: an upgrade creates a container and fills it with what its scalar said, nothing else. Never a default.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjId, ObjType, ROOT, ScalarValue};
use sha2::{Digest, Sha256};

use super::DocumentError;
use super::content::winning;

/// Message of an upgrade change, so that history can leave it out.
pub(super) const MESSAGE: &str = "upgrade";

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Text,
    Map,
}

/// The change that makes a container at `key`, seen from `base`.
pub(super) fn upgrade(
    doc: &Automerge,
    base: &[ChangeHash],
    key: &str,
    container: Container,
) -> Result<Change, DocumentError> {
    let source = winning(doc, &ROOT, key, Some(base));
    let (after, replaced) = match &source {
        Some((_, id)) => (doc.hash_for_opid(id).ok_or(DocumentError::UnknownVersion)?, op_id(id)),
        None => (creating_change(doc)?, None),
    };
    let content = match (container, &source) {
        (Container::Text, Some((automerge::Value::Scalar(scalar), _))) => match scalar.as_ref() {
            ScalarValue::Str(text) => text.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let start = doc.get_change_meta_by_hash(&after).ok_or(DocumentError::UnknownVersion)?.max_op + 1;
    Ok(deterministic(|actor| {
        let mut operations = vec![Op {
            action: OpType::Make(match container {
                Container::Text => ObjType::Text,
                Container::Map => ObjType::Map,
            }),
            obj: ObjectId::Root,
            key: Key::Map(key.into()),
            pred: replaced.iter().cloned().collect(),
            insert: false,
        }];
        let text = ObjectId::Id(OpId::new(start, actor));
        let mut after_element = ElementId::Head;
        for (counter, character) in (start + 1..).zip(content.chars()) {
            operations.push(Op {
                action: OpType::Put(character.into()),
                obj: text.clone(),
                key: Key::Seq(after_element),
                pred: SortedVec::new(),
                insert: true,
            });
            after_element = ElementId::Id(OpId::new(counter, actor));
        }
        expanded(operations, actor, start, vec![after], MESSAGE)
    }))
}

/// A change whose actor is a digest of what it does: `build` is called with an all-zero actor to find it.
pub(super) fn deterministic(build: impl Fn(&ActorId) -> ExpandedChange) -> Change {
    let draft = Change::from(build(&ActorId::from([0; 16])));
    let digest = Sha256::digest(draft.raw_bytes());
    Change::from(build(&ActorId::from(&digest[..16])))
}

pub(super) fn expanded(
    operations: Vec<Op>,
    actor: &ActorId,
    start: u64,
    deps: Vec<ChangeHash>,
    message: &str,
) -> ExpandedChange {
    ExpandedChange {
        operations,
        actor_id: actor.clone(),
        hash: None,
        seq: 1,
        start_op: NonZeroU64::new(start).unwrap_or(NonZeroU64::MIN),
        time: 0,
        message: Some(message.to_owned()),
        deps,
        extra_bytes: Vec::new(),
        author: None,
    }
}

/// The change everything else builds on.
fn creating_change(doc: &Automerge) -> Result<ChangeHash, DocumentError> {
    doc.get_changes_meta(&[])
        .into_iter()
        .filter(|meta| meta.deps.is_empty())
        .map(|meta| meta.hash)
        .min()
        .ok_or(DocumentError::UnknownVersion)
}

pub(super) fn op_id(id: &ObjId) -> Option<OpId> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some(OpId::new(*counter, actor)),
    }
}
