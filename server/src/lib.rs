//! The Roadbook relay: a small, content-blind server that numbers, keeps and hands on changes.

pub mod relay;
