//! Kotlin.

use roadbook_core::model::{Field, FieldType, Kind, Wording};

use super::names::{
    NOTICE, about, about_kind, camel, case, choices, kind_type, ordered, own_type, pascal, written,
};

const KEYWORDS: &[&str] = &[
    "as",
    "break",
    "class",
    "continue",
    "do",
    "else",
    "false",
    "for",
    "fun",
    "if",
    "in",
    "interface",
    "is",
    "null",
    "object",
    "package",
    "return",
    "super",
    "this",
    "throw",
    "true",
    "try",
    "typealias",
    "typeof",
    "val",
    "var",
    "when",
    "while",
];

pub(super) fn file(kind: &Kind) -> String {
    let name = kind_type(kind.name);
    let draft = format!("{}Draft", pascal(kind.name));
    let all = ordered(kind.fields());
    let drafted: Vec<&Field> = all.iter().copied().filter(|f| written(f)).collect();
    let mut out = format!("{NOTICE}\npackage org.roadbook\n\nimport org.roadbook.ffi.FfiRecord\n");
    for (class, used) in [("java.time.Instant", FieldType::Time), ("java.time.LocalDate", FieldType::Date)] {
        if kind.fields().flat_map(|f| std::iter::once(f).chain(f.fields)).any(|f| f.of == used) {
            out += &format!("import {class}\n");
        }
    }

    out += &format!("\n/** {} */\npublic data class {name}\ninternal constructor(\n", about_kind(kind));
    out += "    override val id: RecordId,\n    override val info: RecordInfo,\n";
    for field in &all {
        out += &format!("    {}\n", comment(field));
        out += &format!("    public val {}: {},\n", ident(field), of(kind.name, field));
    }
    out += &format!(
        ") : EditableRecord<{draft}>() {{\n    override fun toDraft(): {draft} =\n        {draft}(\n"
    );
    for field in &drafted {
        out += &format!("            {0} = {0},\n", ident(field));
    }
    out += "        )\n\n    /** The fields, to filter and sort by and to show. */\n    public object Fields {\n";
    for field in kind.fields() {
        out += &format!("        {}\n", comment(field));
        out += &format!(
            "        public val {}: Field<{}> = Field({}, {})\n",
            ident(field),
            of(kind.name, field).trim_end_matches('?'),
            quote(field.name),
            label(field.label)
        );
    }
    out += &format!(
        "    }}\n\n    /** The kind. */\n    public companion object : Kind<{name}>({}, {}) {{\n",
        quote(kind.name),
        label(kind.label)
    );
    out += &format!(
        "        override fun read(record: FfiRecord): {name} {{\n            val f = FieldReader(record.fields)\n"
    );
    out += &format!(
        "            return {name}(\n                id = RecordId(record.id),\n                info = record.info(),\n"
    );
    for field in &all {
        out += &format!("                {} = {},\n", ident(field), read(kind.name, field));
    }
    out += "            )\n        }\n    }\n}\n";

    out += &format!(
        "\n/** A [{name}] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */\n"
    );
    out += &format!("public data class {draft}(\n");
    for field in &drafted {
        out += &format!("    {}\n", comment(field));
        out += &format!("    public var {}: {}{},\n", ident(field), of(kind.name, field), default(field));
    }
    out += &format!(") : Draft<{name}>({name}) {{\n    override fun write(f: FieldWriter) {{\n");
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

/// A thing inside a collection.
fn item(owner: &str, field: &Field) -> String {
    let name = own_type(owner, field);
    let fields = ordered(field.fields.iter());
    let mut out = format!("\n/** One of the {} of a [{}]. */\n", camel(field.name), kind_type(owner));
    out += &format!("public data class {name}(\n");
    for inner in &fields {
        out += &format!("    {}\n", comment(inner));
        out += &format!("    public val {}: {}{},\n", ident(inner), of(&name, inner), default(inner));
    }
    out += "    /** Its key in the collection; empty for a new one. */\n    public val key: String = \"\",\n) {\n";
    out += "    internal fun write(f: FieldWriter) {\n";
    for inner in &fields {
        out += &format!("        {}\n", write(inner));
    }
    out += &format!(
        "    }}\n\n    internal companion object {{\n        fun read(key: String, f: FieldReader): {name} =\n            {name}(\n"
    );
    for inner in &fields {
        out += &format!("                {} = {},\n", ident(inner), read(&name, inner));
    }
    out + "                key = key,\n            )\n    }\n}\n"
}

fn choice(name: &str, field: &Field) -> String {
    let mut out = format!(
        "\n/** {} {}. A value that this version does not know is kept as [Unknown]. */\n",
        field.label.en, field.label.zh
    );
    out += &format!(
        "public sealed class {name}(override val value: String, override val label: Wording) : Choice {{\n"
    );
    for c in field.choices {
        out += &format!(
            "    /** {} {}. */\n    public data object {} : {name}({}, {})\n\n",
            c.label.en,
            c.label.zh,
            pascal(&case(field, c)),
            quote(c.value),
            label(c.label)
        );
    }
    out += "    /** A value of a newer version. */\n";
    out += &format!(
        "    public data class Unknown(override val value: String) : {name}(value, Wording(value, value))\n\n"
    );
    out += "    /** The choices, and any value as one of them. */\n    public companion object {\n";
    out += &format!(
        "        /** Every choice this version knows, in the order to show them. */\n        public val all: List<{name}> by lazy {{ listOf("
    );
    let names: Vec<String> = field.choices.iter().map(|c| pascal(&case(field, c))).collect();
    out += &names.join(", ");
    out += &format!(
        ") }}\n\n        /** The choice with this stored value. */\n        public fun of(value: String): {name} = all.find {{ it.value == value }} ?: Unknown(value)\n    }}\n}}\n"
    );
    out
}

fn ident(field: &Field) -> String {
    let name = camel(field.name);
    if KEYWORDS.contains(&name.as_str()) { format!("`{name}`") } else { name }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
}

fn label(label: Wording) -> String {
    format!("Wording({}, {})", quote(label.en), quote(label.zh))
}

fn comment(field: &Field) -> String {
    let unit = match field.of {
        FieldType::Time => " To the millisecond.",
        _ => "",
    };
    format!("/** {}{unit} */", about(field))
}

fn of(owner: &str, field: &Field) -> String {
    let single = match field.of {
        FieldType::Line | FieldType::Text => "String".to_owned(),
        FieldType::Integer => "Long".to_owned(),
        FieldType::Flag => "Boolean".to_owned(),
        FieldType::Choice => own_type(owner, field),
        FieldType::Money => "Money".to_owned(),
        FieldType::Time => "Instant".to_owned(),
        FieldType::Date => "LocalDate".to_owned(),
        FieldType::Point => "GeoPoint".to_owned(),
        FieldType::Link => "RecordId".to_owned(),
        FieldType::Member => "MemberId".to_owned(),
        FieldType::Links => return "Set<RecordId>".to_owned(),
        FieldType::Set if field.choices.is_empty() => return "Set<String>".to_owned(),
        FieldType::Set => return format!("Set<{}>", own_type(owner, field)),
        FieldType::Map => return "Map<String, String>".to_owned(),
        FieldType::Items => return format!("List<{}>", own_type(owner, field)),
    };
    if field.required { single } else { single + "?" }
}

fn default(field: &Field) -> &'static str {
    match field.of {
        _ if field.required => "",
        FieldType::Links | FieldType::Set => " = emptySet()",
        FieldType::Map => " = emptyMap()",
        FieldType::Items => " = emptyList()",
        _ => " = null",
    }
}

fn read(owner: &str, field: &Field) -> String {
    let name = quote(field.name);
    let (call, missing) = match field.of {
        FieldType::Line | FieldType::Text => (format!("f.text({name})"), "\"\""),
        FieldType::Integer => (format!("f.integer({name})"), "0"),
        FieldType::Flag => (format!("f.flag({name})"), "false"),
        FieldType::Choice => (format!("f.text({name})?.let({}::of)", own_type(owner, field)), "UNKNOWN"),
        FieldType::Money => (format!("f.money({name})"), "Money(0, \"XXX\")"),
        FieldType::Time => (format!("f.time({name})"), "Instant.EPOCH"),
        FieldType::Date => (format!("f.date({name})"), "LocalDate.EPOCH"),
        FieldType::Point => (format!("f.point({name})"), "GeoPoint(0.0, 0.0)"),
        FieldType::Link => (format!("f.link({name})"), "RecordId.NONE"),
        FieldType::Member => (format!("f.member({name})"), "MemberId.NONE"),
        FieldType::Links => return format!("f.links({name})"),
        FieldType::Set if field.choices.is_empty() => return format!("f.set({name})"),
        FieldType::Set => {
            return format!("f.set({name}).mapTo(linkedSetOf(), {}::of)", own_type(owner, field));
        }
        FieldType::Map => return format!("f.map({name})"),
        FieldType::Items => return format!("f.items({name}, {}::read)", own_type(owner, field)),
    };
    // A merge may have emptied even a field that no save leaves out.
    match field.required {
        true if missing == "UNKNOWN" => format!("{call} ?: {}.Unknown(\"\")", own_type(owner, field)),
        true => format!("{call} ?: {missing}"),
        false => call,
    }
}

fn write(field: &Field) -> String {
    let (name, value) = (quote(field.name), ident(field));
    match field.of {
        FieldType::Items => format!("f.items({name}, {value}) {{ it.key to it::write }}"),
        FieldType::Choice if field.required => format!("f.put({name}, {value}.value)"),
        FieldType::Choice => format!("f.put({name}, {value}?.value)"),
        FieldType::Set if !field.choices.is_empty() => {
            format!("f.put({name}, {value}.mapTo(sortedSetOf()) {{ it.value }})")
        }
        _ => format!("f.put({name}, {value})"),
    }
}
