//! `cargo proof load`: a relay in a process of its own, hundreds of live devices, a log that grows. Throughput, latency and
//! memory as both grow, beside the bare limit in the same run, and no wake-up may be lost.
//!
//! A device here speaks the protocol and keeps its cursors in memory: a thousand stores on one machine would measure
//! themselves. The one that starts anew at the end is a real one.

mod light;
mod relay;

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use roadbook_core::model::{BookId, RecordId};
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::wire::{Ack, Chunk, Digest, Push, Secret};
use roadbook_core::{Environment, Store};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

use self::light::{Light, Relay, Seen, light, listen, live, push};
use self::relay::{RelayProcess, set_up};
use crate::workload;

/// Reps under one manager.
const TEAM: usize = 10;
/// Changes in a request while the log is filled.
const BATCH: usize = 1_000;
/// Requests under way at once while the log is filled.
const AT_ONCE: usize = 8;
/// Changes a second while wake-ups are timed.
const RATE: u64 = 100;
/// Changes that everyone is told of, one at a time.
const ROUNDS: usize = 20;
/// A wake-up later than this is late.
const LATE: Duration = Duration::from_secs(2);

/// Real changes, to be pushed under many ids.
fn chunks() -> Vec<Chunk> {
    let folder = TempDir::new().unwrap();
    let store = roadbook_core::open(folder.path(), workload::options(), &mut |_, _| {}).unwrap();
    let records = workload::generate(BATCH, 3);
    let made = store.batch(|b| b.create_all(records.iter().map(workload::new_record).collect())).unwrap();
    let change = |id| Chunk::plain(&store.export_changes(id).unwrap()[0].1);
    made.iter().map(|saved| change(saved.id)).collect()
}

/// Changes a second that bare SQLite inserts in batches of the same size, into the relay's own table.
fn bare(relay: &Path, chunks: &[Chunk], count: usize) -> f64 {
    let folder = TempDir::new_in(relay).unwrap();
    let db = Connection::open(folder.path().join("bare.sqlite")).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    db.pragma_update(None, "synchronous", "full").unwrap();
    let from = Connection::open(relay.join("relay.sqlite")).unwrap();
    for table in ["document", "entry"] {
        let sql = "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY type DESC";
        let mut statement = from.prepare(sql).unwrap();
        let all = statement.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        all.for_each(|sql| db.execute_batch(&sql.unwrap()).unwrap());
    }
    let (started, environment) = (Instant::now(), Environment::system());
    for batch in 0..count / BATCH {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (at, chunk) in chunks.iter().take(BATCH).enumerate() {
            let id = RecordId(environment.uuid());
            let key = (batch * BATCH + at + 1) as i64;
            db.prepare_cached(
                "INSERT INTO document (key, id, workspace, book, root) VALUES (?1, ?2, 1, 1, ?2)",
            )
            .unwrap()
            .execute(params![key, id])
            .unwrap();
            db.prepare_cached(
                "INSERT INTO entry (at, what, document, change, member, device, \"offset\", digest, chunk)
                 VALUES (?1, 0, ?1, ?2, ?3, 1, 0, ?4, ?5)",
            )
            .unwrap()
            .execute(params![key, chunk.plain_id().unwrap(), id, Digest::ZERO, chunk.0])
            .unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
    }
    count as f64 / started.elapsed().as_secs_f64()
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// Pushes from random reps' devices, `RATE` a second for `seconds`, and how long each took to reach the manager's device.
async fn timed_pushes(
    relay: &Relay,
    reps: &mut [Arc<Mutex<Light>>],
    seen: &mut mpsc::UnboundedReceiver<Seen>,
    chunks: &[Chunk],
    seconds: u64,
    rng: &mut StdRng,
) -> (Vec<f64>, usize) {
    let mut sent: HashMap<RecordId, Instant> = HashMap::new();
    let mut arrived: Vec<Seen> = Vec::new();
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    let environment = Environment::system();
    for _ in 0..seconds * RATE {
        beat.tick().await;
        let (light, chunk) = (reps.choose(rng).unwrap().clone(), chunks.choose(rng).unwrap().clone());
        let (id, relay) = (RecordId(environment.uuid()), relay.clone());
        sent.insert(id, Instant::now());
        tokio::spawn(async move {
            let answer = relay.sync(&mut *light.lock().await, vec![push(id, &chunk)]).await;
            assert!(matches!(answer.acks[..], [Ack::Accepted(..)]), "{:?}", answer.acks);
        });
        while let Ok(one) = seen.try_recv() {
            arrived.push(one);
        }
    }
    let until = tokio::time::Instant::now() + LATE * 3;
    while arrived.len() < sent.len()
        && let Ok(Some(one)) = tokio::time::timeout_at(until, seen.recv()).await
    {
        arrived.push(one);
    }
    let mut took: Vec<f64> = arrived
        .iter()
        .filter_map(|(id, at)| Some(at.duration_since(*sent.get(id)?).as_secs_f64() * 1e3))
        .collect();
    took.sort_by(f64::total_cmp);
    let lost = sent.len() - took.len();
    (took, lost)
}

/// Runs it: `devices` live devices, `records` changes in the logs.
pub fn run(devices: usize, records: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(load(devices, records));
}

async fn load(devices: usize, records: usize) {
    let (folder, mut rng) = (TempDir::new().unwrap(), StdRng::seed_from_u64(1));
    let (teams, invitations, mut writer) = set_up(folder.path(), devices).await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = RelayProcess::start(folder.path(), port);
    let relay =
        Relay { http: Trust::default().client().unwrap(), address: format!("http://127.0.0.1:{port}") };
    while relay.http.get(format!("{}/health", relay.address)).send().await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let chunks = chunks();
    let people = teams.len() * (TEAM + 1);
    println!(
        "{people} devices in {} teams; memory of the relay at its start {:.0} MiB",
        teams.len(),
        process.memory()
    );
    let managers: Vec<Secret> = teams.iter().map(|team| team.manager.clone()).collect();
    let mut reps: Vec<Arc<Mutex<Light>>> =
        teams.into_iter().flat_map(|team| team.reps).map(|light| Arc::new(Mutex::new(light))).collect();

    println!(
        "\n| changes in the logs | pushed and durable, changes/s | memory of the relay |\n|---|---|---|"
    );
    let (part, mut rates) = ((records / 10).max(BATCH * AT_ONCE), Vec::new());
    for filled in (1..=records.div_ceil(part)).map(|n| n * part) {
        let started = Instant::now();
        fill(&relay, &reps, &chunks, part).await;
        rates.push(part as f64 / started.elapsed().as_secs_f64());
        println!("| {filled} | {:.0} | {:.0} MiB |", rates[rates.len() - 1], process.memory());
    }
    let bare = bare(folder.path(), &chunks, part.min(100_000));
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    println!(
        "bare SQLite, the same rows in the same batches: {bare:.0} changes/s; the relay, HTTP and all, {:.2} of it (aim ≥ 0.5)",
        median / bare
    );

    println!(
        "\n| live devices | a change reaches the manager: median | 95 % | 99 % | late | lost | memory | idle processor |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let (seen_by, mut seen) = mpsc::unbounded_channel();
    let (woken, mut wakes) = mpsc::unbounded_channel();
    let (ready, mut is_ready) = mpsc::channel(1);
    let mut connections: Vec<tokio::task::JoinHandle<()>> = Vec::new();
    let (mut lost, mut late) = (0, 0);
    let mut idle_reps = reps.clone();
    // Managers first; their reps' devices only listen.
    for share in [10, 2, 1] {
        let wanted = people / share;
        while connections.len() < wanted {
            let at = connections.len();
            let task = if let Some(token) = managers.get(at) {
                let light = light(token.clone(), BookId::NIL);
                tokio::spawn(live(relay.clone(), light, seen_by.clone(), ready.clone()))
            } else {
                let Some(rep) = idle_reps.pop() else { break };
                let token = rep.lock().await.token.clone();
                let listener = light(token, BookId::NIL);
                tokio::spawn(listen(relay.clone(), listener, woken.clone(), ready.clone()))
            };
            connections.push(task);
            is_ready.recv().await.unwrap();
        }
        let covered = managers.len().min(connections.len()) * TEAM;
        while seen.try_recv().is_ok() {}
        let before = process.cpu();
        tokio::time::sleep(Duration::from_secs(3)).await;
        let idle = (process.cpu() - before) / 3.0 * 100.0;
        let memory = process.memory();
        let (took, missing) =
            timed_pushes(&relay, &mut reps[..covered], &mut seen, &chunks, 5, &mut rng).await;
        let tardy = took.iter().filter(|ms| **ms > LATE.as_secs_f64() * 1e3).count();
        (lost, late) = (lost + missing, late + tardy);
        println!(
            "| {} | {:.1} ms | {:.1} ms | {:.1} ms | {tardy} | {missing} | {memory:.0} MiB | {idle:.2} % |",
            connections.len(),
            percentile(&took, 50),
            percentile(&took, 95),
            percentile(&took, 99),
        );
    }

    let listening = connections.len().saturating_sub(managers.len());
    relay.pull(&mut writer).await;
    let told = EveryoneTold { relay: &relay, writer, managers: managers.len(), listening };
    let (took, missing) = told.time(&chunks[0], &mut seen, &mut wakes).await;
    (lost, late) = (lost + missing, late + took.iter().filter(|ms| **ms > LATE.as_secs_f64() * 1e3).count());
    println!(
        "\nA change that everyone reads has reached all {} devices after {:.0} ms (median of {ROUNDS}), {:.0} ms (slowest); lost {missing}",
        managers.len() + listening,
        percentile(&took, 50),
        percentile(&took, 100),
    );

    let links: Vec<String> =
        invitations.iter().map(|code| format!("{}/#{}", relay.address, code.reveal())).collect();
    let (count, quiet) = bootstrap(&links[0]).await;
    let writing = timed_pushes(&relay, &mut reps, &mut seen, &chunks, 10, &mut rng);
    let ((took, missing), (_, busy)) = tokio::join!(writing, bootstrap(&links[1]));
    lost += missing;
    println!(
        "\nA real device of a manager starts anew with {count} changes: {quiet:.2} s; {busy:.2} s while the others write \
         {RATE} a second, which reach their manager in {:.1} ms (median), {:.1} ms (99 %)",
        percentile(&took, 50),
        percentile(&took, 99),
    );
    // Before the relay ends under what they have just asked.
    connections.iter().for_each(tokio::task::JoinHandle::abort);
    for connection in connections {
        let _ = connection.await;
    }
    assert_eq!((lost, late), (0, 0), "wake-ups were lost or late");
}

/// Everyone is told of what a device writes that does not listen.
struct EveryoneTold<'a> {
    relay: &'a Relay,
    writer: Light,
    managers: usize,
    listening: usize,
}

impl EveryoneTold<'_> {
    /// Writes into the common book, when all is quiet, and waits until the last device has heard of it. How long each took,
    /// and how many devices never heard: nothing comes after that would wake them all the same.
    async fn time(
        mut self,
        chunk: &Chunk,
        seen: &mut mpsc::UnboundedReceiver<Seen>,
        wakes: &mut mpsc::UnboundedReceiver<()>,
    ) -> (Vec<f64>, usize) {
        let (mut took, mut lost) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            tokio::time::sleep(Duration::from_millis(500)).await;
            while seen.try_recv().is_ok() {}
            while wakes.try_recv().is_ok() {}
            let id = RecordId(Environment::system().uuid());
            let started = Instant::now();
            let answer = self.relay.sync(&mut self.writer, vec![push(id, chunk)]).await;
            assert!(matches!(answer.acks[..], [Ack::Accepted(..)]), "{:?}", answer.acks);
            let (mut saw, mut woke) = (0, 0);
            let until = tokio::time::Instant::now() + LATE * 3;
            while saw < self.managers || woke < self.listening {
                tokio::select! {
                    Some((document, _)) = seen.recv() => saw += usize::from(document == id),
                    Some(()) = wakes.recv() => woke += 1,
                    () = tokio::time::sleep_until(until) => break,
                }
            }
            took.push(started.elapsed().as_secs_f64() * 1e3);
            lost += self.managers - saw + self.listening - woke;
        }
        took.sort_by(f64::total_cmp);
        (took, lost)
    }
}

/// Pushes `count` changes, from all devices in turn.
async fn fill(relay: &Relay, reps: &[Arc<Mutex<Light>>], chunks: &[Chunk], count: usize) {
    let environment = Environment::system();
    let requests = (0..count / BATCH).map(|at| {
        let (relay, rep) = (relay.clone(), reps[at % reps.len()].clone());
        let pushes: Vec<Push> =
            chunks.iter().take(BATCH).map(|chunk| push(RecordId(environment.uuid()), chunk)).collect();
        async move {
            let answer = relay.sync(&mut *rep.lock().await, pushes).await;
            assert!(answer.acks.iter().all(|ack| matches!(ack, Ack::Accepted(..))));
        }
    });
    futures_util::stream::iter(requests).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

async fn bootstrap(link: &str) -> (u64, f64) {
    let folder = TempDir::new().unwrap();
    let store: Store = roadbook_core::open(folder.path(), workload::options(), &mut |_, _| {}).unwrap();
    let client = Client::new(store.clone(), &ClientOptions::default()).unwrap();
    client.enrol(link, "laptop").await.unwrap();
    let started = Instant::now();
    let report = client.sync_once(Duration::from_secs(600)).await.unwrap();
    assert!(report.finished, "{report:?}");
    (report.received, started.elapsed().as_secs_f64())
}
