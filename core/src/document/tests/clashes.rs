//! Two who write the same at the same time.

use super::*;

#[test]
fn money_merges_as_one_and_the_side_that_lost_stays_readable() {
    let (mut a, mut b) = Phone::both(&deal());
    a.edit("amount", yuan(500));
    b.edit("amount", Money::new(70, Currency::USD));
    merge(&mut a, &mut b);
    let clashes = a.clashes();
    assert_eq!(clashes.len(), 1);
    assert_eq!(clashes[0].field, "amount");
    let mut sides: Vec<_> = clashes[0].sides.iter().map(|s| (s.wrote.clone(), s.by.unwrap(), s.at)).collect();
    assert_eq!(sides[0].0, Wrote::Value(a.fields().get("amount").cloned()), "the one that shows comes first");
    sides.sort_by_key(|(_, by, _)| *by);
    let dollars = Value::Money(Money::new(70, Currency::USD));
    assert_eq!(
        sides,
        [(Wrote::Value(Some(yuan(500))), member(1), 111), (Wrote::Value(Some(dollars)), member(2), 112)]
    );
    assert_eq!(a.document.project(&OPPORTUNITY).unwrap().clashes, 1);
}

#[test]
fn emptying_a_field_clashes_with_changing_it_and_equal_values_do_not_clash() {
    let (mut a, mut b) = Phone::both(&deal());
    let heads = a.document.heads();
    a.edit_at(&heads, "amount", None);
    b.edit("amount", yuan(9));
    a.edit("stage", "won");
    b.edit("stage", "won");
    merge(&mut a, &mut b);
    let clashes = a.clashes();
    assert_eq!(clashes.len(), 1, "{clashes:?}");
    assert!(wrote(&clashes[0]).contains(&&Wrote::Value(None)));
    assert!(wrote(&clashes[0]).contains(&&Wrote::Value(Some(yuan(9)))));
}

#[test]
fn a_form_opened_before_a_merge_overwrites_nothing_and_swallows_no_clash() {
    let (mut a, mut b) = Phone::both(&deal());
    let form = a.document.heads();
    b.edit("amount", yuan(7));
    b.edit("stage", "lost");
    merge(&mut a, &mut b);
    // The form still shows the old amount and stage; its owner changes the probability and saves everything.
    let saved: Changes = [
        ("amount".to_owned(), Some(yuan(100))),
        ("probability".to_owned(), Some(Value::Integer(5))),
        ("stage".to_owned(), None),
    ]
    .into();
    edit(&mut a.document, &form, &saved, &stamp(1, 300), &mut || unreachable!()).unwrap();
    assert_eq!(a.fields().get("amount"), Some(&yuan(7)));
    assert_eq!(a.fields().text("stage"), Some("lost"));
    assert_eq!(a.fields().get("probability"), Some(&Value::Integer(5)));
    assert!(a.clashes().is_empty());
    // Had it changed the amount too, both would stay.
    a.edit_at(&form, "amount", Some(yuan(8)));
    assert_eq!(wrote(&a.clashes()[0]).len(), 2);
}

#[test]
fn only_resolving_removes_a_clash_and_only_what_was_seen() {
    let (mut a, mut b) = Phone::both(&deal());
    a.edit("amount", yuan(1));
    b.edit("amount", yuan(2));
    merge(&mut a, &mut b);
    a.edit("stage", "won");
    assert_eq!(a.clashes().len(), 1, "another field's edit leaves the clash alone");
    let seen = a.document.heads();
    let (_, mut c) = Phone::both(&deal());
    c.session = 3;
    c.edit("amount", yuan(3));
    merge(&mut a, &mut c);
    a.resolve(&seen, "amount", Resolution::Value(Some(yuan(2))));
    let clashes = a.clashes();
    assert_eq!(clashes.len(), 1, "the third side had not been seen");
    let mut left = wrote(&clashes[0]);
    left.sort_by_key(|w| format!("{w:?}"));
    assert_eq!(left, [&Wrote::Value(Some(yuan(2))), &Wrote::Value(Some(yuan(3)))]);
    let seen = a.document.heads();
    a.resolve(&seen, "amount", Resolution::Value(None));
    assert!(a.clashes().is_empty());
    assert_eq!(a.fields().get("amount"), None);
}

#[test]
fn editing_an_item_beats_its_concurrent_removal_visibly() {
    let (mut a, mut b) = Phone::both(&deal());
    let items = a.fields().items("competitors").to_vec();
    a.edit("competitors", vec![items[1].clone()]);
    let mut edited = items.clone();
    edited[0].fields.set("strengths", "价格");
    b.edit("competitors", edited);
    merge(&mut a, &mut b);
    assert_eq!(a.fields().items("competitors").len(), 2, "it stays");
    let clashes = a.clashes();
    assert_eq!(clashes.len(), 1);
    assert_eq!(clashes[0].field, "competitors.0");
    assert_eq!(wrote(&clashes[0]), [&Wrote::Changed, &Wrote::Removed { reason: None }]);
    let seen = a.document.heads();
    let mut c = Phone { document: Document { doc: a.document.doc.clone() }, session: 4, time: 900 };
    a.resolve(&seen, "competitors.0", Resolution::Remove);
    assert_eq!((a.clashes().len(), a.fields().items("competitors").len()), (0, 1));
    c.resolve(&seen, "competitors.0", Resolution::Keep);
    assert_eq!((c.clashes().len(), c.fields().items("competitors").len()), (0, 2));
}

#[test]
fn deleting_against_editing_is_a_clash_and_restoring_is_possible() {
    let (mut a, mut b) = Phone::both(&deal());
    a.document.mark_deleted(Some("重复"), &stamp(1, 200)).unwrap();
    b.edit("stage", "won");
    merge(&mut a, &mut b);
    assert_eq!(a.document.project(&OPPORTUNITY).unwrap().deleted, Some(Deletion { reason: "重复".into() }));
    let clashes = a.clashes();
    assert_eq!(clashes[0].field, "deleted");
    assert_eq!(wrote(&clashes[0]), [&Wrote::Removed { reason: Some("重复".into()) }, &Wrote::Changed]);
    let seen = a.document.heads();
    a.resolve(&seen, "deleted", Resolution::Remove);
    assert!(a.clashes().is_empty());
    assert!(a.document.project(&OPPORTUNITY).unwrap().deleted.is_some());
    a.document.mark_deleted(None, &stamp(1, 400)).unwrap();
    let row = a.document.project(&OPPORTUNITY).unwrap();
    assert_eq!((row.deleted, row.clashes), (None, 0));
    assert_eq!(row.fields.text("stage"), Some("won"));
}
