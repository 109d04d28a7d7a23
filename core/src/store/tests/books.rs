//! Books that go, come back, and are chosen.

use super::receive::{BOOK, answer, editor, page, told, written_elsewhere};
use super::*;
use crate::store::upload::Upload;
use crate::sync::{Engine, Next};
use crate::wire::{Ack, BookAccess, BookPage, Log, MovedEntry, RejectionCode, SyncAnswer};

/// Of a book that goes and comes back, what was erased is to come again, although something of it was still here.
#[test]
fn a_book_that_comes_back_while_it_is_leaving_is_read_from_its_beginning() {
    let (_folder, store) = editor();
    let gone = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    store.receive(&accepted, &upload, None).unwrap();
    let unsent = account(&store, "德仁堂");
    store.receive(&told(false), &Upload::default(), None).unwrap();
    assert!(store.find(gone).unwrap().is_none() && store.find(unsent).unwrap().is_some());
    // As the relay knows it, the device has read the log so far.
    let returns = SyncAnswer { pages: vec![page(2)], ..told(true) };
    let received = store.receive(&returns, &Upload::default(), None).unwrap();
    assert_eq!((store.standing().unwrap().cursors, received.to_read), (vec![], true));
    assert_eq!(store.unsent(9, 0).unwrap()[0].record, unsent);
}

/// What a relay tells by itself may be heard after it was restored from a backup, and this device be the last to have it.
#[test]
fn what_leaves_goes_with_the_answer_to_a_question() {
    let (_folder, store) = editor();
    let gone = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    store.receive(&accepted, &upload, None).unwrap();
    let mut by_itself = Upload::default();
    by_itself.told = true;
    store.receive(&told(false), &by_itself, None).unwrap();
    assert!(store.find(gone).unwrap().is_some());
    store.receive(&SyncAnswer::new(MONDAY), &Upload::default(), None).unwrap();
    assert!(store.find(gone).unwrap().is_none());
}

/// Findings and next actions go with what they hang on, however many parts that is erased in.
#[test]
fn a_book_of_many_records_goes_whole() {
    let (_folder, store) = editor();
    let records: Vec<RecordId> = (0..400).map(|n| account(&store, &format!("客户 {n}"))).collect();
    for (day, record) in (0..).zip(&records) {
        visit(&store, *record, MONDAY + day * 3_600_000, "");
    }
    let next = || store.next_actions("2026-03-16".parse().unwrap(), None, 9).unwrap().len();
    assert_eq!(next(), 9);
    let upload = store.upload(usize::MAX, 1_000).unwrap();
    let acks = (1..=upload.changes.len() as u64).map(|number| Ack::Accepted(BOOK, number)).collect();
    store.receive(&SyncAnswer { acks, ..answer(page(800)) }, &upload, None).unwrap();
    let mut changes = store.observe();
    store.receive(&told(false), &Upload::default(), None).unwrap();
    assert_eq!(
        (store.count(&Query::new("account")).unwrap(), store.count(&Query::new("visit")).unwrap()),
        (0, 0)
    );
    assert_eq!(next(), 0);
    assert_eq!((store.check().unwrap(), store.search("客户", 9, 0).unwrap()), (vec![], vec![]));
    let told = changes.try_next().unwrap();
    assert!(told.concerns("account") && told.concerns("visit"));
}

/// Choosing books anew does not bring back what moved to where this member sees nothing.
#[test]
fn what_moved_away_goes_whatever_is_subscribed_to() {
    let (_folder, store) = editor();
    let [moved, stays] = ["百草堂", "德仁堂"].map(|name| account(&store, name));
    let entry = MovedEntry { number: 2, to: None, documents: vec![moved] };
    store.receive(&answer(BookPage { moved: vec![entry], ..page(2) }), &Upload::default(), None).unwrap();
    let there = || [moved, stays].map(|id| store.find(id).unwrap().is_some());
    assert_eq!(there(), [true, true], "its work is not handed in yet");
    for chosen in [Some(&[BOOK][..]), None, Some(&[]), None] {
        store.subscribe(chosen).unwrap();
    }
    assert_eq!(store.standing().unwrap().cursors, []);
    let entry = MovedEntry { number: 2, to: None, documents: vec![moved] };
    store.receive(&answer(BookPage { moved: vec![entry], ..page(2) }), &Upload::default(), None).unwrap();
    store.subscribe(None).unwrap();
    let acks = vec![Ack::Tray(1), Ack::Accepted(BOOK, 3)];
    let upload = store.upload(usize::MAX, 10).unwrap();
    store.receive(&SyncAnswer { acks, ..SyncAnswer::new(MONDAY) }, &upload, None).unwrap();
    assert_eq!(there(), [false, true]);
}

/// Books are chosen while an answer is on its way: it is of books that are not read any more, or begins behind what was erased.
#[test]
fn an_answer_of_other_books_than_are_chosen_now_brings_nothing() {
    let (_folder, store) = editor();
    account(&store, "百草堂");
    let mut engine = Engine::new(store.clone());
    let ask = engine.ask().unwrap();
    store.subscribe(Some(&[])).unwrap();
    let settles = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    assert_eq!(engine.answer(ask, &settles).unwrap(), Next::Ask);
    assert_eq!((store.standing().unwrap().cursors, store.status().unwrap().unsent), (vec![], 0));
    assert_eq!(store.list(&Query::new("account")).unwrap(), []);
    let ask = engine.ask().unwrap();
    store.subscribe(None).unwrap();
    assert_eq!(engine.answer(ask, &answer(page(1))).unwrap(), Next::Ask);
    assert_eq!(store.standing().unwrap().cursors, []);
    let ask = engine.ask().unwrap();
    engine.answer(ask, &answer(page(1))).unwrap();
    assert_eq!(store.standing().unwrap().cursors, [page(1).next]);
}

/// Books are chosen, and chosen back, while an answer is on its way: it begins behind what was erased. So do the pages that were
/// asked for ahead of one that was not taken in.
#[test]
fn an_answer_that_begins_behind_what_was_read_brings_nothing() {
    let (id, entries) = written_elsewhere(&["绍兴"]);
    let pages =
        [1, 2].map(|number| BookPage { changes: vec![entries[number - 1].clone()], ..page(number as u64) });
    let [first, second] = pages.map(|page| SyncAnswer { more: page.next.number == 1, ..answer(page) });
    let (_folder, store) = editor();
    let mut engine = Engine::new(store.clone());
    let ask = engine.ask().unwrap();
    engine.answer(ask, &first).unwrap();
    let ask = engine.ask().unwrap();
    store.subscribe(Some(&[])).unwrap();
    store.subscribe(None).unwrap();
    assert_eq!(
        (engine.answer(ask, &second).unwrap(), store.standing().unwrap().cursors),
        (Next::Ask, vec![])
    );

    let ask = engine.ask().unwrap();
    store.subscribe(Some(&[BOOK])).unwrap();
    let ahead = engine.ask_ahead(&ask, &first).unwrap().unwrap();
    assert_eq!(engine.answer(ask, &first).unwrap(), Next::Ask);
    assert_eq!(
        (engine.answer(ahead, &second).unwrap(), store.standing().unwrap().cursors),
        (Next::Ask, vec![])
    );
    let ask = engine.ask().unwrap();
    let ahead = engine.ask_ahead(&ask, &first).unwrap().unwrap();
    engine.answer(ask, &first).unwrap();
    engine.answer(ahead, &second).unwrap();
    assert_eq!(store.get(id).unwrap().fields.text("region"), Some("绍兴"));
}

/// What is written in a book that is not read here, or moves to one, goes once it is handed in: it would grow stale.
#[test]
fn nothing_stays_of_a_book_that_is_not_read() {
    let (_folder, store) = editor();
    let moved = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 1)], ..answer(page(1)) };
    store.receive(&accepted, &upload, None).unwrap();
    let other = BookId(uuid::Uuid::from_u128(0xb00d));
    let mut two = told(true);
    let books = &mut two.access.as_mut().unwrap().books;
    books.push(BookAccess { id: other, owner: None, ..books[0].clone() });
    store.receive(&two, &Upload::default(), None).unwrap();
    store.subscribe(Some(&[BOOK])).unwrap();
    let mut nothing = Upload::default();
    nothing.only = Some(vec![BOOK]);
    let entry = MovedEntry { number: 2, to: Some(other), documents: vec![moved] };
    let moves = answer(BookPage { moved: vec![entry], ..page(2) });
    store.receive(&moves, &nothing, None).unwrap();
    assert!(store.find(moved).unwrap().is_none());
    store.subscribe(Some(&[])).unwrap();
    let written = account(&store, "德仁堂");
    let mut upload = store.upload(usize::MAX, 10).unwrap();
    upload.only = Some(Vec::new());
    assert!(store.find(written).unwrap().is_some());
    let accepted = SyncAnswer { acks: vec![Ack::Accepted(BOOK, 3)], ..SyncAnswer::new(MONDAY) };
    store.receive(&accepted, &upload, None).unwrap();
    assert!(store.find(written).unwrap().is_none());
}

/// A relay that was restored from a backup says so with the first answer after the choice.
#[test]
fn what_is_not_chosen_any_more_goes_once_the_relay_has_it() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let accept = |store: &Store| {
        let mut upload = store.upload(usize::MAX, 10).unwrap();
        upload.only = store.subscription().unwrap();
        let acks = upload.changes.iter().map(|_| Ack::Accepted(BOOK, 1)).collect();
        let answer = SyncAnswer { acks, ..SyncAnswer::new(MONDAY) };
        store.receive(&answer, &upload, None).unwrap();
        (upload.changes.len(), store.find(id).unwrap().is_some())
    };
    assert_eq!(accept(&store), (1, true));
    store.subscribe(Some(&[])).unwrap();
    assert!(store.find(id).unwrap().is_some());
    let mut nothing = Upload::default();
    nothing.only = Some(Vec::new());
    let asks = SyncAnswer { cursors_wanted: true, ..SyncAnswer::new(MONDAY) };
    let anew = SyncAnswer { diverged: vec![(BOOK, Log::Entries)], ..SyncAnswer::new(MONDAY) };
    for answer in [asks, anew] {
        store.receive(&answer, &nothing, None).unwrap();
    }
    assert_eq!(accept(&store), (0, true), "its log is read");
    assert_eq!(accept(&store), (1, false), "it was given back");
}

/// What was saved before the device was enrolled waits for a book of its member's own.
#[test]
fn what_no_book_took_goes_out_once_there_is_one() {
    let (_folder, store) = store();
    let id = account(&store, "百草堂");
    store.receive(&told(false), &Upload::default(), None).unwrap();
    let forbidden = SyncAnswer {
        acks: vec![Ack::Rejected(RejectionCode::Forbidden.rejection())],
        ..SyncAnswer::new(MONDAY)
    };
    store.receive(&forbidden, &store.upload(usize::MAX, 10).unwrap(), None).unwrap();
    assert_eq!(store.quarantined().unwrap()[0].code, "forbidden");
    assert!(store.receive(&told(true), &Upload::default(), None).unwrap().to_send);
    let upload = store.upload(usize::MAX, 10).unwrap();
    assert_eq!((upload.changes[0].document, upload.changes[0].book), (id, BOOK));
    assert_eq!((store.get(id).unwrap().book, store.quarantined().unwrap()), (BOOK, vec![]));
}
