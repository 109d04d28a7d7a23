//! Old and new: databases and conversations as an earlier build left them. `cargo proof record-fixtures` writes those of
//! the build it is in, under the numbers of its schemas, the device's and the relay's (a new protocol comes with a new one);
//! `tests/tests/fixtures.rs` opens and replays every one there is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use roadbook_core::model::{Field, Fields, RecordId};
use roadbook_core::sync::{Engine, Next};
use roadbook_core::wire::{
    self, Enrolled, Grant, Member, NewInvitation, NewMember, NewMove, NewWorkspace, Right, Role, Secret,
    SyncAnswer, limits,
};
use roadbook_core::{Clock, Edit, Environment, New, Options, Store};
use roadbook_server::relay::{AdminCall, AdminDone, Relay, Sqlite, Storage as _, app};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::replica;

/// 2026-11-23 01:00 UTC, a Monday morning in Shanghai.
const START: i64 = 1_795_395_600_000;
/// After the purge of what is deleted on that Monday.
pub const LATER: i64 = START + 32 * 24 * 3_600_000;
const ADMIN: [u8; 32] = [0xad; 32];

/// Where they are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The folders of every version recorded so far, of `databases` or `conversations`.
pub fn versions(of: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder().join(of)).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Lays out the databases of a version, of which this is a folder: each in a folder of `home` named after who had it. Gives
/// their files.
pub fn lay_out(version: &Path, home: &Path) -> BTreeMap<String, PathBuf> {
    let databases = folder().join("databases").join(version.file_name().unwrap());
    let packed = fs::read_dir(databases).unwrap().map(|entry| entry.unwrap().path());
    packed
        .map(|packed| {
            let name = packed.file_name().unwrap().to_string_lossy().replace(".sqlite.zst", "");
            fs::create_dir_all(home.join(&name)).unwrap();
            let file =
                home.join(&name).join(if name == "relay" { "relay.sqlite" } else { "roadbook.sqlite" });
            let bytes = zstd::decode_all(fs::File::open(packed).unwrap()).unwrap();
            fs::write(&file, bytes).unwrap();
            (name, file)
        })
        .collect()
}

/// One request and its answer, bodies as they were sent, in hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exchange {
    /// Whose device.
    pub device: String,
    /// Where to.
    pub path: String,
    /// Its token; none at an enrolment.
    pub token: Option<String>,
    /// The request's body.
    pub request: String,
    /// Whether that is compressed.
    pub request_compressed: bool,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub answer: String,
    /// Whether that is compressed.
    pub answer_compressed: bool,
}

/// A clock that stands still.
#[derive(Debug)]
pub struct FixtureClock(AtomicI64);

impl FixtureClock {
    /// A clock at a time.
    pub fn at(now: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now)))
    }
}

impl Clock for FixtureClock {
    fn now(&self) -> i64 {
        self.0.fetch_add(7, Ordering::Relaxed)
    }
}

/// Opens a relay on a folder.
pub async fn relay(folder: &Path, clock: &Arc<FixtureClock>) -> (Relay, Arc<Sqlite>) {
    let environment = Environment::seeded(1, clock.clone());
    let storage = Arc::new(Sqlite::open(folder, environment.clone(), None).await.unwrap());
    let token = Secret::from_bytes(ADMIN);
    (Relay::new(storage.clone(), environment, &token, "http://relay".into(), None), storage)
}

/// Opens a device's store on a folder.
pub fn engine(folder: &Path, seed: u64, clock: &Arc<FixtureClock>) -> Engine {
    let options = Options { environment: Environment::seeded(seed, clock.clone()), ..Options::default() };
    Engine::new(roadbook_core::open(folder, options, &mut |_, _| {}).unwrap())
}

/// The relay's answer: status, whether compressed, body.
pub async fn deliver(
    relay: &Relay,
    path: &str,
    token: Option<&str>,
    body: Vec<u8>,
    compressed: bool,
) -> (u16, bool, Vec<u8>) {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, wire::CBOR);
    if compressed {
        request = request.header(header::CONTENT_ENCODING, wire::ENCODING);
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = app(relay.clone()).oneshot_body(request.body(Body::from(body)).unwrap()).await;
    let status = response.status().as_u16();
    let compressed = response.headers().get(header::CONTENT_ENCODING).is_some();
    (status, compressed, to_bytes(response.into_body(), limits::BODY).await.unwrap().to_vec())
}

trait OneShot {
    async fn oneshot_body(self, request: Request<Body>) -> axum::response::Response;
}

impl OneShot for axum::Router {
    async fn oneshot_body(self, request: Request<Body>) -> axum::response::Response {
        use tower::ServiceExt;
        self.oneshot(request).await.unwrap()
    }
}

/// Text of bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of such a text.
pub fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Everything a device holds, for comparison with what was recorded.
pub fn state(store: &Store) -> BTreeMap<RecordId, String> {
    let books: Vec<_> = store.books().unwrap().iter().map(|book| book.id).collect();
    replica(store, &books)
}

fn pack(from: &Path, to: &Path) {
    // A single file: without its log.
    rusqlite::Connection::open(from)
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(to, zstd::encode_all(fs::File::open(from).unwrap(), 19).unwrap()).unwrap();
}

struct Recording {
    relay: Relay,
    exchanges: Option<Vec<Exchange>>,
}

impl Recording {
    async fn post(
        &mut self,
        device: &str,
        path: &str,
        token: Option<String>,
        body: &impl Serialize,
    ) -> Vec<u8> {
        let (request, request_compressed) = wire::write_body(body).unwrap();
        let (status, answer_compressed, answer) =
            deliver(&self.relay, path, token.as_deref(), request.clone(), request_compressed).await;
        assert_eq!(status, 200, "{path}");
        let plain = if answer_compressed { zstd::decode_all(&answer[..]).unwrap() } else { answer.clone() };
        if let Some(exchanges) = &mut self.exchanges {
            exchanges.push(Exchange {
                device: device.to_owned(),
                path: path.to_owned(),
                token,
                request: to_hex(&request),
                request_compressed,
                status,
                answer: to_hex(&answer),
                answer_compressed,
            });
        }
        plain
    }

    async fn enrol(&mut self, device: &str, engine: &mut Engine, code: &Secret) {
        let link = format!("http://127.0.0.1:1/#{}", code.reveal());
        let (address, body) = engine.enrol(&link, device).unwrap();
        let answer = self.post(device, "/v1/enrol", None, &body).await;
        engine.enrolled(&address, &wire::decode::<Enrolled>(&answer).unwrap()).unwrap();
    }

    async fn sync(&mut self, device: &str, engine: &mut Engine) {
        engine.begin().unwrap();
        for _ in 0..30 {
            let ask = engine.ask().unwrap();
            let (_, token) = engine.credentials().unwrap();
            let answer = self.post(device, "/v1/sync", Some(token.reveal().to_owned()), &ask.request).await;
            let answer: SyncAnswer = wire::decode(&answer).unwrap();
            if engine.answer(ask, &answer).unwrap() == Next::Done {
                return;
            }
        }
        panic!("{device} never ends");
    }
}

/// Creates a record from texts.
pub fn log(engine: &Engine, kind: &str, texts: &[(&str, &str)]) -> RecordId {
    let store = engine.store();
    let kind = store.schema().kind(kind).unwrap();
    let mut fields = Fields::new();
    for (name, text) in texts {
        let field: &Field = kind.field(name).unwrap();
        fields.0.insert((*name).to_owned(), field.parse(text, store.defaults()).unwrap().unwrap());
    }
    store.create(New::new(kind.name, fields)).unwrap().id
}

/// Edits a field of a record as it reads now.
pub fn edit(engine: &Engine, id: RecordId, field: &str, text: &str) {
    let record = engine.store().get(id).unwrap();
    engine.store().edit(Edit::of(&record).set(field, text)).unwrap();
}

/// One call of the administrator.
pub async fn admin(storage: &Sqlite, call: AdminCall) -> AdminDone {
    storage.admin(call, START).await.unwrap().0
}

/// A workspace with members; all others report to the first, if that is a manager.
pub async fn team<const N: usize>(storage: &Sqlite, people: [(&str, Role); N]) -> [Member; N] {
    let new = NewWorkspace { name: "华东一区".into(), id: None, common_book: None };
    let AdminDone::Workspace(workspace) = admin(storage, AdminCall::NewWorkspace(new)).await else {
        panic!()
    };
    let mut members: Vec<Member> = Vec::new();
    for (name, role) in people {
        let reports_to = members.first().filter(|first| first.role == Role::Manager).map(|first| first.id);
        let new =
            NewMember { workspace: workspace.id, name: name.into(), role, reports_to, id: None, book: None };
        let AdminDone::Member(member) = admin(storage, AdminCall::NewMember(new)).await else { panic!() };
        members.push(member);
    }
    members.try_into().unwrap()
}

/// Plays a day, writes down the databases it left, then what the devices and the relay said to each other when they met
/// again, and how that ended.
pub async fn record(to: &Path) {
    let (home, clock) = (TempDir::new().unwrap(), FixtureClock::at(START));
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("relay")).unwrap();
    let (served, storage) = relay(&at("relay"), &clock).await;
    let admin = async |call| self::admin(&storage, call).await;
    let people = [("赵敏", Role::Manager), ("王伟", Role::Rep), ("李娜", Role::Rep)];
    let [manager, wang, li] = team(&storage, people).await;
    let grant = Grant { member: li.id, right: Right::Editor, expires_at: None };
    admin(AdminCall::PutGrant(wang.book, grant)).await;
    let mut recording = Recording { relay: served, exchanges: None };
    let names = ["wang", "li", "zhao"];
    let mut devices: Vec<Engine> =
        names.iter().zip(10..).map(|(name, seed)| engine(&at(name), seed, &clock)).collect();
    for (place, member) in [&wang, &li, &manager].into_iter().enumerate() {
        let code = Secret::from_bytes([place as u8 + 1; 32]);
        let new = NewInvitation { member: member.id, expires_in: 3600 };
        storage.invite(new, code.hash(), clock.now()).await.unwrap();
        recording.enrol(names[place], &mut devices[place], &code).await;
        recording.sync(names[place], &mut devices[place]).await;
    }

    // A day: every kind, a clash, an account handed over while its rep is offline, a purge.
    let account =
        log(&devices[0], "account", &[("name", "百草堂"), ("region", "杭州"), ("notes", "老客户。")]);
    let id = account.to_string();
    log(&devices[0], "contact", &[("account", &id), ("name", "周店长")]);
    let visit =
        log(&devices[0], "visit", &[("account", &id), ("purpose", "新品演示"), ("outcome", "样机演示。")]);
    log(&devices[0], "opportunity", &[("account", &id), ("name", "秋季订货")]);
    let handed = log(&devices[0], "account", &[("name", "回春堂")]);
    let gone = log(&devices[0], "account", &[("name", "早已关门")]);
    for (name, device) in names.iter().zip(&mut devices) {
        recording.sync(name, device).await;
    }
    edit(&devices[0], account, "region", "宁波");
    edit(&devices[1], account, "region", "温州");
    edit(&devices[1], account, "notes", "老客户。李补充。");
    devices[0].store().delete(gone, "录错了").unwrap();
    for place in [0, 1, 0, 2] {
        recording.sync(names[place], &mut devices[place]).await;
    }
    let new = NewMove { from: wang.book, to: li.book, roots: vec![handed] };
    admin(AdminCall::Move(new)).await;
    edit(&devices[0], handed, "region", "绍兴");
    clock.0.store(LATER, Ordering::Relaxed);
    storage.maintain(clock.now()).await.unwrap();
    recording.sync("wang", &mut devices[0]).await;
    recording.sync("li", &mut devices[1]).await;
    assert_eq!(devices[1].store().proposals().unwrap().len(), 1, "a tray");
    assert_eq!(devices[2].store().clashes(None).unwrap().len(), 1, "a clash");
    // Unsent: records, a visit hung on another account, an edit of a text, a decision.
    let other = log(&devices[0], "account", &[("name", "德仁堂")]);
    let hung = devices[0].store().get(visit).unwrap();
    devices[0].store().edit(Edit::of(&hung).set("account", other)).unwrap();
    log(&devices[0], "visit", &[("account", &id), ("purpose", "补货")]);
    edit(&devices[0], account, "notes", "王：老客户。李补充。");
    let proposal = devices[1].store().proposals().unwrap().remove(0);
    devices[1].store().decide(&proposal, true, None).unwrap();
    edit(&devices[2], account, "website", "example.com");

    let [device, relay] =
        ["wang/roadbook.sqlite", "relay/relay.sqlite"].map(|file| schema_version(&at(file)));
    let version = format!("{device}-{relay}");
    let databases = to.join("databases").join(&version);
    for (name, device) in names.iter().zip(&devices) {
        device.store().pause().unwrap();
        pack(&at(name).join("roadbook.sqlite"), &databases.join(format!("{name}.sqlite.zst")));
        device.store().resume().unwrap();
    }
    pack(&at("relay").join("relay.sqlite"), &databases.join("relay.sqlite.zst"));

    // They meet again, and a new device comes.
    let code = Secret::from_bytes([9; 32]);
    let new = NewInvitation { member: manager.id, expires_in: 30 * 24 * 3600 };
    storage.invite(new, code.hash(), clock.now()).await.unwrap();
    pack(&at("relay").join("relay.sqlite"), &databases.join("relay.sqlite.zst"));
    recording.exchanges = Some(Vec::new());
    for place in [0, 1, 2, 0, 1, 2] {
        recording.sync(names[place], &mut devices[place]).await;
    }
    let mut tablet = engine(&at("tablet"), 20, &clock);
    recording.enrol("tablet", &mut tablet, &code).await;
    recording.sync("tablet", &mut tablet).await;
    let conversation = to.join("conversations").join(version);
    fs::create_dir_all(&conversation).unwrap();
    let lines: Vec<String> = recording
        .exchanges
        .iter()
        .flatten()
        .map(|exchange| serde_json::to_string(exchange).unwrap() + "\n")
        .collect();
    fs::write(conversation.join("exchanges.jsonl"), lines.concat()).unwrap();
    let mut ended = serde_json::Map::new();
    for (name, device) in names.iter().chain(&["tablet"]).zip(devices.iter().chain([&tablet])) {
        let store = device.store();
        assert_eq!(store.check().unwrap(), []);
        ended.insert((*name).to_owned(), serde_json::to_value(state(store)).unwrap());
    }
    let ended = serde_json::to_string_pretty(&Json::Object(ended)).unwrap();
    fs::write(conversation.join("ended.json"), ended + "\n").unwrap();
    println!("{} exchanges, {}", lines.len(), to.display());
}

/// A file's schema.
pub fn schema_version(file: &Path) -> i64 {
    let db = rusqlite::Connection::open(file).unwrap();
    db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}
