//! `cargo proof side-by-side`: Roadbook beside what one would choose otherwise. The harness is JavaScript, as the others
//! are, and stands in `tests/side-by-side`; it gets its records and its Roadbook from here.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use crate::workload;

/// What is measured, and what comes of it.
pub struct Options {
    /// How many records: a multiple of ten.
    pub records: usize,
    /// How often; the table has medians.
    pub runs: u64,
    /// Names of other systems, separated by commas; all of them if there is none.
    pub peers: Option<String>,
    /// Puts table and plot into `docs`.
    pub write: bool,
    /// Runs once, all systems together, and fails unless each got through and Roadbook kept its word.
    pub check: bool,
}

/// Installs the others, makes the records, runs the harness. False if it failed.
pub fn run(options: &Options) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("side-by-side");
    if !Command::new(folder.join("install")).status().unwrap().success() {
        return false;
    }
    let roadbook = std::env::current_exe().unwrap();
    // target/side-by-side: the rows of the last run stay there.
    let out = roadbook.parent().unwrap().with_file_name("side-by-side");
    std::fs::create_dir_all(&out).unwrap();
    let records = out.join(format!("workload-{}.jsonl", options.records));
    let mut file = BufWriter::new(File::create(&records).unwrap());
    for record in workload::generate(options.records, 1) {
        serde_json::to_writer(&mut file, &record).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
    let mut harness = Command::new("node");
    harness.arg(folder.join("run.mjs")).arg("--workload").arg(records).arg("--roadbook").arg(roadbook);
    harness.arg("--out").arg(out).args(["--runs", &options.runs.to_string()]);
    if let Some(peers) = &options.peers {
        harness.args(["--peers", peers]);
    }
    for (wanted, flag) in [(options.write, "--write"), (options.check, "--check")] {
        if wanted {
            harness.arg(flag);
        }
    }
    harness.status().unwrap().success()
}
