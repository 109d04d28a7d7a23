//! The device: enrol, sync, status, salvage, books and members.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use roadbook_core::model::RecordId;
use roadbook_core::sync::{Client, ClientOptions, SyncReport, SyncState, Trust};
use roadbook_core::{Options, Store, UnsentReason};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::output::line;
use super::record::moment;
use super::{Context, Result, block_on, id, text};

/// Whose certificates are trusted, for whoever talks to a relay.
pub(super) fn root_certificate() -> Arg {
    Arg::new("root-certificate")
        .long("root-certificate")
        .value_name("PEM")
        .value_parser(value_parser!(PathBuf))
        .help("A company's own certificate authority, besides the public ones")
}

pub(super) fn trust(args: &ArgMatches) -> Result<Trust> {
    let extra_roots = args.get_one::<PathBuf>("root-certificate").map(std::fs::read_to_string).transpose()?;
    Ok(Trust { extra_roots })
}

pub(super) fn commands() -> Vec<Command> {
    let lane = |name: &'static str, help: &'static str| Arg::new(name).long(name).value_name("ID").help(help);
    let root = root_certificate();
    vec![
        Command::new("enrol")
            .about("Make this store a device of a member: ask your administrator for an invitation")
            .arg(Arg::new("invitation").required(true).value_name("LINK"))
            .arg(
                Arg::new("device-name")
                    .long("device-name")
                    .default_value("command line")
                    .help("What people call it"),
            )
            .arg(root.clone()),
        Command::new("sync")
            .about("Exchange everything with the relay")
            .arg(
                Arg::new("deadline")
                    .long("deadline")
                    .default_value("600")
                    .value_name("SECONDS")
                    .value_parser(value_parser!(u64))
                    .help("Stop after this; what came is kept"),
            )
            .arg(
                Arg::new("live")
                    .long("live")
                    .action(ArgAction::SetTrue)
                    .help("Stay connected until interrupted"),
            )
            .arg(root),
        Command::new("status")
            .about("What waits to be sent, and what stands in the way")
            .arg(lane("retry", "Send a rejected record again"))
            .arg(lane("export", "Print what a rejected record holds"))
            .arg(lane("discard", "Give up the unsent changes of a rejected record")),
        Command::new("salvage")
            .about("Carry what a damaged store still holds over into a fresh one; the damaged file is kept beside it")
            .arg(
                Arg::new("check")
                    .long("check")
                    .action(ArgAction::SetTrue)
                    .help("Only look for damage, everywhere"),
            ),
        Command::new("books").about("The books on this device"),
        Command::new("members").about("Colleagues"),
    ]
}

pub(super) fn run(context: &Context, name: &str, args: &ArgMatches) -> Result<ExitCode> {
    if name == "salvage" && !args.get_flag("check") {
        return salvage(context);
    }
    let store = context.open()?;
    match name {
        "salvage" => {
            store.verify()?;
            context
                .out
                .object(&json!({"damaged": false}), || context.out.say("no damage", "没有损坏").to_owned());
        }
        "enrol" => {
            let client = client(&store, args)?;
            let identity = block_on(client.enrol(text(args, "invitation"), text(args, "device-name")))??;
            context.out.object(&identity, || {
                format!("{} {}", context.out.say("enrolled in", "已加入"), identity.workspace_name)
            });
        }
        "sync" => return sync(context, &store, args),
        "status" => status(context, &store, args)?,
        "books" => {
            let books = store.books()?;
            let say = |en, zh| context.out.say(en, zh);
            context.out.table(
                &[say("ID", "编号"), say("Name", "名称"), say("Right", "权限")],
                &books,
                |book| {
                    let right = serde_json::to_value(book.right).unwrap_or_default();
                    vec![
                        book.id.to_string(),
                        book.name.clone(),
                        right.as_str().unwrap_or_default().to_owned(),
                    ]
                },
            );
        }
        _ => {
            let members = store.members()?;
            let say = |en, zh| context.out.say(en, zh);
            context.out.table(
                &[say("ID", "编号"), say("Name", "姓名"), say("Role", "角色")],
                &members,
                |member| {
                    let role = serde_json::to_value(member.role).unwrap_or_default();
                    vec![
                        member.id.to_string(),
                        member.name.clone(),
                        role.as_str().unwrap_or_default().to_owned(),
                    ]
                },
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn salvage(context: &Context) -> Result<ExitCode> {
    let bar = context.out.progress(0, context.out.say("salvaging", "抢救中"));
    let salvaged = roadbook_core::salvage(&context.folder()?, Options::default(), &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    context.out.object(&salvaged, || {
        let say = |en, zh| context.out.say(en, zh);
        let mut lines = vec![
            format!("{} {}", salvaged.records, say("records can be read", "条记录可读")),
            format!("{} {}", salvaged.unsent, say("changes wait to be sent", "处改动待上传")),
            format!(
                "{} {}",
                say("the damaged file is kept:", "已保留损坏的文件："),
                salvaged.damaged.display()
            ),
        ];
        for lost in &salvaged.lost {
            let record = lost.record.map_or_else(|| "?".to_owned(), |id| id.to_string());
            lines.push(format!(
                "{} {record}",
                say("an unsent change is lost: record", "一处未上传的改动丢失：记录")
            ));
        }
        lines.push(if salvaged.enrolled {
            say("`roadbook sync` brings the rest", "其余内容请运行 roadbook sync 取回").to_owned()
        } else {
            say(
                "enrol again as the same member, then `roadbook sync`",
                "请以同一成员身份重新加入，再运行 roadbook sync",
            )
            .to_owned()
        });
        lines.join("\n")
    });
    // Something for scripts to notice.
    Ok(if salvaged.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(4) })
}

fn client(store: &Store, args: &ArgMatches) -> Result<Client> {
    Ok(Client::new(store.clone(), &ClientOptions { trust: trust(args)? })?)
}

fn sync(context: &Context, store: &Store, args: &ArgMatches) -> Result<ExitCode> {
    let client = client(store, args)?;
    let bar = context.out.progress(0, context.out.say("syncing", "同步中"));
    let watched = bar.clone();
    // The client goes with it, or leaving the runtime would wait until all is tidied, with a pause after each step.
    let report: Result<SyncReport> = block_on(async move {
        let mut state = client.state();
        let shown = tokio::spawn(async move {
            while state.changed().await.is_ok() {
                if let SyncState::Syncing(progress) = *state.borrow() {
                    watched.set_length(
                        progress.sent + progress.to_send + progress.received + progress.to_receive,
                    );
                    watched.set_position(progress.sent + progress.received);
                }
            }
        });
        let deadline = Duration::from_secs(args.get_one::<u64>("deadline").copied().unwrap_or(600));
        let report = client.sync_once(deadline).await?;
        if args.get_flag("live") && report.stopped.is_none() {
            let stop = CancellationToken::new();
            let interrupted = stop.clone();
            tokio::spawn(async move {
                let _ = tokio::signal::ctrl_c().await;
                interrupted.cancel();
            });
            client.run(stop).await?;
        }
        shown.abort();
        Ok(report)
    })?;
    bar.finish_and_clear();
    let report = report?;
    context.out.object(&report, || {
        let (sent, received) = (report.sent, report.received);
        match report.stopped {
            Some(reason) => format!(
                "{}: {reason:?}",
                context.out.say("sync has ended for this device", "本设备同步已终止")
            ),
            None if context.out.chinese => format!("已上传 {sent} 条，已接收 {received} 条"),
            None => format!("{sent} changes sent, {received} received"),
        }
    });
    while store.tidy()? {}
    Ok(if report.finished || report.stopped.is_some() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn status(context: &Context, store: &Store, args: &ArgMatches) -> Result<()> {
    if args.contains_id("retry") {
        store.retry_lane(id::<RecordId>(args, "retry")?)?;
    }
    if args.contains_id("discard") {
        store.discard_lane(id::<RecordId>(args, "discard")?)?;
    }
    if args.contains_id("export") {
        for entry in store.export_lane(id::<RecordId>(args, "export")?)? {
            line(serde_json::to_string(&entry)?);
        }
        return Ok(());
    }
    let (status, lanes, identity) = (store.status()?, store.quarantined()?, store.identity()?);
    let unsent = store.unsent(LISTED, 0)?;
    let object = json!({"status": status, "quarantined": lanes, "unsent": unsent, "identity": identity});
    context.out.object(&object, || {
        let say = |en, zh| context.out.say(en, zh);
        let mut lines = vec![match &identity {
            Some(identity) => format!("{} · {}", identity.workspace_name, identity.relay),
            None => {
                say("not enrolled yet: `roadbook enrol LINK`", "尚未加入：roadbook enrol 链接").to_owned()
            }
        }];
        let counts = [
            (say("to be sent", "待上传"), status.unsent),
            (say("in review", "待审核"), status.in_review),
            (say("refused in review", "审核未通过"), status.refused),
            (say("records with a conflict", "有冲突的记录"), status.clashes),
            (say("proposals to decide", "待你审核"), status.proposals),
            (say("chunks that could not be read", "无法读取的数据"), status.aside),
        ];
        lines.extend(counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("  {n} {what}")));
        for one in unsent.iter().filter(|one| one.because != UnsentReason::Quarantined) {
            let since = one.since.map_or(String::new(), |since| format!(" ({})", moment(since / 1000)));
            let kind = one.kind.as_deref().unwrap_or_default();
            lines.push(format!("  {kind} {}: {}{since}", one.record, reason_words(context, one.because)));
        }
        if unsent.len() == LISTED as usize {
            lines.push("  …".to_owned());
        }
        for lane in &lanes {
            lines.push(format!(
                "  {} {}: {} ({})",
                lane.kind,
                lane.record,
                lane.code,
                moment(lane.since / 1000)
            ));
        }
        if let Some(at) = status.synced_at {
            lines.push(format!("  {} {}", say("last synced", "上次同步"), moment(at / 1000)));
        }
        lines.join("\n")
    });
    Ok(())
}

/// Records that `status` names one by one, of those that wait.
const LISTED: u32 = 20;

/// Why something waits, in words.
fn reason_words(context: &Context, because: UnsentReason) -> &'static str {
    let (en, zh) = match because {
        UnsentReason::NotEnrolled => ("waits for this device to be enrolled", "等待本机加入"),
        UnsentReason::Unauthorised => {
            ("the relay does not accept this device; enrol it again", "中继不再接受本机，请重新加入")
        }
        UnsentReason::UpgradeRequired => ("update the app", "请更新应用"),
        UnsentReason::Offline => ("the relay cannot be reached", "无法连接中继"),
        UnsentReason::NextSync => ("goes with the next sync", "下次同步时上传"),
        UnsentReason::Queued => ("on its way", "上传中"),
        UnsentReason::Quarantined => ("rejected by the relay", "被中继拒绝"),
        UnsentReason::Incomplete => ("waits for a part that was lost", "等待缺失的部分"),
        UnsentReason::Unverified => ("the relay is asked whether it still has it", "正在核对中继是否仍有"),
    };
    if context.out.chinese { zh } else { en }
}
