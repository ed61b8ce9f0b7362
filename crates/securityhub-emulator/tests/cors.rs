//! What browsers are told.

mod common;

use bytes::Bytes;
use common::{Call, now};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use securityhub_emulator::{CorsPolicy, Emulator, Fault};

fn preflight() -> Request<Bytes> {
    Request::options("/invitations/delete")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-amz-date")
        .body(Bytes::new())
        .unwrap()
}

fn value<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn nobody_is_let_in_unless_it_is_asked_for() {
    let emulator = Emulator::new();
    let response = emulator.handle(&preflight(), now());
    assert_eq!(response.status(), 404);
    let answer = emulator.handle(&Call::default().sign(), now());
    for response in [response, answer] {
        assert!(!response.headers().keys().any(|name| name.as_str().starts_with("access-control-")));
    }
    assert_eq!(emulator.counters().preflights, 0);
}

#[test]
fn preflights_name_the_headers_and_are_counted_apart() {
    let emulator = Emulator::new().with_cors(CorsPolicy::new());
    emulator.then(Fault::throttled());
    let response = emulator.handle(&preflight(), now());
    assert_eq!((response.status(), response.body().len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(value(&response, "access-control-allow-origin"), Some("*"));
    assert_eq!(value(&response, "access-control-allow-methods"), Some("POST"));
    assert_eq!(
        value(&response, "access-control-allow-headers"),
        Some("authorization,content-type,x-amz-date,x-amz-security-token")
    );
    assert_eq!(value(&response, "x-amzn-requestid"), Some("00000000-0000-4000-8000-000000000001"));
    assert_eq!((emulator.counters().preflights, emulator.requests(), emulator.scripted()), (1, 0, 1));
    assert!(emulator.received().is_empty());
}

#[test]
fn more_headers_can_be_allowed() {
    let policy = CorsPolicy::new().allowing(HeaderName::from_static("x-amz-user-agent"));
    let response = Emulator::new().with_cors(policy).handle(&preflight(), now());
    assert!(value(&response, "access-control-allow-headers").unwrap().ends_with(",x-amz-user-agent"));
}

#[test]
fn answers_are_readable_and_their_headers_only_on_demand() {
    for (policy, exposed) in [
        (CorsPolicy::new(), None),
        (
            CorsPolicy::new().exposing_headers(),
            Some("x-amzn-errortype,x-amzn-requestid,date,age,x-amz-retry-after,retry-after"),
        ),
    ] {
        let emulator = Emulator::new().with_cors(policy);
        let mut unsigned = Call::default().sign();
        unsigned.headers_mut().remove("authorization");
        emulator.script([Fault::none(), Fault::none(), Fault::html(StatusCode::BAD_GATEWAY)]);
        for request in [Call::default().sign(), unsigned, Call::default().sign()] {
            let response = emulator.handle(&request, now());
            assert_eq!(value(&response, "access-control-allow-origin"), Some("*"));
            assert_eq!(value(&response, "access-control-expose-headers"), exposed);
        }
    }
}

#[test]
fn a_fault_can_lock_a_browser_out() {
    let emulator = Emulator::new().with_cors(CorsPolicy::new());
    emulator.then(Fault::none().without_header(HeaderName::from_static("access-control-allow-origin")));
    let response = emulator.handle(&Call::default().sign(), now());
    assert_eq!(value(&response, "access-control-allow-origin"), None);
}

#[test]
fn options_without_a_browser_is_no_preflight() {
    let emulator = Emulator::new().with_cors(CorsPolicy::new());
    let mut request = preflight();
    request.headers_mut().remove("origin");
    assert_eq!(emulator.handle(&request, now()).status(), 404);
    let mut request = preflight();
    request.headers_mut().remove("access-control-request-method");
    assert_eq!(emulator.handle(&request, now()).status(), 404);
    // An origin alone is what every request of a browser has.
    let mut request = Call::default().sign();
    request.headers_mut().insert("origin", HeaderValue::from_static("http://localhost:3000"));
    assert_eq!(emulator.handle(&request, now()).status(), 200);
}
