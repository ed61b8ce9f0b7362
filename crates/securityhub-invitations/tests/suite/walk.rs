//! Every way in which calls can go, up to six outcomes: walked to the end, and each step held against the rules.
//!
//! One call is walked sequence by sequence. Two calls on one hub, both in flight at a time, are walked state by
//! state: a state that was reached in another way before is not walked again. The numbers of states and steps are
//! part of the tests, so that a walk that became shorter is noticed.

use std::{collections::BTreeSet, time::Duration};

use http::Response;
use securityhub_invitations::{Call, Cause, ErrorKind, Failure, InFlight, Outcome, Retry, RetryPolicy, SecurityHub};

use crate::{
    scenario::http_date,
    support::{hub, now, one_id, response},
};

const LONGEST: u32 = 6;
/// So far is the server's clock ahead where a signature is refused for it.
const SKEW: i64 = 600;

/// What can come of a request: one of each kind that the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Success,
    Malformed,
    Refused,
    Unavailable,
    Throttled,
    Skewed,
    NotSent,
    Interrupted,
}

const ALL: [Event; 8] = [
    Event::Success,
    Event::Malformed,
    Event::Refused,
    Event::Unavailable,
    Event::Throttled,
    Event::Skewed,
    Event::NotSent,
    Event::Interrupted,
];

impl Event {
    /// The price of a retry and the first wait; `None` is the end.
    fn price(self) -> Option<(u32, Duration)> {
        match self {
            Self::Success | Self::Malformed | Self::Refused => None,
            Self::Throttled => Some((5, Duration::from_secs(1))),
            Self::Unavailable | Self::Skewed | Self::NotSent | Self::Interrupted => {
                Some((14, Duration::from_millis(50)))
            }
        }
    }

    fn answer(self) -> Result<Response<Vec<u8>>, Failure> {
        let date = http_date(now(), SKEW);
        Ok(match self {
            Self::Success => response(200, &[], "{}"),
            Self::Malformed => response(200, &[], "<html>"),
            Self::Refused => response(400, &[("x-amzn-errortype", "InvalidInputException")], "{}"),
            Self::Unavailable => response(503, &[], ""),
            Self::Throttled => response(429, &[], ""),
            Self::Skewed => response(403, &[("x-amzn-errortype", "InvalidSignatureException"), ("date", &date)], "{}"),
            Self::NotSent => return Err(Failure::NotSent),
            Self::Interrupted => return Err(Failure::Interrupted),
        })
    }
}

/// What the rules count of a call that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    attempt: u32,
    unanswered: u32,
    last_cost: Option<u32>,
}

/// What the rules count of all calls together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    quota: u32,
    offset: i64,
}

/// A call that goes on, or `None` after its end.
type Running = Option<(Call, Counted)>;

/// Where a walk can be: the calls, what they share, and the steps that are left.
type State = (Vec<Option<Counted>>, Shared, u32);

struct Walk {
    hub: SecurityHub,
    max_attempts: u32,
    /// The states that are known, where one is not to be walked twice.
    known: Option<BTreeSet<State>>,
    states: u32,
    steps: u32,
}

/// How many states and steps there are from so many new calls on, with so much quota.
#[expect(clippy::disallowed_macros, reason = "a walk prints how far it went")]
fn walk(calls: usize, max_attempts: u32, quota: u32, by_state: bool) -> (u32, u32) {
    let policy = RetryPolicy::standard().without_jitter().max_attempts(max_attempts.try_into().unwrap());
    let hub = hub().with_retry_policy(policy);
    let known = by_state.then(BTreeSet::new);
    let mut walk = Walk { hub, max_attempts, known, states: 0, steps: 0 };
    let start = Shared { quota, offset: 0 };
    walk.restore(start);
    let new = Counted { attempt: 1, unanswered: 0, last_cost: None };
    let calls = vec![Some((walk.hub.delete_invitations(one_id()), new)); calls];
    walk.go_on(&calls, LONGEST);
    assert_eq!(walk.shared(), start, "the walk comes back to where it began");
    println!(
        "{} calls of {max_attempts} attempts, quota {quota}: {} states, {} steps",
        calls.len(),
        walk.states,
        walk.steps
    );
    (walk.states, walk.steps)
}

impl Walk {
    fn shared(&self) -> Shared {
        Shared { quota: self.hub.retry_quota(), offset: self.hub.clock_offset() }
    }

    /// Every event of every call, and what follows from it.
    fn go_on(&mut self, calls: &[Running], left: u32) {
        let before = self.shared();
        if let Some(known) = &mut self.known {
            let counted = calls.iter().map(|call| call.as_ref().map(|(_, counted)| *counted)).collect();
            if !known.insert((counted, before, left)) {
                return;
            }
        }
        self.states += 1;
        if left == 0 {
            return;
        }
        for (n, counted) in calls.iter().enumerate().filter_map(|(n, call)| Some((n, call.as_ref()?.1))) {
            for event in ALL {
                // All are in flight when the answer to one comes; the others are signed again in the next step.
                let signed = |call: &Running| call.as_ref().map(|(call, _)| call.clone().sign(now()).1);
                let mut in_flight: Vec<Option<InFlight>> = calls.iter().map(signed).collect();
                let next = self.step(in_flight[n].take().expect("it is running"), counted, event, before);
                self.steps += 1;
                let mut after = calls.to_vec();
                after[n] = next.clone();
                self.go_on(&after, left - 1);
                self.undo(next, before);
            }
        }
    }

    /// The rules, each in a sentence.
    fn step(&self, in_flight: InFlight, counted: Counted, event: Event, before: Shared) -> Running {
        let Counted { attempt, unanswered, last_cost } = counted;
        assert_eq!(in_flight.attempt(), attempt, "signing does not count, an outcome does");
        assert!(attempt <= self.max_attempts, "no attempt is made that the policy does not allow");
        let payable = event.price().filter(|(cost, _)| attempt < self.max_attempts && *cost <= before.quota);
        let mut quota = before.quota;
        let retry = match event.answer() {
            Err(failure) => {
                let retry = in_flight.handle_failure(failure);
                assert!(
                    retry.as_ref().is_none_or(|retry| matches!(retry.cause, Cause::Failure(cause) if cause == failure)),
                    "the cause of a retry is the failure before it"
                );
                retry
            }
            Ok(response) => match in_flight.handle_response(&response, now()) {
                Outcome::Done(Ok(output)) => {
                    assert_eq!(event, Event::Success, "nothing else is a success");
                    assert_eq!(output.attempts(), attempt, "a success tells of all attempts");
                    assert_eq!(output.unanswered_attempts(), unanswered, "and of those without an answer");
                    quota = (quota + last_cost.unwrap_or(1)).min(500);
                    None
                }
                Outcome::Done(Err(error)) => {
                    assert_ne!(event, Event::Success, "a success is no error");
                    assert_eq!(error.kind() == ErrorKind::Malformed, event == Event::Malformed);
                    assert_eq!(
                        error.is_retryable(),
                        event.price().is_some(),
                        "an error tells its class, also at the end"
                    );
                    assert_eq!((error.attempts(), error.unanswered_attempts()), (attempt, unanswered));
                    None
                }
                Outcome::Retry(retry) => {
                    let Cause::Error(error) = &retry.cause else { panic!("an answer is the cause") };
                    assert!(error.is_retryable(), "what is tried again can be");
                    assert_eq!((error.attempts(), error.unanswered_attempts()), (attempt, unanswered));
                    Some(retry)
                }
            },
        };
        assert_eq!(
            retry.is_some(),
            payable.is_some(),
            "a call goes on if and only if the event allows it, an attempt is left and the quota pays for it"
        );
        let next = retry.zip(payable).map(|(Retry { after, call, .. }, (cost, base))| {
            assert_eq!(call.attempt(), attempt + 1, "attempts are counted one by one");
            let wait = (base * 2_u32.pow(attempt - 1)).min(Duration::from_secs(20));
            assert_eq!(after, wait, "waits double, from 50 ms or 1 s to 20 s");
            quota -= cost;
            let unanswered = unanswered + u32::from(event == Event::Interrupted);
            (call, Counted { attempt: attempt + 1, unanswered, last_cost: Some(cost) })
        });
        let offset = if event == Event::Skewed { SKEW } else { before.offset };
        assert_eq!(
            self.shared(),
            Shared { quota, offset },
            "a retry takes its price, a success gives back the last one or 1, up to 500, and nothing else changes the \
             quota; the clock is what the last response that told says it is"
        );
        next
    }

    /// Brings quota and clock back to what they were: a call's success gives back what its last retry cost.
    fn undo(&self, next: Running, before: Shared) {
        if let Some((call, _)) = next {
            self.succeed(call, before.offset);
        }
        self.restore(before);
    }

    fn restore(&self, to: Shared) {
        if self.hub.clock_offset() != to.offset {
            self.succeed(self.hub.delete_invitations(one_id()), to.offset);
        }
        // Calls of another policy that shares the quota, dropped after one failure.
        let scratch = self.hub.clone().with_retry_policy(RetryPolicy::standard()).delete_invitations(one_id());
        while self.hub.retry_quota() != to.quota {
            let in_flight = scratch.clone().sign(now()).1;
            let quota = self.hub.retry_quota();
            match quota.checked_sub(to.quota) {
                None => self.succeed(scratch.clone(), to.offset),
                Some(_) if quota < 5 => self.succeed(scratch.clone(), to.offset),
                Some(14..) => drop(in_flight.handle_failure(Failure::NotSent).expect("it is paid")),
                // What is taken too much is given back one by one.
                Some(_) => drop(in_flight.handle_response(&response(429, &[], ""), now())),
            }
        }
    }

    fn succeed(&self, call: Call, offset: i64) {
        let answer = response(200, &[("date", &http_date(now(), offset))], "");
        let Outcome::Done(Ok(_)) = call.sign(now()).1.handle_response(&answer, now()) else { panic!("a success") };
    }
}

#[test]
fn every_sequence_of_outcomes_of_one_call() {
    // Never again, the standard, and as long as the walk; with all of the quota, and with little.
    let walks = [(1, 500), (3, 500), (6, 500), (6, 20), (6, 47)];
    let counts = walks.map(|(max_attempts, quota)| walk(1, max_attempts, quota, false));
    assert_eq!(counts, [(9, 8), (249, 248), (31_249, 31_248), (137, 136), (5_649, 5_648)]);
}

#[test]
fn every_state_of_two_calls_that_share_a_quota() {
    let walks = [(2, 500), (3, 500), (3, 33), (4, 47)];
    let counts = walks.map(|(max_attempts, quota)| walk(2, max_attempts, quota, true));
    assert_eq!(counts, [(112, 896), (682, 6_640), (497, 4_368), (1_466, 12_944)]);
}
