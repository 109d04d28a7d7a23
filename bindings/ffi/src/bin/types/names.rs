//! Names and words that both languages share.

use roadbook_core::model::{Choice, Field, FieldType, Kind};

/// First line of every file.
pub(super) const NOTICE: &str = "// Written by roadbook-types from the core's declarations. Do not edit.";

/// Names that every record has besides its fields.
const TAKEN: &[&str] = &["id", "info", "draft", "key", "kind", "hash", "hashValue", "fields", "conflicts"];

/// Names that Swift's own library has: an app that imports us could not write `Task { … }` any more.
const FOREIGN: &[&str] = &["Task", "Result", "Error", "Set", "Range", "Data", "Date", "Calendar", "Locale"];

/// The type of a kind: `Visit`; `TaskRecord`, because `Task` is taken.
pub(super) fn kind_type(name: &str) -> String {
    let name = pascal(name);
    if FOREIGN.contains(&name.as_str()) { name + "Record" } else { name }
}

/// `check_in_at` as `checkInAt`.
pub(super) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    let camel =
        letters.next().map_or_else(String::new, |c| c.to_lowercase().collect::<String>() + letters.as_str());
    if TAKEN.contains(&camel.as_str()) { camel + "Value" } else { camel }
}

/// `check_in_at` as `CheckInAt`.
pub(super) fn pascal(name: &str) -> String {
    name.replace('+', "_plus")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| {
            let mut letters = part.chars();
            letters
                .next()
                .map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + letters.as_str())
        })
        .collect()
}

/// The name of a choice, `camelCase`; one that begins with a digit gets the field's name in front.
pub(super) fn case(field: &Field, choice: &Choice) -> String {
    let name = if choice.value.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{}_{}", field.name, choice.value)
    } else {
        choice.value.to_owned()
    };
    let name = camel(&name);
    if name == "unknown" { "isUnknown".to_owned() } else { name }
}

/// The type of a choice, or of the elements of a set or of items: `VisitMode`, `VisitParticipant`.
pub(super) fn own_type(owner: &str, field: &Field) -> String {
    let one = match field.of {
        FieldType::Choice => field.name.to_owned(),
        _ => match field.name {
            n if n.ends_with("sses") => n[..n.len() - 2].to_owned(),
            n if n.ends_with("ies") => format!("{}y", &n[..n.len() - 3]),
            n if n.ends_with('s') && !n.ends_with("ss") => n[..n.len() - 1].to_owned(),
            n => format!("{n}_entry"),
        },
    };
    // `AccountType`, not `AccountAccountType`.
    let (owner, one) = (pascal(owner), pascal(&one));
    if one.starts_with(&owner) && one != owner { one } else { owner + &one }
}

/// Whether the app writes the field: a history that the core keeps is only read.
pub(super) fn written(field: &Field) -> bool {
    field.tracks.is_empty()
}

/// The sentence that documents a field.
pub(super) fn about(field: &Field) -> String {
    let mut text = format!("{} {}.", field.label.en, field.label.zh);
    if let Some((least, most)) = field.range {
        text += &format!(" From {least} to {most}.");
    }
    if field.required {
        text += " A record without it is refused.";
    }
    if !field.tracks.is_empty() {
        text += &format!(" Kept by the core: every new value of `{}` with its time.", camel(field.tracks));
    }
    if !field.about.is_empty() {
        text = format!("{text} {}", field.about);
    }
    text
}

/// The sentence that documents a kind.
pub(super) fn about_kind(kind: &Kind) -> String {
    match kind.about {
        "" => format!("{} {}.", kind.label.en, kind.label.zh),
        about => format!("{} {}. {about}", kind.label.en, kind.label.zh),
    }
}

/// Every field of a kind that has choices, and those of its items, with the name of its owner.
pub(super) fn choices(kind: &Kind) -> Vec<(String, &'static Field)> {
    let mut found = Vec::new();
    for field in kind.fields() {
        if !field.choices.is_empty() {
            found.push((own_type(kind.name, field), field));
        }
        for inner in field.fields.iter().filter(|inner| !inner.choices.is_empty()) {
            found.push((own_type(&own_type(kind.name, field), inner), inner));
        }
    }
    found
}

/// Fields in the order of a constructor: those a record needs first.
pub(super) fn ordered(fields: impl Iterator<Item = &'static Field>) -> Vec<&'static Field> {
    let (mut needed, rest): (Vec<_>, Vec<_>) = fields.partition(|field| field.required);
    needed.extend(rest);
    needed
}
