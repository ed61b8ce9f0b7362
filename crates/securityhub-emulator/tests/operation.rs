//! `DeleteInvitations` of received invitations, regions, and the log of requests.

mod common;

use std::sync::{Arc, Mutex};

use common::{Call, ONE_ID, id, json, now, region};
use http::{Method, Uri};
use securityhub_emulator::{Emulator, Fault};
use serde_json::json;

#[test]
fn deletes_known_ids_and_returns_others_in_order() {
    let emulator = Emulator::new();
    for known in ["111122223333", "444455556666", "777788889999"] {
        emulator.invite(&region("us-east-1"), id(known));
    }
    let body = r#"{"AccountIds": ["999999999999", "444455556666", "x", "111122223333", "444455556666", "999999999999", "é☃"]}"#;
    let response = emulator.handle(&Call::default().body(body).sign(), now());
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 20:37:05 GMT");
    assert!(!response.headers().contains_key("x-amzn-errortype"));
    let result = "The account has no invitation in this Region";
    assert_eq!(
        json(&response),
        json!({ "UnprocessedAccounts": [
            { "AccountId": "999999999999", "ProcessingResult": result },
            { "AccountId": "x", "ProcessingResult": result },
            { "AccountId": "é☃", "ProcessingResult": result },
        ] })
    );
    assert_eq!(emulator.invitations(&region("us-east-1")), [id("777788889999")]);
    assert_eq!(emulator.counters().deleted, 2);
}

#[test]
fn returns_empty_list_when_all_are_deleted() {
    let emulator = Emulator::new();
    emulator.invite(&region("us-east-1"), id("111122223333"));
    let request = Call::default().sign();
    assert_eq!(emulator.handle(&request, now()).body(), r#"{"UnprocessedAccounts":[]}"#);
    assert_eq!(json(&emulator.handle(&request, now()))["UnprocessedAccounts"][0]["AccountId"], "111122223333");
}

#[test]
fn ignores_unknown_members() {
    let emulator = Emulator::new();
    emulator.invite(&region("us-east-1"), id("111122223333"));
    let body = r#"{ "Other": [{}], "AccountIds": [1], "AccountIds": ["111122223333"] }"#;
    assert_eq!(emulator.handle(&Call::default().body(body).sign(), now()).status(), 200);
    assert!(emulator.invitations(&region("us-east-1")).is_empty());
}

#[test]
fn separates_regions() {
    let emulator = Emulator::new();
    for name in ["us-east-1", "eu-west-1"] {
        emulator.invite(&region(name), id("111122223333"));
    }
    emulator.set_subscribed(&region("us-west-2"), false);
    let status = |name| emulator.handle(&Call::in_region(name).sign(), now()).status().as_u16();
    assert_eq!((status("eu-west-1"), status("ap-south-1"), status("us-west-2")), (200, 200, 401));
    assert_eq!(emulator.invitations(&region("us-east-1")).len(), 1);
    assert_eq!(emulator.invitations(&region("eu-west-1")).len(), 0);
    emulator.set_subscribed(&region("us-west-2"), true);
    assert_eq!(status("us-west-2"), 200);
}

#[test]
fn subscribes_single_regions() {
    let emulator = Emulator::builder().with_subscription(false).with_account(id("000011112222")).build();
    emulator.set_subscribed(&region("eu-west-1"), true);
    assert_eq!(emulator.handle(&Call::in_region("eu-west-1").sign(), now()).status(), 200);
    let refused = emulator.handle(&Call::in_region("us-east-1").sign(), now());
    assert_eq!(json(&refused)["Message"], "Account 000011112222 is not subscribed to AWS Security Hub");
}

#[test]
fn serves_pinned_region() {
    let emulator = Emulator::builder().with_region(region("us-east-1")).build();
    assert_eq!(emulator.handle(&Call::in_region("us-east-1").sign(), now()).status(), 200);
}

#[test]
fn refused_requests_change_nothing() {
    let emulator = Emulator::new();
    emulator.invite(&region("us-east-1"), id("111122223333"));
    let wrong = Call { secret: "another".to_owned(), ..Call::default() };
    let blank = Call::default().body(r#"{"AccountIds": ["111122223333", " "]}"#);
    for call in [wrong, blank] {
        assert!(!emulator.handle(&call.sign(), now()).status().is_success());
    }
    emulator.deny("no");
    assert_eq!(emulator.handle(&Call::default().sign(), now()).status(), 403);
    assert_eq!(emulator.invitations(&region("us-east-1")).len(), 1);
    emulator.allow();
    assert_eq!(emulator.handle(&Call::default().sign(), now()).status(), 200);
    assert_eq!(emulator.invitations(&region("us-east-1")).len(), 0);
}

#[test]
fn clones_share_state_across_threads() {
    let emulator = Emulator::new();
    let request = Call::default().sign();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let emulator = emulator.clone();
            let request = &request;
            scope.spawn(move || {
                for _ in 0..50 {
                    assert_eq!(emulator.handle(request, now()).status(), 200);
                }
            });
        }
    });
    assert_eq!(emulator.request_count(), 200);
}

#[test]
fn counts_request_ids() {
    let emulator = Emulator::new();
    let request_id = || emulator.handle(&Call::default().sign(), now()).headers()["x-amzn-requestid"].clone();
    assert_eq!(
        [request_id(), request_id()],
        ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    );
}

#[test]
fn keeps_last_requests() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let emulator = Emulator::builder()
        .with_log_capacity(2)
        .with_observer({
            let seen = Arc::clone(&seen);
            move |received| seen.lock().unwrap().push(received.to_string())
        })
        .build();
    let mut unknown = Call::default().sign();
    *unknown.method_mut() = Method::GET;
    *unknown.uri_mut() = Uri::from_static("/x");
    emulator.handle(&unknown, now());
    emulator.handle(&Call { secret: "another".to_owned(), ..Call::default() }.sign(), now());
    emulator.push_fault(Fault::throttled());
    let good = Call::default().sign();
    emulator.handle(&good, now());

    let [second, third] = &emulator.received_requests()[..] else { panic!("{:?}", emulator.received_requests()) };
    assert_eq!((second.number, second.refusal, second.faulted), (2, Some("InvalidSignatureException"), false));
    assert_eq!((second.body.len(), second.body_length, second.account), (0, ONE_ID.len(), None));
    assert_eq!((third.number, third.status.as_u16(), third.refusal, third.faulted), (3, 429, None, true));
    assert_eq!((&third.method, &third.uri, third.at), (&Method::POST, good.uri(), now()));
    assert_eq!((&third.headers, &third.body), (good.headers(), good.body()));
    assert_eq!((third.account, &third.region), (Some(id(Emulator::DEFAULT_ACCOUNT)), &Some(region("us-east-1"))));
    assert_eq!((third.operation, third.body_length), (Some("DeleteInvitations"), ONE_ID.len()));
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "GET /x 404 UnknownOperationException",
            "POST /invitations/delete 403 InvalidSignatureException",
            "POST /invitations/delete 429 (fault)",
        ]
    );
    let counters = emulator.counters();
    assert_eq!((counters.requests, counters.refused, counters.faulted, counters.preflights), (3, 2, 1, 0));
}

#[test]
fn keeps_no_requests_with_capacity_zero() {
    let emulator = Emulator::builder().with_log_capacity(0).build();
    emulator.handle(&Call::default().sign(), now());
    assert!(emulator.received_requests().is_empty());
    assert_eq!(emulator.request_count(), 1);
}
