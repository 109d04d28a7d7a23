//! The relay: it numbers, keeps and hands on changes, and cannot read them.
//!
//! [`Storage`] keeps; `org` says who may do what; `exchange` answers a sync; [`app`] puts it behind HTTP; [`serve`]
//! runs it on a socket.

mod certificate;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod conformance;
mod exchange;
mod http;
mod live;
mod metrics;
mod org;
mod serve;
mod sqlite;
mod storage;

pub use exchange::{Ahead, answer_ahead, exchange};
pub use http::{Relay, app};
pub use org::{KnownOrg, Org, OrgBook, OrgMember, Standing};
pub use serve::{Error, Options, serve};
pub use sqlite::{CommitHook, Sqlite};
pub use storage::*;
