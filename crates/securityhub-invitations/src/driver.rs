//! [`Driver`]: a call with an attempt timeout and a deadline, for any HTTP client.

use std::{
    fmt,
    marker::PhantomData,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use crate::{
    attempt::Attempt,
    call::{Call, Failure, InFlight},
    call_error::CallError,
    call_state::{CallState, Signed},
    credentials::Credentials,
    error::Error,
    give_up::GiveUpReason,
    operations::Operation,
    response::MAX_RESPONSE_BYTES,
    retry::RetryClass,
};

/// The time limits of a call.
///
/// ```
/// use std::time::Duration;
/// use securityhub_invitations::Limits;
///
/// let limits = Limits::new().with_attempt_timeout(Duration::from_secs(10)).with_deadline(Duration::from_secs(60));
/// assert_eq!(limits.deadline(), Some(Duration::from_secs(60)));
/// assert_eq!(Limits::default().attempt_timeout(), Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    attempt_timeout: Duration,
    deadline: Option<Duration>,
}

impl Limits {
    /// Returns the default: 30 s for each attempt, and no deadline.
    #[must_use]
    pub const fn new() -> Self {
        Self { attempt_timeout: Duration::from_secs(30), deadline: None }
    }

    /// Sets the time limit of an attempt, from the connection to the last byte of the response. Default: 30 s.
    #[must_use]
    pub const fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self { attempt_timeout, ..self }
    }

    /// Sets the time limit of the whole call, with all attempts and waits. Default: none.
    ///
    /// An attempt's timeout ends at the deadline. A wait that would exceed it is not started.
    #[must_use]
    pub const fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Returns the time limit of an attempt.
    #[must_use]
    pub const fn attempt_timeout(&self) -> Duration {
        self.attempt_timeout
    }

    /// Returns the time limit of the whole call, if there is one.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The time until the deadline, if there is one.
    fn time_left(&self, elapsed: Duration) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_sub(elapsed))
    }

    /// Turns the last error of a call into [`CallError::DeadlineExceeded`] if the deadline ended the call.
    fn blame_deadline<T>(
        &self,
        error: CallError<T>,
        reason: Option<GiveUpReason>,
        time_left: Option<Duration>,
    ) -> CallError<T> {
        /// Timers fire a little early or late.
        const TOLERANCE: Duration = Duration::from_millis(10);
        let (Some(deadline), Some(left)) = (self.deadline, time_left) else { return error };
        let is_over = left <= TOLERANCE.min(deadline / 2);
        let is_timeout = matches!(error.failure(), Some(Failure::NotSent | Failure::TimedOut));
        let has_timed_out = is_over && is_timeout;
        let wait = match reason {
            Some(GiveUpReason::NotRetryable) => return error,
            Some(GiveUpReason::Deadline { wait }) => Some(wait).filter(|_| !left.is_zero() && !has_timed_out),
            _ if has_timed_out => None,
            _ => return error,
        };
        let effects = error.effects();
        CallError::DeadlineExceeded { deadline, wait, last_error: Some(Box::new(error)), effects }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`Call`] with time limits: the loop that every adapter runs, without the transport.
///
/// `T` is the transport's own error. The driver carries it to the caller and never inspects it. The driver reads no clock. The
/// elapsed time comes from the caller's monotonic clock, and `now` from its wall clock.
///
/// # The adapter contract
///
/// An adapter owns the exchange, the sleep and the classification of its transport's errors:
///
/// - It sends the request exactly as it is, and adds only `Host`, `Content-Length` and `User-Agent`.
/// - It returns a response of any status, with its whole body. It never follows a redirect.
/// - It stops reading at [`MAX_RESPONSE_BYTES`], and reports [`ExchangeError::TooLarge`].
/// - It ends the exchange after [`Exchange::timeout`].
/// - It sends the request at most once. The driver decides whether to retry.
///
/// | transport error | [`Failure`] | retryable |
/// |---|---|---|
/// | name not resolved, connection refused, proxy refused the tunnel | `NotSent` | yes |
/// | certificate rejected, unsupported URL | `NotSent` | no |
/// | timeout before the connection was ready | `NotSent` | yes |
/// | timeout after that | `TimedOut` | yes |
/// | HTTP/2 `REFUSED_STREAM`, or `GOAWAY` with a lower stream id | `NotSent` | yes |
/// | connection reset or closed after the request may have left | `Interrupted` | yes |
/// | response body cut short | `Interrupted` | yes |
/// | anything not known for certain | `Interrupted` | yes |
///
/// ```
/// use std::{thread, time::{Duration, Instant, SystemTime}};
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use securityhub_invitations::{
///     CallError, Driver, Exchange, ExchangeError, ListInvitations, ListInvitationsOutput, Limits, Next, SecurityHub,
/// };
///
/// type Transport = fn(Request<Bytes>, Duration) -> Result<Response<Vec<u8>>, ExchangeError<std::io::Error>>;
///
/// fn list(hub: &SecurityHub, transport: Transport) -> Result<ListInvitationsOutput, CallError<std::io::Error>> {
///     let started = Instant::now();
///     let mut driver = Driver::new(hub.call(ListInvitations::new()), Limits::default());
///     loop {
///         let Exchange { request, timeout, in_flight, .. } = driver.start(started.elapsed(), SystemTime::now())?;
///         let result = transport(request, timeout);
///         match in_flight.finish(result, started.elapsed(), SystemTime::now(), |attempt| eprintln!("{attempt}")) {
///             Next::Done(result) => return result,
///             Next::Wait(wait, next) => {
///                 thread::sleep(wait);
///                 driver = next;
///             }
///         }
///     }
/// }
/// ```
#[must_use = "a call sends nothing until it is started, and is cancelled when it is dropped"]
pub struct Driver<O, T> {
    call: Call<O>,
    limits: Limits,
    last_error: Option<Box<CallError<T>>>,
}

impl<O: Operation, T> Driver<O, T> {
    /// Creates a driver for a call that has not started yet.
    pub fn new(call: Call<O>, limits: Limits) -> Self {
        Self { call, limits, last_error: None }
    }

    /// Returns the call.
    pub fn call(&self) -> &Call<O> {
        &self.call
    }

    /// Uses other credentials for the next attempts, for example if the previous ones have expired during a wait.
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.call.state.hub = self.call.state.hub.with_credentials(credentials);
        self
    }

    /// Signs the next attempt.
    ///
    /// `elapsed` is the time since the call began, on a monotonic clock. `now` is the time of the wall clock.
    ///
    /// # Errors
    /// [`CallError::DeadlineExceeded`] if the deadline has passed.
    pub fn start(self, elapsed: Duration, now: SystemTime) -> Result<Exchange<O, T>, CallError<T>> {
        let Self { call, limits, last_error } = self;
        let time_left = limits.time_left(elapsed);
        if time_left.is_some_and(|left| left.is_zero()) {
            let effects = call.state.earlier_effects();
            let deadline = limits.deadline.unwrap_or_default();
            return Err(CallError::DeadlineExceeded { deadline, wait: None, last_error, effects });
        }
        let timeout = time_left.map_or(limits.attempt_timeout, |left| left.min(limits.attempt_timeout));
        let (request, in_flight) = call.sign(now);
        Ok(Exchange { request, timeout, in_flight: Sent { in_flight, limits, transport_error: PhantomData } })
    }
}

/// An attempt that is ready to be sent. Send [`request`](Self::request), and report the result to
/// [`in_flight`](Self::in_flight).
#[non_exhaustive]
pub struct Exchange<O, T> {
    /// The signed request.
    pub request: Request<Bytes>,
    /// The time limit, from the connection to the last byte of the response.
    pub timeout: Duration,
    /// The attempt, which waits for its result.
    pub in_flight: Sent<O, T>,
}

/// An attempt in flight.
#[must_use = "a call continues only if the result of its request is reported"]
pub struct Sent<O, T> {
    in_flight: InFlight<O>,
    limits: Limits,
    transport_error: PhantomData<fn() -> T>,
}

/// The next step of a call. Deliberately exhaustive.
#[must_use = "the call is either done, or continues after a wait"]
pub enum Next<O: Operation, T> {
    /// The call is over.
    Done(Result<O::Output, CallError<T>>),
    /// Wait for this long, then start the driver.
    Wait(Duration, Driver<O, T>),
}

/// The reason why an exchange has no response.
#[derive(Debug)]
pub enum ExchangeError<T> {
    /// The body is longer than [`MAX_RESPONSE_BYTES`].
    TooLarge,
    /// The transport failed.
    Transport {
        /// The transport's own error.
        error: T,
        /// How the failure affects a retry: see the table in [`Driver`].
        failure: Failure,
        /// Whether another attempt may succeed. False, for example, for a rejected certificate.
        is_retryable: bool,
    },
}

impl<O: Operation, T> Sent<O, T> {
    /// Returns the number of the attempt in flight, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.in_flight.attempt()
    }

    /// Decides on the next step, and passes the finished attempt to `observe`.
    ///
    /// `elapsed` and `now` are the times at which the result arrived: see [`Driver::start`].
    pub fn finish(
        self,
        result: Result<Response<impl AsRef<[u8]>>, ExchangeError<T>>,
        elapsed: Duration,
        now: SystemTime,
        observe: impl FnOnce(&Attempt<'_, T>),
    ) -> Next<O, T> {
        let Self { in_flight, limits, .. } = self;
        let number = in_flight.attempt();
        let time_left = limits.time_left(elapsed);
        let result = match result {
            Ok(response) if response.body().as_ref().len() <= MAX_RESPONSE_BYTES => {
                match in_flight.read(&response, now) {
                    Ok(output) => {
                        let request_id = O::receipt(&output).request_id.as_deref();
                        let endpoint = in_flight.hub().endpoint();
                        let attempt =
                            Attempt { operation: O::NAME, number, result: Ok(()), request_id, endpoint, wait: None };
                        observe(&attempt);
                        return Next::Done(Ok(output));
                    }
                    Err(error) => Ok((error, response.into_parts().0.headers)),
                }
            }
            Ok(_) => Err(ExchangeError::TooLarge),
            Err(error) => Err(error),
        };
        let InFlight { mut call, signed } = in_flight;
        let (error, decision) = fail(&mut call.state, signed, result, now, time_left);
        observe(&Attempt {
            operation: O::NAME,
            number,
            result: Err(&error),
            request_id: error.request_id(),
            endpoint: call.hub().endpoint(),
            wait: decision.ok(),
        });
        match decision {
            Ok(wait) => Next::Wait(wait, Driver { call, limits, last_error: Some(Box::new(error)) }),
            Err(reason) => Next::Done(Err(limits.blame_deadline(error, reason, time_left))),
        }
    }
}

/// Records a failed attempt and decides whether to retry. It is separate because it does not depend on the operation.
fn fail<T>(
    state: &mut CallState,
    signed: Signed,
    result: Result<(Error, HeaderMap), ExchangeError<T>>,
    now: SystemTime,
    time_left: Option<Duration>,
) -> (CallError<T>, Result<Duration, Option<GiveUpReason>>) {
    match result {
        Ok((mut error, headers)) => {
            let decision = state.fail(&mut error, &headers, signed, now, time_left);
            (CallError::Service(error), decision)
        }
        Err(ExchangeError::TooLarge) => {
            (CallError::ResponseTooLarge { effects: state.count(Failure::Interrupted) }, Err(None))
        }
        Err(ExchangeError::Transport { error, failure, is_retryable }) => {
            let effects = state.count(failure);
            let decision = if is_retryable {
                state.retry(RetryClass::Transient, signed.random, None, time_left)
            } else {
                Err(GiveUpReason::NotRetryable)
            };
            let give_up = decision.err();
            (CallError::Transport { error, failure, effects, give_up }, decision.map_err(Some))
        }
    }
}

impl<O: fmt::Debug, T> fmt::Debug for Driver<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("call", &self.call).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<O: fmt::Debug, T> fmt::Debug for Exchange<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .field("timeout", &self.timeout)
            .field("in_flight", &self.in_flight)
            .finish()
    }
}

impl<O: fmt::Debug, T> fmt::Debug for Sent<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("in_flight", &self.in_flight).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<O: Operation, T: fmt::Debug + fmt::Display> fmt::Debug for Next<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
            Self::Wait(wait, driver) => f.debug_tuple("Wait").field(wait).field(driver).finish(),
        }
    }
}
