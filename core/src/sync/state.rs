//! What an app shows of sync.

use std::sync::Arc;

use serde::Serialize;

use crate::wire::Order;
use crate::{Error, Result, Store};

/// How far a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Progress {
    /// Changes the relay has taken in this sync.
    pub sent: u64,
    /// Changes that are left to send.
    pub to_send: u64,
    /// Changes that came in this sync.
    pub received: u64,
    /// Log entries that are left to come.
    pub to_receive: u64,
}

/// Why sync stopped by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The token is not accepted any more: enrol again. Unsent work stays on the device.
    Unauthorised,
    /// The relay does not speak this version any more: update the app. Unsent work stays on the device.
    UpgradeRequired,
    /// The administrator retired this device: its unsent work is on the relay, everything here is erased.
    Retired,
    /// The administrator wiped this device: everything here is erased.
    Wiped,
}

impl From<Order> for StopReason {
    fn from(order: Order) -> Self {
        match order {
            Order::Retire => Self::Retired,
            Order::Wipe => Self::Wiped,
        }
    }
}

impl Store {
    /// Why this device cannot sync before it is enrolled again, also in a process that was started since: retired or wiped,
    /// which is all that is kept then, or not accepted any more. The next enrolment clears it.
    pub fn ended_because(&self) -> Result<Option<StopReason>> {
        if let Some(order) = self.ended()? {
            return Ok(Some(order.into()));
        }
        Ok(self.is_token_refused()?.then_some(StopReason::Unauthorised))
    }
}

/// What sync is doing.
#[derive(Debug, Clone, Default)]
pub enum SyncState {
    /// Nothing to do, as far as this device knows.
    #[default]
    Idle,
    /// A sync is under way.
    Syncing(Progress),
    /// A sync failed; the next try comes by itself.
    Waiting {
        /// When, milliseconds since 1970 UTC.
        until: i64,
        /// What failed: [`Error::Offline`] without a connection.
        because: Arc<Error>,
    },
    /// Stopped for good.
    Stopped(StopReason),
}
