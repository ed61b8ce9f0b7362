//! Every row of the README's table, once and more, and no refusal beside it.

mod common;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use common::{Call, TOKEN, error, now};
use http::{HeaderName, HeaderValue, Method, Request};
use securityhub_emulator::{AccessKey, Emulator};

/// A row of the table.
struct Row {
    code: &'static str,
    status: u16,
    members: Vec<&'static str>,
    message: String,
}

impl Row {
    fn all() -> Vec<Self> {
        let table = include_str!("../README.md").lines().filter(|line| line.starts_with("| ") && line.contains('`'));
        let rows = table.map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [_, code, status, members, message] = cells[..] else { panic!("{line}") };
            Self {
                code: code.trim_matches('`'),
                status: status.parse().unwrap(),
                members: members.split(", ").collect(),
                message: message.trim_matches('`').replace('⏎', "\n"),
            }
        });
        rows.collect()
    }

    fn describes(&self, (status, code, message, members): &(u16, String, String, Vec<String>)) -> bool {
        self.code == code && self.status == *status && &self.members == members && matches(&self.message, message)
    }
}

/// Whether the text is the pattern with something in the place of every `…`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

struct Case {
    emulator: Emulator,
    request: Request<Bytes>,
    now: SystemTime,
}

fn case(request: Request<Bytes>) -> Case {
    Case { emulator: Emulator::new(), request, now: now() }
}

fn call(change: impl FnOnce(&mut Call)) -> Case {
    let mut call = Call::default();
    change(&mut call);
    case(call.sign())
}

/// The good request, changed after it was signed.
fn altered(change: impl FnOnce(&mut Request<Bytes>)) -> Case {
    let mut request = Call::default().sign();
    change(&mut request);
    case(request)
}

fn with_authorization(change: impl FnOnce(String) -> String) -> Case {
    altered(|request| {
        let text = request.headers()["authorization"].to_str().unwrap().to_owned();
        request.headers_mut().insert("authorization", change(text).parse().unwrap());
    })
}

fn with_body(body: &str) -> Case {
    call(|call| call.body = body.to_owned())
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

/// By what the message must say.
fn cases() -> Vec<(&'static str, Vec<Case>)> {
    let denied = Emulator::new();
    denied.set_denied(Some("User: arn:aws:iam::123456789012:user/x is not authorized to perform this"));
    let unsubscribed = Emulator::new();
    unsubscribed.set_subscribed(&"us-east-1".parse().unwrap(), false);
    let temporary = || Emulator::new().with_access_key(AccessKey::example().with_session_token(TOKEN));
    let expired = |at| Emulator::new().with_access_key(AccessKey::example().with_session_token(TOKEN).with_expiry(at));
    let with_token = |call: &mut Call| call.token = Some(TOKEN.to_owned());

    vec![
        (
            "There is no operation",
            vec![
                altered(|request| *request.method_mut() = Method::GET),
                altered(|request| *request.method_mut() = Method::OPTIONS),
                altered(|request| *request.uri_mut() = "/invitations/deleted".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/xinvitations/delete".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/invitations/delete/".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/".parse().unwrap()),
                altered(|request| *request.uri_mut() = "*".parse().unwrap()),
            ],
        ),
        (
            "more than 16777216 bytes",
            vec![altered(|request| *request.body_mut() = vec![b' '; Emulator::MAX_REQUEST_BYTES + 1].into())],
        ),
        (
            "Missing Authentication Token",
            vec![
                altered(|request| drop(request.headers_mut().remove("authorization"))),
                altered(|request| set(request, "authorization", "  ")),
                altered(|request| {
                    request.headers_mut().remove("authorization");
                    *request.uri_mut() = "/invitations/delete?X-Amz-Algorithm=AWS4-HMAC-SHA256".parse().unwrap();
                }),
            ],
        ),
        (
            "more than one Authorization header",
            vec![altered(|request| {
                request.headers_mut().append("authorization", HeaderValue::from_static("x"));
            })],
        ),
        (
            "not a valid key=value pair",
            vec![
                with_authorization(|text| text.replace("Credential=", "Credential= ")),
                with_authorization(|text| text.replace("Credential=", "Credential")),
            ],
        ),
        (
            "Unsupported AWS 'algorithm'",
            vec![
                with_authorization(|text| text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA25")),
                with_authorization(|text| text.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
            ],
        ),
        (
            "requires 'Credential' parameter",
            vec![
                with_authorization(|text| text.replace("Credential=", "Credentials=")),
                with_authorization(|text| text.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256")),
                with_authorization(|_| "Bearer eyJ0eXAiOiJKV1QifQ".to_owned()),
                with_authorization(|_| "AWS4-HMAC-SHA256".to_owned()),
            ],
        ),
        (
            "requires 'Signature' parameter",
            vec![with_authorization(|text| text.replace("Signature=", "Signature=, X="))],
        ),
        (
            "requires 'SignedHeaders' parameter",
            vec![with_authorization(|text| text.replace("SignedHeaders=", "signedheaders="))],
        ),
        (
            "either a 'X-Amz-Date' or a 'Date' header",
            vec![altered(|request| drop(request.headers_mut().remove("x-amz-date")))],
        ),
        (
            "Date must be in ISO-8601",
            vec![
                call(|call| call.date = "20261122T203705".to_owned()),
                call(|call| call.date = "20261322T203705Z".to_owned()),
                call(|call| call.date = "Sun, 22 Nov 2026 20:37:05 GMT".to_owned()),
                altered(|request| {
                    request.headers_mut().remove("x-amz-date");
                    set(request, "date", "yesterday");
                }),
            ],
        ),
        (
            "Signature expired",
            vec![
                call(|call| call.date = "20261122T203204Z".to_owned()),
                call(|call| call.date = "00010101T000000Z".to_owned()),
            ],
        ),
        (
            "Signature not yet current",
            vec![
                call(|call| call.date = "20261122T204206Z".to_owned()),
                call(|call| call.date = "99991231T235959Z".to_owned()),
            ],
        ),
        (
            "'Host' or ':authority' must be",
            vec![
                with_authorization(|text| text.replace("content-type;host;", "content-type;")),
                with_authorization(|text| text.replace("content-type;host;x-amz-date", ";")),
            ],
        ),
        ("'content-type' must be", vec![with_authorization(|text| text.replace("content-type;", ""))]),
        ("'x-amz-date' must be", vec![with_authorization(|text| text.replace(";x-amz-date", ""))]),
        ("'x-amz-security-token' must be", vec![altered(|request| set(request, "x-amz-security-token", TOKEN))]),
        ("'x-amz-user-agent' must be", vec![altered(|request| set(request, "x-amz-user-agent", "unsigned"))]),
        (
            "'x-amz-content-sha256' must be",
            vec![altered(|request| set(request, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"))],
        ),
        (
            "named as a SignedHeader",
            vec![
                altered(|request| drop(request.headers_mut().remove("content-type"))),
                altered(|request| drop(request.headers_mut().remove("host"))),
            ],
        ),
        (
            "exactly 5 slash-delimited elements",
            vec![
                call(|call| call.scope = "20261122/us-east-1/securityhub".to_owned()),
                call(|call| call.key_id = "A/B".to_owned()),
            ],
        ),
        (
            "valid region",
            vec![
                call(|call| call.scope = "20261122/eu-west-1/securityhub/aws4_request".to_owned()),
                call(|call| call.scope = "20261122/US-EAST-1/securityhub/aws4_request".to_owned()),
                call(|call| {
                    call.host = "localhost:4566".to_owned();
                    call.scope = "20261122//securityhub/aws4_request".to_owned();
                }),
                call(|call| call.host = "localhost:4566".to_owned())
                    .on(Emulator::new().for_region("eu-west-1".parse().unwrap())),
            ],
        ),
        ("correct service", vec![call(|call| call.scope = "20261122/us-east-1/guardduty/aws4_request".to_owned())]),
        ("valid terminator", vec![call(|call| call.scope = "20261122/us-east-1/securityhub/aws5_request".to_owned())]),
        (
            "Date in Credential scope",
            vec![call(|call| call.scope = "20261123/us-east-1/securityhub/aws4_request".to_owned())],
        ),
        (
            "security token included in the request is invalid",
            vec![
                call(|call| call.key_id = "AKIDOTHER".to_owned()),
                call(with_token),
                call(|_| {}).on(temporary()),
                call(|call| call.token = Some(TOKEN.replace("EXAMPLE", "example"))).on(temporary()),
                call(|call| call.token = Some(TOKEN[1..].to_owned())).on(temporary()),
                call(|_| {}).on(Emulator::new().without_access_keys()),
            ],
        ),
        (
            "security token included in the request is expired",
            vec![call(with_token).on(expired(now())), call(with_token).on(expired(now() - Duration::from_secs(1)))],
        ),
        (
            "The value of 'x-amz-content-sha256'",
            vec![
                call(|call| call.more_signed = vec![("x-amz-content-sha256", "0".repeat(64))]),
                call(|call| call.more_signed = vec![("x-amz-content-sha256", "UNSIGNED-PAYLOAD".to_owned())]),
            ],
        ),
        (
            "does not match the signature you provided",
            vec![
                call(|call| call.secret = "another".to_owned()),
                altered(|request| *request.body_mut() = Bytes::from_static(br#"{"AccountIds": ["999988887777"]}"#)),
                with_authorization(|text| text[..text.len() - 1].to_owned()),
                with_authorization(|text| text[..text.len() - 2].to_owned()),
                with_authorization(|text| text[..text.len() - 62].to_owned()),
                with_authorization(|text| text + "00"),
                with_authorization(|text| text.replace("Signature=", "Signature=zz")),
            ],
        ),
        ("is not authorized to perform", vec![call(|_| {}).on(denied)]),
        (
            "not valid JSON",
            vec![
                with_body(""),
                with_body(r#"{"AccountIds": ["111122223333"]"#),
                with_body(r#"{"AccountIds": ["111122223333"]} x"#),
                with_body(r#"{"AccountIds": ["\ud800"]}"#),
                with_body(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            ],
        ),
        ("not a JSON object", vec![with_body("[]"), with_body("null"), with_body("\"x\"")]),
        (
            "AccountIds is missing",
            vec![
                with_body("{}"),
                with_body(r#"{"accountIds": ["111122223333"]}"#),
                with_body(r#"{"AccountIds": null}"#),
            ],
        ),
        (
            "AccountIds is not a list",
            vec![with_body(r#"{"AccountIds": "111122223333"}"#), with_body(r#"{"AccountIds": {}}"#)],
        ),
        ("AccountIds is empty", vec![with_body(r#"{"AccountIds": []}"#)]),
        (
            "AccountIds[1] is blank",
            vec![
                with_body(r#"{"AccountIds": ["111122223333", ""]}"#),
                with_body(r#"{"AccountIds": ["111122223333", " \t\n"]}"#),
            ],
        ),
        (
            "AccountIds[0] is not a string",
            vec![
                with_body(r#"{"AccountIds": [111122223333]}"#),
                with_body(r#"{"AccountIds": [null, "111122223333"]}"#),
            ],
        ),
        (
            "not subscribed to AWS Security Hub",
            vec![call(|_| {}).on(unsubscribed), call(|_| {}).on(Emulator::new().with_subscription(false))],
        ),
    ]
}

impl Case {
    fn on(self, emulator: Emulator) -> Self {
        Self { emulator, ..self }
    }
}

#[test]
fn every_refusal_is_a_row_and_every_row_a_refusal() {
    let rows = Row::all();
    assert!(rows.len() > 30, "{}", rows.len());
    let mut hits = vec![0; rows.len()];
    for (says, Case { emulator, request, now }) in
        cases().into_iter().flat_map(|(says, cases)| cases.into_iter().map(move |case| (says, case)))
    {
        let response = emulator.handle(&request, now);
        let answer = error(&response);
        assert!(answer.2.contains(says), "{says}: {answer:?}");
        // The first that fits: rows that are more general come later.
        let described = rows.iter().position(|row| row.describes(&answer));
        hits[described.unwrap_or_else(|| panic!("{answer:?}\n{request:?}"))] += 1;

        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-amzn-requestid"], "00000000-0000-4000-8000-000000000001");
        assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 20:37:05 GMT");
        assert_eq!(emulator.received()[0].refusal, Some(answer.1.as_str()));
        assert_eq!(emulator.counters().refused, 1);
    }
    let missed: Vec<&str> =
        rows.iter().zip(hits).filter(|(_, hits)| *hits == 0).map(|(row, _)| &*row.message).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn all_that_is_wrong_with_a_scope_is_said_at_once() {
    let Case { emulator, request, now } = call(|call| call.scope = "20261123/c/d/e".to_owned());
    assert_eq!(
        error(&emulator.handle(&request, now)).2,
        "Credential should be scoped to a valid region, not 'c'. \
         Credential should be scoped to correct service: 'securityhub'. \
         Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. \
         Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20261123' != '20261122', from '20261122T203705Z'."
    );
}

#[test]
fn all_parameters_that_are_missing_are_named_at_once() {
    let Case { emulator, request, now } = with_authorization(|_| "Basic dXNlcjpwYXNz=, Signature=x".to_owned());
    assert_eq!(
        error(&emulator.handle(&request, now)).2,
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter."
    );
}

#[test]
fn the_dates_of_an_expired_signature_are_the_three_that_matter() {
    let message = |date: &str| {
        let Case { emulator, request, now } = call(|call| call.date = date.to_owned());
        error(&emulator.handle(&request, now)).2
    };
    assert_eq!(
        message("20261122T203204Z"),
        "Signature expired: 20261122T203204Z is now earlier than 20261122T203205Z (20261122T203705Z - 5 min.)"
    );
    assert_eq!(
        message("20261122T204206Z"),
        "Signature not yet current: 20261122T204206Z is still later than 20261122T204205Z (20261122T203705Z + 5 min.)"
    );
}

#[test]
fn the_emulators_own_clock_is_what_counts() {
    let request = Call::default().sign();
    let emulator = Emulator::new();
    for (offset, status, date) in [
        (300, 200, "Sun, 22 Nov 2026 20:42:05 GMT"),
        (301, 403, "Sun, 22 Nov 2026 20:42:06 GMT"),
        (-300, 200, "Sun, 22 Nov 2026 20:32:05 GMT"),
        (-301, 403, "Sun, 22 Nov 2026 20:32:04 GMT"),
        (i64::MIN, 403, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (i64::MAX, 403, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (0, 200, "Sun, 22 Nov 2026 20:37:05 GMT"),
    ] {
        emulator.set_clock_offset(offset);
        let response = emulator.handle(&request, now());
        assert_eq!(
            (response.status().as_u16(), &response.headers()["date"]),
            (status, &HeaderValue::from_static(date))
        );
    }
}

#[test]
fn a_key_is_good_up_to_its_expiry() {
    let key = AccessKey::example().with_session_token(TOKEN).with_expiry(now() + Duration::from_secs(1));
    let request = Call { token: Some(TOKEN.to_owned()), ..Call::default() }.sign();
    assert_eq!(Emulator::new().with_access_key(key).handle(&request, now()).status(), 200);
}

#[test]
fn no_secret_is_shown() {
    let key = AccessKey::new("AKIDMARK", "SECRETMARK").with_session_token("TOKENMARK");
    let emulator = Emulator::new().with_access_key(key.clone());
    let call = Call {
        key_id: "AKIDMARK".to_owned(),
        secret: "SECRETMARK".to_owned(),
        token: Some("TOKENMARK".to_owned()),
        ..Call::default()
    };
    let request = call.sign();
    assert_eq!(emulator.handle(&request, now()).status(), 200);
    let signature = request.headers()["authorization"].to_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let shown = format!("{key:?} {emulator:?} {:?} {}", emulator.received(), emulator.received()[0]);
    for secret in ["SECRETMARK", "TOKENMARK", &signature] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("AKIDMARK") && shown.contains("/invitations/delete"));
}
