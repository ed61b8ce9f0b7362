//! Any operations on three calls that share a quota and a clock: each step is what the specification says, by a model
//! that counts attempts, waits, quota and clock.
#![no_main]

use std::{
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::Request;
use libfuzzer_sys::fuzz_target;
use securityhub_invitations::{
    Call, Cause, Credentials, DeleteInvitations, Endpoint, ErrorKind, Failure, InFlight, Outcome, Retry, RetryPolicy,
    SecurityHub,
};
use securityhub_invitations_fuzz::{
    Class, KEY_ID, SECRET, basic_date,
    call::{ATTEMPTS, Answer, BACKOFFS, CALLS, LAST_SECOND, Operation, Setup, read},
    now,
};

fuzz_target!(|input: &[u8]| {
    let (setup, operations) = read(input);
    let mut world = World::new(setup);
    for operation in operations {
        world.apply(operation);
        let hub = &world.hubs[0];
        assert_eq!(hub.retry_quota(), world.quota, "{operation:?}");
        assert_eq!(hub.clock_offset(), world.offset, "{operation:?}");
    }
});

/// The calls, and beside them what the specification says of them.
struct World {
    hubs: Vec<SecurityHub>,
    input: DeleteInvitations,
    slots: [Slot; CALLS],
    max_attempts: u32,
    max_backoff: Duration,
    jitter: bool,
    correction: bool,
    clock: SystemTime,
    quota: u32,
    offset: i64,
}

enum Slot {
    Empty,
    Ready(Call, Counted),
    Waiting(InFlight, Counted, SystemTime),
}

/// What is counted of one call.
#[derive(Clone, Copy)]
struct Counted {
    attempt: u32,
    unanswered: u32,
    last_cost: Option<u32>,
}

impl World {
    fn new(setup: Setup) -> Self {
        let max_attempts = ATTEMPTS[usize::from(setup.attempts) % ATTEMPTS.len()];
        let max_backoff = match BACKOFFS[usize::from(setup.backoff) % BACKOFFS.len()] {
            u64::MAX => Duration::MAX,
            milliseconds => Duration::from_millis(milliseconds),
        };
        let flag = |n: u8| setup.flags >> n & 1 == 1;
        let (jitter, correction) = (!flag(0), !flag(2));
        let policy =
            RetryPolicy::standard().max_attempts(NonZeroU32::new(max_attempts).unwrap()).max_backoff(max_backoff);
        let policy = if jitter { policy } else { policy.without_jitter() };
        let policy = if flag(1) { policy.seed(u64::from(setup.flags)) } else { policy };
        let endpoint = Endpoint::regional(&"us-east-1".parse().unwrap()).unwrap();
        let hub = SecurityHub::new(endpoint, Credentials::new(KEY_ID, SECRET).unwrap())
            .with_retry_policy(policy)
            .with_clock_skew_correction(correction);
        let other = if flag(3) { hub.with_credentials(temporary()) } else { hub.clone() };
        Self {
            hubs: vec![hub, other],
            input: DeleteInvitations::new(["111122223333"]).unwrap(),
            slots: [const { Slot::Empty }; CALLS],
            max_attempts,
            max_backoff,
            jitter,
            correction,
            clock: now(),
            quota: 500,
            offset: 0,
        }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Advance(n) => self.advance(n),
            Operation::Cancel(n) => self.slots[n] = Slot::Empty,
            Operation::Rotate(n) => {
                if let Slot::Ready(call, counted) = std::mem::replace(&mut self.slots[n], Slot::Empty) {
                    self.slots[n] = Slot::Ready(call.with_credentials(temporary()), counted);
                }
            }
            Operation::Tick(step) => {
                let step_by = Duration::from_millis(step.unsigned_abs());
                let ticked = if step < 0 { self.clock.checked_sub(step_by) } else { self.clock.checked_add(step_by) };
                self.clock = ticked.unwrap_or(self.clock);
            }
            Operation::Fail(n, failure) => match std::mem::replace(&mut self.slots[n], Slot::Empty) {
                Slot::Waiting(in_flight, counted, _) => self.fail(n, in_flight, counted, failure),
                other => self.slots[n] = other,
            },
            Operation::Answer(n, answer) => match std::mem::replace(&mut self.slots[n], Slot::Empty) {
                Slot::Waiting(in_flight, counted, sent) => self.answer(n, in_flight, counted, sent, answer),
                other => self.slots[n] = other,
            },
        }
    }

    fn advance(&mut self, n: usize) {
        self.slots[n] = match std::mem::replace(&mut self.slots[n], Slot::Empty) {
            Slot::Empty => {
                let call = self.hubs[n % 2].delete_invitations(self.input.clone());
                Slot::Ready(call, Counted { attempt: 1, unanswered: 0, last_cost: None })
            }
            Slot::Ready(call, counted) => {
                assert_eq!(call.attempt(), counted.attempt);
                assert!(counted.attempt <= self.max_attempts);
                let (request, in_flight) = call.sign(self.clock);
                assert_eq!(in_flight.attempt(), counted.attempt);
                self.check_date(&request);
                Slot::Waiting(in_flight, counted, self.clock)
            }
            waiting => waiting,
        };
    }

    /// Every attempt has a date of its own: the caller's clock, corrected where that is wanted.
    fn check_date<B>(&self, request: &Request<B>) {
        let corrected = seconds(self.clock).saturating_add(if self.correction { self.offset } else { 0 });
        assert_eq!(request.headers()["x-amz-date"], basic_date(corrected.clamp(0, LAST_SECOND)).as_str());
    }

    fn fail(&mut self, n: usize, in_flight: InFlight, mut counted: Counted, failure: Failure) {
        counted.unanswered += u32::from(failure != Failure::NotSent);
        let retry = in_flight.handle_failure(failure);
        assert_eq!(retry.is_some(), self.can_pay(counted, Class::Transient));
        if let Some(retry) = retry {
            assert!(matches!(retry.cause, Cause::Failure(cause) if cause == failure));
            self.go_on(n, retry, counted, Class::Transient, None);
        }
    }

    fn answer(&mut self, n: usize, in_flight: InFlight, counted: Counted, sent: SystemTime, answer: Answer) {
        let received = seconds(self.clock);
        let response = answer.response(received);
        let skew = self.measured(&answer, sent);
        let outcome = in_flight.handle_response(&response, self.clock);
        if let Some(skew) = skew {
            // Rounded up: a Date has lost its fraction.
            self.offset = i64::try_from(-(-skew).div_euclid(1_000_000_000)).unwrap();
        }

        let is_success = (200..300).contains(&answer.status());
        if is_success && answer.is_well_formed() {
            let Outcome::Done(Ok(output)) = outcome else { panic!("{outcome:?} after {answer:?}") };
            assert_eq!((output.attempts(), output.unanswered_attempts()), (counted.attempt, counted.unanswered));
            self.quota = (self.quota + counted.last_cost.unwrap_or(1)).min(500);
            return;
        }
        let four_minutes = 240 * 1_000_000_000;
        let may_be_the_clock = [
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "AuthFailure",
            "RequestTimeTooSkewed",
            "AccessDeniedException",
        ];
        let by_clock = skew.is_some_and(|skew| skew.abs() > four_minutes)
            && answer.code().is_some_and(|code| may_be_the_clock.contains(&code));
        let class = if is_success {
            // That nothing was deleted twice is not known: a broken success is the end, whatever its headers say.
            Class::of(0, None)
        } else {
            Class::of(answer.status(), answer.code()).or(by_clock.then_some(Class::Transient))
        };
        let class_to_pay = class.filter(|class| self.can_pay(counted, *class));
        let error = match (&outcome, class_to_pay) {
            (Outcome::Done(Err(error)), None) => error,
            (Outcome::Retry(Retry { cause: Cause::Error(error), .. }), Some(_)) => error,
            _ => panic!("{outcome:?} after {answer:?}, and {class_to_pay:?} is paid from {}", self.quota),
        };
        assert_eq!(error.is_retryable(), class.is_some());
        assert_eq!((error.attempts(), error.unanswered_attempts()), (counted.attempt, counted.unanswered));
        assert_eq!(error.status(), answer.status());
        assert_eq!(error.kind() == ErrorKind::Malformed, is_success);
        assert_eq!(error.code(), answer.code().filter(|_| !is_success));
        if let (Outcome::Retry(retry), Some(class)) = (outcome, class_to_pay) {
            self.go_on(n, retry, counted, class, self.asked_for(&answer, received));
        }
    }

    fn can_pay(&self, counted: Counted, class: Class) -> bool {
        counted.attempt < self.max_attempts && self.quota >= class.cost()
    }

    fn go_on(&mut self, n: usize, retry: Retry, counted: Counted, class: Class, asked_for: Option<Duration>) {
        self.quota -= class.cost();
        let doubled = 2_u32.saturating_pow(counted.attempt - 1);
        let bound = class.base().saturating_mul(doubled).min(self.max_backoff);
        let wait = |backoff: Duration| {
            let at_most = backoff.saturating_add(Duration::from_secs(5));
            asked_for.map_or(backoff, |asked_for| asked_for.min(at_most).max(backoff))
        };
        let range = if self.jitter { wait(Duration::ZERO)..=wait(bound) } else { wait(bound)..=wait(bound) };
        assert!(range.contains(&retry.after), "{:?} is not in {range:?}", retry.after);
        let counted = Counted { attempt: counted.attempt + 1, last_cost: Some(class.cost()), ..counted };
        self.slots[n] = Slot::Ready(retry.call, counted);
    }

    /// The server's clock less the caller's in the middle of the round trip, in nanoseconds.
    fn measured(&self, answer: &Answer, sent: SystemTime) -> Option<i128> {
        let date = answer.date(seconds(self.clock)).filter(|_| self.correction && !answer.has_age())?;
        let round_trip = self.clock.duration_since(sent).ok()?;
        if round_trip > Duration::from_secs(15 * 60) {
            return None;
        }
        let half = i128::try_from(round_trip.as_nanos() / 2).unwrap();
        Some(i128::from(date) * 1_000_000_000 - (nanoseconds(sent) + half))
    }

    /// What the server asks for. `received` is the caller's clock.
    fn asked_for(&self, answer: &Answer, received: i64) -> Option<Duration> {
        if let Some(milliseconds) = answer.milliseconds() {
            return Some(Duration::from_millis(milliseconds));
        }
        if let Some(date) = answer.retry_date(received) {
            let server_now = received + if self.correction { self.offset } else { 0 };
            return Some(Duration::from_secs(u64::try_from(date - server_now).unwrap_or(0)));
        }
        match answer.seconds() {
            "3" => Some(Duration::from_secs(3)),
            seconds if seconds.starts_with('9') => Some(Duration::from_secs(u64::MAX)),
            _ => None,
        }
    }
}

fn temporary() -> Credentials {
    Credentials::new("ASIAEXAMPLE", "another").unwrap().with_session_token("token").unwrap()
}

/// Clamped to the years 1970–9999.
fn seconds(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap().min(LAST_SECOND)
}

fn nanoseconds(time: SystemTime) -> i128 {
    let fraction = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    i128::from(seconds(time)) * 1_000_000_000 + i128::from(fraction)
}
