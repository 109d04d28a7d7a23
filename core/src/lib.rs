//! Roadbook: an offline-first core for field-sales apps.

mod document;
mod environment;
mod error;
pub mod model;
pub mod practice;
mod secrets;
#[cfg(feature = "simulate")]
pub mod simulate;
mod store;
pub mod sync;
pub mod wire;

use std::path::Path;
use std::sync::Arc;

pub use environment::{Clock, Environment};
pub use error::{Error, Result};
pub use secrets::{SecretError, SecretStore};
pub use store::*;

/// Opens a device's store in a folder, and makes both if they are not there. Query tables whose declaration changed
/// are filled again first; `progress` is told how many of how many records are done.
pub fn open(folder: &Path, options: Options, progress: &mut dyn FnMut(u64, u64)) -> Result<Store> {
    Store::open(folder, options, vec![Arc::new(practice::Practice)], progress)
}

/// Carries everything that a damaged store still holds over into a fresh one in its place: what to call when a call
/// answered [`Error::Corrupt`], with the store closed. The damaged file is moved aside and kept. What is unsent is sent,
/// and what is gone comes again, with the next sync. Needs room for a second file. `progress` is told how much of how
/// much is done.
pub fn salvage(folder: &Path, options: Options, progress: &mut dyn FnMut(u64, u64)) -> Result<Salvaged> {
    store::salvage(folder, options, vec![Arc::new(practice::Practice)], progress)
}
