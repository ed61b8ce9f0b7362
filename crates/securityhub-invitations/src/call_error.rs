//! [`CallError`]: the error of a call that a [`Driver`](crate::Driver) ran.

use std::{
    error,
    fmt::{self, Debug, Display},
    time::Duration,
};

use crate::{
    call::Failure, display::Rounded, effects::Effects, error::Error, give_up::GiveUpReason,
    response::MAX_RESPONSE_BYTES,
};

/// The reason why a call failed. `T` is the transport's own error.
///
/// ```
/// use securityhub_invitations::CallError;
///
/// fn report<T>(error: &CallError<T>) -> &'static str {
///     match error {
///         _ if error.may_have_taken_effect() => "list the invitations before you report a failure",
///         CallError::Service(error) if error.is_not_subscribed() => "enable Security Hub first",
///         _ => "nothing was changed",
///     }
/// }
/// ```
#[non_exhaustive]
pub enum CallError<T> {
    /// The service, or a proxy or gateway in front of it, returned an error.
    Service(Error),
    /// The last attempt received no response.
    #[non_exhaustive]
    Transport {
        /// The transport's own error.
        error: T,
        /// How the error affects a retry.
        failure: Failure,
        /// The attempts so far.
        effects: Effects,
        /// The reason why there is no retry. `None` if there is one.
        give_up: Option<GiveUpReason>,
    },
    /// The response body is longer than [`MAX_RESPONSE_BYTES`].
    #[non_exhaustive]
    ResponseTooLarge {
        /// The attempts so far.
        effects: Effects,
    },
    /// The deadline has passed, or leaves no time for a retry.
    #[non_exhaustive]
    DeadlineExceeded {
        /// The deadline, counted from the start of the call.
        deadline: Duration,
        /// The wait before a retry that the deadline leaves no time for. `None` if the deadline has passed.
        wait: Option<Duration>,
        /// The error of the last attempt, if there was one.
        last_error: Option<Box<Self>>,
        /// The attempts so far.
        effects: Effects,
    },
}

impl<T> CallError<T> {
    /// Returns the attempts so far, and how many of them may have taken effect.
    #[must_use]
    pub fn effects(&self) -> Effects {
        match self {
            Self::Service(error) => error.effects(),
            Self::Transport { effects, .. }
            | Self::ResponseTooLarge { effects }
            | Self::DeadlineExceeded { effects, .. } => *effects,
        }
    }

    /// Returns the number of attempts, including those that sent nothing.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.effects().attempts()
    }

    /// Returns how many attempts may have taken effect without a confirmed response.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> u32 {
        self.effects().unconfirmed_attempts()
    }

    /// Returns whether the call may have changed anything at the service, although it failed. Always false for an operation that
    /// reads.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.effects().may_have_taken_effect()
    }

    /// Returns the service's id of the last request, if the last attempt received a response.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id(),
            Self::DeadlineExceeded { last_error: Some(error), .. } => error.request_id(),
            _ => None,
        }
    }

    /// Returns the service's error: of this attempt, or of the last one before the deadline.
    #[must_use]
    pub fn service_error(&self) -> Option<&Error> {
        match self {
            Self::Service(error) => Some(error),
            Self::DeadlineExceeded { last_error: Some(error), .. } => error.service_error(),
            _ => None,
        }
    }

    /// Returns the meaning of the transport's error, if the last attempt received no response.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Transport { failure, .. } => Some(*failure),
            Self::DeadlineExceeded { last_error: Some(error), .. } => error.failure(),
            _ => None,
        }
    }
}

impl<T: Display> Display for CallError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => Display::fmt(error, f),
            Self::Transport { error, failure, effects, give_up } => {
                write!(f, "{failure}: {error}")?;
                match (effects.attempts(), give_up) {
                    (_, Some(GiveUpReason::Quota)) => write!(f, " (no retry, because the retry quota is used up)"),
                    (0 | 1, _) => Ok(()),
                    (attempts, _) => write!(f, " (after {attempts} attempts)"),
                }
            }
            Self::ResponseTooLarge { effects } => {
                write!(f, "response body is too large (expected at most {MAX_RESPONSE_BYTES} bytes)")?;
                match effects.attempts() {
                    0 | 1 => Ok(()),
                    attempts => write!(f, " (after {attempts} attempts)"),
                }
            }
            Self::DeadlineExceeded { deadline, wait, effects, .. } => {
                write!(f, "deadline of {} ", Rounded(*deadline))?;
                match wait {
                    Some(wait) => write!(f, "leaves no time for a retry in {} ", Rounded(*wait))?,
                    None => f.write_str("exceeded ")?,
                }
                match effects.attempts() {
                    0 => f.write_str("before the first attempt"),
                    1 => f.write_str("after 1 attempt"),
                    attempts => write!(f, "after {attempts} attempts"),
                }
            }
        }
    }
}

/// Reads like `Display` followed by the last error, except with `{:#?}`.
impl<T: Debug + Display> Debug for CallError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            Display::fmt(self, f)?;
            return match self {
                Self::DeadlineExceeded { last_error: Some(error), .. } => write!(f, ": {error}"),
                _ => Ok(()),
            };
        }
        match self {
            Self::Service(error) => f.debug_tuple("Service").field(error).finish(),
            Self::Transport { error, failure, effects, give_up } => f
                .debug_struct("Transport")
                .field("error", error)
                .field("failure", failure)
                .field("effects", effects)
                .field("give_up", give_up)
                .finish(),
            Self::ResponseTooLarge { effects } => f.debug_struct("ResponseTooLarge").field("effects", effects).finish(),
            Self::DeadlineExceeded { deadline, wait, last_error, effects } => f
                .debug_struct("DeadlineExceeded")
                .field("deadline", deadline)
                .field("wait", wait)
                .field("last_error", last_error)
                .field("effects", effects)
                .finish(),
        }
    }
}

/// The transport's error is part of `Display`. The source of [`DeadlineExceeded`](Self::DeadlineExceeded) is the last error.
impl<T: Debug + Display + 'static> error::Error for CallError<T> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::DeadlineExceeded { last_error, .. } => last_error.as_ref().map(|error| &**error as _),
            _ => None,
        }
    }
}

impl<T> From<Error> for CallError<T> {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}
