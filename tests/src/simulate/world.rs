//! The world of one seed: a relay, a team, their devices, and a clock that only the seed moves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roadbook_core::Environment;
use roadbook_core::model::{BookId, ChangeId, MemberId, RecordId, WorkspaceId};
use roadbook_core::simulate::SimClock;
use roadbook_core::wire::{Member, NewInvitation, NewMember, NewWorkspace, Role, Secret};
use roadbook_faulty_disk::Disk;
use roadbook_server::relay::{AdminCall, AdminDone, KnownOrg, Relay, Sqlite, StorageError};
use tempfile::TempDir;

use super::Game;
use super::machines::Change;
use super::phone::{Phone, folder};
use super::plant::Plant;

/// 2026-11-23 01:00 UTC, a Monday morning in Shanghai.
const START: i64 = 1_795_395_600_000;

/// Everything of one seed.
pub(super) struct World {
    pub(super) rng: StdRng,
    pub(super) seed: u64,
    /// The true time; the relay's clock is right.
    pub(super) clock: Arc<SimClock>,
    /// None while it is stopped.
    pub(super) relay: Option<Relay>,
    /// When somebody starts it again.
    pub(super) relay_back: i64,
    pub(super) relay_folder: TempDir,
    pub(super) relay_disk: Disk,
    pub(super) relay_backup: Option<TempDir>,
    /// Commits of the relay that fail from now on.
    pub(super) failing: Arc<AtomicU64>,
    /// The team's, and the only one of another company: as they were when they came.
    pub(super) members: Vec<Member>,
    /// Members who have left.
    pub(super) left: BTreeSet<MemberId>,
    /// Books that have an owner, and of which workspace they are.
    pub(super) books: Vec<(WorkspaceId, BookId)>,
    pub(super) phones: Vec<Phone>,
    /// Changes that a save returned for, by the phone that is to keep them until the relay has them.
    pub(super) saved: BTreeMap<(RecordId, ChangeId), usize>,
    /// Records of which a change went with the only disks that could give it back, when a backup took one's place.
    pub(super) gone_with_a_disk: BTreeSet<RecordId>,
    pub(super) accounts: BTreeSet<RecordId>,
    /// Grants that were taken away, and not given again.
    pub(super) revoked: BTreeSet<(BookId, MemberId)>,
    pub(super) trace: Vec<String>,
    pub(super) plant: Option<Plant>,
    /// Whether the relay was restored from a backup.
    pub(super) restored: bool,
    /// What was refused in review as a relay knew that has been restored since.
    pub(super) once_refused: BTreeSet<Change>,
    /// Records that were purged as a relay knew that has been restored since: who heard of it may have been the last to hold one.
    pub(super) once_purged: BTreeSet<RecordId>,
    /// Records that a phone of this version pushed and named no account for: accounts, and what it does not know the kind of.
    pub(super) unrooted: BTreeSet<RecordId>,
    /// What a restored relay lost, and of which it is not known yet what can be given back.
    pub(super) lost: BTreeSet<Change>,
    starts: u64,
}

/// The admin token is not used: administrators call the relay's storage, its HTTP is proved elsewhere.
fn relay(storage: Sqlite, environment: Environment) -> Relay {
    let token = Secret::from_bytes([7; 32]);
    Relay::new(Arc::new(storage), environment, &token, "http://127.0.0.1:1".to_owned(), None)
}

impl World {
    pub(super) async fn new(game: &Game) -> Self {
        let relay_folder = folder();
        let mut world = Self {
            rng: StdRng::seed_from_u64(game.seed),
            seed: game.seed,
            clock: SimClock::new(START),
            relay: None,
            relay_back: 0,
            relay_disk: Disk::at(relay_folder.path()),
            relay_folder,
            relay_backup: None,
            failing: Arc::default(),
            members: Vec::new(),
            left: BTreeSet::new(),
            books: Vec::new(),
            phones: Vec::new(),
            saved: BTreeMap::new(),
            gone_with_a_disk: BTreeSet::new(),
            accounts: BTreeSet::new(),
            revoked: BTreeSet::new(),
            trace: Vec::new(),
            plant: game.plant,
            restored: false,
            once_refused: BTreeSet::new(),
            once_purged: BTreeSet::new(),
            unrooted: BTreeSet::new(),
            lost: BTreeSet::new(),
            starts: 0,
        };
        world.start_relay().await;
        let team = world.workspace("team").await;
        // A director who reads everything, managers below, reps below them; some have a tablet, too.
        let (managers, tablets) = ((game.devices / 8).max(2), (game.devices / 7).max(1));
        let director = world.member(team, "director", Role::Director, None).await;
        let mut branches = Vec::new();
        for n in 0..managers {
            branches.push(world.member(team, &format!("manager{n}"), Role::Manager, Some(director)).await);
        }
        for n in 0..game.devices.saturating_sub(1 + managers + tablets).max(1) {
            let above = branches[n * managers / 3 % managers];
            world.member(team, &format!("rep{n}"), Role::Rep, Some(above)).await;
        }
        let other = world.workspace("other").await;
        world.member(other, "other", Role::Director, None).await;
        for index in (0..world.members.len()).chain((0..tablets).map(|tablet| managers + 1 + tablet)) {
            world.phone(index).await;
        }
        world
    }

    async fn workspace(&mut self, name: &str) -> WorkspaceId {
        let new = NewWorkspace { name: name.into(), id: None, common_book: None };
        let Ok(AdminDone::Workspace(workspace)) = self.admin(AdminCall::NewWorkspace(new)).await else {
            unreachable!()
        };
        workspace.id
    }

    pub(super) async fn member(
        &mut self,
        workspace: WorkspaceId,
        name: &str,
        role: Role,
        reports_to: Option<MemberId>,
    ) -> MemberId {
        let new = NewMember { workspace, name: name.into(), role, reports_to, id: None, book: None };
        let Ok(AdminDone::Member(member)) = self.admin(AdminCall::NewMember(new)).await else {
            unreachable!()
        };
        self.books.push((workspace, member.book));
        self.members.push(member.clone());
        member.id
    }

    /// A new phone of a member, enrolled.
    pub(super) async fn phone(&mut self, member: usize) {
        let phone = self.phones.len();
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(phone as u64 * 7919) % (1 << 32);
        let name = format!("{}-{phone}", self.members[member].name);
        // The director sees everything, the next version's kinds, too.
        let newer = self.seed.is_multiple_of(2) && (phone == 0 || phone % 3 == 1);
        let member = self.members[member].clone();
        self.phones.push(Phone::new(name, member, self.clock.another(), newer, seed));
        self.enrol(phone).await;
    }

    /// Enrols a phone with an invitation of its member.
    pub(super) async fn enrol(&mut self, phone: usize) {
        let code = Secret::from_bytes(std::array::from_fn(|_| self.rng.random()));
        let invitation = NewInvitation { member: self.phones[phone].member.id, expires_in: 3600 };
        let relay = self.relay.as_ref().unwrap();
        relay.storage().invite(invitation, code.hash(), self.time()).await.unwrap();
        let link = format!("http://127.0.0.1:1/#{}", code.reveal());
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        network.enrol(engine, &link, "phone", &async |parcel: &_| wire.carry(parcel).await).await.unwrap();
        self.take_notes(wire);
        self.phones[phone].is_of_before = false;
    }

    /// Every step has chances of its own, so that leaving one out leaves the others as they were.
    pub(super) fn begin(&mut self, step: usize) {
        self.rng = StdRng::seed_from_u64(self.seed ^ (step as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }

    pub(super) fn time(&self) -> i64 {
        self.clock.time()
    }

    pub(super) fn note(&mut self, text: String) {
        self.trace.push(text);
    }

    pub(super) fn relay_file(&self) -> PathBuf {
        self.relay_folder.path().join("relay.sqlite")
    }

    /// The relay's process is gone.
    pub(super) fn stop_relay(&mut self) {
        self.relay = None;
        self.relay_disk.wait_until_closed();
        if self.relay_disk.is_off() {
            self.relay_disk.power_on(self.seed + self.starts);
        }
    }

    /// A new process opens what the last one left, and keeps house. If the disk fails it even then, somebody sees to the disk.
    pub(super) async fn start_relay(&mut self) {
        loop {
            self.stop_relay();
            self.starts += 1;
            self.failing.store(0, Ordering::Relaxed);
            let environment =
                Environment::seeded(self.seed ^ 0x5EED ^ (self.starts << 40), self.clock.clone());
            let failing = self.failing.clone();
            let hook = Arc::new(move || {
                failing
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_err()
            });
            let refused = self.relay_disk.refused();
            match Sqlite::open(self.relay_folder.path(), environment.clone(), Some(hook)).await {
                Ok(storage) => {
                    let relay = relay(storage, environment);
                    let _ = relay.maintain().await;
                    self.relay = Some(relay);
                    return;
                }
                Err(error) => {
                    assert!(self.relay_disk.refused() > refused, "the relay does not start: {error}");
                    self.relay_disk.heal();
                }
            }
        }
    }

    /// What the relay knows of the company of a phone.
    pub(super) async fn org(&self, phone: usize) -> Arc<KnownOrg> {
        let storage = self.relay.as_ref().unwrap().storage();
        storage.org(self.phones[phone].member.workspace).await.unwrap()
    }

    /// What an administrator asks of the relay. It fails while the relay is stopped, or its disk fails.
    pub(super) async fn admin(&self, call: AdminCall) -> Result<AdminDone, StorageError> {
        let Some(relay) = &self.relay else { return Err(StorageError::Failed("it is stopped".to_owned())) };
        Ok(relay.storage().admin(call, self.time()).await?.0)
    }
}
