//! The retrying call by scenario: which outcomes are tried again, after which wait, at which price.

use std::{
    error::Error as _,
    num::NonZeroU32,
    time::{Duration, UNIX_EPOCH},
};

use securityhub_invitations::{
    Call, Cause, Credentials, DeleteInvitations, Endpoint, ErrorKind, Failure, InFlight, Outcome, Retry, RetryPolicy,
    SecurityHub,
};

use crate::{
    scenario::{
        Event, Run, Scenario, error, failing, failure, http_date, millis, ok, status, steady, steady_with_attempts,
    },
    support::{TOKEN, at, credentials, header_of, hub, now, one_id, region, response, temporary_credentials},
};

const THROTTLING_CODES: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// What one event costs and how long is waited after it, on a hub of its own; `None` if it is final.
fn verdict(event: &Event) -> Option<(u32, Duration)> {
    let hub = steady();
    let run = Scenario::of(hub.clone()).run([event.clone(), failure(Failure::NotSent), failure(Failure::NotSent)]);
    let second_retry = if run.waits.len() == 2 { 14 } else { 0 };
    run.waits.first().map(|wait| (500 - hub.retry_quota() - second_retry, *wait))
}

const TRANSIENT: Option<(u32, Duration)> = Some((14, Duration::from_millis(50)));
const THROTTLING: Option<(u32, Duration)> = Some((5, Duration::from_secs(1)));
const FINAL: Option<(u32, Duration)> = None;

#[test]
fn a_success_at_once_is_one_attempt() {
    let run = Scenario::of(steady()).run([ok()]);
    assert_eq!(run.attempts(), 1);
    assert_eq!(run.output().attempts(), 1);
}

#[test]
fn statuses_are_transient_throttling_or_final() {
    for code in 100..=999 {
        let expected = match code {
            200..=299 => FINAL,
            500 | 502 | 503 | 504 => TRANSIENT,
            429 => THROTTLING,
            // 408, 409, 421, 425, 501, 505, 507, 509, 520, 599 among them.
            _ => FINAL,
        };
        assert_eq!(verdict(&status(code)), expected, "{code}");
    }
}

#[test]
fn a_throttling_code_is_throttling_whatever_the_status() {
    for code in THROTTLING_CODES {
        for with in [302, 400, 429, 500, 503] {
            assert_eq!(verdict(&error(with, code)), THROTTLING, "{with} {code}");
        }
    }
}

#[test]
fn other_codes_are_decided_by_name_or_status() {
    for (with, code, expected) in [
        (400, "RequestTimeout", TRANSIENT),
        (400, "RequestTimeoutException", TRANSIENT),
        (408, "RequestTimeoutException", TRANSIENT),
        // By status alone, whatever the code says.
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
        // Names are compared whole, and with their case.
        (400, "throttling", FINAL),
        (400, "ThrottlingExceptions", FINAL),
        (400, "Request Timeout", FINAL),
    ] {
        assert_eq!(verdict(&error(with, code)), expected, "{with} {code}");
    }
}

#[test]
fn status_429_is_throttling_unless_the_operations_model_has_the_code() {
    for (code, expected) in [
        ("", THROTTLING),
        ("SomethingNew", THROTTLING),
        ("AccessDeniedException", THROTTLING),
        ("LimitExceededException", THROTTLING),
        // Elsewhere they are transient.
        ("RequestTimeout", THROTTLING),
        ("RequestTimeoutException", THROTTLING),
        ("InternalException", FINAL),
        ("InvalidAccessException", FINAL),
        ("InvalidInputException", FINAL),
        ("ResourceNotFoundException", FINAL),
    ] {
        assert_eq!(verdict(&error(429, code)), expected, "{code}");
    }
}

#[test]
fn the_code_of_the_body_decides_as_the_headers_does() {
    for body in
        [r#"{"__type":"com.amazon#Throttling:http://x"}"#, r#"{"code":"Throttling"}"#, r#"{"Code":"Throttling"}"#]
    {
        assert_eq!(verdict(&status(400).body(body)), THROTTLING, "{body}");
    }
    assert_eq!(verdict(&error(400, "ns#Throttling:http://x")), THROTTLING);
}

#[test]
fn every_failure_of_the_transport_is_transient() {
    for what in [Failure::NotSent, Failure::TimedOut, Failure::Interrupted] {
        assert_eq!(verdict(&failure(what)), TRANSIENT, "{what}");
        let run = Scenario::of(steady()).run([failure(what), failure(what), failure(what)]);
        assert_eq!(run.waits, millis([50, 100]));
        assert_eq!(run.failure(), what);
    }
}

#[test]
fn a_success_that_is_not_the_promised_json_is_final() {
    for body in ["<html>", "[]", "{", "{\"UnprocessedAccounts\":[null]}"] {
        let event = status(200).body(body).header("x-amzn-errortype", "ThrottlingException");
        assert_eq!(verdict(&event), FINAL, "{body}");
        let hub = steady();
        let error = Scenario::of(hub.clone()).run([event]).error();
        assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Malformed, false, 1));
        assert_eq!(hub.retry_quota(), 500);
    }
}

#[test]
fn waits_double_up_to_the_cap() {
    let run = Scenario::of(steady_with_attempts(12)).run(failing(503));
    assert_eq!(run.waits, millis([50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]));
    assert_eq!(run.error().attempts(), 12);

    let run = Scenario::of(steady_with_attempts(8)).run(failing(429));
    assert_eq!(run.waits, millis([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]));
}

#[test]
fn the_exponent_is_the_attempts_and_the_base_the_classs() {
    let script = [status(500), status(429), failure(Failure::TimedOut), error(400, "SlowDown"), ok()];
    let hub = steady_with_attempts(5);
    let run = Scenario::of(hub.clone()).run(script);
    assert_eq!(run.waits, millis([50, 2000, 200, 8000]));
    // The last retry was a throttled one: 5 come back.
    assert_eq!(hub.retry_quota(), 500 - 14 - 5 - 14 - 5 + 5);
}

#[test]
fn the_cap_is_the_policys() {
    for (cap, expected) in [
        (Duration::from_millis(300), millis([50, 100, 200, 300, 300])),
        (Duration::ZERO, millis([0, 0, 0, 0, 0])),
        (Duration::MAX, millis([50, 100, 200, 400, 800])),
    ] {
        let policy =
            RetryPolicy::standard().without_jitter().max_attempts(NonZeroU32::new(6).unwrap()).max_backoff(cap);
        let run = Scenario::of(hub().with_retry_policy(policy)).run(failing(500));
        assert_eq!(run.waits, expected, "{cap:?}");
    }
}

#[test]
fn a_policy_without_end_neither_overflows_nor_stops_by_itself() {
    let policy = RetryPolicy::standard().without_jitter().max_attempts(NonZeroU32::MAX).max_backoff(Duration::MAX);
    let hub = hub().with_retry_policy(policy);
    // Seconds are doubled until a `u32` of them is full.
    let mut scenario = Scenario::of(hub);
    scenario.clock = at(0);
    let run = scenario.run(failing(429));
    assert_eq!(run.attempts(), 101);
    assert_eq!(run.waits[31], Duration::from_secs(1 << 31));
    assert_eq!(run.waits[32..], [Duration::from_secs(u64::from(u32::MAX)); 68]);
}

#[test]
fn the_quota_is_paid_and_refunded() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    assert_eq!(hub.retry_quota(), 500);
    assert_eq!(scenario.run([status(500), status(500), ok()]).output().attempts(), 3);
    assert_eq!(hub.retry_quota(), 486, "the last retry's price comes back, the first one's does not");
    scenario.run([ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 487, "a success at once gives 1");
    scenario.run([error(400, "Throttling"), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 487);
    scenario.run([status(400)]).error();
    assert_eq!(hub.retry_quota(), 487, "a final failure gives nothing");
}

#[test]
fn a_failure_in_the_end_gives_nothing_back() {
    let hub = steady();
    let error = Scenario::of(hub.clone()).run(failing(500)).error();
    assert_eq!((error.attempts(), hub.retry_quota()), (3, 472));
    // The class of the error, though there was no attempt left.
    assert!(error.is_retryable());
}

#[test]
fn the_quota_is_never_over_500() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 500);
    scenario.run([status(500), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 500);
    // A retry that was paid before others filled the quota up again, nearly or wholly.
    for filled_up_to in [495, 500] {
        let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
        let Outcome::Retry(retry) = in_flight.handle_response(&response(503, &[], ""), now()) else { panic!() };
        for left in 487..=filled_up_to {
            scenario.run([ok()]).succeeds();
            assert_eq!(hub.retry_quota(), left);
        }
        let (_, in_flight) = retry.call.sign(now());
        assert!(matches!(in_flight.handle_response(&response(200, &[], ""), now()), Outcome::Done(Ok(_))));
        assert_eq!(hub.retry_quota(), 500);
    }
}

#[test]
fn a_full_quota_pays_35_transient_retries_or_100_throttled_ones() {
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
        // What cannot be paid is not tried, and costs nothing.
        let run = scenario.run([event.clone()]);
        assert_eq!((run.attempts(), hub.retry_quota()), (1, left));
    }
}

#[test]
fn an_empty_quota_ends_the_call_with_the_error_that_it_had() {
    let hub = steady_with_attempts(u32::MAX);
    let error = Scenario::of(hub.clone()).run(failing(500)).error();
    assert_eq!((error.attempts(), error.is_retryable(), hub.retry_quota()), (36, true, 10));
    // A cheaper retry can still be paid.
    let run = Scenario::of(hub.clone()).run([error_429(), error_429(), error_429()]);
    assert_eq!((run.attempts(), hub.retry_quota()), (3, 0));
}

fn error_429() -> Event {
    error(429, "TooManyRequestsException")
}

#[test]
fn the_quota_is_shared_by_clones_and_by_nobody_else() {
    let hub = steady_with_attempts(2);
    let clones = [
        hub.clone(),
        hub.with_credentials(temporary_credentials()),
        hub.clone().with_clock_skew_correction(false),
        hub.clone().with_retry_policy(RetryPolicy::standard().max_attempts(NonZeroU32::new(2).unwrap())),
    ];
    for (clone, left) in clones.iter().zip([486, 472, 458, 444]) {
        Scenario::of(clone.clone()).run(failing(500)).error();
        for shared in [&hub, &clones[0], &clones[1], &clones[2], &clones[3]] {
            assert_eq!(shared.retry_quota(), left);
        }
    }
    assert_eq!(steady().retry_quota(), 500);
}

#[test]
fn never_is_one_attempt_and_touches_no_quota() {
    let hub = hub().with_retry_policy(RetryPolicy::never());
    let mut scenario = Scenario::of(hub.clone());
    for event in [status(500), status(429), error(400, "Throttling"), error(403, "AccessDeniedException").ahead_by(600)]
    {
        let run = scenario.run([event]);
        assert_eq!(run.attempts(), 1);
        let error = run.error();
        assert!(error.is_retryable());
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!(scenario.run([failure(Failure::TimedOut)]).failure(), Failure::TimedOut);
    assert_eq!(hub.retry_quota(), 500);
}

#[test]
fn the_defaults_are_the_documented_ones() {
    assert_eq!(RetryPolicy::default(), RetryPolicy::standard());
    let by_hand = RetryPolicy::never().max_attempts(NonZeroU32::new(3).unwrap()).max_backoff(Duration::from_secs(20));
    assert_eq!(by_hand, RetryPolicy::standard());
    assert_ne!(RetryPolicy::never(), RetryPolicy::standard());
    assert_eq!(Scenario::of(hub()).run(failing(500)).attempts(), 3);
}

/// One wait after a transient failure, 50 ms if nothing is asked for.
fn wait_asked(headers: &[(&str, &[u8])]) -> Duration {
    let event = headers.iter().fold(status(503), |event, (name, value)| event.header(name, value));
    Scenario::of(steady()).run([event, ok()]).waits[0]
}

#[test]
fn x_amz_retry_after_is_milliseconds_within_the_clamp() {
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
        assert_eq!(wait_asked(&[("x-amz-retry-after", value.as_bytes())]), Duration::from_millis(expected), "{value}");
    }
}

#[test]
fn what_is_no_whole_number_is_not_asked_for() {
    for value in
        ["", " ", "-1", "+200", "1.5", "1e3", "1_000", " 200", "200 ", "0x10", "200ms", "２００", "soon", "1,2"]
    {
        for name in ["x-amz-retry-after", "retry-after"] {
            assert_eq!(wait_asked(&[(name, value.as_bytes())]), Duration::from_millis(50), "{name}: {value:?}");
        }
    }
    assert_eq!(wait_asked(&[("x-amz-retry-after", b"\xff")]), Duration::from_millis(50));
}

#[test]
fn retry_after_is_seconds_or_a_date_within_the_clamp() {
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
        // The two formats of old.
        ("Sunday, 22-Nov-26 20:37:08 GMT".to_owned(), 3000),
        ("Sun Nov 22 20:37:08 2026".to_owned(), 3000),
        // No year of two or four digits.
        ("Sun, 22 Nov 926 20:37:08 GMT".to_owned(), 50),
    ] {
        assert_eq!(wait_asked(&[("retry-after", value.as_bytes())]), Duration::from_millis(expected), "{value}");
    }
}

#[test]
fn x_amz_retry_after_wins_if_it_is_valid() {
    for (ours, standard, expected) in [
        ("2000", "4", 2000),
        ("100", "4", 100),
        ("0", "4", 50),
        ("1.5", "4", 4000),
        ("", "4", 4000),
        ("2000", "x", 2000),
    ] {
        let headers = [("retry-after", standard.as_bytes()), ("x-amz-retry-after", ours.as_bytes())];
        assert_eq!(wait_asked(&headers), Duration::from_millis(expected), "{ours} {standard}");
    }
}

#[test]
fn the_clamp_moves_with_the_backoff() {
    let asking = || status(429).header("x-amz-retry-after", "600000");
    let run = Scenario::of(steady_with_attempts(7)).run(std::iter::repeat_with(asking));
    assert_eq!(run.waits, millis([6000, 7000, 9000, 13_000, 21_000, 25_000]));

    let asking = || status(500).header("x-amz-retry-after", "150");
    let run = Scenario::of(steady_with_attempts(4)).run(std::iter::repeat_with(asking));
    assert_eq!(run.waits, millis([150, 150, 200]));
}

#[test]
fn a_date_in_retry_after_is_the_services_clock() {
    // An hour ahead: the date is 3 s after the service's own time.
    let event = status(503).ahead_by(3600).header("retry-after", http_date(now(), 3603));
    assert_eq!(Scenario::of(steady()).run([event.clone(), ok()]).waits, millis([3000]));
    // Nobody measures, so the date is believed as it stands, and clamped.
    let run = Scenario::of(steady().with_clock_skew_correction(false)).run([event, ok()]);
    assert_eq!(run.waits, millis([5050]));
    // The offset is known from another response.
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([ok().ahead_by(-3600)]).succeeds();
    let event = status(503).header("retry-after", http_date(now(), 2 - 3600));
    assert_eq!(scenario.run([event, ok()]).waits, millis([2000]));
}

#[test]
fn an_error_that_is_final_is_final_whatever_is_asked_for() {
    let asking = status(400).header("x-amz-retry-after", "100").header("retry-after", "1");
    assert_eq!(verdict(&asking), FINAL);
    assert_eq!(verdict(&status(408).header("retry-after", "1")), FINAL);
}

#[test]
fn every_attempt_has_a_date_and_a_signature_of_its_own_and_the_same_body() {
    let mut scenario = Scenario::of(steady());
    scenario.round_trip = Duration::from_secs(2);
    let Run { waits, requests, .. } = scenario.run([status(429), status(429), ok()]);
    assert_eq!(waits, millis([1000, 2000]));
    let dates: Vec<_> = requests.iter().map(|request| header_of(request, "x-amz-date")).collect();
    assert_eq!(dates, ["20261122T203705Z", "20261122T203708Z", "20261122T203712Z"]);
    for (n, request) in requests.iter().enumerate() {
        let expected = hub().request(&one_id(), at(1_795_379_825 + [0, 3, 7][n]));
        assert_eq!(header_of(request, "authorization"), header_of(&expected, "authorization"));
        assert_eq!(request.uri(), expected.uri());
        assert_eq!(request.body().as_ptr(), requests[0].body().as_ptr());
    }
}

#[test]
fn credentials_can_be_replaced_between_attempts() {
    let hub = steady();
    let rotated = || Credentials::new("AKIDROTATED", "other").unwrap().with_session_token(TOKEN).unwrap();
    let call = hub.delete_invitations(one_id());
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
    let expected = hub.with_credentials(rotated()).request(&one_id(), now() + Duration::from_millis(50));
    assert_eq!(header_of(&run.requests[1], "authorization"), header_of(&expected, "authorization"));
    assert_eq!(run.output().attempts(), 3, "the count goes on");
    assert_eq!(hub.retry_quota(), 486, "and so does the quota");
}

#[test]
fn a_call_tells_what_it_is_made_of() {
    let hub = SecurityHub::new(Endpoint::regional(&region("eu-west-3")).unwrap(), credentials());
    let input = DeleteInvitations::new(["111122223333", "444455556666"]).unwrap();
    let call = hub.delete_invitations(input.clone()).with_credentials(temporary_credentials());
    assert_eq!(call.attempt(), 1);
    assert_eq!(call.input().body(), input.body());
    assert_eq!(call.hub().endpoint(), hub.endpoint());
    assert!(call.hub().request(&input, now()).headers().contains_key("x-amz-security-token"));
}

#[test]
fn a_clone_of_a_call_is_a_call_of_its_own() {
    let hub = steady();
    let call = hub.delete_invitations(one_id());
    let clone = call.clone();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run_call(call, [status(500), status(500), status(500)], |call| call).error();
    scenario.run_call(clone, [status(500), ok()], |call| call).succeeds();
    assert_eq!(hub.retry_quota(), 472);
}

#[test]
fn a_dropped_call_takes_what_it_has_paid_with_it() {
    let hub = steady();
    let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
    drop(in_flight);
    assert_eq!(hub.retry_quota(), 500);
    let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
    drop(in_flight.handle_failure(Failure::TimedOut));
    assert_eq!(hub.retry_quota(), 486);
}

#[test]
fn the_output_and_the_error_count_the_attempts() {
    let body = r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#;
    let output = Scenario::of(steady()).run([status(500), status(200).body(body)]).output();
    assert_eq!(output.attempts(), 2);
    assert_eq!(output.into_result().unwrap_err().attempts(), 2);
    let error = Scenario::of(steady()).run([status(500), status(404)]).error();
    assert_eq!((error.attempts(), error.unanswered_attempts(), error.is_retryable()), (2, 0, false));
    assert!(error.to_string().ends_with("(HTTP 404, after 2 attempts)"), "{error}");
}

#[test]
fn a_cause_reads_as_what_it_is() {
    let retry_of = |in_flight: InFlight| -> Retry {
        match in_flight.handle_response(&response(503, &[], ""), now()) {
            Outcome::Retry(retry) => retry,
            Outcome::Done(result) => panic!("{result:?}"),
        }
    };
    let sign = |call: Call| call.sign(now()).1;
    let retry = retry_of(sign(steady().delete_invitations(one_id())));
    assert_eq!(retry.cause.to_string(), "Unavailable without an error code (HTTP 503)");
    assert!(retry.cause.source().is_none());
    let retry = sign(retry.call).handle_failure(Failure::Interrupted).unwrap();
    assert_eq!(retry.cause.to_string(), "the connection broke before the answer was whole");
    assert!(matches!(retry.cause, Cause::Failure(Failure::Interrupted)));
    assert_eq!(Failure::NotSent.to_string(), "the request was not sent");
    assert_eq!(Failure::TimedOut.to_string(), "no answer came in time");
}

#[test]
fn a_clock_anywhere_is_no_reason_to_fail() {
    let far = Duration::from_secs(1 << 60);
    let times = [UNIX_EPOCH - far, UNIX_EPOCH - Duration::from_nanos(1), UNIX_EPOCH, now(), UNIX_EPOCH + far];
    let dates = [None, Some("Thu, 01 Jan 1970 00:00:00 GMT"), Some("Fri, 31 Dec 9999 23:59:59 GMT")];
    for sent in times {
        for received in times {
            for date in dates {
                let hub = steady();
                let (request, in_flight) = hub.delete_invitations(one_id()).sign(sent);
                assert_eq!(header_of(&request, "x-amz-date").len(), 16);
                let mut answer = response(503, &[("retry-after", "Sun, 22 Nov 2026 20:37:05 GMT")], "");
                if let Some(date) = date {
                    answer.headers_mut().insert("date", date.parse().unwrap());
                }
                let Outcome::Retry(retry) = in_flight.handle_response(&answer, received) else { panic!() };
                assert!((50..=5050).contains(&retry.after.as_millis()), "{:?}", retry.after);
                let (request, _) = retry.call.sign(received);
                assert_eq!(header_of(&request, "x-amz-date").len(), 16);
                assert!(hub.clock_offset().unsigned_abs() <= 253_402_300_799);
            }
        }
    }
}

#[test]
fn unanswered_attempts_are_counted_where_they_may_have_taken_effect() {
    let gone = r#"{"UnprocessedAccounts":[{"AccountId":"111122223333"}]}"#;
    let run = Scenario::of(steady_with_attempts(5)).run([
        failure(Failure::NotSent),
        failure(Failure::TimedOut),
        status(503),
        failure(Failure::Interrupted),
        ok().body(gone),
    ]);
    let output = run.output();
    assert_eq!((output.attempts(), output.unanswered_attempts()), (5, 2));
    let unprocessed = output.into_result().unwrap_err();
    assert_eq!((unprocessed.attempts(), unprocessed.unanswered_attempts()), (5, 2));

    let run = Scenario::of(steady()).run([failure(Failure::TimedOut), error(400, "InvalidInputException")]);
    let error = run.error();
    assert_eq!((error.attempts(), error.unanswered_attempts()), (2, 1));

    let run = Scenario::of(steady()).run([failure(Failure::NotSent), status(503), ok()]);
    assert_eq!(run.output().unanswered_attempts(), 0);
}
