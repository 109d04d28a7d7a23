//! A disk: what is wrong with it, and what it would lose.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::layer;
use super::unsynced::{Lost, Unsynced};

/// How long a file may take to be closed once its owner was dropped: another thread may hold it a moment longer.
const CLOSING: Duration = Duration::from_secs(20);

/// What a disk can be asked to fail at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reading.
    Read,
    /// Writing: half of the bytes get there.
    Write,
    /// Syncing: what it was to make durable may be lost for good, even if a later one succeeds.
    Sync,
    /// Cutting a file.
    Truncate,
}

/// Why an operation is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// EIO.
    Broken,
    /// ENOSPC.
    Full,
}

#[derive(Default)]
struct State {
    /// Files open at this moment.
    open: usize,
    /// Operations that fail: which, how many go well before, and how many do not then.
    failing: Vec<(Operation, u32, u32)>,
    /// Bytes by which files may still grow.
    room: Option<u64>,
    /// Changes that still happen before the power goes.
    cut: Option<u32>,
    off: bool,
    /// Syncs are said to have happened.
    lying: bool,
    files: BTreeMap<PathBuf, Unsynced>,
    /// Files whose names are not durable yet.
    made: BTreeSet<PathBuf>,
    /// Files that were deleted, as they were: the deletion is not durable yet.
    deleted: BTreeMap<PathBuf, (Vec<u8>, Unsynced)>,
    /// Operations that were refused.
    refused: u64,
}

pub(crate) struct Shared {
    folder: PathBuf,
    state: Mutex<State>,
    closed: Condvar,
}

/// A disk that a folder lies on. Clones share it; with the last of them it is a good disk for ever.
#[derive(Clone)]
pub struct Disk {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").field("folder", &self.shared.folder).finish_non_exhaustive()
    }
}

static DISKS: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// The disk of a file.
pub(crate) fn of(path: &Path) -> Option<Arc<Shared>> {
    let disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    disks.iter().filter_map(Weak::upgrade).find(|disk| path.starts_with(&disk.folder))
}

impl Disk {
    /// A disk for what SQLite opens below a folder from now on. Nothing is wrong with it yet.
    ///
    /// # Panics
    /// If the folder is not there.
    #[allow(clippy::expect_used, reason = "a test whose folder is not there is to stop")]
    pub fn at(folder: &Path) -> Self {
        layer::install();
        let folder = folder.canonicalize().expect("a disk needs its folder");
        let shared = Arc::new(Shared { folder, state: Mutex::new(State::default()), closed: Condvar::new() });
        let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
        disks.retain(|disk| disk.strong_count() > 0);
        disks.push(Arc::downgrade(&shared));
        Self { shared }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// From now on files may grow by this many bytes together; then the disk is full.
    pub fn fill(&self, room: u64) {
        self.state().room = Some(room);
    }

    /// After `good` operations of a kind that go well, `bad` of them fail.
    pub fn fail(&self, operation: Operation, good: u32, bad: u32) {
        self.state().failing.push((operation, good, bad));
    }

    /// After this many writes, syncs, truncations and deletions more, the power goes. Nothing reaches the disk then,
    /// until every file is closed and [`Self::power_on`] was called.
    pub fn cut_after(&self, changes: u32) {
        self.state().cut = Some(changes);
    }

    /// Everything is durable now; from here on syncs are said to have happened, and at the next cut all is as it was
    /// here. Only a bug planted on purpose needs it.
    ///
    /// # Panics
    /// If a file is open.
    pub fn lie(&self) {
        self.settle();
        self.state().lying = true;
    }

    /// The power goes now.
    pub fn cut(&self) {
        self.state().off = true;
    }

    /// Whether the power has gone.
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// How many operations were refused so far, for whatever reason.
    pub fn refused(&self) -> u64 {
        self.state().refused
    }

    /// The disk is empty and in order again. Does not bring the power back, nor what was lost.
    pub fn heal(&self) {
        let mut state = self.state();
        state.failing.clear();
        (state.room, state.cut) = (None, None);
    }

    /// Waits until every file is closed.
    ///
    /// # Panics
    /// If that does not happen.
    pub fn wait_until_closed(&self) {
        drop(self.shared.when_closed());
    }

    /// Everything is durable: somebody has synced the whole disk, or laid other files there. Waits until every file is
    /// closed.
    ///
    /// # Panics
    /// If that does not happen.
    pub fn settle(&self) {
        let mut state = self.shared.when_closed();
        state.files.clear();
        state.made.clear();
        state.deleted.clear();
    }

    /// The power comes back: of what was not synced the seed says what is there. Call it once every file is closed.
    /// The disk is in order then.
    ///
    /// # Panics
    /// If a file stays open, or the folder cannot be written.
    #[allow(clippy::expect_used, reason = "a test whose folder cannot be written is to stop")]
    pub fn power_on(&self, seed: u64) -> Lost {
        let mut state = self.shared.when_closed();
        let lost = state.lose(&mut StdRng::seed_from_u64(seed)).expect("the folder of a disk can be written");
        *state = State { refused: state.refused, ..State::default() };
        lost
    }
}

/// Shared memory beside a database is never on a disk.
fn is_shared_memory(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"-shm")
}

impl State {
    fn lose(&mut self, rng: &mut StdRng) -> io::Result<Lost> {
        let mut lost = Lost::default();
        if self.lying {
            for path in std::mem::take(&mut self.made).into_iter().filter(|path| path.exists()) {
                std::fs::remove_file(path)?;
            }
        }
        for (path, (mut bytes, unsynced)) in std::mem::take(&mut self.deleted) {
            // A file of the same name since then is the newer one.
            if !path.exists() && (self.lying || rng.random_bool(0.5)) {
                unsynced.lose(&mut bytes, self.keep(rng), rng, &mut lost)?;
                std::fs::write(path, bytes)?;
            }
        }
        for (path, unsynced) in std::mem::take(&mut self.files) {
            if path.exists() && !unsynced.is_empty() {
                let mut bytes = std::fs::read(&path)?;
                unsynced.lose(&mut bytes, self.keep(rng), rng, &mut lost)?;
                std::fs::write(&path, bytes)?;
            }
        }
        for path in std::mem::take(&mut self.made) {
            if path.exists() && rng.random_bool(0.5) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(lost)
    }

    /// How much of what was not synced is there after a cut: almost all, almost nothing, mostly a part.
    fn keep(&self, rng: &mut StdRng) -> f64 {
        if self.lying { -1.0 } else { [0.0, 0.2, 0.5, 0.8, 0.97][rng.random_range(0..5)] }
    }

    /// Counts one change, and says whether the power is there for it.
    fn change(&mut self) -> Result<(), Refusal> {
        match &mut self.cut {
            Some(0) => self.off = true,
            Some(left) => *left -= 1,
            None => {}
        }
        self.power()
    }

    fn power(&mut self) -> Result<(), Refusal> {
        if self.off { self.refuse(Refusal::Broken) } else { Ok(()) }
    }

    fn refuse<T>(&mut self, why: Refusal) -> Result<T, Refusal> {
        self.refused += 1;
        Err(why)
    }

    /// Whether the next operation of a kind fails.
    fn fails(&mut self, operation: Operation) -> bool {
        let mut fails = false;
        for (_, good, bad) in self.failing.iter_mut().filter(|(of, ..)| *of == operation) {
            if *good > 0 {
                *good -= 1;
            } else {
                *bad -= 1;
                fails = true;
            }
        }
        self.failing.retain(|(_, _, bad)| *bad > 0);
        fails
    }
}

/// What the layer asks, in the order in which SQLite does.
impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[allow(clippy::panic, reason = "a test that keeps a file open is to stop")]
    fn when_closed(&self) -> MutexGuard<'_, State> {
        let (state, waited) = self
            .closed
            .wait_timeout_while(self.state(), CLOSING, |state| state.open > 0)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} files are open in {}", state.open, self.folder.display());
        state
    }

    pub(crate) fn may_open(&self) -> Result<(), Refusal> {
        self.state().power()
    }

    pub(crate) fn opened(&self, path: &Path, made: bool) {
        let mut state = self.state();
        state.open += 1;
        if made {
            state.made.insert(path.to_owned());
        }
    }

    pub(crate) fn closed(&self) {
        self.state().open -= 1;
        self.closed.notify_all();
    }

    pub(crate) fn may_read(&self) -> Result<(), Refusal> {
        let mut state = self.state();
        state.power()?;
        if state.fails(Operation::Read) { state.refuse(Refusal::Broken) } else { Ok(()) }
    }

    /// How many bytes of a write get to the disk, and why not all.
    pub(crate) fn may_write(&self, at: u64, len: usize, size: u64) -> (usize, Result<(), Refusal>) {
        let mut state = self.state();
        if let Err(refusal) = state.change() {
            return (0, Err(refusal));
        }
        if state.fails(Operation::Write) {
            return (len / 2, state.refuse(Refusal::Broken));
        }
        // Writing over what is there needs no room.
        let growth = (at + len as u64).saturating_sub(size);
        match &mut state.room {
            Some(room) if *room < growth => {
                let fits = len.saturating_sub(usize::try_from(growth - *room).unwrap_or(len));
                *room = 0;
                (fits, state.refuse(Refusal::Full))
            }
            Some(room) => {
                *room -= growth;
                (len, Ok(()))
            }
            None => (len, Ok(())),
        }
    }

    pub(crate) fn wrote(&self, path: &Path, at: u64, old: Vec<u8>, old_len: u64, new: &[u8]) {
        self.state().files.entry(path.to_owned()).or_default().wrote(at, old, old_len, new);
    }

    pub(crate) fn may_truncate(&self) -> Result<(), Refusal> {
        let mut state = self.state();
        state.change()?;
        if state.fails(Operation::Truncate) { state.refuse(Refusal::Broken) } else { Ok(()) }
    }

    pub(crate) fn truncated(&self, path: &Path, len: u64, old: Vec<u8>, old_len: u64) {
        self.state().files.entry(path.to_owned()).or_default().truncated(len, old, old_len);
    }

    pub(crate) fn may_sync(&self, path: &Path) -> Result<(), Refusal> {
        let mut state = self.state();
        state.change()?;
        if !state.fails(Operation::Sync) {
            return Ok(());
        }
        if let Some(file) = state.files.get_mut(path) {
            file.sync_failed();
        }
        state.refuse(Refusal::Broken)
    }

    /// `folder`: what was made and deleted in it is durable, too.
    pub(crate) fn synced(&self, path: &Path, folder: bool) {
        let mut state = self.state();
        if state.lying {
            return;
        }
        if let Some(file) = state.files.get_mut(path) {
            file.synced();
        }
        if folder {
            state.made.clear();
            state.deleted.clear();
        }
    }

    pub(crate) fn may_delete(&self) -> Result<(), Refusal> {
        self.state().change()
    }

    /// `bytes`: what the file held.
    pub(crate) fn deleted(&self, path: &Path, bytes: Vec<u8>, durably: bool) {
        let mut state = self.state();
        let unsynced = state.files.remove(path).unwrap_or_default();
        let made = state.made.remove(path);
        if durably {
            state.deleted.clear();
        } else if !made && !is_shared_memory(path) {
            state.deleted.insert(path.to_owned(), (bytes, unsynced));
        }
    }

    pub(crate) fn has_power(&self) -> Result<(), Refusal> {
        self.state().power()
    }
}
