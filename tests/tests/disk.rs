//! Stores on a disk that fails: what was said to be saved is there when the power comes back.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use roadbook_core::model::{Fields, RecordId};
use roadbook_core::{New, Options, Result, Store};
use roadbook_faulty_disk::{Disk, Operation};
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
