//! What a live edit cannot do without, put together and nothing else: automerge, SQLite and HTTP through the libraries the product
//! uses. A phone reads the record, loads its document from its changes unless it was edited just now, makes a text of notes that
//! were a plain value, in one piece, and commits row and change; the server commits the change and answers the other phone's
//! waiting request; that one merges it and commits it too. No text that can be edited within, no rights, retries, outbox, cursors,
//! search, clashes or typed records: the floor of what Roadbook's live edit can take.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ObjType, ROOT, ReadDoc};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path as UrlPath;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use roadbook_core::model::RecordId;
use roadbook_core::sync::Trust;
use rusqlite::{Connection, params};
use serde_json::{Map, Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::adapter::{answer, monotonic, port, text};
use crate::workload;

fn database(folder: &Path, schema: &str) -> Connection {
    std::fs::create_dir_all(folder).unwrap();
    let db = Connection::open(folder.join("parts.sqlite")).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    db.pragma_update(None, "synchronous", "full").unwrap();
    db.execute_batch(schema).unwrap();
    db
}

/// A phone's records, and the documents it edited or merged last.
pub struct Phone {
    db: Connection,
    documents: HashMap<RecordId, AutoCommit>,
    changed: watch::Sender<()>,
}

impl Phone {
    /// With these records, as both phones have them before one is edited.
    pub fn with(folder: &Path, records: &[Map<String, Json>]) -> Self {
        let db = database(
            folder,
            "CREATE TABLE record (id BLOB PRIMARY KEY, kind TEXT, account BLOB, at INTEGER, body TEXT) WITHOUT ROWID;
             CREATE INDEX page ON record (account, kind, at DESC, id);
             CREATE TABLE change (seq INTEGER PRIMARY KEY, record BLOB NOT NULL, bytes BLOB NOT NULL);
             CREATE INDEX document ON change (record)",
        );
        db.execute_batch("BEGIN").unwrap();
        for record in records {
            let id = id_of(&record["id"]);
            db.prepare_cached("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)")
                .unwrap()
                .execute(params![
                    id.as_bytes(),
                    record["kind"].as_str(),
                    record.get("account_id").and_then(Json::as_str),
                    record.get("planned_at").and_then(Json::as_i64),
                    serde_json::to_string(record).unwrap()
                ])
                .unwrap();
            insert(&db, id, &created(id, record));
        }
        db.execute_batch("COMMIT").unwrap();
        Self { db, documents: HashMap::new(), changed: watch::Sender::new(()) }
    }

    fn document(&mut self, id: RecordId) -> &mut AutoCommit {
        self.documents.entry(id).or_insert_with(|| {
            let mut of =
                self.db.prepare_cached("SELECT bytes FROM change WHERE record = ?1 ORDER BY seq").unwrap();
            let changes = of.query_map([id.as_bytes()], |row| row.get::<_, Vec<u8>>(0)).unwrap();
            let changes: Vec<_> = changes.map(|bytes| Change::from_bytes(bytes.unwrap()).unwrap()).collect();
            let mut document = AutoCommit::new();
            document.apply_changes(changes).unwrap();
            document
        })
    }

    fn body(&self, id: RecordId) -> Map<String, Json> {
        let mut of = self.db.prepare_cached("SELECT body FROM record WHERE id = ?1").unwrap();
        let body: String = of.query_row([id.as_bytes()], |row| row.get(0)).unwrap();
        serde_json::from_str(&body).unwrap()
    }

    /// Sets the outcome and adds to the notes, durably. Returns the change.
    pub fn edit(&mut self, id: RecordId, outcome: &str, more: &str) -> Vec<u8> {
        let mut body = self.body(id);
        let document = self.document(id);
        let (kept, mut notes) = document.get(ROOT, "notes").unwrap().unwrap();
        if let Some(plain) = kept.as_str().map(str::to_owned) {
            notes = document.put_object(ROOT, "notes", ObjType::Text).unwrap();
            document.insert(&notes, 0, plain).unwrap();
        }
        document.splice_text(&notes, document.length(&notes), 0, more).unwrap();
        document.put(ROOT, "outcome", outcome).unwrap();
        document.commit();
        let change = document.get_last_local_change().unwrap().raw_bytes().to_vec();
        let said = body["notes"].as_str().unwrap();
        body["notes"] = json!([said, more].concat());
        body["outcome"] = json!(outcome);
        self.commit(id, &body, &change);
        change
    }

    /// Takes in a change of a colleague's, durably.
    fn merge(&mut self, id: RecordId, change: &[u8]) {
        let mut body = self.body(id);
        let document = self.document(id);
        document.apply_changes([Change::from_bytes(change.to_vec()).unwrap()]).unwrap();
        let (_, notes) = document.get(ROOT, "notes").unwrap().unwrap();
        body["notes"] = json!(document.text(notes).unwrap());
        body["outcome"] = json!(document.get(ROOT, "outcome").unwrap().unwrap().0.as_str().unwrap());
        self.commit(id, &body, change);
        self.changed.send_replace(());
    }

    fn commit(&self, id: RecordId, body: &Map<String, Json>, change: &[u8]) {
        self.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut update = self.db.prepare_cached("UPDATE record SET body = ?2 WHERE id = ?1").unwrap();
        update.execute(params![id.as_bytes(), serde_json::to_string(body).unwrap()]).unwrap();
        insert(&self.db, id, change);
        self.db.execute_batch("COMMIT").unwrap();
    }

    fn shows(&self, id: RecordId, outcome: &str) -> bool {
        self.body(id)["outcome"] == outcome
    }
}

fn id_of(json: &Json) -> RecordId {
    json.as_str().unwrap().parse().unwrap()
}

fn insert(db: &Connection, id: RecordId, change: &[u8]) {
    let mut insert = db.prepare_cached("INSERT INTO change (record, bytes) VALUES (?1, ?2)").unwrap();
    insert.execute((id.as_bytes(), change)).unwrap();
}

/// The change that creates a record: its plain values, the same on every phone.
fn created(id: RecordId, record: &Map<String, Json>) -> Vec<u8> {
    let mut document = AutoCommit::new().with_actor(ActorId::from(id.as_bytes()));
    for (name, value) in record {
        match value {
            Json::String(text) => document.put(ROOT, name, text.as_str()).unwrap(),
            Json::Number(number) if number.is_i64() => {
                document.put(ROOT, name, number.as_i64().unwrap()).unwrap()
            }
            _ => continue,
        }
    }
    document.commit_with(automerge::transaction::CommitOptions::default().with_time(0));
    document.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// The server: what is posted is durable before it is told to the other phone, or answered.
pub async fn serve(folder: &Path, port: u16) -> (u16, AbortOnDropHandle<()>) {
    let db = database(folder, "CREATE TABLE log (number INTEGER PRIMARY KEY, record TEXT, bytes BLOB)");
    let (db, log) = (Arc::new(Mutex::new(db)), watch::Sender::new(Vec::<(Uuid, Bytes)>::new()));
    let following = log.clone();
    let posted = async move |UrlPath((from, record)): UrlPath<(Uuid, String)>, change: Bytes| {
        block_in_place(|| {
            let db = db.lock().unwrap();
            let mut insert = db.prepare_cached("INSERT INTO log (record, bytes) VALUES (?1, ?2)").unwrap();
            insert.execute((&record, &change[..])).unwrap();
        });
        log.send_modify(|log| log.push((from, [record.as_bytes(), &change].concat().into())));
    };
    let next = async move |UrlPath((to, number)): UrlPath<(Uuid, usize)>| {
        let of_others = |log: &Vec<(Uuid, Bytes)>| {
            log.iter().filter(|(from, _)| *from != to).nth(number).map(|(_, entry)| entry.clone())
        };
        let mut log = following.subscribe();
        let found = log.wait_for(|log| of_others(log).is_some()).await.unwrap();
        of_others(&found).unwrap()
    };
    let router =
        Router::new().route("/{phone}/{record}", post(posted)).route("/{phone}/after/{number}", get(next));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, AbortOnDropHandle::new(serving))
}

/// A phone's way to the server.
#[derive(Clone)]
pub struct Way {
    http: reqwest::Client,
    /// The server's, and the phone's name there.
    address: String,
}

impl Way {
    /// To a port of this machine.
    pub fn to(port: u16) -> Self {
        Self {
            http: Trust::default().client().unwrap(),
            address: format!("http://127.0.0.1:{port}/{}", Uuid::new_v4()),
        }
    }

    /// Hands a change in.
    pub async fn send(&self, id: RecordId, change: Vec<u8>) {
        let sent = self.http.post(format!("{}/{id}", self.address)).body(change).send().await.unwrap();
        assert!(sent.status().is_success());
    }

    /// Takes in what the other phone hands in, for ever.
    pub async fn follow(self, phone: Arc<Mutex<Phone>>) {
        for number in 0.. {
            let asked = self.http.get(format!("{}/after/{number}", self.address)).send().await.unwrap();
            let body = asked.bytes().await.unwrap();
            let (id, change) = body.split_at(RecordId::NIL.to_string().len());
            block_in_place(|| {
                phone.lock().unwrap().merge(std::str::from_utf8(id).unwrap().parse().unwrap(), change)
            });
        }
    }
}

/// Waits until a phone shows an outcome.
pub async fn shown(phone: Arc<Mutex<Phone>>, id: RecordId, outcome: String) -> Instant {
    let mut changed = phone.lock().unwrap().changed.subscribe();
    while !block_in_place(|| phone.lock().unwrap().shows(id, &outcome)) {
        changed.changed().await.unwrap();
    }
    Instant::now()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A phone that speaks the protocol of the side-by-side benchmark, as far as its live edit goes.
pub fn client() {
    let runtime = runtime();
    let (mut folder, mut phone, mut way, mut following) = (PathBuf::new(), None, None, None);
    answer(&json!({"ready": true, "caps": {}}), |name, args| {
        let phone_of =
            |phone: &Option<Arc<Mutex<Phone>>>| phone.clone().ok_or("insert_bulk first".to_owned());
        match name {
            "open" => folder = PathBuf::from(args["dir"].as_str().unwrap()),
            "insert_bulk" => {
                let to = args["to"].as_u64().unwrap() as usize;
                let records = workload::read(Path::new(args["file"].as_str().unwrap()), 0, to);
                phone = Some(Arc::new(Mutex::new(Phone::with(&folder, &records))));
            }
            "live_start" => {
                let to = way.insert(Way::to(port(args))).clone();
                following = Some(AbortOnDropHandle::new(runtime.spawn(to.follow(phone_of(&phone)?))));
            }
            "live_stop" => following = None,
            "edit" => {
                let (started, t) = (Instant::now(), monotonic());
                let id = id_of(&args["rec"]);
                let [outcome, more] =
                    [&args["set"]["outcome"], &args["append"]].map(|json| json.as_str().unwrap());
                let change = phone_of(&phone)?.lock().map_err(text)?.edit(id, outcome, more);
                let ms = started.elapsed().as_secs_f64() * 1e3;
                let way = way.clone().ok_or("live_start first")?;
                runtime.spawn(async move { way.send(id, change).await });
                return Ok(json!({"t": t, "ms": ms}));
            }
            "wait" => {
                let until = &args["until"];
                let outcome = until["value"].as_str().unwrap().to_owned();
                runtime.block_on(shown(phone_of(&phone)?, id_of(&until["id"]), outcome));
                return Ok(json!({"t": monotonic()}));
            }
            "flush" | "close" => {}
            other => return Err(format!("{other} is not known")),
        }
        Ok(Json::Null)
    });
}

/// The server, for the same.
pub fn server(folder: &Path, port: u16) {
    let runtime = runtime();
    let _serving = runtime.block_on(serve(folder, port));
    answer(&json!({"ready": true, "caps": {}}), |_, _| Ok(Json::Null));
}
