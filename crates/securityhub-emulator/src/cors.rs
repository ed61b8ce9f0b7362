//! Letting browsers in.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AGE, AUTHORIZATION, CONTENT_TYPE, DATE, ORIGIN,
        RETRY_AFTER,
    },
};

use crate::answer::{self, ERROR_TYPE, REQUEST_ID, RETRY_AFTER_MILLIS};

/// How the emulator answers browsers. It does not do so unless it is told to, as most of AWS does not.
///
/// Every origin may call, with the headers that a signed request has: `authorization`, `content-type`, `x-amz-date`,
/// `x-amz-security-token`, by name. Scripts see no header of the answer but those that every script sees, so that a
/// client proves that it manages with the body.
#[derive(Clone, Debug)]
#[must_use = "a policy does nothing until an emulator has it"]
pub struct CorsPolicy {
    allowed: Vec<HeaderName>,
    exposed: bool,
}

impl CorsPolicy {
    /// The headers of a signed request are allowed, nothing is exposed.
    pub fn new() -> Self {
        let [date, token] = ["x-amz-date", "x-amz-security-token"].map(HeaderName::from_static);
        Self { allowed: vec![AUTHORIZATION, CONTENT_TYPE, date, token], exposed: false }
    }

    /// Allows one more header in requests.
    pub fn allowing(mut self, header: HeaderName) -> Self {
        self.allowed.push(header);
        self
    }

    /// Shows scripts the error type, the request id, the date, the age and both ways of asking for patience.
    pub fn exposing_headers(self) -> Self {
        Self { exposed: true, ..self }
    }

    /// The answer to a preflight.
    pub(crate) fn preflight(&self) -> Response<Bytes> {
        let mut response = answer::empty(StatusCode::NO_CONTENT);
        self.admit(&mut response);
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, list(&self.allowed));
        response
    }

    /// Lets a browser hand the answer to the script that asked.
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

/// Whether this is a browser's question and not a request.
pub(crate) fn is_preflight(request: &Request<Bytes>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn list(names: &[HeaderName]) -> HeaderValue {
    answer::header_value(&names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(","))
}
