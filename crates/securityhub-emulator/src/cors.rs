//! CORS headers for browsers.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AGE, AUTHORIZATION, CONTENT_TYPE, DATE, ORIGIN,
        RETRY_AFTER,
    },
};

use crate::{
    incoming::Incoming,
    response::{self, ERROR_TYPE, REQUEST_ID, RETRY_AFTER_MILLIS},
};

/// The emulator's responses to browsers. Without a policy there are no CORS headers, as with most AWS services.
///
/// Every origin may send requests with the headers of a signed request: `authorization`, `content-type`, `x-amz-date`
/// and `x-amz-security-token`. Scripts see only the response headers that are always visible. A client is thereby tested
/// with the body alone.
#[derive(Clone, Debug)]
#[must_use = "a policy has no effect until an emulator has it"]
pub struct CorsPolicy {
    allowed: Vec<HeaderName>,
    exposed: bool,
}

impl CorsPolicy {
    /// Creates a policy that allows the headers of a signed request and exposes none.
    pub fn new() -> Self {
        let [date, token] = ["x-amz-date", "x-amz-security-token"].map(HeaderName::from_static);
        Self { allowed: vec![AUTHORIZATION, CONTENT_TYPE, date, token], exposed: false }
    }

    /// Allows another request header.
    pub fn allowing(mut self, header: HeaderName) -> Self {
        self.allowed.push(header);
        self
    }

    /// Exposes `x-amzn-errortype`, `x-amzn-requestid`, `Date`, `Age`, `x-amz-retry-after` and `Retry-After` to scripts.
    pub fn exposing_headers(self) -> Self {
        Self { exposed: true, ..self }
    }

    /// Returns the response to a preflight.
    pub(crate) fn preflight(&self) -> Response<Bytes> {
        let mut response = response::empty(StatusCode::NO_CONTENT);
        self.admit(&mut response);
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, list(&self.allowed));
        response
    }

    /// Adds the headers that let a script read the response.
    pub(crate) fn admit(&self, response: &mut Response<Bytes>) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        if self.exposed {
            let exposed = [ERROR_TYPE, REQUEST_ID, DATE, AGE, RETRY_AFTER_MILLIS, RETRY_AFTER];
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, list(&exposed));
        }
    }
}

impl Default for CorsPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the request is a CORS preflight.
pub(crate) fn is_preflight(incoming: &Incoming<'_>) -> bool {
    incoming.method == Method::OPTIONS
        && incoming.headers.contains_key(ORIGIN)
        && incoming.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn list(names: &[HeaderName]) -> HeaderValue {
    response::header_value(&names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(","))
}
