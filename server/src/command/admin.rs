//! `roadbook admin`: the relay's administration over HTTP. One table of calls; each is a method, a path and a body.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use roadbook_core::sync::{Trust, check_encrypted};
use serde_json::{Map, Value as Json, json};

use super::{Context, Result, block_on, device, text};

/// One call: its words on the command line, where it goes, and its arguments. A path's `{name}` takes an argument.
struct Call {
    words: [&'static str; 2],
    about: &'static str,
    method: &'static str,
    path: &'static str,
    args: &'static [Given],
}

/// One argument of a call.
struct Given {
    name: &'static str,
    help: &'static str,
    required: bool,
    of: Of,
}

/// Where an argument goes.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// Into the path or the query.
    Path,
    /// Into the body, as a text.
    Text,
    /// Into the body, as a number or truth.
    Plain,
    /// Into the body, as a list.
    List,
    /// Into the body, days as seconds.
    Days,
}

const fn given(name: &'static str, of: Of, required: bool, help: &'static str) -> Given {
    Given { name, help, required, of }
}

const ROLES: &str = "rep, support, manager, director, finance or admin";

static CALLS: &[Call] = &[
    Call {
        words: ["workspace", "add"],
        about: "Make a workspace with its common book",
        method: "POST",
        path: "workspaces",
        args: &[given("name", Of::Text, true, "Its name")],
    },
    Call {
        words: ["workspace", "list"],
        about: "List workspaces",
        method: "GET",
        path: "workspaces",
        args: &[],
    },
    Call {
        words: ["member", "add"],
        about: "Make a member with a book of their own",
        method: "POST",
        path: "members",
        args: &[
            given("workspace", Of::Text, true, "The workspace's id"),
            given("name", Of::Text, true, "Display name"),
            given("role", Of::Text, true, ROLES),
            given("reports_to", Of::Text, false, "The id of the member above"),
        ],
    },
    Call {
        words: ["member", "list"],
        about: "List members",
        method: "GET",
        path: "members?workspace={workspace}",
        args: &[given("workspace", Of::Path, true, "The workspace's id")],
    },
    Call {
        words: ["member", "edit"],
        about: "Change a member; --active false ends all their rights and retires their devices",
        method: "PATCH",
        path: "members/{member}",
        args: &[
            given("member", Of::Path, true, "The member's id"),
            given("name", Of::Text, false, "Display name"),
            given("role", Of::Text, false, ROLES),
            given("reports_to", Of::Text, false, "The id of the member above"),
            given("active", Of::Plain, false, "true or false"),
        ],
    },
    Call {
        words: ["book", "add"],
        about: "Make a book",
        method: "POST",
        path: "books",
        args: &[
            given("workspace", Of::Text, true, "The workspace's id"),
            given("name", Of::Text, true, "Its name"),
            given("owner", Of::Text, true, "The id of the member accountable for it"),
        ],
    },
    Call {
        words: ["book", "list"],
        about: "List books with their owners and grants",
        method: "GET",
        path: "books?workspace={workspace}",
        args: &[given("workspace", Of::Path, true, "The workspace's id")],
    },
    Call {
        words: ["book", "edit"],
        about: "Rename a book or give it another owner",
        method: "PATCH",
        path: "books/{book}",
        args: &[
            given("book", Of::Path, true, "The book's id"),
            given("name", Of::Text, false, "Its name"),
            given("owner", Of::Text, false, "The id of its new owner"),
        ],
    },
    Call {
        words: ["book", "grant"],
        about: "Let a member read or edit a book besides the org tree",
        method: "PUT",
        path: "books/{book}/grants",
        args: &[
            given("book", Of::Path, true, "The book's id"),
            given("member", Of::Text, true, "The member's id"),
            given("right", Of::Text, true, "reader or editor"),
            given("expires_at", Of::Plain, false, "When it ends by itself, milliseconds since 1970 UTC"),
        ],
    },
    Call {
        words: ["book", "revoke"],
        about: "Take a grant away; unsent work goes to the review tray first",
        method: "DELETE",
        path: "books/{book}/grants/{member}",
        args: &[
            given("book", Of::Path, true, "The book's id"),
            given("member", Of::Path, true, "The member's id"),
        ],
    },
    Call {
        words: ["device", "list"],
        about: "List devices",
        method: "GET",
        path: "devices?workspace={workspace}",
        args: &[given("workspace", Of::Path, true, "The workspace's id")],
    },
    Call {
        words: ["device", "order"],
        about: "Retire a device (unsent work is handed in first) or wipe it (unsent work is lost)",
        method: "POST",
        path: "devices/{device}/order",
        args: &[
            given("device", Of::Path, true, "The device's id"),
            given("order", Of::Text, true, "retire or wipe"),
        ],
    },
    Call {
        words: ["invite", ""],
        about: "Make a one-time invitation; the link is shown once",
        method: "POST",
        path: "invitations",
        args: &[
            given("member", Of::Text, true, "The member's id"),
            given("expires_in", Of::Days, true, "Days until it expires, at most 30"),
        ],
    },
    Call {
        words: ["move", ""],
        about: "Hand accounts over to another book, with all that hangs on them",
        method: "POST",
        path: "moves",
        args: &[
            given("from", Of::Text, true, "The book they are in"),
            given("to", Of::Text, true, "The book they go to"),
            given("roots", Of::List, true, "Ids of the accounts"),
        ],
    },
    Call {
        words: ["audit", ""],
        about: "What administrators did",
        method: "GET",
        path: "audit?workspace={workspace}",
        args: &[given("workspace", Of::Path, true, "The workspace's id")],
    },
];

pub(super) fn command() -> Command {
    let mut admin = Command::new("admin")
        .about("Administer a relay: workspaces, members, books, invitations, devices, handovers")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("relay")
                .long("relay")
                .global(true)
                .value_name("URL")
                .env("ROADBOOK_RELAY")
                .default_value("http://127.0.0.1:8443")
                .help("The relay's address"),
        )
        .arg(
            Arg::new("token-file")
                .long("token-file")
                .global(true)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The relay's admin.token; or set ROADBOOK_ADMIN_TOKEN"),
        )
        .arg(device::root_certificate().global(true));
    for call in CALLS {
        let [word, second] = call.words;
        let leaf = call.args.iter().fold(
            Command::new(if second.is_empty() { word } else { second }).about(call.about),
            |leaf, given| {
                let arg = Arg::new(given.name)
                    .long(given.name.replace('_', "-"))
                    .value_name(given.name.to_uppercase())
                    .required(given.required)
                    .help(given.help);
                leaf.arg(match given.of {
                    Of::List => arg.num_args(1..),
                    Of::Days => arg.default_value("7").required(false),
                    _ => arg,
                })
            },
        );
        if second.is_empty() {
            admin = admin.subcommand(leaf);
        } else if admin.find_subcommand(word).is_some() {
            admin = admin.mut_subcommand(word, |group| group.subcommand(leaf));
        } else {
            let about = format!("{word}s: add, list, change");
            admin = admin.subcommand(
                Command::new(word)
                    .about(about)
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    .subcommand(leaf),
            );
        }
    }
    admin
}

/// The call that the words name, with its arguments.
fn find(args: &ArgMatches) -> Option<(&'static Call, &ArgMatches)> {
    let (word, args) = args.subcommand()?;
    if let Some(call) = CALLS.iter().find(|call| call.words == [word, ""]) {
        return Some((call, args));
    }
    let (second, args) = args.subcommand()?;
    CALLS.iter().find(|call| call.words == [word, second]).map(|call| (call, args))
}

pub(super) fn run(context: &Context, args: &ArgMatches) -> Result<()> {
    let token = match (args.get_one::<PathBuf>("token-file"), std::env::var("ROADBOOK_ADMIN_TOKEN")) {
        (Some(file), _) => std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?,
        (None, Ok(token)) => token,
        (None, Err(_)) => return Err("the admin token is missing: --token-file DIR/admin.token".into()),
    };
    let relay = text(args, "relay").trim_end_matches('/').to_owned();
    let trust = device::trust(args)?;
    let (call, args) = find(args).ok_or("say what to do")?;
    let (mut path, mut body) = (call.path.to_owned(), Map::new());
    for given in call.args {
        let values: Vec<&String> = args.get_many(given.name).into_iter().flatten().collect();
        let Some(value) = values.first() else { continue };
        let json = match given.of {
            Of::Path => {
                path = path.replace(&format!("{{{}}}", given.name), value);
                continue;
            }
            Of::Text => json!(value),
            Of::Plain => serde_json::from_str(value).map_err(|e| format!("--{}: {e}", given.name))?,
            Of::List => json!(values),
            Of::Days => {
                json!(value.parse::<u64>().map_err(|e| format!("--{}: {e}", given.name))? * 24 * 3600)
            }
        };
        body.insert(given.name.to_owned(), json);
    }
    let answer = block_on(send(&trust, call.method, &relay, &path, token.trim(), &Json::Object(body)))??;
    match answer.get("items").and_then(Json::as_array) {
        Some(items) => items.iter().for_each(|item| print(context, item)),
        None => print(context, &answer),
    }
    Ok(())
}

fn print(context: &Context, item: &Json) {
    context.out.object(item, || {
        let fields = item.as_object().into_iter().flatten();
        let shown = fields.filter(|(_, value)| !value.is_null()).map(|(name, value)| {
            format!("{name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        shown.collect::<Vec<_>>().join("  ")
    });
}

/// Sends one call; a refusal says what the relay says.
pub(super) async fn send(
    trust: &Trust,
    method: &str,
    relay: &str,
    path: &str,
    token: &str,
    body: &Json,
) -> Result<Json> {
    check_encrypted(relay)?;
    let mut request =
        trust.client()?.request(method.parse()?, format!("{relay}/v1/admin/{path}")).bearer_auth(token);
    if method != "GET" {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response =
        request.send().await.map_err(|e| format!("{relay} cannot be reached: {}", e.without_url()))?;
    let good = response.status().is_success();
    let answer: Option<Json> = serde_json::from_str(&response.text().await?).ok();
    match (good, answer) {
        (true, Some(answer)) => Ok(answer),
        (true, None) => Err(format!("{relay} answered something that no relay answers: is it one?").into()),
        (false, answer) => {
            let detail = answer.as_ref().and_then(|answer| answer["detail"].as_str());
            Err(detail.unwrap_or("the relay refused without saying why").into())
        }
    }
}
