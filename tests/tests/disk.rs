//! Stores on a disk that fails: what was said to be saved is there when the power comes back.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use roadbook_core::model::{Fields, RecordId};
use roadbook_core::{New, Options, Result, Store};
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
