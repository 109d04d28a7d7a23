//! The `roadbook` command: a device's store from the command line, the relay, and its administration.
//!
//! Flags of records follow from the kinds: there is no code here that knows a visit from a gift note.

mod admin;
mod csv_file;
mod demo;
mod device;
mod import;
mod output;
mod record;
mod relay;
mod review;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use roadbook_core::model::Schema;
use roadbook_core::{Options, Store};

use output::Output;

/// What a command may fail with; people read it.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// What every command is given.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    store: Option<PathBuf>,
    pub(crate) out: Output,
}

impl Context {
    /// Where the device's store is.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        match &self.store {
            Some(folder) => Ok(folder.clone()),
            None => default_store(),
        }
    }

    /// The device's store.
    pub(crate) fn open(&self) -> Result<Store> {
        let folder = self.folder()?;
        let bar = self.out.progress(0, "records are prepared for this version");
        let store = roadbook_core::open(&folder, Options::default(), &mut |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        })?;
        bar.finish_and_clear();
        Ok(store)
    }
}

fn default_store() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    base.or_else(home)
        .map(|base| base.join("roadbook"))
        .ok_or_else(|| "say where the store is: --store DIR".into())
}

const EXAMPLES: &str = "Examples:
  roadbook demo                                     a day in the field, played before your eyes
  roadbook log account --name 百草堂                 save a record; it prints the new id
  roadbook log visit --account ID --purpose 新品演示
  roadbook list visit --where account=ID --sort -planned_at
  roadbook search 百草
  roadbook import accounts.csv --as account --dry-run
  roadbook enrol 'https://relay.example/#…'         then: roadbook sync

`roadbook help log visit` lists the fields of a visit.";

fn command(schema: &Schema) -> Command {
    let command = Command::new("roadbook")
        .about("Offline-first records for field sales: log, find, merge and sync them, and run the relay between")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("store")
                .long("store")
                .global(true)
                .value_name("DIR")
                .env("ROADBOOK_STORE")
                .value_parser(value_parser!(PathBuf))
                .help("The device's store"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("One JSON object a line, for scripts"),
        )
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_name("LANG")
                .env("LANG")
                .help("en or zh: the language of labels and messages"),
        );
    let command = record::commands(schema).into_iter().fold(command, Command::subcommand);
    let others = [review::commands(), device::commands(), vec![import::command(), relay::command()]].concat();
    others
        .into_iter()
        .fold(command, Command::subcommand)
        .subcommand(admin::command())
        .subcommand(demo::command())
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let schema = Schema::standard();
    let matches = command(&schema).get_matches();
    let chinese = matches.get_one::<String>("lang").is_some_and(|lang| lang.starts_with("zh"));
    let out = Output { json: matches.get_flag("json"), chinese };
    let context = Context { store: matches.get_one::<PathBuf>("store").cloned(), out };
    let Some((name, args)) = matches.subcommand() else { return ExitCode::FAILURE };
    log(name);
    match run(&context, name, args) {
        Ok(code) => code,
        Err(error) => {
            out.failure(&*error);
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; a relay's are read by machines.
fn log(name: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| if name == "relay" { "info" } else { "error" }.into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match name {
        "relay" => builder.json().init(),
        _ => builder.init(),
    }
}

fn run(context: &Context, name: &str, args: &ArgMatches) -> Result<ExitCode> {
    match name {
        "relay" => relay::run(context, args)?,
        "admin" => admin::run(context, args)?,
        "import" => return import::run(context, args),
        "demo" => return demo::run(context, args),
        "review" | "conflicts" | "resolve" | "next" | "findings" => review::run(context, name, args)?,
        "enrol" | "sync" | "status" | "salvage" | "books" | "members" => {
            return device::run(context, name, args);
        }
        _ => record::run(context, name, args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A runtime for what talks to a network.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(future))
}

/// A required argument.
pub(crate) fn text<'a>(args: &'a ArgMatches, name: &str) -> &'a str {
    args.get_one::<String>(name).map_or("", String::as_str)
}

/// An id among the arguments.
pub(crate) fn id<T>(args: &ArgMatches, name: &str) -> Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    Ok(text(args, name).parse()?)
}
