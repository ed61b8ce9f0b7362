//! What a test can ask afterwards.

use std::{fmt, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};

/// A request that the emulator received, and what became of it.
///
/// `Debug` shows neither the signature nor the session token nor the body. The fields are as they came.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// Counted from 1; the number that a fault source is asked with if the request reached the operation.
    pub number: u64,
    /// When it was handled, by the caller's clock.
    pub at: SystemTime,
    /// The method.
    pub method: Method,
    /// The URI as `handle` saw it: a server sees path and query only.
    pub uri: Uri,
    /// The headers, with `authorization` and `x-amz-security-token` marked as sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The status of the answer.
    pub status: StatusCode,
    /// The error code that the emulator found for the request, even if a fault hid it. `None` if it was in order.
    pub refusal: Option<&'static str>,
    /// Whether a fault was played.
    pub faulted: bool,
}

/// What became of a request.
pub(crate) struct Outcome {
    pub(crate) status: StatusCode,
    pub(crate) refusal: Option<&'static str>,
    pub(crate) faulted: bool,
}

impl Received {
    pub(crate) fn new(request: &Request<Bytes>, number: u64, at: SystemTime, outcome: &Outcome) -> Self {
        let mut headers = request.headers().clone();
        for (name, value) in &mut headers {
            if name == header::AUTHORIZATION || name == "x-amz-security-token" {
                value.set_sensitive(true);
            }
        }
        Self {
            number,
            at,
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers,
            body: request.body().clone(),
            status: outcome.status,
            refusal: outcome.refusal,
            faulted: outcome.faulted,
        }
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("method", &self.method)
            .field("uri", &self.uri)
            .field("headers", &self.headers)
            .field("body_length", &self.body.len())
            .field("status", &self.status)
            .field("refusal", &self.refusal)
            .field("faulted", &self.faulted)
            .finish()
    }
}

/// One line for a log: `POST /invitations/delete 403 InvalidSignatureException`.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.uri.path(), self.status.as_u16())?;
        if let Some(code) = self.refusal {
            write!(f, " {code}")?;
        }
        if self.faulted { f.write_str(" (fault)") } else { Ok(()) }
    }
}

/// How often what happened since the emulator was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests, preflights not among them.
    pub requests: u64,
    /// Preflights that were answered.
    pub preflights: u64,
    /// Requests that the emulator found something wrong with, even if a fault hid it.
    pub refused: u64,
    /// Requests that a fault was played for.
    pub faulted: u64,
    /// Invitations that were deleted.
    pub deleted: u64,
}
