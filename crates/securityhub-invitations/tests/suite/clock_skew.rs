//! The clock that is measured by responses, and the calls that are tried again for it.

use std::time::{Duration, UNIX_EPOCH};

use securityhub_invitations::{ErrorKind, Failure, SecurityHub};

use crate::{
    scenario::{Event, Scenario, error, failure, http_date, millis, ok, status, steady},
    support::{at, header_of, now, one_id, response, temporary_credentials},
};

const CANDIDATES: [&str; 5] = [
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

fn refused() -> Event {
    error(403, "InvalidSignatureException")
}

fn date_of_next_call(hub: &SecurityHub) -> String {
    header_of(&hub.request(&one_id(), now()), "x-amz-date")
}

#[test]
fn a_call_that_the_clock_may_have_failed_is_tried_again_with_the_services_time() {
    for code in CANDIDATES {
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([error(403, code).ahead_by(300), ok()]);
        // Priced and delayed as transient; 300 s and the wait later.
        assert_eq!(run.waits, millis([50]), "{code}");
        assert_eq!(run.dates(), ["20261122T203705Z", "20261122T204205Z"], "{code}");
        assert_eq!(run.output().attempts(), 2);
        assert_eq!(hub.clock_offset(), 300);
    }
}

#[test]
fn the_retry_is_priced_as_transient_and_refunded() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    scenario.run([refused().ahead_by(300), status(400)]).error();
    assert_eq!(hub.retry_quota(), 486);
    scenario.run([refused().ahead_by(300), ok()]).succeeds();
    assert_eq!(hub.retry_quota(), 486);
}

#[test]
fn no_other_code_is_blamed_on_the_clock() {
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
        "",
    ] {
        let hub = steady();
        let error = Scenario::of(hub.clone()).run([error(403, code).ahead_by(600)]).error();
        assert!(!error.is_retryable(), "{code}");
        assert_eq!(hub.clock_offset(), 600, "the clock is measured all the same");
    }
}

#[test]
fn over_four_minutes_is_too_far_and_four_minutes_are_not() {
    for (ahead, retried) in [(200, false), (240, false), (241, true), (-240, false), (-241, true), (86_400, true)] {
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([refused().ahead_by(ahead), ok()]);
        assert_eq!(run.attempts(), if retried { 2 } else { 1 }, "{ahead}");
        // Tried again or not, the next call is shifted.
        assert_eq!(hub.clock_offset(), ahead);
        assert_eq!(date_of_next_call(&hub), header_of(&steady().request(&one_id(), shifted(ahead)), "x-amz-date"));
    }
}

fn shifted(seconds: i64) -> std::time::SystemTime {
    if seconds < 0 {
        now() - Duration::from_secs(seconds.unsigned_abs())
    } else {
        now() + Duration::from_secs(seconds.unsigned_abs())
    }
}

#[test]
fn a_skew_that_persists_is_an_error_in_the_end() {
    let hub = steady();
    let skewed = || refused().ahead_by(300);
    let run = Scenario::of(hub.clone()).run([skewed(), skewed(), skewed()]);
    assert_eq!(run.waits, millis([50, 100]));
    assert_eq!(run.dates(), ["20261122T203705Z", "20261122T204205Z", "20261122T204205Z"]);
    let error = run.error();
    assert_eq!((error.attempts(), error.is_retryable(), error.code()), (3, true, Some("InvalidSignatureException")));
    assert_eq!(hub.retry_quota(), 472);
}

#[test]
fn an_answer_without_a_usable_date_measures_nothing() {
    let date = http_date(now(), 600);
    let dated = || refused().header("date", &date);
    for (event, why) in [
        (refused(), "no Date"),
        (dated().header("age", "0"), "a cache answered"),
        (dated().header("age", ""), "a cache answered"),
        (refused().header("date", ""), "empty"),
        (refused().header("date", "soon"), "no date"),
        (refused().header("date", "2026-11-22T20:47:05Z"), "another format"),
        (refused().header("date", b"\xff"), "not text"),
        (refused().header("date", "Sun, 22 Nov 1969 20:47:05 GMT"), "before 1970"),
        (refused().header("date", "Sun, 31 Nov 2026 20:47:05 GMT"), "no such day"),
    ] {
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([event]);
        assert_eq!(run.attempts(), 1, "{why}");
        assert_eq!(hub.clock_offset(), 0, "{why}");
    }
    assert_eq!(Scenario::of(steady()).run([dated(), ok()]).attempts(), 2, "without the fault it is measured");
}

#[test]
fn an_answer_that_took_over_fifteen_minutes_measures_nothing() {
    for (round_trip, offset) in [
        (Duration::from_secs(15 * 60), 600),
        (Duration::from_secs(15 * 60) + Duration::from_nanos(1), 0),
        (Duration::from_secs(1 << 40), 0),
    ] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        scenario.round_trip = round_trip;
        let event = ok().header("date", http_date(now() + Duration::from_secs(450), 600));
        scenario.run([event]).succeeds();
        assert_eq!(hub.clock_offset(), offset, "{round_trip:?}");
    }
}

#[test]
fn the_clock_is_compared_in_the_middle_of_the_round_trip() {
    let hub = steady();
    let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
    let answer = response(200, &[("date", &http_date(now(), 0))], "");
    drop(in_flight.handle_response(&answer, now() + Duration::from_secs(20)));
    assert_eq!(hub.clock_offset(), -10);
}

#[test]
fn every_answer_measures_and_a_success_too() {
    let hub = steady();
    let mut scenario = Scenario::of(hub.clone());
    for (event, offset) in [
        (ok().ahead_by(30), 30),
        (status(404).ahead_by(-40), -40),
        // It keeps what it knows where an answer says nothing.
        (status(404), -40),
        (ok(), -40),
        (ok().body("<html>").ahead_by(7), 7),
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
fn what_one_clone_learns_all_clones_sign_with() {
    let hub = steady();
    let clones = [hub.clone(), hub.with_credentials(temporary_credentials())];
    let before = hub.delete_invitations(one_id());
    Scenario::of(clones[1].clone()).run([ok().ahead_by(100)]).succeeds();
    for clone in &clones {
        assert_eq!(clone.clock_offset(), 100);
        assert_eq!(date_of_next_call(clone), "20261122T203845Z");
        let explanation = clone.explain(&one_id(), now());
        assert!(explanation.string_to_sign.contains("\n20261122T203845Z\n"), "{explanation}");
    }
    // A call that was made before, too.
    assert_eq!(header_of(&before.sign(now()).0, "x-amz-date"), "20261122T203845Z");
    assert_eq!(steady().clock_offset(), 0);
}

#[test]
fn with_correction_off_nothing_is_measured_shifted_or_tried_again() {
    let on = steady();
    let off = on.clone().with_clock_skew_correction(false);
    let run = Scenario::of(off.clone()).run([refused().ahead_by(300)]);
    assert_eq!((run.attempts(), off.clock_offset(), on.clock_offset()), (1, 0, 0));
    assert!(!run.error().is_retryable());

    // Not even by what another clone has measured.
    Scenario::of(on.clone()).run([ok().ahead_by(300)]).succeeds();
    assert_eq!(date_of_next_call(&on), "20261122T204205Z");
    assert_eq!(date_of_next_call(&off), "20261122T203705Z");
    assert_eq!(date_of_next_call(&off.with_clock_skew_correction(true)), "20261122T204205Z");
}

#[test]
fn a_malformed_success_is_never_tried_again_for_the_clock() {
    let event = ok().body("<html>").header("x-amzn-errortype", "InvalidSignatureException").ahead_by(300);
    let error = Scenario::of(steady()).run([event]).error();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
}

#[test]
fn a_skewed_error_that_is_retried_anyway_keeps_its_class() {
    let run = Scenario::of(steady()).run([error(429, "AuthFailure").ahead_by(300), ok()]);
    assert_eq!(run.waits, millis([1000]));
}

#[test]
fn a_clock_that_ran_backwards_discards_the_measurement() {
    let hub = steady();
    let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
    let answer = response(403, &[("date", &http_date(now(), 600)), ("x-amzn-errortype", "AuthFailure")], "");
    drop(in_flight.handle_response(&answer, now() - Duration::from_nanos(1)));
    assert_eq!(hub.clock_offset(), 0);
    assert_eq!(hub.retry_quota(), 500);
}

#[test]
fn a_hostile_date_changes_nothing_but_the_offset_and_that_is_bounded() {
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
            assert_eq!(header_of(&hub.request(&one_id(), far), "x-amz-date").len(), 16);
        }
        // The next honest answer sets it right.
        scenario.run([ok().ahead_by(0)]).succeeds();
        assert_eq!(hub.clock_offset(), 0);
    }
}

#[test]
fn fractions_of_a_second_do_not_shift_a_clock_that_is_right() {
    for (nanoseconds, expected) in [(0, 0), (1, 0), (999_999_999, 0)] {
        let hub = steady();
        let mut scenario = Scenario::of(hub.clone());
        let date = http_date(now(), 0);
        scenario.clock = now() + Duration::from_nanos(nanoseconds);
        scenario.run([ok().header("date", date)]).succeeds();
        assert_eq!(hub.clock_offset(), expected, "{nanoseconds}");
    }
}
