//! [`Timestamp`]: a time of day in UTC.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A time in UTC, to the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Times outside of the years 1970 to 9999 are cut off.
    pub(crate) fn new(time: SystemTime) -> Self {
        const LAST: i64 = 253_402_300_799;
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// The form for programs, for example `2026-11-25T17:43:51Z`.
    pub(crate) fn rfc3339(self) -> String {
        self.0.format(&Rfc3339).unwrap_or_default()
    }
}

/// The form for people, for example `2026-11-25 17:43:51 UTC`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        let (hour, minute, second) = time.as_hms();
        write!(f, "{date} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

/// The time from the first to the last event, for example `8 min 12 s`.
pub(crate) struct Elapsed(Duration);

impl Elapsed {
    pub(crate) fn between(started: SystemTime, last: SystemTime) -> Self {
        Self(last.duration_since(started).unwrap_or_default())
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
            (0, 0, seconds) => write!(f, "{seconds} s"),
            (0, minutes, seconds) => write!(f, "{minutes} min {seconds} s"),
            (hours, minutes, _) => write!(f, "{hours} h {minutes} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_for_people_and_programs() {
        let time = Timestamp::new(UNIX_EPOCH + Duration::from_millis(1_795_628_631_999));
        assert_eq!(time.to_string(), "2026-11-25 17:43:51 UTC");
        assert_eq!(time.rfc3339(), "2026-11-25T17:43:51Z");
        let elapsed = |seconds| Elapsed(Duration::from_secs(seconds)).to_string();
        assert_eq!([elapsed(59), elapsed(492), elapsed(7_260)], ["59 s", "8 min 12 s", "2 h 1 min"]);
    }

    #[test]
    fn cuts_off_times_out_of_range() {
        let far = UNIX_EPOCH + Duration::from_secs(u64::MAX / 4);
        assert_eq!(Timestamp::new(far).rfc3339(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::new(UNIX_EPOCH - Duration::from_secs(1)).rfc3339(), "1970-01-01T00:00:00Z");
    }
}
