//! Files of every earlier schema, a phone's and a relay's, killed while this build brings them to its own.

use std::path::Path;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roadbook_core::{Environment, Options};
use roadbook_server::relay::Sqlite;
use rusqlite::Connection;
use tempfile::TempDir;

use super::process::Process;
use crate::fixtures::{lay_out, versions};

const BEGINS: &str = "begins";
const ENDED: &str = "ended";

/// Opens what is in a folder, and waits to be killed.
pub fn migrate(folder: &Path, relay: bool) {
    println!("{BEGINS}");
    if relay {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _storage = runtime.block_on(Sqlite::open(folder, Environment::system(), None)).unwrap();
        println!("{ENDED}");
        std::thread::park();
    }
    let _store = roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap();
    println!("{ENDED}");
    std::thread::park();
}

/// A file of a version in a folder of its own, and a process that is about to open it.
fn start(version: &Path, name: &'static str) -> (TempDir, Process) {
    let home = TempDir::new().unwrap();
    let file = lay_out(version, home.path()).remove(name).unwrap();
    let role = if name == "relay" { "relay" } else { "device" };
    let args = ["crash-migrate", "--role", role].map(str::to_owned);
    let process = Process::start(name, file.parent().unwrap(), &args);
    process.wait_for(BEGINS, 1);
    (home, process)
}

/// The rows of every table but the search index, whose segments depend on how it came about.
fn contents(file: &Path) -> Vec<String> {
    let mut rows = roadbook_spoilt::everything(&Connection::open(file).unwrap()).unwrap();
    rows.retain(|row| !row.starts_with("search"));
    rows
}

/// Kills `kills` openings, each at some moment of it, and opens again.
pub(super) fn run(kills: usize, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut cases = Vec::new();
    for version in versions("databases") {
        for name in ["wang", "relay"] {
            let (_home, mut process) = start(&version, name);
            let began = Instant::now();
            process.wait_for(ENDED, 1);
            let took = began.elapsed();
            process.kill();
            cases.push((version.clone(), name, took, contents(&process.file())));
        }
    }
    let mut cut_short = 0;
    for (version, name, took, undisturbed) in cases.iter().cycle().take(kills) {
        let (_home, mut process) = start(version, name);
        std::thread::sleep(took.mul_f64(rng.random()));
        process.crash();
        let ended = process.said(ENDED);
        cut_short += usize::from(ended == 0);
        process.wait_for(ENDED, ended + 1);
        process.kill();
        if *name != "relay" {
            let folder = process.file();
            let open = roadbook_core::open(folder.parent().unwrap(), Options::default(), &mut |_, _| {});
            open.and_then(|store| store.verify()).unwrap();
        }
        assert!(
            &contents(&process.file()) == undisturbed,
            "{}, {name}: what a kill left is not what it is undisturbed",
            version.display()
        );
    }
    println!(
        "old files: {kills} openings of {} killed, {cut_short} before they had ended; all came to what they come to undisturbed",
        cases.len()
    );
}
