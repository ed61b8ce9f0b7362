//! Credentials through the public API; what is refused stands beside them in `src`.

use std::time::UNIX_EPOCH;

use securityhub_invitations::Credentials;

use crate::support::{KEY_ID, NOW, SECRET, TOKEN, at, credentials, header_of, hub, now, one_id, temporary_credentials};

#[test]
fn debug_shows_the_key_id_and_the_expiry_and_no_secret() {
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
fn every_visible_character_is_signed_with() {
    let visible: String = ('!'..='~').collect();
    let secret_only: String = visible.chars().filter(|character| !"/,".contains(*character)).collect();
    let odd =
        Credentials::new(secret_only.clone(), visible.clone()).unwrap().with_session_token(visible.clone()).unwrap();
    assert_eq!(odd.access_key_id(), secret_only);
    let request = hub().with_credentials(odd).request(&one_id(), now());
    assert_eq!(header_of(&request, "x-amz-security-token"), visible);
    assert!(header_of(&request, "authorization").contains(&format!("Credential={secret_only}/20261122/")));
}

#[test]
fn the_expiry_is_for_whoever_rotates_and_refuses_nothing() {
    assert_eq!(credentials().expires_at(), None);
    let expired = credentials().with_expiry(at(NOW - 1));
    assert_eq!(expired.expires_at(), Some(at(NOW - 1)));
    let request = hub().with_credentials(expired).request(&one_id(), now());
    let plain = hub().request(&one_id(), now());
    assert_eq!(header_of(&request, "authorization"), header_of(&plain, "authorization"));
}

#[test]
fn the_process_format_signs_as_the_same_credentials_do() {
    let json = serde_json::json!({
        "Version": 1, "AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": TOKEN,
        "Expiration": "2026-11-22T20:37:05Z",
    });
    let read = Credentials::from_process_json(&json.to_string()).unwrap();
    assert_eq!(read.expires_at(), Some(now()));
    let [read, given] = [read, temporary_credentials()].map(|credentials| {
        let request = hub().with_credentials(credentials).request(&one_id(), now());
        header_of(&request, "authorization")
    });
    assert_eq!(read, given);
}
