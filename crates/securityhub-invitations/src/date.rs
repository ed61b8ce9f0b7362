//! Date formats: SigV4 timestamps, HTTP dates and RFC 3339. Nothing here reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{Date, Month, Time, UtcDateTime};

/// The last second that SigV4's four digits for the year can write, 9999-12-31T23:59:59Z.
pub(crate) const LAST_SECOND: i64 = 253_402_300_799;

/// Seconds since 1970, clamped to the years 1970–9999.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(LAST_SECOND).min(LAST_SECOND)
}

/// A time to sign for: UTC, whole seconds, fractions cut off, within the years 1970–9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SigningTime {
    /// Whole days since 1970.
    pub(crate) day: u32,
    /// Seconds since midnight.
    second: u32,
}

impl SigningTime {
    /// `offset` seconds after `now`, clamped to the years 1970–9999.
    pub(crate) fn at(now: SystemTime, offset: i64) -> Self {
        const A_DAY: i64 = 24 * 60 * 60;
        let seconds = unix_seconds(now).saturating_add(offset).clamp(0, LAST_SECOND);
        let small = |number| u32::try_from(number).expect("8029 years have fewer than 3 million days");
        Self { day: small(seconds / A_DAY), second: small(seconds % A_DAY) }
    }

    /// `20130524T000000Z`. The date is the day's.
    pub(crate) fn timestamp(self, date: &DateStamp) -> Timestamp {
        let mut text = *b"YYYYMMDDTHHMMSSZ";
        text[..8].copy_from_slice(date);
        write_two_digits(&mut text[9..11], self.second / 3600);
        write_two_digits(&mut text[11..13], self.second / 60 % 60);
        write_two_digits(&mut text[13..15], self.second % 60);
        text
    }
}

/// A day as SigV4 writes it, `20130524`.
pub(crate) type DateStamp = [u8; 8];

/// A time as SigV4 writes it, `20130524T000000Z`.
pub(crate) type Timestamp = [u8; 16];

/// The date of a [`SigningTime`]'s day.
pub(crate) fn date_stamp(day: u32) -> DateStamp {
    let seconds = i64::from(day) * 24 * 60 * 60;
    let date = UtcDateTime::from_unix_timestamp(seconds).expect("1970–9999 is within the calendar").date();
    let mut text = *b"YYYYMMDD";
    // The year has four digits: the clamp sees to it.
    let year = date.year().unsigned_abs();
    write_two_digits(&mut text[0..2], year / 100);
    write_two_digits(&mut text[2..4], year);
    write_two_digits(&mut text[4..6], u8::from(date.month()).into());
    write_two_digits(&mut text[6..8], date.day().into());
    text
}

/// The last two.
fn write_two_digits(text: &mut [u8], number: u32) {
    const DIGITS: &[u8; 10] = b"0123456789";
    text[0] = DIGITS[(number / 10 % 10) as usize];
    text[1] = DIGITS[(number % 10) as usize];
}

/// An HTTP-date in any of its three formats (RFC 9110 section 5.6.7). A year of two digits lies in 1970–2069.
pub(crate) fn parse_http_date(text: &str) -> Option<SystemTime> {
    let mut parts = [""; 6];
    let mut count = 0;
    for part in text.split([' ', ',', '-']).filter(|part| !part.is_empty()) {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let (day, month, year, time) = match parts[..count] {
        // Sun, 06 Nov 1994 08:49:37 GMT, and Sunday, 06-Nov-94 08:49:37 GMT
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let weekday = parts[0].get(..3)?;
    if !["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&weekday) {
        return None;
    }
    let year = match (year.len(), number(year)?) {
        (2, year @ 70..) => 1900 + year,
        (2, year) => 2000 + year,
        (4, year) => year,
        _ => return None,
    };
    let month = match month {
        "Jan" => Month::January,
        "Feb" => Month::February,
        "Mar" => Month::March,
        "Apr" => Month::April,
        "May" => Month::May,
        "Jun" => Month::June,
        "Jul" => Month::July,
        "Aug" => Month::August,
        "Sep" => Month::September,
        "Oct" => Month::October,
        "Nov" => Month::November,
        "Dec" => Month::December,
        _ => return None,
    };
    let mut clock = time.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    if clock.next().is_some() {
        return None;
    }
    let seconds = seconds_of(year, month, number(day)?, number(hour)?, number(minute)?, number(second)?)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// A date and time with its offset (RFC 3339 section 5.6; the colon in the offset may be missing), not before 1970.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    let separators = [(4, b"--"), (7, b"--"), (10, b"Tt"), (13, b"::"), (16, b"::")];
    if separators.iter().any(|&(at, either)| !bytes.get(at).is_some_and(|byte| either.contains(byte))) {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(text.get(5..7)?)?).ok()?).ok()?;
    let seconds = seconds_of(
        number(text.get(0..4)?)?,
        month,
        number(text.get(8..10)?)?,
        number(text.get(11..13)?)?,
        number(text.get(14..16)?)?,
        number(text.get(17..19)?)?,
    )?;
    let (nanoseconds, offset) = match text.get(19..)?.strip_prefix('.') {
        None => (0, text.get(19..)?),
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, offset) = rest.split_at(length);
            // Nine digits are a nanosecond; further ones are cut off.
            let nanoseconds = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
            let nanoseconds = nanoseconds.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            ((length > 0).then_some(nanoseconds)?, offset)
        }
    };
    let offset_seconds = match offset {
        "Z" | "z" => 0,
        _ => {
            let (sign, digits) = match offset.split_at_checked(1)? {
                ("+", digits) => (1, digits),
                ("-", digits) => (-1, digits),
                _ => return None,
            };
            let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
            if hours.len() != 2 || minutes.len() != 2 {
                return None;
            }
            let (hours, minutes) = (number(hours)?, number(minutes)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            sign * i64::from(hours * 60 + minutes) * 60
        }
    };
    let since = Duration::new(u64::try_from(seconds - offset_seconds).ok()?, nanoseconds);
    UNIX_EPOCH.checked_add(since)
}

/// Seconds since 1970, if there is such a day and time. A leap second counts as the second before it.
fn seconds_of(year: u32, month: Month, day: u32, hour: u32, minute: u32, second: u32) -> Option<i64> {
    let byte = |number: u32| u8::try_from(number).ok();
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, byte(day)?).ok()?;
    let second = if second == 60 { 59 } else { second };
    let time = Time::from_hms(byte(hour)?, byte(minute)?, byte(second)?).ok()?;
    Some(UtcDateTime::new(date, time).unix_timestamp())
}

/// One to nine ASCII digits.
fn number(digits: &str) -> Option<u32> {
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
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
    fn timestamps_are_utc_with_fractions_cut_off() {
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
    fn the_ends_of_time_are_clamped() {
        assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(1), 0), "19700101T000000Z");
        assert_eq!(timestamp(at(253_402_300_800), 0), "99991231T235959Z");
        assert_eq!(timestamp(at(5), i64::MIN), "19700101T000000Z");
        assert_eq!(timestamp(at(5), i64::MAX), "99991231T235959Z");
    }

    #[test]
    fn http_dates_in_their_three_formats() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse_http_date(text), Some(at(784_111_777)), "{text}");
        }
        assert_eq!(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), Some(at(1_483_228_799)));
        assert_eq!(parse_http_date("Friday, 31-Dec-99 23:59:59 GMT"), Some(at(946_684_799)));
        assert_eq!(parse_http_date("Tuesday, 31-Dec-69 23:59:59 GMT"), Some(at(3_155_759_999)));
    }

    #[test]
    fn http_dates_of_every_month() {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        for (number, name) in (1..).zip(names) {
            let date = parse_http_date(&format!("Sun, 06 {name} 1994 08:49:37 GMT"));
            assert_eq!(date, parse_rfc3339(&format!("1994-{number:02}-06T08:49:37Z")), "{name}");
            assert!(date.is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_no_http_date() {
        for text in [
            "",
            "0",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Xxx, 06 Nov 1994 08:49:37 GMT",
            "2026-11-22T20:37:05Z",
            "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn rfc_3339_with_fractions_and_offsets() {
        let moment = at(1_795_379_825);
        for text in [
            "2026-11-22T20:37:05Z",
            "2026-11-22t20:37:05z",
            "2026-11-22T20:37:05+00:00",
            "2026-11-22T21:37:05+0100",
            "2026-11-22T15:07:05-05:30",
        ] {
            assert_eq!(parse_rfc3339(text), Some(moment), "{text}");
        }
        let offset = Duration::from_secs((23 * 60 + 59) * 60);
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05+23:59"), Some(moment - offset));
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05-23:59"), Some(moment + offset));
        let fraction = Duration::from_nanos(123_456_789);
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05.1234567891Z"), Some(moment + fraction));
        assert_eq!(parse_rfc3339("2026-11-22T20:37:05.5Z"), Some(moment + Duration::from_millis(500)));
    }

    #[test]
    fn what_is_no_rfc_3339() {
        for text in [
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
            "2026-11-22T20:37:05Zé",
            "2026-13-22T20:37:05Z",
            "2026-02-29T20:37:05Z",
            "1969-12-31T23:59:59Z",
            "+026-11-22T20:37:05Z",
            "2026-11-22T20:37:05é",
            "20é6-11-22T20:37:05Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
