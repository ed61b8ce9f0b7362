//! `SecurityHub::from_vars`: every variable, every precedence, every error.

use std::num::NonZeroU32;

use securityhub_invitations::{ConfigError, RetryPolicy, SecurityHub};

use crate::{
    scenario::{Scenario, failing, ok},
    support::{KEY_ID, NOW, SECRET, TOKEN, at, header_of, now, one_id},
};

/// The environment that every test starts from. Later pairs override earlier ones.
const PLAIN: [(&str, &str); 3] =
    [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET)];

fn from_only(variables: &[(&str, &str)]) -> Result<SecurityHub, ConfigError> {
    SecurityHub::from_vars(|wanted| {
        let found = variables.iter().rev().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn from(variables: &[(&str, &str)]) -> Result<SecurityHub, ConfigError> {
    from_only(&[&PLAIN, variables].concat())
}

fn url(variables: &[(&str, &str)]) -> String {
    from(variables).unwrap().endpoint().url()
}

#[test]
fn needs_only_region_and_key_pair() {
    let hub = from_only(&PLAIN).unwrap();
    assert_eq!(hub.endpoint().url(), "https://securityhub.us-east-1.amazonaws.com");
    assert_eq!(hub.app_id(), None);
    let request = hub.signed_request(&one_id(), now());
    assert!(header_of(&request, "authorization").contains("Credential=AKIDEXAMPLE/20261122/us-east-1/"));
    assert!(!request.headers().contains_key("x-amz-security-token"));
    let shown = format!("{hub:?}");
    for default in [&format!("{:?}", RetryPolicy::standard()), "clock_skew_correction: true", "expires_at: None"] {
        assert!(shown.contains(default), "{shown}");
    }
}

#[test]
fn uses_the_first_region_that_is_set() {
    for (region, default_region, expected) in [
        ("eu-west-1", "eu-west-2", "eu-west-1"),
        ("", "eu-west-2", "eu-west-2"),
        ("eu-west-1", "", "eu-west-1"),
        // An unneeded variable is not checked.
        ("eu-west-1", "NO REGION", "eu-west-1"),
    ] {
        let url = url(&[("AWS_REGION", region), ("AWS_DEFAULT_REGION", default_region)]);
        assert_eq!(url, format!("https://securityhub.{expected}.amazonaws.com"));
    }
}

#[test]
fn reads_optional_token_and_expiry() {
    let hub = from(&[("AWS_SESSION_TOKEN", TOKEN), ("AWS_CREDENTIAL_EXPIRATION", "2026-11-22T20:37:05Z")]).unwrap();
    assert_eq!(header_of(&hub.signed_request(&one_id(), now()), "x-amz-security-token"), TOKEN);
    assert!(format!("{hub:?}").contains(&format!("{:?}", at(NOW))), "{hub:?}");

    let hub = from(&[("AWS_SESSION_TOKEN", ""), ("AWS_CREDENTIAL_EXPIRATION", "")]).unwrap();
    assert!(!hub.signed_request(&one_id(), now()).headers().contains_key("x-amz-security-token"));
    // The deprecated name is not read.
    let hub = from(&[("AWS_SECURITY_TOKEN", TOKEN)]).unwrap();
    assert!(!hub.signed_request(&one_id(), now()).headers().contains_key("x-amz-security-token"));
}

#[test]
fn service_endpoint_precedes_general_endpoint() {
    const SERVICE: &str = "AWS_ENDPOINT_URL_SECURITYHUB";
    const GENERAL: &str = "AWS_ENDPOINT_URL";
    const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    let regional = "https://securityhub.us-east-1.amazonaws.com";
    for (variables, expected) in [
        (&[(SERVICE, "http://a:1"), (GENERAL, "http://b:2")][..], "http://a:1"),
        (&[(SERVICE, "http://a:1")], "http://a:1"),
        (&[(GENERAL, "http://b:2")], "http://b:2"),
        (&[(SERVICE, ""), (GENERAL, "http://b:2")], "http://b:2"),
        (&[(SERVICE, ""), (GENERAL, "")], regional),
        // Unneeded, so not checked.
        (&[(SERVICE, "http://a:1"), (GENERAL, "nonsense")], "http://a:1"),
        (&[(SERVICE, "nonsense"), (GENERAL, "nonsense"), (IGNORE, "true")], regional),
        (&[(GENERAL, "http://b:2"), (IGNORE, "TRUE")], regional),
        (&[(GENERAL, "http://b:2"), (IGNORE, "1")], "http://b:2"),
        (&[(GENERAL, "http://b:2"), (IGNORE, "")], "http://b:2"),
        (&[("AWS_ENDPOINT_URL_SECURITY_HUB", "http://c:3")], regional),
    ] {
        assert_eq!(url(variables), expected, "{variables:?}");
    }
}

#[test]
fn only_true_selects_a_variant() {
    const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
    const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";
    const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    for (variables, expected) in [
        (&[(FIPS, "true")][..], "https://securityhub-fips.us-east-1.amazonaws.com"),
        (&[(FIPS, "True")], "https://securityhub-fips.us-east-1.amazonaws.com"),
        (&[(DUAL_STACK, "tRUE")], "https://securityhub.us-east-1.api.aws"),
        (&[(FIPS, "true"), (DUAL_STACK, "true")], "https://securityhub-fips.us-east-1.api.aws"),
        (&[(FIPS, "1"), (DUAL_STACK, "yes")], "https://securityhub.us-east-1.amazonaws.com"),
        (&[(FIPS, " true"), (DUAL_STACK, "false")], "https://securityhub.us-east-1.amazonaws.com"),
        (
            &[(FIPS, "true"), ("AWS_ENDPOINT_URL", "http://a:1"), (IGNORE, "true")],
            "https://securityhub-fips.us-east-1.amazonaws.com",
        ),
    ] {
        assert_eq!(url(variables), expected, "{variables:?}");
    }
}

#[test]
fn max_attempts_is_a_total() {
    for (attempts, expected) in [("1", 1), ("2", 2), ("007", 7), ("", 3)] {
        let hub = from(&[("AWS_MAX_ATTEMPTS", attempts)]).unwrap();
        let run = Scenario::of(hub).run(failing(500));
        assert_eq!(run.error().attempts(), Some(expected), "{attempts}");
    }
    let hub = from(&[("AWS_MAX_ATTEMPTS", "4294967295"), ("AWS_RETRY_MODE", "STANDARD")]).unwrap();
    assert!(format!("{hub:?}").contains(&format!("{:?}", RetryPolicy::standard().with_max_attempts(NonZeroU32::MAX))));
}

#[test]
fn true_disables_skew_correction() {
    for (value, offset) in [("true", 0), ("True", 0), ("false", 1000), ("1", 1000), ("", 1000)] {
        let hub = from(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", value)]).unwrap();
        let mut scenario = Scenario::of(hub.clone());
        scenario.run([ok().ahead_by(1000)]).succeeds();
        assert_eq!(hub.clock_offset(), offset, "{value}");
    }
}

#[test]
fn keeps_the_application_id() {
    assert_eq!(from(&[("AWS_SDK_UA_APP_ID", "my app")]).unwrap().app_id(), Some("my app"));
    assert_eq!(from(&[("AWS_SDK_UA_APP_ID", "")]).unwrap().app_id(), None);
}

#[test]
fn errors_name_their_variable() {
    let fips = "Invalid Configuration: FIPS and custom endpoint are not supported";
    let dual_stack = "Invalid Configuration: Dualstack and custom endpoint are not supported";
    for (variables, message) in [
        (
            &[("AWS_REGION", "")][..],
            "AWS_REGION and AWS_DEFAULT_REGION are not set (expected a region such as us-east-1)",
        ),
        (&[("AWS_REGION", "US-EAST-1")], "AWS_REGION \"US-EAST-1\": 'U' at position 1 (allowed: a-z, 0-9, -)"),
        (
            &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "aws-global")],
            "AWS_DEFAULT_REGION \"aws-global\": Security Hub has no global endpoint (expected a region such as us-east-1)",
        ),
        (&[("AWS_REGION", "us-east-1a")], "AWS_REGION \"us-east-1a\": a zone, not a region (expected us-east-1)"),
        (
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
        ),
        (&[("AWS_ACCESS_KEY_ID", "")], "AWS_ACCESS_KEY_ID is not set, but AWS_SECRET_ACCESS_KEY is"),
        (&[("AWS_SECRET_ACCESS_KEY", "")], "AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID is"),
        (&[("AWS_ACCESS_KEY_ID", " ")], "AWS_ACCESS_KEY_ID: space at position 1 (allowed: A-Z, a-z, 0-9, _)"),
        (
            &[("AWS_ACCESS_KEY_ID", "hunter/2")],
            "AWS_ACCESS_KEY_ID: '/' at position 7, probably a secret in the wrong place (allowed: A-Z, a-z, 0-9, _)",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "$hunter2")],
            "AWS_ACCESS_KEY_ID: '$' at position 1, probably a placeholder that was not replaced \
             (allowed: A-Z, a-z, 0-9, _)",
        ),
        (
            &[("AWS_SECRET_ACCESS_KEY", "hunter2\r\n")],
            "AWS_SECRET_ACCESS_KEY: control character '\\r' at position 8 (expected visible ASCII)",
        ),
        (
            &[("AWS_SESSION_TOKEN", "hunter2ß")],
            "AWS_SESSION_TOKEN: non-ASCII character at position 8 (expected visible ASCII)",
        ),
        (
            &[("AWS_CREDENTIAL_EXPIRATION", "hunter2")],
            "AWS_CREDENTIAL_EXPIRATION: expected an RFC 3339 timestamp such as 2026-11-22T20:37:05Z",
        ),
        (
            &[("AWS_ENDPOINT_URL_SECURITYHUB", "example.com")],
            "AWS_ENDPOINT_URL_SECURITYHUB \"example.com\": missing scheme (expected http:// or https://)",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://a/x/../y")],
            "AWS_ENDPOINT_URL \"http://a/x/../y\": dot segment \"..\" in the path (expected none)",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://user:hunter2@example.com")],
            "AWS_ENDPOINT_URL: user information before the @ (expected none)",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_USE_FIPS_ENDPOINT", "true")],
            &format!("AWS_USE_FIPS_ENDPOINT: {fips} (AWS_ENDPOINT_URL is set)"),
        ),
        (
            &[("AWS_ENDPOINT_URL_SECURITYHUB", "http://a:1"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            &format!("AWS_USE_DUALSTACK_ENDPOINT: {dual_stack} (AWS_ENDPOINT_URL_SECURITYHUB is set)"),
        ),
        (
            &[
                ("AWS_ENDPOINT_URL", "http://a:1"),
                ("AWS_USE_FIPS_ENDPOINT", "true"),
                ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ],
            &format!("AWS_USE_FIPS_ENDPOINT: {fips} (AWS_ENDPOINT_URL is set)"),
        ),
        (
            &[("AWS_REGION", "fips-us-east-1"), ("AWS_ENDPOINT_URL", "http://a:1")],
            &format!("AWS_REGION \"fips-us-east-1\": {fips}"),
        ),
        (
            &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-east-1-fips"), ("AWS_ENDPOINT_URL", "http://a:1")],
            &format!("AWS_DEFAULT_REGION \"us-east-1-fips\": {fips}"),
        ),
        (&[("AWS_RETRY_MODE", "legacy")], "AWS_RETRY_MODE \"legacy\": unsupported retry mode (expected standard)"),
        (&[("AWS_RETRY_MODE", "adaptive")], "AWS_RETRY_MODE \"adaptive\": unsupported retry mode (expected standard)"),
        (&[("AWS_RETRY_MODE", "off")], "AWS_RETRY_MODE \"off\": unsupported retry mode (expected standard)"),
        (&[("AWS_MAX_ATTEMPTS", "0")], "AWS_MAX_ATTEMPTS \"0\": expected an integer from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "-1")], "AWS_MAX_ATTEMPTS \"-1\": expected an integer from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "+3")], "AWS_MAX_ATTEMPTS \"+3\": expected an integer from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "2.0")], "AWS_MAX_ATTEMPTS \"2.0\": expected an integer from 1 to 4294967295"),
        (
            &[("AWS_MAX_ATTEMPTS", "4294967296")],
            "AWS_MAX_ATTEMPTS \"4294967296\": expected an integer from 1 to 4294967295",
        ),
    ] {
        let error = from(variables).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.setting().starts_with("AWS_"));
        assert_eq!(format!("{error:?}"), message);
        assert!(!format!("{error:#?}").contains("hunter"), "{error:#?}");
    }
}

#[test]
fn custom_endpoints_need_a_region() {
    // The region is part of the signature.
    let error = from(&[("AWS_REGION", ""), ("AWS_ENDPOINT_URL", "http://a:1")]).unwrap_err();
    assert_eq!(error.setting(), "AWS_REGION");
}
