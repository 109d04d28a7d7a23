//! Why something waits, with what only sync knows of the connection.

use super::client::Client;
use super::state::{StopReason, SyncState};
use crate::{Error, Result, Unsent, UnsentReason};

impl Client {
    /// The records of which something waits to be sent, and why: what waits longest first, decisions last.
    pub async fn unsent(&self, limit: u32, offset: u32) -> Result<Vec<Unsent>> {
        let stands_in_the_way = match &*self.state().borrow() {
            SyncState::Waiting { because, .. } if matches!(**because, Error::Offline { .. }) => {
                Some(UnsentReason::Offline)
            }
            SyncState::Stopped(StopReason::UpgradeRequired) => Some(UnsentReason::UpgradeRequired),
            _ => None,
        };
        let mut unsent = self.blocking(move |store| store.unsent(limit, offset)).await?;
        if let Some(reason) = stands_in_the_way {
            for one in unsent.iter_mut().filter(|one| one.because == UnsentReason::NextSync) {
                one.because = reason;
            }
        }
        Ok(unsent)
    }
}
