//! The relay's storage in one SQLite file: numbered logs, one writer that commits many devices' work together.

mod admin;
mod connections;
mod devices;
mod intake;
mod journal;
mod logs;
mod moves;
mod orgs;
mod pull;
mod purge;
mod snapshots;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use roadbook_core::Environment;
use roadbook_core::model::{DeviceId, WorkspaceId};
use roadbook_core::wire::{Cursor, MemberPatch, NewInvitation, TokenHash, limits};
use rusqlite::{Connection, params};

pub use self::connections::CommitHook;
use self::connections::{Connections, Known, migrate};
use self::journal::{Decided, Invited, Journal, Line};
use super::org::KnownOrg;
use super::storage::{
    AdminCall, AdminDone, Pull, Pulled, Reread, Result, Session, Storage, StorageError, Wakes, Write, Written,
};

const DATABASE: &str = "relay.sqlite";
const JOURNAL: &str = "revocations.jsonl";

/// SQLite storage in a folder.
pub struct Sqlite {
    connections: Arc<Connections>,
    environment: Environment,
    journal: Arc<Mutex<Journal>>,
    /// Organisations as read at a generation; every administrator's change makes the next one.
    orgs: Mutex<HashMap<WorkspaceId, (u64, Arc<KnownOrg>)>>,
    generation: AtomicU64,
    /// Last contacts, written at the next keeping house: a sync that brings nothing writes nothing.
    seen: Mutex<HashMap<DeviceId, i64>>,
    /// Whether the write-ahead log may hold something that is purged.
    uncut: AtomicBool,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("connections", &self.connections).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sqlite {
    /// Opens the database in a folder, makes it if it is not there, and catches up with the journal.
    pub async fn open(folder: &Path, environment: Environment, hook: Option<CommitHook>) -> Result<Self> {
        let connections = Arc::new(Connections::open(&folder.join(DATABASE), hook)?);
        let (journal, lines) = Journal::open(&folder.join(JOURNAL))?;
        let this = Self {
            connections,
            environment,
            journal: Arc::new(Mutex::new(journal)),
            orgs: Mutex::default(),
            generation: AtomicU64::new(0),
            seen: Mutex::default(),
            uncut: AtomicBool::new(false),
        };
        this.catch_up(lines).await?;
        Ok(this)
    }

    /// Copies the database of a folder to a file, while a relay runs on it or not.
    pub fn backup(folder: &Path, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(StorageError::Failed(format!("{} is there already", to.display())));
        }
        let from = folder.join(DATABASE);
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(from, flags)?;
        let failed = |error: std::io::Error| StorageError::Failed(format!("{}: {error}", to.display()));
        // A copy that does not say yet that it is one must not be taken for a backup.
        let mut unfinished = to.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        if unfinished.exists() {
            std::fs::remove_file(&unfinished).map_err(failed)?;
        }
        let name = unfinished
            .to_str()
            .ok_or_else(|| StorageError::Failed("the file's name is not UTF-8".to_owned()))?;
        connection.execute("VACUUM INTO ?1", [name])?;
        let mut copy = Connection::open(name)?;
        migrate(&mut copy)?;
        restored(&copy)?;
        copy.close().map_err(|(_, error)| error)?;
        std::fs::rename(&unfinished, to).map_err(failed)
    }

    /// Carries out again what the journal holds and the database, restored from a backup, does not; writes to the
    /// journal what a crash kept from it.
    async fn catch_up(&self, lines: Vec<Line>) -> Result<()> {
        let environment = self.environment.clone();
        self.connections
            .write(move |db, known| {
                let applied = journalled_to(db)?;
                let behind = lines.iter().filter(|line| line.number > applied).count();
                if behind > 0 {
                    tracing::warn!(lines = behind, "restored from a backup: the journal is carried out again");
                    restored(db)?;
                }
                for mut line in lines.into_iter().filter(|line| line.number > applied) {
                    db.execute_batch("SAVEPOINT line")?;
                    match carry_out_again(db, &environment, &mut line.what, line.at) {
                        Ok(()) => {}
                        // What it was about came after the backup, and the relay that made it did not journal that yet.
                        Err(StorageError::Refused { detail, .. }) => {
                            db.execute_batch("ROLLBACK TO line")?;
                            tracing::error!(
                                number = line.number,
                                detail,
                                "this line of revocations.jsonl could not be carried out again: check it by hand"
                            );
                        }
                        Err(error) => return Err(error),
                    }
                    db.execute_batch("RELEASE line")?;
                    journalled(db, line.what, line.at)?;
                }
                if behind > 0 {
                    // A grant may take rights away, and so be carried out again: to whom had none in the backup, too.
                    may_have_written(db)?;
                }
                *known = Known::default();
                Ok(())
            })
            .await?;
        self.write_journal().await
    }

    /// Brings the journal beside the database up to it.
    async fn write_journal(&self) -> Result<()> {
        let journal = self.journal.clone();
        self.connections
            .read(move |db| {
                let mut journal = lock(&journal);
                let lines: Vec<(u64, String)> = db
                    .prepare_cached("SELECT number, line FROM journal WHERE number > ?1 ORDER BY number")?
                    .query_map([journal.last], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<rusqlite::Result<_>>()?;
                journal.append(&lines)
            })
            .await
    }

    /// Does what is to be journalled, if it says so.
    async fn decide<T: Send + 'static>(
        &self,
        now: i64,
        work: impl FnOnce(&Connection, &mut Known) -> Result<(T, Option<Decided>)> + Send + 'static,
    ) -> Result<T> {
        let (done, is_decided) = self
            .connections
            .write(move |db, known| {
                let (done, what) = work(db, known)?;
                let is_decided = what.is_some();
                what.map_or(Ok(()), |what| journalled(db, what, now))?;
                Ok((done, is_decided))
            })
            .await?;
        if is_decided {
            self.write_journal().await?;
        }
        Ok(done)
    }

    fn org_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// Carries out again after a restore what was decided.
fn carry_out_again(db: &Connection, environment: &Environment, what: &mut Decided, at: i64) -> Result<()> {
    match what {
        Decided::Call(call) => call_again(db, environment, call),
        Decided::Obeyed(device) => end_device(db, *device),
        Decided::Invited(invited) => devices::invited(db, invited),
        Decided::Enrolled(enrolled) => devices::enrolled_again(db, enrolled, at),
        Decided::Announced(device, token) => devices::rotate(db, *device, *token),
        Decided::Promoted(token) => devices::promote(db, *token),
    }
}

/// A member who is to report to one who came after the backup, to a relay that did not journal that yet, reports to nobody: whatever
/// else is decided about them must not be left undone for that.
fn call_again(db: &Connection, environment: &Environment, call: &mut AdminCall) -> Result<()> {
    let done = admin::call(db, environment, call).map(|_| ());
    match (done, call) {
        (Err(StorageError::Refused { .. }), AdminCall::PatchMember(member, patch))
            if patch.reports_to.is_some() =>
        {
            let patch = MemberPatch { reports_to: Some(None), ..patch.clone() };
            admin::call(db, environment, &mut AdminCall::PatchMember(*member, patch)).map(|_| ())
        }
        (done, _) => done,
    }
}

/// Where a restored database goes on numbering a device's verdicts: beyond what it was told before. From there on no second
/// gives a number that an earlier one gave, however often one backup is restored.
const VERDICTS_GAP: i64 = 1 << 20;

/// Makes of a database one that devices may be ahead of: each reads its logs anew at its next contact, and gives back what
/// they lack. A cursor that fits says nothing: behind it may be what was acknowledged and is gone.
fn restored(db: &Connection) -> Result<()> {
    db.execute(
        "UPDATE device SET reread = ?1, verdicts = verdicts + ?2",
        params![devices::reread_column(Reread::Wanted), VERDICTS_GAP],
    )?;
    db.execute("DELETE FROM device_cursor", [])?;
    may_have_written(db)
}

/// What a device was told since the backup is not known. Whoever might write then may have been told so, and have written.
fn may_have_written(db: &Connection) -> Result<()> {
    let workspaces: Vec<WorkspaceId> = db
        .prepare("SELECT id FROM workspace")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for workspace in workspaces {
        let (_, org) = orgs::load(db, workspace)?;
        for member in org.members.keys() {
            for book in org.books_of(*member, 0).iter().filter(|book| book.right.writes()) {
                db.prepare_cached(
                    "INSERT OR IGNORE INTO once_wrote (device, book) SELECT d.key, b.key FROM device d JOIN book b
                     WHERE d.member = ?1 AND d.ended = 0 AND b.id = ?2",
                )?
                .execute(params![member, book.id])?;
            }
        }
    }
    Ok(())
}

fn journalled_to(db: &Connection) -> Result<u64> {
    Ok(db.query_row("SELECT coalesce(max(number), 0) FROM journal", [], |row| row.get(0))?)
}

/// A device has obeyed its order, or its user's wish. The tokens of one that was to be wiped are known for ever: whoever lays a
/// backup on it is told to wipe that as well.
fn end_device(db: &Connection, device: DeviceId) -> Result<()> {
    db.execute(
        "UPDATE device SET ended = 1, token = iif(\"order\" IS 'wipe', token, NULL),
            next_token = iif(\"order\" IS 'wipe', next_token, NULL) WHERE id = ?1",
        [device],
    )?;
    Ok(())
}

/// Keeps a decision for the journal, in the transaction that carries it out.
fn journalled(db: &Connection, what: Decided, at: i64) -> Result<()> {
    let number = journalled_to(db)? + 1;
    let line =
        serde_json::to_string(&Line { number, at, what }).map_err(|e| StorageError::Failed(e.to_string()))?;
    db.execute("INSERT INTO journal (number, line) VALUES (?1, ?2)", params![number, line])?;
    Ok(())
}

#[async_trait]
impl Storage for Sqlite {
    async fn session(&self, token: TokenHash, now: i64) -> Result<Option<Session>> {
        let found = self.connections.read_here(|db| devices::session(db, token))?;
        let Some((session, next)) = found else { return Ok(None) };
        if next {
            self.decide(now, move |db, _| Ok((devices::promote(db, token)?, Some(Decided::Promoted(token)))))
                .await?;
        }
        lock(&self.seen).insert(session.device, now - now.rem_euclid(60_000));
        Ok(Some(session))
    }

    async fn invite(&self, invitation: NewInvitation, code: TokenHash, now: i64) -> Result<i64> {
        self.decide(now, move |db, _| {
            let (workspace, details) = (devices::workspace_of(db, invitation.member)?, invitation.clone());
            let member = invitation.member;
            let expires_at = devices::invite(db, invitation, code, now)?;
            admin::audit_line(db, workspace, "invite", &serde_json::json!({ "invite": details }), now)?;
            Ok((expires_at, Some(Decided::Invited(Invited { code, member, expires_at }))))
        })
        .await
    }

    async fn enrol(
        &self,
        code: TokenHash,
        token: TokenHash,
        name: &str,
        known: Option<DeviceId>,
        now: i64,
    ) -> Result<Session> {
        let (fresh, name) = (DeviceId(self.environment.uuid()), name.to_owned());
        self.decide(now, move |db, _| {
            let (session, new) = devices::enrol(db, code, token, &name, (known, fresh), now)?;
            Ok((session, new.map(Decided::Enrolled)))
        })
        .await
    }

    async fn rotate(&self, device: DeviceId, token: TokenHash, now: i64) -> Result<()> {
        self.decide(now, move |db, _| {
            Ok((devices::rotate(db, device, token)?, Some(Decided::Announced(device, token))))
        })
        .await
    }

    async fn org(&self, workspace: WorkspaceId) -> Result<Arc<KnownOrg>> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((at, org)) = lock(&self.orgs).get(&workspace)
            && *at == generation
        {
            return Ok(org.clone());
        }
        let org = self.connections.read(move |db| Ok(orgs::load(db, workspace)?.1)).await?;
        let org = Arc::new(KnownOrg::from(org));
        lock(&self.orgs).insert(workspace, (generation, org.clone()));
        Ok(org)
    }

    async fn cursors(&self, device: DeviceId) -> Result<Vec<Cursor>> {
        self.connections.read_here(|db| devices::cursors(db, device))
    }

    async fn write(&self, session: Session, write: Write, now: i64) -> Result<Written> {
        self.decide(now, move |db, known| {
            let written = intake::write(db, known, session, &write, now)?;
            Ok((written, write.obeyed.then_some(Decided::Obeyed(session.device))))
        })
        .await
    }

    async fn pull(&self, session: Session, pull: Pull) -> Result<Pulled> {
        if pull.budget <= limits::LIVE && pull.fetch.is_empty() {
            return self.connections.read_here(|db| pull::pull(db, session, &pull));
        }
        self.connections.read(move |db| pull::pull(db, session, &pull)).await
    }

    async fn admin(&self, mut call: AdminCall, now: i64) -> Result<(AdminDone, Wakes)> {
        let environment = self.environment.clone();
        if call.reads_only() {
            return self.connections.read(move |db| admin::call(db, &environment, &mut call)).await;
        }
        let done = self
            .decide(now, move |db, known| {
                let (done, wakes) = admin::call(db, &environment, &mut call)?;
                admin::record(db, &call, &wakes, now)?;
                *known = Known::default();
                Ok(((done, wakes), Some(Decided::Call(call))))
            })
            .await;
        self.org_changed();
        done
    }

    async fn maintain(&self, now: i64) -> Result<Wakes> {
        let seen = std::mem::take(&mut *lock(&self.seen));
        let wakes = self
            .connections
            .write(move |db, _| {
                for (device, at) in seen {
                    db.prepare_cached("UPDATE device SET last_seen = ?2 WHERE id = ?1")
                        .and_then(|mut s| s.execute(params![device, at]))?;
                }
                snapshots::leave_alone(db, now)?;
                purge::purge(db, now)
            })
            .await?;
        if !wakes.workspaces.is_empty() {
            self.uncut.store(true, Ordering::Relaxed);
        }
        if self.uncut.load(Ordering::Relaxed) {
            // Who is to be woken is, whatever comes of this: it is tried again when house is kept next.
            match self.connections.cut_log().await {
                Ok(cut) => self.uncut.store(!cut, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the write-ahead log still holds what was purged"),
            }
        }
        Ok(wakes)
    }

    async fn health(&self) -> Result<()> {
        self.connections.write(|_, _| Ok(())).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::conformance::conformance;
    use super::*;

    async fn open(folder: &Path) -> Arc<dyn Storage> {
        Arc::new(Sqlite::open(folder, Environment::system(), None).await.unwrap())
    }

    conformance!(open);
}
