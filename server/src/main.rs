//! The `roadbook` command.
fn main() {}
