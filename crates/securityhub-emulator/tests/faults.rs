//! Faults as a caller of `handle` sees them; what the server makes of them is in `server.rs`.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{Call, error, json, now};
use http::{Response, StatusCode};
use securityhub_emulator::{Emulator, Fault, WireFault};
use securityhub_invitations::Region;

fn invited() -> Emulator {
    let emulator = Emulator::new();
    emulator.invite(&us_east_1(), "111122223333".parse().unwrap());
    emulator
}

fn us_east_1() -> Region {
    "us-east-1".parse().unwrap()
}

/// The answer under this fault, and whether the invitation is gone.
fn play(fault: Fault) -> (Response<Bytes>, bool) {
    let emulator = invited();
    emulator.then(fault);
    let response = emulator.handle(&Call::default().sign(), now());
    assert_eq!(emulator.counters().faulted, 1);
    (response, emulator.invitations(&us_east_1()).is_empty())
}

fn wire(fault: Fault) -> WireFault {
    play(fault).0.extensions().get::<WireFault>().cloned().unwrap_or_default()
}

#[test]
fn errors_of_choice() {
    let (response, deleted) = play(Fault::error(StatusCode::NOT_FOUND, "ResourceNotFoundException", "Gone"));
    let members = ["Code", "Message"].map(str::to_owned).to_vec();
    assert_eq!(error(&response), (404, "ResourceNotFoundException".to_owned(), "Gone".to_owned(), members));
    assert_eq!(json(&response)["Code"], "ResourceNotFoundException");
    assert_eq!(response.headers()["x-amzn-requestid"], "00000000-0000-4000-8000-000000000001");
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 20:37:05 GMT");
    assert!(!deleted);

    let fault = Fault::front_end_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "Later");
    let (response, _) = play(fault.error_type("ServiceUnavailable:http://internal.amazon.com/coral/"));
    assert_eq!(response.headers()["x-amzn-errortype"], "ServiceUnavailable:http://internal.amazon.com/coral/");
    assert_eq!(error(&response).3, ["message"]);
}

#[test]
fn throttling_with_both_ways_of_asking_for_patience() {
    let (response, deleted) = play(Fault::throttled().x_amz_retry_after("250").retry_after("2"));
    assert_eq!(error(&response).0, 429);
    assert_eq!(error(&response).1, "ThrottlingException");
    assert_eq!(
        (&response.headers()["x-amz-retry-after"], &response.headers()["retry-after"]),
        (&"250".parse().unwrap(), &"2".parse().unwrap())
    );
    assert!(!deleted);
}

#[test]
fn pages_of_proxies_and_empty_bodies() {
    let (response, deleted) = play(Fault::html(StatusCode::BAD_GATEWAY));
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (502, &"text/html".parse().unwrap()));
    assert!(response.body().starts_with(b"<html>") && !deleted);
    assert!(
        !response.headers().contains_key("x-amzn-requestid") && !response.headers().contains_key("x-amzn-errortype")
    );

    let (response, deleted) = play(Fault::empty(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(response.status(), 503);
    assert!(response.body().is_empty() && !response.headers().contains_key("content-type") && !deleted);
}

#[test]
fn any_response_and_any_change_to_it() {
    let raw = Response::builder().status(418).header("x", "y").body(Bytes::from_static(b"\xff")).unwrap();
    let (response, deleted) = play(Fault::raw(raw).without_date().without_header("x-amzn-requestid".parse().unwrap()));
    assert_eq!((response.status().as_u16(), response.body().as_ref(), deleted), (418, &b"\xff"[..], false));
    assert_eq!(response.headers().len(), 1);

    let (response, deleted) = play(Fault::none().body("").header("x".parse().unwrap(), "y".parse().unwrap()));
    assert_eq!(
        (response.status().as_u16(), response.body().len(), &response.headers()["x"]),
        (200, 0, &"y".parse().unwrap())
    );
    assert!(deleted);

    let (response, _) = play(Fault::none().padded_to(100_000));
    assert_eq!(response.body().len(), 100_000);
    assert_eq!(json(&response)["UnprocessedAccounts"].as_array().unwrap().len(), 0);
}

#[test]
fn dates_and_ages() {
    for (fault, date) in [
        (Fault::none().date_skewed_by(3600), Some("Sun, 22 Nov 2026 21:37:05 GMT")),
        (Fault::throttled().date_skewed_by(-3600), Some("Sun, 22 Nov 2026 19:37:05 GMT")),
        (Fault::none().date_skewed_by(i64::MAX), Some("Fri, 31 Dec 9999 23:59:59 GMT")),
        (Fault::none().without_date(), None),
    ] {
        let (response, _) = play(fault);
        assert_eq!(response.headers().get("date").map(|date| date.to_str().unwrap()), date);
    }
    assert_eq!(play(Fault::none().age(60)).0.headers()["age"], "60");
}

#[test]
fn an_answer_can_be_lost_after_the_deletion_or_instead_of_it() {
    let lost = StatusCode::INTERNAL_SERVER_ERROR;
    for (fault, deleted) in [
        (Fault::none(), true),
        (Fault::none().delay(Duration::from_secs(1)), true),
        (Fault::none().body_cut_short(3), true),
        (Fault::none().drop_in_answer(3), true),
        (Fault::none().drop_before_answer(), false),
        (Fault::none().reset_before_answer(), false),
        (Fault::none().drop_before_answer().after_processing(), true),
        (Fault::empty(lost), false),
        (Fault::empty(lost).after_processing(), true),
        (Fault::throttled().after_processing(), true),
    ] {
        assert_eq!(play(fault.clone()).1, deleted, "{fault:?}");
    }
    assert_eq!(play(Fault::empty(lost).after_processing()).0.status(), lost);
}

#[test]
fn a_request_is_verified_under_every_fault() {
    let emulator = invited();
    emulator.script([Fault::throttled(), Fault::none().drop_before_answer().after_processing(), Fault::none()]);
    let request = Call { secret: "another".to_owned(), ..Call::default() }.sign();
    let statuses = [(); 3].map(|()| emulator.handle(&request, now()).status().as_u16());
    assert_eq!(statuses, [429, 403, 403]);
    assert!(emulator.received().iter().all(|received| received.refusal == Some("InvalidSignatureException")));
    assert_eq!(emulator.counters().refused, 3);
    assert_eq!(emulator.invitations(&us_east_1()).len(), 1);
}

#[test]
fn the_wire_is_told_what_a_response_cannot_say() {
    assert_eq!(wire(Fault::throttled()), WireFault::default());
    assert!(play(Fault::throttled()).0.extensions().get::<WireFault>().is_none());
    assert_eq!(wire(Fault::none().delay(Duration::from_millis(7))).delay, Some(Duration::from_millis(7)));
    assert_eq!(wire(Fault::none().dribble(0, Duration::ZERO)).dribble, Some((1, Duration::ZERO)));
    let shape = wire(Fault::throttled().chunked().close());
    assert!(shape.chunked && shape.close && shape.cut.is_none());
    for (fault, after, reset) in [
        (Fault::none().body_cut_short(5), Some(5), false),
        (Fault::none().drop_in_answer(0), Some(0), true),
        (Fault::none().drop_before_answer(), None, false),
        (Fault::none().reset_before_answer(), None, true),
    ] {
        let cut = wire(fault).cut.unwrap();
        assert_eq!((cut.after, cut.reset), (after, reset));
    }
}

#[test]
fn a_script_is_played_in_order_and_by_requests_for_the_operation_only() {
    let emulator = Emulator::new();
    emulator.script([Fault::empty(StatusCode::BAD_GATEWAY), Fault::none()]);
    emulator.then(Fault::throttled());
    assert_eq!(emulator.scripted(), 3);
    let request = Call::default().sign();
    let mut elsewhere = request.clone();
    *elsewhere.uri_mut() = "/elsewhere".parse().unwrap();
    let status = |request| emulator.handle(request, now()).status().as_u16();
    assert_eq!([status(&elsewhere), status(&request), status(&request)], [404, 502, 200]);
    assert_eq!([status(&elsewhere), status(&request), status(&request)], [404, 429, 200]);
    assert_eq!(emulator.scripted(), 0);
}

#[test]
fn a_source_is_asked_by_number_when_the_script_is_over() {
    let emulator = Emulator::new()
        .with_fault_source(|number| number.is_multiple_of(2).then(|| Fault::empty(StatusCode::BAD_GATEWAY)));
    emulator.script([Fault::none(), Fault::throttled()]);
    let statuses = [(); 6].map(|()| emulator.handle(&Call::default().sign(), now()).status().as_u16());
    assert_eq!(statuses, [200, 429, 200, 502, 200, 502]);
    assert_eq!(emulator.counters().faulted, 4);
}

/// Whoever asks a fault source holds no lock.
#[test]
fn a_source_may_ask_the_emulator() {
    let emulator = Emulator::new();
    let inner = emulator.clone();
    let emulator = emulator.with_fault_source(move |number| (inner.requests() == number).then(Fault::throttled));
    assert_eq!(emulator.handle(&Call::default().sign(), now()).status(), 429);
}
