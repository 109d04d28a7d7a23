//! A relay with its workspace, and devices that sync with it over real sockets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use roadbook_core::model::{BookId, DeviceId, Field, Fields, MemberId, Record, RecordId, WorkspaceId};
use roadbook_core::sync::{Client, ClientOptions, PreparedRequest, RelayAnswer, SyncReport, Trust};
use roadbook_core::wire::{
    InvitationCreated, Member, NewInvitation, NewMember, NewMove, NewWorkspace, Role, Workspace,
};
use roadbook_core::{New, Options, Store};
use roadbook_server::relay::{self, Sqlite, serve};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The admin token of every relay here.
pub const ADMIN: &str = "ad00000000000000000000000000000000000000000000000000000000000000";

/// How a relay on loopback runs.
pub fn on_loopback(folder: &Path, port: u16) -> relay::Options {
    relay::Options {
        folder: folder.to_owned(),
        listen: ([127, 0, 0, 1], port).into(),
        tls: None,
        admin_token: Some(ADMIN.to_owned()),
        public_url: None,
        rate: None,
    }
}

/// A relay in its own folder, with one workspace.
#[derive(Debug)]
pub struct Office {
    /// Where it listens.
    pub address: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its common book.
    pub common: BookId,
    /// Certificates its devices trust besides the public ones.
    pub trust: Trust,
    folder: TempDir,
    options: relay::Options,
    stop: CancellationToken,
    running: Option<tokio::task::JoinHandle<Result<(), relay::Error>>>,
    http: reqwest::Client,
}

/// A person's device.
#[derive(Debug)]
pub struct Device {
    /// Its store.
    pub store: Store,
    /// Its sync.
    pub client: Client,
    /// Where its file is.
    pub folder: TempDir,
}

impl Office {
    /// Starts a relay and makes a workspace.
    pub async fn open() -> Self {
        Self::open_with(Trust::default(), |_| {}).await
    }

    /// Starts a relay that differs, and makes a workspace.
    pub async fn open_with(trust: Trust, differ: impl FnOnce(&mut relay::Options)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut options = on_loopback(folder.path(), 0);
        differ(&mut options);
        let http = trust.client().unwrap();
        let mut office = Self {
            address: String::new(),
            workspace: WorkspaceId::NIL,
            common: BookId::NIL,
            trust,
            folder,
            options,
            stop: CancellationToken::new(),
            running: None,
            http,
        };
        office.start().await;
        let made: Workspace = office
            .admin("POST", "workspaces", &NewWorkspace { name: "华东".into(), id: None, common_book: None })
            .await;
        (office.workspace, office.common) = (made.id, made.common_book);
        office
    }

    /// The relay's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the relay, as a signal would.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            running.await.unwrap().unwrap();
        }
    }

    /// Starts the relay, at the same address if it ran before.
    pub async fn start(&mut self) {
        self.stop = CancellationToken::new();
        let (tell, told) = tokio::sync::oneshot::channel();
        let (options, stop) = (self.options.clone(), self.stop.clone());
        self.running = Some(tokio::spawn(async move {
            serve(options, stop, |address| {
                let _ = tell.send(address);
            })
            .await
        }));
        self.options.listen = told.await.expect("the relay starts");
        let scheme = if self.options.tls.is_some() { "https" } else { "http" };
        self.address = format!("{scheme}://{}", self.options.listen);
    }

    /// A backup of the relay, made while it runs.
    pub fn back_up(&self) -> PathBuf {
        let backup = self.folder().join("backup.sqlite");
        Sqlite::backup(self.folder(), &backup).unwrap();
        backup
    }

    /// Stops the relay, and takes its database away: the journal stays.
    pub async fn lose_the_database(&mut self) {
        self.stop().await;
        for file in ["relay.sqlite", "relay.sqlite-wal", "relay.sqlite-shm"] {
            let _ = std::fs::remove_file(self.folder().join(file));
        }
    }

    /// Stops the relay, and starts it with a backup.
    pub async fn restore(&mut self, backup: PathBuf) {
        self.lose_the_database().await;
        std::fs::rename(backup, self.folder().join("relay.sqlite")).unwrap();
        self.start().await;
    }

    /// A request to the relay, as anybody may make it.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.address))
    }

    /// One call of the administrator.
    pub async fn admin<T: DeserializeOwned>(&self, method: &str, path: &str, body: &impl Serialize) -> T {
        let answer = self.try_admin(method, path, body).await;
        answer.unwrap_or_else(|(status, body)| panic!("{method} {path}: {status} {body}"))
    }

    /// One call of the administrator that may be refused.
    pub async fn try_admin<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, (u16, String)> {
        let response = self
            .request(method, &format!("/v1/admin/{path}"))
            .bearer_auth(ADMIN)
            .header("content-type", "application/json")
            .body(serde_json::to_vec(body).unwrap())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        if status == 200 { Ok(serde_json::from_str(&text).unwrap()) } else { Err((status, text)) }
    }

    /// A new member.
    pub async fn member(&self, name: &str, role: Role, reports_to: Option<MemberId>) -> Member {
        let new = NewMember {
            workspace: self.workspace,
            name: name.into(),
            role,
            reports_to,
            id: None,
            book: None,
        };
        self.admin("POST", "members", &new).await
    }

    /// An invitation for a member.
    pub async fn invite(&self, member: MemberId) -> String {
        let new = NewInvitation { member, expires_in: 3600 };
        self.admin::<InvitationCreated>("POST", "invitations", &new).await.link
    }

    /// A new device of a member, enrolled and synced once.
    pub async fn device(&self, member: MemberId) -> Device {
        let device = Device::trusting(self.trust.clone());
        device.client.enrol(&self.invite(member).await, "phone").await.unwrap();
        device.sync().await;
        device
    }

    /// Hands accounts over.
    pub async fn hand_over(&self, from: BookId, to: BookId, roots: &[RecordId]) -> relay::AdminDone {
        let new = NewMove { from, to, roots: roots.to_vec() };
        relay::AdminDone::Moved(self.admin("POST", "moves", &new).await)
    }
}

/// Another HTTP stack: sends the request, and gives back status, encoding and body.
pub async fn send(request: &PreparedRequest) -> (u16, Option<String>, Vec<u8>) {
    let stack = Trust::default().client().unwrap();
    let mut sent = stack.post(&request.url).body(request.body.clone());
    for (name, value) in &request.headers {
        sent = sent.header(name, value);
    }
    let answer = sent.send().await.unwrap();
    let encoding = answer.headers().get("content-encoding").map(|e| e.to_str().unwrap().to_owned());
    (answer.status().as_u16(), encoding, answer.bytes().await.unwrap().to_vec())
}

/// Hands a device what [`send`] gave back.
pub async fn apply(
    device: &Client,
    request: &PreparedRequest,
    answer: &(u16, Option<String>, Vec<u8>),
) -> SyncReport {
    let answer = RelayAnswer { status: answer.0, encoding: answer.1.as_deref(), body: &answer.2 };
    device.apply(&request.body, answer).await.unwrap()
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

impl Device {
    /// A device of nobody yet.
    pub fn new() -> Self {
        Self::trusting(Trust::default())
    }

    /// A device of nobody yet, with these certificates.
    pub fn trusting(trust: Trust) -> Self {
        let folder = TempDir::new().unwrap();
        let store = roadbook_core::open(folder.path(), Options::default(), &mut |_, _| {}).unwrap();
        let client = Client::new(store.clone(), &ClientOptions { trust }).unwrap();
        Self { store, client, folder }
    }

    /// Syncs until everything is exchanged.
    pub async fn sync(&self) -> SyncReport {
        let report = self.client.sync_once(Duration::from_secs(60)).await.unwrap();
        assert!(report.finished || report.stopped.is_some(), "{report:?}");
        report
    }

    /// Sends one request and takes its answer in.
    pub async fn ask_once(&self) {
        let request = self.client.prepare().await.unwrap();
        let (status, encoding, body) = send(&request).await;
        let answer = RelayAnswer { status, encoding: encoding.as_deref(), body: &body };
        self.client.apply(&request.body, answer).await.unwrap();
    }

    /// Sends one request. Its answer never comes.
    pub async fn ask_in_vain(&self) {
        let (status, ..) = send(&self.client.prepare().await.unwrap()).await;
        assert_eq!(status, 200);
    }

    /// This device's id.
    pub fn id(&self) -> DeviceId {
        self.store.identity().unwrap().unwrap().device
    }

    /// Creates a record from texts.
    pub fn log(&self, kind: &str, texts: &[(&str, &str)]) -> RecordId {
        let kind = self.store.schema().kind(kind).unwrap();
        let defaults = self.store.defaults();
        let mut fields = Fields::new();
        for (name, text) in texts {
            let field: &Field = kind.field(name).unwrap();
            if let Some(value) = field.parse(text, defaults).unwrap() {
                fields.0.insert((*name).to_owned(), value);
            }
        }
        self.store.create(New::new(kind.name, fields)).unwrap().id
    }

    /// A record that must be here.
    pub fn get(&self, id: RecordId) -> Record {
        self.store.get(id).unwrap()
    }

    /// Edits one field of a record, as it reads now.
    pub fn edit(&self, id: RecordId, field: &str, text: &str) {
        let record = self.get(id);
        let kind = self.store.schema().kind(record.kind).unwrap();
        let value = kind.field(field).unwrap().parse(text, self.store.defaults()).unwrap();
        let mut edit = roadbook_core::Edit::of(&record);
        edit.fields.insert(field.to_owned(), value);
        self.store.edit(edit).unwrap();
    }
}
