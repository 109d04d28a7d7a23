//! stub
use super::{Context, Result};
use clap::{ArgMatches, Command};
use std::process::ExitCode;
pub(super) fn command() -> Command {
    Command::new("demo")
}
pub(super) fn run(_: &Context, _: &ArgMatches) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
