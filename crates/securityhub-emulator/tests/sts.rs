//! `AssumeRole` and `GetCallerIdentity`, and the sessions in Security Hub.

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{Call, fail, id, now, region, succeed};
use http::Response;
use securityhub_emulator::{AccessKey, Emulator, Role};

const MEMBER: &str = "444455556666";
const ASSUME: &str =
    "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2FCleanup&RoleSessionName=me%40example.com";

fn emulator() -> Emulator {
    let long = Role::new(id("777788889999"), "ops/Cleanup").unwrap().with_max_session(Duration::from_secs(43_200));
    let secret = Role::new(id("111122223333"), "Cleanup").unwrap().with_external_id("a&b");
    let role = Role::new(id(MEMBER), "Cleanup").unwrap();
    Emulator::builder().with_role(role).with_role(long).with_role(secret).build()
}

fn content<'a>(xml: &'a str, element: &str) -> &'a str {
    let start =
        xml.find(&format!("<{element}>")).unwrap_or_else(|| panic!("no {element} in {xml}")) + element.len() + 2;
    &xml[start..start + xml[start..].find(&format!("</{element}>")).unwrap()]
}

fn send(emulator: &Emulator, call: &Call) -> (u16, String) {
    let response: Response<Bytes> = emulator.handle(&call.sign(), now());
    assert_eq!(response.headers()["content-type"], "text/xml");
    (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
}

fn assume(emulator: &Emulator, call: &Call) -> [String; 3] {
    let (status, xml) = send(emulator, call);
    assert_eq!(status, 200, "{xml}");
    ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| content(&xml, name).to_owned())
}

fn refused(emulator: &Emulator, call: &Call) -> (u16, String, String) {
    let (status, xml) = send(emulator, call);
    (status, content(&xml, "Code").to_owned(), content(&xml, "Message").to_owned())
}

#[test]
fn returns_credentials_of_a_session() {
    let emulator = emulator();
    let (status, xml) = send(&emulator, &Call::sts("us-west-2", &format!("{ASSUME}&DurationSeconds=900")));
    assert_eq!(status, 200, "{xml}");
    assert!(
        xml.starts_with("<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>")
    );
    assert_eq!(content(&xml, "Expiration"), "2026-11-22T20:52:05.000Z");
    assert_eq!(content(&xml, "Arn"), "arn:aws:sts::444455556666:assumed-role/Cleanup/me@example.com");
    assert!(content(&xml, "AccessKeyId").starts_with("ASIA") && content(&xml, "AccessKeyId").len() == 20);
    assert_eq!(content(&xml, "RequestId"), "00000000-0000-4000-8000-000000000001");
    assert_eq!(emulator.received_requests()[0].operation, Some("AssumeRole"));
}

#[test]
fn sessions_act_for_the_account_of_the_role() {
    let emulator = emulator();
    let session = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    emulator.account(id("111122223333")).send_invitation(&region("us-east-1"), id(MEMBER));
    let body = succeed(&emulator, &Call::default().by(&session));
    assert_eq!(body.to_string(), r#"{"UnprocessedAccounts":[]}"#);
    assert_eq!(emulator.received_requests()[1].account, Some(id(MEMBER)));

    let (_, xml) = send(&emulator, &Call::sts("eu-west-1", "Action=GetCallerIdentity").by(&session));
    assert_eq!(content(&xml, "Account"), MEMBER);
    assert!(content(&xml, "UserId").starts_with("AROA") && content(&xml, "UserId").ends_with(":me@example.com"));
    let (_, xml) = send(&emulator, &Call::sts("cn-north-1", "Action=GetCallerIdentity"));
    assert_eq!(content(&xml, "Arn"), "arn:aws-cn:iam::123456789012:user/emulator");
}

#[test]
fn sessions_expire() {
    let emulator = emulator();
    let session = assume(&emulator, &Call::sts("us-east-1", &format!("{ASSUME}&DurationSeconds=900")));
    // Requests of 15 minutes later.
    let at = |date: &str, seconds| {
        let call = Call::default().by(&session).dated(date);
        emulator.handle(&call.sign(), now() + Duration::from_secs(seconds))
    };
    assert_eq!(at("20261122T205204Z", 899).status(), 200);
    let response = at("20261122T205205Z", 900);
    assert_eq!(common::error(&response).1, "ExpiredTokenException");
    let call = Call::sts("us-east-1", "Action=GetCallerIdentity").by(&session).dated("20261122T205205Z");
    let response = emulator.handle(&call.sign(), now() + Duration::from_secs(900));
    assert_eq!(content(&String::from_utf8_lossy(response.body()), "Code"), "ExpiredToken");
}

#[test]
fn sessions_end_with_a_reset() {
    let emulator = emulator();
    let session = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    succeed(&emulator, &Call::default().by(&session));
    emulator.reset();
    assert_eq!(fail(&emulator, &Call::default().by(&session)).1, "UnrecognizedClientException");
    succeed(&emulator, &Call::default().by(&assume(&emulator, &Call::sts("us-east-1", ASSUME))));
}

#[test]
fn rejects_changed_session_tokens() {
    let emulator = emulator();
    let [id, secret, token] = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    let [other_id, ..] = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    let mut changed = token.clone();
    changed.replace_range(100..101, if &token[100..101] == "0" { "1" } else { "0" });
    for session in [[id.clone(), secret.clone(), changed], [other_id, secret, token]] {
        assert_eq!(fail(&emulator, &Call::default().by(&session)).1, "UnrecognizedClientException");
    }
}

#[test]
fn limits_durations() {
    let emulator = emulator();
    let long = ASSUME.replace("444455556666", "777788889999").replace("Cleanup", "ops%2FCleanup");
    let (_, xml) = send(&emulator, &Call::sts("us-east-1", &format!("{long}&DurationSeconds=43200")));
    assert_eq!(content(&xml, "Expiration"), "2026-11-23T08:37:05.000Z");
    for (form, message) in [
        (format!("{ASSUME}&DurationSeconds=3601"), "exceeds the MaxSessionDuration set for this role"),
        (format!("{ASSUME}&DurationSeconds=899"), "value greater than or equal to 900"),
        (format!("{long}&DurationSeconds=43201"), "value less than or equal to 43200"),
        (format!("{ASSUME}&DurationSeconds=1h"), "Member must be an integer"),
        (format!("{ASSUME}&DurationSeconds=99999999999999999999"), "Member must be an integer"),
    ] {
        let (status, code, found) = refused(&emulator, &Call::sts("us-east-1", &form));
        assert_eq!((status, code.as_str(), found.contains(message)), (400, "ValidationError", true), "{found}");
    }
}

#[test]
fn caps_chained_roles_at_one_hour() {
    let emulator = emulator();
    let session = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    let long = ASSUME.replace("444455556666", "777788889999").replace("Cleanup", "ops%2FCleanup");
    let (_, code, message) =
        refused(&emulator, &Call::sts("us-east-1", &format!("{long}&DurationSeconds=3601")).by(&session));
    assert_eq!(code, "ValidationError");
    assert!(message.contains("exceeds the 1 hour session limit for roles assumed by role chaining"), "{message}");
    assume(&emulator, &Call::sts("us-east-1", &format!("{long}&DurationSeconds=3600")).by(&session));
}

#[test]
fn denies_unknown_roles_and_wrong_external_ids() {
    let emulator = emulator();
    let external = ASSUME.replace(MEMBER, "111122223333");
    for form in [
        ASSUME.replace("Cleanup", "Other"),
        ASSUME.replace(MEMBER, "777788889999"),
        external.clone(),
        format!("{external}&ExternalId=a"),
    ] {
        let (status, code, message) = refused(&emulator, &Call::sts("us-east-1", &form));
        assert_eq!((status, code.as_str()), (403, "AccessDenied"));
        assert!(message.starts_with("User: arn:aws:iam::123456789012:user/emulator is not authorized"), "{message}");
    }
    assume(&emulator, &Call::sts("us-east-1", &format!("{external}&ExternalId=a%26b")));
}

#[test]
fn rejects_invalid_input() {
    let emulator = emulator();
    for (form, code) in [
        ("", "MissingAction"),
        ("Action=GetSessionToken", "InvalidAction"),
        ("Action=GetCallerIdentity&Action=GetCallerIdentity", "InvalidParameterValue"),
        ("Action=AssumeRole", "ValidationError"),
        ("Action=AssumeRole&RoleArn=&RoleSessionName=me", "ValidationError"),
        ("Action=AssumeRole&RoleArn=x&RoleSessionName=me", "ValidationError"),
        ("Action=AssumeRole&RoleArn=arn:aws-cn:iam::444455556666:role/Cleanup&RoleSessionName=me", "ValidationError"),
        ("Action=AssumeRole&RoleArn=arn:aws:iam::44445555666:role/Cleanup&RoleSessionName=me", "ValidationError"),
        ("Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/Cleanup&RoleSessionName=a", "ValidationError"),
        ("Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/Cleanup&RoleSessionName=a%20b", "ValidationError"),
        ("Action=AssumeRole&RoleArn=arn:aws:iam::444455556666:role/Cleanup&RoleSessionName=%3Cb%FF", "ValidationError"),
    ] {
        let (status, found, message) = refused(&emulator, &Call::sts("us-east-1", form));
        assert_eq!((status, found.as_str()), (400, code), "{form}: {message}");
    }
    let version = Call { body: "Action=GetCallerIdentity&Version=1".to_owned(), ..Call::sts("us-east-1", "") };
    assert_eq!(refused(&emulator, &version).1, "InvalidAction");
}

#[test]
fn verifies_signatures() {
    let emulator = emulator();
    let call = || Call::sts("us-east-1", "Action=GetCallerIdentity");
    for (call, code) in [
        (Call { secret: "another".to_owned(), ..call() }, "SignatureDoesNotMatch"),
        (Call { key_id: "AKIDOTHER".to_owned(), ..call() }, "InvalidClientTokenId"),
        (Call { scope: "20261122/us-east-1/securityhub/aws4_request".to_owned(), ..call() }, "SignatureDoesNotMatch"),
        (Call { scope: "20261122/eu-west-1/sts/aws4_request".to_owned(), ..call() }, "SignatureDoesNotMatch"),
    ] {
        let (status, found, message) = refused(&emulator, &call);
        assert_eq!((status, found.as_str()), (403, code), "{message}");
    }
    let mut unsigned = call().sign();
    unsigned.headers_mut().remove("authorization");
    let xml = String::from_utf8_lossy(emulator.handle(&unsigned, now()).body()).into_owned();
    assert_eq!(content(&xml, "Code"), "MissingAuthenticationToken");
}

#[test]
fn opt_in_regions_reject_global_sessions() {
    let emulator = emulator();
    let global = Call { host: "sts.amazonaws.com".to_owned(), ..Call::sts("us-east-1", ASSUME) };
    let loopback = |path: &str| Call {
        host: "127.0.0.1:4566".to_owned(),
        path: path.to_owned(),
        ..Call::sts("us-east-1", ASSUME)
    };
    let in_region =
        |region: &str| Call { host: format!("securityhub.{region}.amazonaws.com"), ..Call::in_region(region) };
    for (issue, accepted) in [
        (global, false),
        (loopback("/global"), false),
        (loopback("/global/"), false),
        (loopback("/"), true),
        (Call::sts("us-east-1", ASSUME), true),
    ] {
        let session = assume(&emulator, &issue);
        succeed(&emulator, &in_region("us-west-2").by(&session));
        let call = in_region("me-south-1").by(&session);
        if accepted {
            succeed(&emulator, &call);
        } else {
            let (status, code, message) = fail(&emulator, &call);
            assert_eq!((status, code.as_str()), (403, "UnrecognizedClientException"));
            assert_eq!(message, "The security token included in the request is invalid.");
            let (_, code, _) = refused(&emulator, &Call::sts("me-south-1", "Action=GetCallerIdentity").by(&session));
            assert_eq!(code, "InvalidClientTokenId");
        }
    }
}

#[test]
fn disabled_regions_reject_all_credentials() {
    let emulator = emulator();
    emulator.set_region_enabled(&region("us-east-1"), false);
    assert_eq!(fail(&emulator, &Call::default()).1, "UnrecognizedClientException");
    emulator.account(id(Emulator::DEFAULT_ACCOUNT)).set_region_enabled(&region("us-east-1"), true);
    succeed(&emulator, &Call::default());
    emulator.set_access_key(AccessKey::example().with_account(id(MEMBER)));
    assert_eq!(fail(&emulator, &Call::default()).1, "UnrecognizedClientException");
    emulator.set_region_enabled(&region("us-east-1"), true);
    succeed(&emulator, &Call::default());
}

#[test]
fn denies_one_account() {
    let emulator = emulator();
    emulator.account(id(MEMBER)).deny("explicit deny");
    succeed(&emulator, &Call::default());
    let session = assume(&emulator, &Call::sts("us-east-1", ASSUME));
    assert_eq!(fail(&emulator, &Call::default().by(&session)).2, "explicit deny");
    emulator.account(id(MEMBER)).allow();
    succeed(&emulator, &Call::default().by(&session));
}

#[test]
fn sessions_end_with_the_year_9999() {
    let emulator = emulator();
    emulator.set_clock_offset(i64::MAX);
    let (status, xml) = send(&emulator, &Call::sts("us-east-1", ASSUME).dated("99991231T235959Z"));
    assert_eq!((status, content(&xml, "Expiration")), (200, "9999-12-31T23:59:59.000Z"));
    let session = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| content(&xml, name).to_owned());
    let expired = Call::default().by(&session).dated("99991231T235959Z");
    assert_eq!(fail(&emulator, &expired).1, "ExpiredTokenException");
}

#[test]
fn rejects_invalid_role_names() {
    for name in ["", "/", "a//b", "/a", "a/", "a b", "é", &"a".repeat(65)] {
        let error = Role::new(id(MEMBER), name).unwrap_err().to_string();
        assert!(error.starts_with(&format!("invalid role name {name:?} (expected ")), "{error}");
    }
    let role = Role::new(id(MEMBER), &format!("path/{}", "a".repeat(64))).unwrap();
    assert!(role.arn("aws-cn").starts_with("arn:aws-cn:iam::444455556666:role/path/aaa"));
}
