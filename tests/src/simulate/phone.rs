//! One device of the world: its disk, its clock, its backup, and the process on it.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use roadbook_core::model::{Record, Schema};
use roadbook_core::simulate::{Killer, Network, Parcel, SimClock};
use roadbook_core::sync::Engine;
use roadbook_core::wire::{Member, Order, SyncAnswer};
use roadbook_core::{Environment, Error, Options, Store};
use roadbook_faulty_disk::Disk;
use rusqlite::Connection;
use tempfile::TempDir;

use super::newer;

/// One device.
pub(super) struct Phone {
    pub(super) name: String,
    pub(super) member: Member,
    pub(super) folder: TempDir,
    pub(super) disk: Disk,
    /// Whether reading from it may fail now, which would stop the test itself, too, where it looks.
    pub(super) unreadable: bool,
    pub(super) clock: Arc<SimClock>,
    pub(super) killer: Arc<Killer>,
    /// None only while no process runs.
    engine: Option<Engine>,
    pub(super) network: Network,
    /// A request that the platform carries for the app, and what came of it once it has.
    pub(super) background: Option<(Parcel, Option<Result<SyncAnswer, Error>>)>,
    /// Forms opened earlier, saved later.
    pub(super) forms: Vec<Record>,
    /// Ended by its administrator.
    pub(super) ended: bool,
    /// Whether its app is of the next version.
    pub(super) newer: bool,
    /// A copy of its file, on another disk.
    pub(super) backup: Option<TempDir>,
    /// What it was ordered to do; another has taken its place.
    pub(super) ordered: Option<Order>,
    pub(super) opened: u64,
    /// Whether it began again with a backup since it was enrolled: its token may be one of before.
    pub(super) is_of_before: bool,
    seed: u64,
}

/// A folder in memory where there is one: power cuts are simulated here, so nothing is gained by a real disk.
pub(super) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

impl Phone {
    pub(super) fn new(name: String, member: Member, clock: Arc<SimClock>, newer: bool, seed: u64) -> Self {
        let folder = folder();
        let mut phone = Self {
            disk: Disk::at(folder.path()),
            unreadable: false,
            name,
            member,
            folder,
            clock,
            killer: Killer::new(),
            engine: None,
            network: Network::default(),
            background: None,
            forms: Vec::new(),
            ended: false,
            newer,
            backup: None,
            ordered: None,
            opened: 0,
            is_of_before: false,
            seed,
        };
        phone.engine = Some(phone.open().unwrap());
        phone
    }

    pub(super) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// The engine and the network at once.
    pub(super) fn on_line(&mut self) -> (&mut Engine, &mut Network) {
        (self.engine.as_mut().unwrap(), &mut self.network)
    }

    pub(super) fn store(&self) -> &Store {
        self.engine().store()
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("roadbook.sqlite")
    }

    /// Whether it is to wipe itself: nothing is promised of what is saved on it any more.
    pub(super) fn is_stolen(&self) -> bool {
        self.ordered == Some(Order::Wipe)
    }

    /// Whether its process or its power has gone.
    pub(super) fn is_dead(&self) -> bool {
        self.killer.is_dead() || self.disk.is_off()
    }

    fn open(&self) -> Result<Engine, Error> {
        let options = Options {
            schema: if self.newer { newer::schema() } else { Schema::standard() },
            environment: Environment::seeded(self.seed + (self.opened << 32), self.clock.clone()),
            // Early, so that there are some.
            snapshot_after: NonZeroU32::new(4),
            commit_hook: Some(self.killer.clone()),
            ..Options::default()
        };
        Ok(Engine::new(roadbook_core::open(self.folder.path(), options, &mut |_, _| {})?))
    }

    /// The process is gone, or will be now.
    pub(super) fn stop(&mut self) {
        self.engine = None;
        self.forms.clear();
        self.disk.wait_until_closed();
    }

    /// A new process opens what the last one left. If the disk fails it even then, somebody sees to the disk.
    pub(super) fn reopen(&mut self) {
        loop {
            self.stop();
            self.killer.revive();
            self.opened += 1;
            if self.disk.is_off() {
                self.disk.power_on(self.seed + self.opened);
            }
            let refused = self.disk.refused();
            match self.open() {
                Ok(engine) => {
                    // Killed after it had obeyed an order, before it knew: what is written on it now is nobody's.
                    let nobodys = matches!(engine.store().identity(), Ok(None));
                    self.ended |= self.ordered.is_some() && nobodys;
                    self.engine = Some(engine);
                    return;
                }
                Err(error) => {
                    assert!(self.disk.refused() > refused, "{} cannot be opened: {error}", self.name);
                    assert!(matches!(error, Error::DiskFull | Error::Io { .. }), "{}: {error:?}", self.name);
                    self.disk.heal();
                }
            }
        }
    }

    /// Copies the store to another disk, as a phone's nightly backup does.
    pub(super) fn back_up(&mut self) {
        let backup = folder();
        let db = Connection::open(self.file()).unwrap();
        db.backup("main", backup.path().join("roadbook.sqlite"), None::<fn(_)>).unwrap();
        self.backup = Some(backup);
    }

    /// The phone was lost, or broke: another one begins with what the backup holds.
    pub(super) fn restore(&mut self, backup: &Path) {
        self.stop();
        self.background = None;
        if self.disk.is_off() {
            self.disk.power_on(self.seed);
        }
        put_in_place(&backup.join("roadbook.sqlite"), &self.file());
        self.is_of_before = true;
        self.disk.heal();
        self.disk.settle();
        self.reopen();
    }
}

/// Lays a copy of a database where one is, and takes away what belonged to that one.
pub(super) fn put_in_place(copy: &Path, file: &Path) {
    take_away(file);
    std::fs::copy(copy, file).unwrap();
}

/// A database is lost, and what belonged to it.
pub(super) fn take_away(file: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut beside = file.as_os_str().to_owned();
        beside.push(suffix);
        let _ = std::fs::remove_file(beside);
    }
}
