//! `SecurityHub::from_vars`: every variable, every precedence, every refusal.

use std::num::NonZeroU32;

use securityhub_invitations::{ConfigError, RetryPolicy, SecurityHub};

use crate::{
    scenario::{Scenario, failing, ok},
    support::{KEY_ID, NOW, SECRET, TOKEN, at, header_of, now, one_id},
};

/// What every environment here starts from; later pairs win.
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
fn a_region_and_a_key_pair_are_enough() {
    let hub = from_only(&PLAIN).unwrap();
    assert_eq!(hub.endpoint().url(), "https://securityhub.us-east-1.amazonaws.com");
    assert_eq!(hub.app_id(), None);
    let request = hub.request(&one_id(), now());
    assert!(header_of(&request, "authorization").contains("Credential=AKIDEXAMPLE/20261122/us-east-1/"));
    assert!(!request.headers().contains_key("x-amz-security-token"));
    let shown = format!("{hub:?}");
    for default in [&format!("{:?}", RetryPolicy::standard()), "clock_skew_correction: true", "expires_at: None"] {
        assert!(shown.contains(default), "{shown}");
    }
}

#[test]
fn the_region_is_the_first_that_is_set() {
    for (region, default_region, expected) in [
        ("eu-west-1", "eu-west-2", "eu-west-1"),
        ("", "eu-west-2", "eu-west-2"),
        ("eu-west-1", "", "eu-west-1"),
        // What is not needed is not looked at.
        ("eu-west-1", "NO REGION", "eu-west-1"),
    ] {
        let url = url(&[("AWS_REGION", region), ("AWS_DEFAULT_REGION", default_region)]);
        assert_eq!(url, format!("https://securityhub.{expected}.amazonaws.com"));
    }
}

#[test]
fn a_token_and_an_expiry_are_taken_if_there_are() {
    let hub = from(&[("AWS_SESSION_TOKEN", TOKEN), ("AWS_CREDENTIAL_EXPIRATION", "2026-11-22T20:37:05Z")]).unwrap();
    assert_eq!(header_of(&hub.request(&one_id(), now()), "x-amz-security-token"), TOKEN);
    assert!(format!("{hub:?}").contains(&format!("{:?}", at(NOW))), "{hub:?}");

    let hub = from(&[("AWS_SESSION_TOKEN", ""), ("AWS_CREDENTIAL_EXPIRATION", "")]).unwrap();
    assert!(!hub.request(&one_id(), now()).headers().contains_key("x-amz-security-token"));
    // The name from before 2012 is not read.
    let hub = from(&[("AWS_SECURITY_TOKEN", TOKEN)]).unwrap();
    assert!(!hub.request(&one_id(), now()).headers().contains_key("x-amz-security-token"));
}

#[test]
fn the_endpoint_is_the_services_then_the_general_one_unless_both_are_ignored() {
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
        // Not looked at, so not refused.
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
fn a_variant_is_chosen_by_true_in_any_case_and_nothing_else() {
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
fn attempts_are_counted_in_all() {
    for (attempts, expected) in [("1", 1), ("2", 2), ("007", 7), ("", 3)] {
        let hub = from(&[("AWS_MAX_ATTEMPTS", attempts)]).unwrap();
        let run = Scenario::of(hub).run(failing(500));
        assert_eq!(run.error().attempts(), expected, "{attempts}");
    }
    let hub = from(&[("AWS_MAX_ATTEMPTS", "4294967295"), ("AWS_RETRY_MODE", "STANDARD")]).unwrap();
    assert!(format!("{hub:?}").contains(&format!("{:?}", RetryPolicy::standard().max_attempts(NonZeroU32::MAX))));
}

#[test]
fn skew_correction_is_turned_off_by_true() {
    for (value, offset) in [("true", 0), ("True", 0), ("false", 1000), ("1", 1000), ("", 1000)] {
        let hub = from(&[("AWS_DISABLE_CLOCK_SKEW_CORRECTION", value)]).unwrap();
        let mut scenario = Scenario::of(hub.clone());
        scenario.run([ok().ahead_by(1000)]).succeeds();
        assert_eq!(hub.clock_offset(), offset, "{value}");
    }
}

#[test]
fn the_application_id_is_kept_for_adapters() {
    assert_eq!(from(&[("AWS_SDK_UA_APP_ID", "my app")]).unwrap().app_id(), Some("my app"));
    assert_eq!(from(&[("AWS_SDK_UA_APP_ID", "")]).unwrap().app_id(), None);
}

#[test]
fn every_error_names_its_variable() {
    let fips = "Invalid Configuration: FIPS and custom endpoint are not supported";
    let dual_stack = "Invalid Configuration: Dualstack and custom endpoint are not supported";
    for (variables, message) in [
        (
            &[("AWS_REGION", "")][..],
            "AWS_REGION: it is not set, and neither is AWS_DEFAULT_REGION: set it to a region such as us-east-1",
        ),
        (
            &[("AWS_REGION", "US-EAST-1")],
            "AWS_REGION \"US-EAST-1\": character 1 is 'U', and a region is made of a-z, 0-9 and hyphens",
        ),
        (
            &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "aws-global")],
            "AWS_DEFAULT_REGION \"aws-global\": Security Hub has no global endpoint: name a region such as us-east-1",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
            "AWS_ACCESS_KEY_ID: it is not set, and neither is AWS_SECRET_ACCESS_KEY",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "")],
            "AWS_ACCESS_KEY_ID: it is not set, but AWS_SECRET_ACCESS_KEY is: a key pair has both",
        ),
        (
            &[("AWS_SECRET_ACCESS_KEY", "")],
            "AWS_SECRET_ACCESS_KEY: it is not set, but AWS_ACCESS_KEY_ID is: a key pair has both",
        ),
        (&[("AWS_ACCESS_KEY_ID", " ")], "AWS_ACCESS_KEY_ID: character 1 is a space, and only visible ASCII is allowed"),
        (
            &[("AWS_ACCESS_KEY_ID", "hunter/2")],
            "AWS_ACCESS_KEY_ID: character 7 is '/', which no access key id has: is it the secret?",
        ),
        (
            &[("AWS_SECRET_ACCESS_KEY", "hunter2\r\n")],
            "AWS_SECRET_ACCESS_KEY: character 8 is the control character '\\r', and only visible ASCII is allowed",
        ),
        (
            &[("AWS_SESSION_TOKEN", "hunter2ß")],
            "AWS_SESSION_TOKEN: character 8 is not ASCII, and only visible ASCII is allowed",
        ),
        (
            &[("AWS_CREDENTIAL_EXPIRATION", "soon")],
            "AWS_CREDENTIAL_EXPIRATION \"soon\": it is no date and time such as 2026-11-22T20:37:05Z",
        ),
        (
            &[("AWS_ENDPOINT_URL_SECURITYHUB", "example.com")],
            "AWS_ENDPOINT_URL_SECURITYHUB \"example.com\": it has no scheme: it starts with http:// or https://",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://user:hunter2@example.com")],
            "AWS_ENDPOINT_URL: it has user information before an @, which is not sent",
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_USE_FIPS_ENDPOINT", "true")],
            &format!("AWS_USE_FIPS_ENDPOINT: {fips} (it is set in AWS_ENDPOINT_URL)"),
        ),
        (
            &[("AWS_ENDPOINT_URL_SECURITYHUB", "http://a:1"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            &format!("AWS_USE_DUALSTACK_ENDPOINT: {dual_stack} (it is set in AWS_ENDPOINT_URL_SECURITYHUB)"),
        ),
        (
            &[
                ("AWS_ENDPOINT_URL", "http://a:1"),
                ("AWS_USE_FIPS_ENDPOINT", "true"),
                ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ],
            &format!("AWS_USE_FIPS_ENDPOINT: {fips} (it is set in AWS_ENDPOINT_URL)"),
        ),
        (
            &[("AWS_REGION", "fips-us-east-1"), ("AWS_ENDPOINT_URL", "http://a:1")],
            &format!("AWS_REGION \"fips-us-east-1\": {fips}"),
        ),
        (
            &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-east-1-fips"), ("AWS_ENDPOINT_URL", "http://a:1")],
            &format!("AWS_DEFAULT_REGION \"us-east-1-fips\": {fips}"),
        ),
        (&[("AWS_RETRY_MODE", "legacy")], "AWS_RETRY_MODE \"legacy\": the only retry mode here is standard"),
        (&[("AWS_RETRY_MODE", "adaptive")], "AWS_RETRY_MODE \"adaptive\": the only retry mode here is standard"),
        (&[("AWS_RETRY_MODE", "off")], "AWS_RETRY_MODE \"off\": the only retry mode here is standard"),
        (&[("AWS_MAX_ATTEMPTS", "0")], "AWS_MAX_ATTEMPTS \"0\": it is no whole number from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "-1")], "AWS_MAX_ATTEMPTS \"-1\": it is no whole number from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "+3")], "AWS_MAX_ATTEMPTS \"+3\": it is no whole number from 1 to 4294967295"),
        (&[("AWS_MAX_ATTEMPTS", "2.0")], "AWS_MAX_ATTEMPTS \"2.0\": it is no whole number from 1 to 4294967295"),
        (
            &[("AWS_MAX_ATTEMPTS", "4294967296")],
            "AWS_MAX_ATTEMPTS \"4294967296\": it is no whole number from 1 to 4294967295",
        ),
    ] {
        let error = from(variables).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.setting().starts_with("AWS_"));
        assert!(!format!("{error} {error:?}").contains("hunter"), "{error:?}");
    }
}

#[test]
fn a_custom_endpoint_needs_a_region_all_the_same() {
    // A signature has one in it.
    let error = from(&[("AWS_REGION", ""), ("AWS_ENDPOINT_URL", "http://a:1")]).unwrap_err();
    assert_eq!(error.setting(), "AWS_REGION");
}
