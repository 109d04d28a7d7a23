//! Devices that speak the protocol and keep their cursors in memory.

use std::collections::HashMap;
use std::time::Instant;

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use roadbook_core::Environment;
use roadbook_core::model::{BookId, RecordId};
use roadbook_core::wire::{
    self, Chunk, Cursor, Digest, LiveEvent, Log, Push, Secret, SyncAnswer, SyncRequest, limits,
};
use tokio::sync::mpsc;

/// What a device that only speaks the protocol knows.
pub(super) struct Light {
    pub(super) token: Secret,
    book: BookId,
    access: Digest,
    receipts: Digest,
    cursors: HashMap<(BookId, Log), Cursor>,
    changed: Vec<Cursor>,
}

impl Light {
    fn all_cursors(&self) -> Digest {
        Cursor::digest_of(&self.cursors.values().copied().collect::<Vec<_>>())
    }

    /// Reads the pages of an answer; says of which documents they are.
    fn read(&mut self, answer: &SyncAnswer) -> Vec<RecordId> {
        for page in &answer.pages {
            self.cursors.insert((page.next.book, Log::Entries), page.next);
            self.changed.push(page.next);
        }
        answer.pages.iter().flat_map(|page| page.changes.iter().map(|entry| entry.document)).collect()
    }

    /// What a live event brings of itself.
    fn hear(&mut self, event: &str) -> Vec<RecordId> {
        match serde_json::from_str(event).unwrap() {
            LiveEvent::Answer(told)
                if (told.access, told.all_cursors) == (self.access, self.all_cursors()) =>
            {
                self.read(&told.answer().unwrap())
            }
            _ => Vec::new(),
        }
    }
}

#[derive(Clone)]
pub(super) struct Relay {
    pub(super) http: reqwest::Client,
    pub(super) address: String,
}

impl Relay {
    pub(super) async fn sync(&self, light: &mut Light, pushes: Vec<Push>) -> SyncAnswer {
        let mut request = SyncRequest::new(Environment::system().now());
        (request.access, request.receipts) = (light.access, light.receipts);
        (request.cursors, request.all_cursors) = (std::mem::take(&mut light.changed), light.all_cursors());
        (request.books, request.pushes, request.budget) = (vec![light.book], pushes, limits::PAGE_MOST);
        let (body, compressed) = wire::write_body(&request).unwrap();
        let mut post = self.http.post(format!("{}/v1/sync", self.address)).bearer_auth(light.token.reveal());
        post = post.header("content-type", wire::CBOR);
        if compressed {
            post = post.header("content-encoding", wire::ENCODING);
        }
        let response = post.body(body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let compressed = response.headers().contains_key("content-encoding");
        let answer: SyncAnswer = wire::read_body(&response.bytes().await.unwrap(), compressed).unwrap();
        light.read(&answer);
        light.access = answer.access.as_ref().map_or(light.access, |access| access.digest);
        light.receipts = answer.receipts.as_ref().map_or(light.receipts, |receipts| receipts.digest);
        answer
    }

    /// Syncs until nothing is left; says which documents came.
    pub(super) async fn pull(&self, light: &mut Light) -> Vec<RecordId> {
        let mut came = Vec::new();
        loop {
            let answer = self.sync(light, Vec::new()).await;
            came.extend(answer.pages.iter().flat_map(|page| page.changes.iter().map(|entry| entry.document)));
            if !answer.more {
                return came;
            }
        }
    }
}

pub(super) fn push(document: RecordId, chunk: &Chunk) -> Push {
    Push { document, book: 0, root: None, offset: 0, notice: None, change: None, chunk: chunk.clone() }
}

/// What came to a manager, and when.
pub(super) type Seen = (RecordId, Instant);

/// A manager's device: live, until the task is dropped. Tells of every document when it came by a wake-up.
pub(super) async fn live(
    relay: Relay,
    mut light: Light,
    seen: mpsc::UnboundedSender<Seen>,
    ready: mpsc::Sender<()>,
) {
    let get = relay.http.get(format!("{}/v1/live?version={}", relay.address, wire::VERSION));
    let mut events = get.bearer_auth(light.token.reveal()).send().await.unwrap().bytes_stream().eventsource();
    while let Some(event) = events.next().await {
        // The relay ends with the proof.
        let Ok(event) = event else { return };
        let hello = event.data.contains("hello");
        for document in light.hear(&event.data) {
            let _ = seen.send((document, Instant::now()));
        }
        for document in relay.pull(&mut light).await {
            let _ = seen.send((document, Instant::now()));
        }
        if hello {
            let _ = ready.send(()).await;
        }
    }
}

pub(super) fn light(token: Secret, book: BookId) -> Light {
    Light {
        token,
        book,
        access: Digest::ZERO,
        receipts: Digest::ZERO,
        cursors: HashMap::new(),
        changed: Vec::new(),
    }
}

/// A device that only listens, and tells of each wake-up.
pub(super) async fn listen(
    relay: Relay,
    light: Light,
    woken: mpsc::UnboundedSender<()>,
    ready: mpsc::Sender<()>,
) {
    let get = relay.http.get(format!("{}/v1/live", relay.address)).bearer_auth(light.token.reveal());
    let mut events = get.send().await.unwrap().bytes_stream().eventsource();
    while let Some(Ok(event)) = events.next().await {
        match event.data.contains("hello") {
            true => _ = ready.send(()).await,
            false => _ = woken.send(()),
        }
    }
}
