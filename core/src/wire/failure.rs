//! Answers that are not a success.

use serde::{Deserialize, Serialize};

/// The body of every answer that is not a success, as CBOR, or JSON on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code.
    pub code: FailureCode,
    /// For people; never holds customer data.
    pub detail: String,
    /// Seconds to wait before trying again, if the relay knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// Stable codes of failures. The HTTP status says the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// 400: the body has not the expected shape.
    Malformed,
    /// 401: no token, an unknown one, or one that ended.
    Unauthorised,
    /// 403: the token is good but not for this.
    Forbidden,
    /// 404: no such thing, or not for this caller.
    NotFound,
    /// 409: it conflicts with what is there (a used invitation, a cycle in `reports_to`).
    Conflict,
    /// 410: the invitation expired.
    Expired,
    /// 413: over a limit; split the batch.
    TooLarge,
    /// 426: the version is too old to be answered.
    UpgradeRequired,
    /// 429: too many requests; see `retry_after`.
    TooManyRequests,
    /// 500: an error inside, logged there.
    Internal,
    /// 503: shutting down or overloaded; see `retry_after`.
    Unavailable,
    /// A code of a newer relay.
    #[serde(other)]
    Unknown,
}
