//! One writer that commits many devices' work together, and readers beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use roadbook_core::model::WorkspaceId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::super::org::Org;
use super::super::storage::{Result, StorageError};

/// Numbered migrations, each in a transaction of its own.
const MIGRATIONS: &[&str] = &[
    include_str!("0001.sql"),
    include_str!("0002.sql"),
    include_str!("0003.sql"),
    include_str!("0004.sql"),
    include_str!("0005.sql"),
    include_str!("0006.sql"),
];
/// Jobs that share one commit at most. More would only make the first of them wait.
const TOGETHER: usize = 256;
/// How long one connection waits for another that writes.
const BUSY: Duration = Duration::from_secs(10);
/// How long cutting the log waits for whoever reads: the writer waits as well meanwhile, and a backup may read for minutes.
const PATIENCE: Duration = Duration::from_millis(200);
/// Readers kept open.
const READERS: usize = 4;

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What the writer thread may remember between jobs: only what is committed.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) orgs: HashMap<WorkspaceId, Arc<Org>>,
}

type Finish = Box<dyn FnOnce(Result<()>) + Send>;
type Job = Box<dyn FnOnce(&Connection, &mut Known) -> (bool, Finish) + Send>;

/// Decides, for a test, whether a commit fails.
pub type CommitHook = Arc<dyn Fn() -> bool + Send + Sync>;

#[derive(Debug)]
pub(super) struct Connections {
    path: PathBuf,
    jobs: Mutex<Option<Sender<Job>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    readers: Mutex<Vec<Connection>>,
}

impl Connections {
    pub(super) fn open(path: &Path, hook: Option<CommitHook>) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        prepare(&connection)?;
        migrate(&mut connection)?;
        let (jobs, queue) = channel();
        let writer = std::thread::Builder::new()
            .name("relay-writer".to_owned())
            .spawn(move || write(&connection, &queue, hook.as_ref()))
            .map_err(|e| StorageError::Failed(e.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(writer)),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// Runs work in the writer's next transaction and returns once that is durable. An error undoes this work alone.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &mut Known) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |connection, known| {
            let done = work(connection, known);
            let good = done.is_ok();
            let finish: Finish = Box::new(move |committed| {
                // Whoever asked may have gone.
                let _ = answer.send(done.and_then(|value| committed.map(|()| value)));
            });
            (good, finish)
        });
        let gone = || StorageError::Failed("the writer did not carry it out".to_owned());
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        }
        wait.await.map_err(|_| gone())?
    }

    /// Runs work on a reader, in one consistent view.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.read_here(work))
            .await
            .map_err(|e| StorageError::Failed(e.to_string()))?
    }

    /// Leaves nothing in the write-ahead log, unless somebody reads. Says whether it did.
    pub(super) async fn cut_log(&self) -> Result<bool> {
        let path = self.path.clone();
        let cut = move || -> rusqlite::Result<bool> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            cut_log(&connection)
        };
        let cut = tokio::task::spawn_blocking(cut).await;
        Ok(cut.map_err(|e| StorageError::Failed(e.to_string()))??)
    }

    /// The same for a few rows, on the thread that asks: a live edit waits for several such reads, and the way to another
    /// thread and back takes longer than they do.
    pub(super) fn read_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.path, flags)?;
                statements(&connection)?;
                connection
            }
        };
        let result = {
            let view = connection.unchecked_transaction()?;
            work(&view)
        };
        let mut idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < READERS {
            idle.push(connection);
        }
        result
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        // What was handed in is still carried out.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = writer.join();
        }
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // On Apple's systems a drive may else keep in its cache what was synced.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // KiB. Of a hundred thousand records the two indexes by id, in which each falls on another page, do not fit into the two MiB
    // that SQLite keeps by itself: pages would be read again for every request.
    connection.pragma_update(None, "cache_size", -8 << 10)?;
    // What is purged is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.busy_timeout(BUSY)?;
    // What a commit wrote whose sync failed may be read back from the system's cache and never reach the disk: nothing
    // durable may be written behind it in the log.
    cut_log(connection)?;
    statements(connection)
}

/// Folds the write-ahead log into the file and cuts it. Not while others read or write: says whether it did.
fn cut_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0)).map(|busy| !busy)
}

fn statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    // Or every statement on a table with a partial index is planned anew whenever a parameter is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(StorageError::Failed(format!(
            "the database was written by a newer relay (schema {version}, this one knows {}): update the relay",
            MIGRATIONS.len()
        )));
    }
    for (done, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", done + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn write(connection: &Connection, queue: &Receiver<Job>, hook: Option<&CommitHook>) {
    let mut known = Known::default();
    while let Ok(first) = queue.recv() {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            tracing::error!(%error, "a transaction could not begin");
            continue;
        }
        let mut finishes: Vec<Finish> = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            finishes.push(one(connection, &mut known, job));
            next = (finishes.len() < TOGETHER).then(|| queue.try_recv().ok()).flatten();
        }
        let result = match hook {
            Some(hook) if !hook() => Err(StorageError::Failed("a planted commit failure".to_owned())),
            _ => connection.execute_batch("COMMIT").map_err(StorageError::from),
        };
        if let Err(error) = &result {
            tracing::error!(%error, "a commit failed");
            let _ = connection.execute_batch("ROLLBACK");
            known = Known::default();
        }
        for finish in finishes {
            finish(result.clone());
        }
    }
}

fn one(connection: &Connection, known: &mut Known, job: Job) -> Finish {
    // A full disk may make SQLite roll back by itself: then nothing more of this transaction may be carried out, and its
    // commit will say so.
    if connection.is_autocommit() {
        return Box::new(|_| {});
    }
    // A savepoint that cannot be made is an error of the transaction itself: its commit will say so.
    let _ = connection.execute_batch("SAVEPOINT job");
    let (good, finish) = job(connection, known);
    if !good {
        let _ = connection.execute_batch("ROLLBACK TO job");
        *known = Known::default();
    }
    let _ = connection.execute_batch("RELEASE job");
    finish
}
