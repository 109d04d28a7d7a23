//! What a record kind is: one declaration from which document, table, search, history, clashes, CSV columns, the
//! command's flags and the Kotlin and Swift types follow. `docs/RECORD-KINDS.md` shows how to add one.
//!
//! A declaration is a `static` built by `const` functions: no macro to learn, and nothing to run before `main`.

use serde::Serialize;

use super::{Fields, Problem};

/// A name as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

impl Wording {
    /// A label in both languages.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }
}

/// What a field holds, and with it how it merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line of text. Merges as a whole.
    Line,
    /// Free text. Merges by character.
    Text,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// One of the declared choices.
    Choice,
    /// Money: amount and currency merge as one.
    Money,
    /// An instant with its zone, as one.
    Time,
    /// A calendar day.
    Date,
    /// A place with accuracy, as one.
    Point,
    /// Another record.
    Link,
    /// A member of the workspace.
    Member,
    /// Other records, each once. Keeps both sides' additions.
    Links,
    /// Texts, each once. Keeps both sides' additions.
    Set,
    /// Texts by name. Merges by name.
    Map,
    /// Things with an identity and fields of their own, in order. Keeps both sides' additions; merges by field.
    Items,
}

impl FieldType {
    /// Whether the field is a container of its own inside the document.
    pub const fn is_collection(self) -> bool {
        matches!(self, Self::Links | Self::Set | Self::Map | Self::Items)
    }
}

/// One of the values a [`FieldType::Choice`] may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The value as stored.
    pub value: &'static str,
    /// As people read it.
    pub label: Wording,
    /// Other spellings an import accepts, in lower case.
    #[serde(skip)]
    pub synonyms: &'static [&'static str],
}

/// A choice.
pub const fn choice(value: &'static str, en: &'static str, zh: &'static str) -> Choice {
    Choice { value, label: Wording::new(en, zh), synonyms: &[] }
}

impl Choice {
    /// Other spellings an import accepts, in lower case.
    pub const fn synonyms(mut self, synonyms: &'static [&'static str]) -> Self {
        self.synonyms = synonyms;
        self
    }
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name everywhere: document, table column, wire, command, `snake_case`.
    pub name: &'static str,
    /// What it holds.
    #[serde(rename = "type")]
    pub of: FieldType,
    /// As people read it.
    pub label: Wording,
    /// One sentence for the documentation of the generated types and the command's help; may be empty.
    pub about: &'static str,
    /// A record without it is refused.
    pub required: bool,
    /// Search finds it.
    pub searched: bool,
    /// The account this record hangs on: the record lives in that account's book and moves with it.
    pub root: bool,
    /// The kind a link points to; empty for any kind.
    pub to: &'static str,
    /// What a choice may be, or the elements of a set; empty for free texts.
    pub choices: &'static [Choice],
    /// The fields of an item.
    pub fields: &'static [Field],
    /// Smallest and largest value of an integer.
    pub range: Option<(i64, i64)>,
    /// The field whose every new value is kept here, with its time: a collection of `{value, at}`.
    pub tracks: &'static str,
    /// Column headers an import recognises, in lower case, besides name and labels.
    #[serde(skip)]
    pub synonyms: &'static [&'static str],
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $of:ident),* $(,)?) => {
        $($(#[$doc])*
        pub const fn $name(name: &'static str, en: &'static str, zh: &'static str) -> Self {
            Self::new(name, FieldType::$of, Wording::new(en, zh))
        })*
    };
}

impl Field {
    const fn new(name: &'static str, of: FieldType, label: Wording) -> Self {
        Self {
            name,
            of,
            label,
            about: "",
            required: false,
            searched: false,
            root: false,
            to: "",
            choices: &[],
            fields: &[],
            range: None,
            tracks: "",
            synonyms: &[],
        }
    }

    constructors! {
        /// One line of text.
        line => Line,
        /// Free text that merges by character.
        text => Text,
        /// A whole number.
        integer => Integer,
        /// Yes or no.
        flag => Flag,
        /// Money.
        money => Money,
        /// An instant with its zone.
        time => Time,
        /// A calendar day.
        date => Date,
        /// A place.
        point => Point,
        /// A member of the workspace.
        member => Member,
        /// Texts, each once.
        set => Set,
        /// Texts by name.
        map => Map,
    }

    /// One of several values.
    pub const fn choice(
        name: &'static str,
        en: &'static str,
        zh: &'static str,
        choices: &'static [Choice],
    ) -> Self {
        Self { choices, ..Self::new(name, FieldType::Choice, Wording::new(en, zh)) }
    }

    /// Another record, of kind `to` (empty: of any kind).
    pub const fn link(name: &'static str, to: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { to, ..Self::new(name, FieldType::Link, Wording::new(en, zh)) }
    }

    /// Other records of kind `to`.
    pub const fn links(name: &'static str, to: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { to, ..Self::new(name, FieldType::Links, Wording::new(en, zh)) }
    }

    /// A collection of things with fields of their own. Items hold no collections and no free text.
    pub const fn items(
        name: &'static str,
        en: &'static str,
        zh: &'static str,
        fields: &'static [Field],
    ) -> Self {
        Self { fields, ..Self::new(name, FieldType::Items, Wording::new(en, zh)) }
    }

    /// One sentence about the field.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A record without it is refused.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Search finds it.
    pub const fn searched(mut self) -> Self {
        self.searched = true;
        self
    }

    /// The account the record hangs on.
    pub const fn root(mut self) -> Self {
        self.root = true;
        self
    }

    /// The elements a set may have.
    pub const fn of(mut self, choices: &'static [Choice]) -> Self {
        self.choices = choices;
        self
    }

    /// Smallest and largest value of an integer.
    pub const fn range(mut self, least: i64, most: i64) -> Self {
        self.range = Some((least, most));
        self
    }

    /// Keeps every new value of `field` with its time.
    pub const fn tracks(mut self, field: &'static str) -> Self {
        self.tracks = field;
        self
    }

    /// Column headers an import recognises, in lower case.
    pub const fn synonyms(mut self, synonyms: &'static [&'static str]) -> Self {
        self.synonyms = synonyms;
        self
    }
}

/// Fields every kind has.
pub static COMMON: &[Field] = &[
    Field::line("outside_id", "Outside id", "外部编号")
        .about("The record's id in the system it was imported from; imports link by it.")
        .synonyms(&["id", "external id", "外部id", "编号"]),
    Field::map("extra", "Other columns", "其他列")
        .about("Columns of an import that no field takes, by header.")
        .searched(),
];

/// A record kind.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Kind {
    /// Its name everywhere, `snake_case`: `gift_note`.
    pub name: &'static str,
    /// As people read it.
    pub label: Wording,
    /// One sentence for the documentation of the generated types.
    pub about: &'static str,
    /// The fields that name a record in a list, most telling first.
    pub title: &'static [&'static str],
    /// Its own fields; [`COMMON`] come on top.
    pub fields: &'static [Field],
    /// Indexes of the query table, each a list of fields.
    pub indexes: &'static [&'static [&'static str]],
    /// Rules over several fields.
    #[serde(skip)]
    pub check: Option<fn(&Fields) -> Vec<Problem>>,
}

impl Kind {
    /// A kind with these fields.
    pub const fn new(
        name: &'static str,
        en: &'static str,
        zh: &'static str,
        fields: &'static [Field],
    ) -> Self {
        Self { name, label: Wording::new(en, zh), about: "", title: &[], fields, indexes: &[], check: None }
    }

    /// One sentence about the kind.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The fields that name a record in a list.
    pub const fn title(mut self, fields: &'static [&'static str]) -> Self {
        self.title = fields;
        self
    }

    /// Indexes of the query table.
    pub const fn indexes(mut self, indexes: &'static [&'static [&'static str]]) -> Self {
        self.indexes = indexes;
        self
    }

    /// Rules over several fields: problems found in a record as it would be saved.
    pub const fn check(mut self, check: fn(&Fields) -> Vec<Problem>) -> Self {
        self.check = Some(check);
        self
    }

    /// All fields, its own first.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().chain(COMMON)
    }

    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|f| f.name == name)
    }

    /// The link to the account this kind hangs on.
    pub fn root(&self) -> Option<&'static Field> {
        self.fields().find(|f| f.root)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
