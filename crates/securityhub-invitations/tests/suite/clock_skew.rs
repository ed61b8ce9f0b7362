//! Clock skew: the offset that responses teach, and the rejections that it explains (rule 10).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use securityhub_invitations::{EndpointVariant, ErrorKind, Failure, SecurityHub};

use crate::{
    scenario::{Event, Scenario, error, failure, http_date, millis, ok, status, steady},
    support::{at, header_of, now, one_id, region, response, temporary_credentials},
};

const CANDIDATES: [&str; 5] = [
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

fn rejected() -> Event {
    error(403, "InvalidSignatureException")
}

fn date_of_next_call(hub: &SecurityHub) -> String {
    header_of(&hub.signed_request(&one_id(), now()), "x-amz-date")
}

fn shifted(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { now() - distance } else { now() + distance }
}

#[test]
fn retries_rejections_with_the_services_time() {
    for code in CANDIDATES {
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([error(403, code).ahead_by(300), ok()]);
        assert_eq!(run.waits, millis([50]), "{code} is delayed as transient");
        assert_eq!(run.dates(), ["20261122T203705Z", "20261122T204205Z"], "{code}");
        assert_eq!(run.output().attempts(), Some(2));
        assert_eq!(hub.clock_offset(), 300);
    }
}

#[test]
fn the_retry_is_priced_as_transient() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([rejected().ahead_by(300), status(400)]).error();
    assert_eq!(hub.retry_quota(), 486);
    // The offset is known now, so that only another step of the clock explains a rejection.
    scenario.run([rejected().ahead_by(900), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 486);
}

#[test]
fn other_codes_are_not_retried() {
    for code in [
        "RequestExpired",
        "RequestInTheFuture",
        "ExpiredToken",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "AccessDenied",
        "InvalidInputException",
    ] {
        let hub = steady();
        let error = Scenario::of(hub.clone()).run([error(403, code).ahead_by(600)]).error();
        assert!(!error.is_retryable(), "{code}");
        assert_eq!(hub.clock_offset(), 600, "the clock is measured nevertheless");
    }
}

#[test]
fn tolerates_four_minutes() {
    for (ahead, is_retried) in [(200, false), (240, false), (241, true), (-240, false), (-241, true), (86_400, true)] {
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([rejected().ahead_by(ahead), ok()]);
        assert_eq!(run.attempts(), if is_retried { 2 } else { 1 }, "{ahead}");
        assert_eq!(hub.clock_offset(), ahead, "the next call is always corrected");
        let expected = header_of(&steady().signed_request(&one_id(), shifted(ahead)), "x-amz-date");
        assert_eq!(date_of_next_call(&hub), expected);
    }
}

/// B1: the caller's clock is corrected after its offset was learned.
#[test]
fn retries_after_the_clock_was_corrected() {
    for (learned, step) in [(3600, 3600), (-3600, -3600), (3600, 7200), (3600, 3300)] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        scenario.run([ok().ahead_by(learned)]).succeeds();
        assert_eq!(hub.clock_offset(), learned);
        // The server's clock does not change, and the caller's is set.
        let ahead = learned - step;
        let run = scenario.run([rejected().ahead_by(ahead), ok().ahead_by(ahead)]);
        assert_eq!(run.waits, millis([50]), "{learned} {step}");
        let signed = |offset| header_of(&steady().signed_request(&one_id(), shifted(offset)), "x-amz-date");
        assert_eq!(run.dates(), [signed(learned), signed(ahead)]);
        assert_eq!(hub.clock_offset(), ahead);
    }
}

/// B1, the other side: a clock that is already compensated is not blamed again.
#[test]
fn a_compensated_clock_explains_nothing() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([ok().ahead_by(3600)]).succeeds();
    let run = scenario.run([rejected().ahead_by(3600)]);
    assert_eq!(run.attempts(), 1);
    assert!(!run.error().is_retryable());
    assert_eq!((hub.clock_offset(), hub.retry_quota()), (3600, 500));
}

#[test]
fn a_rejected_corrected_signature_is_final() {
    let hub = steady();
    let skewed = || rejected().ahead_by(300);
    let run = Scenario::of(hub.clone()).run([skewed(), skewed()]);
    assert_eq!(run.waits, millis([50]));
    assert_eq!(run.dates(), ["20261122T203705Z", "20261122T204205Z"]);
    let error = run.error();
    assert_eq!((error.attempts(), error.is_retryable()), (Some(2), false));
    assert_eq!(hub.retry_quota(), 486);
}

/// The offset is read once per attempt: a measurement by another call in between does not count twice.
#[test]
fn the_offset_is_read_once_per_attempt() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    let (_, in_flight) = hub.call(one_id()).sign(now());
    scenario.run([ok().ahead_by(600)]).succeeds();
    let date = http_date(now(), 600);
    let received = response(403, &[("date", &date), ("x-amzn-errortype", "AuthFailure")], "");
    let securityhub_invitations::Outcome::Retry(retry) = in_flight.handle_response(&received, now()) else { panic!() };
    assert_eq!(hub.clock_offset(), 600);
    assert_eq!(header_of(&retry.call.sign(now()).0, "x-amz-date"), "20261122T204705Z");
}

#[test]
fn only_the_service_teaches() {
    let date = http_date(now(), 600);
    let dated = |event: Event| event.header("date", &date);
    for (event, why) in [
        (status(403), "a page without a code"),
        (status(503).body("<html>"), "a proxy's page"),
        (status(302), "a redirect"),
        (status(200), "an empty success"),
        (status(200).body("<html>"), "a page with status 200"),
        (status(200).body(r#"{"message":"Forbidden"}"#), "an error with status 200"),
        (status(200).body(r#"{"Invitations":[]}"#), "a success of another operation"),
    ] {
        let hub = steady();
        drop(Scenario::of(hub.clone()).run([dated(event), ok(), ok()]));
        assert_eq!(hub.clock_offset(), 0, "{why}");
    }
    for (event, why) in [
        (ok(), "a success"),
        (error(404, "X"), "an error with a code in the header"),
        (status(404).body(r#"{"code":"X"}"#), "an error with a code in the body"),
        (error(302, "X"), "any status with a code"),
    ] {
        let hub = steady();
        drop(Scenario::of(hub.clone()).run([dated(event)]));
        assert_eq!(hub.clock_offset(), 600, "{why}");
    }
}

#[test]
fn discards_measurements_without_a_usable_date() {
    let date = http_date(now(), 600);
    let dated = || rejected().header("date", &date);
    for (event, why) in [
        (rejected(), "no Date"),
        (rejected().header("date", "yesterday"), "not a date"),
        (rejected().header("date", "1795380425"), "seconds"),
        (rejected().header("date", "2026-11-22T20:47:05Z"), "ISO 8601"),
        (rejected().header("date", b"\xff"), "not ASCII"),
        (dated().header("age", "0"), "a cached response"),
    ] {
        let hub = steady();
        let error = Scenario::of(hub.clone()).run([event]).error();
        assert!(!error.is_retryable(), "{why}");
        assert_eq!((hub.clock_offset(), hub.retry_quota()), (0, 500), "{why}");
    }
    for (milliseconds, offset) in [(900_000, 600), (900_001, 0)] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        scenario.round_trip = Duration::from_millis(milliseconds);
        drop(scenario.run([rejected().ahead_by(600), ok()]));
        assert_eq!(hub.clock_offset(), offset, "{milliseconds}");
    }
}

#[test]
fn compares_with_the_middle_of_the_round_trip() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.round_trip = Duration::from_secs(20);
    scenario.run([ok().ahead_by(-10)]).succeeds();
    assert_eq!(hub.clock_offset(), -10);
}

#[test]
fn every_response_measures() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    for (event, offset) in [
        (ok().ahead_by(30), 30),
        (error(404, "X").ahead_by(-40), -40),
        // The offset is kept if a response has no date.
        (error(404, "X"), -40),
        (ok(), -40),
        (ok().ahead_by(0), 0),
    ] {
        drop(scenario.run([event]));
        assert_eq!(hub.clock_offset(), offset);
    }
    drop(scenario.run([ok().ahead_by(9)]));
    drop(scenario.run([failure(Failure::NotSent), ok()]));
    assert_eq!(hub.clock_offset(), 9);
}

#[test]
fn clones_share_the_offset() {
    let hub = steady();
    let other_region = hub.with_region(&region("eu-west-1"), EndpointVariant::default()).unwrap();
    let clones = [hub.clone(), hub.with_credentials(temporary_credentials()), other_region];
    let before = hub.call(one_id());
    Scenario::of(clones[1].clone()).run([ok().ahead_by(100)]).succeeds();
    for clone in &clones {
        assert_eq!(clone.clock_offset(), 100);
        assert_eq!(date_of_next_call(clone), "20261122T203845Z");
        let explanation = clone.explain(&one_id(), now());
        assert!(explanation.string_to_sign.contains("\n20261122T203845Z\n"), "{explanation}");
    }
    assert_eq!(header_of(&before.sign(now()).0, "x-amz-date"), "20261122T203845Z", "a call created earlier");
    assert_eq!(steady().clock_offset(), 0);
}

#[test]
fn without_correction_nothing_is_measured() {
    let on = steady();
    let off = on.clone().with_clock_skew_correction(false);
    let run = Scenario::of(off.clone()).run([rejected().ahead_by(300)]);
    assert_eq!((run.attempts(), off.clock_offset(), on.clock_offset()), (1, 0, 0));
    assert!(!run.error().is_retryable());

    // The measurement of another clone is not applied.
    Scenario::of(on.clone()).run([ok().ahead_by(300)]).succeeds();
    assert_eq!(date_of_next_call(&on), "20261122T204205Z");
    assert_eq!(date_of_next_call(&off), "20261122T203705Z");
    assert_eq!(date_of_next_call(&off.with_clock_skew_correction(true)), "20261122T204205Z");
}

#[test]
fn malformed_successes_are_not_retried_for_the_clock() {
    for body in ["{}", "<html>", ""] {
        let event = status(200).body(body).header("x-amzn-errortype", "InvalidSignatureException").ahead_by(300);
        let error = Scenario::of(steady()).run([event]).error();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
    }
}

#[test]
fn a_throttled_rejection_keeps_its_class() {
    let run = Scenario::of(steady()).run([error(429, "AuthFailure").ahead_by(300), ok()]);
    assert_eq!(run.waits, millis([1000]));
}

#[test]
fn discards_measurements_of_a_clock_that_ran_backwards() {
    let hub = steady();
    let (_, in_flight) = hub.call(one_id()).sign(now());
    let received = response(403, &[("date", &http_date(now(), 600)), ("x-amzn-errortype", "AuthFailure")], "");
    drop(in_flight.handle_response(&received, now() - Duration::from_nanos(1)));
    assert_eq!((hub.clock_offset(), hub.retry_quota()), (0, 500));
}

#[test]
fn hostile_dates_change_only_the_offset() {
    for (date, offset, signed) in [
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799 - 1_795_379_825, "99991231T235959Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", -1_795_379_825, "19700101T000000Z"),
    ] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        scenario.run([ok().header("date", date)]).succeeds();
        assert_eq!(hub.clock_offset(), offset);
        assert_eq!(date_of_next_call(&hub), signed);
        for far in [UNIX_EPOCH, at(1 << 60)] {
            assert_eq!(header_of(&hub.signed_request(&one_id(), far), "x-amz-date").len(), 16);
        }
        scenario.run([ok().ahead_by(0)]).succeeds();
        assert_eq!(hub.clock_offset(), 0, "the next honest response corrects it");
    }
}

#[test]
fn fractions_do_not_shift_a_correct_clock() {
    for nanoseconds in [0, 1, 999_999_999] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        let date = http_date(now(), 0);
        scenario.clock = now() + Duration::from_nanos(nanoseconds);
        scenario.run([ok().header("date", date)]).succeeds();
        assert_eq!(hub.clock_offset(), 0, "{nanoseconds}");
    }
}

/// `observe` teaches stacks with their own retries by the same rules.
#[test]
fn observe_measures_the_services_responses() {
    let date = http_date(now(), 600);
    for (received, offset) in [
        (response(200, &[("date", &date)], "{}"), 600),
        (response(200, &[("date", &date)], r#"{"Invitations":[]}"#), 600),
        (response(403, &[("date", &date), ("x-amzn-errortype", "X")], ""), 600),
        (response(403, &[("date", &date)], r#"{"__type":"X","message":"\ud800"}"#), 600),
        (response(200, &[("date", &date)], ""), 0),
        (response(200, &[("date", &date)], "<html>"), 0),
        (response(200, &[("date", &date)], "[]"), 0),
        (response(200, &[("date", &date)], r#"{"message":"Forbidden"}"#), 0),
        (response(200, &[("date", &date)], r#"{"UnprocessedAccounts":null,"message":"Forbidden"}"#), 0),
        (response(200, &[("date", &date)], r#"{"Invitations":"x"}"#), 0),
        (response(403, &[("date", &date)], r#"{"message":"Forbidden"}"#), 0),
        (response(403, &[("date", &date), ("age", "1"), ("x-amzn-errortype", "X")], ""), 0),
    ] {
        let hub = steady();
        hub.observe(&received, now(), now());
        assert_eq!(hub.clock_offset(), offset, "{received:?}");
        let off = steady().with_clock_skew_correction(false);
        off.observe(&received, now(), now());
        assert_eq!(off.clock_offset(), 0);
    }
}

/// A stack with its own retries signs with the offset that it learned, and observes the corrected signature's response.
#[test]
fn observe_counts_the_offset_once() {
    let hub = steady();
    let received = response(200, &[("date", &http_date(now(), 600))], "{}");
    for _ in 0..3 {
        hub.observe(&received, now(), now());
        assert_eq!(hub.clock_offset(), 600);
    }
}
