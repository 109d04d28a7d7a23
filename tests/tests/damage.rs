//! Damaged stores, over real sockets: what is salvaged is sent, and what cannot be is said.
#![allow(clippy::unwrap_used)]

use roadbook_core::model::RecordId;
use roadbook_core::sync::{Client, ClientOptions, StopReason};
use roadbook_core::wire::{Member, Role};
use roadbook_core::{Error, Options, Salvaged};
use roadbook_tests::{Device, Office, assert_equal};

const FILE: &str = "roadbook.sqlite";

async fn two(office: &Office) -> (Member, Device, Device) {
    let wang = office.member("王", Role::Rep, None).await;
    let [phone, tablet] = [office.device(wang.id).await, office.device(wang.id).await];
    (wang, phone, tablet)
}

fn sql(device: &Device, sql: &str, of: RecordId) {
    device.store.pause().unwrap();
    let db = rusqlite::Connection::open(device.folder.path().join(FILE)).unwrap();
    let changed = db.execute(sql, [of.as_bytes().to_vec()]).unwrap();
    assert!(changed > 0);
    drop(db);
    device.store.resume().unwrap();
}

fn rescue(device: Device) -> (Salvaged, Device) {
    device.store.pause().unwrap();
    let folder = device.folder;
    let salvaged = roadbook_core::salvage(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
    (salvaged, open(folder))
}

fn open(folder: tempfile::TempDir) -> Device {
    let store = roadbook_core::open(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
    let client = Client::new(store.clone(), &ClientOptions::default()).unwrap();
    Device { store, client, folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_bytes_are_never_pushed() {
    let office = Office::open().await;
    let (_, phone, tablet) = two(&office).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    sql(
        &phone,
        "UPDATE change SET bytes = zeroblob(length(bytes)) WHERE doc = (SELECT doc FROM document WHERE id = ?1)",
        account,
    );
    let pushed = phone.client.sync_once(std::time::Duration::from_secs(20)).await;
    assert!(matches!(pushed, Err(Error::Corrupt { .. })), "{pushed:?}");
    tablet.sync().await;
    assert!(tablet.store.find(account).unwrap().is_none());
    // Nor to another record.
    let (_, phone, tablet) = two(&office).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.store.pause().unwrap();
    let file = phone.folder.path().join(FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    // The row of the document, not its index: null, an id, the kind.
    let row = [account.as_bytes().as_slice(), b"account"].concat();
    let at = bytes.windows(row.len()).position(|found| found == row).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    phone.store.resume().unwrap();
    let pushed = phone.client.sync_once(std::time::Duration::from_secs(20)).await;
    assert!(matches!(pushed, Err(Error::Corrupt { .. })), "{pushed:?}");
    let (salvaged, phone) = rescue(phone);
    assert_eq!(salvaged.lost, []);
    phone.sync().await;
    tablet.sync().await;
    assert_eq!(tablet.get(account).fields.text("name"), Some("百草堂"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsent_edit_whose_base_was_damaged_is_sent_once_the_base_came_again() {
    let office = Office::open().await;
    let (_, phone, tablet) = two(&office).await;
    let account = phone.log("account", &[("name", "百草堂"), ("notes", "老客户。")]);
    phone.sync().await;
    phone.edit(account, "notes", "老客户。没有信号。");
    sql(
        &phone,
        "UPDATE change SET bytes = zeroblob(length(bytes)) WHERE state = 1 AND doc = (SELECT doc FROM document WHERE id = ?1)",
        account,
    );
    assert!(matches!(phone.store.verify(), Err(Error::Corrupt { .. })));
    let (salvaged, phone) = rescue(phone);
    assert!(salvaged.enrolled && salvaged.damaged.exists());
    assert_eq!(salvaged.lost, []);
    assert!(phone.store.has_unsent_work().unwrap());
    phone.sync().await;
    tablet.sync().await;
    assert_eq!(tablet.get(account).fields.text("notes"), Some("老客户。没有信号。"));
    assert!(!phone.store.has_unsent_work().unwrap());
    phone.store.verify().unwrap();
    assert_equal(&phone.store, &tablet.store);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsent_edit_whose_base_is_lost_is_quarantined_and_the_loss_named() {
    let office = Office::open().await;
    let (_, phone, tablet) = two(&office).await;
    let account = phone.log("account", &[("name", "百草堂"), ("notes", "新客户。")]);
    let other = phone.log("account", &[("name", "回春堂")]);
    phone.edit(account, "notes", "新客户。第二次。");
    sql(
        &phone,
        "UPDATE change SET bytes = zeroblob(length(bytes)) WHERE seq =
            (SELECT min(c.seq) FROM change c JOIN document d ON d.doc = c.doc WHERE d.id = ?1)",
        account,
    );
    let (salvaged, phone) = rescue(phone);
    assert_eq!(salvaged.lost.iter().map(|lost| lost.record).collect::<Vec<_>>(), [Some(account)]);
    phone.sync().await;
    let lanes = phone.store.quarantined().unwrap();
    assert_eq!(
        lanes.iter().map(|lane| (lane.record, lane.code.as_str())).collect::<Vec<_>>(),
        [(account, "damaged")]
    );
    assert!(!phone.store.export_changes(account).unwrap().is_empty(), "kept for export");
    tablet.sync().await;
    assert!(tablet.store.find(account).unwrap().is_none());
    assert_eq!(tablet.get(other).fields.text("name"), Some("回春堂"));
    phone.store.discard_lane(account).unwrap();
    phone.store.verify().unwrap();
    assert!(!phone.store.has_unsent_work().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_token_is_lost_or_refused_is_enrolled_again_as_the_same_member_only() {
    let office = Office::open().await;
    let (wang, phone, tablet) = two(&office).await;
    let li = office.member("李", Role::Rep, None).await;
    let again = phone.client.enrol(&office.invite(wang.id).await, "phone").await;
    assert!(matches!(again, Err(Error::AlreadyEnrolled)), "{again:?}");
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.store.pause().unwrap();
    let db = rusqlite::Connection::open(phone.folder.path().join(FILE)).unwrap();
    db.execute("UPDATE meta SET value = replace(value, substr(value, 1, 1), 'x') WHERE name = 'token'", [])
        .unwrap();
    drop(db);
    phone.store.resume().unwrap();
    let (salvaged, phone) = rescue(phone);
    assert!(!salvaged.enrolled);
    assert_eq!(salvaged.unsent, 1);
    let as_another = phone.client.enrol(&office.invite(li.id).await, "phone").await;
    assert!(matches!(as_another, Err(Error::AlreadyEnrolled)), "{as_another:?}");
    phone.client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    phone.sync().await;
    tablet.sync().await;
    assert_eq!(tablet.get(account).fields.text("name"), Some("百草堂"));
    // A token that the relay does not know.
    phone.store.pause().unwrap();
    let db = rusqlite::Connection::open(phone.folder.path().join(FILE)).unwrap();
    db.execute("UPDATE meta SET value = ?1 WHERE name = 'token'", ["0".repeat(64)]).unwrap();
    drop(db);
    phone.store.resume().unwrap();
    assert_eq!(phone.sync().await.stopped, Some(StopReason::Unauthorised));
    phone.client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    assert!(phone.sync().await.finished);
}
