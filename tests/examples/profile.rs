//! Temporary.
#![allow(clippy::unwrap_used, missing_docs)]
use roadbook_core::sync::{Client, ClientOptions};
use roadbook_core::wire::Role;
use roadbook_tests::{Office, workload};
use std::time::{Duration, Instant};
fn main() {
    let what = std::env::args().nth(1).unwrap();
    let records = workload::generate(10_000, 1);
    let save = |folder: &std::path::Path| {
        let store = roadbook_tests::bench::open(folder);
        let new: Vec<_> = records.iter().map(workload::new_record).collect();
        let started = Instant::now();
        store.batch(|b| new.into_iter().try_for_each(|r| b.create(r).map(|_| ()))).unwrap();
        eprintln!("save {:?}", started.elapsed());
        store
    };
    if what == "save" {
        for _ in 0..6 {
            let folder = tempfile::TempDir::new().unwrap();
            save(folder.path());
        }
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let office = Office::open().await;
        let manager = office.member("B", Role::Manager, None).await;
        let rep = office.member("A", Role::Rep, Some(manager.id)).await;
        let a = tempfile::TempDir::new().unwrap();
        let client = Client::new(save(a.path()), &ClientOptions::default()).unwrap();
        client.enrol(&office.invite(rep.id).await, "a").await.unwrap();
        let started = Instant::now();
        client.sync_once(Duration::from_secs(600)).await.unwrap();
        eprintln!("upload {:?}", started.elapsed());
        for _ in 0..5 {
            let b = tempfile::TempDir::new().unwrap();
            let client =
                Client::new(roadbook_tests::bench::open(b.path()), &ClientOptions::default()).unwrap();
            client.enrol(&office.invite(manager.id).await, "b").await.unwrap();
            let started = Instant::now();
            client.sync_once(Duration::from_secs(600)).await.unwrap();
            eprintln!("bootstrap {:?}", started.elapsed());
        }
    });
}
