//! What goes wrong with machines: kills, power cuts, disks, clocks, and backups that take a disk's place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use rand::RngExt;
use rand::seq::IndexedRandom;
use roadbook_core::CommitPoint;
use roadbook_core::model::{BookId, ChangeId, RecordId};
use roadbook_faulty_disk::{Disk, Operation};
use roadbook_server::relay::Sqlite;
use rusqlite::Connection;

use super::checks::{at_relay, is_purged, refused};
use super::phone::{folder, put_in_place, take_away};
use super::world::World;

pub(super) type Change = (RecordId, ChangeId);

impl World {
    pub(super) fn kill(&mut self, phone: usize) {
        let point = if self.rng.random_bool(0.5) { CommitPoint::Before } else { CommitPoint::After };
        let commits = self.rng.random_range(1..4);
        self.phones[phone].killer.arm(commits, point);
        self.note(format!("{} will be killed {point:?} its commit {commits}", self.phones[phone].name));
    }

    /// The power of a phone goes, at any of its next writes.
    pub(super) fn cut_power(&mut self, phone: usize) {
        let changes = self.rng.random_range(0..60);
        self.phones[phone].disk.cut_after(changes);
        self.note(format!("the power of {} goes after {changes} writes", self.phones[phone].name));
    }

    pub(super) fn cut_power_of_relay(&mut self) {
        let changes = self.rng.random_range(0..60);
        self.relay_disk.cut_after(changes);
        self.note(format!("the power of the relay goes after {changes} writes"));
    }

    /// A disk fills up, or fails; or somebody sees to it.
    pub(super) fn spoil_disk(&mut self, phone: Option<usize>) {
        let rng = &mut self.rng;
        let what = rng.random_range(0..6);
        let (room, good) = (rng.random_range(0..40_000), rng.random_range(0..30));
        let bad = *[1, 1, 2, 10].choose(rng).unwrap();
        let disk = match phone {
            Some(phone) => &self.phones[phone].disk,
            None => &self.relay_disk,
        };
        match what {
            0 | 1 => disk.fill(room),
            2 => disk.fail(Operation::Write, good, bad),
            3 => disk.fail(Operation::Sync, good, bad),
            4 => disk.fail(Operation::Truncate, 0, bad),
            _ => disk.heal(),
        }
        let name = phone.map_or("the relay", |phone| &self.phones[phone].name).to_owned();
        self.note(format!("the disk of {name}: fault {what}, after {good}, {bad} times, room {room}"));
    }

    /// Reading fails, while a phone syncs.
    pub(super) async fn sync_on_a_disk_that_cannot_read(&mut self, phone: usize) {
        let good = self.rng.random_range(0..20);
        self.phones[phone].disk.fail(Operation::Read, good, 1);
        self.phones[phone].unreadable = true;
        self.sync(phone, true).await;
        self.phones[phone].unreadable = false;
        self.phones[phone].disk.heal();
    }

    pub(super) fn spoil_clock(&mut self, phone: usize) {
        let clock = self.phones[phone].clock.clone();
        if self.rng.random_bool(0.5) {
            clock.jump(self.rng.random_range(-400..400) * 24 * 3_600_000);
        } else {
            // Up to a minute in an hour.
            clock.drift(self.rng.random_range(-16_000..16_000));
        }
    }

    /// The relay stops, for up to two hours; or only for a moment.
    pub(super) async fn rest_relay(&mut self) {
        self.stop_relay();
        self.relay_back = self.time() + self.rng.random_range(0..7_200_000);
        self.note(format!("the relay is stopped until {}", self.relay_back));
        if self.rng.random_bool(0.5) {
            self.start_relay().await;
        }
    }

    /// Who has seen that a machine is down starts it again.
    pub(super) async fn revive(&mut self) {
        if self.relay_disk.is_off() || self.relay.is_none() && self.relay_back <= self.time() {
            self.start_relay().await;
        }
        for phone in 0..self.phones.len() {
            while self.phones[phone].is_dead() {
                self.phones[phone].reopen();
            }
        }
    }

    pub(super) fn back_up_phone(&mut self, phone: usize) {
        self.phones[phone].disk.heal();
        if self.phones[phone].is_dead() {
            return;
        }
        self.phones[phone].back_up();
        self.note(format!("{} is backed up", self.phones[phone].name));
    }

    /// A phone begins again with what it held when it was backed up. What only its disk held since then is gone with
    /// the disk: nobody had it, no acknowledgement was given. Everything else must be there at the end as before.
    pub(super) async fn restore_phone(&mut self, phone: usize) {
        let Some(backup) = self.phones[phone].backup.take() else { return };
        self.see_to_the_relay().await;
        let (before, kept) = (self.held(phone), self.kept(phone));
        self.phones[phone].restore(backup.path());
        self.phones[phone].backup = Some(backup);
        let after = self.held(phone);
        // What it holds in another book again it may not be able to give back from there.
        let lost = before.into_iter().filter(|(change, book)| after.get(change) != Some(book));
        let mut lost: BTreeSet<Change> = lost.map(|(change, _)| change).collect();
        lost.extend(&kept - &self.kept(phone));
        self.note(format!("{} is restored from its backup", self.phones[phone].name));
        self.gone(&lost).await;
    }

    pub(super) fn back_up_relay(&mut self) {
        self.relay_disk.heal();
        let backup = folder();
        if Sqlite::backup(self.relay_folder.path(), &backup.path().join("relay.sqlite")).is_ok() {
            self.relay_backup = Some(backup);
            self.note("the relay is backed up".to_owned());
        }
    }

    /// The relay begins again with its backup, or with nothing, and the journal beside it. Devices give it back what they hold and it
    /// took since; what no device holds any more is gone, as docs/OPERATIONS.md says.
    pub(super) async fn restore_relay(&mut self) {
        let Some(backup) = self.relay_backup.take() else { return };
        self.stop_relay();
        self.relay_disk.heal();
        let before = self.taken();
        let was = Connection::open(self.relay_file()).unwrap();
        for (record, change) in self.saved.keys() {
            if refused(&was, *record, *change) {
                self.once_refused.insert((*record, *change));
            }
            if is_purged(&was, *record) {
                self.once_purged.insert(*record);
            }
        }
        drop(was);
        let with = match self.plant.is_none() && self.rng.random_bool(0.2) {
            true => {
                take_away(&self.relay_file());
                "nothing"
            }
            false => {
                put_in_place(&backup.path().join("relay.sqlite"), &self.relay_file());
                "its backup"
            }
        };
        self.relay_disk.settle();
        self.relay_backup = Some(backup);
        self.restored = true;
        self.start_relay().await;
        let lost: BTreeSet<Change> = before.difference(&self.taken()).copied().collect();
        self.note(format!("the relay begins again with {with}, {} changes are not in it", lost.len()));
        self.lost.extend(lost);
    }

    /// Once no answer is on its way any more: what one from before the relay was restored takes from its device, no device can
    /// give back.
    pub(super) async fn see_what_is_lost(&mut self) {
        let on_its_way = self.phones.iter().any(|phone| matches!(phone.background, Some((_, Some(_)))));
        if !self.lost.is_empty() && !on_its_way {
            self.see_to_the_relay().await;
            let lost = std::mem::take(&mut self.lost);
            self.gone(&lost).await;
        }
    }

    /// The saved changes that a phone holds, and the books they are in there. Not those it knows of and asks for.
    pub(super) fn held(&self, phone: usize) -> BTreeMap<Change, BookId> {
        let db = Connection::open(self.phones[phone].file()).unwrap();
        let sql = "SELECT d.id, c.hash, d.book FROM change c JOIN document d ON d.doc = c.doc WHERE length(c.bytes) > 0";
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
        rows.map(Result::unwrap).filter(|(change, _)| self.saved.contains_key(change)).collect()
    }

    /// The saved changes that a phone keeps of records that it does not hold any more.
    pub(super) fn kept(&self, phone: usize) -> BTreeSet<Change> {
        let db = Connection::open(self.phones[phone].file()).unwrap();
        let mut statement = db.prepare("SELECT document, hash FROM kept").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).filter(|change| self.saved.contains_key(change)).collect()
    }

    /// Whether a phone still has what it offered of a record that it does not hold any more.
    fn offers(&self, phone: usize, change: Change) -> bool {
        if !self.can_send(phone) {
            return false;
        }
        let db = Connection::open(self.phones[phone].file()).unwrap();
        let sql = "SELECT 1 FROM kept WHERE document = ?1 AND hash = ?2 AND state IN (1, 2)";
        db.prepare(sql).unwrap().exists(change).unwrap()
    }

    /// What a phone without power will still have of what it was writing, nobody knows before it is on again.
    fn can_send(&self, phone: usize) -> bool {
        let phone = &self.phones[phone];
        !phone.ended && !phone.is_stolen() && !phone.disk.is_off()
    }

    /// The saved changes that the relay has taken.
    fn taken(&self) -> BTreeSet<Change> {
        let relay = Connection::open(self.relay_file()).unwrap();
        self.saved.keys().copied().filter(|change| at_relay(&relay, *change)).collect()
    }

    /// These changes went with a disk. They must come back from the phone that made them, if it still has them, or from
    /// one that may write their book: a reader cannot give the relay anything.
    pub(super) async fn gone(&mut self, lost: &BTreeSet<Change>) {
        let held: Vec<BTreeMap<Change, BookId>> = (0..self.phones.len())
            .map(|phone| if self.can_send(phone) { self.held(phone) } else { BTreeMap::new() })
            .collect();
        let mut orgs = Vec::new();
        for phone in 0..self.phones.len() {
            orgs.push(self.org(phone).await);
        }
        let writes = |phone: usize, book| {
            let right = orgs[phone].right(self.phones[phone].member.id, book, self.clock.time());
            right.is_some_and(|(right, _)| right.writes())
        };
        let relay = Connection::open(self.relay_file()).unwrap();
        let mut changed = Vec::new();
        for change in lost {
            // It may have gone with another disk since.
            let Some(&author) = self.saved.get(change) else { continue };
            let can_give = |phone: &usize| held[*phone].get(change).is_some_and(|book| writes(*phone, *book));
            if at_relay(&relay, *change) || can_give(&author) || self.offers(author, *change) {
                continue;
            }
            changed.push((*change, (0..held.len()).find(can_give)));
        }
        for (change, other) in changed {
            if let Some(other) = other {
                self.saved.insert(change, other);
            } else {
                self.saved.remove(&change);
                self.gone_with_a_disk.insert(change.0);
            }
        }
    }

    pub(super) fn fail_commits(&mut self) {
        self.failing.store(self.rng.random_range(1..3), Ordering::Relaxed);
    }

    /// No faults any more.
    pub(super) fn heal(&self) {
        self.relay_disk.heal();
        self.phones.iter().map(|phone| &phone.disk).for_each(Disk::heal);
        self.failing.store(0, Ordering::Relaxed);
    }
}
