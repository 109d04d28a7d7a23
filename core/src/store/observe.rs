//! Telling an app what changed, after it is durable.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::{Inner, Store};
use crate::model::RecordId;

/// More records than this are announced by kind alone.
const NAMED: usize = 500;

/// What one transaction changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Records created, changed, deleted or erased, with their kinds.
    pub records: Vec<(&'static str, RecordId)>,
    /// Kinds of which more changed than are named, or nobody knows how many: read lists of them again.
    pub kinds: Vec<&'static str>,
    /// The ledger, the status or the lanes changed.
    pub sync: bool,
    /// Something new waits to be sent.
    pub unsent: bool,
    /// Books, members, trays or verdicts changed.
    pub access: bool,
}

impl ChangeSet {
    /// Whether a list of this kind may look different now.
    pub fn concerns(&self, kind: &str) -> bool {
        self.kinds.contains(&kind) || self.records.iter().any(|(k, _)| *k == kind)
    }

    /// Whether this record may look different now.
    pub fn concerns_record(&self, kind: &str, record: RecordId) -> bool {
        self.kinds.contains(&kind) || self.records.iter().any(|(_, r)| *r == record)
    }

    pub(super) fn record(&mut self, kind: &'static str, record: RecordId) {
        if self.kinds.contains(&kind) {
            return;
        }
        if self.records.len() < NAMED {
            self.records.push((kind, record));
        } else {
            self.records.retain(|(k, _)| *k != kind);
            self.kinds.push(kind);
        }
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.kinds.is_empty() && !self.sync && !self.access
    }
}

/// Receives [`ChangeSet`]s until it is dropped.
#[derive(Debug)]
pub struct Observer {
    receiver: broadcast::Receiver<Arc<ChangeSet>>,
    all: Vec<&'static str>,
}

impl Observer {
    /// The next change. One who falls far behind gets a single set that names every kind. `None` once the store is
    /// gone.
    pub async fn next(&mut self) -> Option<Arc<ChangeSet>> {
        match self.receiver.recv().await {
            Ok(changes) => Some(changes),
            Err(RecvError::Lagged(_)) => Some(self.everything()),
            Err(RecvError::Closed) => None,
        }
    }

    /// A change that is waiting, if any.
    pub fn try_next(&mut self) -> Option<Arc<ChangeSet>> {
        match self.receiver.try_recv() {
            Ok(changes) => Some(changes),
            Err(TryRecvError::Lagged(_)) => Some(self.everything()),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    fn everything(&self) -> Arc<ChangeSet> {
        Arc::new(ChangeSet {
            records: Vec::new(),
            kinds: self.all.clone(),
            sync: true,
            unsent: true,
            access: true,
        })
    }
}

impl Store {
    /// What changes from now on.
    pub fn observe(&self) -> Observer {
        let all = self.schema().kinds().map(|kind| kind.name).collect();
        Observer { receiver: self.inner.events.subscribe(), all }
    }
}

impl Inner {
    pub(super) fn announce(&self, changes: ChangeSet) {
        if !changes.is_empty() {
            // Nobody listening is no fault.
            let _ = self.events.send(Arc::new(changes));
        }
    }
}
