//! Trays and decisions.

use super::*;

pub(in super::super) async fn unsent_work_of_a_revoked_writer_is_accepted_from_the_tray(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    let said = [account(1, wang.book, "b"), account(1, wang.book, "c"), visit(2, 1, wang.book, "new")];
    assert_eq!(writer.push(&case, &said).await, ["tray 1", "tray 2", "tray 3"]);
    assert_eq!(writer.push(&case, &said).await, ["tray 1", "tray 2", "tray 3"], "again");
    let answer = owner.sync(&case).await;
    assert_eq!(offered(&answer), ["1 b", "2 c", "3 new"]);
    assert!(entries(&answer).is_empty(), "nothing of it is in the book");
    // What came after the reviewer looked stays open.
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 1, true)).await, Decided::Done);
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 1, false)).await, Decided::NothingOpen);
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 2, true)).await, Decided::Done);
    // Whoever says to have seen more than there is has seen what there is.
    assert_eq!(owner.decide(&case, decision(wang.book, 2, &writer, u64::MAX, true)).await, Decided::Done);
    let answer = owner.start_over(&case).await;
    assert_eq!(entries(&answer), ["1 a", "2 b", "3 c", "4 new"]);
    assert!(
        answer.pages[0].changes[1..]
            .iter()
            .all(|e| answer.members[e.member as usize] == writer.session.member)
    );
    assert!(
        offered(&answer).is_empty() && answer.trays[0].closed.iter().all(|c| c.accepted && c.by == wang.id)
    );
    assert_eq!(answer.trays[0].closed.iter().map(|c| c.up_to).collect::<Vec<_>>(), [1, 2, 3]);
    let answer = writer.sync(&case).await;
    let verdicts: Vec<_> =
        answer.verdicts.iter().map(|v| (v.accepted, v.by, v.changes.len(), v.book)).collect();
    assert_eq!(verdicts, [(true, wang.id, 1, None); 3], "who may not read the book is not told which it is");
    assert_eq!(answer.verdicts[0].reason.as_ref().unwrap().content(), "因为".as_bytes());
    assert_eq!(answer.verdicts[0].at, Some(case.now.get()));
    assert!(writer.sync(&case).await.verdicts.is_empty());
}

pub(in super::super) async fn a_refused_chain_stays_out_with_all_that_builds_on_it(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    writer.push(&case, &[account(1, wang.book, "b")]).await;
    owner.sync(&case).await;
    writer.push(&case, &[account(1, wang.book, "c")]).await;
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 1, false)).await, Decided::Done);
    // The writer may write again, and does not know yet.
    case.grant(wang.book, writer.session.member, Right::Editor, None).await;
    let seen = writer.verdicts_seen;
    assert_eq!(writer.push(&case, &[account(1, wang.book, "d")]).await, ["AfterRejected"]);
    assert!(writer.verdicts_seen > seen, "the same answer brings the verdict");
    let said = [account(1, wang.book, "b"), account(2, wang.book, "other")];
    assert_eq!(writer.push(&case, &said).await, ["RefusedInReview", "accepted 2"]);
    assert_eq!(writer.push(&case, &[account(1, wang.book, "e")]).await, ["accepted 3"]);
    let answer = owner.sync(&case).await;
    assert_eq!(entries(&answer), ["2 other", "3 e"]);
    assert!(answer.trays.iter().flat_map(|page| &page.closed).all(|closed| !closed.accepted));
}

pub(in super::super) async fn what_a_retiring_device_has_of_a_refused_chain_is_refused_with_it(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    assert_eq!(writer.push(&case, &[account(1, wang.book, "b")]).await, ["tray 1"]);
    owner.sync(&case).await;
    case.now.set(case.now.get() + DAY);
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 1, false)).await, Decided::Done);
    case.order(writer.session.device, Order::Retire).await;
    // It did not hear that "b" came, nor what became of it.
    let said = [account(1, wang.book, "b"), account(1, wang.book, "c"), account(2, wang.book, "other")];
    let answer = writer.ask(&case, writer.pushing(&case, &said)).await.unwrap();
    let acks: Vec<_> = answer.acks.iter().map(ack).collect();
    assert_eq!(acks, ["RefusedInReview", "RefusedInReview", "tray 3"]);
    assert!(answer.verdicts.is_empty());
    assert_eq!(offered(&owner.sync(&case).await), ["3 other"]);
}

pub(in super::super) async fn only_a_reviewer_decides(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    let reader = case.member(Role::Director, None).await;
    let mut reading = case.phone(&reader).await;
    writer.push(&case, &[account(1, wang.book, "b")]).await;
    let it = || decision(wang.book, 1, &writer, 1, true);
    let (reader_said, it_again) = (reading.decide(&case, it()).await, it());
    assert_eq!(reader_said, Decided::Forbidden);
    assert!(reading.sync(&case).await.trays.is_empty());
    assert_eq!(writer.decide(&case, it_again.clone()).await, Decided::Forbidden);
    let nowhere = Decision { book: BookId::NIL, ..it_again.clone() };
    assert_eq!(owner.decide(&case, nowhere).await, Decided::Forbidden);
    let nobody = Decision { device: DeviceId::NIL, ..it_again.clone() };
    assert_eq!(owner.decide(&case, nobody).await, Decided::NothingOpen);
    assert_eq!(owner.decide(&case, it_again).await, Decided::Done);
}

pub(in super::super) async fn what_follows_something_under_review_reaches_the_same_tray(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    let zhou = case.member(Role::Rep, None).await;
    let mut heir = case.phone(&zhou).await;
    // Nothing but its chain says where an account went that is not in any log.
    assert_eq!(writer.push(&case, &[account(3, wang.book, "c")]).await, ["tray 1"]);
    owner.sync(&case).await;
    case.hand_over(wang.book, zhou.book, &[3]).await;
    writer.push(&case, &[account(3, wang.book, "d")]).await;
    assert_eq!(offered(&heir.sync(&case).await).len(), 2);
    assert!(offered(&owner.sync(&case).await).is_empty());
}

pub(in super::super) async fn what_is_under_review_moves_along(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    writer.push(&case, &[account(1, wang.book, "b"), visit(2, 1, wang.book, "new")]).await;
    owner.sync(&case).await;
    let zhou = case.member(Role::Rep, None).await;
    let mut heir = case.phone(&zhou).await;
    case.hand_over(wang.book, zhou.book, &[1]).await;
    let answer = owner.sync(&case).await;
    assert_eq!(answer.trays[0].closed.len(), 2);
    assert!(
        answer.trays[0].closed.iter().all(|closed| !closed.accepted && closed.by.is_nil()),
        "nobody's verdict"
    );
    assert!(writer.sync(&case).await.verdicts.is_empty());
    assert_eq!(owner.decide(&case, decision(wang.book, 1, &writer, 2, true)).await, Decided::NothingOpen);
    let answer = heir.sync(&case).await;
    assert_eq!(
        (entries(&answer), offered(&answer)),
        (vec!["1 a".to_owned()], vec!["1 b".into(), "2 new".into()])
    );
    assert_eq!(writer.push(&case, &[account(1, wang.book, "c")]).await, ["tray 3"]);
    for (document, up_to) in [(1, 3), (2, 2)] {
        let accept = decision(zhou.book, document, &writer, up_to, true);
        assert_eq!(heir.decide(&case, accept).await, Decided::Done);
    }
    assert_eq!(entries(&heir.start_over(&case).await), ["1 a", "2 b", "3 c", "4 new"]);
}
