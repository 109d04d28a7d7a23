//! Records: saving, reading, clashes and history, whatever their kind.

use std::collections::{BTreeMap, HashMap};

use roadbook_core::model::{Clash, Heads, HistoryEntry, Record, Resolution, Wrote};
use roadbook_core::{Compare, Edit, Filter, Hit, New, Query, Saved, Show};

use crate::value::{from_fields, to_fields, to_value};
use crate::{FfiError, FfiValue, RoadbookCore};

/// A record.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiRecord {
    /// Its id.
    pub id: String,
    /// Its kind's name.
    pub kind: String,
    /// The book it lives in.
    pub book: String,
    /// Who created it.
    pub created_by: Option<String>,
    /// When, seconds since 1970 UTC.
    pub created_at: i64,
    /// Who changed it last.
    pub updated_by: Option<String>,
    /// When, seconds since 1970 UTC.
    pub updated_at: i64,
    /// Why it is deleted, if it is.
    pub deleted: Option<String>,
    /// Fields with a clash.
    pub clashes: u32,
    /// The version this was read at.
    pub heads: Vec<u8>,
    /// What it holds.
    pub fields: HashMap<String, FfiValue>,
}

/// A record to be created.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiNew {
    /// Its kind's name.
    pub kind: String,
    /// Its id, or a fresh one.
    pub id: Option<String>,
    /// The book, for a record that hangs on no account.
    pub book: Option<String>,
    /// What it holds.
    pub fields: HashMap<String, FfiValue>,
    /// Why, for the history.
    pub reason: Option<String>,
}

/// What a save did.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiSaved {
    /// The record.
    pub id: String,
    /// Its version now.
    pub heads: Vec<u8>,
    /// Whether anything changed.
    pub changed: bool,
}

/// How a filter compares.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiCompare {
    /// Equal.
    Is,
    /// Empty or another.
    IsNot,
    /// Less.
    Below,
    /// Less or equal.
    AtMost,
    /// More.
    Above,
    /// More or equal.
    AtLeast,
}

/// A condition on one field.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiFilter {
    /// The field.
    pub field: String,
    /// How.
    pub compare: FfiCompare,
    /// With what; absent for the empty field.
    pub value: Option<FfiValue>,
}

/// Which records of a kind, in which order.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiQuery {
    /// The kind.
    pub kind: String,
    /// All of these hold.
    pub filters: Vec<FfiFilter>,
    /// Every word of this text is found.
    pub matching: Option<String>,
    /// Only of this book.
    pub book: Option<String>,
    /// The field to sort by.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Deleted records instead of live ones.
    pub deleted: bool,
    /// At most this many.
    pub limit: u32,
    /// After leaving out this many.
    pub offset: u32,
}

/// A record that search found.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiHit {
    /// The record.
    pub id: String,
    /// Its kind's name.
    pub kind: String,
    /// What a list shows.
    pub title: String,
    /// Where the text was found.
    pub excerpt: String,
}

/// Two people changed the same thing without knowing of each other.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiClash {
    /// The record.
    pub record: String,
    /// Its kind's name.
    pub kind: String,
    /// The field.
    pub field: String,
    /// What each side did, the one that shows first.
    pub sides: Vec<FfiSide>,
    /// The version this was read at.
    pub heads: Vec<u8>,
}

/// One side of a clash.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiSide {
    /// What it did.
    pub wrote: FfiWrote,
    /// Who.
    pub by: Option<String>,
    /// When, seconds since 1970 UTC.
    pub at: i64,
}

/// What one side of a clash did.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum FfiWrote {
    /// It wrote a value, or emptied the field.
    Value {
        /// The value.
        value: Option<FfiValue>,
    },
    /// It removed the item or deleted the record.
    Removed {
        /// Why.
        reason: Option<String>,
    },
    /// It changed what the other side removed.
    Changed,
}

/// How a clash is resolved.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum FfiResolution {
    /// The field gets this value, or is emptied.
    Value {
        /// The value.
        value: Option<FfiValue>,
    },
    /// The item stays, the record is restored.
    Keep,
    /// The item is removed, the record stays deleted.
    Remove,
}

/// One field in one change.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiHistoryEntry {
    /// The change.
    pub change: String,
    /// Who wrote it.
    pub by: Option<String>,
    /// Who pushed it, if that is someone else.
    pub pushed_by: Option<String>,
    /// When, seconds since 1970 UTC.
    pub at: i64,
    /// Seconds that device's clock was behind the relay's.
    pub offset: i32,
    /// The field.
    pub field: String,
    /// Before.
    pub from: Option<FfiValue>,
    /// After.
    pub to: Option<FfiValue>,
    /// Why.
    pub why: Option<String>,
}

#[uniffi::export]
impl RoadbookCore {
    /// Creates records, all in one durable transaction.
    pub async fn create(&self, records: Vec<FfiNew>) -> Result<Vec<FfiSaved>, FfiError> {
        let records = records.into_iter().map(new).collect::<Result<Vec<_>, _>>()?;
        self.on_store(move |store| {
            let made = store.batch(|batch| batch.create_all(records))?;
            Ok(made.into_iter().map(saved).collect())
        })
        .await
    }

    /// Edits a record: the changed fields, at the version they were read at.
    pub async fn edit(
        &self,
        record: String,
        base: Vec<u8>,
        fields: HashMap<String, Option<FfiValue>>,
        reason: Option<String>,
    ) -> Result<FfiSaved, FfiError> {
        let edit = edit(&record, &base, fields, reason)?;
        self.on_store(move |store| Ok(saved(store.edit(edit)?))).await
    }

    /// Marks a record as deleted.
    pub async fn delete(&self, record: String, reason: String) -> Result<FfiSaved, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(saved(store.delete(record, &reason)?))).await
    }

    /// Takes the mark away.
    pub async fn restore(&self, record: String) -> Result<FfiSaved, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(saved(store.restore(record)?))).await
    }

    /// A record, or none if it is not on this device.
    pub async fn find(&self, record: String) -> Result<Option<FfiRecord>, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.find(record)?.map(from_record))).await
    }

    /// The records a query asks for.
    pub async fn list(&self, query: FfiQuery) -> Result<Vec<FfiRecord>, FfiError> {
        let query = to_query(query)?;
        self.on_store(move |store| Ok(store.list(&query)?.into_iter().map(from_record).collect())).await
    }

    /// How many records a query has, whatever its page.
    pub async fn count(&self, query: FfiQuery) -> Result<u64, FfiError> {
        let query = to_query(query)?;
        self.on_store(move |store| Ok(store.count(&query)?)).await
    }

    /// Records of every kind in which every word is found.
    pub async fn search(&self, text: String, limit: u32, offset: u32) -> Result<Vec<FfiHit>, FfiError> {
        self.on_store(move |store| Ok(store.search(&text, limit, offset)?.into_iter().map(hit).collect()))
            .await
    }

    /// Who changed what when, oldest first.
    pub async fn history(&self, record: String) -> Result<Vec<FfiHistoryEntry>, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.history(record)?.into_iter().map(from_history).collect())).await
    }

    /// Clashes nobody has decided on: of one record, or of all.
    pub async fn clashes(&self, record: Option<String>) -> Result<Vec<FfiClash>, FfiError> {
        let record = record.map(|text| id("record", &text)).transpose()?;
        self.on_store(move |store| Ok(store.clashes(record)?.into_iter().map(from_clash).collect())).await
    }

    /// Resolves one clash.
    pub async fn resolve(
        &self,
        record: String,
        field: String,
        seen: Vec<u8>,
        resolution: FfiResolution,
        reason: Option<String>,
    ) -> Result<FfiSaved, FfiError> {
        let record = id("record", &record)?;
        let resolution = match resolution {
            FfiResolution::Value { value } => {
                Resolution::Value(value.map(|value| to_value(&field, value)).transpose()?)
            }
            FfiResolution::Keep => Resolution::Keep,
            FfiResolution::Remove => Resolution::Remove,
        };
        let seen = Heads::from_bytes(&seen);
        self.on_store(move |store| {
            Ok(saved(store.resolve(record, &field, &seen, resolution, reason.as_deref())?))
        })
        .await
    }
}

/// An id from its text.
pub(crate) fn id<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, FfiError> {
    text.parse().map_err(|_| FfiError::argument(name, "is not an id", "不是有效的编号"))
}

pub(crate) fn edit(
    record: &str,
    base: &[u8],
    fields: HashMap<String, Option<FfiValue>>,
    reason: Option<String>,
) -> Result<Edit, FfiError> {
    let mut changed = BTreeMap::new();
    for (name, value) in fields {
        let value = value.map(|value| to_value(&name, value)).transpose()?;
        changed.insert(name, value);
    }
    Ok(Edit { record: id("record", record)?, base: Heads::from_bytes(base), fields: changed, reason })
}

pub(crate) fn new(new: FfiNew) -> Result<New, FfiError> {
    Ok(New {
        id: new.id.map(|text| id("id", &text)).transpose()?,
        book: new.book.map(|text| id("book", &text)).transpose()?,
        fields: to_fields(new.fields)?,
        kind: new.kind,
        reason: new.reason,
    })
}

fn saved(saved: Saved) -> FfiSaved {
    FfiSaved { id: saved.id.to_string(), heads: saved.heads.to_bytes(), changed: saved.changed }
}

fn from_record(record: Record) -> FfiRecord {
    let Record {
        id,
        kind,
        book,
        created_by,
        created_at,
        updated_by,
        updated_at,
        deleted,
        clashes,
        heads,
        fields,
    } = record;
    FfiRecord {
        id: id.to_string(),
        kind: kind.to_owned(),
        book: book.to_string(),
        created_by: created_by.map(|m| m.to_string()),
        created_at,
        updated_by: updated_by.map(|m| m.to_string()),
        updated_at,
        deleted: deleted.map(|d| d.reason),
        clashes,
        heads: heads.to_bytes(),
        fields: from_fields(fields),
    }
}

fn to_query(query: FfiQuery) -> Result<Query, FfiError> {
    let filter = |filter: FfiFilter| {
        let value = filter.value.map(|value| to_value(&filter.field, value)).transpose()?;
        Ok(Filter { value, compare: compare(filter.compare), field: filter.field })
    };
    Ok(Query {
        filters: query.filters.into_iter().map(filter).collect::<Result<_, FfiError>>()?,
        matching: query.matching,
        book: query.book.map(|text| id("book", &text)).transpose()?,
        sort: query.sort,
        descending: query.descending,
        show: if query.deleted { Show::Deleted } else { Show::Live },
        limit: query.limit,
        offset: query.offset,
        kind: query.kind,
    })
}

fn compare(compare: FfiCompare) -> Compare {
    match compare {
        FfiCompare::Is => Compare::Is,
        FfiCompare::IsNot => Compare::IsNot,
        FfiCompare::Below => Compare::Below,
        FfiCompare::AtMost => Compare::AtMost,
        FfiCompare::Above => Compare::Above,
        FfiCompare::AtLeast => Compare::AtLeast,
    }
}

fn hit(hit: Hit) -> FfiHit {
    FfiHit { id: hit.id.to_string(), kind: hit.kind.to_owned(), title: hit.title, excerpt: hit.excerpt }
}

fn from_clash(clash: Clash) -> FfiClash {
    let wrote = |wrote| match wrote {
        Wrote::Value(value) => FfiWrote::Value { value: value.map(Into::into) },
        Wrote::Removed { reason } => FfiWrote::Removed { reason },
        Wrote::Changed => FfiWrote::Changed,
    };
    FfiClash {
        record: clash.record.to_string(),
        kind: clash.kind.to_owned(),
        field: clash.field,
        sides: clash
            .sides
            .into_iter()
            .map(|side| FfiSide { wrote: wrote(side.wrote), by: side.by.map(|m| m.to_string()), at: side.at })
            .collect(),
        heads: clash.heads.to_bytes(),
    }
}

pub(crate) fn from_history(entry: HistoryEntry) -> FfiHistoryEntry {
    FfiHistoryEntry {
        change: entry.change.to_string(),
        by: entry.by.map(|m| m.to_string()),
        pushed_by: entry.pushed_by.map(|m| m.to_string()),
        at: entry.at,
        offset: entry.offset,
        field: entry.field,
        from: entry.from.map(Into::into),
        to: entry.to.map(Into::into),
        why: entry.why,
    }
}

#[cfg(test)]
mod tests {
    use roadbook_core::model::Fields;

    use super::*;
    use crate::FfiItem;

    #[test]
    fn every_value_crosses_and_comes_back() {
        let text = |text: &str| FfiValue::Text { text: text.to_owned() };
        let fields = HashMap::from([
            ("a".to_owned(), text("客户 👩‍👩‍👧")),
            ("b".to_owned(), FfiValue::Integer { number: i64::MIN }),
            ("c".to_owned(), FfiValue::Money { amount: -5, currency: "CNY".into() }),
            ("d".to_owned(), FfiValue::Time { at: 1, zone: "Asia/Shanghai".into() }),
            ("e".to_owned(), FfiValue::Date { year: 2024, month: 2, day: 29 }),
            ("f".to_owned(), FfiValue::Point { lat: 31.23, lon: 121.47, accuracy: None }),
            ("g".to_owned(), FfiValue::Texts { texts: vec!["x".into()] }),
            (
                "h".to_owned(),
                FfiValue::Items {
                    items: vec![FfiItem {
                        key: "0".into(),
                        fields: HashMap::from([("n".to_owned(), text("x"))]),
                    }],
                },
            ),
        ]);
        assert_eq!(to_fields(fields.clone()).map(from_fields), Ok(fields));
    }

    #[test]
    fn what_is_no_value_names_its_field() {
        for value in [
            FfiValue::Date { year: 2023, month: 2, day: 29 },
            FfiValue::Money { amount: 1, currency: "yuan".into() },
            FfiValue::Link { id: "x".into() },
        ] {
            let Err(FfiError::Failed { field, .. }) = to_value("f", value) else { panic!("accepted") };
            assert_eq!(field.as_deref(), Some("f"));
        }
    }

    #[test]
    fn empty_fields_are_no_fields() {
        assert_eq!(to_fields(HashMap::new()), Ok(Fields::new()));
    }
}
