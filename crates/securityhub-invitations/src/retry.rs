//! Retries: when they help, how long to wait, and what they cost. This is revision 2.1 of AWS's standard retry behaviour.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::{
    codes::Code,
    date::{parse_http_date, unix_seconds},
};

/// The number of attempts of a call, and the waits between them.
///
/// The waits grow with the attempts: 50 ms, 100 ms, 200 ms and so on after transient failures, 1 s, 2 s, 4 s and so on after
/// throttling, up to [`max_backoff`](Self::max_backoff). The actual wait is a random part of that. If the server sends
/// `x-amz-retry-after` or `Retry-After`, the wait is as long as the server requests, but at most 5 s longer than it would have been.
///
/// ```
/// use std::{num::NonZeroU32, time::Duration};
/// use securityhub_invitations::RetryPolicy;
///
/// let policy = RetryPolicy::standard()
///     .with_max_attempts(NonZeroU32::new(5).unwrap())
///     .with_max_backoff(Duration::from_secs(8));
/// assert_eq!(policy.max_attempts().get(), 5);
/// assert_eq!(RetryPolicy::default().max_backoff(), Duration::from_secs(20));
/// ```
///
/// Source: [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html) in the AWS SDKs
/// and Tools Reference Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetryPolicy {
    max_attempts: NonZeroU32,
    max_backoff: Duration,
    seed: Option<u64>,
    has_jitter: bool,
}

const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();

/// 2^64 divided by the golden ratio: the increment of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl RetryPolicy {
    /// Returns the default: 3 attempts, backoff up to 20 s, with jitter.
    #[must_use]
    pub const fn standard() -> Self {
        Self { max_attempts: THREE, max_backoff: Duration::from_secs(20), seed: None, has_jitter: true }
    }

    /// Returns a policy without retries.
    #[must_use]
    pub const fn never() -> Self {
        Self { max_attempts: NonZeroU32::MIN, ..Self::standard() }
    }

    /// Sets the total number of attempts, including the first. Default: 3.
    #[must_use]
    pub const fn with_max_attempts(self, max_attempts: NonZeroU32) -> Self {
        Self { max_attempts, ..self }
    }

    /// Sets the longest backoff before jitter. Default: 20 s. A server that requests a longer wait can add up to 5 s.
    #[must_use]
    pub const fn with_max_backoff(self, max_backoff: Duration) -> Self {
        Self { max_backoff, ..self }
    }

    /// Mixes a number into the jitter.
    ///
    /// By default the jitter comes from the signature of the attempt that failed. It differs between callers unless secret,
    /// second and body are identical. Give each member of such a fleet its own seed.
    #[must_use]
    pub const fn with_seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Waits for the whole backoff each time. For tests: many callers without jitter return all at once.
    #[must_use]
    pub const fn without_jitter(self) -> Self {
        Self { has_jitter: false, ..self }
    }

    /// Returns the total number of attempts, including the first.
    #[must_use]
    pub const fn max_attempts(&self) -> NonZeroU32 {
        self.max_attempts
    }

    /// Returns the longest backoff before jitter.
    #[must_use]
    pub const fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// Returns the number that is mixed into the jitter, if there is one.
    #[must_use]
    pub const fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Returns whether the waits are random.
    #[must_use]
    pub const fn has_jitter(&self) -> bool {
        self.has_jitter
    }

    /// The wait after attempt `attempt`, counted from 1. `random` is a number that other callers do not know.
    pub(crate) fn backoff(
        &self,
        class: RetryClass,
        attempt: u32,
        random: u64,
        requested: Option<Duration>,
    ) -> Duration {
        /// The most that a server can add to the wait.
        const MOST_ADDED: Duration = Duration::from_secs(5);
        let doublings = attempt.saturating_sub(1);
        let growth = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let bound = class.base().saturating_mul(growth).min(self.max_backoff);
        let wait = if self.has_jitter { fraction(bound, self.mix(random, attempt)) } else { bound };
        match requested {
            Some(requested) => requested.min(wait.saturating_add(MOST_ADDED)).max(wait),
            None => wait,
        }
    }

    /// Attempts within one second have the same signature. Their numbers tell them apart.
    fn mix(&self, random: u64, attempt: u32) -> u64 {
        // SplitMix64's finaliser, which spreads every bit to the upper ones.
        let finalise = |number: u64| {
            let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            number ^ (number >> 31)
        };
        let random = finalise(random.wrapping_add(STEP.wrapping_mul(attempt.into())));
        self.seed.map_or(random, |seed| finalise(random ^ finalise(seed.wrapping_add(STEP))))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

/// `random` / 2^64 of the duration.
fn fraction(of: Duration, random: u64) -> Duration {
    let nanoseconds = of.as_nanos().min(u128::from(u64::MAX)) * u128::from(random);
    Duration::from_nanos(u64::try_from(nanoseconds >> 64).unwrap_or(u64::MAX))
}

/// The reason for a retry. It decides the cost and the base of the backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// The server or the network failed, or the clock was corrected.
    Transient,
    /// The server asked for fewer requests.
    Throttling,
}

impl RetryClass {
    /// The class of an error response. `None` if a retry would lead to the same result. `modelled` lists the errors of the
    /// operation's model.
    pub(crate) fn of_response(code: Option<&str>, status: StatusCode, modelled: &[&str]) -> Option<Self> {
        let by_code = code.and_then(Code::find).and_then(|code| code.retry);
        match (by_code, status.as_u16()) {
            (Some(Self::Throttling), _) => Some(Self::Throttling),
            // A modelled error means what its name says, whatever the status.
            (_, 429) if !code.is_some_and(|code| modelled.contains(&code)) => Some(Self::Throttling),
            (Some(Self::Transient), _) | (None, 500 | 502..=504) => Some(Self::Transient),
            (None, _) => None,
        }
    }

    pub(crate) fn cost(self) -> u32 {
        match self {
            Self::Transient => 14,
            Self::Throttling => 5,
        }
    }

    fn base(self) -> Duration {
        match self {
            Self::Transient => Duration::from_millis(50),
            Self::Throttling => Duration::from_secs(1),
        }
    }
}

/// The wait that the server requests: `x-amz-retry-after` in milliseconds, then `Retry-After` in seconds or as a date.
///
/// A date is compared with `server_now` in seconds since 1970, or with the response's own `Date` if that is not known. Other
/// values are ignored.
///
/// Source: RFC 9110 section 10.2.3.
pub(crate) fn requested_wait(headers: &HeaderMap, server_now: Option<i64>) -> Option<Duration> {
    const X_AMZ_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let milliseconds = value(X_AMZ_RETRY_AFTER).and_then(whole_number).map(Duration::from_millis);
    milliseconds.or_else(|| {
        let retry_after = value(header::RETRY_AFTER)?;
        whole_number(retry_after).map(Duration::from_secs).or_else(|| {
            let date = unix_seconds(parse_http_date(retry_after)?);
            let response_date = || value(header::DATE).and_then(parse_http_date).map(unix_seconds);
            let seconds = date.saturating_sub(server_now.or_else(response_date)?);
            Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        })
    })
}

/// Digits alone, without sign, space or fraction. A number that is too large counts as the largest.
fn whole_number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// The budget of retries, which keeps clients from overloading a service in trouble. Clones of a hub share it.
#[derive(Debug)]
pub(crate) struct RetryQuota(AtomicU32);

impl RetryQuota {
    const CAPACITY: u32 = 500;
    /// The refund for a call that succeeds at once.
    const FIRST_ATTEMPT_REFUND: u32 = 1;

    pub(crate) fn available(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes the cost, and returns whether there was enough.
    pub(crate) fn take(&self, cost: u32) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |available| available.checked_sub(cost)).is_ok()
    }

    /// Returns the cost of a successful call's last retry, or a little if there was none.
    pub(crate) fn refund(&self, last_cost: Option<u32>) {
        let refund = last_cost.unwrap_or(Self::FIRST_ATTEMPT_REFUND);
        let refunded = |available: u32| {
            // A full quota, the usual case, is left alone: other threads need not see a write.
            (available < Self::CAPACITY).then(|| available.saturating_add(refund).min(Self::CAPACITY))
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refunded).ok();
    }
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self(AtomicU32::new(Self::CAPACITY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first five numbers of `SplitMix64` with seed 1234567, as other implementations publish them.
    const SPLIT_MIX: [u64; 5] = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];

    #[test]
    fn attempts_follow_split_mix() {
        let policy = RetryPolicy::standard();
        for (attempt, number) in (1..).zip(SPLIT_MIX) {
            assert_eq!(policy.mix(1_234_567, attempt), number);
        }
    }

    #[test]
    fn mixes_the_seed_in() {
        let [first, second, ..] = SPLIT_MIX;
        let seeded = RetryPolicy::standard().with_seed(1_234_567);
        assert_eq!(seeded.mix(1_234_567, 1), 0, "equal numbers cancel out, and 0 stays 0");
        assert_eq!(seeded.mix(1_234_567, 2), RetryPolicy::standard().mix((first ^ second).wrapping_sub(STEP), 1));
    }

    #[test]
    fn fractions_cover_the_whole_range() {
        let second = Duration::from_secs(1);
        for (random, expected) in [(0, 0), (1 << 63, 500_000_000), (1 << 61, 125_000_000), (u64::MAX, 999_999_999)] {
            assert_eq!(fraction(second, random), Duration::from_nanos(expected));
        }
        assert_eq!(fraction(Duration::MAX, u64::MAX), Duration::from_nanos(u64::MAX - 1));
    }
}
