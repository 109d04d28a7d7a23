//! What every [`Storage`] must do, told through [`exchange`]. A backend runs all of it:
//!
//! ```ignore
//! async fn open(folder: &Path) -> Arc<dyn Storage> { … }
//! conformance!(open);
//! ```

mod snapshots;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use roadbook_core::model::{BookId, DeviceId, MemberId, RecordId, WorkspaceId};
use roadbook_core::wire::{
    Ack, BookPatch, Chunk, Cursor, Decided, Decision, Digest, FailureCode, Grant, Log, Member, MemberPatch,
    Moved, NewInvitation, NewMember, NewMove, NewOrder, NewWorkspace, Notice, Order, Push, Right, Role,
    Secret, SyncAnswer, SyncRequest,
};

pub(super) use snapshots::*;

use super::exchange::exchange;
use super::storage::{AdminCall, AdminDone, Result, Session, Storage, StorageError, Write};

/// One test for each case.
macro_rules! conformance {
    ($open:expr) => {
        $crate::relay::conformance::conformance!($open;
            entries_are_numbered_without_gaps_and_a_repeated_push_keeps_its_number
            an_answer_leaves_out_what_its_request_pushed
            pages_keep_to_the_budget_and_go_on_where_they_ended
            a_cursor_that_is_not_on_the_log_is_reported
            cursors_are_remembered_and_asked_for_when_they_differ
            rights_follow_the_org_tree_roles_and_grants
            workspaces_know_nothing_of_each_other
            unsent_work_of_a_revoked_writer_is_accepted_from_the_tray
            a_refused_chain_stays_out_with_all_that_builds_on_it
            only_a_reviewer_decides
            a_move_gives_each_reader_what_they_lack
            a_move_that_goes_on_says_where_the_record_is_now
            what_moved_on_before_it_was_acknowledged_is_gone
            pages_are_served_ahead_of_what_is_committed
            what_is_under_review_moves_along
            a_late_visit_on_a_moved_account_reaches_it
            a_deleted_record_is_purged_after_a_month_unless_it_is_restored
            receipts_say_who_holds_what
            a_document_is_fetched_whole_by_those_who_may_read_it
            an_invitation_is_for_one_device_and_a_while
            a_device_whose_token_is_lost_is_enrolled_again_and_stays_itself
            a_token_works_until_the_next_is_used
            a_retired_device_hands_in_its_work_and_ends
            a_wiped_device_hands_in_nothing
            a_member_who_left_has_no_rights_and_is_still_named
            everything_is_there_after_it_is_opened_again
            a_snapshot_stands_for_what_it_replaces
            a_bad_snapshot_goes_and_the_changes_come_again
            a_proved_snapshot_is_left_alone_after_a_month
            a_snapshot_moves_with_its_document
            a_snapshot_is_taken_from_those_who_may_write_only
        );
    };
    ($open:expr; $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let folder = tempfile::TempDir::new().unwrap();
                $crate::relay::conformance::$case(async || $open(folder.path()).await).await;
            }
        )*
    };
}
pub(super) use conformance;

const DAY: i64 = 24 * 3600 * 1000;

/// A workspace on a backend, and a clock that stands still unless it is moved.
struct Case {
    storage: Arc<dyn Storage>,
    workspace: WorkspaceId,
    now: Cell<i64>,
    secrets: Cell<u8>,
}

/// One change, as a test speaks of it.
#[derive(Clone)]
struct Said {
    document: RecordId,
    root: Option<RecordId>,
    book: BookId,
    text: &'static str,
    notice: Option<Notice>,
}

/// A device that commits whatever it is sent.
struct Phone {
    session: Session,
    token: Secret,
    access: Digest,
    receipts: Digest,
    cursors: HashMap<(BookId, Log), Cursor>,
    changed: Vec<Cursor>,
    verdicts_seen: u64,
}

fn id(n: u8) -> RecordId {
    RecordId::from_slice(&[n; 16]).unwrap()
}

fn account(n: u8, book: BookId, text: &'static str) -> Said {
    Said { document: id(n), root: None, book, text, notice: None }
}

fn visit(n: u8, account: u8, book: BookId, text: &'static str) -> Said {
    Said { root: Some(id(account)), ..self::account(n, book, text) }
}

fn chunk(text: &str) -> Chunk {
    Chunk::text(text)
}

fn text(chunk: &Chunk) -> String {
    String::from_utf8(chunk.content().to_vec()).unwrap()
}

impl Case {
    async fn new(open: impl AsyncFn() -> Arc<dyn Storage>) -> Self {
        let case = Self {
            storage: open().await,
            workspace: WorkspaceId::NIL,
            now: Cell::new(1_000 * DAY),
            secrets: Cell::new(0),
        };
        let workspace = case.workspace("华东").await;
        Self { workspace, ..case }
    }

    async fn workspace(&self, name: &str) -> WorkspaceId {
        match self.admin(AdminCall::NewWorkspace(NewWorkspace { name: name.into() })).await {
            Ok(AdminDone::Workspace(workspace)) => workspace.id,
            other => panic!("{other:?}"),
        }
    }

    async fn admin(&self, call: AdminCall) -> Result<AdminDone> {
        Ok(self.storage.admin(call, self.now.get()).await?.0)
    }

    fn later(&self, milliseconds: i64) {
        self.now.set(self.now.get() + milliseconds);
    }

    fn secret(&self) -> Secret {
        self.secrets.set(self.secrets.get() + 1);
        Secret::from_bytes([self.secrets.get(); 32])
    }

    async fn member(&self, role: Role, reports_to: Option<MemberId>) -> Member {
        self.member_of(self.workspace, role, reports_to).await
    }

    async fn member_of(&self, workspace: WorkspaceId, role: Role, reports_to: Option<MemberId>) -> Member {
        let new = NewMember { workspace, name: "王".into(), role, reports_to };
        match self.admin(AdminCall::NewMember(new)).await {
            Ok(AdminDone::Member(member)) => member,
            other => panic!("{other:?}"),
        }
    }

    async fn grant(&self, book: BookId, member: MemberId, right: Right, expires_at: Option<i64>) {
        self.admin(AdminCall::PutGrant(book, Grant { member, right, expires_at })).await.unwrap();
    }

    async fn revoke(&self, book: BookId, member: MemberId) {
        self.admin(AdminCall::DeleteGrant(book, member)).await.unwrap();
    }

    async fn hand_over(&self, from: BookId, to: BookId, roots: &[u8]) -> Moved {
        let roots = roots.iter().map(|n| id(*n)).collect();
        match self.admin(AdminCall::Move(NewMove { from, to, roots })).await {
            Ok(AdminDone::Moved(moved)) => moved,
            other => panic!("{other:?}"),
        }
    }

    async fn order(&self, device: DeviceId, order: Order) {
        self.admin(AdminCall::Order(device, NewOrder { order })).await.unwrap();
    }

    async fn invite(&self, member: MemberId) -> Secret {
        let code = self.secret();
        let invitation = NewInvitation { member, expires_in: 3600 };
        let expires_at = self.storage.invite(invitation, code.hash(), self.now.get()).await.unwrap();
        assert_eq!(expires_at, self.now.get() + 3_600_000);
        code
    }

    async fn enrol(&self, code: &Secret, token: &Secret) -> Result<Session> {
        self.enrol_again(code, token, None).await
    }

    async fn enrol_again(&self, code: &Secret, token: &Secret, known: Option<DeviceId>) -> Result<Session> {
        self.storage.enrol(code.hash(), token.hash(), "phone", known, self.now.get()).await
    }

    async fn session(&self, token: &Secret) -> Option<Session> {
        self.storage.session(token.hash(), self.now.get()).await.unwrap()
    }

    /// A device that has synced once.
    async fn phone(&self, member: &Member) -> Phone {
        let (code, token) = (self.invite(member.id).await, self.secret());
        let session = self.enrol(&code, &token).await.unwrap();
        assert_eq!((session.member, session.order), (member.id, None));
        let mut phone = Phone {
            session,
            token,
            access: Digest::ZERO,
            receipts: Digest::ZERO,
            cursors: HashMap::new(),
            changed: Vec::new(),
            verdicts_seen: 0,
        };
        phone.sync(self).await;
        phone
    }
}

impl Phone {
    fn request(&self, case: &Case) -> SyncRequest {
        let all: Vec<Cursor> = self.cursors.values().copied().collect();
        let mut request = SyncRequest::new(case.now.get());
        (request.access, request.receipts) = (self.access, self.receipts);
        (request.cursors, request.all_cursors) = (self.changed.clone(), Cursor::digest_of(&all));
        request.verdicts_seen = self.verdicts_seen;
        request
    }

    async fn ask(&mut self, case: &Case, request: SyncRequest) -> Result<SyncAnswer> {
        let session = case.session(&self.token).await.expect("the token works");
        let answer = exchange(&*case.storage, session, request, case.now.get(), |_, _| {}).await?;
        self.changed.clear();
        let pages = answer.pages.iter().map(|page| page.next);
        for next in pages.chain(answer.trays.iter().map(|page| page.next)) {
            self.cursors.insert((next.book, next.log), next);
            self.changed.push(next);
        }
        if let Some(access) = &answer.access {
            self.access = access.digest;
        }
        if let Some(receipts) = &answer.receipts {
            self.receipts = receipts.digest;
        }
        self.verdicts_seen = answer.verdicts.last().map_or(self.verdicts_seen, |verdict| verdict.number);
        Ok(answer)
    }

    /// Pulls everything once more, as a device does that lost its file.
    async fn start_over(&mut self, case: &Case) -> SyncAnswer {
        self.cursors.clear();
        self.changed.clear();
        self.sync(case).await
    }

    /// Pulls.
    async fn sync(&mut self, case: &Case) -> SyncAnswer {
        self.ask(case, self.request(case)).await.unwrap()
    }

    fn pushing(&self, case: &Case, said: &[Said]) -> SyncRequest {
        let mut request = self.request(case);
        request.books = said.iter().map(|said| said.book).collect();
        request.roots = said.iter().map(|said| said.root.unwrap_or(said.document)).collect();
        let push = |(at, said): (usize, &Said)| Push {
            document: said.document,
            book: at as u16,
            root: said.root.map(|_| at as u32),
            offset: 0,
            notice: said.notice,
            change: None,
            chunk: chunk(said.text),
        };
        request.pushes = said.iter().enumerate().map(push).collect();
        request
    }

    /// Pushes; says what became of each.
    async fn push(&mut self, case: &Case, said: &[Said]) -> Vec<String> {
        let answer = self.ask(case, self.pushing(case, said)).await.unwrap();
        answer.acks.iter().map(ack).collect()
    }

    async fn decide(&mut self, case: &Case, decision: Decision) -> Decided {
        let mut request = self.request(case);
        request.decisions = vec![decision];
        self.ask(case, request).await.unwrap().decided[0]
    }
}

fn ack(ack: &Ack) -> String {
    match ack {
        Ack::Accepted(_, number) => format!("accepted {number}"),
        Ack::Gone(number) => format!("gone {number}"),
        Ack::Tray(number) => format!("tray {number}"),
        Ack::Rejected(rejection) => format!("{:?}", rejection.code),
    }
}

/// What pages hold, in the order of the answer.
fn entries(answer: &SyncAnswer) -> Vec<String> {
    let mut out = Vec::new();
    for page in &answer.pages {
        let mut lines: Vec<(u64, String)> = Vec::new();
        lines.extend(page.changes.iter().map(|e| (e.number, text(&e.chunk))));
        lines.extend(page.snapshots.iter().map(|e| {
            let replaced: Vec<u64> = e.replaces.iter().map(|replaced| replaced.number).collect();
            (e.number, format!("{} for {replaced:?}", text(&e.chunk)))
        }));
        lines.extend(page.held.iter().map(|e| (e.number, "held".to_owned())));
        lines.extend(page.moved.iter().map(|e| {
            (
                e.number,
                format!("{} moved{}", e.documents.len(), if e.to.is_some() { "" } else { " out of sight" }),
            )
        }));
        lines.extend(page.purged.iter().map(|e| (e.number, "purged".to_owned())));
        lines.sort();
        out.extend(lines.into_iter().map(|(number, line)| format!("{number} {line}")));
    }
    out
}

fn offered(answer: &SyncAnswer) -> Vec<String> {
    answer
        .trays
        .iter()
        .flat_map(|page| &page.offered)
        .map(|e| format!("{} {}", e.number, text(&e.chunk)))
        .collect()
}

fn decision(book: BookId, document: u8, author: &Phone, up_to: u64, accept: bool) -> Decision {
    let reason = Some(Chunk::text("因为"));
    Decision { book, document: id(document), device: author.session.device, up_to, accept, reason }
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> FailureCode {
    match result.unwrap_err() {
        StorageError::Refused { code, .. } => code,
        StorageError::Failed(error) => panic!("{error}"),
    }
}

pub(super) async fn entries_are_numbered_without_gaps_and_a_repeated_push_keeps_its_number(
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

pub(super) async fn an_answer_leaves_out_what_its_request_pushed(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn pages_keep_to_the_budget_and_go_on_where_they_ended(
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

pub(super) async fn a_cursor_that_is_not_on_the_log_is_reported(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn cursors_are_remembered_and_asked_for_when_they_differ(
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

pub(super) async fn rights_follow_the_org_tree_roles_and_grants(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn workspaces_know_nothing_of_each_other(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

/// Wang, who owns a book with account 1; Li, who could write it until just now.
async fn revoked(case: &Case) -> (Member, Phone, Phone) {
    let (wang, li) = (case.member(Role::Rep, None).await, case.member(Role::Rep, None).await);
    case.grant(wang.book, li.id, Right::Editor, None).await;
    let (mut owner, mut writer) = (case.phone(&wang).await, case.phone(&li).await);
    owner.push(case, &[account(1, wang.book, "a")]).await;
    writer.sync(case).await;
    case.revoke(wang.book, li.id).await;
    (wang, owner, writer)
}

pub(super) async fn unsent_work_of_a_revoked_writer_is_accepted_from_the_tray(
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
    assert_eq!(owner.decide(&case, decision(wang.book, 2, &writer, 3, true)).await, Decided::Done);
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
    let answer = writer.sync(&case).await;
    let verdicts: Vec<_> =
        answer.verdicts.iter().map(|v| (v.accepted, v.by, v.changes.len(), v.book)).collect();
    assert_eq!(verdicts, [(true, wang.id, 1, None); 3], "who may not read the book is not told which it is");
    assert_eq!(answer.verdicts[0].reason.as_ref().unwrap().content(), "因为".as_bytes());
    assert!(writer.sync(&case).await.verdicts.is_empty());
}

pub(super) async fn a_refused_chain_stays_out_with_all_that_builds_on_it(
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

pub(super) async fn only_a_reviewer_decides(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn a_move_gives_each_reader_what_they_lack(open: impl AsyncFn() -> Arc<dyn Storage>) {
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
    let moved = case.hand_over(wang.book, li.book, &[1, 9]).await;
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

pub(super) async fn a_move_that_goes_on_says_where_the_record_is_now(
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

pub(super) async fn what_moved_on_before_it_was_acknowledged_is_gone(
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

pub(super) async fn pages_are_served_ahead_of_what_is_committed(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn what_is_under_review_moves_along(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn a_late_visit_on_a_moved_account_reaches_it(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn a_deleted_record_is_purged_after_a_month_unless_it_is_restored(
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
    case.storage.maintain(case.now.get()).await.unwrap();
    assert_eq!(entries(&tablet.sync(&case).await), ["5 back", "6 purged"]);
    assert_eq!(phone.push(&case, &[account(1, wang.book, "late")]).await, ["Purged"]);
    assert_eq!(entries(&tablet.start_over(&case).await), ["3 b", "4 gone", "5 back", "6 purged"]);
    let mut request = tablet.request(&case);
    request.fetch = vec![id(1)];
    assert!(tablet.ask(&case, request).await.unwrap().documents[0].changes.is_empty());
}

pub(super) async fn receipts_say_who_holds_what(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn a_document_is_fetched_whole_by_those_who_may_read_it(
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

pub(super) async fn an_invitation_is_for_one_device_and_a_while(open: impl AsyncFn() -> Arc<dyn Storage>) {
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

pub(super) async fn a_device_whose_token_is_lost_is_enrolled_again_and_stays_itself(
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

pub(super) async fn a_token_works_until_the_next_is_used(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let phone = case.phone(&case.member(Role::Rep, None).await).await;
    let [lost, next] = [case.secret(), case.secret()];
    // The answer to the first rotation was lost; the device asks again with another.
    for token in [&lost, &next] {
        case.storage.rotate(phone.session.device, token.hash()).await.unwrap();
        assert_eq!(case.session(&phone.token).await, Some(phone.session));
    }
    assert_eq!(case.session(&next).await, Some(phone.session));
    assert_eq!(case.session(&phone.token).await, None);
    assert_eq!(case.session(&lost).await, None);
    assert_eq!(case.session(&next).await, Some(phone.session));
}

pub(super) async fn a_retired_device_hands_in_its_work_and_ends(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let mut phone = case.phone(&wang).await;
    case.order(phone.session.device, Order::Retire).await;
    let request = phone.pushing(&case, &[account(1, wang.book, "a")]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!((answer.order, ack(&answer.acks[0])), (Some(Order::Retire), "accepted 1".into()));
    assert!(answer.pages.is_empty());
    let mut request = phone.request(&case);
    request.obeyed = true;
    phone.ask(&case, request).await.unwrap();
    assert_eq!(case.session(&phone.token).await, None);
    let mut tablet = case.phone(&wang).await;
    assert!(tablet.sync(&case).await.order.is_none());
}

pub(super) async fn a_wiped_device_hands_in_nothing(open: impl AsyncFn() -> Arc<dyn Storage>) {
    let case = Case::new(open).await;
    let wang = case.member(Role::Rep, None).await;
    let mut phone = case.phone(&wang).await;
    case.order(phone.session.device, Order::Wipe).await;
    let request = phone.pushing(&case, &[account(1, wang.book, "a")]);
    let answer = phone.ask(&case, request).await.unwrap();
    assert_eq!((answer.order, answer.acks.len()), (Some(Order::Wipe), 0));
    let mut request = phone.request(&case);
    request.obeyed = true;
    phone.ask(&case, request).await.unwrap();
    assert_eq!(case.session(&phone.token).await, None);
    assert!(case.phone(&wang).await.cursors.is_empty());
}

pub(super) async fn a_member_who_left_has_no_rights_and_is_still_named(
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

pub(super) async fn everything_is_there_after_it_is_opened_again(open: impl AsyncFn() -> Arc<dyn Storage>) {
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
