//! The control API: JSON over HTTP for tests in any language.

mod changes;
mod fault_document;
mod report;

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

pub(crate) use self::changes::Changes;
pub use self::changes::InvalidChanges;
use crate::{canonical::host_name, clock::Moment, emulator::Emulator, incoming::Incoming, response};

const BASE: &str = "/_emulator";

/// Whether a request is for the control API.
pub(crate) fn is_control(incoming: &Incoming<'_>) -> bool {
    incoming.path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Handles a request of the control API. It is neither logged nor counted.
pub(crate) fn respond(emulator: &Emulator, incoming: &Incoming<'_>, now: Moment) -> Response<Bytes> {
    let (status, body) = match handle(emulator, incoming, now) {
        Ok(body) => (StatusCode::OK, body),
        Err(problem) => (problem.status, json!({ "error": problem.message })),
    };
    let mut response = response::json_response(status, &body);
    response::set_date(&mut response, now);
    response
}

/// An error response of the control API.
struct Problem {
    status: StatusCode,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

type Handler = fn(&Emulator, &Incoming<'_>, Moment) -> Result<Value, Problem>;

const ROUTES: [(Method, &str, Handler); 6] = [
    (Method::GET, "/v1", |_, _, _| {
        let paths: Vec<_> = ROUTES.iter().map(|(method, path, _)| format!("{method} {BASE}{path}")).collect();
        Ok(json!({ "version": env!("CARGO_PKG_VERSION"), "paths": paths }))
    }),
    (Method::GET, "/v1/state", report::state),
    (Method::GET, "/v1/requests", report::requests),
    (Method::GET, "/v1/rate-violations", |emulator, _, _| Ok(report::rate_violations(emulator))),
    (Method::POST, "/v1/setup", |emulator, incoming, _| {
        let changes = Changes::parse(incoming.body);
        changes.and_then(|changes| changes.apply(emulator)).map_err(|invalid| bad_request(invalid.to_string()))?;
        Ok(json!({}))
    }),
    (Method::POST, "/v1/reset", |emulator, _, _| {
        emulator.reset();
        Ok(json!({}))
    }),
];

fn handle(emulator: &Emulator, incoming: &Incoming<'_>, now: Moment) -> Result<Value, Problem> {
    check_sender(incoming)?;
    let path = incoming.path.strip_prefix(BASE).unwrap_or_default().trim_end_matches('/');
    let mut methods = ROUTES.iter().filter(|(_, known, _)| *known == path).peekable();
    if methods.peek().is_none() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("unknown path {path:?} (expected a path of {BASE}/v1)"),
        ));
    }
    let Some((.., handler)) = methods.find(|(method, ..)| method == incoming.method) else {
        return Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("method {}: not allowed for {BASE}{path}", incoming.method),
        ));
    };
    if incoming.body_length > Emulator::MAX_REQUEST_BYTES {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "body has {} bytes or more (expected at most {})",
                incoming.body_length,
                Emulator::MAX_REQUEST_BYTES
            ),
        ));
    }
    handler(emulator, incoming, now)
}

/// Rejects requests that a web page could send: from another origin, or to a name that resolves to loopback.
fn check_sender(incoming: &Incoming<'_>) -> Result<(), Problem> {
    if incoming.headers.contains_key(header::ORIGIN) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "the control API rejects requests of web pages (origin is set)",
        ));
    }
    let host = host_name(incoming.headers, incoming.uri);
    if host.is_some_and(|host| !is_loopback_name(&host)) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "the control API rejects other hosts (expected localhost or a loopback address)",
        ));
    }
    Ok(())
}

fn is_loopback_name(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, message)
}
