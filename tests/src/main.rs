//! `cargo proof`: one door to every proof.
fn main() {}
