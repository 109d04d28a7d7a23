//! What a relay that is not ours, a proxy or a bad line may answer.

use std::collections::HashSet;
use std::fs;

use roadbook_spoilt::{Spoil, bytes, value};
use serde_json::Value as Json;

use super::*;
use crate::model::ChangeId;
use crate::sync::Engine;
use crate::wire::{
    Ack, BookPage, ChangeEntry, Chunk, Cursor, Digest, HeldEntry, Log, MovedEntry, PurgedEntry,
    RejectionClass, Replaced, Snapshot, SyncAnswer, Verdict, WholeDocument, decode, encode, read_body,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

/// What a relay answered devices of one workspace.
fn recorded() -> Vec<SyncAnswer> {
    let exchanges = fs::read_to_string(format!("{FIXTURES}/conversations/4-6/exchanges.jsonl")).unwrap();
    let exchanges = exchanges.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    exchanges
        .filter(|exchange| exchange["path"] == "/v1/sync")
        .map(|exchange| {
            let hex = exchange["answer"].as_str().unwrap();
            let body: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            read_body(&body, exchange["answer_compressed"] == true).unwrap()
        })
        .collect()
}

/// An answer with what the recorded ones lack, about a record of this store.
fn about(store: &Store) -> SyncAnswer {
    let record = store.list(&Query::new("account")).unwrap().remove(0);
    let (bytes, replaces) = store
        .inner
        .read(|db| Ok(changes::load(db, &find(db, record.id)?.unwrap())?.snapshot().unwrap()))
        .unwrap();
    let (book, document, member) = (record.book, record.id, 0);
    let whole = crate::document::changes_of_snapshot(&bytes).unwrap();
    let entry = |(at, change): (usize, &automerge::Change)| ChangeEntry {
        number: at as u64 + 1,
        document,
        member,
        offset: 3,
        change: None,
        chunk: Chunk::plain(change.raw_bytes()),
    };
    let snapshot = Snapshot {
        number: replaces.len() as u64,
        document,
        replaces: (1..=replaces.len() as u64).map(|number| Replaced { number, member, offset: 3 }).collect(),
        digest: Snapshot::digest_of(&replaces),
        chunk: Chunk::document(&bytes),
    };
    let (by, change) = (record.created_by.unwrap(), replaces[0]);
    let page = BookPage {
        next: Cursor { book, log: Log::Entries, number: 70, digest: Digest([7; 8]) },
        head: 90,
        changes: Vec::new(),
        snapshots: vec![snapshot.clone()],
        held: vec![HeldEntry { number: 60, document, change }],
        moved: vec![MovedEntry { number: 61, to: Some(book), documents: vec![document] }],
        purged: vec![PurgedEntry { number: 62, document: RecordId::NIL }],
    };
    let whole = WholeDocument {
        document,
        book: Some(book),
        snapshot: Some(snapshot),
        changes: whole.iter().enumerate().map(entry).collect(),
    };
    let verdict = Verdict {
        number: 40,
        document,
        changes: replaces,
        accepted: false,
        by,
        at: Some(MONDAY),
        book: Some(book),
        reason: Some(Chunk::text("因为")),
    };
    SyncAnswer {
        members: vec![by],
        pages: vec![page],
        documents: vec![whole],
        verdicts: vec![verdict],
        diverged: vec![(book, Log::Tray)],
        order: Some(crate::wire::Order::Retire),
        more: true,
        ..SyncAnswer::new(MONDAY)
    }
}

/// What this device made and nobody has.
fn unsent(store: &Store) -> HashSet<ChangeId> {
    let sql = "SELECT hash FROM change WHERE state = 0 OR state = 5 AND local = 1 AND number IS NULL
         UNION SELECT hash FROM kept WHERE state = 0";
    hashes(store, sql)
}

/// What an answer says to be in a log, of records that are not here once it was taken in: they moved out of sight.
fn gone_with_its_record(store: &Store, answer: &SyncAnswer) -> HashSet<ChangeId> {
    let pages = || answer.pages.iter();
    let entries = pages().flat_map(|page| &page.changes);
    let entries = entries.chain(answer.documents.iter().flat_map(|whole| &whole.changes));
    let mut logged: Vec<(RecordId, ChangeId)> =
        entries.filter_map(|entry| Some((entry.document, entry.chunk.plain_id().ok()?))).collect();
    logged.extend(pages().flat_map(|page| &page.held).map(|held| (held.document, held.change)));
    let snapshots = pages().flat_map(|page| &page.snapshots);
    for snapshot in snapshots.chain(answer.documents.iter().filter_map(|whole| whole.snapshot.as_ref())) {
        let changes = crate::document::changes_of_snapshot(snapshot.chunk.content()).unwrap_or_default();
        logged.extend(changes.iter().map(|change| (snapshot.document, ChangeId(change.hash().0))));
    }
    // What a reviewer accepted is in a log, too.
    let accepted = answer.verdicts.iter().filter(|verdict| verdict.accepted);
    logged.extend(
        accepted.flat_map(|verdict| verdict.changes.iter().map(|change| (verdict.document, *change))),
    );
    logged.retain(|(record, _)| store.inner.read(|db| find(db, *record)).unwrap().is_none());
    logged.into_iter().map(|(_, change)| change).collect()
}

fn hashes(store: &Store, sql: &str) -> HashSet<ChangeId> {
    store
        .inner
        .read(|db| Ok(db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?))
        .unwrap()
}

/// Every row of every table of the file.
fn everything(store: &Store) -> Vec<String> {
    store.inner.read(|db| Ok(roadbook_spoilt::everything(db)?)).unwrap()
}

/// An answer is taken in whole or changes nothing; what waits to be sent is still here unless the answer says that the relay has it.
#[test]
fn whatever_is_answered_is_taken_in_or_changes_nothing_and_loses_nothing() {
    let packed = fs::read(format!("{FIXTURES}/databases/4-6/wang.sqlite.zst")).unwrap();
    let file = zstd::decode_all(&packed[..]).unwrap();
    let opened = || {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), &file).unwrap();
        let store = crate::open(folder.path(), options(1), &mut |_, _| {}).unwrap();
        (folder, store)
    };
    let mut answers = recorded();
    answers.push(about(&opened().1));
    let others: Vec<Json> = answers.iter().map(|answer| serde_json::to_value(answer).unwrap()).collect();
    bolero::check!().with_type::<Vec<(u8, bool, Vec<Spoil>)>>().for_each(|told| {
        let told = told.iter().filter_map(|(which, as_bytes, spoils)| {
            let which = usize::from(*which) % answers.len();
            match as_bytes {
                true => decode::<SyncAnswer>(&bytes(&encode(&answers[which]).unwrap(), spoils)).ok(),
                false => serde_json::from_value(value(&others[which], &others, spoils)).ok(),
            }
        });
        let mut told = told.take(4).peekable();
        if told.peek().is_none() {
            return;
        }
        let (_folder, store) = opened();
        let mut engine = Engine::new(store.clone());
        for answer in told {
            let ask = engine.ask().unwrap();
            let (pushed, before) = (ask.request.pushes.clone(), everything(&store));
            let mut kept = unsent(&store);
            match engine.answer(ask, &answer) {
                Err(error) => {
                    assert!(matches!(error, Error::BadAnswer { .. }), "{error:?}");
                    assert_eq!(everything(&store), before);
                }
                Ok(_) => {
                    for (push, ack) in pushed.iter().zip(&answer.acks) {
                        let not_taken =
                            matches!(ack, Ack::Rejected(why) if why.class == RejectionClass::Transient);
                        if !not_taken {
                            kept.remove(&push.chunk.plain_id().unwrap());
                        }
                    }
                    let here = hashes(&store, "SELECT hash FROM change UNION SELECT hash FROM kept");
                    let gone = gone_with_its_record(&store, &answer);
                    kept.retain(|change| !here.contains(change) && !gone.contains(change));
                    assert!(kept.is_empty(), "{answer:?}");
                }
            }
            store.verify().unwrap();
            engine.begin().unwrap();
            // What it is told to erase is gone from here on.
            if store.order().unwrap().is_some() {
                break;
            }
        }
    });
}
