//! Records: log, edit, delete, restore, list, show, history, search. Flags follow from the kinds.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use roadbook_core::model::{
    Defaults, Field, FieldType, Fields, Heads, Invalid, Kind, MemberId, Problem, Record, RecordId, Schema,
    Value,
};
use roadbook_core::{Compare, Edit, Error, Filter, LedgerState, New, Query, Show, Store};
use serde_json::{Map, Value as Json, json};

use super::output::line;
use super::{Context, Result, id, text};

pub(super) fn commands(schema: &Schema) -> Vec<Command> {
    let why = Arg::new("why").long("why").value_name("TEXT").help("The reason, for the history");
    let record = || Arg::new("id").required(true).value_name("ID").help("The record's id");
    let kinds: Vec<&str> = schema.kinds().map(|kind| kind.name).collect();
    let kind =
        Arg::new("kind").required(true).value_name("KIND").help(format!("One of {}", kinds.join(", ")));
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).default_value(default).value_parser(value_parser!(u32)).help(help)
    };
    let log = Command::new("log")
        .about("Save a new record; it prints the id once the save is durable")
        .subcommand_required(true)
        .arg_required_else_help(true);
    let log = schema.kinds().fold(log, |log, kind| log.subcommand(log_command(kind)));
    let mut edit = Command::new("edit")
        .about("Change fields of a record: only those that are named")
        .arg(record())
        .arg(why.clone())
        .arg(
            Arg::new("clear")
                .long("clear")
                .value_name("FIELD")
                .action(ArgAction::Append)
                .help("Empty a field"),
        )
        .arg(
            Arg::new("at")
                .long("at")
                .value_name("HEADS")
                .help("The version that was read (`show --json` prints it); by default the present one"),
        );
    let mut seen = std::collections::BTreeSet::new();
    for field in schema.kinds().flat_map(Kind::fields).filter(|field| seen.insert(field.name)) {
        edit = edit.arg(Arg::new(flag(field)).long(flag(field)).value_name(type_name(field.of)).hide(true));
    }
    vec![
        log,
        edit.after_help(
            "Any field of the record's kind: --region 杭州. `roadbook help log KIND` lists them.",
        ),
        Command::new("delete")
            .about("Mark a record as deleted; it can be restored for a month")
            .arg(record())
            .arg(why.required(true)),
        Command::new("restore").about("Take the deletion mark away").arg(record()),
        Command::new("list")
            .about("List records of a kind")
            .arg(kind)
            .arg(Arg::new("where").long("where").value_name("FIELD=VALUE").action(ArgAction::Append).help(
                "Only these; also FIELD!=VALUE, FIELD>=VALUE, FIELD<=VALUE, and FIELD= for an empty one",
            ))
            .arg(
                Arg::new("match")
                    .long("match")
                    .value_name("TEXT")
                    .help("Only those in which search finds TEXT"),
            )
            .arg(
                Arg::new("sort")
                    .long("sort")
                    .value_name("FIELD")
                    .allow_hyphen_values(true)
                    .help("Sort by a field; -FIELD for largest first"),
            )
            .arg(number("limit", "50", "At most this many"))
            .arg(number("offset", "0", "Leave out this many first"))
            .arg(
                Arg::new("deleted")
                    .long("deleted")
                    .action(ArgAction::SetTrue)
                    .help("List deleted ones instead"),
            ),
        Command::new("show").about("Show a record, and where it is").arg(record()),
        Command::new("history").about("Who changed what, when and why").arg(record()),
        Command::new("search")
            .about("Find records by text, two characters or more, in every kind")
            .arg(Arg::new("text").required(true))
            .arg(number("limit", "20", "At most this many")),
    ]
}

fn type_name(of: FieldType) -> &'static str {
    match of {
        FieldType::Line | FieldType::Text => "TEXT",
        FieldType::Integer => "NUMBER",
        FieldType::Flag => "yes|no",
        FieldType::Choice => "CHOICE",
        FieldType::Money => "'1200 CNY'",
        FieldType::Time => "'2026-11-24 09:30'",
        FieldType::Date => "2026-11-24",
        FieldType::Point => "LAT,LON",
        FieldType::Link | FieldType::Member => "ID",
        FieldType::Links => "'ID; ID'",
        FieldType::Set => "'a; b'",
        FieldType::Map => "'name=text; …'",
        FieldType::Items => "'a; b'",
    }
}

/// Options of the commands that also take fields.
const OPTIONS: [&str; 9] = ["id", "at", "clear", "why", "stdin", "store", "json", "lang", "help"];

/// A field's flag: its name, unless an option has that.
fn flag(field: &Field) -> String {
    if OPTIONS.contains(&field.name) { format!("field-{}", field.name) } else { field.name.to_owned() }
}

fn log_command(kind: &'static Kind) -> Command {
    let command = Command::new(kind.name)
        .about(format!("{} ({}). {}", kind.label.en, kind.label.zh, kind.about))
        .arg(Arg::new("why").long("why").value_name("TEXT").help("The reason, for the history"))
        .arg(Arg::new("stdin").long("stdin").action(ArgAction::SetTrue).help(
            "Read JSON objects, one a line, from standard input; each id is printed once its save is durable",
        ));
    kind.fields().fold(command, |command, field| {
        let mut help = format!("{} {}", field.label.en, field.label.zh);
        if field.required {
            help.push_str(" (required)");
        }
        if !field.choices.is_empty() {
            let choices: Vec<&str> = field.choices.iter().map(|choice| choice.value).collect();
            help.push_str(&format!(": {}", choices.join(", ")));
        }
        if !field.about.is_empty() {
            help.push_str(&format!(". {}", field.about));
        }
        command.arg(Arg::new(flag(field)).long(flag(field)).value_name(type_name(field.of)).help(help))
    })
}

pub(super) fn run(context: &Context, name: &str, args: &ArgMatches) -> Result<()> {
    let store = context.open()?;
    match name {
        "log" => log(context, &store, args),
        "edit" => edit(context, &store, args),
        "delete" => {
            let saved = store.delete(id(args, "id")?, text(args, "why"))?;
            saved_as(context, &saved);
            Ok(())
        }
        "restore" => {
            let saved = store.restore(id(args, "id")?)?;
            saved_as(context, &saved);
            Ok(())
        }
        "list" => list(context, &store, args),
        "show" => show(context, &store, id(args, "id")?),
        "history" => history(context, &store, id(args, "id")?),
        _ => search(context, &store, args),
    }
}

fn saved_as(context: &Context, saved: &roadbook_core::Saved) {
    context.out.object(&json!({"id": saved.id, "changed": saved.changed}), || saved.id.to_string());
}

fn invalid(kind: &Kind, record: Option<RecordId>, problems: Vec<Problem>) -> Error {
    Invalid { kind: kind.name.to_owned(), record, problems }.into()
}

/// The fields named among the arguments.
fn given(
    kind: &Kind,
    record: Option<RecordId>,
    args: &ArgMatches,
    defaults: &Defaults,
) -> Result<BTreeMap<String, Option<Value>>> {
    let (mut fields, mut problems) = (BTreeMap::new(), Vec::new());
    for field in kind.fields() {
        let Some(text) = args.try_get_one::<String>(&flag(field)).ok().flatten() else { continue };
        match field.parse(text, defaults) {
            Ok(value) => _ = fields.insert(field.name.to_owned(), value),
            Err(why) => problems.push(Problem::new(field.name, why)),
        }
    }
    if problems.is_empty() { Ok(fields) } else { Err(invalid(kind, record, problems).into()) }
}

fn present(fields: BTreeMap<String, Option<Value>>) -> Fields {
    Fields(fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn log(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let Some((name, args)) = args.subcommand() else { return Ok(()) };
    let kind = store.schema().kind(name).ok_or_else(|| Error::UnknownKind { kind: name.to_owned() })?;
    if args.get_flag("stdin") {
        return log_stdin(context, store, kind);
    }
    let reason = args.get_one::<String>("why").cloned();
    let fields = present(given(kind, None, args, store.defaults())?);
    let saved = store.create(New { reason, ..New::new(kind.name, fields) })?;
    saved_as(context, &saved);
    Ok(())
}

fn log_stdin(context: &Context, store: &Store, kind: &'static Kind) -> Result<()> {
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let at = |error: &dyn std::fmt::Display| format!("line {}: {error}", number + 1);
        let object: Map<String, Json> = serde_json::from_str(&line).map_err(|e| at(&e))?;
        let fields = kind
            .from_json(&object, store.defaults())
            .map_err(|problems| at(&invalid(kind, None, problems)))?;
        let saved = store.create(New::new(kind.name, present(fields))).map_err(|e| at(&e))?;
        saved_as(context, &saved);
        // Whoever reads this may believe the save: it is durable.
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn edit(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let record = store.get(id(args, "id")?)?;
    let kind = kind_of(store, &record)?;
    let mut fields = given(kind, Some(record.id), args, store.defaults())?;
    let fields_of_all = store.schema().kinds().flat_map(Kind::fields);
    let strange: Vec<Problem> = fields_of_all
        .filter(|field| args.value_source(&flag(field)).is_some() && kind.field(field.name).is_none())
        .map(|field| Problem::new(field.name, roadbook_core::model::Why::Unknown))
        .collect();
    if !strange.is_empty() {
        return Err(invalid(kind, Some(record.id), strange).into());
    }
    for name in args.get_many::<String>("clear").into_iter().flatten() {
        fields.insert(name.clone(), None);
    }
    let mut edit = Edit { fields, reason: args.get_one::<String>("why").cloned(), ..Edit::of(&record) };
    if let Some(heads) = args.get_one::<String>("at") {
        edit.base = serde_json::from_str::<Heads>(heads)?;
    }
    let saved = store.edit(edit)?;
    saved_as(context, &saved);
    Ok(())
}

pub(super) fn kind_of(store: &Store, record: &Record) -> Result<&'static Kind> {
    Ok(store.schema().kind(record.kind).ok_or_else(|| Error::UnknownKind { kind: record.kind.to_owned() })?)
}

/// A record as scripts read it.
pub(super) fn as_json(kind: &Kind, record: &Record) -> Json {
    let mut object = json!({
        "id": record.id, "kind": record.kind, "book": record.book, "title": record.title(kind),
        "created_by": record.created_by, "created_at": record.created_at,
        "updated_by": record.updated_by, "updated_at": record.updated_at,
        "clashes": record.clashes, "heads": record.heads, "fields": kind.to_json(&record.fields),
    });
    if let Some(deleted) = &record.deleted {
        object["deleted"] = json!(deleted);
    }
    object
}

fn condition(kind: &'static Kind, text: &str, defaults: &Defaults) -> Result<Filter> {
    let compares =
        [("!=", Compare::IsNot), (">=", Compare::AtLeast), ("<=", Compare::AtMost), ("=", Compare::Is)];
    let (name, compare, value) = compares
        .into_iter()
        .find_map(|(sign, compare)| text.split_once(sign).map(|(name, value)| (name, compare, value)))
        .ok_or_else(|| format!("“{text}” is no condition; write FIELD=VALUE"))?;
    let field = kind
        .field(name.trim())
        .ok_or_else(|| Error::BadQuery { kind: kind.name.to_owned(), field: name.to_owned() })?;
    let value = field
        .parse(value, defaults)
        .map_err(|why| invalid(kind, None, vec![Problem::new(field.name, why)]))?;
    Ok(Filter { field: field.name.to_owned(), compare, value })
}

fn list(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let name = text(args, "kind");
    let kind = store.schema().kind(name).ok_or_else(|| Error::UnknownKind { kind: name.to_owned() })?;
    let number = |name: &str| args.get_one::<u32>(name).copied().unwrap_or_default();
    let mut query = Query::new(kind.name).page(number("limit"), number("offset"));
    for text in args.get_many::<String>("where").into_iter().flatten() {
        query.filters.push(condition(kind, text, store.defaults())?);
    }
    query.matching = args.get_one::<String>("match").cloned();
    if let Some(sort) = args.get_one::<String>("sort") {
        query.descending = sort.starts_with('-');
        query.sort = Some(sort.trim_start_matches('-').to_owned());
    }
    if args.get_flag("deleted") {
        query.show = Show::Deleted;
    }
    let records: Vec<Json> = store.list(&query)?.iter().map(|record| as_json(kind, record)).collect();
    let total = store.count(&query)?;
    let headers = [
        context.out.say("ID", "编号"),
        context.out.say("Title", "名称"),
        context.out.say("Changed", "修改于"),
    ];
    context.out.table(&headers, &records, |record| {
        let cell = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        vec![cell("id"), cell("title"), moment(record["updated_at"].as_i64().unwrap_or_default())]
    });
    if !context.out.json && total > records.len() as u64 {
        line(context.out.say(&format!("{} of {total}", records.len()), &format!("共 {total} 条")));
    }
    Ok(())
}

/// Seconds since 1970 as people read them, in this machine's zone.
pub(super) fn moment(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map(|at| at.with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// The name of a member, if it is known here.
pub(super) fn member_name(store: &Store, id: Option<MemberId>) -> String {
    let Some(id) = id else { return "?".to_owned() };
    let members = store.members().unwrap_or_default();
    members.into_iter().find(|member| member.id == id).map_or_else(|| id.to_string(), |member| member.name)
}

pub(super) fn ledger_label(context: &Context, state: LedgerState) -> &'static str {
    let (en, zh) = match state {
        LedgerState::Saved => ("saved", "已保存"),
        LedgerState::Queued => ("queued", "排队中"),
        LedgerState::Quarantined => ("rejected by the relay", "被中继拒绝"),
        LedgerState::InReview => ("in review", "待审核"),
        LedgerState::Refused => ("refused in review", "审核未通过"),
        LedgerState::Accepted => ("accepted", "已上传"),
        LedgerState::Delivered => ("delivered", "已送达"),
    };
    if context.out.chinese { zh } else { en }
}

fn show(context: &Context, store: &Store, id: RecordId) -> Result<()> {
    let record = store.get(id)?;
    let kind = kind_of(store, &record)?;
    let ledger = store.ledger(id)?;
    let mut object = as_json(kind, &record);
    object["ledger"] = json!(ledger);
    context.out.object(&object, || {
        let label =
            |label: &roadbook_core::model::Wording| if context.out.chinese { label.zh } else { label.en };
        let mut lines = vec![format!("{} {}", label(&kind.label), record.title(kind))];
        for field in kind.fields() {
            if let Some(value) = record.fields.get(field.name) {
                lines.push(format!("  {}: {}", label(&field.label), field.show(value, context.out.chinese)));
            }
        }
        if let Some(deleted) = &record.deleted {
            lines.push(format!("  {}: {}", context.out.say("deleted", "已删除"), deleted.reason));
        }
        if record.clashes > 0 {
            let hint =
                context.out.say("clashes: `roadbook conflicts` shows them", "处冲突，见 roadbook conflicts");
            lines.push(format!("  {} {hint}", record.clashes));
        }
        if let Some(worst) = ledger.iter().map(|entry| entry.state).min() {
            let to: Vec<String> = ledger
                .last()
                .into_iter()
                .flat_map(|entry| &entry.delivered)
                .map(|delivery| member_name(store, Some(delivery.member)))
                .collect();
            lines.push(format!("  [{}] {}", ledger_label(context, worst), to.join(", ")));
        }
        lines.join("\n")
    });
    Ok(())
}

fn history(context: &Context, store: &Store, id: RecordId) -> Result<()> {
    let record = store.get(id)?;
    let kind = kind_of(store, &record)?;
    let entries = store.history(id)?;
    let say = |en, zh| context.out.say(en, zh);
    let headers = [
        say("When", "时间"),
        say("Who", "谁"),
        say("Field", "字段"),
        say("From", "原值"),
        say("To", "新值"),
        say("Why", "原因"),
    ];
    context.out.table(&headers, &entries, |entry| {
        let field = kind.field(&entry.field);
        let shown = |value: &Option<Value>| match (field, value) {
            (Some(field), Some(value)) => field.show(value, context.out.chinese),
            (None, Some(value)) => serde_json::to_string(value).unwrap_or_default(),
            (_, None) => String::new(),
        };
        vec![
            moment(entry.at),
            member_name(store, entry.by),
            entry.field.clone(),
            shown(&entry.from),
            shown(&entry.to),
            entry.why.clone().unwrap_or_default(),
        ]
    });
    Ok(())
}

fn search(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let hits = store.search(text(args, "text"), args.get_one::<u32>("limit").copied().unwrap_or(20), 0)?;
    let say = |en, zh| context.out.say(en, zh);
    let headers = [say("ID", "编号"), say("Kind", "类别"), say("Title", "名称"), say("Found in", "出处")];
    context.out.table(&headers, &hits, |hit| {
        vec![hit.id.to_string(), hit.kind.to_owned(), hit.title.clone(), hit.excerpt.clone()]
    });
    Ok(())
}
