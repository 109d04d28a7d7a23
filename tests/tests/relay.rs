//! What a relay answers to nonsense, strangers and the impatient: a typed failure, and nothing changed.
#![allow(clippy::unwrap_used)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::pin::Pin;

use eventsource_stream::Eventsource as _;
use futures_util::{Stream, StreamExt as _};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use roadbook_core::model::{MemberId, RecordId};
use roadbook_core::sync::Trust;
use roadbook_core::wire::{
    self, Access, Ack, BookPage, Chunk, Decision, Enrol, Enrolled, Failure, FailureCode, Invitation,
    LiveEvent, Push, Receipts, Right, Role, Rotate, Secret, SyncAnswer, SyncRequest, limits,
};
use roadbook_tests::{ADMIN, Office};
use serde::Serialize;
use serde_json::json;

/// A device that says what it likes.
struct Raw<'a> {
    office: &'a Office,
    token: Secret,
    enrolled: Enrolled,
}

impl<'a> Raw<'a> {
    async fn enrol(office: &'a Office, member: MemberId, token: u8) -> Self {
        let token = Secret::from_bytes([token; 32]);
        let answer = enrol(office, &office.invite(member).await, &token).await;
        Self { office, token, enrolled: answer.unwrap() }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.office.request(method, path).bearer_auth(self.token.reveal()).header(ACCEPT, wire::JSON)
    }

    async fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, (u16, Failure)> {
        answered(self.request("POST", "/v1/sync").json(request)).await
    }

    /// All it may see.
    async fn everything(&self) -> (Option<Access>, Vec<BookPage>, Option<Receipts>) {
        let answer = self.sync(&SyncRequest::new(0)).await.unwrap();
        assert!(!answer.more);
        (answer.access, answer.pages, answer.receipts)
    }

    async fn listen(&self, query: &str) -> Events {
        let response = self.request("GET", &format!("/v1/live{query}")).send().await.unwrap();
        Events(Box::pin(response.bytes_stream().eventsource().map(|event| event.unwrap().data)))
    }

    fn push(&self, document: RecordId, bytes: &[u8]) -> SyncRequest {
        let own = self.enrolled.access.books.iter().find(|book| book.right == Right::Owner).unwrap();
        let mut request = SyncRequest::new(0);
        request.books = vec![own.id];
        request.pushes = vec![Push {
            document,
            book: 0,
            root: None,
            offset: 0,
            notice: None,
            change: None,
            chunk: Chunk([&[0], bytes].concat()),
        }];
        request
    }
}

/// The events of a live connection.
struct Events(Pin<Box<dyn Stream<Item = String>>>);

impl Events {
    async fn next(&mut self) -> LiveEvent {
        serde_json::from_str(&self.0.next().await.unwrap()).unwrap()
    }
}

async fn answered<T: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<T, (u16, Failure)> {
    let response = request.send().await.unwrap();
    let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
    if status == 200 {
        return Ok(serde_json::from_slice(&body).unwrap());
    }
    let read = serde_json::from_slice(&body);
    Err((status, read.unwrap_or_else(|e| panic!("{status} {e}: {}", String::from_utf8_lossy(&body)))))
}

async fn failure(request: reqwest::RequestBuilder) -> (u16, FailureCode) {
    let (status, failure) = answered::<serde_json::Value>(request).await.unwrap_err();
    assert!(!failure.detail.is_empty());
    (status, failure.code)
}

async fn enrol(office: &Office, link: &str, token: &Secret) -> Result<Enrolled, (u16, Failure)> {
    let invitation: Invitation = link.parse().unwrap();
    let enrol =
        Enrol { code: invitation.code, token: token.clone(), device_name: "phone".into(), device: None };
    answered(office.request("POST", "/v1/enrol").header(ACCEPT, wire::JSON).json(&enrol)).await
}

fn cbor(value: &impl Serialize) -> Vec<u8> {
    wire::encode(value).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_by_name_and_changes_nothing() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    let raw = Raw::enrol(&office, wang.id, 1).await;
    let before = raw.everything().await;
    assert_eq!(before.1.iter().map(|page| page.changes.len()).sum::<usize>(), 1);

    let good = cbor(&SyncRequest::new(0));
    let (bomb, compressed) = wire::write_body(&"0".repeat(limits::BODY_DECOMPRESSED + 1)).unwrap();
    assert!(compressed && bomb.len() < 100_000);
    let (mut unfinished, _) = wire::write_body(&"ab".repeat(5_000)).unwrap();
    unfinished.truncate(unfinished.len() - 3);
    let mut many = raw.push(RecordId::NIL, b"x");
    many.pushes = vec![many.pushes[0].clone(); limits::ITEMS + 1];
    let mut fetches = SyncRequest::new(0);
    fetches.fetch = vec![RecordId::NIL; limits::FETCH + 1];
    let old = json!({"version": 0, "clock": 0, "budget": 1});
    let (malformed, too_large) = ((400, FailureCode::Malformed), (413, FailureCode::TooLarge));
    for path in ["/v1/sync", "/v1/token", "/v1/enrol"] {
        let post = || raw.request("POST", path).header(CONTENT_TYPE, wire::CBOR);
        let zstd = || post().header(CONTENT_ENCODING, wire::ENCODING);
        assert_eq!(failure(post()).await, malformed, "{path}: nothing");
        assert_eq!(failure(post().body("nonsense")).await, malformed, "{path}: text");
        assert_eq!(failure(post().body(good[..good.len() / 2].to_vec())).await, malformed, "{path}: half");
        assert_eq!(failure(post().body(cbor(&json!([1, "x"])))).await, malformed, "{path}: another shape");
        assert_eq!(failure(zstd().body(good.clone())).await, malformed, "{path}: not compressed");
        assert_eq!(failure(zstd().body(unfinished.clone())).await, malformed, "{path}: cut");
        assert_eq!(failure(zstd().body(bomb.clone())).await, too_large, "{path}: a bomb");
        let most = if path == "/v1/enrol" { limits::ENROL } else { limits::BODY };
        assert_eq!(failure(post().body(vec![0; most + 1])).await, too_large, "{path}: a long body");
        assert_eq!(failure(post().header(CONTENT_ENCODING, "br").body(good.clone())).await, malformed);
        let json = || raw.request("POST", path).header(CONTENT_TYPE, wire::JSON);
        assert_eq!(failure(json().body("{\"version\":")).await, malformed, "{path}: half of JSON");
    }
    // Anybody may send this: what it unpacks to is as small.
    let (bomb, _) = wire::write_body(&"0".repeat(limits::ENROL + 1)).unwrap();
    let post = raw.request("POST", "/v1/enrol").header(CONTENT_TYPE, wire::CBOR);
    assert_eq!(failure(post.header(CONTENT_ENCODING, wire::ENCODING).body(bomb)).await, too_large);
    let sync = || raw.request("POST", "/v1/sync");
    let mut wordy = SyncRequest::new(0);
    wordy.decisions = vec![Decision {
        book: raw.enrolled.access.books[0].id,
        document: RecordId::NIL,
        device: raw.enrolled.device,
        up_to: 1,
        accept: false,
        reason: Some(Chunk::text(&"0".repeat(limits::REASON))),
    }];
    assert_eq!(failure(sync().json(&wordy)).await, too_large);
    assert_eq!(failure(sync().json(&old)).await, (426, FailureCode::UpgradeRequired));
    assert_eq!(failure(sync().json(&many)).await, too_large);
    assert_eq!(failure(sync().json(&fetches)).await, too_large);
    let code = json!({"code": "00", "token": "11", "device_name": ""});
    assert_eq!(failure(raw.request("POST", "/v1/enrol").json(&code)).await, malformed);

    // A body that ends before its stated length.
    let mut socket = TcpStream::connect(office.address.trim_start_matches("http://")).unwrap();
    let token = raw.token.reveal();
    write!(
        socket,
        "POST /v1/sync HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: 500\r\n\r\n{{"
    )
    .unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer);
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");

    assert_eq!(raw.everything().await, before);
    // A newer device is answered in the version both speak.
    let mut newer = SyncRequest::new(0);
    newer.version = 99;
    assert_eq!(raw.sync(&newer).await.unwrap().version, wire::VERSION);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_makes_no_sense_is_rejected_alone_and_a_repeated_one_is_stored_once() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let li = office.member("李", Role::Rep, None).await;
    let raw = Raw::enrol(&office, wang.id, 1).await;
    let document = |n: u8| RecordId::from_slice(&[n; 16]).unwrap();
    let mut request = raw.push(document(1), &[1; 100]);
    let good = request.pushes[0].clone();
    request.books.push(li.book);
    request.pushes.extend([
        Push { document: document(2), chunk: Chunk(vec![]), ..good.clone() },
        Push { document: document(3), chunk: Chunk(vec![0; limits::CHUNK + 1]), ..good.clone() },
        Push { document: document(4), book: 7, ..good.clone() },
        Push { document: document(5), root: Some(3), ..good.clone() },
        Push { document: document(6), book: 1, ..good.clone() },
        Push { document: document(7), chunk: Chunk(vec![200, 1]), ..good.clone() },
    ]);
    let body = || raw.request("POST", "/v1/sync").header(CONTENT_TYPE, wire::CBOR);
    let answer: SyncAnswer = answered(body().body(cbor(&request))).await.unwrap();
    let said: Vec<String> = answer
        .acks
        .iter()
        .map(|ack| match ack {
            Ack::Accepted(book, number) => format!("accepted {} {number}", *book == wang.book),
            Ack::Gone(_) => "gone".into(),
            Ack::Tray(_) => "tray".into(),
            Ack::Rejected(rejection) => {
                serde_json::to_value(rejection.code).unwrap().as_str().unwrap().into()
            }
        })
        .collect();
    let expected =
        ["accepted true 1", "malformed", "too_large", "malformed", "malformed", "forbidden", "malformed"];
    assert_eq!(said, expected);
    // Cut answers are asked for again: the same number, nothing twice.
    let again: SyncAnswer = answered(body().body(cbor(&request))).await.unwrap();
    assert_eq!(again.acks, answer.acks);
    let (_, pages, _) = raw.everything().await;
    assert_eq!(pages.iter().map(|page| page.changes.len()).sum::<usize>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_brings_the_change_to_whoever_takes_it() {
    let office = Office::open().await;
    let manager = office.member("赵", Role::Manager, None).await;
    let wang = office.member("王", Role::Rep, Some(manager.id)).await;
    let phone = Raw::enrol(&office, wang.id, 1).await;
    let laptop = Raw::enrol(&office, manager.id, 2).await;
    let (mut newer, mut older) = (laptop.listen("?version=2").await, laptop.listen("").await);
    assert_eq!((newer.next().await, older.next().await), (LiveEvent::Hello, LiveEvent::Hello));
    phone.sync(&phone.push(RecordId::NIL, b"a")).await.unwrap();
    assert_eq!(older.next().await, LiveEvent::Wake);
    let LiveEvent::Answer(told) = newer.next().await else { panic!("it only woke") };
    let answer = told.answer().unwrap();
    assert_eq!(answer.pages[0].changes[0].chunk, Chunk(b"\0a".to_vec()));
    // Nothing was confirmed: the next change only wakes.
    phone.sync(&phone.push(RecordId::NIL, b"b")).await.unwrap();
    assert_eq!(newer.next().await, LiveEvent::Wake);
    let malformed = laptop.request("GET", "/v1/live?version=x");
    assert_eq!(failure(malformed).await, (400, FailureCode::Malformed));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_turned_away() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let raw = Raw::enrol(&office, wang.id, 1).await;
    let before = raw.everything().await;
    let unauthorised = (401, FailureCode::Unauthorised);
    for (method, path) in [("POST", "/v1/sync"), ("POST", "/v1/token"), ("GET", "/v1/live")] {
        let request = || office.request(method, path).header(ACCEPT, wire::JSON);
        assert_eq!(failure(request()).await, unauthorised, "{path}");
        assert_eq!(failure(request().bearer_auth("short")).await, unauthorised, "{path}");
        let unknown = Secret::from_bytes([9; 32]);
        assert_eq!(failure(request().bearer_auth(unknown.reveal())).await, unauthorised, "{path}");
        assert_eq!(failure(request().bearer_auth(ADMIN)).await, unauthorised, "{path}");
    }
    let workspace = format!("?workspace={}", office.workspace);
    let nobody = MemberId::from_slice(&[7; 16]).unwrap();
    for (method, path) in [
        ("POST", "/v1/admin/workspaces".to_owned()),
        ("GET", "/v1/admin/workspaces".to_owned()),
        ("GET", format!("/v1/admin/members{workspace}")),
        ("PATCH", format!("/v1/admin/members/{}", wang.id)),
        ("PUT", format!("/v1/admin/books/{}/grants", wang.book)),
        ("DELETE", format!("/v1/admin/books/{}/grants/{}", wang.book, wang.id)),
        ("POST", "/v1/admin/invitations".to_owned()),
        ("POST", format!("/v1/admin/devices/{}/order", raw.enrolled.device)),
        ("POST", "/v1/admin/moves".to_owned()),
        ("GET", format!("/v1/admin/audit{workspace}")),
        ("GET", "/metrics".to_owned()),
    ] {
        assert_eq!(failure(raw.request(method, &path)).await, unauthorised, "{method} {path}");
    }
    let admin = |method: &str, path: &str| office.request(method, path).bearer_auth(ADMIN);
    let not_found = (404, FailureCode::NotFound);
    let malformed = (400, FailureCode::Malformed);
    assert_eq!(failure(admin("GET", "/v1/nothing")).await, not_found);
    assert_eq!(failure(admin("DELETE", "/v1/sync")).await, not_found);
    assert_eq!(failure(admin("GET", "/v1/admin/members")).await, malformed);
    assert_eq!(failure(admin("PATCH", "/v1/admin/members/wang").json(&json!({}))).await, malformed);
    assert_eq!(failure(admin("POST", "/v1/admin/members").body("{")).await, malformed);
    let path = format!("/v1/admin/members/{nobody}");
    assert_eq!(failure(admin("PATCH", &path).json(&json!({"name": "x"}))).await, not_found);
    let order = json!({"order": "explode"});
    let path = format!("/v1/admin/devices/{}/order", raw.enrolled.device);
    assert_eq!(failure(admin("POST", &path).json(&order)).await, malformed);
    // Two above each other.
    let path = format!("/v1/admin/members/{}", wang.id);
    let cycle = admin("PATCH", &path).json(&json!({"reports_to": wang.id}));
    assert_eq!(failure(cycle).await, (409, FailureCode::Conflict));
    assert_eq!(raw.everything().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_one_device_and_a_token_ends_with_the_next() {
    let office = Office::open().await;
    let wang = office.member("王", Role::Rep, None).await;
    let link = office.invite(wang.id).await;
    let [first, second, next] = [1, 2, 3].map(|n| Secret::from_bytes([n; 32]));
    let enrolled = enrol(&office, &link, &first).await.unwrap();
    // The answer was lost: the same device asks again.
    assert_eq!(enrol(&office, &link, &first).await.unwrap().device, enrolled.device);
    let (status, refused) = enrol(&office, &link, &second).await.unwrap_err();
    assert_eq!((status, refused.code), (409, FailureCode::Conflict));
    let unknown = Invitation { relay: office.address.clone(), code: Secret::from_bytes([8; 32]) }.to_string();
    let (status, refused) = enrol(&office, &unknown, &second).await.unwrap_err();
    assert_eq!((status, refused.code), (404, FailureCode::NotFound));

    let mut raw = Raw { office: &office, token: first.clone(), enrolled };
    let rotate = Rotate { token: next.clone() };
    raw.request("POST", "/v1/token").json(&rotate).send().await.unwrap().error_for_status().unwrap();
    raw.everything().await;
    raw.token = next;
    raw.everything().await;
    raw.token = first;
    assert_eq!(failure(raw.request("POST", "/v1/sync")).await, (401, FailureCode::Unauthorised));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_asks_too_often_is_told_when_to_come_back() {
    let office = Office::open_with(Trust::default(), |options| options.rate = Some(3)).await;
    let wang = office.member("王", Role::Rep, None).await;
    let hasty = Raw::enrol(&office, wang.id, 1).await;
    let other = Raw::enrol(&office, wang.id, 2).await;
    for _ in 0..3 {
        hasty.everything().await;
    }
    let response = hasty.request("POST", "/v1/sync").json(&SyncRequest::new(0)).send().await.unwrap();
    assert_eq!(response.status(), 429);
    let header: u64 = response.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    let failure: Failure = response.json().await.unwrap();
    assert_eq!((failure.code, failure.retry_after), (FailureCode::TooManyRequests, Some(header)));
    assert!((1..=60).contains(&header));
    other.everything().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_tell_how_it_runs_and_nothing_of_a_customer() {
    let office = Office::open().await;
    let wang = office.member("王小明", Role::Rep, None).await;
    let phone = office.device(wang.id).await;
    let account = phone.log("account", &[("name", "百草堂")]);
    phone.sync().await;
    let health: serde_json::Value = answered(office.request("GET", "/health")).await.unwrap();
    assert_eq!(health["status"], "ok");
    let response = office.request("GET", "/metrics").bearer_auth(ADMIN).send().await.unwrap();
    let text = response.text().await.unwrap();
    assert!(text.contains("roadbook_requests_total{"), "{text}");
    let pushed = text.lines().find(|line| line.contains("accepted")).unwrap();
    assert!(pushed.ends_with(" 1"), "{pushed}");
    for word in ["王", "百草堂", &account.to_string(), &wang.id.to_string(), &wang.book.to_string()] {
        assert!(!text.contains(word), "{word}");
    }
}
