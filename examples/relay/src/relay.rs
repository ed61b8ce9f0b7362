//! The relay itself.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, DATE, HOST, RETRY_AFTER},
};
use http_body_util::{BodyExt, Full, Limited};
use securityhub_invitations::MAX_RESPONSE_BYTES;
use securityhub_invitations_hyper::DefaultService;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::{
    hosts::Hosts,
    server::{Answer, Question, is_from_elsewhere, text},
};

type BoxError = Box<dyn Error + Send + Sync>;

const OPERATION: &str = "/invitations/delete";
const MAX_REQUEST_BYTES: usize = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Of a request: what is signed, and the signature. `Host` is set anew.
const FORWARDED: [HeaderName; 4] = [
    CONTENT_TYPE,
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-security-token"),
    AUTHORIZATION,
];

/// Forwards one operation to some hosts.
#[derive(Clone, Debug)]
pub struct Relay {
    hosts: Hosts,
    service: DefaultService,
    /// For loopback, whatever the environment says of proxies.
    local_service: DefaultService,
}

impl Relay {
    /// Below this path stand the hosts: `/relay/securityhub.eu-central-1.amazonaws.com`.
    pub const PATH: &str = "/relay/";

    /// Forwards to these.
    #[must_use]
    pub fn new(hosts: Hosts) -> Self {
        Self { hosts, service: DefaultService::new(), local_service: DefaultService::new().without_proxy() }
    }

    /// The same relay, with the same connections, for other hosts.
    #[must_use]
    pub fn with_hosts(&self, hosts: Hosts) -> Self {
        Self { hosts, ..self.clone() }
    }

    /// Answers a request for a path below [`PATH`](Self::PATH).
    pub async fn answer(&self, request: Question) -> Answer {
        let answered = match self.check(&request) {
            Ok(to) => timeout(TIMEOUT, self.forward(request, to)).await.unwrap_or_else(|_| {
                let text = format!("the relay got no answer within {} seconds", TIMEOUT.as_secs());
                Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "RelayTimedOut", text))
            }),
            Err(refusal) => Err(refusal),
        };
        answered.unwrap_or_else(Refusal::into_answer)
    }

    /// Where the request goes.
    fn check(&self, request: &Question) -> Result<Destination, Refusal> {
        let path = request.uri().path().strip_prefix(Self::PATH).unwrap_or_default();
        let Some((host, OPERATION)) = path.find('/').map(|slash| path.split_at(slash)) else {
            let text = "the relay has nothing but /relay/HOST/invitations/delete";
            return Err(Refusal::new(StatusCode::NOT_FOUND, "RelayPathUnknown", text));
        };
        if request.uri().query().is_some() {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "RelayPathUnknown", "the operation has no query"));
        }
        if request.method() != Method::POST {
            let text = "the relay forwards POST and nothing else";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "RelayMethodUnknown", text));
        }
        if is_from_elsewhere(request.headers()) {
            let text = "the relay serves pages of its own origin";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "RelayOriginRefused", text));
        }
        let refused = || {
            let text = format!("the relay does not forward to {}", host.escape_default());
            Refusal::new(StatusCode::FORBIDDEN, "RelayHostRefused", text)
        };
        let origin = self.hosts.origin(host).ok_or_else(refused)?;
        let uri = format!("{origin}{OPERATION}").parse().map_err(|_| refused())?;
        Ok(Destination { host: HeaderValue::from_str(host).map_err(|_| refused())?, uri })
    }

    async fn forward(&self, request: Question, to: Destination) -> Result<Answer, Refusal> {
        let (page, body) = request.into_parts();
        let body = Limited::new(body, MAX_REQUEST_BYTES).collect().await.map_err(|_| {
            let text = format!("the body has more than {MAX_REQUEST_BYTES} bytes, or broke off");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "RelayBodyTooLarge", text)
        })?;
        self.exchange(&page.headers, body.to_bytes(), to).await.map_err(|error| {
            let text = format!("the relay got no answer: {}", text_of(&*error));
            Refusal::new(StatusCode::BAD_GATEWAY, "RelayGotNoAnswer", text)
        })
    }

    async fn exchange(&self, headers: &HeaderMap, body: Bytes, to: Destination) -> Result<Answer, BoxError> {
        // A request of our own: cookies and all that was between the page and the relay stay here.
        let mut request = Request::post(&to.uri).body(Full::new(body))?;
        copy(headers, request.headers_mut(), |name| FORWARDED.contains(name));
        let is_another_host = to.uri.authority().is_none_or(|authority| authority.as_str() != to.host);
        if is_another_host {
            request.headers_mut().insert(HOST, to.host);
        }
        let service = if to.uri.scheme_str() == Some("http") { &self.local_service } else { &self.service };

        let (service, body) = service.clone().oneshot(request).await?.into_parts();
        let body = Limited::new(body, MAX_RESPONSE_BYTES).collect().await?.to_bytes();
        let mut answer = Answer::new(Full::new(body));
        *answer.status_mut() = service.status;
        copy(&service.headers, answer.headers_mut(), |name| {
            [CONTENT_TYPE, DATE, RETRY_AFTER].contains(name)
                || name == "x-amz-retry-after"
                || name.as_str().starts_with("x-amzn-")
        });
        Ok(answer)
    }
}

struct Destination {
    /// As it was signed.
    host: HeaderValue,
    uri: Uri,
}

fn copy(from: &HeaderMap, to: &mut HeaderMap, is_wanted: impl Fn(&HeaderName) -> bool) {
    for (name, value) in from.iter().filter(|(name, _)| is_wanted(name)) {
        to.append(name, value.clone());
    }
}

/// Why the relay does not forward a request, or has no answer to it.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// In the form of AWS's own errors, so that clients show the text.
    fn into_answer(self) -> Answer {
        let message = self.message.replace('\\', r"\\").replace('"', r#"\""#);
        let mut answer = text(self.status, format!(r#"{{"message":"{message}","code":"{}"}}"#, self.code));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        answer
    }
}

/// An error and what caused it, on one line.
fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text.replace(char::is_control, " ")
}
