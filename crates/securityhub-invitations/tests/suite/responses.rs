//! Rule 7: the responses that count as success, for each operation, and those that never do.

use std::collections::BTreeSet;

use http::Response;
use securityhub_invitations::{
    DeclineInvitations, DeleteInvitations, DeleteInvitationsOutput, DisassociateFromAdministratorAccount, Error,
    ErrorKind, GetAdministratorAccount, ListInvitations, ListMembers, MAX_RESPONSE_BYTES, Operation, Outcome,
    RetryPolicy, UnprocessedAccount,
};
use serde_json::json;

use crate::{
    scenario::{Scenario, ok, steady},
    support::{hub, now, one_id, response},
};

/// Reads a response to any operation.
fn read<O: Operation>(operation: &O, response: &Response<Vec<u8>>) -> Result<O::Output, Error> {
    let in_flight = hub().with_retry_policy(RetryPolicy::never()).call(operation.clone()).sign(now()).1;
    match in_flight.handle_response(response, now()) {
        Outcome::Done(result) => result,
        Outcome::Retry(retry) => panic!("{retry:?}"),
    }
}

/// Calls a macro's body once for each operation, with its main member and a complete value of it.
macro_rules! for_each_operation {
    (|$operation:ident, $member:ident, $value:ident| $body:block) => {{
        let unprocessed = r#"[{"AccountId":"111122223333","ProcessingResult":"no"}]"#;
        let invitation = r#"{"AccountId":"111122223333","InvitationId":"i","InvitedAt":"2026-11-22T20:37:05Z"}"#;
        let invitations = format!("[{invitation}]");
        for_each_operation!(one_id(), "UnprocessedAccounts", unprocessed, $operation, $member, $value, $body);
        let decline = DeclineInvitations::new(["111122223333"]).unwrap();
        for_each_operation!(decline, "UnprocessedAccounts", unprocessed, $operation, $member, $value, $body);
        for_each_operation!(ListInvitations::new(), "Invitations", &*invitations, $operation, $member, $value, $body);
        for_each_operation!(ListMembers::new(), "Members", r#"[{"Email":"e"}]"#, $operation, $member, $value, $body);
        let get = GetAdministratorAccount::new();
        for_each_operation!(get, "Administrator", invitation, $operation, $member, $value, $body);
    }};
    ($new:expr, $name:expr, $json:expr, $operation:ident, $member:ident, $value:ident, $body:block) => {{
        let $operation = $new;
        let ($member, $value): (&str, &str) = ($name, $json);
        $body
    }};
}

fn malformed<O: Operation>(operation: &O, response: &Response<Vec<u8>>) -> Error {
    let body = String::from_utf8_lossy(response.body());
    let error = read(operation, response).err().unwrap_or_else(|| panic!("{} accepts {body}", O::NAME));
    assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    assert!(!error.is_retryable() && !error.is_confirmed(), "{body}");
    assert_eq!((error.attempts(), error.unconfirmed_attempts()), (Some(1), Some(1)), "{body}");
    error
}

fn parse(body: impl AsRef<[u8]>) -> Result<DeleteInvitationsOutput, Error> {
    DeleteInvitationsOutput::from_response(&response(200, &[], body))
}

fn accounts(body: &str) -> Vec<(Option<String>, Option<String>)> {
    let owned = |string: Option<&str>| string.map(str::to_owned);
    let output = parse(body).unwrap_or_else(|error| panic!("{body}: {error}"));
    let accounts = output.unprocessed_accounts().iter();
    accounts.map(|account| (owned(account.account_id()), owned(account.processing_result()))).collect()
}

fn pair(account_id: &str, reason: &str) -> (Option<String>, Option<String>) {
    (Some(account_id.to_owned()), Some(reason.to_owned()))
}

#[test]
fn success_is_200_to_299() {
    for_each_operation!(|operation, member, value| {
        for status in 100..=999 {
            let response = response(status, &[], format!(r#"{{"{member}":{value}}}"#));
            assert_eq!(read(&operation, &response).is_ok(), (200..=299).contains(&status), "{member} {status}");
        }
    });
    let disassociate = DisassociateFromAdministratorAccount::new();
    for status in 100..=999 {
        assert_eq!(read(&disassociate, &response(status, &[], "")).is_ok(), (200..=299).contains(&status), "{status}");
    }
}

#[test]
fn members_may_be_missing_or_null() {
    for_each_operation!(|operation, member, value| {
        for body in [
            "{}".to_owned(),
            " { } \r\n\t".to_owned(),
            format!(r#"{{"{member}":null}}"#),
            format!(r#"{{"Other":1,"{member}":{value},"Another":[{{}}]}}"#),
            format!(r#"{{"{}":5}}"#, member.to_lowercase()),
            format!(r#"{{"Nested":{{"{member}":5,"message":"m"}}}}"#),
            r#"{"Deep":[[[{"a":[1,2.5,true,null,"x"]}]]],"Huge":1e99999,"":""}"#.to_owned(),
        ] {
            assert!(read(&operation, &response(200, &[], &body)).is_ok(), "{body}");
        }
    });
    let output = parse("{}").unwrap();
    assert!(output.is_complete());
    assert_eq!((output.attempts(), output.unconfirmed_attempts()), (None, None), "a response alone does not tell");
    assert_eq!(output.into_result(), Ok(()));
}

#[test]
fn lists_unprocessed_accounts_in_order() {
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
        (r#"{"Unprocessed\u0041ccounts":[{"AccountId":"1"}]}"#, vec![(Some("1".into()), None)]),
    ] {
        assert_eq!(accounts(body), expected, "{body}");
        let output = parse(body).unwrap();
        assert!(!output.is_complete());
        assert_eq!(output.clone().into_result().unwrap_err().accounts(), output.unprocessed_accounts());
    }
}

/// A3: an empty body looks like a connection that closed too early.
#[test]
fn rejects_empty_bodies() {
    for_each_operation!(|operation, member, value| {
        for headers in [&[][..], &[("content-length", "0")], &[("content-length", "500")], &[("connection", "close")]] {
            for status in [200, 201, 202, 204, 205] {
                let error = malformed(&operation, &response(status, headers, ""));
                assert_eq!(
                    error.to_string(),
                    format!("malformed response: empty body (expected a JSON object) (HTTP {status})"),
                    "{member} {value}"
                );
            }
        }
    });
}

#[test]
fn disassociate_accepts_empty_bodies_and_objects() {
    let operation = DisassociateFromAdministratorAccount::new();
    for status in [200, 201, 202, 204, 299] {
        for body in ["", "{}", " {} ", r#"{"x":1}"#, r#"{"x":{"message":"m"}}"#, r#"{"Message2":"m","Error":1}"#] {
            assert!(read(&operation, &response(status, &[], body)).is_ok(), "{status} {body}");
        }
        for body in [
            " ",
            "null",
            "[]",
            "{",
            "{}{}",
            "<html>",
            "OK",
            "\u{feff}{}",
            r#"{"__type":"X"}"#,
            r#"{"code":"X"}"#,
            r#"{"Code":null}"#,
            r#"{"message":"m"}"#,
            r#"{"x":1,"Message":"m"}"#,
            r#"{"errorMessage":""}"#,
            r#"{"error":"upstream timeout"}"#,
            r#"{"UnprocessedAccounts":[]}"#,
            r#"{"Administrator":null}"#,
        ] {
            malformed(&operation, &response(status, &[], body));
        }
        malformed(&operation, &response(status, &[("x-amzn-errortype", "X")], ""));
        malformed(&operation, &response(status, &[], b"{\"x\":\"\xff\"}"));
    }
}

/// A3: the members of an error, without the operation's own member.
#[test]
fn rejects_error_members_without_the_own_member() {
    for_each_operation!(|operation, member, value| {
        for name in ["__type", "code", "Code", "message", "Message", "errorMessage", "error"] {
            for (error_value, status) in [("\"Forbidden\"", 200), ("null", 201), ("{\"x\":[1]}", 202), ("5", 204)] {
                for body in [
                    format!(r#"{{"{name}":{error_value}}}"#),
                    format!(r#"{{"Other":1,"{name}":{error_value},"x":[]}}"#),
                    format!(r#"{{"{name}":{error_value},"{member}":null}}"#),
                    format!(r#"{{"{member}":null,"{name}":{error_value}}}"#),
                ] {
                    let error = malformed(&operation, &response(status, &[], &body));
                    let expected = format!("malformed response: body has the member {name} but not {member}: ");
                    assert!(error.to_string().starts_with(&expected), "{error}");
                }
                // With the operation's own member, they are unknown members.
                for body in [
                    format!(r#"{{"{name}":{error_value},"{member}":{value}}}"#),
                    format!(r#"{{"{member}":{value},"{name}":{error_value}}}"#),
                ] {
                    assert!(read(&operation, &response(status, &[], &body)).is_ok(), "{body}");
                }
            }
        }
    });
}

#[test]
fn rejects_bodies_of_other_operations() {
    let mut rejected = 0;
    let mut bodies = Vec::new();
    for_each_operation!(|operation, member, value| {
        let _: &dyn std::fmt::Debug = &operation;
        bodies.push((member, format!(r#"{{"{member}":{value}}}"#)));
    });
    bodies.push(("Master", r#"{"Master":{"AccountId":"111122223333"}}"#.to_owned()));
    for_each_operation!(|operation, member, value| {
        for (other, body) in &bodies {
            if *other == member {
                assert!(read(&operation, &response(200, &[], body)).is_ok(), "{body} {value}");
            } else {
                malformed(&operation, &response(200, &[], body));
                rejected += 1;
            }
        }
    });
    assert_eq!(rejected, 2 * 4 + 3 * 5);
    for (_, body) in &bodies {
        malformed(&DisassociateFromAdministratorAccount::new(), &response(200, &[], body));
    }
}

/// A3: the operation's own member twice, also as null and with escapes in its name.
#[test]
fn rejects_duplicate_members() {
    for_each_operation!(|operation, member, value| {
        let escaped = format!("\\u{:04x}{}", member.as_bytes()[0], &member[1..]);
        for (first, second) in [(value, value), (value, "null"), ("null", value), ("null", "null")] {
            for name in [member, &escaped] {
                malformed(&operation, &response(200, &[], format!(r#"{{"{member}":{first},"{name}":{second}}}"#)));
                malformed(
                    &operation,
                    &response(200, &[], format!(r#"{{"{name}":{first},"x":1,"{member}":{second}}}"#)),
                );
            }
        }
    });
    for (first, second) in [("\"a\"", "\"b\""), ("\"a\"", "\"a\""), ("\"a\"", "null"), ("null", "\"a\"")] {
        let body = |member: &str| format!(r#"{{"{member}":[],"NextToken":{first},"NextToken":{second}}}"#);
        malformed(&ListInvitations::new(), &response(200, &[], body("Invitations")));
        malformed(&ListMembers::new(), &response(200, &[], body("Members")));
    }
    let entries = [
        ("UnprocessedAccounts", &["AccountId", "ProcessingResult"][..]),
        ("Invitations", &["AccountId", "InvitationId", "InvitedAt", "MemberStatus"]),
        ("Members", &["AccountId", "Email", "MasterId", "AdministratorId", "MemberStatus", "InvitedAt", "UpdatedAt"]),
    ];
    for (list, members) in entries {
        for member in members {
            for (first, second) in [("\"1\"", "\"2\""), ("\"1\"", "null"), ("null", "\"2\""), ("null", "null")] {
                let body = format!(r#"{{"{list}":[{{"{member}":{first},"{member}":{second}}}]}}"#);
                let response = response(200, &[], &body);
                match list {
                    "UnprocessedAccounts" => drop(malformed(&one_id(), &response)),
                    "Invitations" => drop(malformed(&ListInvitations::new(), &response)),
                    _ => drop(malformed(&ListMembers::new(), &response)),
                }
            }
        }
    }
    // Unknown members may repeat.
    assert!(parse(r#"{"x":1,"x":2,"UnprocessedAccounts":[{"y":1,"y":2}]}"#).is_ok());
}

/// A3: only a successful response of Security Hub has no error type.
#[test]
fn rejects_the_error_type_header() {
    for_each_operation!(|operation, member, value| {
        for code in ["InternalException", "ThrottlingException", "X", ""] {
            for status in [200, 202, 204] {
                let body = format!(r#"{{"{member}":{value}}}"#);
                let error = malformed(&operation, &response(status, &[("x-amzn-errortype", code)], body));
                assert_eq!(error.code().unwrap_or_default(), code);
                assert!(error.to_string().contains("a successful status with the header x-amzn-errortype"), "{error}");
            }
        }
    });
}

#[test]
fn rejects_bodies_that_do_not_fit() {
    let does_not_fit = "malformed response: body does not fit the operation: ";
    let not_utf8 = "malformed response: body is not UTF-8: ";
    for (body, beginning) in [
        (&b"null"[..], does_not_fit),
        (b"[]", does_not_fit),
        (b"\"x\"", does_not_fit),
        (b"5", does_not_fit),
        (b"true", does_not_fit),
        (b" ", does_not_fit),
        (b"\n", does_not_fit),
        (b"\0", does_not_fit),
        (b"<html><body>ok</body></html>", does_not_fit),
        (b"<!DOCTYPE html>", does_not_fit),
        (b"OK", does_not_fit),
        (b"{", does_not_fit),
        (b"{\"UnprocessedAccounts\":[", does_not_fit),
        (b"{}{}", does_not_fit),
        (b"{} x", does_not_fit),
        (b"{},", does_not_fit),
        (b"{}\0", does_not_fit),
        (b"\xef\xbb\xbf{}", does_not_fit),
        (b"{'UnprocessedAccounts':[]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[],}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{},]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":NaN}", does_not_fit),
        (b"{\"UnprocessedAccounts\":{}}", does_not_fit),
        (b"{\"UnprocessedAccounts\":\"\"}", does_not_fit),
        (b"{\"UnprocessedAccounts\":0}", does_not_fit),
        (b"{\"UnprocessedAccounts\":false}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[null]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{},null]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[\"111122223333\"]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[[]]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[[\"1\",\"2\"]]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[1]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":111122223333}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":true}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":[]}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":{}}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"ProcessingResult\":1}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"ProcessingResult\":[\"x\"]}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"\\ud800\"}]}", does_not_fit),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"a\nb\"}]}", does_not_fit),
        (b"{\"Other\":[1,}", does_not_fit),
        (b"{\"Other\":\"\xff\"}", not_utf8),
        (b"{\"\xff\":1}", not_utf8),
        (b"{}\xff", not_utf8),
        (b"{\"UnprocessedAccounts\":[{\"AccountId\":\"\xc3\"}]}", not_utf8),
        // A surrogate in UTF-8, and gzip, which no request asks for.
        (b"{\"Other\":\"\xed\xa0\x80\"}", not_utf8),
        (b"\x1f\x8b\x08\0\0\0\0\0", not_utf8),
    ] {
        for status in [200, 201, 202, 204, 299] {
            let shown = String::from_utf8_lossy(body);
            let error = malformed(&one_id(), &response(status, &[("x-amzn-requestid", "id-1")], body));
            assert_eq!(error.status().as_u16(), status);
            assert_eq!((error.code(), error.message()), (None, None));
            assert_eq!(error.request_id(), Some("id-1"));
            assert!(error.excerpt().is_some(), "{shown}");
            assert!(error.to_string().starts_with(beginning), "{error}");
            assert!(error.to_string().ends_with(&format!("(HTTP {status}, request id id-1)")), "{error}");
        }
    }
}

#[test]
fn rejects_wrong_types_in_every_operation() {
    for_each_operation!(|operation, member, value| {
        let wrong_shape = if value.starts_with('[') { "{}" } else { "[]" };
        for wrong in ["5", "\"x\"", "true", wrong_shape] {
            malformed(&operation, &response(200, &[], format!(r#"{{"{member}":{wrong}}}"#)));
        }
        if value.starts_with('[') {
            for element in ["null", "5", "\"x\"", "[]"] {
                malformed(&operation, &response(200, &[], format!(r#"{{"{member}":[{element}]}}"#)));
                malformed(&operation, &response(200, &[], format!(r#"{{"{member}":[{{}},{element},{{}}]}}"#)));
            }
        }
        for body in ["[]", "null", "\"x\"", "<html>", "\u{feff}{}", "{}x"] {
            malformed(&operation, &response(200, &[], body));
        }
    });
    for wrong in ["5", "true", "[]", "{}"] {
        let next_token = |member: &str| response(200, &[], format!(r#"{{"{member}":[],"NextToken":{wrong}}}"#));
        malformed(&ListInvitations::new(), &next_token("Invitations"));
        malformed(&ListMembers::new(), &next_token("Members"));
    }
}

#[test]
fn truncated_responses_are_never_success() {
    for_each_operation!(|operation, member, value| {
        for whole in [
            format!(r#"{{"{member}":{value},"NextToken":"t \u00e9 ☃ \"x\""}}"#),
            format!(r#"{{ "Other" : [ 1.5e3 , true , null ] , "{member}" : null }}"#),
            "{}".to_owned(),
        ] {
            assert!(read(&operation, &response(200, &[], &whole)).is_ok(), "{whole}");
            for length in 0..whole.len() {
                malformed(&operation, &response(200, &[], &whole.as_bytes()[..length]));
            }
            for junk in ["x", "{}", "\0", "]", "}", ","] {
                malformed(&operation, &response(200, &[], format!("{whole}{junk}")));
            }
        }
    });
}

#[test]
fn unknown_members_may_be_deeply_nested() {
    for (open, value, close) in [("[", "", "]"), ("{\"a\":", "1", "}")] {
        let deep = format!("{}{value}{}", open.repeat(10_000), close.repeat(10_000));
        assert_eq!(accounts(&format!(r#"{{"x":{deep},"UnprocessedAccounts":[{{"y":{deep}}}]}}"#)), [(None, None)]);
        for body in [deep.clone(), open.repeat(10_000), format!(r#"{{"UnprocessedAccounts":{deep}}}"#)] {
            let is_object_of_unknowns = body.starts_with("{\"a\"") && body.ends_with('}');
            assert_eq!(parse(&body).is_ok(), is_object_of_unknowns);
        }
    }
}

/// B7: a short body cannot fill the memory with entries.
#[test]
fn limits_the_number_of_entries() {
    fn check<O: Operation>(operation: &O, list: &str, entry: &str) {
        let body = |entries: &[&str]| response(200, &[], format!(r#"{{"{list}":[{}]}}"#, entries.join(",")));
        assert!(read(operation, &body(&vec![entry; 200_000])).is_ok());
        let error = malformed(operation, &body(&vec![entry; 200_001]));
        assert!(error.to_string().contains("more than 200000 entries in a list"), "{error}");

        for empty in ["{}", r#"{"AccountId":null}"#, r#"{"Unknown":"x"}"#] {
            assert!(read(operation, &body(&vec![empty; 1000])).is_ok(), "{empty}");
            let error = malformed(operation, &body(&vec![empty; 1001]));
            assert!(error.to_string().contains("entry 1001 of a list is empty"), "{error}");
            let mut late = vec![entry; 2000];
            assert!(read(operation, &body(&late)).is_ok());
            late[1999] = empty;
            malformed(operation, &body(&late));
            late[1999] = entry;
            late[999] = empty;
            assert!(read(operation, &body(&late)).is_ok());
        }
    }
    check(&one_id(), "UnprocessedAccounts", r#"{"AccountId":""}"#);
    check(&ListInvitations::new(), "Invitations", r#"{"MemberStatus":""}"#);
    check(&ListMembers::new(), "Members", r#"{"Email":""}"#);
}

#[test]
fn long_lists_are_complete() {
    let entries = (0..50_000).map(|n| {
        let reason = if n < 25_000 { "gone" } else { "not \\u0079ours" };
        format!(r#"{{"AccountId":"{n:012}","ProcessingResult":"{reason}"}}"#)
    });
    let body = format!(r#"{{"UnprocessedAccounts":[{}]}}"#, entries.collect::<Vec<_>>().join(","));
    let output = parse(&body).unwrap();
    assert_eq!(output.unprocessed_accounts().len(), 50_000);
    assert_eq!(output.unprocessed_accounts()[49_999].account_id(), Some("000000049999"));
    assert_eq!(output.unprocessed_accounts()[49_999].processing_result(), Some("not yours"));
    let reasons: BTreeSet<*const u8> =
        output.unprocessed_accounts().iter().map(|account| account.processing_result().unwrap().as_ptr()).collect();
    assert_eq!(reasons.len(), 2, "a repeated reason is shared");

    let unprocessed = output.into_result().unwrap_err();
    assert_eq!(unprocessed.accounts().len(), 50_000);
    assert!(unprocessed.to_string().len() < 2000);
}

#[test]
fn adapters_read_16_mebibytes() {
    assert_eq!(MAX_RESPONSE_BYTES, 16_777_216);
}

#[test]
fn partial_failures_read_as_a_sentence() {
    let message = |body: &str| parse(body).unwrap().into_result().unwrap_err().to_string();
    let entry = r#"{"AccountId":"1","ProcessingResult":"a\nb"}"#;
    assert_eq!(
        message(&format!(r#"{{"UnprocessedAccounts":[{entry}]}}"#)),
        "1 account was reported as not processed: 1: a\\nb"
    );
    assert_eq!(
        message(r#"{"UnprocessedAccounts":[{},{"AccountId":"2"}]}"#),
        "2 accounts were reported as not processed: (no account id): (no reason given); 2: (no reason given)"
    );
    let of = |count: usize| message(&format!(r#"{{"UnprocessedAccounts":[{}]}}"#, vec![entry; count].join(",")));
    assert!(of(5).ends_with("1: a\\nb; 1: a\\nb"), "{}", of(5));
    assert!(of(6).ends_with("1: a\\nb; and 1 more"), "{}", of(6));

    let long =
        format!(r#"{{"UnprocessedAccounts":[{{"AccountId":"{0}","ProcessingResult":"{0}"}}]}}"#, "x".repeat(5000));
    let output = DeleteInvitationsOutput::from_response(&response(200, &[("x-amzn-requestid", "id-1")], long)).unwrap();
    assert_eq!(output.unprocessed_accounts()[0].processing_result().unwrap().len(), 5000);
    let unprocessed = output.with_attempts(2, 1).into_result().unwrap_err();
    assert_eq!(unprocessed.request_id(), Some("id-1"));
    assert_eq!((unprocessed.attempts(), unprocessed.unconfirmed_attempts()), (Some(2), Some(1)));
    let message = unprocessed.to_string();
    assert!(message.ends_with("… (request id id-1)") && message.len() < 500, "{message}");
    // B15: the first thing that a newcomer sees.
    assert_eq!(format!("{unprocessed:?}"), message);
    assert!(format!("{unprocessed:#?}").starts_with("UnprocessedError {\n"));
}

#[test]
fn unprocessed_accounts_keep_the_names_of_the_wire() {
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
        assert_eq!(parse(body).unwrap().unprocessed_accounts(), [account]);
    }
    let lenient: UnprocessedAccount =
        serde_json::from_value(json!({ "AccountId": null, "ProcessingResult": null, "Other": [1] })).unwrap();
    assert_eq!((lenient.account_id(), lenient.processing_result()), (None, None));
    for value in [json!(null), json!([]), json!("x"), json!({ "AccountId": 1 }), json!({ "ProcessingResult": [] })] {
        assert!(serde_json::from_value::<UnprocessedAccount>(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn unprocessed_accounts_show_both_members() {
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
fn bodies_may_have_any_type() {
    let whole = br#"{"UnprocessedAccounts":[]}"#;
    assert!(DeleteInvitationsOutput::from_response(&Response::new(&whole[..])).is_ok());
    assert!(DeleteInvitationsOutput::from_response(&Response::new(whole.to_vec())).is_ok());
    assert!(DeleteInvitationsOutput::from_response(&Response::new(bytes::Bytes::from_static(whole))).is_ok());
    assert!(DeleteInvitationsOutput::from_response(&Response::new("{}")).is_ok());
}

#[test]
fn calls_return_what_the_response_lists() {
    let event = ok().body(r#"{"UnprocessedAccounts":[{"AccountId":"1"}]}"#).header("x-amzn-requestid", "id-1");
    let output = Scenario::of(steady()).run([event]).output();
    assert_eq!(output.unprocessed_accounts()[0].account_id(), Some("1"));
    assert_eq!(output.request_id(), Some("id-1"));
}

#[test]
fn malformed_responses_are_described_briefly() {
    for body in [
        format!(r#"{{"UnprocessedAccounts":"{}"}}"#, "x".repeat(100_000)),
        format!(r#"{{"{}":1,"message":2}}"#, "x".repeat(100_000)),
        "x".repeat(100_000),
    ] {
        let error = DeleteInvitationsOutput::from_response(&response(200, &[], body)).unwrap_err();
        assert!(error.to_string().len() < 1000 && format!("{error:?}").len() < 1000);
        assert!(format!("{error:#?}").len() < 3000);
    }
}

#[test]
fn chunks_keep_order_and_remove_duplicates() {
    let ids: Vec<_> = ["3", "1", "2", "1", "3", "4", "5"].map(|n| format!("{n:0>12}").parse().unwrap()).into();
    let chunks = DeleteInvitations::chunks(ids, 2.try_into().unwrap());
    let chunks: Vec<Vec<String>> = chunks.map(|chunk| chunk.account_ids().map(|id| id.to_string()).collect()).collect();
    let expected = [&["3", "1"][..], &["2", "4"], &["5"]];
    let expected = expected.map(|ids| ids.iter().map(|n| format!("{n:0>12}")).collect::<Vec<_>>());
    assert_eq!(chunks, expected);
    assert_eq!(DeleteInvitations::chunks([], 2.try_into().unwrap()).len(), 0);
}
