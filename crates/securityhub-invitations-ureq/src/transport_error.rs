//! [`TransportError`]: ureq's error, with the endpoint.

use std::{error, fmt, time::Duration};

use http::Uri;
use securityhub_invitations::{ExchangeError, Failure};
use ureq::Error;

use crate::{
    classification::{failure_in, failure_of, is_retryable},
    progress::Phase,
};

/// The circumstances of an error.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) phase: Phase,
    /// Whether the phase was observed, and is not just derived from the error.
    pub(crate) is_phase_certain: bool,
    /// Without a user name and password.
    pub(crate) proxy: Option<Box<str>>,
    /// The time limit that passed, if it is one of the client's.
    pub(crate) limit: Option<Duration>,
}

/// An attempt without a response: ureq's error, and its meaning for a retry.
///
/// `Display` names the endpoint, the proxy and the phase, and has ureq's message. `Debug` reads like `Display`, except with
/// `{:#?}`. Neither shows a secret.
pub struct TransportError {
    endpoint: Box<str>,
    context: Context,
    /// Boxed, because it is large.
    error: Box<Error>,
}

impl TransportError {
    pub(crate) fn new(uri: &Uri, context: Context, error: Error) -> Self {
        // Without a user name and password, and without a path and query.
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or_default();
        let endpoint = format!("{}://{host}", uri.scheme_str().unwrap_or("http"));
        Self { endpoint: endpoint.into(), context, error: error.into() }
    }

    /// Returns whether the request may have taken effect. Only [`Failure::NotSent`] guarantees that it has not.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self.context.is_phase_certain {
            true => failure_in(self.context.phase, &self.error),
            false => failure_of(&self.error),
        }
    }

    /// Returns the endpoint: scheme, host, and the port if it is not the default.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the proxy's URL without a user name and password, if the connection uses one.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.context.proxy.as_deref()
    }

    /// Returns ureq's own error.
    #[must_use]
    pub fn get_ref(&self) -> &Error {
        &self.error
    }

    fn is_retryable(&self) -> bool {
        self.context.phase != Phase::Choosing && is_retryable(&self.error)
    }
}

impl From<TransportError> for ExchangeError<TransportError> {
    fn from(error: TransportError) -> Self {
        Self::Transport { failure: error.failure(), is_retryable: error.is_retryable(), error }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, context: Context { phase, proxy, limit, .. }, error } = self;
        write!(f, "{endpoint}")?;
        if let Some(proxy) = proxy {
            write!(f, " through proxy {proxy}")?;
        }
        if let Some(phase) = phase.name() {
            write!(f, ": {phase}")?;
        }
        if let Error::Timeout(_) = **error {
            let subject = if *phase == Phase::Starting { "attempt " } else { "" };
            write!(f, ": {subject}timed out")?;
            return limit.map_or(Ok(()), |limit| write!(f, " after {limit:?}"));
        }
        match &**error {
            Error::Io(error) => write!(f, ": {error}"),
            Error::Other(error) => write!(f, ": {error}"),
            Error::ConnectProxyFailed(reason) => write!(f, ": {reason}"),
            error => write!(f, ": {error}"),
        }
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("TransportError")
            .field("endpoint", &self.endpoint)
            .field("context", &self.context)
            .field("error", &self.error)
            .finish()
    }
}

/// ureq's error is part of `Display`, so there is no source.
impl error::Error for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(phase: Phase, is_phase_certain: bool, error: Error) -> TransportError {
        let uri = Uri::from_static("https://user:password@hub.example:8443/invitations?NextToken=abc");
        let context = Context {
            phase,
            is_phase_certain,
            proxy: (phase == Phase::Tunnelling).then(|| "http://proxy.example:3128".into()),
            limit: Some(Duration::from_secs(10)),
        };
        TransportError::new(&uri, context, error)
    }

    #[test]
    fn names_endpoint_proxy_and_phase() {
        for (phase, error, message) in [
            (Phase::Starting, Error::Timeout(ureq::Timeout::Global), ": attempt timed out after 10s"),
            (Phase::Choosing, Error::Other("invalid".into()), ": choosing a proxy: invalid"),
            (Phase::Connecting, Error::Timeout(ureq::Timeout::Connect), ": connecting: timed out after 10s"),
            (Phase::Resolving, Error::HostNotFound, ": resolving the name: host not found"),
            (
                Phase::Tunnelling,
                Error::ConnectProxyFailed("proxy responded with status 407".to_owned()),
                " through proxy http://proxy.example:3128: opening the tunnel: proxy responded with status 407",
            ),
            (Phase::Reading, Error::BodyStalled, ": reading the response: body data reading stalled"),
        ] {
            let error = failed(phase, true, error);
            assert_eq!(error.to_string(), format!("https://hub.example:8443{message}"));
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }

    #[test]
    fn failures_depend_on_the_observed_phase() {
        let refused = || Error::Io(std::io::ErrorKind::ConnectionRefused.into());
        assert_eq!(failed(Phase::Connecting, true, refused()).failure(), Failure::NotSent);
        assert_eq!(failed(Phase::Reading, true, refused()).failure(), Failure::Interrupted);
        assert_eq!(failed(Phase::Connecting, false, refused()).failure(), Failure::NotSent);
        let timeout = || Error::Timeout(ureq::Timeout::Global);
        assert_eq!(failed(Phase::Handshaking, true, timeout()).failure(), Failure::NotSent);
        assert_eq!(failed(Phase::Waiting, true, timeout()).failure(), Failure::TimedOut);
        assert_eq!(failed(Phase::Starting, false, timeout()).failure(), Failure::TimedOut);
    }
}
