//! `roadbook import`: a CSV file becomes records, in one transaction. A row that cannot become one is listed and left out.
//! Nothing is dropped silently: a column no field takes and a value no field understands stay on the record as text, and
//! the report says so row by row.

mod mapping;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use roadbook_core::model::{Defaults, Field, FieldType, Fields, Kind, MemberId, RecordId, Value};
use roadbook_core::{Batch, Edit, Error, New, Store};
use serde::Serialize;
use serde_json::json;

use self::mapping::Mapping;
use super::csv_file::{self, Row};
use super::output::line;
use super::{Context, Result, text};

/// Column kept on the record when no field takes it.
const EXTRA: &str = "extra";

pub(super) fn command() -> Command {
    Command::new("import")
        .about("Import records from a CSV file, in one piece; rows that cannot become a record are listed and left out")
        .arg(Arg::new("file").required(true).value_name("FILE.csv").value_parser(value_parser!(PathBuf)))
        .arg(Arg::new("as").long("as").required(true).value_name("KIND").help("What each row becomes"))
        .arg(
            Arg::new("map")
                .long("map")
                .value_name("HEADER=FIELD")
                .action(ArgAction::Append)
                .help("Which field a column fills, where its header does not say; HEADER= keeps it as text"),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("FIELD")
                .help("The field by which a row finds the record it updates; by default the outside id"),
        )
        .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Show what would happen"))
}

/// What happened to a value or a row that did not go its plain way.
#[derive(Debug, Clone, Serialize)]
struct Note {
    /// The row in the file, the header being row 1.
    row: u64,
    /// The column, or nothing for the whole row.
    column: String,
    /// What was in it.
    value: String,
    /// What was done.
    what: String,
}

/// How it went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    /// Rows of the file.
    pub(super) rows: u64,
    /// Records that are new.
    pub(super) created: u64,
    /// Records that were there and changed.
    pub(super) updated: u64,
    /// Rows that would change nothing.
    pub(super) skipped: u64,
    /// Rows that could not become a record; each has a note.
    pub(super) failed: u64,
}

pub(super) fn run(context: &Context, args: &ArgMatches) -> Result<ExitCode> {
    let store = context.open()?;
    let path = args.get_one::<PathBuf>("file").ok_or("say which file")?;
    let name = text(args, "as");
    let kind = store.schema().kind(name).ok_or_else(|| Error::UnknownKind { kind: name.to_owned() })?;
    let mut explicit = HashMap::new();
    for given in args.get_many::<String>("map").into_iter().flatten() {
        let (header, field) =
            given.split_once('=').ok_or_else(|| format!("--map {given}: write HEADER=FIELD"))?;
        explicit.insert(header, field);
    }
    let (headers, rows) = csv_file::read(path)?;
    let mapping = Mapping::of(kind, &headers, &explicit)?;
    let key = match args.get_one::<String>("key") {
        Some(key) => match kind.field(key) {
            Some(field) if field.of == FieldType::Line => field.name,
            Some(_) => return Err(format!("--key {key}: only a line of text can be looked up").into()),
            None => return Err(format!("--key {key}: a {} has no such field", kind.name).into()),
        },
        None => "outside_id",
    };
    if !context.out.json {
        show_mapping(context, &mapping);
    }
    let dry_run = args.get_flag("dry-run");
    let (summary, notes) = import(context, &store, kind, key, &mapping, &rows, dry_run)?;
    report(context, &summary, &notes, dry_run);
    Ok(if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn show_mapping(context: &Context, mapping: &Mapping) {
    let paired = |at: usize| mapping.position.is_some_and(|(_, lat, lon)| at == lat || at == lon);
    for (at, (header, field)) in mapping.headers.iter().zip(&mapping.fields).enumerate() {
        if paired(at) {
            continue;
        }
        let to = match field {
            Some(field) if context.out.chinese => format!("{} ({})", field.name, field.label.zh),
            Some(field) => format!("{} ({})", field.name, field.label.en),
            None => context.out.say("kept as text", "保留为文本").to_owned(),
        };
        line(format_args!("  {header} → {to}"));
    }
    if let Some((field, lat, lon)) = mapping.position {
        line(format_args!("  {} + {} → {}", mapping.headers[lat], mapping.headers[lon], field.name));
    }
    if let Some((field, columns)) = &mapping.composed {
        let columns: Vec<&str> = columns.iter().map(|at| mapping.headers[*at].as_str()).collect();
        line(format_args!(
            "  {} → {} {}",
            columns.join(" + "),
            field.name,
            context.out.say("(no column fills it)", "（无对应列）")
        ));
    }
}

fn report(context: &Context, summary: &Summary, notes: &[Note], dry_run: bool) {
    if context.out.json {
        notes.iter().for_each(|note| context.out.object(note, String::new));
    } else if !notes.is_empty() {
        let say = |en, zh| context.out.say(en, zh);
        let headers =
            [say("Row", "行"), say("Column", "列"), say("Value", "值"), say("What was done", "处理")];
        context.out.table(&headers, notes, |note| {
            vec![note.row.to_string(), note.column.clone(), note.value.clone(), note.what.clone()]
        });
    }
    let mut object = json!(summary);
    if dry_run {
        object["dry_run"] = json!(true);
    }
    context.out.object(&object, || {
        let Summary { rows, created, updated, skipped, failed } = summary;
        let text = match context.out.chinese {
            true => format!("{rows} 行：新建 {created}，更新 {updated}，无变化 {skipped}，失败 {failed}"),
            false => format!(
                "{rows} rows: {created} created, {updated} updated, {skipped} unchanged, {failed} failed"
            ),
        };
        match dry_run {
            true => format!("{text} · {}", context.out.say("nothing was written", "未写入任何数据")),
            false => text,
        }
    });
}

fn import(
    context: &Context,
    store: &Store,
    kind: &'static Kind,
    key: &'static str,
    mapping: &Mapping,
    rows: &[Row],
    dry_run: bool,
) -> Result<(Summary, Vec<Note>)> {
    let mut members: HashMap<String, Vec<MemberId>> = HashMap::new();
    for member in store.members()? {
        members.entry(member.name.to_lowercase()).or_default().push(member.id);
    }
    let bar = context.out.progress(rows.len() as u64, kind.label.en);
    let mut importer = Importer {
        kind,
        key,
        mapping,
        members,
        defaults: store.defaults(),
        summary: Summary { rows: rows.len() as u64, ..Summary::default() },
        notes: Vec::new(),
        later: Vec::new(),
    };
    let work = |batch: &mut Batch<'_, '_>| {
        for (row, record) in rows {
            importer.row(batch, *row, record)?;
            bar.inc(1);
        }
        importer.link_later(batch)
    };
    let done = if dry_run { store.rehearse(work) } else { store.batch(work) };
    bar.finish_and_clear();
    done?;
    Ok((importer.summary, importer.notes))
}

struct Importer<'a> {
    kind: &'static Kind,
    key: &'static str,
    mapping: &'a Mapping,
    members: HashMap<String, Vec<MemberId>>,
    defaults: &'a Defaults,
    summary: Summary,
    notes: Vec<Note>,
    later: Vec<Later>,
}

/// A link to a record of the same file that may only come further down.
struct Later {
    row: u64,
    record: RecordId,
    field: &'static Field,
    header: String,
    cell: String,
    why: String,
}

impl Importer<'_> {
    fn note(&mut self, row: u64, column: &str, value: &str, what: impl Into<String>) {
        let value = value.chars().take(80).collect();
        self.notes.push(Note { row, column: column.to_owned(), value, what: what.into() });
    }

    fn row(&mut self, batch: &mut Batch<'_, '_>, row: u64, record: &csv::StringRecord) -> Result<(), Error> {
        let (mut fields, mut extra, mut later) = (Fields::new(), BTreeMap::new(), Vec::new());
        for (at, cell) in record.iter().enumerate() {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            let mapping = self.mapping;
            let Some(header) = mapping.headers.get(at) else {
                self.note(row, &format!("{}", at + 1), cell, "kept as text: the file has no header for it");
                extra.insert(format!("column {}", at + 1), cell.to_owned());
                continue;
            };
            let Some(field) = mapping.fields[at] else {
                extra.insert(header.clone(), cell.to_owned());
                continue;
            };
            match self.value(batch, field, cell)? {
                Ok(Some(value)) => _ = fields.0.insert(field.name.to_owned(), value),
                Ok(None) => {}
                Err(why) if field.of == FieldType::Link && field.to == self.kind.name => {
                    later.push((field, header.clone(), cell.to_owned(), why));
                }
                Err(why) => {
                    self.note(row, header, cell, format!("kept as text: {why}"));
                    extra.insert(header.clone(), cell.to_owned());
                }
            }
        }
        if let Some((field, lat, lon)) = self.mapping.position {
            let text = |at: usize| record.get(at).map(str::trim).unwrap_or_default();
            let parsed = field.parse(&format!("{},{}", text(lat), text(lon)), self.defaults);
            if let Ok(Some(value)) = parsed {
                fields = fields.with(field.name, value);
                extra.remove(&self.mapping.headers[lat]);
                extra.remove(&self.mapping.headers[lon]);
            }
        }
        if !extra.is_empty() {
            fields = fields.with(EXTRA, Value::Map(extra));
        }
        if let Some((field, columns)) = &self.mapping.composed {
            let parts: Vec<&str> = columns.iter().filter_map(|at| record.get(*at)).map(str::trim).collect();
            let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
            let name =
                if name.is_empty() { fields.text("outside_id").unwrap_or_default().to_owned() } else { name };
            fields = fields.with(field.name, name.as_str());
        }
        match self.save(batch, fields) {
            Ok(record) => {
                self.later.extend(later.into_iter().map(|(field, header, cell, why)| Later {
                    row,
                    record,
                    field,
                    header,
                    cell,
                    why,
                }));
                Ok(())
            }
            // What is wrong with this row is said; the others go on.
            Err(
                error @ (Error::Invalid(_)
                | Error::Blocked { .. }
                | Error::TooLarge { .. }
                | Error::AnotherBook { .. }),
            ) => {
                self.summary.failed += 1;
                let whole: Vec<&str> = record.iter().collect();
                self.note(row, "", &whole.join(", "), format!("not imported: {error}"));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// What a cell means for a field; or why it does not.
    fn value(
        &self,
        batch: &Batch<'_, '_>,
        field: &'static Field,
        cell: &str,
    ) -> Result<Result<Option<Value>, String>, Error> {
        Ok(match field.of {
            FieldType::Link => self.link(batch, field, cell)?.map(|id| Some(Value::Link(id))),
            FieldType::Links => self.link(batch, field, cell)?.map(|id| Some(Value::Links([id].into()))),
            FieldType::Member => {
                match (cell.parse(), self.members.get(&cell.to_lowercase()).map(Vec::as_slice)) {
                    (Ok(id), _) => Ok(Some(Value::Member(id))),
                    (_, Some([id])) => Ok(Some(Value::Member(*id))),
                    (_, Some(_)) => Err("more than one colleague has this name".to_owned()),
                    _ => Err("no colleague has this name".to_owned()),
                }
            }
            FieldType::Choice => match field.parse(cell, self.defaults) {
                Ok(Some(Value::Text(text))) if !field.choices.iter().any(|choice| choice.value == text) => {
                    let choices: Vec<&str> = field.choices.iter().map(|choice| choice.value).collect();
                    Err(format!("it is none of {}", choices.join(", ")))
                }
                parsed => {
                    parsed.map_err(|why| roadbook_core::model::Problem::new(field.name, why).to_string())
                }
            },
            _ => field
                .parse(cell, self.defaults)
                .map_err(|why| roadbook_core::model::Problem::new(field.name, why).to_string()),
        })
    }

    /// The record a cell names: by id, by the id it had outside, by what names records of its kind.
    fn link(
        &self,
        batch: &Batch<'_, '_>,
        field: &Field,
        cell: &str,
    ) -> Result<Result<RecordId, String>, Error> {
        let by_id: Option<RecordId> = cell.parse().ok();
        if let Some(id) = by_id
            && batch.get(id).is_ok_and(|record| field.to.is_empty() || record.kind == field.to)
        {
            return Ok(Ok(id));
        }
        let Some(to) = batch.schema().kind(field.to) else {
            return Ok(Err("it names no record by its id".to_owned()));
        };
        for name in ["outside_id"].iter().chain(to.title) {
            match batch.lookup(to.name, name, cell, 2)?.as_slice() {
                [] => {}
                [id] => return Ok(Ok(*id)),
                _ => return Ok(Err(format!("more than one {} has this {name}", to.name))),
            }
        }
        Ok(Err(format!("no {} has this name or outside id", to.name)))
    }

    /// Links to records of the same file, now that all are there.
    fn link_later(&mut self, batch: &mut Batch<'_, '_>) -> Result<(), Error> {
        for later in std::mem::take(&mut self.later) {
            let record = batch.get(later.record)?;
            let edit = match self.link(batch, later.field, &later.cell)? {
                Ok(id) => Edit::of(&record).set(later.field.name, Value::Link(id)),
                Err(_) => {
                    let mut extra = match record.fields.get(EXTRA) {
                        Some(Value::Map(extra)) => extra.clone(),
                        _ => BTreeMap::new(),
                    };
                    extra.insert(later.header.clone(), later.cell.clone());
                    self.note(later.row, &later.header, &later.cell, format!("kept as text: {}", later.why));
                    Edit::of(&record).set(EXTRA, Value::Map(extra))
                }
            };
            batch.edit(edit)?;
        }
        Ok(())
    }

    fn save(&mut self, batch: &mut Batch<'_, '_>, fields: Fields) -> Result<RecordId, Error> {
        let there = match fields.text(self.key) {
            Some(key) => batch.lookup(self.kind.name, self.key, key, 1)?.first().copied(),
            None => None,
        };
        let Some(id) = there else {
            let saved = batch.create(New::new(self.kind.name, fields))?;
            self.summary.created += 1;
            return Ok(saved.id);
        };
        let record = batch.get(id)?;
        let mut edit = Edit::of(&record);
        // Empty cells say nothing; columns that are not in the file stay as they are.
        edit.fields = fields
            .0
            .into_iter()
            .map(|(name, value)| {
                let before = record.fields.get(&name);
                let value = match name == EXTRA {
                    true => with_entries_of(before, value),
                    false => with_keys_of(before, value),
                };
                (name, value)
            })
            .filter(|(name, value)| record.fields.get(name) != Some(value))
            .map(|(name, value)| (name, Some(value)))
            .collect();
        edit.reason = Some("import".to_owned());
        match batch.edit(edit)?.changed {
            true => self.summary.updated += 1,
            false => self.summary.skipped += 1,
        }
        Ok(id)
    }
}

/// What an earlier import kept as text stays, unless this file says otherwise.
fn with_entries_of(before: Option<&Value>, value: Value) -> Value {
    match (before, value) {
        (Some(Value::Map(before)), Value::Map(entries)) => {
            let mut all = before.clone();
            all.extend(entries);
            Value::Map(all)
        }
        (_, value) => value,
    }
}

/// Items that are there already are the same items: they take over their keys.
fn with_keys_of(before: Option<&Value>, value: Value) -> Value {
    let (Some(Value::Items(before)), Value::Items(mut items)) = (before, value.clone()) else { return value };
    let mut left: Vec<_> = before.iter().collect();
    for item in &mut items {
        if let Some(at) = left.iter().position(|old| old.fields == item.fields) {
            item.key = left.remove(at).key.clone();
        }
    }
    Value::Items(items)
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use roadbook_core::Options;
    use roadbook_core::model::Schema;
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;
    use crate::command::output::Output;

    #[test]
    fn whatever_rows_a_file_has_each_is_counted_and_what_is_wrong_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let store = roadbook_core::open(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
        let store = AssertUnwindSafe(store);
        let out = Output { json: true, chinese: false };
        let context = Context { store: Some(folder.path().to_owned()), out };
        let good = "id,name,account,phones,lat,lon,subject,due,value,item,parent\n\
            1,百草堂,,0571-8888,30.25,120.17,回电,2026-03-01,\"1,200.50\",茶叶,2\n\
            2,德仁堂,百草堂,,,,call back,2026-03-01T10:00:00+08:00,USD 80,pen,\n";
        let schema = Schema::standard();
        let kinds: Vec<&'static Kind> = schema.kinds().collect();
        bolero::check!().with_type::<(u8, Vec<Spoil>)>().for_each(|(of, spoils)| {
            let kind = kinds[usize::from(*of) % kinds.len()];
            let spoilt = bytes(good.as_bytes(), &spoils[..spoils.len().min(12)]);
            let Ok((headers, rows)) = csv_file::parse(spoilt) else { return };
            let mapping = Mapping::of(kind, &headers, &HashMap::new()).unwrap();
            let (summary, notes) =
                import(&context, &store, kind, "outside_id", &mapping, &rows, true).unwrap();
            let Summary { created, updated, skipped, failed, .. } = summary;
            assert_eq!(created + updated + skipped + failed, rows.len() as u64);
            assert_eq!(
                notes.iter().filter(|note| note.column.is_empty()).count() as u64,
                failed,
                "{notes:?}"
            );
        });
        assert_eq!(store.status().unwrap().unsent, 0, "a rehearsal writes nothing");
    }
}
