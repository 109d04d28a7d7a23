//! What relay and devices log, whatever the level: nothing of a customer, a member or a secret.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use roadbook_core::wire::{Device as DeviceInfo, NewOrder, Order, Role};
use roadbook_tests::{ADMIN, Device, Office};
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A day with a merge, a handover, a review, a refusal, a restart and an erased phone, at the level that logs most.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_customer_is_logged() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).init();

    let mut office = Office::open().await;
    let boss = office.member("赵敏", Role::Manager, None).await;
    let wang = office.member("王小明", Role::Rep, Some(boss.id)).await;
    let li = office.member("李娜", Role::Rep, Some(boss.id)).await;
    let manager = office.device(boss.id).await;
    let link = office.invite(wang.id).await;
    let old = Device::new();
    old.client.enrol(&link, "王的手机").await.unwrap();
    let client = manager.client.clone();
    let live = tokio::spawn(async move { client.run(CancellationToken::new()).await });
    let account =
        old.log("account", &[("name", "百草堂 Apothecary"), ("region", "绍兴"), ("phones", "13812345678")]);
    old.sync().await;
    let new = office.device(li.id).await;
    office.hand_over(wang.book, li.book, &[account]).await;
    old.edit(account, "region", "宁波");
    old.log("visit", &[("account", &account.to_string()), ("purpose", "Confidential pricing talk")]);
    old.sync().await;
    new.sync().await;
    for proposal in new.store.proposals().unwrap() {
        new.store.decide(&proposal, false, Some("客户已搬走")).unwrap();
    }
    new.sync().await;
    old.sync().await;
    assert!(new.store.search("Apothecary", 10, 0).unwrap().len() == 1);
    office.stop().await;
    assert!(new.client.sync_once(Duration::from_secs(5)).await.is_err());
    office.start().await;
    new.sync().await;
    let wipe = NewOrder { order: Order::Wipe };
    let _: DeviceInfo = office.admin("POST", &format!("devices/{}/order", old.id()), &wipe).await;
    let token: String = Connection::open(old.folder.path().join("roadbook.sqlite"))
        .unwrap()
        .query_row("SELECT value FROM meta WHERE name = 'token'", [], |row| row.get(0))
        .unwrap();
    old.client.sync_once(Duration::from_secs(5)).await.unwrap();
    live.abort();

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for expected in ["relay listens", "request", "this device is erased"] {
        assert!(text.contains(expected), "{expected} was not logged");
    }
    let code = link.rsplit(['#', '/']).next().unwrap();
    let words = ["百草堂", "Apothecary", "绍兴", "宁波", "13812345678", "Confidential", "客户已搬走"];
    let people = ["赵敏", "王小明", "李娜", "王的手机", "华东"];
    for secret in words.iter().chain(&people).chain(&[ADMIN, code, token.as_str()]) {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
}
