//! Values in and out of the scalars of a document.

use std::collections::BTreeMap;

use automerge::ScalarValue;
use chrono::NaiveDate;

use crate::model::{Currency, FieldType, Money, Point, RecordId, Time, Value};

/// A value in a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Str(String),
    Int(i64),
    Flag(bool),
    Timestamp(i64),
    Text(String),
    Map(BTreeMap<String, Node>),
    /// Something no field of ours holds: kept in the document, shown as empty.
    Other,
}

impl Node {
    pub(super) fn from_scalar(scalar: &ScalarValue) -> Self {
        match scalar {
            ScalarValue::Null => Self::Null,
            ScalarValue::Str(text) => Self::Str(text.as_str().to_owned()),
            ScalarValue::Int(n) => Self::Int(*n),
            ScalarValue::Uint(n) => i64::try_from(*n).map_or(Self::Other, Self::Int),
            // JavaScript writes whole numbers above 2^53, and all fractions, as floats.
            ScalarValue::F64(x) if x.fract() == 0.0 && x.abs() < 9e15 => Self::Int(*x as i64),
            ScalarValue::Boolean(yes) => Self::Flag(*yes),
            ScalarValue::Timestamp(at) => Self::Timestamp(*at),
            _ => Self::Other,
        }
    }
}

/// The scalar a single value is written as. Collections have none.
pub(super) fn write(value: &Value) -> Option<ScalarValue> {
    Some(match value {
        Value::Text(text) => ScalarValue::Str(text.into()),
        Value::Integer(n) => ScalarValue::Int(*n),
        Value::Flag(yes) => ScalarValue::Boolean(*yes),
        Value::Money(m) => ScalarValue::Str(format!("{} {}", m.amount, m.currency).into()),
        Value::Time(t) => ScalarValue::Str(format!("{} {}", t.at, t.zone).into()),
        Value::Date(day) => ScalarValue::Str(day.to_string().into()),
        Value::Point(point) => ScalarValue::Str(point.to_string().into()),
        Value::Link(id) => ScalarValue::Str(id.to_string().into()),
        Value::Member(id) => ScalarValue::Str(id.to_string().into()),
        Value::Links(_) | Value::Set(_) | Value::Map(_) | Value::Items(_) => return None,
    })
}

/// The value a scalar stands for in a field of type `of`. `None` for an empty field and for a scalar that another
/// client wrote in a form this one does not know: it stays in the document and shows as empty.
pub(super) fn read(of: FieldType, node: Node) -> Option<Value> {
    match (of, node) {
        (FieldType::Line | FieldType::Text | FieldType::Choice, Node::Str(text) | Node::Text(text)) => {
            (!text.is_empty()).then_some(Value::Text(text))
        }
        (FieldType::Integer, Node::Int(n)) => Some(Value::Integer(n)),
        (FieldType::Flag, Node::Flag(yes)) => Some(Value::Flag(yes)),
        (FieldType::Money, Node::Str(text)) => {
            let (amount, currency) = text.split_once(' ')?;
            let currency: Currency = currency.parse().ok()?;
            Some(Value::Money(Money::new(amount.parse().ok()?, currency)))
        }
        (FieldType::Time, Node::Str(text)) => {
            let (at, zone) = text.split_once(' ')?;
            Some(Value::Time(Time::new(at.parse().ok()?, zone)))
        }
        (FieldType::Time, Node::Timestamp(at)) => Some(Value::Time(Time::new(at, "UTC"))),
        (FieldType::Date, Node::Str(text)) => text.parse::<NaiveDate>().ok().map(Value::Date),
        (FieldType::Point, Node::Str(text)) => text.parse::<Point>().ok().map(Value::Point),
        (FieldType::Link, Node::Str(text)) => text.parse::<RecordId>().ok().map(Value::Link),
        (FieldType::Member, Node::Str(text)) => text.parse().ok().map(Value::Member),
        _ => None,
    }
}
