//! The store by itself: saving, listing, searching, refusing, deriving, letting go.

mod books;
mod files;
mod hostile;
mod offered;
mod practice;
mod receipts;
mod receive;
mod stale;
mod tidy;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tempfile::TempDir;

use super::*;
use crate::model::{Currency, FieldType, Heads, Item, Money, Resolution, Time, Value, Why};
use crate::{Clock, Environment};

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Noon on Monday 2026-03-02 in Shanghai.
const MONDAY: i64 = 1_772_424_000_000;

fn options(seed: u64) -> Options {
    let environment = Environment::seeded(seed, Arc::new(TestClock(AtomicI64::new(MONDAY))));
    Options { environment, ..Options::default() }
}

/// Kills before the commit after so many.
struct DieAfter(AtomicI64);
impl CommitHook for DieAfter {
    fn commit(&self, when: CommitPoint) -> Result<()> {
        match when == CommitPoint::Before && self.0.fetch_sub(1, Ordering::SeqCst) <= 0 {
            true => Err(Error::internal("killed")),
            false => Ok(()),
        }
    }
}

fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = crate::open(folder.path(), options(1), &mut |_, _| {}).unwrap();
    (folder, store)
}

fn account(store: &Store, name: &str) -> RecordId {
    store.create(New::new("account", Fields::new().with("name", name))).unwrap().id
}

fn visit(store: &Store, account: RecordId, at: i64, outcome: &str) -> Saved {
    let fields = Fields::new()
        .with("account", account)
        .with("planned_at", Time::new(at, "Asia/Shanghai"))
        .with("outcome", outcome);
    store.create(New::new("visit", fields)).unwrap()
}

/// SQLite ignores a pragma it does not know, and ignores these two where they mean nothing.
#[test]
fn a_commit_is_written_out_by_the_drive_itself() {
    let (_folder, store) = store();
    for (pragma, is) in [("synchronous", 2), ("fullfsync", 1), ("checkpoint_fullfsync", 1)] {
        let set =
            store.inner.write(|w| Ok(w.tx.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))?));
        assert_eq!(set.unwrap(), is, "{pragma}");
    }
}

#[test]
fn a_record_comes_back_as_it_was_saved_in_every_type_of_field() {
    let (_folder, store) = store();
    let acme = account(&store, "Acme");
    let mut seen = std::collections::HashSet::new();
    for kind in store.schema().kinds() {
        let mut fields = Fields::new();
        for field in kind.fields() {
            let value: Value = match field.of {
                FieldType::Line | FieldType::Text if field.name == "settings" => continue,
                FieldType::Line | FieldType::Text => format!("{} 值", field.name).into(),
                FieldType::Integer => 42.into(),
                // Cash is refused.
                FieldType::Flag => (field.name != "cash_equivalent").into(),
                FieldType::Choice => field.choices[0].value.into(),
                FieldType::Money => Money::new(12_345, Currency::USD).into(),
                FieldType::Time => Time::new(MONDAY, "Asia/Shanghai").into(),
                FieldType::Date => "2026-03-02".parse::<chrono::NaiveDate>().unwrap().into(),
                FieldType::Point => crate::model::Point::new(31.2, 121.4, Some(9.0)).unwrap().into(),
                FieldType::Link => acme.into(),
                FieldType::Member => crate::model::MemberId(uuid::Uuid::from_u128(5)).into(),
                FieldType::Links => Value::Links([acme].into()),
                FieldType::Set if !field.choices.is_empty() => {
                    Value::set(field.choices.iter().map(|c| c.value))
                }
                FieldType::Set => Value::set(["甲", "b c"]),
                FieldType::Map if field.name == "settings" => {
                    Value::Map([("coming".into(), "5".into())].into())
                }
                FieldType::Map => Value::Map([("a.b".into(), "x".into())].into()),
                FieldType::Items => {
                    let inner = field.fields.iter().filter(|f| f.of == FieldType::Line);
                    let fields = inner.fold(Fields::new(), |fields, f| fields.with(f.name, "项"));
                    let mut item = Item::new(fields);
                    for f in field.fields.iter().filter(|f| f.required) {
                        if item.fields.get(f.name).is_none() {
                            let value: Value = match f.of {
                                FieldType::Choice => f.choices[0].value.into(),
                                _ => "2026-03-02".parse::<chrono::NaiveDate>().unwrap().into(),
                            };
                            item.fields.set(f.name, value);
                        }
                    }
                    item.key = "0".into();
                    vec![item].into()
                }
            };
            seen.insert(format!("{:?}", field.of));
            fields.set(field.name, value);
        }
        let saved = store.create(New::new(kind.name, fields.clone())).unwrap();
        let record = store.get(saved.id).unwrap();
        assert_eq!(record.fields, fields, "{}", kind.name);
        assert_eq!((record.heads, record.clashes, record.deleted), (saved.heads, 0, None));
        assert_eq!(store.list(&Query::new(kind.name)).unwrap()[0].fields, fields);
    }
    assert_eq!(seen.len(), 15, "{seen:?}");
}

#[test]
fn what_is_refused_says_why_and_changes_nothing() {
    let (_folder, store) = store();
    let bad = Fields::new().with("outcome", "x").with("colour", "red").with("mode", "teleport");
    let Err(Error::Invalid(invalid)) = store.create(New::new("visit", bad)) else { panic!("saved") };
    let whys: Vec<_> = invalid.problems.iter().map(|p| (p.field.as_str(), &p.why)).collect();
    assert!(whys.iter().any(|w| matches!(w, ("account", Why::Required))), "{whys:?}");
    assert!(whys.iter().any(|w| matches!(w, ("colour", Why::Unknown))));
    assert!(whys.iter().any(|w| matches!(w, ("mode", Why::NotAChoice { .. }))));
    assert!(matches!(store.create(New::new("spell", Fields::new())), Err(Error::UnknownKind { .. })));
    let id = account(&store, "Acme");
    let record = store.get(id).unwrap();
    let refused = store.edit(Edit::of(&record).clear("name"));
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let mut alien = Edit::of(&record).set("industry", "x");
    alien.base = Heads(vec![crate::model::ChangeId([7; 32])]);
    assert!(matches!(store.edit(alien), Err(Error::UnknownVersion { .. })));
    assert!(matches!(store.get(RecordId::NIL), Err(Error::NotFound { .. })));
    assert_eq!(store.get(id).unwrap(), record);
    assert_eq!(store.list(&Query::new("visit")).unwrap().len(), 0);
    assert_eq!(store.status().unwrap().unsent, 1);
}

#[test]
fn an_id_is_taken_once() {
    let (_folder, store) = store();
    let id = account(&store, "百草堂");
    let again = || {
        let mut new = New::new("account", Fields::new().with("name", "德仁堂"));
        new.id = Some(id);
        new
    };
    let refused = store.batch(|batch| batch.create_all(vec![again()]));
    let Err(Error::Invalid(invalid)) = refused else { panic!("{refused:?}") };
    assert_eq!((invalid.record, &*invalid.problems[0].field), (Some(id), "id"));
    // The transaction goes on after it.
    store
        .batch(|batch| {
            assert!(batch.create(again()).is_err());
            batch.create(New::new("account", Fields::new().with("name", "回春堂")))
        })
        .unwrap();
    let names: Vec<_> = store.list(&Query::new("account")).unwrap();
    assert_eq!(
        names.iter().map(|r| r.fields.text("name").unwrap()).collect::<Vec<_>>(),
        ["回春堂", "百草堂"]
    );
    assert_eq!(store.check().unwrap(), []);
}

#[test]
fn a_batch_is_all_or_nothing() {
    let (_folder, store) = store();
    let failed: Result<()> = store.batch(|batch| {
        batch.create(New::new("account", Fields::new().with("name", "one")))?;
        batch.create(New::new("account", Fields::new()))?;
        Ok(())
    });
    assert!(matches!(failed, Err(Error::Invalid(_))));
    assert_eq!(store.count(&Query::new("account")).unwrap(), 0);
    assert_eq!(store.search("one", 10, 0).unwrap(), []);
}

#[test]
fn edits_merge_and_clashes_stay_until_they_are_resolved() {
    let (_folder, store) = store();
    let id = account(&store, "Acme");
    let form = store.get(id).unwrap();
    store.edit(Edit::of(&form).set("industry", "医药").set("notes", "第一次")).unwrap();
    // The second form was opened before the first was saved.
    store.edit(Edit::of(&form).set("industry", "化工").set("region", "华东")).unwrap();
    let now = store.get(id).unwrap();
    assert_eq!(
        (now.clashes, now.fields.text("region"), now.fields.text("notes")),
        (1, Some("华东"), Some("第一次"))
    );
    let clashes = store.clashes(None).unwrap();
    assert_eq!((clashes.len(), clashes[0].field.as_str(), clashes[0].sides.len()), (1, "industry", 2));
    let other = store.resolve(id, "region", &now.heads, Resolution::Value(None), None);
    assert!(matches!(other, Err(Error::NothingToResolve { .. })));
    store
        .resolve(id, "industry", &clashes[0].heads, Resolution::Value(Some("医药".into())), Some("问过"))
        .unwrap();
    assert_eq!(store.clashes(Some(id)).unwrap(), []);
    let history = store.history(id).unwrap();
    assert_eq!(history.last().unwrap().why.as_deref(), Some("问过"));
    assert_eq!(history.len(), 6, "{history:#?}");
}

#[test]
fn a_clash_is_resolved_with_what_could_be_saved_and_with_nothing_else() {
    let (_folder, store) = store();
    let id = account(&store, "Acme");
    let form = store.get(id).unwrap();
    store.edit(Edit::of(&form).set("name", "百草堂")).unwrap();
    store.edit(Edit::of(&form).set("name", "德仁堂")).unwrap();
    let clash = &store.clashes(Some(id)).unwrap()[0];
    let resolve = |value| store.resolve(id, "name", &clash.heads, Resolution::Value(value), None);
    for bad in [None, Some("".into()), Some("两\n行".into()), Some(1.into())] {
        assert!(matches!(resolve(bad), Err(Error::Invalid(_))));
    }
    resolve(Some("百草堂".into())).unwrap();
    assert_eq!(store.clashes(Some(id)).unwrap(), []);
}

/// A visit that two people hang on different accounts hangs on the one that was chosen, on the relay as well.
#[test]
fn a_record_goes_where_the_clash_about_its_account_was_resolved() {
    let (_folder, store) = store();
    let [acme, other, third] = ["Acme", "Other", "Third"].map(|name| account(&store, name));
    let id = visit(&store, acme, MONDAY, "ok").id;
    let form = store.get(id).unwrap();
    store.edit(Edit::of(&form).set("account", other)).unwrap();
    store.edit(Edit::of(&form).set("account", third)).unwrap();
    let clash = &store.clashes(Some(id)).unwrap()[0];
    store.resolve(id, "account", &clash.heads, Resolution::Value(Some(other.into())), None).unwrap();
    let sent = store.upload(usize::MAX, 100).unwrap().changes;
    assert_eq!(sent.iter().rfind(|change| change.document == id).unwrap().root, Some(other));
    let hung: Vec<_> = sent.iter().filter_map(|change| change.rehung.clone()).collect();
    let roots: Vec<_> = hung.iter().map(|rehung| rehung.root).collect();
    assert_eq!(roots, [Some(acme), Some(other), Some(third), Some(other)], "and not the accounts");
    assert_eq!(hung.iter().max_by_key(|rehung| &rehung.order), hung.last());
    store.create(New::new("task", Fields::new().with("subject", "call").with("account", acme))).unwrap();
    let task = store.list(&Query::new("task")).unwrap().remove(0);
    store.edit(Edit::of(&task).clear("account")).unwrap();
    let sent = store.upload(usize::MAX, 100).unwrap().changes;
    let cleared = sent.iter().rfind(|change| change.document == task.id).unwrap();
    assert_eq!(cleared.rehung.as_ref().unwrap().root, None);
}

#[test]
fn a_deleted_record_leaves_lists_and_search_and_comes_back() {
    let (_folder, store) = store();
    let id = account(&store, "Acme 百草堂");
    assert!(matches!(store.delete(id, "  "), Err(Error::Invalid(_))), "a reason is needed");
    assert!(store.delete(id, "重复").unwrap().changed);
    assert!(!store.delete(id, "again").unwrap().changed);
    assert_eq!(store.count(&Query::new("account")).unwrap(), 0);
    assert_eq!(store.search("百草", 10, 0).unwrap(), []);
    let deleted = store.list(&Query { show: Show::Deleted, ..Query::new("account") }).unwrap();
    assert_eq!(deleted[0].deleted.as_ref().unwrap().reason, "重复");
    let record = store.get(id).unwrap();
    assert!(matches!(store.edit(Edit::of(&record).set("region", "x")), Err(Error::Deleted { .. })));
    store.restore(id).unwrap();
    assert_eq!(store.search("百草", 10, 0).unwrap()[0].id, id);
}

#[test]
fn lists_filter_sort_and_page() {
    let (_folder, store) = store();
    let acme = account(&store, "Acme");
    let other = account(&store, "Other");
    let ids: Vec<RecordId> =
        (0..20).map(|n| visit(&store, if n % 2 == 0 { acme } else { other }, MONDAY + n, "ok").id).collect();
    let query = Query::new("visit").filter("account", Compare::Is, acme).descending("planned_at").page(3, 2);
    let page: Vec<RecordId> = store.list(&query).unwrap().iter().map(|r| r.id).collect();
    assert_eq!(page, [ids[14], ids[12], ids[10]]);
    assert_eq!(store.count(&query).unwrap(), 10);
    let from = Query::new("visit").filter("planned_at", Compare::AtLeast, Time::new(MONDAY + 15, "UTC"));
    assert_eq!(store.count(&from).unwrap(), 5);
    let found = Query { matching: Some("OK".into()), ..Query::new("visit") };
    assert_eq!(store.count(&found).unwrap(), 20);
    let worth = |store: &Store, money: Money| {
        let fields = Fields::new().with("account", acme).with("name", "deal").with("amount", money);
        store.create(New::new("opportunity", fields)).unwrap().id
    };
    let (yuan, dollars) = (Money::new(10_000, Currency::CNY), Money::new(10_000, Currency::USD));
    let deals = [worth(&store, yuan), worth(&store, dollars)];
    for (compare, found) in
        [(Compare::Is, &deals[..1]), (Compare::AtLeast, &deals[..1]), (Compare::IsNot, &deals[1..])]
    {
        let query = Query::new("opportunity").filter("amount", compare, yuan);
        let ids: Vec<RecordId> = store.list(&query).unwrap().iter().map(|r| r.id).collect();
        assert_eq!(ids, found, "{compare:?}: an amount in dollars is neither more nor less");
    }
    for bad in
        [Query::new("visit").ascending("doc; DROP TABLE"), Query::new("visit").ascending("participants")]
    {
        assert!(matches!(store.list(&bad), Err(Error::BadQuery { .. })));
    }
    let bad = Query::new("visit").filter("contacts", Compare::Is, "x");
    assert!(matches!(store.list(&bad), Err(Error::BadQuery { .. })));
}

#[test]
fn search_finds_every_kind_and_shows_where() {
    let (_folder, store) = store();
    let acme = account(&store, "百草堂药业");
    let fields =
        Fields::new().with("account", acme).with("notes", "采购经理王小明提到预算要等到第三季度才能批下来。");
    let visit = store.create(New::new("visit", fields)).unwrap().id;
    let hit = &store.search("小明", 10, 0).unwrap()[0];
    assert_eq!((hit.id, hit.kind), (visit, "visit"));
    assert!(hit.excerpt.contains("王小明"), "{}", hit.excerpt);
    let record = store.get(visit).unwrap();
    store.edit(Edit::of(&record).set("notes", "只剩李娜。")).unwrap();
    assert_eq!(store.search("小明", 10, 0).unwrap(), [], "the old text is not found any more");
    assert_eq!(store.search("李娜", 10, 0).unwrap().len(), 1);
    assert_eq!(store.search("药业", 10, 0).unwrap()[0].title, "百草堂药业");
}

#[test]
fn stages_keep_their_times() {
    let (_folder, store) = store();
    let fields = Fields::new().with("name", "deal").with("stage", "lead");
    let id = store.create(New::new("opportunity", fields)).unwrap().id;
    for stage in ["proposal", "won"] {
        let record = store.get(id).unwrap();
        store.edit(Edit::of(&record).set("stage", stage)).unwrap();
    }
    let record = store.get(id).unwrap();
    let stages: Vec<_> =
        record.fields.items("stage_history").iter().map(|item| item.fields.text("value").unwrap()).collect();
    assert_eq!(stages, ["lead", "proposal", "won"]);
}

#[test]
fn a_change_too_large_for_the_relay_is_refused_at_save() {
    let (_folder, store) = store();
    let long: String = "𠮷".repeat(100_000);
    let mut fields = Fields::new().with("name", "x");
    for (place, field) in ["notes", "development_plan"].into_iter().enumerate() {
        fields.set(field, long.chars().cycle().skip(place).take(100_000).collect::<String>());
    }
    let extra = (0..4).map(|n| (format!("c{n}"), long.clone())).collect();
    fields.set("extra", Value::Map(extra));
    assert!(matches!(store.create(New::new("account", fields)), Err(Error::TooLarge { .. })));
    assert_eq!(store.count(&Query::new("account")).unwrap(), 0);
}

#[test]
fn observers_hear_what_is_durable_and_only_that() {
    let (_folder, store) = store();
    let mut observer = store.observe();
    assert!(store.create(New::new("account", Fields::new())).is_err());
    assert_eq!(observer.try_next(), None);
    let id = account(&store, "Acme");
    let heard = observer.try_next().unwrap();
    assert_eq!(heard.records, [("account", id)]);
    assert!(heard.concerns("account") && !heard.concerns("visit"));
    store
        .batch(|batch| {
            for n in 0..600 {
                batch.create(New::new("task", Fields::new().with("subject", format!("t{n}"))))?;
            }
            Ok(())
        })
        .unwrap();
    let heard = observer.try_next().unwrap();
    assert_eq!((heard.kinds.as_slice(), heard.records.len()), (["task"].as_slice(), 0));
}

#[test]
fn readers_go_on_while_one_writes() {
    let (_folder, store) = store();
    let id = account(&store, "Acme");
    store
        .batch(|batch| {
            batch.create(New::new("account", Fields::new().with("name", "unfinished")))?;
            assert_eq!(store.count(&Query::new("account")).unwrap(), 1, "the reader sees what is committed");
            assert_eq!(batch.get(id)?.fields.text("name"), Some("Acme"));
            Ok(())
        })
        .unwrap();
    assert_eq!(store.count(&Query::new("account")).unwrap(), 2);
}
