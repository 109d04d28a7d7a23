//! Enrolment, sync, where every change is, books and members, and the review tray.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use roadbook_core::sync::{RelayAnswer, StopReason, SyncReport, SyncState};
use roadbook_core::wire::{Right, Role};
use roadbook_core::{Identity, LedgerState, Proposal, Status};
use tokio_util::sync::CancellationToken;

use crate::record::{from_history, id};
use crate::{FfiError, FfiHistoryEntry, FfiValue, RoadbookCore, runtime};

/// Ends a long call from outside, where a language's own cancellation does not reach it (Swift).
#[derive(Debug, Default, uniffi::Object)]
pub struct FfiCancel(CancellationToken);

#[uniffi::export]
impl FfiCancel {
    /// One that is not cancelled yet.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Ends the call it was given to.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// Who this device belongs to.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiIdentity {
    /// The relay's address.
    pub relay: String,
    /// This device.
    pub device: String,
    /// Its member.
    pub member: String,
    /// The workspace.
    pub workspace: String,
    /// The workspace's name.
    pub workspace_name: String,
}

/// Why sync stopped for good.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiStopReason {
    /// Enrol again.
    Unauthorised,
    /// Update the app.
    UpgradeRequired,
    /// This device was retired and erased.
    Retired,
    /// This device was wiped.
    Wiped,
}

/// What sync is doing.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum FfiSyncState {
    /// Nothing to do.
    Idle,
    /// A sync is under way.
    Syncing {
        /// Changes the relay has taken.
        sent: u64,
        /// Changes left to send.
        to_send: u64,
        /// Changes that came.
        received: u64,
        /// Entries left to come.
        to_receive: u64,
    },
    /// The next try is at this time.
    Waiting {
        /// Milliseconds since 1970 UTC.
        until: i64,
    },
    /// Stopped for good.
    Stopped {
        /// Why.
        reason: FfiStopReason,
    },
}

/// What a bounded sync did.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiSyncReport {
    /// Requests made.
    pub requests: u32,
    /// Changes the relay took or settled.
    pub sent: u64,
    /// Changes that came.
    pub received: u64,
    /// Whether everything was exchanged.
    pub finished: bool,
    /// Why sync will not go on, if so.
    pub stopped: Option<FfiStopReason>,
}

/// A sync request for the platform's own HTTP stack.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiPrepared {
    /// Where to `POST` it.
    pub url: String,
    /// Its headers.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Where a change is.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiLedgerState {
    /// On this device.
    Saved,
    /// On its way.
    Queued,
    /// Rejected for good.
    Quarantined,
    /// In a review tray.
    InReview,
    /// Refused in review.
    Refused,
    /// On the relay.
    Accepted,
    /// On a colleague's device.
    Delivered,
}

/// Who holds a change.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiDelivery {
    /// The colleague.
    pub member: String,
    /// Since when, milliseconds since 1970 UTC.
    pub at: i64,
}

/// One change of this device.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiLedgerEntry {
    /// The change.
    pub change: String,
    /// Where it is.
    pub state: FfiLedgerState,
    /// When the relay took it, milliseconds since 1970 UTC.
    pub accepted_at: Option<i64>,
    /// Who holds it.
    pub delivered: Vec<FfiDelivery>,
}

/// A record whose changes the relay rejected for good.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiQuarantined {
    /// The record.
    pub record: String,
    /// Its kind's name.
    pub kind: String,
    /// The relay's code.
    pub code: String,
    /// Since when, milliseconds since 1970 UTC.
    pub since: i64,
    /// Changes that wait.
    pub changes: u64,
}

/// The store at a glance.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiStatus {
    /// Changes the relay does not have.
    pub unsent: u64,
    /// Records whose changes were rejected for good.
    pub quarantined: u64,
    /// Changes in review.
    pub in_review: u64,
    /// Changes refused in review.
    pub refused: u64,
    /// Changes that wait for one they build on.
    pub waiting: u64,
    /// Chunks that could not be read.
    pub aside: u64,
    /// Records with a clash.
    pub clashes: u64,
    /// Proposals that wait for this member.
    pub proposals: u64,
    /// Seconds this clock is behind the relay's.
    pub clock_offset: i32,
    /// The last sync that moved anything, milliseconds since 1970 UTC.
    pub synced_at: Option<i64>,
    /// Entries that are not here yet.
    pub behind: u64,
}

/// What a member may do in a book.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiRight {
    /// Reads.
    Reader,
    /// Reads and writes.
    Editor,
    /// Is accountable.
    Owner,
}

/// A book on this device.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiBook {
    /// The book.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Option<String>,
    /// What this member may do.
    pub right: FfiRight,
    /// Whether it is the common book.
    pub common: bool,
    /// Whether this member decides on its review tray.
    pub reviews: bool,
    /// Whether access is gone.
    pub leaving: bool,
}

/// A member's role.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiRole {
    /// Field rep.
    Rep,
    /// Works on a manager's accounts.
    Support,
    /// Manager.
    Manager,
    /// Director.
    Director,
    /// Finance.
    Finance,
    /// Administrator.
    Admin,
}

/// A member.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiMember {
    /// The member.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: FfiRole,
    /// Who is above them.
    pub reports_to: Option<String>,
}

/// What one device proposes for one record.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiProposal {
    /// The book whose tray it is in.
    pub book: String,
    /// The record.
    pub record: String,
    /// Its kind's name, if known.
    pub kind: Option<String>,
    /// Whether the record is new.
    pub is_new: bool,
    /// The device it came from.
    pub device: String,
    /// Whose device that is.
    pub member: String,
    /// The last tray number it consists of.
    pub up_to: u64,
    /// What would change.
    pub changes: Vec<FfiProposedChange>,
}

/// One field that a proposal would change.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiProposedChange {
    /// The field.
    pub field: String,
    /// Now.
    pub from: Option<FfiValue>,
    /// Then.
    pub to: Option<FfiValue>,
}

/// A verdict on what this device proposed.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiVerdict {
    /// The record.
    pub record: String,
    /// Accepted or refused.
    pub accepted: bool,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

#[uniffi::export]
impl RoadbookCore {
    /// Turns a one-time invitation into this device's enrolment. A cut answer can be asked for again.
    pub async fn enrol(
        &self,
        invitation: String,
        device_name: String,
        cancel: Option<Arc<FfiCancel>>,
    ) -> Result<FfiIdentity, FfiError> {
        let client = self.client.clone();
        let enrol = async move {
            client.enrol(&invitation, &device_name).await.map(from_identity).map_err(FfiError::of_enrolment)
        };
        runtime::run(or_cancelled(cancel, enrol)).await
    }

    /// Exchanges everything with the relay, within a time. What was committed stays, whatever ends the call.
    pub async fn sync_once(
        &self,
        deadline_ms: u64,
        cancel: Option<Arc<FfiCancel>>,
    ) -> Result<FfiSyncReport, FfiError> {
        let client = self.client.clone();
        let sync = async move {
            match client.sync_once(Duration::from_millis(deadline_ms)).await {
                Ok(report) => Ok(from_report(report)),
                // The core ends a sync when it is paused.
                Err(roadbook_core::Error::Cancelled) => Err(FfiError::paused()),
                Err(error) => Err(error.into()),
            }
        };
        runtime::run(or_cancelled(cancel, sync)).await
    }

    /// The next sync request, for another HTTP stack to send.
    pub async fn prepare(&self) -> Result<FfiPrepared, FfiError> {
        let client = self.client.clone();
        runtime::run(async move {
            let prepared = client.prepare().await?;
            let headers = prepared.headers.into_iter().collect();
            Ok(FfiPrepared { url: prepared.url, headers, body: prepared.body })
        })
        .await
    }

    /// Takes in the answer to a prepared request, given that request's body. No request in the report: another sync came
    /// in between, and the answer was thrown away.
    pub async fn apply(
        &self,
        request: Vec<u8>,
        status: u16,
        encoding: Option<String>,
        body: Vec<u8>,
    ) -> Result<FfiSyncReport, FfiError> {
        let client = self.client.clone();
        runtime::run(async move {
            let answer = RelayAnswer { status, encoding: encoding.as_deref(), body: &body };
            Ok(from_report(client.apply(&request, answer).await?))
        })
        .await
    }

    /// When the next sync is wished for, milliseconds since 1970 UTC; none while there is nothing to sync with.
    pub async fn next_sync(&self) -> Result<Option<i64>, FfiError> {
        let client = self.client.clone();
        runtime::run(async move { Ok(client.next_sync().await?) }).await
    }

    /// Keeps the store in sync until [`Self::stop_live`]. Does nothing if it does already.
    pub fn start_live(&self) -> Result<(), FfiError> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.as_ref().is_some_and(|stop| !stop.is_cancelled()) {
            return Ok(());
        }
        let stop = CancellationToken::new();
        let (client, stopped) = (self.client.clone(), stop.clone());
        runtime::spawn(async move {
            if let Err(error) = client.run(stopped.clone()).await {
                tracing::warn!(%error, "live sync ended");
            }
            stopped.cancel();
        })?;
        *live = Some(stop);
        Ok(())
    }

    /// Ends live sync.
    pub fn stop_live(&self) {
        if let Some(stop) = self.live.lock().unwrap_or_else(PoisonError::into_inner).take() {
            stop.cancel();
        }
    }

    /// The network came back, the app came to the front: live sync tries at once.
    pub fn nudge(&self) {
        self.client.nudge();
    }

    /// Gives this device a new token.
    pub async fn rotate_token(&self) -> Result<(), FfiError> {
        let client = self.client.clone();
        runtime::run(async move { Ok(client.rotate_token().await?) }).await
    }

    /// Who this device belongs to, once it is enrolled.
    pub async fn identity(&self) -> Result<Option<FfiIdentity>, FfiError> {
        self.on_store(|store| Ok(store.identity()?.map(from_identity))).await
    }

    /// Whether anything waits to be sent that the relay would take.
    pub async fn has_unsent_work(&self) -> Result<bool, FfiError> {
        self.on_store(|store| Ok(store.has_unsent_work()?)).await
    }

    /// The store at a glance.
    pub async fn status(&self) -> Result<FfiStatus, FfiError> {
        self.on_store(|store| Ok(from_status(store.status()?))).await
    }

    /// Where every change is that this device made to a record, oldest first.
    pub async fn ledger(&self, record: String) -> Result<Vec<FfiLedgerEntry>, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| {
            let entries = store.ledger(record)?.into_iter().map(|entry| FfiLedgerEntry {
                change: entry.change.to_string(),
                state: ledger_state(entry.state),
                accepted_at: entry.accepted_at,
                delivered: entry
                    .delivered
                    .iter()
                    .map(|d| FfiDelivery { member: d.member.to_string(), at: d.at })
                    .collect(),
            });
            Ok(entries.collect())
        })
        .await
    }

    /// Records whose changes the relay rejected for good.
    pub async fn quarantined(&self) -> Result<Vec<FfiQuarantined>, FfiError> {
        self.on_store(|store| {
            let lanes = store.quarantined()?.into_iter().map(|lane| FfiQuarantined {
                record: lane.record.to_string(),
                kind: lane.kind,
                code: lane.code,
                since: lane.since,
                changes: lane.changes,
            });
            Ok(lanes.collect())
        })
        .await
    }

    /// Sends a rejected record's changes again at the next sync.
    pub async fn retry_lane(&self, record: String) -> Result<(), FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.retry_lane(record)?)).await
    }

    /// What a rejected or refused record's changes say.
    pub async fn export_lane(&self, record: String) -> Result<Vec<FfiHistoryEntry>, FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.export_lane(record)?.into_iter().map(from_history).collect()))
            .await
    }

    /// Drops a rejected record's unsent changes.
    pub async fn discard_lane(&self, record: String) -> Result<(), FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.discard_lane(record)?)).await
    }

    /// The books on this device.
    pub async fn books(&self) -> Result<Vec<FfiBook>, FfiError> {
        self.on_store(|store| {
            let books = store.books()?.into_iter().map(|book| FfiBook {
                id: book.id.to_string(),
                name: book.name,
                owner: book.owner.map(|m| m.to_string()),
                right: match book.right {
                    Right::Reader => FfiRight::Reader,
                    Right::Editor => FfiRight::Editor,
                    Right::Owner => FfiRight::Owner,
                },
                common: book.common,
                reviews: book.reviews,
                leaving: book.leaving,
            });
            Ok(books.collect())
        })
        .await
    }

    /// The members this member shares a book with, and themself.
    pub async fn members(&self) -> Result<Vec<FfiMember>, FfiError> {
        self.on_store(|store| {
            let members = store.members()?.into_iter().map(|member| FfiMember {
                id: member.id.to_string(),
                name: member.name,
                role: match member.role {
                    Role::Rep => FfiRole::Rep,
                    Role::Support => FfiRole::Support,
                    Role::Manager => FfiRole::Manager,
                    Role::Director => FfiRole::Director,
                    Role::Finance => FfiRole::Finance,
                    Role::Admin => FfiRole::Admin,
                },
                reports_to: member.reports_to.map(|m| m.to_string()),
            });
            Ok(members.collect())
        })
        .await
    }

    /// What waits for this member's decision, oldest first.
    pub async fn proposals(&self) -> Result<Vec<FfiProposal>, FfiError> {
        self.on_store(|store| Ok(store.proposals()?.into_iter().map(from_proposal).collect())).await
    }

    /// Decides on a proposal.
    pub async fn decide(
        &self,
        proposal: FfiProposal,
        accept: bool,
        reason: Option<String>,
    ) -> Result<(), FfiError> {
        let proposal = Proposal {
            book: id("book", &proposal.book)?,
            record: id("record", &proposal.record)?,
            kind: None,
            new: proposal.is_new,
            device: id("device", &proposal.device)?,
            member: id("member", &proposal.member)?,
            up_to: proposal.up_to,
            changes: Vec::new(),
        };
        self.on_store(move |store| Ok(store.decide(&proposal, accept, reason.as_deref())?)).await
    }

    /// Verdicts on what this device proposed, newest first.
    pub async fn verdicts(&self) -> Result<Vec<FfiVerdict>, FfiError> {
        self.on_store(|store| {
            let verdicts = store.verdicts()?.into_iter().map(|verdict| FfiVerdict {
                record: verdict.record.to_string(),
                accepted: verdict.accepted,
                by: verdict.by.to_string(),
                reason: verdict.reason,
            });
            Ok(verdicts.collect())
        })
        .await
    }
}

impl Drop for RoadbookCore {
    fn drop(&mut self) {
        self.stop_live();
    }
}

async fn or_cancelled<T>(
    cancel: Option<Arc<FfiCancel>>,
    work: impl Future<Output = Result<T, FfiError>>,
) -> Result<T, FfiError> {
    match cancel {
        Some(cancel) => {
            cancel.0.run_until_cancelled(work).await.unwrap_or_else(|| Err(FfiError::cancelled()))
        }
        None => work.await,
    }
}

fn from_identity(identity: Identity) -> FfiIdentity {
    FfiIdentity {
        relay: identity.relay,
        device: identity.device.to_string(),
        member: identity.member.to_string(),
        workspace: identity.workspace.to_string(),
        workspace_name: identity.workspace_name,
    }
}

fn from_reason(reason: StopReason) -> FfiStopReason {
    match reason {
        StopReason::Unauthorised => FfiStopReason::Unauthorised,
        StopReason::UpgradeRequired => FfiStopReason::UpgradeRequired,
        StopReason::Retired => FfiStopReason::Retired,
        StopReason::Wiped => FfiStopReason::Wiped,
    }
}

pub(crate) fn from_state(state: SyncState) -> FfiSyncState {
    match state {
        SyncState::Idle => FfiSyncState::Idle,
        SyncState::Syncing(p) => FfiSyncState::Syncing {
            sent: p.sent,
            to_send: p.to_send,
            received: p.received,
            to_receive: p.to_receive,
        },
        SyncState::Waiting { until } => FfiSyncState::Waiting { until },
        SyncState::Stopped(reason) => FfiSyncState::Stopped { reason: from_reason(reason) },
    }
}

fn from_report(report: SyncReport) -> FfiSyncReport {
    FfiSyncReport {
        requests: report.requests,
        sent: report.sent,
        received: report.received,
        finished: report.finished,
        stopped: report.stopped.map(from_reason),
    }
}

fn from_status(s: Status) -> FfiStatus {
    FfiStatus {
        unsent: s.unsent,
        quarantined: s.quarantined,
        in_review: s.in_review,
        refused: s.refused,
        waiting: s.waiting,
        aside: s.aside,
        clashes: s.clashes,
        proposals: s.proposals,
        clock_offset: s.clock_offset,
        synced_at: s.synced_at,
        behind: s.behind,
    }
}

fn ledger_state(state: LedgerState) -> FfiLedgerState {
    match state {
        LedgerState::Saved => FfiLedgerState::Saved,
        LedgerState::Queued => FfiLedgerState::Queued,
        LedgerState::Quarantined => FfiLedgerState::Quarantined,
        LedgerState::InReview => FfiLedgerState::InReview,
        LedgerState::Refused => FfiLedgerState::Refused,
        LedgerState::Accepted => FfiLedgerState::Accepted,
        LedgerState::Delivered => FfiLedgerState::Delivered,
    }
}

fn from_proposal(proposal: Proposal) -> FfiProposal {
    FfiProposal {
        book: proposal.book.to_string(),
        record: proposal.record.to_string(),
        kind: proposal.kind.map(str::to_owned),
        is_new: proposal.new,
        device: proposal.device.to_string(),
        member: proposal.member.to_string(),
        up_to: proposal.up_to,
        changes: proposal
            .changes
            .into_iter()
            .map(|change| FfiProposedChange {
                field: change.field,
                from: change.from.map(Into::into),
                to: change.to.map(Into::into),
            })
            .collect(),
    }
}
