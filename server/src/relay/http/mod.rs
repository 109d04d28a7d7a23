//! The relay over HTTP: `app(state)` is the whole of it, so that a test needs no socket.

mod admin;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use roadbook_core::Environment;
use roadbook_core::model::DeviceId;
use roadbook_core::wire::{
    self, Digest, Enrol, Enrolled, Failure, FailureCode, LiveAnswer, LiveEvent, LiveRequest, Rotate, Secret,
    SyncRequest, TokenHash, limits,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::exchange::{Ahead, answer_ahead, exchange};
use super::live::{Live, Subscription};
use super::metrics::Metrics;
use super::org::Org;
use super::storage::{Session, Storage, StorageError, Wakes, Write};

/// A live connection says something at least this often, so that both ends notice when the other is gone.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// A relay: its storage, and who is connected.
#[derive(Clone)]
pub struct Relay {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Arc<dyn Storage>,
    environment: Environment,
    admin_token: TokenHash,
    public_url: String,
    rate: Option<DefaultKeyedRateLimiter<DeviceId>>,
    live: Live,
    metrics: Metrics,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("storage", &self.inner.storage).finish_non_exhaustive()
    }
}

impl Relay {
    /// A relay over a storage. `rate` is the requests one device may make in a minute.
    pub fn new(
        storage: Arc<dyn Storage>,
        environment: Environment,
        admin_token: &Secret,
        public_url: String,
        rate: Option<u32>,
    ) -> Self {
        let rate =
            rate.and_then(std::num::NonZeroU32::new).map(|most| RateLimiter::keyed(Quota::per_minute(most)));
        let inner = Inner {
            storage,
            environment,
            admin_token: admin_token.hash(),
            public_url,
            rate,
            live: Live::default(),
            metrics: Metrics::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where it keeps everything.
    pub fn storage(&self) -> &dyn Storage {
        &*self.inner.storage
    }

    /// Ends live connections: their streams end, and devices connect elsewhere.
    pub fn end_live(&self) {
        self.inner.live.end();
    }

    /// Purges what is due and keeps house.
    pub async fn maintain(&self) -> Result<(), StorageError> {
        let now = self.now();
        let wakes = self.storage().maintain(now).await?;
        self.inner.live.wake(&wakes, None, None, now);
        for book in &wakes.logs {
            tracing::info!(book = %book.0, "purged records");
        }
        if let Some(limiter) = &self.inner.rate {
            limiter.retain_recent();
        }
        Ok(())
    }

    fn now(&self) -> i64 {
        self.inner.environment.now()
    }

    /// The device a request comes from.
    async fn session(&self, headers: &HeaderMap) -> Result<Caller, Failed> {
        let refused =
            || Failed::new(FailureCode::Unauthorised, "no token, or one this relay does not know (any more)");
        let token = bearer(headers).ok_or_else(refused)?.hash();
        let session = self.storage().session(token, self.now()).await?.ok_or_else(refused)?;
        if let Some(limiter) = &self.inner.rate
            && let Err(until) = limiter.check_key(&session.device)
        {
            let wait = until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            return Err(Failed(Failure {
                code: FailureCode::TooManyRequests,
                detail: "this device asks too often".to_owned(),
                retry_after: Some(wait),
            }));
        }
        Ok(Caller { session, token })
    }
}

/// Who asks: a device with a good token. Asked for before a body, it keeps the bodies of strangers from being read.
struct Caller {
    session: Session,
    token: TokenHash,
}

impl FromRequestParts<Relay> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Response> {
        relay
            .session(&parts.headers)
            .await
            .map_err(|failed| fail(form(&parts.headers, header::ACCEPT), failed))
    }
}

/// The relay's administrator, likewise.
struct Administrator;

impl FromRequestParts<Relay> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, relay: &Relay) -> Result<Self, Response> {
        match bearer(&parts.headers) {
            Some(token) if token.hash() == relay.inner.admin_token => Ok(Self),
            _ => Err(fail(
                Form::Json,
                Failed::new(FailureCode::Unauthorised, "this needs the relay's admin token"),
            )),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Secret::parse(value.strip_prefix("Bearer ")?.trim())
}

/// A failure on its way out.
#[derive(Debug)]
struct Failed(Failure);

impl Failed {
    fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self(Failure { code, detail: detail.into(), retry_after: None })
    }
}

impl From<StorageError> for Failed {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Refused { code, detail } => Self::new(code, detail),
            StorageError::Failed(detail) => {
                tracing::error!(detail, "storage failed");
                let detail = "the relay could not store or read; nothing was changed".to_owned();
                Self(Failure { code: FailureCode::Unavailable, detail, retry_after: Some(5) })
            }
        }
    }
}

fn status_of(code: FailureCode) -> StatusCode {
    match code {
        FailureCode::Malformed => StatusCode::BAD_REQUEST,
        FailureCode::Unauthorised => StatusCode::UNAUTHORIZED,
        FailureCode::Forbidden => StatusCode::FORBIDDEN,
        FailureCode::NotFound => StatusCode::NOT_FOUND,
        FailureCode::Conflict => StatusCode::CONFLICT,
        FailureCode::Expired => StatusCode::GONE,
        FailureCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FailureCode::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
        FailureCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        FailureCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FailureCode::Internal | FailureCode::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Which form the caller reads. Devices read CBOR; a person asks for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Cbor,
    Json,
}

fn form(headers: &HeaderMap, name: header::HeaderName) -> Form {
    let json = headers.get(name).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(wire::JSON));
    if json { Form::Json } else { Form::Cbor }
}

fn respond<T: Serialize>(form: Form, status: StatusCode, value: &T) -> Response {
    if form == Form::Json {
        return (status, Json(value)).into_response();
    }
    match wire::write_body(value) {
        Ok((body, compressed)) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(wire::CBOR));
            if compressed {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(wire::ENCODING));
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn fail(form: Form, Failed(failure): Failed) -> Response {
    let mut response = respond(form, status_of(failure.code), &failure);
    if let Some(seconds) = failure.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Reads a device's body, of at most so many bytes unpacked.
fn read<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    most: usize,
) -> Result<T, Failed> {
    let body = bytes(body)?;
    if form(headers, header::CONTENT_TYPE) == Form::Json {
        return serde_json::from_slice(&body).map_err(|e| Failed::new(FailureCode::Malformed, e.to_string()));
    }
    let compressed = match headers.get(header::CONTENT_ENCODING) {
        None => false,
        Some(encoding) if encoding == wire::ENCODING => true,
        Some(_) => return Err(Failed::new(FailureCode::Malformed, "the one content encoding is zstd")),
    };
    wire::read_body_within(&body, compressed, most).map_err(|error| match error {
        wire::CodecError::TooLarge { .. } => Failed::new(FailureCode::TooLarge, error.to_string()),
        _ => Failed::new(FailureCode::Malformed, error.to_string()),
    })
}

fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Failed> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Failed::new(FailureCode::TooLarge, "the body is larger than any this relay reads here")
        }
        _ => Failed::new(FailureCode::Malformed, "the body was cut off"),
    })
}

async fn sync(
    State(relay): State<Relay>,
    Caller { session, .. }: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = form(&headers, header::ACCEPT);
    let answered = async {
        let request: SyncRequest = read(&headers, body, limits::BODY_DECOMPRESSED)?;
        let now = relay.now();
        let wake = |wakes: &Wakes, org: &Org| {
            relay.inner.live.wake(wakes, Some(org), Some(session.device), now);
        };
        let answer = exchange(relay.storage(), session, request, now, wake).await?;
        relay.inner.metrics.sync(&answer);
        Ok(answer)
    };
    match answered.await {
        Ok(answer) => respond(form, StatusCode::OK, &answer),
        Err(failed) => fail(form, failed),
    }
}

async fn enrol(
    State(relay): State<Relay>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = form(&headers, header::ACCEPT);
    let answered = async {
        let enrol: Enrol = read(&headers, body, limits::ENROL)?;
        let now = relay.now();
        let storage = relay.storage();
        let session = storage
            .enrol(enrol.code.hash(), enrol.token.hash(), &enrol.device_name, enrol.device, now)
            .await?;
        let access = storage.org(session.workspace).await?.access(session.member, now);
        let may_write = access.books.iter().filter(|b| b.right.writes()).map(|b| b.id).collect();
        storage.write(session, Write { may_write, ..Write::default() }, now).await?;
        Ok(Enrolled { device: session.device, member: session.member, access, version: wire::VERSION })
    };
    match answered.await {
        Ok(enrolled) => respond(form, StatusCode::OK, &enrolled),
        Err(failed) => fail(form, failed),
    }
}

async fn rotate(
    State(relay): State<Relay>,
    Caller { session, .. }: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = form(&headers, header::ACCEPT);
    let answered = async {
        let rotate: Rotate = read(&headers, body, limits::BODY_DECOMPRESSED)?;
        relay.storage().rotate(session.device, rotate.token.hash(), relay.now()).await?;
        Ok(())
    };
    match answered.await {
        Ok(()) => respond(form, StatusCode::OK, &()),
        Err(failed) => fail(form, failed),
    }
}

async fn live(
    State(relay): State<Relay>,
    Caller { session, token }: Caller,
    headers: HeaderMap,
    asked: Result<Query<LiveRequest>, QueryRejection>,
) -> Response {
    match asked {
        Ok(Query(asked)) => {
            let subscription = relay.inner.live.subscribe(session);
            let listener = Listener { relay, token, version: asked.version, told: None, subscription };
            Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
        }
        Err(rejection) => {
            let failed = Failed::new(FailureCode::Malformed, rejection.body_text());
            fail(form(&headers, header::ACCEPT), failed)
        }
    }
}

/// A device that is connected.
struct Listener {
    relay: Relay,
    token: TokenHash,
    version: Option<u16>,
    told: Option<Digest>,
    subscription: Subscription,
}

impl Listener {
    /// What to tell it now that something is new. Its token and rights may have changed since the last event.
    async fn news(&mut self) -> LiveEvent {
        let (storage, now) = (self.relay.storage(), self.relay.now());
        let told = async {
            let Some(version) = self.version else { return Ok(None) };
            let Some(session) = storage.session(self.token, now).await? else { return Ok(None) };
            answer_ahead(storage, session, version, self.told, now).await
        };
        match told.await {
            Ok(Some(Ahead { access, all_cursors, answer })) => {
                self.told = Some(all_cursors);
                let Ok(Some(packed)) = LiveAnswer::new(access, all_cursors, &answer) else {
                    return LiveEvent::Wake;
                };
                self.relay.inner.metrics.sync(&answer);
                LiveEvent::Answer(packed)
            }
            Ok(None) => LiveEvent::Wake,
            Err(error) => {
                tracing::debug!(%error, "a device is to ask for itself");
                LiveEvent::Wake
            }
        }
    }
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, axum::Error>> {
    stream::unfold((listener, true), |(mut listener, first)| async move {
        let event = match first {
            true => LiveEvent::Hello,
            false if listener.subscription.woken().await => listener.news().await,
            false => return None,
        };
        Some((Event::default().json_data(&event), (listener, false)))
    })
}

async fn health(State(relay): State<Relay>) -> Response {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        version: &'static str,
    }
    let version = env!("CARGO_PKG_VERSION");
    match relay.storage().health().await {
        Ok(()) => Json(Health { status: "ok", version }).into_response(),
        Err(error) => {
            tracing::error!(%error, "health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "storage failed", version }))
                .into_response()
        }
    }
}

async fn metrics(State(relay): State<Relay>, _: Administrator) -> Response {
    relay.inner.metrics.text(relay.inner.live.count()).into_response()
}

/// Counts and logs a request: method, route, status, time. Never a body, a token or a query.
async fn observe(State(relay): State<Relay>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path: &'static str = match path.as_deref() {
        Some("/v1/sync") => "/v1/sync",
        Some("/v1/live") => "/v1/live",
        Some("/v1/enrol") => "/v1/enrol",
        Some("/v1/token") => "/v1/token",
        Some(path) if path.starts_with("/v1/admin") => "/v1/admin",
        Some("/health") => "/health",
        _ => "other",
    };
    let method = request.method().clone();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    relay.inner.metrics.request(path, status, took);
    tracing::debug!(%method, path, status, micros = took.as_micros() as u64, "request");
    response
}

/// Carries a request to its end although whoever asked may have hung up: what is durable must also be journalled and wake
/// others.
async fn to_the_end(request: Request, next: Next) -> Response {
    tokio::spawn(next.run(request)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not carried to its end");
        fail(Form::Json, Failed::new(FailureCode::Internal, "the relay failed at this request"))
    })
}

/// The whole relay as a router.
pub fn app(relay: Relay) -> Router {
    Router::new()
        .route("/v1/sync", post(sync))
        .route("/v1/enrol", post(enrol).layer(DefaultBodyLimit::max(limits::ENROL)))
        .route("/v1/token", post(rotate))
        .route("/v1/live", get(live))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .nest("/v1/admin", admin::routes())
        .fallback(|| async { fail(Form::Json, Failed::new(FailureCode::NotFound, "there is nothing here")) })
        .method_not_allowed_fallback(|| async {
            fail(Form::Json, Failed::new(FailureCode::NotFound, "nothing here answers this method"))
        })
        .layer(DefaultBodyLimit::max(limits::BODY))
        .layer(middleware::from_fn_with_state(relay.clone(), observe))
        .layer(middleware::from_fn(to_the_end))
        .with_state(relay)
}
