//! A request, parsed once.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};

use crate::{
    authorization::Authorization,
    canonical::{header_value, host_name, normalized_path, query_pairs},
    endpoint::Endpoint,
    response::Refusal,
};

/// A request with the parts that authentication, routing and the log read.
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// Without `.`, `..` and empty segments.
    pub(crate) path: String,
    /// The endpoint that the host names.
    pub(crate) endpoint: Endpoint,
    pub(crate) authorization: Result<Authorization, Refusal>,
    /// The decoded query, in its order.
    query: Vec<(String, String)>,
    pub(crate) body: &'a Bytes,
    /// More than `body` has, if the server did not keep the body.
    pub(crate) body_length: usize,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(request: &'a Request<Bytes>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        Self {
            method: request.method(),
            uri,
            headers,
            path: normalized_path(uri.path()),
            endpoint: host_name(headers, uri).map_or(Endpoint::Custom, |host| Endpoint::of_host(&host)),
            authorization: Authorization::of(headers),
            query: query_pairs(uri.query().unwrap_or_default()),
            body: request.body(),
            body_length: request.body().len(),
        }
    }

    /// Returns the canonical value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<Vec<u8>> {
        header_value(self.headers, self.uri, name)
    }

    /// Returns a query parameter's value.
    ///
    /// # Errors
    /// If the query has the parameter more than once.
    pub(crate) fn parameter(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(invalid_input(format!("{name} is given more than once."))),
        }
    }

    /// Whether the body is a form, as in requests of AWS's query protocol.
    pub(crate) fn is_form(&self) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }
}

/// The service's error for input that it does not accept.
pub(crate) fn invalid_input(message: impl Into<String>) -> Refusal {
    Refusal::service(StatusCode::BAD_REQUEST, "InvalidInputException", message)
}
