//! The control API.

mod common;

use bytes::Bytes;
use common::{Call, fail, id, json, now, region, succeed};
use http::{Method, Request};
use securityhub_emulator::{Emulator, MemberStatus, RateLimit};
use serde_json::{Value, json};

fn emulator() -> Emulator {
    Emulator::builder().with_control_api().with_rate_limit(RateLimit::documented()).build()
}

fn send(emulator: &Emulator, method: Method, path: &str, body: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:4566");
    let response = emulator.handle(&request.body(Bytes::from(body.to_owned())).unwrap(), now());
    assert_eq!(response.headers()["content-type"], "application/json");
    (response.status().as_u16(), json(&response))
}

fn read(emulator: &Emulator, path: &str) -> Value {
    let (status, body) = send(emulator, Method::GET, &format!("/_emulator/v1/{path}"), "");
    assert_eq!(status, 200, "{body}");
    body
}

fn setup(emulator: &Emulator, document: &Value) {
    let result = send(emulator, Method::POST, "/_emulator/v1/setup", &document.to_string());
    assert_eq!(result, (200, json!({})));
}

#[test]
fn is_off_by_default() {
    let emulator = Emulator::new();
    let request = Request::get("/_emulator/v1/state").body(Bytes::new()).unwrap();
    assert_eq!(emulator.handle(&request, now()).status(), 404);
    assert_eq!(emulator.request_count(), 1);
}

#[test]
fn sets_up_and_reads_hubs() {
    let emulator = emulator();
    let (administrator, members) = ("999988887777", ["111122223333", "444455556666"]);
    let regions = ["us-east-1", "eu-west-1"];
    setup(
        &emulator,
        &json!({
            "invitations": [{ "administrators": [administrator], "members": members, "regions": regions }],
            "members": [{ "administrators": [administrator], "members": [members[0]], "regions": ["us-east-1"], "status": "enabled" }],
            "subscriptions": [{ "accounts": members, "regions": ["eu-west-1"], "subscribed": false }],
        }),
    );
    assert_eq!(emulator.account(id(administrator)).members(&region("us-east-1"))[0].status, MemberStatus::Enabled);
    let hubs = read(&emulator, "state")["hubs"].as_array().unwrap().len();
    assert_eq!(hubs, 3 * 2);
    let state = read(&emulator, "state?account=111122223333&region=us-east-1");
    let [hub] = &state["hubs"].as_array().unwrap()[..] else { panic!("{state}") };
    assert_eq!((&hub["administrator"], &hub["subscribed"]), (&json!(administrator), &json!(true)));
    assert_eq!(hub["invitations"][0]["MemberStatus"], "Enabled");
    assert_eq!(read(&emulator, "state?region=eu-west-1&account=111122223333")["hubs"][0]["subscribed"], false);
    assert_eq!(read(&emulator, "state?account=000000000000")["hubs"], json!([]));
}

#[test]
fn changes_keys_roles_regions_and_denials() {
    let emulator = emulator();
    setup(
        &emulator,
        &json!({
            "access_keys": [{ "id": "AKIDTWO", "secret": "two", "account": "111122223333" }],
            "roles": [{ "accounts": ["111122223333"], "name": "a/Cleanup", "external_id": "x", "max_session_seconds": 7200 }],
            "regions": [{ "accounts": ["111122223333"], "regions": ["eu-west-1"], "enabled": false }],
            "denials": [{ "regions": ["us-east-1"], "message": "explicit deny" }],
            "clock_offset": 60,
        }),
    );
    let state = read(&emulator, "state");
    assert_eq!(
        state["access_keys"][1],
        json!({ "id": "AKIDTWO", "account": "111122223333", "has_session_token": false })
    );
    assert_eq!(state["roles"][0]["max_session_seconds"], 7200);
    assert_eq!((&state["clock_offset"], &state["time"]), (&json!(60), &json!("2026-11-22T20:38:05.000Z")));
    assert_eq!(state["regions"], json!([{ "account": "111122223333", "region": "eu-west-1", "enabled": false }]));
    assert_eq!(state["denials"], json!([{ "account": null, "region": "us-east-1", "message": "explicit deny" }]));
    let by_two = |region: &str| Call { key_id: "AKIDTWO".into(), secret: "two".into(), ..Call::in_region(region) };
    assert_eq!(fail(&emulator, &by_two("eu-west-1")).1, "UnrecognizedClientException");
    assert_eq!(fail(&emulator, &by_two("us-east-1")).2, "explicit deny");
    succeed(&emulator, &Call::in_region("eu-west-1"));
    setup(&emulator, &json!({ "denials": [{ "regions": ["us-east-1"], "message": null }] }));
    succeed(&emulator, &by_two("us-east-1"));
    assert!(!state.to_string().contains("\"two\""), "no secrets");
}

#[test]
fn plays_faults_of_documents() {
    let emulator = emulator();
    setup(
        &emulator,
        &json!({ "faults": [
            { "response": "throttled", "headers": { "x-amz-retry-after": "250", "date": null }, "times": 2 },
            { "response": "error", "status": 503, "code": "ServiceUnavailable", "message": "later" },
            { "response": "front_end_error", "body": "{}", "padded_to": 10, "after_processing": true },
            { "response": "empty", "status": 502 },
            { "date_skew_seconds": 60, "delay_ms": 5, "dribble": { "bytes": 1, "pause_ms": 2 }, "chunked": true, "close": true, "close_without_notice": true },
            { "truncate": { "after_bytes": 3, "reset": true } },
        ] }),
    );
    assert_eq!(read(&emulator, "state")["pending_faults"], 7);
    let responses: Vec<_> = (0..7).map(|_| emulator.handle(&Call::default().sign(), now())).collect();
    assert!(responses.iter().map(|response| response.status().as_u16()).eq([429, 429, 503, 500, 502, 200, 200]));
    assert_eq!(responses[1].headers()["x-amz-retry-after"], "250");
    assert!(!responses[1].headers().contains_key("date"));
    assert_eq!(json(&responses[2]), json!({ "Code": "ServiceUnavailable", "Message": "later" }));
    assert_eq!(responses[3].body(), "{}        ");
    let wire: &securityhub_emulator::WireFault = responses[5].extensions().get().unwrap();
    assert!(wire.chunked && wire.close && wire.dribble.is_some() && wire.delay.is_some());
    let wire: &securityhub_emulator::WireFault = responses[6].extensions().get().unwrap();
    assert!(wire.truncation.is_some_and(|cut| cut.after == Some(3) && cut.reset));
}

#[test]
fn reports_requests_and_rate_violations() {
    let emulator = emulator();
    for _ in 0..31 {
        emulator.handle(&Call::default().sign(), now());
    }
    let requests = &read(&emulator, "requests?after=29")["requests"];
    assert_eq!(requests.as_array().unwrap().len(), 2);
    assert_eq!((&requests[0]["status"], &requests[1]["status"]), (&json!(200), &json!(429)));
    assert_eq!((&requests[1]["account"], &requests[1]["region"]), (&json!("123456789012"), &json!("us-east-1")));
    assert_eq!(requests[0]["body"], common::ONE_ID);
    assert_eq!(requests[0]["at_ms"], 1_795_379_825_000_u64);
    assert!(requests[0]["headers"].get("authorization").is_none() && requests[0]["headers"]["host"].is_string());
    let violations = read(&emulator, "rate-violations");
    assert_eq!((&violations["count"], &violations["rate_violations"][0]["number"]), (&json!(1), &json!(31)));
}

#[test]
fn resets_to_the_initial_state() {
    let emulator = emulator();
    emulator.invite(&region("us-east-1"), id("111122223333"));
    emulator.save_initial_state();
    setup(&emulator, &json!({ "clock_offset": 10, "faults": [{}], "denials": [{ "message": "no" }] }));
    emulator.invite(&region("us-east-1"), id("444455556666"));
    emulator.handle(&Call::default().sign(), now());
    assert_eq!(send(&emulator, Method::POST, "/_emulator/v1/reset", ""), (200, json!({})));
    let state = read(&emulator, "state");
    assert_eq!(
        (&state["clock_offset"], &state["pending_faults"], &state["denials"]),
        (&json!(0), &json!(0), &json!([]))
    );
    assert_eq!((emulator.request_count(), emulator.received_requests().len()), (0, 0));
    assert_eq!(emulator.invitations(&region("us-east-1")), [id("111122223333")]);
}

#[test]
fn clamps_extreme_clock_offsets() {
    let emulator = emulator();
    for (offset, time) in [(i64::MAX, "9999-12-31T23:59:59.000Z"), (i64::MIN, "1970-01-01T00:00:00.000Z")] {
        setup(&emulator, &json!({ "clock_offset": offset }));
        assert_eq!(read(&emulator, "state")["time"], time);
        assert_eq!(fail(&emulator, &Call::default()).1, "InvalidSignatureException");
    }
}

#[test]
fn rejects_invalid_documents_without_a_change() {
    let emulator = emulator();
    for (document, problem) in [
        ("", "invalid document: EOF"),
        ("[]", "invalid document: "),
        ("null", "invalid document: "),
        (r#"{"unknown":1}"#, "unknown field `unknown`, expected one of `access_keys`"),
        (r#"{"clock_offset":9223372036854775808}"#, "invalid document: "),
        (r#"{"clock_offset":1,"clock_offset":2}"#, "duplicate field `clock_offset`"),
        (r#"{"subscriptions":[{"accounts":["12"],"regions":[],"subscribed":true}]}"#, "has 2 digits"),
        (r#"{"subscriptions":[{"accounts":[],"regions":["US"],"subscribed":true}]}"#, "invalid region \"US\""),
        (
            r#"{"subscriptions":[{"accounts":[],"regions":["us-east-9"],"subscribed":true}]}"#,
            "region \"us-east-9\": unknown",
        ),
        (r#"{"denials":[{"regions":["xx-east-1"],"message":"x"}]}"#, "region \"xx-east-1\": unknown"),
        (
            r#"{"members":[{"administrators":[],"members":[],"regions":[],"status":"x"}]}"#,
            "invalid member status \"x\"",
        ),
        (r#"{"roles":[{"accounts":["111122223333"],"name":""}]}"#, "invalid role name \"\""),
        (
            r#"{"roles":[{"accounts":["111122223333"],"name":"a","max_session_seconds":1}]}"#,
            "out of range (expected 3600–43200)",
        ),
        (r#"{"access_keys":[{"id":"a/b","secret":"s"}]}"#, "access key \"a/b\": invalid id"),
        (r#"{"access_keys":[{"id":"a","secret":"s","expires_at":18446744073709551615}]}"#, "too late"),
        (r#"{"faults":[{"response":"other"}]}"#, "unknown variant `other`"),
        (r#"{"faults":[{"response":"throttled","status":400}]}"#, "not allowed for this response"),
        (r#"{"faults":[{"response":"error","code":"a\nb"}]}"#, "fault code \"a\\nb\": invalid character"),
        (r#"{"faults":[{"headers":{"a b":"c"}}]}"#, "fault header \"a b\": invalid name or value"),
        (r#"{"faults":[{"padded_to":1000000000}]}"#, "too long (expected at most 67108864)"),
        (r#"{"faults":[{"times":100001}]}"#, "too many faults (expected at most 100000)"),
        (r#"{"faults":[{"times":18446744073709551615}]}"#, "too many faults"),
    ] {
        // The valid part must not be applied.
        let both = document.replacen('{', r#"{"regions":[{"regions":["us-east-1"],"enabled":false}],"#, 1);
        for document in [document, &both] {
            let (status, body) = send(&emulator, Method::POST, "/_emulator/v1/setup", document);
            let message = body["error"].as_str().unwrap();
            assert!(status == 400 && message.contains(problem), "{document}: {status} {message}");
        }
    }
    let state = read(&emulator, "state");
    assert_eq!((&state["regions"], &state["clock_offset"], &state["hubs"]), (&json!([]), &json!(0), &json!([])));
    succeed(&emulator, &Call::default());
}

#[test]
fn bounds_the_state() {
    let emulator = emulator();
    // `http` cannot hold more than 32,768 headers.
    let headers: serde_json::Map<_, _> = (0..40_000).map(|number| (format!("h{number}"), json!(""))).collect();
    let role = json!({ "accounts": ["111122223333"], "name": "a", "external_id": "x".repeat(1225) });
    for (document, problem) in [
        (json!({ "faults": [{ "headers": headers }] }), "fault headers: 40000 headers (expected at most 16)"),
        (json!({ "roles": [role] }), "external_id: 1225 bytes (expected at most 1224)"),
    ] {
        let (status, body) = send(&emulator, Method::POST, "/_emulator/v1/setup", &document.to_string());
        assert_eq!((status, &body["error"]), (400, &json!(problem)));
    }
    succeed(&emulator, &Call::default());

    let accounts: Vec<_> = (0..1000).map(|number| format!("{number:012}")).collect();
    let document =
        json!({ "invitations": [{ "administrators": accounts, "members": accounts, "regions": ["us-east-1"] }] });
    let (status, body) = send(&emulator, Method::POST, "/_emulator/v1/setup", &document.to_string());
    assert_eq!(
        (status, &body["error"]),
        (400, &json!("too many hubs, members and invitations (expected at most 1000000)"))
    );
    let many = format!(r#"{{"faults":[{}{{}}]}}"#, "{},".repeat(100_000));
    let long = " ".repeat(1024 * 1024 + 1);
    for (document, problem) in [
        (many, "too many objects and lists (expected at most 100000)"),
        (long, "invalid document: too long (expected at most 1048576 bytes)"),
    ] {
        let (status, body) = send(&emulator, Method::POST, "/_emulator/v1/setup", &document);
        assert_eq!((status, body["error"].as_str()), (400, Some(problem)));
    }
    let body = " ".repeat(Emulator::MAX_REQUEST_BYTES + 1);
    assert_eq!(send(&emulator, Method::POST, "/_emulator/v1/setup", &body).0, 413);
}

#[test]
fn rejects_other_paths_and_methods() {
    let emulator = emulator();
    for (method, path, status) in [
        (Method::GET, "/_emulator", 404),
        (Method::GET, "/_emulator/v2/state", 404),
        (Method::POST, "/_emulator/v1/invitations/delete", 404),
        (Method::POST, "/_emulator/v1/state", 405),
        (Method::GET, "/_emulator/v1/reset", 405),
        (Method::GET, "/_emulator/v1/state?account=12", 400),
        (Method::GET, "/_emulator/v1/state?region=X", 400),
        (Method::GET, "/_emulator/v1/requests?after=-1", 400),
        (Method::GET, "/_emulator/v1/requests?after=1&after=2", 400),
        (Method::GET, "/_emulator/v1", 200),
        (Method::GET, "/_emulator/v1/state/", 200),
    ] {
        let (found, body) = send(&emulator, method, path, "");
        assert_eq!(found, status, "{path} {body}");
    }
    assert_eq!(emulator.request_count(), 0);
}

#[test]
fn rejects_web_pages() {
    let emulator = emulator();
    for (name, value, status) in [
        ("origin", "http://127.0.0.1", 403),
        ("host", "rebound.example.com", 403),
        ("host", "169.254.169.254", 403),
        ("host", "localhost:4566", 200),
        ("host", "[::1]:4566", 200),
        ("host", "emulator.localhost", 200),
    ] {
        let request = Request::post("/_emulator/v1/reset").header(name, value).body(Bytes::new()).unwrap();
        assert_eq!(emulator.handle(&request, now()).status(), status, "{name}: {value}");
    }
}
