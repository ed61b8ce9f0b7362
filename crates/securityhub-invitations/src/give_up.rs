//! [`GiveUp`]: the end of a call without a response.

use std::{error, fmt, time::Duration};

use crate::{display::Rounded, effects::Effects};

/// The end of a call whose last attempt received no response. The transport's error is the error of the call.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GiveUp {
    reason: GiveUpReason,
    effects: Effects,
}

/// The reason why there is no retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// The attempts of the [`RetryPolicy`](crate::RetryPolicy) are used up.
    Attempts,
    /// The retry quota cannot pay for a retry: see [`SecurityHub::retry_quota`](crate::SecurityHub::retry_quota).
    Quota,
    /// The failure belongs to a class that a retry cannot fix.
    NotRetryable,
    /// The wait would exceed the deadline.
    #[non_exhaustive]
    Deadline {
        /// The wait before the retry.
        wait: Duration,
    },
}

impl GiveUp {
    pub(crate) fn new(reason: GiveUpReason, effects: Effects) -> Self {
        Self { reason, effects }
    }

    /// Returns the reason why there is no retry.
    #[must_use]
    pub fn reason(&self) -> GiveUpReason {
        self.reason
    }

    /// Returns the attempts, and how many of them may have taken effect.
    #[must_use]
    pub fn effects(&self) -> Effects {
        self.effects
    }

    /// Returns the number of attempts, including those that sent nothing.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.effects.attempts()
    }

    /// Returns how many attempts may have taken effect without a confirmed response.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> u32 {
        self.effects.unconfirmed_attempts()
    }

    /// Returns whether the call may have changed anything at the service. Always false for an operation that reads.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.effects.may_have_taken_effect()
    }
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            GiveUpReason::Attempts => write!(f, "no attempts left")?,
            GiveUpReason::Quota => write!(f, "retry quota used up")?,
            GiveUpReason::NotRetryable => write!(f, "not retryable")?,
            GiveUpReason::Deadline { wait } => write!(f, "a retry in {} would exceed the deadline", Rounded(wait))?,
        }
        match self.attempts() {
            1 => write!(f, " (after 1 attempt)"),
            attempts => write!(f, " (after {attempts} attempts)"),
        }
    }
}

/// Reads like `Display`, except with `{:#?}`.
impl fmt::Debug for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("GiveUp").field("reason", &self.reason).field("effects", &self.effects).finish()
    }
}

impl error::Error for GiveUp {}
