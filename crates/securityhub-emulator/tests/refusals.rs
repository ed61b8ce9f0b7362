//! The table of refusals in the README is complete and correct.

mod common;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use common::{Call, TOKEN, error, now};
use http::{HeaderName, HeaderValue, Method, Request};
use securityhub_emulator::{AccessKey, Emulator, RateLimit};

/// A row of the README's table.
struct Row {
    code: &'static str,
    status: u16,
    members: Vec<&'static str>,
    message: String,
}

impl Row {
    fn all() -> Vec<Self> {
        let table = include_str!("../README.md")
            .lines()
            .filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 4);
        let rows = table.filter(|line| line.contains('`')).map(|line| {
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

/// Whether the message matches the pattern, in which `…` is any string.
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

/// A correctly signed request, changed after signing.
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

/// The cases of each message.
fn cases() -> Vec<(&'static str, Vec<Case>)> {
    let denied = Emulator::new();
    denied.deny("User: arn:aws:iam::123456789012:user/x is not authorized to perform this");
    let unsubscribed = Emulator::new();
    unsubscribed.set_subscribed(&"us-east-1".parse().unwrap(), false);
    let exhausted = || {
        let one = std::num::NonZeroU32::MIN;
        let emulator = Emulator::builder().with_rate_limit(RateLimit::new(one, one)).build();
        emulator.handle(&Call::default().sign(), now());
        emulator
    };
    let temporary = || Emulator::builder().with_access_key(AccessKey::example().with_session_token(TOKEN)).build();
    let expired = |at| {
        Emulator::builder().with_access_key(AccessKey::example().with_session_token(TOKEN).with_expiry(at)).build()
    };
    let with_token = |call: &mut Call| call.token = Some(TOKEN.to_owned());

    vec![
        (
            "Unknown operation: ",
            vec![
                altered(|request| *request.method_mut() = Method::GET),
                altered(|request| *request.method_mut() = Method::OPTIONS),
                altered(|request| *request.uri_mut() = "/invitations/deleted".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/xinvitations/delete".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/invitations/delete/".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/".parse().unwrap()),
                altered(|request| *request.uri_mut() = "*".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/members".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/invitations".parse().unwrap()),
                altered(|request| *request.uri_mut() = "/administrator".parse().unwrap()),
                case(Call::get("/invitations/decline").sign()),
                case(Call::get("/administrator/disassociate").sign()),
                case(Call::get("/members/").sign()),
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
                with_authorization(|text| text.replace("Credential=", "Credential=A Credential= ")),
                with_authorization(|text| text.replace(", ", ", ,")),
                with_authorization(|text| text.replace(" Credential=", " , Credential=")),
                with_authorization(|text| text + ","),
                with_authorization(|text| text + " x"),
            ],
        ),
        (
            "no comma before",
            vec![
                with_authorization(|text| text.replace(", SignedHeaders", " SignedHeaders")),
                with_authorization(|text| text.replace(", Signature", "\tSignature")),
                with_authorization(|text| text.replace("Credential=", "x=y Credential=")),
            ],
        ),
        (
            "more than one 'Credential' parameter",
            vec![
                with_authorization(|text| text.replace("Credential=", "Credential=A, Credential=")),
                with_authorization(|text| text.replace("Credential=", "Credential=, Credential=")),
                with_authorization(|text| text + ", Credential=A"),
                // Found by fuzzing.
                with_authorization(|text| {
                    text.replace(" Credential=", " Credential=A,Credential=").replace(", Sign", ",x-aB/c=d, Sign")
                }),
            ],
        ),
        (
            "more than one 'SignedHeaders' parameter",
            vec![with_authorization(|text| text.replace("SignedHeaders=", "SignedHeaders=host,SignedHeaders="))],
        ),
        (
            "more than one 'Signature' parameter",
            vec![with_authorization(|text| {
                let signature = text.rsplit_once(' ').unwrap().1.to_owned();
                format!("{text}, {signature}")
            })],
        ),
        (
            "unknown parameter",
            vec![
                with_authorization(|text| text.replace("Credential=", "X=, Credential=")),
                with_authorization(|text| text + ",credential=A"),
                with_authorization(|text| text + ", =x"),
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
                    .on(Emulator::builder().with_region("eu-west-1".parse().unwrap()).build()),
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
                call(|_| {}).on(Emulator::builder().without_access_keys().build()),
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
                with_authorization(|text| text.replace("content-type;", "")),
                with_authorization(|text| text[..text.len() - 1].to_owned()),
                with_authorization(|text| text[..text.len() - 2].to_owned()),
                with_authorization(|text| text[..text.len() - 62].to_owned()),
                with_authorization(|text| text + "00"),
                with_authorization(|text| text.replace("Signature=", "Signature=zz")),
            ],
        ),
        ("Too Many Requests", vec![call(|_| {}).on(exhausted())]),
        ("is not authorized to perform", vec![call(|_| {}).on(denied)]),
        (
            "not valid JSON",
            vec![
                with_body(""),
                case(Call::post("/invitations/decline", "").sign()),
                case(Call::post("/administrator/disassociate", "{").sign()),
                with_body(r#"{"AccountIds": ["111122223333"]"#),
                with_body(r#"{"AccountIds": ["111122223333"]} x"#),
                with_body(r#"{"AccountIds": ["\ud800"]}"#),
                with_body(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
            ],
        ),
        (
            "not a JSON object",
            vec![
                with_body("[]"),
                with_body("null"),
                with_body("\"x\""),
                case(Call::post("/administrator/disassociate", "[]").sign()),
            ],
        ),
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
        ("is given more than once", vec![case(Call::get("/invitations?NextToken=&NextToken=").sign())]),
        ("Invalid OnlyAssociated", vec![case(Call::get("/members?OnlyAssociated=1").sign())]),
        ("Invalid MaxResults", vec![case(Call::get("/invitations?MaxResults=0").sign())]),
        ("Invalid NextToken", vec![case(Call::get("/members?NextToken=x").sign())]),
        ("not associated to a master", vec![case(Call::post("/administrator/disassociate", "{}").sign())]),
        (
            "not subscribed to AWS Security Hub",
            vec![call(|_| {}).on(unsubscribed), call(|_| {}).on(Emulator::builder().with_subscription(false).build())],
        ),
    ]
}

impl Case {
    fn on(self, emulator: Emulator) -> Self {
        Self { emulator, ..self }
    }
}

#[test]
fn refusals_match_table_in_readme() {
    let rows = Row::all();
    assert!(rows.len() > 30, "{}", rows.len());
    let mut hits = vec![0; rows.len()];
    for (says, Case { emulator, request, now }) in
        cases().into_iter().flat_map(|(says, cases)| cases.into_iter().map(move |case| (says, case)))
    {
        let response = emulator.handle(&request, now);
        let answer = error(&response);
        assert!(answer.2.contains(says), "{says}: {answer:?}");
        // More general rows come later, so the first match counts.
        let described = rows.iter().position(|row| row.describes(&answer));
        hits[described.unwrap_or_else(|| panic!("{answer:?}\n{request:?}"))] += 1;

        assert_eq!(response.headers()["content-type"], "application/json");
        let request_id = format!("00000000-0000-4000-8000-{:012x}", emulator.request_count());
        assert_eq!(response.headers()["x-amzn-requestid"], request_id);
        assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 20:37:05 GMT");
        assert_eq!(emulator.received_requests().last().unwrap().refusal, Some(answer.1.as_str()));
        assert_eq!(emulator.counters().refused, 1);
    }
    let missed: Vec<&str> =
        rows.iter().zip(hits).filter(|(_, hits)| *hits == 0).map(|(row, _)| &*row.message).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn accepts_any_order_and_spacing_of_parameters() {
    let changes: [fn(String) -> String; 5] = [
        |text| text.replace(", ", ","),
        |text| text.replace(", ", " \t,\t  "),
        |text| format!(" {} \t", text.replace(" Credential", "\t Credential")),
        |text| {
            let (algorithm, rest) = text.split_once(' ').unwrap();
            let parameters: Vec<&str> = rest.split(", ").collect();
            format!("{algorithm} {}, {}, {}", parameters[2], parameters[0], parameters[1])
        },
        |text| text,
    ];
    for change in changes {
        let Case { emulator, request, now } = with_authorization(change);
        assert_eq!(emulator.handle(&request, now).status(), 200, "{:?}", request.headers()["authorization"]);
    }
}

#[test]
fn reports_all_problems_of_scope() {
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
fn reports_all_missing_parameters() {
    let Case { emulator, request, now } = with_authorization(|_| "Basic dXNlcjpwYXNz=, Signature=x".to_owned());
    assert_eq!(
        error(&emulator.handle(&request, now)).2,
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter."
    );
}

#[test]
fn expired_signature_names_limits() {
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
fn uses_clock_offset_of_emulator() {
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
fn accepts_key_until_its_expiry() {
    let key = AccessKey::example().with_session_token(TOKEN).with_expiry(now() + Duration::from_secs(1));
    let request = Call { token: Some(TOKEN.to_owned()), ..Call::default() }.sign();
    assert_eq!(Emulator::builder().with_access_key(key).build().handle(&request, now()).status(), 200);
}

#[test]
fn debug_output_has_no_secrets() {
    let key = AccessKey::new("AKIDMARK", "SECRETMARK").with_session_token("TOKENMARK");
    let emulator = Emulator::builder().with_access_key(key.clone()).build();
    let call = Call {
        key_id: "AKIDMARK".to_owned(),
        secret: "SECRETMARK".to_owned(),
        token: Some("TOKENMARK".to_owned()),
        ..Call::default()
    };
    let request = call.sign();
    assert_eq!(emulator.handle(&request, now()).status(), 200);
    let signature = request.headers()["authorization"].to_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let shown = format!("{key:?} {emulator:?} {:?} {}", emulator.received_requests(), emulator.received_requests()[0]);
    for secret in ["SECRETMARK", "TOKENMARK", &signature] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("AKIDMARK") && shown.contains("/invitations/delete"));
}
