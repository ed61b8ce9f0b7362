//! [`Pacing`]: the rate of requests in each hub.

use std::{num::NonZeroU32, time::Duration};

/// The rate of requests in each hub, as a token bucket.
///
/// AWS documents 10 requests per second and a burst of 30 for each account and region. The default burst is 25, because
/// requests that leave evenly can still arrive in bunches.
///
/// ```
/// use std::num::NonZeroU32;
/// use securityhub_invitations_sweep::Pacing;
///
/// let slow = Pacing::new().with_requests_per_second(NonZeroU32::MIN).with_burst(NonZeroU32::MIN);
/// assert_eq!((slow.requests_per_second().get(), slow.burst().get()), (1, 1));
/// assert_eq!((Pacing::new().requests_per_second().get(), Pacing::new().burst().get()), (10, 25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pacing {
    requests_per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl Pacing {
    /// Returns the default: 10 requests per second, with a burst of 25.
    #[must_use]
    pub const fn new() -> Self {
        const RATE: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");
        const BURST: NonZeroU32 = NonZeroU32::new(25).expect("25 is not 0");
        Self { requests_per_second: RATE, burst: BURST }
    }

    /// Sets the number of tokens that a hub gains in a second. Default: 10.
    #[must_use]
    pub const fn with_requests_per_second(self, requests_per_second: NonZeroU32) -> Self {
        Self { requests_per_second, ..self }
    }

    /// Sets the maximum number of tokens that a hub can save. Default: 25.
    #[must_use]
    pub const fn with_burst(self, burst: NonZeroU32) -> Self {
        Self { burst, ..self }
    }

    /// Returns the number of tokens that a hub gains in a second.
    #[must_use]
    pub const fn requests_per_second(&self) -> NonZeroU32 {
        self.requests_per_second
    }

    /// Returns the maximum number of tokens that a hub can save.
    #[must_use]
    pub const fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.requests_per_second.get()
    }

    fn full(&self) -> Duration {
        self.interval().saturating_mul(self.burst.get())
    }
}

impl Default for Pacing {
    fn default() -> Self {
        Self::new()
    }
}

/// The tokens of one hub, stored as the time at which the bucket is full again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// A bucket with all its tokens.
    pub(crate) const FULL: Self = Self { full_at: Duration::ZERO };

    /// A bucket that has one token at time 0.
    pub(crate) fn with_one_token(pacing: Pacing) -> Self {
        Self { full_at: pacing.full().saturating_sub(pacing.interval()) }
    }

    /// Takes a token, and returns the wait until it exists.
    pub(crate) fn take(&mut self, pacing: Pacing, now: Duration) -> Duration {
        let wait = self.ready_at(pacing).saturating_sub(now);
        self.full_at = self.full_at.max(now).saturating_add(pacing.interval());
        wait
    }

    /// Returns the time from which [`take`](Self::take) returns no wait.
    pub(crate) fn ready_at(&self, pacing: Pacing) -> Duration {
        self.full_at.saturating_add(pacing.interval()).saturating_sub(pacing.full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn allows_a_burst_then_the_rate() {
        let pacing = Pacing::new();
        let mut bucket = Bucket::FULL;
        let waits: Vec<Duration> = (0..28).map(|_| bucket.take(pacing, ms(0))).collect();
        assert!(waits[..25].iter().all(Duration::is_zero), "{waits:?}");
        assert_eq!(waits[25..], [ms(100), ms(200), ms(300)]);
    }

    #[test]
    fn refills_at_the_rate_up_to_the_burst() {
        let pacing = Pacing::new();
        let mut bucket = Bucket::with_one_token(pacing);
        assert_eq!(bucket.take(pacing, ms(0)), ms(0));
        assert_eq!(bucket.take(pacing, ms(0)), ms(100));
        let waits: Vec<Duration> = (0..26).map(|_| bucket.take(pacing, ms(1_000_000))).collect();
        assert_eq!(waits.iter().filter(|wait| wait.is_zero()).count(), 25);
    }
}
