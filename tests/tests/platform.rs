//! What a phone's platform brings: a key store, and an HTTP stack of its own.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::{Arc, Mutex};

use roadbook_core::sync::{Client, ClientOptions, PreparedRequest, RelayAnswer, StopReason, SyncReport};
use roadbook_core::wire::{Listing, Role};
use roadbook_core::{Error, LedgerState, Options, SecretError, SecretStore, Store};
use roadbook_tests::{Device, Office, apply, assert_equal, send};

#[derive(Default)]
struct KeyStore(Mutex<(Option<String>, bool)>);

impl KeyStore {
    fn lock(&self, locked: bool) {
        self.0.lock().unwrap().1 = locked;
    }
}

impl SecretStore for KeyStore {
    fn read(&self) -> Result<Option<String>, SecretError> {
        let kept = self.0.lock().unwrap();
        if kept.1 { Err(SecretError::Locked) } else { Ok(kept.0.clone()) }
    }
    fn write(&self, secret: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap().0 = Some(secret.to_owned());
        Ok(())
    }
    fn erase(&self) -> Result<(), SecretError> {
        let mut kept = self.0.lock().unwrap();
        if kept.1 {
            return Err(SecretError::Locked);
        }
        kept.0 = None;
        Ok(())
    }
}

fn open(folder: &Path, secrets: Option<Arc<KeyStore>>) -> (Store, Client) {
    let secrets = secrets.map(|secrets| secrets as Arc<dyn SecretStore>);
    let options = Options { secrets, ..Options::default() };
    let store = roadbook_core::open(folder, options, &mut |_, _| {}).unwrap();
    let client = Client::new(store.clone(), &ClientOptions::default()).unwrap();
    (store, client)
}

async fn sync(client: &Client) -> Result<SyncReport, Error> {
    client.sync_once(std::time::Duration::from_secs(30)).await
}

/// Whether the store's files hold this text anywhere.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_sealed_under_the_platforms_key() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let (folder, keys) = (tempfile::tempdir().unwrap(), Arc::new(KeyStore::default()));
    let (store, client) = open(folder.path(), Some(keys.clone()));
    keys.lock(true);
    let link = office.invite(wang.id).await;
    assert!(matches!(client.enrol(&link, "phone").await, Err(Error::KeyLocked)));
    keys.lock(false);
    client.enrol(&link, "phone").await.unwrap();
    assert!(sync(&client).await.unwrap().finished);
    assert!(keys.0.lock().unwrap().0.is_some());

    // Locked: records are saved, sync says why it waits, and a pause forgets the key. What the platform carried is taken in.
    let request = client.prepare().await.unwrap();
    let answer = send(&request).await;
    client.pause().await.unwrap();
    client.resume().await.unwrap();
    keys.lock(true);
    assert!(apply(&client, &request, &answer).await.finished);
    let account = roadbook_core::model::Fields::new().with("name", "百草堂");
    let account = store.create(roadbook_core::New::new("account", account)).unwrap().id;
    assert!(matches!(sync(&client).await, Err(Error::KeyLocked)));
    keys.lock(false);
    assert_eq!(sync(&client).await.unwrap().sent, 1);
    client.rotate_token().await.unwrap();
    assert!(sync(&client).await.unwrap().finished);

    // Restored on another phone: nothing is lost, the token is, and another invitation of the same member gives a new one.
    drop((store, client));
    let (store, client) = open(folder.path(), Some(Arc::default()));
    assert!(matches!(sync(&client).await, Err(Error::NotEnrolled)));
    assert!(store.find(account).unwrap().is_some());
    client.enrol(&office.invite(wang.id).await, "new phone").await.unwrap();
    assert!(sync(&client).await.unwrap().finished);
    drop((store, client));
    let (_, client) = open(folder.path(), None);
    assert!(matches!(sync(&client).await, Err(Error::KeyStore)), "the app forgot its key store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_kept_in_the_open_is_sealed_once_there_is_a_key_store() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let folder = tempfile::tempdir().unwrap();
    let (store, client) = open(folder.path(), None);
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    let (token, _) = client.prepare().await.map(|request| (bearer(&request), request)).unwrap();
    drop((store, client));
    assert!(holds(folder.path(), &token));
    let keys = Arc::new(KeyStore::default());
    let (store, client) = open(folder.path(), Some(keys.clone()));
    assert!(sync(&client).await.unwrap().finished);
    client.pause().await.unwrap();
    drop((store, client));
    assert!(!holds(folder.path(), &token));
    let (_store, client) = open(folder.path(), Some(keys));
    assert!(sync(&client).await.unwrap().finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_device_leaves_no_key() {
    let office = Office::open().await;
    assert_eq!(wiped(&office, false).await, None);
    // It is erased all the same, and the app learns of it.
    assert!(wiped(&office, true).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn its_user_wipes_a_device_and_gives_up_nothing_unawares() {
    let mut office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let (folder, keys) = (tempfile::tempdir().unwrap(), Arc::new(KeyStore::default()));
    let (store, client) = open(folder.path(), Some(keys.clone()));
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    let log = |name: &str| {
        let fields = roadbook_core::model::Fields::new().with("name", name);
        store.create(roadbook_core::New::new("account", fields)).unwrap().id
    };
    log("百草堂");
    sync(&client).await.unwrap();
    std::fs::write(folder.path().join("roadbook.damaged-1.sqlite"), "百草堂").unwrap();
    let unsent = log("回春堂");
    let refused = client.wipe(false).await;
    assert!(matches!(refused, Err(Error::Unsent { records: 1 })), "{refused:?}");
    assert!(store.find(unsent).unwrap().is_some() && store.identity().unwrap().is_some());

    // Also in the middle of a live sync.
    let live = tokio::spawn({
        let client = client.clone();
        async move { client.run(Default::default()).await }
    });
    let device = store.identity().unwrap().unwrap().device;
    client.wipe(true).await.unwrap();
    live.abort();
    let listed = format!("devices?workspace={}", office.workspace);
    let devices: Listing<roadbook_core::wire::Device> = office.admin("GET", &listed, &()).await;
    let known: Vec<_> = devices.items.iter().map(|known| (known.id, known.ended)).collect();
    assert_eq!(known, [(device, true)], "the relay knows");
    assert!(store.identity().unwrap().is_none() && store.ended_because().unwrap().is_none());
    assert_eq!(store.count(&roadbook_core::Query::new("account")).unwrap(), 0);
    assert!(keys.0.lock().unwrap().0.is_none());
    assert!(!holds(folder.path(), "百草堂") && !holds(folder.path(), "回春堂"));
    // It is an empty store like any other.
    log("新客户");
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    assert!(sync(&client).await.unwrap().finished);
    // Nor does it take a relay.
    office.stop().await;
    client.wipe(false).await.unwrap();
    drop((store, client));
    let (store, _client) = open(folder.path(), Some(keys));
    assert_eq!(store.unsent(10, 0).unwrap(), []);
}

/// Wipes a device whose key store is locked meanwhile or not, and gives back what is left in there.
async fn wiped(office: &Office, locked: bool) -> Option<String> {
    let wang = office.member("王", Role::Rep, None).await;
    let (folder, keys) = (tempfile::tempdir().unwrap(), Arc::new(KeyStore::default()));
    let (store, client) = open(folder.path(), Some(keys.clone()));
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    sync(&client).await.unwrap();
    let device = store.identity().unwrap().unwrap().device;
    let order = roadbook_core::wire::NewOrder { order: roadbook_core::wire::Order::Wipe };
    let _: serde_json::Value = office.admin("POST", &format!("devices/{device}/order"), &order).await;
    keys.lock(locked);
    assert_eq!(sync(&client).await.unwrap().stopped, Some(StopReason::Wiped));
    assert!(store.identity().unwrap().is_none());
    assert_eq!(store.ended_because().unwrap(), Some(StopReason::Wiped));
    keys.0.lock().unwrap().0.clone()
}

fn bearer(request: &PreparedRequest) -> String {
    let (_, value) = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_over_another_http_stack_survives_the_death_of_the_process() {
    let office = Office::open().await;
    let zhao = office.member("赵经理", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
    let (manager, colleague) = (office.device(zhao.id).await, office.device(wang.id).await);
    let folder = tempfile::tempdir().unwrap();
    let (store, client) = open(folder.path(), None);
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    let accounts: Vec<_> = (0..40)
        .map(|n| {
            let fields = roadbook_core::model::Fields::new().with("name", format!("客户 {n}"));
            store.create(roadbook_core::New::new("account", fields)).unwrap().id
        })
        .collect();
    colleague.log("account", &[("name", "百草堂")]);
    colleague.sync().await;
    let request = client.prepare().await.unwrap();
    drop((store, client));

    // The platform sends it while no process of the app runs.
    let answer = send(&request).await;
    let (store, client) = open(folder.path(), None);
    let report = apply(&client, &request, &answer).await;
    assert_eq!((report.sent, report.received, report.requests), (40, 1, 1), "{report:?}");
    assert!(accounts.iter().all(|account| store.ledger(*account).unwrap()[0].state == LedgerState::Accepted));
    let before = store.status().unwrap();
    assert_eq!(apply(&client, &request, &answer).await.requests, 0, "an answer counts once");
    assert_eq!(store.status().unwrap(), before);
    let mut finished = report.finished;
    for _ in 0..5 {
        if !finished {
            let request = client.prepare().await.unwrap();
            finished = apply(&client, &request, &send(&request).await).await.finished;
        }
    }
    assert!(finished);
    manager.sync().await;
    assert_eq!(store.check().unwrap(), []);
    colleague.sync().await;
    assert_equal(&store, &colleague.store);

    // An answer that another sync overtook is thrown away: it would take the cursors back.
    let late = client.prepare().await.unwrap();
    let answer = send(&late).await;
    colleague.log("account", &[("name", "德仁堂")]);
    colleague.sync().await;
    assert_eq!(sync(&client).await.unwrap().received, 1);
    assert_eq!(apply(&client, &late, &answer).await, SyncReport::default());
    assert_equal(&store, &colleague.store);

    // A relay that is down, and a body that is no answer: typed errors, everything still to be sent.
    store
        .create(roadbook_core::New::new("account", roadbook_core::model::Fields::new().with("name", "补")))
        .unwrap();
    let request = client.prepare().await.unwrap();
    let bad = client.apply(&request.body, RelayAnswer { status: 503, encoding: None, body: b"<html>" }).await;
    assert!(matches!(bad, Err(Error::Refused { .. })), "{bad:?}");
    let bad = client.apply(&request.body, RelayAnswer { status: 200, encoding: None, body: b"<html>" }).await;
    assert!(matches!(bad, Err(Error::BadAnswer { .. })), "{bad:?}");
    let bad = client.apply(b"nonsense", RelayAnswer { status: 200, encoding: None, body: &answer.2 }).await;
    assert!(matches!(bad, Err(Error::BadAnswer { .. })), "{bad:?}");
    assert_eq!(store.status().unwrap().unsent, 1);
    assert_eq!(sync(&client).await.unwrap().sent, 1);
}

/// The platform may carry a request hours later: by then the device has another token, and the one it goes with is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_token_of_before_does_not_end_the_device() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let folder = tempfile::tempdir().unwrap();
    let (_store, client) = open(folder.path(), None);
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    assert!(sync(&client).await.unwrap().finished);
    let late = client.prepare().await.unwrap();
    client.rotate_token().await.unwrap();
    assert!(sync(&client).await.unwrap().finished);
    let refused = send(&late).await;
    assert_eq!(refused.0, 401);
    let report = apply(&client, &late, &refused).await;
    assert_eq!((report.stopped, report.finished), (None, false));
    let request = client.prepare().await.unwrap();
    assert!(apply(&client, &request, &send(&request).await).await.finished);

    // The same said of the token it has is meant.
    let report = apply(&client, &request, &refused).await;
    assert_eq!(report.stopped, Some(StopReason::Unauthorised));
}

/// A phone was wiped at its administrator's order and is enrolled again, before the platform hands over what the relay said to its
/// having obeyed.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_having_obeyed_does_not_end_who_is_enrolled_again() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let (folder, keys) = (tempfile::tempdir().unwrap(), Arc::new(KeyStore::default()));
    let (store, client) = open(folder.path(), Some(keys));
    let device = client.enrol(&office.invite(wang.id).await, "phone").await.unwrap().device;
    let order = roadbook_core::wire::NewOrder { order: roadbook_core::wire::Order::Wipe };
    let _: serde_json::Value = office.admin("POST", &format!("devices/{device}/order"), &order).await;
    let request = client.prepare().await.unwrap();
    assert!(!apply(&client, &request, &send(&request).await).await.finished);
    let obeyed = client.prepare().await.unwrap();
    let answer = send(&obeyed).await;
    assert_eq!(sync(&client).await.unwrap().stopped, Some(StopReason::Wiped));
    client.enrol(&office.invite(wang.id).await, "phone").await.unwrap();
    let account = roadbook_core::model::Fields::new().with("name", "百草堂");
    store.create(roadbook_core::New::new("account", account)).unwrap();
    assert_eq!(apply(&client, &obeyed, &answer).await, SyncReport::default());
    assert_eq!(sync(&client).await.unwrap().sent, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_sync_is_wished_for_when_there_is_something_to_do() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let stranger = Device::new();
    assert_eq!(stranger.client.next_sync().await.unwrap(), None);
    let device = office.device(wang.id).await;
    let now = roadbook_core::Environment::system().now();
    let wish = device.client.next_sync().await.unwrap().unwrap();
    assert!((now + 3_500_000..now + 3_700_000).contains(&wish), "an hour later, though nothing was moved");
    device.log("account", &[("name", "百草堂")]);
    assert!(device.client.next_sync().await.unwrap().unwrap() < now + 60_000);
}
