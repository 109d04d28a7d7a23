//! Roadbook: an offline-first core for field-sales apps.

pub mod model;
pub mod wire;
