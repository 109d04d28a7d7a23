//! How long to wait after a failure: exponential with full jitter, so that a thousand phones that lost the same relay
//! do not come back in the same second.

use std::time::Duration;

use crate::Environment;

const FIRST: Duration = Duration::from_secs(2);
const MOST: Duration = Duration::from_secs(300);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The wait after one more failure: between half and the whole of 2 s, 4 s, 8 s … 300 s; never less than the relay
    /// asked for.
    pub(super) fn next(&mut self, environment: &Environment, asked: Option<Duration>) -> Duration {
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(16)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        let wait = ceiling.mul_f64(0.5 + environment.fraction() / 2.0);
        wait.max(asked.unwrap_or_default().min(MOST * 12))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_ceiling_and_are_spread() {
        let environment = Environment::system();
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..20).map(|_| backoff.next(&environment, None)).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[19] >= MOST / 2 && waits[19] <= MOST);
        let mut distinct = waits[12..].to_vec();
        distinct.dedup();
        assert!(distinct.len() > 4, "{waits:?}");
        assert!(backoff.next(&environment, Some(Duration::from_secs(900))) >= Duration::from_secs(900));
        backoff.reset();
        assert!(backoff.next(&environment, None) <= FIRST);
    }
}
