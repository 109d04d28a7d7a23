//! `cargo proof load`: a relay in a process of its own, hundreds of live devices, a log that grows. Throughput, latency and
//! memory as both grow, beside the bare limit in the same run, and no wake-up may be lost.
//!
//! A device here speaks the protocol and keeps its cursors in memory: a thousand stores on one machine would measure
//! themselves. The one that starts anew at the end is a real one.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use roadbook_core::model::{BookId, RecordId};
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::wire::{
    self, Ack, Chunk, Cursor, Digest, LiveEvent, Log, Member, NewInvitation, NewMember, NewWorkspace, Push,
    Role, Secret, SyncAnswer, SyncRequest, limits,
};
use roadbook_core::{Environment, Store};
use roadbook_server::relay::{AdminCall, AdminDone, Sqlite, Storage};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

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

/// A relay process.
struct RelayProcess(Child);

impl RelayProcess {
    fn start(folder: &Path, port: u16) -> Self {
        let args = ["crash-relay", "--port", &port.to_string(), "--dir"];
        let exe = std::env::current_exe().unwrap();
        let child =
            Command::new(exe).args(args).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.unwrap())
    }

    /// Resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Seconds of processor time so far.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap())
            / rustix::param::clock_ticks_per_second() as f64
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a device that only speaks the protocol knows.
struct Light {
    token: Secret,
    book: BookId,
    access: Digest,
    receipts: Digest,
    cursors: HashMap<(BookId, Log), Cursor>,
    changed: Vec<Cursor>,
}

impl Light {
    fn all_cursors(&self) -> Digest {
        Cursor::digest_of(&self.cursors.values().copied().collect::<Vec<_>>())
    }

    /// Reads the pages of an answer; says of which documents they are.
    fn read(&mut self, answer: &SyncAnswer) -> Vec<RecordId> {
        for page in &answer.pages {
            self.cursors.insert((page.next.book, Log::Entries), page.next);
            self.changed.push(page.next);
        }
        answer.pages.iter().flat_map(|page| page.changes.iter().map(|entry| entry.document)).collect()
    }

    /// What a live event brings of itself.
    fn hear(&mut self, event: &str) -> Vec<RecordId> {
        match serde_json::from_str(event).unwrap() {
            LiveEvent::Answer(told)
                if (told.access, told.all_cursors) == (self.access, self.all_cursors()) =>
            {
                self.read(&told.answer().unwrap())
            }
            _ => Vec::new(),
        }
    }
}

#[derive(Clone)]
struct Relay {
    http: reqwest::Client,
    address: String,
}

impl Relay {
    async fn sync(&self, light: &mut Light, pushes: Vec<Push>) -> SyncAnswer {
        let mut request = SyncRequest::new(Environment::system().now());
        (request.access, request.receipts) = (light.access, light.receipts);
        (request.cursors, request.all_cursors) = (std::mem::take(&mut light.changed), light.all_cursors());
        (request.books, request.pushes, request.budget) = (vec![light.book], pushes, limits::PAGE_MOST);
        let (body, compressed) = wire::write_body(&request).unwrap();
        let mut post = self.http.post(format!("{}/v1/sync", self.address)).bearer_auth(light.token.reveal());
        post = post.header("content-type", wire::CBOR);
        if compressed {
            post = post.header("content-encoding", wire::ENCODING);
        }
        let response = post.body(body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let compressed = response.headers().contains_key("content-encoding");
        let answer: SyncAnswer = wire::read_body(&response.bytes().await.unwrap(), compressed).unwrap();
        light.read(&answer);
        light.access = answer.access.as_ref().map_or(light.access, |access| access.digest);
        light.receipts = answer.receipts.as_ref().map_or(light.receipts, |receipts| receipts.digest);
        answer
    }

    /// Syncs until nothing is left; says which documents came.
    async fn pull(&self, light: &mut Light) -> Vec<RecordId> {
        let mut came = Vec::new();
        loop {
            let answer = self.sync(light, Vec::new()).await;
            came.extend(answer.pages.iter().flat_map(|page| page.changes.iter().map(|entry| entry.document)));
            if !answer.more {
                return came;
            }
        }
    }
}

fn push(document: RecordId, chunk: &Chunk) -> Push {
    Push { document, book: 0, root: None, offset: 0, notice: None, change: None, chunk: chunk.clone() }
}

/// What came to a manager, and when.
type Seen = (RecordId, Instant);

/// A manager's device: live, until the task is dropped. Tells of every document when it came by a wake-up.
async fn live(relay: Relay, mut light: Light, seen: mpsc::UnboundedSender<Seen>, ready: mpsc::Sender<()>) {
    let get = relay.http.get(format!("{}/v1/live?version={}", relay.address, wire::VERSION));
    let mut events = get.bearer_auth(light.token.reveal()).send().await.unwrap().bytes_stream().eventsource();
    while let Some(event) = events.next().await {
        // The relay ends with the proof.
        let Ok(event) = event else { return };
        let hello = event.data.contains("hello");
        for document in light.hear(&event.data) {
            let _ = seen.send((document, Instant::now()));
        }
        for document in relay.pull(&mut light).await {
            let _ = seen.send((document, Instant::now()));
        }
        if hello {
            let _ = ready.send(()).await;
        }
    }
}

struct Team {
    manager: Secret,
    reps: Vec<Light>,
}

/// A workspace of `devices` people, each with one device, invitations for two more of the first manager's, and one that
/// writes into the common book.
async fn set_up(folder: &Path, devices: usize) -> (Vec<Team>, Vec<Secret>, Light) {
    let environment = Environment::system();
    let now = environment.now();
    let storage = Sqlite::open(folder, environment, None).await.unwrap();
    let admin = async |call| storage.admin(call, now).await.unwrap().0;
    let AdminDone::Workspace(workspace) =
        admin(AdminCall::NewWorkspace(NewWorkspace { name: "Load".into() })).await
    else {
        unreachable!()
    };
    let member = async |role, reports_to| -> Member {
        let new = NewMember { workspace: workspace.id, name: "M".into(), role, reports_to };
        let AdminDone::Member(member) = admin(AdminCall::NewMember(new)).await else { unreachable!() };
        member
    };
    let invite = async |member: &Member| -> Secret {
        let code = Secret::from_bytes(Environment::system().bytes());
        let invitation = NewInvitation { member: member.id, expires_in: 24 * 3600 };
        storage.invite(invitation, code.hash(), now).await.unwrap();
        code
    };
    let token = async |member: &Member| -> Secret {
        let (code, token) = (invite(member).await, Secret::from_bytes(Environment::system().bytes()));
        storage.enrol(code.hash(), token.hash(), "phone", None, now).await.unwrap();
        token
    };
    let (mut teams, mut extra, mut writer) = (Vec::new(), Vec::new(), None);
    for _ in 0..devices.div_ceil(TEAM + 1) {
        let manager = member(Role::Manager, None).await;
        let mut reps = Vec::new();
        for _ in 0..TEAM {
            let rep = member(Role::Rep, Some(manager.id)).await;
            reps.push(light(token(&rep).await, rep.book));
        }
        if extra.is_empty() {
            extra = vec![invite(&manager).await, invite(&manager).await];
            writer = Some(light(token(&manager).await, workspace.common_book));
        }
        teams.push(Team { manager: token(&manager).await, reps });
    }
    (teams, extra, writer.unwrap())
}

fn light(token: Secret, book: BookId) -> Light {
    Light {
        token,
        book,
        access: Digest::ZERO,
        receipts: Digest::ZERO,
        cursors: HashMap::new(),
        changed: Vec::new(),
    }
}

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

/// A device that only listens, and tells of each wake-up.
async fn listen(relay: Relay, light: Light, woken: mpsc::UnboundedSender<()>, ready: mpsc::Sender<()>) {
    let get = relay.http.get(format!("{}/v1/live", relay.address)).bearer_auth(light.token.reveal());
    let mut events = get.send().await.unwrap().bytes_stream().eventsource();
    while let Some(Ok(event)) = events.next().await {
        match event.data.contains("hello") {
            true => _ = ready.send(()).await,
            false => _ = woken.send(()),
        }
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
