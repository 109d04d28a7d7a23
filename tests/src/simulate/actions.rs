//! What happens in one step, as the seed says.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use roadbook_core::model::{Resolution, Wrote};
use roadbook_core::simulate::Fate;
use roadbook_core::sync::{Next, StopReason};
use roadbook_core::{Error, Saved};

use super::world::World;

impl World {
    /// One thing happens.
    pub(super) async fn act(&mut self) {
        self.clock.advance(Duration::from_millis(self.rng.random_range(1_000..600_000)));
        self.revive().await;
        let phone = self.rng.random_range(0..self.phones.len());
        let what = self.rng.random_range(0..1000);
        if !self.phones[phone].ended {
            self.act_on(phone, what).await;
            self.revive().await;
        }
        self.see_what_is_lost().await;
    }

    async fn act_on(&mut self, phone: usize, what: u32) {
        match what {
            0..230 => self.create(phone),
            230..240 => self.import(phone),
            240..410 => self.edit(phone),
            410..450 => self.sync_in_the_background(phone).await,
            450..460 => self.hang_elsewhere(phone),
            460..495 => self.open_form(phone),
            495..500 => self.tidy(phone),
            500..545 => self.save_form(phone),
            545..575 => self.delete_or_restore(phone),
            575..610 => self.resolve(phone),
            610..760 => self.sync(phone, true).await,
            760..815 => self.live(phone).await,
            815..830 => self.deliver_late(phone).await,
            830..835 => self.sync_on_a_disk_that_cannot_read(phone).await,
            835..849 => self.change_grant().await,
            849..856 => self.change_the_organisation().await,
            856..873 => self.hand_over().await,
            873..895 => self.decide(phone),
            895..907 => self.kill(phone),
            907..922 => self.cut_power(phone),
            922..930 => self.cut_power_of_relay(),
            930..938 => self.spoil_disk(Some(phone)),
            938..944 => self.spoil_disk(None),
            944..951 => self.rest_relay().await,
            951..957 => self.fail_commits(),
            957..964 => self.spoil_clock(phone),
            964..969 => self.back_up_phone(phone),
            969..973 => self.restore_phone(phone).await,
            973..977 => self.back_up_relay(),
            977..979 => self.restore_relay().await,
            979..984 => self.rotate_token(phone).await,
            984..986 => self.update_app(phone),
            986..988 => self.wipe(phone).await,
            988..990 => self.month_or_rules(phone).await,
            990..995 => self.replace(phone).await,
            995..997 => self.choose_books(phone),
            _ => self.change_the_rules(phone),
        }
    }

    async fn month_or_rules(&mut self, phone: usize) {
        match self.rng.random_bool(0.3) {
            true => self.month().await,
            false => self.change_the_rules(phone),
        }
    }

    /// What a save returned for is remembered: it may never be lost.
    pub(super) fn done(&mut self, phone: usize, what: &str, saved: Result<Saved, Error>) {
        let this = &self.phones[phone];
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => {
                // A dead phone, a form whose record went, a rule that blocks: nothing was promised.
                return self.note(format!("{} {what} failed: {error}", this.name));
            }
        };
        let changes = match (this.store().identity(), this.store().ledger(saved.id)) {
            _ if this.is_stolen() => Vec::new(),
            // A phone that has just ceased to be anybody's has nobody to send to.
            (Ok(None), _) => Vec::new(),
            (Ok(Some(_)), Ok(ledger)) => ledger.into_iter().map(|entry| entry.change).collect(),
            // The power went when the save was durable: it was promised all the same.
            (identity, ledger) => {
                assert!(this.is_dead() && !this.killer.is_dead(), "{identity:?}, {ledger:?}");
                if this.ordered.is_some() { Vec::new() } else { saved.heads.0.clone() }
            }
        };
        let text = format!("{} {what} {} {:?}", this.name, saved.id, saved.changed);
        for change in changes {
            self.saved.entry((saved.id, change)).or_insert(phone);
        }
        self.note(text);
    }

    fn resolve(&mut self, phone: usize) {
        let clashes = self.phones[phone].store().clashes(None).unwrap();
        let Some(clash) = clashes.choose(&mut self.rng).cloned() else { return };
        let side = clash.sides.choose(&mut self.rng).unwrap();
        let resolution = match &side.wrote {
            Wrote::Value(value) => Resolution::Value(value.clone()),
            Wrote::Removed { .. } => Resolution::Remove,
            Wrote::Changed => Resolution::Keep,
        };
        let saved =
            self.phones[phone].store().resolve(clash.record, &clash.field, &clash.heads, resolution, None);
        self.done(phone, "resolve", saved);
    }

    /// A phone syncs: until it is done, the network fails it, or it loses patience.
    pub(super) async fn sync(&mut self, phone: usize, faults: bool) {
        if self.phones[phone].ended {
            return;
        }
        let patience = if faults { self.rng.random_range(1..6) } else { 200 };
        let refused = self.phones[phone].disk.refused();
        let begun = self.phones[phone].on_line().0.begin();
        let identity = self.phones[phone].store().identity();
        for _ in 0..patience {
            // Killed after it had obeyed an order, before it knew.
            if matches!(identity, Ok(None)) {
                self.phones[phone].ended = true;
                return;
            }
            let fate = if faults { Fate::of(self.rng.random()) } else { Fate::Good };
            let budget = self.rng.random_bool(0.3).then(|| self.rng.random_range(1..2_000));
            self.phones[phone].network.budget = budget;
            let next = match &begun {
                Ok(()) if identity.is_ok() => match self.round(phone, fate, faults).await {
                    Some(next) => next,
                    None => return,
                },
                _ => Err(Error::Io { detail: "the disk".to_owned() }),
            };
            self.note(format!("{} sync {fate:?} {next:?}", self.phones[phone].name));
            let this = &self.phones[phone];
            match next {
                Ok(Next::Ask) => {}
                Ok(Next::Stop(reason)) => {
                    if !self.stopped(phone, reason).await || faults {
                        return;
                    }
                }
                Ok(Next::Wait(_)) if !faults => {}
                Ok(_) => return,
                Err(error) => {
                    assert!(this.killer.is_dead() || this.disk.refused() > refused, "{}: {error}", this.name);
                    return;
                }
            }
        }
        assert!(faults, "{} does not come to an end", self.phones[phone].name);
    }

    /// Sync will not go on by itself. Says whether it does all the same, as the phone is enrolled again.
    async fn stopped(&mut self, phone: usize, reason: StopReason) -> bool {
        let this = &mut self.phones[phone];
        match this.store().identity() {
            Ok(Some(_)) if reason == StopReason::Unauthorised => {
                self.token_refused(phone).await;
                !self.phones[phone].ended
            }
            // Its disk failed when it was told: it asks again.
            Err(_) if reason == StopReason::Unauthorised => false,
            _ => {
                this.ended = true;
                false
            }
        }
    }

    /// The platform carries a request for the app, whenever it likes: it is made, sent, and its answer taken in by three calls
    /// between which anything may happen.
    async fn sync_in_the_background(&mut self, phone: usize) {
        let (refused, fate) = (self.phones[phone].disk.refused(), Fate::of(self.rng.random()));
        let wire = self.wire(phone);
        let background = self.phones[phone].background.take();
        let (engine, network) = self.phones[phone].on_line();
        let mut stops = None;
        let (text, background) = match background {
            None => {
                let prepared = network.prepare(engine);
                (
                    format!("prepares {:?}", prepared.as_ref().err()),
                    prepared.ok().map(|parcel| (parcel, None)),
                )
            }
            Some((parcel, None)) => {
                let carry = async |parcel: &_| wire.carry(parcel).await;
                let answer = network.send(parcel.clone(), fate, &carry).await;
                (format!("is carried, {fate:?}"), Some((parcel, Some(answer))))
            }
            Some((parcel, Some(answer))) => {
                let next = network.apply(engine, &parcel, answer);
                let text = format!("is answered {next:?}");
                match next {
                    Ok(Some(Next::Stop(reason))) => stops = Some(reason),
                    Ok(_) => {}
                    Err(error) => {
                        let this = &self.phones[phone];
                        assert!(this.is_dead() || this.disk.refused() > refused, "{}: {error}", this.name);
                    }
                }
                (text, None)
            }
        };
        self.take_notes(wire);
        self.phones[phone].background = background;
        self.note(format!("{} in the background {text}", self.phones[phone].name));
        if let Some(reason) = stops {
            self.stopped(phone, reason).await;
        }
    }

    /// One request and its answer; with faults, something may happen while that is on its way. `None`: the process that asked
    /// is gone since.
    async fn round(&mut self, phone: usize, fate: Fate, faults: bool) -> Option<Result<Next, Error>> {
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        let flight = network.take_off(engine, fate, &async |parcel: &_| wire.carry(parcel).await).await;
        self.take_notes(wire);
        let there = !faults || self.meanwhile(phone).await;
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        let next = match flight {
            _ if !there => None,
            Ok(flight) => {
                Some(network.land(engine, flight, &async |parcel: &_| wire.carry(parcel).await).await)
            }
            Err(error) => Some(Err(error)),
        };
        self.take_notes(wire);
        next
    }

    /// What may happen while an answer is on its way. Says whether the process that asked is still there.
    async fn meanwhile(&mut self, phone: usize) -> bool {
        if self.phones[phone].unreadable || !self.rng.random_bool(0.15) {
            return true;
        }
        let process = self.phones[phone].opened;
        let other =
            if self.rng.random_bool(0.5) { phone } else { self.rng.random_range(0..self.phones.len()) };
        let what = self.rng.random_range(0..1000);
        // A device asks one thing at a time.
        let asks = matches!(what, 610..815 | 830..835 | 979..984);
        let idle = self.phones[other].ended || self.phones[other].is_dead() || other == phone && asks;
        if !idle {
            self.note(format!("while the answer to {} is on its way", self.phones[phone].name));
            Box::pin(self.act_on(other, what)).await;
        }
        !self.phones[phone].ended && self.phones[phone].opened == process
    }

    /// A request from long ago arrives.
    async fn deliver_late(&mut self, phone: usize) {
        let wire = self.wire(phone);
        let (_, network) = self.phones[phone].on_line();
        network.deliver_late(&async |parcel: &_| wire.carry(parcel).await).await;
        self.take_notes(wire);
    }

    /// A connected phone is told what is new, and hears it, or something older.
    async fn live(&mut self, phone: usize) {
        let (refused, before) = (self.phones[phone].disk.refused(), self.rng.random_range(0..4) / 2);
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        let told = network.tell(engine, &async |token| wire.tell(token).await).await;
        let heard = network.hear(engine, before);
        self.take_notes(wire);
        let this = &self.phones[phone];
        let failing = this.killer.is_dead() || this.disk.refused() > refused;
        assert!(heard.is_ok() || failing, "{}: {heard:?}", this.name);
        self.note(format!("{} is told {told:?}, hears {heard:?}", self.phones[phone].name));
    }

    async fn rotate_token(&mut self, phone: usize) {
        let fate = Fate::of(self.rng.random());
        let wire = self.wire(phone);
        let (engine, network) = self.phones[phone].on_line();
        let done = network.rotate_token(engine, fate, &async |parcel: &_| wire.carry(parcel).await).await;
        self.take_notes(wire);
        self.note(format!("{} rotates its token, {fate:?}: {done:?}", self.phones[phone].name));
    }

    /// The next version of the app is installed. In some seeds there is one.
    fn update_app(&mut self, phone: usize) {
        if self.seed.is_multiple_of(2) && !self.phones[phone].newer {
            self.phones[phone].newer = true;
            self.phones[phone].reopen();
            self.note(format!("{} gets the next version", self.phones[phone].name));
        }
    }

    /// A phone has the time for a few steps of tidying.
    fn tidy(&mut self, phone: usize) {
        for _ in 0..self.rng.random_range(1..10) {
            let (this, refused) = (&self.phones[phone], self.phones[phone].disk.refused());
            let done = this.store().tidy();
            let failing = this.is_dead() || this.disk.refused() > refused;
            assert!(done.is_ok() || failing, "{}: {done:?}", this.name);
        }
    }

    /// A phone holds some of the books it may read from now on, or all of them again.
    fn choose_books(&mut self, phone: usize) {
        let some = self.rng.random_bool(0.5);
        let store = self.phones[phone].store();
        let books =
            store.books().unwrap().into_iter().filter(|_| self.rng.random_bool(0.5)).map(|book| book.id);
        let chosen = some.then(|| books.collect::<Vec<_>>());
        let done = store.subscribe(chosen.as_deref());
        self.note(format!("{} chooses {chosen:?}: {done:?}", self.phones[phone].name));
    }

    pub(super) fn decide(&mut self, phone: usize) {
        let proposals = self.phones[phone].store().proposals().unwrap();
        let Some(proposal) = proposals.choose(&mut self.rng) else { return };
        let accept = self.rng.random_bool(0.6);
        let done = self.phones[phone].store().decide(proposal, accept, Some("看过"));
        self.note(format!("{} decides {accept} on {}: {done:?}", self.phones[phone].name, proposal.record));
    }
}
