//! SQLite as Roadbook uses it, on a disk that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use roadbook_faulty_disk::{Disk, Lost, Operation};
use rusqlite::{Connection, ErrorCode, params};
use tempfile::TempDir;

fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

fn open(folder: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(folder.join("a.sqlite"))?;
    // A small log: checkpoints come often.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8;
         CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)",
    )?;
    Ok(db)
}

fn count(db: &Connection) -> i64 {
    db.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

fn insert(db: &Connection, n: i64) -> rusqlite::Result<usize> {
    db.execute("INSERT INTO t VALUES (?1, ?2)", params![n, vec![n as u8; 3000]])
}

#[test]
fn several_connections_share_a_write_ahead_log() {
    let folder = folder();
    let _disk = Disk::at(folder.path());
    let (writer, reader) = (open(folder.path()).unwrap(), open(folder.path()).unwrap());
    let view = reader.unchecked_transaction().unwrap();
    assert_eq!(count(&view), 0);
    insert(&writer, 1).unwrap();
    assert_eq!(count(&view), 0, "a reader keeps its view");
    drop(view);
    assert_eq!(count(&reader), 1);
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    reader.busy_timeout(std::time::Duration::ZERO).unwrap();
    let busy = insert(&reader, 2).unwrap_err();
    assert_eq!(busy.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
}

#[test]
fn a_full_disk_refuses_and_takes_the_next_save_once_there_is_room() {
    let folder = folder();
    let disk = Disk::at(folder.path());
    let db = open(folder.path()).unwrap();
    disk.fill(20_000);
    let mut saved = 0;
    let full = loop {
        match insert(&db, saved) {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full.sqlite_error_code(), Some(ErrorCode::DiskFull));
    assert_eq!(count(&db), saved);
    disk.heal();
    insert(&db, saved).unwrap();
    assert_eq!(count(&db), saved + 1);
}

#[test]
fn each_operation_fails_when_it_is_told_to() {
    for operation in [Operation::Write, Operation::Sync, Operation::Read] {
        let folder = folder();
        let disk = Disk::at(folder.path());
        let db = open(folder.path()).unwrap();
        insert(&db, 1).unwrap();
        drop(db);
        let db = open(folder.path()).unwrap();
        disk.fail(operation, 0, 1);
        let failed = match operation {
            Operation::Read => db.query_row("SELECT b FROM t", [], |_| Ok(())).map(|()| 0),
            _ => insert(&db, 2),
        };
        let code = failed.unwrap_err().sqlite_error_code();
        assert_eq!(code, Some(ErrorCode::SystemIoFailure), "{operation:?}");
        assert_eq!(disk.refused(), 1);
        insert(&db, 2).unwrap();
        assert_eq!(count(&db), 2, "{operation:?}");
    }
}

/// Saves until the power goes; says how many saves returned.
fn until_the_cut(disk: &Disk, folder: &Path, changes: u32) -> i64 {
    disk.cut_after(changes);
    let mut saved = 0;
    if let Ok(db) = open(folder) {
        while insert(&db, saved).is_ok() {
            saved += 1;
        }
    }
    assert!(disk.is_off());
    saved
}

#[test]
fn what_was_saved_survives_a_power_cut_between_any_two_changes() {
    let mut all = Lost::default();
    for changes in 0..150 {
        let folder = folder();
        let disk = Disk::at(folder.path());
        let saved = until_the_cut(&disk, folder.path(), changes);
        assert!(open(folder.path()).is_err(), "a disk without power");
        let lost = disk.power_on(u64::from(changes));
        all = Lost { kept: all.kept + lost.kept, lost: all.lost + lost.lost, torn: all.torn + lost.torn };
        let db = open(folder.path()).unwrap();
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "cut after {changes}");
        // The one under way may be there, too.
        assert!((saved..=saved + 1).contains(&count(&db)), "cut after {changes}: {saved} were saved");
    }
    assert!(all.kept > 20 && all.lost > 20 && all.torn > 5, "{all:?}");
}

/// SQLite syncs the folder with the first sync of a log it opens, whether it found one there or not: the journal of the
/// switch to a write-ahead log does not come back.
#[test]
fn a_database_that_was_given_a_log_survives_a_power_cut() {
    for seed in 0..20 {
        let folder = folder();
        let file = folder.path().join("a.sqlite");
        let copy = Connection::open(&file).unwrap();
        copy.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)").unwrap();
        drop(copy);
        let disk = Disk::at(folder.path());
        // The power goes before anything is written to the log: it stays behind, empty.
        let db = open(folder.path()).unwrap();
        disk.cut();
        drop(db);
        disk.power_on(seed);
        let db = open(folder.path()).unwrap();
        (0..9).for_each(|n| _ = insert(&db, n).unwrap());
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        disk.cut();
        drop(db);
        disk.power_on(seed);
        let db = open(folder.path()).unwrap();
        let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!((sound.as_str(), count(&db)), ("ok", 9), "seed {seed}");
    }
}

#[test]
fn what_was_not_made_durable_is_lost_at_times() {
    let lost = (0..40).any(|seed| {
        let folder = folder();
        let disk = Disk::at(folder.path());
        let db = open(folder.path()).unwrap();
        db.execute_batch("PRAGMA synchronous = OFF").unwrap();
        (0..5).for_each(|n| _ = insert(&db, n).unwrap());
        disk.cut();
        drop(db);
        disk.power_on(seed);
        // Not even the file need be sound.
        open(folder.path()).and_then(|db| db.query_row("SELECT count(*) FROM t", [], |r| r.get(0))) != Ok(5)
    });
    assert!(lost, "synchronous = OFF is as good as FULL: no write is ever lost");
}
