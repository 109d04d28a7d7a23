//! What administrators do: grants, branches, handovers, the end of a device.

use std::time::Duration;

use rand::RngExt;
use rand::seq::{IndexedRandom, IteratorRandom};
use roadbook_core::simulate::Fate;
use roadbook_core::wire::{Grant, MemberPatch, NewMove, NewOrder, Order, Right};
use roadbook_server::relay::{AdminCall, AdminDone, StorageError};
use rusqlite::Connection;

use super::checks::knows;
use super::world::World;

impl World {
    /// A random member's book and another member; some grants end by themselves, later today.
    pub(super) async fn change_grant(&mut self) {
        let owner = self.members.choose(&mut self.rng).unwrap().clone();
        let whom = self.members.choose(&mut self.rng).unwrap().clone();
        let (book, member) = (owner.book, whom.id);
        let give = self.rng.random_bool(0.6);
        let right = if self.rng.random_bool(0.7) { Right::Editor } else { Right::Reader };
        let expires_at =
            self.rng.random_bool(0.4).then(|| self.time() + self.rng.random_range(1..600) * 60_000);
        self.note(format!("grant {give} {right:?} {member} in {book} until {expires_at:?}"));
        let call = match give {
            true => AdminCall::PutGrant(book, Grant { member, right, expires_at }),
            false => AdminCall::DeleteGrant(book, member),
        };
        // The relay may fail; whoever administers it sees that.
        let done = self.administer(call).await;
        let refused = done.is_err() || !give || owner.workspace == whom.workspace;
        assert!(refused, "{member} has a right in {book} of another company");
    }

    /// Changes a grant, and remembers which rights were taken away for good.
    pub(super) async fn administer(&mut self, call: AdminCall) -> Result<(), StorageError> {
        let place = match &call {
            AdminCall::PutGrant(book, grant) => (*book, grant.member),
            AdminCall::DeleteGrant(book, member) => (*book, *member),
            _ => return self.admin(call).await.map(drop),
        };
        // What an attempt that failed did is not known until the next one.
        self.revoked.remove(&place);
        let revokes = matches!(call, AdminCall::DeleteGrant(..));
        self.admin(call).await?;
        if revokes {
            self.revoked.insert(place);
        }
        Ok(())
    }

    /// A member goes to another branch of the tree, or begins one.
    pub(super) async fn change_branch(&mut self) {
        // Never the director, who sees everything at the end.
        let member = self.members[1..].choose(&mut self.rng).unwrap().clone();
        let above = self.members.choose(&mut self.rng).unwrap().clone();
        let patch = MemberPatch { reports_to: Some(Some(above.id)), ..MemberPatch::default() };
        // Refused where it would be a cycle.
        let done = self.admin(AdminCall::PatchMember(member.id, patch)).await.is_ok();
        assert!(!done || member.workspace == above.workspace, "{} reports to another company", member.id);
        self.note(format!("{} reports to {}: {done}", member.id, above.id));
    }

    pub(super) async fn hand_over(&mut self) {
        let Some(account) = self.accounts.iter().copied().choose(&mut self.rng) else { return };
        let to = self.members.choose(&mut self.rng).unwrap().clone();
        for from in self.members.iter().filter(|from| from.id != to.id) {
            let new = NewMove { from: from.book, to: to.book, roots: vec![account] };
            let done = self.admin(AdminCall::Move(new)).await;
            assert!(
                done.is_err() || from.workspace == to.workspace,
                "a book of another company took {account}"
            );
        }
        self.note(format!("move {account} to {}", to.book));
    }

    /// A phone is replaced: the old one hands its work in, or is wiped because it was stolen; the member gets another. Never the
    /// director's: it is the one that sees everything at the end.
    pub(super) async fn replace(&mut self, phone: usize) {
        let order = if self.rng.random_bool(0.3) { Order::Wipe } else { Order::Retire };
        let index = self.members.iter().position(|member| *member == self.phones[phone].member).unwrap();
        if index == 0 {
            return;
        }
        let Ok(Some(identity)) = self.phones[phone].store().identity() else { return };
        if self.phones[phone].ordered.is_some() {
            return;
        }
        self.see_to_the_relay().await;
        if self.admin(AdminCall::Order(identity.device, NewOrder { order })).await.is_err() {
            return;
        }
        self.phones[phone].ordered = Some(order);
        self.note(format!("{} is to {order:?}", self.phones[phone].name));
        if order == Order::Wipe {
            // What only it had is in a stranger's hands.
            let held = self.held(phone).into_keys().chain(self.kept(phone)).collect();
            self.gone(&held).await;
        }
        self.phone(index).await;
    }

    /// Its user erases a phone that has nothing to send, and enrols it again: another device, on which only the name is as before.
    /// Never the director's.
    pub(super) async fn wipe(&mut self, phone: usize) {
        if self.phones[phone].member == self.members[0] || self.phones[phone].ordered.is_some() {
            return;
        }
        self.see_to_the_relay().await;
        let held = self.held(phone).into_keys().chain(self.kept(phone)).collect();
        let fate = Fate::of(self.rng.random());
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        let done = network.wipe(engine, false, fate, &async |parcel: &_| wire.carry(parcel).await).await;
        self.take_notes(wire);
        self.note(format!("{} is erased by its user: {done:?}", self.phones[phone].name));
        let this = &mut self.phones[phone];
        this.disk.heal();
        this.reopen();
        if !matches!(this.store().identity(), Ok(None)) {
            return;
        }
        this.backup = None;
        self.gone(&held).await;
        self.enrol(phone).await;
    }

    /// Somebody enrols a phone: the relay is looked after first.
    pub(super) async fn see_to_the_relay(&mut self) {
        self.relay_disk.heal();
        self.failing.store(0, std::sync::atomic::Ordering::Relaxed);
        if self.relay.is_none() || self.relay_disk.is_off() {
            self.start_relay().await;
        }
    }

    /// The token of a phone is not accepted: its administrator ended it, or a backup of it or of the relay is older
    /// than the token. Then it is enrolled again, and stays the device it was.
    pub(super) async fn token_refused(&mut self, phone: usize) {
        let workspace = self.phones[phone].member.workspace;
        let Ok(Some(identity)) = self.phones[phone].store().identity() else { return };
        let Ok(AdminDone::Devices(devices)) = self.admin(AdminCall::Devices(workspace)).await else {
            return;
        };
        let known = devices.items.iter().find(|device| device.id == identity.device);
        // Nobody invites a stolen phone again, though a restored relay may never have heard of it.
        if known.is_some_and(|device| device.ended) || self.phones[phone].is_stolen() {
            self.phones[phone].ended = true;
            return;
        }
        self.note(format!("{} is enrolled again", self.phones[phone].name));
        self.phones[phone].disk.heal();
        self.phones[phone].reopen();
        self.see_to_the_relay().await;
        let files = [self.relay_file(), self.phones[phone].file()];
        let [relay, store] = files.map(|file| Connection::open(file).unwrap());
        assert!(
            !knows(&relay, &store),
            "{} stops, though the relay knows its token",
            self.phones[phone].name
        );
        self.enrol(phone).await;
        let now = self.phones[phone].store().identity().unwrap().unwrap();
        assert_eq!(now.device, identity.device, "{} became another device", self.phones[phone].name);
    }

    /// A month passes, and the relay keeps house.
    pub(super) async fn month(&mut self) {
        self.clock.advance(Duration::from_secs(31 * 24 * 3600));
        if let Some(relay) = &self.relay {
            let _ = relay.maintain().await;
        }
    }
}
