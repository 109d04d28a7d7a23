//! A sync over the platform's own HTTP stack: requests prepared here, sent by somebody else, answers applied here.
//!
//! iOS carries a background upload on while the app is not running, and some apps must use a client of their own. So
//! nothing is remembered between the two calls: the answer comes back with the request's own bytes, from another process
//! of the app if need be, and is thrown away if anything else was synced in between. Nothing is lost by that, and
//! nothing by a request that is never sent: what it carries stays in the outbox, and the relay knows a repeat.

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};

use super::client::{Client, SyncReport};
use super::engine::Next;
use super::http;
use super::state::SyncState;
use crate::wire::{self, CBOR, ENCODING, SyncAnswer, SyncRequest};
use crate::{Error, Result};

/// A request for `POST`.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedRequest {
    /// Where to.
    pub url: String,
    /// Its headers, the device's token among them: keep it no longer than needed.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedRequest")
            .field("url", &self.url)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What came of a prepared request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Encoding` header; `None` if there is none, or if the HTTP stack has decoded the body.
    pub encoding: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl Client {
    /// The next sync request, for another HTTP stack to send: one page of a sync. The answer goes to [`Self::apply`].
    pub async fn prepare(&self) -> Result<PreparedRequest> {
        let _turn = self.turn().await;
        let ((relay, token), request) = self
            .step(|engine| {
                let credentials = engine.credentials()?;
                engine.begin()?;
                Ok((credentials, engine.ask_detached()?))
            })
            .await?;
        http::check_encrypted(&relay)?;
        let (body, compressed) = wire::write_request(&request)?;
        let mut headers = vec![
            (CONTENT_TYPE.to_string(), CBOR.to_owned()),
            (ACCEPT.to_string(), CBOR.to_owned()),
            (AUTHORIZATION.to_string(), format!("Bearer {}", token.reveal())),
        ];
        if compressed {
            headers.push((CONTENT_ENCODING.to_string(), ENCODING.to_owned()));
        }
        Ok(PreparedRequest { url: format!("{relay}/v1/sync"), headers, body })
    }

    /// Takes in what the relay answered to a prepared request, given the body of that request: durable when it returns.
    /// Unless it is [`SyncReport::finished`] or [`SyncReport::stopped`], prepare the next one. A report of no request at all
    /// says that another sync came in between: that answer brought nothing.
    pub async fn apply(&self, request: &[u8], answer: RelayAnswer<'_>) -> Result<SyncReport> {
        let _turn = self.turn().await;
        let request: SyncRequest = wire::read_body(request, wire::is_compressed(request))?;
        let Some(ask) = self.step(move |engine| engine.recall(request)).await? else {
            return Ok(SyncReport::default());
        };
        // Some HTTP stacks unpack the body and leave the header as it came: Foundation over libcurl does.
        let compressed = answer.encoding == Some(ENCODING) && wire::is_compressed(answer.body);
        let status = StatusCode::from_u16(answer.status)
            .map_err(|_| Error::BadAnswer { detail: format!("HTTP {}", answer.status) })?;
        let answered = match status.is_success() {
            true => wire::read_body::<SyncAnswer>(answer.body, compressed).map_err(Error::from),
            false => Err(http::refusal(status, wire::read_body(answer.body, compressed).ok())),
        };
        let mut report = SyncReport { requests: 1, ..SyncReport::default() };
        let next = self
            .step(move |engine| match answered {
                Ok(answer) => Ok((engine.answer(ask, &answer)?, engine.state(), None)),
                Err(error) => Ok((engine.failed(ask, &error)?, engine.state(), Some(error))),
            })
            .await?;
        if let (_, SyncState::Syncing(progress), _) = next {
            (report.sent, report.received) = (progress.sent, progress.received);
        }
        match next {
            (Next::Wait(_), _, Some(error)) => return Err(error),
            (Next::Done, ..) => {
                report.finished = true;
                self.finished();
            }
            (Next::Stop(reason), ..) => report.stopped = Some(reason),
            (Next::Ask | Next::Wait(_), ..) => {}
        }
        self.set_state(report.stopped.map_or(SyncState::Idle, SyncState::Stopped));
        Ok(report)
    }
}
