//! `proof adapter client|server`: the JSON-lines protocol of the side-by-side benchmark. A record is a record of ours, the
//! server is the relay; A is a rep and B their manager.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use roadbook_core::model::{Fields, RecordId, Time, Value};
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::wire::{Invitation, Role, Secret};
use roadbook_core::{Compare, Edit, Filter, Query, Store};
use roadbook_server::relay::serve;
use serde_json::{Map, Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::founding::Founding;
use crate::workload;

type Answer = Result<Json, String>;

/// Answers commands on standard input until it ends.
pub(crate) fn answer(ready: &Json, mut command: impl FnMut(&str, &Map<String, Json>) -> Answer) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}").unwrap();
    out.flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let request: Map<String, Json> = serde_json::from_str(&line).unwrap();
        let name = request["cmd"].as_str().unwrap_or_default().to_owned();
        let mut answer = match command(&name, &request) {
            Ok(Json::Object(answer)) => answer,
            Ok(_) => Map::new(),
            Err(error) => Map::from_iter([("error".to_owned(), json!(error))]),
        };
        answer.insert("ok".into(), json!(!answer.contains_key("error")));
        answer.insert("id".into(), request["id"].clone());
        writeln!(out, "{}", Json::Object(answer)).unwrap();
        out.flush().unwrap();
        if name == "close" {
            return;
        }
    }
}

pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The relay.
pub fn server(folder: &Path, port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    runtime.block_on(set_up(folder));
    let (stop, options) = (CancellationToken::new(), crate::on_loopback(folder, port));
    let (tell, told) = std::sync::mpsc::channel();
    let ended = stop.clone();
    let running = runtime.spawn(async move { serve(options, ended, |at| tell.send(at).unwrap()).await });
    told.recv().unwrap();
    let database = folder.join("relay.sqlite");
    answer(&json!({"ready": true, "caps": {"oneshot": true}}), |name, _| match name {
        "count" => {
            let count = rusqlite::Connection::open(&database)
                .and_then(|db| db.query_row("SELECT count(*) FROM document", [], |row| row.get::<_, i64>(0)))
                .map_err(text)?;
            Ok(json!({"count": count}))
        }
        "flush" | "close" => Ok(Json::Null),
        other => Err(format!("{other} is not known")),
    });
    stop.cancel();
    runtime.block_on(running).unwrap().unwrap();
}

/// A workspace with a rep and their manager, unless they are there.
async fn set_up(folder: &Path) {
    if folder.join("relay.sqlite").exists() {
        return;
    }
    let founding = Founding::on(folder).await;
    let manager = founding.member(Role::Manager, None).await;
    let rep = founding.member(Role::Rep, Some(manager.id)).await;
    for (name, member) in [("A", rep), ("B", manager)] {
        founding.invite(member.id, &code_of(name)).await;
    }
}

/// The invitation of A and of B: fixed, so that no administrator's request is counted as sync.
fn code_of(name: &str) -> Secret {
    Secret::from_bytes([name.as_bytes()[0]; 32])
}

struct Phone {
    runtime: tokio::runtime::Runtime,
    store: Option<Store>,
    client: Option<Client>,
    name: String,
    live: Option<(CancellationToken, tokio::task::JoinHandle<roadbook_core::Result<()>>)>,
}

/// A device.
pub fn client() {
    let mut phone = Phone {
        runtime: tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(),
        store: None,
        client: None,
        name: String::new(),
        live: None,
    };
    answer(&json!({"ready": true, "caps": {"oneshot": true}}), |name, args| phone.command(name, args));
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// CLOCK_MONOTONIC in nanoseconds, which the harness compares between processes.
pub(crate) fn monotonic() -> String {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    (i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)).to_string()
}

impl Phone {
    fn command(&mut self, name: &str, args: &Map<String, Json>) -> Answer {
        match name {
            "open" => self.open(args),
            "insert_each" => self.insert_each(args),
            "insert_bulk" => self.insert_bulk(args),
            "count" => Ok(json!({"count": self.count()?})),
            "digest" => self.digest(),
            "page" => self.page(args),
            "get" => self.get(args),
            "edit" => self.edit(args),
            "sync_once" => self.sync(port(args)),
            "live_start" => self.live_start(port(args)),
            "live_stop" => self.live_stop(),
            "wait" => self.wait(&args["until"]),
            "flush" => Ok(Json::Null),
            "close" => {
                self.live_stop()?;
                self.client = None;
                self.store = None;
                Ok(Json::Null)
            }
            other => Err(format!("{other} is not known")),
        }
    }

    fn store(&self) -> Result<&Store, String> {
        self.store.as_ref().ok_or_else(|| "open first".to_owned())
    }

    fn open(&mut self, args: &Map<String, Json>) -> Answer {
        let started = Instant::now();
        let folder = PathBuf::from(args["dir"].as_str().unwrap());
        self.name = args["name"].as_str().unwrap().to_owned();
        let store = roadbook_core::open(&folder, workload::options(), &mut |_, _| {}).map_err(text)?;
        self.store = Some(store);
        Ok(json!({"ms": milliseconds(started)}))
    }

    fn records(args: &Map<String, Json>) -> Vec<roadbook_core::New> {
        let number = |name: &str| args[name].as_u64().unwrap() as usize;
        let file = Path::new(args["file"].as_str().unwrap());
        workload::read(file, number("from"), number("to")).iter().map(workload::new_record).collect()
    }

    fn insert_each(&mut self, args: &Map<String, Json>) -> Answer {
        let store = self.store()?;
        let mut times = Vec::new();
        for record in Self::records(args) {
            let started = Instant::now();
            store.create(record).map_err(text)?;
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        Ok(json!({"us": times}))
    }

    fn insert_bulk(&mut self, args: &Map<String, Json>) -> Answer {
        let records = Self::records(args);
        let started = Instant::now();
        self.store()?.batch(|batch| batch.create_all(records)).map_err(text)?;
        Ok(json!({"ms": milliseconds(started)}))
    }

    fn count(&self) -> Result<u64, String> {
        let store = self.store()?;
        let counts = workload::KINDS.iter().map(|kind| store.count(&Query::new(kind.name)));
        counts.sum::<Result<u64, _>>().map_err(text)
    }

    fn digest(&self) -> Answer {
        use sha2::Digest;
        let store = self.store()?;
        let mut lines = BTreeMap::new();
        for kind in workload::KINDS {
            let mut query = Query::new(kind.name).page(5_000, 0);
            loop {
                let page = store.list(&query).map_err(text)?;
                for record in &page {
                    let record_json: BTreeMap<String, Json> =
                        workload::json_of(record.kind, record.id, &record.fields).into_iter().collect();
                    lines.insert(record.id.to_string(), serde_json::to_string(&record_json).map_err(text)?);
                }
                query.offset += page.len() as u32;
                if page.len() < 5_000 {
                    break;
                }
            }
        }
        let mut hash = sha2::Sha256::new();
        for line in lines.values() {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        let hex: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(json!({"digest": hex}))
    }

    fn page(&self, args: &Map<String, Json>) -> Answer {
        let account: RecordId = args["account"].as_str().unwrap().parse().map_err(text)?;
        let mut query = Query::new(workload::VISIT.name).descending("planned_at");
        query.filters.push(Filter {
            field: "account_id".into(),
            compare: Compare::Is,
            value: Some(Value::Link(account)),
        });
        query.limit = args["limit"].as_u64().unwrap() as u32;
        let mut records = self.store()?.list(&query).map_err(text)?;
        // The benchmark breaks ties by id.
        let at = |fields: &Fields| match fields.get("planned_at") {
            Some(Value::Time(Time { at, .. })) => *at,
            _ => 0,
        };
        records.sort_by_key(|record| (std::cmp::Reverse(at(&record.fields)), record.id));
        Ok(json!({"ids": records.iter().map(|record| record.id.to_string()).collect::<Vec<_>>()}))
    }

    fn get(&self, args: &Map<String, Json>) -> Answer {
        let store = self.store()?;
        let id: RecordId = args["rec"].as_str().unwrap().parse().map_err(text)?;
        let record = store.get(id).map_err(text)?;
        let mut answer = json!({"rec": workload::json_of(record.kind, id, &record.fields)});
        if record.clashes > 0 {
            answer["conflicts"] = json!(store.clashes(Some(id)).map_err(text)?.len());
        }
        Ok(answer)
    }

    fn edit(&self, args: &Map<String, Json>) -> Answer {
        let (started, t) = (Instant::now(), monotonic());
        let store = self.store()?;
        let record = store.get(args["rec"].as_str().unwrap().parse().map_err(text)?).map_err(text)?;
        let mut edit = Edit::of(&record);
        for (name, json) in args["set"].as_object().unwrap() {
            edit = edit.set(name, json.as_str().unwrap());
        }
        let notes = record.fields.text("notes").unwrap_or_default();
        edit = edit.set("notes", format!("{notes}{}", args["append"].as_str().unwrap()).as_str());
        store.edit(edit).map_err(text)?;
        Ok(json!({"t": t, "ms": milliseconds(started)}))
    }

    /// The device's client, enrolled at the relay behind this port.
    fn client(&mut self, port: u16) -> Result<Client, String> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let client =
            Client::new(self.store()?.clone(), &ClientOptions { trust: Trust::default() }).map_err(text)?;
        if self.store()?.identity().map_err(text)?.is_none() {
            let invitation =
                Invitation { relay: format!("http://127.0.0.1:{port}"), code: code_of(&self.name) };
            self.runtime.block_on(client.enrol(&invitation.to_string(), &self.name)).map_err(text)?;
        }
        self.client = Some(client.clone());
        Ok(client)
    }

    fn sync(&mut self, port: u16) -> Answer {
        let client = self.client(port)?;
        let report = self.runtime.block_on(client.sync_once(Duration::from_secs(600))).map_err(text)?;
        if report.finished { Ok(Json::Null) } else { Err(format!("{report:?}")) }
    }

    fn live_start(&mut self, port: u16) -> Answer {
        let client = self.client(port)?;
        let stop = CancellationToken::new();
        let ended = stop.clone();
        let running = self.runtime.spawn(async move { client.run(ended).await });
        self.live = Some((stop, running));
        Ok(Json::Null)
    }

    fn live_stop(&mut self) -> Answer {
        if let Some((stop, running)) = self.live.take() {
            stop.cancel();
            self.runtime.block_on(running).map_err(text)?.map_err(text)?;
        }
        Ok(Json::Null)
    }

    fn wait(&self, until: &Json) -> Answer {
        let store = self.store()?.clone();
        let mut changes = store.observe();
        let wanted = until.clone();
        let seen = || -> Result<bool, String> {
            if let Some(count) = wanted.get("count") {
                return Ok(json!(self.count()?) == *count);
            }
            let id: RecordId = wanted["id"].as_str().unwrap().parse().map_err(text)?;
            let Some(record) = store.find(id).map_err(text)? else { return Ok(false) };
            Ok(record.fields.text(wanted["field"].as_str().unwrap()) == wanted["value"].as_str())
        };
        loop {
            if seen()? {
                return Ok(json!({"t": monotonic()}));
            }
            if self.runtime.block_on(changes.next()).is_none() {
                return Err("the store was closed".to_owned());
            }
        }
    }
}

pub(crate) fn port(args: &Map<String, Json>) -> u16 {
    args["port"].as_u64().unwrap() as u16
}
