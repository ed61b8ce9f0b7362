//! Injected faults for a fifth of the requests, determined by a seed, with outages in between.

use std::{
    array,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::StatusCode;
use securityhub_emulator::Fault;

/// The client's attempt timeout. A stalled emulator takes longer.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(250);
const STALL: Duration = Duration::from_millis(400);

/// A name and a fault.
type Kind = (&'static str, fn() -> Fault);

/// The kinds of faults. No confirmed error follows a request that took effect: such a response is false, and no ledger can
/// detect that. A 503 confirms nothing, so it may follow one.
const KINDS: [Kind; 10] = [
    ("throttled", || Fault::throttled().x_amz_retry_after("20")),
    ("unavailable", || Fault::html(StatusCode::SERVICE_UNAVAILABLE)),
    ("unavailable after processing", || Fault::empty(StatusCode::SERVICE_UNAVAILABLE).after_processing()),
    ("stalled before processing", || Fault::empty(StatusCode::SERVICE_UNAVAILABLE).delay(STALL)),
    ("stalled after processing", || Fault::none().delay(STALL)),
    ("closed before processing", || Fault::none().drop_before_response()),
    ("reset before processing", || Fault::none().reset_before_response()),
    ("closed after processing", || Fault::none().drop_before_response().after_processing()),
    ("cut short after processing", || Fault::none().body_cut_short(12)),
    ("reset in the answer after processing", || Fault::none().drop_mid_response(12)),
];

/// Of each 1,000 requests, 100 belong to an outage. Only outages use up a retry quota. With evenly spread faults, the
/// successes in between refund it. Both shares together are a fifth.
const OUTAGE: Range<u64> = 400..500;
const PERCENT_IN_OUTAGE: u64 = 75;
const PERCENT: u64 = 14;

/// The choice of faults, and the number of each kind.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    played: [AtomicU64; KINDS.len()],
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: mix(seed), played: array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Returns the fault for the request with this number, if it has one.
    pub(crate) fn next(&self, number: u64) -> Option<Fault> {
        let random = mix(self.seed ^ number);
        let percent = if OUTAGE.contains(&(number % 1_000)) { PERCENT_IN_OUTAGE } else { PERCENT };
        (random % 100 < percent).then(|| {
            let kind = usize::from((random >> 32).to_le_bytes()[0]) % KINDS.len();
            self.played[kind].fetch_add(1, Ordering::Relaxed);
            let (_, fault) = KINDS[kind];
            fault()
        })
    }

    /// Returns the number of faults of each kind.
    pub(crate) fn played(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.iter().zip(&self.played).map(|((name, _), played)| (*name, played.load(Ordering::Relaxed)))
    }
}

/// Maps a number to one that looks random, with the generator `SplitMix64`.
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::Faults;

    #[test]
    fn a_fifth_of_requests_meets_every_kind() {
        let faults = Faults::new(7);
        let count = (1..=10_000).filter(|&number| faults.next(number).is_some()).count();
        assert!((1_900..=2_100).contains(&count), "{count}");
        assert!(faults.played().all(|(_, played)| played > 150), "{faults:?}");
    }

    #[test]
    fn seed_determines_the_faults() {
        let numbers = |seed| {
            let faults = Faults::new(seed);
            (1..=100).filter(|&number| faults.next(number).is_some()).collect::<Vec<u64>>()
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }
}
