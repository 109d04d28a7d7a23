//! What people write: new records, edits, forms kept open, deletions.

use rand::RngExt;
use rand::seq::{IndexedRandom, IteratorRandom};
use roadbook_core::model::{BookId, Fields, Item, Record, Value};
use roadbook_core::{Edit, Error, New, Query, Show, Store};

use super::newer;
use super::world::World;

const WORDS: [&str; 8] = ["百草堂", "回春堂", "tea", "合同", "价格", "café", "样品", "交期"];

impl World {
    fn text(&mut self) -> String {
        let count = self.rng.random_range(1..5);
        (0..count).map(|_| *WORDS.choose(&mut self.rng).unwrap()).collect::<Vec<_>>().join(" ")
    }

    fn records(&self, phone: usize, kind: &str, show: Show) -> Vec<Record> {
        let mut query = Query::new(kind).page(500, 0);
        query.show = show;
        self.phones[phone].store().list(&query).unwrap()
    }

    fn any_record(&mut self, phone: usize, show: Show) -> Option<Record> {
        let mut kind = *["account", "account", "visit", "opportunity", "gift_note", "task", "contact"]
            .choose(&mut self.rng)
            .unwrap();
        if self.phones[phone].newer && self.rng.random_bool(0.2) {
            kind = newer::KIND;
        }
        self.records(phone, kind, show).into_iter().choose(&mut self.rng)
    }

    /// Now and then another book than the member's own.
    fn any_book(&mut self, phone: usize) -> Option<BookId> {
        let books = self.phones[phone].store().books().unwrap().into_iter();
        let writable = books.filter(|book| book.right.writes() && !book.leaving && !book.common);
        writable.map(|book| book.id).choose(&mut self.rng).filter(|_| self.rng.random_bool(0.2))
    }

    pub(super) fn create(&mut self, phone: usize) {
        let account = self.records(phone, "account", Show::Live).into_iter().choose(&mut self.rng);
        let text = self.text();
        let Some(account) = account.filter(|_| self.rng.random_bool(0.8)) else {
            let fields = Fields::new().with("name", text.as_str()).with("notes", text.as_str());
            let fields = self.meaning(phone, "account", fields);
            let mut new = New::new("account", fields);
            new.book = self.any_book(phone);
            let saved = self.phones[phone].store().create(new);
            if let Ok(saved) = &saved {
                self.accounts.insert(saved.id);
            }
            return self.done(phone, "account", saved);
        };
        let fields = Fields::new().with("account", account.id);
        let mut kind =
            *["visit", "contact", "opportunity", "gift_note", "task"].choose(&mut self.rng).unwrap();
        if self.phones[phone].newer && self.rng.random_bool(0.2) {
            kind = newer::KIND;
        }
        let fields = match kind {
            "visit" => fields.with("purpose", text.as_str()).with("notes", text.as_str()),
            "contact" => fields.with("name", text.as_str()),
            newer::KIND => fields.with("name", text.as_str()).with("notes", text.as_str()),
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
        let fields = self.meaning(phone, kind, fields);
        let saved = self.phones[phone].store().create(New::new(kind, fields));
        self.done(phone, kind, saved);
    }

    /// An account and visits to it in one transaction, as a file is taken in; or none of them.
    pub(super) fn import(&mut self, phone: usize) {
        let store = self.phones[phone].store().clone();
        let (text, visits) = (self.text(), self.rng.random_range(1..6));
        let given_up = self.rng.random_bool(0.2);
        let before = store.status();
        let saved = store.batch(|batch| {
            let account = batch.create(New::new("account", Fields::new().with("name", text.as_str())))?;
            let fields = Fields::new().with("account", account.id).with("purpose", text.as_str());
            let mut saved = batch.create_all(vec![New::new("visit", fields); visits])?;
            saved.push(account);
            if given_up { Err(Error::Cancelled) } else { Ok(saved) }
        });
        match saved {
            Ok(saved) => {
                self.accounts.extend(saved.last().map(|account| account.id));
                saved.into_iter().for_each(|saved| self.done(phone, "imported", Ok(saved)));
            }
            Err(error) => {
                let after = store.status();
                let same = before.ok().zip(after.ok()).is_none_or(|(before, after)| before == after);
                assert!(same || !given_up, "{}: a part of an import is there", self.phones[phone].name);
                self.note(format!("{} import failed: {error}", self.phones[phone].name));
            }
        }
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
    fn meaning(&mut self, phone: usize, kind: &str, mut fields: Fields) -> Fields {
        let store = self.phones[phone].store().clone();
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
    pub(super) fn change_the_rules(&mut self, phone: usize) {
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
            newer::FIELD,
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
                "notes" | "meaning" | newer::FIELD => {
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

    pub(super) fn edit(&mut self, phone: usize) {
        let Some(record) = self.any_record(phone, Show::Live) else { return };
        let store = self.phones[phone].store().clone();
        let edit = self.changes(&record, &store);
        let saved = store.edit(edit);
        self.done(phone, "edit", saved);
    }

    /// What was logged on the wrong account is hung on another one.
    pub(super) fn hang_elsewhere(&mut self, phone: usize) {
        let account = self.records(phone, "account", Show::Live).into_iter().choose(&mut self.rng);
        let (Some(record), Some(account)) = (self.any_record(phone, Show::Live), account) else { return };
        if record.kind == "account" || record.book != account.book {
            return;
        }
        let saved = self.phones[phone].store().edit(Edit::of(&record).set("account", account.id));
        self.done(phone, "hang elsewhere", saved);
    }

    pub(super) fn open_form(&mut self, phone: usize) {
        if let Some(record) = self.any_record(phone, Show::Live) {
            self.phones[phone].forms.push(record);
        }
    }

    pub(super) fn save_form(&mut self, phone: usize) {
        let Some(record) = self.phones[phone].forms.pop() else { return };
        let store = self.phones[phone].store().clone();
        let edit = self.changes(&record, &store);
        let saved = store.edit(edit);
        self.done(phone, "form", saved);
    }

    pub(super) fn delete_or_restore(&mut self, phone: usize) {
        let restore = self.rng.random_bool(0.5);
        let show = if restore { Show::Deleted } else { Show::Live };
        let Some(record) = self.any_record(phone, show) else { return };
        let store = self.phones[phone].store();
        let saved = if restore { store.restore(record.id) } else { store.delete(record.id, "重复") };
        self.done(phone, if restore { "restore" } else { "delete" }, saved);
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
