//! [`TransportError`]: the error of a service or of a response body, with the endpoint.

use std::{error, fmt, io, iter};

use http::Uri;
use securityhub_invitations::{ExchangeError, Failure};

use crate::{
    classification::{failure_of, is_retryable},
    exchange::AttemptTimedOut,
    progress::Progress,
};

/// The error of a service or of a response body.
pub(crate) type BoxError = Box<dyn error::Error + Send + Sync>;

/// A function that knows errors of the caller's service: see [`Client::with_classification`](crate::Client::with_classification).
pub(crate) type Classify = dyn Fn(&(dyn error::Error + 'static)) -> Option<Failure> + Send + Sync;

/// The part of an exchange that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waiting until the service accepts a request.
    Ready,
    /// Waiting for a connection. Only the default service reports it.
    Connection,
    /// The request has a connection, up to the head of the response. Only the default service reports it.
    Head,
    /// Up to the head of the response.
    Request,
    /// The body of the response.
    Response,
}

/// An attempt without a response: the error of the service or of the response body, and its meaning for a retry.
///
/// `Display` names the endpoint, the proxy and the phase where known, and includes the messages of the error and its
/// causes. `Debug` reads like `Display`, except with `{:#?}`.
pub struct TransportError {
    endpoint: Box<str>,
    proxy: Option<Box<str>>,
    phase: Phase,
    failure: Failure,
    error: BoxError,
}

impl TransportError {
    pub(crate) fn new(
        uri: &Uri,
        progress: &Progress,
        phase: Phase,
        error: BoxError,
        classify: Option<&Classify>,
    ) -> Self {
        // Without a user name and password, and without a path and query.
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or_default();
        let endpoint = format!("{}://{host}", uri.scheme_str().unwrap_or("http"));
        let phase = match (phase, progress.has_connection()) {
            (Phase::Request, Some(true)) => Phase::Head,
            (Phase::Request, Some(false)) if error.is::<AttemptTimedOut>() => Phase::Connection,
            (phase, _) => phase,
        };
        let known = classify.and_then(|classify| causes(&*error).find_map(classify));
        let failure = match (phase, known.unwrap_or_else(|| failure_of(&*error))) {
            (Phase::Ready | Phase::Connection, _) => Failure::NotSent,
            // A response has arrived, so the request was sent.
            (Phase::Response, Failure::NotSent) => Failure::Interrupted,
            // An earlier copy of the request may have been sent.
            (Phase::Head, Failure::NotSent) if progress.is_repeated() => Failure::Interrupted,
            (_, failure) => failure,
        };
        Self { endpoint: endpoint.into(), proxy: progress.proxy(uri).map(Into::into), phase, failure, error }
    }

    /// Returns whether the request may have taken effect. Only [`Failure::NotSent`] guarantees that it has not.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// Returns the endpoint: scheme, host, and the port if it is not the default.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the URL of the proxy without user name and password, if the default service used one.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Returns the underlying error of the service or of the response body.
    #[must_use]
    pub fn get_ref(&self) -> &(dyn error::Error + Send + Sync + 'static) {
        &*self.error
    }
}

impl From<TransportError> for ExchangeError<TransportError> {
    fn from(error: TransportError) -> Self {
        Self::Transport { failure: error.failure, is_retryable: is_retryable(&*error.error), error }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint)?;
        if let Some(proxy) = &self.proxy {
            write!(f, " through proxy {proxy}")?;
        }
        f.write_str(match self.phase {
            Phase::Ready => ": waiting for the service",
            Phase::Connection => ": connecting",
            Phase::Head => ": waiting for the response",
            Phase::Request => "",
            Phase::Response => ": reading the response",
        })?;
        // hyper's messages do not have those of their causes. Other errors' messages do.
        let mut previous = String::new();
        for cause in causes(&*self.error).filter(|cause| !is_repeated_by_phase(*cause)) {
            let message = cause.to_string();
            if !previous.contains(&message) {
                write!(f, ": {message}")?;
                previous = message;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("TransportError")
            .field("endpoint", &self.endpoint)
            .field("proxy", &self.proxy)
            .field("phase", &self.phase)
            .field("failure", &self.failure)
            .field("error", &self.error)
            .finish()
    }
}

/// The messages of all causes are part of `Display`, so there is no source.
impl error::Error for TransportError {}

/// Returns whether the error says less than the phase or the step of the connection: `client error (Connect)`.
#[cfg(feature = "default-client")]
fn is_repeated_by_phase(error: &(dyn error::Error + 'static)) -> bool {
    error.is::<hyper_util::client::legacy::Error>() && error.source().is_some()
}

#[cfg(not(feature = "default-client"))]
fn is_repeated_by_phase(_: &(dyn error::Error + 'static)) -> bool {
    false
}

/// Returns the error and its causes. The `source` of an `io::Error` skips the error that it wraps.
pub(crate) fn causes<'e>(
    error: &'e (dyn error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn error::Error + 'static)> {
    /// A chain of errors can be circular.
    const DEPTH: usize = 16;
    let next = |error: &&'e (dyn error::Error + 'static)| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn error::Error + 'static)),
        None => error.source(),
    };
    iter::successors(Some(error), next).take(DEPTH)
}
