//! Roadbook: an offline-first core for field-sales apps.

mod document;
mod environment;
mod error;
pub mod model;
pub mod wire;

pub use environment::{Clock, Environment};
pub use error::{Error, Result};
