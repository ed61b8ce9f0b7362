//! Seconds since 1970 and the formats of requests and responses.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, Weekday};

/// A point in time in whole seconds since 1970, by the service's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    /// 9999-12-31T23:59:59Z, the last second that all formats can express.
    const LAST: i64 = 253_402_300_799;

    /// Returns `now` plus `offset` seconds, clamped to the years 1970 to 9999.
    pub(crate) fn new(now: SystemTime, offset: i64) -> Self {
        let seconds = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(Self::LAST),
            Err(_) => 0,
        };
        Self(0).plus(seconds).plus(offset)
    }

    /// Returns the time this long after 1970, clamped to the years 1970 to 9999.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        Self(0).plus(seconds)
    }

    /// Adds seconds and clamps to the years 1970 to 9999.
    pub(crate) fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).clamp(0, Self::LAST))
    }

    /// Returns the seconds since 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.0
    }

    pub(crate) fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `20130524T000000Z`
    pub(crate) fn basic(self) -> String {
        let at = self.date_time();
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second) = at.to_hms();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// `2013-05-24T00:00:00.000Z`
    pub(crate) fn iso_8601(self) -> String {
        let at = self.date_time();
        let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
        let (hour, minute, second) = at.to_hms();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
    }

    /// `Fri, 24 May 2013 00:00:00 GMT`
    pub(crate) fn http_date(self) -> String {
        let at = self.date_time();
        let weekday = match at.weekday() {
            Weekday::Monday => "Mon",
            Weekday::Tuesday => "Tue",
            Weekday::Wednesday => "Wed",
            Weekday::Thursday => "Thu",
            Weekday::Friday => "Fri",
            Weekday::Saturday => "Sat",
            Weekday::Sunday => "Sun",
        };
        let (year, month, day) = (at.year(), MONTHS[usize::from(u8::from(at.month())) - 1], at.day());
        let (hour, minute, second) = at.to_hms();
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.clamp(0, Self::LAST)).expect("clamped to years that have dates")
    }

    pub(crate) fn from_basic(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        Self::from_parts(
            number(&bytes[..4])?,
            number(&bytes[4..6])?,
            number(&bytes[6..8])?,
            [number(&bytes[9..11])?, number(&bytes[11..13])?, number(&bytes[13..15])?],
        )
    }

    /// Also accepts the zones `+0000` and `-0000`, as in mail. The day of the week is not checked.
    pub(crate) fn from_http_date(text: &str) -> Option<Self> {
        let (_weekday, rest) = text.split_once(", ")?;
        let mut parts = rest.split(' ');
        let day = number(parts.next()?.as_bytes())?;
        let month = parts.next()?;
        let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month)?.1;
        let year = number(parts.next()?.as_bytes())?;
        let mut clock = parts.next()?.split(':').map(|part| number(part.as_bytes()));
        let time = [clock.next()??, clock.next()??, clock.next()??];
        let zone = parts.next()?;
        if clock.next().is_some() || parts.next().is_some() || !matches!(zone, "GMT" | "+0000" | "-0000") {
            return None;
        }
        Self::from_parts(year, month, day, time)
    }

    fn from_parts(year: u16, month: u16, day: u16, time: [u16; 3]) -> Option<Self> {
        let byte = |number: u16| u8::try_from(number).ok();
        let date = Date::from_calendar_date(year.into(), Month::try_from(byte(month)?).ok()?, byte(day)?).ok()?;
        let at = date.with_hms(byte(time[0])?, byte(time[1])?, byte(time[2])?).ok()?;
        Some(Self(at.assume_utc().unix_timestamp()))
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Parses 1 to 4 digits. `u16::from_str` would also accept a sign.
fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn formats_and_parses_dates() {
        for (seconds, basic, http) in [
            (0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_369_353_600, "20130524T000000Z", "Fri, 24 May 2013 00:00:00 GMT"),
            (1_709_251_199, "20240229T235959Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_795_379_825, "20261122T203705Z", "Sun, 22 Nov 2026 20:37:05 GMT"),
            (Moment::LAST, "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let moment = Moment(seconds);
            assert_eq!((moment.basic(), moment.http_date()), (basic.to_owned(), http.to_owned()));
            assert_eq!(Moment::from_basic(basic), Some(moment));
            assert_eq!(Moment::from_http_date(http), Some(moment));
            assert_eq!(Moment::from_http_date(&http.replace("GMT", "-0000")), Some(moment));
        }
    }

    #[test]
    fn formats_iso_8601() {
        assert_eq!(Moment::from_seconds(1_795_379_825).iso_8601(), "2026-11-22T20:37:05.000Z");
    }

    #[test]
    fn rejects_invalid_dates() {
        for text in [
            "",
            "201",
            "20261122T203705",
            "20261122t203705Z",
            "2026-11-22T20:37:05Z",
            "20261322T203705Z",
            "+0261122T203705Z",
            "20260230T203705Z",
            "20261122T243705Z",
            "éééééééé",
        ] {
            assert_eq!(Moment::from_basic(text), None, "{text}");
        }
        for text in [
            "",
            "Sun, 22 Nov 2026",
            "Sun, 22 nov 2026 20:37:05 GMT",
            "Sun, 22 Nov 2026 20:37:05 CET",
            "Sun, 22 Nov 2026 20:37:05:09 GMT",
            "Sun, 22 Nov 2026 20:37:05 GMT x",
            "Sun, 31 Feb 2026 20:37:05 GMT",
        ] {
            assert_eq!(Moment::from_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn clamps_extreme_clocks() {
        assert_eq!(Moment::new(UNIX_EPOCH - Duration::from_secs(5), 3), Moment(3));
        assert_eq!(Moment::new(UNIX_EPOCH, i64::MIN), Moment(0));
        assert_eq!(Moment::new(UNIX_EPOCH + Duration::from_secs(1 << 60), i64::MAX), Moment(Moment::LAST));
    }
}
