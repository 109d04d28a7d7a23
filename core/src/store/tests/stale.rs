//! Search finds what records say now, though the index learns of edits some at a time.

use super::*;
use crate::{Query, Show};

const WORDS: [&str; 5] = ["百草堂", "price list", "复诊", "sample", "b"];

/// What search is to find, from the rows alone: newest on this device first.
fn expected(store: &Store, word: &str) -> Vec<RecordId> {
    let says = |record: &crate::model::Record| {
        record.fields.0.values().any(|value| matches!(value, Value::Text(text) if text.contains(word)))
    };
    let query = Query { limit: 1_000, ..Query::new("visit") };
    store.list(&query).unwrap().into_iter().filter(says).map(|record| record.id).collect()
}

fn check_search(store: &Store) {
    for word in WORDS {
        let expected = expected(store, word);
        let ids = |limit, offset| -> Vec<RecordId> {
            store.search(word, limit, offset).unwrap().into_iter().map(|hit| hit.id).collect()
        };
        assert_eq!(ids(1_000, 0), expected, "{word}");
        let paged: Vec<RecordId> =
            (0..).map(|page| ids(3, page * 3)).take_while(|page| !page.is_empty()).flatten().collect();
        assert_eq!(paged, expected, "{word}");
        let query = Query { matching: Some(word.to_owned()), limit: 1_000, ..Query::new("visit") };
        assert_eq!(store.list(&query).unwrap().iter().map(|r| r.id).collect::<Vec<_>>(), expected, "{word}");
        assert_eq!(store.count(&query).unwrap(), expected.len() as u64, "{word}");
        let deleted = Query { show: Show::Deleted, ..query };
        assert_eq!(store.count(&deleted).unwrap(), 0, "{word}: nothing deleted is found");
    }
    store.verify().unwrap();
}

fn waiting(store: &Store) -> i64 {
    store.inner.read(|db| Ok(db.query_row("SELECT count(*) FROM stale", [], |row| row.get(0))?)).unwrap()
}

#[test]
fn search_finds_what_an_edit_says_at_once_and_not_what_it_replaced() {
    let (folder, store) = store();
    let acme = account(&store, "Acme");
    let visits: Vec<RecordId> = (0..30).map(|n| visit(&store, acme, MONDAY, WORDS[n % 4]).id).collect();
    check_search(&store);
    assert_eq!(waiting(&store), 0);
    let mut random = Environment::seeded(7, Arc::new(TestClock(AtomicI64::new(MONDAY))));
    let random = &mut random;
    let below = |n: usize| random.bytes::<1>()[0] as usize % n;
    let mut most = 0;
    for round in 0..120 {
        let id = visits[below(visits.len())];
        let record = store.get(id).unwrap();
        let outcome = format!("{} {round}", WORDS[below(4)]);
        match below(8) {
            0 if record.deleted.is_none() => _ = store.delete(id, "twice").unwrap(),
            _ if record.deleted.is_some() => _ = store.restore(id).unwrap(),
            1 => {
                let edits = |batch: &mut Batch<'_, '_>| {
                    for id in &visits[..9] {
                        let record = store.get(*id)?;
                        if record.deleted.is_none() {
                            batch.edit(Edit::of(&record).set("outcome", outcome.as_str()))?;
                        }
                    }
                    Ok(())
                };
                store.batch(edits).unwrap();
            }
            _ => _ = store.edit(Edit::of(&record).set("outcome", outcome)).unwrap(),
        }
        most = most.max(waiting(&store));
        check_search(&store);
    }
    assert_eq!(most, 16);
    drop(store);
    let store = crate::open(folder.path(), options(2), &mut |_, _| {}).unwrap();
    check_search(&store);
}

#[test]
fn nothing_of_an_erased_record_waits_for_the_index() {
    let (_folder, store) = store();
    let acme = account(&store, "Acme");
    let id = visit(&store, acme, MONDAY, "planned").id;
    store.edit(Edit::of(&store.get(id).unwrap()).set("outcome", "百草堂")).unwrap();
    assert_eq!(waiting(&store), 1);
    let row = store.inner.read(|db| find(db, id)).unwrap().unwrap();
    store.inner.write(|w| w.hide(&row)).unwrap();
    assert_eq!((waiting(&store), store.search("百草堂", 9, 0).unwrap()), (0, Vec::new()));
    // As new, its entry is written with it.
    store.inner.write(|w| w.refresh(&row)).unwrap();
    assert_eq!((waiting(&store), store.search("百草堂", 9, 0).unwrap().len()), (0, 1));
    store.verify().unwrap();
}

#[test]
fn the_damage_of_a_record_whose_entry_waits_keeps_no_other_from_being_saved() {
    let (_folder, store) = store();
    let acme = account(&store, "Acme");
    let amount = Money::new(100, "CNY".parse::<Currency>().unwrap());
    let fields = Fields::new().with("account", acme).with("name", "新店").with("amount", amount);
    let spoilt = store.create(New::new("opportunity", fields)).unwrap().id;
    store.edit(Edit::of(&store.get(spoilt).unwrap()).set("name", "老店")).unwrap();
    let spoil =
        |w: &mut Writing<'_>| Ok(w.tx.execute("UPDATE record_opportunity SET amount_currency = '?'", [])?);
    assert_eq!(store.inner.write(spoil).unwrap(), 1);
    assert!(matches!(store.get(spoilt), Err(Error::Corrupt { .. })));
    for n in 0..20 {
        let id = visit(&store, acme, MONDAY, "planned").id;
        store.edit(Edit::of(&store.get(id).unwrap()).set("outcome", format!("复诊 {n}"))).unwrap();
    }
    assert!(waiting(&store) < 16, "the others are written");
}
