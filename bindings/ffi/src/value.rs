//! Values of fields at the border.
//!
//! An enum, not JSON text: it costs the generated code one type, keeps every integer and double exact, needs no JSON
//! library in either language, and a wrong value cannot be spelt.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use roadbook_core::model::{Fields, Item, Money, Point, Time, Value};

use crate::FfiError;

/// The value of a field.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum FfiValue {
    /// A line, a free text or a choice.
    Text {
        /// The text.
        text: String,
    },
    /// A whole number.
    Integer {
        /// The number.
        number: i64,
    },
    /// Yes or no.
    Flag {
        /// Whether it is set.
        set: bool,
    },
    /// Money.
    Money {
        /// Minor units.
        amount: i64,
        /// ISO 4217 code.
        currency: String,
    },
    /// An instant and the zone it was entered in.
    Time {
        /// Milliseconds since 1970 UTC.
        at: i64,
        /// IANA zone.
        zone: String,
    },
    /// A calendar day.
    Date {
        /// Year.
        year: i32,
        /// Month, 1 to 12.
        month: u32,
        /// Day of the month, 1 to 31.
        day: u32,
    },
    /// A place (WGS 84).
    Point {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Metres.
        accuracy: Option<f64>,
    },
    /// Another record.
    Link {
        /// Its id.
        id: String,
    },
    /// A member of the workspace.
    Member {
        /// Their id.
        id: String,
    },
    /// Other records, each once.
    Links {
        /// Their ids.
        ids: Vec<String>,
    },
    /// Texts, each once.
    Texts {
        /// The texts.
        texts: Vec<String>,
    },
    /// Texts by name.
    Named {
        /// The texts.
        texts: HashMap<String, String>,
    },
    /// Things with an identity, in order.
    Items {
        /// The things.
        items: Vec<FfiItem>,
    },
}

/// A thing with an identity inside a record's collection.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FfiItem {
    /// Its key; empty for a new one.
    pub key: String,
    /// Its fields by name.
    pub fields: HashMap<String, FfiValue>,
}

impl From<Value> for FfiValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::Text { text },
            Value::Integer(number) => Self::Integer { number },
            Value::Flag(set) => Self::Flag { set },
            Value::Money(m) => Self::Money { amount: m.amount, currency: m.currency.to_string() },
            Value::Time(t) => Self::Time { at: t.at, zone: t.zone },
            Value::Date(d) => Self::Date { year: d.year(), month: d.month(), day: d.day() },
            Value::Point(p) => Self::Point { lat: p.lat, lon: p.lon, accuracy: p.accuracy },
            Value::Link(id) => Self::Link { id: id.to_string() },
            Value::Member(id) => Self::Member { id: id.to_string() },
            Value::Links(ids) => Self::Links { ids: ids.iter().map(ToString::to_string).collect() },
            Value::Set(texts) => Self::Texts { texts: texts.into_iter().collect() },
            Value::Map(texts) => Self::Named { texts: texts.into_iter().collect() },
            Value::Items(items) => Self::Items {
                items: items
                    .into_iter()
                    .map(|item| FfiItem { key: item.key, fields: from_fields(item.fields) })
                    .collect(),
            },
        }
    }
}

pub(crate) fn from_fields(fields: Fields) -> HashMap<String, FfiValue> {
    fields.0.into_iter().map(|(name, value)| (name, value.into())).collect()
}

pub(crate) fn to_fields(fields: HashMap<String, FfiValue>) -> Result<Fields, FfiError> {
    fields.into_iter().map(|(name, value)| Ok((name.clone(), to_value(&name, value)?))).collect()
}

/// The core's value; says which field is wrong if it is none.
pub(crate) fn to_value(field: &str, value: FfiValue) -> Result<Value, FfiError> {
    let wrong = |en, zh| FfiError::argument(field, en, zh);
    let id = || wrong("is not an id", "不是有效的编号");
    Ok(match value {
        FfiValue::Text { text } => Value::Text(text),
        FfiValue::Integer { number } => Value::Integer(number),
        FfiValue::Flag { set } => Value::Flag(set),
        FfiValue::Money { amount, currency } => {
            let currency = currency.parse().map_err(|()| {
                wrong(
                    "needs a currency of three upper-case letters, e.g. CNY",
                    "货币应为三个大写字母，如 CNY",
                )
            })?;
            Value::Money(Money::new(amount, currency))
        }
        FfiValue::Time { at, zone } => Value::Time(Time::new(at, &zone)),
        FfiValue::Date { year, month, day } => Value::Date(
            NaiveDate::from_ymd_opt(year, month, day)
                .ok_or_else(|| wrong("is no day of the calendar", "不是有效日期"))?,
        ),
        FfiValue::Point { lat, lon, accuracy } => Value::Point(Point { lat, lon, accuracy }),
        FfiValue::Link { id: text } => Value::Link(text.parse().map_err(|_| id())?),
        FfiValue::Member { id: text } => Value::Member(text.parse().map_err(|_| id())?),
        FfiValue::Links { ids } => {
            Value::Links(ids.iter().map(|text| text.parse()).collect::<Result<_, _>>().map_err(|_| id())?)
        }
        FfiValue::Texts { texts } => Value::set(texts),
        FfiValue::Named { texts } => Value::map(texts),
        FfiValue::Items { items } => Value::Items(
            items
                .into_iter()
                .map(|item| Ok(Item { key: item.key, fields: to_fields(item.fields)? }))
                .collect::<Result<_, FfiError>>()?,
        ),
    })
}
