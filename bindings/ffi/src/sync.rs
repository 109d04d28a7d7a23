//! Enrolment and sync.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use roadbook_core::Identity;
use roadbook_core::sync::{RelayAnswer, StopReason, SyncReport, SyncState};
use tokio_util::sync::CancellationToken;

use crate::{FfiError, RoadbookCore, runtime};

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
    /// A sync failed; the next try comes by itself.
    Waiting {
        /// When, milliseconds since 1970 UTC.
        until: i64,
        /// What failed.
        because: FfiError,
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
        if is_running(&live) {
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

    /// Erases everything on this device and ends live sync: what is left is an empty store of nobody.
    pub async fn wipe(&self, give_up_unsent: bool) -> Result<(), FfiError> {
        let was_live = self.is_live();
        self.stop_live();
        let client = self.client.clone();
        let wiped = runtime::run(async move { Ok(client.wipe(give_up_unsent).await?) }).await;
        if wiped.is_err() && was_live {
            self.start_live()?;
        }
        wiped
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

    /// Why this device cannot sync before it is enrolled again, also after the process ended.
    pub async fn ended_because(&self) -> Result<Option<FfiStopReason>, FfiError> {
        self.on_store(|store| Ok(store.ended_because()?.map(from_reason))).await
    }
}

impl RoadbookCore {
    fn is_live(&self) -> bool {
        is_running(&self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_running(live: &Option<CancellationToken>) -> bool {
    live.as_ref().is_some_and(|stop| !stop.is_cancelled())
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
        SyncState::Waiting { until, because } => FfiSyncState::Waiting { until, because: (&*because).into() },
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
