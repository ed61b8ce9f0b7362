//! Rule 8: error responses. Code, message, request id, excerpt and hints, and how errors read.

use std::{io, time::Duration};

use http::StatusCode;
use securityhub_invitations::{CallError, DeleteInvitationsOutput, Error, ErrorKind, Outcome};
use serde_json::json;

use crate::{
    scenario::{http_date, steady},
    support::{TOKEN, hub, now, one_id, response, temporary_credentials},
};

const HEADER: &str = "x-amzn-errortype";

fn rejection(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Error {
    DeleteInvitationsOutput::from_response(&response(status, headers, body)).expect_err("an error")
}

fn code_of(body: impl AsRef<[u8]>) -> Option<String> {
    rejection(400, &[], body).code().map(str::to_owned)
}

#[test]
fn header_code_precedes_body_code() {
    for (header, body, expected) in [
        (None, "", None),
        (None, "{}", None),
        (Some("A"), "", Some("A")),
        (Some("A"), r#"{"code":"B","__type":"C","Code":"D"}"#, Some("A")),
        (None, r#"{"Code":"D","__type":"C","code":"B"}"#, Some("B")),
        (None, r#"{"Code":"D","__type":"C"}"#, Some("C")),
        (None, r#"{"Code":"D"}"#, Some("D")),
        (None, r#"{"Error":{"code":"x","__type":"x","Code":"x"},"CODE":"x"}"#, None),
        // Empty values, null and other types fall through.
        (Some(""), r#"{"code":"B"}"#, Some("B")),
        (Some(":http://x"), r#"{"code":"B"}"#, Some("B")),
        (Some("ns#"), r#"{"code":"B"}"#, Some("B")),
        (Some(" "), r#"{"code":"B"}"#, Some("B")),
        (Some(","), r#"{"code":"B"}"#, Some("B")),
        (Some("é"), r#"{"code":"B"}"#, Some("B")),
        (None, r#"{"code":"","__type":"C"}"#, Some("C")),
        (None, r#"{"code":null,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":-5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":1.5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":true,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":["x",{}],"__type":"C"}"#, Some("C")),
        (None, r#"{"code":{"x":[1],"code":"y"},"__type":"C"}"#, Some("C")),
        (None, r##"{"code":"#","__type":":","Code":"D"}"##, Some("D")),
        // The namespace and the URL are removed.
        (Some("Name:http://internal.example/x"), "", Some("Name")),
        (Some("ns#Name"), "", Some("Name")),
        (Some("other.ns#Name:http://internal.example/#x"), "", Some("Name")),
        (Some("a#b#Name"), "", Some("Name")),
        (Some(" Name "), "", Some("Name")),
        (None, r#"{"code":"ns#Name:http://x"}"#, Some("Name")),
        (None, r#"{"__type":"a#b#Name"}"#, Some("Name")),
        (None, r#"{"__type":"\u004eame"}"#, Some("Name")),
        (None, r#"{"\u005f_type":"Name"}"#, Some("Name")),
        (None, r#"{"Code":"Name:"}"#, Some("Name")),
        // The header is kept whatever the body is.
        (Some("A"), "<html>", Some("A")),
        (Some("A"), "[]", Some("A")),
        (Some("A"), "{\"code\":\"B\"", Some("A")),
        (None, "[]", None),
        (None, "null", None),
        (None, "\"B\"", None),
    ] {
        let headers: Vec<_> = header.map(|value| (HEADER, value)).into_iter().collect();
        let error = rejection(400, &headers, body);
        assert_eq!(error.code(), expected, "{header:?} {body}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
}

/// B2: gateways add their own values after the service's.
#[test]
fn the_first_value_of_a_repeated_header_counts() {
    for (values, expected) in [
        (&["InvalidAccessException,UnauthorizedException"][..], "InvalidAccessException"),
        (&["InvalidAccessException , UnauthorizedException"], "InvalidAccessException"),
        (&["InvalidAccessException", "UnauthorizedException"], "InvalidAccessException"),
        (&["", "InvalidAccessException", "X"], "InvalidAccessException"),
        (&[",InvalidAccessException"], "InvalidAccessException"),
        (&["ns#InvalidAccessException:http://x,y#X"], "InvalidAccessException"),
        (&["ns#InvalidAccessException:http://x/a,b"], "InvalidAccessException"),
    ] {
        let headers: Vec<_> = values.iter().map(|value| (HEADER, *value)).collect();
        let body = json!({ "Message": "Account 1 is not subscribed to AWS Security Hub" }).to_string();
        let error = rejection(401, &headers, body);
        assert_eq!(error.code(), Some(expected), "{values:?}");
        assert_eq!(error.kind(), ErrorKind::InvalidAccess);
        assert!(error.is_not_subscribed());
    }
}

/// B2: the same for request ids.
#[test]
fn the_first_request_id_counts() {
    let long = "x".repeat(10_000);
    for (headers, expected) in [
        (&[][..], None),
        (&[("x-amzn-requestid", "a")], Some("a")),
        (&[("x-amz-request-id", "b")], Some("b")),
        (&[("x-amz-request-id", "b"), ("x-amzn-requestid", "a")], Some("a")),
        (&[("x-amz-request-id", "b"), ("x-amzn-requestid", "")], Some("b")),
        (&[("x-amz-request-id", "b"), ("x-amzn-requestid", "é")], Some("b")),
        (&[("x-amzn-requestid", "é")], None),
        (&[("x-amz-id-2", "c"), ("x-amzn-request-id", "d")], None),
        (&[("x-amzn-requestid", "r1, r2")], Some("r1")),
        (&[("x-amzn-requestid", "r1"), ("x-amzn-requestid", "r2")], Some("r1")),
        (&[("x-amzn-requestid", ","), ("x-amz-request-id", "b,c")], Some("b")),
        (&[("x-amzn-requestid", &*long)], Some(&long[..1024])),
    ] {
        let output = DeleteInvitationsOutput::from_response(&response(200, headers, "{}")).unwrap();
        assert_eq!(output.request_id(), expected);
        assert_eq!(rejection(200, headers, "x").request_id(), expected);
        let error = rejection(404, headers, "{}");
        assert_eq!(error.request_id(), expected);
        assert!(error.to_string().len() < 200);
    }
}

/// B5: an escape that JSON does not know hides no code.
#[test]
fn unknown_escapes_keep_the_code() {
    for message in [r"C:\Windows", r"\q", r"\u12 ", r"\u", r"\x41", r"ends with \\\é"] {
        let body = format!(r#"{{"message":"{message}","__type":"ThrottlingException"}}"#);
        let error = rejection(400, &[], &body);
        assert_eq!(error.code(), Some("ThrottlingException"), "{body}");
        assert!(error.is_retryable() && error.is_confirmed());
    }
    assert_eq!(rejection(400, &[], r#"{"message":"C:\Windows","code":"X"}"#).message(), Some(r"C:\Windows"));
}

#[test]
fn long_namespaces_hide_no_code() {
    let namespace = "a".repeat(1100);
    let error = rejection(400, &[], json!({ "__type": format!("{namespace}#RequestTimeout") }).to_string());
    assert_eq!(error.code(), Some("RequestTimeout"));
    assert!(!error.is_confirmed());
    assert_eq!(code_of(json!({ "__type": namespace }).to_string()).map(|code| code.len()), Some(1024));
}

#[test]
fn the_first_message_with_content_counts() {
    for (body, expected) in [
        ("{}", None),
        (r#"{"message":"a","Message":"b","errorMessage":"c"}"#, Some("a")),
        (r#"{"errorMessage":"c","Message":"b"}"#, Some("b")),
        (r#"{"errorMessage":"c"}"#, Some("c")),
        (r#"{"message":null,"Message":"b"}"#, Some("b")),
        (r#"{"message":"","Message":"b"}"#, Some("b")),
        (r#"{"message":7,"Message":{"x":1},"errorMessage":"c"}"#, Some("c")),
        (r#"{"message":"","Message":"","errorMessage":""}"#, None),
        (r#"{"message":"line\nline \u00e9☃"}"#, Some("line\nline é☃")),
        (r#"{"message":"\ud83d\ude00\ud800x\udc00"}"#, Some("😀\u{fffd}x\u{fffd}")),
        ("{\"message\":\"one\ntwo\r\n\tthree\"}", Some("one two   three")),
        (r#"{"MESSAGE":"x","msg":"y"}"#, None),
        ("<html>", None),
        ("", None),
    ] {
        assert_eq!(rejection(400, &[], body).message(), expected, "{body}");
    }
}

/// B5: a fault anywhere else in the body does not hide the code.
#[test]
fn faults_elsewhere_keep_the_code() {
    for fault in [
        r#""message":"\ud800""#,
        r#""message":"\udc00 and more""#,
        r#""message":"\ud800\ud800""#,
        r#""message":"\ud800\u0041""#,
        r#""\ud800":1"#,
        r#""x":"\ud800""#,
        r#""x":["\ud800",{"\udfff":"\ud800"}]"#,
        r#""x":{"code":"Other","y":{"__type":"Other"}}"#,
        r#""x":[[[[{}]]]]"#,
        r#""message":{"code":"Other"}"#,
        r#""x":1e999"#,
        r#""x":-0.0,"y":null,"z":false"#,
    ] {
        for member in ["code", "__type", "Code"] {
            for body in [
                format!(r#"{{"{member}":"ThrottlingException",{fault}}}"#),
                format!(r#"{{{fault},"{member}":"ThrottlingException"}}"#),
                format!("\u{feff}{{{fault},\"{member}\":\"ThrottlingException\"}}"),
                format!(r#"{{{fault},"{member}":"ThrottlingException"}} trailing"#),
                format!(r#"{{{fault},"{member}":"ThrottlingException","y":]"#),
                format!(r#"{{{fault},"{member}":"ThrottlingException""#),
            ] {
                let error = rejection(400, &[], &body);
                assert_eq!(error.code(), Some("ThrottlingException"), "{body}");
                assert!(error.is_retryable() && error.kind() == ErrorKind::Throttled, "{body}");
            }
        }
    }
}

/// B5: bytes that are not UTF-8, raw surrogates and control characters, before and after the code.
#[test]
fn invalid_bytes_keep_the_code() {
    for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xc0\xaf", b"\0", b"\r\n\t", b"\x1b[31m"] {
        let before = [b"{\"message\":\"", bytes, b"\",\"code\":\"X\"}"].concat();
        let after = [b"{\"code\":\"X\",\"message\":\"", bytes, b"\"}"].concat();
        assert_eq!(code_of(&before).as_deref(), Some("X"), "{bytes:?}");
        assert_eq!(code_of(&after).as_deref(), Some("X"), "{bytes:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let error = rejection(400, &[], "\u{feff}{\"code\":\"X\",\"message\":\"m\"}");
    assert_eq!((error.code(), error.message(), error.excerpt()), (Some("X"), Some("m"), None));
}

/// B5: the readable part of a truncated body is used, whatever the byte at which it ends.
#[test]
fn truncation_keeps_complete_members() {
    for (head, tail) in [
        (r#"{"code":"ThrottlingException""#, r#","message":"Rate é \ud83d\ude00 exceeded","x":[1,{"y":null}]}"#),
        (r#"{ "message" : "m\u00e9" , "x" : [ 1 , { } ] , "__type" : "a#ThrottlingException""#, r#" , "Code" : "X" }"#),
        (r#"{"Code":"ThrottlingException""#, "}"),
        (r#"{"m\ud800":"\udc00","__type":"ThrottlingException""#, r#","message":"\ud800"}  "#),
    ] {
        let body = format!("{head}{tail}");
        for length in 0..=body.len() {
            let code = code_of(&body.as_bytes()[..length]);
            let expected = (length >= head.len()).then_some("ThrottlingException");
            assert_eq!(code.as_deref(), expected, "{length} of {body}");
        }
    }
    // The same for the message.
    let body = br#"{"Message":"not \u00e9 found","code":"X"}"#;
    let read = br#"{"Message":"not \u00e9 found""#.len();
    for length in 0..body.len() {
        let error = rejection(404, &[], &body[..length]);
        assert_eq!(error.message(), (length >= read).then_some("not é found"), "{length}");
        assert_eq!(error.excerpt().is_some(), length > 0, "{length}");
    }
}

#[test]
fn deep_nesting_keeps_the_code() {
    for (open, value, close) in [("[", "", "]"), ("{\"a\":", "1", "}")] {
        let deep = format!("{}{value}{}", open.repeat(10_000), close.repeat(10_000));
        let error = rejection(400, &[], format!(r#"{{"code":{deep},"__type":"x","message":{deep},"Message":"m"}}"#));
        assert_eq!((error.code(), error.message()), (Some("x"), Some("m")));
        assert_eq!(code_of(format!(r#"{{"__type":"x","y":{}"#, open.repeat(10_000))).as_deref(), Some("x"));
    }
}

/// B3.
#[test]
fn detects_accounts_without_security_hub() {
    for (code, message, expected) in [
        ("InvalidAccessException", "Account 1 is not subscribed to AWS Security Hub", true),
        ("InvalidAccessException", "Account 1 is not subscribed to Security Hub", true),
        ("ResourceNotFoundException", "Account 1 is not subscribed to Security Hub", true),
        ("AccessDeniedException", "NOT SUBSCRIBED TO aws security hub.", true),
        ("InvalidAccessException", "Account 1 is not subscribed", false),
        ("InvalidAccessException", "Account 1 is not subscribed to Amazon GuardDuty", false),
        ("InvalidAccessException", "Security Hub", false),
        ("InvalidInputException", "Account 1 is not subscribed to AWS Security Hub", false),
        ("InvalidAccessException", "", false),
    ] {
        let error = rejection(401, &[(HEADER, code)], json!({ "Message": message }).to_string());
        assert_eq!(error.is_not_subscribed(), expected, "{code} {message}");
    }
    assert!(!rejection(401, &[(HEADER, "InvalidAccessException")], "").is_not_subscribed());
}

/// B4.
#[test]
fn detects_denials_by_policy() {
    let because = |policy: &str| {
        format!(
            "not authorized to perform: securityhub:DeleteInvitations because no {policy} allows the securityhub:DeleteInvitations action"
        )
    };
    for (code, message, expected) in [
        ("AccessDeniedException", "not authorized: with an explicit deny in a service control policy".to_owned(), true),
        ("AccessDenied", "an Explicit Deny".to_owned(), true),
        ("AccessDeniedException", because("service control policy"), true),
        ("AccessDeniedException", because("resource control policy"), true),
        ("AccessDeniedException", because("session policy"), true),
        ("AccessDeniedException", because("permissions boundary"), true),
        ("AccessDeniedException", because("VPC endpoint policy"), true),
        ("AccessDeniedException", because("Service Control Policy"), true),
        ("AccessDeniedException", because("identity-based policy"), false),
        ("AccessDeniedException", because("resource-based policy"), false),
        ("InvalidAccessException", "an explicit deny".to_owned(), false),
    ] {
        let error = rejection(403, &[(HEADER, code)], json!({ "message": message }).to_string());
        assert_eq!(error.is_denied_by_policy(), expected, "{code} {message}");
    }
}

#[test]
fn detects_disabled_regions() {
    let invalid = "The security token included in the request is invalid.";
    for (code, message, expected) in [
        ("UnrecognizedClientException", invalid, true),
        ("InvalidClientTokenId", "the SECURITY token included in the request is INVALID", true),
        ("UnrecognizedClientException", "something else", false),
        ("UnrecognizedClientException", "", false),
        ("InvalidSignatureException", invalid, false),
        ("AccessDeniedException", invalid, false),
    ] {
        let error = rejection(403, &[(HEADER, code)], json!({ "message": message }).to_string());
        assert_eq!(error.may_be_disabled_region(), expected, "{code} {message}");
    }
}

#[test]
fn errors_know_their_class_without_a_call() {
    for (status, code, expected) in [
        (500, "", true),
        (429, "", true),
        (429, "InvalidInputException", false),
        (400, "Throttling", true),
        (400, "RequestTimeout", true),
        (501, "", false),
        (403, "RequestTimeTooSkewed", false),
    ] {
        let error = rejection(status, &[(HEADER, code)], "");
        assert_eq!(error.is_retryable(), expected, "{status} {code}");
        assert_eq!((error.attempts(), error.unconfirmed_attempts()), (None, None));
        assert!(error.may_have_taken_effect(), "without the number of attempts, nothing is certain");
    }
    let rejected = || rejection(400, &[(HEADER, "X")], "");
    assert!(!rejected().with_attempts(1, 0).may_have_taken_effect());
    assert!(rejected().with_attempts(2, 1).may_have_taken_effect());
    let lost = rejection(504, &[], "").with_attempts(2, 1);
    assert_eq!((lost.attempts(), lost.unconfirmed_attempts()), (Some(2), Some(2)));
}

#[test]
fn redirects_are_errors() {
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let error = rejection(status, &[("location", "https://evil.example/")], "");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Other, false));
    }
}

#[test]
fn retry_after_is_reported() {
    let date = http_date(now(), 0);
    let later = http_date(now(), 90);
    for (headers, expected) in [
        (&[][..], None),
        (&[("retry-after", "7")], Some(7_000)),
        (&[("x-amz-retry-after", "250")], Some(250)),
        (&[("retry-after", "7"), ("x-amz-retry-after", "250")], Some(250)),
        (&[("retry-after", "7"), ("x-amz-retry-after", "soon")], Some(7_000)),
        (&[("retry-after", "soon")], None),
        (&[("retry-after", "-1")], None),
        (&[("retry-after", "0")], Some(0)),
        (&[("retry-after", &*later), ("date", &*date)], Some(90_000)),
        (&[("retry-after", &*date), ("date", &*later)], Some(0)),
        (&[("retry-after", &*later)], None),
    ] {
        for status in [400, 503] {
            let error = rejection(status, headers, "");
            assert_eq!(error.retry_after(), expected.map(Duration::from_millis), "{headers:?}");
        }
    }
    let error = rejection(503, &[("retry-after", "99999999999999999999")], "");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(u64::MAX)));
    // A call compares a date with the caller's clock.
    let in_flight = steady().call(one_id()).sign(now()).1;
    let received = response(404, &[("retry-after", &later), (HEADER, "X")], "");
    let Outcome::Done(Err(error)) = in_flight.handle_response(&received, now()) else { panic!("an error") };
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
}

#[test]
fn bodies_that_are_not_objects_leave_an_excerpt() {
    for (body, expected) in [
        (&b"<html>\r\n\t<b>502</b>\x1b[31m</html>"[..], Some("<html>\\r\\n\\t<b>502</b>\\u{1b}[31m</html>")),
        (b"plain", Some("plain")),
        (b"\xffoh\xc3", Some("\u{fffd}oh\u{fffd}")),
        (b"[]", Some("[]")),
        (b"null", Some("null")),
        (b"{", Some("{")),
        (b"\xe2\x80\xaereversed", Some("\\u{202e}reversed")),
        (b"{}", None),
        (b"{\"message\":\"m\"}", None),
        (b"", None),
    ] {
        assert_eq!(rejection(502, &[], body).excerpt(), expected, "{body:?}");
    }
}

#[test]
fn excerpts_have_at_most_512_characters() {
    for character in ["x", "é", "😀"] {
        assert_eq!(rejection(502, &[], character.repeat(512)).excerpt().unwrap(), character.repeat(512));
        let cut = rejection(502, &[], character.repeat(513));
        assert_eq!(cut.excerpt().unwrap(), format!("{}…", character.repeat(512)));
    }
}

#[test]
fn errors_read_as_one_line() {
    let with_id = ("x-amzn-requestid", "id-1");
    for (status, headers, body, expected) in [
        (400, &[(HEADER, "X"), with_id][..], r#"{"message":"m"}"#, "X: m (HTTP 400, request id id-1)"),
        (400, &[(HEADER, "BadRequestException")], "", "BadRequestException (HTTP 400)"),
        (503, &[], "", "response without an error code (HTTP 503)"),
        (418, &[], r#"{"message":"m"}"#, "response without an error code: m (HTTP 418)"),
        (502, &[], "<b>\n</b>", "response without an error code: <b>\\n</b> (HTTP 502)"),
        (400, &[(HEADER, "X")], "<b>", "X: <b> (HTTP 400)"),
        (400, &[], r#"{"code":"a\u001bb","message":"1\n2\u202e3"}"#, "a\\u{1b}b: 1\\n2\\u{202e}3 (HTTP 400)"),
    ] {
        let error = rejection(status, headers, body);
        assert_eq!(error.to_string(), expected);
        // B15: `main() -> Result` prints Debug.
        assert_eq!(format!("{error:?}"), expected);
        assert!(format!("{error:#?}").starts_with("Error {\n    kind: "), "{error:#?}");
    }
    let long = json!({ "code": "c".repeat(9999), "message": "m".repeat(9999) }).to_string();
    let error = rejection(400, &[("x-amzn-requestid", &"r".repeat(9999))], long);
    assert_eq!(
        error.to_string(),
        format!("{}…: {}… (HTTP 400, request id {}…)", "c".repeat(128), "m".repeat(1000), "r".repeat(80))
    );
    assert_eq!(error.message().unwrap().len(), 9999, "the message itself is complete");
}

/// B7: the output of an error is bounded, whatever the size of its body.
#[test]
fn large_error_bodies_are_bounded() {
    const LENGTH: usize = 12 * 1024 * 1024;
    let long = "m".repeat(LENGTH);
    for body in [
        json!({ "code": "X", "message": long }).to_string(),
        json!({ "Other": long, "__type": "X" }).to_string(),
        "\u{1}".repeat(LENGTH),
        long,
    ] {
        let error = rejection(400, &[("x-amzn-requestid", "r")], &body);
        assert!(error.to_string().len() <= 1500, "{}", error.to_string().len());
        assert!(format!("{error:?}").len() <= 1500);
        assert!(format!("{error:#?}").len() <= 8000, "{}", format!("{error:#?}").len());
        assert!(error.message().is_none_or(|message| message.len() <= 64 * 1024));
        assert!(error.code().is_none_or(|code| code.len() <= 1024));
        assert!(error.excerpt().is_none_or(|excerpt| excerpt.len() <= 513 * 6));
    }
    // A message is cut between characters.
    let error = rejection(400, &[], json!({ "message": format!("x{}", "é".repeat(40_000)) }).to_string());
    assert_eq!(error.message().unwrap().len(), 64 * 1024 - 1);
}

#[test]
fn token_lines_are_redacted() {
    let canonical =
        format!("POST\n/invitations/delete\n\nhost:h\nx-amz-security-token:{TOKEN}\n\nhost;x-amz-security-token\nabc");
    let message = format!("does not match. The Canonical String should have been\n'{canonical}'");
    let body = json!({ "message": message, "code": "InvalidSignatureException" }).to_string();
    let error = rejection(403, &[], &body);
    assert_eq!(error.message().unwrap(), message.replace(TOKEN, "[redacted]"), "the rest is complete");
    assert_eq!(error.code(), Some("InvalidSignatureException"));

    for body in
        [format!("<pre>{message}</pre>"), body[..body.len() - 1].to_owned(), format!("X-Amz-Security-Token={TOKEN}")]
    {
        for status in [200, 403] {
            let error = rejection(status, &[], &body);
            assert!(error.excerpt().unwrap().contains("[redacted]"), "{error:?}");
            assert!(!format!("{error} {error:#?}").contains("IQoJb3"), "{error:?}");
        }
    }
}

#[test]
fn calls_redact_their_own_token() {
    let hub = hub().with_credentials(temporary_credentials());
    for (status, headers, body) in [
        (403, None, json!({ "message": format!("The token '{TOKEN}' is expired, {TOKEN}") }).to_string()),
        (403, None, json!({ "code": TOKEN }).to_string()),
        (403, Some((HEADER, TOKEN)), String::new()),
        (403, None, format!("<html>{TOKEN}")),
        (200, None, format!("<html>{TOKEN}")),
        (200, None, json!({ "UnprocessedAccounts": TOKEN }).to_string()),
        // A token that starts within the excerpt is found as a whole.
        (403, None, format!("{}{TOKEN}", "x".repeat(500))),
        (403, None, format!("{}\nx-amz-security-token:{}", "x".repeat(480), "IQoJb3".repeat(1000))),
    ] {
        let (_, in_flight) = hub.call(one_id()).sign(now());
        let received = response(status, headers.as_slice(), &body);
        let Outcome::Done(Err(error)) = in_flight.handle_response(&received, now()) else { panic!("{body}") };
        for shown in [error.to_string(), format!("{error:#?}"), error.message().unwrap_or_default().to_owned()] {
            assert!(!shown.contains("IQoJb3"), "{shown}");
        }
        assert!(format!("{error:#?}").contains("[redacted]"), "{error:#?}");
    }
}

#[test]
fn excerpts_may_end_like_a_token_begins() {
    let hub = hub().with_credentials(temporary_credentials());
    let (_, in_flight) = hub.call(one_id()).sign(now());
    let body = format!("not JSON, and then {}", &TOKEN[..1]);
    let Outcome::Done(Err(error)) = in_flight.handle_response(&response(400, &[], &body), now()) else {
        panic!("an error")
    };
    assert_eq!(error.excerpt(), Some(&*body));
}

#[test]
fn advice_follows_hints_then_kinds() {
    let invalid_token = r#"{"message":"The security token included in the request is invalid."}"#;
    for (status, code, body, expected) in [
        (401, "InvalidAccessException", r#"{"message":"not subscribed to AWS Security Hub"}"#, "Enable Security Hub"),
        (401, "InvalidAccessException", "{}", "Check that Security Hub is enabled"),
        (403, "UnrecognizedClientException", invalid_token, "Check the access key and that the region"),
        (403, "AccessDeniedException", r#"{"message":"with an explicit deny in a"}"#, "Have the policy"),
        (403, "AccessDeniedException", "{}", "Allow the action"),
        (403, "ExpiredTokenException", "{}", "Get new credentials"),
        (403, "SignatureDoesNotMatch", "{}", "Check the access key, its secret"),
        (403, "RequestTimeTooSkewed", "{}", "Set the clock"),
        (429, "ThrottlingException", "{}", "Retry later, with fewer"),
        // Without a code, something other than the service may have responded.
        (403, "", "<html>", "Check the endpoint"),
        (404, "", "<html>", "Check the endpoint"),
        (502, "", "<html>", "Retry later. If it persists"),
        (200, "", "<html>", "Check the endpoint"),
    ] {
        let error = rejection(status, &[(HEADER, code)], body);
        let advice = error.advice().unwrap_or_default();
        assert!(advice.starts_with(expected), "{error}: {advice}");
        assert!(!error.to_string().contains(advice), "{error}");
        assert_eq!(CallError::<io::Error>::from(error).advice(), Some(advice));
    }
    assert_eq!(rejection(400, &[(HEADER, "InvalidInputException")], "{}").advice(), None);
}
