//! How much longer it takes where there is more: ten times as long where there is ten times as much is linear.

use serde_json::{Map, Value as Json};
use tempfile::TempDir;

use super::bare::Bare;
use super::{Phones, median, row, runtime, save_all, synced, timed};
use crate::workload;

const ROUNDS: usize = 3;
/// Records that are saved together.
const BATCH: usize = 10_000;

/// Milliseconds that records take: saved, uploaded, on a new device, and saved by bare SQLite.
type Times = [f64; 4];

/// Of `few` records and of `many`, with ids as the store makes them, each behind the one before it, and with ids at random.
pub(super) fn run(few: usize, many: usize) {
    let aim = format!("≤ {} × is linear", many / few);
    for in_order in [true, false] {
        let [some, all] = [few, many].map(|n| {
            let records = workload::generate(n, 4);
            let records = if in_order { workload::in_order(records) } else { records };
            let rounds: Vec<Times> = (0..ROUNDS).map(|_| round(&records)).collect();
            std::array::from_fn::<_, 4, _>(|i| median(rounds.iter().map(|times| times[i]).collect()))
        });
        let times: Times = std::array::from_fn(|i| all[i] / some[i]);
        let ids = if in_order { "ids in order" } else { "ids at random" };
        for (i, what) in ["bulk saves", "upload", "bootstrap"].into_iter().enumerate() {
            row(
                &format!("{what} of {many} records against {few}, {ids}; bare: bulk saves"),
                format!("{:.1} ×", times[i]),
                format!("{:.1} ×", times[3]),
                Some(times[i] / times[3]),
                &aim,
            );
        }
    }
}

fn round(records: &[Map<String, Json>]) -> Times {
    runtime().block_on(async {
        let Phones { folders, clients: [rep, manager], .. } = &Phones::enrolled().await;
        let saved = records.chunks(BATCH).map(|some| timed(|| save_all(rep.store(), some)).1).sum();
        let uploaded = synced(rep).await;
        // On its own processor, if this phone had one.
        while rep.store().tidy().unwrap() {}
        let downloaded = synced(manager).await;
        let folder = TempDir::new().unwrap();
        let bare = Bare::like(folders[0].path(), records, folder.path(), &[]);
        let bare = bare.rows.chunks(BATCH).map(|some| timed(|| bare.bulk(some)).1).sum();
        [saved, uploaded, downloaded, bare]
    })
}
