//! Tidying: what it does for the saves behind it, and what it leaves nothing of.

use super::receive::{BOOK, answer, page, told};
use super::*;
use crate::store::upload::Upload;
use crate::wire::{Ack, SyncAnswer};

/// Pages of the log that work writes.
fn pages(db: &Connection, work: impl FnOnce()) -> i64 {
    let written = || db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1)).unwrap();
    // All of the log is in the file then: what comes next begins it anew.
    written();
    work();
    written()
}

fn file(folder: &TempDir) -> Connection {
    Connection::open(folder.path().join(FILE)).unwrap()
}

/// Whether some page of the index of search holds this.
fn is_indexed(db: &Connection, text: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM search_data WHERE instr(hex(block), hex(CAST(?1 AS BLOB))))";
    db.query_row(sql, [text], |row| row.get(0)).unwrap()
}

fn name(n: u32) -> String {
    (0..120).filter_map(|i| char::from_u32(0x4E00 + (n * 31 + i * 7_919) % 5_000)).collect()
}

fn new(n: u32) -> New {
    New::new("account", Fields::new().with("name", name(n)))
}

#[test]
fn while_many_records_come_nothing_is_merged() {
    let (folder, store) = store();
    for n in 0..20 {
        store.batch(|batch| batch.create_all((n * 500..n * 500 + 500).map(new).collect())).unwrap();
    }
    let db = file(&folder);
    // Pages of a segment have its number above their own.
    let segments = || {
        let sql = "SELECT count(DISTINCT id >> 37) FROM search_data WHERE id > 10";
        db.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert!(segments() >= 20, "10 without");
    let (mut more, mut saved) = (true, 0);
    while more {
        more = store.tidy().unwrap();
        assert!(pages(&db, || drop(store.create(new(3)).unwrap())) < 120, "one of 799 without");
        saved += 1;
    }
    assert!(segments() <= saved + 1, "all that came at once is one");
    (0..16).for_each(|n| drop(store.create(new(n)).unwrap()));
    assert!(segments() < 16, "from here on FTS5 merges by itself");
    // Every five thousandth has the same name.
    assert_eq!(store.search(&name(9_999), 9, 0).unwrap().len(), 2);
    store.verify().unwrap();
}

#[test]
fn no_save_waits_for_many_records_that_came_at_once() {
    let (folder, store) = store();
    store.batch(|batch| batch.create_all((0..2_000).map(new).collect())).unwrap();
    let db = file(&folder);
    let mut saved = 0;
    let mut saves = |count: usize| {
        let one = || drop(store.create(new(2_000)).unwrap());
        saved += count;
        (0..count).map(|_| pages(&db, one)).max().unwrap()
    };
    let (mut more, mut steps) = (true, 0);
    while more {
        assert!(pages(&db, || more = store.tidy().unwrap()) < 250);
        assert!(saves(1) < 120);
        steps += 1;
    }
    assert!(steps > 2);
    assert!(saves(300) < 120, "286 without");
    assert_eq!(store.count(&Query::new("account")).unwrap(), 2_000 + saved as u64);
    assert_eq!(store.search(&name(1_999), 9, 0).unwrap().len(), 1);
    store.verify().unwrap();
    assert!(!store.tidy().unwrap());
}

#[test]
fn nothing_of_what_is_erased_stays_in_the_index_of_search() {
    let killer = Arc::new(DieAfter(AtomicI64::new(i64::MAX)));
    let folder = tempfile::tempdir().unwrap();
    let options = Options { commit_hook: Some(killer.clone()), ..options(1) };
    let store = crate::open(folder.path(), options, &mut |_, _| {}).unwrap();
    store.receive(&told(true), &Upload::default(), None).unwrap();
    let gone = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    store.receive(&accepted, &upload, None).unwrap();
    assert!(is_indexed(&file(&folder), "草堂"));
    // The app is killed between the two.
    killer.0.store(1, Ordering::SeqCst);
    store.receive(&told(false), &Upload::default(), None).unwrap();
    assert!(store.find(gone).unwrap().is_none());
    assert!(is_indexed(&file(&folder), "草堂"));
    killer.0.store(i64::MAX, Ordering::SeqCst);
    while store.tidy().unwrap() {}
    assert!(!is_indexed(&file(&folder), "草堂"));
    store.verify().unwrap();
}

/// A list that is being read for long, or another process, holds up neither who saves nor a sync: the next one ends it.
#[test]
fn who_reads_puts_the_end_of_tidying_off() {
    let (folder, store) = store();
    store.receive(&told(true), &Upload::default(), None).unwrap();
    let gone = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    store.receive(&accepted, &upload, None).unwrap();
    let db = file(&folder);
    let reading = db.unchecked_transaction().unwrap();
    let accounts = |db: &Connection| {
        db.query_row("SELECT count(*) FROM record_account", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(accounts(&reading), 1);
    store.receive(&told(false), &Upload::default(), None).unwrap();
    assert!(store.find(gone).unwrap().is_none());
    while store.tidy().unwrap() {}
    let log = folder.path().join(format!("{FILE}-wal"));
    let erased = || !std::fs::read(&log).unwrap().windows(9).any(|bytes| bytes == "百草堂".as_bytes());
    assert!(!erased());
    account(&store, "回春堂");
    assert_eq!(accounts(&reading), 1);
    drop(reading);
    while store.tidy().unwrap() {}
    assert!(erased());
}

/// A commit that makes the log longer writes its length as well: it keeps what it has, unless something was erased.
#[test]
fn the_log_keeps_its_length_to_be_written_anew() {
    let (folder, store) = store();
    let new = |n: u32| New::new("account", Fields::new().with("name", format!("Pharmacy {n}")));
    store.batch(|batch| batch.create_all((0..8_000).map(new).collect())).unwrap();
    let log = folder.path().join(format!("{FILE}-wal"));
    let length = || std::fs::metadata(&log).unwrap().len();
    assert!(length() > 4 << 20);
    while store.tidy().unwrap() {}
    account(&store, "百草堂");
    assert_eq!(length(), 4 << 20);
    account(&store, "德仁堂");
    assert_eq!(length(), 4 << 20);
}
