//! The whole system in one process and one seed: real engines, real SQLite on disks that fail, the relay's real router,
//! and a network, machines and people as bad as a year of field work.

mod actions;
mod checks;
mod machines;
mod network;
mod newer;
mod organisation;
mod phone;
mod plant;
mod records;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use plant::Plant;
use world::World;

/// Devices of a game, unless somebody asks for more.
pub const DEVICES: usize = 7;

/// One seed, and who plays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Game {
    /// What everything follows from.
    pub seed: u64,
    /// How many devices the team has: from 5 to 50. Managers and tablets grow with them. Another company on the same relay has
    /// one more.
    pub devices: usize,
    /// A bug, which the checks must notice.
    pub plant: Option<Plant>,
}

/// What one seed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// What happened, in order.
    pub trace: Vec<String>,
    /// Changes that were saved.
    pub saved: usize,
    /// Records of which a change went with the only disks that could give it back, when a backup took one's place.
    pub gone_with_a_disk: usize,
    /// Snapshots that stand on the relay at the end.
    pub snapshots: usize,
    /// What did not hold, if anything.
    pub failure: Option<String>,
}

impl Game {
    /// A seed, without a bug.
    pub fn of(seed: u64) -> Self {
        Self { seed, devices: DEVICES, plant: None }
    }

    /// Plays the first steps.
    pub fn run(&self, steps: usize) -> Run {
        self.play(&(0..steps).collect::<Vec<_>>())
    }

    /// Plays some steps.
    pub fn play(&self, schedule: &[usize]) -> Run {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut world = runtime.block_on(World::new(self));
        let played = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async {
                for step in schedule {
                    world.begin(*step);
                    world.act().await;
                }
                world.begin(usize::MAX);
                world.spoil_midway().await;
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
        Run {
            seed: self.seed,
            trace: std::mem::take(&mut world.trace),
            saved: world.saved.len(),
            gone_with_a_disk: world.gone_with_a_disk.len(),
            snapshots: world.snapshots(),
            failure,
        }
    }

    /// The shortest part found of a schedule that fails, which still fails: parts are left out, half of it first, as
    /// long as any can be.
    pub fn minimise(&self, mut schedule: Vec<usize>) -> Vec<usize> {
        let mut part = schedule.len().div_ceil(2);
        while part > 0 {
            let mut at = 0;
            while at < schedule.len() {
                let end = (at + part).min(schedule.len());
                let shorter = [&schedule[..at], &schedule[end..]].concat();
                if self.play(&shorter).failure.is_some() {
                    schedule = shorter;
                } else {
                    at = end;
                }
            }
            part /= 2;
        }
        schedule
    }
}
