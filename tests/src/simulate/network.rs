//! The network between the phones and the relay's real router: it loses, repeats, delays and cuts.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use rand::RngExt;
use roadbook_core::Error;
use roadbook_core::sync::Next;
use roadbook_core::wire::{self, Failure, FailureCode, Secret, SyncAnswer, limits};
use roadbook_server::relay::app;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use super::world::World;

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives and is answered.
    Good,
    /// It never arrives.
    RequestLost,
    /// It arrives, the answer does not.
    AnswerLost,
    /// It arrives twice; the second answer is read.
    Repeated,
    /// It is given up here and arrives much later.
    Delayed,
    /// The answer is cut in the middle.
    Cut,
}

fn offline() -> Error {
    Error::Offline { detail: "the network".to_owned() }
}

impl World {
    /// The relay's answer to a body: status, and whether compressed, and bytes.
    async fn deliver(
        &self,
        path: &str,
        token: Option<&Secret>,
        body: &[u8],
        compressed: bool,
    ) -> (u16, bool, Vec<u8>) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, wire::CBOR);
        if compressed {
            request = request.header(header::CONTENT_ENCODING, wire::ENCODING);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let response = app(self.relay.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let compressed = response.headers().get(header::CONTENT_ENCODING).is_some();
        (status, compressed, to_bytes(response.into_body(), limits::BODY).await.unwrap().to_vec())
    }

    pub(super) async fn post<B: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&Secret>,
        body: &B,
    ) -> Result<A, Error> {
        let (body, compressed) = wire::write_body(body).unwrap();
        read(self.deliver(path, token, &body, compressed).await)
    }

    /// One request of a phone, with what the network does to it.
    pub(super) async fn request(&mut self, phone: usize, fate: Fate) -> Result<Next, Error> {
        let mut ask = self.phones[phone].engine.ask()?;
        if self.rng.random_bool(0.3) {
            ask.request.budget = self.rng.random_range(1..2_000);
        }
        let (_, token) = self.phones[phone].engine.credentials()?;
        let (body, compressed) = wire::write_body(&ask.request).unwrap();
        let now = self.time();
        let answered = match fate {
            Fate::RequestLost => Err(offline()),
            Fate::Delayed => {
                self.phones[phone].delayed.push((token.clone(), body, compressed));
                Err(offline())
            }
            Fate::AnswerLost => {
                self.deliver("/v1/sync", Some(&token), &body, compressed).await;
                Err(offline())
            }
            Fate::Repeated => {
                self.deliver("/v1/sync", Some(&token), &body, compressed).await;
                read(self.deliver("/v1/sync", Some(&token), &body, compressed).await)
            }
            Fate::Cut => {
                let (status, compressed, mut body) =
                    self.deliver("/v1/sync", Some(&token), &body, compressed).await;
                let keep = self.rng.random_range(0..body.len().max(1));
                body.truncate(keep);
                // reqwest notices a body shorter than announced; what could slip through must not decode.
                let _ = read::<SyncAnswer>((status, compressed, body));
                Err(offline())
            }
            Fate::Good => read(self.deliver("/v1/sync", Some(&token), &body, compressed).await),
        };
        let mut answered: Result<SyncAnswer, Error> = answered;
        if let Ok(answer) = &mut answered {
            self.spoil_answer(answer);
        }
        if let Ok(answer) = &answered {
            self.check_allowed(phone, answer, now).await;
        }
        let said = match &answered {
            Ok(answer) => format!(
                "{:?}, {} changes, {} whole, {} offered, {} verdicts, diverged {}, access {}, cursors wanted {}",
                answer.acks,
                answer.pages.iter().map(|page| page.changes.len()).sum::<usize>(),
                answer.documents.len(),
                answer.trays.iter().map(|page| page.offered.len()).sum::<usize>(),
                answer.verdicts.len(),
                answer.diverged.len(),
                answer.access.is_some(),
                answer.cursors_wanted,
            ),
            Err(error) => error.to_string(),
        };
        let pushed: Vec<_> = ask.request.pushes.iter().map(|push| push.document.to_string()).collect();
        let name = self.phones[phone].name.clone();
        self.note(format!("{name} sends {pushed:?}, fetches {:?}: {said}", ask.request.fetch));
        let engine = &mut self.phones[phone].engine;
        let answer = match answered {
            Ok(answer) => answer,
            Err(error) => return engine.failed(ask, &error),
        };
        // The next page travels while this one is committed.
        let ahead = engine.ask_ahead(&ask, &answer)?;
        let fetched = match &ahead {
            Some(ahead) => Some(self.post::<_, SyncAnswer>("/v1/sync", Some(&token), &ahead.request).await),
            None => None,
        };
        if let Some(Ok(answer)) = &fetched {
            self.check_allowed(phone, answer, now).await;
        }
        let engine = &mut self.phones[phone].engine;
        let next = engine.answer(ask, &answer)?;
        match (ahead, fetched, next) {
            (Some(ahead), Some(Ok(answer)), Next::Ask) => engine.answer(ahead, &answer),
            (Some(ahead), Some(Err(error)), Next::Ask) => engine.failed(ahead, &error),
            (_, _, next) => Ok(next),
        }
    }

    /// A request from long ago arrives.
    pub(super) async fn deliver_delayed(&mut self, phone: usize) {
        if self.phones[phone].delayed.is_empty() {
            return;
        }
        let (token, body, compressed) = self.phones[phone].delayed.remove(0);
        self.deliver("/v1/sync", Some(&token), &body, compressed).await;
    }

    /// Nothing forbidden is delivered: every page is of a book the member may read at that moment.
    async fn check_allowed(&self, phone: usize, answer: &SyncAnswer, now: i64) {
        let phone = &self.phones[phone];
        let org = self.relay.storage().org(self.workspace).await.unwrap();
        let right = |book| org.right(phone.member, book, now);
        for page in &answer.pages {
            assert!(right(page.next.book).is_some(), "{} got a page of a book it may not read", phone.name);
        }
        for page in &answer.trays {
            assert!(right(page.next.book).is_some_and(|(_, reviews)| reviews), "{} got a tray", phone.name);
        }
        for document in &answer.documents {
            if let Some(book) = document.book {
                assert!(right(book).is_some(), "{} fetched a document it may not read", phone.name);
            }
        }
    }
}

fn read<A: DeserializeOwned>((status, compressed, body): (u16, bool, Vec<u8>)) -> Result<A, Error> {
    if status == 200 {
        return wire::read_body(&body, compressed).map_err(Error::from);
    }
    let failure: Failure = wire::read_body(&body, compressed)?;
    match failure.retry_after {
        Some(seconds) => {
            Err(Error::Busy { retry_after: std::time::Duration::from_secs(seconds), detail: failure.detail })
        }
        None => {
            assert_ne!(failure.code, FailureCode::Malformed, "{}", failure.detail);
            Err(Error::Refused { code: failure.code, detail: failure.detail })
        }
    }
}
