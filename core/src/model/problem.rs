//! What is wrong with a value, for people and for code.

use std::fmt;

use super::{Kind, RecordId};

/// What a field that is no free text expects of a text.
pub(super) const SINGLE_LINE: &str = "single line";

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, with the item's place for a field inside a collection: `competitors[2].share_percent`.
    pub field: String,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The kind has no such field.
    Unknown,
    /// It must not be empty.
    Required,
    /// It holds another type of value.
    WrongType {
        /// What it should hold, e.g. `money`.
        expected: &'static str,
    },
    /// It is none of the choices.
    NotAChoice {
        /// What was given.
        given: String,
        /// What may be given.
        choices: Vec<&'static str>,
    },
    /// It is too long or too many.
    TooLong {
        /// The limit, in characters or elements.
        most: usize,
    },
    /// A number outside its range, or a time or place that does not exist.
    OutOfRange {
        /// The range, in words.
        range: String,
    },
    /// It cannot be understood.
    Unreadable {
        /// What was given, cut to 80 characters.
        given: String,
        /// What is understood, with an example.
        expected: &'static str,
    },
    /// A rule of the kind is broken.
    Rule {
        /// English.
        en: &'static str,
        /// Chinese.
        zh: &'static str,
    },
}

impl Problem {
    /// A problem with a field.
    pub fn new(field: impl Into<String>, why: Why) -> Self {
        Self { field: field.into(), why }
    }

    /// A broken rule.
    pub fn rule(field: &str, en: &'static str, zh: &'static str) -> Self {
        Self::new(field, Why::Rule { en, zh })
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        let field = &self.field;
        // A space stands beside Latin letters only.
        let gap = if field.is_ascii() { " " } else { "" };
        match &self.why {
            Why::Unknown => format!("没有字段{gap}{field}"),
            Why::Required => format!("{field}{gap}不能为空"),
            Why::WrongType { expected: SINGLE_LINE } => format!("{field}{gap}只能写一行"),
            Why::WrongType { .. } => format!("{field}{gap}的值类型不对"),
            Why::NotAChoice { given, choices } => {
                format!("{field}：“{given}” 不在可选值之内（{}）", choices.join("、"))
            }
            Why::TooLong { most } => format!("{field}{gap}过长，最多 {most}"),
            Why::OutOfRange { range } => format!("{field}{gap}超出范围（{}）", range.replace(" to ", " 至 ")),
            Why::Unreadable { given, expected } => format!("{field}：看不懂 “{given}”，应为 {expected}"),
            Why::Rule { zh, .. } => format!("{field}：{zh}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match &self.why {
            Why::Unknown => write!(f, "there is no field {field}"),
            Why::Required => write!(f, "{field} must not be empty"),
            Why::WrongType { expected } => write!(f, "{field} should be a {expected}"),
            Why::NotAChoice { given, choices } => {
                write!(f, "{field}: “{given}” is none of {}", choices.join(", "))
            }
            Why::TooLong { most } => write!(f, "{field} is too long; at most {most}"),
            Why::OutOfRange { range } => write!(f, "{field} is out of range ({range})"),
            Why::Unreadable { given, expected } => {
                write!(f, "{field}: “{given}” is not understood; expected {expected}")
            }
            Why::Rule { en, .. } => write!(f, "{field}: {en}"),
        }
    }
}

/// A record that was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}", kind, record.map(|r| format!(" {r}")).unwrap_or_default(), self.list())]
pub struct Invalid {
    /// The kind's name.
    pub kind: String,
    /// The record, unless it is new.
    pub record: Option<RecordId>,
    /// Everything wrong with it; at least one.
    pub problems: Vec<Problem>,
}

impl Invalid {
    pub(crate) fn check(kind: &Kind, record: Option<RecordId>, problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        Err(Self { kind: kind.name.to_owned(), record, problems })
    }

    fn list(&self) -> String {
        self.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
    }
}
