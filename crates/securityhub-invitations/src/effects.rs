//! [`Effects`]: the number of attempts, and whether they may have changed anything.

use crate::operations::Effect;

/// The attempts of a call, and how many of them may have taken effect at the service.
///
/// An attempt is confirmed by a success that parses, or by a 4xx status other than 408 with an error code other than
/// `RequestTimeout` or `RequestTimeoutException`. An attempt that sent nothing has no effect. All other attempts are
/// unconfirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effects {
    attempts: u32,
    unconfirmed: u32,
    effect: Effect,
}

impl Effects {
    pub(crate) fn new(attempts: u32, unconfirmed: u32, effect: Effect) -> Self {
        Self { attempts, unconfirmed, effect }
    }

    /// Returns the number of attempts, including those that sent nothing.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns how many attempts may have taken effect without a confirmed response.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> u32 {
        self.unconfirmed
    }

    /// Returns whether the call may have changed anything at the service. Always false for an operation that reads.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.effect == Effect::Write && self.unconfirmed > 0
    }
}
