//! The real command over real stores.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

struct Phone(TempDir);

impl Phone {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roadbook"));
        command
            .arg("--store")
            .arg(self.0.path())
            .args(args)
            .env_remove("ROADBOOK_STORE")
            .env("LANG", "C.UTF-8");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// What a command prints with `--json`, one object a line.
    fn json(&self, args: &[&str]) -> Vec<Json> {
        let output = self.command(args).arg("--json").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn log(&self, args: &[&str]) -> String {
        self.json(args)[0]["id"].as_str().unwrap().to_owned()
    }

    /// What a command that must fail says.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} was not refused");
        String::from_utf8(output.stderr).unwrap()
    }

    fn import(&self, file: &Path, args: &[&str]) -> (Vec<Json>, Json) {
        let file = file.to_str().unwrap();
        let output = self.command(&[&["import", file, "--json"], args].concat()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap();
        (lines, summary)
    }
}

fn counts(summary: &Json) -> [u64; 5] {
    ["rows", "created", "updated", "skipped", "failed"].map(|name| summary[name].as_u64().unwrap())
}

#[test]
fn a_record_is_logged_listed_shown_edited_found_deleted_and_restored() {
    let phone = Phone::new();
    let account = phone.log(&["log", "account", "--name", "百草堂", "--tier", "A", "--tags", "连锁; 药店"]);
    let visit = phone.log(&[
        "log",
        "visit",
        "--account",
        &account,
        "--purpose",
        "新品演示",
        "--planned_at",
        "2026-11-24 09:30",
        "--check_in_point",
        "30.2741,120.1551",
    ]);
    let listed = phone.json(&["list", "visit", "--where", &format!("account={account}")]);
    assert_eq!((listed.len(), listed[0]["id"].as_str().unwrap()), (1, visit.as_str()));
    assert!(phone.json(&["list", "visit", "--where", "purpose=别的"]).is_empty());
    phone.json(&["edit", &visit, "--outcome", "留样", "--mode", "上门拜访", "--why", "补录"]);
    let shown = &phone.json(&["show", &visit])[0];
    assert_eq!(
        (&shown["fields"]["outcome"], &shown["fields"]["mode"]),
        (&"留样".into(), &"door_visit".into())
    );
    assert_eq!(shown["ledger"][0]["state"], "saved");
    let history = phone.json(&["history", &visit]);
    assert!(history.iter().any(|e| e["field"] == "outcome" && e["why"] == "补录"), "{history:?}");
    phone.json(&["edit", &visit, "--clear", "outcome"]);
    assert!(phone.json(&["show", &visit])[0]["fields"].get("outcome").is_none());
    assert_eq!(phone.json(&["search", "百草"])[0]["id"], account.as_str());
    phone.json(&["delete", &visit, "--why", "重复"]);
    assert!(phone.json(&["list", "visit"]).is_empty());
    assert_eq!(phone.json(&["list", "visit", "--deleted"]).len(), 1);
    phone.json(&["restore", &visit]);
    assert_eq!(phone.json(&["list", "visit"]).len(), 1);
    let status = &phone.json(&["status"])[0];
    assert_eq!(status["status"]["unsent"], 6);
    let waits = &status["unsent"][0];
    assert_eq!(
        (waits["record"].as_str(), waits["because"].as_str()),
        (Some(account.as_str()), Some("not_enrolled"))
    );
    let said = String::from_utf8(phone.run(&["--lang", "zh", "status"]).stdout).unwrap();
    assert!(said.contains(&format!("account {account}: 等待本机加入")), "{said}");
    let chinese = phone.run(&["--lang", "zh", "show", &account]);
    assert!(String::from_utf8(chinese.stdout).unwrap().contains("客户等级: A 级"));
}

#[test]
fn lines_are_read_one_by_one_and_each_id_is_printed() {
    let phone = Phone::new();
    let mut child = phone
        .command(&["log", "account", "--stdin", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines =
        "{\"name\":\"甲\"}\n{\"name\":\"乙\",\"tags\":[\"a\"]}\n{\"nome\":\"丙\"}\n{\"name\":\"丁\"}\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("line 3") && said.contains("nome"), "{said}");
    assert_eq!(phone.json(&["list", "account"]).len(), 2);
}

#[test]
fn bad_input_says_what_is_wrong_and_changes_nothing() {
    let phone = Phone::new();
    let account = phone.log(&["log", "account", "--name", "百草堂"]);
    for (args, expected) in [
        (vec!["log", "visit", "--purpose", "x"], "account must not be empty"),
        (vec!["log", "visit", "--account", "12"], "account"),
        (vec!["log", "account", "--name", "x", "--tier", "Z"], "tier"),
        (vec!["log", "account", "--name", "x", "--headcount", "many"], "headcount"),
        (vec!["log", "nothing"], "unrecognized subcommand"),
        (vec!["edit", &account, "--purpose", "x"], "purpose"),
        (vec!["edit", "018f6d2e-7c1a-7b3c-9d4e-5f60718293a4", "--name", "x"], "not on this device"),
        (vec!["show", "not-an-id"], "not a record id"),
        (vec!["list", "account", "--where", "nothing=1"], "cannot be listed"),
        (vec!["resolve", &account, "name", "--pick", "1"], "nothing to resolve"),
        (vec!["enrol", "https://relay.example/"], "not an invitation"),
        (vec!["sync"], "not enrolled"),
        (vec!["review", "accept", "1"], "no proposal 1"),
        (vec!["import", "/nowhere.csv", "--as", "account"], "/nowhere.csv"),
    ] {
        let said = phone.refused(&args);
        assert!(said.contains(expected), "{args:?} says {said}");
    }
    assert_eq!(phone.json(&["list", "account"]).len(), 1);
    assert_eq!(phone.json(&["status"])[0]["status"]["unsent"], 1);
}

/// As `roadbook log … | head -n0` does.
#[test]
fn who_stops_reading_stops_no_work() {
    let phone = Phone::new();
    for args in
        [&["log", "account", "--name", "百草堂"][..], &["list", "account"], &["list", "account", "--json"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = phone.command(args).stdout(writer).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr, b"", "{args:?}");
    }
    assert_eq!(phone.json(&["list", "account"]).len(), 1);
}

#[test]
fn an_import_maps_links_reports_and_repeats_without_doubling() {
    let phone = Phone::new();
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let accounts = file(
        "accounts.csv",
        "\u{feff}id;Account Name;Rating;Employees;Parent Account;lat;lon;Colour\n\
         C1;百草堂;A;120;回春堂;30.2741;120.1551;red\nC2;回春堂;none;12.0;;;;\nC3;;B;;;;;\n",
    );
    let (notes, summary) = phone.import(&accounts, &["--as", "account", "--dry-run"]);
    assert_eq!((counts(&summary), summary["dry_run"].as_bool()), ([3, 2, 0, 0, 1], Some(true)));
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(phone.json(&["list", "account"]).is_empty(), "a dry run writes nothing");
    assert_eq!(counts(&phone.import(&accounts, &["--as", "account"]).1), [3, 2, 0, 0, 1]);
    let first = &phone.json(&["list", "account", "--where", "name=百草堂"])[0];
    let fields = &phone.json(&["show", first["id"].as_str().unwrap()])[0]["fields"];
    let second = &phone.json(&["list", "account", "--where", "name=回春堂"])[0];
    assert_eq!(fields["parent"], second["id"], "a link to a later row");
    assert_eq!((&fields["headcount"], &fields["outside_id"]), (&120.into(), &"C1".into()));
    assert_eq!(fields["extra"]["Colour"], "red");
    assert_eq!(fields["location"]["lat"], 30.2741);
    assert_eq!(second["fields"]["extra"]["Rating"], "none", "what is no choice is kept as text");
    // Deals link by name; a name nobody has is kept and reported.
    let deals = file(
        "deals.csv",
        "opportunity_id,product,account,deal_stage,close_value\nD1,血糖仪,百草堂,Won,1200\nD2,血压计,百草唐,Prospecting,\n",
    );
    let (notes, summary) = phone.import(&deals, &["--as", "opportunity"]);
    assert_eq!(counts(&summary), [2, 2, 0, 0, 0]);
    assert_eq!(
        (notes.len(), notes[0]["row"].as_u64(), notes[0]["value"].as_str()),
        (1, Some(3), Some("百草唐"))
    );
    let won = &phone.json(&["list", "opportunity", "--where", "stage=won"])[0];
    assert_eq!((&won["fields"]["account"], &won["title"]), (&first["id"], &"血糖仪 · 百草堂".into()));
    assert_eq!(counts(&phone.import(&deals, &["--as", "opportunity"]).1), [2, 0, 0, 2, 0]);
    let mapped =
        phone.import(&deals, &["--as", "opportunity", "--map", "close_value=", "--map", "product=name"]);
    assert_eq!(counts(&mapped.1)[2], 2);
    assert!(
        phone
            .refused(&["import", deals.to_str().unwrap(), "--as", "opportunity", "--map", "x=y"])
            .contains("no column")
    );
}

/// Files as spreadsheets and other systems write them.
#[test]
fn an_import_keeps_what_it_cannot_tell_apart_and_links_nothing_that_is_not_there() {
    let phone = Phone::new();
    let file = phone.0.path().join("file.csv");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    // A column of row numbers without a header, one that only ends like an id, and two of the same name.
    write("Paid,,name,Remark,Remark\nyes,0,百草堂,a,b\nyes,1,德仁堂,c,\n");
    assert_eq!(counts(&phone.import(&file, &["--as", "account"]).1), [2, 2, 0, 0, 0]);
    let shown = phone.json(&["list", "account"]);
    let extra = |name: &str| {
        let id = shown.iter().find(|record| record["title"] == name).unwrap()["id"].as_str().unwrap();
        phone.json(&["show", id])[0]["fields"]["extra"].clone()
    };
    assert_eq!(
        extra("百草堂"),
        serde_json::json!({"Paid": "yes", "column 2": "0", "Remark": "a", "Remark (5)": "b"})
    );
    assert_eq!(
        phone.json(&["show", shown[0]["id"].as_str().unwrap()])[0]["fields"]["outside_id"],
        Json::Null
    );
    // A later file says less, and takes nothing away.
    write("name,Remark\n百草堂,later\n");
    assert_eq!(counts(&phone.import(&file, &["--as", "account", "--key", "name"]).1), [1, 0, 1, 0, 0]);
    let all = extra("百草堂");
    assert_eq!((all["Remark"].as_str(), all["Paid"].as_str()), (Some("later"), Some("yes")));
    // An id of another system that looks like one of ours.
    write("subject,account\n回访,6f9619ff-8b86-d011-b42d-00c04fc964ff\n");
    let (notes, summary) = phone.import(&file, &["--as", "task"]);
    assert_eq!((counts(&summary), notes[0]["column"].as_str()), ([1, 1, 0, 0, 0], Some("account")));
    assert!(
        phone
            .refused(&["import", file.to_str().unwrap(), "--as", "task", "--key", "due_on"])
            .contains("due_on")
    );
}

#[test]
fn the_demo_plays_a_day_and_everything_holds() {
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("kept");
    let output = Command::new(env!("CARGO_BIN_EXE_roadbook"))
        .args(["demo", "--json", "--keep", kept.to_str().unwrap()])
        .env("LANG", "C.UTF-8")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    let checks = text.lines().filter(|line| line.contains("\"holds\":true")).count();
    assert!(checks >= 15 && !text.contains("\"holds\":false"), "{text}");
    assert!(kept.join("relay/relay.sqlite").is_file());
}
