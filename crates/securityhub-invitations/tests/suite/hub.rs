//! Hubs: their settings, and the hubs that are made from them.

use std::{num::NonZeroU32, time::Duration};

use securityhub_invitations::{Credentials, Endpoint, EndpointVariant, RetryPolicy, SecurityHub};

use crate::{
    scenario::{Scenario, ok, status},
    support::{KEY_ID, SECRET, at, credentials, header_of, hub, now, one_id, region, temporary_credentials},
};

const PLAIN: EndpointVariant = EndpointVariant { fips: false, dual_stack: false };
const FIPS: EndpointVariant = EndpointVariant { fips: true, dual_stack: false };

fn custom(url: &str) -> SecurityHub {
    SecurityHub::new(Endpoint::custom(&region("us-east-1"), url).unwrap(), credentials())
}

#[test]
fn settings_can_be_read() {
    let plain = hub();
    assert_eq!(plain.retry_policy(), RetryPolicy::standard());
    assert!(plain.clock_skew_correction());
    assert_eq!((plain.app_id(), plain.credentials_expire_at()), (None, None));
    assert_eq!((plain.retry_quota(), plain.clock_offset()), (500, 0));
    assert_eq!((plain.region().as_str(), plain.endpoint().region().as_str()), ("us-east-1", "us-east-1"));

    let policy = RetryPolicy::never().with_max_backoff(Duration::from_secs(1)).with_seed(7);
    let set = plain
        .clone()
        .with_retry_policy(policy)
        .with_clock_skew_correction(false)
        .with_app_id("payments")
        .with_credentials(Credentials::new(KEY_ID, SECRET).unwrap().with_expiry(at(1_800_000_000)));
    assert_eq!(set.retry_policy(), policy);
    assert_eq!(
        (policy.seed(), policy.max_backoff(), policy.max_attempts()),
        (Some(7), Duration::from_secs(1), NonZeroU32::MIN)
    );
    assert!(!set.clock_skew_correction());
    assert_eq!((set.app_id(), set.credentials_expire_at()), (Some("payments"), Some(at(1_800_000_000))));
    // The original is unchanged.
    assert_eq!((plain.app_id(), plain.retry_policy()), (None, RetryPolicy::standard()));
}

#[test]
fn other_credentials_keep_everything_else() {
    let hub = hub().with_app_id("x").with_retry_policy(RetryPolicy::standard().without_jitter());
    Scenario::of(hub.clone()).run([status(503), status(503), ok().ahead_by(60)]).succeeds();
    let rotated = hub.with_credentials(temporary_credentials());
    assert_eq!((rotated.retry_quota(), rotated.clock_offset()), (hub.retry_quota(), 60));
    assert_eq!((rotated.app_id(), rotated.retry_policy()), (Some("x"), hub.retry_policy()));
    assert_eq!(rotated.endpoint(), hub.endpoint());
    assert!(rotated.signed_request(&one_id(), now()).headers().contains_key("x-amz-security-token"));
}

#[test]
fn another_region_has_its_own_quota() {
    let hub = hub().with_app_id("x").with_retry_policy(RetryPolicy::standard().without_jitter());
    let fips = hub.with_region(&region("us-gov-west-1"), FIPS).unwrap();
    assert_eq!(fips.endpoint().url(), "https://securityhub-fips.us-gov-west-1.amazonaws.com");
    Scenario::of(hub.clone()).run([status(503), status(503), ok().ahead_by(60)]).succeeds();
    assert_eq!((hub.retry_quota(), fips.retry_quota()), (486, 500));
    assert_eq!(fips.clock_offset(), 60, "the clock is the same for every region");
    assert_eq!((fips.app_id(), fips.retry_policy()), (Some("x"), hub.retry_policy()));
    Scenario::of(fips.clone()).run([ok().ahead_by(-60)]).succeeds();
    assert_eq!(hub.clock_offset(), -60);
    let request = fips.signed_request(&one_id(), now());
    assert_eq!(request.uri().host(), Some("securityhub-fips.us-gov-west-1.amazonaws.com"));
    assert!(header_of(&request, "authorization").contains("/us-gov-west-1/securityhub/aws4_request"));
}

#[test]
fn custom_endpoints_keep_their_url() {
    let hub = custom("https://vpce-1.example.com:8443/base");
    let moved = hub.with_region(&region("eu-west-1"), PLAIN).unwrap();
    assert_eq!((moved.endpoint().url(), moved.region().as_str()), (hub.endpoint().url(), "eu-west-1"));
    let request = moved.signed_request(&one_id(), now());
    assert_eq!(request.uri(), "https://vpce-1.example.com:8443/base/invitations/delete");
    assert!(header_of(&request, "authorization").contains("/eu-west-1/securityhub/"));
    // A variant does not fit a custom endpoint.
    for (name, variant) in
        [("eu-west-1", FIPS), ("us-east-1", EndpointVariant { dual_stack: true, ..PLAIN }), ("fips-us-east-1", PLAIN)]
    {
        assert!(hub.with_region(&region(name), variant).is_err(), "{name} {variant:?}");
    }
}

#[test]
fn relays_keep_their_url() {
    let endpoint = Endpoint::regional(&region("us-east-1")).unwrap().via_relay("http://127.0.0.1:8080/x").unwrap();
    let hub = SecurityHub::new(endpoint, credentials());
    let moved = hub.with_region(&region("eu-west-1"), PLAIN).unwrap();
    let request = moved.signed_request(&one_id(), now());
    assert_eq!(request.uri(), "http://127.0.0.1:8080/x/invitations/delete");
    let direct = SecurityHub::new(Endpoint::regional(&region("eu-west-1")).unwrap(), credentials());
    let expected = direct.signed_request(&one_id(), now());
    assert_eq!(header_of(&request, "authorization"), header_of(&expected, "authorization"));
}
