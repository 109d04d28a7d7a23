//! Whether a record may be saved. Everything wrong is said at once, by field.

use super::problem::SINGLE_LINE;
use super::{Field, FieldType, Fields, Item, Kind, Point, Problem, Value, Why, Zone};

/// Characters in a line, a set's element or a map's name.
pub const LINE: usize = 1_000;
/// Characters in a free text. One character costs about a byte on the wire and an operation in the document.
pub const TEXT: usize = 100_000;
/// Elements in a collection.
pub const ELEMENTS: usize = 2_000;

/// Everything wrong with a whole record.
pub fn record(kind: &Kind, fields: &Fields) -> Vec<Problem> {
    let mut problems = changed(kind, fields);
    for field in kind.fields().filter(|f| f.required) {
        if fields.get(field.name).is_none_or(Value::is_empty) {
            problems.push(Problem::new(field.name, Why::Required));
        }
    }
    if problems.is_empty()
        && let Some(check) = kind.check
    {
        problems = check(fields);
    }
    problems
}

/// Everything wrong with some fields of a kind, each looked at alone.
pub fn changed(kind: &Kind, fields: &Fields) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in fields.iter() {
        match kind.field(name) {
            Some(field) => value_of(field, name, value, &mut problems),
            None => problems.push(Problem::new(name, Why::Unknown)),
        }
    }
    problems
}

/// What is wrong with the value that a clash at `path` is to be resolved with: a field, an entry of a map (`facts.hobby`), or
/// a field of an item (`team.<key>.share`). `None` empties it.
pub fn resolved(kind: &Kind, path: &str, value: Option<&Value>) -> Vec<Problem> {
    let mut steps = path.splitn(3, '.');
    let (name, key, inner) = (steps.next().unwrap_or_default(), steps.next(), steps.next());
    let outer = kind.field(name);
    let field = match (key, inner, outer) {
        (Some(_), Some(inner), Some(outer)) if outer.of == FieldType::Items => {
            outer.fields.iter().find(|field| field.name == inner)
        }
        _ => outer,
    };
    let Some(field) = field else { return vec![Problem::new(path, Why::Unknown)] };
    let mut problems = Vec::new();
    match value.filter(|value| !value.is_empty()) {
        None if field.required && (key.is_none() || inner.is_some()) => {
            problems.push(Problem::new(path, Why::Required));
        }
        None => {}
        Some(Value::Text(text)) if field.of == FieldType::Map && key.is_some() => {
            let long = text.chars().count() > TEXT;
            problems.extend(long.then(|| Problem::new(path, Why::TooLong { most: TEXT })));
        }
        Some(value) => value_of(field, path, value, &mut problems),
    }
    problems
}

fn value_of(field: &Field, path: &str, value: &Value, problems: &mut Vec<Problem>) {
    let mut problem = |why| problems.push(Problem::new(path, why));
    let mut length = |given: usize, most: usize| {
        if given > most {
            problem(Why::TooLong { most });
        }
    };
    match (field.of, value) {
        (FieldType::Line, Value::Text(text)) => {
            length(text.chars().count(), LINE);
            if text.contains(['\n', '\r']) {
                problem(Why::WrongType { expected: SINGLE_LINE });
            }
        }
        (FieldType::Text, Value::Text(text)) => length(text.chars().count(), TEXT),
        (FieldType::Choice, Value::Text(text)) => chosen(field, text, path, problems),
        (FieldType::Integer, Value::Integer(n)) => {
            if let Some((least, most)) = field.range
                && !(least..=most).contains(n)
            {
                problem(Why::OutOfRange { range: format!("{least} to {most}") });
            }
        }
        (FieldType::Time, Value::Time(time)) => {
            if time.instant().is_none() || time.zone.parse::<Zone>().is_err() {
                problem(Why::OutOfRange { range: "an instant and an IANA zone".to_owned() });
            }
        }
        (FieldType::Point, Value::Point(p)) => {
            if Point::new(p.lat, p.lon, p.accuracy).is_none() {
                problem(Why::OutOfRange { range: "−90 to 90, −180 to 180, accuracy ≥ 0 m".to_owned() });
            }
        }
        (FieldType::Link, Value::Link(id)) => {
            if id.is_nil() {
                problem(Why::Required);
            }
        }
        (FieldType::Flag, Value::Flag(_))
        | (FieldType::Money, Value::Money(_))
        | (FieldType::Date, Value::Date(_))
        | (FieldType::Member, Value::Member(_)) => {}
        (FieldType::Links, Value::Links(ids)) => length(ids.len(), ELEMENTS),
        (FieldType::Set, Value::Set(texts)) => {
            length(texts.len(), ELEMENTS);
            for text in texts {
                if text.is_empty() || text.chars().count() > LINE {
                    problems.push(Problem::new(path, Why::TooLong { most: LINE }));
                } else if !field.choices.is_empty() {
                    chosen(field, text, path, problems);
                }
            }
        }
        (FieldType::Map, Value::Map(texts)) => {
            length(texts.len(), ELEMENTS);
            for (name, text) in texts {
                if name.is_empty() || name.chars().count() > LINE {
                    problems.push(Problem::new(path, Why::TooLong { most: LINE }));
                }
                if text.chars().count() > TEXT {
                    problems.push(Problem::new(format!("{path}.{name}"), Why::TooLong { most: TEXT }));
                }
            }
        }
        (FieldType::Items, Value::Items(items)) => {
            length(items.len(), ELEMENTS);
            for (place, item) in items.iter().enumerate() {
                item_of(field, &format!("{path}[{}]", place + 1), item, problems);
            }
        }
        _ => problem(Why::WrongType { expected: expected(field.of) }),
    }
}

fn item_of(field: &Field, path: &str, item: &Item, problems: &mut Vec<Problem>) {
    for (name, value) in item.fields.iter() {
        let path = format!("{path}.{name}");
        match field.fields.iter().find(|f| f.name == name) {
            Some(inner) => value_of(inner, &path, value, problems),
            None => problems.push(Problem::new(path, Why::Unknown)),
        }
    }
    for inner in field.fields.iter().filter(|f| f.required) {
        if item.fields.get(inner.name).is_none_or(Value::is_empty) {
            problems.push(Problem::new(format!("{path}.{}", inner.name), Why::Required));
        }
    }
}

fn chosen(field: &Field, given: &str, path: &str, problems: &mut Vec<Problem>) {
    if !given.is_empty() && field.choices.iter().all(|c| c.value != given) {
        problems.push(Problem::new(
            path,
            Why::NotAChoice {
                given: given.chars().take(80).collect(),
                choices: field.choices.iter().map(|c| c.value).collect(),
            },
        ));
    }
}

fn expected(of: FieldType) -> &'static str {
    match of {
        FieldType::Line => "line of text",
        FieldType::Text => "text",
        FieldType::Integer => "whole number",
        FieldType::Flag => "yes or no",
        FieldType::Choice => "choice",
        FieldType::Money => "money value",
        FieldType::Time => "time with zone",
        FieldType::Date => "day",
        FieldType::Point => "place",
        FieldType::Link => "record id",
        FieldType::Member => "member id",
        FieldType::Links => "set of record ids",
        FieldType::Set => "set of texts",
        FieldType::Map => "map of texts",
        FieldType::Items => "list of items",
    }
}
