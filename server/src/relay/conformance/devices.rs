//! Invitations, tokens, orders.

use super::*;

pub(in super::super) async fn an_invitation_is_for_one_device_and_a_while(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let code = case.invite(wang.id).await;
    let [first, second, unknown] = [case.secret(), case.secret(), case.secret()];
    let session = case.enrol(&code, &first).await.unwrap();
    assert_eq!(case.enrol(&code, &first).await.unwrap(), session, "its answer was lost");
    assert_eq!(refusal(case.enrol(&code, &second).await), FailureCode::Conflict);
    assert_eq!(refusal(case.enrol(&unknown, &second).await), FailureCode::NotFound);
    let code = case.invite(wang.id).await;
    assert_eq!(refusal(case.enrol(&code, &first).await), FailureCode::Conflict, "another device's token");
    case.later(3_600_000);
    assert_eq!(refusal(case.enrol(&code, &second).await), FailureCode::Expired);
    let unknown = NewInvitation { member: MemberId::NIL, expires_in: 3600 };
    let refused = case.storage.invite(unknown, case.secret().hash(), case.now.get()).await;
    assert_eq!(refusal(refused), FailureCode::NotFound);
}

pub(in super::super) async fn a_device_whose_token_is_lost_is_enrolled_again_and_stays_itself(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let [old, new, other, third] = [case.secret(), case.secret(), case.secret(), case.secret()];
    let first = case.enrol(&case.invite(wang.id).await, &old).await.unwrap();
    let again = case.enrol_again(&case.invite(wang.id).await, &new, Some(first.device)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!((case.session(&new).await, case.session(&old).await), (Some(first), None));
    // Another member's device is not given away, nor one that has ended, even to its member.
    let stranger = case.enrol_again(&case.invite(li.id).await, &other, Some(first.device)).await.unwrap();
    assert_ne!(stranger.device, first.device);
    assert_eq!(case.session(&new).await, Some(first));
    let obeyed = Write { obeyed: true, ..Write::default() };
    case.storage.write(first, obeyed, case.now.get()).await.unwrap();
    let fresh = case.enrol_again(&case.invite(wang.id).await, &third, Some(first.device)).await.unwrap();
    assert_ne!(fresh.device, first.device);
    // A relay restored from a backup has never heard of the device.
    let lost = DeviceId(uuid::Uuid::from_u128(77));
    let known = case.enrol_again(&case.invite(wang.id).await, &case.secret(), Some(lost)).await.unwrap();
    assert_eq!(known.device, lost);
}

pub(in super::super) async fn a_token_works_until_the_next_is_used(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let phone = case.phone(&case.member(Role::Rep, None).await).await;
    let [lost, next] = [case.secret(), case.secret()];
    // The answer to the first rotation was lost; the device asks again with another.
    for token in [&lost, &next] {
        case.storage.rotate(phone.session.device, token.hash(), case.now.get()).await.unwrap();
        assert_eq!(case.session(&phone.token).await, Some(phone.session));
    }
    // Found by fuzzing: what another device is to have is refused, not a failure that is tried again for ever.
    let other = case.phone(&case.member(Role::Rep, None).await).await;
    let taken = case.storage.rotate(other.session.device, next.hash(), case.now.get()).await;
    assert!(matches!(taken, Err(StorageError::Refused { .. })), "{taken:?}");
    assert_eq!(case.session(&other.token).await, Some(other.session));
    assert_eq!(case.session(&next).await, Some(phone.session));
    assert_eq!(case.session(&phone.token).await, None);
    assert_eq!(case.session(&lost).await, None);
    assert_eq!(case.session(&next).await, Some(phone.session));
}

pub(in super::super) async fn a_retired_device_hands_in_its_work_and_ends(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let li = case.member(Role::Rep, None).await;
    let mut phone = case.phone(&wang).await;
    let without_a_right = account(2, li.book, "under a right that is forgotten");
    assert_eq!(phone.push(&case, std::slice::from_ref(&without_a_right)).await, ["Forbidden"]);
    case.order(phone.session.device, Order::Retire).await;
    let request = phone.pushing(&case, &[account(1, wang.book, "a"), without_a_right]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!((answer.order, ack(&answer.acks[0])), (Some(Order::Retire), "accepted 1".into()));
    assert_eq!(ack(&answer.acks[1]), "tray 1");
    assert!(answer.pages.is_empty());
    // What its unsent work builds on, and nothing else.
    let mut request = phone.request(&case);
    request.fetch = vec![id(1)];
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!(
        (answer.documents[0].changes.len(), answer.pages.len(), answer.order),
        (1, 0, Some(Order::Retire))
    );
    let mut request = phone.request(&case);
    request.obeyed = true;
    phone.ask(&case, request).await.unwrap();
    assert_eq!(case.session(&phone.token).await, None);
    let mut tablet = case.phone(&wang).await;
    assert!(tablet.sync(&case).await.order.is_none());
}

pub(in super::super) async fn a_wiped_device_hands_in_nothing(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let mut phone = case.phone(&wang).await;
    case.order(phone.session.device, Order::Wipe).await;
    let request = phone.pushing(&case, &[account(1, wang.book, "a")]);
    let told = SyncAnswer { order: Some(Order::Wipe), ..SyncAnswer::new(case.now.get()) };
    assert_eq!(phone.ask(&case, request.clone()).await.unwrap(), told);
    // Who lays yesterday's backup on it has its token, and is told the same: it is told nothing of its workspace.
    for _ in 0..2 {
        let obeyed = SyncRequest { obeyed: true, ..phone.request(&case) };
        phone.ask(&case, obeyed).await.unwrap();
        assert_eq!(phone.ask(&case, request.clone()).await.unwrap(), told);
    }
    assert!(case.phone(&wang).await.cursors.is_empty());
}
