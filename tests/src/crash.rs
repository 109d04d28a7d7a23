//! `cargo proof crash`: real processes killed at random, for real. A phone that saves, imports, edits and syncs without
//! pause; a manager who syncs and edits; the relay between them. After every kill the file is opened and looked at; at
//! the end nothing that was acknowledged may be missing anywhere.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::{Fields, RecordId};
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::wire::{Member, NewInvitation, NewMember, NewWorkspace, Role, Secret};
use roadbook_core::{Edit, Environment, New, Options, Query, Store};
use roadbook_server::relay::{self, AdminCall, AdminDone, Sqlite, Storage as _};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{assert_equal, on_loopback, replica};

const SYNC: Duration = Duration::from_secs(120);
/// Records of one import.
const IMPORT: usize = 150;

/// The relay, until it is killed.
pub fn relay(folder: &Path, port: u16) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(relay::serve(on_loopback(folder, port), CancellationToken::new(), |_| {})).unwrap();
}

/// A device at work, until it is killed. Prints a line for every save that returned: the record and its version.
pub fn device(folder: &Path, seed: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = client(folder);
    let store = client.store().clone();
    let mut rng = StdRng::seed_from_u64(seed);
    let tell = |saved: &roadbook_core::Saved| {
        saved.heads.0.iter().for_each(|head| println!("{} {}", saved.id, hex(&head.0)));
    };
    let account =
        |n: u32| Fields::new().with("name", format!("客户 {n}")).with("notes", "样机演示。".repeat(20));
    loop {
        // A thousand kills are not to be a hundred thousand records.
        std::thread::sleep(Duration::from_millis(rng.random_range(0..20)));
        match rng.random_range(0..100) {
            0..60 => tell(&store.create(New::new("account", account(rng.random()))).unwrap()),
            60..85 => {
                let known = store.list(&Query::new("account").page(50, rng.random_range(0..50))).unwrap();
                if let Some(record) = known.choose(&mut rng) {
                    let edit = Edit::of(record).set("notes", format!("改 {}", rng.random::<u32>()));
                    tell(&store.edit(edit).unwrap());
                }
            }
            85..88 => {
                let import = store.batch(|batch| {
                    (0..IMPORT)
                        .map(|_| batch.create(New::new("account", account(rng.random()))))
                        .collect::<Result<Vec<_>, _>>()
                });
                import.unwrap().iter().for_each(tell);
            }
            // The relay may be dead at this moment.
            _ => _ = runtime.block_on(client.sync_once(SYNC)),
        }
    }
}

fn client(folder: &Path) -> Client {
    let store = roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap();
    Client::new(store, &ClientOptions::default()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A process that is killed and started again.
struct Process {
    name: &'static str,
    folder: PathBuf,
    args: Vec<String>,
    child: Child,
    /// Lines its predecessors and itself have printed.
    acknowledged: Arc<Mutex<Vec<String>>>,
    kills: usize,
}

impl Process {
    fn start(name: &'static str, folder: &Path, args: &[String]) -> Self {
        let acknowledged = Arc::default();
        let child = spawn(folder, args, &acknowledged);
        Self { name, folder: folder.to_owned(), args: args.to_vec(), child, acknowledged, kills: 0 }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().code(), None, "the {} ended by itself", self.name);
    }

    /// Kills it, looks at what it left, and starts the next.
    fn crash(&mut self) {
        self.kill();
        self.kills += 1;
        check_file(&self.folder.join(if self.name == "relay" { "relay.sqlite" } else { "roadbook.sqlite" }));
        self.child = spawn(&self.folder, &self.args, &self.acknowledged);
    }
}

fn spawn(folder: &Path, args: &[String], acknowledged: &Arc<Mutex<Vec<String>>>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(args).arg("--dir").arg(folder).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (lines, acknowledged) = (BufReader::new(child.stdout.take().unwrap()).lines(), acknowledged.clone());
    std::thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| acknowledged.lock().unwrap().push(line))
    });
    child
}

fn check_file(file: &Path) {
    let found: String =
        Connection::open(file).unwrap().query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok", "{}", file.display());
}

async fn set_up(folder: &Path) -> [Secret; 2] {
    let environment = Environment::system();
    let storage = Sqlite::open(folder, environment.clone(), None).await.unwrap();
    let admin = async |call| storage.admin(call, environment.now()).await.unwrap().0;
    let AdminDone::Workspace(workspace) =
        admin(AdminCall::NewWorkspace(NewWorkspace { name: "W".into() })).await
    else {
        unreachable!()
    };
    let member = async |role, reports_to| -> Member {
        let new = NewMember { workspace: workspace.id, name: "M".into(), role, reports_to };
        let AdminDone::Member(member) = admin(AdminCall::NewMember(new)).await else { unreachable!() };
        member
    };
    let manager = member(Role::Manager, None).await;
    let rep = member(Role::Rep, Some(manager.id)).await;
    let codes = [1, 2].map(|n| Secret::from_bytes([n; 32]));
    for (code, member) in codes.iter().zip([rep.id, manager.id]) {
        let invitation = NewInvitation { member, expires_in: 3600 };
        storage.invite(invitation, code.hash(), environment.now()).await.unwrap();
    }
    codes
}

/// Kills processes `kills` times and checks what is left.
pub fn run(kills: usize, seed: u64) {
    let (started, mut rng) = (Instant::now(), StdRng::seed_from_u64(seed));
    let folders: [TempDir; 3] = std::array::from_fn(|_| TempDir::new().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let codes = runtime.block_on(set_up(folders[0].path()));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let relay = Process::start(
        "relay",
        folders[0].path(),
        &["crash-relay".into(), "--port".into(), port.to_string()],
    );
    for (folder, code) in folders[1..].iter().zip(&codes) {
        let (client, link) = (client(folder.path()), format!("http://127.0.0.1:{port}/#{}", code.reveal()));
        while let Err(error) = runtime.block_on(client.enrol(&link, "phone")) {
            assert!(started.elapsed().as_secs() < 30, "{error}");
            std::thread::sleep(Duration::from_millis(20));
        }
        runtime.block_on(client.sync_once(SYNC)).unwrap();
    }
    let device = |name, place: usize| {
        Process::start(
            name,
            folders[place].path(),
            &["crash-device".into(), "--seed".into(), (seed + place as u64).to_string()],
        )
    };
    let mut processes = [relay, device("phone", 1), device("laptop", 2)];
    for kill in 1..=kills {
        std::thread::sleep(Duration::from_millis(rng.random_range(5..250)));
        // The phone, which does most, is killed most.
        let victim = *[0, 1, 1, 2].choose(&mut rng).unwrap();
        processes[victim].crash();
        if kill % 100 == 0 {
            println!("{kill} kills, {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    let acknowledged: BTreeSet<String> =
        processes.iter().flat_map(|p| p.acknowledged.lock().unwrap().clone()).collect();
    let [mut relay, mut phone, mut laptop] = processes;
    phone.kill();
    laptop.kill();
    let clients = [&phone, &laptop].map(|process| client(&process.folder));
    for client in clients.iter().cycle().take(6) {
        let report = runtime.block_on(client.sync_once(SYNC)).unwrap();
        assert!(report.finished, "{report:?}");
    }
    relay.kill();
    check_file(&relay.folder.join("relay.sqlite"));
    let stores: Vec<&Store> = clients.iter().map(Client::store).collect();
    for store in &stores {
        assert_eq!(store.check().unwrap(), [], "rows are not what documents say");
        assert!(!store.has_unsent_work().unwrap());
    }
    assert_equal(stores[0], stores[1]);
    let mut lost = 0;
    for line in &acknowledged {
        // The last line of a killed process may be cut off.
        let Some((Ok(record), head)) = line.split_once(' ').map(|(id, head)| (id.parse::<RecordId>(), head))
        else {
            continue;
        };
        if head.len() == 64 {
            let changes = stores[1].export_changes(record).unwrap_or_default();
            lost += usize::from(!changes.iter().any(|(id, _)| hex(&id.0) == head));
        }
    }
    let books: Vec<_> = stores[1].books().unwrap().iter().map(|book| book.id).collect();
    println!(
        "killed: relay {}, phone {}, laptop {}. {} versions acknowledged, {lost} lost; {} records, both devices equal; {:.0} s",
        relay.kills,
        phone.kills,
        laptop.kills,
        acknowledged.len(),
        replica(stores[1], &books).len(),
        started.elapsed().as_secs_f64(),
    );
    assert_eq!(lost, 0);
}
