//! A disk that is really full: a small one in memory, mounted for the proof, first a phone's, then a relay's.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use roadbook_core::model::Fields;
use roadbook_core::{Error, New, Query};
use tempfile::TempDir;

use super::device::client;
use super::process::{Process, check_file};
use super::{SYNC, enrol, set_up};
use crate::assert_equal;

/// A file system of a few megabytes; gone when it is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// None without the right to mount.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .status();
        done.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self, megabytes: u32) {
        let options = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn account(n: usize) -> New {
    let fields = Fields::new().with("name", format!("客户 {n}")).with("notes", "样机演示。".repeat(100));
    New::new("account", fields)
}

pub(super) fn run() {
    match SmallDisk::mount(3) {
        Some(disk) => phone(&disk),
        None => return println!("a full disk: not tried, mounting one needs root"),
    }
    if let Some(disk) = SmallDisk::mount(3) {
        relay(&disk);
    }
}

fn phone(disk: &SmallDisk) {
    let client = client(disk.path());
    let store = client.store();
    let mut saved = Vec::new();
    let full = loop {
        match store.create(account(saved.len())) {
            Ok(done) => saved.push(done.id),
            Err(error) => break error,
        }
        assert!(saved.len() < 20_000, "it is never full");
    };
    assert!(matches!(full, Error::DiskFull), "{full}");
    let there = |saved: &[_]| saved.iter().filter(|id| store.get(**id).is_ok()).count();
    let on_full = there(&saved);
    disk.grow(12);
    saved.push(store.create(account(saved.len())).unwrap().id);
    store.pause().unwrap();
    store.resume().unwrap();
    store.verify().unwrap();
    assert_eq!((on_full + 1, there(&saved)), (saved.len(), saved.len()));
    println!(
        "a phone's disk full after {} saves: DiskFull; none lost, and on it goes with room",
        saved.len() - 1
    );
}

fn relay(disk: &SmallDisk) {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let codes = runtime.block_on(set_up(disk.path(), 2));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut relay = Process::relay(disk.path(), port);
    let clients = [0, 1].map(|place| client(folders[place].path()));
    for (client, code) in clients.iter().zip(&codes) {
        runtime.block_on(enrol(client, port, code));
    }
    let (mut saved, mut refused) = (0, None);
    while refused.is_none() {
        clients[0]
            .store()
            .batch(|batch| (0..200).map(|n| batch.create(account(saved + n))).collect::<Result<Vec<_>, _>>())
            .unwrap();
        saved += 200;
        assert!(saved < 50_000, "it is never full");
        refused = runtime.block_on(clients[0].sync_once(SYNC)).err();
    }
    let refused = refused.unwrap();
    assert!(matches!(refused, Error::Busy { .. } | Error::Refused { .. }), "{refused}");
    let kept = clients[0].store().status().unwrap().unsent;
    assert!(kept > 0, "what the relay could not take stays on the phone");
    // Reading goes on.
    let read = runtime.block_on(clients[1].sync_once(SYNC));
    disk.grow(200);
    for client in clients.iter().cycle().take(4) {
        assert!(runtime.block_on(client.sync_once(SYNC)).unwrap().finished);
    }
    relay.kill();
    check_file(&relay.file());
    let stores = clients.each_ref().map(|client| client.store());
    assert!(!stores[0].has_unsent_work().unwrap());
    assert_equal(stores[0], stores[1]);
    let listed = stores[1].count(&Query::new("account")).unwrap();
    assert_eq!(listed, saved as u64);
    println!(
        "a relay's disk full at {saved} records: “{refused}”, {kept} kept on the phone, a colleague's sync {}; all there \
         once it had room",
        match read {
            Ok(_) => "went on".to_owned(),
            Err(error) => format!("was told “{error}”"),
        }
    );
}
