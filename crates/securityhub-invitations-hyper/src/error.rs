//! What a call can fail with, and what a transport's error means for trying again.

use std::{error, fmt, io, iter, time::Duration};

use securityhub_invitations::{Cause, Failure};

/// The error of a service or a body, whatever it is.
pub(crate) type BoxError = Box<dyn error::Error + Send + Sync>;

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service, or something in its place, answered with an error.
    Service(securityhub_invitations::Error),
    /// The last attempt got no answer.
    Transport(TransportError),
    /// The answer's body is longer than [`MAX_RESPONSE_BYTES`](securityhub_invitations::MAX_RESPONSE_BYTES). What the
    /// service did is not known.
    #[non_exhaustive]
    ResponseTooLarge {
        /// How many requests were sent, 1 or more.
        attempts: u32,
    },
    /// The deadline passed, or would have passed while waiting for the next attempt.
    #[non_exhaustive]
    Deadline {
        /// How many requests were sent. 0 if the deadline had passed before the first.
        attempts: u32,
        /// What the latest attempt failed with, if one did.
        latest: Option<Box<Self>>,
    },
}

impl Error {
    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        match self {
            Self::Service(error) => error.attempts(),
            Self::Transport(error) => error.attempts(),
            Self::ResponseTooLarge { attempts } | Self::Deadline { attempts, .. } => *attempts,
        }
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.failure() == Failure::TimedOut)
    }

    /// The error behind a retry that an answer led to. That is always an answer's; what is not is kept all the same.
    pub(crate) fn of_answer(cause: Cause, attempts: u32) -> Self {
        match cause {
            Cause::Error(error) => Self::Service(error),
            Cause::Failure(failure) => Self::Transport(TransportError::of_answer(failure.into(), attempts)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::ResponseTooLarge { attempts } => {
                let limit = securityhub_invitations::MAX_RESPONSE_BYTES;
                write!(f, "the response body is longer than {limit} bytes{}", After(*attempts))
            }
            Self::Deadline { attempts: 0, .. } => write!(f, "the deadline had passed before anything was sent"),
            Self::Deadline { attempts, latest } => {
                write!(f, "the deadline passed{}", After(*attempts))?;
                latest.as_ref().map_or(Ok(()), |latest| write!(f, "; the latest failed: {latest}"))
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Service(error) => Some(error),
            Self::Transport(error) => Some(error),
            Self::ResponseTooLarge { .. } => None,
            Self::Deadline { latest, .. } => latest.as_ref().map(|latest| &**latest as _),
        }
    }
}

/// ` (after 3 attempts)`; nothing after one.
struct After(u32);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " (after {} attempts)", self.0) } else { Ok(()) }
    }
}

/// An attempt that got no answer: the error of the service or of the answer's body, and what it means.
#[derive(Debug)]
pub struct TransportError {
    source: BoxError,
    failure: Failure,
    attempts: u32,
}

impl TransportError {
    /// Of a request that got no answer.
    pub(crate) fn of_request(source: BoxError, attempts: u32) -> Self {
        Self { failure: failure_of(&*source), source, attempts }
    }

    /// Of an answer whose head had come: whatever broke it off, the request was sent.
    pub(crate) fn of_answer(source: BoxError, attempts: u32) -> Self {
        let failure = match failure_of(&*source) {
            Failure::NotSent => Failure::Interrupted,
            failure => failure,
        };
        Self { source, failure, attempts }
    }

    /// Whether the request may have taken effect: only after [`Failure::NotSent`] it certainly has not.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// How many requests were sent, or tried to be, 1 or more.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether another attempt may fare better.
    pub(crate) fn is_worth_another_attempt(&self) -> bool {
        !causes(&*self.source).any(|cause| is_refused_certificate(cause) || cause.is::<UnsupportedProxy>())
    }
}

/// With the causes, since hyper's own text leaves them out.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.failure)?;
        let mut said = String::new();
        for cause in causes(&*self.source) {
            let text = cause.to_string();
            // Many an error repeats its cause.
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
        }
        write!(f, "{}", After(self.attempts))
    }
}

impl error::Error for TransportError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.source)
    }
}

/// A proxy that cannot be spoken to: the default client's connections to proxies are not secured.
#[derive(Debug)]
pub(crate) struct UnsupportedProxy;

impl fmt::Display for UnsupportedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy's URL is not http://, and no other is supported")
    }
}

impl error::Error for UnsupportedProxy {}

/// The attempt's timeout, as a transport's error.
#[derive(Debug)]
pub(crate) struct AttemptTimedOut(pub(crate) Duration);

impl fmt::Display for AttemptTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the attempt's {:?} are over", self.0)
    }
}

impl error::Error for AttemptTimedOut {}

/// `NotSent` only where that is certain.
fn failure_of(error: &(dyn error::Error + 'static)) -> Failure {
    if causes(error).any(|cause| was_not_sent(cause) || is_refused_certificate(cause)) {
        Failure::NotSent
    } else if causes(error).any(is_timeout) {
        Failure::TimedOut
    } else {
        Failure::Interrupted
    }
}

/// The error, and what is behind it. The `source` of an `io::Error` passes over the error that it wraps.
fn causes<'e>(error: &'e (dyn error::Error + 'static)) -> impl Iterator<Item = &'e (dyn error::Error + 'static)> {
    /// A chain of errors has no rule against a circle.
    const DEPTH: usize = 16;
    let next = |error: &&'e (dyn error::Error + 'static)| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn error::Error + 'static)),
        None => error.source(),
    };
    iter::successors(Some(error), next).take(DEPTH)
}

fn was_not_sent(error: &(dyn error::Error + 'static)) -> bool {
    // These kinds come of connecting. Others that do, an unreachable host, also come of a connection that is given up.
    let failed_connect =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable);
    error.downcast_ref().is_some_and(failed_connect) || is_unsent_by_pool(error)
}

/// hyper-util's pooled client says so where it could not connect, and where it took the request back unsent.
#[cfg(feature = "default-client")]
fn is_unsent_by_pool(error: &(dyn error::Error + 'static)) -> bool {
    let unsent = |error: &hyper_util::client::legacy::Error| {
        // There is no method that tells a request that was taken back; should the text change, it counts as interrupted.
        error.is_connect() || error.to_string() == "client error (Canceled)"
    };
    error.downcast_ref().is_some_and(unsent)
}

#[cfg(not(feature = "default-client"))]
fn is_unsent_by_pool(_: &(dyn error::Error + 'static)) -> bool {
    false
}

fn is_timeout(error: &(dyn error::Error + 'static)) -> bool {
    error.is::<AttemptTimedOut>()
        || error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
        || error.downcast_ref().is_some_and(hyper::Error::is_timeout)
}

/// A certificate is looked at before anything of the request is sent, and will be the same next time.
#[cfg(feature = "default-client")]
fn is_refused_certificate(error: &(dyn error::Error + 'static)) -> bool {
    let tls = error.downcast_ref::<rustls::Error>();
    matches!(tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

#[cfg(not(feature = "default-client"))]
fn is_refused_certificate(_: &(dyn error::Error + 'static)) -> bool {
    false
}
