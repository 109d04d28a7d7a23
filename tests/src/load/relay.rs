//! The relay in a process of its own, and who is on it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use roadbook_core::Environment;
use roadbook_core::wire::{Member, Role, Secret};
use roadbook_server::relay::Storage as _;

use super::TEAM;
use super::light::{Light, light};
use crate::founding::Founding;

/// A relay process.
pub(super) struct RelayProcess(Child);

impl RelayProcess {
    pub(super) fn start(folder: &Path, port: u16) -> Self {
        let args = ["crash-relay", "--port", &port.to_string(), "--dir"];
        let exe = std::env::current_exe().unwrap();
        let child =
            Command::new(exe).args(args).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.unwrap())
    }

    /// Resident memory in MiB.
    pub(super) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Seconds of processor time so far.
    pub(super) fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap())
            / rustix::param::clock_ticks_per_second() as f64
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) struct Team {
    pub(super) manager: Secret,
    pub(super) reps: Vec<Light>,
}

/// A workspace of `devices` people, each with one device, invitations for two more of the first manager's, and one that
/// writes into the common book.
pub(super) async fn set_up(folder: &Path, devices: usize) -> (Vec<Team>, Vec<Secret>, Light) {
    let founding = Founding::on(folder).await;
    let secret = || Secret::from_bytes(Environment::system().bytes());
    let invite = async |member: &Member| -> Secret {
        let code = secret();
        founding.invite(member.id, &code).await;
        code
    };
    let token = async |member: &Member| -> Secret {
        let (code, token) = (invite(member).await, secret());
        founding.storage.enrol(code.hash(), token.hash(), "phone", None, founding.now).await.unwrap();
        token
    };
    let (mut teams, mut extra, mut writer) = (Vec::new(), Vec::new(), None);
    for _ in 0..devices.div_ceil(TEAM + 1) {
        let manager = founding.member(Role::Manager, None).await;
        let mut reps = Vec::new();
        for _ in 0..TEAM {
            let rep = founding.member(Role::Rep, Some(manager.id)).await;
            reps.push(light(token(&rep).await, rep.book));
        }
        if extra.is_empty() {
            extra = vec![invite(&manager).await, invite(&manager).await];
            writer = Some(light(token(&manager).await, founding.workspace.common_book));
        }
        teams.push(Team { manager: token(&manager).await, reps });
    }
    (teams, extra, writer.unwrap())
}
