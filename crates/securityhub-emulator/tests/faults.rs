//! Faults as a caller of `handle` sees them. `server.rs` tests them on connections.

mod common;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

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

/// The response with this fault, and whether the invitation was deleted.
fn play(fault: Fault) -> (Response<Bytes>, bool) {
    let emulator = invited();
    emulator.push_fault(fault);
    let response = emulator.handle(&Call::default().sign(), now());
    assert_eq!(emulator.counters().faulted, 1);
    (response, emulator.invitations(&us_east_1()).is_empty())
}

fn wire(fault: Fault) -> WireFault {
    play(fault).0.extensions().get::<WireFault>().cloned().unwrap_or_default()
}

#[test]
fn returns_chosen_errors() {
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
fn throttles_with_both_retry_headers() {
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
fn returns_html_and_empty_bodies() {
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
fn returns_any_changed_response() {
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
fn changes_dates_and_ages() {
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
fn loses_response_with_or_without_effect() {
    let lost = StatusCode::INTERNAL_SERVER_ERROR;
    for (fault, deleted) in [
        (Fault::none(), true),
        (Fault::none().delay(Duration::from_secs(1)), true),
        (Fault::none().body_cut_short(3), true),
        (Fault::none().drop_mid_response(3), true),
        (Fault::none().drop_before_response(), false),
        (Fault::none().reset_before_response(), false),
        (Fault::none().drop_before_response().after_processing(), true),
        (Fault::empty(lost), false),
        (Fault::empty(lost).after_processing(), true),
        (Fault::throttled().after_processing(), true),
    ] {
        assert_eq!(play(fault.clone()).1, deleted, "{fault:?}");
    }
    assert_eq!(play(Fault::empty(lost).after_processing()).0.status(), lost);
}

#[test]
fn verifies_requests_with_faults() {
    let emulator = invited();
    emulator.script_faults([
        Fault::throttled(),
        Fault::none().drop_before_response().after_processing(),
        Fault::none(),
    ]);
    let request = Call { secret: "another".to_owned(), ..Call::default() }.sign();
    let statuses = [(); 3].map(|()| emulator.handle(&request, now()).status().as_u16());
    assert_eq!(statuses, [429, 403, 403]);
    assert!(emulator.received_requests().iter().all(|received| received.refusal == Some("InvalidSignatureException")));
    assert_eq!(emulator.counters().refused, 3);
    assert_eq!(emulator.invitations(&us_east_1()).len(), 1);
}

#[test]
fn puts_wire_faults_into_extensions() {
    assert_eq!(wire(Fault::throttled()), WireFault::default());
    assert!(play(Fault::throttled()).0.extensions().get::<WireFault>().is_none());
    assert_eq!(wire(Fault::none().delay(Duration::from_millis(7))).delay, Some(Duration::from_millis(7)));
    assert_eq!(wire(Fault::none().dribble(0, Duration::ZERO)).dribble, Some((1, Duration::ZERO)));
    let shape = wire(Fault::throttled().chunked().close());
    assert!(shape.chunked && shape.close && shape.truncation.is_none());
    for (fault, after, reset) in [
        (Fault::none().body_cut_short(5), Some(5), false),
        (Fault::none().drop_mid_response(0), Some(0), true),
        (Fault::none().drop_before_response(), None, false),
        (Fault::none().reset_before_response(), None, true),
    ] {
        let cut = wire(fault).truncation.unwrap();
        assert_eq!((cut.after, cut.reset), (after, reset));
    }
}

#[test]
fn plays_script_in_order_for_operations_only() {
    let emulator = Emulator::new();
    emulator.script_faults([Fault::empty(StatusCode::BAD_GATEWAY), Fault::none()]);
    emulator.push_fault(Fault::throttled());
    assert_eq!(emulator.pending_faults(), 3);
    let request = Call::default().sign();
    let mut elsewhere = request.clone();
    *elsewhere.uri_mut() = "/elsewhere".parse().unwrap();
    let status = |request| emulator.handle(request, now()).status().as_u16();
    assert_eq!([status(&elsewhere), status(&request), status(&request)], [404, 502, 200]);
    assert_eq!([status(&elsewhere), status(&request), status(&request)], [404, 429, 200]);
    assert_eq!(emulator.pending_faults(), 0);
}

#[test]
fn asks_source_after_script() {
    let emulator = Emulator::builder()
        .with_fault_source(|number| number.is_multiple_of(2).then(|| Fault::empty(StatusCode::BAD_GATEWAY)))
        .build();
    emulator.script_faults([Fault::none(), Fault::throttled()]);
    let statuses = [(); 6].map(|()| emulator.handle(&Call::default().sign(), now()).status().as_u16());
    assert_eq!(statuses, [200, 429, 200, 502, 200, 502]);
    assert_eq!(emulator.counters().faulted, 4);
}

/// The emulator holds no lock while it calls a fault source.
#[test]
fn source_can_use_emulator() {
    let cell = Arc::new(OnceLock::<Emulator>::new());
    let source = {
        let cell = Arc::clone(&cell);
        move |number| cell.get().is_some_and(|emulator| emulator.request_count() == number).then(Fault::throttled)
    };
    let emulator = cell.get_or_init(|| Emulator::builder().with_fault_source(source).build());
    assert_eq!(emulator.handle(&Call::default().sign(), now()).status(), 429);
}
