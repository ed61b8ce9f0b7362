//! Responses: their bodies, and the headers that all of them carry.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::clock::Moment;

pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
pub(crate) const RETRY_AFTER_MILLIS: HeaderName = HeaderName::from_static("x-amz-retry-after");

/// A request that the service does not carry out, and what it says about it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    members: Members,
}

/// Which members the body of an error has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Members {
    /// `message`: what stands in front of every service and checks signatures.
    FrontEnd,
    /// `Message` and `Code`: Security Hub itself.
    Service,
}

impl Refusal {
    pub(crate) fn front_end(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), members: Members::FrontEnd }
    }

    pub(crate) fn service(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), members: Members::Service }
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        error(self.status, self.code, &self.message, self.members)
    }
}

pub(crate) fn error(status: StatusCode, code: &str, message: &str, members: Members) -> Response<Bytes> {
    let body = match members {
        Members::FrontEnd => json!({ "message": message }),
        Members::Service => json!({ "Message": message, "Code": code }),
    };
    let mut response = json_response(status, &body);
    response.headers_mut().insert(ERROR_TYPE, header_value(code));
    response
}

/// The answer to a request that was carried out: the accounts that had no invitation.
pub(crate) fn unprocessed(ids: &[String]) -> Response<Bytes> {
    let accounts: Vec<_> = ids.iter().map(|id| json!({ "AccountId": id, "ProcessingResult": NOT_INVITED })).collect();
    json_response(StatusCode::OK, &json!({ "UnprocessedAccounts": accounts }))
}

/// AWS publishes no text for this; ours says what happened.
const NOT_INVITED: &str = "The account has no invitation in this Region";

pub(crate) fn html(status: StatusCode) -> Response<Bytes> {
    let reason = status.canonical_reason().unwrap_or("Error");
    let title = format!("{} {reason}", status.as_u16());
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    with_type(status, "text/html", Bytes::from(body))
}

pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// What the service adds to whatever it answers.
pub(crate) fn stamp(response: &mut Response<Bytes>, request_id: HeaderValue, now: Moment) {
    response.headers_mut().insert(REQUEST_ID, request_id);
    set_date(response, now);
}

pub(crate) fn set_date(response: &mut Response<Bytes>, now: Moment) {
    response.headers_mut().insert(header::DATE, header_value(&now.http_date()));
}

/// UUID-shaped and counted, so that a test sees the same ids in every run.
pub(crate) fn request_id(number: u64) -> HeaderValue {
    header_value(&format!("00000000-0000-4000-8000-{:012x}", number & 0xffff_ffff_ffff))
}

/// # Panics
/// If the text holds control characters.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| panic!("{text:?} cannot be a header's value"))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    with_type(status, "application/json", Bytes::from(body.to_string()))
}

fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
