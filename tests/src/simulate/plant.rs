//! Bugs planted on purpose: each breaks one promise, and the checks must notice.

use roadbook_core::model::{BookId, Fields};
use roadbook_core::wire::{Grant, Order, Right, SyncAnswer};
use roadbook_core::{Edit, New};
use roadbook_server::relay::AdminCall;
use rusqlite::Connection;

use super::world::World;

/// A bug of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// The relay forgets a change it acknowledged.
    RelayForgets,
    /// A device believes that its unsent work was accepted.
    DeviceBelievesSent,
    /// A save returns before it is durable: a power cut takes it.
    SaveIsNotDurable,
    /// The relay serves a page of a book that is not the member's.
    RelayLeaks,
    /// A device keeps a book after access to it ended.
    DeviceKeepsBook,
    /// A device skips entries and moves its cursor past them.
    CursorRunsAhead,
    /// A merge is not written into the query row.
    RowIsStale,
    /// A row is not written at all.
    RowIsMissing,
    /// A clash is swallowed, or made up.
    ClashIsMiscounted,
    /// What the practice derives is not recomputed.
    DerivedIsStale,
    /// A move leaves a record's changes in the old book.
    MoveStrands,
    /// A disk says that it has synced, and has not: the next power cut takes what was saved.
    DiskLies,
    /// A phone restored from a backup goes on with the actor it had: its sequence numbers come twice.
    RestoredPhoneRepeats,
    /// The ledger says that a colleague holds what nobody has confirmed.
    LedgerBoasts,
    /// A relay restored from a backup gives back a right that was revoked since: the journal beside it is lost.
    RestoreForgetsRevocations,
    /// A device that is to wipe itself goes on as before.
    DeviceIgnoresWipe,
    /// A book comes to another company.
    CompaniesMix,
    /// The relay forgets the tokens of its devices.
    RelayForgetsTokens,
}

impl Plant {
    /// Every bug, and what the checks say of it.
    pub const ALL: [(Self, &str); 18] = [
        (Self::RelayForgets, "claims"),
        (Self::DeviceBelievesSent, "claims"),
        (Self::SaveIsNotDurable, "is lost"),
        (Self::RelayLeaks, "a page of a book it may not read"),
        (Self::DeviceKeepsBook, "books"),
        (Self::CursorRunsAhead, "differ in"),
        (Self::RowIsStale, "query rows are not what documents say"),
        (Self::RowIsMissing, "query rows are not what documents say"),
        (Self::ClashIsMiscounted, "query rows are not what documents say"),
        (Self::DerivedIsStale, "query rows are not what documents say"),
        (Self::MoveStrands, "are stranded"),
        (Self::DiskLies, "is lost"),
        (Self::RestoredPhoneRepeats, "waiting or aside"),
        (Self::LedgerBoasts, "claims that"),
        (Self::RestoreForgetsRevocations, "a revoked right is back"),
        (Self::DeviceIgnoresWipe, "was not wiped"),
        (Self::CompaniesMix, "of another company"),
        (Self::RelayForgetsTokens, "stops, though the relay has its journal"),
    ];
}

impl World {
    /// What a planted bug does in the middle of everything.
    pub(super) async fn spoil_midway(&mut self) {
        match self.plant {
            Some(Plant::DeviceBelievesSent) => {
                self.spoil_phones("UPDATE change SET state = 1, number = 1 WHERE state = 0")
            }
            Some(Plant::DiskLies) => {
                self.heal();
                for phone in 0..self.phones.len() {
                    self.phones[phone].reopen();
                    self.phones[phone].stop();
                    self.phones[phone].disk.lie();
                    self.phones[phone].reopen();
                    self.create(phone);
                    self.phones[phone].disk.cut();
                    self.phones[phone].reopen();
                }
            }
            Some(Plant::RestoredPhoneRepeats) => self.restore_with_the_same_actor().await,
            Some(Plant::RestoreForgetsRevocations) => self.restore_without_the_journal().await,
            Some(Plant::CompaniesMix) => self.spoil_relay(
                "UPDATE book SET workspace = (SELECT max(key) FROM workspace) WHERE key = (SELECT min(at >> 40) FROM entry)",
            ),
            Some(Plant::RelayForgetsTokens) => {
                self.heal();
                self.spoil_relay("UPDATE device SET token = NULL, next_token = NULL WHERE ended = 0")
            }
            Some(Plant::SaveIsNotDurable) => self.spoil_phones("DELETE FROM change WHERE state = 0"),
            Some(Plant::CursorRunsAhead) => {
                let relay = Connection::open(self.relay_file()).unwrap();
                let heads = "SELECT id, head, digest FROM book WHERE head > 0";
                let mut statement = relay.prepare(heads).unwrap();
                let books: Vec<(BookId, i64, Vec<u8>)> = statement
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                // The director's, who reads every book.
                let phone = Connection::open(self.phones[0].file()).unwrap();
                for (book, head, digest) in books {
                    let skip =
                        "UPDATE cursor SET number = ?2, digest = ?3 WHERE book = ?1 AND log = 'entries'";
                    phone.execute(skip, (book, head, digest)).unwrap();
                }
            }
            _ => {}
        }
    }

    /// What one does at the end of everything.
    pub(super) fn spoil_end(&mut self) {
        match self.plant {
            Some(Plant::RelayForgets) => self.spoil_relay("DELETE FROM entry WHERE what = 0 AND at % 3 = 0"),
            Some(Plant::MoveStrands) => self.spoil_relay(
                "UPDATE document SET book = (SELECT max(key) FROM book WHERE key <> document.book)
                 WHERE key = (SELECT max(document) FROM entry WHERE what = 0)",
            ),
            Some(Plant::DeviceKeepsBook) => self.spoil_phones(
                "INSERT INTO book (id, name, \"right\", common, reviews) VALUES (zeroblob(16), '', 'reader', 0, 0)",
            ),
            Some(Plant::LedgerBoasts) => self.spoil_phones(
                "INSERT OR REPLACE INTO receipt (book, member, number, at) SELECT id, zeroblob(16), 1000000, 0 FROM book",
            ),
            Some(Plant::RowIsStale) => self.spoil_phones("UPDATE record_account SET name = 'as it was before'"),
            Some(Plant::RowIsMissing) => self.spoil_phones("DELETE FROM record_account"),
            Some(Plant::ClashIsMiscounted) => self.spoil_phones("UPDATE record_account SET clashes = clashes + 1"),
            Some(Plant::DeviceIgnoresWipe) => {
                let phone = self.phones.iter_mut().rfind(|phone| !phone.ended);
                phone.unwrap().ordered = Some(Order::Wipe);
            }
            Some(Plant::DerivedIsStale) => self.spoil_phones("DELETE FROM finding; DELETE FROM due"),
            _ => {}
        }
    }

    /// The director's phone: an edit after the backup reaches the relay; then, restored, it makes another.
    async fn restore_with_the_same_actor(&mut self) {
        self.heal();
        self.see_to_the_relay().await;
        self.phones[0].reopen();
        let fields = Fields::new().with("name", "百草堂");
        let account = self.phones[0].store().create(New::new("account", fields)).unwrap().id;
        let opened = self.phones[0].opened;
        self.phones[0].reopen();
        self.phones[0].back_up();
        for region in ["北", "南"] {
            let store = self.phones[0].store().clone();
            let record = store.get(account).unwrap();
            store.edit(Edit::of(&record).set("region", region)).unwrap();
            drop(store);
            self.sync(0, false).await;
            let backup = self.phones[0].backup.take().unwrap();
            self.phones[0].opened = opened;
            self.phones[0].restore(backup.path());
            self.phones[0].backup = Some(backup);
        }
    }

    async fn restore_without_the_journal(&mut self) {
        self.heal();
        self.see_to_the_relay().await;
        let (book, member) = (self.members[1].book, self.members[2].id);
        let grant = Grant { member, right: Right::Editor, expires_at: None };
        self.admin(AdminCall::PutGrant(book, grant)).await.unwrap();
        self.back_up_relay();
        self.administer(AdminCall::DeleteGrant(book, member)).await.unwrap();
        std::fs::remove_file(self.relay_folder.path().join("revocations.jsonl")).unwrap();
        self.restore_relay().await;
    }

    fn spoil_phones(&self, sql: &str) {
        for phone in &self.phones {
            Connection::open(phone.file()).unwrap().execute_batch(sql).unwrap();
        }
    }

    fn spoil_relay(&self, sql: &str) {
        Connection::open(self.relay_file()).unwrap().execute_batch(sql).unwrap();
    }
}

/// What a bug does to an answer on its way; says whether it did.
pub(super) fn spoil_answer(plant: Option<Plant>, answer: &mut SyncAnswer) -> bool {
    if plant == Some(Plant::RelayLeaks) {
        answer.pages.iter_mut().for_each(|page| page.next.book = BookId::NIL);
    }
    plant == Some(Plant::RelayLeaks)
}
