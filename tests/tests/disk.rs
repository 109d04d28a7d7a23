//! Stores on a disk that fails: what was said to be saved is there when the power comes back.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use roadbook_core::model::{BookId, Fields, RecordId};
use roadbook_core::sync::Engine;
use roadbook_core::wire::{Ack, SyncAnswer};
use roadbook_core::{LedgerState, New, Options, Result, Store};
use roadbook_faulty_disk::{Disk, Operation};
use roadbook_tests::fixtures::{lay_out, state, versions};
use tempfile::TempDir;

fn open(folder: &Path) -> Store {
    roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap()
}

fn save(store: &Store, name: &str) -> Result<RecordId> {
    Ok(store.create(New::new("account", Fields::new().with("name", name)))?.id)
}

/// The system forgets that it has to write what a failed sync was to make durable, and shows it all the same.
#[test]
fn nothing_is_saved_behind_what_a_failed_sync_left_in_the_log() {
    for seed in 0..20 {
        let folder = TempDir::new().unwrap();
        let disk = Disk::at(folder.path());
        let store = open(folder.path());
        let before = save(&store, "百草堂").unwrap();
        // The commit's, and that of the log as it is folded into the file at the end.
        disk.fail(Operation::Sync, 0, 2);
        assert!(save(&store, "回春堂").is_err());
        drop(store);
        disk.heal();
        let store = open(folder.path());
        let behind = save(&store, "德仁堂").unwrap();
        disk.cut();
        drop(store);
        disk.power_on(seed);
        let store = open(folder.path());
        for saved in [before, behind] {
            assert!(store.find(saved).unwrap().is_some(), "seed {seed}");
        }
    }
}

/// What the relay accepted is not flushed to the disk: with the power it is gone like an answer that was cut off, and is told
/// again. A save behind it is durable with all before it.
#[test]
fn an_answer_that_only_accepts_waits_for_the_next_save_to_be_durable() {
    let mut gone = 0;
    for seed in 0..20 {
        for saves in [false, true] {
            let folder = TempDir::new().unwrap();
            let disk = Disk::at(folder.path());
            let store = open(folder.path());
            let id = save(&store, "百草堂").unwrap();
            let mut engine = Engine::new(store.clone());
            let ask = engine.ask().unwrap();
            let accepted = Ack::Accepted(BookId::NIL, 1);
            disk.fail(Operation::Sync, 0, u32::MAX);
            engine.answer(ask, &SyncAnswer { acks: vec![accepted], ..SyncAnswer::new(0) }).unwrap();
            disk.heal();
            assert_eq!(store.ledger(id).unwrap()[0].state, LedgerState::Accepted);
            if saves {
                save(&store, "回春堂").unwrap();
            }
            disk.cut();
            drop((engine, store));
            disk.power_on(seed);
            let store = open(folder.path());
            let lost = store.ledger(id).unwrap()[0].state == LedgerState::Saved;
            assert!(!(saves && lost), "seed {seed}");
            if lost {
                gone += 1;
                assert_eq!(Engine::new(store).ask().unwrap().changes(), 1);
            }
        }
    }
    assert!(gone > 0);
}

/// An update of the app meets an older file, and the battery ends in the middle of it.
#[test]
fn power_that_goes_at_any_write_of_a_migration_loses_nothing() {
    let mut all = 0;
    for version in versions("databases") {
        let wang = |home: &Path| lay_out(&version, home)["wang"].parent().unwrap().to_owned();
        let undisturbed = {
            let home = TempDir::new().unwrap();
            let store = open(&wang(home.path()));
            (state(&store), store.unsent(100, 0).unwrap())
        };
        assert!(!undisturbed.1.is_empty());
        for writes in 0.. {
            let home = TempDir::new().unwrap();
            let folder = wang(home.path());
            let disk = Disk::at(&folder);
            disk.cut_after(writes);
            let opened = roadbook_core::open(&folder, Options::default(), &mut |_, _| {});
            let in_time = opened.is_ok() && !disk.is_off();
            drop(opened);
            if in_time {
                all += writes;
                break;
            }
            disk.power_on(u64::from(writes));
            let store = open(&folder);
            store.verify().unwrap();
            let (found, unsent) = (state(&store), store.unsent(100, 0).unwrap());
            assert_eq!((found, unsent), undisturbed, "{}, {writes} writes", version.display());
        }
    }
    assert!(all > 50, "{all} writes in all");
}
