//! `cargo proof salvage`: a byte is flipped, or a page torn, in the file or the log of a phone that holds synced and unsent
//! work; again and again, everywhere. Either everything reads right, or the damage is noticed; then the store is
//! salvaged and synced, and nothing that was acknowledged is missing, everything unsent has arrived or is named as lost,
//! and both devices are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::{ChangeId, MemberId, RecordId};
use roadbook_core::sync::{Engine, Next, StopReason};
use roadbook_core::wire::{
    self, Enrolled, FailureCode, Member, NewInvitation, Right, Role, Secret, SyncAnswer,
};
use roadbook_core::{Error, LostChange, Options, Store};
use roadbook_server::relay::{Relay, Sqlite, Storage as _};
use tempfile::TempDir;

use crate::assert_equal;
use crate::fixtures::{self, FixtureClock, LATER, deliver, engine, state};

const FILE: &str = "roadbook.sqlite";
const LOG: &str = "roadbook.sqlite-wal";
const PAGE: usize = 4096;

/// What there was before the damage.
struct Before {
    home: TempDir,
    member: MemberId,
    /// What the phone showed, and what it had shown one save earlier.
    shown: BTreeMap<RecordId, String>,
    shown_earlier: BTreeMap<RecordId, String>,
    /// Changes the relay has, and those it has not, the last save's last.
    sent: Vec<(RecordId, ChangeId)>,
    unsent: Vec<(RecordId, ChangeId)>,
}

/// What became of the damage.
#[derive(Debug, Default)]
struct Counts {
    fine: usize,
    refused: usize,
    verified: usize,
    enrolled_again: usize,
    lost: usize,
}

fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

async fn enrol(
    relay: &Relay,
    storage: &Sqlite,
    engine: &mut Engine,
    member: MemberId,
    code: [u8; 32],
    now: i64,
) {
    let code = Secret::from_bytes(code);
    storage.invite(NewInvitation { member, expires_in: 3600 }, code.hash(), now).await.unwrap();
    let link = format!("http://127.0.0.1:1/#{}", code.reveal());
    let (address, body) = engine.enrol(&link, "phone").unwrap();
    let (body, compressed) = wire::write_body(&body).unwrap();
    let (status, compressed, body) = deliver(relay, "/v1/enrol", None, body, compressed).await;
    assert_eq!(status, 200);
    engine.enrolled(&address, &wire::read_body::<Enrolled>(&body, compressed).unwrap()).unwrap();
}

/// Syncs to the end. Says whether the relay knew the device.
async fn sync(relay: &Relay, engine: &mut Engine) -> bool {
    engine.begin().unwrap();
    for _ in 0..60 {
        let ask = engine.ask().unwrap();
        let token = engine.credentials().unwrap().1;
        let (body, compressed) = wire::write_body(&ask.request).unwrap();
        let (status, compressed, body) =
            deliver(relay, "/v1/sync", Some(token.reveal()), body, compressed).await;
        let next = if status == 401 {
            let refused = Error::Refused { code: FailureCode::Unauthorised, detail: String::new() };
            engine.failed(ask, &refused).unwrap()
        } else {
            assert_eq!(status, 200);
            engine.answer(ask, &wire::read_body::<SyncAnswer>(&body, compressed).unwrap()).unwrap()
        };
        match next {
            Next::Ask => {}
            Next::Stop(StopReason::Unauthorised) => return false,
            _ => return true,
        }
    }
    panic!("the sync never ends");
}

fn changes(store: &Store, records: impl IntoIterator<Item = RecordId>) -> Vec<(RecordId, ChangeId)> {
    let of = |id| store.export_changes(id).unwrap_or_default().into_iter().map(move |(hash, _)| (id, hash));
    records.into_iter().flat_map(of).collect()
}

async fn set_up() -> Before {
    let (home, clock) = (folder(), FixtureClock::at(LATER));
    let at = |name: &str| home.path().join(name);
    fs::create_dir_all(at("relay")).unwrap();
    let (relay, storage) = fixtures::relay(&at("relay"), &clock).await;
    let team: [Member; 2] = fixtures::team(&storage, [("王", Role::Rep), ("李", Role::Rep)]).await;
    let grant = wire::Grant { member: team[1].id, right: Right::Editor, expires_at: None };
    fixtures::admin(&storage, roadbook_server::relay::AdminCall::PutGrant(team[0].book, grant)).await;
    let [mut phone, mut other] = [engine(&at("phone"), 1, &clock), engine(&at("other"), 2, &clock)];
    enrol(&relay, &storage, &mut phone, team[0].id, [1; 32], LATER).await;
    enrol(&relay, &storage, &mut other, team[1].id, [2; 32], LATER).await;
    let mut records = Vec::new();
    for n in 0..25 {
        let notes = "样机演示，很感兴趣。".repeat(if n % 8 == 0 { 120 } else { 3 });
        let name = format!("客户 {n}");
        let account =
            fixtures::log(&phone, "account", &[("name", &name), ("region", "杭州"), ("notes", &notes)]);
        let visit = [("account", &*account.to_string()), ("purpose", "新品演示")];
        records.extend([account, fixtures::log(&phone, "visit", &visit)]);
    }
    sync(&relay, &mut phone).await;
    sync(&relay, &mut other).await;
    for id in records.iter().step_by(6) {
        fixtures::edit(&phone, *id, "notes", "已回访");
        fixtures::edit(&other, *id, "website", "example.com");
    }
    for place in [0, 1, 0, 1] {
        sync(&relay, if place == 0 { &mut phone } else { &mut other }).await;
    }
    let sent = changes(phone.store(), records.clone());
    // Unsent: new records, edits of what is synced, edits of what is not.
    for id in records.iter().step_by(10) {
        fixtures::edit(&phone, *id, "notes", "没有信号的地方写的");
    }
    for n in 0..12 {
        let account = fixtures::log(&phone, "account", &[("name", &format!("新客户 {n}"))]);
        if n % 3 == 0 {
            fixtures::edit(&phone, account, "notes", "第二次");
        }
        records.push(account);
    }
    let shown_earlier = state(phone.store());
    records.push(fixtures::log(&phone, "account", &[("name", "最后一个")]));
    let known: BTreeSet<_> = sent.iter().copied().collect();
    let mut unsent = changes(phone.store(), records);
    unsent.retain(|change| !known.contains(change));
    let shown = state(phone.store());
    // As a kill leaves it, then as a good end does.
    fs::create_dir_all(at("killed")).unwrap();
    for name in [FILE, LOG] {
        fs::copy(at("phone").join(name), at("killed").join(name)).unwrap();
    }
    phone.store().pause().unwrap();
    other.store().pause().unwrap();
    drop((relay, storage));
    Before { home, member: team[0].id, shown, shown_earlier, sent, unsent }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Spoils a copy at one place, and sees what becomes of it.
async fn spoil(before: &Before, rng: &mut StdRng, file: &str, at: usize, counts: &mut Counts) {
    let here = folder();
    let phone = here.path().join("phone");
    copy(&before.home.path().join(if file == LOG { "killed" } else { "phone" }), &phone);
    let mut bytes = fs::read(phone.join(file)).unwrap();
    let mut what = format!("{file}, byte {at}");
    if rng.random_bool(0.1) {
        let page = at / PAGE * PAGE;
        let (from, to) =
            if rng.random() { (page, page + PAGE) } else { (at / 512 * 512, at / 512 * 512 + 512) };
        let end = to.min(bytes.len());
        rng.fill(&mut bytes[from..end]);
        what = format!("{file}, bytes {from} to {end}");
    } else {
        bytes[at] ^= if rng.random() { 1 << rng.random_range(0..8) } else { rng.random_range(1..=255) };
    }
    fs::write(phone.join(file), bytes).unwrap();
    let clock = FixtureClock::at(LATER);
    let opened = roadbook_core::open(&phone, Options::default(), &mut |_, _| {});
    let noticed = match opened {
        Err(Error::Corrupt { .. }) => {
            counts.refused += 1;
            true
        }
        Err(other) => panic!("{what}: opening gave {other}"),
        Ok(store) => match store.verify() {
            Ok(()) => {
                counts.fine += 1;
                // What hit the very last transaction of a log cannot be told from a power cut.
                let shown = state(&store);
                assert!(
                    shown == before.shown || file == LOG && shown == before.shown_earlier,
                    "{what}: reads wrong, unnoticed"
                );
                false
            }
            Err(Error::Corrupt { .. }) => {
                counts.verified += 1;
                true
            }
            Err(other) => panic!("{what}: verifying gave {other}"),
        },
    };
    let mut lost: Vec<LostChange> = Vec::new();
    if noticed {
        let salvaged = roadbook_core::salvage(&phone, Options::default(), &mut |_, _| {});
        let salvaged = salvaged.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(salvaged.damaged.exists());
        lost = salvaged.lost;
    }
    copy(&before.home.path().join("relay"), &here.path().join("relay"));
    copy(&before.home.path().join("other"), &here.path().join("other"));
    let (relay, storage) = fixtures::relay(&here.path().join("relay"), &clock).await;
    let [mut phone, mut other] = [engine(&phone, 3, &clock), engine(&here.path().join("other"), 4, &clock)];
    let known = phone.credentials().is_ok() && sync(&relay, &mut phone).await;
    if !known {
        counts.enrolled_again += 1;
        enrol(&relay, &storage, &mut phone, before.member, [3; 32], LATER).await;
        assert!(sync(&relay, &mut phone).await);
    }
    sync(&relay, &mut other).await;
    sync(&relay, &mut phone).await;
    phone.store().verify().unwrap_or_else(|error| panic!("{what}: afterwards {error}"));
    other.store().verify().unwrap();
    let quarantined: Vec<RecordId> =
        phone.store().quarantined().unwrap().iter().map(|lane| lane.record).collect();
    if quarantined.is_empty() {
        assert!(!phone.store().has_unsent_work().unwrap(), "{what}: something is stuck");
        assert_equal(phone.store(), other.store());
    }
    let on_other: BTreeSet<_> =
        changes(other.store(), before.sent.iter().chain(&before.unsent).map(|(id, _)| *id))
            .into_iter()
            .collect();
    let on_phone: BTreeSet<_> =
        changes(phone.store(), before.sent.iter().map(|(id, _)| *id)).into_iter().collect();
    for change in &before.sent {
        assert!(on_phone.contains(change), "{what}: acknowledged and gone: {change:?}");
    }
    let last = before.unsent.last();
    for change in before.unsent.iter().filter(|change| !on_other.contains(change)) {
        let named = lost.iter().any(|lost| lost.record == Some(change.0) || lost.change == Some(change.1));
        let torn_off = file == LOG && Some(change) == last;
        assert!(
            named || torn_off || quarantined.contains(&change.0),
            "{what}: lost, and not said so: {change:?}"
        );
        counts.lost += 1;
    }
    Arc::into_inner(storage);
}

/// Spoils `places` copies.
pub fn run(places: usize, seed: u64) {
    let (started, mut rng) = (Instant::now(), StdRng::seed_from_u64(seed));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = runtime.block_on(set_up());
    for (file, name, share) in [(FILE, "phone", 3), (LOG, "killed", 1)] {
        let length = fs::metadata(before.home.path().join(name).join(file)).unwrap().len() as usize;
        let places = (places * share / 4).max(1);
        let step = length / places;
        let mut counts = Counts::default();
        for place in 0..places {
            let at = (place * step + rng.random_range(0..step.max(1))).min(length - 1);
            runtime.block_on(spoil(&before, &mut rng, file, at, &mut counts));
        }
        let Counts { fine, refused, verified, enrolled_again, lost } = counts;
        println!(
            "{file} ({length} bytes) spoilt at {places} places: {fine} read right all the same, {refused} refused at \
             opening, {verified} found by verify; {enrolled_again} enrolled again, {lost} unsent changes lost and named; \
             everything else is on both devices; {:.0} s",
            started.elapsed().as_secs_f64()
        );
    }
}
