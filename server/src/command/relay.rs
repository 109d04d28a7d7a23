//! `roadbook relay`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use roadbook_server::relay::{Options, Sqlite, serve};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Context, Result, block_on};

pub(super) fn command() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(help)
    };
    let data = Arg::new("data")
        .long("data")
        .value_name("DIR")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The relay's folder");
    Command::new("relay")
        .about("Run the relay between the devices")
        .args_conflicts_with_subcommands(true)
        .arg(data.clone())
        .arg(
            Arg::new("listen")
                .long("listen")
                .default_value("127.0.0.1:8443")
                .value_name("ADDRESS")
                .value_parser(value_parser!(SocketAddr))
                .help("Where it listens; port 0 takes a free one"),
        )
        .arg(
            file("tls-cert", "PEM certificate chain, served anew once renewed; without it plain HTTP, for loopback or behind a proxy")
                .requires("tls-key"),
        )
        .arg(file("tls-key", "PEM key of the certificate").requires("tls-cert"))
        .arg(
            Arg::new("admin-token")
                .long("admin-token")
                .env("ROADBOOK_ADMIN_TOKEN")
                .hide_env_values(true)
                .value_name("TOKEN")
                .help("64 hexadecimal digits; without it one is made and kept in DIR/admin.token"),
        )
        .arg(Arg::new("public-url").long("public-url").value_name("URL").help("The address in invitations"))
        .arg(
            Arg::new("rate")
                .long("rate")
                .value_name("N")
                .value_parser(value_parser!(u32))
                .help("Requests one device may make in a minute"),
        )
        .subcommand(
            Command::new("backup")
                .about("Copy the relay's database, while it runs or not")
                .arg(data)
                .arg(file("to", "The copy; must not exist").required(true)),
        )
}

pub(super) fn run(context: &Context, args: &ArgMatches) -> Result<()> {
    let path = |args: &ArgMatches, name: &str| args.get_one::<PathBuf>(name).cloned();
    if let Some((_, args)) = args.subcommand() {
        let (data, to) = (path(args, "data").unwrap_or_default(), path(args, "to").unwrap_or_default());
        Sqlite::backup(&data, &to)?;
        context.out.object(&json!({"backup": to}), || to.display().to_string());
        return Ok(());
    }
    let options = Options {
        folder: path(args, "data").unwrap_or_default(),
        listen: args.get_one::<SocketAddr>("listen").copied().ok_or("say where to listen")?,
        tls: path(args, "tls-cert").zip(path(args, "tls-key")),
        admin_token: args.get_one::<String>("admin-token").cloned(),
        public_url: args.get_one::<String>("public-url").cloned(),
        rate: args.get_one::<u32>("rate").copied(),
    };
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let stop = CancellationToken::new();
    let out = context.out;
    block_on(async {
        let ended = stop.clone();
        tokio::spawn(async move {
            interrupted().await;
            ended.cancel();
        });
        serve(options, stop, |address| {
            let url = format!("{scheme}://{address}");
            out.object(&json!({"listening": url}), || format!("listening on {url}"));
        })
        .await
    })??;
    Ok(())
}

/// An interrupt or a polite kill.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
