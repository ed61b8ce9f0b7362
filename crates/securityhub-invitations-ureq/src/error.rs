//! What a call can fail with, and what a transport's error means for trying again.

use std::{error, fmt, io};

use securityhub_invitations::{Cause, Failure};

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
            Cause::Failure(failure) => {
                Self::Transport(TransportError::of_answer(ureq::Error::Other(failure.into()), attempts))
            }
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

/// An attempt that got no answer: ureq's error, and what it means.
#[derive(Debug)]
pub struct TransportError {
    source: ureq::Error,
    failure: Failure,
    attempts: u32,
}

impl TransportError {
    /// Of a request that got no answer.
    pub(crate) fn of_request(source: ureq::Error, attempts: u32) -> Self {
        Self { failure: failure_of(&source), source, attempts }
    }

    /// Of an answer whose head had come: whatever broke it off, the request was sent.
    pub(crate) fn of_answer(source: ureq::Error, attempts: u32) -> Self {
        let failure = match failure_of(&source) {
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

    /// ureq's own error.
    #[must_use]
    pub fn ureq_error(&self) -> &ureq::Error {
        &self.source
    }

    /// Whether another attempt may fare better.
    pub(crate) fn is_worth_another_attempt(&self) -> bool {
        !is_refused_certificate(&self.source)
            && !matches!(
                self.source,
                ureq::Error::BadUri(_)
                    | ureq::Error::Http(_)
                    | ureq::Error::InvalidProxyUrl
                    | ureq::Error::RequireHttpsOnly(_)
                    | ureq::Error::Tls(_)
                    | ureq::Error::TlsRequired
            )
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.failure, self.source, After(self.attempts))
    }
}

impl error::Error for TransportError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.source)
    }
}

/// `NotSent` only where that is certain.
fn failure_of(error: &ureq::Error) -> Failure {
    use ureq::Timeout;

    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::RequireHttpsOnly(_)
        | ureq::Error::Tls(_)
        | ureq::Error::TlsRequired => Failure::NotSent,
        ureq::Error::Timeout(_) => Failure::TimedOut,
        ureq::Error::Io(io) if is_failed_connect(io) || is_refused_certificate(error) => Failure::NotSent,
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
        _ => Failure::Interrupted,
    }
}

/// These kinds come of connecting. Others that do, an unreachable host, also come of a connection that is given up.
fn is_failed_connect(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable)
}

/// A certificate is looked at before anything of the request is sent.
#[cfg(feature = "rustls")]
fn is_refused_certificate(error: &ureq::Error) -> bool {
    let tls = match error {
        ureq::Error::Rustls(tls) => Some(tls),
        ureq::Error::Io(io) => io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

#[cfg(not(feature = "rustls"))]
fn is_refused_certificate(_: &ureq::Error) -> bool {
    false
}
