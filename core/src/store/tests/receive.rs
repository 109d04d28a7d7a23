//! Taking in answers that no relay of a test makes at will.

use automerge::Change;

use super::*;
use crate::document::decode_change;
use crate::model::{ChangeId, MemberId, WorkspaceId};
use crate::store::upload::Upload;
use crate::sync::Engine;
use crate::wire::{
    Access, Ack, BookAccess, BookPage, ChangeEntry, Chunk, Cursor, Digest, HeldEntry, Log, MemberInfo,
    MovedEntry, Receipt, Receipts, RejectionCode, Right, Role, SyncAnswer, Verdict, WholeDocument,
};

pub(super) const BOOK: BookId = BookId(uuid::Uuid::from_u128(0xb00c));
pub(super) const MEMBER: MemberId = MemberId(uuid::Uuid::from_u128(0x3e));

/// A store whose member edits a book.
pub(super) fn editor() -> (TempDir, Store) {
    let (folder, store) = store();
    store.receive(&told(true), &Upload::default(), None).unwrap();
    (folder, store)
}

/// Access as it is with that book, and without.
pub(super) fn told(shared: bool) -> SyncAnswer {
    let book = BookAccess {
        id: BOOK,
        name: "绍兴".to_owned(),
        owner: Some(MEMBER),
        right: Right::Editor,
        common: false,
        reviews: false,
    };
    let me = MemberInfo { id: MEMBER, name: "王".to_owned(), role: Role::Rep, reports_to: None };
    let access = Access {
        digest: Digest([1 + u8::from(shared); 8]),
        workspace: WorkspaceId(uuid::Uuid::from_u128(1)),
        workspace_name: "华东".to_owned(),
        member: MEMBER,
        books: if shared { vec![book] } else { Vec::new() },
        members: vec![me],
    };
    SyncAnswer { access: Some(access), ..SyncAnswer::new(MONDAY) }
}

pub(super) fn page(number: u64) -> BookPage {
    BookPage {
        next: Cursor { book: BOOK, log: Log::Entries, number, digest: Digest([number as u8; 8]) },
        head: number,
        changes: Vec::new(),
        snapshots: Vec::new(),
        held: Vec::new(),
        moved: Vec::new(),
        purged: Vec::new(),
    }
}

pub(super) fn answer(page: BookPage) -> SyncAnswer {
    SyncAnswer { members: vec![MEMBER], pages: vec![page], ..SyncAnswer::new(MONDAY) }
}

/// What a reviewer says of a change, which went to the book.
pub(super) fn verdict(document: RecordId, change: ChangeId, accepted: bool) -> Verdict {
    Verdict {
        number: 1,
        document,
        changes: vec![change],
        accepted,
        by: MEMBER,
        at: Some(MONDAY),
        book: Some(BOOK),
        reason: None,
    }
}

/// A record of one change that is in a review tray, and what carried it there.
pub(super) fn offered(store: &Store) -> (RecordId, ChangeId, Upload) {
    let id = account(store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let change = store.ledger(id).unwrap()[0].change;
    let offered = SyncAnswer { acks: vec![Ack::Tray(1)], ..SyncAnswer::new(MONDAY) };
    store.receive(&offered, &upload, None).unwrap();
    (id, change, upload)
}

/// A colleague's account and the edits of its region, as a log brings them.
pub(super) fn written_elsewhere(regions: &[&str]) -> (RecordId, Vec<ChangeEntry>) {
    let (_folder, author) = editor();
    let id = account(&author, "百草堂");
    for region in regions {
        author.edit(Edit::of(&author.get(id).unwrap()).set("region", *region)).unwrap();
    }
    let sent = author.upload(usize::MAX, 10).unwrap().changes;
    let entry = |(number, change): (u64, &crate::store::outgoing::Outgoing)| ChangeEntry {
        number,
        document: id,
        member: 0,
        offset: 0,
        change: None,
        chunk: change.chunk.clone(),
    };
    (id, (1..).zip(&sent).map(entry).collect())
}

/// Of a workspace with nothing in it.
pub(super) fn workspace() -> SyncAnswer {
    told(true)
}

/// A relay that was restored, or a proxy, said that it does not know this device.
#[test]
fn a_good_answer_says_that_the_token_works() {
    let (_folder, store) = editor();
    store.token_refused().unwrap();
    store.receive(&SyncAnswer::new(MONDAY), &Upload::default(), None).unwrap();
    assert!(!store.is_token_refused().unwrap());
}

/// It is kept for export, and nothing shows it again: an account without a name, in a list.
#[test]
fn a_new_record_that_was_refused_stays_hidden_when_books_are_chosen() {
    let (_folder, store) = editor();
    let (id, change, _) = offered(&store);
    let refused = SyncAnswer { verdicts: vec![verdict(id, change, false)], ..SyncAnswer::new(MONDAY) };
    store.receive(&refused, &Upload::default(), None).unwrap();
    assert!(store.find(id).unwrap().is_none());
    store.subscribe(Some(&[])).unwrap();
    store.subscribe(None).unwrap();
    assert!(store.find(id).unwrap().is_none());
    assert!(!store.export_lane(id).unwrap().is_empty());
}

/// What waits for its base is in no document yet, and no reviewer saw it.
#[test]
fn what_waits_is_not_refused_with_what_was() {
    let (id, entries) = written_elsewhere(&["绍兴", "杭州"]);
    let entry = |at: usize| entries[at].clone();
    let (_folder, store) = editor();
    let comes = answer(BookPage { changes: vec![entry(0), entry(2)], ..page(3) });
    store.receive(&comes, &Upload::default(), None).unwrap();
    assert_eq!(store.standing().unwrap().incomplete, [id]);
    store.edit(Edit::of(&store.get(id).unwrap()).set("industry", "医药")).unwrap();
    let upload = store.upload(usize::MAX, 10).unwrap();
    let offered = upload.changes[0].chunk.plain_id().unwrap();
    let tray = SyncAnswer { acks: vec![Ack::Tray(1)], ..SyncAnswer::new(MONDAY) };
    store.receive(&tray, &upload, None).unwrap();
    let verdict = verdict(id, offered, false);
    let refused = SyncAnswer { verdicts: vec![verdict], ..SyncAnswer::new(MONDAY) };
    store.receive(&refused, &Upload::default(), None).unwrap();
    assert_eq!(store.standing().unwrap().incomplete, [id]);
    let comes = answer(BookPage { changes: vec![entry(1)], ..page(4) });
    store.receive(&comes, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("region"), Some("杭州"));
    assert_eq!(store.standing().unwrap().incomplete, []);
}

#[test]
fn what_is_said_to_be_here_and_is_not_is_taken_in_when_it_comes() {
    let (_folder, author) = editor();
    let id = account(&author, "百草堂");
    let sent = author.upload(usize::MAX, 10).unwrap().changes.remove(0);
    let (_other, store) = editor();
    let change = sent.chunk.plain_id().unwrap();
    let held = HeldEntry { number: 1, document: id, change };
    let nothing = Upload::default();
    store.receive(&answer(BookPage { held: vec![held], ..page(1) }), &nothing, None).unwrap();
    assert_eq!(store.standing().unwrap().incomplete, [id]);
    let comes =
        ChangeEntry { number: 2, document: id, member: 0, offset: 0, change: None, chunk: sent.chunk };
    store.receive(&answer(BookPage { changes: vec![comes], ..page(2) }), &nothing, None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("name"), Some("百草堂"));
    assert_eq!((store.check().unwrap(), store.aside().unwrap()), (vec![], vec![]));
    store.edit(Edit::of(&store.get(id).unwrap()).set("region", "绍兴")).unwrap();
}

/// A wake-up tells that the record moved to where this member sees nothing; then it comes back, and only then this device
/// hears that its change was accepted. Pages leave out what the request itself pushed.
#[test]
fn what_was_going_away_and_is_accepted_where_it_was_stays() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let moved = MovedEntry { number: 2, to: None, documents: vec![id] };
    store.receive(&answer(BookPage { moved: vec![moved], ..page(2) }), &Upload::default(), None).unwrap();
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 3)], ..SyncAnswer::new(MONDAY) };
    store.receive(&accepted, &upload, None).unwrap();
    assert!(store.find(id).unwrap().is_some());
}

/// A book that is not shared any more goes at once, whatever the relay did not take of it; shared again, all of it is back.
#[test]
fn what_is_kept_for_export_needs_no_book_and_shows_again_with_it() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let chunk = upload.changes[0].chunk.clone();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..SyncAnswer::new(MONDAY) };
    store.receive(&accepted, &upload, None).unwrap();
    store.edit(Edit::of(&store.get(id).unwrap()).set("region", "绍兴")).unwrap();
    let forbidden = Ack::Rejected(RejectionCode::Forbidden.rejection());
    let answered = SyncAnswer { acks: vec![forbidden], ..told(false) };
    store.receive(&answered, &store.upload(usize::MAX, 10).unwrap(), None).unwrap();
    assert_eq!((store.books().unwrap(), store.list(&Query::new("account")).unwrap()), (vec![], vec![]));
    assert_eq!(store.quarantined().unwrap()[0].code, "forbidden");
    assert_eq!(store.export_lane(id).unwrap()[0].to, Some("绍兴".into()));
    assert_eq!(store.check().unwrap(), []);

    store.receive(&told(true), &Upload::default(), None).unwrap();
    let entry = ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk };
    let comes = answer(BookPage { changes: vec![entry], ..page(1) });
    store.receive(&comes, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("region"), Some("绍兴"));
    assert_eq!((store.books().unwrap().len(), store.check().unwrap()), (1, vec![]));
    // There is a right again for what was rejected for want of one.
    assert_eq!(
        (store.upload(usize::MAX, 10).unwrap().changes.len(), store.quarantined().unwrap()),
        (1, vec![])
    );
}

/// A restored relay forgot that this member might write here, and the book was taken away before it was granted again.
#[test]
fn what_was_rejected_for_want_of_a_right_goes_out_with_one_and_shows_again() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let forbidden = Ack::Rejected(RejectionCode::Forbidden.rejection());
    let answered = SyncAnswer { acks: vec![forbidden], ..told(false) };
    store.receive(&answered, &store.upload(usize::MAX, 10).unwrap(), None).unwrap();
    assert_eq!((store.find(id).unwrap(), store.quarantined().unwrap().len()), (None, 1));
    assert!(store.receive(&told(true), &Upload::default(), None).unwrap().to_send);
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..SyncAnswer::new(MONDAY) };
    store.receive(&accepted, &upload, None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("name"), Some("百草堂"));
    assert_eq!((store.status().unwrap().quarantined, store.check().unwrap()), (0, vec![]));
}

/// A relay whose clock or whose numbers are beyond all bounds: each answer is taken in or refused, and the next sync begins.
#[test]
fn numbers_that_no_relay_has_stop_no_sync() {
    let (_folder, store) = editor();
    account(&store, "百草堂");
    let mut engine = Engine::new(store.clone());
    let mut told_by = |answer: &SyncAnswer| {
        let ask = engine.ask().unwrap();
        engine.answer(ask, answer)
    };
    for clock in [i64::MIN, i64::MAX] {
        told_by(&SyncAnswer::new(clock)).unwrap();
    }
    let beyond = told_by(&answer(page(u64::MAX)));
    assert!(matches!(beyond, Err(Error::BadAnswer { .. })), "{beyond:?}");
    assert_eq!(store.standing().unwrap().cursors, []);
    let mut two = told(true);
    let books = &mut two.access.as_mut().unwrap().books;
    let other = BookAccess { id: BookId(uuid::Uuid::from_u128(0xb00d)), ..books[0].clone() };
    let far = BookPage { head: i64::MAX as u64, ..page(1) };
    let next = Cursor { book: other.id, ..far.next };
    books.push(other);
    two.pages = vec![far.clone(), BookPage { next, ..far.clone() }, BookPage { next, ..far }];
    told_by(&two).unwrap();
    engine.begin().unwrap();
    assert_eq!((store.status().unwrap().unsent, store.check().unwrap()), (1, vec![]));
}

/// A tray numbers what it holds for itself: how far colleagues have read the log says nothing of that.
#[test]
fn what_a_reviewer_accepted_is_delivered_to_nobody_before_its_entry_came() {
    let (_folder, store) = editor();
    let (record, change, _) = offered(&store);
    let colleague = MemberId(uuid::Uuid::from_u128(0x3f));
    let read = Receipt { book: BOOK, member: colleague, number: 5, at: MONDAY };
    let accepted = verdict(record, change, true);
    let receipts = Some(Receipts { digest: Digest([9; 8]), list: vec![read] });
    let answer = SyncAnswer { verdicts: vec![accepted], receipts, ..SyncAnswer::new(MONDAY) };
    store.receive(&answer, &Upload::default(), None).unwrap();
    let entry = store.ledger(record).unwrap().remove(0);
    assert_eq!((entry.state, entry.delivered), (LedgerState::Accepted, vec![]));
}

/// The changes that the next request carries are packed while one is on its way, and only sent if its answer settles all.
#[test]
fn what_was_prepared_is_sent_unless_the_answer_says_more() {
    for settles in [true, false] {
        let (_folder, store) = editor();
        let [first, second, third] = ["一", "二", "三"].map(|name| account(&store, name));
        let mut engine = Engine::new(store);
        engine.carry_at_most(1);
        let pushed = |ask: &crate::sync::Ask| -> Vec<RecordId> {
            let (body, compressed) = ask.body().unwrap();
            let request: crate::wire::SyncRequest = crate::wire::read_body(&body, compressed).unwrap();
            request.pushes.iter().map(|push| push.document).collect()
        };
        let ask = engine.ask().unwrap();
        assert_eq!(pushed(&ask), [first]);
        engine.prepare(&ask);
        let ack = match settles {
            true => Ack::Accepted(BOOK, 1),
            false => Ack::Rejected(RejectionCode::Forbidden.rejection()),
        };
        engine.answer(ask, &SyncAnswer { acks: vec![ack], ..SyncAnswer::new(MONDAY) }).unwrap();
        let ask = engine.ask().unwrap();
        assert_eq!((pushed(&ask), ask.request.pushes.is_empty()), (vec![second], settles));
        engine.prepare(&ask);
        let lost = Error::Offline { detail: "cut".to_owned() };
        engine.failed(ask, &lost).unwrap();
        assert_eq!(pushed(&engine.ask().unwrap()), [second, third]);
    }
}

/// Refused, hidden, and then accepted after all by somebody to whose book it went.
#[test]
fn what_is_shown_again_in_another_book_is_listed_there() {
    let (_folder, store) = editor();
    let (id, change, upload) = offered(&store);
    let refused = verdict(id, change, false);
    let refused = SyncAnswer { verdicts: vec![refused], ..SyncAnswer::new(MONDAY) };
    store.receive(&refused, &Upload::default(), None).unwrap();
    assert!(store.find(id).unwrap().is_none());
    let other = BookId(uuid::Uuid::from_u128(0xb00d));
    let mut access = told(true).access.unwrap();
    access.digest = Digest([9; 8]);
    access.books.push(BookAccess { id: other, name: "杭州".to_owned(), ..access.books[0].clone() });
    let entry = ChangeEntry {
        number: 1,
        document: id,
        member: 0,
        offset: 0,
        change: None,
        chunk: upload.changes[0].chunk.clone(),
    };
    let next = Cursor { book: other, ..page(1).next };
    let comes =
        SyncAnswer { access: Some(access), ..answer(BookPage { next, changes: vec![entry], ..page(1) }) };
    store.receive(&comes, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().book, other);
    assert_eq!(store.check().unwrap(), []);
}

/// Of a record that went, one change is in the log of the book it went to, another was rejected: what is left of it here names nobody.
#[test]
fn what_went_to_another_book_is_delivered_to_nobody_who_read_this_one() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    store.edit(Edit::of(&store.get(id).unwrap()).set("region", "绍兴")).unwrap();
    let upload = store.upload(usize::MAX, 10).unwrap();
    let acks = vec![Ack::Gone(1), Ack::Rejected(RejectionCode::Forbidden.rejection())];
    store.receive(&SyncAnswer { acks, ..SyncAnswer::new(MONDAY) }, &upload, None).unwrap();
    let colleague = MemberId(uuid::Uuid::from_u128(0x3f));
    let read = Receipt { book: BOOK, member: colleague, number: 5, at: MONDAY };
    let receipts = Some(Receipts { digest: Digest([9; 8]), list: vec![read] });
    store.receive(&SyncAnswer { receipts, ..SyncAnswer::new(MONDAY) }, &Upload::default(), None).unwrap();
    let ledger = store.ledger(id).unwrap();
    let states: Vec<_> = ledger.iter().map(|entry| (entry.state, entry.delivered.len())).collect();
    assert_eq!(states, [(LedgerState::Accepted, 0), (LedgerState::Quarantined, 0)]);
}

/// The first of many pages says what colleagues have read as well: the next is asked for ahead all the same, and not told it again.
#[test]
fn pages_are_asked_for_ahead_of_receipts() {
    let (_folder, store) = editor();
    let mut engine = Engine::new(store.clone());
    let ask = engine.ask().unwrap();
    let receipts = Receipts { digest: Digest([9; 8]), list: Vec::new() };
    let first = SyncAnswer { receipts: Some(receipts), more: true, ..answer(page(1)) };
    let ahead = engine.ask_ahead(&ask, &first).unwrap().unwrap();
    let told = |request: &crate::wire::SyncRequest| (request.receipts, request.ahead.clone());
    assert_eq!(told(&ahead.request), (Digest([9; 8]), vec![page(1).next]));
    engine.answer(ask, &first).unwrap();
    engine.answer(ahead, &answer(page(2))).unwrap();
    assert_eq!(told(&engine.ask().unwrap().request), (Digest([9; 8]), vec![]));
    assert_eq!(store.standing().unwrap().cursors, [page(2).next]);
}

/// A relay of before reads accounts as bytes only; which one it is, its first answer says.
#[test]
fn accounts_travel_as_text_once_the_relay_is_known_to_read_them() {
    for version in [2, crate::wire::VERSION] {
        let (_folder, store) = editor();
        let id = account(&store, "百草堂");
        let mut engine = Engine::new(store.clone());
        let tables = |ask: &crate::sync::Ask| (ask.request.roots.clone(), ask.request.accounts.clone());
        visit(&store, id, MONDAY, "ok");
        let ask = engine.ask().unwrap();
        assert_eq!(tables(&ask), (vec![id], vec![]));
        let acks = vec![Ack::Accepted(BOOK, 1), Ack::Accepted(BOOK, 2)];
        engine.answer(ask, &SyncAnswer { version, acks, ..SyncAnswer::new(MONDAY) }).unwrap();
        visit(&store, id, MONDAY, "ok");
        let ask = engine.ask().unwrap();
        assert_eq!(tables(&ask), if version == 2 { (vec![id], vec![]) } else { (vec![], vec![id]) });
        let (body, compressed) = ask.body().unwrap();
        let read: crate::wire::SyncRequest = crate::wire::read_body(&body, compressed).unwrap();
        assert_eq!(read, ask.request);
    }
}

/// A dishonest relay serves one document with changes of another, which is here.
#[test]
fn a_document_comes_with_its_own_changes_only() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let chunk = store.upload(usize::MAX, 10).unwrap().changes.remove(0).chunk;
    let other = RecordId(uuid::Uuid::from_u128(0x0de));
    let entry = ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk };
    let whole = WholeDocument { document: other, book: Some(BOOK), snapshot: None, changes: vec![entry] };
    let comes = SyncAnswer { members: vec![MEMBER], documents: vec![whole], ..SyncAnswer::new(MONDAY) };
    let refused = store.receive(&comes, &Upload::default(), None);
    assert!(matches!(refused, Err(Error::BadAnswer { .. })), "{refused:?}");
    assert_eq!((store.find(other).unwrap(), store.check().unwrap()), (None, vec![]));
}

/// Changes of one record are taken in together, unless one of them cannot be.
#[test]
fn a_change_that_nobody_could_apply_keeps_none_beside_it_out() {
    let (id, mut entries) = written_elsewhere(&["绍兴", "杭州"]);
    let mut twin = decode_change(&entries[1].chunk.change().unwrap()).unwrap().decode();
    // Of the same actor, at the same place: automerge takes one of the two.
    twin.message = Some("twin".to_owned());
    let chunk = Chunk::plain(Change::from(twin).raw_bytes());
    entries.insert(2, ChangeEntry { number: 3, chunk, ..entries[1].clone() });
    entries[3].number = 4;
    let (_folder, store) = editor();
    let comes = answer(BookPage { changes: entries, ..page(4) });
    assert_eq!(store.receive(&comes, &Upload::default(), None).unwrap().changes, 4);
    assert_eq!(store.get(id).unwrap().fields.text("region"), Some("杭州"));
    let aside = store.aside().unwrap();
    assert_eq!(aside.iter().map(|aside| aside.record).collect::<Vec<_>>(), [id]);
    assert_eq!(store.check().unwrap(), []);
}

/// Nobody honest creates a record twice, as two kinds: the later to come may be the one that counts.
#[test]
fn a_record_whose_kind_changes_is_listed_and_found_as_that_alone() {
    let (id, mut entries) = written_elsewhere(&[]);
    let mut twin = decode_change(&entries[0].chunk.change().unwrap()).unwrap().decode();
    twin.actor_id = automerge::ActorId::from([0xff; 16]);
    for operation in &mut twin.operations {
        if operation.key == automerge::legacy::Key::Map("kind".into()) {
            operation.action = automerge::legacy::OpType::Put("opportunity".into());
        }
    }
    let chunk = Chunk::plain(Change::from(twin).raw_bytes());
    entries.push(ChangeEntry { number: 2, chunk, ..entries[0].clone() });
    let (_folder, store) = editor();
    for entry in entries {
        let number = entry.number;
        let comes = answer(BookPage { changes: vec![entry], ..page(number) });
        store.receive(&comes, &Upload::default(), None).unwrap();
    }
    let listed = |kind| store.list(&Query::new(kind)).unwrap().into_iter().map(|record| record.id);
    assert_eq!(listed("account").chain(listed("opportunity")).collect::<Vec<_>>(), [id]);
    assert_eq!(listed("opportunity").count(), 1);
    assert_eq!(store.search("百草堂", 10, 0).unwrap().len(), 1);
    store.verify().unwrap();
    assert_eq!(store.check().unwrap(), []);
}

/// Chunks of the next version, to this one; then the app is updated.
#[test]
fn what_an_earlier_version_put_aside_is_asked_for_again() {
    let (id, entries) = written_elsewhere(&["绍兴"]);
    let (folder, store) = editor();
    let unread = entries.iter().map(|entry| ChangeEntry { chunk: Chunk(vec![7; 60]), ..entry.clone() });
    let comes = BookPage { changes: unread.collect(), ..page(2) };
    store.receive(&answer(comes), &Upload::default(), None).unwrap();
    assert_eq!(store.aside().unwrap().len(), 2);
    let reopened = |store: Store| {
        drop(store);
        crate::open(folder.path(), options(2), &mut |_, _| {}).unwrap()
    };
    let store = reopened(store);
    assert_eq!(store.aside().unwrap().len(), 2, "the same version reads no more than before");
    store.inner.write(|w| crate::store::meta::set(w.tx, "read_by", "0.0.1")).unwrap();
    let store = reopened(store);
    assert_eq!((store.aside().unwrap(), store.standing().unwrap().incomplete), (vec![], vec![id]));
    let whole = WholeDocument { document: id, book: Some(BOOK), snapshot: None, changes: entries };
    let comes = SyncAnswer { members: vec![MEMBER], documents: vec![whole], ..SyncAnswer::new(MONDAY) };
    store.receive(&comes, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("region"), Some("绍兴"));
    assert_eq!((store.check().unwrap(), store.standing().unwrap().incomplete), (vec![], vec![]));
}

/// A log that is read again brings what waits for its base, and the base.
#[test]
fn what_waits_is_taken_in_with_its_base_though_it_comes_again() {
    let (id, entries) = written_elsewhere(&["绍兴", "杭州", "宁波"]);
    let entry = |at: usize| entries[at].clone();
    let (_folder, store) = editor();
    let comes = |changes| {
        store.receive(&answer(BookPage { changes, ..page(4) }), &Upload::default(), None).unwrap();
        (store.get(id).unwrap().fields.text("region").map(str::to_owned), store.check().unwrap())
    };
    let shown = |region: &str| (Some(region.to_owned()), vec![]);
    assert_eq!(comes(vec![entry(0), entry(1), entry(3)]), shown("绍兴"));
    assert_eq!(comes(vec![entry(3)]), shown("绍兴"));
    assert_eq!(comes(vec![entry(2), entry(3)]), shown("宁波"));
    assert_eq!(store.standing().unwrap().incomplete, []);
}
