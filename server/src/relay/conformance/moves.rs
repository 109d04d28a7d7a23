//! Accounts that are handed over.

use super::*;

pub(in super::super) async fn a_move_gives_each_reader_what_they_lack(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let li = case.member(Role::Rep, Some(manager.id)).await;
    let [mut both, mut old, mut new] =
        [case.phone(&manager).await, case.phone(&wang).await, case.phone(&li).await];
    let mut late = case.phone(&manager).await;
    let said = [account(1, wang.book, "a"), visit(2, 1, wang.book, "v"), account(3, wang.book, "stays")];
    old.push(&case, &said).await;
    both.sync(&case).await;
    let moved = case.hand_over(wang.book, li.book, &[1, 9, 1]).await;
    assert_eq!((moved.documents, moved.entries, moved.not_found), (2, 2, vec![id(9)]));
    assert_eq!(entries(&old.sync(&case).await), ["4 2 moved out of sight"]);
    assert_eq!(entries(&new.sync(&case).await), ["1 a", "2 v"]);
    let mut answer = entries(&both.sync(&case).await);
    answer.sort();
    assert_eq!(answer, ["1 held", "2 held", "4 2 moved"], "what it holds is not sent again");
    let mut answer = entries(&late.sync(&case).await);
    answer.sort();
    assert_eq!(answer, ["1 a", "2 v", "3 stays", "4 2 moved"]);
    // What follows goes where the record is, whatever book its author believes in.
    assert_eq!(both.push(&case, &[account(1, wang.book, "b")]).await, ["accepted 3"]);
    assert_eq!(entries(&new.sync(&case).await), ["3 b"]);
    let into = NewMove { from: li.book, to: li.book, roots: vec![id(1)] };
    assert_eq!(refusal(case.admin(AdminCall::Move(into)).await), FailureCode::Conflict);
}

pub(in super::super) async fn a_move_that_goes_on_says_where_the_record_is_now(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let li = case.member(Role::Rep, None).await;
    let zhou = case.member(Role::Rep, Some(manager.id)).await;
    let (mut phone, mut above) = (case.phone(&wang).await, case.phone(&manager).await);
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    above.sync(&case).await;
    // Through a book the manager may not read.
    case.hand_over(wang.book, li.book, &[1]).await;
    case.hand_over(li.book, zhou.book, &[1]).await;
    let answer = above.sync(&case).await;
    let moved = answer.pages.iter().flat_map(|page| &page.moved).next().unwrap();
    assert_eq!((moved.to, &moved.documents), (Some(zhou.book), &vec![id(1)]));
    // And back: the owner, told that it left, gets it again.
    assert_eq!(entries(&phone.sync(&case).await), ["2 1 moved out of sight"]);
    case.hand_over(zhou.book, wang.book, &[1]).await;
    assert_eq!(entries(&phone.sync(&case).await), ["3 a"]);
}

pub(in super::super) async fn what_moved_on_before_it_was_acknowledged_is_gone(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let mut phone = case.phone(&wang).await;
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    case.hand_over(wang.book, li.book, &[1]).await;
    // The answer to the first push was lost, and so it comes again.
    assert_eq!(phone.push(&case, &[account(1, wang.book, "a")]).await, ["gone 1"]);
    case.grant(li.book, wang.id, Right::Reader, None).await;
    assert_eq!(phone.push(&case, &[account(1, wang.book, "a")]).await, ["accepted 1"]);
}

pub(in super::super) async fn an_offer_of_a_record_that_came_to_another_book_is_passed_on(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li, chen) = (
        case.member(Role::Rep, None).await,
        case.member(Role::Rep, None).await,
        case.member(Role::Rep, None).await,
    );
    let (mut one, mut two) = (case.phone(&wang).await, case.phone(&wang).await);
    let (mut of_li, mut of_chen) = (case.phone(&li).await, case.phone(&chen).await);
    one.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    two.sync(&case).await;
    case.hand_over(wang.book, li.book, &[1, 2]).await;
    assert_eq!(one.push(&case, &[visit(3, 1, wang.book, "one")]).await, ["tray 1"]);
    assert_eq!(two.push(&case, &[visit(3, 2, wang.book, "two")]).await, ["tray 2"]);
    case.hand_over(li.book, chen.book, &[2]).await;
    assert_eq!(of_li.decide(&case, decision(li.book, 3, &one, 9, true)).await, Decided::Done);
    assert_eq!(offered(&of_chen.sync(&case).await), ["1 two"]);
    assert_eq!(of_chen.decide(&case, decision(chen.book, 3, &two, 9, true)).await, Decided::Done);
    of_li.sync(&case).await;
    let decided = of_li.decide(&case, decision(li.book, 3, &two, 99, true)).await;
    assert_eq!(decided, Decided::Done, "it waits where the record is");
    let mut request = of_li.request(&case);
    request.fetch = vec![id(3)];
    let whole = of_li.ask(&case, request).await.unwrap().documents.remove(0);
    assert_eq!((whole.book, whole.changes.len()), (Some(li.book), 2));
}

pub(in super::super) async fn a_late_visit_on_a_moved_account_reaches_it(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    let mut stranger = case.phone(&case.member(Role::Rep, None).await).await;
    old.push(&case, &[account(1, wang.book, "a")]).await;
    case.hand_over(wang.book, li.book, &[1]).await;
    let said = [visit(2, 1, wang.book, "logged in a lift"), account(1, wang.book, "edited in a lift")];
    assert_eq!(old.push(&case, &said).await, ["tray 1", "tray 2"]);
    assert_eq!(stranger.push(&case, &[visit(3, 1, wang.book, "x")]).await, ["Forbidden"]);
    let answer = new.sync(&case).await;
    assert_eq!(offered(&answer), ["1 logged in a lift", "2 edited in a lift"]);
    assert_eq!(new.decide(&case, decision(li.book, 2, &old, 1, true)).await, Decided::Done);
    let mut request = new.request(&case);
    request.fetch = vec![id(2)];
    assert_eq!(new.ask(&case, request).await.unwrap().documents[0].book, Some(li.book));
}

fn rehung(order: u8, said: Said) -> Said {
    Said { rehung: Some(order), ..said }
}

/// A phone hangs a visit on another account; a tablet edits it without having read so.
pub(in super::super) async fn an_edit_that_knows_less_does_not_hang_a_record_back(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let [mut phone, mut tablet] = [case.phone(&wang).await, case.phone(&wang).await];
    let said = [account(1, wang.book, "a"), account(2, wang.book, "b"), visit(3, 1, wang.book, "v")];
    phone.push(&case, &said).await;
    tablet.sync(&case).await;
    phone.push(&case, &[rehung(2, visit(3, 2, wang.book, "on b"))]).await;
    tablet.push(&case, &[visit(3, 1, wang.book, "an edit")]).await;
    let li = case.member(Role::Rep, None).await;
    assert_eq!(case.hand_over(wang.book, li.book, &[1]).await.documents, 1, "the account alone");
    // Of two who hang it at once, the same one wins as in the document, whoever comes first.
    let said = [account(4, wang.book, "c"), rehung(4, visit(3, 4, wang.book, "on c"))];
    tablet.push(&case, &said).await;
    phone.push(&case, &[account(5, wang.book, "d"), rehung(3, visit(3, 5, wang.book, "on d"))]).await;
    assert_eq!(case.hand_over(wang.book, li.book, &[2]).await.documents, 1);
    assert_eq!(case.hand_over(wang.book, li.book, &[5]).await.documents, 1);
    assert_eq!(case.hand_over(wang.book, li.book, &[4]).await.documents, 2);
}

/// A restored relay is given a visit back that hangs on another account by now; a phone that never read so edits it.
pub(in super::super) async fn what_comes_back_hangs_where_it_hung(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let [mut phone, mut tablet] = [case.phone(&wang).await, case.phone(&wang).await];
    phone.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    phone.push(&case, &[visit(3, 2, wang.book, "v"), rehung(2, visit(3, 2, wang.book, "on b"))]).await;
    tablet.push(&case, &[visit(3, 1, wang.book, "an edit")]).await;
    let li = case.member(Role::Rep, None).await;
    assert_eq!(case.hand_over(wang.book, li.book, &[1]).await.documents, 1, "the account alone");
}

/// What is hung elsewhere under review hangs there once it is accepted.
pub(in super::super) async fn what_is_accepted_hangs_its_record(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let [wang, li] = case.reps().await;
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    let said = [account(1, wang.book, "a"), account(2, wang.book, "b"), visit(3, 1, wang.book, "v")];
    old.push(&case, &said).await;
    case.hand_over(wang.book, li.book, &[1, 2]).await;
    assert_eq!(old.push(&case, &[rehung(2, visit(3, 2, wang.book, "on b"))]).await, ["tray 1"]);
    assert_eq!(new.decide(&case, decision(li.book, 3, &old, 1, true)).await, Decided::Done);
    assert_eq!(case.hand_over(li.book, wang.book, &[1]).await.documents, 1, "the account alone");
    assert_eq!(case.hand_over(li.book, wang.book, &[2]).await.documents, 2);
}

/// An account is handed over before it reaches the relay, and elsewhere after it came under review; then a visit to it comes.
pub(in super::super) async fn what_hangs_on_an_account_under_review_comes_under_review_with_it(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let [wang, li, zhao] = case.reps().await;
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    old.push(&case, &[account(9, wang.book, "another")]).await;
    case.hand_over(wang.book, li.book, &[1]).await;
    assert_eq!(old.push(&case, &[account(1, wang.book, "a")]).await, ["tray 1"]);
    case.hand_over(wang.book, zhao.book, &[1]).await;
    assert_eq!(old.push(&case, &[visit(2, 1, wang.book, "v")]).await, ["tray 2"]);
    for (n, up_to) in [(1, 1), (2, 2)] {
        assert_eq!(new.decide(&case, decision(li.book, n, &old, up_to, true)).await, Decided::Done);
    }
    assert_eq!(case.hand_over(li.book, zhao.book, &[1]).await.documents, 2, "the visit with it");
}

/// A phone's visit was accepted in a book it may not write; before it hears so, its owner hangs the visit elsewhere.
pub(in super::super) async fn what_was_accepted_of_a_device_it_may_propose_to_change(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let [wang, li] = case.reps().await;
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    old.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    case.hand_over(wang.book, li.book, &[1]).await;
    assert_eq!(old.push(&case, &[visit(3, 1, wang.book, "v")]).await, ["tray 1"]);
    assert_eq!(new.decide(&case, decision(li.book, 3, &old, 1, true)).await, Decided::Done);
    assert_eq!(old.push(&case, &[rehung(2, visit(3, 2, wang.book, "on b"))]).await, ["tray 3"]);
}

/// A restored relay forgot that it came from this phone: somebody else gave the visit back.
pub(in super::super) async fn what_hangs_on_an_account_of_before_may_be_hung_elsewhere(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let [wang, li] = case.reps().await;
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    let mut stranger = case.phone(&case.member(Role::Rep, None).await).await;
    old.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    case.hand_over(wang.book, li.book, &[1]).await;
    new.push(&case, &[visit(3, 1, li.book, "v")]).await;
    let elsewhere = [rehung(2, visit(3, 2, wang.book, "on b"))];
    assert_eq!(old.push(&case, &elsewhere).await, ["tray 1"]);
    assert_eq!(stranger.push(&case, &elsewhere).await, ["Forbidden"]);
}

/// What a phone offers of a record stays in one tray, also when the account it first hung on is handed over.
pub(in super::super) async fn what_is_offered_of_a_record_moves_on_together(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let [wang, li, zhao] = case.reps().await;
    let [mut old, mut new, mut third] =
        [case.phone(&wang).await, case.phone(&li).await, case.phone(&zhao).await];
    old.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    case.hand_over(wang.book, li.book, &[1, 2]).await;
    assert_eq!(old.push(&case, &[visit(3, 1, wang.book, "v")]).await, ["tray 1"]);
    assert_eq!(old.push(&case, &[rehung(2, visit(3, 2, wang.book, "on b"))]).await, ["tray 2"]);
    case.hand_over(li.book, zhao.book, &[1]).await;
    let answer = new.sync(&case).await;
    assert_eq!(offered(&answer), ["1 v", "2 on b"]);
    case.hand_over(li.book, zhao.book, &[2]).await;
    assert_eq!(offered(&third.sync(&case).await), ["1 v", "2 on b"]);
}

/// Of what a phone offers of a record, what hangs it elsewhere is refused.
pub(in super::super) async fn what_is_accepted_in_part_hangs_where_that_part_says(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let [wang, li] = case.reps().await;
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    old.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b")]).await;
    case.hand_over(wang.book, li.book, &[1, 2]).await;
    // It knew better when it sent the first one, too.
    let mut said = old
        .pushing(&case, &[rehung(1, visit(3, 1, wang.book, "v")), rehung(2, visit(3, 2, wang.book, "on b"))]);
    said.pushes[0].root = said.pushes[1].root;
    old.ask(&case, said).await.unwrap();
    for (up_to, accept) in [(1, true), (2, false)] {
        assert_eq!(new.decide(&case, decision(li.book, 3, &old, up_to, accept)).await, Decided::Done);
    }
    assert_eq!(case.hand_over(li.book, wang.book, &[2]).await.documents, 1, "the account alone");
    assert_eq!(case.hand_over(li.book, wang.book, &[1]).await.documents, 2);
}

/// An account under review in one book comes to another, from somebody who reviews both: what waits for it goes there. Whoever
/// may not see it brings the account in vain.
pub(in super::super) async fn what_waits_for_an_account_goes_where_it_comes(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    for (reviews, n) in [(true, 1), (false, 4)] {
        let [wang, zhao] = [case.member(Role::Rep, None).await, case.member(Role::Manager, None).await];
        let li = case.member(Role::Rep, reviews.then_some(zhao.id)).await;
        let [mut old, mut new, mut third] =
            [case.phone(&wang).await, case.phone(&li).await, case.phone(&zhao).await];
        old.push(&case, &[account(n + 2, wang.book, "another")]).await;
        case.hand_over(wang.book, li.book, &[n]).await;
        let said = [account(n, wang.book, "a"), visit(n + 1, n, wang.book, "v")];
        assert_eq!(old.push(&case, &said).await, ["tray 1", "tray 2"]);
        assert_eq!(offered(&new.sync(&case).await), ["1 a", "2 v"]);
        third.sync(&case).await;
        let brings = third.pushing(&case, &[account(n, zhao.book, "a")]);
        let answer = third.ask(&case, brings).await.unwrap();
        if !reviews {
            assert!(offered(&answer).is_empty() && offered(&third.sync(&case).await).is_empty());
            assert_eq!(new.decide(&case, decision(li.book, n + 1, &old, 2, true)).await, Decided::Done);
            continue;
        }
        assert_eq!(offered(&answer), ["1 a", "2 v"]);
        assert_eq!(new.decide(&case, decision(li.book, n + 1, &old, 2, true)).await, Decided::NothingOpen);
        assert_eq!(third.decide(&case, decision(zhao.book, n + 1, &old, 2, true)).await, Decided::Done);
        assert_eq!(case.hand_over(zhao.book, li.book, &[n]).await.documents, 2);
    }
}

/// A restored relay is given a visit back; its account is handed over, and only then comes from another phone.
pub(in super::super) async fn an_account_follows_what_hangs_on_it(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    old.push(&case, &[visit(2, 1, wang.book, "v")]).await;
    assert_eq!(case.hand_over(wang.book, li.book, &[1]).await.documents, 1);
    assert_eq!(old.push(&case, &[account(1, wang.book, "a")]).await, ["tray 1"]);
    assert_eq!(offered(&new.sync(&case).await), ["1 a"]);
}

/// An app of an older version gave a record back and did not know on what it hangs; that was handed over before a newer app said so.
pub(in super::super) async fn what_came_back_without_its_account_follows_that_when_it_is_handed_over_once_more(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let (mut old, mut new) = (case.phone(&wang).await, case.phone(&li).await);
    old.push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "v")]).await;
    assert_eq!(case.hand_over(wang.book, li.book, &[1]).await.documents, 1);
    assert_eq!(old.push(&case, &[visit(2, 1, wang.book, "w")]).await, ["accepted 4"]);
    let moved = case.hand_over(wang.book, li.book, &[1]).await;
    assert_eq!((moved.documents, moved.not_found), (1, vec![]));
    assert_eq!(entries(&new.sync(&case).await), ["1 a", "2 v", "3 w"]);
}
