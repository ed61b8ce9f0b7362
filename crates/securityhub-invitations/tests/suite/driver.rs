//! The driver: attempt timeout, deadline, final error and observer, on a clock of its own.

use std::{error::Error as StdError, fmt, num::NonZeroU32, time::Duration};

use http::Response;
use securityhub_invitations::{
    CallError, Credentials, DeleteInvitations, Driver, Exchange, ExchangeError, Failure, GiveUpReason, Limits,
    ListInvitations, MAX_RESPONSE_BYTES, Next, Operation, RetryPolicy, SecurityHub,
};

use crate::{
    scenario::{millis, steady},
    support::{header_of, hub, now, one_id, response},
};

/// A transport's error.
#[derive(Debug, PartialEq)]
struct Broken(&'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Broken {}

type Exchanged = Result<Response<Vec<u8>>, ExchangeError<Broken>>;

fn status(status: u16) -> Exchanged {
    Ok(response(status, &[("x-amzn-requestid", "id-1")], ""))
}

fn code(status: u16, code: &str) -> Exchanged {
    Ok(response(status, &[("x-amzn-errortype", code)], ""))
}

fn ok() -> Exchanged {
    Ok(response(200, &[("x-amzn-requestid", "id-2")], "{}"))
}

fn failure(failure: Failure) -> Exchanged {
    Err(ExchangeError::Transport { error: Broken("socket closed"), failure, is_retryable: true })
}

fn final_failure(failure: Failure) -> Exchanged {
    Err(ExchangeError::Transport { error: Broken("certificate rejected"), failure, is_retryable: false })
}

/// An attempt as an observer saw it: operation, number, success, request id and wait.
type Seen = (String, u32, bool, Option<String>, Option<Duration>);

#[derive(Debug)]
struct Run<O: Operation> {
    timeouts: Vec<Duration>,
    waits: Vec<Duration>,
    seen: Vec<Seen>,
    lines: Vec<String>,
    dates: Vec<String>,
    end: Result<O::Output, CallError<Broken>>,
}

/// Runs a call. Each exchange takes the given time in milliseconds.
fn run_call<O: Operation>(
    mut driver: Driver<O, Broken>,
    limits: Limits,
    script: impl IntoIterator<Item = (u64, Exchanged)>,
) -> Run<O> {
    let (mut elapsed, mut script) = (Duration::ZERO, script.into_iter());
    let mut run =
        Run { timeouts: vec![], waits: vec![], seen: vec![], lines: vec![], dates: vec![], end: Err(no_error()) };
    loop {
        let exchange = match driver.start(elapsed, now() + elapsed) {
            Ok(exchange) => exchange,
            Err(error) => return Run { end: Err(error), ..run },
        };
        let Exchange { request, timeout, in_flight, .. } = exchange;
        run.timeouts.push(timeout);
        run.dates.push(header_of(&request, "x-amz-date"));
        assert!(limits.deadline().is_none_or(|deadline| elapsed + timeout <= deadline));
        assert!(timeout <= limits.attempt_timeout());
        assert_eq!(in_flight.attempt() as usize, run.timeouts.len());
        let (milliseconds, result) = script.next().expect("the script has an exchange for each attempt");
        elapsed += Duration::from_millis(milliseconds);
        let next = in_flight.finish(result, elapsed, now() + elapsed, |attempt| {
            let id = attempt.request_id.map(str::to_owned);
            run.seen.push((attempt.operation().to_owned(), attempt.number, attempt.result.is_ok(), id, attempt.wait));
            run.lines.push(attempt.to_string());
            assert_eq!(attempt.endpoint.url(), "https://securityhub.us-east-1.amazonaws.com");
        });
        assert_eq!(run.seen.len(), run.timeouts.len(), "the observer sees each attempt once");
        match next {
            Next::Done(end) => return Run { end, ..run },
            Next::Wait(wait, next) => {
                assert_eq!(run.seen.last().unwrap().4, Some(wait), "the observer sees the wait");
                run.waits.push(wait);
                elapsed += wait;
                driver = next;
            }
        }
    }
}

fn no_error() -> CallError<Broken> {
    CallError::Service(crate::support::no_error())
}

fn run(
    hub: &SecurityHub,
    limits: Limits,
    script: impl IntoIterator<Item = (u64, Exchanged)>,
) -> Run<DeleteInvitations> {
    run_call(Driver::new(hub.call(one_id()), limits), limits, script)
}

fn error_of(run: Run<DeleteInvitations>) -> CallError<Broken> {
    run.end.expect_err("an error")
}

fn deadline(milliseconds: u64) -> Limits {
    Limits::new().with_deadline(Duration::from_millis(milliseconds))
}

/// Returns the messages of an error and its sources.
fn chain(error: &dyn StdError) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut error = error;
    while let Some(source) = error.source() {
        chain.push(source.to_string());
        error = source;
    }
    chain
}

#[test]
fn limits_have_documented_defaults() {
    let limits = Limits::default();
    assert_eq!((limits.attempt_timeout(), limits.deadline()), (Duration::from_secs(30), None));
    assert_eq!(limits, Limits::new());
    let limits = limits.with_attempt_timeout(Duration::from_secs(1)).with_deadline(Duration::from_secs(2));
    assert_eq!((limits.attempt_timeout(), limits.deadline()), (Duration::from_secs(1), Some(Duration::from_secs(2))));
}

#[test]
fn succeeds_after_retries() {
    let run = run(&steady(), Limits::new(), [(100, status(503)), (200, failure(Failure::TimedOut)), (3, ok())]);
    assert_eq!(run.timeouts, [Duration::from_secs(30); 3]);
    assert_eq!(run.waits, millis([50, 100]));
    let name = || "DeleteInvitations".to_owned();
    assert_eq!(
        run.seen,
        [
            (name(), 1, false, Some("id-1".to_owned()), Some(Duration::from_millis(50))),
            (name(), 2, false, None, Some(Duration::from_millis(100))),
            (name(), 3, true, Some("id-2".to_owned()), None),
        ]
    );
    assert_eq!(
        run.lines,
        [
            "attempt 1 of DeleteInvitations failed: response without an error code (HTTP 503, request id id-1) \
             (next attempt in 50ms)",
            "attempt 2 of DeleteInvitations failed: no response arrived in time: socket closed (after 2 attempts) \
             (next attempt in 100ms)",
            "attempt 3 of DeleteInvitations succeeded",
        ]
    );
    let output = run.end.unwrap();
    assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(3), Some(2)));
}

#[test]
fn the_deadline_shortens_attempt_timeouts() {
    let limits = deadline(2500).with_attempt_timeout(Duration::from_millis(1000));
    let run =
        run(&steady(), limits, [(1000, failure(Failure::TimedOut)), (1000, failure(Failure::TimedOut)), (1, ok())]);
    assert_eq!(run.timeouts, millis([1000, 1000, 350]));
    assert!(run.end.is_ok());
    // The signing time follows the caller's wall clock.
    assert_eq!(run.dates, ["20261122T203705Z", "20261122T203706Z", "20261122T203707Z"]);
}

/// A7: the deadline is named as the reason, in accurate words.
#[test]
fn timeouts_at_the_deadline_are_the_deadlines() {
    for (limit, script, message) in [
        (500, vec![(500, failure(Failure::NotSent))], "deadline of 500ms exceeded after 1 attempt"),
        (500, vec![(500, failure(Failure::TimedOut))], "deadline of 500ms exceeded after 1 attempt"),
        // Timers fire a little early or late.
        (500, vec![(491, failure(Failure::TimedOut))], "deadline of 500ms exceeded after 1 attempt"),
        (500, vec![(520, failure(Failure::TimedOut))], "deadline of 500ms exceeded after 1 attempt"),
        (500, vec![(3, status(503)), (447, failure(Failure::NotSent))], "deadline of 500ms exceeded after 2 attempts"),
        // The attempts are used up at the same time.
        (
            500,
            vec![(100, status(503)), (100, status(503)), (150, failure(Failure::TimedOut))],
            "deadline of 500ms exceeded after 3 attempts",
        ),
        // A response that arrives after the deadline, with a retry that comes too late.
        (500, vec![(600, status(503))], "deadline of 500ms exceeded after 1 attempt"),
        // The deadline has not passed, but the wait does not fit.
        (50, vec![(3, status(503))], "deadline of 50ms leaves no time for a retry in 50ms after 1 attempt"),
        (53, vec![(3, status(503))], "deadline of 53ms leaves no time for a retry in 50ms after 1 attempt"),
        (
            1100,
            vec![(5, status(503)), (5, code(429, "SlowDown"))],
            "deadline of 1.1s leaves no time for a retry in 2s after 2 attempts",
        ),
    ] {
        let attempts = u32::try_from(script.len()).unwrap();
        let run = run(&steady(), deadline(limit), script);
        assert_eq!(run.seen.last().unwrap().4, None, "no wait follows the last attempt");
        let error = error_of(run);
        assert_eq!(error.to_string(), message);
        let CallError::DeadlineExceeded { deadline, last_error: Some(_), .. } = &error else { panic!("{error:?}") };
        assert_eq!(*deadline, Duration::from_millis(limit));
        assert_eq!(error.attempts(), attempts);
    }
    let fits = run(&steady(), deadline(54), [(3, status(503)), (1, ok())]);
    assert_eq!((fits.waits, fits.timeouts[1]), (millis([50]), Duration::from_millis(1)));
    assert!(fits.end.is_ok());
}

#[test]
fn other_errors_keep_their_own_kind() {
    // The deadline is far away, or would not have changed the result.
    for (limits, script) in [
        (
            Limits::new(),
            vec![(1, failure(Failure::NotSent)), (1, failure(Failure::NotSent)), (1, failure(Failure::NotSent))],
        ),
        (deadline(500), vec![(1, final_failure(Failure::NotSent))]),
        (deadline(500), vec![(480, final_failure(Failure::TimedOut))]),
        (deadline(500), vec![(500, final_failure(Failure::Interrupted))]),
    ] {
        let error = error_of(run(&steady(), limits, script));
        assert!(matches!(error, CallError::Transport { .. }), "{error:?}");
    }
    for (limits, script) in [
        (deadline(500), vec![(600, code(400, "InvalidInputException"))]),
        (deadline(500), vec![(500, status(200))]),
        (deadline(500), vec![(1, status(503)), (1, status(503)), (1, status(503))]),
    ] {
        let error = error_of(run(&steady(), limits, script));
        assert!(matches!(error, CallError::Service(_)), "{error:?}");
    }
    assert!(run(&steady(), deadline(500), [(600, ok())]).end.is_ok(), "a late success is a success");
}

/// A7: the deadline is blamed only for what it caused.
#[test]
fn failures_just_before_the_deadline_keep_their_kind() {
    let rejected = error_of(run(&hub(), deadline(100), [(95, final_failure(Failure::NotSent))]));
    assert!(matches!(rejected, CallError::Transport { .. }), "{rejected}");
    let unavailable = error_of(run(&steady(), deadline(5), [(3, status(503))]));
    assert!(matches!(unavailable, CallError::DeadlineExceeded { wait: Some(_), .. }), "{unavailable}");
    assert_eq!(unavailable.to_string(), "deadline of 5ms leaves no time for a retry in 50ms after 1 attempt");
}

#[test]
fn the_deadline_can_pass_before_the_first_attempt() {
    for elapsed in [500, 501, 10_000] {
        let driver: Driver<_, Broken> = Driver::new(steady().call(one_id()), deadline(500));
        assert_eq!(driver.call().attempt(), 1);
        let error = driver.start(Duration::from_millis(elapsed), now()).unwrap_err();
        assert_eq!(error.to_string(), "deadline of 500ms exceeded before the first attempt");
        assert_eq!((error.attempts(), error.unconfirmed_attempts()), (0, 0));
        assert!(!error.may_have_taken_effect());
        assert!(error.source().is_none() && error.failure().is_none() && error.service_error().is_none());
    }
    // A2: an earlier call's attempts count.
    let call = steady().call(one_id()).with_unconfirmed_attempts(2);
    let error = Driver::<_, Broken>::new(call, deadline(0)).start(Duration::ZERO, now()).unwrap_err();
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (0, 2));
    assert!(error.may_have_taken_effect());
}

/// The deadline passes during a wait that is longer than planned.
#[test]
fn an_overslept_wait_exceeds_the_deadline() {
    let driver: Driver<_, Broken> = Driver::new(steady().call(one_id()), deadline(500));
    let exchange = driver.start(Duration::ZERO, now()).unwrap();
    let Next::Wait(wait, driver) = exchange.in_flight.finish(status(504), Duration::from_millis(1), now(), |_| {})
    else {
        panic!("a wait")
    };
    assert_eq!(wait, Duration::from_millis(50));
    let error = driver.start(Duration::from_millis(700), now()).unwrap_err();
    assert_eq!(error.to_string(), "deadline of 500ms exceeded after 1 attempt");
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (1, 1));
    assert_eq!(error.request_id(), Some("id-1"));
    assert_eq!(error.service_error().unwrap().status(), 504);
}

/// A8: a retry that the deadline forbids is not charged.
#[test]
fn refused_waits_are_not_charged() {
    let hub = steady();
    for n in 0..100 {
        let last = if n % 2 == 0 { status(503) } else { failure(Failure::TimedOut) };
        let error = error_of(run(&hub, deadline(40), [(1, last)]));
        assert!(matches!(error, CallError::DeadlineExceeded { wait: Some(_), .. }), "{error:?}");
        assert_eq!(hub.retry_quota(), 500);
    }
    assert_eq!(run(&hub, Limits::new(), [(1, status(503)), (1, ok())]).waits, millis([50]));
    // The first retry is paid, and the refused second one is not.
    error_of(run(&hub, deadline(120), [(1, status(503)), (1, status(503))]));
    assert_eq!(hub.retry_quota(), 486);
}

#[test]
fn large_responses_end_the_call() {
    let too_long = || response(200, &[], vec![b' '; MAX_RESPONSE_BYTES + 1]);
    let results: [Exchanged; 2] = [Err(ExchangeError::TooLarge), Ok(too_long())];
    for result in results {
        let hub = steady();
        let run = run(&hub, Limits::new(), [(1, failure(Failure::NotSent)), (1, result)]);
        assert_eq!(run.seen.last().unwrap().4, None);
        let error = error_of(run);
        assert!(matches!(error, CallError::ResponseTooLarge { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "response body is too large (expected at most 16777216 bytes) (after 2 attempts)"
        );
        assert_eq!((error.attempts(), error.unconfirmed_attempts()), (2, 1));
        assert!(error.may_have_taken_effect());
        assert_eq!(hub.retry_quota(), 486, "only the first retry was charged");
    }
    let mut body = vec![b' '; MAX_RESPONSE_BYTES];
    body[..2].copy_from_slice(b"{}");
    assert!(run(&steady(), Limits::new(), [(1, Ok(response(200, &[], body)))]).end.is_ok());
}

#[test]
fn final_failures_are_not_retried() {
    for (what, unconfirmed) in [(Failure::NotSent, 0), (Failure::TimedOut, 1), (Failure::Interrupted, 1)] {
        let hub = steady();
        let error = error_of(run(&hub, Limits::new(), [(1, final_failure(what))]));
        let CallError::Transport { error: Broken(message), failure, give_up, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*message, *failure, *give_up), ("certificate rejected", what, Some(GiveUpReason::NotRetryable)));
        assert_eq!((error.attempts(), error.unconfirmed_attempts()), (1, unconfirmed));
        assert_eq!(error.may_have_taken_effect(), unconfirmed == 1);
        assert_eq!(error.failure(), Some(what));
        assert_eq!(hub.retry_quota(), 500);
    }
}

/// A2: every kind of error counts the attempts before it.
#[test]
fn every_error_reports_earlier_effects() {
    let lost = || (1, failure(Failure::Interrupted));
    let hang = || (900, failure(Failure::NotSent));
    for (script, limits, attempts, unconfirmed) in [
        (vec![lost(), (1, failure(Failure::NotSent)), (1, failure(Failure::NotSent))], Limits::new(), 3, 1),
        (vec![lost(), (1, final_failure(Failure::NotSent))], Limits::new(), 2, 1),
        (vec![lost(), (1, code(400, "InvalidInputException"))], Limits::new(), 2, 1),
        (vec![lost(), (1, Err(ExchangeError::TooLarge))], Limits::new(), 2, 2),
        (vec![lost(), hang()], deadline(951), 2, 1),
        (vec![(1, status(504)), hang()], deadline(951), 2, 1),
        (vec![(1, code(400, "SlowDown")), (1, final_failure(Failure::NotSent))], Limits::new(), 2, 0),
    ] {
        let error = error_of(run(&steady(), limits, script));
        assert_eq!((error.attempts(), error.unconfirmed_attempts()), (attempts, unconfirmed), "{error:?}");
        assert_eq!(error.may_have_taken_effect(), unconfirmed > 0, "{error:?}");
        assert_eq!(error.effects().unconfirmed_attempts(), unconfirmed);
    }
}

#[test]
fn counts_continue_across_calls() {
    let hub = steady();
    let first = error_of(run(&hub, Limits::new(), [(1, failure(Failure::TimedOut)), (1, code(403, "ExpiredToken"))]));
    assert_eq!(first.unconfirmed_attempts(), 1);
    let call = hub.call(one_id()).with_unconfirmed_attempts(first.unconfirmed_attempts());
    let listed = response(200, &[], r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#);
    let output = run_call(Driver::new(call, Limits::new()), Limits::new(), [(1, Ok(listed))]).end.unwrap();
    assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(1), Some(1)));
}

#[test]
fn credentials_can_be_replaced_after_a_wait() {
    let driver: Driver<_, Broken> = Driver::new(steady().call(one_id()), Limits::new());
    let Ok(exchange) = driver.start(Duration::ZERO, now()) else { panic!("no deadline has passed") };
    let Next::Wait(_, driver) = exchange.in_flight.finish(status(500), Duration::ZERO, now(), |_| ()) else {
        panic!("a 500 is retried")
    };
    let driver = driver.with_credentials(Credentials::new("AKIDROTATED", "other").unwrap());
    assert_eq!((driver.call().attempt(), driver.call().unconfirmed_attempts()), (2, 1));
    let Ok(Exchange { request, .. }) = driver.start(Duration::ZERO, now()) else { panic!("no deadline has passed") };
    assert!(header_of(&request, "authorization").contains("Credential=AKIDROTATED/"));
}

#[test]
fn reads_never_take_effect() {
    let hub = steady();
    let scripts: [Vec<(u64, Exchanged)>; 5] = [
        vec![(1, failure(Failure::Interrupted)), (1, failure(Failure::TimedOut)), (1, failure(Failure::TimedOut))],
        vec![(1, status(504)), (1, final_failure(Failure::Interrupted))],
        vec![(1, status(504)), (1, Err(ExchangeError::TooLarge))],
        vec![(1, status(504)), (1, status(200))],
        vec![(2000, failure(Failure::TimedOut))],
    ];
    for script in scripts {
        let driver = Driver::new(hub.call(ListInvitations::new()), deadline(1000));
        let run = run_call(driver, deadline(1000), script);
        assert!(run.seen.iter().all(|(name, ..)| name == "ListInvitations"));
        let error = run.end.unwrap_err();
        assert!(error.unconfirmed_attempts() > 0 && !error.may_have_taken_effect(), "{error:?}");
    }
}

#[test]
fn an_empty_quota_is_named() {
    let hub = hub().with_retry_policy(RetryPolicy::standard().without_jitter().with_max_attempts(NonZeroU32::MAX));
    let error = error_of(run(&hub, Limits::new(), std::iter::repeat_with(|| (1, failure(Failure::NotSent)))));
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (36, 0));
    let CallError::Transport { give_up, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*give_up, Some(GiveUpReason::Quota));
    assert_eq!(
        error.to_string(),
        "the request was not sent: socket closed (no retry, because the retry quota is used up)"
    );
}

/// One error of every kind, each with earlier attempts where that changes its message.
fn errors() -> Vec<CallError<Broken>> {
    vec![
        error_of(run(&steady(), Limits::new(), [(1, code(400, "InvalidInputException"))])),
        error_of(run(&steady(), Limits::new(), [(1, status(503)), (1, status(200))])),
        error_of(run(&steady(), Limits::new(), [(1, final_failure(Failure::NotSent))])),
        error_of(run(&steady(), Limits::new(), [(1, status(503)), (1, final_failure(Failure::Interrupted))])),
        error_of(run(&steady(), Limits::new(), [(1, Err(ExchangeError::TooLarge))])),
        error_of(run(&steady(), deadline(1), [(3, failure(Failure::TimedOut))])),
        error_of(run(&steady(), deadline(40), [(3, status(503))])),
        error_of(run(&steady(), deadline(100), [(3, status(503)), (60, failure(Failure::TimedOut))])),
        Driver::new(steady().call(one_id()), deadline(0)).start(Duration::ZERO, now()).unwrap_err(),
    ]
}

/// B14: a program that prints an error and its sources prints no message twice.
#[test]
fn error_chains_repeat_nothing() {
    for error in errors() {
        let chain = chain(&error);
        for (n, line) in chain.iter().enumerate() {
            assert!(!line.is_empty() && !line.contains('\n'), "{chain:?}");
            for other in chain.iter().skip(n + 1) {
                assert!(!line.contains(other.as_str()) && !other.contains(line.as_str()), "{chain:?}");
            }
        }
        let is_deadline = matches!(error, CallError::DeadlineExceeded { last_error: Some(_), .. });
        assert_eq!(chain.len(), if is_deadline { 2 } else { 1 }, "{chain:?}");
    }
    let lost = error_of(run(&steady(), deadline(100), [(3, status(503)), (60, failure(Failure::TimedOut))]));
    assert_eq!(
        chain(&lost),
        [
            "deadline of 100ms exceeded after 2 attempts",
            "no response arrived in time: socket closed (after 2 attempts)",
        ]
    );
}

/// B15: `main() -> Result` prints Debug, which reads like Display with its sources.
#[test]
fn debug_reads_like_display() {
    for error in errors() {
        assert_eq!(format!("{error:?}"), chain(&error).join(": "));
        let pretty = format!("{error:#?}");
        assert!(pretty.starts_with(|first: char| first.is_ascii_uppercase()) && pretty.contains("{\n"), "{pretty}");
    }
}

#[test]
fn states_have_debug_output_without_secrets() {
    let driver: Driver<_, Broken> = Driver::new(steady().call(one_id()), deadline(5));
    let shown = format!("{driver:?}");
    assert!(shown.starts_with("Driver {") && !shown.contains("wJalr"), "{shown}");
    let exchange = driver.start(Duration::ZERO, now()).unwrap();
    let shown = format!("{exchange:?}");
    assert!(shown.starts_with("Exchange {") && !shown.contains("wJalr"), "{shown}");
    let next = exchange.in_flight.finish(status(503), Duration::ZERO, now(), |attempt| {
        let shown = format!("{attempt:?}");
        assert!(shown.starts_with("Attempt {") && !shown.contains("wJalr"), "{shown}");
    });
    let shown = format!("{next:?}");
    assert!(shown.starts_with("Done(Err(deadline of 5ms leaves no time"), "{shown}");
}
