//! Handled requests.

use std::{fmt, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use securityhub_invitations::{AccountId, Region};

use crate::{incoming::Incoming, operations::Caller};

/// A handled request and its result.
///
/// The fields are as received. `Debug` shows neither the signature nor the session token nor the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The request's number from 1, which is also the argument of a fault source.
    pub number: u64,
    /// The time of the request, by the caller's clock.
    pub at: SystemTime,
    /// The method.
    pub method: Method,
    /// The URI that `handle` got. From a server, it has path and query only.
    pub uri: Uri,
    /// The headers, with `authorization` and `x-amz-security-token` marked as sensitive.
    pub headers: HeaderMap,
    /// The body. Empty if the signature was not valid, so that unauthenticated clients cannot fill the memory.
    pub body: Bytes,
    /// The length of the received body in bytes, even if `body` is empty.
    pub body_length: usize,
    /// The account that sent the request. `None` if the signature was not valid.
    pub account: Option<AccountId>,
    /// The region of the request. `None` if the signature was not valid.
    pub region: Option<Region>,
    /// The operation, such as `DeleteInvitations` or `AssumeRole`. `None` for an unknown one.
    pub operation: Option<&'static str>,
    /// The status of the response.
    pub status: StatusCode,
    /// The error code of a refused request, even if a fault hid it. `None` if the request was valid.
    pub refusal: Option<&'static str>,
    /// Whether a fault was played.
    pub faulted: bool,
}

/// The result of a request.
pub(crate) struct Outcome {
    pub(crate) caller: Option<Caller>,
    pub(crate) operation: Option<&'static str>,
    pub(crate) status: StatusCode,
    pub(crate) refusal: Option<&'static str>,
    pub(crate) faulted: bool,
}

impl Received {
    pub(crate) fn new(incoming: &Incoming<'_>, number: u64, at: SystemTime, outcome: Outcome) -> Self {
        let mut headers = incoming.headers.clone();
        for (name, value) in &mut headers {
            if name == header::AUTHORIZATION || name == "x-amz-security-token" {
                value.set_sensitive(true);
            }
        }
        // A copy, because the received body may be a small part of a large buffer.
        let body = outcome.caller.as_ref().map_or_else(Bytes::new, |_| Bytes::copy_from_slice(incoming.body));
        let (account, region) = outcome.caller.map(|caller| (caller.account, caller.region)).unzip();
        Self {
            number,
            at,
            method: incoming.method.clone(),
            uri: incoming.uri.clone(),
            headers,
            body,
            body_length: incoming.body_length,
            account,
            region,
            operation: outcome.operation,
            status: outcome.status,
            refusal: outcome.refusal,
            faulted: outcome.faulted,
        }
    }

    /// Returns about how many bytes the record keeps.
    pub(crate) fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let path = self.uri.path_and_query().map_or(0, |path| path.as_str().len());
        size_of::<Self>() + headers + path + self.body.len()
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
            .field("body_length", &self.body_length)
            .field("account", &self.account)
            .field("region", &self.region)
            .field("operation", &self.operation)
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
