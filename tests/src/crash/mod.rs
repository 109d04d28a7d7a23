//! `cargo proof crash`: real processes killed at random, for real, and what else happens to files. Phones that save,
//! import, edit, sync, migrate and compact without pause; the relay between them, killed under their load and restored
//! from an older backup; disks that are full; ends of files that are torn; one store opened twice; files of earlier
//! schemas, killed as they are brought to this one. After every kill the
//! file is opened and looked at; at the end nothing that was acknowledged may be missing anywhere.

mod device;
mod disk;
mod kills;
mod migration;
mod process;
mod torn;
mod twice;

use std::path::Path;
use std::time::{Duration, Instant};

use roadbook_core::sync::Client;
use roadbook_core::wire::{Role, Secret};
use tempfile::TempDir;

pub(crate) use device::hex;
pub use device::{device, relay};
pub use migration::migrate;
pub(crate) use process::missing;

use crate::founding::Founding;

const SYNC: Duration = Duration::from_secs(120);

/// A workspace with a manager and a rep, and invitations for their devices in turn.
pub(crate) async fn set_up(folder: &Path, devices: usize) -> Vec<Secret> {
    let founding = Founding::on(folder).await;
    let manager = founding.member(Role::Manager, None).await;
    let rep = founding.member(Role::Rep, Some(manager.id)).await;
    let codes: Vec<Secret> = (1..=devices).map(|n| Secret::from_bytes([n as u8; 32])).collect();
    for (code, member) in codes.iter().zip([rep.id, manager.id].into_iter().cycle()) {
        founding.invite(member, code).await;
    }
    codes
}

/// Enrols a device, once the relay is up.
async fn enrol(client: &Client, port: u16, code: &Secret) {
    let (started, link) = (Instant::now(), format!("http://127.0.0.1:{port}/#{}", code.reveal()));
    while let Err(error) = client.enrol(&link, "phone").await {
        assert!(started.elapsed().as_secs() < 30, "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    client.sync_once(SYNC).await.unwrap();
}

/// Kills processes `kills` times and checks what is left; then everything else.
pub fn run(kills: usize, seed: u64) {
    let left = TempDir::new().unwrap();
    kills::run(kills, seed, left.path());
    torn::run(left.path(), seed);
    twice::run(seed);
    migration::run(kills / 2, seed);
    disk::run();
}
