//! The official JavaScript automerge opens our documents, and its edits come back through sync.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use roadbook_core::model::{RecordId, Value};
use roadbook_core::sync::{Engine, Trust};
use roadbook_core::wire::{self, Ack, Chunk, Push, Role, SyncAnswer, SyncRequest};
use roadbook_tests::{Device, Office};
use serde_json::{Value as Json, json};

/// Runs the script with what it needs installed from its lock file.
fn javascript(input: &Json) -> Json {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    if !folder.join("node_modules/@automerge/automerge").is_dir() {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        assert!(installed.expect("npm is installed").success(), "npm ci");
    }
    let mut child = Command::new("node")
        .arg("edit.mjs")
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn changes_of(device: &Device, id: RecordId) -> Vec<String> {
    let changes = device.store.export_changes(id).unwrap();
    changes.iter().map(|(_, bytes)| BASE64_STANDARD.encode(bytes)).collect()
}

/// Pushes changes to the relay as another client would.
async fn push(device: &Device, id: RecordId, changes: &Json) -> Vec<Ack> {
    let (relay, token) = Engine::new(device.store.clone()).credentials().unwrap();
    let mut request = SyncRequest::new(0);
    request.books = vec![device.get(id).book];
    for change in changes.as_array().unwrap() {
        let bytes = BASE64_STANDARD.decode(change.as_str().unwrap()).unwrap();
        let chunk = Chunk::plain(&bytes);
        request.pushes.push(Push {
            document: id,
            book: 0,
            root: None,
            offset: 0,
            notice: None,
            change: None,
            chunk,
        });
    }
    let (body, compressed) = wire::write_body(&request).unwrap();
    let mut post =
        Trust::default().client().unwrap().post(format!("{relay}/v1/sync")).bearer_auth(token.reveal());
    if compressed {
        post = post.header("content-encoding", wire::ENCODING);
    }
    let response = post.header("content-type", wire::CBOR).body(body).send().await.unwrap();
    let compressed = response.headers().contains_key("content-encoding");
    let answer: SyncAnswer = wire::read_body(&response.bytes().await.unwrap(), compressed).unwrap();
    answer.acks
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_reads_and_edits_upgraded_and_scalar_texts() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let (device, other) = (office.device(wang.id).await, office.device(wang.id).await);
    let account = device
        .log("account", &[("name", "百草堂"), ("notes", "老客户。"), ("development_plan", "三年翻番。")]);
    // The notes become a collaborative text at their first edit; the plan is still a scalar.
    device.edit(account, "notes", "老客户，月结。");
    device.sync().await;
    other.sync().await;
    let said = javascript(&json!({
        "changes": changes_of(&device, account),
        "edits": {
            "notes": { "splice": [0, 0, "JS："] },
            "development_plan": { "scalar": "三年翻番，先做杭州。", "immutable": true },
            "region": { "scalar": "宁波", "immutable": true },
        },
    }));
    assert_eq!(said["before"]["notes"], "老客户，月结。");
    assert_eq!(said["before"]["development_plan"], "三年翻番。");
    // Meanwhile this phone edits the same texts.
    device.edit(account, "notes", "老客户，月结。欠款已清。");
    device.edit(account, "development_plan", "三年翻番。重点医院。");
    device.sync().await;
    let acks = push(&other, account, &said["changes"]).await;
    assert!(matches!(acks[..], [Ack::Accepted(..)]), "{acks:?}");
    for device in [&device, &other] {
        device.sync().await;
        let record = device.get(account);
        assert_eq!(record.fields.get("notes"), Some(&Value::Text("JS：老客户，月结。欠款已清。".into())));
        assert_eq!(record.fields.get("region"), Some(&Value::Text("宁波".into())));
        // A scalar written by a client that knows no text is a side of a clash, not swallowed.
        let clashes = device.store.clashes(Some(account)).unwrap();
        assert_eq!(clashes.len(), 1, "{clashes:?}");
        assert_eq!((clashes[0].field.as_str(), clashes[0].sides.len()), ("development_plan", 2));
        assert!(device.store.aside().unwrap().is_empty());
        let history = device.store.history(account).unwrap();
        assert!(history.iter().any(|entry| entry.why.as_deref() == Some("from JavaScript")));
    }
    // And JavaScript reads what came of it.
    let said = javascript(&json!({ "changes": changes_of(&device, account), "edits": {} }));
    assert_eq!(said["before"]["notes"], "JS：老客户，月结。欠款已清。");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_cannot_be_decoded_is_set_aside_and_stops_nothing() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let (device, other) = (office.device(wang.id).await, office.device(wang.id).await);
    let account = device.log("account", &[("name", "百草堂")]);
    device.sync().await;
    let acks = push(&device, account, &json!([BASE64_STANDARD.encode([7u8; 60])])).await;
    assert!(matches!(acks[..], [Ack::Accepted(..)]));
    let visit = device.log("visit", &[("account", &account.to_string()), ("purpose", "新品演示")]);
    device.sync().await;
    other.sync().await;
    assert_eq!(other.get(account).fields.get("name"), Some(&Value::Text("百草堂".into())));
    assert!(other.store.find(visit).unwrap().is_some());
    assert_eq!(other.store.aside().unwrap().len(), 1);
    assert_eq!(other.store.status().unwrap().aside, 1);
    // A change that rotted on the relay's disk.
    let relay = rusqlite::Connection::open(office.folder().join("relay.sqlite")).unwrap();
    let rot = "UPDATE entry SET chunk = zeroblob(length(chunk)) WHERE document = (SELECT key FROM document WHERE id = ?1)";
    assert_eq!(relay.execute(rot, [visit]).unwrap(), 1);
    let third = office.device(wang.id).await;
    assert!(third.store.find(visit).unwrap().is_none());
    assert_eq!(third.get(account).fields.get("name"), Some(&Value::Text("百草堂".into())));
    let aside = third.store.aside().unwrap();
    assert!(aside.iter().any(|a| a.record == visit && a.reason.contains("not those that were pushed")));
}
