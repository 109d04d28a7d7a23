//! What the processes do until they are killed: a relay that serves; a device that saves, imports, edits, syncs, and does
//! from time to time what rewrites its file.

use std::fs;
use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::Fields;
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::{Edit, Error, New, Options, Query, Saved, Store};
use roadbook_server::relay;
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;

use super::SYNC;
use crate::on_loopback;

/// Records of one import.
const IMPORT: usize = 150;

/// The relay, until it is killed.
pub fn relay(folder: &Path, port: u16) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(relay::serve(on_loopback(folder, port), CancellationToken::new(), |_| {})).unwrap();
}

/// A device at work, until it is killed. Prints a line for every save that returned: the record and its version. One
/// that only reads erases a book now and then, and fetches it again.
pub fn device(folder: &Path, seed: u64, reads: bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // The same seed would do the same after every kill, and never come to the end of it.
    let mut rng = StdRng::seed_from_u64(seed ^ u64::from(std::process::id()) << 32);
    migrate(folder, &mut rng);
    let client = client(folder);
    let store = client.store().clone();
    loop {
        // A thousand kills are not to be a hundred thousand records.
        std::thread::sleep(std::time::Duration::from_millis(rng.random_range(0..20)));
        match rng.random_range(0..100) {
            0 => compact(folder, &store, &mut rng),
            // Of this process alone: two may be at work on one store.
            1 => begin(&folder.join(format!("fresh-{seed}")), &mut rng),
            // The relay may be dead at this moment.
            88.. => _ = runtime.block_on(client.sync_once(SYNC)),
            _ if reads => {
                if rng.random_bool(0.02) {
                    erase(&store);
                }
            }
            other => save(&store, &mut rng, other),
        }
    }
}

fn save(store: &Store, rng: &mut StdRng, what: u32) {
    let account =
        |n: u32| Fields::new().with("name", format!("客户 {n}")).with("notes", "样机演示。".repeat(20));
    match what {
        0..62 => tell(store.create(New::new("account", account(rng.random()))).map(|saved| vec![saved])),
        62..85 => {
            let known = store.list(&Query::new("account").page(50, rng.random_range(0..50))).unwrap();
            if let Some(record) = known.choose(rng) {
                let edit = Edit::of(record).set("notes", format!("改 {}", rng.random::<u32>()));
                tell(store.edit(edit).map(|saved| vec![saved]));
            }
        }
        _ => tell(store.batch(|batch| {
            (0..IMPORT).map(|_| batch.create(New::new("account", account(rng.random())))).collect()
        })),
    }
}

fn tell(saved: Result<Vec<Saved>, Error>) {
    match saved {
        Ok(saved) => {
            for saved in saved {
                saved.heads.0.iter().for_each(|head| println!("{} {}", saved.id, hex(&head.0)));
            }
        }
        // Two processes on one store may be in each other's way, and that is all.
        Err(Error::Locked) => println!("locked"),
        // It moved on since it was listed: another process, or what came.
        Err(Error::NotFound { .. } | Error::Deleted { .. } | Error::UnknownVersion { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// What rewrites the file while it is in use, or closes it.
fn compact(folder: &Path, store: &Store, rng: &mut StdRng) {
    println!("compacts");
    match rng.random_range(0..3) {
        0 => {
            store.pause().unwrap();
            store.resume().unwrap();
        }
        1 => sql(folder, "PRAGMA wal_checkpoint(TRUNCATE)"),
        _ => sql(folder, "VACUUM"),
    }
}

/// Makes the next opening fill query tables anew, as after an update that changed a declaration.
fn migrate(folder: &Path, rng: &mut StdRng) {
    if rng.random_bool(0.3) && folder.join("roadbook.sqlite").exists() {
        println!("migrates");
        sql(folder, "UPDATE kind SET fingerprint = x'00' WHERE name IN ('account', 'visit')");
    }
}

/// Makes every table in a new folder, or goes on where it was killed doing so.
fn begin(folder: &Path, rng: &mut StdRng) {
    println!("migrates");
    let store = roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap();
    store.create(New::new("account", Fields::new().with("name", "新"))).unwrap();
    store.pause().unwrap();
    if rng.random() {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// Lets go of everything with the next sync, or asks for it again.
fn erase(store: &Store) {
    println!("erases");
    let chosen = store.subscription().unwrap().is_none().then_some(&[][..]);
    store.subscribe(chosen).unwrap();
}

/// What another program, or a later version, does to the file. It may find it busy.
fn sql(folder: &Path, sql: &str) {
    let db = Connection::open(folder.join("roadbook.sqlite")).unwrap();
    let _ = db.execute_batch(sql);
}

pub(super) fn client(folder: &Path) -> Client {
    let store = roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap();
    Client::new(store, &ClientOptions::default()).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
