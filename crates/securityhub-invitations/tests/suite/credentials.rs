//! Credentials through the public API. The unit tests in `src` cover invalid values.

use std::time::UNIX_EPOCH;

use securityhub_invitations::Credentials;
use serde_json::json;

use crate::support::{KEY_ID, NOW, SECRET, TOKEN, at, credentials, header_of, hub, now, one_id, temporary_credentials};

#[test]
fn debug_shows_no_secret() {
    assert_eq!(
        format!("{:?}", credentials()),
        "Credentials { access_key_id: \"AKIDEXAMPLE\", secret_access_key: \"[redacted]\", session_token: None, \
         expires_at: None }"
    );
    let temporary = temporary_credentials().with_expiry(UNIX_EPOCH);
    assert_eq!(
        format!("{temporary:?}"),
        format!(
            "Credentials {{ access_key_id: \"AKIDEXAMPLE\", secret_access_key: \"[redacted]\", session_token: \
             Some(\"[redacted]\"), expires_at: Some({UNIX_EPOCH:?}) }}"
        )
    );
}

#[test]
fn signs_with_every_visible_character() {
    let visible: String = ('!'..='~').collect();
    let id: String =
        visible.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
    let odd = Credentials::new(id.clone(), visible.clone()).unwrap().with_session_token(visible.clone()).unwrap();
    assert_eq!(odd.access_key_id(), id);
    let request = hub().with_credentials(odd).signed_request(&one_id(), now());
    assert_eq!(header_of(&request, "x-amz-security-token"), visible);
    assert!(header_of(&request, "authorization").contains(&format!("Credential={id}/20261122/")));
}

#[test]
fn signs_with_expired_credentials() {
    assert_eq!(credentials().expires_at(), None);
    let expired = credentials().with_expiry(at(NOW - 1));
    assert_eq!(expired.expires_at(), Some(at(NOW - 1)));
    let request = hub().with_credentials(expired).signed_request(&one_id(), now());
    let plain = hub().signed_request(&one_id(), now());
    assert_eq!(header_of(&request, "authorization"), header_of(&plain, "authorization"));
}

#[test]
fn json_formats_sign_like_given_credentials() {
    let keys = json!({
        "AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": TOKEN, "Expiration": "2026-11-22T20:37:05Z",
    });
    let mut process = keys.clone();
    process["Version"] = 1.into();
    let process = Credentials::from_process_json(&process.to_string()).unwrap();
    let assume_role = json!({ "Credentials": keys, "AssumedRoleUser": { "AssumedRoleId": "AROA:me" } });
    let assume_role = Credentials::from_assume_role_json(&assume_role.to_string()).unwrap();
    assert_eq!((process.expires_at(), assume_role.expires_at()), (Some(now()), Some(now())));
    let [process, assume_role, given] = [process, assume_role, temporary_credentials()].map(|credentials| {
        let request = hub().with_credentials(credentials).signed_request(&one_id(), now());
        header_of(&request, "authorization")
    });
    assert_eq!(process, given);
    assert_eq!(assume_role, given);
}

#[test]
fn reads_credentials_from_variables() {
    let var = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some(KEY_ID.to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
        "AWS_SESSION_TOKEN" => Some(TOKEN.to_owned()),
        "AWS_CREDENTIAL_EXPIRATION" => Some("2026-11-22T20:37:05Z".to_owned()),
        other => panic!("{other} is not needed"),
    };
    let credentials = Credentials::from_vars(var).unwrap();
    assert_eq!((credentials.access_key_id(), credentials.expires_at()), (KEY_ID, Some(now())));
    let request = hub().with_credentials(credentials).signed_request(&one_id(), now());
    assert_eq!(header_of(&request, "x-amz-security-token"), TOKEN);
}
