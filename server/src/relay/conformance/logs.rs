//! Logs, cursors, pages, purging.

use super::*;

pub(in super::super) async fn entries_are_numbered_without_gaps_and_a_repeated_push_keeps_its_number(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut tablet) = (case.phone(&wang).await, case.phone(&wang).await);
    let said = [account(1, wang.book, "a"), account(2, wang.book, "b"), account(1, wang.book, "c")];
    assert_eq!(phone.push(&case, &said).await, ["accepted 1", "accepted 2", "accepted 3"]);
    assert_eq!(phone.push(&case, &said).await, ["accepted 1", "accepted 2", "accepted 3"]);
    assert_eq!(tablet.push(&case, &[account(3, wang.book, "d")]).await, ["accepted 4"]);
    let answer = phone.start_over(&case).await;
    assert_eq!(entries(&answer), ["1 a", "2 b", "3 c", "4 d"]);
    assert_eq!((answer.pages[0].head, answer.pages[0].next.number), (4, 4));
    assert_eq!(answer.members, [wang.id]);
}

pub(in super::super) async fn an_answer_leaves_out_what_its_request_pushed(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut tablet) = (case.phone(&wang).await, case.phone(&wang).await);
    tablet.push(&case, &[account(1, wang.book, "from the tablet")]).await;
    let request = phone.pushing(&case, &[account(2, wang.book, "from the phone")]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!(entries(&answer), ["1 from the tablet"]);
    assert_eq!(answer.pages[0].next.number, 2);
    assert!(phone.sync(&case).await.pages.is_empty());
}

pub(in super::super) async fn pages_keep_to_the_budget_and_go_on_where_they_ended(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut tablet) = (case.phone(&wang).await, case.phone(&wang).await);
    let said = ["a", "b", "c", "d", "e"].map(|text| account(1, wang.book, text));
    phone.push(&case, &said).await;
    let mut seen = Vec::new();
    loop {
        let mut request = tablet.request(&case);
        request.budget = 1;
        let answer = tablet.ask(&case, request).await.unwrap();
        assert_eq!(entries(&answer).len(), 1, "at least one, and no more than the budget");
        seen.extend(entries(&answer));
        if !answer.more {
            break;
        }
    }
    assert_eq!(seen, ["1 a", "2 b", "3 c", "4 d", "5 e"]);
}

pub(in super::super) async fn a_cursor_that_is_not_on_the_log_is_reported(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let mut phone = case.phone(&wang).await;
    phone.push(&case, &[account(1, wang.book, "a"), account(1, wang.book, "b")]).await;
    phone.sync(&case).await;
    let key = (wang.book, Log::Entries);
    let good = phone.cursors[&key];
    for wrong in [Cursor { digest: Digest([9; 8]), ..good }, Cursor { number: 7, ..good }] {
        phone.cursors.insert(key, wrong);
        phone.changed = vec![wrong];
        let answer = phone.sync(&case).await;
        assert_eq!(answer.diverged, [key], "{wrong:?}");
        assert!(answer.pages.is_empty());
    }
    assert_eq!(entries(&phone.start_over(&case).await), ["1 a", "2 b"]);
}

pub(in super::super) async fn cursors_are_remembered_and_asked_for_when_they_differ(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut tablet) = (case.phone(&wang).await, case.phone(&wang).await);
    tablet.push(&case, &[account(1, wang.book, "a")]).await;
    phone.sync(&case).await;
    phone.sync(&case).await;
    assert!(phone.request(&case).cursors.is_empty());
    assert!(!phone.sync(&case).await.cursors_wanted, "one digest confirms them all");
    let mut request = phone.request(&case);
    request.all_cursors = Digest([1; 8]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert!(answer.cursors_wanted && answer.pages.is_empty());
    let mut request = phone.request(&case);
    request.cursors = phone.cursors.values().copied().collect();
    assert!(!phone.ask(&case, request).await.unwrap().cursors_wanted);
}

pub(in super::super) async fn pages_are_served_ahead_of_what_is_committed(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut other) = (case.phone(&wang).await, case.phone(&wang).await);
    phone
        .push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "b"), account(3, wang.book, "c")])
        .await;
    let mut request = other.request(&case);
    request.budget = 1;
    // Answered, and not committed.
    let session = case.session(&other.token).await.unwrap();
    let look =
        async |request| exchange(&*case.storage, session, request, case.now.get(), |_, _| {}).await.unwrap();
    let first = look(request.clone()).await;
    assert_eq!(entries(&first), ["1 a"]);
    request.ahead = first.pages.iter().map(|page| page.next).collect();
    assert_eq!(entries(&look(request.clone()).await), ["2 b"]);
    // One that is on no log, of a relay that was restored meanwhile, is left aside.
    request.ahead[0].digest = Digest([9; 8]);
    assert_eq!(entries(&look(request).await), ["1 a"]);
    // Nothing of it was confirmed.
    assert_eq!(entries(&other.sync(&case).await), ["1 a", "2 b", "3 c"]);
}

pub(in super::super) async fn a_deleted_record_is_purged_after_a_month_unless_it_is_restored(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let (mut phone, mut tablet) = (case.phone(&wang).await, case.phone(&wang).await);
    let delete = |n| Said { notice: Some(Notice::Delete), ..account(n, wang.book, "gone") };
    let said = [account(1, wang.book, "a"), delete(1), account(2, wang.book, "b"), delete(2)];
    phone.push(&case, &said).await;
    tablet.sync(&case).await;
    case.later(30 * DAY - 1);
    case.storage.maintain(case.now.get()).await.unwrap();
    assert!(tablet.sync(&case).await.pages.is_empty(), "not a millisecond early");
    phone.push(&case, &[Said { notice: Some(Notice::Restore), ..account(2, wang.book, "back") }]).await;
    case.later(1);
    let wakes = case.storage.maintain(case.now.get()).await.unwrap();
    assert!(wakes.workspaces.contains(&wang.workspace), "nobody else would wake them");
    assert_eq!(entries(&tablet.sync(&case).await), ["5 back", "6 purged"]);
    assert_eq!(phone.push(&case, &[account(1, wang.book, "late")]).await, ["Purged"]);
    assert_eq!(entries(&tablet.start_over(&case).await), ["3 b", "4 gone", "5 back", "6 purged"]);
    let mut request = tablet.request(&case);
    request.fetch = vec![id(1)];
    assert!(tablet.ask(&case, request).await.unwrap().documents[0].changes.is_empty());
}

pub(in super::super) async fn receipts_say_who_holds_what(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let (mut phone, mut laptop) = (case.phone(&wang).await, case.phone(&manager).await);
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    laptop.sync(&case).await;
    assert!(phone.sync(&case).await.receipts.is_none(), "sent is not committed");
    case.later(5);
    laptop.sync(&case).await;
    let receipts = phone.sync(&case).await.receipts.unwrap();
    let got: Vec<_> = receipts.list.iter().map(|r| (r.book, r.member, r.number, r.at)).collect();
    assert_eq!(got, [(wang.book, manager.id, 1, case.now.get())]);
    assert!(phone.sync(&case).await.receipts.is_none(), "nothing new");
}

pub(in super::super) async fn what_is_new_is_told_before_it_is_asked_for(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let (mut phone, mut laptop) = (case.phone(&wang).await, case.phone(&manager).await);
    assert!(laptop.told(&case, None).await.is_none(), "nothing is new");
    phone.push(&case, &[account(1, wang.book, "a")]).await;
    let Ahead { access, all_cursors, answer: told } = laptop.told(&case, None).await.unwrap();
    let asked = laptop.request(&case);
    assert_eq!((access, all_cursors), (asked.access, asked.all_cursors));
    assert_eq!((entries(&told), told.more), (vec!["1 a".to_owned()], true));
    // Telling confirms nothing and changes nothing: it would be answered the same, and is not told twice.
    assert!(laptop.told(&case, Some(all_cursors)).await.is_none());
    let answer = laptop.sync(&case).await;
    assert_eq!((answer.pages, answer.members), (told.pages, told.members));
    phone.push(&case, &[account(2, wang.book, "b")]).await;
    assert!(laptop.told(&case, Some(all_cursors)).await.is_none(), "the first page is not confirmed yet");
    laptop.sync(&case).await;
    phone.push(&case, &[account(6, wang.book, "e")]).await;
    let next = laptop.told(&case, Some(all_cursors)).await.unwrap();
    assert!(next.all_cursors != all_cursors);
    // Rights are those of the moment.
    let li = case.member(Role::Rep, None).await;
    case.grant(wang.book, li.id, Right::Reader, None).await;
    let reader = case.phone(&li).await;
    phone.push(&case, &[account(7, wang.book, "f")]).await;
    assert!(reader.told(&case, None).await.is_some());
    case.revoke(wang.book, li.id).await;
    assert!(reader.told(&case, None).await.is_none());
    // What more than changes is new for, asks for itself.
    phone.push(&case, &[account(3, wang.book, "c")]).await;
    case.order(laptop.session.device, Order::Retire).await;
    assert!(laptop.told(&case, None).await.is_none());
    let mut tablet = case.phone(&wang).await;
    tablet.sync(&case).await;
    let long: &'static str = Box::leak("x".repeat(limits::LIVE).into_boxed_str());
    phone.push(&case, &[account(4, wang.book, long), account(5, wang.book, "d")]).await;
    assert!(tablet.told(&case, None).await.is_none(), "more than a live connection carries");
}

pub(in super::super) async fn a_document_is_fetched_whole_by_those_who_may_read_it(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    let (mut phone, mut other) = (case.phone(&wang).await, case.phone(&li).await);
    phone
        .push(&case, &[account(1, wang.book, "a"), account(2, wang.book, "x"), account(1, wang.book, "b")])
        .await;
    let mut request = phone.request(&case);
    request.fetch = vec![id(1), id(1), id(9)];
    let answer = phone.ask(&case, request.clone()).await.unwrap();
    let got: Vec<_> = answer
        .documents
        .iter()
        .map(|d| (d.document, d.book, d.changes.iter().map(|e| text(&e.chunk)).collect::<String>()))
        .collect();
    assert_eq!(got, [(id(1), Some(wang.book), "ab".to_owned()), (id(9), None, String::new())]);
    let mut request = other.request(&case);
    request.fetch = vec![id(1)];
    let answer = other.ask(&case, request).await.unwrap();
    assert_eq!((answer.documents[0].book, answer.documents[0].changes.len()), (None, 0));
}

pub(in super::super) async fn everything_is_there_after_it_is_opened_again(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(&open).await;
    let (wang, mut owner, mut writer) = revoked(&case).await;
    writer.push(&case, &[account(1, wang.book, "b")]).await;
    owner.sync(&case).await;
    owner.sync(&case).await;
    let Case { storage, workspace, now, secrets } = case;
    drop(storage);
    let case = Case { storage: open().await, workspace, now, secrets };
    let answer = owner.sync(&case).await;
    assert!(!answer.cursors_wanted && answer.diverged.is_empty() && answer.access.is_none());
    assert!(entries(&answer).is_empty() && offered(&answer).is_empty());
    assert_eq!(writer.push(&case, &[account(1, wang.book, "b")]).await, ["tray 1"]);
    assert_eq!(owner.push(&case, &[account(1, wang.book, "c")]).await, ["accepted 2"]);
}
