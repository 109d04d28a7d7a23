//! A damaged file: noticing it, and carrying what it still holds over into a fresh one.
//!
//! What is gone comes again from the relay, except what it never had. So everything that can be read and verified is
//! kept, cursors begin at 0, and what the relay turns out to lack when its logs are read again is pushed, as after a
//! restore of the relay ([`State::Unverified`]). A change whose base is lost here waits until the document was
//! fetched whole.

mod carry;
mod cells;
mod found;
mod index;
mod log;
mod pages;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use serde::Serialize;

use super::{Derive, FILE, Options, Store};
use crate::model::{ChangeId, RecordId};
use crate::{Error, Result};
use pages::Pages;

/// The fresh file while it is being filled.
const FILLING: &str = "roadbook.filling.sqlite";
/// The fresh file once it is whole; it takes the damaged one's name next.
const FILLED: &str = "roadbook.filled.sqlite";
/// What the names of damaged files begin with.
const DAMAGED: &str = "roadbook.damaged-";

/// What a salvage kept, and what it could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Salvaged {
    /// Where the damaged file is now. Nobody deletes it but an administrator's order to this device.
    pub damaged: PathBuf,
    /// Whether the device is still enrolled. If not, enrol it again as the same member: what is unsent is sent then.
    pub enrolled: bool,
    /// Records that can be read at once; the others come with the next sync.
    pub records: u64,
    /// Changes kept.
    pub changes: u64,
    /// Of these, changes the relay does not have yet.
    pub unsent: u64,
    /// Changes that the relay may never have had and whose bytes cannot be read any more.
    pub lost: Vec<LostChange>,
}

/// A change that is lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct LostChange {
    /// The record it was made to, if that can still be told.
    pub record: Option<RecordId>,
    /// Its id, if its bytes were kept and only its record is not known any more: it is in the damaged file.
    pub change: Option<ChangeId>,
}

/// Carries everything that a damaged store still holds over into a fresh one in its place. The damaged file is moved
/// aside.
pub(crate) fn salvage(
    folder: &Path,
    options: Options,
    derive: Vec<Arc<dyn Derive>>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Salvaged> {
    let path = folder.join(FILE);
    // SQLite must not open the file of another name when this one is missing.
    finish(folder)?;
    if !path.exists() {
        return Err(Error::Io { detail: format!("{}: there is no store", folder.display()) });
    }
    // What indexes say has to be read before anything moves; it may be nothing at all.
    let index = index::read(&path)?;
    for leftover in [FILLING, FILLED] {
        for file in with_companions(&folder.join(leftover)) {
            remove(&file)?;
        }
    }
    let now = options.environment.now();
    let pages = Pages::open(&path, &companion(&path, "-wal")).map_err(io)?;
    let fresh = Store::open_file(folder, FILLING, options, derive, &mut |_, _| {})?;
    let mut salvaged = carry::carry(&fresh, &pages, &index, progress)?;
    // The last connection to close folds the log into the file.
    fresh.pause()?;
    drop(fresh);
    sync_file(&folder.join(FILLING))?;
    rename(&folder.join(FILLING), &folder.join(FILLED))?;
    sync_folder(folder)?;
    salvaged.damaged = put_aside(folder, now)?;
    sync_folder(folder)?;
    finish(folder)?;
    Ok(salvaged)
}

/// Puts a whole fresh file in its place, if a salvage was cut off before it could.
pub(super) fn finish(folder: &Path) -> Result<()> {
    let (path, filled) = (folder.join(FILE), folder.join(FILLED));
    if filled.exists() && !path.exists() {
        // A log of the damaged file must not be taken for one of this.
        for file in &with_companions(&path)[1..] {
            remove(file)?;
        }
        rename(&filled, &path)?;
        sync_folder(folder)?;
    }
    Ok(())
}

/// Refuses a file that SQLite would misread: one whose log lost what was committed, or whose first page was hit.
pub(super) fn refuse_damaged(path: &Path) -> Result<()> {
    if let Some(wrong) = pages::wrong_header(path).map_err(io)? {
        return Err(Error::Corrupt { detail: wrong.to_owned() });
    }
    if log::is_damaged(&companion(path, "-wal"), pages::PAGE).map_err(io)? {
        return Err(Error::Corrupt { detail: "the write-ahead log".to_owned() });
    }
    Ok(())
}

/// Deletes the damaged files that salvages kept: an administrator's order erases everything.
pub(super) fn erase_damaged(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.file_name().to_string_lossy().starts_with(DAMAGED) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Moves the damaged file and its log aside, and says where to.
fn put_aside(folder: &Path, now: i64) -> Result<PathBuf> {
    let path = folder.join(FILE);
    let at = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    let aside = folder.join(format!("{DAMAGED}{}.sqlite", at.format("%Y%m%dT%H%M%S%3fZ")));
    // The log first: a damaged file without its log is damaged still, a fresh one beside a foreign log would be.
    if companion(&path, "-wal").exists() {
        rename(&companion(&path, "-wal"), &companion(&aside, "-wal"))?;
    }
    remove(&companion(&path, "-shm"))?;
    rename(&path, &aside)?;
    Ok(aside)
}

/// Opens a damaged file to see whether nobody else has it open, leaving its log as it is.
fn open_alone(path: &Path) -> Result<Option<Connection>> {
    let open = || -> rusqlite::Result<Connection> {
        let db = Connection::open(path)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        db.busy_timeout(Duration::from_secs(2))?;
        db.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;")?;
        Ok(db)
    };
    match open() {
        Ok(db) => Ok(Some(db)),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(Error::Locked),
            // Too damaged for SQLite: what there is to read is read without it.
            _ => Ok(None),
        },
    }
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn with_companions(path: &Path) -> [PathBuf; 3] {
    [path.to_owned(), companion(path, "-wal"), companion(path, "-shm")]
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(error)),
        _ => Ok(()),
    }
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(io)
}

fn sync_file(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io)
}

/// Makes renames durable. Windows cannot open a folder, and needs not.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) { sync_file(folder) } else { Ok(()) }
}

fn io(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::DiskFull,
        _ => Error::Io { detail: error.to_string() },
    }
}
