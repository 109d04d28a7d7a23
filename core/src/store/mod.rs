//! The store on the device: documents, their query tables, the outbox and the ledger, in one SQLite file.
//!
//! A save is one transaction: the change, the query row, the search entry, what the practice derives, and the outbox.
//! It never waits for a network, and once it returned it survives the loss of power (WAL, `synchronous = FULL`).
//!
//! Invariant: what is kept in memory between calls, a few documents, is used only while the file says that it consists of the same
//! changes. Whatever a failed commit left behind is read again from the file, and several processes may use one store.

mod ahead;
mod arrival;
mod aside;
mod batch;
mod books;
mod changes;
mod check;
mod connection;
mod create;
mod device;
mod fill;
mod kept;
mod lane;
mod ledger;
pub(crate) mod meta;
mod migrate;
mod observe;
mod outgoing;
mod query;
mod receipts;
mod receive;
mod recent;
mod reread;
mod review;
mod salvage;
mod save;
pub(crate) mod search;
mod snapshot;
mod sql;
mod stale;
pub(crate) mod table;
mod tidy;
mod unsent;
mod upload;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, Transaction, params};
use tokio::sync::broadcast;

pub use aside::Aside;
pub use batch::Batch;
pub use books::Book;
pub use check::Disagreement;
pub use connection::{CommitHook, CommitPoint};
pub use create::{New, Saved};
pub use ledger::{Delivery, LedgerEntry, LedgerState, Quarantined, Status};
pub use meta::Identity;
pub use observe::{ChangeSet, Observer};
pub use query::{Compare, Filter, Hit, Query, Show};
pub use review::{Proposal, ProposedChange, VerdictNote};
pub use salvage::{LostChange, Salvaged};
pub use save::Edit;
pub use unsent::{Unsent, UnsentReason};

pub(crate) use receive::Standing;
pub(crate) use salvage::salvage;
pub(crate) use upload::Upload;

use crate::model::{BookId, Defaults, Fields, Kind, RecordId, Schema, kinds};
use crate::secrets::Keys;
use crate::{Environment, Error, Result, SecretStore};
use connection::{Connections, Opening};
use table::Table;

/// Name of the database inside the store's folder.
const FILE: &str = "roadbook.sqlite";

/// How a store is opened.
#[derive(Clone, Default)]
pub struct Options {
    /// The kinds it knows.
    pub schema: Schema,
    /// Clock and randomness.
    pub environment: Environment,
    /// Zone and currency assumed where a text does not say.
    pub defaults: Defaults,
    /// Changes a record gathers before this device offers the relay a snapshot of it; 32 if absent.
    pub snapshot_after: Option<NonZeroU32>,
    /// The platform's key store, if this device's token is to be sealed under a key of it.
    pub secrets: Option<Arc<dyn SecretStore>>,
    /// For tests: stops the device between two writes.
    pub commit_hook: Option<Arc<dyn CommitHook>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("defaults", &self.defaults).finish_non_exhaustive()
    }
}

/// A record that a transaction created, changed or erased.
pub(crate) struct Touched {
    pub(crate) id: RecordId,
    pub(crate) kind: &'static Kind,
    /// What it was, unless it is new.
    pub(crate) before: Option<Fields>,
    /// What it is, unless it is deleted or erased.
    pub(crate) after: Option<Fields>,
}

/// What is computed from records, in the transaction that changes them and for what they touch.
pub(crate) trait Derive: Send + Sync {
    /// Whether a record may be saved like this by its own user, now (milliseconds since 1970 UTC). Never asked for what
    /// arrives from others.
    fn check(
        &self,
        db: &Transaction<'_>,
        kind: &Kind,
        before: Option<&Fields>,
        after: &Fields,
        now: i64,
    ) -> Result<()>;

    /// Derives anew what these records touch.
    fn derive(&self, db: &Transaction<'_>, touched: &[Touched]) -> Result<()>;

    /// The kinds it derives from.
    fn kinds(&self) -> &'static [&'static str];

    /// The tables it keeps.
    fn tables(&self) -> &'static [&'static str];

    /// The last document that was derived from since the rules changed; `None` if all were.
    fn reached(&self, db: &Transaction<'_>) -> Result<Option<i64>>;

    /// Remembers that.
    fn set_reached(&self, db: &Transaction<'_>, doc: Option<i64>) -> Result<()>;
}

/// Records derived from anew in one transaction after the rules changed.
const BATCH: u32 = 500;

/// A device's store. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    folder: PathBuf,
    connections: Connections,
    pub(crate) environment: Environment,
    defaults: Defaults,
    snapshot_after: Option<NonZeroU32>,
    keys: Keys,
    schema: Schema,
    tables: HashMap<&'static str, Table>,
    derive: Vec<Arc<dyn Derive>>,
    /// Whether the rules changed and not all that follows is derived yet.
    behind: AtomicBool,
    events: broadcast::Sender<Arc<ChangeSet>>,
    /// What is on its way to the relay at this moment, by change.
    in_flight: upload::InFlight,
}

impl Store {
    /// Opens the store in a folder, and makes both if they are not there. Query tables whose declaration changed are
    /// filled again first; `progress` is told how many of how many records are done.
    pub(crate) fn open(
        folder: &Path,
        options: Options,
        derive: Vec<Arc<dyn Derive>>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::Io { detail: format!("{}: {e}", folder.display()) })?;
        salvage::finish(folder)?;
        Self::open_file(folder, FILE, options, derive, progress)
    }

    fn open_file(
        folder: &Path,
        file: &str,
        options: Options,
        derive: Vec<Arc<dyn Derive>>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let Options { schema, environment, defaults, snapshot_after, secrets, commit_hook } = options;
        if let Some(clash) = schema.clash_with(table::COMMON_COLUMNS) {
            return Err(Error::internal(format!("field {clash} has the name of a common column")));
        }
        let connections = Connections::open(&folder.join(file), environment.clone(), commit_hook)?;
        let tables = schema.kinds().map(|kind| (kind.name, Table::of(kind))).collect();
        let inner = Inner {
            folder: folder.to_owned(),
            connections,
            environment,
            defaults,
            snapshot_after,
            keys: Keys::new(secrets),
            schema,
            tables,
            derive,
            behind: AtomicBool::new(false),
            events: broadcast::Sender::new(256),
            in_flight: Default::default(),
        };
        let store = Self { inner: Arc::new(inner) };
        store.fill(progress)?;
        // A full disk is no reason not to open: the next opening tries again.
        if let Err(error) = store.retry_aside() {
            tracing::warn!(%error, "what was put aside was not asked for again");
        }
        store.inner.catch_up()?;
        Ok(store)
    }

    /// The folder it was opened in.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// The kinds it knows.
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// Zone and currency assumed where a text does not say.
    pub fn defaults(&self) -> &Defaults {
        &self.inner.defaults
    }

    /// Lets go of the file: returns once every call has ended and every connection and lock is closed. Later calls
    /// answer [`Error::Paused`] until [`Self::resume`].
    pub fn pause(&self) -> Result<()> {
        self.inner.keys.lock();
        self.inner.connections.pause()
    }

    /// Opens the file again.
    pub fn resume(&self) -> Result<()> {
        self.inner.connections.resume()
    }

    /// Whether the store is paused.
    pub fn is_paused(&self) -> bool {
        *self.paused().borrow()
    }

    pub(crate) fn paused(&self) -> tokio::sync::watch::Receiver<bool> {
        self.inner.connections.paused()
    }
}

impl Inner {
    pub(crate) fn table(&self, kind: &str) -> Result<&Table> {
        self.tables.get(kind).ok_or_else(|| Error::UnknownKind { kind: kind.chars().take(64).collect() })
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T>) -> Result<T> {
        self.connections.read(work)
    }

    /// One writing transaction, with everything derived in it; then observers are told.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Writing<'_>) -> Result<T>) -> Result<T> {
        let (mut work, mut done) = (Some(work), None);
        self.write_one(&mut |writing| {
            done = work.take().map(|work| work(writing)).transpose()?;
            Ok(())
        })?;
        done.ok_or_else(|| Error::internal("nothing was written"))
    }

    /// Compiled once, whatever it is that is written.
    fn write_one(&self, work: &mut dyn FnMut(&mut Writing<'_>) -> Result<()>) -> Result<()> {
        let events = self.connections.write(|tx, opening| {
            let mut writing = Writing {
                tx,
                inner: self,
                opening,
                touched: Vec::new(),
                events: ChangeSet::default(),
                to_send: false,
                clock_offset: None,
                indexed: 0,
                erased: false,
            };
            work(&mut writing)?;
            writing.derive()?;
            writing.note_untidy()?;
            Ok(writing.events)
        })?;
        if events.concerns(kinds::PLAYBOOK.name) {
            self.behind.store(true, Ordering::Relaxed);
        }
        self.announce(events);
        if self.behind.load(Ordering::Relaxed) {
            // What was written is durable whatever comes of this, which the next write goes on with.
            match self.catch_up() {
                Ok(()) => self.behind.store(false, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(%error, "what follows from changed rules is not all derived yet")
                }
            }
        }
        Ok(())
    }

    /// Derives anew whatever a change of the rules left to be done, in transactions of bounded size.
    fn catch_up(&self) -> Result<()> {
        for derive in &self.derive {
            while self.connections.write(|tx, _| self.catch_up_some(tx, derive.as_ref()))? {}
        }
        Ok(())
    }

    fn catch_up_some(&self, tx: &Transaction<'_>, derive: &dyn Derive) -> Result<bool> {
        let Some(after) = derive.reached(tx)? else { return Ok(false) };
        let (touched, last) = self.untouched(tx, derive.kinds(), after, BATCH)?;
        derive.derive(tx, &touched)?;
        derive.set_reached(tx, last)?;
        Ok(last.is_some())
    }

    /// Records of some kinds as if they had just been written as they are: those of at most `limit` documents behind
    /// `after`, and the last of these documents if there may be more.
    fn untouched(
        &self,
        db: &Connection,
        of: &[&str],
        after: i64,
        limit: u32,
    ) -> Result<(Vec<Touched>, Option<i64>)> {
        let mut statement = db.prepare_cached(
            "SELECT doc, kind FROM document WHERE doc > ?1 AND kind IN (SELECT value FROM json_each(?2))
             ORDER BY doc LIMIT ?3",
        )?;
        let mut rows = statement.query(params![after, serde_json::json!(of).to_string(), limit])?;
        let (mut touched, mut last, mut count) = (Vec::new(), None, 0);
        while let Some(row) = rows.next()? {
            let doc = row.get(0)?;
            (last, count) = (Some(doc), count + 1);
            let Ok(table) = self.table(row.get_ref(1)?.as_str().unwrap_or_default()) else { continue };
            if let Some(record) = table.get(db, doc)?.filter(|record| record.deleted.is_none()) {
                let (before, after) = (Some(record.fields.clone()), Some(record.fields));
                touched.push(Touched { id: record.id, kind: table.kind, before, after });
            }
        }
        Ok((touched, last.filter(|_| count == limit)))
    }
}

/// One writing transaction.
pub(crate) struct Writing<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) inner: &'a Inner,
    opening: &'a mut Opening,
    touched: Vec<Touched>,
    events: ChangeSet,
    /// Whether a relay that was restored from a backup lacks something that goes out now.
    to_send: bool,
    /// Seconds this clock is behind the relay's, once that has been read.
    clock_offset: Option<i32>,
    /// Search entries written.
    indexed: u32,
    /// Whether something was erased.
    erased: bool,
}

impl Writing<'_> {
    /// Derives anew what everything touched so far touches.
    pub(crate) fn derive(&self) -> Result<()> {
        if self.touched.is_empty() {
            return Ok(());
        }
        self.inner.derive.iter().try_for_each(|derive| derive.derive(self.tx, &self.touched))
    }
}

impl Writing<'_> {
    /// To be called where changes of this device leave a document. They may live on elsewhere (in a review tray, in a
    /// book that comes back later), and their actor's next change here would repeat a sequence number.
    fn renew_actor(&mut self) {
        self.opening.actor = connection::fresh_actor(&self.inner.environment);
    }
}

/// A row of `document`.
#[derive(Debug, Clone)]
pub(crate) struct DocumentRow {
    pub(crate) doc: i64,
    pub(crate) id: RecordId,
    pub(crate) kind: String,
    pub(crate) book: BookId,
    pub(crate) root: Option<RecordId>,
    pub(crate) leaving: bool,
}

pub(crate) fn find(db: &rusqlite::Connection, id: RecordId) -> Result<Option<DocumentRow>> {
    let mut statement =
        db.prepare_cached("SELECT doc, id, kind, book, root, leaving FROM document WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(document_row).transpose()
}

fn document_row(row: &rusqlite::Row<'_>) -> Result<DocumentRow> {
    Ok(DocumentRow {
        doc: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        book: row.get(3)?,
        root: row.get(4)?,
        leaving: row.get(5)?,
    })
}
