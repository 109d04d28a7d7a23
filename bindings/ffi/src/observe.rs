//! Telling an app what changed, and what sync is doing.

use std::sync::Arc;

use roadbook_core::ChangeSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::sync::from_state;
use crate::{FfiError, FfiSyncState, RoadbookCore, runtime};

/// A record that was created, changed, deleted or erased.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiTouched {
    /// Its kind's name.
    pub kind: String,
    /// The record.
    pub record: String,
}

/// What one transaction changed.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiChangeSet {
    /// Records by id.
    pub records: Vec<FfiTouched>,
    /// Kinds of which nobody knows which records changed.
    pub kinds: Vec<String>,
    /// The ledger, the status or the lanes changed.
    pub sync: bool,
    /// Books, members, trays or verdicts changed.
    pub access: bool,
}

/// The app's code failed. What it said is thrown away: it may hold anything.
#[derive(Debug, Clone, thiserror::Error, uniffi::Error)]
pub enum FfiCallbackError {
    /// It failed.
    #[error("the app's callback failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for FfiCallbackError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Implemented by the app. It is called on a thread of the core, so it hands over and returns at once; what it throws
/// is dropped, and the next change is told all the same.
#[uniffi::export(with_foreign)]
pub trait FfiObserver: Send + Sync {
    /// Something changed and is durable.
    fn changed(&self, changes: FfiChangeSet) -> Result<(), FfiCallbackError>;
    /// Sync does something else now. Called at once with what it does at present.
    fn sync_state(&self, state: FfiSyncState) -> Result<(), FfiCallbackError>;
}

/// Observes until it is dropped.
#[derive(Debug, uniffi::Object)]
pub struct FfiSubscription {
    _stop: DropGuard,
}

#[uniffi::export]
impl RoadbookCore {
    /// Tells `observer` of every change from now on.
    pub fn observe(&self, observer: Arc<dyn FfiObserver>) -> Result<Arc<FfiSubscription>, FfiError> {
        let stop = CancellationToken::new();
        let mut changes = self.store().observe();
        let mut state = self.client.state();
        state.mark_changed();
        let stopped = stop.clone();
        runtime::spawn(async move {
            loop {
                let told = tokio::select! {
                    () = stopped.cancelled() => return,
                    next = changes.next() => match next {
                        Some(changes) => runtime::call_app(|| observer.changed(from_changes(&changes))),
                        None => return,
                    },
                    next = state.changed() => match next {
                        Ok(()) => {
                            let now = state.borrow_and_update().clone();
                            runtime::call_app(|| observer.sync_state(from_state(now)))
                        }
                        Err(_) => return,
                    },
                };
                if told.is_err() {
                    tracing::warn!("an observer of the app failed");
                }
            }
        })?;
        Ok(Arc::new(FfiSubscription { _stop: stop.drop_guard() }))
    }
}

fn from_changes(changes: &ChangeSet) -> FfiChangeSet {
    FfiChangeSet {
        records: changes
            .records
            .iter()
            .map(|(kind, record)| FfiTouched { kind: (*kind).to_owned(), record: record.to_string() })
            .collect(),
        kinds: changes.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        sync: changes.sync,
        access: changes.access,
    }
}
