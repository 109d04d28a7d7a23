//! Work on records that go to somebody else, and devices that end: what becomes of what was not sent.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use roadbook_core::model::{RecordId, Value};
use roadbook_core::sync::StopReason;
use roadbook_core::wire::{Device as DeviceInfo, Listing, MemberPatch, NewOrder, Order};
use roadbook_core::{LedgerState, Query};
use roadbook_tests::{Device, Team, assert_equal, names};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_told_record_by_record_and_why() {
    use roadbook_core::UnsentReason::{NextSync, NotEnrolled, Quarantined, Unauthorised};
    let mut team = Team::new().await;
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
async fn a_handed_over_account_takes_late_work_of_its_old_rep_into_review() {
    let team = Team::new().await;
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
    // What waits for review is shown as that, also of a record that is gone.
    assert_eq!(team.wang.store.status().unwrap().in_review, 2);
    for record in [account, late] {
        assert_eq!(team.wang.store.ledger(record).unwrap()[0].state, LedgerState::InReview);
    }
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
    let mut team = Team::new().await;
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
    let said = |record, field: &str| -> Vec<_> {
        let entries = team.wang.store.export_lane(record).unwrap();
        entries.into_iter().filter(|entry| entry.field == field).map(|entry| entry.to).collect()
    };
    let verdict = |record| {
        let verdicts = team.wang.store.verdicts().unwrap();
        verdicts.into_iter().find(|verdict| verdict.record == record).map(|v| (v.accepted, v.kind, v.kept))
    };
    assert_eq!(verdict(late), Some((false, Some("visit".to_owned()), 1)));
    assert_eq!(said(late, "purpose"), [Some(Value::Text("补录拜访".into()))]);
    assert!(team.wang.store.find(late).unwrap().is_none(), "it is in no list");
    // The account is gone from this phone. What was proposed for it is kept, and nothing else of it.
    assert_eq!(verdict(account), Some((false, Some("account".to_owned()), 1)));
    let kept = team.wang.store.export_lane(account).unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!((kept[0].field.as_str(), &kept[0].from), ("region", &None));
    assert_eq!(kept[0].to, Some(Value::Text("绍兴".into())));
    assert_eq!(team.wang.store.ledger(account).unwrap()[0].state, LedgerState::Refused);
    let at = team.wang.store.verdicts().unwrap()[0].at.unwrap();
    assert!(at > kept[0].at * 1000 && at - kept[0].at * 1000 < 60_000, "when it was decided: {at}");
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

/// An account that was handed over, edited by its old rep meanwhile, and handed back.
async fn back_with_an_edit_in_review(team: &Team) -> RecordId {
    let [_, wang, li] = &team.ids;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.office.hand_over(wang.book, li.book, &[account]).await;
    team.wang.edit(account, "region", "绍兴");
    team.wang.sync().await;
    assert!(team.wang.store.find(account).unwrap().is_none());
    team.office.hand_over(li.book, wang.book, &[account]).await;
    team.wang.sync().await;
    account
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_comes_back_is_edited_beside_what_is_still_in_review() {
    let team = Team::new().await;
    let account = back_with_an_edit_in_review(&team).await;
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

/// The relay takes nothing of a record whose author has not heard of a refusal; the same answer tells them.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_refusal_goes_with_the_sync_that_tells_of_it() {
    let team = Team::new().await;
    let account = back_with_an_edit_in_review(&team).await;
    team.manager.sync().await;
    team.manager.store.decide(&team.manager.store.proposals().unwrap()[0], false, None).unwrap();
    team.manager.sync().await;
    team.wang.edit(account, "industry", "零售");
    team.wang.sync().await;
    assert!(!team.wang.store.has_unsent_work().unwrap());
    team.manager.sync().await;
    let record = team.manager.get(account);
    assert_eq!((record.fields.text("industry"), record.fields.text("region")), (Some("零售"), None));
    assert_equal(&team.wang.store, &team.manager.store);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_went_and_came_back_before_its_author_heard_stays() {
    let team = Team::new().await;
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
    let team = Team::new().await;
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
    assert!(!raw.windows("草堂".len()).any(|w| w == "草堂".as_bytes()), "nor what search knew of it");
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
    let team = Team::new().await;
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
    let team = Team::new().await;
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

/// Deleted a month ago, a record is gone for good, on the relay too: from its file's free pages, and from its log.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_what_is_purged_stays_in_the_relays_files() {
    let mut team = Team::new().await;
    let old = team.wang.log("account", &[("name", "回春堂")]);
    team.wang.sync().await;
    let folder = team.office.folder().to_owned();
    let holds = || {
        let mut files = std::fs::read_dir(&folder).unwrap();
        files.any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows("回春堂".len()).any(|w| w == "回春堂".as_bytes())
        })
    };
    team.wang.store.delete(old, "重复").unwrap();
    team.wang.sync().await;
    assert!(holds());
    team.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
    let gone = async {
        while holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
    team.wang.sync().await;
    assert!(team.wang.store.find(old).unwrap().is_none());
}
