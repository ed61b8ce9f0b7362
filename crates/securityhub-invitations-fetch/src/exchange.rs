//! The exchange: one request, and its response with the whole body. exchange.js implements it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use js_sys::Array;
use securityhub_invitations::{ExchangeError, MAX_RESPONSE_BYTES};
use wasm_bindgen::prelude::*;

use crate::{TransportError, record::Record};

#[wasm_bindgen]
extern "C" {
    /// The result of an exchange: a response or a fault.
    #[wasm_bindgen(extends = Record)]
    #[allow(unnameable_types)]
    pub type Exchanged;
}

impl Exchanged {
    /// The response, or the error of the exchange.
    pub(crate) fn into_result(self) -> Result<Response<Vec<u8>>, ExchangeError<TransportError>> {
        const TOO_LARGE: u8 = 7;
        match self.number("fault").map(|fault| fault as u8) {
            None => Ok(response(&self)),
            Some(TOO_LARGE) => Err(ExchangeError::TooLarge),
            Some(fault) => {
                let message = self.string("message").unwrap_or_default();
                Err(TransportError::new(fault, message, self.value("thrown")).into())
            }
        }
    }
}

/// Creates a response from `status`, `headers` and `body`. The status is one of 100–999. `headers` has the values of [`HEADERS`].
pub(crate) fn response(record: &Record) -> Response<Vec<u8>> {
    let mut response = Response::new(record.bytes("body").unwrap_or_default());
    let status = record.number("status").unwrap_or_default() as u16;
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    copy_headers(&record.value("headers").unchecked_into(), response.headers_mut());
    response
}

/// The headers that the core reads, in the order of exchange.js. Constants, because the parser of header names would add 15 KB to
/// the module.
const HEADERS: [HeaderName; 7] = [
    header::AGE,
    header::DATE,
    header::RETRY_AFTER,
    HeaderName::from_static("x-amz-request-id"),
    HeaderName::from_static("x-amz-retry-after"),
    HeaderName::from_static("x-amzn-errortype"),
    HeaderName::from_static("x-amzn-requestid"),
];

fn copy_headers(from: &Array, to: &mut HeaderMap) {
    for (name, value) in HEADERS.into_iter().zip(from.iter()) {
        // The core has no use for a value that `http` rejects.
        if let Some(Ok(value)) = value.as_string().map(HeaderValue::try_from) {
            to.insert(name, value);
        }
    }
}

/// The longest body that exchange.js reads.
pub(crate) const LIMIT: f64 = MAX_RESPONSE_BYTES as f64;

/// Converts milliseconds. Negative numbers and NaN become 0, because `as` saturates.
pub(crate) fn duration(milliseconds: f64) -> Duration {
    Duration::from_millis(milliseconds as u64)
}

/// Returns milliseconds, rounded down. `as_millis` returns 128 bits, whose division adds 1 KB to the module.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs() as f64 * 1000.0 + f64::from(duration.subsec_millis())
}

/// Converts milliseconds since 1970.
pub(crate) fn system_time(milliseconds: f64) -> SystemTime {
    UNIX_EPOCH.checked_add(duration(milliseconds)).unwrap_or(UNIX_EPOCH)
}
