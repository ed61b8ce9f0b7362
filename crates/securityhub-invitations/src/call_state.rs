//! [`CallState`]: the part of a call that does not depend on its operation, with every decision.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::{
    call::Failure,
    codes::Code,
    effects::Effects,
    error::Error,
    give_up::GiveUpReason,
    hub::SecurityHub,
    operations::Effect,
    retry::{RetryClass, requested_wait},
    skew::Skew,
};

/// The state of a call. It is compiled once, not once per operation.
#[derive(Debug)]
pub(crate) struct CallState {
    pub(crate) hub: SecurityHub,
    effect: Effect,
    /// The number of the current or next attempt, from 1.
    pub(crate) attempt: u32,
    /// The number of attempts that may have taken effect without a confirmed response.
    pub(crate) unconfirmed: u32,
    /// The cost of the retry that leads to this attempt.
    last_cost: Option<u32>,
}

/// The circumstances of a signature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed {
    /// The time of the caller's clock.
    pub(crate) at: SystemTime,
    /// The clock offset that the signature used, in seconds.
    pub(crate) offset: i64,
    /// A number for the jitter, random to everyone who lacks the key.
    pub(crate) random: u64,
}

impl CallState {
    pub(crate) fn new(hub: SecurityHub, effect: Effect) -> Self {
        Self { hub, effect, attempt: 1, unconfirmed: 0, last_cost: None }
    }

    /// The attempts so far, after the current one.
    pub(crate) fn effects(&self) -> Effects {
        Effects::new(self.attempt, self.unconfirmed, self.effect)
    }

    /// The attempts before the current one.
    pub(crate) fn earlier_effects(&self) -> Effects {
        Effects::new(self.attempt.saturating_sub(1), self.unconfirmed, self.effect)
    }

    /// Accounts for a successful response.
    pub(crate) fn succeed(&self, headers: &HeaderMap, signed: Signed, now: SystemTime) {
        self.hub.measure_clock(headers, signed.at, now, signed.offset);
        self.hub.quota().refund(self.last_cost);
    }

    /// Accounts for an error response, completes the error, and decides about a retry. The reason is `None` for an error that a retry
    /// cannot fix.
    pub(crate) fn fail(
        &mut self,
        error: &mut Error,
        headers: &HeaderMap,
        signed: Signed,
        now: SystemTime,
        time_left: Option<Duration>,
    ) -> Result<Duration, Option<GiveUpReason>> {
        // A proxy's page says nothing about the service's clock.
        let is_from_service = error.code().is_some();
        let skew = if is_from_service { self.hub.measure_clock(headers, signed.at, now, signed.offset) } else { None };
        if !error.is_confirmed() {
            self.unconfirmed = self.unconfirmed.saturating_add(1);
        }
        if skew.is_some_and(Skew::explains_rejection) && may_be_clock(error) && !error.status().is_success() {
            // The clock has been corrected by now.
            error.inner_mut().retry_class.get_or_insert(RetryClass::Transient);
        }
        let requested = requested_wait(headers, Some(self.hub.service_seconds(now)));
        error.inner_mut().retry_after = requested;
        let class = error.inner().retry_class.ok_or(None)?;
        self.retry(class, signed.random, requested, time_left).map_err(Some)
    }

    /// Accounts for an attempt without a response, and returns the attempts so far.
    pub(crate) fn count(&mut self, failure: Failure) -> Effects {
        self.unconfirmed = self.unconfirmed.saturating_add(u32::from(failure != Failure::NotSent));
        self.effects()
    }

    /// Decides about another attempt, and charges it. `time_left` is the time until the deadline: a wait that does not fit is not
    /// charged.
    pub(crate) fn retry(
        &mut self,
        class: RetryClass,
        random: u64,
        requested: Option<Duration>,
        time_left: Option<Duration>,
    ) -> Result<Duration, GiveUpReason> {
        let policy = self.hub.retry_policy();
        if self.attempt >= policy.max_attempts().get() {
            return Err(GiveUpReason::Attempts);
        }
        let after = policy.backoff(class, self.attempt, random, requested);
        if time_left.is_some_and(|left| left <= after) {
            return Err(GiveUpReason::Deadline { wait: after });
        }
        let cost = class.cost();
        if !self.hub.quota().take(cost) {
            return Err(GiveUpReason::Quota);
        }
        self.attempt = self.attempt.saturating_add(1);
        self.last_cost = Some(cost);
        Ok(after)
    }
}

fn may_be_clock(error: &Error) -> bool {
    error.code().and_then(Code::find).is_some_and(|code| code.may_be_clock)
}
