//! What was offered for review, and what goes again to a relay that lost it.

use super::receive::{BOOK, MEMBER, answer, editor, offered, page, told, verdict, written_elsewhere};
use super::*;
use crate::model::DeviceId;
use crate::store::upload::Upload;
use crate::sync::Engine;
use crate::wire::{
    Ack, BookAccess, BookPage, ChangeEntry, Chunk, Cursor, Digest, Log, MovedEntry, Right, SyncAnswer,
    TrayClosed, TrayEntry, TrayPage, Verdict,
};

fn device(number: u64) -> DeviceId {
    DeviceId(uuid::Uuid::from_u128(number.into()))
}

/// Changes of a record in a tray, each with the device that offers it.
fn tray(document: RecordId, offers: impl IntoIterator<Item = (Chunk, u64)>) -> TrayPage {
    let entry = |((chunk, from), number)| TrayEntry {
        number,
        document,
        device: device(from),
        member: 0,
        offset: 0,
        change: None,
        chunk,
    };
    let offered: Vec<_> = offers.into_iter().zip(1..).map(entry).collect();
    let next = Cursor { log: Log::Tray, ..page(offered.len() as u64).next };
    TrayPage { next, offered, closed: Vec::new() }
}

/// What a member may do in the book.
fn may(right: Right) -> SyncAnswer {
    let mut access = told(true).access.unwrap();
    (access.digest, access.books[0].right) = (Digest([9; 8]), right);
    SyncAnswer { access: Some(access), ..SyncAnswer::new(MONDAY) }
}

/// A colleague's account and an edit of it on the device of one who reads them, and whose relay was restored to before both.
fn lost_by_the_relay() -> (TempDir, Store, RecordId, [Chunk; 2]) {
    let (id, entries) = written_elsewhere(&["绍兴"]);
    let chunks = [0, 1].map(|at: usize| entries[at].chunk.clone());
    let (folder, store) = editor();
    store.receive(&may(Right::Reader), &Upload::default(), None).unwrap();
    let comes = answer(BookPage { changes: entries, ..page(2) });
    store.receive(&comes, &Upload::default(), None).unwrap();
    let anew = SyncAnswer { diverged: vec![(BOOK, Log::Entries)], ..SyncAnswer::new(MONDAY) };
    store.receive(&anew, &Upload::default(), None).unwrap();
    store.receive(&SyncAnswer::new(MONDAY), &Upload::default(), None).unwrap();
    assert!(store.upload(usize::MAX, 10).unwrap().changes.is_empty());
    (folder, store, id, chunks)
}

/// What was offered of a record that is gone is kept as it was written, in a store that was salvaged as well.
#[test]
fn what_was_offered_of_a_record_that_is_gone_survives_a_salvage() {
    let (folder, store) = editor();
    let id = account(&store, "百草堂");
    let upload = store.upload(usize::MAX, 10).unwrap();
    let moved = MovedEntry { number: 2, to: None, documents: vec![id] };
    let gone = SyncAnswer { acks: vec![Ack::Tray(7)], ..answer(BookPage { moved: vec![moved], ..page(2) }) };
    store.receive(&gone, &upload, None).unwrap();
    assert!(store.find(id).unwrap().is_none());
    let before = (store.ledger(id).unwrap(), store.export_lane(id).unwrap());
    assert_eq!(before.0[0].state, LedgerState::InReview);
    assert!(before.1.iter().any(|entry| entry.field == "name" && entry.to == Some("百草堂".into())));
    store.pause().unwrap();
    crate::salvage(folder.path(), options(2), &mut |_, _| {}).unwrap();
    let store = crate::open(folder.path(), options(3), &mut |_, _| {}).unwrap();
    assert_eq!((store.ledger(id).unwrap(), store.export_lane(id).unwrap()), before);
    // A relay that was restored may lack it: it goes out again, before anything newer.
    let later = account(&store, "回春堂");
    let anew = SyncAnswer { diverged: vec![(BOOK, Log::Tray)], ..SyncAnswer::new(MONDAY) };
    store.receive(&anew, &Upload::default(), None).unwrap();
    let upload = store.upload(1, 10).unwrap();
    assert_eq!((upload.changes.len(), upload.changes[0].document, upload.more), (1, id, true));
    let offered = SyncAnswer { acks: vec![Ack::Tray(8)], ..SyncAnswer::new(MONDAY) };
    store.receive(&offered, &upload, None).unwrap();
    assert_eq!(store.ledger(id).unwrap(), before.0);
    assert_eq!(store.upload(usize::MAX, 10).unwrap().changes[0].document, later);
    let verdict = Verdict { book: None, ..verdict(id, before.0[0].change, false) };
    let refused = SyncAnswer { verdicts: vec![verdict], ..SyncAnswer::new(MONDAY) };
    store.receive(&refused, &Upload::default(), None).unwrap();
    assert_eq!(store.verdicts().unwrap()[0].kept, 1);
    store.discard_lane(id).unwrap();
    assert_eq!((store.verdicts().unwrap(), store.status().unwrap().refused), (vec![], 0));
    assert!(matches!(store.ledger(id), Err(Error::NotFound { .. })));
}

/// A restored relay may have lost a record, and what its author offered of it when it was not theirs to see any more: alone, that
/// would be of a record that nobody can read.
#[test]
fn what_was_offered_of_a_record_that_is_gone_goes_out_again_with_what_it_builds_on() {
    let (_folder, store) = editor();
    let id = account(&store, "百草堂");
    let takes = |acks: Vec<Ack>, rest: SyncAnswer| {
        let upload = store.upload(usize::MAX, 10).unwrap();
        store.receive(&SyncAnswer { acks, ..rest }, &upload, None).unwrap();
        upload.changes.into_iter().map(|change| change.chunk).collect::<Vec<_>>()
    };
    let record = takes(vec![Ack::Accepted(BOOK, 1)], answer(page(1)));
    store.edit(Edit::of(&store.get(id).unwrap()).set("region", "绍兴")).unwrap();
    let moved = MovedEntry { number: 2, to: None, documents: vec![id] };
    let edit = takes(vec![Ack::Tray(7)], answer(BookPage { moved: vec![moved], ..page(2) }));
    let states = || store.ledger(id).unwrap().iter().map(|entry| entry.state).collect::<Vec<_>>();
    assert_eq!(states(), [LedgerState::InReview]);
    assert_eq!((store.status().unwrap().in_review, store.status().unwrap().unsent), (1, 0));
    for acks in [vec![Ack::Tray(1), Ack::Tray(2)], vec![Ack::Gone(1), Ack::Tray(3)]] {
        let anew = SyncAnswer { diverged: vec![(BOOK, Log::Tray)], ..SyncAnswer::new(MONDAY) };
        store.receive(&anew, &Upload::default(), None).unwrap();
        assert_eq!(takes(acks, SyncAnswer::new(MONDAY)), [record.clone(), edit.clone()].concat());
    }
    assert_eq!(states(), [LedgerState::InReview]);
    let change = store.ledger(id).unwrap()[0].change;
    let accepted = Verdict { book: None, ..verdict(id, change, true) };
    let told = SyncAnswer { verdicts: vec![accepted], ..SyncAnswer::new(MONDAY) };
    store.receive(&told, &Upload::default(), None).unwrap();
    assert!(matches!(store.ledger(id), Err(Error::NotFound { .. })));
}

/// Two offered the same change after a restore; one offer was accepted, the other refused.
#[test]
fn what_is_in_the_log_stays_though_an_offer_of_it_was_refused() {
    let (_folder, store) = editor();
    let (id, change, upload) = offered(&store);
    let chunk = upload.changes[0].chunk.clone();
    let entry = ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk };
    let both = SyncAnswer {
        verdicts: vec![verdict(id, change, false)],
        ..answer(BookPage { changes: vec![entry], ..page(1) })
    };
    store.receive(&both, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.get("name"), Some(&"百草堂".into()));
    assert_eq!(store.ledger(id).unwrap()[0].state, LedgerState::Accepted);
    assert_eq!(store.check().unwrap(), []);
}

/// A colleague offered the record, another an edit of it: accepted alone, that would be a record that nobody can read.
#[test]
fn what_builds_on_what_is_not_here_is_accepted_after_that_or_not_at_all() {
    let (_elsewhere, author) = editor();
    let id = account(&author, "百草堂");
    author.edit(Edit::of(&author.get(id).unwrap()).set("region", "绍兴")).unwrap();
    let chunks: Vec<_> =
        author.upload(usize::MAX, 10).unwrap().changes.into_iter().map(|change| change.chunk).collect();
    let (_folder, store) = editor();
    let offers: Vec<_> = chunks.into_iter().zip(1..).collect();
    let comes =
        SyncAnswer { members: vec![MEMBER], trays: vec![tray(id, offers)], ..SyncAnswer::new(MONDAY) };
    store.receive(&comes, &Upload::default(), None).unwrap();
    let [record, edit] = <[_; 2]>::try_from(store.proposals().unwrap()).unwrap();
    let early = store.decide(&edit, true, None);
    assert!(matches!(early, Err(Error::Incomplete { record }) if record == id), "{early:?}");
    assert_eq!(store.upload(usize::MAX, 10).unwrap().decisions.len(), 0);
    store.decide(&record, true, None).unwrap();
    store.decide(&edit, true, None).unwrap();
    let accepted = store.upload(usize::MAX, 10).unwrap().decisions;
    assert_eq!(accepted.iter().map(|(_, d)| d.device).collect::<Vec<_>>(), [record.device, edit.device]);
    // A restored relay numbers its tray anew: what was decided by the old numbers is to be looked at again.
    let anew = SyncAnswer { diverged: vec![(BOOK, Log::Tray)], ..SyncAnswer::new(MONDAY) };
    store.receive(&anew, &Upload::default(), None).unwrap();
    assert_eq!(store.upload(usize::MAX, 10).unwrap().decisions.len(), 0);
}

/// A restored relay has the edit and not the record, which its author offers again.
#[test]
fn what_accepted_changes_build_on_is_accepted_and_not_refused() {
    let (id, entries) = written_elsewhere(&["绍兴"]);
    let [record, edit] = <[_; 2]>::try_from(entries).unwrap();
    let (_folder, store) = editor();
    let log = BookPage { changes: vec![ChangeEntry { number: 1, ..edit }], ..page(1) };
    let comes = SyncAnswer { trays: vec![tray(id, [(record.chunk, 1)])], ..answer(log) };
    store.receive(&comes, &Upload::default(), None).unwrap();
    let [proposal] = <[_; 1]>::try_from(store.proposals().unwrap()).unwrap();
    let refused = store.decide(&proposal, false, None);
    assert!(matches!(refused, Err(Error::Awaited { record }) if record == id), "{refused:?}");
    store.decide(&proposal, true, None).unwrap();
}

/// One phone offers a restored relay the record, another its edit as well. The one offer is accepted, the other refused: nobody
/// has the edit then, not even a reviewer who held both and has its record in a book of their own now.
#[test]
fn what_was_refused_leaves_the_reviewer_too() {
    let (_folder, store, id, [record, edit]) = lost_by_the_relay();
    let tray = tray(id, [(record.clone(), 1), (record.clone(), 2), (edit, 2)]);
    let offered = SyncAnswer { members: vec![MEMBER], trays: vec![tray.clone()], ..may(Right::Owner) };
    store.receive(&offered, &Upload::default(), None).unwrap();
    let closed = |number, from, up_to, accepted| TrayClosed {
        number,
        document: id,
        device: device(from),
        up_to,
        accepted,
        by: MEMBER,
    };
    let closed = TrayPage {
        next: Cursor { number: 5, ..tray.next },
        offered: Vec::new(),
        closed: vec![closed(4, 1, 1, true), closed(5, 2, 3, false)],
    };
    let entry = ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk: record };
    let decided = SyncAnswer { trays: vec![closed], ..answer(BookPage { changes: vec![entry], ..page(1) }) };
    store.receive(&decided, &Upload::default(), None).unwrap();
    assert_eq!(store.get(id).unwrap().fields.get("region"), None);
    assert!(store.upload(usize::MAX, 10).unwrap().changes.is_empty());
    assert!(store.proposals().unwrap().is_empty());
    assert_eq!(store.check().unwrap(), []);
}

/// A reviewer has the record from before the relay was restored, and colleagues have only the edit, which somebody gave back.
#[test]
fn what_colleagues_wait_for_is_not_refused_by_one_who_has_it() {
    let (_folder, store, id, [record, edit]) = lost_by_the_relay();
    let entry = ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk: edit };
    let log = answer(BookPage { changes: vec![entry], ..page(1) });
    let comes = SyncAnswer { trays: vec![tray(id, [(record, 1)])], ..log };
    store.receive(&comes, &Upload::default(), None).unwrap();
    let [proposal] = <[_; 1]>::try_from(store.proposals().unwrap()).unwrap();
    let refused = store.decide(&proposal, false, None);
    assert!(matches!(refused, Err(Error::Awaited { record }) if record == id), "{refused:?}");
}

/// Who only read the book of a record gives back what a restored relay lost of it once it comes to a book of their own.
#[test]
fn what_a_relay_lost_goes_back_from_who_is_given_the_record() {
    let (_folder, store, id, chunks) = lost_by_the_relay();
    const OWN: BookId = BookId(uuid::Uuid::from_u128(0xb00d));
    let mut both = may(Right::Reader);
    let books = &mut both.access.as_mut().unwrap().books;
    books.push(BookAccess { id: OWN, right: Right::Owner, ..books[0].clone() });
    store.receive(&both, &Upload::default(), None).unwrap();
    assert!(store.upload(usize::MAX, 10).unwrap().changes.is_empty());
    let moved = MovedEntry { number: 1, to: Some(OWN), documents: vec![id] };
    let log = answer(BookPage { moved: vec![moved], ..page(1) });
    store.receive(&log, &Upload::default(), None).unwrap();
    let back: Vec<_> = store.upload(usize::MAX, 10).unwrap().changes.into_iter().map(|c| c.chunk).collect();
    assert_eq!(back, chunks);
}

/// Who may only read now gives back their own edit with the colleague's record that it builds on: the relay lost both.
#[test]
fn an_edit_goes_back_with_what_it_builds_on() {
    let (_elsewhere, author) = editor();
    let id = account(&author, "百草堂");
    let chunk = author.upload(usize::MAX, 10).unwrap().changes.remove(0).chunk;
    let (_folder, store) = editor();
    let entry =
        ChangeEntry { number: 1, document: id, member: 0, offset: 0, change: None, chunk: chunk.clone() };
    let comes = answer(BookPage { changes: vec![entry], ..page(1) });
    store.receive(&comes, &Upload::default(), None).unwrap();
    store.edit(Edit::of(&store.get(id).unwrap()).set("region", "绍兴")).unwrap();
    let upload = store.upload(usize::MAX, 10).unwrap();
    let edit = upload.changes[0].chunk.clone();
    let offered = SyncAnswer { acks: vec![Ack::Tray(1)], ..may(Right::Reader) };
    store.receive(&offered, &upload, None).unwrap();
    let anew = SyncAnswer { diverged: vec![(BOOK, Log::Entries)], ..SyncAnswer::new(MONDAY) };
    store.receive(&anew, &Upload::default(), None).unwrap();
    store.receive(&SyncAnswer::new(MONDAY), &Upload::default(), None).unwrap();
    let back: Vec<_> = store.upload(usize::MAX, 10).unwrap().changes.into_iter().map(|c| c.chunk).collect();
    assert_eq!(back, [chunk, edit]);
}

/// A device that was backed up between an acknowledgement and the page that brings it begins again with that backup, after the
/// relay was restored to before both: no log it has read diverges.
#[test]
fn what_was_acknowledged_and_not_read_back_goes_out_again_with_a_new_process() {
    let (_folder, store) = editor();
    let accept = |number, rest: SyncAnswer| {
        let upload = store.upload(usize::MAX, 10).unwrap();
        let acks = vec![Ack::Accepted(BOOK, number)];
        store.receive(&SyncAnswer { acks, ..rest }, &upload, None).unwrap();
    };
    let asks = || Engine::new(store.clone()).ask().unwrap().request.pushes;
    account(&store, "百草堂");
    accept(1, answer(page(1)));
    assert_eq!(asks(), []);
    let unread = account(&store, "德仁堂");
    accept(2, SyncAnswer { more: true, ..SyncAnswer::new(MONDAY) });
    let again: Vec<RecordId> = asks().into_iter().map(|push| push.document).collect();
    assert_eq!(again, [unread]);
    accept(2, answer(page(2)));
    assert_eq!(asks(), []);
}
