//! Roadbook: an offline-first core for field-sales apps.

mod document;
pub mod model;
pub mod wire;
