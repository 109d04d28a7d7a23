//! The store's file: one writer, readers beside it, and the way to let go of all of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use automerge::ActorId;
use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_IOERR_FSYNC;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::watch;

use super::migrate::migrate;
use super::recent::Recent;
use crate::{Environment, Error, Result};

/// How long a call waits for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

/// Bytes of the write-ahead log that are kept to be written anew: what it has when SQLite folds it into the file by itself, at a
/// thousand pages. After a larger transaction it is cut down to that.
const LOG: i64 = 4 << 20;

/// Readers kept open between calls.
const READERS: usize = 4;

/// Lets a test stop a device between any two of its writes.
pub trait CommitHook: Send + Sync {
    /// Called before and after each commit. An error ends the call as if the process had died there: what was
    /// committed stays, what was not is gone.
    fn commit(&self, when: CommitPoint) -> Result<()>;
}

/// Where a [`CommitHook`] is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitPoint {
    /// Everything is written, nothing is durable.
    Before,
    /// Everything is durable, nobody has been told.
    After,
}

/// The store's connections, or none while it is paused.
pub(super) struct Connections {
    path: PathBuf,
    environment: Environment,
    hook: Option<Arc<dyn CommitHook>>,
    /// Every call holds this for reading; pausing takes it for writing, so it returns once all calls have ended.
    open: RwLock<Option<Open>>,
    paused: watch::Sender<bool>,
}

struct Open {
    writer: Mutex<Writer>,
    readers: Mutex<Vec<Connection>>,
    /// Dropped last.
    _held: Held,
}

/// The files that this process has open, each as often as it has.
static HELD: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// One opening of a file. Whoever reads the file past SQLite and closes it again gives up every lock that this process has on
/// it (that is POSIX), and the next other process to close it deletes the log as if it were the last: so it is looked at only
/// while this process has it open nowhere.
struct Held(PathBuf);

impl Held {
    fn new(path: &Path) -> Result<Self> {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let path = folder.zip(path.file_name()).map_or(path.to_owned(), |(folder, name)| folder.join(name));
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.contains(&path) {
            super::salvage::refuse_damaged(&path)?;
        }
        held.push(path.clone());
        Ok(Self(path))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = held.iter().position(|path| *path == self.0) {
            held.swap_remove(place);
        }
    }
}

struct Writer {
    connection: Connection,
    opening: Opening,
}

/// What lasts from one opening of the file until it is closed.
pub(super) struct Opening {
    /// Signs the changes. Fresh each time, and after a commit that failed: what reached the disk then is unknown, and a
    /// sequence number must never be used twice.
    pub(super) actor: ActorId,
    /// What was written lately.
    pub(super) recent: Recent,
}

impl Connections {
    pub(super) fn open(
        path: &Path,
        environment: Environment,
        hook: Option<Arc<dyn CommitHook>>,
    ) -> Result<Self> {
        let paused = watch::Sender::new(false);
        let this = Self { path: path.to_owned(), environment, hook, open: RwLock::new(None), paused };
        this.resume()?;
        Ok(this)
    }

    /// Opens the file again.
    pub(super) fn resume(&self) -> Result<()> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            let held = Held::new(&self.path)?;
            let mut connection = connect(&self.path)?;
            // Two steps wait for another process that writes.
            connection.busy_timeout(BUSY / 2)?;
            // What a commit wrote whose sync failed may be read back from the system's cache and never reach the disk:
            // nothing durable may be written behind it in the log. On a full disk it waits for a later opening, as it is durable
            // by then; one that cannot sync could save nothing either.
            if let Err(error) = cut_log(&connection) {
                if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_FSYNC) {
                    return Err(error.into());
                }
                tracing::warn!(%error, "the write-ahead log could not be folded into the file");
            }
            migrate(&mut connection)?;
            connection.busy_timeout(BUSY)?;
            let opening = Opening { actor: fresh_actor(&self.environment), recent: Recent::default() };
            let writer = Mutex::new(Writer { connection, opening });
            *open = Some(Open { writer, readers: Mutex::default(), _held: held });
        }
        self.paused.send_replace(false);
        Ok(())
    }

    /// Waits until every call has ended, then closes the file and gives up every lock on it.
    pub(super) fn pause(&self) -> Result<()> {
        let open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Open { writer, readers, _held }) = open else { return Ok(()) };
        self.paused.send_replace(true);
        let closed = |result: Result<(), (Connection, rusqlite::Error)>| {
            result.map_err(|(_, error)| Error::from(error))
        };
        for reader in readers.into_inner().unwrap_or_else(PoisonError::into_inner) {
            closed(reader.close())?;
        }
        // The last connection to close folds the write-ahead log into the file.
        closed(writer.into_inner().unwrap_or_else(PoisonError::into_inner).connection.close())
    }

    pub(super) fn paused(&self) -> watch::Receiver<bool> {
        self.paused.subscribe()
    }

    /// Runs one reading call on one state of the file.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let (mut work, mut done) = (Some(work), None);
        self.read_one(&mut |db| {
            done = work.take().map(|work| work(db)).transpose()?;
            Ok(())
        })?;
        done.ok_or_else(|| Error::internal("nothing was read"))
    }

    /// Compiled once, whatever it is that is read.
    fn read_one(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(Error::Paused)?;
        let kept = open.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let snapshot = connection.unchecked_transaction()?;
        let result = work(&snapshot);
        snapshot.finish()?;
        let mut readers = open.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    /// Runs one writing call: all of it is committed, or nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut Opening) -> Result<T>,
    ) -> Result<T> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(Error::Paused)?;
        let mut writer = open.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Writer { connection, opening } = &mut *writer;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&tx, opening)?;
        let committed = match self.at(CommitPoint::Before) {
            Ok(()) => tx.commit().map_err(Error::from),
            Err(died) => Err(died),
        };
        if let Err(error) = committed {
            opening.actor = fresh_actor(&self.environment);
            return Err(error);
        }
        self.at(CommitPoint::After)?;
        Ok(result)
    }

    /// Folds the write-ahead log into the file and cuts it, so that nothing erased stays in it. Says whether it did: not if a read
    /// lasted longer than this.
    pub(super) fn truncate_log(&self, patience: Duration) -> Result<bool> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or(Error::Paused)?;
        let writer = open.writer.lock().unwrap_or_else(PoisonError::into_inner);
        open.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        writer.connection.busy_timeout(patience)?;
        let cut = cut_log(&writer.connection);
        writer.connection.busy_timeout(BUSY)?;
        Ok(cut?)
    }

    /// Rewrites the file without what was erased, and cuts the log.
    pub(super) fn vacuum(&self) -> Result<()> {
        {
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            let open = open.as_ref().ok_or(Error::Paused)?;
            let writer = open.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.connection.execute_batch("VACUUM")?;
        }
        self.truncate_log(BUSY)?;
        Ok(())
    }

    fn at(&self, when: CommitPoint) -> Result<()> {
        self.hook.as_ref().map_or(Ok(()), |hook| hook.commit(when))
    }
}

pub(super) fn fresh_actor(environment: &Environment) -> ActorId {
    ActorId::from(environment.bytes::<16>())
}

fn cut_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)).map(|busy| !busy)
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "journal_size_limit", LOG)?;
    // Or every statement on a table with a partial index is planned anew whenever a parameter is bound: a fifth of a
    // page's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: a save that returned survives the loss of power; fullfsync: on Apple's systems too, where a drive may else keep it in its
    // cache. secure_delete: what is erased is overwritten.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = OFF;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}
