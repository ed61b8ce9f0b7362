//! Clock skew: the difference between the service's clock and the time that a request was signed with.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

use crate::date::{LAST_SECOND, parse_http_date, unix_seconds};

/// The skew that one response measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skew {
    /// The service's time minus the signed time, in microseconds.
    difference: i64,
    /// The seconds that were added to the caller's clock for the signature.
    offset_used: i64,
}

impl Skew {
    /// The largest difference with which the service still accepts a signature, with a minute to spare.
    const TOLERATED: Duration = Duration::from_secs(4 * 60);
    /// A slower response says too little about the time at which the service wrote its `Date`.
    const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(15 * 60);

    /// Compares the `Date` of a response with the middle of its round trip, corrected by the offset that the attempt used.
    ///
    /// `sent` and `received` are read on the caller's clock. Returns `None` in these cases:
    /// - there is no valid `Date`
    /// - the response has an `Age`, so a cache sent it
    /// - the round trip took over 15 minutes, or the caller's clock ran backwards meanwhile
    pub(crate) fn measure(
        headers: &HeaderMap,
        sent: SystemTime,
        received: SystemTime,
        offset_used: i64,
    ) -> Option<Self> {
        if headers.contains_key(header::AGE) {
            return None;
        }
        let date = parse_http_date(headers.get(header::DATE)?.to_str().ok()?)?;
        let round_trip = received.duration_since(sent).ok()?;
        if round_trip > Self::LONGEST_ROUND_TRIP {
            return None;
        }
        let offset_used = offset_used.clamp(-LAST_SECOND, LAST_SECOND);
        let middle = microseconds(sent) + signed(round_trip) / 2;
        let signed_time = middle + offset_used * MICROSECONDS_PER_SECOND;
        Some(Self { difference: microseconds(date) - signed_time, offset_used })
    }

    /// Returns whether clock skew can explain that the service rejected the signature.
    pub(crate) fn explains_rejection(self) -> bool {
        self.difference.abs() > signed(Self::TOLERATED)
    }

    /// Returns the offset for later signatures: whole seconds to add to the caller's clock.
    ///
    /// It is rounded up, because a `Date` has lost its fraction. A clock that is right measures 0.
    pub(crate) fn new_offset(self) -> i64 {
        let seconds = -(-self.difference).div_euclid(MICROSECONDS_PER_SECOND);
        (seconds + self.offset_used).clamp(-LAST_SECOND, LAST_SECOND)
    }
}

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// The duration in microseconds, rounded down and limited to 8,000 years.
fn signed(duration: Duration) -> i64 {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(LAST_SECOND).min(LAST_SECOND);
    seconds * MICROSECONDS_PER_SECOND + i64::from(duration.subsec_micros())
}

/// Microseconds since 1970, clamped to the years 1970–9999.
fn microseconds(time: SystemTime) -> i64 {
    let fraction = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_micros());
    unix_seconds(time) * MICROSECONDS_PER_SECOND + i64::from(fraction)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const DATE_SECONDS: u64 = 784_111_777;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn dated(date: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(date))])
    }

    fn measured(date: &'static str, now: SystemTime, offset_used: i64) -> Skew {
        Skew::measure(&dated(date), now, now, offset_used).unwrap()
    }

    #[test]
    fn measures_from_the_middle_of_the_round_trip() {
        let headers = dated(DATE);
        for (sent, received, expected) in [(-7, -3, 5), (13, 23, -18)] {
            let [sent, received] = [sent, received].map(|second| at(DATE_SECONDS.saturating_add_signed(second)));
            assert_eq!(Skew::measure(&headers, sent, received, 0).unwrap().new_offset(), expected);
        }
    }

    #[test]
    fn right_clock_measures_zero() {
        // A Date has no fraction, so it is almost a second behind.
        let late = at(DATE_SECONDS) + Duration::from_millis(900);
        assert_eq!(measured(DATE, late, 0).new_offset(), 0);
        let minutes = Duration::from_secs(300);
        assert_eq!(measured(DATE, late - minutes, 0).new_offset(), 300);
        assert_eq!(measured(DATE, late + minutes, 0).new_offset(), -300);
    }

    #[test]
    fn compensated_clock_is_not_blamed_again() {
        let skew = measured(DATE, at(DATE_SECONDS - 3600), 3600);
        assert_eq!((skew.difference, skew.new_offset()), (0, 3600));
        assert!(!skew.explains_rejection());
    }

    /// B1: the caller's clock was an hour behind, and is corrected once the offset has been learned.
    #[test]
    fn corrected_clock_is_accepted_at_once() {
        let learned = measured(DATE, at(DATE_SECONDS - 3600), 0);
        assert_eq!(learned.new_offset(), 3600);
        let skew = measured(DATE, at(DATE_SECONDS), learned.new_offset());
        assert_eq!(skew.difference, -3600 * MICROSECONDS_PER_SECOND);
        assert!(skew.explains_rejection());
        assert_eq!(skew.new_offset(), 0);
    }

    #[test]
    fn explains_rejections_beyond_four_minutes() {
        for offset in [0, 3600, -3600] {
            for (difference, expected) in [(240, false), (241, true), (-240, false), (-241, true)] {
                let now = at(DATE_SECONDS.saturating_add_signed(-offset - difference));
                assert_eq!(measured(DATE, now, offset).explains_rejection(), expected, "{offset} {difference}");
            }
        }
    }

    #[test]
    fn discards_unreliable_measurements() {
        let headers = dated(DATE);
        let now = at(DATE_SECONDS);
        assert!(Skew::measure(&headers, now, now + Duration::from_secs(900), 0).is_some());
        assert_eq!(Skew::measure(&headers, now, now + Duration::from_millis(900_001), 0), None);
        assert_eq!(Skew::measure(&headers, now, now - Duration::from_millis(1), 0), None);
        assert_eq!(Skew::measure(&HeaderMap::new(), now, now, 0), None);
        assert_eq!(Skew::measure(&dated("yesterday"), now, now, 0), None);
        let mut aged = headers.clone();
        aged.insert(header::AGE, HeaderValue::from_static("0"));
        assert_eq!(Skew::measure(&aged, now, now, 0), None);
    }

    #[test]
    fn offsets_stay_within_the_calendar() {
        let latest = "Fri, 31 Dec 9999 23:59:59 GMT";
        let earliest = "Thu, 01 Jan 1970 00:00:00 GMT";
        let before = UNIX_EPOCH - Duration::from_secs(1 << 40);
        for offset in [0, i64::MIN, i64::MAX, LAST_SECOND, -LAST_SECOND] {
            assert_eq!(measured(latest, before, offset).new_offset(), LAST_SECOND, "{offset}");
            assert_eq!(measured(earliest, at(1 << 40), offset).new_offset(), -LAST_SECOND, "{offset}");
            // The next honest response corrects the offset.
            assert_eq!(measured(DATE, at(DATE_SECONDS), offset).new_offset(), 0, "{offset}");
        }
    }
}
