//! The record kinds Roadbook brings. A new one is one file here and one line below.

use super::Kind;

/// A line is a file and the kind it declares.
macro_rules! standard {
    ($($file:ident::$kind:ident),* $(,)?) => {
        $(mod $file; pub use $file::$kind;)*

        /// The kinds every store knows.
        pub static STANDARD: &[&Kind] = &[$(&$kind),*];
    };
}

standard! {
    account::ACCOUNT,
    contact::CONTACT,
    visit::VISIT,
    gift_note::GIFT_NOTE,
    opportunity::OPPORTUNITY,
    task::TASK,
    playbook::PLAYBOOK,
}
