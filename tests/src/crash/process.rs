//! A process that is killed and started again, and what is looked at afterwards.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use roadbook_core::Store;
use roadbook_core::model::RecordId;
use rusqlite::Connection;

use super::device::hex;

/// A process that is killed and started again.
pub(super) struct Process {
    pub(super) name: &'static str,
    pub(super) folder: PathBuf,
    args: Vec<String>,
    child: Child,
    /// Lines its predecessors and itself have printed.
    pub(super) acknowledged: Arc<Mutex<Vec<String>>>,
    pub(super) kills: usize,
}

/// Where a process says why it ended.
const SAID: &str = "stderr.txt";

impl Process {
    pub(super) fn start(name: &'static str, folder: &Path, args: &[String]) -> Self {
        let acknowledged = Arc::default();
        let child = spawn(folder, args, &acknowledged);
        Self { name, folder: folder.to_owned(), args: args.to_vec(), child, acknowledged, kills: 0 }
    }

    /// A relay on a port.
    pub(super) fn relay(folder: &Path, port: u16) -> Self {
        Self::start("relay", folder, &["crash-relay".into(), "--port".into(), port.to_string()])
    }

    /// A device at work.
    pub(super) fn device(name: &'static str, folder: &Path, seed: u64) -> Self {
        let role = if name == "tablet" { "reads" } else { "writes" };
        let args = ["crash-device", "--seed", &seed.to_string(), "--role", role].map(str::to_owned);
        Self::start(name, folder, &args)
    }

    /// How often it and its predecessors have printed a line.
    pub(super) fn said(&self, line: &str) -> usize {
        self.acknowledged.lock().unwrap().iter().filter(|said| *said == line).count()
    }

    /// Waits until it was printed so often.
    pub(super) fn wait_for(&self, line: &str, times: usize) {
        let started = Instant::now();
        while self.said(line) < times {
            assert!(started.elapsed().as_secs() < 30, "the {} does not say “{line}”", self.name);
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        let code = self.child.wait().unwrap().code();
        let said = || std::fs::read_to_string(self.folder.join(SAID)).unwrap_or_default();
        assert_eq!(code, None, "the {} ended by itself: {}", self.name, said());
    }

    /// Kills it, looks at what it left, and starts the next.
    pub(super) fn crash(&mut self) {
        self.kill();
        self.kills += 1;
        check_file(&self.file());
        self.again();
    }

    pub(super) fn again(&mut self) {
        self.child = spawn(&self.folder, &self.args, &self.acknowledged);
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(if self.name == "relay" { "relay.sqlite" } else { "roadbook.sqlite" })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, args: &[String], acknowledged: &Arc<Mutex<Vec<String>>>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(args).arg("--dir").arg(folder).stdout(Stdio::piped());
    let said = OpenOptions::new().create(true).append(true).open(folder.join(SAID));
    command.stderr(said.map_or_else(|_| Stdio::null(), Stdio::from));
    let mut child = command.spawn().unwrap();
    let (lines, acknowledged) = (BufReader::new(child.stdout.take().unwrap()).lines(), acknowledged.clone());
    std::thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| acknowledged.lock().unwrap().push(line))
    });
    child
}

pub(super) fn check_file(file: &Path) {
    let found: String =
        Connection::open(file).unwrap().query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok", "{}", file.display());
}

/// How many acknowledged versions there are, and how many of them a store lacks.
pub(crate) fn missing<'a>(store: &Store, lines: impl IntoIterator<Item = &'a String>) -> (usize, usize) {
    let (mut all, mut missing) = (0, 0);
    for line in lines {
        // The last line of a killed process may be cut off.
        let Some((Ok(record), head)) = line.split_once(' ').map(|(id, head)| (id.parse::<RecordId>(), head))
        else {
            continue;
        };
        if head.len() == 64 {
            let changes = store.export_changes(record).unwrap_or_default();
            all += 1;
            missing += usize::from(!changes.iter().any(|(id, _)| hex(&id.0) == head));
        }
    }
    (all, missing)
}
