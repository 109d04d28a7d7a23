//! A seventh record kind, added as docs/RECORD-KINDS.md says: one declaration, one line of registration. What the first
//! six can, it can.
#![allow(clippy::unwrap_used)]

use roadbook_core::model::{
    Choice, Currency, Field, FieldType, Fields, Item, Kind, Money, Schema, Value, choice,
};
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::wire::Role;
use roadbook_core::{Compare, Edit, New, Options, Query, Store};
use roadbook_tests::Office;
use tempfile::TempDir;

static STATES: &[Choice] = &[choice("open", "Open", "未结"), choice("settled", "Settled", "已结")];

static LINES: &[Field] = &[
    Field::line("product", "Product", "产品").required().searched(),
    Field::integer("quantity", "Quantity", "数量").range(1, 1_000),
];

static COMPLAINT: Kind = Kind::new(
    "complaint",
    "Complaint",
    "投诉",
    &[
        Field::link("account", "account", "Account", "客户").required().root(),
        Field::line("subject", "Subject", "主题").required().searched().synonyms(&["title"]),
        Field::choice("state", "State", "状态", STATES),
        Field::money("claim", "Claim", "索赔"),
        Field::items("lines", "Goods", "货品", LINES).searched(),
        Field::text("story", "What happened", "经过").searched(),
    ],
)
.about("What a customer complains about.")
.title(&["subject"])
.indexes(&[&["account"]]);

fn open(folder: &TempDir) -> Store {
    let options = Options { schema: Schema::standard().with(&COMPLAINT), ..Options::default() };
    roadbook_core::open(folder.path(), options, &mut |_, _| {}).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seventh_kind_can_what_the_six_can() {
    let office = Office::open().await;
    let zhao = office.member("赵", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let mut clients = Vec::new();
    for (folder, member) in folders.iter().zip([wang.id, zhao.id]) {
        let client = Client::new(open(folder), &ClientOptions::default()).unwrap();
        client.enrol(&office.invite(member).await, "phone").await.unwrap();
        clients.push(client);
    }
    let [a, b] = [clients[0].store(), clients[1].store()];
    let sync = async |client: &Client| {
        assert!(client.sync_once(std::time::Duration::from_secs(30)).await.unwrap().finished);
    };
    let account = a.create(New::new("account", Fields::new().with("name", "百草堂"))).unwrap().id;
    let line = |product: &str| Item::new(Fields::new().with("product", product).with("quantity", 2));
    let fields = Fields::new()
        .with("account", account)
        .with("subject", "包装破损")
        .with("claim", Money::new(12_000, Currency::CNY))
        .with("lines", Value::Items(vec![line("血糖仪")]))
        .with("story", "外箱受潮。");
    let id = a.create(New::new("complaint", fields)).unwrap().id;
    sync(&clients[0]).await;
    sync(&clients[1]).await;
    // List, filter, search in the item's text.
    let query = Query::new("complaint").filter("account", Compare::Is, Value::Link(account));
    assert_eq!(b.list(&query).unwrap().len(), 1);
    assert_eq!(b.search("糖仪", 5, 0).unwrap()[0].kind, "complaint");
    // Text merges by character, items keep both additions, a field changed twice clashes.
    let edit = |store: &Store, story: &str, claim: i64, product: &str| {
        let record = store.get(id).unwrap();
        let Some(Value::Items(mut lines)) = record.fields.get("lines").cloned() else { panic!() };
        lines.push(line(product));
        let edit = Edit::of(&record)
            .set("story", story)
            .set("claim", Money::new(claim, Currency::CNY))
            .set("lines", Value::Items(lines));
        store.edit(edit).unwrap();
    };
    edit(a, "客户来电：外箱受潮。", 10_000, "血压计");
    edit(b, "外箱受潮。已拍照。", 9_000, "制氧机");
    for client in [&clients[0], &clients[1], &clients[0]] {
        sync(client).await;
    }
    for store in [a, b] {
        let record = store.get(id).unwrap();
        assert_eq!(record.fields.text("story"), Some("客户来电：外箱受潮。已拍照。"));
        let Some(Value::Items(lines)) = record.fields.get("lines") else { panic!() };
        assert_eq!(lines.len(), 3);
        let clashes = store.clashes(Some(id)).unwrap();
        assert_eq!((clashes.len(), clashes[0].field.as_str()), (1, "claim"));
        assert_eq!(store.check().unwrap(), []);
        assert!(store.history(id).unwrap().iter().any(|entry| entry.field == "claim"));
    }
    // Validation names record kind and field.
    let bad = Fields::new().with("account", account).with("subject", "x").with("state", "lost");
    let refused = a.create(New::new("complaint", bad)).unwrap_err().to_string();
    assert!(refused.contains("complaint") && refused.contains("state"), "{refused}");
    assert_eq!(COMPLAINT.field("lines").unwrap().of, FieldType::Items);
}

#[test]
fn a_kind_this_build_does_not_know_is_kept_and_comes_back() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let account = store.create(New::new("account", Fields::new().with("name", "百草堂"))).unwrap().id;
    let fields = Fields::new().with("account", account).with("subject", "包装破损");
    let id = store.create(New::new("complaint", fields)).unwrap().id;
    drop(store);
    // An older build of the app: unlisted, still there to be sent.
    let older = roadbook_core::open(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
    assert!(older.list(&Query::new("complaint")).is_err());
    assert_eq!(older.status().unwrap().unsent, 2);
    drop(older);
    assert_eq!(open(&folder).get(id).unwrap().fields.text("subject"), Some("包装破损"));
}

/// A record came while its kind was unknown. After the app's update it is edited here, and goes where its account goes.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_hangs_on_its_account_also_where_its_kind_was_unknown_before() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let li = office.member("李", Role::Rep, None).await;
    let [new, old, other] = [(); 3].map(|()| TempDir::new().unwrap());
    let sync = async |store: Store, member| {
        let client = Client::new(store, &ClientOptions::default()).unwrap();
        if client.store().identity().unwrap().is_none() {
            client.enrol(&office.invite(member).await, "phone").await.unwrap();
        }
        assert!(client.sync_once(std::time::Duration::from_secs(30)).await.unwrap().finished);
        client.store().clone()
    };
    let store = open(&new);
    let account = store.create(New::new("account", Fields::new().with("name", "百草堂"))).unwrap().id;
    let fields = Fields::new().with("account", account).with("subject", "包装破损");
    let complaint = store.create(New::new("complaint", fields)).unwrap().id;
    sync(store, wang.id).await;
    let before = roadbook_core::open(old.path(), Options::default(), &mut |_, _| {}).unwrap();
    let before = sync(before, wang.id).await;
    assert!(before.find(complaint).unwrap().is_none());
    drop(before);
    let updated = open(&old);
    updated.edit(Edit::of(&updated.get(complaint).unwrap()).set("state", "settled")).unwrap();
    sync(updated, wang.id).await;
    office.hand_over(wang.book, li.book, &[account]).await;
    let theirs = sync(open(&other), li.id).await;
    assert_eq!(theirs.get(complaint).unwrap().fields.text("state"), Some("settled"));
}
