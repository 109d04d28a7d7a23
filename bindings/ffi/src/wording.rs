//! What people call things, in both languages.

use roadbook_core::model::Schema;

/// What people read.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiWording {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// What people call a field that only its stored name is known of, in a conflict, a history, a proposal or a problem; none if
/// no kind has it. A field of an item, as in `competitors[2].name`, is called what it is in.
#[uniffi::export]
pub fn field_label(field: String, kind: Option<String>) -> Option<FfiWording> {
    let schema = Schema::default();
    let name = field.split(['.', '[']).next()?;
    let mut kinds = schema.kinds().filter(|known| kind.as_ref().is_none_or(|kind| known.name == kind));
    let label = kinds.find_map(|kind| kind.field(name))?.label;
    Some(FfiWording { en: label.en.to_owned(), zh: label.zh.to_owned() })
}
