//! One store opened by two processes: both work, or one is told `Locked`; never is it damaged.

use std::time::Duration;

use tempfile::TempDir;

use super::device::client;
use super::process::{Process, missing};

pub(super) fn run(seed: u64) {
    let folder = TempDir::new().unwrap();
    // Made before, so that both find it.
    drop(client(folder.path()));
    let mut both = [1, 2].map(|n| Process::device("phone", folder.path(), seed + n));
    for round in 0..6 {
        std::thread::sleep(Duration::from_millis(400));
        both[round % 2].crash();
    }
    both.iter_mut().for_each(Process::kill);
    let lines: Vec<String> = both.iter().flat_map(|p| p.acknowledged.lock().unwrap().clone()).collect();
    let client = client(folder.path());
    client.store().verify().unwrap();
    let (saved, lost) = missing(client.store(), &lines);
    let locked = lines.iter().filter(|line| *line == "locked").count();
    println!(
        "one store in two processes: {saved} versions acknowledged, {lost} lost, {locked} refused as locked"
    );
    assert_eq!(lost, 0);
    assert!(saved > 0);
}
