//! Live sync: subscribed to the relay, and to the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::client::{Client, SyncReport};
use super::state::{StopReason, SyncState};
use crate::wire::LiveEvent;
use crate::{Error, Result};

/// A lost wake-up costs at most this.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// Receipts wake nobody: who has sent something asks once more, when its colleagues' devices have had the time to fetch it.
const RECEIPTS: Duration = Duration::from_secs(10);
/// A single sync in live mode may take this long; then it starts over where it was.
const ONE_SYNC: Duration = Duration::from_secs(10 * 60);

impl Client {
    /// Keeps the store in sync until `stop` is cancelled, or the relay ends this device: at once after a save, as soon
    /// as the relay tells of something new, when the network comes back ([`Client::nudge`]), and every quarter of an
    /// hour. While the store is paused, or this device is not enrolled, it waits for that to end.
    pub async fn run(&self, stop: CancellationToken) -> Result<()> {
        loop {
            let cancel = self.cancellation();
            let outcome = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = cancel.cancelled() => Err(Error::Paused),
                outcome = self.live() => outcome,
            };
            let error = match outcome {
                Ok(stopped) => {
                    if let Some(reason) = stopped {
                        self.set_state(SyncState::Stopped(reason));
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            if matches!(error, Error::Paused) || self.store().is_paused() {
                self.set_state(SyncState::Idle);
                let mut paused = self.store().paused();
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    _ = paused.wait_for(|paused| !paused) => continue,
                }
            }
            if matches!(error, Error::NotEnrolled) {
                self.set_state(SyncState::Idle);
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = self.enrolment() => continue,
                }
            }
            let (wait, error) = self.step(move |engine| Ok((engine.wait_after(&error), error))).await?;
            tracing::info!(%error, seconds = wait.as_secs(), "sync waits");
            let until = self.store().inner.environment.now() + wait.as_millis() as i64;
            self.set_state(SyncState::Waiting { until, because: Arc::new(error) });
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
                () = self.nudged() => self.step(|engine| {
                    engine.encourage();
                    Ok(())
                }).await?,
            }
        }
    }

    /// Waits until this device is enrolled, or that cannot be told.
    async fn enrolment(&self) {
        let mut changes = self.store().observe();
        while matches!(self.blocking(crate::Store::is_enrolled).await, Ok(false)) {
            changes.next().await;
        }
    }

    /// One connection: subscribed first, then synced, so nothing falls between. Returns what stopped sync for good.
    async fn live(&self) -> Result<Option<StopReason>> {
        let (relay, token) = self.blocking(crate::Store::credentials).await?;
        self.step(|engine| Ok(engine.listen())).await?;
        let response = match self.http().live(&relay, &token).await {
            Ok(response) => response,
            Err(error @ Error::Refused { .. }) => {
                // Let the sync itself find out whether this device has ended; it may have work to hand in first.
                return match self.one().await?.stopped {
                    Some(stopped) => Ok(Some(stopped)),
                    None => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        let mut events = response.bytes_stream().eventsource();
        let mut changes = self.store().observe();
        let mut due = Instant::now();
        let mut receipts = due + EVERY;
        loop {
            if due <= Instant::now() {
                let report = self.one().await?;
                if report.stopped.is_some() {
                    return Ok(report.stopped);
                }
                if self.step(|engine| Ok(engine.listen())).await? {
                    let detail =
                        "the relay was restored from a backup: what it told before is of no use".to_owned();
                    return Err(Error::Offline { detail });
                }
                // A sync that sends nothing, woken by what the last one sent, does not put the receipts off.
                if report.sent > 0 {
                    receipts = Instant::now() + RECEIPTS;
                } else if receipts <= Instant::now() {
                    receipts = Instant::now() + EVERY;
                }
                due = receipts;
                // Saves made while that sync ran may have missed it.
                if self.blocking(crate::Store::has_unsent_work).await? {
                    due = Instant::now() + Duration::from_millis(50);
                }
            }
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => {
                        match serde_json::from_str(&event.data).unwrap_or(LiveEvent::Unknown) {
                            LiveEvent::Hello => continue,
                            LiveEvent::Answer(told) => _ = self.take_in(told).await?,
                            // Whatever it says, something may be new; an event that is not understood is no exception.
                            LiveEvent::Wake | LiveEvent::Unknown => {}
                        }
                        due = Instant::now();
                    }
                    Some(Err(error)) => return Err(Error::Offline { detail: error.to_string() }),
                    None => return Err(Error::Offline { detail: "the relay closed the live connection".to_owned() }),
                },
                changed = changes.next() => match changed {
                    Some(changed) if changed.unsent => due = Instant::now(),
                    Some(_) => {}
                    None => return Ok(None),
                },
                () = self.nudged() => due = Instant::now(),
                () = tokio::time::sleep_until(due.into()) => {}
            }
        }
    }

    async fn one(&self) -> Result<SyncReport> {
        let report = self.exchange(Instant::now() + ONE_SYNC).await?;
        self.set_state(SyncState::Idle);
        Ok(report)
    }
}
