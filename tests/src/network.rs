//! `cargo proof network`: a relay and three devices, each in a network namespace of its own, through links that the kernel
//! itself makes bad: narrow, with short queues that fill and drop (token buckets), and dark for a while in the middle of
//! answers. Real TCP and TLS retransmit, stall and give up; a day of field work goes on over them.
//!
//! Loss comes from full queues and dark links, delay from waiting in queues: the kernel here has no `netem`, so packets
//! are neither reordered nor lost on an idle link.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::Fields;
use roadbook_core::sync::{Client, ClientOptions, Trust};
use roadbook_core::{Edit, New, Options, Query};
use roadbook_server::relay;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::crash::{missing, set_up};
use crate::{assert_equal, on_loopback, replica};

const DEVICES: usize = 3;
const PORT: u16 = 8443;

/// Namespaces with a link each to the first of them; gone when dropped.
struct Links {
    names: Vec<String>,
    children: Vec<Child>,
}

fn run_tool(tool: &str, args: &str) -> bool {
    let done = Command::new(tool).args(args.split_whitespace()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

fn ip(args: &str) {
    assert!(run_tool("ip", args), "ip {args}");
}

impl Links {
    /// None where namespaces cannot be made.
    fn lay() -> Option<Self> {
        let mut links = Self { names: Vec::new(), children: Vec::new() };
        for place in 0..=DEVICES {
            let name = format!("roadbook-{}-{place}", std::process::id());
            if !run_tool("ip", &format!("netns add {name}")) {
                return None;
            }
            ip(&format!("-n {name} link set lo up"));
            links.names.push(name);
        }
        for place in 1..=DEVICES {
            let (relay, device) = (&links.names[0], &links.names[place]);
            ip(&format!("-n {relay} link add to{place} type veth peer name line netns {device}"));
            ip(&format!("-n {relay} address add 10.77.{place}.1/24 dev to{place}"));
            ip(&format!("-n {device} address add 10.77.{place}.2/24 dev line"));
            ip(&format!("-n {relay} link set to{place} up"));
            ip(&format!("-n {device} link set line up"));
        }
        Some(links)
    }

    /// Makes a link narrow; what its short queue does not hold is lost.
    fn narrow(&self, place: usize, kilobits: u32, wait: u32) {
        let shape = format!("root tbf rate {kilobits}kbit burst 3kb latency {wait}ms");
        for (name, end) in [(&self.names[0], format!("to{place}")), (&self.names[place], "line".to_owned())] {
            assert!(run_tool("tc", &format!("-n {name} qdisc replace dev {end} {shape}")), "tc {shape}");
        }
    }

    fn widen(&self, place: usize) {
        for (name, end) in [(&self.names[0], format!("to{place}")), (&self.names[place], "line".to_owned())] {
            let _ = run_tool("tc", &format!("-n {name} qdisc del dev {end} root"));
        }
        self.light(place, true);
    }

    fn light(&self, place: usize, on: bool) {
        let state = if on { "up" } else { "down" };
        ip(&format!("-n {} link set to{place} {state}", self.names[0]));
    }

    /// Packets that a link's queues dropped.
    fn dropped(&self, place: usize) -> u64 {
        let mut dropped = 0;
        for (name, end) in [(&self.names[0], format!("to{place}")), (&self.names[place], "line".to_owned())] {
            let told =
                Command::new("tc").args(["-n", name, "-s", "qdisc", "show", "dev", &end]).output().unwrap();
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            let count =
                told.split("(dropped ").nth(1).and_then(|rest| rest.split(',').next()?.parse::<u64>().ok());
            dropped += count.unwrap_or_default();
        }
        dropped
    }

    fn start(&mut self, place: usize, args: &[&str], printed: &Path) {
        let child = Command::new("ip")
            .args(["netns", "exec", &self.names[place]])
            .arg(std::env::current_exe().unwrap())
            .args(args)
            .stdout(fs::File::create(printed).unwrap())
            .spawn()
            .unwrap();
        self.children.push(child);
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        for name in &self.names {
            let _ = run_tool("ip", &format!("netns del {name}"));
        }
    }
}

/// The relay in its namespace, until it is killed.
pub fn relay(folder: &Path) {
    let mut options = on_loopback(folder, PORT);
    options.listen = ([0, 0, 0, 0], PORT).into();
    options.tls = Some((folder.join("certificate.pem"), folder.join("key.pem")));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(relay::serve(options, CancellationToken::new(), |_| {})).unwrap();
}

/// A device at work for some seconds over a bad link, then until everything is exchanged. Prints a line for every save
/// that returned, and how its syncs ended.
pub fn device(folder: &Path, link: &str, certificate: &Path, seconds: u64, seed: u64) {
    let (started, mut rng) = (Instant::now(), StdRng::seed_from_u64(seed));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = roadbook_core::open(folder, Options::default(), &mut |_, _| {}).unwrap();
    let trust = Trust { extra_roots: Some(fs::read_to_string(certificate).unwrap()) };
    let client = Client::new(store.clone(), &ClientOptions { trust }).unwrap();
    let working = || started.elapsed().as_secs() < seconds;
    let (mut good, mut cut, mut failed) = (0, 0, 0);
    while runtime.block_on(client.enrol(link, "phone")).is_err() {
        failed += 1;
        assert!(started.elapsed().as_secs() < seconds + 30, "never enrolled");
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut round = 0;
    while working() {
        let tell = |saved: &roadbook_core::Saved| {
            saved.heads.0.iter().for_each(|head| println!("{} {}", saved.id, crate::crash::hex(&head.0)));
        };
        for n in 0..if round == 0 { 300 } else { 8 } {
            // Text that does not compress to nothing.
            let notes: String =
                (0..60).map(|_| char::from_u32(rng.random_range(0x4e00..0x9fa5)).unwrap()).collect();
            let fields = Fields::new().with("name", format!("客户 {round} {n}")).with("notes", notes);
            tell(&store.create(New::new("account", fields)).unwrap());
        }
        let known = store.list(&Query::new("account").page(50, 0)).unwrap();
        if let Some(record) = known.choose(&mut rng) {
            tell(&store.edit(Edit::of(record).set("region", format!("{}", rng.random::<u16>()))).unwrap());
        }
        let deadline = Duration::from_millis(rng.random_range(300..4_000));
        match runtime.block_on(client.sync_once(deadline)) {
            Ok(report) if report.finished => good += 1,
            Ok(_) => cut += 1,
            Err(_) => failed += 1,
        }
        round += 1;
    }
    // The others may send until the end: twice more, with time for them between.
    let mut finished = 0;
    while finished < 3 {
        assert!(started.elapsed().as_secs() < seconds + 60, "never done");
        let done = runtime.block_on(client.sync_once(Duration::from_secs(15)));
        finished += u32::from(done.is_ok_and(|report| report.finished));
        std::thread::sleep(Duration::from_millis(1_500));
    }
    println!("syncs {good} {cut} {failed}");
}

/// Plays a day over bad links.
pub fn run(seconds: u64, seed: u64) {
    let (started, mut rng) = (Instant::now(), StdRng::seed_from_u64(seed));
    let Some(mut links) = Links::lay() else {
        return println!("not tried: network namespaces need root and Debian's iproute2");
    };
    let home = TempDir::new().unwrap();
    let at = |name: &str| -> PathBuf { home.path().join(name) };
    fs::create_dir_all(at("relay")).unwrap();
    let names: Vec<String> = (1..=DEVICES).map(|place| format!("10.77.{place}.1")).collect();
    let made = rcgen::generate_simple_self_signed(names.clone()).unwrap();
    let certificate = at("relay").join("certificate.pem");
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(at("relay").join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let codes = tokio::runtime::Runtime::new().unwrap().block_on(set_up(&at("relay"), DEVICES));
    links.start(0, &["network-relay", "--dir", at("relay").to_str().unwrap()], &at("relay.log"));
    for place in 1..=DEVICES {
        links.narrow(place, rng.random_range(100..600), rng.random_range(20..200));
        let link = format!("https://{}:{PORT}/#{}", names[place - 1], codes[place - 1].reveal());
        let (folder, seconds, seed) =
            (at(&format!("{place}")), seconds.to_string(), (seed + place as u64).to_string());
        let args = ["network-device", "--dir", folder.to_str().unwrap(), "--link", &link, "--certificate"];
        let rest = [certificate.to_str().unwrap(), "--seconds", &seconds, "--seed", &seed];
        links.start(place, &[args.as_slice(), &rest].concat(), &at(&format!("{place}.log")));
    }
    let mut dark = 0;
    while started.elapsed().as_secs() < seconds {
        std::thread::sleep(Duration::from_millis(rng.random_range(100..900)));
        let place = rng.random_range(1..=DEVICES);
        links.light(place, false);
        std::thread::sleep(Duration::from_millis(rng.random_range(50..1_200)));
        links.light(place, true);
        dark += 1;
    }
    let dropped: u64 = (1..=DEVICES).map(|place| links.dropped(place)).sum();
    (1..=DEVICES).for_each(|place| links.widen(place));
    for child in &mut links.children[1..] {
        assert!(child.wait().unwrap().success(), "a device ended badly");
    }
    drop(links);
    let (mut lines, mut syncs) = (Vec::new(), [0; 3]);
    for place in 1..=DEVICES {
        for line in fs::read_to_string(at(&format!("{place}.log"))).unwrap().lines() {
            match line.strip_prefix("syncs ") {
                Some(counts) => {
                    counts
                        .split(' ')
                        .zip(&mut syncs)
                        .for_each(|(count, sum)| *sum += count.parse::<u32>().unwrap());
                }
                None => lines.push(line.to_owned()),
            }
        }
    }
    let stores: Vec<_> = (1..=DEVICES)
        .map(|place| {
            roadbook_core::open(&at(&format!("{place}")), Options::default(), &mut |_, _| {}).unwrap()
        })
        .collect();
    for store in &stores {
        store.verify().unwrap();
        assert!(!store.has_unsent_work().unwrap());
        assert_equal(&stores[0], store);
    }
    // The manager's device sees every book.
    let (_, lost) = missing(&stores[1], &lines);
    let books: Vec<_> = stores[1].books().unwrap().iter().map(|book| book.id).collect();
    println!(
        "{DEVICES} devices and a relay in {} namespaces: links dark {dark} times, {dropped} packets dropped by full queues; \
         {} syncs ended, {} ran out of time in mid-exchange, {} failed; {} versions saved, {lost} lost; {} \
         records, all devices equal; {:.0} s",
        DEVICES + 1,
        syncs[0],
        syncs[1],
        syncs[2],
        lines.len(),
        replica(&stores[1], &books).len(),
        started.elapsed().as_secs_f64(),
    );
    assert_eq!(lost, 0);
}
