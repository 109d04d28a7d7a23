//! Devices and a relay over real sockets.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use roadbook_core::model::{RecordId, Resolution, Value};
use roadbook_core::sync::{StopReason, SyncState};
use roadbook_core::wire::{Device as DeviceInfo, Listing, MemberPatch, NewOrder, Order, Right, Role};
use roadbook_core::{LedgerState, Query};
use roadbook_tests::{Device, Office, assert_equal};
use tokio_util::sync::CancellationToken;

struct Team {
    office: Office,
    manager: Device,
    wang: Device,
    li: Device,
    ids: [roadbook_core::wire::Member; 3],
}

impl Team {
    /// A record that is purged while an edit of it waits on Wang's phone: the relay rejects that for good.
    async fn purged_under_an_edit(&mut self) -> RecordId {
        let old = self.wang.log("account", &[("name", "回春堂")]);
        self.wang.sync().await;
        self.manager.sync().await;
        self.wang.edit(old, "region", "绍兴");
        self.manager.store.delete(old, "重复").unwrap();
        self.manager.sync().await;
        self.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
        self.wang.sync().await;
        old
    }

    /// Changes the relay's file while it does not run. It keeps house when it starts.
    async fn on_the_relays_file(&mut self, sql: &str) {
        self.office.stop().await;
        let file = self.office.folder().join("relay.sqlite");
        rusqlite::Connection::open(file).unwrap().execute(sql, []).unwrap();
        self.office.start().await;
    }
}

/// A manager and two reps; Li edits Wang's book too.
async fn team() -> Team {
    let office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let li = office.member("李", Role::Rep, Some(zhao.id)).await;
    let grant = roadbook_core::wire::Grant { member: li.id, right: Right::Editor, expires_at: None };
    let _: serde_json::Value = office.admin("PUT", &format!("books/{}/grants", wang.book), &grant).await;
    let (a, b, c) = (office.device(zhao.id).await, office.device(wang.id).await, office.device(li.id).await);
    Team { office, manager: a, wang: b, li: c, ids: [zhao, wang, li] }
}

fn names(device: &Device, kind: &str) -> Vec<String> {
    let mut names: Vec<String> = device
        .store
        .list(&Query::new(kind))
        .unwrap()
        .iter()
        .map(|r| match r.fields.get("name").or(r.fields.get("purpose")).or(r.fields.get("item")) {
            Some(Value::Text(text)) => text.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_logged_offline_reaches_the_manager_and_is_known_to_be_delivered() {
    let team = team().await;
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
    let team = team().await;
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
async fn what_waits_is_told_record_by_record_and_why() {
    use roadbook_core::UnsentReason::{NextSync, NotEnrolled, Quarantined, Unauthorised};
    let mut team = team().await;
    let [_, wang, li] = team.ids.clone();
    let waits = |device: &Device| -> Vec<_> {
        let unsent = device.store.unsent(100, 0).unwrap();
        unsent.into_iter().map(|one| (one.record, one.changes, one.decisions, one.because)).collect()
    };
    let new = Device::new();
    let task = new.log("task", &[("subject", "回电")]);
    assert_eq!(waits(&new), [(task, 1, 0, NotEnrolled)]);

    let account = team.wang.log("account", &[("name", "百草堂")]);
    let visit = team.wang.log("visit", &[("account", &account.to_string())]);
    team.wang.edit(account, "region", "绍兴");
    assert_eq!(
        waits(&team.wang),
        [(account, 2, 0, NextSync), (visit, 1, 0, NextSync)],
        "what waits longest first"
    );
    assert_eq!(team.wang.store.unsent(1, 1).unwrap()[0].record, visit);
    let unsent = &team.wang.store.unsent(1, 0).unwrap()[0];
    assert_eq!((unsent.kind.as_deref(), unsent.code.as_deref()), (Some("account"), None));
    let made = team.wang.get(account).created_at * 1000;
    assert_eq!(unsent.since, Some(made));
    team.wang.sync().await;
    assert_eq!(waits(&team.wang), []);

    // A decision waits too, and what is in review or refused does not: the relay has it.
    team.office.hand_over(wang.book, li.book, &[account]).await;
    team.wang.edit(account, "region", "宁波");
    team.wang.sync().await;
    assert_eq!(waits(&team.wang), []);
    team.li.sync().await;
    team.li.store.decide(&team.li.store.proposals().unwrap()[0], false, None).unwrap();
    assert_eq!(waits(&team.li), [(account, 0, 1, NextSync)]);
    team.li.sync().await;
    team.wang.sync().await;
    assert_eq!((waits(&team.li), waits(&team.wang)), (vec![], vec![]));

    // Rejected for good: deleted and purged while an edit waited here.
    let old = team.purged_under_an_edit().await;
    assert_eq!(waits(&team.wang), [(old, 1, 0, Quarantined)]);
    assert_eq!(team.wang.store.unsent(1, 0).unwrap()[0].code.as_deref(), Some("purged"));
    assert!(!team.wang.store.has_unsent_work().unwrap(), "the relay would not take it");

    // A device whose token is not accepted any more.
    team.on_the_relays_file("UPDATE device SET token = randomblob(length(token))").await;
    assert_eq!(team.li.store.ended_because().unwrap(), None);
    assert_eq!(team.li.sync().await.stopped, Some(StopReason::Unauthorised));
    assert_eq!(team.li.store.ended_because().unwrap(), Some(StopReason::Unauthorised));
    let task = team.li.log("task", &[("subject", "回电")]);
    assert_eq!(waits(&team.li), [(task, 1, 0, Unauthorised)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_action_says_whose_it_is() {
    let team = team().await;
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
async fn a_handed_over_account_takes_late_work_of_its_old_rep_into_review() {
    let team = team().await;
    let [_, wang, li] = &team.ids;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    let old = team.wang.log("visit", &[("account", &account.to_string()), ("purpose", "首次拜访")]);
    let kept = team.wang.log("account", &[("name", "回春堂")]);
    for device in [&team.wang, &team.manager, &team.li] {
        device.sync().await;
    }
    let moved = team.office.hand_over(wang.book, li.book, &[account]).await;
    assert!(format!("{moved:?}").contains("documents: 2"), "{moved:?}");
    // Wang is offline, edits the moved account, and logs a new visit on it.
    team.wang.edit(account, "region", "绍兴");
    let late = team.wang.log("visit", &[("account", &account.to_string()), ("purpose", "补录拜访")]);
    team.wang.sync().await;
    // What moved is gone from Wang's phone, the rest stays.
    assert_eq!(names(&team.wang, "account"), ["回春堂"]);
    assert!(team.wang.store.find(old).unwrap().is_none());
    assert!(team.wang.store.find(kept).unwrap().is_some());
    assert!(!team.wang.store.has_unsent_work().unwrap());
    // Li and the manager read both books: they relabel and download nothing twice.
    let report = team.li.sync().await;
    assert_eq!(report.received, 0, "{report:?}");
    assert_eq!(team.li.get(account).book, li.book);
    let proposals = team.li.store.proposals().unwrap();
    assert_eq!(proposals.len(), 2, "{proposals:#?}");
    let edit = proposals.iter().find(|p| p.record == account).unwrap();
    assert_eq!((edit.changes[0].field.as_str(), edit.new), ("region", false));
    let visit = proposals.iter().find(|p| p.record == late).unwrap();
    assert!(visit.new);
    team.li.store.decide(edit, false, Some("客户已搬走")).unwrap();
    team.li.store.decide(visit, true, None).unwrap();
    assert!(team.li.store.proposals().unwrap().is_empty());
    team.li.sync().await;
    team.manager.sync().await;
    assert_eq!(names(&team.li, "visit"), ["补录拜访", "首次拜访"]);
    assert_equal(&team.li.store, &team.manager.store);
    assert!(team.manager.store.proposals().unwrap().is_empty());
    team.wang.sync().await;
    let verdicts = team.wang.store.verdicts().unwrap();
    assert_eq!(verdicts.len(), 2);
    assert!(
        verdicts
            .iter()
            .any(|v| v.record == account && !v.accepted && v.reason.as_deref() == Some("客户已搬走"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_or_rejected_is_read_exported_and_given_up() {
    let mut team = team().await;
    let [_, wang, li] = team.ids.clone();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.office.hand_over(wang.book, li.book, &[account]).await;
    team.wang.edit(account, "region", "绍兴");
    let late = team.wang.log("visit", &[("account", &account.to_string()), ("purpose", "补录拜访")]);
    team.wang.sync().await;
    team.li.sync().await;
    for proposal in team.li.store.proposals().unwrap() {
        team.li.store.decide(&proposal, false, Some("客户已搬走")).unwrap();
    }
    team.li.sync().await;
    team.wang.sync().await;
    let said = |device: &Device, field: &str| -> Vec<_> {
        let entries = device.store.export_lane(late).unwrap();
        entries.into_iter().filter(|entry| entry.field == field).map(|entry| entry.to).collect()
    };
    let verdict = |record| {
        let verdicts = team.wang.store.verdicts().unwrap();
        verdicts.into_iter().find(|verdict| verdict.record == record).map(|v| (v.accepted, v.kind, v.kept))
    };
    assert_eq!(verdict(late), Some((false, Some("visit".to_owned()), 1)));
    assert_eq!(said(&team.wang, "purpose"), [Some(Value::Text("补录拜访".into()))]);
    assert!(team.wang.store.find(late).unwrap().is_none(), "it is in no list");
    // The account is gone from this phone, and what was proposed for it: only the verdict is left.
    assert_eq!(verdict(account), Some((false, None, 0)));
    for record in [late, account] {
        team.wang.store.discard_lane(record).unwrap();
        assert_eq!(verdict(record), None);
    }
    assert_eq!(team.wang.store.status().unwrap().refused, 0);
    assert!(matches!(team.wang.store.discard_lane(account), Err(roadbook_core::Error::NotFound { .. })));
    team.wang.sync().await;
    assert_eq!(team.wang.store.verdicts().unwrap(), [], "it does not come again");

    // The relay itself rejects what belongs to a record that is purged.
    let old = team.purged_under_an_edit().await;
    assert_eq!(team.wang.store.export_lane(old).unwrap()[0].to, Some(Value::Text("绍兴".into())));
    team.wang.store.discard_lane(old).unwrap();
    assert!(
        team.wang.store.quarantined().unwrap().is_empty() && team.wang.store.find(old).unwrap().is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_comes_back_is_edited_beside_what_is_still_in_review() {
    let team = team().await;
    let [_, wang, li] = &team.ids;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.office.hand_over(wang.book, li.book, &[account]).await;
    team.wang.edit(account, "region", "绍兴");
    team.wang.sync().await;
    assert!(team.wang.store.find(account).unwrap().is_none());
    team.office.hand_over(li.book, wang.book, &[account]).await;
    team.wang.sync().await;
    assert_eq!(team.wang.get(account).fields.get("region"), None, "that edit waits for review");
    // The store has been open all the time: this edit must not be taken for that one.
    team.wang.edit(account, "industry", "零售");
    team.wang.sync().await;
    let proposals = team.wang.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    team.wang.store.decide(&proposals[0], true, None).unwrap();
    for device in [&team.wang, &team.manager, &team.wang] {
        device.sync().await;
        assert_eq!(device.store.aside().unwrap(), []);
    }
    let record = team.manager.get(account);
    assert_eq!(record.fields.text("region"), Some("绍兴"));
    assert_eq!(record.fields.text("industry"), Some("零售"));
    assert_equal(&team.wang.store, &team.manager.store);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_went_and_came_back_before_its_author_heard_stays() {
    let team = team().await;
    let (wang, li) = (&team.ids[1], &team.ids[2]);
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.ask_in_vain().await;
    team.office.hand_over(wang.book, li.book, &[account]).await;
    team.office.hand_over(li.book, wang.book, &[account]).await;
    team.wang.sync().await;
    assert!(team.wang.store.find(account).unwrap().is_some());
    team.manager.sync().await;
    assert_equal(&team.manager.store, &team.wang.store);
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_access_erases_after_unsent_work_is_in_the_tray() {
    let team = team().await;
    let [_, wang, li] = &team.ids;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    team.li.edit(account, "region", "绍兴");
    let _: serde_json::Value =
        team.office.admin("DELETE", &format!("books/{}/grants/{}", wang.book, li.id), &()).await;
    team.li.sync().await;
    assert!(team.li.store.find(account).unwrap().is_none());
    assert!(team.li.store.search("百草", 10, 0).unwrap().is_empty());
    assert_eq!(team.li.store.books().unwrap().len(), 2);
    let raw = std::fs::read(team.li.folder.path().join("roadbook.sqlite")).unwrap();
    assert!(!raw.windows("百草堂".len()).any(|w| w == "百草堂".as_bytes()), "erased means erased");
    team.wang.sync().await;
    let proposals = team.wang.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].member, li.id);
    team.wang.store.decide(&proposals[0], true, None).unwrap();
    team.wang.sync().await;
    assert_eq!(team.wang.get(account).fields.get("region"), Some(&Value::Text("绍兴".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn retiring_hands_work_in_and_wiping_does_not() {
    let team = team().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    let order = |order| NewOrder { order };
    let _: DeviceInfo =
        team.office.admin("POST", &format!("devices/{}/order", team.wang.id()), &order(Order::Retire)).await;
    team.wang.edit(account, "region", "绍兴");
    let report = team.wang.sync().await;
    assert_eq!(report.stopped, Some(StopReason::Retired));
    assert!(team.wang.store.list(&Query::new("account")).unwrap().is_empty());
    assert!(team.wang.store.identity().unwrap().is_none());
    // An app that is started anew can say so, until the device is enrolled again.
    let started_anew =
        || roadbook_core::open(team.wang.folder.path(), Default::default(), &mut |_, _| {}).unwrap();
    assert_eq!(started_anew().ended_because().unwrap(), Some(StopReason::Retired));
    team.wang.client.enrol(&team.office.invite(team.ids[1].id).await, "phone").await.unwrap();
    assert_eq!(started_anew().ended_because().unwrap(), None);
    team.manager.sync().await;
    assert_eq!(team.manager.get(account).fields.get("region"), Some(&Value::Text("绍兴".into())));

    let _: DeviceInfo =
        team.office.admin("POST", &format!("devices/{}/order", team.li.id()), &order(Order::Wipe)).await;
    team.li.edit(account, "region", "金华");
    let report = team.li.sync().await;
    assert_eq!(report.stopped, Some(StopReason::Wiped));
    assert!(team.li.store.list(&Query::new("account")).unwrap().is_empty());
    team.manager.sync().await;
    assert_eq!(team.manager.get(account).fields.get("region"), Some(&Value::Text("绍兴".into())));
    let devices: Listing<DeviceInfo> =
        team.office.admin("GET", &format!("devices?workspace={}", team.office.workspace), &()).await;
    assert_eq!(devices.items.iter().filter(|d| d.ended).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_retired_with_unsent_work_in_the_tray() {
    let team = team().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.wang.edit(account, "region", "绍兴");
    let patch = MemberPatch { active: Some(false), ..MemberPatch::default() };
    let _: serde_json::Value =
        team.office.admin("PATCH", &format!("members/{}", team.ids[1].id), &patch).await;
    let report = team.wang.sync().await;
    assert_eq!(report.stopped, Some(StopReason::Retired), "{report:?}");
    team.manager.sync().await;
    let proposals = team.manager.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    team.manager.store.decide(&proposals[0], true, None).unwrap();
    team.manager.sync().await;
    assert_eq!(team.manager.get(account).fields.get("region"), Some(&Value::Text("绍兴".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_restored_from_a_backup_gets_back_what_it_lost() {
    let mut team = team().await;
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
    team.office.stop().await;
    for file in ["relay.sqlite", "relay.sqlite-wal", "relay.sqlite-shm"] {
        let _ = std::fs::remove_file(team.office.folder().join(file));
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn live_devices_are_woken_and_survive_a_restart_of_the_relay() {
    let mut team = team().await;
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
    let team = team().await;
    let new = Device::new();
    let (client, stop) = (new.client.clone(), CancellationToken::new());
    let ended = stop.clone();
    let running = tokio::spawn(async move { client.run(ended).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    new.log("account", &[("name", "百草堂")]);
    assert_eq!(*new.client.state().borrow(), SyncState::Idle);
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
    let team = team().await;
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
    let team = team().await;
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
    let Team { office, manager, wang, li, ids } = team().await;
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
