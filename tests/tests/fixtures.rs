//! Databases and conversations of every version so far, opened and replayed by this build.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use roadbook_core::Error;
use roadbook_core::model::RecordId;
use roadbook_core::sync::{Engine, Next};
use roadbook_core::wire::{self, Enrolled, SyncAnswer};
use roadbook_server::relay::{Relay, Storage as _};
use roadbook_tests::fixtures::{
    Exchange, FixtureClock, LATER, deliver, engine, folder, from_hex, lay_out, relay, schema_version, state,
    versions,
};
use tempfile::TempDir;

fn exchanges(version: &Path) -> Vec<Exchange> {
    let text = fs::read_to_string(version.join("exchanges.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ended(version: &Path) -> BTreeMap<String, BTreeMap<RecordId, String>> {
    serde_json::from_str(&fs::read_to_string(version.join("ended.json")).unwrap()).unwrap()
}

async fn sync(relay: &Relay, engine: &mut Engine) {
    engine.begin().unwrap();
    for _ in 0..60 {
        let ask = engine.ask().unwrap();
        let token = engine.credentials().unwrap().1;
        let (body, compressed) = wire::write_body(&ask.request).unwrap();
        let (status, compressed, body) =
            deliver(relay, "/v1/sync", Some(token.reveal()), body, compressed).await;
        assert_eq!(status, 200);
        let answer: SyncAnswer = wire::read_body(&body, compressed).unwrap();
        if engine.answer(ask, &answer).unwrap() == Next::Done {
            return;
        }
    }
    panic!("never ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_every_schema_open_and_sync() {
    let (mut recorded, mut present) = ((0, 0), (0, 0));
    for version in versions("databases") {
        let (home, clock) = (TempDir::new().unwrap(), FixtureClock::at(LATER));
        let home = home.path();
        lay_out(&version, home);
        let schemas = || {
            ["wang/roadbook.sqlite", "relay/relay.sqlite"].map(|file| schema_version(&home.join(file))).into()
        };
        recorded = recorded.max(schemas());
        let (relay, storage) = relay(&home.join("relay"), &clock).await;
        storage.health().await.unwrap();
        let mut devices: Vec<(&str, Engine)> = ["wang", "li", "zhao"]
            .into_iter()
            .zip(30..)
            .map(|(n, s)| (n, engine(&home.join(n), s, &clock)))
            .collect();
        for (name, device) in &devices {
            let store = device.store();
            store.verify().unwrap_or_else(|error| panic!("{name}: {error}"));
            let status = store.status().unwrap();
            assert!(status.unsent > 0 || *name == "li", "{name}: {status:?}");
        }
        present = schemas();
        assert_eq!(devices[2].1.store().clashes(None).unwrap().len(), 1);
        for place in [0, 1, 2, 0, 1, 2] {
            sync(&relay, &mut devices[place].1).await;
        }
        let ended = ended(&folder().join("conversations").join(version.file_name().unwrap()));
        for (name, device) in &devices {
            let store = device.store();
            store.verify().unwrap();
            assert!(!store.has_unsent_work().unwrap());
            assert_eq!(state(store), ended[*name], "{name}");
        }
    }
    assert_eq!(recorded, present, "what this build writes is recorded: cargo proof record-fixtures");
}

/// What an answer says that does not depend on when and by which device it was asked.
fn said(answer: &SyncAnswer) -> String {
    let pages: Vec<_> = answer
        .pages
        .iter()
        .map(|page| {
            let changes: Vec<_> =
                page.changes.iter().map(|c| (c.number, c.document, c.change, &c.chunk)).collect();
            format!(
                "{:?} {} {changes:?} {:?} {:?} {:?}",
                page.next, page.head, page.held, page.moved, page.purged
            )
        })
        .collect();
    let trays: Vec<_> =
        answer.trays.iter().map(|t| format!("{:?} {} {}", t.next, t.offered.len(), t.closed.len())).collect();
    let verdicts: Vec<_> =
        answer.verdicts.iter().map(|v| (v.number, v.document, v.accepted, &v.changes)).collect();
    format!(
        "{:?} {:?} {} {:?} {:?} {pages:#?} {trays:?} {} {verdicts:?} {:?} {}",
        answer.acks,
        answer.decided,
        answer.access.is_some(),
        answer.cursors_wanted,
        answer.diverged,
        answer.documents.len(),
        answer.order,
        answer.more
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_every_protocol_version_are_answered_as_they_were() {
    let mut spoken = 0;
    for version in versions("conversations") {
        let (home, clock) = (TempDir::new().unwrap(), FixtureClock::at(LATER));
        let home = home.path();
        lay_out(&version, home);
        let (relay, _storage) = relay(&home.join("relay"), &clock).await;
        for (place, exchange) in exchanges(&version).iter().enumerate() {
            let (status, compressed, body) = deliver(
                &relay,
                &exchange.path,
                exchange.token.as_deref(),
                from_hex(&exchange.request),
                exchange.request_compressed,
            )
            .await;
            let name = format!("exchange {place}, {} {}", exchange.device, exchange.path);
            assert_eq!(status, exchange.status, "{name}");
            let recorded = from_hex(&exchange.answer);
            if exchange.path == "/v1/enrol" {
                let read = |body: &[u8], compressed| wire::read_body::<Enrolled>(body, compressed).unwrap();
                let (now, then) = (read(&body, compressed), read(&recorded, exchange.answer_compressed));
                assert_eq!((now.member, now.access.digest), (then.member, then.access.digest), "{name}");
            } else {
                let read = |body: &[u8], compressed| wire::read_body::<SyncAnswer>(body, compressed).unwrap();
                let (now, then) = (read(&body, compressed), read(&recorded, exchange.answer_compressed));
                assert_eq!(said(&now), said(&then), "{name}");
                assert!(now.version <= then.version, "{name}: the lower of both versions");
                spoken = spoken.max(then.version);
            }
        }
    }
    assert_eq!(spoken, wire::VERSION, "what this build speaks is recorded: cargo proof record-fixtures");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_every_protocol_version_lead_where_they_led() {
    for version in versions("conversations") {
        let (home, clock) = (TempDir::new().unwrap(), FixtureClock::at(LATER));
        let home = home.path();
        lay_out(&version, home);
        let mut devices: BTreeMap<String, Engine> = BTreeMap::new();
        for exchange in exchanges(&version) {
            let seed = 40 + devices.len() as u64;
            let device = devices
                .entry(exchange.device.clone())
                .or_insert_with(|| engine(&home.join(&exchange.device), seed, &clock));
            let answer = from_hex(&exchange.answer);
            if exchange.path == "/v1/enrol" {
                let recorded: wire::Enrol =
                    wire::read_body(&from_hex(&exchange.request), exchange.request_compressed).unwrap();
                let link = format!("http://127.0.0.1:1/#{}", recorded.code.reveal());
                let (address, _) = device.enrol(&link, "tablet").unwrap();
                let answer: Enrolled = wire::read_body(&answer, exchange.answer_compressed).unwrap();
                device.enrolled(&address, &answer).unwrap();
                continue;
            }
            let answer: SyncAnswer = wire::read_body(&answer, exchange.answer_compressed).unwrap();
            let ask = device.ask().unwrap();
            device.answer(ask, &answer).unwrap_or_else(|error: Error| panic!("{}: {error}", exchange.device));
        }
        for (name, ended) in ended(&version) {
            let store = devices[&name].store();
            store.verify().unwrap();
            assert_eq!(state(store), ended, "{name}");
        }
    }
}
