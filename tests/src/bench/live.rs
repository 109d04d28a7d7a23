//! An edit on one phone, until another shows it: durable on both and on the relay.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use roadbook_core::model::RecordId;
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::wire::Role;
use roadbook_core::{Edit, Store};
use serde_json::{Map, Value as Json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{Bare, median, ms, open, row, save_all, timed};
use crate::parts::{self, Phone, Way};
use crate::{Office, workload};

/// How many, near and far.
const EDITS: [usize; 2] = [60, 20];
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

/// The parts alone ([`crate::parts`]), in this process.
struct Parts {
    here: Phone,
    there: Arc<Mutex<Phone>>,
    way: Way,
    _running: [AbortOnDropHandle<()>; 2],
}

impl Parts {
    async fn of(records: &[Map<String, Json>], folders: [&Path; 3]) -> Self {
        let [here, server, there] = folders;
        let (here, there) = (Phone::with(here, records), Phone::with(there, records));
        let there = Arc::new(Mutex::new(there));
        let (port, serving) = parts::serve(server, 0).await;
        let following = AbortOnDropHandle::new(tokio::spawn(Way::to(port).follow(there.clone())));
        Self { here, there, way: Way::to(port), _running: [serving, following] }
    }

    /// An edit until the other phone shows it, in milliseconds.
    async fn edit(&mut self, visit: RecordId, outcome: String) -> f64 {
        let arrives = tokio::spawn(parts::shown(self.there.clone(), visit, outcome.clone()));
        tokio::time::sleep(PAUSE).await;
        let started = Instant::now();
        let change = tokio::task::block_in_place(|| self.here.edit(visit, &outcome, NOTE));
        let ((), seen) = tokio::join!(self.way.send(visit, change), arrives);
        (seen.unwrap() - started).as_secs_f64() * 1e3
    }
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
async fn edits(records: &[Map<String, Json>], folders: [&Path; 6], count: usize, delay: Duration) -> Took {
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
    let mut parts = Parts::of(records, parts).await;
    let stop = CancellationToken::new();
    let run = |client: &Client| {
        let (client, stop) = (client.clone(), stop.clone());
        tokio::spawn(async move { client.run(stop).await })
    };
    let running: Vec<_> = clients.iter().map(run).collect();
    let pause = PAUSE + 8 * delay;
    tokio::time::sleep(4 * pause).await;
    let mut took = Took::default();
    for round in 0..count {
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
        took.parts.push(parts.edit(visit, format!("edit {round}")).await);
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
        let near = edits(records, near, EDITS[0], Duration::ZERO).await;
        (near, edits(&workload::generate(FEW, 1), far, EDITS[1], FAR).await)
    });
    let first = |took: &[f64]| median(took.iter().step_by(VISIT_EDITS).copied().collect());
    let (first_seen, first_parts) = (first(&near.seen), first(&near.parts));
    let (commit, trip) = (median(near.commits), median(near.trips));
    let (seen, saved, parts) = (median(near.seen), median(near.saved), median(near.parts));
    let floor = 3.0 * commit + 2.0 * trip;
    let line = |what: &str, ours, bare, aim| row(what, ms(ours), ms(bare), Some(ours / bare), aim);
    line("live edit of a visit until another phone shows it", seen, floor, "≤ 1.5");
    line("the same, against its parts alone: automerge, SQLite, HTTP", seen, parts, "");
    line("the first edit of a visit, against its parts alone", first_seen, first_parts, "");
    line("the parts alone, against what is bare", parts, floor, "");
    line("of a live edit, the save", saved, commit, "");
    let (seen, floor) = (median(far.seen), 3.0 * median(far.commits) + 2.0 * FAR.as_secs_f64() * 1e3);
    line(&format!("a live edit with {} ms each way to the relay", FAR.as_millis()), seen, floor, "");
}
