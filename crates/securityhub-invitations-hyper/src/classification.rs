//! The meaning of a service's errors for a retry.

use std::{error::Error, io};

use securityhub_invitations::Failure;

use crate::{exchange::AttemptTimedOut, transport_error::causes};

/// Returns whether the request may have been sent. `NotSent` is returned only if it certainly was not.
pub(crate) fn failure_of(error: &(dyn Error + 'static)) -> Failure {
    if causes(error)
        .any(|cause| is_failed_connect(cause) || is_unsent(cause) || is_refused(cause) || is_permanent(cause))
    {
        Failure::NotSent
    } else if causes(error).any(is_timeout) {
        Failure::TimedOut
    } else {
        Failure::Interrupted
    }
}

/// Returns whether another attempt may succeed.
pub(crate) fn is_retryable(error: &(dyn Error + 'static)) -> bool {
    !causes(error).any(is_permanent)
}

/// Only connecting fails in these ways. An unreachable host, by contrast, can also end an established connection.
fn is_failed_connect(error: &(dyn Error + 'static)) -> bool {
    let kind = error.downcast_ref().map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable))
}

/// The types of most timeouts are those of crates that this one does not depend on, such as tower and reqwest. A mistake is
/// harmless, because `TimedOut` and `Interrupted` have the same consequences.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    let message = || error.to_string();
    error.is::<AttemptTimedOut>()
        || error.downcast_ref().is_some_and(|io: &io::Error| io.kind() == io::ErrorKind::TimedOut)
        || error.downcast_ref().is_some_and(hyper::Error::is_timeout)
        || ["timed out", "deadline has elapsed"].iter().any(|timeout| message().contains(timeout))
}

/// hyper-util's pooled client reports whether it could not connect, or took the request back before it was sent.
///
/// Its messages are compared, because the type is known only with the default client, and has no method for the second case. If
/// the messages change, these errors count as interrupted.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    ["client error (Connect)", "client error (Canceled)"].contains(&error.to_string().as_str())
}

/// The peer did not process the stream (RFC 9113, sections 6.8 and 8.7). The HTTP/2 implementation fails a stream with the
/// `GOAWAY` frame only if its last stream id is lower.
#[cfg(feature = "default-client")]
fn is_refused(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &h2::Error| {
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (is_refused || error.is_go_away())
    })
}

/// A certificate is checked before anything of the request is sent. It will be the same next time, as will the settings.
#[cfg(feature = "default-client")]
fn is_permanent(error: &(dyn Error + 'static)) -> bool {
    use rustls::Error::{InvalidCertificate, NoCertificatesPresented};

    matches!(error.downcast_ref(), Some(InvalidCertificate(_) | NoCertificatesPresented))
        || error.is::<securityhub_invitations::ConfigError>()
        || error.is::<crate::runtime::NoRuntime>()
}

#[cfg(not(feature = "default-client"))]
fn is_refused(_: &(dyn Error + 'static)) -> bool {
    false
}

#[cfg(not(feature = "default-client"))]
fn is_permanent(_: &(dyn Error + 'static)) -> bool {
    false
}
