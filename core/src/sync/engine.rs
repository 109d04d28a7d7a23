//! The sync engine: what to send next, and what an answer means.

use std::collections::HashMap;
use std::time::Duration;

use super::backoff::Backoff;
use super::state::{Progress, StopReason, SyncState};
use crate::model::{BookId, RecordId};
use crate::store::{Standing, Store, Upload};
use crate::wire::{
    self, ACCOUNTS_SINCE, CodecError, Cursor, Digest, FailureCode, LiveAnswer, Log, OLDEST_VERSION, Order,
    Packed, Push, Pushed, Rehung, SyncAnswer, SyncRequest, limits,
};
use crate::{Error, Result};

/// An answer within this many milliseconds lets the next request be larger.
const PROMPT: i64 = 3_000;
/// One that took more makes it smaller.
const SLOW: i64 = 15_000;
/// Bytes of chunks in a request that time alone does not make smaller.
const LEAST: usize = 64 << 10;
/// Bytes of chunks in a request at most, 2 MiB.
const MOST: usize = 2 << 20;
/// Bytes of chunks in an answer at most, 1.75 MiB. A device takes many times as much memory for one: for a bootstrap of 100,000 records
/// 36 MB more than at its start, a twenty-fifth longer than with 2 MiB, for which it took 39, and now and then 41.
const ASKED: usize = 7 << 18;

/// A request on its way: hand it back with its answer, or with its failure.
#[derive(Debug)]
pub struct Ask {
    /// What to send to `POST /v1/sync`, but for what [`Engine::prepare`] prepared of it: [`Self::body`] is all of it.
    pub request: SyncRequest,
    packed: Option<Packed>,
    upload: Upload,
    /// Whether the time until its answer comes says something of the network and of the clocks: not if it was asked for
    /// ahead or by somebody else, and has waited.
    timed: bool,
}

impl Ask {
    /// Changes this request carries.
    pub fn changes(&self) -> usize {
        self.upload.changes.len()
    }

    /// The body to send, and whether it is compressed.
    pub fn body(&self) -> Result<(Vec<u8>, bool), CodecError> {
        match &self.packed {
            Some(packed) => Ok((wire::write_with(&self.request, packed)?, true)),
            None => wire::write_request(&self.request),
        }
    }
}

/// Changes for the next request, compressed while the one before it travels.
#[derive(Debug)]
struct Prepared {
    upload: Upload,
    /// Bytes of its chunks.
    bytes: usize,
    packed: Packed,
}

/// What to do after an answer or a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Ask again at once.
    Ask,
    /// Everything is exchanged.
    Done,
    /// Try again after this wait.
    Wait(Duration),
    /// Never again with this token.
    Stop(StopReason),
}

/// Drives one store's sync. Holds nothing a crash may not take: it can be made anew at any time.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    /// Whether this process has asked already.
    asked: bool,
    /// Cursors the relay is known to remember, so that only changed ones travel.
    confirmed: HashMap<(BookId, Log), Cursor>,
    backoff: Backoff,
    /// How long to wait after the request that failed last.
    said: Option<Duration>,
    /// The version the relay answered in last, or speaks.
    pub(super) spoken: u16,
    /// Bytes of chunks a request carries, and asks for.
    most: usize,
    /// What it never grows over again: a relay or a proxy before it answered 413.
    ceiling: usize,
    progress: Progress,
    prepared: Option<Prepared>,
    /// Whether what comes over the live connection is told by the relay as it is now: not if none was opened since it was found
    /// restored from a backup.
    listening: bool,
    /// Requests in a row that moved nothing: a relay that always says "more" must not keep a phone awake.
    idle_rounds: u32,
}

impl Engine {
    /// An engine for a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            asked: false,
            confirmed: HashMap::new(),
            backoff: Backoff::default(),
            said: None,
            spoken: OLDEST_VERSION,
            most: limits::PAGE as usize,
            ceiling: MOST,
            progress: Progress::default(),
            prepared: None,
            listening: false,
            idle_rounds: 0,
        }
    }

    /// The store it drives.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How far this sync is.
    pub fn state(&self) -> SyncState {
        SyncState::Syncing(self.progress)
    }

    /// Begins a sync: progress counts from zero.
    pub fn begin(&mut self) -> Result<()> {
        let (to_send, to_receive) = self.store.backlog()?;
        self.progress = Progress { to_send, to_receive, ..Progress::default() };
        self.prepared = None;
        self.idle_rounds = 0;
        Ok(())
    }

    /// The next request.
    pub fn ask(&mut self) -> Result<Ask> {
        let mut request = SyncRequest::new(self.store.inner.environment.now());
        if let Some(Prepared { upload, packed, .. }) = self.prepared.take() {
            self.fill_in(&mut request)?;
            return Ok(Ask { request, packed: Some(packed), upload, timed: true });
        }
        if !self.asked {
            self.store.offer_unread()?;
            self.asked = true;
        }
        let mut upload = Upload::default();
        match self.store.order()? {
            Some(Order::Wipe) => request.obeyed = self.store.obey()?,
            Some(Order::Retire) if self.store.is_erased()? => request.obeyed = self.store.obey()?,
            _ => upload = self.store.upload(self.most, limits::ITEMS)?,
        }
        if !request.obeyed {
            self.fill_in(&mut request)?;
            request.decisions = upload.decisions.iter().map(|(_, decision)| decision.clone()).collect();
            request.snapshots = upload.snapshots.iter().map(|made| made.snapshot.clone()).collect();
            request.verified = upload.found.iter().map(|found| found.verified).collect();
            Pushed {
                books: request.books,
                roots: request.roots,
                accounts: request.accounts,
                pushes: request.pushes,
                rehung: request.rehung,
            } = self.pushed(&mut upload);
        }
        Ok(Ask { request, packed: None, upload, timed: true })
    }

    /// Prepares what the request after this one will carry: to be called, or not, while this one is on its way. [`Self::ask`]
    /// uses it if the answer settles all that this one carried and says nothing else.
    pub fn prepare(&mut self, ask: &Ask) {
        let most = (self.most * 2).min(self.ceiling);
        let prepared = || {
            let mut upload = self.store.upload_behind(&ask.upload, most, limits::ITEMS).ok()?;
            let bytes = upload.changes.iter().map(|change| change.chunk.0.len()).sum();
            let packed = wire::pack(self.pushed(&mut upload)).ok()?;
            (!upload.changes.is_empty()).then_some(Prepared { upload, bytes, packed })
        };
        // Whatever stands in the way, the next request will tell: this one's answer is to be taken in first.
        self.prepared = if ask.upload.more { prepared() } else { None };
    }

    /// Requests carry, and ask for, so many bytes of chunks from now on; more while answers come promptly.
    #[cfg(any(test, feature = "simulate"))]
    pub(crate) fn carry_at_most(&mut self, bytes: usize) {
        self.most = bytes;
    }

    /// Whether what was prepared behind so many changes is what would be sent now.
    fn still_prepared(&self, sent: usize, answer: &SyncAnswer) -> bool {
        let fits = |prepared: &Prepared| prepared.upload.changes.len() == 1 || prepared.bytes <= self.most;
        answer.only_accepts(sent) && self.prepared.as_ref().is_some_and(fits)
    }

    /// What may be asked before an answer is taken in: the pages behind those it brings, if it brings nothing but acks and receipts
    /// beside them. Hand it back after that answer, or drop it if that one did not end in [`Next::Ask`].
    pub fn ask_ahead(&self, ask: &Ask, answer: &SyncAnswer) -> Result<Option<Ask>> {
        if !answer.more || ask.upload.more || !answer.only_pages() {
            return Ok(None);
        }
        let mut request = SyncRequest::new(self.store.inner.environment.now());
        self.fill_in(&mut request)?;
        if let Some(receipts) = &answer.receipts {
            request.receipts = receipts.digest;
        }
        request.ahead = answer.pages.iter().map(|page| page.next).collect();
        Ok(Some(Ask { request, packed: None, upload: Upload::default(), timed: false }))
    }

    /// The next request, to be sent by somebody else at some time: [`Self::recall`] finds it again from its bytes alone.
    pub fn ask_detached(&mut self) -> Result<SyncRequest> {
        self.prepared = None;
        let Ask { mut request, .. } = self.ask()?;
        // What is offered and found of snapshots is told by the next sync of this process.
        request.snapshots.clear();
        request.verified.clear();
        request.token = self.token()?;
        Ok(request)
    }

    /// Which token this device has.
    fn token(&self) -> Result<Digest> {
        let (_, token) = self.store.credentials()?;
        Ok(Digest::of([&token.hash().0[..]]))
    }

    /// Whether a request goes with the token that this device has, and not with one it had before. Asked only where an answer would
    /// end the device: other answers are taken in while a phone is locked, and its token cannot be read.
    fn is_of_this_token(&self, request: &SyncRequest) -> Result<bool> {
        if request.token == Digest::ZERO {
            return Ok(true);
        }
        match self.token() {
            Err(Error::NotEnrolled) => Ok(false),
            token => Ok(token? == request.token),
        }
    }

    /// Makes of a request what an answer to it is taken in with; `None` if another sync came in between, so that the answer
    /// is to be thrown away.
    pub fn recall(&self, request: SyncRequest) -> Result<Option<Ask>> {
        let same = || -> Result<bool> {
            let Standing { access, receipts, verdicts_seen, cursors, .. } = self.store.standing()?;
            let seen = (request.access, request.receipts, request.verdicts_seen);
            Ok(seen == (access, receipts, verdicts_seen)
                && request.all_cursors == Cursor::digest_of(&cursors))
        };
        // Who obeyed may have been enrolled again since: that is not to end, too.
        let same = if request.obeyed { self.is_of_this_token(&request)? } else { same()? };
        let upload = if same { self.store.upload_of(&request)? } else { None };
        Ok(upload.map(|upload| Ask { request, packed: None, upload, timed: false }))
    }

    /// A live connection is about to be opened. Says whether what an earlier one told is to be forgotten: it may have been told
    /// by what the relay was before it was restored from a backup.
    pub fn listen(&mut self) -> bool {
        !std::mem::replace(&mut self.listening, true)
    }

    /// Takes in an answer that came before it was asked for. `false`: it answers another question than would be asked now, or
    /// was told by a relay that was restored from a backup since, and nothing was done. The request that says what was taken
    /// in is the next one, to be made in any case.
    pub fn take_in(&mut self, told: &LiveAnswer) -> Result<bool> {
        let mut request = SyncRequest::new(self.store.inner.environment.now());
        let order = self.fill_in(&mut request)?;
        let same = (request.access, request.all_cursors) == (told.access, told.all_cursors);
        if !self.listening || !same || request.only.is_some() || order.is_some() {
            return Ok(false);
        }
        let mut upload = Upload::default();
        upload.told = true;
        let ask = Ask { request, packed: None, upload, timed: false };
        self.answer(ask, &told.answer()?)?;
        Ok(true)
    }

    /// What every request says of this device. Returns the order it is obeying.
    fn fill_in(&self, request: &mut SyncRequest) -> Result<Option<Order>> {
        let Standing { access, receipts, verdicts_seen, cursors, only, incomplete, order } =
            self.store.standing()?;
        (request.access, request.receipts, request.verdicts_seen) = (access, receipts, verdicts_seen);
        request.all_cursors = Cursor::digest_of(&cursors);
        request.cursors =
            cursors.into_iter().filter(|c| self.confirmed.get(&(c.book, c.log)) != Some(c)).collect();
        request.only = only;
        request.fetch = incomplete;
        request.budget = self.most.min(ASKED) as u32;
        Ok(order)
    }

    /// Takes an answer in, durably.
    pub fn answer(&mut self, ask: Ask, answer: &SyncAnswer) -> Result<Next> {
        let Ask { request, mut upload, timed, .. } = ask;
        upload.only.clone_from(&request.only);
        upload.ahead.clone_from(&request.ahead);
        upload.cursors = Some(request.all_cursors);
        if request.obeyed {
            let order = self.store.order()?.unwrap_or(Order::Wipe);
            self.store.obeyed()?;
            return Ok(Next::Stop(order.into()));
        }
        self.spoken = answer.version;
        let prompt = timed.then(|| self.store.inner.environment.now() - request.clock);
        let offset = prompt.map(|took| {
            let half_way = request.clock + took / 2;
            (answer.clock.saturating_sub(half_way) as f64 / 1000.0).round() as i32
        });
        let received = self.store.receive(answer, &upload, offset)?;
        self.listening &= answer.diverged.is_empty();
        if answer.cursors_wanted {
            self.confirmed.clear();
        } else {
            self.confirmed.extend(request.cursors.iter().map(|c| ((c.book, c.log), *c)));
            self.confirmed.retain(|(book, log), _| !answer.diverged.contains(&(*book, *log)));
        }
        self.encourage();
        match prompt {
            Some(took) if took <= PROMPT => self.most = (self.most * 2).min(self.ceiling),
            Some(took) if took > SLOW => self.most = self.smaller(),
            _ => {}
        }
        if !self.still_prepared(upload.changes.len(), answer) {
            self.prepared = None;
        }
        self.progress.sent += received.settled as u64;
        self.progress.to_send = self.progress.to_send.saturating_sub(received.settled as u64);
        self.progress.received += received.changes as u64;
        let behind = answer.pages.iter().map(|page| page.head.saturating_sub(page.next.number));
        self.progress.to_receive = behind.fold(0, u64::saturating_add);
        // A whole document that brings nothing is no progress: the relay itself waits for what it builds on, from a device
        // that may be away for days.
        let moved = received.changes > 0
            || received.settled > 0
            || received.to_send
            || !answer.pages.is_empty()
            || !answer.trays.is_empty()
            || !answer.diverged.is_empty()
            || !answer.verdicts.is_empty()
            || answer.access.is_some();
        self.idle_rounds = if moved { 0 } else { self.idle_rounds + 1 };
        // Everything is handed in, and the relay has just said that it still has it: it may have been restored since.
        let handed_in = upload.changes.is_empty() && answer.diverged.is_empty() && !answer.cursors_wanted;
        if answer.order == Some(Order::Retire) && handed_in && self.store.obey()? {
            return Ok(Next::Ask);
        }
        // A verdict says why: with what was refused taken back, the rest goes at once.
        if received.transient > 0 && received.settled == 0 && answer.verdicts.is_empty() {
            return Ok(Next::Wait(self.backoff.next(&self.store.inner.environment, None)));
        }
        // One request more after changes came: it tells the relay that they are committed, which is what makes them
        // "delivered" for their author.
        let unfinished = answer.more
            || upload.more
            || answer.cursors_wanted
            || received.changes > 0
            || received.to_send
            || received.to_read
            || !answer.trays.is_empty()
            || !answer.diverged.is_empty()
            || self.store.order()?.is_some()
            || self.store.is_incomplete()?
            || received.settled + received.transient > 0 && self.store.has_unsent_work()?
            || received.settled > 0 && self.store.has_snapshot_work()?;
        Ok(if unfinished && self.idle_rounds < 3 { Next::Ask } else { Next::Done })
    }

    /// A request ended without an answer, or with a failure. What it carried stays in the outbox.
    pub fn failed(&mut self, ask: Ask, error: &Error) -> Result<Next> {
        self.prepared = None;
        Ok(match error {
            Error::Refused { code: FailureCode::TooLarge, .. } if ask.upload.changes.len() > 1 => {
                self.ceiling = (self.most / 2).max(1);
                self.most = self.ceiling;
                Next::Ask
            }
            Error::Refused { code: FailureCode::Unauthorised, .. }
                if !self.is_of_this_token(&ask.request)? =>
            {
                Next::Ask
            }
            Error::Refused { code: FailureCode::Unauthorised, .. } if ask.request.obeyed => {
                // The answer to an earlier "obeyed" was cut: the token has ended, which is what was wanted.
                let order = self.store.order()?.unwrap_or(Order::Wipe);
                self.store.obeyed()?;
                Next::Stop(order.into())
            }
            Error::Refused { code: FailureCode::Unauthorised, .. } => {
                self.store.token_refused()?;
                Next::Stop(StopReason::Unauthorised)
            }
            Error::Refused { code: FailureCode::UpgradeRequired, .. } => {
                Next::Stop(StopReason::UpgradeRequired)
            }
            error => {
                // It may have been cut off because it was long.
                self.most = self.smaller();
                self.said = None;
                let wait = self.wait_after(error);
                self.said = Some(wait);
                Next::Wait(wait)
            }
        })
    }

    /// The time was up before an answer came: the next one is to be shorter, so that it comes in time.
    pub fn cut_off(&mut self) {
        self.prepared = None;
        self.most = self.smaller();
    }

    /// What an upload pushes, as this relay reads it: its chunks are taken out of it.
    fn pushed(&self, upload: &mut Upload) -> Pushed {
        let mut pushed = pushed(upload);
        if self.spoken >= ACCOUNTS_SINCE {
            std::mem::swap(&mut pushed.roots, &mut pushed.accounts);
        }
        pushed
    }

    fn smaller(&self) -> usize {
        (self.most / 2).max(LEAST).min(self.ceiling)
    }

    /// How long to wait after a failure; longer each time until an answer comes. Asked about one that [`Self::failed`] was told
    /// of, it is what that said.
    pub fn wait_after(&mut self, error: &Error) -> Duration {
        if let Some(said) = self.said.take() {
            return said;
        }
        let asked = match error {
            Error::Busy { retry_after, .. } => Some(*retry_after),
            _ => None,
        };
        self.backoff.next(&self.store.inner.environment, asked)
    }

    /// The network came back: the next wait is short again.
    pub fn encourage(&mut self) {
        self.backoff.reset();
        self.said = None;
    }
}

/// What an upload pushes, books and roots through tables.
fn pushed(upload: &mut Upload) -> Pushed {
    let mut request = Pushed::default();
    let mut books: HashMap<BookId, u16> = HashMap::new();
    let mut roots: HashMap<RecordId, u32> = HashMap::new();
    for change in &mut upload.changes {
        let book = *books.entry(change.book).or_insert_with(|| {
            request.books.push(change.book);
            (request.books.len() - 1) as u16
        });
        let mut place = |root: RecordId| {
            *roots.entry(root).or_insert_with(|| {
                request.roots.push(root);
                (request.roots.len() - 1) as u32
            })
        };
        let root = change.root.map(&mut place);
        if let Some(rehung) = &change.rehung {
            request.rehung.push(Rehung {
                push: request.pushes.len() as u32,
                root: rehung.root.map(place),
                order: rehung.order.clone(),
            });
        }
        request.pushes.push(Push {
            document: change.document,
            book,
            root,
            offset: change.offset,
            notice: change.notice,
            change: None,
            chunk: std::mem::take(&mut change.chunk),
        });
    }
    request
}
