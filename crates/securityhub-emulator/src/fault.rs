//! Faults between a service and its client, as values.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{
    clock::Moment,
    response::{self, ERROR_TYPE, Members, RETRY_AFTER_MILLIS},
};

/// A fault that replaces or changes the service's response to one request.
///
/// The constructors choose the response, and the other methods change it. [`Fault::none`] keeps the service's own
/// response. With the other constructors, the request has no effect without
/// [`after_processing`](Self::after_processing). Every request is verified and [recorded](crate::Received::refusal).
///
/// ```
/// use securityhub_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::new();
/// emulator.script_faults([
///     Fault::throttled().x_amz_retry_after("250"),
///     // Loses the response, but not the deletion.
///     Fault::none().drop_before_response().after_processing(),
/// ]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault has no effect until it is scripted"]
pub struct Fault {
    base: Base,
    headers: Vec<(HeaderName, Option<HeaderValue>)>,
    body: Option<Bytes>,
    padded_to: usize,
    date_skew: i64,
    after_processing: bool,
    wire: WireFault,
}

/// The response that the fault changes.
#[derive(Clone, Debug)]
enum Base {
    Service,
    Fixed(Response<Bytes>),
}

impl Fault {
    /// Keeps the service's own response, optionally with changes.
    pub fn none() -> Self {
        Self {
            base: Base::Service,
            headers: Vec::new(),
            body: None,
            padded_to: 0,
            date_skew: 0,
            after_processing: false,
            wire: WireFault::default(),
        }
    }

    /// Returns an error in Security Hub's format: `x-amzn-errortype`, and `Message` and `Code` in the body.
    ///
    /// # Panics
    /// If `code` has control characters.
    pub fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::fixed(response::error(status, code, message, Members::Service))
    }

    /// Returns an error in the format of AWS's front end: `x-amzn-errortype`, and only `message` in the body.
    ///
    /// # Panics
    /// If `code` has control characters.
    pub fn front_end_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::fixed(response::error(status, code, message, Members::FrontEnd))
    }

    /// Returns status 429 with `ThrottlingException` and "Rate exceeded".
    pub fn throttled() -> Self {
        Self::front_end_error(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", "Rate exceeded")
    }

    /// Returns a proxy's error page: HTML without AWS's headers.
    pub fn html(status: StatusCode) -> Self {
        Self::fixed(response::html(status)).without_header(response::REQUEST_ID)
    }

    /// Returns a status and a request id without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self::fixed(response::empty(status))
    }

    /// Returns any response. `x-amzn-requestid` and `Date` are added unless [removed](Self::without_header).
    pub fn raw(response: Response<Bytes>) -> Self {
        Self::fixed(response)
    }

    fn fixed(response: Response<Bytes>) -> Self {
        Self { base: Base::Fixed(response), ..Self::none() }
    }

    /// Lets the operation take effect although the response does not report it.
    pub fn after_processing(self) -> Self {
        Self { after_processing: true, ..self }
    }

    /// Sets `x-amz-retry-after`. Valid values are milliseconds.
    ///
    /// # Panics
    /// If the value has control characters.
    pub fn x_amz_retry_after(self, text: &str) -> Self {
        self.header(RETRY_AFTER_MILLIS, response::header_value(text))
    }

    /// Sets `Retry-After`. Valid values are seconds or an HTTP date.
    ///
    /// # Panics
    /// If the value has control characters.
    pub fn retry_after(self, text: &str) -> Self {
        self.header(header::RETRY_AFTER, response::header_value(text))
    }

    /// Sets `x-amzn-errortype`, for other formats such as `InternalException:http://internal.amazon.com/`.
    ///
    /// # Panics
    /// If the value has control characters.
    pub fn error_type(self, text: &str) -> Self {
        self.header(ERROR_TYPE, response::header_value(text))
    }

    /// Sets `Age`, as a cache does. The unit is seconds.
    pub fn age(self, seconds: u64) -> Self {
        self.header(header::AGE, seconds.into())
    }

    /// Sets the response's `Date` ahead of the emulator's clock, or behind it if negative. The unit is seconds.
    ///
    /// The clock itself does not change. [`Emulator::set_clock_offset`](crate::Emulator::set_clock_offset) changes it.
    pub fn date_skewed_by(self, seconds: i64) -> Self {
        Self { date_skew: seconds, ..self }
    }

    /// Removes `Date`.
    pub fn without_date(self) -> Self {
        self.without_header(header::DATE)
    }

    /// Sets a header of the response.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, Some(value)));
        self
    }

    /// Removes a header from the response.
    pub fn without_header(mut self, name: HeaderName) -> Self {
        self.headers.push((name, None));
        self
    }

    /// Replaces the body and keeps status and headers.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// Pads the body with spaces to `length` bytes. It stays valid JSON, and tests a client's limit.
    pub fn padded_to(self, length: usize) -> Self {
        Self { padded_to: length, ..self }
    }

    /// Waits before the first byte of the response.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.wire.delay = Some(delay);
        self
    }

    /// Sends the body in pieces of `size` bytes (at least 1) with a pause before each.
    pub fn dribble(mut self, size: usize, pause: Duration) -> Self {
        self.wire.dribble = Some((size.max(1), pause));
        self
    }

    /// Sends the body without its length. With HTTP/1.1, it is chunked.
    pub fn chunked(mut self) -> Self {
        self.wire.chunked = true;
        self
    }

    /// Sends `connection: close` and closes the connection after the response.
    pub fn close(mut self) -> Self {
        self.wire.close = true;
        self
    }

    /// Closes the connection after the response without notice, so that a client's pool has a dead connection.
    pub fn close_without_notice(mut self) -> Self {
        self.wire.close_without_notice = true;
        self
    }

    /// Closes the connection in an orderly way after `bytes` bytes of the body.
    ///
    /// At least one announced byte is missing. For an empty body, one byte is announced.
    pub fn body_cut_short(self, bytes: usize) -> Self {
        self.cut(Truncation { after: Some(bytes), reset: false })
    }

    /// Resets the connection after `bytes` bytes of the body. At least one announced byte is missing.
    pub fn drop_mid_response(self, bytes: usize) -> Self {
        self.cut(Truncation { after: Some(bytes), reset: true })
    }

    /// Closes the connection in an orderly way without a response.
    pub fn drop_before_response(self) -> Self {
        self.cut(Truncation { after: None, reset: false })
    }

    /// Resets the connection without a response.
    pub fn reset_before_response(self) -> Self {
        self.cut(Truncation { after: None, reset: true })
    }

    fn cut(mut self, cut: Truncation) -> Self {
        self.wire.truncation = Some(cut);
        self
    }

    /// Whether a valid request takes effect.
    pub(crate) fn processes(&self) -> bool {
        let lost = self.wire.truncation.is_some_and(|cut| cut.after.is_none());
        self.after_processing || (matches!(self.base, Base::Service) && !lost)
    }

    /// Chooses between the service's and the fault's response.
    pub(crate) fn choose(&self, service: Response<Bytes>) -> Response<Bytes> {
        match &self.base {
            Base::Service => service,
            Base::Fixed(response) => response.clone(),
        }
    }

    /// Applies the changes to the service's complete response.
    pub(crate) fn alter(self, response: &mut Response<Bytes>, now: Moment) {
        if self.date_skew != 0 {
            response::set_date(response, now.plus(self.date_skew));
        }
        if let Some(body) = self.body {
            *response.body_mut() = body;
        }
        if response.body().len() < self.padded_to {
            let mut body = response.body().to_vec();
            body.resize(self.padded_to, b' ');
            *response.body_mut() = body.into();
        }
        for (name, value) in self.headers {
            match value {
                Some(value) => drop(response.headers_mut().insert(name, value)),
                None => drop(response.headers_mut().remove(name)),
            }
        }
        if self.wire != WireFault::default() {
            response.extensions_mut().insert(self.wire);
        }
    }
}

/// The parts of a fault that an `http::Response` cannot express.
///
/// [`Emulator::handle`](crate::Emulator::handle) does no I/O, so it adds this to the response's extensions. The
/// [`Server`](crate::Server) plays it, and so can a test without a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireFault {
    /// The pause before the first byte.
    pub delay: Option<Duration>,
    /// The size of the body's pieces in bytes, and the pause before each.
    pub dribble: Option<(usize, Duration)>,
    /// Whether the body is sent without its length.
    pub chunked: bool,
    /// Whether `connection: close` is sent and done.
    pub close: bool,
    /// Whether the connection is closed after the response without notice.
    pub close_without_notice: bool,
    /// The point at which the connection ends before the response is complete.
    pub truncation: Option<Truncation>,
}

/// The point at which a response breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truncation {
    /// The number of sent bytes of the body. `None` means that no response is sent.
    pub after: Option<usize>,
    /// Whether the connection ends with a TCP reset.
    pub reset: bool,
}
