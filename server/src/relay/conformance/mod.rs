//! What every [`Storage`] must do, told through [`exchange`]. A backend runs all of it:
//!
//! ```ignore
//! async fn open(folder: &Path) -> Arc<dyn Storage> { … }
//! conformance!(open);
//! ```

mod devices;
mod logs;
mod moves;
mod review;
mod rights;
mod snapshots;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use roadbook_core::model::{BookId, DeviceId, MemberId, RecordId, WorkspaceId};
use roadbook_core::wire::{
    Ack, BookPatch, Chunk, Cursor, Decided, Decision, Digest, FailureCode, Grant, Log, Member, MemberPatch,
    Moved, NewBook, NewInvitation, NewMember, NewMove, NewOrder, NewWorkspace, Notice, Order, Push, Rehung,
    Right, Role, Secret, SyncAnswer, SyncRequest, VERSION, limits,
};

pub(super) use devices::*;
pub(super) use logs::*;
pub(super) use moves::*;
pub(super) use review::*;
pub(super) use rights::*;
pub(super) use snapshots::*;

use super::exchange::{Ahead, answer_ahead, exchange};
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
            what_a_retiring_device_has_of_a_refused_chain_is_refused_with_it
            only_a_reviewer_decides
            a_move_gives_each_reader_what_they_lack
            a_move_that_goes_on_says_where_the_record_is_now
            what_moved_on_before_it_was_acknowledged_is_gone
            pages_are_served_ahead_of_what_is_committed
            what_is_under_review_moves_along
            what_follows_something_under_review_reaches_the_same_tray
            an_offer_of_a_record_that_came_to_another_book_is_passed_on
            a_late_visit_on_a_moved_account_reaches_it
            an_edit_that_knows_less_does_not_hang_a_record_back
            what_comes_back_hangs_where_it_hung
            what_is_accepted_hangs_its_record
            what_hangs_on_an_account_under_review_comes_under_review_with_it
            what_was_accepted_of_a_device_it_may_propose_to_change
            what_hangs_on_an_account_of_before_may_be_hung_elsewhere
            what_is_offered_of_a_record_moves_on_together
            what_is_accepted_in_part_hangs_where_that_part_says
            what_waits_for_an_account_goes_where_it_comes
            an_account_follows_what_hangs_on_it
            what_came_back_without_its_account_follows_that_when_it_is_handed_over_once_more
            a_deleted_record_is_purged_after_a_month_unless_it_is_restored
            what_is_new_is_told_before_it_is_asked_for
            receipts_say_who_holds_what
            a_document_is_fetched_whole_by_those_who_may_read_it
            an_invitation_is_for_one_device_and_a_while
            a_device_whose_token_is_lost_is_enrolled_again_and_stays_itself
            a_token_works_until_the_next_is_used
            a_retired_device_hands_in_its_work_and_ends
            a_wiped_device_hands_in_nothing
            a_member_who_left_has_no_rights_and_is_still_named
            what_a_member_without_a_book_writes_is_reviewed_in_the_one_they_came_with
            what_is_made_has_the_id_it_is_given_and_nothing_else_has
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
    /// It hangs the record on its root, in this order.
    rehung: Option<u8>,
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
    Said { document: id(n), root: None, book, text, notice: None, rehung: None }
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
        match self
            .admin(AdminCall::NewWorkspace(NewWorkspace { name: name.into(), id: None, common_book: None }))
            .await
        {
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

    /// Reps who report to nobody.
    async fn reps<const N: usize>(&self) -> [Member; N] {
        let mut reps = Vec::new();
        for _ in 0..N {
            reps.push(self.member(Role::Rep, None).await);
        }
        reps.try_into().unwrap()
    }

    async fn member_of(&self, workspace: WorkspaceId, role: Role, reports_to: Option<MemberId>) -> Member {
        let new = NewMember { workspace, name: "王".into(), role, reports_to, id: None, book: None };
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

    /// What it is told while it is connected; `told` is where it had read to when it last was.
    async fn told(&self, case: &Case, told: Option<Digest>) -> Option<Ahead> {
        let session = case.session(&self.token).await.expect("the token works");
        answer_ahead(&*case.storage, session, VERSION, told, case.now.get()).await.unwrap()
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
        let rehung = |(at, said): (usize, &Said)| {
            let at = at as u32;
            said.rehung.map(|order| Rehung { push: at, root: said.root.map(|_| at), order: vec![order] })
        };
        request.rehung = said.iter().enumerate().filter_map(rehung).collect();
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
