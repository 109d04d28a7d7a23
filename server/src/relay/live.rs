//! Live connections: who is to be woken by what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use roadbook_core::model::DeviceId;
use tokio::sync::watch;

use super::org::Org;
use super::storage::{Session, Wakes};

/// The connections open now.
#[derive(Debug, Default, Clone)]
pub(super) struct Live {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    connections: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    session: Session,
    wake: watch::Sender<u64>,
}

/// One open connection; dropping it ends it.
#[derive(Debug)]
pub(super) struct Subscription {
    number: u64,
    live: Live,
    wake: watch::Receiver<u64>,
}

impl Subscription {
    /// Waits for something new. Several wakes between two calls are one. `false`: the relay is shutting down.
    pub(super) async fn woken(&mut self) -> bool {
        self.wake.changed().await.is_ok()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.live.lock().connections.remove(&self.number);
    }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a connection for a device.
    pub(super) fn subscribe(&self, session: Session) -> Subscription {
        let (wake, woken) = watch::channel(0);
        let mut inner = self.lock();
        inner.next += 1;
        let number = inner.next;
        inner.connections.insert(number, Connection { session, wake });
        Subscription { number, live: self.clone(), wake: woken }
    }

    /// Connections open now.
    pub(super) fn count(&self) -> usize {
        self.lock().connections.len()
    }

    /// Ends every connection.
    pub(super) fn end(&self) {
        self.lock().connections.clear();
    }

    /// Wakes whom it concerns, but not the device that caused it. The organisation is that of the device that did;
    /// changes of rights wake their whole workspace.
    pub(super) fn wake(&self, wakes: &Wakes, org: Option<&Org>, cause: Option<DeviceId>, now: i64) {
        if wakes == &Wakes::default() {
            return;
        }
        for connection in self.lock().connections.values() {
            let session = &connection.session;
            let concerns = wakes.devices.contains(&session.device)
                || wakes.workspaces.contains(&session.workspace)
                || cause != Some(session.device)
                    && org.filter(|org| org.workspace == session.workspace).is_some_and(|org| {
                        wakes.logs.iter().any(|(book, log)| {
                            org.right(session.member, *book, now).is_some_and(|(_, reviews)| {
                                *log == roadbook_core::wire::Log::Entries || reviews
                            })
                        })
                    });
            if concerns {
                connection.wake.send_modify(|count| *count += 1);
            }
        }
    }
}
