//! What the proofs share: a relay on a socket, its administrator, and people with devices.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a proof that cannot be set up is to stop")]

pub mod adapter;
pub mod bench;
pub mod counting;
pub mod crash;
pub mod fixtures;
mod founding;
pub mod load;
pub mod network;
mod office;
pub mod parts;
mod replica;
pub mod salvage;
pub mod side_by_side;
pub mod simulate;
mod team;
pub mod workload;

pub use office::{ADMIN, Device, Office, apply, on_loopback, send};
pub use replica::{assert_equal, replica, replica_in, shared_books};
pub use team::{Team, names};
