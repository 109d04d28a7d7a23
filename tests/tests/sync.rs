//! Devices and a relay over real sockets.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use roadbook_core::model::{Fields, Resolution, Value};
use roadbook_core::sync::SyncState;
use roadbook_core::{LedgerState, New};
use roadbook_tests::{Device, Office, Team, assert_equal, names};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_logged_offline_reaches_the_manager_and_is_known_to_be_delivered() {
    let team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    let visit = team.wang.log("visit", &[("account", &account.to_string()), ("purpose", "新品演示")]);
    assert_eq!(team.wang.store.ledger(visit).unwrap()[0].state, LedgerState::Saved);
    let report = team.wang.sync().await;
    assert_eq!((report.sent, report.requests), (2, 1), "{report:?}");
    assert_eq!(team.wang.store.ledger(visit).unwrap()[0].state, LedgerState::Accepted);
    team.manager.sync().await;
    assert_eq!(names(&team.manager, "visit"), ["新品演示"]);
    team.wang.sync().await;
    let entry = &team.wang.store.ledger(visit).unwrap()[0];
    assert_eq!(entry.state, LedgerState::Delivered);
    assert_eq!(entry.delivered[0].member, team.ids[0].id);
    team.li.sync().await;
    assert_equal(&team.wang.store, &team.manager.store);
    assert_equal(&team.wang.store, &team.li.store);
    // Nothing new: one request.
    let report = team.manager.sync().await;
    assert_eq!((report.requests, report.received), (1, 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_edit_the_same_account_merge_clash_and_resolve() {
    let team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂"), ("notes", "老客户。"), ("region", "杭州")]);
    team.wang.sync().await;
    team.li.sync().await;
    team.wang.edit(account, "region", "宁波");
    team.wang.edit(account, "industry", "零售");
    team.wang.edit(account, "notes", "王：老客户。");
    team.li.edit(account, "region", "温州");
    team.li.edit(account, "website", "example.com");
    team.li.edit(account, "notes", "老客户。李补充。");
    for device in [&team.wang, &team.li, &team.wang, &team.manager] {
        device.sync().await;
    }
    assert_equal(&team.wang.store, &team.li.store);
    assert_equal(&team.wang.store, &team.manager.store);
    let record = team.manager.get(account);
    assert_eq!(record.fields.get("industry"), Some(&Value::Text("零售".into())));
    assert_eq!(record.fields.get("website"), Some(&Value::Text("example.com".into())));
    assert_eq!(record.fields.get("notes"), Some(&Value::Text("王：老客户。李补充。".into())));
    let clashes = team.manager.store.clashes(None).unwrap();
    assert_eq!(clashes.len(), 1);
    assert_eq!((clashes[0].field.as_str(), clashes[0].sides.len()), ("region", 2));
    let pick = Resolution::Value(Some(Value::Text("宁波".into())));
    team.manager.store.resolve(account, "region", &clashes[0].heads, pick, Some("问过客户")).unwrap();
    for device in [&team.manager, &team.wang, &team.li] {
        device.sync().await;
        assert!(device.store.clashes(None).unwrap().is_empty());
        assert_eq!(device.get(account).fields.get("region"), Some(&Value::Text("宁波".into())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_action_says_whose_it_is() {
    let team = Team::new().await;
    let [zhao, wang, li] = &team.ids;
    let today = "2030-01-01".parse().unwrap();
    let owners = |device: &Device| -> Vec<_> {
        let actions = device.store.next_actions(today, None, 10).unwrap();
        let mut owners: Vec<_> = actions.iter().map(|a| (a.account_name.clone(), a.owner)).collect();
        owners.sort();
        owners
    };
    let new = Device::new();
    new.log("account", &[("name", "新客户"), ("maturity", "3")]);
    assert_eq!(owners(&new), [(Some("新客户".into()), None)]);
    let hers = team.wang.log("account", &[("name", "百草堂"), ("maturity", "3")]);
    team.wang.log("account", &[("name", "回春堂"), ("maturity", "3"), ("owner", &li.id.to_string())]);
    team.wang.log("task", &[("subject", "回电"), ("due_on", "2029-01-01"), ("account", &hers.to_string())]);
    let assigned = [("subject", "报价"), ("due_on", "2029-01-01"), ("assignee", &zhao.id.to_string())];
    team.wang.log("task", &assigned);
    team.wang.sync().await;
    team.manager.sync().await;
    for device in [&team.wang, &team.manager] {
        let expected = [
            (None, Some(zhao.id)),
            (Some("回春堂".into()), Some(li.id)),
            (Some("百草堂".into()), Some(wang.id)),
            (Some("百草堂".into()), Some(wang.id)),
        ];
        assert_eq!(owners(device), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_devices_are_woken_and_survive_a_restart_of_the_relay() {
    let mut team = Team::new().await;
    let stop = CancellationToken::new();
    let (client, ended) = (team.manager.client.clone(), stop.clone());
    let running = tokio::spawn(async move { client.run(ended).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    arrives(&team.manager, "百草堂").await;
    team.office.stop().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    team.office.start().await;
    team.wang.log("account", &[("name", "回春堂")]);
    team.wang.sync().await;
    team.manager.client.nudge();
    arrives(&team.manager, "回春堂").await;
    // A save of the live device goes out by itself.
    team.manager.log("account", &[("name", "同仁堂")]);
    for _ in 0..100 {
        if !team.manager.store.has_unsent_work().unwrap() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!team.manager.store.has_unsent_work().unwrap());
    // Paused, it lets go of its file; resumed, it goes on.
    team.manager.client.pause().await.unwrap();
    assert!(matches!(team.manager.store.books(), Err(roadbook_core::Error::Paused)));
    team.wang.log("account", &[("name", "胡庆余堂")]);
    team.wang.sync().await;
    team.manager.client.resume().await.unwrap();
    arrives(&team.manager, "胡庆余堂").await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sync_waits_for_an_enrolment() {
    let team = Team::new().await;
    let new = Device::new();
    let (client, stop) = (new.client.clone(), CancellationToken::new());
    let ended = stop.clone();
    let running = tokio::spawn(async move { client.run(ended).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    new.log("account", &[("name", "百草堂")]);
    assert!(matches!(*new.client.state().borrow(), SyncState::Idle));
    new.client.enrol(&team.office.invite(team.ids[1].id).await, "phone").await.unwrap();
    while new.store.has_unsent_work().unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    team.manager.sync().await;
    assert_eq!(names(&team.manager, "account"), ["百草堂"]);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_device_learns_by_itself_that_its_work_was_delivered() {
    let team = Team::new().await;
    let stop = CancellationToken::new();
    for device in [&team.wang, &team.manager] {
        let (client, ended) = (device.client.clone(), stop.clone());
        tokio::spawn(async move { client.run(ended).await });
    }
    let account = team.wang.log("account", &[("name", "百草堂")]);
    let delivered = async {
        while team.wang.store.ledger(account).unwrap()[0].state != LedgerState::Delivered {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), delivered).await.unwrap();
    stop.cancel();
}

async fn arrives(device: &Device, name: &str) {
    for _ in 0..200 {
        if names(device, "account").iter().any(|n| n == name) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} does not arrive");
}

#[tokio::test(flavor = "multi_thread")]
async fn gift_caps_broken_together_are_found_on_every_device() {
    let team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    let contact = team.wang.log("contact", &[("account", &account.to_string()), ("name", "陈医生")]);
    for device in [&team.wang, &team.li] {
        device.sync().await;
    }
    let gift = |device: &Device| {
        device.log(
            "gift_note",
            &[
                ("account", &account.to_string()),
                ("recipient", &contact.to_string()),
                ("item", "茶叶"),
                ("value", "15 USD"),
                ("given_at", "2026-05-06 10:00"),
            ],
        )
    };
    gift(&team.wang);
    gift(&team.li);
    let yearly = |device: &Device| {
        let all = device.store.findings(Some(contact)).unwrap();
        all.into_iter().find(|f| f.rule == "us_tax").map(|f| (f.total.unwrap().amount, f.notes.len()))
    };
    assert_eq!((yearly(&team.wang), yearly(&team.li)), (None, None), "15 of 25 USD each");
    for device in [&team.wang, &team.li, &team.wang, &team.manager] {
        device.sync().await;
    }
    for device in [&team.wang, &team.li, &team.manager] {
        assert_eq!(yearly(device), Some((3_000, 2)));
    }
    // The manager raises the cap in the playbook: it is synced like any record, and the finding goes.
    let playbook = team.manager.store.playbook().unwrap();
    let raised = [("gift.us_tax.cap_per_year".to_owned(), "50 USD".to_owned())].into();
    let edit = roadbook_core::Edit::of(&playbook).set("settings", Value::Map(raised));
    team.manager.store.edit(edit).unwrap();
    for device in [&team.manager, &team.wang, &team.li] {
        device.sync().await;
        assert_eq!(yearly(device), None);
    }
}

fn relay_file(office: &Office) -> rusqlite::Connection {
    rusqlite::Connection::open(office.folder().join("relay.sqlite")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_many_changes_travels_as_a_snapshot_that_proves_itself() {
    let Team { office, manager, wang, li, ids } = Team::new().await;
    let account = wang.log("account", &[("name", "百草堂"), ("notes", "初访。")]);
    wang.sync().await;
    for visit in 0..20 {
        for phone in [&wang, &li] {
            phone.sync().await;
            let notes = phone.get(account).fields.text("notes").unwrap().to_owned();
            phone.edit(account, "notes", &format!("{notes}第 {visit} 次拜访。"));
            phone.sync().await;
        }
    }
    let relay = relay_file(&office);
    let count = |sql: &str| relay.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM snapshot"), 1);
    let folded = count("SELECT count(*) FROM entry WHERE folded = 1");
    assert!(folded >= 32, "{folded}");
    manager.sync().await;
    let newcomer = office.device(ids[0].id).await;
    assert_equal(&newcomer.store, &manager.store);
    assert_eq!(newcomer.store.history(account).unwrap(), manager.store.history(account).unwrap());
    assert_eq!(count("SELECT count(*) FROM snapshot WHERE confirmed_at IS NOT NULL"), 1);
    // A flipped bit on the relay's disk: noticed, reported, and the changes come one by one.
    let spoil =
        "UPDATE snapshot SET chunk = CAST(substr(chunk, 1, 500) || x'55' || substr(chunk, 502) AS BLOB)";
    assert_eq!(relay.execute(spoil, []).unwrap(), 1);
    let second = office.device(ids[0].id).await;
    assert_equal(&second.store, &manager.store);
    assert_eq!(second.store.status().unwrap().waiting, 0);
    assert_eq!(second.store.check().unwrap(), []);
    assert_eq!(count("SELECT count(*) FROM snapshot"), 0);
    // It can be edited on, and the next snapshot is made of it.
    for visit in 0..40 {
        second.edit(account, "region", &format!("华东 {visit}"));
    }
    second.sync().await;
    assert_eq!(count("SELECT count(*) FROM snapshot"), 1);
    for device in [&manager, &wang, &li, &newcomer] {
        device.sync().await;
        assert_equal(&device.store, &second.store);
    }
}

/// Also if the app is paused in the middle of it: a later sync goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_at_once_is_tidied_after_the_sync() {
    let team = Team::new().await;
    let file =
        |device: &Device| rusqlite::Connection::open(device.folder.path().join("roadbook.sqlite")).unwrap();
    let untidy = |device: &Device| -> bool {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM meta WHERE name = 'tidy' AND value)";
        file(device).query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for some in 0..2 {
        let new = |n| New::new("account", Fields::new().with("name", format!("客户 {some}-{n}")));
        team.wang.store.batch(|batch| batch.create_all((0..600).map(new).collect())).unwrap();
    }
    assert!(untidy(&team.wang));
    team.wang.sync().await;
    team.wang.client.pause().await.unwrap();
    team.wang.client.resume().await.unwrap();
    for device in [&team.wang, &team.manager] {
        device.sync().await;
        let tidied = async {
            while untidy(device) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), tidied).await.unwrap();
        let segments = "SELECT count(DISTINCT segid) FROM search_idx";
        assert_eq!(file(device).query_row(segments, [], |row| row.get::<_, u32>(0)).unwrap(), 1);
        device.store.verify().unwrap();
    }
}
