//! One automerge document a record: the unit of merge, of access and of erasure.
//!
//! Reading and writing are by field and generic over [`Kind`]: `docs/decisions/0002-no-autosurgeon.md` says why no
//! derive macro sits between. Nothing here touches SQLite or the network.

mod bounds;
mod clash;
mod content;
mod create;
mod edit;
mod history;
mod register;
mod rehung;
mod snapshot;
mod upgrade;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, Author, Automerge, AutomergeError, Change, ChangeHash};

pub(crate) use bounds::OPERATIONS;
pub(crate) use create::{create, create_shared};
pub(crate) use edit::Changes;
pub(crate) use rehung::{Rehung, rehung};
pub(crate) use snapshot::changes_of_snapshot;

use self::content::Content;
use crate::model::{
    ChangeId, Clash, Deletion, Fields, Heads, HistoryEntry, ItemId, Kind, MemberId, RecordId, Resolution,
    Value,
};

/// The newest major schema version this build writes and understands. Fields are only ever added, so it rises only
/// when an older client would misunderstand a document; such a document is kept, synced and shown read-only.
pub(crate) const SCHEMA_MAJOR: i64 = 1;

/// Why a document could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// Its bytes are not what automerge wrote.
    #[error("the document cannot be read: {0}")]
    Corrupt(String),
    /// An edit names a version that is not in the document.
    #[error("the version this was read at is not in the document")]
    UnknownVersion,
    /// A path leads to no field, or not to one that can be resolved that way.
    #[error("there is nothing to resolve at that field")]
    NoSuchField,
    /// A later schema's document.
    #[error("the document was written by a newer version of the app")]
    NewerSchema,
}

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// What signs a change.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// The actor of this opening of the store. Fresh each time: a phone restored from a backup must never reuse an
    /// actor's sequence numbers.
    pub(crate) actor: ActorId,
    /// Who writes.
    pub(crate) author: Option<MemberId>,
    /// The device's clock, seconds since 1970 UTC (the unit automerge's other clients use).
    pub(crate) time: i64,
    /// Why.
    pub(crate) reason: Option<String>,
}

impl Stamp {
    /// The same, with why.
    pub(crate) fn because(mut self, reason: Option<&str>) -> Self {
        self.reason = reason.map(str::trim).filter(|reason| !reason.is_empty()).map(str::to_owned);
        self
    }

    fn sign(&self, doc: &mut Automerge) {
        // Order matters: setting an author makes automerge invent an actor.
        doc.set_author(self.author.map(|member| Author::from(member.as_bytes().to_vec())));
        doc.set_actor(self.actor.clone());
    }
}

/// What a query row is made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Projection {
    pub(crate) fields: Fields,
    pub(crate) deleted: Option<Deletion>,
    pub(crate) clashes: u32,
    pub(crate) created_by: Option<MemberId>,
    pub(crate) created_at: i64,
    pub(crate) updated_by: Option<MemberId>,
    pub(crate) updated_at: i64,
    pub(crate) heads: Heads,
    /// Written by a newer major schema: shown, not edited.
    pub(crate) newer: bool,
}

impl Projection {
    /// Of a record as it was created.
    fn of_creation(fields: Fields, author: Option<MemberId>, time: i64, id: ChangeId) -> Self {
        Self {
            fields,
            deleted: None,
            clashes: 0,
            created_by: author,
            created_at: time,
            updated_by: author,
            updated_at: time,
            heads: Heads(vec![id]),
            newer: false,
        }
    }
}

/// A change from bytes. Everything that arrives passes here; automerge may panic on what nobody honest wrote.
pub(crate) fn decode_change(bytes: &[u8]) -> Result<Change, DocumentError> {
    bounds::check(bytes)?;
    let change = guarded(|| Change::try_from(bytes).map_err(|e| DocumentError::Corrupt(e.to_string())))?;
    // automerge checks the checksum of documents only; here it stands for the flipped bit on its way or on disk.
    match bytes.get(4..8) {
        Some(checksum) if *checksum == change.hash().0[..4] => Ok(change),
        _ => Err(DocumentError::Corrupt("the checksum does not match".to_owned())),
    }
}

/// What the one change that created a document says: enough for its query row, without building the document.
#[derive(Debug)]
pub(crate) struct Creation {
    content: Content,
    author: Option<MemberId>,
    time: i64,
    id: ChangeId,
}

impl Creation {
    /// `None` if the change does not create a document, or needs the whole document to be understood.
    pub(crate) fn of(change: &Change) -> Option<Self> {
        if !change.deps().is_empty() {
            return None;
        }
        let expanded = guarded(|| Ok(change.decode())).ok()?;
        let content = Content::of_operations(expanded.operations, expanded.start_op, &expanded.actor_id)?;
        Some(Self {
            content,
            author: author(change),
            time: change.timestamp(),
            id: change_id(&change.hash()),
        })
    }

    /// The kind's name.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.content.kind()
    }

    /// What its query row is made of.
    pub(crate) fn project(self, kind: &Kind) -> Projection {
        Projection {
            deleted: self.content.deleted().map(|reason| Deletion { reason: reason.to_owned() }),
            newer: self.content.schema() > SCHEMA_MAJOR,
            ..Projection::of_creation(
                self.content.into_fields(kind, &|_, _| false),
                self.author,
                self.time,
                self.id,
            )
        }
    }
}

/// A whole document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    doc: Automerge,
}

impl Document {
    /// The document that these changes make, in an order in which each finds what it builds on.
    pub(crate) fn from_changes<'a>(
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, DocumentError> {
        let changes = changes.into_iter().map(decode_change).collect::<Result<Vec<_>, _>>()?;
        let mut document = Self { doc: Automerge::new() };
        document.apply(changes)?;
        Ok(document)
    }

    /// Takes changes in. Refused as a whole if one cannot be applied.
    pub(crate) fn apply(&mut self, changes: Vec<Change>) -> Result<(), DocumentError> {
        // automerge may give up half-way; a copy shares what does not change.
        let before = self.doc.clone();
        let doc = &mut self.doc;
        let done = guarded(|| Ok(doc.apply_changes(changes)?));
        if done.is_err() {
            self.doc = before;
        }
        done
    }

    /// Whether every change that `change` builds on is here.
    pub(crate) fn has_deps_of(&self, change: &Change) -> bool {
        self.completed_by(std::slice::from_ref(change))
    }

    /// Whether each of these changes builds on what is here, or on those before it.
    pub(crate) fn completed_by(&self, changes: &[Change]) -> bool {
        let mut before = HashSet::new();
        changes.iter().all(|change| {
            let here =
                |dep: &ChangeHash| before.contains(dep) || self.doc.get_change_meta_by_hash(dep).is_some();
            let complete = change.deps().iter().all(here);
            before.insert(change.hash());
            complete
        })
    }

    /// The document's present version.
    pub(crate) fn heads(&self) -> Heads {
        Heads(self.doc.get_heads().iter().map(change_id).collect())
    }

    /// How many changes it has.
    pub(crate) fn changes(&self) -> usize {
        self.doc.get_changes_meta(&[]).len()
    }

    /// How many operations it has; of what was written side by side only the longest counts.
    pub(crate) fn operations(&self) -> u64 {
        self.doc.get_changes_meta(&[]).iter().map(|meta| meta.max_op).max().unwrap_or_default()
    }

    /// The kind's name.
    pub(crate) fn kind(&self) -> Option<String> {
        content::kind_of(&self.doc)
    }

    /// What its query row is made of.
    pub(crate) fn project(&self, kind: &Kind) -> Result<Projection, DocumentError> {
        guarded(|| Ok(self.project_unguarded(kind)))
    }

    /// The same, where it is known what was given for the fields, and that the record is neither deleted nor holds a clash.
    pub(crate) fn project_known(&self, kind: &Kind, mut fields: Fields) -> Projection {
        // The items of a record that stood are what was read.
        let given = fields.0.values_mut().filter(|value| !matches!(value, Value::Items(_)));
        given.for_each(create::read_back);
        let projection = self.written(Projection { fields, ..Projection::default() });
        debug_assert_eq!(projection, self.project_unguarded(kind));
        projection
    }

    fn project_unguarded(&self, kind: &Kind) -> Projection {
        let doc = &self.doc;
        let content = Content::of_document(doc, None);
        let kept = clash::kept_items(doc, kind, &content);
        self.written(Projection {
            deleted: content.deleted().map(|reason| Deletion { reason: reason.to_owned() }),
            clashes: u32::try_from(clash::find(doc, kind, &content).len()).unwrap_or(u32::MAX),
            newer: content.schema() > SCHEMA_MAJOR,
            fields: content
                .into_fields(kind, &|field, key| kept.contains(&(field.to_owned(), key.to_owned()))),
            ..Projection::default()
        })
    }

    /// A projection with who wrote the document, when, and its version.
    fn written(&self, projection: Projection) -> Projection {
        let doc = &self.doc;
        let author = |meta: &automerge::ChangeMetadata<'_>| {
            doc.get_author_for_actor(&meta.actor).and_then(|a| member_of(a.as_bytes()))
        };
        let written = doc.get_changes_meta(&[]);
        let mut by_people = written.iter().filter(|meta| !clash::is_upgrade(meta));
        // Two managers may have begun the playbook apart: the order in which their changes came is not the same everywhere.
        let created = by_people
            .clone()
            .find(|meta| meta.deps.is_empty())
            .or_else(|| by_people.clone().min_by_key(|meta| (meta.timestamp, meta.hash)));
        let updated = by_people.by_ref().max_by_key(|meta| (meta.timestamp, meta.hash));
        Projection {
            created_by: created.and_then(author),
            created_at: created.map_or(0, |meta| meta.timestamp),
            updated_by: updated.and_then(author),
            updated_at: updated.map_or(0, |meta| meta.timestamp),
            heads: self.heads(),
            ..projection
        }
    }

    /// The fields as they were at a version.
    pub(crate) fn fields_at(&self, kind: &Kind, base: &Heads) -> Result<Fields, DocumentError> {
        let base = self.known(base)?;
        let content = guarded(|| Ok(Content::of_document(&self.doc, edit::at(&self.doc, &base))))?;
        let kept = clash::kept_items(&self.doc, kind, &content);
        Ok(content.into_fields(kind, &|field, key| kept.contains(&(field.to_owned(), key.to_owned()))))
    }

    /// Writes changed fields at the version they were read at, which `shown` says. Returns the new changes in causal order.
    pub(crate) fn edit(
        &mut self,
        kind: &Kind,
        base: &Heads,
        shown: &Fields,
        changes: &Changes,
        stamp: &Stamp,
        fresh: &mut dyn FnMut() -> ItemId,
    ) -> Result<Vec<Change>, DocumentError> {
        self.check_schema()?;
        let base = self.known(base)?;
        let doc = &mut self.doc;
        guarded(|| edit::edit(doc, kind, &base, changes, shown, stamp, fresh))
    }

    /// Marks the record as deleted (with a reason), or takes the mark away.
    pub(crate) fn mark_deleted(
        &mut self,
        reason: Option<&str>,
        stamp: &Stamp,
    ) -> Result<Option<Change>, DocumentError> {
        self.check_schema()?;
        let heads = self.doc.get_heads();
        edit::mark_deleted(&mut self.doc, &heads, reason, stamp)
    }

    /// Everything two people did to the same thing that nobody has decided on.
    pub(crate) fn clashes(&self, record: RecordId, kind: &Kind) -> Result<Vec<Clash>, DocumentError> {
        guarded(|| {
            let content = Content::of_document(&self.doc, None);
            let found = clash::find(&self.doc, kind, &content);
            Ok(clash::describe(&self.doc, record, kind, found, &self.heads()))
        })
    }

    /// Resolves one clash as it was seen at `base`.
    pub(crate) fn resolve(
        &mut self,
        kind: &Kind,
        base: &Heads,
        path: &str,
        resolution: &Resolution,
        stamp: &Stamp,
        fresh: &mut dyn FnMut() -> ItemId,
    ) -> Result<Vec<Change>, DocumentError> {
        self.check_schema()?;
        let base = self.known(base)?;
        let doc = &mut self.doc;
        guarded(|| clash::resolve(doc, kind, &base, path, resolution, stamp, fresh))
    }

    /// Who wrote what, oldest first.
    pub(crate) fn history(&self, kind: &Kind) -> Result<Vec<HistoryEntry>, DocumentError> {
        guarded(|| Ok(history::history(&self.doc, kind)))
    }

    /// The changes that none of `without` is needed for: the document as if those had never been made.
    pub(crate) fn changes_without(&self, without: &HashSet<ChangeId>) -> Vec<ChangeId> {
        let mut gone: HashSet<ChangeHash> = without.iter().map(|id| ChangeHash(id.0)).collect();
        let mut kept = Vec::new();
        for meta in self.doc.get_changes_meta(&[]) {
            if gone.contains(&meta.hash) || meta.deps.iter().any(|dep| gone.contains(dep)) {
                gone.insert(meta.hash);
            } else {
                kept.push(change_id(&meta.hash));
            }
        }
        kept
    }

    fn check_schema(&self) -> Result<(), DocumentError> {
        match content::schema_of(&self.doc) {
            major if major > SCHEMA_MAJOR => Err(DocumentError::NewerSchema),
            _ => Ok(()),
        }
    }

    fn known(&self, base: &Heads) -> Result<Vec<ChangeHash>, DocumentError> {
        let heads: Vec<ChangeHash> = base.0.iter().map(|id| ChangeHash(id.0)).collect();
        if heads.is_empty() || heads.iter().any(|h| self.doc.get_change_meta_by_hash(h).is_none()) {
            return Err(DocumentError::UnknownVersion);
        }
        Ok(heads)
    }
}

pub(crate) fn change_id(hash: &ChangeHash) -> ChangeId {
    ChangeId(hash.0)
}

/// Who signed a change.
pub(crate) fn author(change: &Change) -> Option<MemberId> {
    change.author().and_then(|author| member_of(author.as_bytes()))
}

fn member_of(author: &[u8]) -> Option<MemberId> {
    MemberId::from_slice(author)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(DocumentError::Corrupt("automerge gave up on it".to_owned())))
}
