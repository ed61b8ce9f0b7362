//! Runs a call against scripted responses, on a clock of its own, and records every wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use securityhub_invitations::{
    Call, Cause, DeleteInvitations, DeleteInvitationsOutput, Error, Failure, GiveUp, Operation, Outcome, RetryPolicy,
    SecurityHub,
};
use time::UtcDateTime;

use crate::support::{header_of, hub, now, one_id, response};

/// Returns a hub without jitter, so that waits can be compared.
pub(crate) fn steady() -> SecurityHub {
    hub().with_retry_policy(RetryPolicy::standard().without_jitter())
}

pub(crate) fn steady_with_attempts(max_attempts: u32) -> SecurityHub {
    let policy = RetryPolicy::standard().without_jitter();
    hub().with_retry_policy(policy.with_max_attempts(max_attempts.try_into().unwrap()))
}

/// The result of one request.
#[derive(Clone)]
pub(crate) struct Event {
    result: Result<Response<Vec<u8>>, Failure>,
    /// The `Date` of the response in seconds, relative to the middle of the round trip on the caller's clock.
    ahead: Option<i64>,
}

/// A response with an empty body and without an error code.
pub(crate) fn status(status: u16) -> Event {
    Event { result: Ok(response(status, &[], "")), ahead: None }
}

/// A successful response that lists nothing.
pub(crate) fn ok() -> Event {
    status(200).body("{}")
}

pub(crate) fn error(status: u16, code: &str) -> Event {
    Event { result: Ok(response(status, &[("x-amzn-errortype", code)], "{}")), ahead: None }
}

pub(crate) fn failure(failure: Failure) -> Event {
    Event { result: Err(failure), ahead: None }
}

/// Repeats the same status without end.
pub(crate) fn failing(with: u16) -> impl Iterator<Item = Event> {
    std::iter::repeat_with(move || status(with))
}

impl Event {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        let headers = self.result.as_mut().expect("a response").headers_mut();
        headers.append(name.parse::<HeaderName>().unwrap(), value);
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        *self.result.as_mut().expect("a response").body_mut() = body.into();
        self
    }

    /// Adds a `Date` of a clock that is this many seconds ahead of the caller's.
    pub(crate) fn ahead_by(self, seconds: i64) -> Self {
        Self { ahead: Some(seconds), ..self }
    }
}

/// A caller with a clock. Its calls run one after the other.
pub(crate) struct Scenario {
    hub: SecurityHub,
    pub(crate) clock: SystemTime,
    pub(crate) round_trip: Duration,
}

/// The requests and the result of one call.
#[derive(Debug)]
pub(crate) struct Run<O: Operation = DeleteInvitations> {
    pub(crate) waits: Vec<Duration>,
    pub(crate) requests: Vec<Request<Bytes>>,
    pub(crate) end: Result<O::Output, Ended>,
}

#[derive(Debug)]
pub(crate) enum Ended {
    Error(Error),
    GiveUp(GiveUp),
}

impl Scenario {
    pub(crate) fn of(hub: SecurityHub) -> Self {
        Self { hub, clock: now(), round_trip: Duration::ZERO }
    }

    /// Runs one call to its end. There can be more events than the call needs, but not fewer.
    pub(crate) fn run(&mut self, events: impl IntoIterator<Item = Event>) -> Run {
        self.run_call(self.hub.call(one_id()), events, |call| call)
    }

    /// Runs a call, with a change to it between attempts.
    pub(crate) fn run_call<O: Operation>(
        &mut self,
        mut call: Call<O>,
        events: impl IntoIterator<Item = Event>,
        mut between: impl FnMut(Call<O>) -> Call<O>,
    ) -> Run<O> {
        let (mut waits, mut requests) = (Vec::new(), Vec::new());
        let mut events = events.into_iter();
        let end = loop {
            let (request, in_flight) = call.sign(self.clock);
            requests.push(request);
            assert_eq!(in_flight.attempt() as usize, requests.len());
            let middle = self.clock + self.round_trip / 2;
            self.clock += self.round_trip;
            let event = events.next().expect("the script has an event for each attempt");
            let retry = match event.result {
                Err(failure) => match in_flight.handle_failure(failure) {
                    Ok(retry) => {
                        assert!(matches!(&retry.cause, Cause::Failure(cause) if *cause == failure));
                        retry
                    }
                    Err(give_up) => break Err(Ended::GiveUp(give_up)),
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
                            assert_eq!(cause.attempts().map(|attempts| attempts as usize), Some(requests.len()));
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

impl<O: Operation> Run<O> {
    pub(crate) fn attempts(&self) -> usize {
        self.requests.len()
    }

    /// Returns the `x-amz-date` of every request.
    pub(crate) fn dates(&self) -> Vec<String> {
        self.requests.iter().map(|request| header_of(request, "x-amz-date")).collect()
    }

    pub(crate) fn output(self) -> O::Output {
        self.end.unwrap_or_else(|end| panic!("{end:?}"))
    }

    pub(crate) fn error(self) -> Error {
        match self.end {
            Err(Ended::Error(error)) => error,
            end => panic!("{end:?}"),
        }
    }

    pub(crate) fn give_up(self) -> GiveUp {
        match self.end {
            Err(Ended::GiveUp(give_up)) => give_up,
            end => panic!("{end:?}"),
        }
    }
}

impl Run {
    pub(crate) fn succeeds(self) {
        let output: DeleteInvitationsOutput = self.output();
        assert!(output.is_complete());
    }
}

pub(crate) fn millis(waits: impl IntoIterator<Item = u64>) -> Vec<Duration> {
    waits.into_iter().map(Duration::from_millis).collect()
}

/// Writes the time `ahead` seconds after `time` as HTTP does: `Sun, 22 Nov 2026 20:37:05 GMT`.
pub(crate) fn http_date(time: SystemTime, ahead: i64) -> String {
    let seconds = i64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() + ahead;
    let date = UtcDateTime::from_unix_timestamp(seconds).unwrap();
    let (weekday, month) = (date.weekday().to_string(), date.month().to_string());
    let (hour, minute, second) = date.as_hms();
    let (day, year) = (date.day(), date.year());
    format!("{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT", &weekday[..3], &month[..3])
}
