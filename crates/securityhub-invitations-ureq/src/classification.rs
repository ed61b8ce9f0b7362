//! The meaning of ureq's errors for a retry.

use std::io;

use securityhub_invitations::Failure;
use ureq::{Error, Proxy, ProxyProtocol, Timeout};

use crate::progress::Phase;

/// Returns whether the request may have been sent, if the phase of the error is certain.
pub(crate) fn failure_in(phase: Phase, error: &Error) -> Failure {
    match error {
        _ if phase < Phase::Sending => Failure::NotSent,
        error if is_timeout(error) => Failure::TimedOut,
        _ => Failure::Interrupted,
    }
}

/// Returns whether the request may have been sent, from the error alone. `NotSent` is returned only if it certainly was not.
pub(crate) fn failure_of(error: &Error) -> Failure {
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::ConnectProxyFailed(_)
        | Error::InvalidProxyUrl
        | Error::BadUri(_)
        | Error::Http(_)
        | Error::RequireHttpsOnly(_)
        | Error::Tls(_)
        | Error::TlsRequired => Failure::NotSent,
        Error::Io(io) if is_failed_connect(io) || is_rejected_certificate(error) => Failure::NotSent,
        error if is_timeout(error) => Failure::TimedOut,
        _ => Failure::Interrupted,
    }
}

/// Returns whether another attempt may succeed.
pub(crate) fn is_retryable(error: &Error) -> bool {
    !is_rejected_certificate(error)
        && !matches!(
            error,
            Error::BadUri(_)
                | Error::Http(_)
                | Error::InvalidProxyUrl
                | Error::RequireHttpsOnly(_)
                | Error::Tls(_)
                | Error::TlsRequired
        )
}

/// Returns the phase of an error that belongs to one phase only.
pub(crate) fn phase_of(error: &Error) -> Option<Phase> {
    match error {
        Error::Timeout(Timeout::Resolve) | Error::HostNotFound => Some(Phase::Resolving),
        Error::Timeout(Timeout::Connect) => Some(Phase::Connecting),
        Error::Timeout(Timeout::SendRequest | Timeout::SendBody | Timeout::PerWrite) => Some(Phase::Sending),
        Error::Timeout(Timeout::RecvResponse) => Some(Phase::Waiting),
        Error::Timeout(Timeout::RecvBody) => Some(Phase::Reading),
        Error::ConnectProxyFailed(_) => Some(Phase::Tunnelling),
        Error::Io(io) if is_failed_lookup(io) => Some(Phase::Resolving),
        Error::Io(io) if is_failed_connect(io) => Some(Phase::Connecting),
        Error::Io(_) if is_rejected_certificate(error) => Some(Phase::Handshaking),
        _ => None,
    }
}

/// Returns the error of a proxy with a protocol other than HTTP.
///
/// Without the feature `socks-proxy`, ureq panics on such a proxy, or connects directly if it is from the environment.
pub(crate) fn unsupported_proxy(proxy: &Proxy) -> Option<Error> {
    let protocol = proxy.protocol();
    match protocol {
        ProxyProtocol::Http | ProxyProtocol::Https => None,
        _ if cfg!(feature = "socks-proxy") => None,
        _ => Some({
            let protocol = protocol.to_string().to_ascii_lowercase();
            Error::Other(format!("unsupported scheme {protocol} (expected http, or the feature socks-proxy)").into())
        }),
    }
}

fn is_timeout(error: &Error) -> bool {
    match error {
        Error::Timeout(_) => true,
        Error::Io(io) => io.kind() == io::ErrorKind::TimedOut,
        _ => false,
    }
}

/// Only connecting fails in these ways. An unreachable host, by contrast, can also end an established connection.
fn is_failed_connect(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable)
        || is_failed_lookup(error)
}

/// The standard library has no kind for a name that does not resolve, only this message on Unix.
fn is_failed_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address information")
}

/// The certificate is checked before anything of the request is sent.
#[cfg(feature = "rustls")]
fn is_rejected_certificate(error: &Error) -> bool {
    let tls = match error {
        Error::Rustls(tls) => Some(tls),
        Error::Io(io) => io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

#[cfg(not(feature = "rustls"))]
fn is_rejected_certificate(_: &Error) -> bool {
    false
}
