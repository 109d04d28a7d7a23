//! The end of a file that a power cut tore: the log cut off or garbled, the last page of the file lost.

use std::fs;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roadbook_core::{Error, Options};
use tempfile::TempDir;

const PAGE: usize = 4096;

/// Tears the ends of copies of a killed phone's files.
pub(super) fn run(left: &Path, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut whole, mut salvaged, mut lost) = (0, 0, 0);
    for round in 0..16 {
        let folder = TempDir::new().unwrap();
        for name in ["roadbook.sqlite", "roadbook.sqlite-wal"] {
            if left.join(name).exists() {
                fs::copy(left.join(name), folder.path().join(name)).unwrap();
            }
        }
        let log = folder.path().join("roadbook.sqlite-wal");
        let torn = if round % 4 != 0 && log.exists() { log } else { folder.path().join("roadbook.sqlite") };
        let mut bytes = fs::read(&torn).unwrap();
        let from = bytes.len().saturating_sub(rng.random_range(1..=PAGE));
        match round % 2 {
            0 => bytes.truncate(from),
            _ => rng.fill(&mut bytes[from..]),
        }
        fs::write(&torn, bytes).unwrap();
        let open = || roadbook_core::open(folder.path(), Options::default(), &mut |_, _| {});
        let opened = open().and_then(|store| store.verify().map(|()| store));
        match opened {
            Ok(_) => whole += 1,
            Err(Error::Corrupt { .. }) => {
                let done = roadbook_core::salvage(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
                salvaged += 1;
                lost += done.lost.len();
                open().unwrap().verify().unwrap();
            }
            Err(error) => panic!("{}: {error}", torn.display()),
        }
    }
    println!(
        "torn ends: {whole} whole but for what was not acknowledged, {salvaged} salvaged, {lost} unsent changes lost and named"
    );
}
