//! Rules 7 and 8 row by row: which responses are success, and what the others come to.

use std::collections::BTreeSet;

use http::StatusCode;
use securityhub_invitations::{
    DeleteInvitationsOutput, Error, ErrorKind, MAX_RESPONSE_BYTES, Outcome, UnprocessedAccount,
};
use serde_json::json;

use crate::{
    scenario::{Scenario, ok, steady},
    support::{TOKEN, hub, now, one_id, response, temporary_credentials},
};

fn parse(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Result<DeleteInvitationsOutput, Error> {
    DeleteInvitationsOutput::parse(&response(status, headers, body))
}

fn refusal(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Error {
    parse(status, headers, body).expect_err("no success")
}

fn accounts(body: &str) -> Vec<(Option<String>, Option<String>)> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let output = parse(200, &[], body).unwrap_or_else(|error| panic!("{body}: {error}"));
    let accounts = output.unprocessed_accounts().iter();
    accounts.map(|account| (owned(account.account_id()), owned(account.processing_result()))).collect()
}

fn pair(account_id: &str, reason: &str) -> (Option<String>, Option<String>) {
    (Some(account_id.to_owned()), Some(reason.to_owned()))
}

// Success ------------------------------------------------------------------------------------------------------------

#[test]
fn a_success_is_200_to_299() {
    for status in 100..=999 {
        let result = parse(status, &[], r#"{"UnprocessedAccounts":[]}"#);
        assert_eq!(result.is_ok(), (200..=299).contains(&status), "{status}");
        assert_eq!(parse(status, &[], "").is_ok(), (200..=299).contains(&status), "{status}");
    }
}

#[test]
fn an_empty_body_and_an_object_without_accounts_are_complete() {
    for body in [
        "",
        "{}",
        " { } \r\n\t",
        r#"{"UnprocessedAccounts":[]}"#,
        r#"{"UnprocessedAccounts":null}"#,
        r#"{"Other":1}"#,
        r#"{"unprocessedAccounts":[{"AccountId":"111122223333"}]}"#,
        r#"{"Nested":{"UnprocessedAccounts":[{"AccountId":"1"}]}}"#,
        r#"{"Deep":[[[{"a":[1,2.5,true,null,"x"]}]]],"Huge":1e99999,"":""}"#,
    ] {
        let output = parse(200, &[], body).unwrap_or_else(|error| panic!("{body}: {error}"));
        assert!(output.is_complete(), "{body}");
        assert_eq!(output.unprocessed_accounts(), []);
        assert_eq!(output.attempts(), 1);
        assert_eq!(output.into_result(), Ok(()));
    }
}

#[test]
fn unprocessed_accounts_are_listed_as_they_come() {
    for (body, expected) in [
        (
            r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"gone"}]}"#,
            vec![pair("111122223333", "gone")],
        ),
        (
            r#"{"UnprocessedAccounts":[{"ProcessingResult":"b","AccountId":"2"},{"AccountId":"1","ProcessingResult":"a"},
                {"AccountId":"2","ProcessingResult":"b"}]}"#,
            vec![pair("2", "b"), pair("1", "a"), pair("2", "b")],
        ),
        (r#"{"UnprocessedAccounts":[{}]}"#, vec![(None, None)]),
        (r#"{"UnprocessedAccounts":[{"AccountId":null,"ProcessingResult":null}]}"#, vec![(None, None)]),
        (r#"{"UnprocessedAccounts":[{"AccountId":"","ProcessingResult":""}]}"#, vec![pair("", "")]),
        (r#"{"UnprocessedAccounts":[{"AccountId":"not an id"}]}"#, vec![(Some("not an id".into()), None)]),
        (r#"{"UnprocessedAccounts":[{"accountId":"1","Email":"x","Nested":[{}]}]}"#, vec![(None, None)]),
        (
            r#"{"UnprocessedAccounts":[{"AccountId":"\u0031\u00e9","ProcessingResult":"\ud83d\ude00\n\/"}]}"#,
            vec![pair("1é", "😀\n/")],
        ),
        (r#"{"UnprocessedAccounts":[{"AccountId":"☃","ProcessingResult":"é"}]}"#, vec![pair("☃", "é")]),
        // Of a member that comes twice, the last one counts.
        (r#"{"UnprocessedAccounts":[{"AccountId":"1","AccountId":"2"}]}"#, vec![(Some("2".into()), None)]),
        (r#"{"UnprocessedAccounts":[{"AccountId":"1","AccountId":null}]}"#, vec![(None, None)]),
        (r#"{"UnprocessedAccounts":[{}],"UnprocessedAccounts":[{"AccountId":"2"}]}"#, vec![(Some("2".into()), None)]),
        (r#"{"UnprocessedAccounts":null,"UnprocessedAccounts":[{}]}"#, vec![(None, None)]),
    ] {
        assert_eq!(accounts(body), expected, "{body}");
        let output = parse(200, &[], body).unwrap();
        assert!(!output.is_complete());
        assert_eq!(output.clone().into_result().unwrap_err().accounts(), output.unprocessed_accounts());
    }
}

#[test]
fn anything_else_of_status_200_is_malformed_and_never_success() {
    let not_json = "malformed response: its body is not the promised JSON: ";
    let not_utf8 = "malformed response: its body is not UTF-8: ";
    for (body, beginning) in [
        (&b"null"[..], not_json),
        (b"[]", not_json),
        (b"\"x\"", not_json),
        (b"5", not_json),
        (b"true", not_json),
        (b" ", not_json),
        (b"\n", not_json),
        (b"\0", not_json),
        (b"<html><body>ok</body></html>", not_json),
        (b"<!DOCTYPE html>", not_json),
        (b"OK", not_json),
        (b"{", not_json),
        (b"{\"UnprocessedAccounts\":[", not_json),
        (b"{}{}", not_json),
        (b"{} x", not_json),
        (b"{},", not_json),
        (b"{}\0", not_json),
        (b"\xef\xbb\xbf{}", not_json),
        (b"{'UnprocessedAccounts':[]}", not_json),
        (b"{\"UnprocessedAccounts\":[],}", not_json),
        (b"{\"UnprocessedAccounts\":[{},]}", not_json),
        (b"{\"UnprocessedAccounts\":NaN}", not_json),
        (b"{\"UnprocessedAccounts\":{}}", not_json),
        (b"{\"UnprocessedAccounts\":\"\"}", not_json),
        (b"{\"UnprocessedAccounts\":0}", not_json),
        (b"{\"UnprocessedAccounts\":false}", not_json),
        (b"{\"UnprocessedAccounts\":[null]}", not_json),
        (b"{\"UnprocessedAccounts\":[{},null]}", not_json),
        (b"{\"UnprocessedAccounts\":[\"111122223333\"]}", not_json),
        (b"{\"UnprocessedAccounts\":[[]]}", not_json),
        (b"{\"UnprocessedAccounts\":[1]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":111122223333}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":true}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":[]}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":{}}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"ProcessingResult\":1}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"ProcessingResult\":[\"x\"]}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"\\ud800\"}]}", not_json),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"a\nb\"}]}", not_json),
        (b"{\"UnprocessedAccounts\":[],\"UnprocessedAccounts\":1}", not_json),
        (b"{\"Other\":[1,}", not_json),
        (b"{\"Other\":\"\xff\"}", not_utf8),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"\xc3\"}]}", not_utf8),
        // gzip, which was never asked for
        (b"\x1f\x8b\x08\0\0\0\0\0", not_utf8),
    ] {
        for status in [200, 201, 202, 204, 299] {
            let shown = String::from_utf8_lossy(body);
            let error = refusal(status, &[("x-amzn-requestid", "id-1"), ("x-amzn-errortype", "Throttling")], body);
            assert_eq!(error.kind(), ErrorKind::Malformed, "{shown}");
            assert_eq!(error.status().as_u16(), status);
            assert_eq!((error.code(), error.message()), (None, None));
            assert_eq!(error.request_id(), Some("id-1"));
            assert!(error.excerpt().is_some(), "{shown}");
            assert!(!error.is_retryable());
            assert!(error.to_string().starts_with(beginning), "{error}");
            assert!(error.to_string().ends_with(&format!("(HTTP {status}, request id id-1)")), "{error}");
        }
    }
}

#[test]
fn a_response_cut_short_is_never_success() {
    for whole in [
        r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"no \u00e9 ☃ \"such\" invitation"},{}]}"#,
        r#"{ "Other" : [ 1.5e3 , true , null ] , "UnprocessedAccounts" : null }"#,
        "{}",
    ] {
        assert!(parse(200, &[], whole).is_ok());
        // No byte at all is what a service says that has nothing to say: the adapters see to it that it is all there was.
        assert!(parse(200, &[], "").is_ok());
        for length in 1..whole.len() {
            let error = refusal(200, &[], &whole.as_bytes()[..length]);
            assert_eq!(error.kind(), ErrorKind::Malformed, "{length} of {whole}");
        }
        for junk in ["x", "{}", "\0", "]", "}"] {
            assert_eq!(refusal(200, &[], format!("{whole}{junk}")).kind(), ErrorKind::Malformed, "{whole}{junk}");
        }
    }
}

#[test]
fn unknown_members_may_be_nested_ten_thousand_deep() {
    for (open, value, close) in [("[", "", "]"), ("{\"a\":", "1", "}")] {
        let deep = format!("{}{value}{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(accounts(&format!(r#"{{"x":{deep},"UnprocessedAccounts":[{{"y":{deep}}}]}}"#)), [(None, None)]);
        for body in [deep.clone(), open.repeat(10_000), format!(r#"{{"UnprocessedAccounts":{deep}}}"#)] {
            let is_object_of_unknowns = body.starts_with("{\"a\"") && body.ends_with('}');
            assert_eq!(parse(200, &[], &body).is_ok(), is_object_of_unknowns);
        }
        // Where a text is expected, too.
        let error = refusal(400, &[], format!(r#"{{"code":{deep},"__type":"x","message":{deep},"Message":"m"}}"#));
        assert_eq!((error.code(), error.message()), (Some("x"), Some("m")));
    }
}

#[test]
fn a_long_list_is_read_whole_and_repeated_reasons_share_their_text() {
    let reasons = ["gone", "not yours", "gone", "\\u0067one"];
    let entries = (0..50_000).map(|n| format!(r#"{{"AccountId":"{n:012}","ProcessingResult":"{}"}}"#, reasons[n % 4]));
    let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, entries.collect::<Vec<_>>().join(","));
    let output = parse(200, &[], &body).unwrap();
    assert_eq!(output.unprocessed_accounts().len(), 50_000);
    assert_eq!(output.unprocessed_accounts()[49_999].account_id(), Some("000000049999"));
    let texts: BTreeSet<*const u8> =
        output.unprocessed_accounts().iter().map(|account| account.processing_result().unwrap().as_ptr()).collect();
    assert_eq!(texts.len(), 2, "however often they are repeated");

    let unprocessed = output.into_result().unwrap_err();
    assert_eq!(unprocessed.accounts().len(), 50_000);
    assert!(unprocessed.to_string().len() < 2000);
}

#[test]
fn of_many_reasons_the_first_sixty_four_are_shared() {
    let entries: Vec<String> = (0..200).map(|n| format!(r#"{{"ProcessingResult":"reason {}"}}"#, n % 100)).collect();
    let output = parse(200, &[], format!(r#"{{"UnprocessedAccounts":[{}]}}"#, entries.join(","))).unwrap();
    let reason = |n: usize| output.unprocessed_accounts()[n].processing_result().unwrap();
    for n in 0..100 {
        assert_eq!(reason(n), reason(n + 100));
        assert_eq!(reason(n).as_ptr() == reason(n + 100).as_ptr(), n < 64, "{n}");
    }
}

#[test]
fn an_unprocessed_account_is_an_object() {
    let error = serde_json::from_str::<UnprocessedAccount>("5").unwrap_err();
    assert!(error.to_string().contains("expected an unprocessed account as an object"), "{error}");
}

#[test]
fn adapters_read_sixteen_mebibytes() {
    assert_eq!(MAX_RESPONSE_BYTES, 16_777_216);
}

#[test]
fn an_excerpt_of_a_whole_body_may_end_as_a_token_begins() {
    let hub = hub().with_credentials(temporary_credentials());
    let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
    let body = format!("no JSON, and then {}", &TOKEN[..1]);
    let Outcome::Done(Err(error)) = in_flight.handle_response(&response(400, &[], &body), now()) else {
        panic!("an error")
    };
    assert_eq!(error.excerpt(), Some(&*body));
}

#[test]
fn partial_failure_reads_as_a_sentence() {
    let message = |body: &str| parse(200, &[], body).unwrap().into_result().unwrap_err().to_string();
    let entry = r#"{"AccountId":"1","ProcessingResult":"a\nb"}"#;
    assert_eq!(message(&format!(r#"{{"UnprocessedAccounts":[{entry}]}}"#)), "1 account was not processed: 1: a\\nb");
    assert_eq!(
        message(r#"{"UnprocessedAccounts":[{},{"AccountId":"2"}]}"#),
        "2 accounts were not processed: (no account id): (no reason given); 2: (no reason given)"
    );
    let of = |count: usize| message(&format!(r#"{{"UnprocessedAccounts":[{}]}}"#, vec![entry; count].join(",")));
    assert!(of(5).ends_with("1: a\\nb; 1: a\\nb"), "{}", of(5));
    assert!(of(6).ends_with("1: a\\nb; and 1 more"), "{}", of(6));

    let long =
        format!(r#"{{"UnprocessedAccounts":[{{"AccountId":"{0}","ProcessingResult":"{0}"}}]}}"#, "x".repeat(5000));
    let output = parse(200, &[("x-amzn-requestid", "id-1")], long).unwrap();
    assert_eq!(output.unprocessed_accounts()[0].processing_result().unwrap().len(), 5000);
    let unprocessed = output.into_result().unwrap_err();
    assert_eq!(unprocessed.request_id(), Some("id-1"));
    assert_eq!(unprocessed.attempts(), 1);
    let message = unprocessed.to_string();
    assert!(message.ends_with("… (request id id-1)") && message.len() < 500, "{message}");
}

#[test]
fn a_request_id_is_the_first_that_is_there() {
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
        (&[("x-amzn-requestid", &*long)], Some(&*long)),
    ] {
        assert_eq!(parse(200, headers, "").unwrap().request_id(), expected);
        assert_eq!(refusal(200, headers, "x").request_id(), expected);
        let error = refusal(404, headers, "{}");
        assert_eq!(error.request_id(), expected);
        assert!(error.to_string().len() < 200);
    }
}

// Errors -------------------------------------------------------------------------------------------------------------

#[test]
fn the_code_is_looked_for_in_the_header_and_then_in_the_body() {
    const HEADER: &str = "x-amzn-errortype";
    for (header, body, expected) in [
        (None, "", None),
        (None, "{}", None),
        (Some("A"), "", Some("A")),
        (Some("A"), r#"{"code":"B","__type":"C","Code":"D"}"#, Some("A")),
        (None, r#"{"Code":"D","__type":"C","code":"B"}"#, Some("B")),
        (None, r#"{"Code":"D","__type":"C"}"#, Some("C")),
        (None, r#"{"Code":"D"}"#, Some("D")),
        (None, r#"{"Error":{"code":"x","__type":"x","Code":"x"},"CODE":"x"}"#, None),
        // What is empty or no text is passed over.
        (Some(""), r#"{"code":"B"}"#, Some("B")),
        (Some(":http://x"), r#"{"code":"B"}"#, Some("B")),
        (Some("ns#"), r#"{"code":"B"}"#, Some("B")),
        (Some(" "), r#"{"code":"B"}"#, Some("B")),
        (Some("é"), r#"{"code":"B"}"#, Some("B")),
        (None, r#"{"code":"","__type":"C"}"#, Some("C")),
        (None, r#"{"code":null,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":-5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":1.5,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":true,"__type":"C"}"#, Some("C")),
        (None, r#"{"code":["x",{}],"__type":"C"}"#, Some("C")),
        (None, r#"{"code":{"x":[1]},"__type":"C"}"#, Some("C")),
        (None, r##"{"code":"#","__type":":","Code":"D"}"##, Some("D")),
        // Forms that are cut down to the name.
        (Some("Name"), "", Some("Name")),
        (Some("Name:http://internal.example/x"), "", Some("Name")),
        (Some("ns#Name"), "", Some("Name")),
        (Some("other.ns#Name:http://internal.example/#x"), "", Some("Name")),
        (Some("a#b#Name"), "", Some("Name")),
        (Some(" Name "), "", Some("Name")),
        (None, r#"{"code":"ns#Name:http://x"}"#, Some("Name")),
        (None, r#"{"__type":"a#b#Name"}"#, Some("Name")),
        (None, r#"{"__type":"\u004eame"}"#, Some("Name")),
        (None, r#"{"Code":"Name:"}"#, Some("Name")),
        // Of a member that comes twice, the last one counts.
        (None, r#"{"code":"x","code":"B"}"#, Some("B")),
        // A body that is no object takes nothing from the header.
        (Some("A"), "<html>", Some("A")),
        (Some("A"), "[]", Some("A")),
        (Some("A"), "{\"code\":\"B\"", Some("A")),
        (None, "[]", None),
        (None, "null", None),
        (None, "\"B\"", None),
        (None, "{\"code\":\"B\"", None),
        (None, "{\"code\":\"B\"}x", None),
    ] {
        let headers: Vec<_> = header.map(|value| (HEADER, value)).into_iter().collect();
        let error = refusal(400, &headers, body);
        assert_eq!(error.code(), expected, "{header:?} {body}");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn an_error_type_on_a_success_is_ignored() {
    assert!(parse(200, &[("x-amzn-errortype", "InternalException")], "{}").unwrap().is_complete());
}

#[test]
fn the_message_is_the_first_that_says_something() {
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
        (r#"{"MESSAGE":"x","msg":"y"}"#, None),
        ("<html>", None),
        ("", None),
    ] {
        assert_eq!(refusal(400, &[], body).message(), expected, "{body}");
    }
}

#[test]
fn each_code_has_its_kind() {
    use ErrorKind as Kind;
    for (code, kind) in [
        ("InternalException", Kind::Internal),
        ("InternalFailure", Kind::Internal),
        ("InternalServerError", Kind::Internal),
        ("InvalidInputException", Kind::InvalidInput),
        ("ValidationException", Kind::InvalidInput),
        ("BadRequestException", Kind::BadRequest),
        ("InvalidAccessException", Kind::InvalidAccess),
        ("LimitExceededException", Kind::LimitExceeded),
        ("ResourceNotFoundException", Kind::ResourceNotFound),
        ("AccessDeniedException", Kind::AccessDenied),
        ("AccessDenied", Kind::AccessDenied),
        ("ExpiredToken", Kind::ExpiredCredentials),
        ("ExpiredTokenException", Kind::ExpiredCredentials),
        ("RequestTimeTooSkewed", Kind::ClockSkew),
        ("RequestExpired", Kind::ClockSkew),
        ("RequestInTheFuture", Kind::ClockSkew),
        ("InvalidSignatureException", Kind::InvalidCredentials),
        ("SignatureDoesNotMatch", Kind::InvalidCredentials),
        ("UnrecognizedClientException", Kind::InvalidCredentials),
        ("InvalidClientTokenId", Kind::InvalidCredentials),
        ("IncompleteSignature", Kind::InvalidCredentials),
        ("IncompleteSignatureException", Kind::InvalidCredentials),
        ("MissingAuthenticationToken", Kind::InvalidCredentials),
        ("MissingAuthenticationTokenException", Kind::InvalidCredentials),
        ("AuthFailure", Kind::InvalidCredentials),
        ("OptInRequired", Kind::OptInRequired),
        ("SubscriptionRequiredException", Kind::OptInRequired),
        ("ServiceUnavailable", Kind::Unavailable),
        ("ServiceUnavailableException", Kind::Unavailable),
        ("Throttling", Kind::Throttled),
        ("ThrottlingException", Kind::Throttled),
        ("ThrottledException", Kind::Throttled),
        ("RequestThrottledException", Kind::Throttled),
        ("TooManyRequestsException", Kind::Throttled),
        ("ProvisionedThroughputExceededException", Kind::Throttled),
        ("TransactionInProgressException", Kind::Throttled),
        ("RequestLimitExceeded", Kind::Throttled),
        ("BandwidthLimitExceeded", Kind::Throttled),
        ("RequestThrottled", Kind::Throttled),
        ("SlowDown", Kind::Throttled),
        ("PriorRequestNotComplete", Kind::Throttled),
        ("EC2ThrottledException", Kind::Throttled),
    ] {
        // The code alone decides, whatever the status and wherever it stands.
        for status in [302, 400, 403, 429, 500, 503] {
            assert_eq!(refusal(status, &[("x-amzn-errortype", code)], "").kind(), kind, "{status} {code}");
            assert_eq!(refusal(status, &[], json!({ "Code": code }).to_string()).kind(), kind, "{status} {code}");
        }
        // And only whole.
        let other = format!("{code}s");
        assert_eq!(refusal(400, &[("x-amzn-errortype", &other)], "").kind(), Kind::Other, "{other}");
    }
}

#[test]
fn without_a_known_code_the_status_decides() {
    use ErrorKind as Kind;
    for status in (100..=999).filter(|status| !(200..=299).contains(status)) {
        let kind = match status {
            401 | 403 => Kind::AccessDenied,
            429 => Kind::Throttled,
            500 => Kind::Internal,
            502..=504 => Kind::Unavailable,
            _ => Kind::Other,
        };
        assert_eq!(refusal(status, &[], "").kind(), kind, "{status}");
        assert_eq!(refusal(status, &[("x-amzn-errortype", "SomethingNew")], "<html>").kind(), kind, "{status}");
    }
}

#[test]
fn a_signature_that_came_too_early_or_too_late_is_the_clocks_fault() {
    for (code, message, kind) in [
        ("InvalidSignatureException", "Signature expired: 20261122T203705Z is now earlier than", ErrorKind::ClockSkew),
        ("SignatureDoesNotMatch", "SIGNATURE NOT YET CURRENT: 2026 is still later than", ErrorKind::ClockSkew),
        ("AuthFailure", "the signature expired", ErrorKind::ClockSkew),
        (
            "InvalidSignatureException",
            "The request signature we calculated does not match",
            ErrorKind::InvalidCredentials,
        ),
        ("InvalidSignatureException", "", ErrorKind::InvalidCredentials),
        ("AccessDeniedException", "Signature expired", ErrorKind::AccessDenied),
        ("ExpiredTokenException", "Signature expired", ErrorKind::ExpiredCredentials),
    ] {
        let error = refusal(403, &[("x-amzn-errortype", code)], json!({ "message": message }).to_string());
        assert_eq!(error.kind(), kind, "{code} {message}");
    }
}

#[test]
fn is_not_subscribed_reads_code_and_message() {
    for (code, message, expected) in [
        ("InvalidAccessException", "Account 1 is not subscribed to AWS Security Hub", true),
        ("AccessDeniedException", "NOT SUBSCRIBED TO aws security hub.", true),
        ("InvalidAccessException", "Account 1 is not subscribed", false),
        ("InvalidInputException", "Account 1 is not subscribed to AWS Security Hub", false),
        ("InvalidAccessException", "", false),
    ] {
        let error = refusal(401, &[("x-amzn-errortype", code)], json!({ "Message": message }).to_string());
        assert_eq!(error.is_not_subscribed(), expected, "{code} {message}");
    }
    assert!(!refusal(401, &[("x-amzn-errortype", "InvalidAccessException")], "").is_not_subscribed());
}

#[test]
fn is_denied_by_policy_reads_code_and_message() {
    for (code, message, expected) in [
        ("AccessDeniedException", "not authorized: with an explicit deny in a service control policy", true),
        ("AccessDenied", "an Explicit Deny", true),
        ("AccessDeniedException", "because no identity-based policy allows it", false),
        ("InvalidAccessException", "an explicit deny", false),
    ] {
        let error = refusal(403, &[("x-amzn-errortype", code)], json!({ "message": message }).to_string());
        assert_eq!(error.is_denied_by_policy(), expected, "{code} {message}");
    }
}

#[test]
fn may_be_disabled_region_reads_code_and_message() {
    let text = "The security token included in the request is invalid.";
    for (code, message, expected) in [
        ("UnrecognizedClientException", text, true),
        ("InvalidClientTokenId", "the SECURITY token included in the request is INVALID", true),
        ("UnrecognizedClientException", "something else", false),
        ("UnrecognizedClientException", "", false),
        ("InvalidSignatureException", text, false),
        ("AccessDeniedException", text, false),
    ] {
        let error = refusal(403, &[("x-amzn-errortype", code)], json!({ "message": message }).to_string());
        assert_eq!(error.may_be_disabled_region(), expected, "{code} {message}");
    }
}

#[test]
fn the_class_of_an_error_is_known_without_a_call() {
    for (status, code, expected) in [
        (500, "", true),
        (429, "", true),
        (429, "InvalidInputException", false),
        (400, "Throttling", true),
        (400, "RequestTimeout", true),
        (501, "", false),
        (403, "RequestTimeTooSkewed", false),
    ] {
        assert_eq!(refusal(status, &[("x-amzn-errortype", code)], "").is_retryable(), expected, "{status} {code}");
    }
}

#[test]
fn redirects_are_errors() {
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let error = refusal(status, &[("location", "https://evil.example/")], "");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Other, false));
    }
}

#[test]
fn an_excerpt_is_kept_of_a_body_that_is_no_object() {
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
        let error = refusal(502, &[], body);
        assert_eq!(error.excerpt(), expected, "{body:?}");
    }
}

#[test]
fn an_excerpt_is_cut_at_512_characters() {
    for (character, length) in [("x", 512), ("é", 512), ("😀", 512)] {
        assert_eq!(refusal(502, &[], character.repeat(length)).excerpt().unwrap(), character.repeat(512));
        let cut = refusal(502, &[], character.repeat(length + 1));
        assert_eq!(cut.excerpt().unwrap(), format!("{}…", character.repeat(512)));
    }
    // Megabytes are not read for it.
    let error = refusal(502, &[], vec![b'x'; 20_000_000]);
    assert_eq!(error.excerpt().unwrap().chars().count(), 513);
    assert!(error.to_string().len() < 300);
}

#[test]
fn an_error_reads_as_one_line() {
    let requested = ("x-amzn-requestid", "id-1");
    for (status, headers, body, expected) in [
        (400, &[("x-amzn-errortype", "X"), requested][..], r#"{"message":"m"}"#, "X: m (HTTP 400, request id id-1)"),
        (400, &[("x-amzn-errortype", "BadRequestException")], "", "BadRequestException (HTTP 400)"),
        (503, &[], "", "Unavailable without an error code (HTTP 503)"),
        (418, &[], r#"{"message":"m"}"#, "Other without an error code: m (HTTP 418)"),
        (502, &[], "<b>\n</b>", "Unavailable without an error code: <b>\\n</b> (HTTP 502)"),
        (400, &[("x-amzn-errortype", "X")], "<b>", "X: <b> (HTTP 400)"),
        (400, &[], r#"{"code":"a\u001bb","message":"1\n2\u202e3"}"#, "a\\u{1b}b: 1\\n2\\u{202e}3 (HTTP 400)"),
    ] {
        assert_eq!(refusal(status, headers, body).to_string(), expected);
    }
    let long = json!({ "code": "c".repeat(9999), "message": "m".repeat(9999) }).to_string();
    let error = refusal(400, &[("x-amzn-requestid", &"r".repeat(9999))], long);
    assert_eq!(
        error.to_string(),
        format!("{}…: {}… (HTTP 400, request id {}…)", "c".repeat(128), "m".repeat(1000), "r".repeat(80))
    );
    assert_eq!(error.message().unwrap().len(), 9999, "the message itself is whole");
}

// Secrets ------------------------------------------------------------------------------------------------------------

#[test]
fn a_token_line_is_redacted_in_messages_codes_and_excerpts() {
    let canonical =
        format!("POST\n/invitations/delete\n\nhost:h\nx-amz-security-token:{TOKEN}\n\nhost;x-amz-security-token\nabc");
    let message = format!("does not match. The Canonical String should have been\n'{canonical}'");
    let body = json!({ "message": message, "code": "InvalidSignatureException" }).to_string();
    let error = refusal(403, &[], &body);
    assert_eq!(error.message().unwrap(), message.replace(TOKEN, "[redacted]"), "and the rest is whole");
    assert_eq!(error.code(), Some("InvalidSignatureException"));

    for body in
        [format!("<pre>{message}</pre>"), body[..body.len() - 1].to_owned(), format!("X-Amz-Security-Token={TOKEN}")]
    {
        for status in [200, 403] {
            let error = refusal(status, &[], &body);
            assert!(error.excerpt().unwrap().contains("[redacted]"), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("IQoJb3"), "{error:?}");
        }
    }
}

#[test]
fn a_call_redacts_its_own_token_wherever_it_stands() {
    let hub = hub().with_credentials(temporary_credentials());
    for (status, headers, body) in [
        (403, None, json!({ "message": format!("The token '{TOKEN}' is expired, {TOKEN}") }).to_string()),
        (403, None, json!({ "code": TOKEN }).to_string()),
        (403, Some(("x-amzn-errortype", TOKEN)), String::new()),
        (403, None, format!("<html>{TOKEN}")),
        (200, None, format!("<html>{TOKEN}")),
        (200, None, json!({ "UnprocessedAccounts": TOKEN }).to_string()),
        // One that starts within the excerpt is found whole.
        (403, None, format!("{}{TOKEN}", "x".repeat(500))),
        (403, None, format!("{}\nx-amz-security-token:{}", "x".repeat(480), "IQoJb3".repeat(1000))),
    ] {
        let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
        let answer = response(status, headers.as_slice(), &body);
        let Outcome::Done(Err(error)) = in_flight.handle_response(&answer, now()) else {
            panic!("{body}");
        };
        for shown in [error.to_string(), format!("{error:?}"), error.message().unwrap_or_default().to_owned()] {
            assert!(!shown.contains("IQoJb3"), "{shown}");
        }
        assert!(format!("{error:?}").contains("[redacted]"), "{error:?}");
    }
}

// serde --------------------------------------------------------------------------------------------------------------

#[test]
fn an_unprocessed_account_keeps_the_names_of_the_wire() {
    for value in [
        json!({ "AccountId": "111122223333", "ProcessingResult": "gone" }),
        json!({ "AccountId": "not an id", "ProcessingResult": "" }),
        json!({ "AccountId": "" }),
        json!({ "ProcessingResult": "é☃" }),
        json!({}),
    ] {
        let account: UnprocessedAccount = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&account).unwrap(), value);
        let body = json!({ "UnprocessedAccounts": [value] }).to_string();
        assert_eq!(parse(200, &[], body).unwrap().unprocessed_accounts(), [account]);
    }
    let lenient: UnprocessedAccount =
        serde_json::from_value(json!({ "AccountId": null, "ProcessingResult": null, "Other": [1] })).unwrap();
    assert_eq!((lenient.account_id(), lenient.processing_result()), (None, None));
    for value in [json!(null), json!([]), json!("x"), json!({ "AccountId": 1 }), json!({ "ProcessingResult": [] })] {
        assert!(serde_json::from_value::<UnprocessedAccount>(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn an_unprocessed_account_shows_both_texts() {
    let of = |value| serde_json::from_value::<UnprocessedAccount>(value).unwrap();
    let account = of(json!({ "AccountId": "1", "ProcessingResult": "a" }));
    assert_eq!(account.to_string(), "1: a");
    assert_eq!(
        format!("{account:?}"),
        "UnprocessedAccount { account_id: Some(\"1\"), processing_result: Some(\"a\") }"
    );
    assert_ne!(account, of(json!({ "AccountId": "1" })));
    let long = of(json!({ "AccountId": "i\u{0}".repeat(999), "ProcessingResult": "r".repeat(999) }));
    assert_eq!(long.to_string(), format!("{}…: {}…", "i\\u{0}".repeat(40), "r".repeat(300)));
}

#[test]
fn each_kind_is_its_name_in_text_and_in_json() {
    use ErrorKind as Kind;
    let kinds = [
        (Kind::Internal, "Internal"),
        (Kind::InvalidInput, "InvalidInput"),
        (Kind::BadRequest, "BadRequest"),
        (Kind::InvalidAccess, "InvalidAccess"),
        (Kind::LimitExceeded, "LimitExceeded"),
        (Kind::ResourceNotFound, "ResourceNotFound"),
        (Kind::AccessDenied, "AccessDenied"),
        (Kind::ExpiredCredentials, "ExpiredCredentials"),
        (Kind::ClockSkew, "ClockSkew"),
        (Kind::InvalidCredentials, "InvalidCredentials"),
        (Kind::OptInRequired, "OptInRequired"),
        (Kind::Throttled, "Throttled"),
        (Kind::Unavailable, "Unavailable"),
        (Kind::Malformed, "Malformed"),
        (Kind::Other, "Other"),
    ];
    for (kind, name) in kinds {
        assert_eq!(kind.as_str(), name);
        assert_eq!(kind.to_string(), name);
        assert_eq!(format!("{kind:?}"), name, "every name is the variant's");
        let json = serde_json::to_value(kind).unwrap();
        assert_eq!(json, name);
        assert_eq!(serde_json::from_value::<Kind>(json).unwrap(), kind);
    }
    assert_eq!(format!("[{:>6}]", Kind::Other), "[ Other]");
    for value in [json!("internal"), json!("Nothing"), json!(""), json!(1), json!(null)] {
        let error = serde_json::from_value::<Kind>(value).unwrap_err().to_string();
        assert!(error.contains("expected the name of an error kind"), "{error}");
    }
    // A kind that is added must be added here: the source has as many variants.
    let source = include_str!("../../src/error.rs");
    let body = source.split("pub enum ErrorKind {").nth(1).unwrap().split('}').next().unwrap();
    let variants = body.lines().filter(|line| line.trim_end().ends_with(',') && !line.contains("//")).count();
    assert_eq!(variants, kinds.len());
}

#[test]
fn a_body_may_be_any_bytes() {
    let whole = br#"{"UnprocessedAccounts":[]}"#;
    assert!(DeleteInvitationsOutput::parse(&http::Response::new(&whole[..])).is_ok());
    assert!(DeleteInvitationsOutput::parse(&http::Response::new(whole.to_vec())).is_ok());
    assert!(DeleteInvitationsOutput::parse(&http::Response::new(bytes::Bytes::from_static(whole))).is_ok());
    assert!(DeleteInvitationsOutput::parse(&http::Response::new("{}")).is_ok());
}

#[test]
fn a_call_gives_the_accounts_that_the_response_lists() {
    let event = ok().body(r#"{"UnprocessedAccounts":[{"AccountId":"1"}]}"#).header("x-amzn-requestid", "id-1");
    let output = Scenario::of(steady()).run([event]).output();
    assert_eq!(output.unprocessed_accounts()[0].account_id(), Some("1"));
    assert_eq!(output.request_id(), Some("id-1"));
}

#[test]
fn what_is_wrong_with_a_broken_success_is_bounded() {
    let body = format!(r#"{{"UnprocessedAccounts":"{}"}}"#, "x".repeat(100_000));
    let error = DeleteInvitationsOutput::parse(&response(200, &[], body)).unwrap_err();
    assert!(format!("{error:?}").len() < 2_000);
}
