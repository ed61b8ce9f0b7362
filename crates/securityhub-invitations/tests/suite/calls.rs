//! The retrying call: which results are retried, after which wait and at which price, and what a call reports about its effects.

use std::{
    error::Error as _,
    num::NonZeroU32,
    time::{Duration, UNIX_EPOCH},
};

use securityhub_invitations::{
    Call, Cause, Credentials, DeclineInvitations, DeleteInvitations, DisassociateFromAdministratorAccount, Endpoint,
    ErrorKind, Failure, GetAdministratorAccount, GiveUpReason, InFlight, ListInvitations, ListMembers, Operation,
    Outcome, Retry, RetryPolicy, SecurityHub,
};

use crate::{
    error_codes::THROTTLING_CODES,
    scenario::{
        Event, Run, Scenario, error, failing, failure, http_date, millis, ok, status, steady, steady_with_attempts,
    },
    support::{TOKEN, at, credentials, header_of, hub, now, one_id, region, response, temporary_credentials},
};

/// Returns the price of a retry after one event, and the wait before it. `None` if there is no retry.
fn retry_after(event: &Event) -> Option<(u32, Duration)> {
    retry_of(one_id(), event)
}

fn retry_of<O: Operation>(operation: O, event: &Event) -> Option<(u32, Duration)> {
    let hub = steady();
    let events = [event.clone(), failure(Failure::NotSent), failure(Failure::NotSent)];
    let run = Scenario::of(hub.clone()).run_call(hub.call(operation), events, |call| call);
    let second_retry = if run.waits.len() == 2 { 14 } else { 0 };
    run.waits.first().map(|wait| (500 - hub.retry_quota() - second_retry, *wait))
}

const TRANSIENT: Option<(u32, Duration)> = Some((14, Duration::from_millis(50)));
const THROTTLING: Option<(u32, Duration)> = Some((5, Duration::from_secs(1)));
const FINAL: Option<(u32, Duration)> = None;

#[test]
fn a_success_needs_one_attempt() {
    let run = Scenario::of(steady()).run([ok()]);
    assert_eq!(run.attempts(), 1);
    assert_eq!(run.output().attempts(), Some(1));
}

#[test]
fn statuses_decide_without_a_code() {
    for code in 100..=999 {
        let expected = match code {
            500 | 502 | 503 | 504 => TRANSIENT,
            429 => THROTTLING,
            // Also 408, 409, 421, 425, 501, 505, 507, 509, 520 and 599.
            _ => FINAL,
        };
        assert_eq!(retry_after(&status(code)), expected, "{code}");
    }
}

#[test]
fn throttling_codes_decide_whatever_the_status() {
    for code in THROTTLING_CODES {
        for with in [302, 400, 429, 500, 503] {
            assert_eq!(retry_after(&error(with, code)), THROTTLING, "{with} {code}");
        }
    }
}

#[test]
fn other_codes_decide_by_name_or_status() {
    for (with, code, expected) in [
        (400, "RequestTimeout", TRANSIENT),
        (400, "RequestTimeoutException", TRANSIENT),
        (408, "RequestTimeoutException", TRANSIENT),
        (500, "InvalidInputException", TRANSIENT),
        (503, "AccessDeniedException", TRANSIENT),
        (500, "InternalException", TRANSIENT),
        (400, "InternalException", FINAL),
        (400, "ServiceUnavailable", FINAL),
        (400, "InternalFailure", FINAL),
        (400, "InvalidInputException", FINAL),
        (401, "InvalidAccessException", FINAL),
        (403, "AccessDeniedException", FINAL),
        (404, "ResourceNotFoundException", FINAL),
        (400, "BadRequestException", FINAL),
        (403, "ExpiredTokenException", FINAL),
        (403, "InvalidSignatureException", FINAL),
        (403, "RequestTimeTooSkewed", FINAL),
        (403, "RequestExpired", FINAL),
        // Names are compared as a whole and case-sensitively.
        (400, "throttling", FINAL),
        (400, "ThrottlingExceptions", FINAL),
        (400, "Request Timeout", FINAL),
    ] {
        assert_eq!(retry_after(&error(with, code)), expected, "{with} {code}");
    }
}

#[test]
fn status_429_is_throttling_unless_modelled() {
    const LIMIT: &str = "LimitExceededException";
    const NOT_FOUND: &str = "ResourceNotFoundException";
    let always_modelled = ["InternalException", "InvalidInputException", "InvalidAccessException"];
    let never_modelled =
        ["", "SomethingNew", "AccessDeniedException", LIMIT, "RequestTimeout", "RequestTimeoutException"];
    fn check<O: Operation>(operation: &O, codes: &[&str], expected: Option<(u32, Duration)>) {
        for code in codes {
            assert_eq!(retry_of(operation.clone(), &error(429, code)), expected, "{} {code}", O::NAME);
        }
    }
    let decline = DeclineInvitations::new(["111122223333"]).unwrap();
    let disassociate = DisassociateFromAdministratorAccount::new();
    check(&one_id(), &always_modelled, FINAL);
    check(&decline, &always_modelled, FINAL);
    check(&ListInvitations::new(), &always_modelled, FINAL);
    check(&ListMembers::new(), &always_modelled, FINAL);
    check(&GetAdministratorAccount::new(), &always_modelled, FINAL);
    check(&disassociate, &always_modelled, FINAL);
    check(&one_id(), &never_modelled, THROTTLING);
    check(&decline, &never_modelled, THROTTLING);
    check(&ListInvitations::new(), &never_modelled, THROTTLING);
    check(&ListMembers::new(), &never_modelled, THROTTLING);
    check(&GetAdministratorAccount::new(), &never_modelled, THROTTLING);
    check(&disassociate, &never_modelled, THROTTLING);
    // The lists do not model it.
    check(&one_id(), &[NOT_FOUND], FINAL);
    check(&decline, &[NOT_FOUND], FINAL);
    check(&GetAdministratorAccount::new(), &[NOT_FOUND], FINAL);
    check(&disassociate, &[NOT_FOUND], FINAL);
    check(&ListInvitations::new(), &[NOT_FOUND], THROTTLING);
    check(&ListMembers::new(), &[NOT_FOUND], THROTTLING);
}

#[test]
fn codes_in_the_body_decide_as_well() {
    for body in [
        r#"{"__type":"com.amazon#Throttling:http://x"}"#,
        r#"{"code":"Throttling"}"#,
        r#"{"Code":"Throttling"}"#,
        // B5: a fault elsewhere in the body does not hide the code.
        r#"{"__type":"ThrottlingException","message":"\ud800"}"#,
        "\u{feff}{\"__type\":\"ThrottlingException\"}",
        r#"{"__type":"ThrottlingException","message":"cut"#,
    ] {
        assert_eq!(retry_after(&status(400).body(body)), THROTTLING, "{body}");
    }
    assert_eq!(retry_after(&error(400, "ns#Throttling:http://x")), THROTTLING);
}

#[test]
fn transport_failures_are_transient() {
    for what in [Failure::NotSent, Failure::TimedOut, Failure::Interrupted] {
        assert_eq!(retry_after(&failure(what)), TRANSIENT, "{what}");
        let run = Scenario::of(steady()).run([failure(what), failure(what), failure(what)]);
        assert_eq!(run.waits, millis([50, 100]));
        assert_eq!(run.give_up().reason(), GiveUpReason::Attempts);
    }
}

#[test]
fn malformed_successes_are_final() {
    for body in ["", "<html>", "[]", "{", "{\"UnprocessedAccounts\":[null]}", r#"{"message":"Forbidden"}"#] {
        for code in ["", "ThrottlingException", "RequestTimeout"] {
            let event = status(200).body(body).header("x-amzn-errortype", code);
            assert_eq!(retry_after(&event), FINAL, "{body}");
            let hub = steady();
            let error = Scenario::of(hub.clone()).run([event]).error();
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
            assert_eq!((error.attempts(), error.unconfirmed_attempts()), (Some(1), Some(1)));
            assert!(error.may_have_taken_effect());
            assert_eq!(hub.retry_quota(), 500);
        }
    }
}

#[test]
fn waits_double_up_to_the_cap() {
    let run = Scenario::of(steady_with_attempts(12)).run(failing(503));
    assert_eq!(run.waits, millis([50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]));
    assert_eq!(run.error().attempts(), Some(12));

    let run = Scenario::of(steady_with_attempts(8)).run(failing(429));
    assert_eq!(run.waits, millis([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]));
}

#[test]
fn the_attempt_is_the_exponent() {
    let script = [status(500), status(429), failure(Failure::TimedOut), error(400, "SlowDown"), ok()];
    let hub = steady_with_attempts(5);
    let run = Scenario::of(hub.clone()).run(script);
    assert_eq!(run.waits, millis([50, 2000, 200, 8000]));
    // The last retry followed throttling: 5 are refunded.
    assert_eq!(hub.retry_quota(), 500 - 14 - 5 - 14 - 5 + 5);
}

#[test]
fn the_policy_sets_the_cap() {
    for (cap, expected) in [
        (Duration::from_millis(300), millis([50, 100, 200, 300, 300])),
        (Duration::ZERO, millis([0, 0, 0, 0, 0])),
        (Duration::MAX, millis([50, 100, 200, 400, 800])),
    ] {
        let policy = RetryPolicy::standard()
            .without_jitter()
            .with_max_attempts(NonZeroU32::new(6).unwrap())
            .with_max_backoff(cap);
        let run = Scenario::of(hub().with_retry_policy(policy)).run(failing(500));
        assert_eq!(run.waits, expected, "{cap:?}");
    }
}

#[test]
fn an_endless_policy_does_not_overflow() {
    let policy =
        RetryPolicy::standard().without_jitter().with_max_attempts(NonZeroU32::MAX).with_max_backoff(Duration::MAX);
    let mut scenario = Scenario::of(hub().with_retry_policy(policy));
    scenario.clock = at(0);
    let run = scenario.run(failing(429));
    assert_eq!(run.attempts(), 101);
    assert_eq!(run.waits[31], Duration::from_secs(1 << 31));
    assert_eq!(run.waits[32..], [Duration::from_secs(u64::from(u32::MAX)); 68]);
}

#[test]
fn retries_are_paid_and_refunded() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    assert_eq!(hub.retry_quota(), 500);
    assert_eq!(scenario.run([status(500), status(500), ok()]).output().attempts(), Some(3));
    assert_eq!(hub.retry_quota(), 486, "only the last retry is refunded");
    scenario.run([ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 487, "a success at once refunds 1");
    scenario.run([error(400, "Throttling"), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 487);
    scenario.run([status(400)]).error();
    assert_eq!(hub.retry_quota(), 487, "a final failure refunds nothing");
}

#[test]
fn a_failed_call_is_not_refunded() {
    let hub = steady();
    let error = Scenario::of(hub.clone()).run(failing(500)).error();
    assert_eq!((error.attempts(), hub.retry_quota()), (Some(3), 472));
    assert!(error.is_retryable(), "the class is known although no attempt is left");
}

#[test]
fn the_quota_stays_within_500() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 500);
    scenario.run([status(500), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 500);
    // A retry is paid, then other calls refill the quota.
    for refilled in [495, 500] {
        let (_, in_flight) = hub.call(one_id()).sign(now());
        let Outcome::Retry(retry) = in_flight.handle_response(&response(503, &[], ""), now()) else { panic!() };
        for left in 487..=refilled {
            scenario.run([ok()]).succeeds();
            assert_eq!(hub.retry_quota(), left);
        }
        let (_, in_flight) = retry.call.sign(now());
        assert!(matches!(in_flight.handle_response(&response(200, &[], "{}"), now()), Outcome::Done(Ok(_))));
        assert_eq!(hub.retry_quota(), 500);
    }
}

#[test]
fn a_full_quota_pays_35_or_100_retries() {
    for (event, retries, left) in [
        (status(500), 35, 10),
        (failure(Failure::Interrupted), 35, 10),
        (status(429), 100, 0),
        (error(400, "SlowDown"), 100, 0),
    ] {
        let hub = steady_with_attempts(2);
        let mut scenario = Scenario::of(hub.clone());
        for _ in 0..retries {
            assert_eq!(scenario.run([event.clone(), event.clone()]).attempts(), 2);
        }
        assert_eq!(hub.retry_quota(), left);
        let run = scenario.run([event.clone()]);
        assert_eq!((run.attempts(), hub.retry_quota()), (1, left), "a refused retry costs nothing");
    }
}

#[test]
fn an_empty_quota_ends_the_call() {
    let hub = steady_with_attempts(u32::MAX);
    let error = Scenario::of(hub.clone()).run(failing(500)).error();
    assert_eq!((error.attempts(), error.is_retryable(), hub.retry_quota()), (Some(36), true, 10));
    let give_up = Scenario::of(hub.clone()).run([failure(Failure::TimedOut)]).give_up();
    assert_eq!((give_up.reason(), give_up.unconfirmed_attempts()), (GiveUpReason::Quota, 1));
    assert_eq!(give_up.to_string(), "retry quota used up (after 1 attempt)");
    // A cheaper retry can still be paid.
    let throttled = || super::scenario::error(429, "TooManyRequestsException");
    let run = Scenario::of(hub.clone()).run([throttled(), throttled(), throttled()]);
    assert_eq!((run.attempts(), hub.retry_quota()), (3, 0));
}

#[test]
fn clones_share_the_quota() {
    let hub = steady_with_attempts(2);
    let two = NonZeroU32::new(2).unwrap();
    let clones = [
        hub.clone(),
        hub.with_credentials(temporary_credentials()),
        hub.clone().with_clock_skew_correction(false),
        hub.clone().with_retry_policy(RetryPolicy::standard().with_max_attempts(two)),
    ];
    for (clone, left) in clones.iter().zip([486, 472, 458, 444]) {
        Scenario::of(clone.clone()).run(failing(500)).error();
        for shared in [&hub, &clones[0], &clones[1], &clones[2], &clones[3]] {
            assert_eq!(shared.retry_quota(), left);
        }
    }
    assert_eq!(steady().retry_quota(), 500);
    let other_region =
        hub.with_region(&region("eu-west-1"), securityhub_invitations::EndpointVariant::default()).unwrap();
    assert_eq!(other_region.retry_quota(), 500);
}

#[test]
fn never_makes_one_attempt() {
    let hub = hub().with_retry_policy(RetryPolicy::never());
    let mut scenario = Scenario::of(hub.clone());
    for event in [status(500), status(429), error(400, "Throttling"), error(403, "AccessDeniedException").ahead_by(600)]
    {
        let run = scenario.run([event]);
        assert_eq!(run.attempts(), 1);
        let error = run.error();
        assert!(error.is_retryable());
        assert_eq!(error.attempts(), Some(1));
    }
    assert_eq!(scenario.run([failure(Failure::TimedOut)]).give_up().reason(), GiveUpReason::Attempts);
    assert_eq!(hub.retry_quota(), 500);
}

#[test]
fn defaults_are_as_documented() {
    assert_eq!(RetryPolicy::default(), RetryPolicy::standard());
    let by_hand =
        RetryPolicy::never().with_max_attempts(NonZeroU32::new(3).unwrap()).with_max_backoff(Duration::from_secs(20));
    assert_eq!(by_hand, RetryPolicy::standard());
    assert_ne!(RetryPolicy::never(), RetryPolicy::standard());
    assert_eq!((by_hand.seed(), by_hand.has_jitter()), (None, true));
    assert_eq!(Scenario::of(hub()).run(failing(500)).attempts(), 3);
}

/// Returns the wait after a transient failure, which is 50 ms if the server requests none.
fn wait_with(headers: &[(&str, &[u8])]) -> Duration {
    let event = headers.iter().fold(status(503), |event, (name, value)| event.header(name, value));
    Scenario::of(steady()).run([event, ok()]).waits[0]
}

#[test]
fn x_amz_retry_after_is_clamped_milliseconds() {
    for (value, expected) in [
        ("0", 50),
        ("49", 50),
        ("51", 51),
        ("0200", 200),
        ("5049", 5049),
        ("5050", 5050),
        ("5051", 5050),
        ("100000", 5050),
        ("18446744073709551615", 5050),
        ("18446744073709551616", 5050),
        ("99999999999999999999999999999999999999999999", 5050),
    ] {
        assert_eq!(wait_with(&[("x-amz-retry-after", value.as_bytes())]), Duration::from_millis(expected), "{value}");
    }
}

#[test]
fn ignores_waits_that_are_not_whole_numbers() {
    for value in
        ["", " ", "-1", "+200", "1.5", "1e3", "1_000", " 200", "200 ", "0x10", "200ms", "２００", "soon", "1,2"]
    {
        for name in ["x-amz-retry-after", "retry-after"] {
            assert_eq!(wait_with(&[(name, value.as_bytes())]), Duration::from_millis(50), "{name}: {value:?}");
        }
    }
    assert_eq!(wait_with(&[("x-amz-retry-after", b"\xff")]), Duration::from_millis(50));
}

#[test]
fn retry_after_is_clamped_seconds_or_a_date() {
    let in_seconds = |ahead| http_date(now(), ahead);
    for (value, expected) in [
        ("0".to_owned(), 50),
        ("1".to_owned(), 1000),
        ("5".to_owned(), 5000),
        ("6".to_owned(), 5050),
        ("99999999999999999999".to_owned(), 5050),
        (in_seconds(3), 3000),
        (in_seconds(0), 50),
        (in_seconds(-60), 50),
        (in_seconds(3600), 5050),
        ("Fri, 31 Dec 9999 23:59:59 GMT".to_owned(), 5050),
        ("Thu, 01 Jan 1970 00:00:00 GMT".to_owned(), 50),
        // The two obsolete formats.
        ("Sunday, 22-Nov-26 20:37:08 GMT".to_owned(), 3000),
        ("Sun Nov 22 20:37:08 2026".to_owned(), 3000),
        // A year of three digits.
        ("Sun, 22 Nov 926 20:37:08 GMT".to_owned(), 50),
    ] {
        assert_eq!(wait_with(&[("retry-after", value.as_bytes())]), Duration::from_millis(expected), "{value}");
    }
}

#[test]
fn x_amz_retry_after_wins_if_valid() {
    for (ours, standard, expected) in [
        ("2000", "4", 2000),
        ("100", "4", 100),
        ("0", "4", 50),
        ("1.5", "4", 4000),
        ("", "4", 4000),
        ("2000", "x", 2000),
    ] {
        let headers = [("retry-after", standard.as_bytes()), ("x-amz-retry-after", ours.as_bytes())];
        assert_eq!(wait_with(&headers), Duration::from_millis(expected), "{ours} {standard}");
    }
}

#[test]
fn the_clamp_follows_the_backoff() {
    let requesting = || status(429).header("x-amz-retry-after", "600000");
    let run = Scenario::of(steady_with_attempts(7)).run(std::iter::repeat_with(requesting));
    assert_eq!(run.waits, millis([6000, 7000, 9000, 13_000, 21_000, 25_000]));

    let requesting = || status(500).header("x-amz-retry-after", "150");
    let run = Scenario::of(steady_with_attempts(4)).run(std::iter::repeat_with(requesting));
    assert_eq!(run.waits, millis([150, 150, 200]));
}

#[test]
fn retry_after_dates_use_the_services_clock() {
    // The service's clock is an hour ahead, and the date is 3 s after it.
    let event = error(503, "X").ahead_by(3600).header("retry-after", http_date(now(), 3603));
    assert_eq!(Scenario::of(steady()).run([event.clone(), ok()]).waits, millis([3000]));
    // Without a measurement, the date is compared with the caller's clock.
    let run = Scenario::of(steady().with_clock_skew_correction(false)).run([event, ok()]);
    assert_eq!(run.waits, millis([5050]));
    // The offset can be known from another response.
    let mut scenario = Scenario::of(steady());
    scenario.run([ok().ahead_by(-3600)]).succeeds();
    let event = status(503).header("retry-after", http_date(now(), 2 - 3600));
    assert_eq!(scenario.run([event, ok()]).waits, millis([2000]));
}

#[test]
fn a_requested_wait_does_not_cause_retries() {
    let requesting = status(400).header("x-amz-retry-after", "100").header("retry-after", "1");
    assert_eq!(retry_after(&requesting), FINAL);
    assert_eq!(retry_after(&status(408).header("retry-after", "1")), FINAL);
}

#[test]
fn every_attempt_is_signed_anew() {
    let mut scenario = Scenario::of(steady());
    scenario.round_trip = Duration::from_secs(2);
    let Run { waits, requests, .. } = scenario.run([status(429), status(429), ok()]);
    assert_eq!(waits, millis([1000, 2000]));
    let dates: Vec<_> = requests.iter().map(|request| header_of(request, "x-amz-date")).collect();
    assert_eq!(dates, ["20261122T203705Z", "20261122T203708Z", "20261122T203712Z"]);
    for (n, request) in requests.iter().enumerate() {
        let expected = hub().signed_request(&one_id(), at(1_795_379_825 + [0, 3, 7][n]));
        assert_eq!(header_of(request, "authorization"), header_of(&expected, "authorization"));
        assert_eq!(request.uri(), expected.uri());
        assert_eq!(request.body().as_ptr(), requests[0].body().as_ptr(), "the body is shared");
    }
}

#[test]
fn credentials_can_be_replaced_between_attempts() {
    let hub = steady();
    let rotated = || Credentials::new("AKIDROTATED", "other").unwrap().with_session_token(TOKEN).unwrap();
    let call = hub.call(one_id());
    let mut scenario = Scenario::of(hub.clone());
    let run = scenario.run_call(call, [status(500), status(500), ok()], |call| match call.attempt() {
        2 => call.with_credentials(rotated()),
        _ => call,
    });
    let key_ids: Vec<_> = run
        .requests
        .iter()
        .map(|request| header_of(request, "authorization").split(['=', '/']).nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(key_ids, ["AKIDEXAMPLE", "AKIDROTATED", "AKIDROTATED"]);
    assert!(!run.requests[0].headers().contains_key("x-amz-security-token"));
    assert_eq!(header_of(&run.requests[1], "x-amz-security-token"), TOKEN);
    let expected = hub.with_credentials(rotated()).signed_request(&one_id(), now() + Duration::from_millis(50));
    assert_eq!(header_of(&run.requests[1], "authorization"), header_of(&expected, "authorization"));
    let output = run.output();
    assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(3), Some(2)), "the counts continue");
    assert_eq!(hub.retry_quota(), 486, "and so does the quota");
}

#[test]
fn a_call_returns_its_parts() {
    let hub = SecurityHub::new(Endpoint::regional(&region("eu-west-3")).unwrap(), credentials());
    let input = DeleteInvitations::new(["111122223333", "444455556666"]).unwrap();
    let call = hub.call(input.clone()).with_credentials(temporary_credentials()).with_unconfirmed_attempts(2);
    assert_eq!((call.attempt(), call.unconfirmed_attempts()), (1, 2));
    assert_eq!(call.operation(), &input);
    assert_eq!(call.hub().endpoint(), hub.endpoint());
    assert!(call.hub().signed_request(&input, now()).headers().contains_key("x-amz-security-token"));
}

#[test]
fn a_dropped_call_is_not_refunded() {
    let hub = steady();
    let (_, in_flight) = hub.call(one_id()).sign(now());
    drop(in_flight);
    assert_eq!(hub.retry_quota(), 500);
    let (_, in_flight) = hub.call(one_id()).sign(now());
    drop(in_flight.handle_failure(Failure::TimedOut));
    assert_eq!(hub.retry_quota(), 486);
}

#[test]
fn outputs_and_errors_count_attempts() {
    let body = r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#;
    let output = Scenario::of(steady()).run([status(500), status(200).body(body)]).output();
    assert_eq!(output.attempts(), Some(2));
    let unprocessed = output.into_result().unwrap_err();
    assert_eq!((unprocessed.attempts(), unprocessed.unconfirmed_attempts()), (Some(2), Some(1)));
    let error = Scenario::of(steady()).run([status(500), error(404, "X")]).error();
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (Some(2), Some(1)));
    assert_eq!(error.to_string(), "X (HTTP 404, after 2 attempts)");
}

#[test]
fn causes_name_the_failure() {
    let retry_of = |in_flight: InFlight| -> Retry {
        match in_flight.handle_response(&response(503, &[], ""), now()) {
            Outcome::Retry(retry) => retry,
            Outcome::Done(result) => panic!("{result:?}"),
        }
    };
    let sign = |call: Call| call.sign(now()).1;
    let retry = retry_of(sign(steady().call(one_id())));
    assert_eq!(retry.cause.to_string(), "response without an error code (HTTP 503)");
    assert!(retry.cause.source().is_none());
    let retry = sign(retry.call).handle_failure(Failure::Interrupted).unwrap();
    assert_eq!(retry.cause.to_string(), "the connection broke before the response was complete");
    assert!(matches!(retry.cause, Cause::Failure(Failure::Interrupted)));
    assert_eq!(Failure::NotSent.to_string(), "the request was not sent");
    assert_eq!(Failure::TimedOut.to_string(), "no response arrived in time");
}

#[test]
fn accepts_any_clock() {
    let far = Duration::from_secs(1 << 60);
    let times = [UNIX_EPOCH - far, UNIX_EPOCH - Duration::from_nanos(1), UNIX_EPOCH, now(), UNIX_EPOCH + far];
    let dates = [None, Some("Thu, 01 Jan 1970 00:00:00 GMT"), Some("Fri, 31 Dec 9999 23:59:59 GMT")];
    for sent in times {
        for arrived in times {
            for date in dates {
                let hub = steady();
                let (request, in_flight) = hub.call(one_id()).sign(sent);
                assert_eq!(header_of(&request, "x-amz-date").len(), 16);
                let mut received =
                    response(503, &[("retry-after", "Sun, 22 Nov 2026 20:37:05 GMT")], r#"{"code":"X"}"#);
                if let Some(date) = date {
                    received.headers_mut().insert("date", date.parse().unwrap());
                }
                let Outcome::Retry(retry) = in_flight.handle_response(&received, arrived) else { panic!() };
                assert!((50..=5050).contains(&retry.after.as_millis()), "{:?}", retry.after);
                let (request, _) = retry.call.sign(arrived);
                assert_eq!(header_of(&request, "x-amz-date").len(), 16);
                assert!(hub.clock_offset().unsigned_abs() <= 253_402_300_799);
            }
        }
    }
}

/// A1: each event, and whether it is unconfirmed when it is the first attempt of two.
#[test]
fn counts_unconfirmed_attempts_by_response() {
    for (event, expected) in [
        (status(504), 1),
        (status(502), 1),
        (status(500), 1),
        (status(503), 1),
        (error(500, "InternalException"), 1),
        (error(503, "ThrottlingException"), 1),
        (error(400, "RequestTimeout"), 1),
        (error(400, "RequestTimeoutException"), 1),
        (error(408, "RequestTimeout"), 1),
        (error(408, "SlowDown"), 1),
        (error(302, "SlowDown"), 1),
        (status(429), 1),
        (failure(Failure::TimedOut), 1),
        (failure(Failure::Interrupted), 1),
        (failure(Failure::NotSent), 0),
        (error(429, "TooManyRequestsException"), 0),
        (error(400, "ThrottlingException"), 0),
        (error(403, "InvalidSignatureException").ahead_by(600), 0),
    ] {
        let listed = status(200).body(r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#);
        let input = one_id();
        let run = Scenario::of(steady()).run([event.clone(), listed]);
        let output = run.output();
        assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(2), Some(expected)));
        let verdict = output.verdicts(&input).next().unwrap().1;
        let is_certain = matches!(verdict, securityhub_invitations::Verdict::NotProcessed(_));
        assert_eq!(is_certain, expected == 0, "{verdict:?}");
    }
}

/// A1, A2: each last event, and whether the call reports that it may have taken effect.
#[test]
fn errors_count_their_own_attempt() {
    for (event, expected) in [
        (status(404), 1),
        (status(302), 1),
        (status(408), 1),
        (error(408, "X"), 1),
        (status(501), 1),
        (status(503), 1),
        (error(501, "X"), 1),
        (error(302, "X"), 1),
        (status(200), 1),
        (status(200).body("<html>"), 1),
        (ok().header("x-amzn-errortype", "X"), 1),
        (error(404, "ResourceNotFoundException"), 0),
        (status(400).body(r#"{"code":"X"}"#), 0),
        (error(403, "ExpiredTokenException"), 0),
    ] {
        let error = Scenario::of(hub().with_retry_policy(RetryPolicy::never())).run([event]).error();
        assert_eq!(error.unconfirmed_attempts(), Some(expected), "{error}");
        assert_eq!(error.may_have_taken_effect(), expected == 1, "{error}");
        assert_eq!(error.is_confirmed(), expected == 0, "{error}");
    }
}

/// A2: an attempt that sends nothing does not clear the earlier ones.
#[test]
fn give_up_reports_earlier_unconfirmed_attempts() {
    let lost = || failure(Failure::Interrupted);
    let refused = || failure(Failure::NotSent);
    for (events, expected) in [
        ([lost(), refused(), refused()], 1),
        ([refused(), lost(), refused()], 1),
        ([refused(), refused(), refused()], 0),
        ([status(504), refused(), refused()], 1),
        ([error(400, "SlowDown"), refused(), refused()], 0),
        ([lost(), lost(), failure(Failure::TimedOut)], 3),
    ] {
        let give_up = Scenario::of(steady()).run(events).give_up();
        assert_eq!((give_up.attempts(), give_up.unconfirmed_attempts()), (3, expected));
        assert_eq!(give_up.may_have_taken_effect(), expected > 0);
        assert_eq!(give_up.effects().unconfirmed_attempts(), expected);
        assert_eq!(give_up.to_string(), "no attempts left (after 3 attempts)");
    }
    let events = [lost(), refused(), error(400, "InvalidInputException")];
    let error = Scenario::of(steady()).run(events).error();
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (Some(3), Some(1)));
    assert!(error.may_have_taken_effect());
}

#[test]
fn final_failures_report_their_effects() {
    for (failure, expected) in [(Failure::NotSent, 1), (Failure::TimedOut, 2), (Failure::Interrupted, 2)] {
        let hub = steady();
        let in_flight = hub.call(one_id()).with_unconfirmed_attempts(1).sign(now()).1;
        let give_up = in_flight.give_up(failure);
        assert_eq!((give_up.reason(), give_up.attempts()), (GiveUpReason::NotRetryable, 1));
        assert_eq!((give_up.unconfirmed_attempts(), give_up.may_have_taken_effect()), (expected, true));
        assert_eq!(give_up.to_string(), "not retryable (after 1 attempt)");
        assert_eq!(hub.retry_quota(), 500);
    }
}

#[test]
fn continues_the_count_of_an_earlier_call() {
    let hub = steady();
    let listed = r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#;
    let mut scenario = Scenario::of(hub.clone());
    let run = scenario.run([failure(Failure::TimedOut), error(403, "ExpiredTokenException")]);
    let unconfirmed = run.error().unconfirmed_attempts().unwrap();
    assert_eq!(unconfirmed, 1);
    let call = hub.with_credentials(temporary_credentials()).call(one_id()).with_unconfirmed_attempts(unconfirmed);
    let output = scenario.run_call(call, [ok().body(listed)], |call| call).output();
    assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(1), Some(1)));

    // The count saturates.
    let call = hub.call(one_id()).with_unconfirmed_attempts(u32::MAX);
    let error = scenario.run_call(call, failing(504), |call| call).error();
    assert_eq!(error.unconfirmed_attempts(), Some(u32::MAX));
}

/// Rule 9: an operation that reads has no effect, whatever happens to its responses.
#[test]
fn reads_never_take_effect() {
    fn check<O: Operation>(operation: &O) {
        let mut scenario = Scenario::of(steady());
        let events = || [status(504), failure(Failure::Interrupted), status(200)];
        let error = scenario.run_call(steady().call(operation.clone()), events(), |call| call).error();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert_eq!((error.unconfirmed_attempts(), error.may_have_taken_effect()), (Some(3), false), "{}", O::NAME);
        let lost = std::iter::repeat_with(|| failure(Failure::TimedOut));
        let give_up = scenario.run_call(steady().call(operation.clone()), lost, |call| call).give_up();
        assert_eq!((give_up.unconfirmed_attempts(), give_up.may_have_taken_effect()), (3, false), "{}", O::NAME);
    }
    check(&ListInvitations::new());
    check(&ListMembers::new());
    check(&GetAdministratorAccount::new());

    let disassociate = DisassociateFromAdministratorAccount::new();
    let error = Scenario::of(steady()).run_call(steady().call(disassociate), failing(504), |call| call).error();
    assert!(error.may_have_taken_effect());
    let decline = DeclineInvitations::new(["111122223333"]).unwrap();
    let error = Scenario::of(steady()).run_call(steady().call(decline), failing(504), |call| call).error();
    assert!(error.may_have_taken_effect());
}
