//! The requests that a hub makes.

use std::time::{Duration, UNIX_EPOCH};

use http::{Method, Version};
use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, EndpointVariant, SecurityHub, sigv4::Signer};
use serde_json::Value;

use crate::support::{
    TOKEN, at, credentials, credentials_of, flag, header_of, headers_of, hub, now, one_id, region, rows, signing_data,
    temporary_credentials, text, time_of,
};

fn hub_cases() -> Vec<Value> {
    let data = signing_data();
    let cases: Vec<_> = rows(&data, "cases").iter().filter(|case| text(case, "entry") == "hub").cloned().collect();
    assert!(cases.len() >= 16, "hub cases were lost");
    cases
}

fn hub_of(case: &Value) -> SecurityHub {
    let wanted = &case["endpoint"];
    let region = region(text(wanted, "region"));
    let variant = EndpointVariant { fips: flag(wanted, "fips"), dual_stack: flag(wanted, "dual_stack") };
    let endpoint = match wanted["custom"].as_str() {
        Some(url) => Endpoint::custom(&region, url).unwrap(),
        None => Endpoint::resolve(&region, variant).unwrap(),
    };
    SecurityHub::new(endpoint, credentials_of(case))
}

fn input_of(case: &Value) -> DeleteInvitations {
    let ids = case["account_ids"].as_array().unwrap();
    DeleteInvitations::new(ids.iter().map(|id| id.as_str().unwrap())).unwrap()
}

fn custom_hub(url: &str) -> SecurityHub {
    SecurityHub::new(Endpoint::custom(&region("us-east-1"), url).unwrap(), credentials())
}

#[test]
fn requests_match_the_reference_client() {
    for case in hub_cases() {
        let (hub, input, name) = (hub_of(&case), input_of(&case), text(&case, "name"));
        let request = hub.signed_request(&input, time_of(&case));

        assert_eq!(request.method(), Method::POST, "{name}");
        assert_eq!(request.uri(), text(&case, "url"), "{name}");
        assert_eq!(request.version(), Version::HTTP_11, "{name}");
        assert_eq!(request.body(), text(&case, "body"), "{name}");
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut expected = vec![
            header("authorization", text(&case, "authorization")),
            header("content-type", "application/json"),
            header("x-amz-date", text(&case, "time")),
        ];
        // Transports add Host, Content-Length and User-Agent.
        expected.extend(case["session_token"].as_str().map(|token| header("x-amz-security-token", token)));
        assert_eq!(headers_of(&request), expected, "{name}");
    }
}

#[test]
fn calls_send_the_request_of_the_hub() {
    for case in hub_cases() {
        let (hub, input, now) = (hub_of(&case), input_of(&case), time_of(&case));
        let (request, in_flight) = hub.call(input.clone()).sign(now);
        let expected = hub.signed_request(&input, now);
        assert_eq!(headers_of(&request), headers_of(&expected));
        assert_eq!((request.method(), request.uri()), (expected.method(), expected.uri()));
        assert_eq!(request.body(), expected.body());
        assert_eq!(in_flight.attempt(), 1);
    }
}

#[test]
fn explanations_show_every_stage() {
    for case in hub_cases() {
        let explanation = hub_of(&case).explain(&input_of(&case), time_of(&case));
        let name = text(&case, "name");
        assert_eq!(explanation.canonical_request, text(&case, "canonical_request"), "{name}");
        assert_eq!(explanation.string_to_sign, text(&case, "string_to_sign"), "{name}");
        assert_eq!(explanation.signed_headers, text(&case, "signed_headers"), "{name}");
        assert_eq!(explanation.signature, text(&case, "signature"), "{name}");
    }
}

#[test]
fn signer_and_hub_agree() {
    for case in hub_cases() {
        let (hub, input, now) = (hub_of(&case), input_of(&case), time_of(&case));
        let mut request = hub.unsigned_request(&input);
        assert_eq!(headers_of(&request), [("content-type".to_owned(), "application/json".to_owned())]);
        assert_eq!(request.method(), Method::POST);

        let signer = Signer::new(credentials_of(&case), hub.endpoint().region(), "securityhub").unwrap();
        assert_eq!(signer.explain(&request, now).unwrap(), hub.explain(&input, now));
        signer.sign(&mut request, now).unwrap();
        let expected = hub.signed_request(&input, now);
        assert_eq!(headers_of(&request), headers_of(&expected));
        assert_eq!(request.uri(), expected.uri());
        assert_eq!(request.body(), expected.body());
    }
}

#[test]
fn ignores_the_order_of_headers() {
    let hub = SecurityHub::new(hub().endpoint().clone(), temporary_credentials());
    let signed = hub.signed_request(&one_id(), now());
    let mut reversed = hub.unsigned_request(&one_id());
    reversed.headers_mut().clear();
    let mut names: Vec<_> = signed.headers().iter().collect();
    names.reverse();
    for (name, value) in names {
        reversed.headers_mut().append(name, value.clone());
    }
    Signer::new(temporary_credentials(), &region("us-east-1"), "securityhub")
        .unwrap()
        .sign(&mut reversed, now())
        .unwrap();
    assert_eq!(header_of(&reversed, "authorization"), header_of(&signed, "authorization"));
}

#[test]
fn marks_authorization_and_token_sensitive() {
    let hub = SecurityHub::new(hub().endpoint().clone(), temporary_credentials());
    for (name, value) in hub.signed_request(&one_id(), now()).headers() {
        let is_secret = ["authorization", "x-amz-security-token"].contains(&name.as_str());
        assert_eq!(value.is_sensitive(), is_secret, "{name}");
    }
}

#[test]
fn shares_the_body_without_copies() {
    let input = one_id();
    let request = hub().signed_request(&input, now());
    let (again, _) = hub().call(input.clone()).sign(now());
    assert_eq!(request.body().as_ptr(), input.body().as_ptr());
    assert_eq!(again.body().as_ptr(), input.body().as_ptr());
}

#[test]
fn relayed_requests_are_signed_for_the_endpoint() {
    for (endpoint, relay, uri) in [
        ("https://gw.example.com/base", "https://relay.example:8443", "https://relay.example:8443/invitations/delete"),
        ("https://gw.example.com/base", "http://localhost/r/", "http://localhost/r/invitations/delete"),
        ("http://localhost:4566", "https://relay.example/a/b", "https://relay.example/a/b/invitations/delete"),
    ] {
        let direct = Endpoint::custom(&region("us-east-1"), endpoint).unwrap();
        let relayed = direct.clone().via_relay(relay).unwrap();
        assert_eq!(relayed.signing_host(), direct.signing_host());
        assert_eq!(relayed.region(), direct.region());

        let [direct, relayed] = [direct, relayed].map(|endpoint| SecurityHub::new(endpoint, temporary_credentials()));
        assert_eq!(relayed.explain(&one_id(), now()), direct.explain(&one_id(), now()));
        let request = relayed.signed_request(&one_id(), now());
        assert_eq!(headers_of(&request), headers_of(&direct.signed_request(&one_id(), now())));
        assert_eq!(request.uri(), uri);
        assert_eq!(relayed.unsigned_request(&one_id()).uri(), uri);
    }
}

#[test]
fn relayed_requests_are_signed_for_aws() {
    let relayed = hub().endpoint().clone().via_relay("https://tools.example.com/relay").unwrap();
    let explanation = SecurityHub::new(relayed, credentials()).explain(&one_id(), now());
    assert!(explanation.canonical_request.starts_with("POST\n/invitations/delete\n\n"), "{explanation}");
    assert!(explanation.canonical_request.contains("\nhost:securityhub.us-east-1.amazonaws.com\n"), "{explanation}");
    assert_eq!(explanation, hub().explain(&one_id(), now()));
}

#[test]
fn equivalent_urls_have_equal_signatures() {
    for (one, other) in [
        ("http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"),
        ("https://[2001:0DB8:0:0::000A]", "https://[2001:db8::a]"),
        ("https://Example.COM:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("HTTPS://example.com", "https://example.com"),
        ("https://example.com/base/", "https://example.com/base"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com:08443", "https://example.com:8443"),
    ] {
        let (one, other) = (custom_hub(one), custom_hub(other));
        assert_eq!(one.endpoint(), other.endpoint());
        let (one, other) = (one.signed_request(&one_id(), now()), other.signed_request(&one_id(), now()));
        assert_eq!(one.uri(), other.uri());
        assert_eq!(headers_of(&one), headers_of(&other));
    }
}

#[test]
fn base_path_is_normalised_only_for_signing() {
    let hub = custom_hub("https://example.com/a//c%20d/~x");
    assert_eq!(hub.signed_request(&one_id(), now()).uri(), "https://example.com/a//c%20d/~x/invitations/delete");
    let explanation = hub.explain(&one_id(), now());
    assert!(explanation.canonical_request.starts_with("POST\n/a/c%2520d/~x/invitations/delete\n\n"), "{explanation}");
}

#[test]
fn with_credentials_leaves_the_old_hub_unchanged() {
    let old = hub();
    let before = headers_of(&old.signed_request(&one_id(), now()));
    let rotated =
        old.with_credentials(Credentials::new("AKIDOTHER", "other").unwrap().with_session_token(TOKEN).unwrap());
    let request = rotated.signed_request(&one_id(), now());
    assert!(header_of(&request, "authorization").contains("Credential=AKIDOTHER/"));
    assert_eq!(header_of(&request, "x-amz-security-token"), TOKEN);
    let fresh = SecurityHub::new(
        old.endpoint().clone(),
        Credentials::new("AKIDOTHER", "other").unwrap().with_session_token(TOKEN).unwrap(),
    );
    assert_eq!(headers_of(&request), headers_of(&fresh.signed_request(&one_id(), now())));
    assert_eq!(headers_of(&old.signed_request(&one_id(), now())), before);
}

#[test]
fn clamps_times_beyond_the_calendar() {
    for (time, date) in [
        (UNIX_EPOCH.checked_sub(Duration::from_secs(1 << 60)).unwrap(), "19700101T000000Z"),
        (at(1 << 60), "99991231T235959Z"),
    ] {
        assert_eq!(header_of(&hub().signed_request(&one_id(), time), "x-amz-date"), date);
    }
}
