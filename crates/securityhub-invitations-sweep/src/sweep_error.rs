//! [`SweepError`]: the parts of a failed call that a sweep decides by.

use std::{error, fmt};

use securityhub_invitations::{CallError, Error, ErrorKind, Failure};

use crate::{parking::ParkingCause, reason::Reason};

/// The parts of a failed call that a [`Sweep`](crate::Sweep) decides by. It does not depend on the transport.
///
/// ```
/// use securityhub_invitations::{CallError, DeleteInvitationsOutput};
/// use securityhub_invitations_sweep::{ErrorClass, SweepError};
///
/// let response = http::Response::builder()
///     .status(401)
///     .header("x-amzn-errortype", "InvalidAccessException")
///     .body(r#"{"Message":"Account 111122223333 is not subscribed to AWS Security Hub"}"#)?;
/// let error = DeleteInvitationsOutput::from_response(&response).unwrap_err().with_attempts(1, 0);
/// let error = SweepError::from(&CallError::<std::io::Error>::Service(error));
///
/// assert_eq!(error.class(), ErrorClass::NotSubscribed);
/// assert!(!error.may_have_taken_effect());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepError {
    class: ErrorClass,
    reason: Reason,
    attempts: u32,
    may_have_taken_effect: bool,
    is_not_associated: bool,
}

/// The consequence of a failed call for a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The service or the network failed. The request is queued again.
    Transient,
    /// There was no connection. The request is queued again, and ten such hubs in a row end the run.
    Unreachable,
    /// Security Hub is not enabled. The hub is parked.
    NotSubscribed,
    /// The region may not be enabled. The hub is parked.
    RegionDisabled,
    /// Permission is missing. The hub is parked, unless the step is optional.
    Denied,
    /// The credentials were rejected. Their source is parked.
    Credentials,
    /// The service rejected the request, and would reject it again.
    Rejected,
}

impl SweepError {
    /// Creates the error of a call that was given up after its request may have left, for example by a task that was cancelled.
    #[must_use]
    pub fn interrupted(message: &str) -> Self {
        Self { may_have_taken_effect: true, ..Self::new(ErrorClass::Transient, Reason::new(message)) }
    }

    /// Creates the error of a call whose request was never sent.
    #[must_use]
    pub fn not_sent(message: &str) -> Self {
        Self { attempts: 0, ..Self::new(ErrorClass::Transient, Reason::new(message)) }
    }

    fn new(class: ErrorClass, reason: Reason) -> Self {
        Self { class, reason, attempts: 1, may_have_taken_effect: false, is_not_associated: false }
    }

    /// Returns the consequence for the sweep.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// Returns the reason to store.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Returns the number of attempts.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns whether the call may have changed anything at the service, although it failed.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.may_have_taken_effect
    }

    /// Returns whether the service says that the account has no administrator. A hint, taken from the message.
    #[must_use]
    pub fn is_not_associated(&self) -> bool {
        self.is_not_associated
    }

    pub(crate) fn parking_cause(&self) -> ParkingCause {
        match self.class {
            ErrorClass::NotSubscribed => ParkingCause::NotSubscribed,
            ErrorClass::RegionDisabled => ParkingCause::RegionDisabled,
            ErrorClass::Denied => ParkingCause::Denied,
            ErrorClass::Credentials => ParkingCause::Credentials,
            ErrorClass::Unreachable => ParkingCause::Unreachable,
            ErrorClass::Transient | ErrorClass::Rejected => ParkingCause::Other,
        }
    }
}

impl<T: fmt::Display> From<&CallError<T>> for SweepError {
    fn from(error: &CallError<T>) -> Self {
        let service = error.service_error();
        let class = match (service, error.failure()) {
            (Some(service), _) => ErrorClass::of(service),
            (None, Some(Failure::NotSent)) => ErrorClass::Unreachable,
            (None, Some(_)) => ErrorClass::Transient,
            (None, None) if matches!(error, CallError::ResponseTooLarge { .. }) => ErrorClass::Rejected,
            (None, None) => ErrorClass::Transient,
        };
        let reason = service.map_or_else(|| Reason::new(&error.to_string()), Reason::of_service);
        Self {
            class,
            reason: reason.with_request_id(error.request_id()),
            attempts: error.attempts(),
            may_have_taken_effect: error.may_have_taken_effect(),
            is_not_associated: service.is_some_and(is_not_associated),
        }
    }
}

impl<T: fmt::Display> From<CallError<T>> for SweepError {
    fn from(error: CallError<T>) -> Self {
        Self::from(&error)
    }
}

impl ErrorClass {
    fn of(error: &Error) -> Self {
        match error.kind() {
            _ if error.is_not_subscribed() => Self::NotSubscribed,
            _ if error.may_be_disabled_region() => Self::RegionDisabled,
            ErrorKind::ExpiredCredentials | ErrorKind::InvalidCredentials | ErrorKind::ClockSkew => Self::Credentials,
            ErrorKind::AccessDenied | ErrorKind::InvalidAccess | ErrorKind::OptInRequired => Self::Denied,
            // A proxy in front of the service sent it.
            ErrorKind::Malformed => Self::Transient,
            _ if error.is_retryable() => Self::Transient,
            _ => Self::Rejected,
        }
    }
}

fn is_not_associated(error: &Error) -> bool {
    const WORDS: &[u8] = b"not associated";
    let message = error.message().unwrap_or_default().as_bytes();
    error.is_confirmed() && message.windows(WORDS.len()).any(|window| window.eq_ignore_ascii_case(WORDS))
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl error::Error for SweepError {}
