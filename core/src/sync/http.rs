//! HTTP to the relay: one POST with a compressed body, its answer or a typed failure.

use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::{self, CBOR, ENCODING, Failure, FailureCode, Secret, limits};
use crate::{Error, Result};

/// Connecting takes at most this long.
const CONNECT: Duration = Duration::from_secs(15);
/// Silence of this length ends a request.
const SILENCE: Duration = Duration::from_secs(60);

/// Whose certificates are trusted.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// PEM certificates of a company's own authority, besides the public ones.
    pub extra_roots: Option<String>,
}

/// Talks to one relay at a time.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
}

impl Trust {
    /// An HTTP client that trusts these certificates, and no redirect.
    pub fn client(&self) -> Result<reqwest::Client> {
        let wrong = |detail: String| Error::Offline { detail };
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = &self.extra_roots {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|e| wrong(format!("a root certificate: {e}")))?;
                roots.add(certificate).map_err(|e| wrong(format!("a root certificate: {e}")))?;
            }
        }
        // ring, chosen here and not by a process-wide default that another library may set.
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .build()
            .map_err(|e| wrong(e.to_string()))
    }
}

impl Http {
    pub(super) fn new(trust: &Trust) -> Result<Self> {
        Ok(Self { client: trust.client()? })
    }

    /// Posts a body and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        relay: &str,
        path: &str,
        token: Option<&Secret>,
        body: &impl Serialize,
    ) -> Result<T> {
        answer(self.request(relay, path, token, wire::write_body(body)?)?).await
    }

    /// A request that is ready to be sent: a body, and whether it is compressed.
    pub(super) fn request(
        &self,
        relay: &str,
        path: &str,
        token: Option<&Secret>,
        (body, compressed): (Vec<u8>, bool),
    ) -> Result<RequestBuilder> {
        check_encrypted(relay)?;
        let mut request = self
            .client
            .post(format!("{relay}{path}"))
            .header(CONTENT_TYPE, CBOR)
            .header(ACCEPT, CBOR)
            .body(body);
        if compressed {
            request = request.header(CONTENT_ENCODING, ENCODING);
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        Ok(request)
    }

    /// Opens the stream of live events.
    pub(super) async fn live(&self, relay: &str, token: &Secret) -> Result<Response> {
        check_encrypted(relay)?;
        let response = self
            .client
            .get(format!("{relay}/v1/live?version={}", wire::VERSION))
            .header(ACCEPT, "text/event-stream")
            .header(AUTHORIZATION, format!("Bearer {}", token.reveal()))
            .send()
            .await
            .map_err(not_reached)?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status => {
                let body = body_of(response).await?;
                Err(refusal(status, wire::decode(&body).ok()))
            }
        }
    }
}

/// The body, never more than the limit of it.
async fn body_of(mut response: Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(not_reached)? {
        if body.len() + chunk.len() > limits::BODY {
            return Err(Error::BadAnswer { detail: format!("it has more than {} bytes", limits::BODY) });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The error that a status and a body stand for.
pub(crate) fn refusal(status: StatusCode, failure: Option<Failure>) -> Error {
    let failure = failure.unwrap_or_else(|| Failure {
        // A proxy in between answered: its status says enough, but not that this device has ended.
        code: match status.as_u16() {
            413 => FailureCode::TooLarge,
            429 => FailureCode::TooManyRequests,
            _ => FailureCode::Unavailable,
        },
        detail: format!("HTTP {status}"),
        retry_after: None,
    });
    match failure.retry_after {
        Some(seconds) => Error::Busy { retry_after: Duration::from_secs(seconds), detail: failure.detail },
        None => Error::Refused { code: failure.code, detail: failure.detail },
    }
}

/// Sends a request and reads its answer.
pub(super) async fn answer<T: DeserializeOwned>(request: RequestBuilder) -> Result<T> {
    let response = request.send().await.map_err(not_reached)?;
    let status = response.status();
    let compressed = response.headers().get(CONTENT_ENCODING).is_some_and(|e| e == ENCODING);
    let body = body_of(response).await?;
    if status.is_success() {
        return Ok(wire::read_body(&body, compressed)?);
    }
    Err(refusal(status, wire::read_body(&body, compressed).ok()))
}

pub(super) fn not_reached(error: reqwest::Error) -> Error {
    // The address may hold nothing secret, but it says nothing either.
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        if let Some(today) = certificate_not_valid_on(inner) {
            return Error::WrongClock { today };
        }
        detail = format!("{detail}: {inner}");
        source = inner.source();
    }
    Error::Offline { detail }
}

/// The day it is by this device's clock, if the relay's certificate is refused for that.
fn certificate_not_valid_on(error: &(dyn std::error::Error + 'static)) -> Option<NaiveDate> {
    use CertificateError::{ExpiredContext, NotValidYetContext};
    // An I/O error hides the one that it was made of from `source`.
    if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return certificate_not_valid_on(inner);
    }
    match error.downcast_ref()? {
        rustls::Error::InvalidCertificate(ExpiredContext { time, .. } | NotValidYetContext { time, .. }) => {
            DateTime::from_timestamp(time.as_secs().try_into().ok()?, 0).map(|time| time.date_naive())
        }
        _ => None,
    }
}

/// Plain HTTP is for a relay on this very machine: anywhere else, [`Error::PlainHttp`].
pub fn check_encrypted(relay: &str) -> Result<()> {
    let Some(rest) = relay.strip_prefix("http://") else { return Ok(()) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(host, _)| host),
    };
    let loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match loopback {
        true => Ok(()),
        false => Err(Error::PlainHttp { address: relay.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_relay_itself_ends_a_device() {
        let said = |failure| match refusal(StatusCode::UNAUTHORIZED, failure) {
            Error::Refused { code, .. } => code,
            other => panic!("{other}"),
        };
        let code = FailureCode::Unauthorised;
        assert_eq!(said(Some(Failure { code, detail: "no".to_owned(), retry_after: None })), code);
        assert_eq!(said(None), FailureCode::Unavailable);
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in ["https://relay.example", "http://127.0.0.1:80", "http://[::1]:8/x", "http://localhost"] {
            assert!(check_encrypted(good).is_ok(), "{good}");
        }
        for bad in
            ["http://relay.example", "http://10.0.0.1:80", "http://127.0.0.1.evil.example", "http://u@evil"]
        {
            assert!(matches!(check_encrypted(bad), Err(Error::PlainHttp { .. })), "{bad}");
        }
    }
}
