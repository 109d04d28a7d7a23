//! Clocks that only a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::Clock;

/// One party's clock. All clocks of a test show the same time, each with an error of its own.
#[derive(Debug)]
pub struct SimClock {
    time: Arc<AtomicI64>,
    /// What it is wrong by at `since`.
    error: AtomicI64,
    /// How fast it goes wrong, in millionths.
    drift: AtomicI64,
    since: AtomicI64,
}

impl SimClock {
    /// A right clock, at this many milliseconds since 1970 UTC.
    pub fn new(time: i64) -> Arc<Self> {
        Arc::new(Self::of(Arc::new(AtomicI64::new(time))))
    }

    /// Another party's clock: right, until it is told otherwise.
    pub fn another(&self) -> Arc<Self> {
        Arc::new(Self::of(self.time.clone()))
    }

    fn of(time: Arc<AtomicI64>) -> Self {
        let since = AtomicI64::new(time.load(Ordering::Relaxed));
        Self { time, error: AtomicI64::new(0), drift: AtomicI64::new(0), since }
    }

    /// The true time, milliseconds since 1970 UTC.
    pub fn time(&self) -> i64 {
        self.time.load(Ordering::Relaxed)
    }

    /// Time passes, for every clock of the test.
    pub fn advance(&self, by: Duration) {
        self.time.fetch_add(by.as_millis().try_into().unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Sets this clock wrong by so many milliseconds, before or behind.
    pub fn jump(&self, error: i64) {
        self.since.store(self.time(), Ordering::Relaxed);
        self.error.store(error, Ordering::Relaxed);
    }

    /// Lets this clock go wrong by so many millionths of the time that passes. 12 is a second a day.
    pub fn drift(&self, millionths: i64) {
        let error = self.now() - self.time();
        self.jump(error);
        self.drift.store(millionths, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> i64 {
        let time = self.time();
        let passed = time - self.since.load(Ordering::Relaxed);
        let drifted = passed.saturating_mul(self.drift.load(Ordering::Relaxed)) / 1_000_000;
        time + self.error.load(Ordering::Relaxed) + drifted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_clock_goes_wrong_and_the_others_do_not() {
        let right = SimClock::new(1_000_000);
        let wrong = right.another();
        wrong.jump(-500);
        assert_eq!((right.now(), wrong.now()), (1_000_000, 999_500));
        wrong.drift(100_000);
        right.advance(Duration::from_secs(10));
        assert_eq!((right.now(), wrong.now()), (1_010_000, 1_010_500));
        wrong.drift(0);
        right.advance(Duration::from_secs(10));
        assert_eq!((right.now(), wrong.now()), (1_020_000, 1_020_500));
    }
}
