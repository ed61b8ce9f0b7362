//! The service's limit on requests per second.

use std::{collections::BTreeMap, num::NonZeroU32, time::SystemTime};

use securityhub_invitations::{AccountId, Region};

use crate::clock::Moment;

/// A limit on the requests of each account in each region.
///
/// A request that exceeds the limit is refused with status 429 and `TooManyRequestsException`. It is also recorded as a
/// [`RateViolation`], so that a test can require a client that never exceeds the limit.
///
/// ```
/// use securityhub_emulator::{Emulator, RateLimit};
///
/// let emulator = Emulator::builder().with_rate_limit(RateLimit::documented()).build();
/// // Run the client here.
/// emulator.assert_no_rate_violations();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl RateLimit {
    /// Creates a limit of `per_second` requests in the long run, and of `burst` requests at once.
    #[must_use]
    pub const fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { per_second, burst }
    }

    /// Returns the limit of the six operations: 10 requests per second and bursts of 30.
    ///
    /// Source: the introduction of the
    /// [API reference](https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html).
    #[must_use]
    pub const fn documented() -> Self {
        const PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(30).unwrap();
        Self::new(PER_SECOND, BURST)
    }

    /// Returns the long-term rate in requests per second.
    #[must_use]
    pub const fn per_second(self) -> NonZeroU32 {
        self.per_second
    }

    /// Returns the number of requests that an unused limit accepts at once.
    #[must_use]
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// The time after which one more request is accepted, in nanoseconds.
    fn period(self) -> i128 {
        NANOSECONDS / i128::from(self.per_second.get())
    }
}

/// A request that exceeded the [`RateLimit`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateViolation {
    /// The request's [number](crate::Received::number).
    pub number: u64,
    /// The account that sent the request.
    pub account: AccountId,
    /// The region of the request.
    pub region: Region,
    /// The time of the request, by the caller's clock.
    pub at: SystemTime,
}

const NANOSECONDS: i128 = 1_000_000_000;

/// One token bucket for each account and region, and the violations.
///
/// A bucket is stored as the time at which it is full again. This form of the token bucket is the generic cell rate
/// algorithm. A bucket that is full needs no entry.
#[derive(Clone, Default)]
pub(crate) struct RateLimiter {
    full_at: BTreeMap<(AccountId, Region), i128>,
    violations: Vec<RateViolation>,
}

impl RateLimiter {
    /// Above this number of buckets, the full ones are removed. An authenticated client can name any region.
    const MANY_BUCKETS: usize = 4096;
    /// The number of violations that are kept. The counter counts all.
    const MAX_VIOLATIONS: usize = 1000;

    /// Takes a token at the service's time. `false` if there is none.
    pub(crate) fn admits(&mut self, limit: RateLimit, account: AccountId, region: &Region, now: ServiceTime) -> bool {
        let ServiceTime(now) = now;
        if self.full_at.len() >= Self::MANY_BUCKETS {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        let capacity = limit.period() * i128::from(limit.burst.get());
        let full_at = self.full_at.entry((account, region.clone())).or_insert(now);
        // If the clock was set back, the bucket is empty and not less.
        *full_at = (*full_at).clamp(now, now + capacity);
        let admitted = *full_at + limit.period() - now <= capacity;
        if admitted {
            *full_at += limit.period();
        }
        admitted
    }

    pub(crate) fn record(&mut self, violation: RateViolation) {
        if self.violations.len() < Self::MAX_VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(crate) fn violations(&self) -> &[RateViolation] {
        &self.violations
    }
}

/// The emulator's time in nanoseconds since 1970, since the seconds of a [`Moment`] are too coarse for a rate.
#[derive(Clone, Copy)]
pub(crate) struct ServiceTime(i128);

impl ServiceTime {
    /// Returns the time of `now`, which is `moment` by the emulator's clock.
    pub(crate) fn new(now: SystemTime, moment: Moment) -> Self {
        let fraction = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        Self(i128::from(moment.seconds()) * NANOSECONDS + i128::from(fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: i128 = 1_000_000;

    fn admitted(limiter: &mut RateLimiter, region: &str, times: impl IntoIterator<Item = i128>) -> usize {
        let account = "111122223333".parse().unwrap();
        let region = region.parse().unwrap();
        let limit = RateLimit::documented();
        times.into_iter().filter(|at| limiter.admits(limit, account, &region, ServiceTime(at * MILLISECOND))).count()
    }

    #[test]
    fn admits_a_burst_and_then_the_rate() {
        let mut limiter = RateLimiter::default();
        assert_eq!(admitted(&mut limiter, "us-east-1", [0; 100]), 30);
        assert_eq!(admitted(&mut limiter, "eu-west-1", [0; 100]), 30);
        assert_eq!(admitted(&mut limiter, "us-east-1", [99]), 0);
        assert_eq!(admitted(&mut limiter, "us-east-1", [100, 100]), 1);
        assert_eq!(admitted(&mut limiter, "us-east-1", [1_100; 20]), 10);
        assert_eq!(admitted(&mut limiter, "us-east-1", (2_000..=12_000).step_by(10)), 9 + 100);
        assert_eq!(admitted(&mut limiter, "us-east-1", [60_000; 100]), 30);
    }

    #[test]
    fn recovers_after_the_clock_is_set_back() {
        let mut limiter = RateLimiter::default();
        assert_eq!(admitted(&mut limiter, "us-east-1", [1_000_000; 100]), 30);
        assert_eq!(admitted(&mut limiter, "us-east-1", [0; 10]), 0);
        assert_eq!(admitted(&mut limiter, "us-east-1", [100, 100]), 1);
        assert_eq!(admitted(&mut limiter, "us-east-1", [60_000; 100]), 30);
    }

    #[test]
    fn removes_full_buckets() {
        let mut limiter = RateLimiter::default();
        for number in 0..20_000 {
            assert_eq!(admitted(&mut limiter, &format!("us-east-{number}"), [number]), 1);
        }
        assert!(limiter.full_at.len() <= RateLimiter::MANY_BUCKETS);
    }
}
