//! The retrying call: [`Call`], [`InFlight`], and every transition between them.

use std::{
    error, fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    call_state::{CallState, Signed},
    credentials::Credentials,
    error::Error,
    give_up::{GiveUp, GiveUpReason},
    hub::SecurityHub,
    operations::{DeleteInvitations, Operation},
    response,
    retry::RetryClass,
};

/// A call between attempts, ready to be signed.
///
/// `Call` and [`InFlight`] are the two states of a call. Each method consumes its state, so calling things in the wrong order is
/// a compile error. To cancel a call, drop it. If you are used to `poll_*` state machines: there is nothing to poll here,
/// because nothing happens between steps.
///
/// ```text
///                    sign(now)                    handle_response(response, now)
///   ┌──────┐ ───────────────────────► ┌──────────┐ ──────► Outcome::Done(Result<output, error>)
///   │ Call │                          │ InFlight │ ──────► Outcome::Retry(Retry { after, cause, call })
///   └──────┘ ◄─────────────────────── └──────────┘ ──────► handle_failure(failure): Result<Retry, GiveUp>
///               wait for `after`,
///               continue with `call`
/// ```
///
/// Most programs use a [`Driver`](crate::Driver), which adds timeouts and the deadline, or the client of an adapter crate.
///
/// ```compile_fail,E0382
/// # fn wrong(call: securityhub_invitations::Call, now: std::time::SystemTime) {
/// let first = call.sign(now);
/// let second = call.sign(now); // one attempt is in flight already
/// # }
/// ```
///
/// A call is not `Clone`, because a copy would start again at the first attempt. Clone the operation for a new call.
///
/// ```compile_fail,E0599
/// # fn wrong(call: securityhub_invitations::Call) {
/// let copy = call.clone();
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call sends nothing until it is signed, and is cancelled when it is dropped"]
pub struct Call<O = DeleteInvitations> {
    operation: O,
    pub(crate) state: CallState,
}

impl<O: Operation> Call<O> {
    pub(crate) fn new(hub: SecurityHub, operation: O) -> Self {
        Self { operation, state: CallState::new(hub, O::EFFECT) }
    }

    /// Signs the next attempt. Send the request, then report the result to the returned token.
    ///
    /// `now` is the time on the caller's clock: see [`SecurityHub::signed_request`].
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Outcome, SecurityHub};
    ///
    /// let endpoint = Endpoint::regional(&"us-east-1".parse()?)?;
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    /// let hub = SecurityHub::new(endpoint, credentials);
    ///
    /// let now = UNIX_EPOCH + Duration::from_secs(1_795_379_825);
    /// let (request, in_flight) = hub.call(DeleteInvitations::new(["111122223333"])?).sign(now);
    /// assert_eq!(request.uri().path(), "/invitations/delete");
    ///
    /// // Send the request. This is the response:
    /// let response = http::Response::new(r#"{"UnprocessedAccounts":[]}"#);
    /// match in_flight.handle_response(&response, now) {
    ///     Outcome::Done(result) => assert!(result?.is_complete()),
    ///     Outcome::Retry(retry) => panic!("wait for {:?}, then continue with retry.call", retry.after),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "a signature has 32 bytes")]
    pub fn sign(self, now: SystemTime) -> (Request<Bytes>, InFlight<O>) {
        let offset = self.state.hub.clock_offset();
        let (request, signature) = self.state.hub.sign(&self.operation, now, offset);
        // A keyed hash of time and body is random to everyone who lacks the key.
        let random = u64::from_le_bytes(*signature.first_chunk().expect("a signature has 32 bytes"));
        (request, InFlight { call: self, signed: Signed { at: now, offset, random } })
    }

    /// Continues the count of an earlier call for the same accounts, for example one that failed because its credentials had
    /// expired. Default: 0.
    pub fn with_unconfirmed_attempts(mut self, unconfirmed: u32) -> Self {
        self.state.unconfirmed = unconfirmed;
        self
    }

    /// Uses other credentials for the next attempts, for rotation between retries.
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.state.hub = self.state.hub.with_credentials(credentials);
        self
    }

    /// Returns the number of the attempt that [`sign`](Self::sign) will start, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.state.attempt
    }

    /// Returns how many attempts so far may have taken effect without a confirmed response.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> u32 {
        self.state.unconfirmed
    }

    /// Returns the operation with its input.
    #[must_use]
    pub fn operation(&self) -> &O {
        &self.operation
    }

    /// Returns the hub of the call, with the credentials of the next attempt.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.state.hub
    }
}

/// A call with a request in flight.
///
/// ```compile_fail,E0382
/// # fn wrong(in_flight: securityhub_invitations::InFlight, now: std::time::SystemTime) {
/// let outcome = in_flight.handle_response(&http::Response::new(""), now);
/// let again = in_flight.handle_response(&http::Response::new(""), now); // one request has one response
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call continues only if the result of its request is reported"]
pub struct InFlight<O = DeleteInvitations> {
    pub(crate) call: Call<O>,
    pub(crate) signed: Signed,
}

impl<O: Operation> InFlight<O> {
    /// Returns the number of the attempt in flight, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.call.state.attempt
    }

    /// Returns the hub of the call.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.call.state.hub
    }

    /// Reads the response, whatever its status, and decides whether to retry.
    ///
    /// `now` is when the response arrived, by the caller's clock. The clock skew is measured with it, and a
    /// `Retry-After` that is a date is compared with it.
    pub fn handle_response(self, response: &Response<impl AsRef<[u8]>>, now: SystemTime) -> Outcome<O> {
        let mut error = match self.read(response, now) {
            Ok(output) => return Outcome::Done(Ok(output)),
            Err(error) => error,
        };
        let Self { mut call, signed } = self;
        match call.state.fail(&mut error, response.headers(), signed, now, None) {
            Ok(after) => Outcome::Retry(Retry { after, cause: Cause::Error(error), call }),
            Err(_) => Outcome::Done(Err(error)),
        }
    }

    /// Reads the response. An error must be passed to [`CallState::fail`].
    pub(crate) fn read(&self, response: &Response<impl AsRef<[u8]>>, now: SystemTime) -> Result<O::Output, Error> {
        let state = &self.call.state;
        let attempts = (state.attempt, state.unconfirmed);
        let output = response::read::<O>(response, state.hub.session_token(), Some(attempts))?;
        state.succeed(response.headers(), self.signed, now);
        Ok(output)
    }

    /// Decides whether to retry after an attempt without a response.
    ///
    /// # Errors
    /// [`GiveUp`] if the attempts or the retry quota are used up. It has the number of unconfirmed attempts. The transport's own
    /// error is then the error of the call.
    pub fn handle_failure(self, failure: Failure) -> Result<Retry<O>, GiveUp> {
        let Self { mut call, signed } = self;
        let effects = call.state.count(failure);
        match call.state.retry(RetryClass::Transient, signed.random, None, None) {
            Ok(after) => Ok(Retry { after, cause: Cause::Failure(failure), call }),
            Err(reason) => Err(GiveUp::new(reason, effects)),
        }
    }

    /// Ends the call after a failure that a retry cannot fix, for example a rejected certificate or a response that is too
    /// large.
    #[must_use]
    pub fn give_up(mut self, failure: Failure) -> GiveUp {
        GiveUp::new(GiveUpReason::NotRetryable, self.call.state.count(failure))
    }
}

/// The result of a response. Deliberately exhaustive: there are only these two.
#[derive(Debug)]
#[must_use = "the call is either done, or continues with the retry"]
pub enum Outcome<O: Operation = DeleteInvitations> {
    /// The call is over.
    Done(Result<O::Output, Error>),
    /// Another attempt may succeed.
    Retry(Retry<O>),
}

/// Another attempt: wait for [`after`](Self::after), then continue with [`call`](Self::call).
#[derive(Debug)]
#[must_use = "the call is cancelled unless it continues"]
#[non_exhaustive]
pub struct Retry<O = DeleteInvitations> {
    /// The time to wait: at most [`RetryPolicy::max_backoff`](crate::RetryPolicy::max_backoff) plus 5 s.
    pub after: Duration,
    /// The reason why the last attempt failed.
    pub cause: Cause,
    /// The call that continues.
    pub call: Call<O>,
}

/// The reason why an attempt failed. Deliberately exhaustive: an attempt has a response or none.
#[derive(Clone, Debug)]
pub enum Cause {
    /// An error response.
    Error(Error),
    /// No response.
    Failure(Failure),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
        }
    }
}

impl error::Error for Cause {}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Failure> for Cause {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// An attempt without a response, as far as a retry decision needs to know. The transport keeps its own error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No part of the request was sent: no address, no connection, no TLS session.
    NotSent,
    /// No complete response arrived in time. The request may have taken effect.
    TimedOut,
    /// The connection broke before the response was complete. The request may have taken effect.
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "the request was not sent",
            Self::TimedOut => "no response arrived in time",
            Self::Interrupted => "the connection broke before the response was complete",
        })
    }
}

impl error::Error for Failure {}
