//! `cargo proof bench`: what Roadbook costs beside what the same work costs bare SQLite, both sides in one run.
//!
//! The bare side has the very tables, indexes and search table of the store, copied from its file, and inserts the
//! very rows that the store made, at the same durability. What it has not: documents, history, merge, outbox, ledger.

mod bare;
mod growth;
mod live;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use roadbook_core::model::Value;
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::wire::Role;
use roadbook_core::{Compare, Query, Store};
use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::{Map, Value as Json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::counting::Counting;
use crate::{Office, workload};
use bare::Bare;

const SINGLE: usize = 300;
/// What a record has besides its query row and search entry: without it there is no history, no merge and no sync.
const HISTORY: [&str; 2] = ["document", "change"];
const WITH_HISTORY: &str = "the same, against bare SQLite that also writes each record's change";
const ROUNDS: usize = 5;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

fn row(what: &str, ours: String, bare: String, ratio: Option<f64>, aim: &str) {
    let ratio = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    println!("| {what} | {ours} | {bare} | {ratio} | {aim} |");
}

fn ms(value: f64) -> String {
    if value < 10.0 { format!("{value:.3} ms") } else { format!("{value:.0} ms") }
}

fn open(folder: &Path) -> Store {
    roadbook_core::open(folder, workload::options(), &mut |_, _| {}).unwrap()
}

fn save_all(store: &Store, records: &[Map<String, Json>]) {
    let new: Vec<_> = records.iter().map(workload::new_record).collect();
    store.batch(|batch| batch.create_all(new)).unwrap();
}

fn size_of(folder: &Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

/// Resident memory of this process, in MiB, now and at most.
fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    };
    (of("VmRSS"), of("VmHWM"))
}

/// Runs the wanted parts. `n` records for bulk, sync and live, `large` for lists, search and memory.
pub fn run(n: usize, large: usize, wanted: impl Fn(&str) -> bool) {
    println!("| what | Roadbook | bare | ratio | aim |\n|---|---|---|---|---|");
    let records = workload::generate(n, 1);
    if wanted("saves") {
        saves(&records);
    }
    if wanted("sync") {
        sync(&records);
    }
    if wanted("live") {
        live::run(&records);
    }
    if wanted("growth") {
        growth::run(n, large);
    }
    if wanted("lists") {
        lists(large);
    }
    if wanted("library") {
        library();
    }
}

fn saves(records: &[Map<String, Json>]) {
    let (mut single, mut single_bare, mut bulk, mut bulk_bare) = (vec![], vec![], vec![], vec![]);
    let (mut floor, mut tidied, mut longest, mut longest_bare) = (vec![], vec![], vec![], vec![]);
    let late = workload::generate(SINGLE, 7);
    let all = [records, &late].concat();
    let slowest = |times: &mut dyn Iterator<Item = f64>| times.fold(0.0, f64::max);
    for _ in 0..ROUNDS {
        let (ours, theirs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let store = open(ours.path());
        let (some, rest) = records.split_at(SINGLE.min(records.len()));
        let new: Vec<_> = some.iter().map(workload::new_record).collect();
        single.extend(new.into_iter().map(|record| timed(|| store.create(record).unwrap()).1));
        let new: Vec<_> = rest.iter().map(workload::new_record).collect();
        let work = || store.batch(|batch| batch.create_all(new));
        bulk.push(timed(|| work().unwrap()).1);
        tidied.push(timed(|| while store.tidy().unwrap() {}).1);
        let mut new =
            late.iter().map(|record| timed(|| store.create(workload::new_record(record)).unwrap()).1);
        longest.push(slowest(&mut new));
        let bare = Bare::like(ours.path(), &all, theirs.path(), &[]);
        let (some, rest) = bare.rows.split_at(some.len());
        let (rest, late) = rest.split_at(rest.len() - late.len());
        single_bare.extend(some.iter().map(|row| timed(|| bare.bulk(std::slice::from_ref(row))).1));
        bulk_bare.push(timed(|| bare.bulk(rest)).1);
        longest_bare
            .push(slowest(&mut late.iter().map(|row| timed(|| bare.bulk(std::slice::from_ref(row))).1)));
        let theirs = TempDir::new().unwrap();
        let bare = Bare::like(ours.path(), &all, theirs.path(), &HISTORY);
        floor.push(timed(|| bare.bulk(&bare.rows[some.len()..][..rest.len()])).1);
    }
    let (a, b) = (median(single), median(single_bare));
    row("durable save of one record", ms(a), ms(b), Some(a / b), "≤ 1.3");
    let (a, b) = (median(bulk), median(bulk_bare));
    let what = format!("bulk save of {} records", records.len() - SINGLE.min(records.len()));
    row(&what, ms(a), ms(b), Some(a / b), "≤ 2");
    let floor = median(floor);
    row(WITH_HISTORY, ms(a), ms(floor), Some(a / floor), "");
    row("tidying after it, while nobody waits", ms(median(tidied)), String::new(), None, "");
    let (a, b) = (median(longest), median(longest_bare));
    row(&format!("longest of {SINGLE} durable saves after that"), ms(a), ms(b), Some(a / b), "");
}

/// A rep's phone and a manager's, both enrolled, and what counts the bytes between them and their relay.
struct Phones {
    _office: Office,
    counting: Counting,
    folders: [TempDir; 2],
    clients: [Client; 2],
}

impl Phones {
    async fn enrolled() -> Self {
        let office = Office::open().await;
        let manager = office.member("B", Role::Manager, None).await;
        let rep = office.member("A", Role::Rep, Some(manager.id)).await;
        let counting = crate::counting::proxy(&office.address).await;
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let clients = folders
            .each_ref()
            .map(|folder| Client::new(open(folder.path()), &ClientOptions::default()).unwrap());
        for (client, member) in clients.iter().zip([rep.id, manager.id]) {
            let invitation = office.invite(member).await.replace(&office.address, &counting.address);
            client.enrol(&invitation, "bench").await.unwrap();
        }
        Self { _office: office, counting, folders, clients }
    }
}

/// Milliseconds until a phone has synced.
async fn synced(client: &Client) -> f64 {
    let started = Instant::now();
    let report = client.sync_once(Duration::from_secs(600)).await.unwrap();
    assert!(report.finished, "{report:?}");
    started.elapsed().as_secs_f64() * 1e3
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn sync(records: &[Map<String, Json>]) {
    let runtime = runtime();
    let json: Vec<u8> = records
        .iter()
        .flat_map(|record| [serde_json::to_vec(record).unwrap(), b"\n".to_vec()].concat())
        .collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(&json).unwrap();
    let gzip = gzip.finish().unwrap().len();
    let (mut uploads, mut bootstraps, mut bares, mut floors) = (vec![], vec![], vec![], vec![]);
    let mut bytes = [0; 4];
    for _ in 0..3 {
        runtime.block_on(async {
            let Phones { counting, folders, clients, .. } = &Phones::enrolled().await;
            save_all(clients[0].store(), records);
            let before = counting.bytes();
            uploads.push(synced(&clients[0]).await);
            bytes[0] = counting.bytes() - before;
            // On its own processor, if this phone had one.
            while clients[0].store().tidy().unwrap() {}
            let before = counting.bytes();
            bootstraps.push(synced(&clients[1]).await);
            bytes[1] = counting.bytes() - before;
            // Receipts and cursors settle first.
            synced(&clients[0]).await;
            synced(&clients[1]).await;
            let before = counting.bytes();
            synced(&clients[1]).await;
            bytes[2] = counting.bytes() - before;
            let id = records[records.len() - 1]["id"].as_str().unwrap().parse().unwrap();
            let edit = roadbook_core::Edit::of(&clients[0].store().get(id).unwrap()).set("notes", "改了一处");
            clients[0].store().edit(edit).unwrap();
            synced(&clients[0]).await;
            let before = counting.bytes();
            synced(&clients[1]).await;
            bytes[3] = counting.bytes() - before;
            let bare_folder = TempDir::new().unwrap();
            let bare = Bare::like(folders[0].path(), records, bare_folder.path(), &[]);
            bares.push(timed(|| bare.bulk(&bare.rows)).1);
            let bare_folder = TempDir::new().unwrap();
            let bare = Bare::like(folders[1].path(), records, bare_folder.path(), &HISTORY);
            floors.push(timed(|| bare.bulk(&bare.rows)).1);
        });
    }
    let (up, down, bare) = (median(uploads), median(bootstraps), median(bares));
    let n = records.len();
    row(
        &format!("upload of {n} records, to the relay's durable answer"),
        ms(up),
        ms(bare),
        Some(up / bare),
        "",
    );
    row(&format!("bootstrap of {n} records on a new device"), ms(down), ms(bare), Some(down / bare), "≤ 2.5");
    let floor = median(floors);
    row(WITH_HISTORY, ms(down), ms(floor), Some(down / floor), "");
    let kb = |bytes: usize| format!("{:.1} kB", bytes as f64 / 1e3);
    let against = |bytes: usize| Some(bytes as f64 / gzip as f64);
    row(
        "bytes of the upload (TCP payload) against gzip -6 of the JSON",
        kb(bytes[0]),
        kb(gzip),
        against(bytes[0]),
        "≤ 1",
    );
    row(
        "bytes of the bootstrap against gzip -6 of the JSON",
        kb(bytes[1]),
        kb(gzip),
        against(bytes[1]),
        "≤ 1",
    );
    row(
        "no-change sync, both directions, HTTP headers included",
        format!("{} B", bytes[2]),
        String::new(),
        None,
        "body < 300 B",
    );
    row("sync that brings one edit", format!("{} B", bytes[3]), String::new(), None, "");
}

fn lists(n: usize) {
    let folder = TempDir::new().unwrap();
    let records = workload::generate(n, 2);
    {
        let store = open(folder.path());
        records.chunks(10_000).for_each(|part| save_all(&store, part));
    }
    let account = records[0]["id"].as_str().unwrap().parse().unwrap();
    let query = Query::new(workload::VISIT.name)
        .filter("account_id", Compare::Is, Value::Link(account))
        .descending("planned_at")
        .page(50, 0);
    let file = folder.path().join("roadbook.sqlite");
    let (mut opens, mut opens_bare, mut pages, mut pages_bare) = (vec![], vec![], vec![], vec![]);
    let (mut finds, mut finds_bare, mut reads_bare) = (vec![], vec![], vec![]);
    let sql = "SELECT * FROM record_workload_visit WHERE account_id = ?1 AND deleted IS NULL
        ORDER BY planned_at DESC LIMIT 50";
    let find = "SELECT d.id FROM search s JOIN document d ON d.doc = s.rowid
        WHERE search MATCH '\"合同 同条 条款\"' ORDER BY s.rowid DESC LIMIT 20";
    // The words are in visits' notes only.
    let read = "SELECT v.* FROM search s JOIN record_workload_visit v ON v.doc = s.rowid
        WHERE search MATCH '\"合同 同条 条款\"' ORDER BY s.rowid DESC LIMIT 20";
    let all = |db: &Connection, sql: &str, args: &[&dyn rusqlite::ToSql]| {
        let mut statement = db.prepare_cached(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map(args, |row| (0..columns).map(|i| row.get::<_, Sql>(i)).collect::<Result<Vec<_>, _>>());
        rows.unwrap().count()
    };
    for _ in 0..ROUNDS * 4 {
        let ((store, count), time) = timed(|| {
            let store = open(folder.path());
            let count = store.list(&query).unwrap().len();
            (store, count)
        });
        opens.push(time);
        let ((db, bare_count), time) = timed(|| {
            let db = Connection::open(&file).unwrap();
            let count = all(&db, sql, &[&account]);
            (db, count)
        });
        opens_bare.push(time);
        assert_eq!(count, bare_count);
        for _ in 0..5 {
            pages.push(timed(|| store.list(&query).unwrap()).1);
            pages_bare.push(timed(|| all(&db, sql, &[&account])).1);
            finds.push(timed(|| store.search("合同条款", 20, 0).unwrap()).1);
            finds_bare.push(timed(|| all(&db, find, &[])).1);
            let (read, time) = timed(|| all(&db, read, &[]));
            assert_eq!(read, 20);
            reads_bare.push(time);
        }
    }
    let (a, b) = (median(opens), median(opens_bare));
    row(
        &format!("open the store with {n} records and show a first page"),
        ms(a),
        ms(b),
        None,
        "≤ 20 ms more",
    );
    let (a, b) = (median(pages), median(pages_bare));
    row(&format!("a page of 50 visits out of {n} records"), ms(a), ms(b), Some(a / b), "≤ 1.2");
    let (a, b) = (median(finds), median(finds_bare));
    row(&format!("search over {n} records, 20 hits with excerpts"), ms(a), ms(b), Some(a / b), "≤ 1.2");
    let b = median(reads_bare);
    row("the same, against bare SQLite that also reads the records it found", ms(a), ms(b), Some(a / b), "");
    observed(&open(folder.path()), &query);
    let size = size_of(folder.path());
    let json: usize = records.iter().map(|record| serde_json::to_vec(record).unwrap().len() + 1).sum();
    let mb = |bytes: f64| format!("{:.1} MB", bytes / 1e6);
    row(
        &format!("database of {n} records against their JSON"),
        mb(size as f64),
        mb(json as f64),
        Some(size as f64 / json as f64),
        "",
    );
    drop(records);
    let exe = std::env::current_exe().unwrap();
    let said = Command::new(exe).args(["bench", "--resident"]).arg(folder.path()).output().unwrap();
    let grown = String::from_utf8(said.stdout).unwrap();
    for (does, grown) in ["lists and searches", "wipes"].into_iter().zip(grown.lines()) {
        row(
            &format!("memory of a process that {does} {n} records"),
            format!("{grown} MiB above its start"),
            String::new(),
            None,
            "≤ 40 MB",
        );
    }
}

/// What a screen does to show an edit: it is told which record changed, and reads what it shows; beside reading ten thousand.
fn observed(store: &Store, shown: &Query) {
    let everything = Query::new(workload::VISIT.name).page(10_000, 0);
    let (mut told, mut reloaded) = (vec![], vec![]);
    for round in 0..ROUNDS * 4 {
        let visit = store.list(shown).unwrap().swap_remove(round % 50);
        let mut changes = store.observe();
        store.edit(roadbook_core::Edit::of(&visit).set("notes", format!("改了 {round} 次"))).unwrap();
        let ((), time) = timed(|| {
            let changes = changes.try_next().unwrap();
            assert_eq!(changes.records.len(), 1);
            assert!(changes.concerns_record(workload::VISIT.name, visit.id));
            assert_eq!(store.list(shown).unwrap().len(), 50);
        });
        told.push(time);
        reloaded.push(timed(|| assert_eq!(store.list(&everything).unwrap().len(), 10_000)).1);
    }
    let (a, b) = (median(told), median(reloaded));
    row("a screen of 50 visits shows an edit, against reading 10000 again", ms(a), ms(b), Some(a / b), "");
}

/// Opens a store, pages through it, searches it, erases all of it, and prints by how much memory grew at most, in MiB: a line
/// before that, and one after.
pub fn resident(folder: &Path) {
    let (start, _) = memory();
    let store = open(folder);
    for kind in workload::KINDS {
        for page in 0..20 {
            store.list(&Query::new(kind.name).page(50, page * 50)).unwrap();
        }
    }
    store.search("合同条款", 50, 0).unwrap();
    println!("{:.1}", memory().1 - start);
    let client = Client::new(store, &ClientOptions::default()).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(client.wipe(true)).unwrap();
    println!("{:.1}", memory().1 - start);
}

/// The library that an app links, built as one would release it and stripped.
fn library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = ["rustc", "--quiet", "--locked", "--profile", "mobile", "--package", "roadbook-ffi"];
    // A tenth of the library would be addresses to relocate: packed, as Android reads them since version 9. Functions that
    // come out the same are kept once. Tables of frames that have a pointer are shorter, and so are the names of the files that
    // a panic may name without where this machine has them.
    let linked = ["--crate-type", "cdylib", "--", "-C", "link-arg=-Wl,-z,pack-relative-relocs,--icf=all"];
    let mut build = Command::new(env!("CARGO"));
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let sources = std::fs::read_dir(home.join("registry/src")).into_iter().flatten();
    let unnamed = sources.map(|source| format!(" --remap-path-prefix={}=", source.unwrap().path().display()));
    let flags = format!("-C force-frame-pointers=yes{}", unnamed.collect::<String>());
    build.args(cargo).args(linked).env("RUSTFLAGS", flags).current_dir(&root);
    let built = build.status().unwrap();
    assert!(built.success(), "cargo build --profile mobile");
    let target = std::env::current_exe().unwrap();
    let library = target.parent().unwrap().with_file_name("mobile").join("libroadbook_ffi.so");
    let stripped = tempfile::NamedTempFile::new().unwrap();
    let strip = Command::new("strip").arg("-o").args([stripped.path(), &library]).status().unwrap();
    assert!(strip.success(), "strip");
    let size = stripped.path().metadata().unwrap().len() as f64;
    row("stripped library, x86-64", format!("{:.2} MB", size / 1e6), String::new(), None, "≤ 7 MB");
}
