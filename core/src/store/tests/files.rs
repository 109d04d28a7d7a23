//! The files of a store: killed, full, damaged, foreign, newer, shared by processes.

use super::*;

#[test]
fn query_tables_are_filled_again_when_a_declaration_changes_and_go_on_after_a_kill() {
    static OLD: Kind =
        Kind::new("note", "Note", "便条", &[crate::model::Field::line("title", "Title", "标题")]);
    static NEW: Kind = Kind::new(
        "note",
        "Note",
        "便条",
        &[
            crate::model::Field::line("title", "Title", "标题").searched(),
            crate::model::Field::integer("stars", "Stars", "星"),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let with = |kind, seed| Options { schema: Schema::standard().with(kind), ..options(seed) };
    let store = crate::open(folder.path(), with(&OLD, 1), &mut |_, _| {}).unwrap();
    store
        .batch(|batch| {
            for n in 0..1200 {
                batch.create(New::new("note", Fields::new().with("title", format!("便条 {n}"))))?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(store.search("便条", 10, 0).unwrap().len(), 0);
    drop(store);
    let dying = Options { commit_hook: Some(Arc::new(DieAfter(AtomicI64::new(2)))), ..with(&NEW, 2) };
    assert!(crate::open(folder.path(), dying, &mut |_, _| {}).is_err());
    let mut told = Vec::new();
    let store =
        crate::open(folder.path(), with(&NEW, 3), &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told.last(), Some(&(700, 700)), "500 were done before the kill");
    assert_eq!(store.count(&Query::new("note")).unwrap(), 1200);
    assert_eq!(store.search("条 119", 100, 0).unwrap().len(), 12, "119, 1119 and 1190 to 1199");
    drop(store);
    // An app that does not know the kind keeps its documents.
    let store = crate::open(folder.path(), options(4), &mut |_, _| {}).unwrap();
    assert!(matches!(store.list(&Query::new("note")), Err(Error::UnknownKind { .. })));
    drop(store);
    let store = crate::open(folder.path(), with(&NEW, 5), &mut |_, _| {}).unwrap();
    assert_eq!(store.count(&Query::new("note")).unwrap(), 1200);
}

/// A rollout is taken back: the app of before does not know a kind, syncs all the same, and the app of after comes again.
#[test]
fn what_comes_and_goes_while_a_kind_is_unknown_is_right_once_it_is_known_again() {
    static NOTE: Kind =
        Kind::new("note", "Note", "便条", &[crate::model::Field::line("title", "Title", "标题").searched()]);
    let with = |seed| Options { schema: Schema::standard().with(&NOTE), ..options(seed) };
    let open = |folder: &Path, options| crate::open(folder, options, &mut |_, _| {}).unwrap();
    let note = |store: &Store, title: &str| {
        store.create(New::new("note", Fields::new().with("title", title))).unwrap().id
    };
    let change_to = |store: &Store, id, title: &str| {
        store.edit(Edit::of(&store.get(id).unwrap()).set("title", title)).unwrap();
        store.export_changes(id).unwrap().pop().unwrap().1
    };
    let (folder, colleague) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, colleague) = (open(folder.path(), with(1)), open(colleague.path(), with(2)));
    store.receive(&receive::told(true), &upload::Upload::default(), None).unwrap();
    let [kept, gone] = ["留下的便条", "交出的便条"].map(|title| note(&store, title));
    change_to(&store, gone, "交出的便条，改过");
    let comes = note(&colleague, "同事的便条");
    let created = colleague.export_changes(comes).unwrap().pop().unwrap().1;
    drop(store);

    let store = open(folder.path(), options(3));
    let comes = |number, bytes: &[u8]| {
        let chunk = crate::wire::Chunk::plain(bytes);
        let entry =
            crate::wire::ChangeEntry { number, document: comes, member: 0, offset: 0, change: None, chunk };
        let page = crate::wire::BookPage { changes: vec![entry], ..receive::page(number) };
        store.receive(&receive::answer(page), &upload::Upload::default(), None).unwrap();
    };
    comes(1, &created);
    let row = store.inner.read(|db| find(db, gone)).unwrap().unwrap();
    store.inner.write(|w| w.erase(&row)).unwrap();
    let left = store.inner.read(|db| {
        let sql = "SELECT (SELECT count(*) FROM record_note WHERE doc = ?1) + (SELECT count(*) FROM stale)
            + (SELECT count(*) FROM search WHERE search MATCH '\"交出\"')";
        Ok(db.query_row(sql, [row.doc], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(left.unwrap(), 0, "nothing of what is erased is left");
    drop(store);

    let store = open(folder.path(), with(4));
    let titles = |text: &str| -> Vec<RecordId> {
        store.search(text, 9, 0).unwrap().into_iter().map(|hit| hit.id).collect()
    };
    assert_eq!(store.count(&Query::new("note")).unwrap(), 2);
    assert_eq!((titles("同事").len(), titles("留下"), titles("交出")), (1, vec![kept], vec![]));
    store.verify().unwrap();
}

#[test]
fn a_kill_before_a_commit_loses_that_save_and_a_kill_after_it_loses_nothing() {
    struct Die(AtomicBool, CommitPoint);
    impl CommitHook for Die {
        fn commit(&self, when: CommitPoint) -> Result<()> {
            match self.0.load(Ordering::SeqCst) && when == self.1 {
                true => Err(Error::internal("killed")),
                false => Ok(()),
            }
        }
    }
    for (point, expected) in [(CommitPoint::Before, 1), (CommitPoint::After, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let hook = Arc::new(Die(AtomicBool::new(false), point));
        let dying = Options { commit_hook: Some(hook.clone()), ..options(1) };
        let store = crate::open(folder.path(), dying, &mut |_, _| {}).unwrap();
        account(&store, "one");
        hook.0.store(true, Ordering::SeqCst);
        assert!(store.create(New::new("account", Fields::new().with("name", "two"))).is_err());
        drop(store);
        let store = crate::open(folder.path(), options(2), &mut |_, _| {}).unwrap();
        assert_eq!(store.count(&Query::new("account")).unwrap(), expected);
        assert_eq!(store.status().unwrap().unsent, expected);
    }
}

#[test]
fn files_that_are_newer_foreign_damaged_or_paused_are_typed_errors_and_stay_as_they_are() {
    let open = |folder: &Path| crate::open(folder, options(9), &mut |_, _| {});
    let (folder, store) = store();
    let id = account(&store, "Acme");
    store.pause().unwrap();
    assert!(matches!(store.get(id), Err(Error::Paused)));
    assert!(matches!(store.create(New::new("account", Fields::new())), Err(Error::Paused)));
    assert!(!folder.path().join("roadbook.sqlite-wal").exists(), "nothing is held open");
    store.resume().unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("name"), Some("Acme"));
    drop(store);
    let file = folder.path().join(FILE);
    let db = rusqlite::Connection::open(&file).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    // No version has that number and these tables: a byte was hit.
    assert!(matches!(open(folder.path()), Err(Error::Corrupt { .. })));
    db.execute_batch("CREATE TABLE of_later (what TEXT)").unwrap();
    drop(db);
    let salvaged = crate::salvage(folder.path(), options(9), &mut |_, _| {});
    assert!(matches!(salvaged, Err(Error::NewerDatabase { .. })), "{salvaged:?}");
    assert!(matches!(open(folder.path()), Err(Error::NewerDatabase { found: 99, known: 5 })));
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("DROP TABLE of_later").unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    db.pragma_update(None, "application_id", 7).unwrap();
    assert!(matches!(open(folder.path()), Err(Error::Corrupt { .. })));
    drop(db);
    let garbage = b"this is no database, it only lies where one should be ".repeat(40);
    std::fs::write(&file, &garbage).unwrap();
    assert!(matches!(open(folder.path()), Err(Error::Corrupt { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), garbage);
}

#[test]
fn a_full_disk_is_a_typed_error_and_loses_nothing() {
    let (_folder, store) = store();
    let id = account(&store, "Acme");
    store
        .inner
        .connections
        .write(|tx, _| {
            let pages: i64 = tx.query_row("PRAGMA page_count", [], |r| r.get(0))?;
            tx.query_row(&format!("PRAGMA max_page_count = {}", pages + 2), [], |_| Ok(()))?;
            Ok(())
        })
        .unwrap();
    let long = "字".repeat(50_000);
    let record = store.get(id).unwrap();
    let full = store.edit(Edit::of(&record).set("notes", long.clone()));
    assert!(matches!(full, Err(Error::DiskFull)), "{full:?}");
    assert_eq!(store.get(id).unwrap(), record);
    store
        .inner
        .connections
        .write(|tx, _| Ok(tx.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))?))
        .unwrap();
    store.edit(Edit::of(&record).set("notes", long)).unwrap();
}

#[test]
fn several_processes_fill_one_store_while_one_of_them_saves() {
    let folder = TempDir::new().unwrap();
    let account = |n: usize| New::new("account", Fields::new().with("name", format!("客户 {n}")));
    let open = |seed| crate::open(folder.path(), options(seed), &mut |_, _| {});
    let first = open(1).unwrap();
    first.batch(|batch| batch.create_all((0..3_000).map(account).collect())).unwrap();
    let stale = "UPDATE kind SET fingerprint = x'00' WHERE name = 'account'";
    first.inner.write(|w| Ok(w.tx.execute(stale, [])?)).unwrap();
    let opened = std::thread::scope(|scope| {
        let others = [2, 3].map(|seed| scope.spawn(move || open(seed)));
        for n in 3_000..3_100 {
            first.create(account(n)).unwrap();
        }
        others.map(|other| other.join().unwrap().unwrap())
    });
    for store in opened.iter().chain([&first]) {
        assert_eq!(store.count(&Query::new("account")).unwrap(), 3_100);
        assert_eq!(store.check().unwrap(), []);
    }
}
