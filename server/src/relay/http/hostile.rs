//! What strangers, dishonest devices and slips of an administrator's script may send.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use roadbook_core::wire::{BookPatch, MemberPatch, NewBook, NewInvitation, NewMember, NewMove, NewOrder};
use roadbook_core::wire::{Grant, Order, Right, Role};
use roadbook_spoilt::{Spoil, bytes, everything, value};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use super::super::sqlite::Sqlite;
use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

/// A request. Its body as JSON, which is what is easily spoilt; a device's goes out as CBOR as long as it is one.
#[derive(Debug, Clone)]
struct Asked {
    method: &'static str,
    path: String,
    token: String,
    body: Json,
}

impl Asked {
    fn plain(&self) -> Vec<u8> {
        let cbor = match self.path.as_str() {
            "/v1/sync" => {
                serde_json::from_value::<SyncRequest>(self.body.clone()).map(|body| wire::encode(&body))
            }
            "/v1/enrol" => serde_json::from_value::<Enrol>(self.body.clone()).map(|body| wire::encode(&body)),
            "/v1/token" => {
                serde_json::from_value::<Rotate>(self.body.clone()).map(|body| wire::encode(&body))
            }
            _ => return serde_json::to_vec(&self.body).unwrap(),
        };
        cbor.map_or_else(|_| serde_json::to_vec(&self.body).unwrap(), Result::unwrap)
    }
}

/// A relay's database with a day's work in it.
async fn database() -> Vec<u8> {
    let packed = std::fs::read(format!("{FIXTURES}/databases/4-6/relay.sqlite.zst")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.sqlite");
    std::fs::write(&file, zstd::decode_all(&packed[..]).unwrap()).unwrap();
    // As this version has it.
    drop(Sqlite::open(folder.path(), Environment::system(), None).await.unwrap());
    std::fs::read(file).unwrap()
}

async fn relay(folder: &Path, database: &[u8]) -> (Relay, Secret) {
    std::fs::write(folder.join("relay.sqlite"), database).unwrap();
    let storage = Arc::new(Sqlite::open(folder, Environment::system(), None).await.unwrap());
    let token = Secret::from_bytes([7; 32]);
    let relay = Relay::new(storage, Environment::system(), &token, "http://127.0.0.1".to_owned(), None);
    (relay, token)
}

/// What devices asked, as it was recorded, and what an administrator asks.
async fn good(database: &[u8]) -> Vec<Asked> {
    let folder = tempfile::tempdir().unwrap();
    let (relay, admin) = relay(folder.path(), database).await;
    let exchanges = std::fs::read_to_string(format!("{FIXTURES}/conversations/4-6/exchanges.jsonl")).unwrap();
    let mut asked: Vec<Asked> = exchanges
        .lines()
        .map(|line| {
            let exchange: Json = serde_json::from_str(line).unwrap();
            let hex = exchange["request"].as_str().unwrap();
            let body: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let compressed = exchange["request_compressed"] == true;
            let path = exchange["path"].as_str().unwrap().to_owned();
            let body = match path.as_str() {
                "/v1/enrol" => json!(wire::read_body::<Enrol>(&body, compressed).unwrap()),
                _ => json!(wire::read_body::<SyncRequest>(&body, compressed).unwrap()),
            };
            let token = exchange["token"].as_str().unwrap_or_default().to_owned();
            Asked { method: "POST", path, token, body }
        })
        .collect();
    let token = asked[0].token.clone();
    let rotate = json!(Rotate { token: Secret::from_bytes([8; 32]) });
    asked.push(Asked { method: "POST", path: "/v1/token".to_owned(), token: token.clone(), body: rotate });
    asked.push(Asked { method: "GET", path: "/v1/live?version=3".to_owned(), token, body: Json::Null });
    let db = rusqlite::Connection::open(folder.path().join("relay.sqlite")).unwrap();
    let id = |sql: &str| db.query_row(sql, [], |row| row.get::<_, [u8; 16]>(0)).unwrap();
    let workspace = roadbook_core::model::WorkspaceId(uuid::Uuid::from_bytes(id("SELECT id FROM workspace")));
    let device = uuid::Uuid::from_bytes(id("SELECT id FROM device"));
    let root = uuid::Uuid::from_bytes(id("SELECT root FROM document"));
    let org = relay.storage().org(workspace).await.unwrap();
    let (member, of) = org.members.iter().find(|(_, member)| member.reports_to.is_some()).unwrap();
    let (member, above, from) = (*member, of.reports_to, of.book);
    let to = org.members[&above.unwrap()].book;
    let name = || "王小明".to_owned();
    let patch = MemberPatch {
        name: Some(name()),
        role: Some(Role::Manager),
        reports_to: Some(above),
        active: Some(false),
    };
    let grant = Grant { member, right: Right::Editor, expires_at: Some(7) };
    let moves = NewMove { from, to, roots: vec![roadbook_core::model::RecordId(root)] };
    for (method, path, body) in [
        ("POST", "workspaces".to_owned(), json!({ "name": "华东" })),
        ("GET", "workspaces".to_owned(), Json::Null),
        (
            "POST",
            "members".to_owned(),
            json!(NewMember {
                workspace,
                name: name(),
                role: Role::Rep,
                reports_to: above,
                id: None,
                book: None
            }),
        ),
        ("GET", format!("members?workspace={workspace}"), Json::Null),
        ("PATCH", format!("members/{member}"), json!(patch)),
        ("POST", "books".to_owned(), json!(NewBook { workspace, name: name(), owner: member, id: None })),
        ("GET", format!("books?workspace={workspace}"), Json::Null),
        ("PATCH", format!("books/{from}"), json!(BookPatch { name: Some(name()), owner: above })),
        ("PUT", format!("books/{from}/grants"), json!(grant)),
        ("DELETE", format!("books/{from}/grants/{member}"), Json::Null),
        ("POST", "invitations".to_owned(), json!(NewInvitation { member, expires_in: 3600 })),
        ("GET", format!("devices?workspace={workspace}"), Json::Null),
        ("POST", format!("devices/{device}/order"), json!(NewOrder { order: Order::Retire })),
        ("POST", "moves".to_owned(), json!(moves)),
        ("GET", format!("audit?workspace={workspace}"), Json::Null),
    ] {
        let path = format!("/v1/admin/{path}");
        asked.push(Asked { method, path, token: admin.reveal().to_owned(), body });
    }
    let path = "/metrics".to_owned();
    asked.push(Asked { method: "GET", path, token: admin.reveal().to_owned(), body: Json::Null });
    asked
}

/// One way to spoil a request; `None` if it is none that travels over HTTP.
fn spoilt(good: &Asked, all: &[Asked], bodies: &[Json], how: u8, spoils: &[Spoil]) -> Option<Request> {
    let mut asked = good.clone();
    let other = &all[usize::from(spoils.first().map_or(0, |spoil| spoil.3)) % all.len()];
    let text = |good: &str| String::from_utf8_lossy(&bytes(good.as_bytes(), spoils)).into_owned();
    let mut body = None;
    let mut compressed = false;
    match how % 12 {
        0 => body = Some(bytes(&asked.plain(), spoils)),
        1 => {
            compressed = true;
            let packed = zstd::bulk::compress(&asked.plain(), 1).unwrap();
            body = Some(bytes(&packed, spoils));
        }
        2 => {
            compressed = true;
            body = Some(zstd::bulk::compress(&bytes(&asked.plain(), spoils), 1).unwrap());
        }
        3 => asked.path = format!("/{}", text(asked.path.trim_start_matches('/'))),
        4 => asked.path.clone_from(&other.path),
        5 => {
            let last = other.path.rsplit('/').next().unwrap_or_default();
            let (before, _) = asked.path.rsplit_once('/')?;
            asked.path = format!("{before}/{last}");
        }
        6 => asked.token = text(&asked.token),
        7 => asked.token.clone_from(&other.token),
        8 => asked.method = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"][usize::from(how) / 12 % 6],
        _ => asked.body = value(&asked.body, bodies, spoils),
    }
    let body = body.unwrap_or_else(|| asked.plain());
    let json = body.starts_with(b"{") || asked.path.starts_with("/v1/admin");
    let mut request = axum::http::Request::builder()
        .method(asked.method)
        .uri(asked.path)
        .header(header::AUTHORIZATION, format!("Bearer {}", asked.token))
        .header(header::ACCEPT, wire::JSON)
        .header(header::CONTENT_TYPE, if json { wire::JSON } else { wire::CBOR });
    if compressed {
        request = request.header(header::CONTENT_ENCODING, wire::ENCODING);
    }
    request.body(Body::from(body)).ok()
}

/// Whatever is asked is answered; what is refused says why in the form devices know, and changes nothing.
#[test]
fn whatever_is_asked_is_answered_or_refused_and_changes_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(database());
    let good = runtime.block_on(good(&database));
    let bodies: Vec<Json> = good.iter().map(|asked| asked.body.clone()).collect();
    bolero::check!().with_type::<Vec<(u8, u8, Vec<Spoil>)>>().for_each(|asked| {
        let requests = asked.iter().take(8).filter_map(|(which, how, spoils)| {
            spoilt(&good[usize::from(*which) % good.len()], &good, &bodies, *how, spoils)
        });
        let requests: Vec<Request> = requests.collect();
        if requests.is_empty() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let (relay, _) = relay(folder.path(), &database).await;
            let reader = rusqlite::Connection::open(folder.path().join("relay.sqlite")).unwrap();
            for request in requests {
                // Showing a rotated token is what confirms it, whatever is asked with it.
                if let Some(token) = bearer(request.headers()) {
                    relay.storage().session(token.hash(), relay.now()).await.unwrap();
                }
                let before = everything(&reader).unwrap();
                let what = format!("{request:?}");
                let has_body = request.method() != "HEAD";
                let response = app(relay.clone()).oneshot(request).await.unwrap();
                let status = response.status();
                assert!(!status.is_server_error(), "{status}: {what}");
                if status.is_client_error() {
                    assert_eq!(everything(&reader).unwrap(), before, "{status}: {what}");
                    let body = axum::body::to_bytes(response.into_body(), limits::BODY).await.unwrap();
                    assert!(
                        !has_body || serde_json::from_slice::<Failure>(&body).is_ok(),
                        "{what}: {body:?}"
                    );
                }
            }
        });
    });
}
