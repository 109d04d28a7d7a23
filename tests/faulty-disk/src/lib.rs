//! A disk under SQLite that fills up, fails and loses power when a test says so.
//!
//! [`Disk::at`] puts a layer over the file system of every SQLite connection of this process: whatever is opened
//! below that folder goes through it, without a word to whoever opens. Locks and shared memory are those of the file
//! system below, so that several connections share a write-ahead log as they do in an app.
//!
//! ```
//! use roadbook_faulty_disk::Disk;
//! # fn main() -> rusqlite::Result<()> {
//! let folder = tempfile::tempdir().unwrap();
//! let disk = Disk::at(folder.path());
//! let file = folder.path().join("a.sqlite");
//! let db = rusqlite::Connection::open(&file)?;
//! db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")?;
//!
//! db.execute("INSERT INTO t VALUES ('saved')", [])?;
//! disk.cut_after(0); // the power goes at the next write
//! assert!(db.execute("INSERT INTO t VALUES ('not saved')", []).is_err());
//! drop(db);
//! disk.power_on(7); // what was not synced is kept, lost or torn, as the seed says
//!
//! let db = rusqlite::Connection::open(&file)?;
//! let saved: i64 = db.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?;
//! assert_eq!(saved, 1);
//! # Ok(())
//! # }
//! ```
//!
//! This crate is the one place of the workspace with `unsafe` in it: `layer.rs` speaks C with SQLite. What happens to
//! the bytes is decided in safe code.

mod disk;
mod layer;
mod unsynced;

pub use disk::{Disk, Operation};
pub use unsynced::Lost;
