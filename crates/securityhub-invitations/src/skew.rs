//! Clock skew: the difference between the service's clock and the caller's, measured from a response.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

use crate::date::{parse_http_date, unix_seconds};

/// What one response says of the caller's clock: server minus caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skew {
    nanoseconds: i128,
}

impl Skew {
    /// Beyond this a refused signature is the clock's fault.
    const TOLERATED: Duration = Duration::from_secs(4 * 60);
    /// A slower answer says too little of when the server wrote it.
    const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(15 * 60);

    /// The `Date` of a response less the middle of the time between sending and receiving, both read on the caller's clock.
    ///
    /// `None` if there is no valid `Date`, if a cache answered (`Age`), if the round trip took over 15 minutes, or if the
    /// caller's clock ran backwards meanwhile.
    pub(crate) fn measure(headers: &HeaderMap, sent: SystemTime, received: SystemTime) -> Option<Self> {
        if headers.contains_key(header::AGE) {
            return None;
        }
        let date = parse_http_date(headers.get(header::DATE)?.to_str().ok()?)?;
        let round_trip = received.duration_since(sent).ok()?;
        if round_trip > Self::LONGEST_ROUND_TRIP {
            return None;
        }
        let middle = nanoseconds(sent) + i128::from(round_trip_half(round_trip));
        Some(Self { nanoseconds: nanoseconds(date) - middle })
    }

    /// Whole seconds, rounded up: a `Date` has lost its fraction, so that a clock that is right measures 0.
    pub(crate) fn seconds(self) -> i64 {
        let seconds = -(-self.nanoseconds).div_euclid(1_000_000_000);
        i64::try_from(seconds).expect("the difference of two times within 1970–9999")
    }

    pub(crate) fn explains_a_refused_signature(self) -> bool {
        self.nanoseconds.unsigned_abs() > Self::TOLERATED.as_nanos()
    }
}

fn round_trip_half(round_trip: Duration) -> u64 {
    u64::try_from(round_trip.as_nanos() / 2).expect("a round trip of at most 15 minutes")
}

/// Nanoseconds since 1970, clamped to the years 1970–9999.
fn nanoseconds(time: SystemTime) -> i128 {
    let fraction = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    i128::from(unix_seconds(time)) * 1_000_000_000 + i128::from(fraction)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::date::LAST_SECOND;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn dated(date: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::DATE, HeaderValue::from_static(date))])
    }

    #[test]
    fn skew_is_measured_from_the_middle_of_the_round_trip() {
        let headers = dated("Sun, 06 Nov 1994 08:49:37 GMT");
        let skew = Skew::measure(&headers, at(784_111_770), at(784_111_774)).unwrap();
        assert_eq!(skew.seconds(), 5);
        let skew = Skew::measure(&headers, at(784_111_790), at(784_111_800)).unwrap();
        assert_eq!(skew.seconds(), -18);
        // Nearly a second late, since a Date has no fractions: this clock is right.
        let late = at(784_111_777) + Duration::from_millis(900);
        assert_eq!(Skew::measure(&headers, late, late).unwrap().seconds(), 0);
        // And this one is five minutes off either way, not a second less.
        let minutes = Duration::from_secs(300);
        for (now, expected) in [(late - minutes, 300), (late + minutes, -300)] {
            assert_eq!(Skew::measure(&headers, now, now).unwrap().seconds(), expected);
        }
    }

    #[test]
    fn skew_over_four_minutes_explains_a_refused_signature() {
        let headers = dated("Sun, 06 Nov 1994 08:49:37 GMT");
        let explains = |now| Skew::measure(&headers, now, now).unwrap().explains_a_refused_signature();
        assert!(!explains(at(784_111_777 - 240)));
        assert!(explains(at(784_111_777 - 241)));
        assert!(!explains(at(784_111_777 + 240)));
        assert!(explains(at(784_111_777 + 241)));
    }

    #[test]
    fn measurements_that_are_discarded() {
        let headers = dated("Sun, 06 Nov 1994 08:49:37 GMT");
        let now = at(784_111_777);
        assert!(Skew::measure(&headers, now, now + Duration::from_secs(900)).is_some());
        assert_eq!(Skew::measure(&headers, now, now + Duration::from_millis(900_001)), None);
        assert_eq!(Skew::measure(&headers, now, now - Duration::from_millis(1)), None);
        assert_eq!(Skew::measure(&HeaderMap::new(), now, now), None);
        assert_eq!(Skew::measure(&dated("yesterday"), now, now), None);
        let mut aged = headers.clone();
        aged.insert(header::AGE, HeaderValue::from_static("0"));
        assert_eq!(Skew::measure(&aged, now, now), None);
    }

    #[test]
    fn skew_is_bounded_at_the_ends_of_time() {
        let latest = dated("Fri, 31 Dec 9999 23:59:59 GMT");
        let earliest = dated("Thu, 01 Jan 1970 00:00:00 GMT");
        let before = UNIX_EPOCH - Duration::from_secs(1 << 40);
        let after = at(1 << 40);
        assert_eq!(Skew::measure(&latest, before, before).unwrap().seconds(), LAST_SECOND);
        assert_eq!(Skew::measure(&earliest, after, after).unwrap().seconds(), -LAST_SECOND);
    }
}
