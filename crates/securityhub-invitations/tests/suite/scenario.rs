//! Drives a call against a scripted service, on a clock of its own, and writes down every wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use securityhub_invitations::{
    Call, Cause, DeleteInvitationsOutput, Error, Failure, Outcome, RetryPolicy, SecurityHub,
};
use time::UtcDateTime;

use crate::support::{header_of, hub, now, one_id, response};

/// A hub that waits the whole backoff each time, so that waits can be written down.
pub(crate) fn steady() -> SecurityHub {
    hub().with_retry_policy(RetryPolicy::standard().without_jitter())
}

pub(crate) fn steady_with_attempts(max_attempts: u32) -> SecurityHub {
    let policy = RetryPolicy::standard().without_jitter();
    hub().with_retry_policy(policy.max_attempts(max_attempts.try_into().unwrap()))
}

/// What comes of one request.
#[derive(Clone)]
pub(crate) struct Event {
    what: Result<Response<Vec<u8>>, Failure>,
    /// The `Date` of the response, relative to the middle of the round trip on the caller's clock.
    ahead: Option<i64>,
}

pub(crate) fn status(status: u16) -> Event {
    Event { what: Ok(response(status, &[], "")), ahead: None }
}

pub(crate) fn ok() -> Event {
    status(200)
}

pub(crate) fn error(status: u16, code: &str) -> Event {
    Event { what: Ok(response(status, &[("x-amzn-errortype", code)], "{}")), ahead: None }
}

pub(crate) fn failure(failure: Failure) -> Event {
    Event { what: Err(failure), ahead: None }
}

/// The same status for ever.
pub(crate) fn failing(with: u16) -> impl Iterator<Item = Event> {
    std::iter::repeat_with(move || status(with))
}

impl Event {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        let headers = self.what.as_mut().expect("a response").headers_mut();
        headers.append(name.parse::<HeaderName>().unwrap(), value);
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        *self.what.as_mut().expect("a response").body_mut() = body.into();
        self
    }

    /// With a `Date` by a clock that is so many seconds ahead of the caller's.
    pub(crate) fn ahead_by(self, seconds: i64) -> Self {
        Self { ahead: Some(seconds), ..self }
    }
}

/// One caller with a clock: the calls that it runs come one after the other.
pub(crate) struct Scenario {
    hub: SecurityHub,
    pub(crate) clock: SystemTime,
    pub(crate) round_trip: Duration,
}

/// What became of one call.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) waits: Vec<Duration>,
    pub(crate) requests: Vec<Request<Bytes>>,
    pub(crate) end: Result<DeleteInvitationsOutput, Ended>,
}

#[derive(Debug)]
pub(crate) enum Ended {
    Error(Error),
    Failure(Failure),
}

impl Scenario {
    pub(crate) fn of(hub: SecurityHub) -> Self {
        Self { hub, clock: now(), round_trip: Duration::ZERO }
    }

    /// Runs one call to its end. The events may be more than it takes, never fewer.
    pub(crate) fn run(&mut self, events: impl IntoIterator<Item = Event>) -> Run {
        self.run_call(self.hub.delete_invitations(one_id()), events, |call| call)
    }

    /// The same, with a change to the call between attempts.
    pub(crate) fn run_call(
        &mut self,
        mut call: Call,
        events: impl IntoIterator<Item = Event>,
        mut between: impl FnMut(Call) -> Call,
    ) -> Run {
        let (mut waits, mut requests) = (Vec::new(), Vec::new());
        let mut events = events.into_iter();
        let end = loop {
            let (request, in_flight) = call.sign(self.clock);
            requests.push(request);
            assert_eq!(in_flight.attempt() as usize, requests.len(), "attempts are counted from 1");
            let middle = self.clock + self.round_trip / 2;
            self.clock += self.round_trip;
            let event = events.next().expect("the call makes more attempts than the script has events");
            let retry = match event.what {
                Err(failure) => match in_flight.handle_failure(failure) {
                    Some(retry) => {
                        assert!(matches!(&retry.cause, Cause::Failure(cause) if *cause == failure));
                        retry
                    }
                    None => break Err(Ended::Failure(failure)),
                },
                Ok(mut response) => {
                    if let Some(ahead) = event.ahead {
                        let date = http_date(middle, ahead).parse().unwrap();
                        response.headers_mut().insert("date", date);
                    }
                    match in_flight.handle_response(&response, self.clock) {
                        Outcome::Done(result) => break result.map_err(Ended::Error),
                        Outcome::Retry(retry) => {
                            let Cause::Error(cause) = &retry.cause else { panic!("{:?}", retry.cause) };
                            assert_eq!(cause.status(), response.status());
                            assert_eq!(cause.attempts() as usize, requests.len());
                            assert!(cause.is_retryable(), "{cause}");
                            retry
                        }
                    }
                }
            };
            assert_eq!(retry.call.attempt() as usize, requests.len() + 1);
            waits.push(retry.after);
            self.clock += retry.after;
            call = between(retry.call);
        };
        Run { waits, requests, end }
    }
}

impl Run {
    pub(crate) fn attempts(&self) -> usize {
        self.requests.len()
    }

    /// The `x-amz-date` of every request.
    pub(crate) fn dates(&self) -> Vec<String> {
        self.requests.iter().map(|request| header_of(request, "x-amz-date")).collect()
    }

    pub(crate) fn output(self) -> DeleteInvitationsOutput {
        self.end.unwrap_or_else(|end| panic!("{end:?}"))
    }

    pub(crate) fn succeeds(self) {
        assert!(self.output().is_complete());
    }

    pub(crate) fn error(self) -> Error {
        match self.end {
            Err(Ended::Error(error)) => error,
            end => panic!("{end:?}"),
        }
    }

    pub(crate) fn failure(self) -> Failure {
        match self.end {
            Err(Ended::Failure(failure)) => failure,
            end => panic!("{end:?}"),
        }
    }
}

pub(crate) fn millis(waits: impl IntoIterator<Item = u64>) -> Vec<Duration> {
    waits.into_iter().map(Duration::from_millis).collect()
}

/// `ahead` seconds after `time`, as HTTP writes it: `Sun, 22 Nov 2026 20:37:05 GMT`.
pub(crate) fn http_date(time: SystemTime, ahead: i64) -> String {
    let seconds = i64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() + ahead;
    let date = UtcDateTime::from_unix_timestamp(seconds).unwrap();
    let (weekday, month) = (date.weekday().to_string(), date.month().to_string());
    let (hour, minute, second) = date.as_hms();
    let (day, year) = (date.day(), date.year());
    format!("{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT", &weekday[..3], &month[..3])
}
