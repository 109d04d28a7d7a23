//! Kills a phone between two of its writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{CommitHook, CommitPoint, Error, Result};

/// Kills a phone at its nth commit from now, before or after that is durable. Every write fails from then on, as if
/// the process had ended there, until the test drops the store, revives it and opens the store again.
#[derive(Debug, Default)]
pub struct Killer {
    armed: Mutex<Option<(u32, CommitPoint)>>,
    dead: AtomicBool,
}

impl Killer {
    /// One that kills nobody yet, for [`Options::commit_hook`](crate::Options::commit_hook).
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Kills at this commit from now; 1 is the next.
    pub fn arm(&self, commit: u32, point: CommitPoint) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some((commit.max(1), point));
    }

    /// Whether it has killed.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// A new process: nothing is armed.
    pub fn revive(&self) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.dead.store(false, Ordering::Relaxed);
    }
}

impl CommitHook for Killer {
    fn commit(&self, when: CommitPoint) -> Result<()> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((left, point)) = armed.as_mut()
            && *point == when
        {
            *left -= 1;
            if *left == 0 {
                *armed = None;
                self.dead.store(true, Ordering::Relaxed);
            }
        }
        if self.is_dead() { Err(Error::Io { detail: "killed".to_owned() }) } else { Ok(()) }
    }
}
