//! What must hold when everybody has exchanged everything.

use std::collections::BTreeSet;

use roadbook_core::model::{BookId, ChangeId, MemberId, RecordId};
use roadbook_core::wire::Secret;
use roadbook_core::{LedgerState, Query};
use rusqlite::{Connection, OptionalExtension};

use super::newer;
use super::phone::Phone;
use super::world::World;
use crate::replica::{replica, replica_in};

impl World {
    /// How many snapshots stand on the relay.
    pub(super) fn snapshots(&self) -> usize {
        Connection::open(self.relay_file())
            .and_then(|db| db.query_row("SELECT count(*) FROM snapshot", [], |row| row.get(0)))
            .unwrap_or_default()
    }

    /// No faults any more: everybody comes back, decides what is open, and syncs until nothing moves.
    pub(super) async fn settle(&mut self) {
        self.heal();
        self.start_relay().await;
        for phone in &mut self.phones {
            phone.reopen();
            phone.network.forget_late();
            phone.background = None;
            if !phone.ended {
                phone.store().subscribe(None).unwrap();
            }
        }
        self.see_what_is_lost().await;
        self.give_away_what_was_left().await;
        for round in 0..8 {
            for phone in 0..self.phones.len() {
                self.sync(phone, false).await;
                if round < 5 {
                    while self.open_proposals(phone) {
                        self.decide(phone);
                    }
                }
            }
        }
    }

    fn open_proposals(&self, phone: usize) -> bool {
        !self.phones[phone].ended && !self.phones[phone].store().proposals().unwrap().is_empty()
    }

    pub(super) async fn check(&self) {
        let relay = Connection::open(self.relay_file()).unwrap();
        self.check_companies();
        self.check_ledgers(&relay);
        for ((record, change), phone) in &self.saved {
            let kept = in_log(&relay, *record, *change)
                || is_purged(&relay, *record)
                || self.once_purged.contains(record)
                || self.kept_for_export(*phone, *record, *change)
                || refused(&relay, *record, *change)
                || self.cannot_give(*phone, *change)
                || self.phones[*phone].ended
                    && (self.once_refused.contains(&(*record, *change))
                        || refused_before(&relay, *record, self.phones[*phone].member.id));
            assert!(kept, "{}: the change {change:?} of {record} is lost", self.phones[*phone].name);
        }
        let stranded = "SELECT 1 FROM entry e JOIN document d ON d.key = e.document
            WHERE e.what = 0 AND d.purged = 0 AND e.at >> 40 <> d.book";
        assert!(!exists(&relay, stranded, []), "changes of a record that moved are stranded in its old book");
        // What hangs on an account is in its book, or a handover would leave it behind. Not what was hung on one that was being
        // handed over at that moment; nor what a phone gave back to a restored relay whose app does not know its kind, and so not
        // its account.
        let behind: Vec<RecordId> = relay
            .prepare(
                "SELECT d.id FROM document d JOIN document r ON r.id = d.root
                 WHERE d.purged = 0 AND r.purged = 0 AND d.book <> r.book AND d.rooted IS NULL",
            )
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .filter(|record| {
                let unknown = self.unrooted.contains(record) && self.is_of_the_next_version(*record);
                !(self.restored && unknown)
            })
            .collect();
        assert_eq!(behind, [], "a record is in another book than the account it hangs on");
        self.check_roots(&relay);
        for (book, member) in &self.revoked {
            let granted =
                "SELECT 1 FROM granted g JOIN book b ON b.key = g.book WHERE b.id = ?1 AND g.member = ?2";
            assert!(!exists(&relay, granted, (book, member)), "a revoked right is back: {member} in {book}");
        }
        let director = &self.phones[0];
        assert_eq!(director.member.id, self.members[0].id);
        let unverified_there = records(director, UNVERIFIED);
        for phone in self.phones.iter().filter(|phone| phone.is_stolen()) {
            assert!(phone.ended, "{} was not wiped", phone.name);
            let left = Connection::open(phone.file()).unwrap();
            // A relay that does not know its token, as a backup of either is older, tells it nothing and takes nothing from it.
            if !knows(&relay, &left) {
                continue;
            }
            for table in ["document", "change", "kept", "record_account", "search", "stale"] {
                assert!(!exists(&left, &format!("SELECT 1 FROM {table}"), []), "{}: {table}", phone.name);
            }
        }
        let all_books: Vec<BookId> = relay
            .prepare("SELECT id FROM book")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (index, phone) in self.phones.iter().enumerate().filter(|(_, phone)| !phone.ended) {
            let name = &phone.name;
            let store = phone.store();
            let status = store.status().unwrap();
            let aside = store.aside().unwrap();
            // What builds on a change that went with the only disk waits for it for ever.
            let waits = records(phone, "c.state = 5");
            // Or that was refused in the tray that a restored relay was given it back in, when a colleague's had come to a log.
            let expected = |record: &RecordId| {
                self.gone_with_a_disk.contains(record)
                    || self.restored && exists(&relay, "SELECT 1 FROM refused WHERE document = ?1", [record])
            };
            let for_nothing: Vec<_> = waits.iter().filter(|record| !expected(record)).collect();
            assert!(for_nothing.is_empty(), "{name}: waiting or aside: {for_nothing:?} {status:?}");
            assert_eq!(status.aside, 0, "{name}: waiting or aside: {status:?} {aside:?}");
            assert!(!store.has_unsent_work().unwrap(), "{name} has unsent work");
            // Only a late edit to a record that was purged meanwhile may stay: it can be exported, never sent. And what was
            // written under a right that a restored relay has forgotten: it is sent once that is granted again.
            let writable = records(phone, "b.\"right\" <> 'reader'");
            for lane in store.quarantined().unwrap() {
                let forgotten = self.restored && lane.code == "forbidden" && !writable.contains(&lane.record);
                assert!(forgotten || lane.code == "purged", "{name}: {lane:?}");
            }
            assert_eq!(store.check().unwrap(), [], "{name}: query rows are not what documents say");
            store.verify().unwrap_or_else(|error| panic!("{name}: {error}"));
            for account in store.list(&Query::new("account").page(20, 0)).unwrap() {
                let found = store.search(account.fields.text("name").unwrap(), u32::MAX, 0).unwrap();
                assert!(found.iter().any(|hit| hit.id == account.id), "{name}: search misses {}", account.id);
            }
            // Access is what the organisation says, no more and no less.
            let held: BTreeSet<_> = store.books().unwrap().into_iter().map(|book| book.id).collect();
            let access = self.org(index).await.books_of(phone.member.id, self.time());
            let allowed: BTreeSet<_> = access.into_iter().map(|book| book.id).collect();
            assert_eq!(held, allowed, "{name}: books");
            let books: Vec<_> = held.into_iter().collect();
            let unverified = records(phone, UNVERIFIED);
            let mine = replica(store, &books);
            // Nobody else reads what the other company's only member writes.
            let theirs = match phone.member.workspace == director.member.workspace {
                true => replica_in(director.store(), &books, store.schema()),
                false => mine.clone(),
            };
            for record in mine.keys().chain(theirs.keys()) {
                if self.gone_with_a_disk.contains(record)
                    || unverified.contains(record)
                    || unverified_there.contains(record)
                {
                    continue;
                }
                let (mine, theirs) = (mine.get(record), theirs.get(record));
                assert_eq!(mine, theirs, "{name} and the director differ in {record}");
            }
            assert_eq!(
                replica(store, &all_books).len(),
                mine.len(),
                "{name} holds a record of no book of theirs"
            );
        }
    }

    /// The relay knows what hangs on which account.
    fn check_roots(&self, relay: &Connection) {
        let director = self.phones[0].store();
        let mut statement =
            relay.prepare("SELECT id, root FROM document WHERE rooted IS NOT NULL AND purged = 0").unwrap();
        let hung = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        for (record, root) in hung.map(Result::<(RecordId, RecordId), _>::unwrap) {
            let Some(known) = director.find(record).unwrap() else { continue };
            if !self.gone_with_a_disk.contains(&record) {
                assert_eq!(known.fields.link("account"), Some(root), "the relay believes {record} elsewhere");
            }
        }
    }

    /// No company has a record of another one.
    fn check_companies(&self) {
        for phone in self.phones.iter().filter(|phone| !phone.ended) {
            for ((record, _), author) in &self.saved {
                let foreign = phone.member.workspace != self.phones[*author].member.workspace;
                let found = foreign && phone.store().find(*record).unwrap().is_some();
                assert!(!found, "{} has {record} of another company", phone.name);
            }
        }
    }

    /// A ledger never claims more than is true.
    fn check_ledgers(&self, relay: &Connection) {
        for (record, change) in self.saved.keys() {
            for phone in self.phones.iter().filter(|phone| !phone.ended) {
                let Ok(ledger) = phone.store().ledger(*record) else { continue };
                for entry in ledger.iter().filter(|entry| entry.change == *change) {
                    let claims = matches!(entry.state, LedgerState::Accepted | LedgerState::Delivered);
                    assert!(
                        !claims || in_log(relay, *record, *change) || is_purged(relay, *record),
                        "{} claims {:?} for {record}",
                        phone.name,
                        entry.state
                    );
                    for delivery in &entry.delivered {
                        assert!(
                            confirmed(relay, *record, *change, delivery.member),
                            "{} claims that {} holds {record}",
                            phone.name,
                            delivery.member
                        );
                    }
                    assert_ne!(entry.state, LedgerState::InReview, "{}: {record} is stuck", phone.name);
                }
            }
        }
    }

    fn is_of_the_next_version(&self, record: RecordId) -> bool {
        let phones = self.phones.iter().filter(|phone| phone.newer && !phone.ended);
        phones
            .map(|phone| phone.store())
            .any(|store| store.find(record).is_ok_and(|found| found.is_some_and(|r| r.kind == newer::KIND)))
    }

    /// Still on its phone, where it is shown and waits for a right.
    fn cannot_give(&self, phone: usize, change: ChangeId) -> bool {
        !records(&self.phones[phone], &format!("c.hash = x'{change}' AND ({UNVERIFIED})")).is_empty()
    }

    /// On the phone that made it, refused in review or quarantined: shown and exportable. Or unsent on one that was retired, and
    /// that began again with its backup: it waits for another invitation.
    fn kept_for_export(&self, phone: usize, record: RecordId, change: ChangeId) -> bool {
        let Ok(ledger) = self.phones[phone].store().ledger(record) else { return false };
        ledger.iter().any(|entry| {
            let kept = matches!(entry.state, LedgerState::Refused | LedgerState::Quarantined);
            entry.change == change && (kept || self.phones[phone].ended && entry.state == LedgerState::Saved)
        })
    }
}

/// Changes that a restored relay lacks, and that a phone cannot give it back: it only reads there, perhaps since a grant has
/// expired, or the right under which they were written is forgotten.
const UNVERIFIED: &str = "c.state = 4 AND b.\"right\" = 'reader'
    OR c.state = 0 AND EXISTS (SELECT 1 FROM lane l WHERE l.doc = c.doc AND l.code = 'forbidden')";

/// The records of a phone that have a change like this.
fn records(phone: &Phone, condition: &str) -> BTreeSet<RecordId> {
    let db = Connection::open(phone.file()).unwrap();
    let sql = format!(
        "SELECT d.id FROM change c JOIN document d ON d.doc = c.doc LEFT JOIN book b ON b.id = d.book WHERE {condition}"
    );
    let mut statement = db.prepare(&sql).unwrap();
    let records = statement.query_map([], |row| row.get(0)).unwrap();
    records.map(Result::unwrap).collect()
}

fn exists(relay: &Connection, sql: &str, params: impl rusqlite::Params) -> bool {
    relay.prepare_cached(sql).unwrap().exists(params).unwrap()
}

fn in_log(relay: &Connection, record: RecordId, change: ChangeId) -> bool {
    let sql = "SELECT 1 FROM entry e JOIN document d ON d.key = e.document
        WHERE d.id = ?1 AND e.change = ?2 AND e.what = 0";
    exists(relay, sql, (record, change))
}

/// Whether a member's cursor has been past a change, as far as the relay was told.
fn confirmed(relay: &Connection, record: RecordId, change: ChangeId, member: MemberId) -> bool {
    let sql =
        "SELECT 1 FROM receipt r JOIN entry e ON e.at >> 40 = r.book AND e.at & 0xffffffffff <= r.number
        JOIN document d ON d.key = e.document
        WHERE d.id = ?1 AND e.change = ?2 AND e.what = 0 AND r.member = ?3";
    exists(relay, sql, (record, change, member)) || is_purged(relay, record)
}

pub(super) fn is_purged(relay: &Connection, record: RecordId) -> bool {
    exists(relay, "SELECT 1 FROM document WHERE id = ?1 AND purged = 1", [record])
}

/// Whether the relay knows a phone by the token it has, if it has one.
pub(super) fn knows(relay: &Connection, phone: &Connection) -> bool {
    let token =
        phone.query_row("SELECT value FROM meta WHERE name = 'token'", [], |row| row.get::<_, String>(0));
    let Some(token) = token.optional().unwrap().and_then(|token| Secret::parse(&token)) else { return true };
    exists(relay, "SELECT 1 FROM device WHERE token = ?1 OR next_token = ?1", [&token.hash().0[..]])
}

/// Refused by a reviewer; its author's phone may have ended since.
pub(super) fn refused(relay: &Connection, record: RecordId, change: ChangeId) -> bool {
    exists(relay, "SELECT 1 FROM refused WHERE document = ?1 AND change = ?2", (record, change))
}

/// What a member built on a refused change of theirs is taken back with that on its device, and only there: it goes when that
/// is retired.
fn refused_before(relay: &Connection, record: RecordId, member: MemberId) -> bool {
    let sql =
        "SELECT 1 FROM refused r JOIN device d ON d.key = r.device WHERE r.document = ?1 AND d.member = ?2";
    exists(relay, sql, (record, member))
}

fn in_tray(relay: &Connection, record: RecordId, change: ChangeId) -> bool {
    exists(relay, "SELECT 1 FROM tray WHERE document = ?1 AND change = ?2 AND what = 0", (record, change))
}

/// Whether the relay has taken a change, wherever it went.
pub(super) fn at_relay(relay: &Connection, (record, change): (RecordId, ChangeId)) -> bool {
    in_log(relay, record, change)
        || in_tray(relay, record, change)
        || is_purged(relay, record)
        || refused(relay, record, change)
}
