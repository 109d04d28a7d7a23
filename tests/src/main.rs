//! `cargo proof`: the one door to simulation, benchmarks and the benchmark adapter.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a proof that cannot be set up is to stop")]

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use clap::{Arg, ArgAction, Command, value_parser};
use roadbook_tests::{
    adapter, bench, crash, fixtures, load, network, parts, salvage, side_by_side, simulate,
};

fn main() -> ExitCode {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).default_value(default).value_parser(value_parser!(u64)).help(help)
    };
    let dir = || Arg::new("dir").long("dir").required(true).value_parser(value_parser!(PathBuf));
    let port = || Arg::new("port").long("port").required(true).value_parser(value_parser!(u16));
    let matches = Command::new("proof")
        .about("Checks what Roadbook promises")
        .subcommand_required(true)
        .subcommand(
            Command::new("simulate")
                .about("Plays seeds: several phones, a relay, and everything that goes wrong between them")
                .arg(number("seeds", "200", "How many seeds"))
                .arg(number("devices", "7", "How many devices, 5 to 50; managers among them"))
                .arg(number("from", "1", "The first seed"))
                .arg(number("steps", "250", "What happens in each, before everybody settles"))
                .arg(
                    Arg::new("only")
                        .long("only")
                        .value_delimiter(',')
                        .value_parser(value_parser!(usize))
                        .help("Play only these steps of the seed: what a failure was made short to"),
                )
                .arg(Arg::new("trace").long("trace").action(ArgAction::SetTrue).help("Print what happened")),
        )
        .subcommand(
            Command::new("crash")
                .about("Kills real processes at random: devices, the relay between them; restores, fills disks, tears files")
                .arg(number("kills", "200", "How often"))
                .arg(number("seed", "1", "What is killed, and when")),
        )
        .subcommand(Command::new("crash-relay").hide(true).arg(dir()).arg(port()))
        .subcommand(
            Command::new("crash-device")
                .hide(true)
                .arg(dir())
                .arg(number("seed", "1", "What it does"))
                .arg(Arg::new("role").long("role").default_value("writes").value_parser(["writes", "reads"])),
        )
        .subcommand(
            Command::new("crash-migrate")
                .hide(true)
                .arg(dir())
                .arg(Arg::new("role").long("role").required(true).value_parser(["device", "relay"])),
        )
        .subcommand(
            Command::new("network")
                .about("A day of field work between network namespaces, over links that lose, delay and go dark; needs root")
                .arg(number("seconds", "15", "How long the links are bad"))
                .arg(number("seed", "1", "When what happens")),
        )
        .subcommand(Command::new("network-relay").hide(true).arg(dir()))
        .subcommand(
            Command::new("network-device")
                .hide(true)
                .arg(dir())
                .arg(Arg::new("link").long("link").required(true))
                .arg(Arg::new("certificate").long("certificate").required(true).value_parser(value_parser!(PathBuf)))
                .arg(number("seconds", "15", "How long it works"))
                .arg(number("seed", "1", "What it does")),
        )
        .subcommand(
            Command::new("salvage")
                .about("Flips bytes and tears pages in a phone's file, everywhere; salvages it, syncs, and compares")
                .arg(number("places", "300", "How many places"))
                .arg(number("seed", "1", "Which places")),
        )
        .subcommand(
            Command::new("record-fixtures")
                .about("Writes the databases and conversations of this build, for later builds to open and replay")
                .arg(
                    Arg::new("to")
                        .long("to")
                        .default_value(fixtures::folder().into_os_string())
                        .value_parser(value_parser!(PathBuf))
                        .help("Where to"),
                ),
        )
        .subcommand(
            Command::new("fuzz")
                .about("Feeds every parser with noise and spoilt input; each test run does so for a second")
                .arg(number("minutes", "1", "How long, each")),
        )
        .subcommand(
            Command::new("load")
                .about("Many live devices and a long log: throughput, latency, memory, and no wake-up lost")
                .arg(number("devices", "1000", "Live devices"))
                .arg(number("records", "1000000", "Changes in the logs")),
        )
        .subcommand(
            Command::new("bench")
                .about("Measures Roadbook beside bare SQLite, both in one run")
                .arg(number("records", "10000", "Records for saves and sync"))
                .arg(number("large", "100000", "Records for lists, search and memory"))
                .arg(
                    Arg::new("only")
                        .long("only")
                        .value_parser(["saves", "sync", "live", "growth", "lists", "library"])
                        .value_delimiter(',')
                        .help("Only these rows, separated by commas"),
                )
                .arg(
                    Arg::new("resident")
                        .long("resident")
                        .value_parser(value_parser!(PathBuf))
                        .hide(true)
                        .help("Measure the memory of reading this store; used by the benchmark itself"),
                ),
        )
        .subcommand(
            Command::new("side-by-side")
                .about("Measures Roadbook beside what one would choose otherwise; installs them")
                .arg(number("records", "10000", "How many, a multiple of ten"))
                .arg(number("runs", "3", "How often; the table has medians"))
                .arg(Arg::new("peers").long("peers").help("Only these, separated by commas"))
                .arg(
                    Arg::new("write")
                        .long("write")
                        .action(ArgAction::SetTrue)
                        .help("Put table and plot into docs"),
                )
                .arg(
                    Arg::new("check")
                        .long("check")
                        .action(ArgAction::SetTrue)
                        .help("Once, all together; fails unless each got through and Roadbook kept its word"),
                ),
        )
        .subcommand(
            Command::new("adapter")
                .about("Speaks the protocol of the side-by-side benchmark on standard input and output")
                .arg(
                    Arg::new("parts")
                        .long("parts")
                        .action(ArgAction::SetTrue)
                        .help("Only what a live edit cannot do without"),
                )
                .subcommand_required(true)
                .subcommand(Command::new("client"))
                .subcommand(Command::new("server").arg(dir()).arg(port())),
        )
        .get_matches();
    match matches.subcommand() {
        Some(("simulate", args)) => {
            let get = |name| *args.get_one::<u64>(name).unwrap();
            let schedule: Vec<usize> = match args.get_many("only") {
                Some(only) => only.copied().collect(),
                None => (0..get("steps") as usize).collect(),
            };
            let game = |seed| simulate::Game { devices: get("devices") as usize, ..simulate::Game::of(seed) };
            let games: Vec<_> = (get("from")..get("from") + get("seeds")).map(game).collect();
            simulate_seeds(&games, &schedule, args.get_flag("trace"))
        }
        Some(("fuzz", args)) => fuzz(*args.get_one::<u64>("minutes").unwrap()),
        Some(("network", args)) => {
            network::run(*args.get_one("seconds").unwrap(), *args.get_one("seed").unwrap());
            ExitCode::SUCCESS
        }
        Some(("network-relay", args)) => {
            network::relay(args.get_one::<PathBuf>("dir").unwrap());
            ExitCode::FAILURE
        }
        Some(("network-device", args)) => {
            let path = |name| args.get_one::<PathBuf>(name).unwrap();
            let (seconds, seed) = (*args.get_one("seconds").unwrap(), *args.get_one("seed").unwrap());
            network::device(
                path("dir"),
                args.get_one::<String>("link").unwrap(),
                path("certificate"),
                seconds,
                seed,
            );
            ExitCode::SUCCESS
        }
        Some(("salvage", args)) => {
            let get = |name| *args.get_one::<u64>(name).unwrap();
            salvage::run(get("places") as usize, get("seed"));
            ExitCode::SUCCESS
        }
        Some(("record-fixtures", args)) => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(fixtures::record(args.get_one::<PathBuf>("to").unwrap()));
            ExitCode::SUCCESS
        }
        Some(("crash", args)) => {
            let get = |name| *args.get_one::<u64>(name).unwrap();
            crash::run(get("kills") as usize, get("seed"));
            ExitCode::SUCCESS
        }
        Some(("crash-relay", args)) => {
            crash::relay(args.get_one::<PathBuf>("dir").unwrap(), *args.get_one::<u16>("port").unwrap());
            ExitCode::FAILURE
        }
        Some(("crash-device", args)) => {
            let reads = args.get_one::<String>("role").is_some_and(|role| role == "reads");
            crash::device(args.get_one::<PathBuf>("dir").unwrap(), *args.get_one("seed").unwrap(), reads);
            ExitCode::FAILURE
        }
        Some(("crash-migrate", args)) => {
            let relay = args.get_one::<String>("role").is_some_and(|role| role == "relay");
            crash::migrate(args.get_one::<PathBuf>("dir").unwrap(), relay);
            ExitCode::FAILURE
        }
        Some(("load", args)) => {
            let get = |name| *args.get_one::<u64>(name).unwrap() as usize;
            load::run(get("devices"), get("records"));
            ExitCode::SUCCESS
        }
        Some(("bench", args)) => {
            let get = |name| *args.get_one::<u64>(name).unwrap() as usize;
            match args.get_one::<PathBuf>("resident") {
                Some(folder) => bench::resident(folder),
                None => {
                    let only: Vec<&String> = args.get_many("only").unwrap_or_default().collect();
                    let wanted = |part: &str| only.is_empty() || only.iter().any(|only| *only == part);
                    bench::run(get("records"), get("large"), wanted);
                }
            }
            ExitCode::SUCCESS
        }
        Some(("side-by-side", args)) => {
            let done = side_by_side::run(&side_by_side::Options {
                records: *args.get_one::<u64>("records").unwrap() as usize,
                runs: *args.get_one::<u64>("runs").unwrap(),
                peers: args.get_one::<String>("peers").cloned(),
                write: args.get_flag("write"),
                check: args.get_flag("check"),
            });
            if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Some(("adapter", args)) => {
            let only_parts = args.get_flag("parts");
            match args.subcommand() {
                Some(("server", args)) => {
                    let server = if only_parts { parts::server } else { adapter::server };
                    server(args.get_one::<PathBuf>("dir").unwrap(), *args.get_one::<u16>("port").unwrap());
                }
                _ if only_parts => parts::client(),
                _ => adapter::client(),
            }
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}

fn fuzz(minutes: u64) -> ExitCode {
    let cargo = ["test", "--release", "--locked", "--workspace", "--lib", "--bins", "whatever_"];
    let status = std::process::Command::new(env!("CARGO"))
        .args(cargo)
        .env("BOLERO_RANDOM_TEST_TIME_MS", (minutes * 60_000).to_string())
        .status()
        .unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays seeds, as many at a time as there are cores.
fn simulate_seeds(games: &[simulate::Game], schedule: &[usize], trace: bool) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let games_left = Mutex::new(games.iter());
    let total = Mutex::new(Total::default());
    let play = || {
        while let Some(game) = { games_left.lock().unwrap().next() } {
            let run = game.play(schedule);
            let failed = run.failure.is_some();
            report(game, run.failure.as_deref(), trace.then_some(&*run.trace), schedule);
            let mut total = total.lock().unwrap();
            total.add(&run);
            if total.seeds % 100 == 0 || failed {
                let seconds = started.elapsed().as_secs_f64();
                println!("{} of {} seeds, {} failed, {seconds:.0} s", total.seeds, games.len(), total.failed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, NonZero::get).min(games.len()) {
            scope.spawn(play);
        }
    });
    let Total { seeds, failed, saved, gone, snapshots } = total.into_inner().unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{seeds} seeds, {saved} changes saved, {snapshots} snapshots stand, {gone} records were partly on a lost disk only, {failed} failed, {seconds:.1} s"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Total {
    seeds: usize,
    failed: usize,
    saved: usize,
    gone: usize,
    snapshots: usize,
}

impl Total {
    fn add(&mut self, run: &simulate::Run) {
        self.seeds += 1;
        self.failed += usize::from(run.failure.is_some());
        self.saved += run.saved;
        self.gone += run.gone_with_a_disk;
        self.snapshots += run.snapshots;
    }
}

/// Prints what happened, if wished; and of a failure what it was, and a short schedule that replays it.
fn report(game: &simulate::Game, failure: Option<&str>, trace: Option<&[String]>, schedule: &[usize]) {
    if let Some(trace) = trace {
        println!("  {}", trace.join("\n  "));
    }
    let Some(failure) = failure else { return };
    println!("seed {}: {failure}\n  making it short …", game.seed);
    let short: Vec<String> = game.minimise(schedule.to_vec()).iter().map(usize::to_string).collect();
    println!(
        "  replay: cargo proof simulate --seeds 1 --from {} --devices {} --trace --only {}",
        game.seed,
        game.devices,
        short.join(",")
    );
}
