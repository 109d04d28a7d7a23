//! The world of one seed: a relay, a team, their devices, and a clock that only the seed moves.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::{ChangeId, MemberId, Record, RecordId, WorkspaceId};
use roadbook_core::sync::Engine;
use roadbook_core::wire::{
    Book, Grant, Member, NewInvitation, NewMember, NewWorkspace, Right, Role, Secret, Workspace,
};
use roadbook_core::{Clock, CommitHook, CommitPoint, Environment, Error, Options, Store};
use roadbook_server::relay::{AdminCall, AdminDone, Relay, Sqlite};
use tempfile::TempDir;

use super::plant::Plant;

/// 2026-11-23 01:00 UTC, a Monday morning in Shanghai.
const START: i64 = 1_795_395_600_000;

/// The clock of the world, and what one party believes it is behind by.
pub(super) struct SimClock {
    world: Arc<AtomicI64>,
    pub(super) error: AtomicI64,
}

impl Clock for SimClock {
    fn now(&self) -> i64 {
        self.world.load(Ordering::Relaxed) + self.error.load(Ordering::Relaxed)
    }
}

/// Kills a device at its nth commit from now, before or after it is durable.
#[derive(Default)]
pub(super) struct Killer {
    armed: Mutex<Option<(u32, CommitPoint)>>,
    dead: std::sync::atomic::AtomicBool,
}

impl Killer {
    pub(super) fn arm(&self, commits: u32, point: CommitPoint) {
        *self.armed.lock().unwrap() = Some((commits, point));
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    pub(super) fn revive(&self) {
        *self.armed.lock().unwrap() = None;
        self.dead.store(false, Ordering::Relaxed);
    }
}

impl CommitHook for Killer {
    fn commit(&self, when: CommitPoint) -> Result<(), Error> {
        let mut armed = self.armed.lock().unwrap();
        if let Some((left, point)) = armed.as_mut()
            && *point == when
        {
            match left.checked_sub(1) {
                Some(rest) if rest > 0 => *left = rest,
                _ => {
                    *armed = None;
                    self.dead.store(true, Ordering::Relaxed);
                }
            }
        }
        if self.is_dead() { Err(Error::Io { detail: "killed".to_owned() }) } else { Ok(()) }
    }
}

/// One device.
pub(super) struct Phone {
    pub(super) name: String,
    pub(super) member: MemberId,
    pub(super) folder: TempDir,
    pub(super) clock: Arc<SimClock>,
    pub(super) killer: Arc<Killer>,
    pub(super) engine: Engine,
    /// Forms opened earlier, saved later.
    pub(super) forms: Vec<Record>,
    /// Requests that are still on their way somewhere in the network.
    pub(super) delayed: Vec<(Secret, Vec<u8>, bool)>,
    /// Ended by its administrator.
    pub(super) ended: bool,
    opened: u64,
    seed: u64,
}

impl Phone {
    pub(super) fn store(&self) -> &Store {
        self.engine.store()
    }

    /// The process is gone; a new one opens what it left.
    pub(super) fn reopen(&mut self) {
        self.killer.revive();
        self.opened += 1;
        self.forms.clear();
        self.engine = open(self.folder.path(), self.seed + (self.opened << 32), &self.clock, &self.killer);
    }
}

fn open(folder: &Path, seed: u64, clock: &Arc<SimClock>, killer: &Arc<Killer>) -> Engine {
    let options = Options {
        environment: Environment::seeded(seed, clock.clone()),
        // Early, so that there are some.
        snapshot_after: NonZeroU32::new(4),
        commit_hook: Some(killer.clone()),
        ..Options::default()
    };
    Engine::new(roadbook_core::open(folder, options, &mut |_, _| {}).unwrap())
}

/// What an administrator did to a book's rights, so that it can be undone.
pub(super) struct World {
    pub(super) rng: StdRng,
    pub(super) seed: u64,
    pub(super) now: Arc<AtomicI64>,
    pub(super) relay: Relay,
    pub(super) relay_folder: TempDir,
    /// Commits of the relay that fail from now on.
    pub(super) failing: Arc<AtomicU64>,
    pub(super) workspace: WorkspaceId,
    pub(super) members: Vec<Member>,
    pub(super) phones: Vec<Phone>,
    /// Changes that a save returned for, by the phone that made them.
    pub(super) saved: BTreeMap<(RecordId, ChangeId), usize>,
    pub(super) accounts: BTreeSet<RecordId>,
    pub(super) trace: Vec<String>,
    pub(super) plant: Option<Plant>,
    starts: u64,
}

/// A folder in memory where there is one: kills are simulated here, so nothing is gained by a disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

/// The admin token is not used: administrators call the relay's storage, its HTTP is proved elsewhere.
fn relay(storage: Sqlite, environment: Environment) -> Relay {
    let token = Secret::from_bytes([7; 32]);
    Relay::new(Arc::new(storage), environment, &token, "http://127.0.0.1:1".to_owned(), None)
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let relay_folder = folder();
        let failing = Arc::new(AtomicU64::new(0));
        let mut world = Self {
            rng: StdRng::seed_from_u64(seed),
            seed,
            relay: start_relay(&relay_folder, seed, &now, &failing).await,
            now,
            relay_folder,
            failing,
            workspace: WorkspaceId::NIL,
            members: Vec::new(),
            phones: Vec::new(),
            saved: BTreeMap::new(),
            accounts: BTreeSet::new(),
            trace: Vec::new(),
            plant: None,
            starts: 0,
        };
        let AdminDone::Workspace(Workspace { id, .. }) =
            world.admin(AdminCall::NewWorkspace(NewWorkspace { name: "Sim".into() })).await
        else {
            unreachable!()
        };
        world.workspace = id;
        // A director who reads everything; two managers; three reps on two branches.
        let director = world.member("director", Role::Director, None).await;
        let north = world.member("north", Role::Manager, Some(director)).await;
        let south = world.member("south", Role::Manager, Some(director)).await;
        for (name, above) in [("wang", north), ("li", north), ("chen", south)] {
            world.member(name, Role::Rep, Some(above)).await;
        }
        for index in 0..world.members.len() {
            world.phone(index).await;
        }
        // Wang has a tablet, too.
        world.phone(3).await;
        world
    }

    async fn member(&mut self, name: &str, role: Role, reports_to: Option<MemberId>) -> MemberId {
        let new = NewMember { workspace: self.workspace, name: name.into(), role, reports_to };
        let AdminDone::Member(member) = self.admin(AdminCall::NewMember(new)).await else { unreachable!() };
        self.members.push(member.clone());
        member.id
    }

    /// A new phone of a member, enrolled.
    pub(super) async fn phone(&mut self, member: usize) {
        let seed =
            self.seed.wrapping_mul(1_000_003).wrapping_add(self.phones.len() as u64 * 7919) % (1 << 32);
        let clock = Arc::new(SimClock { world: self.now.clone(), error: AtomicI64::new(0) });
        let (killer, folder) = (Arc::new(Killer::default()), folder());
        let engine = open(folder.path(), seed, &clock, &killer);
        let code = Secret::from_bytes(std::array::from_fn(|_| self.rng.random()));
        let invitation = NewInvitation { member: self.members[member].id, expires_in: 3600 };
        let now = self.time();
        self.relay.storage().invite(invitation, code.hash(), now).await.unwrap();
        let link = format!("http://127.0.0.1:1/#{}", code.reveal());
        let (relay, enrol) = engine.enrol(&link, "phone").unwrap();
        let answer = self.post::<_, roadbook_core::wire::Enrolled>("/v1/enrol", None, &enrol).await.unwrap();
        engine.enrolled(&relay, &answer).unwrap();
        let name = format!("{}{}", self.members[member].name, self.phones.len());
        let member = self.members[member].id;
        self.phones.push(Phone {
            name,
            member,
            folder,
            clock,
            killer,
            engine,
            forms: Vec::new(),
            delayed: Vec::new(),
            ended: false,
            opened: 0,
            seed,
        });
    }

    /// Every step has chances of its own, so that leaving one out leaves the others as they were.
    pub(super) fn begin(&mut self, step: usize) {
        self.rng = StdRng::seed_from_u64(self.seed ^ (step as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }

    pub(super) fn time(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn note(&mut self, text: String) {
        self.trace.push(text);
    }

    /// The relay's process is gone; a new one opens what it left.
    pub(super) async fn restart_relay(&mut self) {
        self.starts += 1;
        self.failing.store(0, Ordering::Relaxed);
        let seed = self.seed + (self.starts << 40);
        self.relay = start_relay(&self.relay_folder, seed, &self.now, &self.failing).await;
    }

    pub(super) async fn admin(&self, call: AdminCall) -> AdminDone {
        self.relay.storage().admin(call, self.time()).await.unwrap().0
    }

    /// A random member's book and another member, for grants.
    pub(super) async fn change_grant(&mut self) {
        let book = self.members.choose(&mut self.rng).unwrap().book;
        let member = self.members.choose(&mut self.rng).unwrap().id;
        let give = self.rng.random_bool(0.6);
        self.note(format!("grant {give} {member} in {book}"));
        let call = if give {
            let right = if self.rng.random_bool(0.7) { Right::Editor } else { Right::Reader };
            AdminCall::PutGrant(book, Grant { member, right, expires_at: None })
        } else {
            AdminCall::DeleteGrant(book, member)
        };
        // A planted failure of the relay's commit may refuse it.
        let _ = self.relay.storage().admin(call, self.time()).await;
    }

    pub(super) async fn books(&self) -> Vec<Book> {
        let AdminDone::Books(books) = self.admin(AdminCall::Books(self.workspace)).await else {
            unreachable!()
        };
        books.items
    }
}

async fn start_relay(folder: &TempDir, seed: u64, now: &Arc<AtomicI64>, failing: &Arc<AtomicU64>) -> Relay {
    let clock = Arc::new(SimClock { world: now.clone(), error: AtomicI64::new(0) });
    let environment = Environment::seeded(seed ^ 0x5EED, clock);
    let failing = failing.clone();
    let hook = Arc::new(move || {
        failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    });
    let storage = Sqlite::open(folder.path(), environment.clone(), Some(hook)).await.unwrap();
    relay(storage, environment)
}
