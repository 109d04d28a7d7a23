//! Sync: events in, effects out, then HTTP around it.
//!
//! [`Engine`] decides what to send and takes in what came; it never waits and never touches a network, so that a
//! simulation, a platform's own HTTP stack and [`Client`] all drive the same one.

mod backoff;
mod client;
mod engine;
mod enrol;
mod http;
mod live;
mod prepared;
mod state;
mod unsent;

pub use client::{Client, ClientOptions, SyncReport};
pub use engine::{Ask, Engine, Next};
#[cfg(feature = "simulate")]
pub(crate) use http::refusal;
pub use http::{Trust, check_encrypted};
pub use prepared::{PreparedRequest, RelayAnswer};
pub use state::{Progress, StopReason, SyncState};
