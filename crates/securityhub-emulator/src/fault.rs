//! What can go wrong between a service and its client, as values.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{
    answer::{self, ERROR_TYPE, Members, RETRY_AFTER_MILLIS},
    clock::Moment,
};

/// What happens to one request instead of, or besides, the service's own answer.
///
/// The constructors say which answer is given, the other methods change it. With [`Fault::none`] the answer is the
/// service's own; with the others the request is still verified, and what is found is
/// [recorded](crate::Received::refusal), but it takes no effect unless
/// [`after_processing`](Self::after_processing) is asked for.
///
/// ```
/// use securityhub_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::new();
/// emulator.script([
///     Fault::throttled().x_amz_retry_after("250"),
///     // The answer is lost, the deletion is not.
///     Fault::none().drop_before_answer().after_processing(),
/// ]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is scripted"]
pub struct Fault {
    answer: Answer,
    headers: Vec<(HeaderName, Option<HeaderValue>)>,
    body: Option<Bytes>,
    padded_to: usize,
    date_skew: i64,
    after_processing: bool,
    wire: WireFault,
}

#[derive(Clone, Debug)]
enum Answer {
    Service,
    Fixed(Response<Bytes>),
}

impl Fault {
    /// The service's own answer: lets a request pass, or carries changes to it.
    pub fn none() -> Self {
        Self {
            answer: Answer::Service,
            headers: Vec::new(),
            body: None,
            padded_to: 0,
            date_skew: 0,
            after_processing: false,
            wire: WireFault::default(),
        }
    }

    /// An error in Security Hub's own form: `x-amzn-errortype`, and `Message` and `Code` in the body.
    ///
    /// # Panics
    /// If `code` holds control characters.
    pub fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::fixed(answer::error(status, code, message, Members::Service))
    }

    /// An error in the form of what stands in front of the service: `x-amzn-errortype`, and only `message` in the body.
    ///
    /// # Panics
    /// If `code` holds control characters.
    pub fn front_end_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::fixed(answer::error(status, code, message, Members::FrontEnd))
    }

    /// 429, `ThrottlingException`, "Rate exceeded".
    pub fn throttled() -> Self {
        Self::front_end_error(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", "Rate exceeded")
    }

    /// A page from a proxy that gave up: HTML, and no header of AWS's.
    pub fn html(status: StatusCode) -> Self {
        Self::fixed(answer::html(status)).without_header(answer::REQUEST_ID)
    }

    /// A status, a request id, and no body.
    pub fn empty(status: StatusCode) -> Self {
        Self::fixed(answer::empty(status))
    }

    /// Any response. `x-amzn-requestid` and `Date` are added; [`without_header`](Self::without_header) takes them away.
    pub fn raw(response: Response<Bytes>) -> Self {
        Self::fixed(response)
    }

    fn fixed(response: Response<Bytes>) -> Self {
        Self { answer: Answer::Fixed(response), ..Self::none() }
    }

    /// The operation takes effect although the answer does not say so.
    pub fn after_processing(self) -> Self {
        Self { after_processing: true, ..self }
    }

    /// Sets `x-amz-retry-after`, in milliseconds if it is to mean anything.
    ///
    /// # Panics
    /// If the text holds control characters.
    pub fn x_amz_retry_after(self, text: &str) -> Self {
        self.header(RETRY_AFTER_MILLIS, answer::header_value(text))
    }

    /// Sets `Retry-After`: seconds or an HTTP date, if it is to mean anything.
    ///
    /// # Panics
    /// If the text holds control characters.
    pub fn retry_after(self, text: &str) -> Self {
        self.header(header::RETRY_AFTER, answer::header_value(text))
    }

    /// Sets `x-amzn-errortype`, for the other ways of writing it: `InternalException:http://internal.amazon.com/`.
    ///
    /// # Panics
    /// If the text holds control characters.
    pub fn error_type(self, text: &str) -> Self {
        self.header(ERROR_TYPE, answer::header_value(text))
    }

    /// Sets `Age`, as a cache does that answers in the service's place.
    pub fn age(self, seconds: u64) -> Self {
        self.header(header::AGE, seconds.into())
    }

    /// The `Date` of this answer is `seconds` ahead of the emulator's clock, or behind it if negative. What the emulator
    /// itself goes by is another matter: [`Emulator::set_clock_offset`](crate::Emulator::set_clock_offset).
    pub fn date_skewed_by(self, seconds: i64) -> Self {
        Self { date_skew: seconds, ..self }
    }

    /// No `Date`.
    pub fn without_date(self) -> Self {
        self.without_header(header::DATE)
    }

    /// Sets a header of the answer.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, Some(value)));
        self
    }

    /// Removes a header from the answer.
    pub fn without_header(mut self, name: HeaderName) -> Self {
        self.headers.push((name, None));
        self
    }

    /// Replaces the body and leaves status and headers.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// Fills the body up to `length` bytes with spaces, which JSON does not mind and a client's limit should.
    pub fn padded_to(self, length: usize) -> Self {
        Self { padded_to: length, ..self }
    }

    /// The server waits before the first byte of the answer.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.wire.delay = Some(delay);
        self
    }

    /// The body trickles: `size` bytes (at least 1), a pause, the next `size` bytes.
    pub fn dribble(mut self, size: usize, pause: Duration) -> Self {
        self.wire.dribble = Some((size.max(1), pause));
        self
    }

    /// The body has no length announced: chunked in HTTP/1.1.
    pub fn chunked(mut self) -> Self {
        self.wire.chunked = true;
        self
    }

    /// `connection: close`: the connection is not used again.
    pub fn close(mut self) -> Self {
        self.wire.close = true;
        self
    }

    /// The connection is closed after the answer, without notice: what a client finds that takes a connection from its
    /// pool again.
    pub fn hang_up(mut self) -> Self {
        self.wire.hang_up = true;
        self
    }

    /// The connection is closed in good order after `bytes` bytes of the body, of which the head announced more. At least
    /// one byte is held back; of an empty body one is announced that does not exist.
    pub fn body_cut_short(self, bytes: usize) -> Self {
        self.cut(Cut { after: Some(bytes), reset: false })
    }

    /// The connection is reset after `bytes` bytes of the body, of which at least one is held back, as by
    /// [`body_cut_short`](Self::body_cut_short).
    pub fn drop_in_answer(self, bytes: usize) -> Self {
        self.cut(Cut { after: Some(bytes), reset: true })
    }

    /// The connection is closed in good order, and there is no answer.
    pub fn drop_before_answer(self) -> Self {
        self.cut(Cut { after: None, reset: false })
    }

    /// The connection is reset, and there is no answer.
    pub fn reset_before_answer(self) -> Self {
        self.cut(Cut { after: None, reset: true })
    }

    fn cut(mut self, cut: Cut) -> Self {
        self.wire.cut = Some(cut);
        self
    }

    /// Whether a request that passes all checks takes effect.
    pub(crate) fn processes(&self) -> bool {
        let unanswered = self.wire.cut.is_some_and(|cut| cut.after.is_none());
        self.after_processing || (matches!(self.answer, Answer::Service) && !unanswered)
    }

    /// The answer, chosen between the service's and the fault's.
    pub(crate) fn choose(&self, service: Response<Bytes>) -> Response<Bytes> {
        match &self.answer {
            Answer::Service => service,
            Answer::Fixed(response) => response.clone(),
        }
    }

    /// Changes that come after everything that the service adds itself.
    pub(crate) fn alter(self, response: &mut Response<Bytes>, now: Moment) {
        if self.date_skew != 0 {
            answer::set_date(response, now.plus(self.date_skew));
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

/// What a server has to do to an answer that an `http::Response` cannot express.
///
/// [`Emulator::handle`](crate::Emulator::handle) does no I/O, so it leaves this in the response's extensions; the
/// [`Server`](crate::Server) plays it. A test without a server can look at it and act it out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireFault {
    /// To wait before the first byte.
    pub delay: Option<Duration>,
    /// To send the body in pieces of so many bytes with a pause before each.
    pub dribble: Option<(usize, Duration)>,
    /// To send the body without announcing its length.
    pub chunked: bool,
    /// To say `connection: close`, and do so.
    pub close: bool,
    /// To close the connection after the answer without having said so.
    pub hang_up: bool,
    /// To let go of the connection before the answer is complete.
    pub cut: Option<Cut>,
}

/// Where an answer breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// After so many bytes of the body; `None` is before the first byte of the answer.
    pub after: Option<usize>,
    /// With a TCP reset instead of an orderly end.
    pub reset: bool,
}
