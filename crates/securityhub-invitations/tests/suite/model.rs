//! A model of the service, the network and the clocks, and calls that run against it.
//!
//! The server has a state of its own: the invitations that exist, and a clock. It decides how it responds. After every step, the
//! model compares the core's reports with that state:
//!
//! - A certain verdict is true: a deleted invitation was deleted by this call, an unprocessed one was not.
//! - A call that reports no possible effect had none. The number of unconfirmed attempts is never too low.
//! - A call sends at most as many requests as its policy allows.
//! - Waits, quota and clock offset follow rules 9 and 10.
//!
//! Every decision comes from a function, so a search can try all of them, a seed can draw them, and a fuzzer can choose them. The file
//! needs only the core and `http`, so that a fuzz target can include it.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use securityhub_invitations::{
    Call, Cause, Credentials, DeleteInvitations, Endpoint, Failure, GiveUpReason, InFlight, Outcome, Retry,
    RetryPolicy, SecurityHub, Verdict,
};

/// The accounts of every call. All but the last one have an invitation.
const IDS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
/// 2026-11-22T20:37:05Z, in milliseconds.
const START: i64 = 1_795_379_825_000;
/// The difference, in milliseconds, up to which the server accepts a signature.
const ACCEPTED_SKEW: i64 = 300_000;

/// The conditions of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// The number of calls that can be in flight at the same time.
    pub(crate) calls: usize,
    pub(crate) max_attempts: u32,
    pub(crate) max_backoff: Duration,
    /// The retry quota at the start: 500, or at most 470.
    pub(crate) quota: u32,
    pub(crate) has_jitter: bool,
    pub(crate) corrects_clock: bool,
    /// The server's clock minus the caller's at the start, in milliseconds.
    pub(crate) server_ahead: i64,
    /// How often a clock can step or time can pass outside of waits.
    pub(crate) clock_steps: u32,
}

impl Setup {
    /// One call with the standard policy, clocks that agree, and no jitter.
    pub(crate) const STANDARD: Self = Self {
        calls: 1,
        max_attempts: 3,
        max_backoff: Duration::from_secs(20),
        quota: 500,
        has_jitter: false,
        corrects_clock: true,
        server_ahead: 0,
        clock_steps: 0,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Transient,
    Throttling,
}

impl Class {
    fn cost(self) -> u32 {
        if self == Self::Transient { 14 } else { 5 }
    }

    fn base(self) -> Duration {
        if self == Self::Transient { Duration::from_millis(50) } else { Duration::from_secs(1) }
    }
}

/// The end of a request, and what the rules say about it.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// The number of accounts that the server processes before the request ends.
    work: usize,
    reply: Reply,
    /// Rule 9: the class of the retry.
    retry: Option<Class>,
    /// Rule 9: whether the reply rules out that the attempt had an unreported effect.
    is_confirmed: bool,
    /// Rule 10: whether the code may be due to the clock.
    may_be_clock: bool,
    /// A header that requests a wait, and the wait.
    wait: Option<(&'static str, &'static str, Duration)>,
}

#[derive(Clone, Copy, Debug)]
enum Reply {
    /// A list of the accounts that the server did not process.
    Output,
    /// The same list, but its entries have lost their account ids.
    AnonymousOutput,
    /// The service's own error.
    Error(u16, &'static str),
    /// A page of a proxy or gateway, whose clock is wrong.
    Page(u16, &'static str),
    /// No response.
    Lost(Failure),
}

impl Fate {
    const fn new(work: usize, reply: Reply, retry: Option<Class>, is_confirmed: bool) -> Self {
        Self { work, reply, retry, is_confirmed, may_be_clock: false, wait: None }
    }

    const fn or_clock(self) -> Self {
        Self { may_be_clock: true, ..self }
    }

    const fn with_wait(self, name: &'static str, value: &'static str, wait: Duration) -> Self {
        Self { wait: Some((name, value, wait)), ..self }
    }

    fn is_from_service(&self) -> bool {
        matches!(self.reply, Reply::Output | Reply::AnonymousOutput | Reply::Error(..))
    }
}

const TRANSIENT: Option<Class> = Some(Class::Transient);
const THROTTLING: Option<Class> = Some(Class::Throttling);
const CONFIRMED: bool = true;
const UNCONFIRMED: bool = false;
const ALL: usize = IDS.len();

/// Every kind of end that the rules distinguish.
const FATES: &[Fate] = &[
    Fate::new(ALL, Reply::Output, None, CONFIRMED),
    Fate::new(1, Reply::Output, None, CONFIRMED),
    Fate::new(ALL, Reply::AnonymousOutput, None, CONFIRMED),
    Fate::new(0, Reply::Lost(Failure::NotSent), TRANSIENT, CONFIRMED),
    Fate::new(0, Reply::Lost(Failure::TimedOut), TRANSIENT, UNCONFIRMED),
    Fate::new(ALL, Reply::Lost(Failure::Interrupted), TRANSIENT, UNCONFIRMED),
    Fate::new(ALL, Reply::Page(504, "<html>"), TRANSIENT, UNCONFIRMED),
    Fate::new(ALL, Reply::Error(500, "InternalException"), TRANSIENT, UNCONFIRMED),
    Fate::new(0, Reply::Page(503, ""), TRANSIENT, UNCONFIRMED).with_wait("retry-after", "3", Duration::from_secs(3)),
    Fate::new(1, Reply::Error(400, "RequestTimeout"), TRANSIENT, UNCONFIRMED),
    Fate::new(ALL, Reply::Error(503, "ThrottlingException"), THROTTLING, UNCONFIRMED),
    Fate::new(0, Reply::Error(429, "TooManyRequestsException"), THROTTLING, CONFIRMED).with_wait(
        "x-amz-retry-after",
        "100000",
        Duration::from_secs(100),
    ),
    Fate::new(0, Reply::Page(429, ""), THROTTLING, UNCONFIRMED),
    Fate::new(0, Reply::Error(400, "InvalidInputException"), None, CONFIRMED),
    Fate::new(0, Reply::Error(403, "AccessDeniedException"), None, CONFIRMED).or_clock(),
    Fate::new(0, Reply::Error(403, "ExpiredTokenException"), None, CONFIRMED),
    Fate::new(0, Reply::Page(403, "<html>"), None, UNCONFIRMED),
    Fate::new(ALL, Reply::Page(408, ""), None, UNCONFIRMED),
    Fate::new(0, Reply::Page(302, ""), None, UNCONFIRMED),
    Fate::new(ALL, Reply::Page(200, ""), None, UNCONFIRMED),
    Fate::new(0, Reply::Page(200, r#"{"message":"Forbidden"}"#), None, UNCONFIRMED),
    Fate::new(1, Reply::Error(200, "AccessDeniedException"), None, UNCONFIRMED),
];

/// The service's response to a signature whose time is too far from its own.
const REJECTED: Fate = Fate::new(0, Reply::Error(403, "InvalidSignatureException"), None, CONFIRMED).or_clock();

/// The steps that the clocks can make.
#[derive(Clone, Copy, Debug)]
enum ClockStep {
    /// The caller's clock is set, by this many milliseconds.
    Caller(i64),
    /// The server's clock is set.
    Server(i64),
    /// Time passes for both.
    Both(i64),
}

const CLOCK_STEPS: &[ClockStep] = &[
    ClockStep::Caller(3_600_000),
    ClockStep::Caller(-3_600_000),
    ClockStep::Server(-200_000),
    ClockStep::Both(7_000),
    ClockStep::Both(901_000),
];

/// The model and the calls under test.
pub(crate) struct World {
    setup: Setup,
    hub: SecurityHub,
    slots: Vec<Slot>,
    /// The accounts whose invitation exists at the server.
    invited: BTreeSet<String>,
    /// The clocks, in milliseconds since 1970.
    caller: i64,
    server: i64,
    clock_steps: u32,
    quota: u32,
    offset: i64,
}

/// A call, with the facts that the model knows about it.
#[derive(Default)]
struct Slot {
    state: State,
    facts: Facts,
}

#[derive(Default)]
#[expect(clippy::large_enum_variant, reason = "a test moves few of them")]
enum State {
    #[default]
    Idle,
    Ready(Call),
    InFlight {
        in_flight: InFlight,
        request: Request<Bytes>,
        sent: i64,
        offset: i64,
    },
}

#[derive(Clone, Debug, Default)]
struct Facts {
    /// The requests of this call.
    attempts: u32,
    last_cost: Option<u32>,
    /// The unconfirmed attempts, with those of earlier calls for the same accounts that failed.
    unconfirmed: u32,
    /// Of these, the attempts that truly deleted something.
    silent_deletions: u32,
    /// The accounts whose invitation was deleted by this call, or by one whose count it continues.
    deleted: BTreeSet<String>,
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        let policy = RetryPolicy::standard()
            .with_max_attempts(NonZeroU32::new(setup.max_attempts).expect("at least one attempt"))
            .with_max_backoff(setup.max_backoff);
        let endpoint = Endpoint::regional(&"us-east-1".parse().expect("a region")).expect("an endpoint");
        let hub = SecurityHub::new(endpoint, credentials("AKIDEXAMPLE"))
            .with_retry_policy(if setup.has_jitter { policy } else { policy.without_jitter() })
            .with_clock_skew_correction(setup.corrects_clock);
        spend_quota(&hub, setup.quota);
        Self {
            setup,
            hub,
            slots: (0..setup.calls).map(|_| Slot::default()).collect(),
            invited: IDS[..IDS.len() - 1].iter().map(ToString::to_string).collect(),
            caller: START,
            server: START + setup.server_ahead,
            clock_steps: setup.clock_steps,
            quota: setup.quota,
            offset: 0,
        }
    }

    /// Makes one step. `choose(n)` returns a number below `n`.
    pub(crate) fn step(&mut self, choose: &mut dyn FnMut(usize) -> usize) {
        let clock_steps = if self.clock_steps == 0 { 0 } else { CLOCK_STEPS.len() };
        let actions: Vec<usize> = self
            .slots
            .iter()
            .map(|slot| if matches!(slot.state, State::InFlight { .. }) { FATES.len() } else { 1 })
            .collect();
        let mut action = choose(actions.iter().sum::<usize>() + clock_steps);
        for (n, count) in actions.into_iter().enumerate() {
            if action < count {
                self.advance(n, action);
                self.check_shared();
                return;
            }
            action -= count;
        }
        self.clock_steps -= 1;
        match CLOCK_STEPS[action] {
            ClockStep::Caller(by) => self.caller += by,
            ClockStep::Server(by) => self.server += by,
            ClockStep::Both(by) => self.pass(by),
        }
    }

    /// Returns whether every call has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot.state, State::Idle) && slot.facts.attempts > 0)
    }

    fn pass(&mut self, milliseconds: i64) {
        self.caller += milliseconds;
        self.server += milliseconds;
    }

    fn advance(&mut self, n: usize, action: usize) {
        let Slot { state, mut facts } = std::mem::take(&mut self.slots[n]);
        self.slots[n] = match state {
            State::Idle => {
                // Every second caller rotates its credentials, which changes nothing about quota and clock.
                let hub = if n.is_multiple_of(2) {
                    self.hub.clone()
                } else {
                    self.hub.with_credentials(credentials("AKIDOTHER"))
                };
                let call = hub.call(DeleteInvitations::new(IDS).expect("valid ids"));
                let call = call.with_unconfirmed_attempts(facts.unconfirmed);
                facts = Facts { attempts: 0, last_cost: None, ..facts };
                self.sign(call, facts)
            }
            State::Ready(call) => self.sign(call, facts),
            State::InFlight { in_flight, request, sent, offset } => {
                let flight = Flight { sent, offset };
                self.end(in_flight, &request, flight, facts, FATES[action])
            }
        };
    }

    fn sign(&mut self, call: Call, mut facts: Facts) -> Slot {
        assert_eq!(call.unconfirmed_attempts(), facts.unconfirmed);
        facts.attempts += 1;
        assert!(facts.attempts <= self.setup.max_attempts, "the policy allows no further request");
        assert_eq!(call.attempt(), facts.attempts);
        let (request, in_flight) = call.sign(time(self.caller));
        assert_eq!(in_flight.attempt(), facts.attempts);
        let state = State::InFlight { in_flight, request, sent: self.caller, offset: self.offset };
        Slot { state, facts }
    }

    /// Lets the server process the request, and reports the result to the call.
    fn end(&mut self, in_flight: InFlight, request: &Request<Bytes>, flight: Flight, facts: Facts, fate: Fate) -> Slot {
        let signed = signing_time(request);
        let is_accepted = (signed - self.server).abs() <= ACCEPTED_SKEW;
        let fate = if is_accepted || !fate.is_from_service() { fate } else { REJECTED };
        let work = if is_accepted { fate.work } else { 0 };

        let mut facts = facts;
        let (mut unprocessed, mut is_silent) = (Vec::new(), false);
        for (n, id) in requested_ids(request).into_iter().enumerate() {
            if n < work && self.invited.remove(&id) {
                is_silent = !fate.is_confirmed;
                facts.deleted.insert(id);
            } else {
                unprocessed.push(id);
            }
        }
        facts.unconfirmed += u32::from(!fate.is_confirmed);
        facts.silent_deletions += u32::from(is_silent);
        assert!(facts.silent_deletions <= facts.unconfirmed, "the model is wrong: a confirmed reply hides a deletion");

        let is_off = fate.is_from_service() && self.measure(flight);
        let class = fate.retry.or(if fate.may_be_clock && is_off { TRANSIENT } else { None });
        let paid = class.filter(|class| facts.attempts < self.setup.max_attempts && class.cost() <= self.quota);
        let retry = match fate.reply {
            Reply::Lost(failure) => self.report_failure(in_flight, failure, &facts),
            _ => self.report_response(in_flight, &self.response(&fate, &unprocessed), &facts, fate, class),
        };
        let is_retried = retry.is_some();
        assert_eq!(is_retried, paid.is_some(), "{fate:?}, {facts:?}, quota {}", self.quota);
        let (Some(retry), Some(class)) = (retry, paid) else {
            let is_success = matches!(fate.reply, Reply::Output | Reply::AnonymousOutput);
            if is_success {
                self.quota = (self.quota + facts.last_cost.unwrap_or(1)).min(500);
                return Slot { state: State::Idle, facts: Facts { attempts: facts.attempts, ..Facts::default() } };
            }
            return Slot { state: State::Idle, facts };
        };
        self.check_wait(&retry, class, facts.attempts, fate);
        self.quota -= class.cost();
        facts.last_cost = Some(class.cost());
        self.pass(i64::try_from(retry.after.as_millis()).expect("a short wait"));
        Slot { state: State::Ready(retry.call), facts }
    }

    /// Rule 10. Returns whether the clock explains a rejection.
    fn measure(&mut self, flight: Flight) -> bool {
        let round_trip = self.caller - flight.sent;
        if !self.setup.corrects_clock || !(0..=900_000).contains(&round_trip) {
            return false;
        }
        // A Date has no fraction of a second.
        let date = self.server.div_euclid(1000) * 1000;
        // Twice the milliseconds, because the middle of a round trip can be half of one.
        let twice = 2 * (date - flight.sent - flight.offset * 1000) - round_trip;
        self.offset = flight.offset - (-twice).div_euclid(2000);
        twice.abs() > 2 * 240_000
    }

    fn report_failure(&self, in_flight: InFlight, failure: Failure, facts: &Facts) -> Option<Retry> {
        match in_flight.handle_failure(failure) {
            Ok(retry) => {
                assert!(matches!(retry.cause, Cause::Failure(cause) if cause == failure));
                Some(retry)
            }
            Err(give_up) => {
                let has_attempts = facts.attempts < self.setup.max_attempts;
                let reason = if has_attempts { GiveUpReason::Quota } else { GiveUpReason::Attempts };
                assert_eq!(give_up.reason(), reason);
                assert_eq!((give_up.attempts(), give_up.unconfirmed_attempts()), (facts.attempts, facts.unconfirmed));
                assert!(give_up.may_have_taken_effect() || facts.deleted.is_empty(), "{give_up:?}, {facts:?}");
                None
            }
        }
    }

    fn report_response(
        &self,
        in_flight: InFlight,
        response: &Response<String>,
        facts: &Facts,
        fate: Fate,
        class: Option<Class>,
    ) -> Option<Retry> {
        let is_success = matches!(fate.reply, Reply::Output | Reply::AnonymousOutput);
        let (error, retry) = match in_flight.handle_response(response, time(self.caller)) {
            Outcome::Done(Ok(output)) => {
                assert!(is_success, "{fate:?} is not a success");
                assert_eq!(output.attempts(), Some(facts.attempts));
                assert_eq!(output.unconfirmed_attempts(), Some(facts.unconfirmed));
                let input = DeleteInvitations::new(IDS).expect("valid ids");
                let verdicts: Vec<_> = output.verdicts(&input).collect();
                assert!(verdicts.iter().map(|(id, _)| id.as_str()).eq(IDS), "one verdict for each id, in order");
                for (id, verdict) in verdicts {
                    let is_deleted = facts.deleted.contains(id.as_str());
                    match verdict {
                        Verdict::Done => assert!(is_deleted, "{id} was not deleted: {facts:?}"),
                        Verdict::NotProcessed(_) => assert!(!is_deleted, "{id} was deleted: {facts:?}"),
                        _ => assert!(facts.unconfirmed > 0 || matches!(fate.reply, Reply::AnonymousOutput)),
                    }
                }
                return None;
            }
            Outcome::Done(Err(error)) => (error, None),
            Outcome::Retry(retry) => {
                let Cause::Error(error) = retry.cause.clone() else { panic!("{:?}", retry.cause) };
                (error, Some(retry))
            }
        };
        assert!(!is_success, "{fate:?} is a success: {error}");
        assert_eq!(error.is_retryable(), class.is_some(), "{fate:?}: {error}");
        assert_eq!(error.is_confirmed(), fate.is_confirmed, "{fate:?}: {error}");
        assert_eq!(error.attempts(), Some(facts.attempts));
        assert_eq!(error.unconfirmed_attempts(), Some(facts.unconfirmed));
        assert!(error.may_have_taken_effect() || facts.deleted.is_empty(), "{error}, {facts:?}");
        assert_eq!(error.retry_after(), fate.wait.map(|(_, _, wait)| wait));
        retry
    }

    fn check_wait(&self, retry: &Retry, class: Class, attempt: u32, fate: Fate) {
        let growth = 2_u32.saturating_pow(attempt - 1);
        let bound = class.base().saturating_mul(growth).min(self.setup.max_backoff);
        let wait = |backoff: Duration| match fate.wait {
            Some((_, _, requested)) => requested.min(backoff + Duration::from_secs(5)).max(backoff),
            None => backoff,
        };
        let shortest = if self.setup.has_jitter { wait(Duration::ZERO) } else { wait(bound) };
        assert!((shortest..=wait(bound)).contains(&retry.after), "{:?} after {fate:?}", retry.after);
    }

    fn check_shared(&self) {
        assert_eq!(self.hub.retry_quota(), self.quota);
        assert_eq!(self.hub.clock_offset(), self.offset);
    }

    fn response(&self, fate: &Fate, unprocessed: &[String]) -> Response<String> {
        let entry = |id: &String| match fate.reply {
            Reply::AnonymousOutput => r#"{"ProcessingResult":"no"}"#.to_owned(),
            _ => format!(r#"{{"AccountId":"{id}","ProcessingResult":"no"}}"#),
        };
        let (status, code, body) = match fate.reply {
            Reply::Output | Reply::AnonymousOutput => {
                let entries: Vec<_> = unprocessed.iter().map(entry).collect();
                (200, None, format!(r#"{{"UnprocessedAccounts":[{}]}}"#, entries.join(",")))
            }
            Reply::Error(status, code) => (status, Some(code), r#"{"message":"no"}"#.to_owned()),
            Reply::Page(status, body) => (status, None, body.to_owned()),
            Reply::Lost(failure) => panic!("{failure:?} is not a response"),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status.try_into().expect("a status");
        // The clock of a proxy is more than two hours ahead.
        let date = if fate.is_from_service() { self.server } else { self.server + 7_777_000 };
        let headers = response.headers_mut();
        headers.insert("date", HeaderValue::try_from(http_date(date)).expect("ASCII"));
        if let Some(code) = code {
            headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
        }
        if let Some((name, value, _)) = fate.wait {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The caller's clock and the offset at the time when a request was signed.
#[derive(Clone, Copy)]
struct Flight {
    sent: i64,
    offset: i64,
}

fn credentials(key_id: &str) -> Credentials {
    Credentials::new(key_id, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").expect("valid credentials")
}

/// Pays for retries until the quota is `quota`.
fn spend_quota(hub: &SecurityHub, quota: u32) {
    let difference = hub.retry_quota() - quota;
    let most = difference / 14;
    let transient = (0..=most).rev().find(|n| (difference - 14 * n).is_multiple_of(5)).expect("a payable sum");
    let start = || {
        let policy = RetryPolicy::standard();
        hub.clone().with_retry_policy(policy).call(DeleteInvitations::new(IDS).expect("valid ids")).sign(time(START)).1
    };
    for _ in 0..transient {
        drop(start().handle_failure(Failure::NotSent));
    }
    let mut throttled = Response::new("");
    *throttled.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    while hub.retry_quota() > quota {
        drop(start().handle_response(&throttled, time(START)));
    }
}

fn time(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).expect("a time after 1970"))
}

fn requested_ids(request: &Request<Bytes>) -> Vec<String> {
    let body = String::from_utf8(request.body().to_vec()).expect("a JSON body");
    let strings = body.split('"').filter(|string| string.bytes().all(|byte| byte.is_ascii_digit()));
    strings.filter(|string| !string.is_empty()).map(str::to_owned).collect()
}

/// The time of `x-amz-date`, in milliseconds since 1970.
fn signing_time(request: &Request<Bytes>) -> i64 {
    let date = request.headers()["x-amz-date"].to_str().expect("ASCII");
    let number = |range: std::ops::Range<usize>| -> i64 { date[range].parse().expect("digits") };
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    let days = (1970..year).map(|year| 365 + i64::from(is_leap_year(year))).sum::<i64>()
        + (1..month).map(|month| days_of_month(year, month)).sum::<i64>()
        + day
        - 1;
    (((days * 24 + number(9..11)) * 60 + number(11..13)) * 60 + number(13..15)) * 1000
}

/// Writes a time as `Sun, 22 Nov 2026 20:37:05 GMT`.
fn http_date(milliseconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = milliseconds.div_euclid(1000);
    let (mut days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let weekday = DAYS[usize::try_from(days % 7).expect("a time after 1970")];
    let (mut year, mut month) = (1970, 1);
    while days >= 365 + i64::from(is_leap_year(year)) {
        days -= 365 + i64::from(is_leap_year(year));
        year += 1;
    }
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    let month = MONTHS[usize::try_from(month - 1).expect("a month")];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT", days + 1)
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap_year(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
