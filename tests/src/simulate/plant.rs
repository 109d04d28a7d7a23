//! Bugs planted on purpose: each breaks one promise, and the checks must notice.

use roadbook_core::model::BookId;
use roadbook_core::wire::SyncAnswer;
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
}

impl Plant {
    /// Every bug, and what the checks say of it.
    pub const ALL: [(Self, &str); 11] = [
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
    ];
}

impl World {
    /// What a planted bug does in the middle of everything.
    pub(super) async fn spoil_midway(&mut self) {
        match self.plant {
            Some(Plant::DeviceBelievesSent) => {
                self.spoil_phones("UPDATE change SET state = 1, number = 1 WHERE state = 0")
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
            Some(Plant::RowIsStale) => self.spoil_phones("UPDATE record_account SET name = 'as it was before'"),
            Some(Plant::RowIsMissing) => self.spoil_phones("DELETE FROM record_account"),
            Some(Plant::ClashIsMiscounted) => self.spoil_phones("UPDATE record_account SET clashes = clashes + 1"),
            Some(Plant::DerivedIsStale) => self.spoil_phones("DELETE FROM finding; DELETE FROM due"),
            _ => {}
        }
    }

    fn spoil_phones(&self, sql: &str) {
        for phone in &self.phones {
            Connection::open(phone.file())
                .unwrap()
                .execute_batch(sql)
                .unwrap();
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
