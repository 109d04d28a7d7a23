//! A relay that begins again with a backup, and rights that were given or taken since, or are then.
#![allow(clippy::unwrap_used)]

use roadbook_core::model::{Fields, RecordId};
use roadbook_core::sync::StopReason;
use roadbook_core::wire::{
    BookPatch, Device as DeviceInfo, Grant, MemberPatch, NewOrder, Order, Right, Role,
};
use roadbook_core::{LedgerState, New};
use roadbook_tests::{Device, Office, Team, assert_equal};

/// At the same contact its author hears that the book it was accepted in is not theirs to read any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_where_its_author_may_not_read_any_more_comes_back() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let (manager, phone) = (office.device(zhao.id).await, office.device(wang.id).await);
    let backup = office.back_up();
    let account = manager.log("account", &[("name", "百草堂")]);
    office.hand_over(zhao.book, wang.book, &[account]).await;
    manager.sync().await;
    office.restore(backup).await;
    let alone = MemberPatch { reports_to: Some(None), ..MemberPatch::default() };
    let _: serde_json::Value = office.admin("PATCH", &format!("members/{}", wang.id), &alone).await;
    manager.sync().await;
    phone.sync().await;
    assert!(manager.store.find(account).unwrap().is_none());
    assert_eq!(phone.store.proposals().unwrap().len(), 1);
}

/// Its author's phone has ended, and the colleague who still holds it hears at the same contact that they may not write there
/// any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_colleague_holds_who_loses_the_right_is_offered_for_review() {
    let mut team = Team::new().await;
    let backup = team.office.back_up();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    let order = NewOrder { order: Order::Retire };
    let ended = format!("devices/{}/order", team.wang.id());
    let _: DeviceInfo = team.office.admin("POST", &ended, &order).await;
    assert_eq!(team.wang.sync().await.stopped, Some(StopReason::Retired));
    team.office.restore(backup).await;
    let grant = format!("books/{}/grants/{}", team.ids[1].book, team.ids[2].id);
    let _: serde_json::Value = team.office.admin("DELETE", &grant, &()).await;
    team.li.sync().await;
    assert!(team.li.store.find(account).unwrap().is_none());
    team.manager.sync().await;
    let proposals = team.manager.store.proposals().unwrap();
    assert_eq!(proposals.len(), 1, "{proposals:#?}");
    assert!(proposals[0].new && proposals[0].record == account);
    team.manager.store.decide(&proposals[0], true, None).unwrap();
    team.manager.sync().await;
    assert!(team.manager.store.find(account).unwrap().is_some());
}

/// Only Li's phone still has it, and may only read where it was written.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_write_later_gives_back_then_what_a_relay_lost() {
    let mut team = Team::new().await;
    let grants = format!("books/{}/grants", team.ids[1].book);
    let grant = |right| Grant { member: team.ids[2].id, right, expires_at: None };
    let (reader, editor) = (grant(Right::Reader), grant(Right::Editor));
    let _: serde_json::Value = team.office.admin("PUT", &grants, &reader).await;
    let backup = team.office.back_up();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    team.li.sync().await;
    team.office.restore(backup).await;
    team.li.sync().await;
    team.manager.sync().await;
    assert!(team.manager.store.find(account).unwrap().is_none());
    let _: serde_json::Value = team.office.admin("PUT", &grants, &editor).await;
    team.li.sync().await;
    team.manager.sync().await;
    assert!(team.manager.store.find(account).unwrap().is_some());
    assert_equal(&team.manager.store, &team.li.store);
}

/// The grant came after the backup: the journal beside it has it. Li is the only one to hold what Wang wrote.
#[tokio::test(flavor = "multi_thread")]
async fn who_lost_a_right_after_a_restore_hands_in_what_only_they_hold() {
    let mut office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let li = office.member("李", Role::Rep, Some(zhao.id)).await;
    let (manager, phone) = (office.device(zhao.id).await, office.device(wang.id).await);
    let tablet = office.device(li.id).await;
    let backup = office.back_up();
    let grants = format!("books/{}/grants", wang.book);
    let editor = Grant { member: li.id, right: Right::Editor, expires_at: None };
    let _: serde_json::Value = office.admin("PUT", &grants, &editor).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    tablet.sync().await;
    office.restore(backup).await;
    let _: serde_json::Value = office.admin("DELETE", &format!("{grants}/{}", li.id), &()).await;
    tablet.sync().await;
    manager.sync().await;
    let proposals = manager.store.proposals().unwrap();
    assert_eq!(proposals.iter().map(|proposal| proposal.record).collect::<Vec<_>>(), [account]);
}

/// A device's disk was full when it was told, together, that it is to begin anew and that it lost a right. Told the second
/// alone, it would erase what only it can give back.
#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_hear_that_it_is_to_begin_anew_does_not_hear_of_rights_before() {
    let mut team = Team::new().await;
    team.li.sync().await;
    let backup = team.office.back_up();
    let mine = Fields::new().with("name", "百草堂");
    let account =
        team.li.store.create(New { book: Some(team.ids[1].book), ..New::new("account", mine) }).unwrap().id;
    team.li.sync().await;
    team.office.restore(backup).await;
    let grants = format!("books/{}/grants/{}", team.ids[1].book, team.ids[2].id);
    let _: serde_json::Value = team.office.admin("DELETE", &grants, &()).await;
    team.li.ask_in_vain().await;
    team.li.sync().await;
    team.wang.sync().await;
    assert_eq!(proposed(&team.wang), [account]);
}

/// Whom it names came after the backup: they are there again.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_left_stays_away_whoever_they_were_to_report_to() {
    let mut team = Team::new().await;
    let [_, wang, li] = team.ids.clone();
    let backup = team.office.back_up();
    let new = team.office.member("新经理", Role::Manager, None).await;
    let left = MemberPatch { reports_to: Some(Some(new.id)), active: Some(false), ..MemberPatch::default() };
    let _: serde_json::Value = team.office.admin("PATCH", &format!("members/{}", wang.id), &left).await;
    let moved =
        MemberPatch { reports_to: Some(Some(new.id)), role: Some(Role::Support), ..MemberPatch::default() };
    let _: serde_json::Value = team.office.admin("PATCH", &format!("members/{}", li.id), &moved).await;
    team.office.restore(backup).await;
    assert_eq!(team.wang.sync().await.stopped, Some(StopReason::Retired));
    team.li.sync().await;
    let members = team.li.store.members().unwrap();
    let li = members.iter().find(|member| member.id == li.id).unwrap();
    assert_eq!((li.role, li.reports_to), (Role::Support, Some(new.id)));
}

/// Wang may read nothing any more, and is the only one to hold what the relay lost.
#[tokio::test(flavor = "multi_thread")]
async fn who_left_hands_in_what_only_they_hold() {
    let mut team = Team::new().await;
    let backup = team.office.back_up();
    let account = team.wang.log("account", &[("name", "百草堂")]);
    team.wang.sync().await;
    let left = MemberPatch { active: Some(false), ..MemberPatch::default() };
    let _: serde_json::Value =
        team.office.admin("PATCH", &format!("members/{}", team.ids[1].id), &left).await;
    team.office.restore(backup).await;
    assert_eq!(team.wang.sync().await.stopped, Some(StopReason::Retired));
    team.manager.sync().await;
    assert_eq!(proposed(&team.manager), [account]);
}

/// Wang may read nothing any more and has read nothing, and is the only one to hold what was handed in after the backup.
#[tokio::test(flavor = "multi_thread")]
async fn who_left_hands_in_again_what_the_relay_lost() {
    let mut team = Team::new().await;
    let account = team.wang.log("account", &[("name", "百草堂")]);
    let left = MemberPatch { active: Some(false), ..MemberPatch::default() };
    let _: serde_json::Value =
        team.office.admin("PATCH", &format!("members/{}", team.ids[1].id), &left).await;
    let backup = team.office.back_up();
    team.wang.ask_once().await;
    team.office.restore(backup).await;
    assert_eq!(team.wang.sync().await.stopped, Some(StopReason::Retired));
    team.manager.sync().await;
    assert_eq!(proposed(&team.manager), [account]);
}

/// Neither a book of their own, nor one that they may write: what they log is for the reviewer of the book they came with.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_without_a_book_logs_is_reviewed() {
    let office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let given = BookPatch { owner: Some(zhao.id), ..BookPatch::default() };
    let _: serde_json::Value = office.admin("PATCH", &format!("books/{}", wang.book), &given).await;
    let phone = office.device(wang.id).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    assert!(phone.sync().await.finished);
    assert!(!phone.store.has_unsent_work().unwrap());
    assert_eq!(phone.store.ledger(account).unwrap()[0].state, LedgerState::InReview);
    let manager = office.device(zhao.id).await;
    let proposals = manager.store.proposals().unwrap();
    assert_eq!(proposed(&manager), [account]);
    manager.store.decide(&proposals[0], true, None).unwrap();
    manager.sync().await;
    assert_eq!(manager.get(account).book, wang.book);
    // Where they may read nothing of it, it goes.
    phone.sync().await;
    assert_eq!((phone.store.find(account).unwrap(), phone.store.quarantined().unwrap()), (None, vec![]));
}

/// The records that somebody is to decide on.
fn proposed(device: &Device) -> Vec<RecordId> {
    device.store.proposals().unwrap().into_iter().map(|proposal| proposal.record).collect()
}
