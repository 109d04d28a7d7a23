//! Who changed what, when and why.

use super::*;

#[test]
fn history_says_who_when_which_field_from_to_and_why() {
    let (mut a, _) = Phone::both(&deal());
    a.edit("notes", "样机演示。好。");
    let mut why = stamp(1, 500);
    why.reason = Some("客户来电".into());
    let (heads, changes) = (a.document.heads(), [("stage".to_owned(), Some("won".into()))].into());
    edit(&mut a.document, &heads, &changes, &why, &mut || unreachable!()).unwrap();
    a.document.mark_deleted(Some("重复"), &stamp(1, 600)).unwrap();
    let history = a.document.history(&OPPORTUNITY).unwrap();
    let created = history.iter().filter(|e| e.at == 100).count();
    assert_eq!(created, deal().0.len(), "one line for each field it was created with");
    let later: Vec<_> = history[created..]
        .iter()
        .map(|e| (e.field.as_str(), e.from.clone(), e.to.clone(), e.why.as_deref(), e.by))
        .collect();
    let me = Some(member(1));
    assert_eq!(
        later,
        [
            ("notes", Some("样机演示。".into()), Some("样机演示。好。".into()), None, me),
            ("stage", None, Some("won".into()), Some("客户来电"), me),
            ("deleted", None, Some("重复".into()), None, me),
        ]
    );
}

#[test]
fn history_is_in_the_same_order_on_both_phones_whatever_came_first() {
    let (mut a, mut b) = Phone::both(&deal());
    a.time = 690;
    a.edit("notes", "赵。");
    b.time = 590;
    b.edit("notes", "王。");
    b.time = 40;
    b.edit("notes", "王，表慢了。");
    merge(&mut a, &mut b);
    let history = a.document.history(&OPPORTUNITY).unwrap();
    assert_eq!(history, b.document.history(&OPPORTUNITY).unwrap());
    let times: Vec<_> = history.iter().map(|e| e.at).skip_while(|at| *at == 100).collect();
    assert_eq!(times, [600, 50, 700], "a slow clock puts no change before what it builds on");
}
