//! What the practice derives of what is saved, and refuses.

use super::*;
use crate::practice::{Breach, Source, Urgency};

#[test]
fn next_actions_follow_cadence_promises_plans_and_tasks() {
    let (_folder, store) = store();
    let fields = Fields::new().with("name", "Acme").with("maturity", "3");
    let acme = store.create(New::new("account", fields)).unwrap().id;
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let at = |date: &str| store.next_actions(day(date), Some(acme), 10).unwrap();
    // Class 3: due from the fifth working day, overdue after the eighth, counted from Monday 2 March.
    assert_eq!(at("2026-03-03"), [], "too early even for coming");
    assert_eq!(at("2026-03-04")[0].urgency, Urgency::Coming);
    assert_eq!(at("2026-03-09")[0].urgency, Urgency::Due);
    assert_eq!(at("2026-03-12")[0].urgency, Urgency::Due);
    assert_eq!(at("2026-03-13")[0].urgency, Urgency::Overdue);
    const DAY: i64 = 86_400_000;
    let promised = Fields::new()
        .with("account", acme)
        .with("check_in_at", Time::new(MONDAY + 10 * DAY, "Asia/Shanghai"))
        .with("next_visit_on", day("2026-03-16"));
    let latest = store.create(New::new("visit", promised)).unwrap().id;
    visit(&store, acme, MONDAY + DAY, "an earlier one, written up later");
    let actions = at("2026-03-16");
    assert_eq!(
        (actions[0].source, actions[0].record, actions[0].urgency),
        (Source::Promised, latest, Urgency::Due)
    );
    assert_eq!((actions[1].source, actions[1].due_from), (Source::Cadence, day("2026-03-19")));
    // Deleting the latest visit makes the earlier one count again.
    store.delete(latest, "wrong account").unwrap();
    let actions = at("2026-03-16");
    assert_eq!((actions.len(), actions[0].due_from), (1, day("2026-03-10")));
    let planned = Fields::new().with("account", acme).with("planned_at", Time::new(MONDAY + 14 * DAY, "UTC"));
    let planned = store.create(New::new("visit", planned)).unwrap().id;
    let task = Fields::new().with("subject", "call").with("due_on", day("2026-03-13"));
    let task = store.create(New::new("task", task)).unwrap().id;
    let all = store.next_actions(day("2026-03-16"), None, 10).unwrap();
    let order: Vec<_> = all.iter().map(|a| (a.source, a.urgency)).collect();
    assert_eq!(
        order,
        [
            (Source::Cadence, Urgency::Overdue),
            (Source::Task, Urgency::Overdue),
            (Source::Planned, Urgency::Due)
        ]
    );
    store.edit(Edit::of(&store.get(task).unwrap()).set("status", "done")).unwrap();
    store.edit(Edit::of(&store.get(planned).unwrap()).set("outcome", "held")).unwrap();
    assert_eq!(
        store.next_actions(day("2026-03-16"), None, 10).unwrap().len(),
        0,
        "the next contact is far off"
    );
}

#[test]
fn gift_rules_warn_refuse_and_count_a_recipient_s_year() {
    let (_folder, store) = store();
    let acme = account(&store, "Acme");
    let contact = |name: &str, class: &str| {
        let fields = Fields::new().with("account", acme).with("name", name).with("recipient_class", class);
        store.create(New::new("contact", fields)).unwrap().id
    };
    let gift = |to: RecordId, cents: i64| {
        Fields::new()
            .with("account", acme)
            .with("recipient", to)
            .with("item", "tea")
            .with("value", Money::new(cents, Currency::USD))
            .with("given_at", Time::new(MONDAY, "Asia/Shanghai"))
    };
    let official = contact("官员", "public_official");
    for _ in 0..3 {
        store.create(New::new("gift_note", gift(official, 1_500))).unwrap();
    }
    let yearly = |rule: &str| {
        let all = store.findings(Some(official)).unwrap();
        all.into_iter().find(|f| f.rule == rule && f.breach == Breach::CapPerYear)
    };
    assert_eq!(yearly("us_federal_staff"), None, "45 of 50 USD");
    let fourth = store.create(New::new("gift_note", gift(official, 1_500))).unwrap().id;
    let found = yearly("us_federal_staff").unwrap();
    assert_eq!(
        (found.total.unwrap().amount, found.cap.unwrap().amount, found.notes.len()),
        (6_000, 5_000, 4)
    );
    assert_eq!(found.year, Some(2026));
    assert!(found.en().contains("60.00 USD of at most 50.00 USD") && found.zh().contains("2026"));
    assert_eq!(store.findings(Some(fourth)).unwrap().iter().filter(|f| f.subject == official).count(), 2);
    // Declining it takes it out of the sum; deleting the finding's cause removes the finding.
    store.edit(Edit::of(&store.get(fourth).unwrap()).set("state", "declined")).unwrap();
    assert_eq!(yearly("us_federal_staff"), None);
    // Blocking rules refuse at save.
    let cash = gift(official, 100).with("cash_equivalent", true);
    assert!(matches!(store.create(New::new("gift_note", cash)), Err(Error::Blocked { .. })));
    let doctor = contact("医生", "healthcare_professional");
    let Err(Error::Blocked { rule, zh, .. }) = store.create(New::new("gift_note", gift(doctor, 1))) else {
        panic!("a banned gift was saved")
    };
    assert!(rule == "ifpma" && zh.contains("不得"));
    // A contact who turns out to be an official brings the notes under the stricter rule.
    let friend = contact("友", "private_staff");
    let note = store.create(New::new("gift_note", gift(friend, 2_100).with("branded", true))).unwrap().id;
    assert_eq!(store.findings(Some(note)).unwrap(), []);
    store.edit(Edit::of(&store.get(friend).unwrap()).set("recipient_class", "public_official")).unwrap();
    let now: Vec<_> = store.findings(Some(note)).unwrap().into_iter().map(|f| (f.rule, f.breach)).collect();
    assert_eq!(now, [("us_federal_staff".to_owned(), Breach::CapPerGift)]);
}

/// Cash is refused to whomever it goes, known or not.
#[test]
fn a_kickback_is_refused_without_any_class_of_recipients() {
    let (_folder, store) = store();
    let gift = Fields::new()
        .with("account", account(&store, "Acme"))
        .with("item", "购物卡")
        .with("cash_equivalent", true);
    let Err(Error::Blocked { rule, zh, .. }) = store.create(New::new("gift_note", gift)) else {
        panic!("a kickback was saved")
    };
    assert!(rule == "kickback" && zh.contains("回扣"), "{zh}");
}

#[test]
fn a_yearly_cap_that_blocks_refuses_what_goes_over_it() {
    let (_folder, store) = store();
    let rule = Value::Map([("gift.us_tax.severity".into(), "block".into())].into());
    store.receive(&super::receive::workspace(), &Default::default(), None).unwrap();
    let playbook = store.playbook().unwrap();
    store.edit(Edit::of(&playbook).set("settings", rule)).unwrap();
    let acme = account(&store, "Acme");
    let fields = Fields::new().with("account", acme).with("name", "友");
    let friend = store.create(New::new("contact", fields)).unwrap().id;
    let gift = |at: i64| {
        Fields::new()
            .with("account", acme)
            .with("recipient", friend)
            .with("item", "tea")
            .with("value", Money::new(1_500, Currency::USD))
            .with("given_at", Time::new(at, "Asia/Shanghai"))
    };
    let first = store.create(New::new("gift_note", gift(MONDAY))).unwrap().id;
    let Err(Error::Blocked { rule, en, .. }) = store.create(New::new("gift_note", gift(MONDAY))) else {
        panic!("30 of 25 USD were saved")
    };
    assert!(rule == "us_tax" && en.contains("30.00 USD of at most 25.00 USD"), "{en}");
    store.create(New::new("gift_note", gift(MONDAY + 366 * 86_400_000))).unwrap();
    // What is there may be corrected, and made less.
    let set = |cents| Edit::of(&store.get(first).unwrap()).set("value", Money::new(cents, Currency::USD));
    assert!(matches!(store.edit(set(2_600)), Err(Error::Blocked { .. })));
    store.edit(set(2_500)).unwrap();
}

/// An older build knew other rules.
#[test]
fn a_store_of_an_older_build_is_derived_anew_when_it_is_opened() {
    let (folder, store) = store();
    let acme = account(&store, "Acme");
    let gift = Fields::new()
        .with("account", acme)
        .with("item", "tea")
        .with("value", Money::new(30_000, Currency::CNY));
    let friend =
        Fields::new().with("account", acme).with("name", "友").with("recipient_class", "private_staff");
    let friend = store.create(New::new("contact", friend)).unwrap().id;
    store.create(New::new("gift_note", gift.with("recipient", friend))).unwrap();
    let found = store.findings(None).unwrap();
    assert!(!found.is_empty());
    let forgotten = |w: &mut Writing<'_>| {
        w.tx.execute("DELETE FROM finding", [])?;
        meta::clear(w.tx, meta::name::DERIVED_BY)
    };
    store.inner.write(forgotten).unwrap();
    drop(store);
    let store = crate::open(folder.path(), options(2), &mut |_, _| {}).unwrap();
    assert_eq!(store.findings(None).unwrap(), found);
    assert_eq!(store.check().unwrap(), []);
}
