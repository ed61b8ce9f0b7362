//! What holds of any input: of any bytes from the network, any outcomes in any order, any clock, any text from a user.

use std::{
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue, Response};
use proptest::{collection::vec, option, prelude::*, sample::select};
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, EndpointVariant, ErrorKind, Failure, Outcome,
    Region, RetryPolicy, SecurityHub, sigv4::Signer,
};
use serde_json::Value;

use crate::support::{KEY_ID, SECRET, credentials, headers_of, hub, now, one_id};

/// So many cases, and in proportion fewer or more where `PROPTEST_CASES` is not what it is by default: 256. In Miri, which
/// is some thousand times slower, a few.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    if cfg!(miri) {
        // It would look for the file of failures in a folder that Miri does not show.
        return ProptestConfig { cases: 3, failure_persistence: None, ..default };
    }
    ProptestConfig { cases: (cases * default.cases).div_ceil(256), ..default }
}

// What comes from the network ----------------------------------------------------------------------------------------

/// Names and texts that mean something, so that chance finds the interesting paths.
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
            // What a transport would not let through is left out.
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    })
}

/// The rule of what is success, in terms of a parsed value.
fn is_promised(body: &[u8]) -> bool {
    if body.is_empty() {
        return true;
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return false };
    let is_text = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.is_string());
    match object.get("UnprocessedAccounts") {
        None | Some(Value::Null) => true,
        Some(Value::Array(accounts)) => accounts.iter().all(|account| {
            account
                .as_object()
                .is_some_and(|account| is_text(account.get("AccountId")) && is_text(account.get("ProcessingResult")))
        }),
        Some(_) => false,
    }
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

// Calls --------------------------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Event {
    Answer(Response<Vec<u8>>),
    Failure(Failure),
}

fn event() -> impl Strategy<Value = Event> {
    let failures = select(vec![Failure::NotSent, Failure::TimedOut, Failure::Interrupted]);
    prop_oneof![4 => any_response().prop_map(Event::Answer), 1 => failures.prop_map(Event::Failure)]
}

fn backoff() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_secs(20)),
        Just(Duration::MAX),
        any::<u64>().prop_map(Duration::from_nanos),
    ]
}

fn policy() -> impl Strategy<Value = (u32, Duration, RetryPolicy)> {
    let attempts = prop_oneof![1..=4_u32, Just(u32::MAX)];
    (attempts, backoff(), option::of(any::<u64>()), any::<bool>()).prop_map(|(attempts, backoff, seed, jitter)| {
        let policy = RetryPolicy::standard().max_attempts(NonZeroU32::new(attempts).unwrap()).max_backoff(backoff);
        let policy = seed.map_or(policy, |seed| policy.seed(seed));
        (attempts, backoff, if jitter { policy } else { policy.without_jitter() })
    })
}

// What a user passes in ----------------------------------------------------------------------------------------------

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
    // A case is some dozen calls.
    #![proptest_config(cases(128))]

    #[test]
    fn any_outcomes_in_any_order_keep_within_the_policy(
        (max_attempts, max_backoff, policy) in policy(),
        calls in vec(vec(event(), 1..8), 1..12),
        moments in vec(moment(), 20),
        correction in any::<bool>(),
    ) {
        let hub = hub().with_retry_policy(policy).with_clock_skew_correction(correction);
        let mut moments = moments.into_iter().cycle();
        let mut quota = 500;
        for events in calls {
            let mut call = hub.delete_invitations(one_id());
            let mut last_cost = 1;
            for (event, attempt) in events.into_iter().zip(1..) {
                prop_assert_eq!(call.attempt(), attempt);
                prop_assert!(attempt <= max_attempts, "attempt {} of {}", attempt, max_attempts);
                let (request, in_flight) = call.sign(moments.next().unwrap());
                prop_assert_eq!(request.headers()["x-amz-date"].len(), 16);
                prop_assert_eq!(in_flight.attempt(), attempt);
                let retry = match event {
                    Event::Failure(failure) => in_flight.handle_failure(failure),
                    Event::Answer(response) => match in_flight.handle_response(&response, moments.next().unwrap()) {
                        Outcome::Retry(retry) => Some(retry),
                        Outcome::Done(result) => {
                            match &result {
                                Ok(output) => {
                                    prop_assert!(response.status().is_success());
                                    prop_assert_eq!(output.attempts(), attempt);
                                    quota = (quota + last_cost).min(500);
                                }
                                Err(error) => {
                                    prop_assert_eq!(error.attempts(), attempt);
                                    // Given up: the attempts or the quota are used up.
                                    prop_assert!(!error.is_retryable() || attempt == max_attempts || quota < 14);
                                }
                            }
                            None
                        }
                    },
                };
                // The years 1970–9999, and half of the longest round trip.
                prop_assert!(hub.clock_offset().unsigned_abs() <= 253_402_300_799 + 450);
                prop_assert!(correction || hub.clock_offset() == 0);
                let Some(retry) = retry else {
                    prop_assert_eq!(hub.retry_quota(), quota);
                    break;
                };
                last_cost = quota.checked_sub(hub.retry_quota()).expect("a retry is paid");
                prop_assert!(matches!(last_cost, 5 | 14), "{}", last_cost);
                quota -= last_cost;
                prop_assert!(retry.after <= max_backoff.saturating_add(Duration::from_secs(5)), "{:?}", retry.after);
                call = retry.call;
            }
            prop_assert_eq!(hub.retry_quota(), quota);
            prop_assert!(quota <= 500);
        }
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_response_is_a_success_an_error_or_malformed_and_never_a_panic(response in any_response()) {
        let status = response.status();
        match DeleteInvitationsOutput::parse(&response) {
            Ok(output) => {
                prop_assert!(status.is_success() && is_promised(response.body()));
                let listed = serde_json::from_slice::<Value>(response.body()).ok();
                let listed = listed.and_then(|body| body["UnprocessedAccounts"].as_array().map(Vec::len));
                prop_assert_eq!(output.unprocessed_accounts().len(), listed.unwrap_or(0));
            }
            Err(error) => {
                prop_assert!(!status.is_success() || !is_promised(response.body()));
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
    fn the_signer_and_the_hub_agree(
        ids in good_ids(20),
        (url, relay) in (url(), option::of(url())),
        (region, fips, dual_stack) in (region_name(), any::<bool>(), any::<bool>()),
        (key_id, secret, token) in ("[!-+.0-~-]{1,20}", "[!-~]{1,70}", option::of("[!-~]{1,40}")),
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
        let expected = hub.request(&input, time);
        prop_assert_eq!(headers_of(&request), headers_of(&expected));
        // Once more, of the request that is signed already.
        signer.sign(&mut request, time).unwrap();
        prop_assert_eq!(headers_of(&request), headers_of(&expected));

        if let Some(Ok(relayed)) = relay.map(|relay| endpoint.via_relay(&relay)) {
            let relayed = SecurityHub::new(relayed, credentials).request(&input, time);
            prop_assert_eq!(headers_of(&relayed), headers_of(&expected));
        }
    }

    #[test]
    fn an_endpoint_that_is_accepted_is_in_its_final_form(url in url()) {
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
    fn a_region_that_is_accepted_is_a_host_label_and_plain_in_an_endpoint(name in region_name()) {
        let Ok(region) = name.parse::<Region>() else { return Ok(()) };
        prop_assert!((1..=63).contains(&name.len()));
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        prop_assert!(!name.starts_with('-') && !name.ends_with('-'));
        let endpoint = Endpoint::regional(&region).unwrap();
        // What it signs for is plain: nothing is left to take off.
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
    fn ids_are_accepted_and_refused_one_by_one(ids in vec(account_id(), 0..40)) {
        let is_good = |id: &String| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        let bad: Vec<_> = ids.iter().enumerate().filter(|(_, id)| !is_good(id)).map(|(n, id)| (n, id.as_str())).collect();
        match DeleteInvitations::new(&ids) {
            Err(error) => {
                prop_assert_eq!(error.is_empty_list(), ids.is_empty());
                prop_assert!(error.refused().map(|(n, error)| (n, error.text())).eq(bad));
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
    fn credentials_are_visible_ascii_or_refused_unseen(key_id in TEXT, secret in TEXT, token in TEXT, json in TEXT) {
        let is_visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let good = is_visible(&key_id) && !key_id.contains(['/', ',']) && is_visible(&secret);
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
    fn any_environment_is_a_hub_or_an_error_that_names_a_variable(
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
            Ok(hub) => drop(hub.request(&one_id(), now())),
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
