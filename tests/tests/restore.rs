//! A relay that begins again with a backup, and devices it does not know any more.
#![allow(clippy::unwrap_used)]

use roadbook_core::model::{Fields, Value};
use roadbook_core::sync::StopReason;
use roadbook_core::wire::{Book, Device as DeviceInfo, Grant, NewBook, NewOrder, Order, Right, Role};
use roadbook_core::{LedgerState, New};
use roadbook_tests::{Device, Office, Team, apply, assert_equal, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_log_is_empty_after_a_restore_gets_everything_back_in_one_sync() {
    let mut office = Office::open().await;
    let manager = office.member("赵经理", Role::Manager, None).await;
    let rep = office.member("王", Role::Rep, Some(manager.id)).await;
    let (manager, rep) = (office.device(manager.id).await, office.device(rep.id).await);
    let backup = office.back_up();
    let account = rep.log("account", &[("name", "百草堂")]);
    rep.sync().await;
    office.restore(backup).await;
    // No page comes of an empty log: that nothing is there is news, too.
    assert!(rep.sync().await.finished);
    assert_eq!(rep.store.ledger(account).unwrap()[0].state, LedgerState::Accepted);
    manager.sync().await;
    assert_equal(&manager.store, &rep.store);
    assert!(manager.store.find(account).unwrap().is_some());
}

/// The journal is lost, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_the_relay_does_not_know_any_more_is_enrolled_again_with_its_work() {
    let mut office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let li = office.member("李", Role::Rep, None).await;
    let backup = office.back_up();
    let phone = office.device(wang.id).await;
    let device = phone.id();
    std::fs::remove_file(office.folder().join("revocations.jsonl")).unwrap();
    office.restore(backup).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    assert_eq!(phone.sync().await.stopped, Some(StopReason::Unauthorised));
    phone.client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    assert_eq!(phone.id(), device);
    // It never becomes another member's.
    let other = phone.client.enrol(&office.invite(li.id).await, "phone").await;
    assert!(matches!(other, Err(roadbook_core::Error::AlreadyEnrolled)), "{other:?}");
    assert!(phone.sync().await.finished);
    assert_eq!(phone.store.ledger(account).unwrap()[0].state, LedgerState::Accepted);
}

/// Members, books and devices that came since the backup are there again from the journal, with the ids that their records know and
/// the tokens that they have; an invitation that was used stays used, and one that was not is good.
#[tokio::test(flavor = "multi_thread")]
async fn who_came_after_the_backup_is_there_after_the_restore() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let manager = office.device(zhao.id).await;
    let backup = office.back_up();
    let zhou = office.member("周", Role::Rep, Some(zhao.id)).await;
    let new = NewBook { workspace: office.workspace, name: "大客户".into(), owner: zhou.id, id: None };
    let book: Book = office.admin("POST", "books", &new).await;
    let [used, unused] = [office.invite(zhou.id).await, office.invite(zhou.id).await];
    let phone = Device::new();
    phone.client.enrol(&used, "phone").await.unwrap();
    phone.client.rotate_token().await.unwrap();
    let account = phone.log("account", &[("name", "百草堂")]);
    let key = New { book: Some(book.id), ..New::new("account", Fields::new().with("name", "同仁堂")) };
    let key = phone.store.create(key).unwrap().id;
    phone.sync().await;
    office.restore(backup).await;
    assert!(phone.sync().await.finished);
    manager.sync().await;
    assert_eq!(manager.get(account).book, zhou.book);
    assert_eq!(manager.get(key).book, book.id);
    assert_equal(&manager.store, &phone.store);
    let thief = Device::new();
    assert!(thief.client.enrol(&used, "thief").await.is_err());
    let tablet = Device::new();
    tablet.client.enrol(&unused, "tablet").await.unwrap();
    tablet.sync().await;
    assert_equal(&tablet.store, &phone.store);
}

/// Without any backup: the journal knows who is who, and the phones know the rest. Nobody has to do anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_lost_its_database_is_made_again_from_its_journal_and_the_phones() {
    let mut team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    team.li.edit(account, "region", "绍兴");
    team.li.sync().await;
    team.office.lose_the_database().await;
    team.office.start().await;
    for phone in [&team.li, &team.wang, &team.manager] {
        assert!(phone.sync().await.finished);
    }
    assert_eq!(team.manager.get(account).fields.get("region"), Some(&Value::Text("绍兴".into())));
    team.wang.sync().await;
    assert_equal(&team.wang.store, &team.manager.store);
    assert_equal(&team.li.store, &team.manager.store);
}

/// A request of a device's first day holds nothing, as one does that has begun anew. That the relay lost something shows by no
/// cursor: a device that is to retire is served nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_late_is_not_taken_for_one_that_has_begun_anew() {
    let mut office = Office::open().await;
    let manager = office.member("赵经理", Role::Manager, None).await;
    let rep = office.member("王", Role::Rep, Some(manager.id)).await;
    let (manager, phone) = (office.device(manager.id).await, Device::new());
    phone.client.enrol(&office.invite(rep.id).await, "phone").await.unwrap();
    let late = phone.client.prepare().await.unwrap();
    phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    let backup = office.back_up();
    let order = NewOrder { order: Order::Retire };
    let _: DeviceInfo = office.admin("POST", &format!("devices/{}/order", phone.id()), &order).await;
    let lost = phone.log("account", &[("name", "德仁堂")]);
    let request = phone.client.prepare().await.unwrap();
    assert_eq!(apply(&phone.client, &request, &send(&request).await).await.sent, 1);
    office.restore(backup).await;
    // What tells the phone to begin anew never comes to it.
    for _ in 0..2 {
        assert_eq!(send(&late).await.0, 200);
    }
    assert_eq!(phone.sync().await.stopped, Some(StopReason::Retired));
    manager.sync().await;
    assert!(manager.store.find(lost).unwrap().is_some());
}

/// Neither shows by a cursor: Li offers into a tray she does not read, Wang's cursor fits the log that was restored.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_offered_in_a_tray_and_handed_in_before_retiring_comes_back() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let li = office.member("李", Role::Rep, Some(zhao.id)).await;
    let grants = format!("books/{}/grants", wang.book);
    let grant = |right| Grant { member: li.id, right, expires_at: None };
    let _: serde_json::Value = office.admin("PUT", &grants, &grant(Right::Editor)).await;
    let manager = office.device(zhao.id).await;
    let (phone, tablet) = (office.device(wang.id).await, office.device(li.id).await);
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    tablet.sync().await;
    let _: serde_json::Value = office.admin("PUT", &grants, &grant(Right::Reader)).await;
    let backup = office.back_up();
    tablet.edit(account, "region", "绍兴");
    tablet.sync().await;
    let offered = |device: &roadbook_tests::Device| device.store.ledger(account).unwrap()[0].state;
    assert_eq!(offered(&tablet), LedgerState::InReview);
    let handed_in = phone.log("account", &[("name", "德仁堂")]);
    phone.sync().await;
    let order = NewOrder { order: Order::Retire };
    let _: DeviceInfo = office.admin("POST", &format!("devices/{}/order", phone.id()), &order).await;
    office.restore(backup).await;

    assert_eq!(phone.sync().await.stopped, Some(StopReason::Retired));
    assert!(phone.store.identity().unwrap().is_none());
    tablet.sync().await;
    assert_eq!(offered(&tablet), LedgerState::InReview);
    manager.sync().await;
    assert!(manager.store.find(handed_in).unwrap().is_some());
    let proposals = manager.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    manager.store.decide(&proposals[0], true, None).unwrap();
    manager.sync().await;
    tablet.sync().await;
    assert_eq!(offered(&tablet), LedgerState::Delivered);
    assert_equal(&manager.store, &tablet.store);
}

/// Wang's edit builds on one that the relay lost. Taken in before he gave that back, and handed over in between, it would
/// stand in a record that never becomes complete: Li refuses what comes late.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_never_comes_before_what_it_builds_on() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let li = office.member("李", Role::Rep, Some(zhao.id)).await;
    let (manager, phone) = (office.device(zhao.id).await, office.device(wang.id).await);
    let colleague = office.device(li.id).await;
    let account = phone.log("account", &[("name", "百草堂"), ("region", "绍兴")]);
    phone.sync().await;
    let backup = office.back_up();
    phone.edit(account, "region", "杭州");
    phone.sync().await;
    office.restore(backup).await;
    phone.edit(account, "name", "百草堂分店");
    phone.ask_in_vain().await;
    office.hand_over(wang.book, li.book, &[account]).await;
    phone.sync().await;
    assert!(phone.store.find(account).unwrap().is_none());
    colleague.sync().await;
    for proposal in colleague.store.proposals().unwrap() {
        colleague.store.decide(&proposal, false, None).unwrap();
    }
    colleague.sync().await;
    manager.sync().await;
    assert_equal(&manager.store, &colleague.store);
    let kept = colleague.get(account);
    assert_eq!(kept.fields.text("name"), Some("百草堂"));
    assert_eq!(kept.fields.text("region"), Some("绍兴"));
    phone.sync().await;
    assert_eq!(phone.store.verdicts().unwrap().len(), 1);
}

/// Its logs are empty: no cursor tells whether it heard that it is to begin anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_did_not_hear_that_it_is_to_begin_anew_is_told_again() {
    let mut office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let li = office.member("李", Role::Rep, None).await;
    let (phone, colleague) = (office.device(wang.id).await, office.device(li.id).await);
    let backup = office.back_up();
    let account = phone.log("account", &[("name", "百草堂")]);
    office.hand_over(wang.book, li.book, &[account]).await;
    phone.sync().await;
    assert_eq!(phone.store.ledger(account).unwrap()[0].state, LedgerState::InReview);
    office.restore(backup).await;
    phone.ask_in_vain().await;
    phone.sync().await;
    colleague.sync().await;
    assert_eq!(colleague.store.proposals().unwrap().len(), 1);
}

/// The account itself is erased on its author's phone, as soon as the edit was in the tray.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_offered_of_an_account_that_is_gone_is_offered_again() {
    let mut team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.office.hand_over(team.ids[1].book, team.ids[2].book, &[account]).await;
    let backup = team.office.back_up();
    team.wang.edit(account, "region", "绍兴");
    team.wang.sync().await;
    assert!(team.wang.store.find(account).unwrap().is_none());
    team.office.restore(backup).await;
    team.wang.sync().await;
    assert_eq!(team.wang.store.ledger(account).unwrap()[0].state, LedgerState::InReview);
    team.li.sync().await;
    let proposals = team.li.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    team.li.store.decide(&proposals[0], true, None).unwrap();
    team.li.sync().await;
    team.wang.sync().await;
    assert_eq!(team.li.get(account).fields.text("region"), Some("绍兴"));
    let left = team.wang.store.ledger(account);
    assert!(matches!(left, Err(roadbook_core::Error::NotFound { .. })), "nothing is kept of it: {left:?}");
}

/// Under an order it is served no log, so no cursor tells either.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_retiring_device_handed_in_comes_back_also_if_it_is_told_twice() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let (manager, phone) = (office.device(zhao.id).await, Device::new());
    phone.client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    let order = NewOrder { order: Order::Retire };
    let _: DeviceInfo = office.admin("POST", &format!("devices/{}/order", phone.id()), &order).await;
    let backup = office.back_up();
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.ask_once().await;
    office.restore(backup).await;
    phone.ask_in_vain().await;
    assert_eq!(phone.sync().await.stopped, Some(StopReason::Retired));
    manager.sync().await;
    assert!(manager.store.find(account).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_restored_from_a_backup_gets_back_what_it_lost() {
    let mut team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    let backup = team.office.folder().join("backup.sqlite");
    roadbook_server::relay::Sqlite::backup(team.office.folder(), &backup).unwrap();
    team.wang.edit(account, "region", "绍兴");
    team.wang.sync().await;
    team.li.edit(account, "industry", "零售");
    team.li.sync().await;
    let _: serde_json::Value = team
        .office
        .admin("DELETE", &format!("books/{}/grants/{}", team.ids[1].book, team.ids[2].id), &())
        .await;
    team.wang.sync().await;
    team.office.lose_the_database().await;
    std::fs::copy(&backup, team.office.folder().join("relay.sqlite")).unwrap();
    team.office.start().await;
    // Wang holds Li's change too and gives both back.
    team.wang.sync().await;
    team.manager.sync().await;
    let record = team.manager.get(account);
    assert_eq!(record.fields.get("region"), Some(&Value::Text("绍兴".into())));
    assert_eq!(record.fields.get("industry"), Some(&Value::Text("零售".into())));
    assert_equal(&team.wang.store, &team.manager.store);
    // That Wang handed Li's change in is said.
    let history = team.manager.store.history(account).unwrap();
    let handed_in: Vec<_> = history.iter().filter(|entry| entry.pushed_by.is_some()).collect();
    assert_eq!(handed_in.len(), 1, "{history:#?}");
    assert_eq!((handed_in[0].by, handed_in[0].pushed_by), (Some(team.ids[2].id), Some(team.ids[1].id)));
    // The revocation came after the backup; the journal replayed it.
    team.li.sync().await;
    assert!(team.li.store.find(account).unwrap().is_none());
}

/// A colleague's device gives back that a record was restored. The relay must hear that it was, or it purges the record for
/// everybody a month later.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_restored_is_not_purged_for_a_relay_that_forgot_it() {
    let mut team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.store.delete(account, "重复").unwrap();
    team.wang.sync().await;
    team.li.sync().await;
    let backup = team.office.back_up();
    team.wang.store.restore(account).unwrap();
    team.wang.sync().await;
    team.li.sync().await;
    team.office.restore(backup).await;
    team.li.sync().await;
    team.wang.sync().await;
    team.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
    team.wang.sync().await;
    assert!(team.wang.get(account).deleted.is_none());
    assert_equal(&team.wang.store, &team.li.store);
}

/// Wang's own edit of it was refused, so it was hidden and kept. To the relay that begins again it is a record as any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_purged_after_the_backup_lives() {
    let mut team = Team::new().await;
    let backup = team.office.back_up();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.store.delete(account, "重复").unwrap();
    team.wang.sync().await;
    team.li.sync().await;
    team.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
    team.wang.store.restore(account).unwrap();
    team.wang.sync().await;
    assert_eq!(team.wang.store.quarantined().unwrap()[0].code, "purged");
    assert!(team.wang.store.find(account).unwrap().is_none());
    team.office.restore(backup).await;
    team.li.sync().await;
    team.wang.sync().await;
    assert!(team.wang.store.quarantined().unwrap().is_empty());
    assert!(team.wang.get(account).deleted.is_none());
    team.li.sync().await;
    assert_equal(&team.wang.store, &team.li.store);
}

/// The restored relay first hears of it from Li's book, where it is purged at once: no log that Wang reads says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_relay_purged_in_another_book_goes_from_who_would_give_it_back() {
    let mut team = Team::new().await;
    let tablet = team.office.device(team.ids[1].id).await;
    let backup = team.office.back_up();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    tablet.sync().await;
    team.office.hand_over(team.ids[1].book, team.ids[2].book, &[account]).await;
    team.li.sync().await;
    team.li.store.delete(account, "重复").unwrap();
    team.li.sync().await;
    team.office.restore(backup).await;
    team.li.sync().await;
    team.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
    for device in [&team.li, &tablet, &team.wang] {
        assert!(device.sync().await.finished);
        assert!(device.store.find(account).unwrap().is_none());
    }
    assert_eq!(tablet.store.quarantined().unwrap(), []);
    // What Wang wrote is his to export.
    assert_eq!(team.wang.store.quarantined().unwrap()[0].code, "purged");
}
