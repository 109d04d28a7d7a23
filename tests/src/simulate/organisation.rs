//! What administrators do: grants, branches, handovers, the end of a device.

use std::time::Duration;

use rand::RngExt;
use rand::seq::{IndexedRandom, IteratorRandom};
use roadbook_core::simulate::Fate;
use roadbook_core::wire::{BookPatch, Grant, MemberPatch, NewBook, NewMove, NewOrder, Order, Right, Role};
use roadbook_server::relay::{AdminCall, AdminDone, StorageError};
use rusqlite::Connection;

use super::checks::knows;
use super::world::World;

impl World {
    /// A random member's book and another member; some grants end by themselves, later today.
    pub(super) async fn change_grant(&mut self) {
        let (workspace, book) = *self.books.choose(&mut self.rng).unwrap();
        let whom = self.members.choose(&mut self.rng).unwrap().clone();
        let member = whom.id;
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
        let refused = done.is_err() || !give || workspace == whom.workspace;
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

    /// Somebody changes who is who.
    pub(super) async fn change_the_organisation(&mut self) {
        match self.rng.random_range(0..10) {
            0..4 => self.change_branch().await,
            4 => self.change_role().await,
            5..7 => self.leave_or_come_back().await,
            7 => self.hire().await,
            8 => self.new_book().await,
            _ => self.change_owner().await,
        }
    }

    /// A member of the team, not its director. Of the other company, somebody must decide on what is handed in there.
    fn somebody(&mut self) -> usize {
        let team = self.members[0].workspace;
        let others = (1..self.members.len()).filter(|index| self.members[*index].workspace == team);
        others.choose(&mut self.rng).unwrap()
    }

    async fn change_role(&mut self) {
        let somebody = self.somebody();
        let member = self.members[somebody].id;
        let role = *[Role::Rep, Role::Manager].choose(&mut self.rng).unwrap();
        let patch = MemberPatch { role: Some(role), ..MemberPatch::default() };
        let done = self.admin(AdminCall::PatchMember(member, patch)).await.is_ok();
        self.note(format!("{member} becomes {role:?}: {done}"));
    }

    /// Somebody leaves, and their phones are to hand their work in; or who left is there again, with a new phone.
    async fn leave_or_come_back(&mut self) {
        let index = self.somebody();
        let member = self.members[index].id;
        let active = self.left.contains(&member);
        self.see_to_the_relay().await;
        let patch = MemberPatch { active: Some(active), ..MemberPatch::default() };
        let done = self.admin(AdminCall::PatchMember(member, patch)).await;
        self.note(format!("{member} {}: {}", if active { "is back" } else { "leaves" }, done.is_ok()));
        if done.is_err() {
            return;
        }
        if active {
            self.left.remove(&member);
            return self.phone(index).await;
        }
        self.left.insert(member);
        for phone in self.phones.iter_mut().filter(|phone| phone.member.id == member) {
            phone.ordered.get_or_insert(Order::Retire);
        }
    }

    /// Somebody new, with a phone.
    async fn hire(&mut self) {
        self.see_to_the_relay().await;
        let above = self.members[0].clone();
        let name = format!("rep{}", self.members.len());
        self.member(above.workspace, &name, Role::Rep, Some(above.id)).await;
        self.note(format!("{name} comes"));
        self.phone(self.members.len() - 1).await;
    }

    /// A book besides those that members are given when they come.
    async fn new_book(&mut self) {
        let owner = self.members.choose(&mut self.rng).unwrap().clone();
        let new =
            NewBook { workspace: owner.workspace, name: "key accounts".into(), owner: owner.id, id: None };
        if let Ok(AdminDone::Book(book)) = self.admin(AdminCall::NewBook(new)).await {
            self.books.push((book.workspace, book.id));
            self.note(format!("{} has the book {}", owner.id, book.id));
        }
    }

    async fn change_owner(&mut self) {
        let (workspace, book) = *self.books.choose(&mut self.rng).unwrap();
        let owner = self.members.choose(&mut self.rng).unwrap().clone();
        let patch = BookPatch { owner: Some(owner.id), ..BookPatch::default() };
        let done = self.admin(AdminCall::PatchBook(book, patch)).await.is_ok();
        assert!(!done || owner.workspace == workspace, "{} owns {book} of another company", owner.id);
        self.note(format!("{} owns {book}: {done}", owner.id));
    }

    /// What belongs to somebody who has left is given to the director, so that somebody decides what waits there.
    pub(super) async fn give_away_what_was_left(&mut self) {
        let director = self.members[0].clone();
        let Ok(AdminDone::Books(books)) = self.admin(AdminCall::Books(director.workspace)).await else {
            unreachable!()
        };
        for book in books.items {
            if book.owner.is_some_and(|owner| self.left.contains(&owner)) {
                let patch = BookPatch { owner: Some(director.id), ..BookPatch::default() };
                self.admin(AdminCall::PatchBook(book.id, patch)).await.unwrap();
            }
        }
    }

    /// A member goes to another branch of the tree, or begins one.
    async fn change_branch(&mut self) {
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
        let (workspace, to) = *self.books.choose(&mut self.rng).unwrap();
        for (of, from) in self.books.iter().copied().filter(|(_, from)| *from != to) {
            let done = self.admin(AdminCall::Move(NewMove { from, to, roots: vec![account] })).await;
            assert!(done.is_err() || of == workspace, "a book of another company took {account}");
        }
        self.note(format!("move {account} to {to}"));
    }

    /// A phone is replaced: the old one hands its work in, or is wiped because it was stolen; the member gets another. Never the
    /// director's: it is the one that sees everything at the end.
    pub(super) async fn replace(&mut self, phone: usize) {
        let order = if self.rng.random_bool(0.3) { Order::Wipe } else { Order::Retire };
        let member = self.phones[phone].member.id;
        let index = self.members.iter().position(|known| known.id == member).unwrap();
        if index == 0 || self.left.contains(&member) {
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
        if self.phones[phone].member.id == self.members[0].id || self.phones[phone].ordered.is_some() {
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

    /// The token of a phone is not accepted: its administrator ended it, or a backup of it is older than the token. Then it is
    /// enrolled again, and stays the device it was.
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
        // Nor somebody who has left: what the phone holds stays on it, where it can be read.
        if self.left.contains(&self.phones[phone].member.id) {
            self.see_to_the_relay().await;
            let held = self.held(phone).into_keys().chain(self.kept(phone)).collect();
            self.phones[phone].ended = true;
            return self.gone(&held).await;
        }
        let this = &self.phones[phone];
        assert!(this.is_of_before, "{} stops, though the relay has its journal", this.name);
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
