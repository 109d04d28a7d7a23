//! The kinds a store knows.

use super::{Kind, kinds};

/// The kinds a store knows: the standard ones and an app's own.
#[derive(Debug, Clone)]
pub struct Schema {
    kinds: Vec<&'static Kind>,
}

impl Default for Schema {
    fn default() -> Self {
        Self { kinds: kinds::STANDARD.to_vec() }
    }
}

impl Schema {
    /// The kinds Roadbook brings.
    pub fn standard() -> Self {
        Self::default()
    }

    /// One kind more. A kind of the same name is replaced.
    #[must_use]
    pub fn with(mut self, kind: &'static Kind) -> Self {
        self.kinds.retain(|k| k.name != kind.name);
        self.kinds.push(kind);
        self
    }

    /// The first field, as `kind.field`, that has one of these names.
    pub(crate) fn clash_with(&self, reserved: &[&str]) -> Option<String> {
        self.kinds().find_map(|kind| {
            let field = kind.fields().find(|field| reserved.contains(&field.name))?;
            Some(format!("{}.{}", kind.name, field.name))
        })
    }

    /// Every kind, in the order of registration.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> + '_ {
        self.kinds.iter().copied()
    }

    /// A kind by name.
    pub fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.kinds().find(|k| k.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::FieldType;

    #[test]
    fn every_declaration_is_sound() {
        let schema = Schema::standard();
        for kind in schema.kinds() {
            let mut names = HashSet::new();
            for field in kind.fields() {
                let at = format!("{}.{}", kind.name, field.name);
                assert!(names.insert(field.name), "{at} is declared twice");
                assert!(
                    field.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()),
                    "{at}"
                );
                assert!(!field.label.en.is_empty() && !field.label.zh.is_empty(), "{at} has no label");
                assert_eq!(field.of == FieldType::Items, !field.fields.is_empty(), "{at}");
                assert!(field.of != FieldType::Choice || !field.choices.is_empty(), "{at} has no choices");
                assert!(field.to.is_empty() || schema.kind(field.to).is_some(), "{at} links to no kind");
                assert!(field.tracks.is_empty() || kind.field(field.tracks).is_some(), "{at} tracks nothing");
                assert!(!field.root || (field.of == FieldType::Link && field.to == "account"), "{at}");
                for inner in field.fields {
                    assert!(
                        !inner.of.is_collection() && inner.of != FieldType::Text,
                        "{at}.{}: items hold single values",
                        inner.name
                    );
                }
                assert!(field.synonyms.iter().all(|s| *s == s.to_lowercase()), "{at}");
            }
            for name in kind.title.iter().chain(kind.indexes.iter().copied().flatten()) {
                assert!(names.contains(name), "{}: no field {name}", kind.name);
            }
        }
    }
}
