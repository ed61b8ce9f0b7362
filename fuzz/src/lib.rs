//! Code that the fuzz targets share: readable inputs, and the rules that targets are tested against.
//!
//! Requests and responses have the format of HTTP/1 with line feeds, so seeds are recorded traffic and findings are
//! readable. Invalid parts are skipped instead of rejected, so that mutations have an effect.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use time::UtcDateTime;

mod json;
pub mod mutation;

pub use json::Json;

/// The example key that a new emulator knows.
pub const KEY_ID: &str = securityhub_emulator::AccessKey::EXAMPLE_ID;
/// The secret of [`KEY_ID`].
pub const SECRET: &str = securityhub_emulator::AccessKey::EXAMPLE_SECRET;
/// 2026-11-22T20:37:05Z, the time of all signatures in seeds.
pub const NOW: u64 = 1_795_379_825;

/// [`NOW`] as a time.
pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Parses `200`, header lines, an empty line and the body.
pub fn response(text: &[u8]) -> Response<Bytes> {
    let (start, headers, body) = parts(text);
    let status = std::str::from_utf8(start).ok().and_then(|text| text.trim().parse().ok());
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    *response.headers_mut() = headers;
    response
}

/// Parses `POST https://host/path`, header lines, an empty line and the body. `None` if the method or URI is invalid.
pub fn request(text: &[u8]) -> Option<Request<Bytes>> {
    let (start, headers, body) = parts(text);
    let at = start.iter().position(|byte| *byte == b' ')?;
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.method_mut() = Method::from_bytes(&start[..at]).ok()?;
    *request.uri_mut() = Uri::try_from(&start[at + 1..]).ok()?;
    *request.headers_mut() = headers;
    Some(request)
}

fn parts(text: &[u8]) -> (&[u8], HeaderMap, &[u8]) {
    let end = text.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((text, &[][..]), |end| (&text[..end], &text[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let start = lines.next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]);
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value)) {
            // A full map ignores further headers.
            headers.try_append(name, value).ok();
        }
    }
    (start, headers, body)
}

/// Writes the format that [`response`] reads.
pub fn write_response(response: &Response<Bytes>) -> Vec<u8> {
    write(response.status().as_str().to_owned(), response.headers(), response.body())
}

/// Writes the format that [`request`] reads.
pub fn write_request(request: &Request<Bytes>) -> Vec<u8> {
    write(format!("{} {}", request.method(), request.uri()), request.headers(), request.body())
}

fn write(start: String, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut text = start.into_bytes();
    for (name, value) in headers {
        text.extend_from_slice(&[b"\n", name.as_str().as_bytes(), b": ", value.as_bytes()].concat());
    }
    text.extend_from_slice(b"\n\n");
    text.extend_from_slice(body);
    text
}

/// The class of a retryable error, as in AWS's specification of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Cost 14, base 50 ms.
    Transient,
    /// Cost 5, base 1 s.
    Throttling,
}

const THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];
const MODELLED: [&str; 4] =
    ["InternalException", "InvalidAccessException", "InvalidInputException", "ResourceNotFoundException"];

impl Class {
    /// The class for a status and code, from the specification. `None` if the error is final.
    pub fn of(status: u16, code: Option<&str>) -> Option<Self> {
        let is_one_of = |codes: &[&str]| code.is_some_and(|code| codes.contains(&code));
        if is_one_of(&THROTTLING) || (status == 429 && !is_one_of(&MODELLED)) {
            return Some(Self::Throttling);
        }
        let is_transient =
            is_one_of(&["RequestTimeout", "RequestTimeoutException"]) || [500, 502, 503, 504].contains(&status);
        is_transient.then_some(Self::Transient)
    }
}

/// `20261122T203705Z`.
pub fn basic_date(seconds: i64) -> String {
    let date = UtcDateTime::from_unix_timestamp(seconds).expect("within the calendar");
    let (year, month, day) = date.to_calendar_date();
    let (hour, minute, second) = date.as_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}
