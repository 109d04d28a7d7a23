//! What needs a person: clashes, proposals under review, next actions, findings.

use clap::{Arg, ArgMatches, Command, value_parser};
use roadbook_core::Store;
use roadbook_core::model::{Clash, Problem, RecordId, Resolution, Wrote};
use serde_json::json;

use super::record::{kind_of, member_name, moment};
use super::{Context, Result, id, text};

pub(super) fn commands() -> Vec<Command> {
    let record = |required: bool| Arg::new("id").required(required).value_name("ID").help("A record's id");
    let why =
        Arg::new("why").long("why").value_name("TEXT").help("The reason, for the author or the history");
    let number = Arg::new("number")
        .required(true)
        .value_name("N")
        .value_parser(value_parser!(usize))
        .help("The proposal's number in the list");
    vec![
        Command::new("conflicts")
            .about("Show fields that two people changed without knowing")
            .arg(record(false)),
        Command::new("resolve")
            .about("Decide a conflict")
            .arg(record(true))
            .arg(
                Arg::new("field")
                    .required(true)
                    .value_name("FIELD")
                    .help("The field, as `conflicts` shows it"),
            )
            .arg(
                Arg::new("pick")
                    .long("pick")
                    .value_name("N")
                    .value_parser(value_parser!(usize))
                    .help("Take the Nth side of the list"),
            )
            .arg(
                Arg::new("value")
                    .long("value")
                    .value_name("VALUE")
                    .conflicts_with("pick")
                    .help("A new value"),
            )
            .arg(why.clone()),
        Command::new("review")
            .about("Show and decide what others logged on accounts that were handed over")
            .subcommand(
                Command::new("accept").about("Accept a proposal").arg(number.clone()).arg(why.clone()),
            )
            .subcommand(Command::new("refuse").about("Refuse a proposal").arg(number).arg(why)),
        Command::new("next")
            .about("What is overdue, due and coming")
            .arg(Arg::new("account").long("account").value_name("ID").help("Of one account"))
            .arg(
                Arg::new("today")
                    .long("today")
                    .value_name("DATE")
                    .value_parser(value_parser!(chrono::NaiveDate))
                    .help("As of this day; by default today"),
            )
            .arg(
                Arg::new("limit")
                    .long("limit")
                    .default_value("50")
                    .value_parser(value_parser!(u32))
                    .help("At most"),
            ),
        Command::new("findings").about("Rules of the playbook that records here break").arg(record(false)),
    ]
}

pub(super) fn run(context: &Context, name: &str, args: &ArgMatches) -> Result<()> {
    let store = context.open()?;
    match name {
        "conflicts" => conflicts(context, &store, args),
        "resolve" => resolve(context, &store, args),
        "review" => review(context, &store, args),
        "next" => next(context, &store, args),
        _ => findings(context, &store, args),
    }
}

fn maybe_id(args: &ArgMatches, name: &str) -> Result<Option<RecordId>> {
    args.contains_id(name).then(|| id(args, name)).transpose()
}

/// What one side of a clash did, as people read it.
pub(super) fn side(context: &Context, store: &Store, clash: &Clash, number: usize) -> String {
    let side = &clash.sides[number];
    let field = store.schema().kind(clash.kind).and_then(|kind| kind.field(&clash.field));
    let did = match &side.wrote {
        Wrote::Value(Some(value)) => match field {
            Some(field) => field.show(value, context.out.chinese),
            None => serde_json::to_string(value).unwrap_or_default(),
        },
        Wrote::Value(None) => context.out.say("emptied it", "清空").to_owned(),
        Wrote::Removed { reason } => {
            format!("{} {}", context.out.say("removed it", "删除"), reason.as_deref().unwrap_or_default())
        }
        Wrote::Changed => context.out.say("changed it", "修改").to_owned(),
    };
    format!("{did} ({}, {})", member_name(store, side.by), moment(side.at))
}

fn conflicts(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let clashes = store.clashes(maybe_id(args, "id")?)?;
    let say = |en, zh| context.out.say(en, zh);
    context.out.table(
        &[say("Record", "记录"), say("Field", "字段"), say("Sides", "各方")],
        &clashes,
        |clash| {
            let sides: Vec<String> = (0..clash.sides.len())
                .map(|number| format!("{}: {}", number + 1, side(context, store, clash, number)))
                .collect();
            vec![clash.record.to_string(), clash.field.clone(), sides.join(" | ")]
        },
    );
    Ok(())
}

fn resolve(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let (record, field): (RecordId, &str) = (id(args, "id")?, text(args, "field"));
    let clashes = store.clashes(Some(record))?;
    let clash = clashes
        .iter()
        .find(|clash| clash.field == field)
        .ok_or_else(|| roadbook_core::Error::NothingToResolve { record, field: field.to_owned() })?;
    let resolution = match (args.get_one::<usize>("pick"), args.get_one::<String>("value")) {
        (Some(number), _) => {
            let sides = clash.sides.len();
            let side = number.checked_sub(1).and_then(|n| clash.sides.get(n));
            match &side.ok_or_else(|| format!("there are sides 1 to {sides}"))?.wrote {
                Wrote::Value(value) => Resolution::Value(value.clone()),
                Wrote::Removed { .. } => Resolution::Remove,
                Wrote::Changed => Resolution::Keep,
            }
        }
        (None, Some(text)) => {
            let kind = kind_of(store, &store.get(record)?)?;
            let declared = kind.field(field).ok_or_else(|| {
                format!("{field} is not a field of its own; take one of the sides with --pick")
            })?;
            let value = declared.parse(text, store.defaults()).map_err(|why| {
                roadbook_core::Error::from(roadbook_core::model::Invalid {
                    kind: kind.name.to_owned(),
                    record: Some(record),
                    problems: vec![Problem::new(field, why)],
                })
            })?;
            Resolution::Value(value)
        }
        (None, None) => return Err("say --pick N or --value VALUE".into()),
    };
    let why = args.get_one::<String>("why").map(String::as_str);
    let saved = store.resolve(record, field, &clash.heads, resolution, why)?;
    context.out.object(&json!({"id": saved.id, "changed": saved.changed}), || saved.id.to_string());
    Ok(())
}

fn review(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let proposals = store.proposals()?;
    if let Some((decision, args)) = args.subcommand() {
        let number = args.get_one::<usize>("number").copied().unwrap_or_default();
        let proposal = number
            .checked_sub(1)
            .and_then(|n| proposals.get(n))
            .ok_or_else(|| format!("there is no proposal {number}; `roadbook review` lists them"))?;
        let why = args.get_one::<String>("why").map(String::as_str);
        store.decide(proposal, decision == "accept", why)?;
        context.out.object(&json!({"record": proposal.record, "decision": decision}), || {
            context
                .out
                .say("decided; it is carried out at the next sync", "已决定，下次同步时生效")
                .to_owned()
        });
        return Ok(());
    }
    let say = |en, zh| context.out.say(en, zh);
    let numbered: Vec<_> =
        proposals.iter().enumerate().map(|(n, p)| json!({"number": n + 1, "proposal": p})).collect();
    let headers =
        [say("N", "序号"), say("From", "来自"), say("Record", "记录"), say("Would change", "将修改")];
    context.out.table(&headers, &numbered, |row| {
        let proposal = &proposals[row["number"].as_u64().unwrap_or(1) as usize - 1];
        let changes: Vec<String> = proposal
            .changes
            .iter()
            .map(|change| {
                let kind = proposal.kind.and_then(|name| store.schema().kind(name));
                let field = kind.and_then(|kind| kind.field(&change.field));
                let to = change.to.as_ref().zip(field).map(|(to, field)| field.show(to, context.out.chinese));
                format!("{} → {}", change.field, to.unwrap_or_default())
            })
            .collect();
        let what = if proposal.new { say("new ", "新 ") } else { "" };
        vec![
            row["number"].to_string(),
            member_name(store, Some(proposal.member)),
            format!("{what}{}", proposal.kind.unwrap_or_default()),
            changes.join("; "),
        ]
    });
    Ok(())
}

fn next(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let today = args.get_one::<chrono::NaiveDate>("today").copied();
    let today = today.unwrap_or_else(|| chrono::Local::now().date_naive());
    let limit = args.get_one::<u32>("limit").copied().unwrap_or(50);
    let actions = store.next_actions(today, maybe_id(args, "account")?, limit)?;
    let say = |en, zh| context.out.say(en, zh);
    let headers = [
        say("Urgency", "紧急"),
        say("Account", "客户"),
        say("Why", "来源"),
        say("From", "自"),
        say("To", "至"),
    ];
    context.out.table(&headers, &actions, |action| {
        use roadbook_core::practice::{Source, Urgency};
        let urgency = match action.urgency {
            Urgency::Overdue => say("overdue", "逾期"),
            Urgency::Due => say("due", "到期"),
            Urgency::Coming => say("coming", "将到"),
        };
        let source = match action.source {
            Source::Cadence => say("cadence", "联系周期"),
            Source::Promised => say("promised visit", "约定拜访"),
            Source::Planned => say("planned visit", "计划拜访"),
            Source::Task => say("task", "任务"),
        };
        vec![
            urgency.to_owned(),
            action.account_name.clone().unwrap_or_default(),
            source.to_owned(),
            action.due_from.to_string(),
            action.due_to.to_string(),
        ]
    });
    Ok(())
}

fn findings(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    let findings = store.findings(maybe_id(args, "id")?)?;
    let say = |en, zh| context.out.say(en, zh);
    context.out.table(&[say("About", "关于"), say("Finding", "发现")], &findings, |finding| {
        let text = if context.out.chinese { finding.zh() } else { finding.en() };
        vec![finding.subject.to_string(), text]
    });
    Ok(())
}
