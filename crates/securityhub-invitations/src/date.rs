//! Date formats: SigV4 timestamps, HTTP dates and RFC 3339. Nothing here reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;
use time::{Date, Month, UtcDateTime};

/// The last second of the year 9999. SigV4 writes years with four digits.
pub(crate) const LAST_SECOND: i64 = 253_402_300_799;

/// Seconds since 1970, clamped to the years 1970–9999.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(LAST_SECOND).min(LAST_SECOND)
}

/// The time of a signature: UTC, whole seconds, within the years 1970–9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SigningTime {
    /// Whole days since 1970.
    pub(crate) day: u32,
    /// Seconds since midnight.
    second: u32,
}

impl SigningTime {
    /// Returns the time `offset` seconds after `now`, rounded down and clamped to the years 1970–9999.
    pub(crate) fn at(now: SystemTime, offset: i64) -> Self {
        const A_DAY: i64 = 24 * 60 * 60;
        let seconds = unix_seconds(now).saturating_add(offset).clamp(0, LAST_SECOND);
        let small = |number| u32::try_from(number).expect("8029 years have fewer than 3 million days");
        Self { day: small(seconds / A_DAY), second: small(seconds % A_DAY) }
    }

    /// Formats the time as `20130524T000000Z`. `date` is the date of the day.
    pub(crate) fn timestamp(self, date: &DateStamp) -> Timestamp {
        let mut timestamp = *b"YYYYMMDDTHHMMSSZ";
        timestamp[..8].copy_from_slice(date);
        write_two_digits(&mut timestamp[9..11], self.second / 3600);
        write_two_digits(&mut timestamp[11..13], self.second / 60 % 60);
        write_two_digits(&mut timestamp[13..15], self.second % 60);
        timestamp
    }
}

/// A day in SigV4's format, `20130524`.
pub(crate) type DateStamp = [u8; 8];

/// A time in SigV4's format, `20130524T000000Z`.
pub(crate) type Timestamp = [u8; 16];

/// Formats the day of a [`SigningTime`].
pub(crate) fn date_stamp(day: u32) -> DateStamp {
    let seconds = i64::from(day) * 24 * 60 * 60;
    let date = UtcDateTime::from_unix_timestamp(seconds).expect("1970–9999 is within the calendar").date();
    let mut text = *b"YYYYMMDD";
    // The year has four digits, because a SigningTime is clamped.
    let year = date.year().unsigned_abs();
    write_two_digits(&mut text[0..2], year / 100);
    write_two_digits(&mut text[2..4], year);
    write_two_digits(&mut text[4..6], u8::from(date.month()).into());
    write_two_digits(&mut text[6..8], date.day().into());
    text
}

/// Writes the last two digits of the number.
fn write_two_digits(text: &mut [u8], number: u32) {
    const DIGITS: &[u8; 10] = b"0123456789";
    text[0] = DIGITS[(number / 10 % 10) as usize];
    text[1] = DIGITS[(number % 10) as usize];
}

/// Parses an HTTP-date in any of its three formats (RFC 9110 section 5.6.7), within the years 1970–9999.
///
/// A year of two digits is within 1970–2069. A wrong weekday and a leap second are invalid.
pub(crate) fn parse_http_date(date: &str) -> Option<SystemTime> {
    date.parse().ok().map(HttpDate::into)
}

/// Parses a date and time with an offset (RFC 3339 section 5.6), not before 1970.
///
/// As in ISO 8601, the colon in the offset is optional. Digits after the ninth of a fraction are ignored. The parser of `time` would
/// add 5 KB to the compressed npm package.
pub(crate) fn parse_rfc3339(date: &str) -> Option<SystemTime> {
    let mut rest = Digits(date.as_bytes());
    let (year, month, day) = (rest.number(4)?, rest.after(b'-')?.number(2)?, rest.after(b'-')?.number(2)?);
    let (hour, minute) = (rest.after(b'T')?.number(2)?, rest.after(b':')?.number(2)?);
    let second = rest.after(b':')?.number(2)?;
    let nanosecond = match rest.after(b'.') {
        Some(rest) => rest.fraction()?,
        None => 0,
    };
    let is_ahead = rest.after(b'+').is_some();
    let offset = if is_ahead || rest.after(b'-').is_some() {
        let hours = rest.number(2)?;
        rest.after(b':');
        let minutes = rest.number(2)?;
        (hours < 24 && minutes < 60).then_some(i64::from(hours * 60 + minutes) * 60)?
    } else {
        rest.after(b'Z')?;
        0
    };
    // Second 60 is a leap second.
    if !rest.0.is_empty() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let days = i64::from(date.to_julian_day()) - i64::from(UtcDateTime::UNIX_EPOCH.date().to_julian_day());
    let seconds = ((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let seconds = if is_ahead { seconds - offset } else { seconds + offset };
    UNIX_EPOCH.checked_add(Duration::new(u64::try_from(seconds).ok()?, nanosecond))
}

/// The rest of a date.
struct Digits<'d>(&'d [u8]);

impl Digits<'_> {
    /// Takes a number of exactly this length, at most 9 digits.
    fn number(&mut self, length: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    }

    /// Takes the digits after a decimal point as nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        let known = length.min(9);
        self.0 = rest;
        (length > 0).then_some(())?;
        let scale = 10_u32.pow(u32::try_from(9 - known).ok()?);
        Digits(digits).number(known).map(|number| number * scale)
    }

    /// Takes this separator, in upper or lower case.
    fn after(&mut self, separator: u8) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        if !first.eq_ignore_ascii_case(&separator) {
            return None;
        }
        self.0 = rest;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn timestamp(now: SystemTime, offset: i64) -> String {
        let time = SigningTime::at(now, offset);
        String::from_utf8(time.timestamp(&date_stamp(time.day)).to_vec()).unwrap()
    }

    #[test]
    fn timestamps_are_utc_without_fractions() {
        for (seconds, nanoseconds, expected) in [
            (0, 0, "19700101T000000Z"),
            (1_369_353_600, 0, "20130524T000000Z"),
            (1_795_379_825, 999_999_999, "20261122T203705Z"),
            (951_782_399, 0, "20000228T235959Z"),
            (951_782_400, 0, "20000229T000000Z"),
            (253_402_300_799, 0, "99991231T235959Z"),
        ] {
            let now = UNIX_EPOCH + Duration::new(seconds, nanoseconds);
            assert_eq!(timestamp(now, 0), expected);
            assert_eq!(date_stamp(SigningTime::at(now, 0).day), expected.as_bytes()[..8]);
        }
    }

    #[test]
    fn clamps_times_beyond_the_calendar() {
        assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(1), 0), "19700101T000000Z");
        assert_eq!(timestamp(at(253_402_300_800), 0), "99991231T235959Z");
        assert_eq!(timestamp(at(5), i64::MIN), "19700101T000000Z");
        assert_eq!(timestamp(at(5), i64::MAX), "99991231T235959Z");
    }

    #[test]
    fn parses_http_dates_in_three_formats() {
        for (date, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("Tue Nov 22 08:49:37 1994", 785_494_177),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
            ("Friday, 31-Dec-99 23:59:59 GMT", 946_684_799),
            ("Tuesday, 31-Dec-69 23:59:59 GMT", 3_155_759_999),
            ("Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_800),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(parse_http_date(date), Some(at(seconds)), "{date}");
        }
    }

    #[test]
    fn rejects_invalid_http_dates() {
        for date in [
            "",
            "0",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Thu, 31 Feb 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sat, 31 Dec 2016 23:59:60 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sat, 01 Jan 10000 00:00:00 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
            "Xxx, 06 Nov 1994 08:49:37 GMT",
            "2026-11-22T20:37:05Z",
            "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(date), None, "{date}");
        }
    }

    /// Every prefix, and every byte replaced: httpdate indexes into the string.
    #[test]
    fn mutilated_http_dates_cannot_panic() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Wednesday, 31-Dec-69 23:59:59 GMT", "Sun Nov  6 08:49:37 1994"] {
            for at in 0..=date.len() {
                parse_http_date(&date[..at]);
                for other in ["", " ", "0", "9", "~", "\u{0}", "é"] {
                    parse_http_date(&[&date[..at], other, date.get(at + 1..).unwrap_or_default()].concat());
                }
            }
        }
    }

    #[test]
    fn parses_rfc3339_with_fractions_and_offsets() {
        let moment = at(1_795_379_825);
        for date in [
            "2026-11-22T20:37:05Z",
            "2026-11-22t20:37:05z",
            "2026-11-22T20:37:05+00:00",
            "2026-11-22T20:37:05-0000",
            "2026-11-22T21:37:05+0100",
            "2026-11-22T15:07:05-05:30",
        ] {
            assert_eq!(parse_rfc3339(date), Some(moment), "{date}");
        }
        let offset = Duration::from_secs((23 * 60 + 59) * 60);
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05+23:59"), Some(moment - offset));
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05-23:59"), Some(moment + offset));
        let fraction = Duration::from_nanos(123_456_789);
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05.12345678912345678901Z"), Some(moment + fraction));
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05.5+0000"), Some(moment + Duration::from_millis(500)));
        let leap_second = parse_rfc3339("2016-12-31T23:59:60Z").unwrap();
        assert!((at(1_483_228_799)..=at(1_483_228_800)).contains(&leap_second));
        assert_eq!(parse_rfc3339("9999-12-31T23:59:59Z"), Some(at(253_402_300_799)));
    }

    #[test]
    fn rejects_invalid_rfc3339() {
        for date in [
            "",
            "2026-11-22",
            "2026-11-22T20:37:05",
            "2026-11-22 20:37:05Z",
            "2026-11-22T20:37:05.Z",
            "2026-11-22T20:37:05+1",
            "2026-11-22T20:37:05+1:00",
            "2026-11-22T20:37:05+01:0",
            "2026-11-22T20:37:05+01:000",
            "2026-11-22T20:37:05+24:00",
            "2026-11-22T20:37:05+01:60",
            "2026-11-22T20:37:05+",
            "2026-11-22T20:37:05Zé",
            "2026-13-22T20:37:05Z",
            "2026-02-29T20:37:05Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "0000-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:5é",
            "+026-11-22T20:37:05Z",
            "2026-11-22T20:37:05é",
            "2026-11-22T20:37é0100",
            "20é6-11-22T20:37:05Z",
            "1795379825",
        ] {
            assert_eq!(parse_rfc3339(date), None, "{date}");
        }
        // Beyond the calendar, but within what a SystemTime holds.
        parse_rfc3339("9999-12-31T23:59:59-23:59");
    }
}
