//! The stage: a relay and phones, each a process of its own over a folder of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use roadbook_core::sync::Trust;
use roadbook_core::{Options, Store};
use serde_json::{Value as Json, json};

use super::super::{Result, admin, block_on};

/// A relay's process. Dropping it kills it: a demo that fails leaves nothing behind.
pub(super) struct Relay {
    child: Child,
    pub(super) url: String,
    token: String,
}

impl Relay {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let mut child = command()?
            .args(["--json", "relay", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .env_remove("ROADBOOK_ADMIN_TOKEN")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("the relay has no output")?;
        BufReader::new(out).read_line(&mut line)?;
        let said: Json = serde_json::from_str(&line).map_err(|_| "the relay did not start")?;
        let url = said["listening"].as_str().ok_or("the relay does not say where it listens")?.to_owned();
        let token = std::fs::read_to_string(folder.join("admin.token"))?.trim().to_owned();
        Ok(Self { child, url, token })
    }

    pub(super) fn admin(&self, method: &str, path: &str, body: Json) -> Result<Json> {
        block_on(admin::send(&Trust::default(), method, &self.url, path, &self.token, &body))?
    }

    /// Ends it as a signal would, and waits until what was in flight is answered.
    pub(super) fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status()?;
        if !asked.success() || !self.child.wait()?.success() {
            return Err("the relay did not end well".into());
        }
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This very program.
fn command() -> Result<Command> {
    Ok(Command::new(std::env::current_exe()?))
}

/// A person with a phone.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) name: &'static str,
    pub(super) member: String,
    pub(super) book: String,
    pub(super) folder: PathBuf,
}

impl Phone {
    fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = command()?;
        command.arg("--store").arg(&self.folder).arg("--json").args(args);
        Ok(command)
    }

    /// Runs one command in a process of its own; what it printed, a JSON object a line.
    pub(super) fn run(&self, args: &[&str]) -> Result<Vec<Json>> {
        let Output { status, stdout, stderr } = self.command(args)?.output()?;
        // 3: done, with rows that were refused, or without having come to an end.
        if !status.success() && status.code() != Some(3) {
            let said = String::from_utf8_lossy(&stderr);
            return Err(format!("{}: roadbook {}: {}", self.name, args.join(" "), said.trim()).into());
        }
        let lines = String::from_utf8(stdout)?;
        lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Logs one record; its id.
    pub(super) fn log(&self, kind: &str, fields: &[(&str, &str)]) -> Result<String> {
        let flags: Vec<String> = fields.iter().map(|(name, value)| format!("--{name}={value}")).collect();
        let args: Vec<&str> = ["log", kind].into_iter().chain(flags.iter().map(String::as_str)).collect();
        let said = self.run(&args)?;
        let id = said.first().and_then(|said| said["id"].as_str());
        Ok(id.ok_or("a save printed no id")?.to_owned())
    }

    pub(super) fn edit(&self, id: &str, field: &str, value: &str) -> Result<()> {
        self.run(&["edit", id, &format!("--{field}={value}")]).map(|_| ())
    }

    pub(super) fn sync(&self) -> Result<Json> {
        self.run(&["sync"])?.pop().ok_or_else(|| "a sync said nothing".into())
    }

    /// Logs records one after another in one process, which is killed without warning once `kill_after` of them are
    /// acknowledged. The ids that were acknowledged: those must be there for ever.
    pub(super) fn log_until_killed(
        &self,
        kind: &str,
        lines: &[Json],
        kill_after: usize,
    ) -> Result<Vec<String>> {
        let mut child =
            self.command(&["log", kind, "--stdin"])?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut input = child.stdin.take().ok_or("no input")?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // It dies in the middle of reading: a broken pipe is what we came for.
        let feeder = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let mut ids = Vec::new();
        let out = BufReader::new(child.stdout.take().ok_or("no output")?);
        for line in out.lines() {
            let said: Json = serde_json::from_str(&line?)?;
            ids.push(said["id"].as_str().ok_or("a save printed no id")?.to_owned());
            if ids.len() == kill_after {
                child.kill()?;
            }
        }
        let status = child.wait()?;
        let _ = feeder.join();
        if status.success() {
            return Err("the phone was not killed in time".into());
        }
        Ok(ids)
    }

    /// Starts a sync and kills it after a while. Says whether it was still under way.
    pub(super) fn sync_killed_after(&self, wait: Duration) -> Result<bool> {
        let mut child = self.command(&["sync"])?.stdout(Stdio::null()).spawn()?;
        std::thread::sleep(wait);
        let under_way = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(under_way)
    }

    /// The store, for looking at it.
    pub(super) fn store(&self) -> Result<Store> {
        Ok(roadbook_core::open(&self.folder, Options::default(), &mut |_, _| {})?)
    }
}

/// Makes a member and their phone, and enrols it.
pub(super) fn enrol(
    relay: &Relay,
    root: &Path,
    workspace: &str,
    name: &'static str,
    role: &str,
    above: Option<&str>,
) -> Result<Phone> {
    let body = json!({"workspace": workspace, "name": name, "role": role, "reports_to": above});
    let member = relay.admin("POST", "members", body)?;
    let text = |field: &str| member[field].as_str().unwrap_or_default().to_owned();
    let phone = Phone { name, member: text("id"), book: text("book"), folder: root.join(name) };
    let invitation =
        relay.admin("POST", "invitations", json!({"member": phone.member, "expires_in": 3600}))?;
    phone.run(&["enrol", invitation["link"].as_str().unwrap_or_default(), "--device-name", name])?;
    Ok(phone)
}
