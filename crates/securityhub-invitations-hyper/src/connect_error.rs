//! [`ConnectError`]: the step of a connection that failed.

use std::{error, fmt};

use crate::transport_error::BoxError;

/// A step of a connection. No part of the request is sent before the last step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    ChooseProxy,
    Resolve,
    Connect,
    OpenTunnel,
    SecureConnection,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChooseProxy => "choosing a proxy",
            Self::Resolve => "resolving the name",
            Self::Connect => "connecting",
            Self::OpenTunnel => "opening the tunnel",
            Self::SecureConnection => "TLS handshake",
        })
    }
}

/// The error of a connection. `Display` names the step, and `source` is its error.
#[derive(Debug)]
pub(crate) struct ConnectError {
    step: Step,
    error: BoxError,
}

impl ConnectError {
    pub(crate) fn new(step: Step, error: impl Into<BoxError>) -> Self {
        Self { step, error: error.into() }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)
    }
}

impl error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.error)
    }
}
