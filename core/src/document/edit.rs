//! Editing: the changed fields, written at the version they were read at.
//!
//! `put` on a winning value deletes the values that lost against it. Writing a whole record over a document would
//! therefore swallow every clash, and a form opened before a merge would overwrite what came in. So an edit writes
//! only what differs from the version its form showed, in a transaction isolated at that version: what happened since
//! stays beside it, merged or as a clash.

use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    Automerge, AutomergeError, Change, ChangeHash, ObjId, ObjType, PatchLog, ROOT, ReadDoc, ScalarValue,
};

use super::content::{DELETED, POSITION, REMOVED, winning};
use super::upgrade::{Container, upgrade};
use super::{DocumentError, Stamp, register};
use crate::model::{Field, FieldType, Fields, Item, ItemId, Kind, Value};

/// Changed fields by name; `None` empties the field.
pub(crate) type Changes = BTreeMap<String, Option<Value>>;

/// Where a write goes and what it does there. Decided before the transaction, which borrows the document.
enum Write {
    Put(ObjId, String, ScalarValue),
    Delete(ObjId, String),
    Text(ObjId, String),
    Append(ObjId, String),
    Item { map: ObjId, key: String, fields: Fields, place: Option<i64> },
}

/// Writes changed fields at `base`. Returns the new changes, an upgrade in front of the edit that needs it; none if
/// nothing differs.
pub(super) fn edit(
    doc: &mut Automerge,
    kind: &Kind,
    base: &[ChangeHash],
    changes: &Changes,
    shown: &Fields,
    stamp: &Stamp,
    new_key: &mut dyn FnMut() -> ItemId,
) -> Result<Vec<Change>, DocumentError> {
    let differing: Vec<(&'static Field, Option<&Value>)> = changes
        .iter()
        .filter_map(|(name, to)| Some((kind.field(name)?, to.as_ref().filter(|v| !v.is_empty()))))
        .filter(|(field, to)| shown.get(field.name) != *to)
        .collect();
    let (base, mut made) = containers_for(doc, base, differing.iter().map(|(field, _)| *field))?;
    let mut writes = Vec::new();
    let at = at(doc, &base);
    for (field, to) in differing {
        plan(doc, at, field, shown.get(field.name), to, &mut writes, new_key)?;
    }
    made.extend(commit(doc, &base, &writes, stamp)?);
    Ok(made)
}

/// Marks a record as deleted, or takes the mark away.
pub(super) fn mark_deleted(
    doc: &mut Automerge,
    base: &[ChangeHash],
    reason: Option<&str>,
    stamp: &Stamp,
) -> Result<Option<Change>, DocumentError> {
    // A fresh operation even where the same reason stands already: it confirms the mark against edits made since.
    let mut writes = vec![Write::Delete(ROOT, DELETED.to_owned())];
    if let Some(reason) = reason {
        writes.push(Write::Put(ROOT, DELETED.to_owned(), reason.into()));
    }
    commit(doc, base, &writes, stamp)
}

/// Marks an item as removed afresh, or takes the mark away.
pub(super) fn mark_removed(
    doc: &mut Automerge,
    base: &[ChangeHash],
    item: &ObjId,
    removed: bool,
    stamp: &Stamp,
) -> Result<Option<Change>, DocumentError> {
    let mut writes = vec![Write::Delete(item.clone(), REMOVED.to_owned())];
    if removed {
        writes.push(Write::Put(item.clone(), REMOVED.to_owned(), true.into()));
    }
    commit(doc, base, &writes, stamp)
}

/// Puts a single value at a key, over every value visible at `base`.
pub(super) fn overwrite(
    doc: &mut Automerge,
    base: &[ChangeHash],
    map: &ObjId,
    key: &str,
    value: Option<&Value>,
    stamp: &Stamp,
) -> Result<Option<Change>, DocumentError> {
    let scalar = match value {
        Some(value) => register::write(value).ok_or(DocumentError::NoSuchField)?,
        None => ScalarValue::Null,
    };
    let writes =
        [Write::Delete(map.clone(), key.to_owned()), Write::Put(map.clone(), key.to_owned(), scalar)];
    commit(doc, base, &writes, stamp)
}

/// Replaces a text's content as seen at `base`.
pub(super) fn rewrite(
    doc: &mut Automerge,
    base: &[ChangeHash],
    text: &ObjId,
    content: &str,
    stamp: &Stamp,
) -> Result<Option<Change>, DocumentError> {
    commit(doc, base, &[Write::Text(text.clone(), content.to_owned())], stamp)
}

/// Where to read what stands at `base`: what stands there now is cheaper to read than what stood there.
pub(super) fn at<'a>(doc: &Automerge, base: &'a [ChangeHash]) -> Option<&'a [ChangeHash]> {
    (base != doc.get_heads()).then_some(base)
}

/// Makes sure every field that needs a container has one at `base`: returns `base` with the upgrades, and them.
fn containers_for(
    doc: &mut Automerge,
    base: &[ChangeHash],
    fields: impl Iterator<Item = &'static Field>,
) -> Result<(Vec<ChangeHash>, Vec<Change>), DocumentError> {
    let (mut heads, mut made) = (base.to_vec(), Vec::new());
    for field in fields {
        let (container, object) = match field.of {
            FieldType::Text => (Container::Text, ObjType::Text),
            of if of.is_collection() => (Container::Map, ObjType::Map),
            _ => continue,
        };
        if matches!(winning(doc, &ROOT, field.name, at(doc, base)), Some((automerge::Value::Object(o), _)) if o == object)
        {
            continue;
        }
        let change = upgrade(doc, base, field.name, container)?;
        if doc.get_change_by_hash(&change.hash()).is_none() {
            doc.apply_changes([change.clone()])?;
            made.push(change.clone());
        }
        // A head that the upgrade builds on is no head beside it.
        heads.retain(|head| !change.deps().contains(head));
        heads.push(change.hash());
    }
    Ok((heads, made))
}

fn plan(
    doc: &Automerge,
    at: Option<&[ChangeHash]>,
    field: &Field,
    from: Option<&Value>,
    to: Option<&Value>,
    writes: &mut Vec<Write>,
    new_key: &mut dyn FnMut() -> ItemId,
) -> Result<(), DocumentError> {
    let object = || {
        winning(doc, &ROOT, field.name, at)
            .filter(|(value, _)| value.is_object())
            .map(|(_, id)| id)
            .ok_or(DocumentError::UnknownVersion)
    };
    match field.of {
        FieldType::Text => {
            let text = object()?;
            writes.push(match (from, to) {
                // Most edits of notes add to them: there is nothing to compare.
                (Some(Value::Text(from)), Some(Value::Text(to))) if to.starts_with(from) => {
                    Write::Append(text, to[from.len()..].to_owned())
                }
                (_, Some(Value::Text(to))) => Write::Text(text, to.clone()),
                _ => Write::Text(text, String::new()),
            });
        }
        FieldType::Links | FieldType::Set | FieldType::Map => {
            let map = object()?;
            let (from, to) = (entries(from), entries(to));
            for (key, scalar) in &to {
                if from.get(key) != Some(scalar) {
                    writes.push(Write::Put(map.clone(), key.clone(), scalar.clone()));
                }
            }
            for key in from.keys().filter(|key| !to.contains_key(*key)) {
                // Emptying a name of a map is a value that can clash; leaving a set yields to who joins it.
                writes.push(match field.of {
                    FieldType::Map => Write::Put(map.clone(), key.clone(), ScalarValue::Null),
                    _ => Write::Delete(map.clone(), key.clone()),
                });
            }
        }
        FieldType::Items => {
            let items = |value: Option<&Value>| match value {
                Some(Value::Items(items)) => items.clone(),
                _ => Vec::new(),
            };
            plan_items(doc, at, &object()?, &items(from), &items(to), writes, new_key)?;
        }
        _ => {
            let scalar = to.and_then(register::write).unwrap_or(ScalarValue::Null);
            writes.push(Write::Put(ROOT, field.name.to_owned(), scalar));
        }
    }
    Ok(())
}

/// A set or map as the entries of its container.
fn entries(value: Option<&Value>) -> BTreeMap<String, ScalarValue> {
    let mut entries = BTreeMap::new();
    match value {
        Some(Value::Links(ids)) => entries.extend(ids.iter().map(|id| (id.to_string(), true.into()))),
        Some(Value::Set(texts)) => entries.extend(texts.iter().map(|text| (text.clone(), true.into()))),
        Some(Value::Map(texts)) => entries.extend(texts.iter().map(|(k, v)| (k.clone(), v.as_str().into()))),
        _ => {}
    }
    entries
}

fn plan_items(
    doc: &Automerge,
    at: Option<&[ChangeHash]>,
    map: &ObjId,
    from: &[Item],
    to: &[Item],
    writes: &mut Vec<Write>,
    new_key: &mut dyn FnMut() -> ItemId,
) -> Result<(), DocumentError> {
    let object =
        |key: &str| winning(doc, map, key, at).map(|(_, id)| id).ok_or(DocumentError::UnknownVersion);
    let is_old = |key: &str| from.iter().any(|old| old.key == key);
    // UUID v7: items that are added later sort behind one another without a written place, once those of the same millisecond
    // are in order.
    let mut fresh: Vec<String> =
        to.iter().filter(|item| !is_old(&item.key)).map(|_| new_key().to_string()).collect();
    fresh.sort_unstable();
    let mut fresh = fresh.into_iter();
    let keys: Vec<String> = to
        .iter()
        .map(|item| if is_old(&item.key) { item.key.clone() } else { fresh.next().unwrap_or_default() })
        .collect();
    let kept = from.iter().map(|old| &old.key).filter(|key| keys.contains(key));
    let natural = kept.chain(keys.iter().filter(|key| !is_old(key)));
    let reordered = !keys.iter().eq(natural);
    for (place, (key, item)) in keys.iter().zip(to).enumerate() {
        let place = reordered.then_some(place as i64);
        let Some(old) = from.iter().find(|old| old.key == *key) else {
            writes.push(Write::Item {
                map: map.clone(),
                key: key.clone(),
                fields: item.fields.clone(),
                place,
            });
            continue;
        };
        let inner = object(key)?;
        for name in old.fields.names_with(&item.fields) {
            let (was, is) = (old.fields.get(name), item.fields.get(name).filter(|v| !v.is_empty()));
            if was != is {
                let scalar = is.and_then(register::write).unwrap_or(ScalarValue::Null);
                writes.push(Write::Put(inner.clone(), name.clone(), scalar));
            }
        }
        writes.extend(place.map(|place| Write::Put(inner, POSITION.to_owned(), place.into())));
    }
    for old in from.iter().filter(|old| !keys.contains(&old.key)) {
        writes.push(Write::Put(object(&old.key)?, REMOVED.to_owned(), true.into()));
    }
    Ok(())
}

fn commit(
    doc: &mut Automerge,
    base: &[ChangeHash],
    writes: &[Write],
    stamp: &Stamp,
) -> Result<Option<Change>, DocumentError> {
    stamp.sign(doc);
    // The same change comes of both; at the present version nothing has to be hidden from what is read.
    let mut tx = match at(doc, base) {
        None => doc.transaction(),
        Some(base) => doc
            .transaction_at(PatchLog::inactive(), base)
            .map_err(|e| DocumentError::Corrupt(e.to_string()))?,
    };
    let done: Result<(), AutomergeError> = writes.iter().try_for_each(|write| carry_out(&mut tx, write));
    if let Err(error) = done {
        tx.rollback();
        return Err(error.into());
    }
    let mut options = CommitOptions::default().with_time(stamp.time);
    if let Some(reason) = &stamp.reason {
        options.set_message(reason);
    }
    let (hash, _) = tx.commit_with(options);
    Ok(hash.and_then(|hash| doc.get_change_by_hash(&hash)))
}

fn carry_out(tx: &mut Transaction<'_>, write: &Write) -> Result<(), AutomergeError> {
    match write {
        Write::Put(map, key, scalar) => tx.put(map, key.as_str(), scalar.clone()),
        Write::Delete(map, key) => tx.delete(map, key.as_str()),
        Write::Text(text, content) => tx.update_text(text, content),
        Write::Append(text, more) => tx.splice_text(text, tx.length(text), 0, more),
        Write::Item { map, key, fields, place } => {
            let item = tx.put_object(map, key.as_str(), ObjType::Map)?;
            if let Some(place) = place {
                tx.put(&item, POSITION, *place)?;
            }
            for (name, value) in fields.iter().filter(|(_, v)| !v.is_empty()) {
                if let Some(scalar) = register::write(value) {
                    tx.put(&item, name, scalar)?;
                }
            }
            Ok(())
        }
    }
}
