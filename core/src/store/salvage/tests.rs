use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use roadbook_spoilt::{Spoil, bytes};
use tempfile::TempDir;

use super::super::{Edit, New, Options, Query, Store};
use super::*;
use crate::model::Fields;

fn open(folder: &Path) -> Result<Store> {
    crate::open(folder, Options::default(), &mut |_, _| {})
}

fn rescue(folder: &Path) -> Salvaged {
    crate::salvage(folder, Options::default(), &mut |_, _| {}).unwrap()
}

/// A store that was never enrolled: all of it is unsent.
fn filled(records: usize) -> (TempDir, BTreeMap<RecordId, Fields>) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut saved = BTreeMap::new();
    for n in 0..records {
        let long = if n % 10 == 0 { 400 } else { 4 };
        let fields =
            Fields::new().with("name", format!("百草堂 {n}")).with("notes", "样机演示。".repeat(long));
        let id = store.create(New::new("account", fields)).unwrap().id;
        if n % 3 == 0 {
            let edit = Edit::of(&store.get(id).unwrap()).set("notes", format!("改过 {n}"));
            store.edit(edit).unwrap();
        }
        saved.insert(id, store.get(id).unwrap().fields);
    }
    store.pause().unwrap();
    (folder, saved)
}

fn records(store: &Store) -> BTreeMap<RecordId, Fields> {
    let page = store.list(&Query::new("account").page(500, 0)).unwrap();
    page.into_iter().map(|record| (record.id, record.fields)).collect()
}

fn spoil(file: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn copy(folder: &Path) -> TempDir {
    let other = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), other.path().join(entry.file_name())).unwrap();
    }
    other
}

#[test]
fn what_is_not_damaged_is_kept_whole() {
    let (folder, saved) = filled(60);
    let before = open(folder.path()).unwrap();
    before.verify().unwrap();
    let unsent = before.status().unwrap().unsent;
    before.pause().unwrap();
    let salvaged = rescue(folder.path());
    assert_eq!((salvaged.records, salvaged.unsent, salvaged.lost), (60, unsent, vec![]));
    assert!(salvaged.damaged.exists());
    let store = open(folder.path()).unwrap();
    store.verify().unwrap();
    assert_eq!(records(&store), saved);
    assert_eq!(store.status().unwrap().unsent, unsent);
}

#[test]
fn a_store_in_use_is_not_salvaged() {
    let (folder, _) = filled(1);
    let store = open(folder.path()).unwrap();
    store.status().unwrap();
    let tried = crate::salvage(folder.path(), Options::default(), &mut |_, _| {});
    assert!(matches!(tried, Err(Error::Locked)), "{tried:?}");
    store.status().unwrap();
}

#[test]
fn a_torn_page_takes_only_its_own_rows() {
    let (folder, saved) = filled(30);
    let pages = fs::metadata(folder.path().join(FILE)).unwrap().len() / pages::PAGE as u64;
    // `cargo proof salvage` takes more of them.
    for page in (0..pages).step_by(4) {
        let torn = copy(folder.path());
        spoil(&torn.path().join(FILE), page * pages::PAGE as u64, &[0xaa; pages::PAGE]);
        let salvaged = rescue(torn.path());
        let store = open(torn.path()).unwrap();
        store.verify().unwrap();
        let kept = records(&store);
        let named: Vec<_> = salvaged.lost.iter().filter_map(|lost| lost.record).collect();
        assert_eq!(named.len(), salvaged.lost.len(), "page {page}: each loss has its record");
        for (id, fields) in &saved {
            assert!(kept.get(id) == Some(fields) || named.contains(id), "page {page}, record {id}");
        }
        assert!(kept.len() + named.len() >= saved.len() && named.len() < 20, "page {page}: {}", named.len());
    }
}

#[test]
fn a_flipped_bit_in_an_unsent_change_is_found_and_put_right() {
    let (folder, saved) = filled(12);
    let file = folder.path().join(FILE);
    let bytes = fs::read(&file).unwrap();
    let needle = "百草堂 7".as_bytes();
    let mut flipped = 0;
    for at in 0..bytes.len() - needle.len() {
        // In the change, and in the query row.
        if bytes[at..].starts_with(needle) {
            let torn = copy(folder.path());
            spoil(&torn.path().join(FILE), at as u64 + 4, &[bytes[at + 4] ^ 1]);
            let store = open(torn.path()).unwrap();
            assert!(matches!(store.verify(), Err(Error::Corrupt { .. })), "{at}");
            drop(store);
            assert_eq!(rescue(torn.path()).lost, []);
            assert_eq!(records(&open(torn.path()).unwrap()), saved, "{at}");
            flipped += 1;
        }
    }
    assert!(flipped >= 2, "{flipped}");
}

#[test]
fn a_log_that_lost_what_was_committed_is_noticed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let mut ids: Vec<_> = (0..5)
        .map(|n| store.create(New::new("account", Fields::new().with("name", format!("n{n}")))).unwrap().id)
        .collect();
    // Two of one millisecond come in any order.
    ids.sort();
    // As a kill leaves it.
    let killed = copy(folder.path());
    let log = killed.path().join("roadbook.sqlite-wal");
    let length = fs::metadata(&log).unwrap().len();
    drop(store);
    for at in [0, 17, 40, length / 3, length / 2] {
        let torn = copy(killed.path());
        let byte = fs::read(&log).unwrap()[at as usize];
        spoil(&torn.path().join("roadbook.sqlite-wal"), at, &[byte ^ 0x10]);
        assert!(matches!(open(torn.path()), Err(Error::Corrupt { .. })), "{at}");
        assert_eq!(rescue(torn.path()).lost, [], "{at}");
        let store = open(torn.path()).unwrap();
        assert_eq!(records(&store).keys().copied().collect::<Vec<_>>(), ids, "{at}");
    }
    // A transaction that a power cut tore was never acknowledged.
    OpenOptions::new().write(true).open(&log).unwrap().set_len(length - 100).unwrap();
    assert!(records(&open(killed.path()).unwrap()).len() >= 4);
}

#[test]
fn a_salvage_cut_off_before_its_last_step_is_finished_by_opening() {
    let (folder, saved) = filled(3);
    fs::rename(folder.path().join(FILE), folder.path().join(FILLED)).unwrap();
    assert_eq!(records(&open(folder.path()).unwrap()), saved);
}

/// A file, spoilt page by page: swapped, one over the other, filled, or within; and as a whole.
fn spoilt(file: &[u8], by_page: &[Spoil], whole: &[Spoil]) -> Vec<u8> {
    let mut pages: Vec<Vec<u8>> = file.chunks(pages::PAGE).map(<[u8]>::to_vec).collect();
    for spoil in by_page.iter().take(6) {
        let (what, at, other, byte) = *spoil;
        let (at, other) = (at as usize % pages.len(), other as usize % pages.len());
        match what / 8 % 4 {
            0 => pages.swap(at, other),
            1 => pages[at] = pages[other].clone(),
            2 => pages[at].fill(byte),
            _ => {
                let mut within = bytes(&pages[at], &[*spoil]);
                within.resize(pages::PAGE, byte);
                pages[at] = within;
            }
        }
    }
    bytes(&pages.concat(), &whole[..whole.len().min(3)])
}

/// A file as a phone has it, with records in it.
fn good_file(records: usize) -> (Vec<u8>, BTreeMap<RecordId, Fields>) {
    let (folder, saved) = filled(records);
    (fs::read(folder.path().join(FILE)).unwrap(), saved)
}

/// Whatever a disk made of a file, each of its pages is read, and soon.
#[test]
fn whatever_stands_on_a_page_is_read_or_passed_over() {
    let (good, _) = good_file(10);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(FILE);
    bolero::check!().with_type::<(Vec<Spoil>, Vec<Spoil>)>().for_each(|(by_page, whole)| {
        fs::write(&file, spoilt(&good, by_page, whole)).unwrap();
        let (pages, began) = (Pages::open(&file, &companion(&file, "-wal")).unwrap(), Instant::now());
        let mut found = 0;
        for number in 1..=pages.count {
            found::on_page(&pages, number, &mut |_| found += 1);
        }
        assert!(found <= pages.count as usize * pages::PAGE);
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    });
}

/// What is salvaged is a good store, with nothing in it that nobody wrote; what is refused stays where it is. An id may be
/// another one: if the one row that is left of three that name it was hit, nothing tells.
#[test]
fn whatever_a_file_holds_is_salvaged_or_left_alone() {
    let (good, saved) = good_file(4);
    bolero::check!().with_type::<(Vec<Spoil>, Vec<Spoil>)>().for_each(|(by_page, whole)| {
        let folder = tempfile::tempdir().unwrap();
        let torn = spoilt(&good, by_page, whole);
        fs::write(folder.path().join(FILE), &torn).unwrap();
        match crate::salvage(folder.path(), Options::default(), &mut |_, _| {}) {
            Ok(salvaged) => assert_eq!(fs::read(salvaged.damaged).unwrap(), torn),
            Err(error) => {
                assert!(matches!(error, Error::NewerDatabase { .. }), "{error:?}");
                return assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), torn);
            }
        }
        let store = open(folder.path()).unwrap();
        store.verify().unwrap();
        for fields in records(&store).values() {
            assert!(saved.values().any(|of| of.text("name") == fields.text("name")), "{fields:?}");
        }
    });
}

/// Whatever stands in a log, it is opened or said to be damaged; nothing comes of it that nobody wrote, and what is opened still has all
/// that was in the file.
#[test]
fn whatever_stands_in_a_log_is_read_or_said_to_be_damaged() {
    let (folder, folded) = filled(3);
    let store = open(folder.path()).unwrap();
    let mut names: Vec<String> =
        folded.values().filter_map(|fields| fields.text("name")).map(str::to_owned).collect();
    for number in 0..3 {
        names.push(format!("德仁堂 {number}"));
        store
            .create(New::new("account", Fields::new().with("name", names[names.len() - 1].as_str())))
            .unwrap();
    }
    // As a kill leaves it.
    let (good, log) =
        ["", "-wal"].map(|end| fs::read(folder.path().join(format!("{FILE}{end}"))).unwrap()).into();
    drop(store);
    bolero::check!().with_type::<(Vec<Spoil>, Vec<Spoil>)>().for_each(|(by_page, whole)| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), &good).unwrap();
        fs::write(folder.path().join(format!("{FILE}-wal")), spoilt(&log, by_page, whole)).unwrap();
        let store = match open(folder.path()) {
            Ok(store) => {
                let all = records(&store);
                assert!(folded.iter().all(|(id, fields)| all.get(id) == Some(fields)));
                store
            }
            Err(error) => {
                assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
                rescue(folder.path());
                open(folder.path()).unwrap()
            }
        };
        store.verify().unwrap();
        for fields in records(&store).values() {
            assert!(names.iter().any(|name| fields.text("name") == Some(name)), "{fields:?}");
        }
    });
}
