//! Reads any string as `credential_process` output, and as environment variables with one `NAME=value` per line.
//!
//! The result is an error that names the setting but not the secret, or a client whose requests the emulator accepts.
#![no_main]

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use libfuzzer_sys::fuzz_target;
use securityhub_emulator::{AccessKey, Emulator};
use securityhub_invitations::{
    AccountId, ConfigError, Credentials, DeleteInvitations, Endpoint, EndpointVariant, Region, SecurityHub,
    sigv4::Signer,
};
use securityhub_invitations_fuzz::{mutation, now};

/// A part of every secret, to search for in messages.
const CANARY: &str = "hunter2-hunter2-hunter2";
/// A part of every access key id. `Debug` shows ids, but errors do not, since an id and a secret are easily swapped.
const ID_CANARY: &str = "hunter1_hunter1_hunter1";

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    process_json(text);
    environment(text);
    one_by_one(text);
}

fn process_json(text: &str) {
    match Credentials::from_process_json(text) {
        Ok(credentials) => check_credentials(&credentials),
        Err(error) => check_error(&error),
    }
    // As values of members, where anything goes.
    let mut parts = text.split('\n');
    let mut part = |canary| parts.next().map(|part| format!("{part}{canary}"));
    let (key_id, secret, token, expiration) = (part(ID_CANARY), part(CANARY), part(CANARY), part(""));
    let is_visible = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
    let good = key_id.as_ref().is_some_and(|id| is_key_id(id))
        && secret.as_ref().is_some_and(is_visible)
        && token.as_ref().is_none_or(is_visible);
    let json = serde_json::json!({
        "Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret, "SessionToken": token, "Expiration": expiration,
    });
    match Credentials::from_process_json(&json.to_string()) {
        Ok(credentials) => {
            assert!(good);
            check_credentials(&credentials);
            assert_eq!(Some(credentials.access_key_id()), key_id.as_deref());
            assert!(!format!("{credentials:?}").contains(CANARY));
        }
        Err(error) => {
            check_error(&error);
            // If the other values are valid, only the date can be invalid. It is not a secret.
            assert!(!good || error.setting() == "Expiration", "{error}");
            check_secret(&format!("{error} {error:?}"));
        }
    }
}

fn environment(text: &str) {
    let variables: Vec<(&str, String)> = text
        .split('\n')
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| {
            let canary = match name {
                _ if value.is_empty() => "",
                "AWS_ACCESS_KEY_ID" => ID_CANARY,
                "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => CANARY,
                _ => "",
            };
            (name, format!("{value}{canary}"))
        })
        .collect();
    let value = |wanted: &str| {
        let given = variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        given.or_else(|| match wanted {
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some(ID_CANARY.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(CANARY.to_owned()),
            _ => None,
        })
    };
    let set = |name: &str| value(name).filter(|value| !value.is_empty());
    let is_true = |name: &str| set(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let hub = match SecurityHub::from_vars(value) {
        Ok(hub) => hub,
        Err(error) => {
            check_error(&error);
            assert!(error.setting().starts_with("AWS_"), "{error}");
            check_secret(&format!("{error} {error:?}"));
            return;
        }
    };
    assert_eq!(hub.app_id().map(str::to_owned), set("AWS_SDK_UA_APP_ID"));
    assert!(set("AWS_RETRY_MODE").is_none_or(|mode| mode.eq_ignore_ascii_case("standard")));
    assert!(set("AWS_MAX_ATTEMPTS").is_none_or(|attempts| attempts.parse::<u32>().is_ok_and(|n| n > 0)));
    let custom = set("AWS_ENDPOINT_URL_SECURITYHUB").or_else(|| set("AWS_ENDPOINT_URL"));
    let custom = custom.filter(|_| !is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
    let region: Region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")).unwrap().parse().unwrap();
    let (fips, dual_stack) = (is_true("AWS_USE_FIPS_ENDPOINT"), is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    let endpoint = match &custom {
        Some(url) => {
            assert!(!fips && !dual_stack);
            Endpoint::custom(&region, url).unwrap()
        }
        None => Endpoint::resolve(&region, EndpointVariant { fips, dual_stack }).unwrap(),
    };
    assert_eq!(hub.endpoint(), &endpoint);

    // What it signs, the service takes: with the same key, and whatever the host.
    let key_id = set("AWS_ACCESS_KEY_ID").unwrap();
    let mut key = AccessKey::new(&key_id, &set("AWS_SECRET_ACCESS_KEY").unwrap());
    let mut credentials = Credentials::new(key_id, set("AWS_SECRET_ACCESS_KEY").unwrap()).unwrap();
    if let Some(token) = set("AWS_SESSION_TOKEN") {
        key = key.with_session_token(&token);
        credentials = credentials.with_session_token(token).unwrap();
    }
    let emulator = Emulator::builder().with_access_key(key).with_log_capacity(0).build();
    let input = DeleteInvitations::new(["111122223333"]).unwrap();
    let request = hub.signed_request(&input, now());
    let response = emulator.handle(&as_sent(&request, hub.endpoint()), now());
    // An endpoint of one's own can have the host of another region, and a path that says something else.
    assert!(response.status() == 200 || custom.is_some(), "{request:?}\n{:?}", response.body());
    let signer = Signer::new(credentials, endpoint.region(), "securityhub").unwrap();
    let mut same = hub.unsigned_request(&input);
    signer.sign(&mut same, now()).unwrap();
    assert_eq!(same.headers(), request.headers());
    assert!(!format!("{hub:?} {signer:?}").contains(CANARY));
}

/// With the `Host` that a transport adds.
fn as_sent(request: &Request<Bytes>, endpoint: &Endpoint) -> Request<Bytes> {
    let mut request = request.clone();
    let host = HeaderValue::from_str(endpoint.signing_host()).unwrap();
    request.headers_mut().insert(header::HOST, host);
    request
}

fn one_by_one(text: &str) {
    for part in text.split('\n') {
        match part.parse::<AccountId>() {
            Ok(id) => {
                assert!(id.as_str() == part && part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit()))
            }
            Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
        }
        let region = match part.parse::<Region>() {
            Ok(region) => {
                assert_eq!(region.as_str(), part);
                region
            }
            Err(error) => {
                check_error(&error);
                "eu-west-1".parse().unwrap()
            }
        };
        for endpoint in [Endpoint::regional(&region), Endpoint::custom(&region, part)] {
            match endpoint {
                Err(error) => check_error(&error),
                Ok(endpoint) => {
                    let host = endpoint.signing_host();
                    assert!(host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()), "{host}");
                    assert!(endpoint.url().starts_with("http"));
                }
            }
        }
        let service = Signer::new(Credentials::new("key", "secret").unwrap(), &region, part);
        drop(service.map_err(|error| check_error(&error)));
    }
}

fn check_credentials(credentials: &Credentials) {
    let id = credentials.access_key_id();
    assert!(is_key_id(id), "{id}");
    drop(format!("{credentials:?}"));
}

fn is_key_id(id: &str) -> bool {
    (3..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn check_error(error: &ConfigError) {
    let shown = error.to_string();
    assert!(!shown.contains(char::is_control) && shown.len() < 2_000, "{shown}");
}

fn check_secret(shown: &str) {
    assert!(!shown.contains(CANARY) && !shown.contains(ID_CANARY), "{shown}");
}
