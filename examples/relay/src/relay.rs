//! The relay.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, DATE, HOST, RETRY_AFTER},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use securityhub_invitations::MAX_RESPONSE_BYTES;
use securityhub_invitations_hyper::DefaultService;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::{
    hosts::Hosts,
    server::{SiteRequest, SiteResponse, foreign_origin, text},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// The operations of the npm package.
static OPERATIONS: [(&str, Method); 3] =
    [("/invitations", Method::GET), ("/invitations/decline", Method::POST), ("/invitations/delete", Method::POST)];
const MAX_REQUEST_BYTES: usize = 1024 * 1024;
/// The time limit for the service's response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The request headers that are forwarded: the signed ones and the signature. `Host` is set again.
const FORWARDED: [HeaderName; 4] = [
    CONTENT_TYPE,
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-security-token"),
    AUTHORIZATION,
];

/// Forwards the operations of the npm package to some hosts.
#[derive(Clone, Debug)]
pub struct Relay {
    hosts: Hosts,
    service: DefaultService,
    /// The service for loopback, without a proxy.
    local_service: DefaultService,
    body_timeout: Duration,
}

impl Relay {
    /// The path in front of the hosts: `/relay/securityhub.eu-central-1.amazonaws.com`.
    pub const PATH: &str = "/relay/";

    /// Creates a relay to these hosts.
    #[must_use]
    pub fn new(hosts: Hosts) -> Self {
        Self {
            hosts,
            service: DefaultService::new(),
            local_service: DefaultService::new().without_proxy(),
            body_timeout: Duration::from_secs(10),
        }
    }

    /// Sets the time limit for receiving the body of a request. Default: 10 s.
    #[must_use]
    pub fn with_body_timeout(self, body_timeout: Duration) -> Self {
        Self { body_timeout, ..self }
    }

    /// Returns a relay to other hosts that shares the connections.
    #[must_use]
    pub fn with_hosts(&self, hosts: Hosts) -> Self {
        Self { hosts, ..self.clone() }
    }

    /// Handles a request for a path below [`PATH`](Self::PATH).
    pub async fn respond(&self, request: SiteRequest) -> SiteResponse {
        let response = match self.check(&request) {
            Ok(to) => self.forward(request, to).await,
            Err(refusal) => Err(refusal),
        };
        response.unwrap_or_else(Refusal::into_response)
    }

    /// Returns the destination of the request.
    fn check(&self, request: &SiteRequest) -> Result<Destination, Refusal> {
        let path = request.uri().path().strip_prefix(Self::PATH).unwrap_or_default();
        let (host, path) = path.find('/').map_or((path, ""), |slash| path.split_at(slash));
        let Some((_, method)) = OPERATIONS.iter().find(|(operation, _)| *operation == path) else {
            let text = "unknown path (expected /relay/HOST/invitations, …/invitations/decline or …/invitations/delete)";
            return Err(Refusal::new(StatusCode::NOT_FOUND, "RelayPathUnknown", text));
        };
        let query = match request.uri().query() {
            Some(query) if method == Method::GET => format!("?{query}"),
            Some(_) => {
                return Err(Refusal::new(StatusCode::NOT_FOUND, "RelayPathUnknown", "the operation has no query"));
            }
            None => String::new(),
        };
        if request.method() != method {
            let text = format!("unsupported method (expected {method})");
            let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "RelayMethodUnknown", text);
            return Err(Refusal { allowed: Some(method.as_str()), ..refusal });
        }
        if let Some(origin) = foreign_origin(request.headers()) {
            let host = request.headers().get(HOST).map_or("", |host| host.to_str().unwrap_or_default());
            let text = format!(
                "the page's origin \"{}\" is not the relay's host \"{host}\" (a reverse proxy must forward the Host header)",
                origin.escape_default()
            );
            return Err(Refusal::new(StatusCode::FORBIDDEN, "RelayOriginRefused", text));
        }
        let refused = || {
            let text = format!("the relay does not forward to {}", host.escape_default());
            Refusal::new(StatusCode::FORBIDDEN, "RelayHostRefused", text)
        };
        let origin = self.hosts.origin(host).ok_or_else(refused)?;
        let uri = format!("{origin}{path}{query}").parse().map_err(|_| refused())?;
        Ok(Destination { method, host: HeaderValue::from_str(host).map_err(|_| refused())?, uri })
    }

    async fn forward(&self, request: SiteRequest, to: Destination) -> Result<SiteResponse, Refusal> {
        let (page, body) = request.into_parts();
        let too_large = || {
            let text = format!("the body has more than {MAX_REQUEST_BYTES} bytes, or is incomplete");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "RelayBodyTooLarge", text)
        };
        // The announced length is enough to reject a body.
        if body.size_hint().lower() > MAX_REQUEST_BYTES as u64 {
            return Err(too_large());
        }
        let body = timeout(self.body_timeout, Limited::new(body, MAX_REQUEST_BYTES).collect()).await.map_err(|_| {
            let text = format!("the relay received no complete body within {:?}", self.body_timeout);
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "RelayBodyTimedOut", text)
        })?;
        let body = body.map_err(|_| too_large())?.to_bytes();
        let response = timeout(TIMEOUT, self.exchange(&page.headers, body, to)).await.map_err(|_| {
            let text = format!("the relay received no response within {TIMEOUT:?}");
            Refusal::new(StatusCode::GATEWAY_TIMEOUT, "RelayTimedOut", text)
        })?;
        response.map_err(|error| {
            let text = format!("the relay received no response: {}", text_of(&*error));
            Refusal::new(StatusCode::BAD_GATEWAY, "RelayGotNoResponse", text)
        })
    }

    async fn exchange(&self, headers: &HeaderMap, body: Bytes, to: Destination) -> Result<SiteResponse, BoxError> {
        // A new request, without cookies and the headers of the page's connection.
        let mut request = Request::builder().method(to.method).uri(&to.uri).body(Full::new(body))?;
        copy(headers, request.headers_mut(), |name| FORWARDED.contains(name));
        let is_another_host = to.uri.authority().is_none_or(|authority| authority.as_str() != to.host);
        if is_another_host {
            request.headers_mut().insert(HOST, to.host);
        }
        let service = if to.uri.scheme_str() == Some("http") { &self.local_service } else { &self.service };

        let (service, body) = service.clone().oneshot(request).await?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
        let mut response = SiteResponse::new(Full::new(body));
        *response.status_mut() = service.status;
        copy(&service.headers, response.headers_mut(), |name| {
            [CONTENT_TYPE, DATE, RETRY_AFTER].contains(name)
                || name == "x-amz-retry-after"
                || name.as_str().starts_with("x-amzn-")
        });
        Ok(response)
    }
}

struct Destination {
    method: &'static Method,
    /// The host that was signed.
    host: HeaderValue,
    uri: Uri,
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, is_wanted: impl Fn(&HeaderName) -> bool) {
    for (name, value) in from.iter().filter(|(name, _)| is_wanted(name)) {
        to.append(name, value.clone());
    }
}

/// The reason why the relay does not forward a request, or has no response.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The method that the path supports, if the request has another one.
    allowed: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), allowed: None }
    }

    /// Returns an error in AWS's own form, so that clients show the message.
    fn into_response(self) -> SiteResponse {
        let message = self.message.replace('\\', r"\\").replace('"', r#"\""#);
        let mut response = text(self.status, format!(r#"{{"message":"{message}","code":"{}"}}"#, self.code));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(method) = self.allowed {
            headers.insert(ALLOW, HeaderValue::from_static(method));
        }
        response
    }
}

/// Writes an error and its sources on one line.
fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text.replace(char::is_control, " ")
}
