//! What people, networks and machines do to the world, as the seed says.

use std::sync::atomic::Ordering;

use rand::RngExt;
use rand::seq::{IndexedRandom, IteratorRandom};
use roadbook_core::model::{Fields, Item, Record, Resolution, Value, Wrote};
use roadbook_core::sync::Next;
use roadbook_core::wire::{NewMove, NewOrder, Order};
use roadbook_core::{CommitPoint, Edit, Error, New, Query, Show, Store};
use roadbook_server::relay::AdminCall;

use super::network::Fate;
use super::world::World;

const WORDS: [&str; 8] = ["百草堂", "回春堂", "tea", "合同", "价格", "café", "样品", "交期"];

impl World {
    /// One thing happens.
    pub(super) async fn act(&mut self) {
        self.now.fetch_add(self.rng.random_range(1_000..600_000), Ordering::Relaxed);
        let phone = self.rng.random_range(0..self.phones.len());
        if self.phones[phone].ended {
            return;
        }
        match self.rng.random_range(0..1000) {
            0..250 => self.create(phone),
            250..480 => self.edit(phone),
            480..520 => self.open_form(phone),
            520..570 => self.save_form(phone),
            570..600 => self.delete_or_restore(phone),
            600..640 => self.resolve(phone),
            640..860 => self.sync(phone, true).await,
            860..880 => self.deliver_delayed(phone).await,
            880..895 => self.change_grant().await,
            895..915 => self.hand_over().await,
            915..940 => self.decide(phone),
            940..965 => self.kill(phone),
            965..975 => self.restart_relay().await,
            975..985 => self.failing.store(self.rng.random_range(1..3), Ordering::Relaxed),
            985..993 => {
                let error = self.rng.random_range(-400..400) * 24 * 3_600_000i64;
                self.phones[phone].clock.error.store(error, Ordering::Relaxed);
            }
            993..997 => self.retire(phone).await,
            997..999 => self.change_the_rules(phone),
            _ => {
                self.now.fetch_add(31 * 24 * 3_600_000, Ordering::Relaxed);
                let _ = self.relay.maintain().await;
            }
        }
        if self.phones[phone].killer.is_dead() {
            self.phones[phone].reopen();
        }
    }

    fn text(&mut self) -> String {
        let count = self.rng.random_range(1..5);
        (0..count).map(|_| *WORDS.choose(&mut self.rng).unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// What a save returned for is remembered: it may never be lost.
    fn done(&mut self, phone: usize, what: &str, saved: Result<roadbook_core::Saved, Error>) {
        match saved {
            Ok(saved) => {
                let store = self.phones[phone].store();
                // A phone that has just ceased to be anybody's has nobody to send to.
                let enrolled = store.identity().unwrap().is_some();
                for entry in store.ledger(saved.id).unwrap().into_iter().filter(|_| enrolled) {
                    self.saved.entry((saved.id, entry.change)).or_insert(phone);
                }
                self.note(format!("{} {what} {} {:?}", self.phones[phone].name, saved.id, saved.changed));
            }
            Err(error) => {
                // A dead phone, a form whose record went, a rule that blocks: nothing was promised.
                self.note(format!("{} {what} failed: {error}", self.phones[phone].name));
            }
        }
    }

    fn records(&self, phone: usize, kind: &str, show: Show) -> Vec<Record> {
        let mut query = Query::new(kind).page(500, 0);
        query.show = show;
        self.phones[phone].store().list(&query).unwrap()
    }

    fn any_record(&mut self, phone: usize, show: Show) -> Option<Record> {
        let kind = *["account", "account", "visit", "opportunity", "gift_note", "task", "contact"]
            .choose(&mut self.rng)
            .unwrap();
        self.records(phone, kind, show).into_iter().choose(&mut self.rng)
    }

    fn create(&mut self, phone: usize) {
        let account = self.records(phone, "account", Show::Live).into_iter().choose(&mut self.rng);
        let text = self.text();
        let Some(account) = account.filter(|_| self.rng.random_bool(0.8)) else {
            let fields = Fields::new().with("name", text.as_str()).with("notes", text.as_str());
            let fields = self.meaning("account", fields);
            let saved = self.phones[phone].store().create(New::new("account", fields));
            if let Ok(saved) = &saved {
                self.accounts.insert(saved.id);
            }
            return self.done(phone, "account", saved);
        };
        let fields = Fields::new().with("account", account.id);
        let kind = *["visit", "contact", "opportunity", "gift_note", "task"].choose(&mut self.rng).unwrap();
        let fields = match kind {
            "visit" => fields.with("purpose", text.as_str()).with("notes", text.as_str()),
            "contact" => fields.with("name", text.as_str()),
            "opportunity" => fields.with("name", text.as_str()).with("stage", "lead"),
            "gift_note" => {
                let contacts = self.records(phone, "contact", Show::Live);
                let fields = fields.with("item", text.as_str()).with("meaning", text.as_str());
                match contacts.choose(&mut self.rng) {
                    Some(recipient) => fields.with("recipient", recipient.id),
                    None => fields,
                }
            }
            _ => fields.with("subject", text.as_str()),
        };
        let fields = self.meaning(kind, fields);
        let saved = self.phones[phone].store().create(New::new(kind, fields));
        self.done(phone, kind, saved);
    }

    /// A value for a field that practice derives from; as people type it.
    fn telling(&mut self, name: &str) -> Option<String> {
        let rng = &mut self.rng;
        let choices: &[&str] = match name {
            "maturity" => &["1", "2", "3", "7"],
            "recipient_class" => &["private_staff", "public_official", "healthcare_professional"],
            "state" => &["planned", "given", "returned"],
            "value" => &["3 USD", "9.50 USD", "12 USD", "30 USD", "100 CNY"],
            "branded" => &["true", "false"],
            "planned_at" | "given_at" | "check_in_at" => {
                let (month, day) = (rng.random_range(1..13), rng.random_range(1..29));
                return Some(format!("2026-{month:02}-{day:02} 09:30"));
            }
            "due_on" | "next_visit_on" => return Some(format!("2026-12-{:02}", rng.random_range(1..29))),
            _ => return None,
        };
        choices.choose(rng).map(|choice| (*choice).to_owned())
    }

    /// Some of the fields of a new record that practice derives from.
    fn meaning(&mut self, kind: &str, mut fields: Fields) -> Fields {
        let store = self.phones[0].store().clone();
        for field in store.schema().kind(kind).unwrap().fields() {
            if self.rng.random_bool(0.6)
                && let Some(text) = self.telling(field.name)
                && let Some(value) = field.parse(&text, store.defaults()).unwrap()
            {
                fields.set(field.name, value);
            }
        }
        fields
    }

    /// A manager changes a number of the playbook.
    fn change_the_rules(&mut self, phone: usize) {
        let store = self.phones[phone].store().clone();
        let Ok(playbook) = store.playbook() else { return };
        let mut settings = match playbook.fields.get("settings") {
            Some(Value::Map(settings)) => settings.clone(),
            _ => Default::default(),
        };
        let (name, text) = *[
            ("gift.us_tax.cap_per_year", "10 USD"),
            ("gift.us_tax.cap_per_year", "40 USD"),
            ("gift.house.cap_per_gift", "11 USD"),
            ("cadence.3", "4-6"),
            ("zone", "America/New_York"),
        ]
        .choose(&mut self.rng)
        .unwrap();
        settings.insert(name.to_owned(), text.to_owned());
        let saved = store.edit(Edit::of(&playbook).set("settings", Value::Map(settings)));
        self.done(phone, "playbook", saved);
    }

    /// Changes one to three fields: scalars, texts, sets, items.
    fn changes(&mut self, record: &Record, store: &Store) -> Edit {
        let kind = store.schema().kind(record.kind).unwrap();
        let names = [
            "name",
            "notes",
            "region",
            "purpose",
            "outcome",
            "tags",
            "competitors",
            "stage",
            "subject",
            "item",
            "meaning",
            "maturity",
            "recipient_class",
            "state",
            "value",
            "planned_at",
            "given_at",
            "next_visit_on",
            "due_on",
        ];
        let mut edit = Edit::of(record);
        for _ in 0..self.rng.random_range(1..4) {
            let name = *names.choose(&mut self.rng).unwrap();
            let Some(field) = kind.field(name) else { continue };
            if let Some(text) = self.telling(name) {
                edit.fields.insert(name.to_owned(), field.parse(&text, store.defaults()).unwrap());
                continue;
            }
            let text = self.text();
            let value = match name {
                "notes" | "meaning" => {
                    let mut old: Vec<char> = record.fields.text(name).unwrap_or_default().chars().collect();
                    let at = self.rng.random_range(0..=old.len());
                    let cut = self.rng.random_range(0..=(old.len() - at).min(3));
                    old.splice(at..at + cut, text.chars());
                    Value::Text(old.into_iter().collect())
                }
                "tags" => match record.fields.get(name) {
                    Some(Value::Set(set)) if !set.is_empty() && self.rng.random_bool(0.4) => {
                        let mut set = set.clone();
                        set.pop_first();
                        Value::Set(set)
                    }
                    Some(Value::Set(set)) => {
                        let mut set = set.clone();
                        set.insert(text);
                        Value::Set(set)
                    }
                    _ => Value::Set([text].into()),
                },
                "competitors" => changed_items(record, name, &text, self.rng.random_range(0..3)),
                "stage" => {
                    let stages = ["lead", "qualified", "proposal", "negotiation"];
                    Value::Text((*stages.choose(&mut self.rng).unwrap()).to_owned())
                }
                _ => Value::Text(text),
            };
            edit.fields.insert(name.to_owned(), Some(value));
        }
        edit
    }

    fn edit(&mut self, phone: usize) {
        let Some(record) = self.any_record(phone, Show::Live) else { return };
        let store = self.phones[phone].store().clone();
        let edit = self.changes(&record, &store);
        let saved = store.edit(edit);
        self.done(phone, "edit", saved);
    }

    fn open_form(&mut self, phone: usize) {
        if let Some(record) = self.any_record(phone, Show::Live) {
            self.phones[phone].forms.push(record);
        }
    }

    fn save_form(&mut self, phone: usize) {
        let Some(record) = self.phones[phone].forms.pop() else { return };
        let store = self.phones[phone].store().clone();
        let edit = self.changes(&record, &store);
        let saved = store.edit(edit);
        self.done(phone, "form", saved);
    }

    fn delete_or_restore(&mut self, phone: usize) {
        let restore = self.rng.random_bool(0.5);
        let show = if restore { Show::Deleted } else { Show::Live };
        let Some(record) = self.any_record(phone, show) else { return };
        let store = self.phones[phone].store();
        let saved = if restore { store.restore(record.id) } else { store.delete(record.id, "重复") };
        self.done(phone, if restore { "restore" } else { "delete" }, saved);
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

    fn fate(&mut self) -> Fate {
        match self.rng.random_range(0..20) {
            0 => Fate::RequestLost,
            1 => Fate::AnswerLost,
            2 => Fate::Repeated,
            3 => Fate::Delayed,
            4 => Fate::Cut,
            _ => Fate::Good,
        }
    }

    /// A phone syncs: until it is done, the network fails it, or it loses patience.
    pub(super) async fn sync(&mut self, phone: usize, faults: bool) {
        if self.phones[phone].ended || self.phones[phone].engine.begin().is_err() {
            return;
        }
        // Killed after it had obeyed an order, before it knew.
        if self.phones[phone].store().identity().is_ok_and(|identity| identity.is_none()) {
            self.phones[phone].ended = true;
            return;
        }
        let patience = if faults { self.rng.random_range(1..6) } else { 200 };
        for _ in 0..patience {
            let fate = if faults { self.fate() } else { Fate::Good };
            let next = self.request(phone, fate).await;
            self.note(format!("{} sync {fate:?} {next:?}", self.phones[phone].name));
            match next {
                Ok(Next::Ask) => {}
                Ok(Next::Stop(_)) => {
                    self.phones[phone].ended = true;
                    return;
                }
                Ok(Next::Wait(_)) if !faults => {}
                Ok(_) => return,
                Err(error) => {
                    assert!(self.phones[phone].killer.is_dead(), "{}: {error}", self.phones[phone].name);
                    return;
                }
            }
        }
        assert!(faults, "{} does not come to an end", self.phones[phone].name);
    }

    async fn hand_over(&mut self) {
        let Some(account) = self.accounts.iter().copied().choose(&mut self.rng) else { return };
        let books = self.books().await;
        let owned: Vec<_> = books.iter().filter(|book| book.owner.is_some()).collect();
        let to = owned.choose(&mut self.rng).unwrap().id;
        for from in owned.iter().map(|book| book.id).filter(|from| *from != to) {
            let new = NewMove { from, to, roots: vec![account] };
            // A planted failure of the relay's commit may refuse it.
            let _ = self.relay.storage().admin(AdminCall::Move(new), self.time()).await;
        }
        self.note(format!("move {account} to {to}"));
    }

    pub(super) fn decide(&mut self, phone: usize) {
        let proposals = self.phones[phone].store().proposals().unwrap();
        let Some(proposal) = proposals.choose(&mut self.rng) else { return };
        let accept = self.rng.random_bool(0.6);
        let done = self.phones[phone].store().decide(proposal, accept, Some("看过"));
        self.note(format!("{} decides {accept} on {}: {done:?}", self.phones[phone].name, proposal.record));
    }

    fn kill(&mut self, phone: usize) {
        let point = if self.rng.random_bool(0.5) { CommitPoint::Before } else { CommitPoint::After };
        let commits = self.rng.random_range(1..4);
        self.phones[phone].killer.arm(commits, point);
        self.note(format!("{} will be killed {point:?} its commit {commits}", self.phones[phone].name));
    }

    /// A phone is replaced: the old one hands its work in, the member gets another. Never the director's: it is the
    /// one that sees everything at the end.
    async fn retire(&mut self, phone: usize) {
        let member = self.phones[phone].member;
        let Some(index) = self.members.iter().position(|m| m.id == member).filter(|index| *index > 0) else {
            return;
        };
        let Ok(Some(identity)) = self.phones[phone].store().identity() else { return };
        let order = AdminCall::Order(identity.device, NewOrder { order: Order::Retire });
        if self.phones[phone].ended || self.relay.storage().admin(order, self.time()).await.is_err() {
            return;
        }
        self.note(format!("{} is retired", self.phones[phone].name));
        self.failing.store(0, Ordering::Relaxed);
        self.phone(index).await;
    }
}

fn changed_items(record: &Record, name: &str, text: &str, what: u32) -> Value {
    let mut items = match record.fields.get(name) {
        Some(Value::Items(items)) => items.clone(),
        _ => Vec::new(),
    };
    match what {
        0 if !items.is_empty() => {
            items.remove(0);
        }
        1 if !items.is_empty() => {
            items[0].fields = Fields::new().with("name", text);
        }
        _ => items.push(Item::new(Fields::new().with("name", text))),
    }
    Value::Items(items)
}
