//! Swift.

use roadbook_core::model::{Field, FieldType, Kind, Wording};

use super::names::{
    NOTICE, about, about_kind, camel, case, choices, kind_type, ordered, own_type, pascal, written,
};

const KEYWORDS: &[&str] = &[
    "as",
    "associatedtype",
    "break",
    "case",
    "catch",
    "class",
    "continue",
    "default",
    "defer",
    "deinit",
    "do",
    "else",
    "enum",
    "extension",
    "fallthrough",
    "false",
    "fileprivate",
    "for",
    "func",
    "guard",
    "if",
    "import",
    "in",
    "init",
    "inout",
    "internal",
    "is",
    "let",
    "nil",
    "operator",
    "precedencegroup",
    "private",
    "protocol",
    "public",
    "repeat",
    "rethrows",
    "return",
    "self",
    "static",
    "struct",
    "subscript",
    "super",
    "switch",
    "throw",
    "throws",
    "true",
    "try",
    "typealias",
    "var",
    "where",
    "while",
];

pub(super) fn file(kind: &Kind) -> String {
    let name = kind_type(kind.name);
    let draft = format!("{}Draft", pascal(kind.name));
    let all = ordered(kind.fields());
    let drafted: Vec<&Field> = all.iter().copied().filter(|f| written(f)).collect();
    let mut out = format!("{NOTICE}\n");
    if kind.fields().flat_map(|f| std::iter::once(f).chain(f.fields)).any(|f| f.of == FieldType::Time) {
        out += "public import struct Foundation.Date\n";
    }

    out += &format!("\n/// {}\npublic struct {name}: Record {{\n", about_kind(kind));
    out += "    /// Its id.\n    public let id: RecordId\n";
    out += "    /// What every record has.\n    public let info: RecordInfo\n";
    for field in &all {
        out +=
            &format!("    /// {}\n    public let {}: {}\n", about(field), ident(field), of(kind.name, field));
    }
    out += &format!(
        "\n    /// The kind's name and what people call it.\n    public static let kind = Kind({}, {})\n",
        quote(kind.name),
        label(kind.label)
    );
    out += &format!(
        "\n    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.\n    public var draft: {draft} {{\n        {draft}(\n"
    );
    let copies: Vec<String> =
        drafted.iter().map(|f| format!("            {}: {}", camel(f.name), ident(f))).collect();
    out += &copies.join(",\n");
    out += ")\n    }\n";
    out += "\n    /// Reads a record. The core calls it.\n    public init(stored: StoredRecord) {\n        let f = stored.fields\n        id = stored.id\n        info = stored.info\n";
    for field in &all {
        out += &format!("        {} = {}\n", ident(field), read(kind.name, field));
    }
    out += "    }\n\n    /// The fields, to filter and sort by and to show.\n    public enum Fields {\n";
    for field in kind.fields() {
        out += &format!(
            "        /// {}\n        public static let {} = Field<{name}, {}>({}, {})\n",
            about(field),
            ident(field),
            of(kind.name, field).trim_end_matches('?'),
            quote(field.name),
            label(field.label)
        );
    }
    out += "    }\n}\n";

    out += &format!(
        "\n/// A ``{name}`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.\n"
    );
    out += &format!(
        "public struct {draft}: Draft {{\n    /// What becomes of it.\n    public typealias Kept = {name}\n"
    );
    out += &members(kind.name, &drafted, "");
    out += "\n    /// Writes the fields. The core calls it.\n    public func write(to f: inout StoredFields) {\n";
    for field in &drafted {
        out += &format!("        {}\n", write(field));
    }
    out += "    }\n}\n";

    for field in kind.fields().filter(|f| f.of == FieldType::Items) {
        out += &item(kind.name, field);
    }
    for (name, field) in choices(kind) {
        out += &choice(&name, field);
    }
    out
}

/// Variables with their documentation, and an initialiser with defaults.
fn members(owner: &str, fields: &[&Field], extra: &str) -> String {
    let mut out = String::new();
    for field in fields {
        out += &format!("    /// {}\n    public var {}: {}\n", about(field), ident(field), of(owner, field));
    }
    if !extra.is_empty() {
        out += "    /// Its key in the collection; empty for a new one.\n    public var key: String\n";
    }
    let mut parameters: Vec<String> =
        fields.iter().map(|f| format!("        {}: {}{}", camel(f.name), of(owner, f), default(f))).collect();
    if !extra.is_empty() {
        parameters.push(extra.to_owned());
    }
    out += &format!(
        "\n    /// Makes one of these fields; all but the needed ones may be left out.\n    public init(\n{}\n    ) {{\n",
        parameters.join(",\n")
    );
    for field in fields {
        out += &format!("        self.{} = {}\n", camel(field.name), ident(field));
    }
    if !extra.is_empty() {
        out += "        self.key = key\n";
    }
    out + "    }\n"
}

/// A thing inside a collection.
fn item(owner: &str, field: &Field) -> String {
    let name = own_type(owner, field);
    let fields = ordered(field.fields.iter());
    let mut out = format!("\n/// One of the {} of a ``{}``.\n", camel(field.name), kind_type(owner));
    out += &format!("public struct {name}: Hashable, Sendable, StoredItem {{\n");
    out += &members(&name, &fields, "        key: String = \"\"");
    out += "\n    init(key: String, stored f: StoredFields) {\n";
    for inner in &fields {
        out += &format!("        {} = {}\n", ident(inner), read(&name, inner));
    }
    out += "        self.key = key\n    }\n\n    func write(to f: inout StoredFields) {\n";
    for inner in &fields {
        out += &format!("        {}\n", write(inner));
    }
    out + "    }\n}\n"
}

fn choice(name: &str, field: &Field) -> String {
    let mut out = format!(
        "\n/// {} {}. A value that this version does not know is kept as ``unknown(_:)``.\npublic enum {name}: Choice {{\n",
        field.label.en, field.label.zh
    );
    for c in field.choices {
        out += &format!("    /// {} {}.\n    case {}\n", c.label.en, c.label.zh, escape(&case(field, c)));
    }
    out += "    /// A value of a newer version.\n    case unknown(String)\n";
    out += "\n    /// Every choice this version knows, in the order to show them.\n    public static let allCases: [Self] = [";
    let cases: Vec<String> = field.choices.iter().map(|c| format!(".{}", case(field, c))).collect();
    out += &cases.join(", ");
    out += "]\n\n    /// The value as stored.\n    public var value: String {\n        switch self {\n";
    for c in field.choices {
        out += &format!("        case .{}: {}\n", case(field, c), quote(c.value));
    }
    out += "        case .unknown(let value): value\n        }\n    }\n";
    out += "\n    /// As people read it.\n    public var label: Wording {\n        switch self {\n";
    for c in field.choices {
        out += &format!("        case .{}: {}\n", case(field, c), label(c.label));
    }
    out += "        case .unknown(let value): Wording(value, value)\n        }\n    }\n";
    out += "\n    /// The choice with this stored value.\n    public init(value: String) {\n        self = Self.allCases.first { $0.value == value } ?? .unknown(value)\n    }\n}\n";
    out
}

fn escape(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("`{name}`") } else { name.to_owned() }
}

fn ident(field: &Field) -> String {
    escape(&camel(field.name))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn label(label: Wording) -> String {
    format!("Wording({}, {})", quote(label.en), quote(label.zh))
}

fn of(owner: &str, field: &Field) -> String {
    let single = match field.of {
        FieldType::Line | FieldType::Text => "String".to_owned(),
        FieldType::Integer => "Int".to_owned(),
        FieldType::Flag => "Bool".to_owned(),
        FieldType::Choice => own_type(owner, field),
        FieldType::Money => "Money".to_owned(),
        FieldType::Time => "Date".to_owned(),
        FieldType::Date => "Day".to_owned(),
        FieldType::Point => "GeoPoint".to_owned(),
        FieldType::Link => "RecordId".to_owned(),
        FieldType::Member => "MemberId".to_owned(),
        FieldType::Links => return "Set<RecordId>".to_owned(),
        FieldType::Set if field.choices.is_empty() => return "Set<String>".to_owned(),
        FieldType::Set => return format!("Set<{}>", own_type(owner, field)),
        FieldType::Map => return "[String: String]".to_owned(),
        FieldType::Items => return format!("[{}]", own_type(owner, field)),
    };
    if field.required { single } else { single + "?" }
}

fn default(field: &Field) -> &'static str {
    match field.of {
        _ if field.required => "",
        FieldType::Links | FieldType::Set | FieldType::Items => " = []",
        FieldType::Map => " = [:]",
        _ => " = nil",
    }
}

/// `StoredFields` has a `get` for each type; one that is not optional reads as nothing said.
fn read(_owner: &str, field: &Field) -> String {
    format!("f.get({})", quote(field.name))
}

fn write(field: &Field) -> String {
    format!("f.put({}, {})", quote(field.name), ident(field))
}
