//! Where every change is, and what the relay rejected.

use roadbook_core::{LedgerState, Status, UnsentReason};

use crate::record::{from_history, id};
use crate::{FfiError, FfiHistoryEntry, RoadbookCore, runtime};

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

/// What stands between a record's changes and the relay.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiUnsentReason {
    /// This device belongs to nobody yet.
    NotEnrolled,
    /// The relay does not accept this device any more.
    Unauthorised,
    /// The relay does not speak this version any more.
    UpgradeRequired,
    /// The relay could not be reached.
    Offline,
    /// Nothing.
    NextSync,
    /// On its way.
    Queued,
    /// Rejected for good.
    Quarantined,
    /// It builds on a change that was lost to damage.
    Incomplete,
    /// The relay was restored from a backup.
    Unverified,
}

/// A record of which something waits to be sent.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiUnsent {
    /// The record.
    pub record: String,
    /// Its kind's name, if it is known here.
    pub kind: Option<String>,
    /// Changes that wait.
    pub changes: u64,
    /// Decisions of this member that wait.
    pub decisions: u64,
    /// When the first of the changes was made, milliseconds since 1970 UTC.
    pub since: Option<i64>,
    /// Why.
    pub because: FfiUnsentReason,
    /// The relay's code, if it is quarantined.
    pub code: Option<String>,
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

#[uniffi::export]
impl RoadbookCore {
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

    /// Records of which something waits to be sent, and why: what waits longest first, decisions last.
    pub async fn unsent(&self, limit: u32, offset: u32) -> Result<Vec<FfiUnsent>, FfiError> {
        let client = self.client.clone();
        runtime::run(async move {
            let unsent = client.unsent(limit, offset).await?.into_iter().map(|one| FfiUnsent {
                record: one.record.to_string(),
                kind: one.kind,
                changes: one.changes,
                decisions: one.decisions,
                since: one.since,
                because: unsent_reason(one.because),
                code: one.code,
            });
            Ok(unsent.collect())
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

    /// Drops a record's rejected and refused changes.
    pub async fn discard_lane(&self, record: String) -> Result<(), FfiError> {
        let record = id("record", &record)?;
        self.on_store(move |store| Ok(store.discard_lane(record)?)).await
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

fn unsent_reason(because: UnsentReason) -> FfiUnsentReason {
    match because {
        UnsentReason::NotEnrolled => FfiUnsentReason::NotEnrolled,
        UnsentReason::Unauthorised => FfiUnsentReason::Unauthorised,
        UnsentReason::UpgradeRequired => FfiUnsentReason::UpgradeRequired,
        UnsentReason::Offline => FfiUnsentReason::Offline,
        UnsentReason::NextSync => FfiUnsentReason::NextSync,
        UnsentReason::Queued => FfiUnsentReason::Queued,
        UnsentReason::Quarantined => FfiUnsentReason::Quarantined,
        UnsentReason::Incomplete => FfiUnsentReason::Incomplete,
        UnsentReason::Unverified => FfiUnsentReason::Unverified,
    }
}
