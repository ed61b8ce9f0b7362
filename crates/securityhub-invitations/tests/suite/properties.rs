//! Properties of any input: bytes from the network, clocks, and strings from a user. The cases have fixed seeds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderName, HeaderValue, Response};
use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::RngSeed};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, DisassociateFromAdministratorAccountOutput, Endpoint,
    EndpointVariant, ErrorKind, GetAdministratorAccountOutput, ListInvitationsOutput, ListMembersOutput, Region,
    SecurityHub, sigv4::Signer,
};
use serde_json::Value;

use crate::support::{KEY_ID, SECRET, credentials, headers_of, hub, now, one_id};

/// The number of cases, scaled by `PROPTEST_CASES` / 256. Miri, which is a thousand times slower, runs three.
///
/// The seed is 1 unless `PROPTEST_RNG_SEED` has another, so that every run is the same.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: if cfg!(miri) { 3 } else { (cases * default.cases).div_ceil(256) },
        rng_seed: if default.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { default.rng_seed },
        failure_persistence: None,
        ..default
    }
}

// Responses -----------------------------------------------------------------------------------------------------------

/// Names and strings with a meaning, so that the cases reach the interesting paths.
fn word() -> impl Strategy<Value = String> {
    let known = select(vec![
        "UnprocessedAccounts",
        "AccountId",
        "ProcessingResult",
        "code",
        "Code",
        "__type",
        "message",
        "Message",
        "errorMessage",
        "Throttling",
        "InvalidSignatureException",
        "ns#RequestTimeTooSkewed:http://x",
        "LimitExceededException",
        "x-amz-security-token:T0KEN\nrest",
        "111122223333",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((word(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let text = json().prop_map(|value| value.to_string().into_bytes()).boxed();
    let account = vec((select(vec!["AccountId", "ProcessingResult", "Email"]), option::of(word())), 0..3);
    let list = vec(account, 0..4).prop_map(|accounts| {
        let object = |members: Vec<(&str, Option<String>)>| {
            members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect::<serde_json::Map<_, _>>()
        };
        let accounts: Vec<_> = accounts.into_iter().map(|members| Value::Object(object(members))).collect();
        serde_json::json!({ "UnprocessedAccounts": accounts }).to_string().into_bytes()
    });
    let list = list.boxed();
    let broken = (text.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut text, at, byte)| {
        let at = at.index(text.len());
        text[at] = byte;
        text
    });
    let cut = (list.clone(), any::<prop::sample::Index>()).prop_map(|(mut text, at)| {
        text.truncate(at.index(text.len()));
        text
    });
    prop_oneof![text, list, broken, cut, vec(any::<u8>(), 0..200), Just(Vec::new())]
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![4 => select(vec![200, 204, 302, 400, 403, 408, 429, 500, 502, 503, 504]), 1 => 100..=999_u16]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = vec![
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-amz-request-id",
        "x-amz-retry-after",
        "retry-after",
        "date",
        "age",
        "content-type",
    ];
    let values = vec![
        "",
        "0",
        "1",
        "250",
        "18446744073709551616",
        "-1",
        "soon",
        "Throttling",
        "SignatureDoesNotMatch",
        "AccessDeniedException",
        "Sun, 22 Nov 2026 20:37:05 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Sunday, 22-Nov-26 20:37:05 GMT",
    ];
    let value = prop_oneof![
        4 => select(values).prop_map(|value| value.as_bytes().to_vec()),
        1 => "[ -~]{0,40}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
    ];
    vec((select(names), value), 0..5)
}

fn any_response() -> impl Strategy<Value = Response<Vec<u8>>> {
    (status(), headers(), body()).prop_map(|(status, headers, body)| {
        let mut response = Response::new(body);
        *response.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            // A transport rejects the other values.
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    })
}

/// Rule 7, in terms of a parsed value without duplicate members.
fn is_success(response: &Response<Vec<u8>>) -> bool {
    const ERROR_MEMBERS: [&str; 7] = ["__type", "code", "Code", "message", "Message", "errorMessage", "error"];
    let Ok(Value::Object(object)) = serde_json::from_slice(response.body()) else { return false };
    let is_string = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.is_string());
    let fits = match object.get("UnprocessedAccounts") {
        None | Some(Value::Null) => !ERROR_MEMBERS.iter().any(|name| object.contains_key(*name)),
        Some(Value::Array(accounts)) => accounts.iter().all(|account| {
            account.as_object().is_some_and(|account| {
                is_string(account.get("AccountId")) && is_string(account.get("ProcessingResult"))
            })
        }),
        Some(_) => false,
    };
    fits && !response.headers().contains_key("x-amzn-errortype")
}

// Clocks -------------------------------------------------------------------------------------------------------------

fn moment() -> impl Strategy<Value = SystemTime> {
    let far = 1_i64 << 60;
    let seconds = prop_oneof![
        4 => 1_795_000_000..1_796_000_000_i64,
        1 => -far..far,
        1 => select(vec![-far, -1, 0, 253_402_300_799, 253_402_300_800, far]),
    ];
    (seconds, 0..1_000_000_000_u32).prop_map(|(seconds, nanoseconds)| {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let moment = if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance };
        moment + Duration::from_nanos(nanoseconds.into())
    })
}

// A user's input ------------------------------------------------------------------------------------------------------

const TEXT: &str = "(?s).{0,40}";

fn url() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-zA-Z0-9.-]{1,20}",
        Just("[::1]".to_owned()),
        Just("[2001:DB8::00a]".to_owned()),
        Just("127.0.0.1".to_owned()),
        TEXT,
    ];
    let scheme = select(vec!["http://", "https://", "HTTPS://", "ftp://", ""]);
    let port = prop_oneof![2 => Just(String::new()), 1 => "(:[0-9]{1,6})", 1 => Just(":443".to_owned())];
    let path = prop_oneof![Just(String::new()), "(/[a-zA-Z0-9%._~!$&'()*+,;=:@/-]{0,20})", TEXT];
    (scheme, host, port, path).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

fn region_name() -> impl Strategy<Value = String> {
    let known = select(vec!["us-east-1", "fips-us-east-1", "cn-north-1", "us-gov-west-1-fips", "aws-global", "fips-"]);
    prop_oneof![known.prop_map(str::to_owned), "[a-z0-9-]{0,70}", "((fips-){0,3}[a-z]{0,2}(-fips){0,3})", TEXT]
}

fn account_id() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[0-9]{12}", 4 => "00000000000[0-9]", 1 => "[0-9]{0,14}", 1 => TEXT]
}

fn good_ids(at_most: usize) -> impl Strategy<Value = Vec<String>> {
    vec(prop_oneof!["[0-9]{12}", "00000000000[0-9]"], 1..=at_most)
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_response_is_read_without_panics(response in any_response()) {
        let status = response.status();
        match DeleteInvitationsOutput::from_response(&response) {
            Ok(output) => {
                prop_assert!(status.is_success() && is_success(&response));
                let listed = serde_json::from_slice::<Value>(response.body()).ok();
                let listed = listed.and_then(|body| body["UnprocessedAccounts"].as_array().map(Vec::len));
                prop_assert_eq!(output.unprocessed_accounts().len(), listed.unwrap_or(0));
            }
            Err(error) => {
                prop_assert!(!status.is_success() || !is_success(&response), "{}", error);
                prop_assert_eq!(error.kind() == ErrorKind::Malformed, status.is_success());
                prop_assert_eq!(error.status(), status);
                prop_assert!(error.excerpt().is_none_or(|excerpt| excerpt.chars().count() <= 513 * 10));
                prop_assert!(!error.code().is_some_and(str::is_empty));
                prop_assert!(!error.message().is_some_and(str::is_empty));
                let line = error.to_string();
                prop_assert!(!line.contains(char::is_control), "{}", line);
                prop_assert!(line.len() < 20_000);
                let body = String::from_utf8_lossy(response.body());
                let is_marked = body.matches("x-amz-security-token:T0KEN").count() == body.matches("T0KEN").count();
                prop_assert!(!is_marked || !line.contains("T0KEN"), "{}", line);
            }
        }
    }

    #[test]
    fn other_operations_read_any_response(response in any_response()) {
        let is_success = response.status().is_success();
        prop_assert!(is_success || ListInvitationsOutput::from_response(&response).is_err());
        prop_assert!(is_success || ListMembersOutput::from_response(&response).is_err());
        prop_assert!(is_success || GetAdministratorAccountOutput::from_response(&response).is_err());
        prop_assert!(is_success || DisassociateFromAdministratorAccountOutput::from_response(&response).is_err());
        hub().observe(&response, now(), now());
    }

    #[test]
    fn the_signer_and_the_hub_agree(
        ids in good_ids(20),
        (url, relay) in (url(), option::of(url())),
        (region, fips, dual_stack) in (region_name(), any::<bool>(), any::<bool>()),
        (key_id, secret, token) in ("[A-Za-z0-9_]{3,20}", "[!-~]{1,70}", option::of("[!-~]{1,40}")),
        time in moment(),
    ) {
        let Ok(region) = region.parse::<Region>() else { return Ok(()) };
        let variant = EndpointVariant { fips, dual_stack };
        let endpoint = Endpoint::custom(&region, &url).or_else(|_| Endpoint::resolve(&region, variant)).unwrap();
        let mut credentials = Credentials::new(key_id, secret).unwrap();
        if let Some(token) = token {
            credentials = credentials.with_session_token(token).unwrap();
        }
        let input = DeleteInvitations::new(&ids).unwrap();
        let hub = SecurityHub::new(endpoint.clone(), credentials.clone());
        let signer = Signer::new(credentials.clone(), &region, "securityhub").unwrap();

        let mut request = hub.unsigned_request(&input);
        prop_assert_eq!(signer.explain(&request, time).unwrap(), hub.explain(&input, time));
        signer.sign(&mut request, time).unwrap();
        let expected = hub.signed_request(&input, time);
        prop_assert_eq!(headers_of(&request), headers_of(&expected));
        // A signed request can be signed again.
        signer.sign(&mut request, time).unwrap();
        prop_assert_eq!(headers_of(&request), headers_of(&expected));

        if let Some(Ok(relayed)) = relay.map(|relay| endpoint.via_relay(&relay)) {
            let relayed = SecurityHub::new(relayed, credentials).signed_request(&input, time);
            prop_assert_eq!(headers_of(&relayed), headers_of(&expected));
        }
    }

    #[test]
    fn accepted_endpoints_are_normalised(url in url()) {
        let region: Region = "us-east-1".parse().unwrap();
        match Endpoint::custom(&region, &url) {
            Err(error) => {
                prop_assert!(!error.to_string().contains(char::is_control), "{}", error);
                prop_assert_eq!(error.value().is_none(), url.contains('@'));
            }
            Ok(endpoint) => {
                let host = endpoint.signing_host();
                prop_assert!(host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()), "{}", host);
                prop_assert!(!host.contains(['@', '/', '?', '#']), "{}", host);
                let again = Endpoint::custom(&region, &format!("{}/", endpoint.url())).unwrap();
                prop_assert_eq!(&again, &endpoint);
                let uri = SecurityHub::new(endpoint.clone(), credentials()).unsigned_request(&one_id()).uri().clone();
                prop_assert_eq!(uri.authority().unwrap().as_str(), host);
                prop_assert!(uri.path().ends_with("/invitations/delete"));
                prop_assert!(!uri.path().ends_with("//invitations/delete") || url.ends_with("//"));
                prop_assert_eq!(uri.query(), None);
            }
        }
    }

    #[test]
    fn accepted_regions_are_host_labels(name in region_name()) {
        let Ok(region) = name.parse::<Region>() else { return Ok(()) };
        prop_assert!((1..=63).contains(&name.len()));
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        prop_assert!(!name.starts_with('-') && !name.ends_with('-'));
        let endpoint = Endpoint::regional(&region).unwrap();
        // The signing region has no prefix or suffix left to remove.
        let plain = endpoint.region();
        prop_assert!(!plain.as_str().starts_with("fips-") && !plain.as_str().ends_with("-fips"), "{}", plain);
        prop_assert_eq!(plain.as_str().parse::<Region>().unwrap(), plain.clone());
        let fips = plain != &region;
        prop_assert_eq!(
            Endpoint::resolve(plain, EndpointVariant { fips, dual_stack: false }).unwrap(),
            endpoint.clone()
        );
        prop_assert_eq!(Endpoint::custom(&region, "https://example.com").is_err(), fips);
    }

    #[test]
    fn ids_are_checked_one_by_one(ids in vec(account_id(), 0..40)) {
        let is_good = |id: &String| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        let bad: Vec<_> = ids.iter().enumerate().filter(|(_, id)| !is_good(id)).map(|(n, id)| (n, id.as_str())).collect();
        match DeleteInvitations::new(&ids) {
            Err(error) => {
                prop_assert_eq!(error.is_empty(), ids.is_empty());
                prop_assert!(error.iter().map(|(n, error)| (n, error.value())).eq(bad));
                prop_assert!(error.to_string().len() < 5000);
                prop_assert!(!error.to_string().contains(char::is_control), "{}", error);
            }
            Ok(input) => {
                prop_assert!(bad.is_empty() && !ids.is_empty());
                let mut expected: Vec<&String> = Vec::new();
                for id in &ids {
                    if !expected.contains(&id) {
                        expected.push(id);
                    }
                }
                prop_assert!(input.account_ids().map(|id| id.to_string()).eq(expected.iter().map(|id| (*id).clone())));
                let body = serde_json::json!({ "AccountIds": expected }).to_string();
                prop_assert_eq!(input.body(), body.as_bytes());
            }
        }
    }

    #[test]
    fn invalid_credentials_are_not_shown(key_id in TEXT, secret in TEXT, token in TEXT, json in TEXT) {
        let is_visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_id = (3..=128).contains(&key_id.len()) && key_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let good = is_id && is_visible(&secret);
        let made = Credentials::new(key_id.clone(), secret.clone());
        prop_assert_eq!(made.is_ok(), good);
        prop_assert!(made.err().is_none_or(|error| error.value().is_none()));
        let made = credentials().with_session_token(token.clone());
        prop_assert_eq!(made.is_ok(), is_visible(&token));
        prop_assert!(Credentials::from_process_json(&json).is_err());
        let json = serde_json::json!({ "Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret }).to_string();
        prop_assert_eq!(Credentials::from_process_json(&json).is_ok(), good);
    }

    #[test]
    fn environment_errors_name_a_variable(
        values in vec((select(VARIABLES.to_vec()), prop_oneof![TEXT, url(), region_name(), Just("true".to_owned())]), 0..8),
    ) {
        let var = |wanted: &str| {
            let given = values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
            given.or_else(|| match wanted {
                "AWS_REGION" => Some("us-east-1".to_owned()),
                "AWS_ACCESS_KEY_ID" => Some(KEY_ID.to_owned()),
                "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
                _ => None,
            })
        };
        match SecurityHub::from_vars(var) {
            Ok(hub) => drop(hub.signed_request(&one_id(), now())),
            Err(error) => {
                prop_assert!(VARIABLES.contains(&error.setting()), "{}", error);
                prop_assert!(!error.to_string().contains(char::is_control), "{}", error);
            }
        }
    }
}

const VARIABLES: [&str; 15] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_REGION",
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECURITYHUB",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_REGION",
    "AWS_RETRY_MODE",
    "AWS_SDK_UA_APP_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
];
