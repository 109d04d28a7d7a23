//! The border of Roadbook's core to Kotlin and Swift: it converts and delegates, nothing else.
//!
//! Nothing here knows a record kind. A record crosses as its common parts and a map of [`FfiValue`]s by field name; the
//! typed `Visit`, `Account`, … of both languages are written by `roadbook-types` from the core's declarations, on top
//! of that. So this crate, and the code uniffi generates for it, do not grow with the kinds.
//!
//! Every call that touches the store's file runs where blocking is allowed. Once begun it ends, whatever
//! becomes of its caller: a cancelled save is saved or not, never half.

mod core;
mod error;
mod ledger;
mod log;
mod observe;
mod practice;
mod record;
mod runtime;
mod secrets;
mod sync;
mod value;
mod wording;
mod workspace;

pub use core::{FfiOptions, FfiSalvaged, RoadbookCore, salvage};
pub use error::{FfiError, FfiErrorCode, FfiProblem};
pub use ledger::{
    FfiDelivery, FfiLedgerEntry, FfiLedgerState, FfiQuarantined, FfiStatus, FfiUnsent, FfiUnsentReason,
};
pub use log::{FfiLog, FfiLogLevel, set_log};
pub use observe::{FfiCallbackError, FfiChangeSet, FfiObserver, FfiSubscription, FfiTouched};
pub use practice::{FfiFinding, FfiNextAction, FfiSource, FfiUrgency};
pub use record::{
    FfiClash, FfiCompare, FfiFilter, FfiHistoryEntry, FfiHit, FfiNew, FfiQuery, FfiRecord, FfiResolution,
    FfiSaved, FfiSide, FfiWrote,
};
pub use secrets::{FfiSecretError, FfiSecretStore};
pub use sync::{FfiCancel, FfiIdentity, FfiPrepared, FfiStopReason, FfiSyncReport, FfiSyncState};
pub use value::{FfiItem, FfiValue};
pub use wording::{FfiWording, field_label};
pub use workspace::{FfiBook, FfiMember, FfiProposal, FfiProposedChange, FfiRight, FfiRole, FfiVerdict};

uniffi::setup_scaffolding!();
