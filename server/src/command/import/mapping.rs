//! Which field each column of a file fills, by what stands above it.

use std::collections::HashMap;

use roadbook_core::model::{Field, FieldType, Kind};

use super::EXTRA;
use crate::command::Result;

/// Which field each column fills.
pub(super) struct Mapping {
    pub(super) headers: Vec<String>,
    pub(super) fields: Vec<Option<&'static Field>>,
    /// A point, and the columns of its latitude and longitude.
    pub(super) position: Option<(&'static Field, usize, usize)>,
    /// A required line that no column fills, and the columns it is composed of.
    pub(super) composed: Option<(&'static Field, Vec<usize>)>,
}

impl Mapping {
    pub(super) fn of(
        kind: &'static Kind,
        headers: &[String],
        explicit: &HashMap<&str, &str>,
    ) -> Result<Self> {
        let headers = &told_apart(headers);
        let mut fields: Vec<Option<&'static Field>> = vec![None; headers.len()];
        let mut taken: Vec<&str> = Vec::new();
        for (header, name) in explicit {
            let at = headers.iter().position(|h| h == header).ok_or_else(|| {
                format!(
                    "--map {header}={name}: the file has no column “{header}”; it has {}",
                    headers.join(", ")
                )
            })?;
            if name.is_empty() {
                taken.push(header);
                continue;
            }
            let field = kind
                .field(name)
                .ok_or_else(|| format!("--map {header}={name}: a {} has no field {name}", kind.name))?;
            fields[at] = Some(field);
            taken.push(field.name);
        }
        // A header that is the field's own name beats one that is its label, and that one a synonym.
        let rules: [fn(&Field, &str) -> bool; 3] = [
            |field, header| field.name == header || field.name.replace('_', " ") == header,
            |field, header| field.label.en.to_lowercase() == header || field.label.zh == header,
            |field, header| field.synonyms.contains(&header),
        ];
        for rule in rules {
            for (at, header) in headers.iter().enumerate() {
                let plain = header.trim().to_lowercase();
                if fields[at].is_some() || explicit.contains_key(header.as_str()) {
                    continue;
                }
                // `opportunity_id` in a file of opportunities is the id they had outside.
                let plain = match plain.replace(' ', "_") == format!("{}_id", kind.name) {
                    true => "outside_id".to_owned(),
                    false => plain,
                };
                let found = kind.fields().find(|field| !taken.contains(&field.name) && rule(field, &plain));
                if let Some(field) = found.filter(|field| field.name != EXTRA) {
                    fields[at] = Some(field);
                    taken.push(field.name);
                }
            }
        }
        // A file begins with the id its rows have where they come from, whatever that is called there.
        let first_is_id = headers.first().is_some_and(|header| names_an_id(header));
        if first_is_id && fields[0].is_none() && !explicit.contains_key(headers[0].as_str()) {
            fields[0] = kind.field("outside_id").filter(|field| !taken.contains(&field.name));
        }
        let column = |names: &[&str]| {
            headers.iter().position(|header| names.contains(&header.trim().to_lowercase().as_str()))
        };
        let position = kind
            .fields()
            .find(|field| field.of == FieldType::Point && !taken.contains(&field.name))
            .zip(column(&["lat", "latitude", "纬度"]).zip(column(&["lon", "lng", "longitude", "经度"])))
            .filter(|(_, (lat, lon))| fields[*lat].is_none() && fields[*lon].is_none())
            .map(|(field, (lat, lon))| (field, lat, lon));
        let composed = kind
            .fields()
            .find(|field| field.required && field.of == FieldType::Line && !taken.contains(&field.name))
            .map(|field| (field, Self::telling(&fields)));
        Ok(Self { headers: headers.to_vec(), fields, position, composed })
    }

    /// The columns that tell most about a record without a name: what it is about and whose it is.
    fn telling(fields: &[Option<&'static Field>]) -> Vec<usize> {
        let of = |wanted: &[FieldType]| -> Vec<usize> {
            let fills = |field: &Option<&'static Field>| field.is_some_and(|f| wanted.contains(&f.of));
            (0..fields.len()).filter(|at| fills(&fields[*at])).collect()
        };
        let about = of(&[FieldType::Items, FieldType::Set, FieldType::Link]);
        if about.is_empty() { of(&[FieldType::Line, FieldType::Text]) } else { about }
    }
}

/// Headers by which a column can be named: one without any, as spreadsheets leave above row numbers, gets its place, and one that
/// repeats another too.
fn told_apart(headers: &[String]) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        seen.push(match header.trim() {
            "" => format!("column {}", at + 1),
            _ if seen.contains(header) => format!("{header} ({})", at + 1),
            _ => header.clone(),
        });
    }
    seen
}

/// `id`, `customer_id`, `CustomerId`, `CustomerID`; not `Paid`.
fn names_an_id(header: &str) -> bool {
    let header = header.trim();
    let Some((before, id)) = header.len().checked_sub(2).and_then(|at| header.split_at_checked(at)) else {
        return false;
    };
    let last = before.chars().next_back();
    let word_begins = last.is_none_or(|c| !c.is_alphanumeric())
        || id.starts_with('I') && last.is_some_and(char::is_lowercase)
        || ["gu", "uu"].contains(&before.to_lowercase().as_str());
    id.eq_ignore_ascii_case("id") && word_begins
}

#[cfg(test)]
mod tests {
    use roadbook_core::model::Schema;
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[test]
    fn whatever_headers_a_file_has_each_field_is_filled_from_one_column() {
        let schema = Schema::standard();
        let kinds: Vec<&'static Kind> = schema.kinds().collect();
        bolero::check!().with_type::<(u8, Vec<(u8, u8, Vec<Spoil>)>)>().for_each(|(of, columns)| {
            let kind = kinds[usize::from(*of) % kinds.len()];
            let fields: Vec<&Field> = kind.fields().collect();
            let headers = columns.iter().map(|(field, name, spoils)| {
                let field = fields[usize::from(*field) % fields.len()];
                let names = [field.name, field.label.en, field.label.zh, "lat", "经度", "CustomerID", ""];
                let names: Vec<&str> = names.iter().chain(field.synonyms).copied().collect();
                let good = names[usize::from(*name) % names.len()].as_bytes();
                String::from_utf8_lossy(&bytes(good, &spoils[..spoils.len() / 2])).into_owned()
            });
            let headers: Vec<String> = headers.collect();
            let mapping = Mapping::of(kind, &headers, &HashMap::new()).unwrap();
            assert_eq!((mapping.headers.len(), mapping.fields.len()), (headers.len(), headers.len()));
            let position = mapping.position.map(|(field, ..)| field.name);
            let composed = mapping.composed.as_ref().map(|(field, _)| field.name);
            let filled =
                mapping.fields.iter().flatten().map(|field| field.name).chain(position).chain(composed);
            let mut filled: Vec<&str> = filled.collect();
            let all = filled.len();
            filled.sort_unstable();
            filled.dedup();
            assert_eq!(filled.len(), all, "{headers:?}");
            let columns = mapping.position.map_or(vec![], |(_, lat, lon)| vec![lat, lon]);
            let columns = columns.iter().chain(mapping.composed.iter().flat_map(|(_, columns)| columns));
            assert!(columns.into_iter().all(|at| *at < headers.len()));
        });
    }
}
