//! Who may see what.

use super::*;

pub(in super::super) async fn rights_follow_the_org_tree_roles_and_grants(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let director = case.member(Role::Director, None).await;
    let upper = case.member(Role::Manager, Some(director.id)).await;
    let manager = case.member(Role::Manager, Some(upper.id)).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let li = case.member(Role::Rep, Some(manager.id)).await;
    let mut phone = case.phone(&wang).await;
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    let see = async |member: &Member| {
        let mut device = case.phone(member).await;
        let mut request = device.request(&case);
        (request.access, request.all_cursors) = (Digest::ZERO, Digest::ZERO);
        request.pushes = device.pushing(&case, &[account(1, wang.book, "b")]).pushes;
        request.books = vec![wang.book];
        let answer = device.ask(&case, request).await.unwrap();
        let right =
            answer.access.unwrap().books.iter().find(|b| b.id == wang.book).map(|b| (b.right, b.reviews));
        (right, ack(&answer.acks[0]))
    };
    assert_eq!(see(&li).await, (None, "Forbidden".into()));
    assert_eq!(see(&director).await, (Some((Right::Reader, false)), "Forbidden".into()));
    case.grant(wang.book, li.id, Right::Reader, None).await;
    assert_eq!(see(&li).await, (Some((Right::Reader, false)), "Forbidden".into()));
    assert_eq!(see(&upper).await, (Some((Right::Editor, true)), "accepted 2".into()));
    assert_eq!(see(&manager).await, (Some((Right::Editor, true)), "accepted 2".into()));
    case.grant(wang.book, li.id, Right::Editor, Some(case.now.get() + DAY)).await;
    assert_eq!(see(&li).await, (Some((Right::Editor, false)), "accepted 2".into()));
    case.later(DAY);
    assert_eq!(see(&li).await.0, None, "the grant has ended");
    // Wang reports to nobody any more, and the book goes to Li.
    let patch = MemberPatch { reports_to: Some(None), ..MemberPatch::default() };
    case.admin(AdminCall::PatchMember(wang.id, patch)).await.unwrap();
    assert_eq!(see(&manager).await.0, None);
    let patch = BookPatch { owner: Some(li.id), ..BookPatch::default() };
    case.admin(AdminCall::PatchBook(wang.book, patch)).await.unwrap();
    assert_eq!(see(&li).await.0, Some((Right::Owner, true)));
    assert_eq!(see(&wang).await.0, None);
    // Nobody is above themself.
    let patch = MemberPatch { reports_to: Some(Some(manager.id)), ..MemberPatch::default() };
    assert_eq!(refusal(case.admin(AdminCall::PatchMember(upper.id, patch)).await), FailureCode::Conflict);
}

pub(in super::super) async fn workspaces_know_nothing_of_each_other(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let elsewhere = case.workspace("华南").await;
    let wang = case.member(Role::Rep, None).await;
    let stranger = case.member_of(elsewhere, Role::Director, None).await;
    let (mut phone, mut other) = (case.phone(&wang).await, case.phone(&stranger).await);
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    let said = [account(1, wang.book, "b"), account(1, stranger.book, "b"), account(2, wang.book, "c")];
    assert_eq!(other.push(&case, &said).await, ["Forbidden", "AfterRejected", "Forbidden"]);
    let mut request = other.request(&case);
    request.fetch = vec![id(1)];
    let answer = other.ask(&case, request).await.unwrap();
    assert_eq!((answer.documents[0].book, answer.documents[0].changes.len()), (None, 0));
    for call in [
        AdminCall::PutGrant(wang.book, Grant { member: stranger.id, right: Right::Editor, expires_at: None }),
        AdminCall::Move(NewMove { from: wang.book, to: stranger.book, roots: vec![id(1)] }),
        AdminCall::PatchMember(
            wang.id,
            MemberPatch { reports_to: Some(Some(stranger.id)), ..MemberPatch::default() },
        ),
        AdminCall::PatchBook(wang.book, BookPatch { owner: Some(stranger.id), ..BookPatch::default() }),
    ] {
        assert_eq!(refusal(case.admin(call.clone()).await), FailureCode::NotFound, "{call:?}");
    }
}

pub(in super::super) async fn a_member_who_left_has_no_rights_and_is_still_named(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let (mut phone, mut laptop) = (case.phone(&wang).await, case.phone(&manager).await);
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    let code = case.invite(wang.id).await;
    let patch = MemberPatch { active: Some(false), ..MemberPatch::default() };
    case.admin(AdminCall::PatchMember(wang.id, patch)).await.unwrap();
    let request = phone.pushing(&case, &[account(1, wang.book, "late")]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!((answer.order, ack(&answer.acks[0])), (Some(Order::Retire), "tray 1".into()));
    assert_eq!(refusal(case.enrol(&code, &case.secret()).await), FailureCode::Expired);
    let answer = laptop.sync(&case).await;
    assert_eq!((entries(&answer), offered(&answer)), (vec!["1 a".to_owned()], vec!["1 late".to_owned()]));
    let org = case.storage.org(case.workspace).await.unwrap();
    assert!(!org.members[&wang.id].active);
}

pub(in super::super) async fn what_a_member_without_a_book_writes_is_reviewed_in_the_one_they_came_with(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let [wang, li] = case.reps().await;
    let given = BookPatch { owner: Some(manager.id), ..BookPatch::default() };
    case.admin(AdminCall::PatchBook(wang.book, given)).await.unwrap();
    let (mut laptop, mut phone) = (case.phone(&manager).await, case.phone(&wang).await);
    case.phone(&li).await.push(&case, &[account(2, li.book, "b")]).await;
    let said = [account(1, BookId::NIL, "a"), account(2, BookId::NIL, "of another book")];
    assert_eq!(phone.push(&case, &said).await, ["tray 1", "Forbidden"]);
    assert_eq!(offered(&laptop.sync(&case).await), ["1 a"]);
    assert_eq!(laptop.decide(&case, decision(wang.book, 1, &phone, 1, true)).await, Decided::Done);
    assert_eq!(entries(&laptop.start_over(&case).await), ["1 a"]);
}

pub(in super::super) async fn what_is_made_has_the_id_it_is_given_and_nothing_else_has(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let made = async |id| {
        let new =
            NewBook { workspace: case.workspace, name: "大客户".into(), owner: wang.id, id: Some(id) };
        case.admin(AdminCall::NewBook(new)).await
    };
    let id = BookId(uuid::Uuid::from_u128(7));
    assert!(matches!(made(id).await, Ok(AdminDone::Book(book)) if book.id == id));
    assert_eq!(refusal(made(id).await), FailureCode::Conflict);
    assert_eq!(refusal(made(wang.book).await), FailureCode::Conflict);
    assert_eq!(refusal(made(BookId::NIL).await), FailureCode::Malformed);
    let org = case.storage.org(case.workspace).await.unwrap();
    assert_eq!(org.books.len(), 3);
}
