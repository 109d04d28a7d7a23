//! Taking in answers that no relay of a test makes at will.

use super::*;
use crate::model::{MemberId, WorkspaceId};
use crate::store::upload::Upload;
use crate::wire::{
    Access, Ack, BookAccess, BookPage, ChangeEntry, Cursor, Digest, HeldEntry, Log, MemberInfo, MovedEntry,
    Right, Role, SyncAnswer,
};

const BOOK: BookId = BookId(uuid::Uuid::from_u128(0xb00c));
const MEMBER: MemberId = MemberId(uuid::Uuid::from_u128(0x3e));

/// A store whose member edits a book.
fn editor() -> (TempDir, Store) {
    let (folder, store) = store();
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
        digest: Digest([1; 8]),
        workspace: WorkspaceId(uuid::Uuid::from_u128(1)),
        workspace_name: "华东".to_owned(),
        member: MEMBER,
        books: vec![book],
        members: vec![me],
    };
    let answer = SyncAnswer { access: Some(access), ..SyncAnswer::new(MONDAY) };
    store.receive(&answer, &Upload::default(), None).unwrap();
    (folder, store)
}

fn page(number: u64) -> BookPage {
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

fn answer(page: BookPage) -> SyncAnswer {
    SyncAnswer { members: vec![MEMBER], pages: vec![page], ..SyncAnswer::new(MONDAY) }
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
    assert_eq!(store.incomplete(9).unwrap(), [id]);
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
