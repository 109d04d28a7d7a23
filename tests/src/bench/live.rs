//! An edit on one phone, until another shows it: durable on both and on the relay.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ObjType, ROOT, ReadDoc};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path as UrlPath;
use axum::routing::{get, post};
use axum::serve::{Listener as _, ListenerExt as _};
use roadbook_core::model::RecordId;
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::wire::Role;
use roadbook_core::{Edit, Store};
use serde_json::{Map, Value as Json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{Bare, median, ms, open, row, save_all, timed};
use crate::{Office, workload};

const EDITS: usize = 40;
/// How many of them one visit has in a row.
const VISIT_EDITS: usize = 4;
/// What a live device does after an edit, receipts apart, has ended by then.
const PAUSE: Duration = Duration::from_millis(250);
/// Records on the phones that are far away: the way counts there, not how much they hold.
const FEW: usize = 1_000;
/// What a mobile network takes each way.
const FAR: Duration = Duration::from_millis(40);
/// What the edit adds to the visit's notes.
const NOTE: &str = " 客户希望下周看到新的报价，样品已经寄出。The client asked for the price list again.";

/// Waits until a visit shows an outcome.
async fn seen(store: Store, visit: RecordId, outcome: String) -> Instant {
    let mut changes = store.observe();
    loop {
        let shown = store.get(visit).is_ok_and(|r| r.fields.text("outcome") == Some(outcome.as_str()));
        if shown {
            return Instant::now();
        }
        changes.next().await.unwrap();
    }
}

/// What stands beside each edit: bare SQLite with the same records, and the loopback.
struct Beside {
    bare: Bare,
    here: TcpStream,
}

impl Beside {
    async fn of(store: &Path, records: &[Map<String, Json>], folder: &Path) -> Self {
        let bare = Bare::like(store, records, folder, &[]);
        bare.bulk(&bare.rows);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut there, _) = listener.accept().await.unwrap();
            let mut byte = [0];
            while there.read_exact(&mut byte).await.is_ok() && there.write_all(&byte).await.is_ok() {}
        });
        let here = TcpStream::connect(address).await.unwrap();
        here.set_nodelay(true).unwrap();
        Self { bare, here }
    }

    /// The durable commit of a record that is written anew, in milliseconds.
    fn commit(&self, record: usize) -> f64 {
        tokio::task::block_in_place(|| timed(|| self.bare.replace(&self.bare.rows[record])).1)
    }

    /// A round trip, in milliseconds.
    async fn round_trip(&mut self) -> f64 {
        let started = Instant::now();
        self.here.write_all(&[7]).await.unwrap();
        self.here.read_exact(&mut [0]).await.unwrap();
        started.elapsed().as_secs_f64() * 1e3
    }
}

/// The parts alone: a visit is edited by automerge and committed by bare SQLite, posted to a server that commits it too, which
/// answers the other phone's waiting request, where automerge merges it and bare SQLite commits it. No retries, no rights, no
/// outbox, no cursors, no typed records.
struct Parts {
    phone: Bare,
    http: reqwest::Client,
    address: String,
    documents: Arc<Mutex<[AutoCommit; 2]>>,
    seen: mpsc::UnboundedReceiver<Instant>,
    _other: AbortOnDropHandle<()>,
}

impl Parts {
    async fn of(store: &Path, records: &[Map<String, Json>], folders: [&Path; 3]) -> Self {
        let [phone, relay, other] = folders.map(|folder| Bare::like(store, records, folder, &[]));
        [&phone, &relay, &other].into_iter().for_each(|bare| bare.bulk(&bare.rows));
        let (told, _) = broadcast::channel::<Vec<u8>>(1);
        let (relay, telling) = (Arc::new(Mutex::new(relay)), told.clone());
        let router = Router::new()
            .route(
                "/{record}",
                post(async move |at: UrlPath<usize>, body: Bytes| {
                    tokio::task::block_in_place(|| {
                        let relay = relay.lock().unwrap();
                        relay.replace(&relay.rows[at.0]);
                    });
                    telling.send([&at.0.to_le_bytes()[..], &body].concat()).unwrap();
                }),
            )
            .route("/next", get(async move || told.subscribe().recv().await.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap().tap_io(|stream| {
            stream.set_nodelay(true).unwrap();
        });
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let documents = Arc::new(Mutex::new(Self::visit("")));
        let (show, seen) = mpsc::unbounded_channel();
        let http = Trust::default().client().unwrap();
        let (waiting, theirs) = (http.get(format!("{address}/next")), documents.clone());
        let other = AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                let body = waiting.try_clone().unwrap().send().await.unwrap().bytes().await.unwrap();
                tokio::task::block_in_place(|| {
                    let (at, change) = body.split_first_chunk().unwrap();
                    let there = &mut theirs.lock().unwrap()[1];
                    there.apply_changes([Change::from_bytes(change.to_vec()).unwrap()]).unwrap();
                    assert!(outcome_and_notes(there).0.starts_with("edit"));
                    other.replace(&other.rows[usize::from_le_bytes(*at)]);
                });
                show.send(Instant::now()).unwrap();
            }
        }));
        Self { phone, http, address, documents, seen, _other: other }
    }

    /// A visit with these notes, as both phones have it: two fields of it.
    fn visit(notes: &str) -> [AutoCommit; 2] {
        let mut here = AutoCommit::new();
        let text = here.put_object(ROOT, "notes", ObjType::Text).unwrap();
        here.update_text(&text, notes).unwrap();
        here.put(ROOT, "outcome", "planned").unwrap();
        let there = here.fork();
        [here, there]
    }

    /// An edit until the other phone has it, in milliseconds.
    async fn edit(&mut self, record: usize, outcome: &str) -> f64 {
        let started = Instant::now();
        let bytes = tokio::task::block_in_place(|| {
            let here = &mut self.documents.lock().unwrap()[0];
            let (_, notes) = outcome_and_notes(here);
            let text = here.get(ROOT, "notes").unwrap().unwrap().1;
            here.splice_text(&text, notes.chars().count(), 0, NOTE).unwrap();
            here.put(ROOT, "outcome", outcome).unwrap();
            here.commit();
            self.phone.replace(&self.phone.rows[record]);
            here.get_last_local_change().unwrap().raw_bytes().to_vec()
        });
        let sent = self.http.post(format!("{}/{record}", self.address)).body(bytes).send();
        let (answered, seen) = tokio::join!(sent, self.seen.recv());
        assert!(answered.unwrap().status().is_success());
        (seen.unwrap() - started).as_secs_f64() * 1e3
    }
}

fn outcome_and_notes(visit: &AutoCommit) -> (String, String) {
    let (outcome, _) = visit.get(ROOT, "outcome").unwrap().unwrap();
    let (_, notes) = visit.get(ROOT, "notes").unwrap().unwrap();
    (outcome.into_string().unwrap(), visit.text(notes).unwrap())
}

/// What edits took, in milliseconds: each until the other phone showed it, and its own save; and what stands beside each.
#[derive(Default)]
struct Took {
    seen: Vec<f64>,
    saved: Vec<f64>,
    commits: Vec<f64>,
    trips: Vec<f64>,
    parts: Vec<f64>,
}

/// Edits visits on a live phone while another shows them; `delay` each way between phones and relay. All that is timed begins on a
/// machine that was idle.
async fn edits(records: &[Map<String, Json>], folders: [&Path; 6], delay: Duration) -> Took {
    let visits: Vec<(usize, RecordId)> = records
        .iter()
        .map(workload::new_record)
        .enumerate()
        .filter(|(_, record)| record.kind == workload::VISIT.name)
        .filter_map(|(at, record)| Some((at, record.id?)))
        .collect();
    let [here, there, bare, parts @ ..] = folders;
    let office = Office::open().await;
    let manager = office.member("B", Role::Manager, None).await;
    let rep = office.member("A", Role::Rep, Some(manager.id)).await;
    let far = crate::counting::slow_proxy(&office.address, delay).await;
    let address = if delay.is_zero() { &office.address } else { &far.address };
    let mut clients = Vec::new();
    for (folder, member) in [here, there].into_iter().zip([rep.id, manager.id]) {
        let client = Client::new(open(folder), &ClientOptions::default()).unwrap();
        let invitation = office.invite(member).await.replace(&office.address, address);
        client.enrol(&invitation, "bench").await.unwrap();
        clients.push(client);
    }
    save_all(clients[0].store(), records);
    for client in [&clients[0], &clients[1], &clients[0], &clients[1]] {
        assert!(client.sync_once(Duration::from_secs(600)).await.unwrap().finished);
    }
    let mut beside = Beside::of(here, records, bare).await;
    let mut parts = Parts::of(here, records, parts).await;
    let stop = CancellationToken::new();
    let run = |client: &Client| {
        let (client, stop) = (client.clone(), stop.clone());
        tokio::spawn(async move { client.run(stop).await })
    };
    let running: Vec<_> = clients.iter().map(run).collect();
    let pause = PAUSE + 8 * delay;
    tokio::time::sleep(4 * pause).await;
    let mut took = Took::default();
    for round in 0..EDITS {
        let (at, visit) = visits[round / VISIT_EDITS * 3 % visits.len()];
        let outcome = format!("edit {round}");
        let arrives = tokio::spawn(seen(clients[1].store().clone(), visit, outcome.clone()));
        tokio::time::sleep(pause).await;
        let store = clients[0].store().clone();
        let edit = move || {
            let started = Instant::now();
            let record = store.get(visit).unwrap();
            let notes = format!("{}{NOTE}", record.fields.text("notes").unwrap_or_default());
            store.edit(Edit::of(&record).set("outcome", outcome).set("notes", notes)).unwrap();
            (started, started.elapsed())
        };
        let (started, saved) = tokio::task::spawn_blocking(edit).await.unwrap();
        took.saved.push(saved.as_secs_f64() * 1e3);
        took.seen.push((arrives.await.unwrap() - started).as_secs_f64() * 1e3);
        tokio::time::sleep(pause).await;
        took.commits.push(beside.commit(at));
        tokio::time::sleep(pause).await;
        took.trips.push(beside.round_trip().await);
        if round % VISIT_EDITS == 0 {
            let notes = records[at]["notes"].as_str().unwrap();
            *parts.documents.lock().unwrap() = Parts::visit(notes);
        }
        tokio::time::sleep(pause).await;
        took.parts.push(parts.edit(at, &format!("edit {round}")).await);
    }
    stop.cancel();
    for running in running {
        running.await.unwrap().unwrap();
    }
    took
}

pub(super) fn run(records: &[Map<String, Json>]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folders = [(); 2].map(|()| [(); 6].map(|()| TempDir::new().unwrap()));
    let [near, far] = folders.each_ref().map(|folders| folders.each_ref().map(TempDir::path));
    let (near, far) = runtime.block_on(async {
        let near = edits(records, near, Duration::ZERO).await;
        (near, edits(&workload::generate(FEW, 1), far, FAR).await)
    });
    let (commit, trip) = (median(near.commits), median(near.trips));
    let (seen, saved, floor) = (median(near.seen), median(near.saved), 3.0 * commit + 2.0 * trip);
    row(
        "live edit of a visit until another phone shows it",
        ms(seen),
        ms(floor),
        Some(seen / floor),
        "≤ 1.5",
    );
    let parts = median(near.parts);
    row(
        "the same, against automerge, bare SQLite and HTTP put together",
        ms(seen),
        ms(parts),
        Some(seen / parts),
        "",
    );
    row("of these, put together, against what is bare", ms(parts), ms(floor), Some(parts / floor), "");
    row("of that, the save of the edit", ms(saved), ms(commit), Some(saved / commit), "");
    let (seen, floor) = (median(far.seen), 3.0 * median(far.commits) + 2.0 * FAR.as_secs_f64() * 1e3);
    let what = format!("the same with {} ms each way to the relay", FAR.as_millis());
    row(&what, ms(seen), ms(floor), Some(seen / floor), "");
}
