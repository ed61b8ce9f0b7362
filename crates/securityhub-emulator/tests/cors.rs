//! The responses to browsers.

mod common;

use bytes::Bytes;
use common::{Call, now};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use securityhub_emulator::{CorsPolicy, Emulator, Fault};

fn preflight() -> Request<Bytes> {
    preflight_for("/invitations/delete", "POST")
}

fn preflight_for(path: &str, method: &str) -> Request<Bytes> {
    Request::options(path)
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type,x-amz-date")
        .body(Bytes::new())
        .unwrap()
}

fn value<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn sends_no_cors_headers_by_default() {
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
fn counts_preflights_separately() {
    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).build();
    emulator.push_fault(Fault::throttled());
    let response = emulator.handle(&preflight(), now());
    assert_eq!((response.status(), response.body().len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(value(&response, "access-control-allow-origin"), Some("*"));
    assert_eq!(value(&response, "access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(
        value(&response, "access-control-allow-headers"),
        Some("authorization,content-type,x-amz-date,x-amz-security-token")
    );
    assert_eq!(value(&response, "x-amzn-requestid"), Some("00000000-0000-4000-8000-000000000001"));
    assert_eq!((emulator.counters().preflights, emulator.request_count(), emulator.pending_faults()), (1, 0, 1));
    assert!(emulator.received_requests().is_empty());
}

#[test]
fn answers_preflights_of_every_operation() {
    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).build();
    for (path, method) in [
        ("/invitations/delete", "POST"),
        ("/invitations/decline", "POST"),
        ("/invitations?MaxResults=1", "GET"),
        ("/members?OnlyAssociated=false", "GET"),
        ("/administrator", "GET"),
        ("/administrator/disassociate", "POST"),
    ] {
        let response = emulator.handle(&preflight_for(path, method), now());
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
        assert!(value(&response, "access-control-allow-methods").unwrap().split(',').any(|allowed| allowed == method));
    }
    let response = emulator.handle(&Call::get("/members").sign(), now());
    assert_eq!((response.status(), value(&response, "access-control-allow-origin")), (StatusCode::OK, Some("*")));
}

#[test]
fn allows_additional_headers() {
    let policy = CorsPolicy::new().allowing(HeaderName::from_static("x-amz-user-agent"));
    let response = Emulator::builder().with_cors(policy).build().handle(&preflight(), now());
    assert!(value(&response, "access-control-allow-headers").unwrap().ends_with(",x-amz-user-agent"));
}

#[test]
fn exposes_headers_only_on_demand() {
    for (policy, exposed) in [
        (CorsPolicy::new(), None),
        (
            CorsPolicy::new().exposing_headers(),
            Some("x-amzn-errortype,x-amzn-requestid,date,age,x-amz-retry-after,retry-after"),
        ),
    ] {
        let emulator = Emulator::builder().with_cors(policy).build();
        let mut unsigned = Call::default().sign();
        unsigned.headers_mut().remove("authorization");
        emulator.script_faults([Fault::none(), Fault::none(), Fault::html(StatusCode::BAD_GATEWAY)]);
        for request in [Call::default().sign(), unsigned, Call::default().sign()] {
            let response = emulator.handle(&request, now());
            assert_eq!(value(&response, "access-control-allow-origin"), Some("*"));
            assert_eq!(value(&response, "access-control-expose-headers"), exposed);
        }
    }
}

#[test]
fn faults_can_remove_cors_headers() {
    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).build();
    emulator.push_fault(Fault::none().without_header(HeaderName::from_static("access-control-allow-origin")));
    let response = emulator.handle(&Call::default().sign(), now());
    assert_eq!(value(&response, "access-control-allow-origin"), None);
}

#[test]
fn other_options_requests_are_not_preflights() {
    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).build();
    let mut request = preflight();
    request.headers_mut().remove("origin");
    assert_eq!(emulator.handle(&request, now()).status(), 404);
    let mut request = preflight();
    request.headers_mut().remove("access-control-request-method");
    assert_eq!(emulator.handle(&request, now()).status(), 404);
    // Every request of a browser has an origin.
    let mut request = Call::default().sign();
    request.headers_mut().insert("origin", HeaderValue::from_static("http://localhost:3000"));
    assert_eq!(emulator.handle(&request, now()).status(), 200);
}
