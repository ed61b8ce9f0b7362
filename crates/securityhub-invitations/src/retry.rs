//! When to try again, how long to wait, and what it costs: AWS's standard retry behaviour, revision 2.1.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::{date, error::is_throttling_code};

/// How often a call is tried, and how long is waited between attempts.
///
/// The waits grow with the attempts: 50 ms, 100 ms, 200 ms … after transient failures, 1 s, 2 s, 4 s … after throttling, up
/// to [`max_backoff`](Self::max_backoff); the wait is a random part of that. Where the server names a time, in
/// `x-amz-retry-after` or `Retry-After`, the wait is as long as it asks, but at most 5 s longer than it would have been.
///
/// ```
/// use std::{num::NonZeroU32, time::Duration};
/// use securityhub_invitations::RetryPolicy;
///
/// let patient = RetryPolicy::standard()
///     .max_attempts(NonZeroU32::new(5).unwrap())
///     .max_backoff(Duration::from_secs(8));
/// assert_ne!(patient, RetryPolicy::default());
/// ```
///
/// Source: [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html) in the AWS SDKs
/// and Tools Reference Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: NonZeroU32,
    max_backoff: Duration,
    seed: Option<u64>,
    jitter: bool,
}

const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();

/// 2^64 over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl RetryPolicy {
    /// 3 attempts in all, backoff up to 20 s, with jitter. The default.
    #[must_use]
    pub const fn standard() -> Self {
        Self { max_attempts: THREE, max_backoff: Duration::from_secs(20), seed: None, jitter: true }
    }

    /// 1 attempt: nothing is tried again.
    #[must_use]
    pub const fn never() -> Self {
        Self { max_attempts: NonZeroU32::MIN, ..Self::standard() }
    }

    /// The number of attempts in all, the first one included. Default: 3.
    #[must_use]
    pub const fn max_attempts(self, max_attempts: NonZeroU32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The longest backoff, before jitter. Default: 20 s. A server that asks for more can have up to 5 s more.
    #[must_use]
    pub const fn max_backoff(self, max_backoff: Duration) -> Self {
        Self { max_backoff, ..self }
    }

    /// Mixes a number into the jitter. Without one it comes from the signature of the attempt that failed, and differs from
    /// caller to caller but where secret, second and body are all the same: a fleet of twins gives each its own seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Waits the whole backoff each time. For tests; many callers without jitter come back all at once.
    #[must_use]
    pub const fn without_jitter(self) -> Self {
        Self { jitter: false, ..self }
    }

    pub(crate) fn allows_another_after(&self, attempt: u32) -> bool {
        attempt < self.max_attempts.get()
    }

    /// The wait after the attempt of this number, counted from 1. `random` is any number that others do not know.
    pub(crate) fn backoff(
        &self,
        class: RetryClass,
        attempt: u32,
        random: u64,
        asked_for: Option<Duration>,
    ) -> Duration {
        const ASKED_FOR_AT_MOST_MORE: Duration = Duration::from_secs(5);
        let doublings = attempt.saturating_sub(1);
        let growth = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let bound = class.base().saturating_mul(growth).min(self.max_backoff);
        let wait = if self.jitter { fraction(bound, self.mixed(random, attempt)) } else { bound };
        match asked_for {
            Some(asked_for) => asked_for.min(wait.saturating_add(ASKED_FOR_AT_MOST_MORE)).max(wait),
            None => wait,
        }
    }

    /// Attempts within one second have one signature: their numbers tell them apart.
    fn mixed(&self, random: u64, attempt: u32) -> u64 {
        // SplitMix64's finaliser, so that every bit reaches the upper ones.
        let mix = |number: u64| {
            let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            number ^ (number >> 31)
        };
        let random = mix(random.wrapping_add(STEP.wrapping_mul(attempt.into())));
        self.seed.map_or(random, |seed| mix(random ^ mix(seed.wrapping_add(STEP))))
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

/// Why something is tried again: it decides the price and the base of the backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// The server or the way to it failed, or the clock was corrected.
    Transient,
    /// The server asked for fewer requests.
    Throttling,
}

impl RetryClass {
    /// `None` if the same request would come to the same.
    pub(crate) fn of_response(code: Option<&str>, status: StatusCode) -> Option<Self> {
        let code = code.unwrap_or_default();
        match status.as_u16() {
            _ if is_throttling_code(code) => Some(Self::Throttling),
            // Too many requests, but for an error of the operation's model, which means what its name says.
            429 if !is_modelled(code) => Some(Self::Throttling),
            _ if matches!(code, "RequestTimeout" | "RequestTimeoutException") => Some(Self::Transient),
            500 | 502..=504 => Some(Self::Transient),
            _ => None,
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

/// The errors that the API's model names for this operation. `LimitExceededException` is one too, and a throttling code.
fn is_modelled(code: &str) -> bool {
    matches!(
        code,
        "InternalException"
            | "InvalidAccessException"
            | "InvalidInputException"
            | "LimitExceededException"
            | "ResourceNotFoundException"
    )
}

/// How long the server asks to wait: `x-amz-retry-after` in milliseconds, else `Retry-After` in seconds or as a date, which
/// is compared with `server_now`. What is neither is ignored.
pub(crate) fn asked_for(headers: &HeaderMap, server_now: i64) -> Option<Duration> {
    const X_AMZ_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let milliseconds = text(X_AMZ_RETRY_AFTER).and_then(whole_number).map(Duration::from_millis);
    milliseconds.or_else(|| {
        let value = text(header::RETRY_AFTER)?;
        whole_number(value).map(Duration::from_secs).or_else(|| {
            let date: SystemTime = date::parse_http_date(value)?;
            let seconds = date::unix_seconds(date).saturating_sub(server_now);
            Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        })
    })
}

/// Digits alone: no sign, no space, no fraction. One that is too large is as good as the largest.
fn whole_number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// What retries are paid from, so that a service in trouble is not asked more and more: shared by all clones of a hub.
#[derive(Debug)]
pub(crate) struct RetryQuota(AtomicU32);

impl RetryQuota {
    const CAPACITY: u32 = 500;
    /// What a call that succeeds at once gives back.
    const FIRST_ATTEMPT_GAIN: u32 = 1;

    pub(crate) fn available(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether there was enough.
    pub(crate) fn take(&self, cost: u32) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |available| available.checked_sub(cost)).is_ok()
    }

    /// After a success: gives back what the last retry of the call cost, or a little if there was none.
    pub(crate) fn refund(&self, last_cost: Option<u32>) {
        let gain = last_cost.unwrap_or(Self::FIRST_ATTEMPT_GAIN);
        let gained = |available: u32| {
            // A full quota, the usual case, is left alone: clones on other threads need not see a write.
            (available < Self::CAPACITY).then(|| available.saturating_add(gain).min(Self::CAPACITY))
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, gained).ok();
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

    /// The first numbers that `SplitMix64` gives from 1234567 on, as they are published with other implementations.
    const SPLIT_MIX: [u64; 5] = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];

    #[test]
    fn attempts_are_numbers_of_split_mix() {
        let policy = RetryPolicy::standard();
        for (attempt, number) in (1..).zip(SPLIT_MIX) {
            assert_eq!(policy.mixed(1_234_567, attempt), number);
        }
    }

    #[test]
    fn a_seed_is_mixed_in_and_then_all_once_more() {
        let [first, second, ..] = SPLIT_MIX;
        let seeded = RetryPolicy::standard().seed(1_234_567);
        assert_eq!(seeded.mixed(1_234_567, 1), 0, "what is equal cancels out, and 0 stays 0");
        assert_eq!(seeded.mixed(1_234_567, 2), RetryPolicy::standard().mixed((first ^ second).wrapping_sub(STEP), 1));
    }

    #[test]
    fn a_fraction_is_of_the_whole_range() {
        let second = Duration::from_secs(1);
        for (random, expected) in [(0, 0), (1 << 63, 500_000_000), (1 << 61, 125_000_000), (u64::MAX, 999_999_999)] {
            assert_eq!(fraction(second, random), Duration::from_nanos(expected));
        }
        assert_eq!(fraction(Duration::MAX, u64::MAX), Duration::from_nanos(u64::MAX - 1));
    }
}
