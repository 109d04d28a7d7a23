//! Kills at random, a restore in the middle of it, and what is left at the end.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::Store;
use roadbook_core::sync::Client;
use roadbook_server::relay::Sqlite;
use tempfile::TempDir;

use super::device::client;
use super::process::{Process, check_file, missing};
use super::{SYNC, enrol, set_up};
use crate::{assert_equal, replica};

const DEVICES: [&str; 4] = ["phone", "laptop", "second phone", "tablet"];

/// Kills `kills` times, then compares everything. Leaves the phone's folder as a kill left it, for the next proofs.
pub(super) fn run(kills: usize, seed: u64, left: &Path) {
    let (started, mut rng) = (Instant::now(), StdRng::seed_from_u64(seed));
    let folders: Vec<TempDir> = (0..=DEVICES.len()).map(|_| TempDir::new().unwrap()).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let codes = runtime.block_on(set_up(folders[0].path(), DEVICES.len()));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut processes = vec![Process::relay(folders[0].path(), port)];
    for (folder, code) in folders[1..].iter().zip(&codes) {
        runtime.block_on(enrol(&client(folder.path()), port, code));
    }
    for (place, name) in DEVICES.into_iter().enumerate() {
        processes.push(Process::device(name, folders[place + 1].path(), seed + place as u64));
    }
    let backup = left.join("backup.sqlite");
    let mut restored = 0;
    for kill in 1..=kills {
        std::thread::sleep(Duration::from_millis(rng.random_range(5..250)));
        // The phone, which does most, is killed most.
        let victim = *[0, 1, 1, 2, 3, 4].choose(&mut rng).unwrap();
        processes[victim].crash();
        if kill == (kills / 3).max(1) {
            Sqlite::backup(folders[0].path(), &backup).unwrap();
        }
        if kill == (2 * kills / 3).max(2) {
            // Everything since is in devices alone.
            processes[0].kill();
            for suffix in ["-wal", "-shm"] {
                let _ = fs::remove_file(folders[0].path().join(format!("relay.sqlite{suffix}")));
            }
            fs::copy(&backup, processes[0].file()).unwrap();
            processes[0].again();
            restored += 1;
        }
        if kill % 100 == 0 {
            println!("{kill} kills, {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    processes[1..].iter_mut().for_each(Process::kill);
    let phone = &processes[1];
    for entry in fs::read_dir(&phone.folder).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("roadbook.sqlite") {
            fs::copy(entry.path(), left.join(entry.file_name())).unwrap();
        }
    }
    let lines: Vec<String> = processes.iter().flat_map(|p| p.acknowledged.lock().unwrap().clone()).collect();
    let did = |what: &str| lines.iter().filter(|line| *line == what).count();
    let clients: Vec<Client> = processes[1..].iter().map(|process| client(&process.folder)).collect();
    for client in &clients {
        client.store().subscribe(None).unwrap();
    }
    for client in clients.iter().cycle().take(3 * clients.len()) {
        let report = runtime.block_on(client.sync_once(SYNC)).unwrap();
        assert!(report.finished, "{report:?}");
    }
    processes[0].kill();
    check_file(&processes[0].file());
    let stores: Vec<&Store> = clients.iter().map(Client::store).collect();
    for store in &stores {
        store.verify().unwrap();
        assert!(!store.has_unsent_work().unwrap());
        assert_equal(stores[0], store);
    }
    let (acknowledged, lost) = missing(stores[1], &lines.iter().cloned().collect::<BTreeSet<_>>());
    let books: Vec<_> = stores[1].books().unwrap().iter().map(|book| book.id).collect();
    let kills: Vec<String> = processes.iter().map(|p| format!("{} {}", p.name, p.kills)).collect();
    println!(
        "killed: {}; meanwhile {} compactions, {} migrations, {} erasures, {restored} restore of the relay. \
         {acknowledged} versions acknowledged, {lost} lost; {} records, all devices equal; {:.0} s",
        kills.join(", "),
        did("compacts"),
        did("migrates"),
        did("erases"),
        replica(stores[1], &books).len(),
        started.elapsed().as_secs_f64(),
    );
    assert_eq!(lost, 0);
}
