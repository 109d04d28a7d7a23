//! The record kinds Roadbook brings. A new one is one file here and one line in [`STANDARD`].

mod account;
mod contact;
mod gift_note;
mod opportunity;
mod playbook;
mod task;
mod visit;

pub use account::ACCOUNT;
pub use contact::CONTACT;
pub use gift_note::GIFT_NOTE;
pub use opportunity::OPPORTUNITY;
pub use playbook::PLAYBOOK;
pub use task::TASK;
pub use visit::VISIT;

use super::Kind;

/// The kinds every store knows.
pub static STANDARD: &[&Kind] = &[&ACCOUNT, &CONTACT, &VISIT, &GIFT_NOTE, &OPPORTUNITY, &TASK, &PLAYBOOK];
