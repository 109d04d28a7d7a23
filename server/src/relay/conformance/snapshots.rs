//! Snapshots. The relay never looks into one, so any text stands for one here.

use roadbook_core::model::ChangeId;
use roadbook_core::wire::{Folded, NewSnapshot, Snapshot, Verified};

use super::*;

fn change(text: &str) -> ChangeId {
    chunk(text).plain_id().unwrap()
}

impl Phone {
    async fn fold(&mut self, case: &Case, document: u8, replaces: &[&str], of: &str) -> Folded {
        let mut request = self.request(case);
        let replaces = replaces.iter().map(|text| change(text)).collect();
        request.snapshots = vec![NewSnapshot { document: id(document), replaces, chunk: chunk(of) }];
        self.ask(case, request).await.unwrap().folded[0]
    }

    async fn found(&mut self, case: &Case, document: u8, number: u64, good: bool) -> SyncAnswer {
        let mut request = self.request(case);
        request.verified = vec![Verified { document: id(document), number, good }];
        request.fetch = vec![id(document)];
        self.ask(case, request).await.unwrap()
    }

    /// As a device of the version before, which knows no snapshots.
    async fn older(&mut self, case: &Case) -> Result<SyncAnswer> {
        self.cursors.clear();
        self.changed.clear();
        let mut request = self.request(case);
        request.version = 1;
        self.ask(case, request).await
    }
}

/// A rep with a document of four changes and one beside it, and their manager.
async fn with_changes(case: &Case) -> (Member, Member, Phone) {
    let manager = case.member(Role::Manager, None).await;
    let wang = case.member(Role::Rep, Some(manager.id)).await;
    let mut phone = case.phone(&wang).await;
    let said = ["a", "b", "c"].map(|text| account(1, wang.book, text));
    phone.push(case, &said).await;
    phone.push(case, &[account(2, wang.book, "other"), account(1, wang.book, "d")]).await;
    (wang, manager, phone)
}

/// The changes of the first whole document of an answer, and its snapshot.
fn whole(answer: &SyncAnswer) -> (Vec<String>, Option<String>) {
    let document = &answer.documents[0];
    let changes = document.changes.iter().map(|entry| text(&entry.chunk)).collect();
    (changes, document.snapshot.as_ref().map(|snapshot| text(&snapshot.chunk)))
}

pub(in super::super) async fn a_snapshot_stands_for_what_it_replaces(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, manager, mut phone) = with_changes(&case).await;
    let mut half_way = case.phone(&manager).await;
    assert_eq!(entries(&half_way.start_over(&case).await), ["1 a", "2 b", "3 c", "4 other", "5 d"]);
    // Out of order: the order in which it gives them back is its own.
    assert_eq!(phone.fold(&case, 1, &["b", "a", "c"], "abc").await, Folded::Kept);
    assert_eq!(phone.push(&case, &[account(1, wang.book, "e")]).await, ["accepted 6"]);
    assert_eq!(entries(&half_way.sync(&case).await), ["6 e"], "what it holds does not come again");
    let mut newcomer = case.phone(&manager).await;
    let answer = newcomer.start_over(&case).await;
    assert_eq!(entries(&answer), ["3 abc for [2, 1, 3]", "4 other", "5 d", "6 e"]);
    let [page] = answer.pages.as_slice() else { panic!("{answer:?}") };
    let ids = ["b", "a", "c"].map(change);
    assert_eq!(page.snapshots[0].digest, Snapshot::digest_of(&ids));
    // A device that stopped in the middle of it gets all of it.
    let mut request = newcomer.request(&case);
    (request.cursors, request.all_cursors, request.budget) = (Vec::new(), Digest::ZERO, 1);
    newcomer.cursors.clear();
    let answer = newcomer.ask(&case, request).await.unwrap();
    assert!(answer.more);
    assert_eq!(entries(&answer), ["3 abc for [2, 1, 3]"]);
    // More of it, and not again the same.
    assert_eq!(phone.fold(&case, 1, &["a", "b"], "ab").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 1, &["a", "b", "d", "e"], "abde").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 1, &["a", "b", "c", "d", "x"], "x").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 1, &["a", "b", "c", "d", "e"], "abcde").await, Folded::Kept);
    assert_eq!(entries(&newcomer.start_over(&case).await), ["4 other", "6 abcde for [1, 2, 3, 5, 6]"]);
    let older = newcomer.older(&case).await.unwrap();
    assert_eq!(entries(&older), ["1 a", "2 b", "3 c", "4 other", "5 d", "6 e"]);
}

pub(in super::super) async fn a_bad_snapshot_goes_and_the_changes_come_again(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (_, manager, mut phone) = with_changes(&case).await;
    let mut above = case.phone(&manager).await;
    phone.fold(&case, 1, &["a", "b", "c", "d"], "nonsense").await;
    assert_eq!(entries(&above.start_over(&case).await), ["4 other", "5 nonsense for [1, 2, 3, 5]"]);
    let answer = above.found(&case, 1, 5, false).await;
    assert_eq!(whole(&answer), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), None));
    assert_eq!(entries(&above.start_over(&case).await), ["1 a", "2 b", "3 c", "4 other", "5 d"]);
}

pub(in super::super) async fn a_proved_snapshot_is_left_alone_after_a_month(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, manager, mut phone) = with_changes(&case).await;
    let mut above = case.phone(&manager).await;
    phone.fold(&case, 1, &["a", "b", "c"], "abc").await;
    // Its maker proves nothing.
    phone.found(&case, 1, 3, true).await;
    case.later(31 * DAY);
    case.storage.maintain(case.now.get()).await.unwrap();
    assert!(above.older(&case).await.is_ok(), "the changes are there");
    above.found(&case, 1, 3, true).await;
    case.storage.maintain(case.now.get()).await.unwrap();
    assert_eq!(refusal(above.older(&case).await), FailureCode::UpgradeRequired);
    assert_eq!(entries(&above.start_over(&case).await), ["3 abc for [1, 2, 3]", "4 other", "5 d"]);
    let answer = above.found(&case, 1, 3, false).await;
    assert_eq!(whole(&answer), (vec!["d".to_owned()], Some("abc".to_owned())), "it is all there is");
    assert_eq!(phone.push(&case, &[account(1, wang.book, "b")]).await, ["accepted 2"], "a repeat is known");
    // The next one stands beside it until it is proved as well.
    assert_eq!(phone.fold(&case, 1, &["a", "b", "c", "d"], "abcd").await, Folded::Kept);
    assert_eq!(entries(&above.start_over(&case).await), ["4 other", "5 abcd for [1, 2, 3, 5]"]);
    let answer = above.found(&case, 1, 5, false).await;
    assert_eq!(whole(&answer), (vec!["d".to_owned()], Some("abc".to_owned())));
    assert_eq!(entries(&above.start_over(&case).await), ["3 abc for [1, 2, 3]", "4 other", "5 d"]);
}

pub(in super::super) async fn a_snapshot_moves_with_its_document(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let (wang, manager, mut phone) = with_changes(&case).await;
    let li = case.member(Role::Rep, Some(manager.id)).await;
    let (mut new, mut both) = (case.phone(&li).await, case.phone(&manager).await);
    phone.fold(&case, 1, &["b", "a", "c"], "abc").await;
    assert_eq!(entries(&both.start_over(&case).await), ["3 abc for [2, 1, 3]", "4 other", "5 d"]);
    both.found(&case, 1, 3, true).await;
    case.later(31 * DAY);
    case.storage.maintain(case.now.get()).await.unwrap();
    case.hand_over(wang.book, li.book, &[1]).await;
    let mut answer = entries(&both.sync(&case).await);
    answer.sort();
    assert_eq!(answer, ["1 held", "2 held", "3 held", "4 held", "6 1 moved"], "it holds all of it");
    assert_eq!(entries(&new.sync(&case).await), ["3 abc for [2, 1, 3]", "4 d"]);
    case.admin(AdminCall::Move(NewMove { from: li.book, to: wang.book, roots: vec![id(1)] })).await.unwrap();
    let mut answer = entries(&both.start_over(&case).await);
    answer.sort();
    assert_eq!(answer.last().unwrap(), "9 abc for [8, 7, 9]", "{answer:?}");
}

pub(in super::super) async fn a_snapshot_is_taken_from_those_who_may_write_only(
    open: impl AsyncFn() -> Arc<dyn Storage>,
) {
    let case = Case::new(open).await;
    let (wang, _, mut phone) = with_changes(&case).await;
    let stranger = case.member(Role::Rep, None).await;
    let mut other = case.phone(&stranger).await;
    assert_eq!(other.fold(&case, 1, &["a", "b"], "ab").await, Folded::NotNeeded);
    case.grant(wang.book, stranger.id, Right::Reader, None).await;
    assert_eq!(other.fold(&case, 1, &["a", "b"], "ab").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 9, &["a", "b"], "ab").await, Folded::NotNeeded, "there is no such document");
    assert_eq!(phone.fold(&case, 1, &["a", "a"], "a").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 1, &["a"], "a").await, Folded::NotNeeded);
    assert_eq!(phone.fold(&case, 1, &["a", "b"], "ab").await, Folded::Kept);
    // A stranger's word changes nothing.
    case.revoke(wang.book, stranger.id).await;
    other.found(&case, 1, 2, false).await;
    assert!(entries(&phone.start_over(&case).await).contains(&"2 ab for [1, 2]".to_owned()));
}
