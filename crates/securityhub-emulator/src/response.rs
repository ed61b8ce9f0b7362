//! Responses: their bodies, and the headers that all of them have.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::{
    clock::Moment,
    xml::{element, raw_element},
};

pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
pub(crate) const RETRY_AFTER_MILLIS: HeaderName = HeaderName::from_static("x-amz-retry-after");

/// The error that a request is refused with.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    members: Members,
}

/// The members of an error's body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Members {
    /// `message`: the front end of all services, which checks signatures.
    FrontEnd,
    /// `Message` and `Code`: Security Hub itself.
    Service,
}

/// The format of a service's responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON bodies and codes in headers, as in Security Hub.
    Json,
    /// XML bodies, as in STS.
    Query,
}

impl Refusal {
    pub(crate) fn front_end(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), members: Members::FrontEnd }
    }

    pub(crate) fn service(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), members: Members::Service }
    }

    pub(crate) fn response(&self, protocol: Protocol, request_id: &HeaderValue) -> Response<Bytes> {
        match protocol {
            Protocol::Json => error(self.status, self.code, &self.message, self.members),
            Protocol::Query => {
                let fault = if self.status.is_server_error() { "Receiver" } else { "Sender" };
                let error =
                    [element("Type", fault), element("Code", self.query_code()), element("Message", &self.message)];
                query_response(
                    self.status,
                    "ErrorResponse",
                    &[raw_element("Error", &error.concat()), request_id_element(request_id)],
                )
            }
        }
    }

    /// Returns the code that services with the query protocol have for the same error.
    fn query_code(&self) -> &'static str {
        match self.code {
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            "AccessDeniedException" => "AccessDenied",
            code => code.strip_suffix("Exception").unwrap_or(code),
        }
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

/// Adds the headers that every response has.
pub(crate) fn stamp(response: &mut Response<Bytes>, request_id: HeaderValue, now: Moment) {
    response.headers_mut().insert(REQUEST_ID, request_id);
    set_date(response, now);
}

pub(crate) fn set_date(response: &mut Response<Bytes>, now: Moment) {
    response.headers_mut().insert(header::DATE, header_value(&now.http_date()));
}

/// Returns a UUID-shaped id. Ids are counted, so that tests have the same ids in every run.
pub(crate) fn request_id(number: u64) -> HeaderValue {
    header_value(&format!("00000000-0000-4000-8000-{:012x}", number & 0xffff_ffff_ffff))
}

/// # Panics
/// If the value has control characters.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| panic!("invalid header value {text:?}"))
}

pub(crate) fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    with_type(status, "application/json", Bytes::from(body.to_string()))
}

/// Returns the response of an operation with the query protocol. `result` is XML.
pub(crate) fn query_result(action: &str, result: &str, request_id: &HeaderValue) -> Response<Bytes> {
    let metadata = raw_element("ResponseMetadata", &request_id_element(request_id));
    let result = raw_element(&format!("{action}Result"), result);
    query_response(StatusCode::OK, &format!("{action}Response"), &[result, metadata])
}

fn query_response(status: StatusCode, name: &str, elements: &[String]) -> Response<Bytes> {
    let elements = elements.concat();
    let document = format!("<{name} xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">{elements}</{name}>\n");
    with_type(status, "text/xml", document.into())
}

fn request_id_element(request_id: &HeaderValue) -> String {
    element("RequestId", request_id.to_str().unwrap_or_default())
}

fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
