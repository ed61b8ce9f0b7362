//! The retrying call: [`Call`] and [`InFlight`], every transition between them, and nothing else.

use std::{
    error, fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    credentials::Credentials,
    error::Error,
    hub::SecurityHub,
    operation::{DeleteInvitations, DeleteInvitationsOutput},
    response,
    retry::{self, RetryClass},
    skew::Skew,
};

impl SecurityHub {
    /// A call that is about to make its first attempt: see [`Call`].
    pub fn delete_invitations(&self, input: DeleteInvitations) -> Call {
        Call { hub: self.clone(), input, attempt: 1, unanswered: 0, last_cost: None }
    }
}

/// A call between attempts: it is ready to be signed.
///
/// `Call` and [`InFlight`] are the two states of a call, and each method consumes the one it starts from, so that an order
/// that makes no sense does not compile. To cancel a call, drop it.
///
/// ```text
///                    sign(now)                    handle_response(response, now)
///   ┌──────┐ ───────────────────────► ┌──────────┐ ──────► Outcome::Done(Result<output, error>)
///   │ Call │                          │ InFlight │ ──────► Outcome::Retry(Retry { after, cause, call })
///   └──────┘ ◄─────────────────────── └──────────┘ ──────► handle_failure(failure): Option<Retry>
///               wait `after`, then
///               go on with `call`
/// ```
///
/// ```compile_fail,E0382
/// # fn wrong(call: securityhub_invitations::Call, now: std::time::SystemTime) {
/// let first = call.sign(now);
/// let second = call.sign(now); // one attempt is in flight already
/// # }
/// ```
///
/// A clone is a call of its own that goes on from the same attempt: for tests that try what could come.
#[derive(Clone, Debug)]
#[must_use = "a call sends nothing until it is signed, and is cancelled when it is dropped"]
pub struct Call {
    hub: SecurityHub,
    input: DeleteInvitations,
    /// The number of the attempt to come, from 1.
    attempt: u32,
    /// How many attempts may have taken effect without an answer.
    unanswered: u32,
    /// What the retry that leads to this attempt cost.
    last_cost: Option<u32>,
}

impl Call {
    /// Signs the request of the next attempt, with a date of its own. Send it, and tell the token what came of it.
    ///
    /// `now` is the caller's clock: see [`SecurityHub::request`].
    pub fn sign(self, now: SystemTime) -> (Request<Bytes>, InFlight) {
        let signed = self.hub.sign(&self.input, now);
        let random = random_of(&signed.signature);
        (self.hub.signed_request(&self.input, signed), InFlight { call: self, sent: now, random })
    }

    /// The number of the attempt that [`sign`](Self::sign) will make, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The accounts of this call.
    #[must_use]
    pub fn input(&self) -> &DeleteInvitations {
        &self.input
    }

    /// The hub that the call was made of, with the credentials of the next attempt.
    #[must_use]
    pub fn hub(&self) -> &SecurityHub {
        &self.hub
    }

    /// Makes the attempts to come with other credentials: for rotation between retries.
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self { hub: self.hub.with_credentials(credentials), ..self }
    }

    /// The call after the attempt that has just failed, and the wait before it; `None` if the attempts or the quota are
    /// used up.
    fn again(self, class: RetryClass, random: u64, asked_for: Option<Duration>) -> Option<(Duration, Self)> {
        let policy = self.hub.retry_policy();
        let cost = class.cost();
        if !policy.allows_another_after(self.attempt) || !self.hub.quota().take(cost) {
            return None;
        }
        let after = policy.backoff(class, self.attempt, random, asked_for);
        Some((after, Self { attempt: self.attempt.saturating_add(1), last_cost: Some(cost), ..self }))
    }
}

/// A keyed hash of time and body is as random as anything to whoever lacks the key.
fn random_of(signature: &[u8; 32]) -> u64 {
    u64::from_le_bytes(*signature.first_chunk().expect("8 of 32 bytes"))
}

/// A call whose request is on its way: it waits to be told what came of it.
///
/// ```compile_fail,E0382
/// # fn wrong(in_flight: securityhub_invitations::InFlight, now: std::time::SystemTime) {
/// let outcome = in_flight.handle_response(&http::Response::new(""), now);
/// let again = in_flight.handle_response(&http::Response::new(""), now); // one request has one answer
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call goes on only if it is told what came of its request"]
pub struct InFlight {
    call: Call,
    sent: SystemTime,
    random: u64,
}

impl InFlight {
    /// The number of the attempt that is in flight, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.call.attempt
    }

    /// Reads the answer, whatever its status, and decides.
    ///
    /// `now` is the caller's clock at the time when the answer came; the clock's skew is measured with it, and a
    /// `Retry-After` that is a date compared.
    pub fn handle_response(self, response: &Response<impl AsRef<[u8]>>, now: SystemTime) -> Outcome {
        let Self { call, sent, random } = self;
        let hub = &call.hub;
        let skew = hub.measure_clock(response.headers(), sent, now);
        let mut error = match response::parse(response, hub.session_token()) {
            Ok(output) => {
                hub.quota().refund(call.last_cost);
                return Outcome::Done(Ok(DeleteInvitationsOutput {
                    attempts: call.attempt,
                    unanswered_attempts: call.unanswered,
                    ..output
                }));
            }
            Err(error) => error,
        };
        error.parts_mut().attempts = call.attempt;
        error.parts_mut().unanswered_attempts = call.unanswered;
        let was_skewed = skew.is_some_and(Skew::explains_a_refused_signature);
        let Some(class) = class_of(&error, was_skewed) else { return Outcome::Done(Err(error)) };
        error.parts_mut().is_retryable = true;
        let asked_for = retry::asked_for(response.headers(), hub.service_seconds(now));
        match call.again(class, random, asked_for) {
            Some((after, call)) => Outcome::Retry(Retry { after, cause: Cause::Error(error), call }),
            None => Outcome::Done(Err(error)),
        }
    }

    /// Decides after an attempt that got no answer. `None` if the attempts or the retry quota are used up: the transport's
    /// own error is then the call's.
    #[must_use]
    pub fn handle_failure(self, failure: Failure) -> Option<Retry> {
        let Self { mut call, random, .. } = self;
        if failure != Failure::NotSent {
            call.unanswered = call.unanswered.saturating_add(1);
        }
        let (after, call) = call.again(RetryClass::Transient, random, None)?;
        Some(Retry { after, cause: Cause::Failure(failure), call })
    }
}

/// The class of the error; an error that the clock may explain is worth another attempt now that the clock is corrected.
fn class_of(error: &Error, was_skewed: bool) -> Option<RetryClass> {
    let may_be_the_clock = matches!(
        error.code(),
        Some(
            "InvalidSignatureException"
                | "SignatureDoesNotMatch"
                | "AuthFailure"
                | "RequestTimeTooSkewed"
                | "AccessDeniedException"
        )
    );
    let by_clock = (was_skewed && may_be_the_clock).then_some(RetryClass::Transient);
    RetryClass::of_response(error.code(), error.status()).or(by_clock)
}

/// What an answer comes to. Exhaustive on purpose: there is no third thing to do.
#[derive(Debug)]
#[must_use = "the call is either done, or goes on with the retry"]
pub enum Outcome {
    /// The call is over.
    Done(Result<DeleteInvitationsOutput, Error>),
    /// Another attempt is worth it.
    Retry(Retry),
}

/// Another attempt: wait [`after`](Self::after), then go on with [`call`](Self::call).
#[derive(Debug)]
#[must_use = "the call is cancelled unless it goes on"]
#[non_exhaustive]
pub struct Retry {
    /// How long to wait. At most [`RetryPolicy::max_backoff`](crate::RetryPolicy::max_backoff) plus 5 s.
    pub after: Duration,
    /// Why the attempt before failed.
    pub cause: Cause,
    /// The call that goes on.
    pub call: Call,
}

/// Why an attempt failed. Exhaustive on purpose: an attempt has an answer or none.
#[derive(Clone, Debug)]
pub enum Cause {
    /// By an answer.
    Error(Error),
    /// Without an answer.
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

/// All that a retry decision needs to know of a transport's error. The error itself stays with whoever owns the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// Certainly nothing of the request reached the server: no name, no connection, no TLS session.
    NotSent,
    /// No whole answer came in time. The request may have taken effect.
    TimedOut,
    /// The connection broke before the answer was whole. The request may have taken effect.
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "the request was not sent",
            Self::TimedOut => "no answer came in time",
            Self::Interrupted => "the connection broke before the answer was whole",
        })
    }
}

impl error::Error for Failure {}
