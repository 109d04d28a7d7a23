//! The whole system in one process and one seed: real engines, real SQLite, the relay's real router, and a network,
//! machines and people as bad as a year of field work.

mod actions;
mod checks;
mod network;
mod plant;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use plant::Plant;
use world::World;

/// What one seed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// What happened, in order.
    pub trace: Vec<String>,
    /// Changes that were saved.
    pub saved: usize,
    /// What did not hold, if anything.
    pub failure: Option<String>,
}

/// Plays one seed.
pub fn run(seed: u64, steps: usize) -> Run {
    play(seed, &(0..steps).collect::<Vec<_>>(), None)
}

/// Plays some steps of one seed; with a bug, which the checks must notice.
pub fn play(seed: u64, schedule: &[usize], plant: Option<Plant>) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut world = runtime.block_on(World::new(seed));
    world.plant = plant;
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            for step in schedule {
                world.begin(*step);
                world.act().await;
            }
            world.begin(usize::MAX);
            world.spoil_midway();
            world.settle().await;
            world.spoil_end();
            world.check().await;
        });
    }));
    let failure = played.err().map(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic without a text".to_owned())
    });
    Run { seed, trace: std::mem::take(&mut world.trace), saved: world.saved.len(), failure }
}

/// The shortest part found of a schedule that fails, which still fails: parts are left out, half of it first, as long as any can be.
pub fn minimise(seed: u64, mut schedule: Vec<usize>, plant: Option<Plant>) -> Vec<usize> {
    let mut part = schedule.len().div_ceil(2);
    while part > 0 {
        let mut at = 0;
        while at < schedule.len() {
            let end = (at + part).min(schedule.len());
            let shorter = [&schedule[..at], &schedule[end..]].concat();
            if play(seed, &shorter, plant).failure.is_some() {
                schedule = shorter;
            } else {
                at = end;
            }
        }
        part /= 2;
    }
    schedule
}
