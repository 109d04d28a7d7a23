//! The HTTP client around the engine: bounded syncs, live sync, pause and resume.

use std::any::Any;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::engine::{Ask, Engine, Next};
use super::http::{self, Http, Trust};
use super::state::{StopReason, SyncState};
use crate::store::Store;
use crate::wire::{LiveAnswer, Secret, SyncAnswer};
use crate::{Error, Result};

/// An app that is not running syncs this often, if it may.
const WISHED: Duration = Duration::from_secs(60 * 60);

/// Between two steps of tidying, which take a twentieth of that: whoever saves meanwhile waits for one of them at most.
const PAUSE: Duration = Duration::from_millis(100);

/// How a client talks to its relay.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Whose certificates are trusted.
    pub trust: Trust,
}

/// What a bounded sync did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SyncReport {
    /// Requests made.
    pub requests: u32,
    /// Changes the relay took or settled.
    pub sent: u64,
    /// Changes that came.
    pub received: u64,
    /// Whether everything was exchanged. If not: the time was up, or the relay asked to wait.
    pub finished: bool,
    /// Why sync will not go on by itself, if so.
    pub stopped: Option<StopReason>,
}

/// A relay's address, and this device's token there.
type Relay = (String, Secret);

/// A request, and its answer on its way.
type Asked = (Ask, AbortOnDropHandle<Result<SyncAnswer>>);

/// Syncs one store with its relay. Clones share it.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    http: Http,
    /// Held for a whole sync: one at a time.
    turn: AsyncMutex<()>,
    engine: Arc<Mutex<Engine>>,
    state: watch::Sender<SyncState>,
    /// Ends what is under way: replaced at each pause.
    cancel: Mutex<CancellationToken>,
    nudge: Notify,
    /// When this process last finished a sync, milliseconds since 1970 UTC: one that moved nothing writes nothing.
    finished_at: AtomicI64,
    /// Held while the store is tidied: once at a time.
    tidying: Arc<AsyncMutex<()>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("store", &self.inner.store).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for a store. Does nothing until it is asked to.
    pub fn new(store: Store, options: &ClientOptions) -> Result<Self> {
        let inner = Inner {
            http: Http::new(&options.trust)?,
            turn: AsyncMutex::new(()),
            engine: Arc::new(Mutex::new(Engine::new(store.clone()))),
            state: watch::Sender::new(SyncState::Idle),
            cancel: Mutex::new(CancellationToken::new()),
            nudge: Notify::new(),
            finished_at: AtomicI64::new(0),
            tidying: Arc::default(),
            store,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(super) fn http(&self) -> &Http {
        &self.inner.http
    }

    /// What sync is doing: the present state at once, then every later one (the newest, if several came meanwhile).
    pub fn state(&self) -> watch::Receiver<SyncState> {
        self.inner.state.subscribe()
    }

    pub(super) fn set_state(&self, state: SyncState) {
        self.inner.state.send_replace(state);
    }

    pub(super) fn cancellation(&self) -> CancellationToken {
        self.inner.cancel.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Exchanges everything with the relay, within `deadline`. What was committed page by page stays when the time is
    /// up or the call is cancelled; dropping the future is safe at any point.
    pub async fn sync_once(&self, deadline: Duration) -> Result<SyncReport> {
        let cancel = self.cancellation();
        let result = tokio::select! {
            result = self.exchange(Instant::now() + deadline) => result,
            () = cancel.cancelled() => Err(Error::Cancelled),
        };
        self.set_state(match &result {
            Ok(SyncReport { stopped: Some(reason), .. }) => SyncState::Stopped(*reason),
            _ => SyncState::Idle,
        });
        result
    }

    /// One sync: asks until there is nothing left, the time is up, or something stands in the way.
    pub(super) async fn exchange(&self, until: Instant) -> Result<SyncReport> {
        let _turn = self.turn().await;
        let mut report = SyncReport::default();
        let this = self.clone();
        let (relay, mut asked) = self
            .step(move |engine| {
                let relay = Arc::new(engine.store().credentials()?);
                engine.begin()?;
                let asked = this.ask(engine, &relay, until)?;
                Ok((relay, asked))
            })
            .await?;
        while let Some((ask, sent)) = asked {
            report.requests += 1;
            let Ok(answered) = tokio::time::timeout_at(until.into(), sent).await else {
                self.step(|engine| {
                    engine.cut_off();
                    Ok(())
                })
                .await?;
                return Ok(report);
            };
            let (this, to) = (self.clone(), relay.clone());
            let answered = answered.map_err(|e| Error::internal(e.to_string()))?;
            // One step: of several in a row each may come to another thread, and some allocators keep what each thread used.
            let (next, following, state, error) = self
                .step(move |engine| {
                    let (next, ahead, error) = match answered {
                        Ok(answer) => {
                            // The next page travels while this one is committed.
                            let ahead = engine.ask_ahead(&ask, &answer)?;
                            let ahead = ahead.map(|ahead| this.send(&to, ahead)).transpose()?;
                            (engine.answer(ask, &answer)?, ahead, None)
                        }
                        Err(error) => (engine.failed(ask, &error)?, None, Some(error)),
                    };
                    let state = engine.state();
                    this.set_state(state.clone());
                    let following = match (next, ahead) {
                        (Next::Ask, None) => this.ask(engine, &to, until)?,
                        (_, ahead) => ahead,
                    };
                    Ok((next, following, state, error))
                })
                .await?;
            if let SyncState::Syncing(progress) = state {
                (report.sent, report.received) = (progress.sent, progress.received);
            }
            match (next, error) {
                (Next::Ask, _) => asked = following,
                (Next::Done, _) => {
                    report.finished = true;
                    self.finished();
                    return Ok(report);
                }
                (Next::Wait(_), Some(error)) => return Err(error),
                (Next::Wait(_), None) => return Ok(report),
                (Next::Stop(reason), _) => {
                    report.stopped = Some(reason);
                    return Ok(report);
                }
            }
        }
        Ok(report)
    }

    /// Takes in an answer that the relay sent before it was asked, unless it no longer fits.
    pub(super) async fn take_in(&self, told: LiveAnswer) -> Result<bool> {
        let _turn = self.turn().await;
        self.step(move |engine| engine.take_in(&told)).await
    }

    /// Waits until no other sync is under way.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.inner.turn.lock().await
    }

    /// Everything is exchanged.
    pub(super) fn finished(&self) {
        self.inner.finished_at.store(self.inner.store.inner.environment.now(), Ordering::Relaxed);
        self.tidy();
    }

    /// Tidies the store on a thread of its own, now that nobody waits.
    fn tidy(&self) {
        let Ok(only) = self.inner.tidying.clone().try_lock_owned() else { return };
        let inner = Arc::downgrade(&self.inner);
        let work = move || -> Answer {
            // Client and store are held for one step at a time, or an app that drops them could not open the file anew.
            while inner.upgrade().is_some_and(|inner| tidied(&inner.store)) {
                std::thread::sleep(PAUSE);
            }
            Box::new(only)
        };
        spawned(Box::new(work));
    }

    /// Makes the next request and sends it, in one step: a live edit waits for it. What the request after it carries is made ready
    /// while it travels. `None`: the time is up.
    fn ask(&self, engine: &mut Engine, relay: &Relay, until: Instant) -> Result<Option<Asked>> {
        let ask = engine.ask()?;
        self.set_state(engine.state());
        if Instant::now() >= until {
            return Ok(None);
        }
        let (ask, sent) = self.send(relay, ask)?;
        engine.prepare(&ask);
        Ok(Some((ask, sent)))
    }

    /// Sends a request. Dropped, it is not waited for any more.
    fn send(&self, (relay, token): &Relay, ask: Ask) -> Result<Asked> {
        let request = self.inner.http.request(relay, "/v1/sync", Some(token), ask.body()?)?;
        Ok((ask, AbortOnDropHandle::new(tokio::spawn(http::answer(request)))))
    }

    /// One step of the engine, where blocking is allowed. A step once begun ends on its own thread even if the caller's
    /// future is dropped, so no transaction is left half-way.
    pub(super) async fn step<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let engine = self.inner.engine.clone();
        blocking(move || work(&mut engine.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    /// When the next sync is wished for, milliseconds since 1970 UTC: for whoever wakes the app up. At once if anything is
    /// to be sent or fetched, else an hour after the last one; `None` while there is nothing to sync with.
    pub async fn next_sync(&self) -> Result<Option<i64>> {
        let waits = match *self.inner.state.borrow() {
            SyncState::Stopped(_) => return Ok(None),
            SyncState::Waiting { until, .. } => Some(until),
            _ => None,
        };
        let enrolled = |store: &Store| match store.is_enrolled() {
            Err(Error::KeyLocked) => Ok(true),
            known => known,
        };
        let (enrolled, status, unsent) = self
            .blocking(move |store| Ok((enrolled(store)?, store.status()?, store.has_unsent_work()?)))
            .await?;
        let wish = match waits {
            Some(until) => until,
            None if unsent || status.behind > 0 => self.inner.store.inner.environment.now(),
            None => {
                let here = self.inner.finished_at.load(Ordering::Relaxed);
                status.synced_at.unwrap_or_default().max(here) + WISHED.as_millis() as i64
            }
        };
        Ok(enrolled.then_some(wish))
    }

    /// The network came back, the app came to the front: live sync tries at once.
    pub fn nudge(&self) {
        self.inner.nudge.notify_one();
    }

    pub(super) async fn nudged(&self) {
        self.inner.nudge.notified().await;
    }

    /// Cancels what is under way, waits until its transactions have ended, and lets go of the store's file. Later calls
    /// answer [`Error::Paused`] until [`Self::resume`].
    pub async fn pause(&self) -> Result<()> {
        self.cancel();
        self.blocking(Store::pause).await
    }

    /// Ends what is under way.
    pub(super) fn cancel(&self) {
        let ended = std::mem::take(&mut *self.inner.cancel.lock().unwrap_or_else(PoisonError::into_inner));
        ended.cancel();
    }

    /// Opens the store again. Live sync goes on by itself. Await a [`Self::pause`] first: of two under way at once either
    /// may be the last to act.
    pub async fn resume(&self) -> Result<()> {
        self.blocking(Store::resume).await
    }

    /// Runs work on the store where blocking is allowed.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.inner.store.clone();
        blocking(move || work(&store)).await
    }
}

/// One step of tidying. Says whether there is more.
fn tidied(store: &Store) -> bool {
    store.tidy().unwrap_or_else(|error| {
        if !matches!(error, Error::Paused) {
            tracing::warn!(%error, "the store is not tidied");
        }
        false
    })
}

/// What a task answers, whatever that is: tokio would be compiled anew for each type of task.
type Answer = Box<dyn Any + Send>;

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let answer = blocked(Box::new(|| Box::new(work()))).await?;
    *answer.downcast().map_err(|_| Error::internal("the answer of another task"))?
}

async fn blocked(work: Box<dyn FnOnce() -> Answer + Send>) -> Result<Answer> {
    spawned(work).await.map_err(|e| Error::internal(e.to_string()))
}

fn spawned(work: Box<dyn FnOnce() -> Answer + Send>) -> JoinHandle<Answer> {
    tokio::task::spawn_blocking(work)
}
