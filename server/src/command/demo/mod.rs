//! `roadbook demo`: a day in the field. A real relay, three real phones, each a process of its own; what goes wrong
//! goes wrong for real. It prints what a person would check and fails if any of it does not hold.

mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Arg, ArgMatches, Command, value_parser};
use roadbook_core::model::{BookId, RecordId};
use roadbook_core::{LedgerState, Query, Show, Store};
use serde_json::{Value as Json, json};
use stage::{Phone, Relay, enrol};

use super::{Context, Result, review};

/// Visits that the phone which is killed tries to log, and after how many it is killed.
const VISITS: usize = 200;
const KILLED_AFTER: usize = 60;

const ACCOUNTS: &str = "id,account,sector,phone\nC1,百草堂大药房,医药零售,0571-88001234\nC2,回春堂,医药零售,\n\
    C3,华康医疗器械,医疗器械,0574-2345678\nC4,Nordic Pharma AB,pharma,\nC5,同济医院,医院,\n";
const OPPORTUNITIES: &str = "opportunity_id,product,account,deal_stage,close_value\n\
    D1,血糖仪,百草堂大药房,Prospecting,120000\nD2,制氧机,华康医疗器械,Engaging,480000\nD3,血压计,,Prospecting,36000\n";

pub(super) fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    Command::new("demo")
        .about(
            "Play a day in the field: three phones, one relay, and everything that goes wrong between them",
        )
        .arg(file("keep", "Leave the relay's and the phones' files in this folder").value_name("DIR"))
        .arg(file("accounts", "A CSV file of accounts to play on"))
        .arg(file("opportunities", "A CSV file of opportunities to play on"))
}

/// What is said and counted.
struct Story<'a> {
    context: &'a Context,
    failed: u32,
}

impl Story<'_> {
    fn chapter(&self, en: &str, zh: &str) {
        let title = self.context.out.say(en, zh);
        self.context.out.object(&json!({"chapter": title}), || format!("\n{title}"));
    }

    fn tell(&self, text: impl std::fmt::Display) {
        self.context.out.object(&json!({"note": text.to_string()}), || format!("  {text}"));
    }

    fn check(&mut self, good: bool, en: impl Into<String>, zh: impl Into<String>) {
        let text = if self.context.out.chinese { zh.into() } else { en.into() };
        self.failed += u32::from(!good);
        let mark = if good { "✓" } else { "✗" };
        self.context.out.object(&json!({"check": text, "holds": good}), || format!("  {mark} {text}"));
    }
}

pub(super) fn run(context: &Context, args: &ArgMatches) -> Result<ExitCode> {
    let started = Instant::now();
    let scratch = tempfile::TempDir::new()?;
    let root = match args.get_one::<PathBuf>("keep") {
        Some(folder) if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) => {
            return Err(format!("{} is not empty", folder.display()).into());
        }
        Some(folder) => folder.clone(),
        None => scratch.path().to_owned(),
    };
    std::fs::create_dir_all(&root)?;
    let given = |name: &str, fallback: &str| -> Result<PathBuf> {
        if let Some(file) = args.get_one::<PathBuf>(name) {
            return Ok(file.clone());
        }
        let file = root.join(format!("{name}.csv"));
        std::fs::write(&file, fallback)?;
        Ok(file)
    };
    let files = [given("accounts", ACCOUNTS)?, given("opportunities", OPPORTUNITIES)?];
    let mut story = Story { context, failed: 0 };
    play(&mut story, &root, &files)?;
    let seconds = started.elapsed().as_secs_f64();
    let ended = json!({"failed": story.failed, "seconds": seconds});
    context.out.object(&ended, || {
        let verdict = match story.failed {
            0 => context.out.say("Everything holds.", "一切如约。").to_owned(),
            n => format!("{n} {}", context.out.say("checks failed.", "项检查未通过。")),
        };
        format!("\n{verdict} {seconds:.1} s")
    });
    if let Some(folder) = args.get_one::<PathBuf>("keep") {
        story.tell(folder.display());
    }
    Ok(if story.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The people of the day.
struct Team {
    manager: Phone,
    wang: Phone,
    li: Phone,
}

impl Team {
    fn all(&self) -> [&Phone; 3] {
        [&self.manager, &self.wang, &self.li]
    }
}

fn play(story: &mut Story<'_>, root: &Path, files: &[PathBuf; 2]) -> Result<()> {
    let relay = Relay::start(&root.join("relay"))?;
    let team = morning(story, &relay, root, files)?;
    let mut acknowledged = offline_day(story, &team)?;
    killed_while_syncing(story, &team)?;
    let handed_over = hand_over(story, &relay, &team, &mut acknowledged)?;
    evening(story, &team, &handed_over)?;
    verdict(story, &team, &acknowledged, &handed_over)?;
    relay.stop()
}

fn morning(story: &mut Story<'_>, relay: &Relay, root: &Path, files: &[PathBuf; 2]) -> Result<Team> {
    story.chapter("Morning: a relay, two reps, their manager", "早晨：一个中继，两位代表，一位经理");
    story.tell(format!("relay at {}", relay.url));
    let workspace = relay.admin("POST", "workspaces", json!({"name": "华东一区"}))?;
    let workspace = workspace["id"].as_str().unwrap_or_default();
    let manager = enrol(relay, root, workspace, "赵敏", "manager", None)?;
    let wang = enrol(relay, root, workspace, "王伟", "rep", Some(&manager.member))?;
    let li = enrol(relay, root, workspace, "李娜", "rep", Some(&manager.member))?;
    // Li stands in for Wang: she edits his book, too.
    let path = format!("books/{}/grants", wang.book);
    relay.admin("PUT", &path, json!({"member": li.member, "right": "editor"}))?;
    let [accounts, opportunities] = files;
    for (file, kind) in [(accounts, "account"), (opportunities, "opportunity")] {
        let said = wang.run(&["import", &file.to_string_lossy(), "--as", kind])?;
        let (summary, notes) = said.split_last().ok_or("an import said nothing")?;
        for note in notes.iter().take(5) {
            story.tell(format!(
                "row {}: {} “{}” {}",
                note["row"], note["column"], note["value"], note["what"]
            ));
        }
        if notes.len() > 5 {
            story.tell(format!("… {} rows more with a note", notes.len() - 5));
        }
        let number = |name: &str| summary[name].as_u64().unwrap_or_default();
        let counted = number("created") + number("updated") + number("skipped") + number("failed");
        story.check(
            number("rows") == counted && number("failed") == 0,
            format!(
                "{}: {} rows, {} created, {} failed",
                kind,
                number("rows"),
                number("created"),
                number("failed")
            ),
            format!("{}：{} 行，新建 {}，失败 {}", kind, number("rows"), number("created"), number("failed")),
        );
    }
    let team = Team { manager, wang, li };
    for phone in [&team.wang, &team.li, &team.manager] {
        let report = phone.sync()?;
        story.tell(format!("{}: {} sent, {} received", phone.name, report["sent"], report["received"]));
    }
    equal(story, &team)?;
    Ok(team)
}

fn first(phone: &Phone, kind: &str) -> Result<String> {
    let records = phone.run(&["list", kind, "--sort", "name", "--limit", "1"])?;
    let id = records.first().and_then(|record| record["id"].as_str());
    Ok(id.ok_or_else(|| format!("no {kind} came to {}", phone.name))?.to_owned())
}

/// Everyone is offline. What was acknowledged, by the phone that did.
fn offline_day(story: &mut Story<'_>, team: &Team) -> Result<BTreeMap<String, &'static str>> {
    story.chapter("A day without signal", "没有信号的一天");
    let Team { wang, li, .. } = team;
    let mut acknowledged = BTreeMap::new();
    let (account, opportunity) = (first(wang, "account")?, first(wang, "opportunity")?);
    let contact = wang.log("contact", &[("account", &account), ("name", "陈医生")])?;
    wang.sync()?;
    li.sync()?;
    for phone in [wang, li] {
        let mut keep = |id: String| acknowledged.insert(id, phone.name);
        let hello = format!("{}到店拜访", phone.name);
        let visit = [
            ("account", account.as_str()),
            ("purpose", &hello),
            ("check_in_at", "2026-11-24 09:30"),
            ("check_in_point", "30.2741,120.1551"),
            ("talk_points", "新品血糖仪，月底促销"),
            ("next_visit_on", "2026-12-01"),
        ];
        keep(phone.log("visit", &visit)?);
        let gift = [
            ("account", account.as_str()),
            ("recipient", &contact),
            ("item", "龙井茶"),
            ("value", "15 USD"),
            ("occasion", "thank_you"),
            ("meaning", "答谢多年支持"),
            ("given_at", "2026-11-24 10:00"),
        ];
        keep(phone.log("gift_note", &gift)?);
        keep(phone.log("task", &[("account", &account), ("subject", "寄送样品"), ("due_on", "2026-11-27")])?);
        keep(
            phone
                .log("opportunity", &[("account", &account), ("name", &format!("{}的新商机", phone.name))])?,
        );
    }
    // The same account and the same opportunity, edited on two phones.
    wang.edit(&account, "region", "杭州")?;
    wang.edit(&account, "notes", "王伟：店长更换，月底前再访。")?;
    li.edit(&account, "region", "宁波")?;
    li.edit(&account, "website", "example.com")?;
    wang.edit(&opportunity, "stage", "proposal")?;
    li.edit(&opportunity, "stage", "negotiation")?;
    li.edit(&opportunity, "competitors", "鱼跃; 欧姆龙")?;
    wang.edit(&opportunity, "competitors", "三诺")?;
    for phone in [wang, li] {
        let status = phone.run(&["status"])?;
        story.tell(format!("{}: {} changes wait to be sent", phone.name, status[0]["status"]["unsent"]));
    }
    let lines: Vec<Json> = (1..=VISITS)
        .map(|n| json!({"account": account, "purpose": format!("电话回访 {n}"), "mode": "phone"}))
        .collect();
    let ids = wang.log_until_killed("visit", &lines, KILLED_AFTER)?;
    let store = wang.store()?;
    let mut missing = 0;
    for id in &ids {
        missing += u32::from(store.find(id.parse()?)?.is_none());
    }
    story.check(
        missing == 0 && store.check()?.is_empty(),
        format!("killed while saving: {} saves were acknowledged, {missing} are missing", ids.len()),
        format!("保存中被强行终止：已确认 {} 条，丢失 {missing} 条", ids.len()),
    );
    acknowledged.extend(ids.into_iter().map(|id| (id, wang.name)));
    Ok(acknowledged)
}

fn killed_while_syncing(story: &mut Story<'_>, team: &Team) -> Result<()> {
    story.chapter("The train leaves the tunnel: killed while syncing", "刚有信号：同步中被强行终止");
    let (mut killed, mut wait) = (0, Duration::from_millis(2));
    // Ever later in the sync, until it is through.
    while team.wang.sync_killed_after(wait)? {
        (killed, wait) = (killed + 1, wait * 5 / 4);
    }
    let store = team.wang.store()?;
    let agrees = store.check()?.is_empty();
    story.check(
        killed > 0 && agrees,
        format!(
            "killed {killed} times in the middle of a sync; the store is whole, {} changes wait",
            store.status()?.unsent
        ),
        format!("同步中被终止 {killed} 次；数据完整，尚有 {} 条待上传", store.status()?.unsent),
    );
    Ok(())
}

/// What became of an account that was handed over while its old rep was offline.
struct HandedOver {
    account: String,
    late_visit: String,
}

fn hand_over(
    story: &mut Story<'_>,
    relay: &Relay,
    team: &Team,
    acknowledged: &mut BTreeMap<String, &'static str>,
) -> Result<HandedOver> {
    story.chapter("An account is handed over while its old rep is offline", "客户移交，原代表仍离线");
    let Team { wang, li, .. } = team;
    let account = wang.log("account", &[("name", "康宁诊所"), ("region", "嘉兴")])?;
    acknowledged.insert(account.clone(), wang.name);
    acknowledged.insert(wang.log("visit", &[("account", &account), ("purpose", "首次拜访")])?, wang.name);
    wang.sync()?;
    let moved =
        relay.admin("POST", "moves", json!({"from": wang.book, "to": li.book, "roots": [account]}))?;
    story.tell(format!("康宁诊所: {} → {}, {} records moved", wang.name, li.name, moved["documents"]));
    wang.edit(&account, "region", "湖州")?;
    let late_visit = wang.log("visit", &[("account", &account), ("purpose", "移交后补录的拜访")])?;
    acknowledged.insert(late_visit.clone(), wang.name);
    Ok(HandedOver { account, late_visit })
}

fn sync_all(story: &Story<'_>, team: &Team) -> Result<()> {
    for phone in [&team.wang, &team.li, &team.manager, &team.wang, &team.li] {
        let report = phone.sync()?;
        story.tell(format!("{}: {} sent, {} received", phone.name, report["sent"], report["received"]));
    }
    Ok(())
}

fn evening(story: &mut Story<'_>, team: &Team, handed_over: &HandedOver) -> Result<()> {
    story.chapter("Evening: everyone syncs", "傍晚：全员同步");
    sync_all(story, team)?;
    let manager = team.manager.store()?;
    let clashes = manager.clashes(None)?;
    for clash in &clashes {
        let sides: Vec<String> =
            (0..clash.sides.len()).map(|n| review::side(story.context, &manager, clash, n)).collect();
        story.tell(format!("clash: {} {}: {}", clash.kind, clash.field, sides.join(" | ")));
    }
    let fields: Vec<&str> = clashes.iter().map(|clash| clash.field.as_str()).collect();
    story.check(
        fields.contains(&"region") && fields.contains(&"stage") && clashes.iter().all(|c| c.sides.len() == 2),
        "both fields that two reps changed are shown with both sides, who and when",
        "两人同改的字段均列出双方的值、作者和时间",
    );
    for phone in team.all() {
        let shown = phone.store()?.clashes(None)?.len();
        story.tell(format!("{}: {shown} conflicts", phone.name));
    }
    let (account, opportunity) = (first(&team.manager, "account")?, first(&team.manager, "opportunity")?);
    let show = |id: &str| -> Result<Json> {
        let shown = team.manager.run(&["show", id])?.pop();
        Ok(shown.ok_or("a record that is there is not shown")?["fields"].take())
    };
    let (merged, deal) = (show(&account)?, show(&opportunity)?);
    story.check(
        merged["website"] == "example.com"
            && merged["notes"].as_str().is_some_and(|notes| notes.contains("店长更换"))
            && deal["competitors"].as_array().is_some_and(|all| all.len() >= 3),
        "edits of different fields and additions to one list merged",
        "不同字段的修改、同一列表的新增均已合并",
    );
    for phone in team.all() {
        let findings = phone.store()?.findings(None)?;
        let cap = findings.iter().find(|finding| finding.rule == "us_tax" && finding.year.is_some());
        let text = cap.map_or_else(String::new, |f| if story.context.out.chinese { f.zh() } else { f.en() });
        story.check(cap.is_some(), format!("{}: {text}", phone.name), format!("{}：{text}", phone.name));
    }
    for field in ["region", "stage"] {
        let id = if field == "region" { &account } else { &opportunity };
        team.manager.run(&["resolve", id, field, "--pick", "1", "--why", "电话确认"])?;
    }
    story.chapter(
        "Review: what was logged on the account after it was handed over",
        "审核：移交后原代表补录的内容",
    );
    let proposals = team.li.store()?.proposals()?;
    for proposal in &proposals {
        let what = if proposal.new { "new" } else { "edited" };
        story.tell(format!("{} {what} {}", proposal.kind.unwrap_or("record"), proposal.record));
    }
    story.check(
        proposals.len() == 2,
        format!("{} proposals reached the new owner", proposals.len()),
        format!("新负责人收到 {} 条待审", proposals.len()),
    );
    for proposal in team.li.store()?.proposals()? {
        let visit = proposal.record.to_string() == handed_over.late_visit;
        let decision = if visit { "accept" } else { "refuse" };
        let open = team.li.store()?.proposals()?;
        let number = open.iter().position(|p| p.record == proposal.record).unwrap_or_default() + 1;
        team.li.run(&["review", decision, &number.to_string(), "--why", "已核实"])?;
    }
    team.li.sync()?;
    sync_all(story, team)?;
    let told = team.wang.store()?.verdicts()?;
    story.check(
        told.len() == 2 && told.iter().filter(|verdict| verdict.accepted).count() == 1,
        "the old rep is told: one accepted, one refused, with the reason",
        "原代表得知结果：一条通过，一条退回，并附原因",
    );
    let gone = team.wang.store()?.find(handed_over.account.parse()?)?.is_none();
    story.check(gone, "the account is gone from the old rep's phone", "客户资料已从原代表手机上清除");
    Ok(())
}

fn verdict(
    story: &mut Story<'_>,
    team: &Team,
    acknowledged: &BTreeMap<String, &'static str>,
    handed_over: &HandedOver,
) -> Result<()> {
    story.chapter("Night: the books are compared", "入夜：逐条核对");
    equal(story, team)?;
    let manager = team.manager.store()?;
    let mut missing = Vec::new();
    for (id, phone) in acknowledged {
        if manager.find(id.parse()?)?.is_none() {
            missing.push(format!("{id} of {phone}"));
        }
    }
    story.check(
        missing.is_empty(),
        format!(
            "{} acknowledged saves, {} missing on the manager's phone",
            acknowledged.len(),
            missing.len()
        ),
        format!("已确认的 {} 条保存，经理手机上缺 {} 条", acknowledged.len(), missing.len()),
    );
    missing.iter().for_each(|one| story.tell(one));
    let (mut delivered, mut all) = (0, 0);
    let wang = team.wang.store()?;
    for (id, phone) in acknowledged {
        let record: RecordId = id.parse()?;
        if *phone != team.wang.name || wang.find(record)?.is_none() {
            continue;
        }
        for entry in wang.ledger(record)? {
            all += 1;
            delivered += u32::from(entry.state == LedgerState::Delivered);
        }
    }
    story.check(
        all > 0 && delivered == all,
        format!("{delivered} of {all} changes of {} are known to be delivered", team.wang.name),
        format!("{} 的 {all} 条修改中 {delivered} 条已确认送达", team.wang.name),
    );
    let accepted = manager.find(handed_over.late_visit.parse()?)?.is_some();
    story.check(accepted, "the late visit stands in the new owner's book", "补录的拜访已归入新负责人名下");
    Ok(())
}

/// Every record of a book, deleted ones too, with its version.
fn holds(store: &Store, book: BookId) -> Result<BTreeMap<RecordId, String>> {
    let mut all = BTreeMap::new();
    for kind in store.schema().kinds() {
        for show in [Show::Live, Show::Deleted] {
            let mut query = Query::new(kind.name).page(1_000, 0);
            (query.show, query.book) = (show, Some(book));
            loop {
                let page = store.list(&query)?;
                query.offset += query.limit;
                let ended = page.len() < query.limit as usize;
                for mut record in page {
                    record.heads.0.sort();
                    let fields = serde_json::to_string(&kind.to_json(&record.fields))?;
                    all.insert(record.id, format!("{fields} {:?} {:?}", record.deleted, record.heads));
                }
                if ended {
                    break;
                }
            }
        }
    }
    Ok(all)
}

/// Whoever may read a book holds the same of it.
fn equal(story: &mut Story<'_>, team: &Team) -> Result<()> {
    let manager = team.manager.store()?;
    for phone in [&team.wang, &team.li] {
        let store = phone.store()?;
        let (mut records, mut different) = (0, 0);
        for book in store.books()? {
            let (theirs, hers) = (holds(&store, book.id)?, holds(&manager, book.id)?);
            records += theirs.len();
            different += theirs.iter().filter(|(id, text)| hers.get(id) != Some(text)).count();
            different += hers.keys().filter(|id| !theirs.contains_key(id)).count();
        }
        let good = different == 0 && store.check()?.is_empty();
        story.check(
            good,
            format!(
                "{} and {} hold the same: {records} records, {different} differ",
                phone.name, team.manager.name
            ),
            format!("{} 与 {} 一致：{records} 条记录，{different} 条不同", phone.name, team.manager.name),
        );
    }
    Ok(())
}
