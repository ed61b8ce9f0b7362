//! A hub made of the `AWS_*` variables, through a function that looks them up: the environment itself is the caller's.

use std::{mem::take, num::NonZeroU32};

use zeroize::Zeroizing;

use crate::{
    config_error::ConfigError,
    credentials::{Credentials, RFC3339_RULE},
    date,
    endpoint::{DUAL_STACK_WITH_CUSTOM_ENDPOINT, Endpoint, EndpointVariant, FIPS_WITH_CUSTOM_ENDPOINT},
    hub::SecurityHub,
    region::Region,
    retry::RetryPolicy,
};

impl SecurityHub {
    /// Reads the `AWS_*` variables through `var`, mostly `|name| std::env::var(name).ok()`; an empty one is as good as unset.
    ///
    /// | setting | variables |
    /// |---|---|
    /// | region | `AWS_REGION`, then `AWS_DEFAULT_REGION` |
    /// | credentials | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`; `AWS_SESSION_TOKEN`, `AWS_CREDENTIAL_EXPIRATION` (RFC 3339) if there are |
    /// | endpoint | `AWS_ENDPOINT_URL_SECURITYHUB`, then `AWS_ENDPOINT_URL`, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is `true`; else the region's, with `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` where they are `true` |
    /// | attempts | `AWS_MAX_ATTEMPTS`, 1 or more, the first one included; `AWS_RETRY_MODE` must be `standard` if it is set |
    /// | clock | `AWS_DISABLE_CLOCK_SKEW_CORRECTION` is `true` |
    /// | application | `AWS_SDK_UA_APP_ID` |
    ///
    /// `true` counts in any case, and nothing else does. Profiles and files are not read. A variable that is not UTF-8 is
    /// unset to `std::env::var(name).ok()`.
    ///
    /// Source: [Environment variables](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
    ///
    /// # Errors
    /// [`ConfigError`], which names the variable: if the region or a key is missing, if a value is refused, and if FIPS or
    /// dual-stack is wanted of a custom endpoint.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variables = Variables { var };
        let (region_variable, region) = variables.region()?;
        let endpoint = variables.endpoint(&region).map_err(|error| match error.setting() {
            "region" => error.of(region_variable),
            _ => error,
        })?;
        let credentials = variables.credentials()?;
        let policy = variables.retry_policy()?;
        let hub = Self::new(endpoint, credentials)
            .with_retry_policy(policy)
            .with_clock_skew_correction(!variables.is_true("AWS_DISABLE_CLOCK_SKEW_CORRECTION"));
        Ok(match variables.value("AWS_SDK_UA_APP_ID") {
            Some(app_id) => hub.with_app_id(&app_id),
            None => hub,
        })
    }
}

struct Variables<F> {
    var: F,
}

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// The region, and the variable that names it.
    fn region(&self) -> Result<(&'static str, Region), ConfigError> {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(region) = self.value(name) {
                let region = region.parse().map_err(|error: ConfigError| error.of(name))?;
                return Ok((name, region));
            }
        }
        let rule = "it is not set, and neither is AWS_DEFAULT_REGION: set it to a region such as us-east-1";
        Err(ConfigError::without_value("AWS_REGION", rule))
    }

    fn endpoint(&self, region: &Region) -> Result<Endpoint, ConfigError> {
        const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
        const DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";
        let variant = EndpointVariant { fips: self.is_true(FIPS), dual_stack: self.is_true(DUAL_STACK) };
        if self.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
            return Endpoint::resolve(region, variant);
        }
        for name in ["AWS_ENDPOINT_URL_SECURITYHUB", "AWS_ENDPOINT_URL"] {
            let Some(url) = self.value(name) else { continue };
            let refuse = |flag, rule| Err(ConfigError::without_value(flag, format!("{rule} (it is set in {name})")));
            return match variant {
                EndpointVariant { fips: true, .. } => refuse(FIPS, FIPS_WITH_CUSTOM_ENDPOINT),
                EndpointVariant { dual_stack: true, .. } => refuse(DUAL_STACK, DUAL_STACK_WITH_CUSTOM_ENDPOINT),
                _ => Endpoint::custom(region, &url).map_err(|error| match error.setting() {
                    "region" => error,
                    _ => error.of(name),
                }),
            };
        }
        Endpoint::resolve(region, variant)
    }

    fn credentials(&self) -> Result<Credentials, ConfigError> {
        const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
        const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
        const TOKEN: &str = "AWS_SESSION_TOKEN";
        const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
        let missing = |name, rule| Err(ConfigError::without_value(name, rule));
        // A secret without its id is wiped, too.
        let (key_id, mut secret) = match (self.value(KEY_ID), self.value(SECRET).map(Zeroizing::new)) {
            (Some(key_id), Some(secret)) => (key_id, secret),
            (Some(_), None) => return missing(SECRET, "it is not set, but AWS_ACCESS_KEY_ID is: a key pair has both"),
            (None, Some(_)) => {
                return missing(KEY_ID, "it is not set, but AWS_SECRET_ACCESS_KEY is: a key pair has both");
            }
            (None, None) => return missing(KEY_ID, "it is not set, and neither is AWS_SECRET_ACCESS_KEY"),
        };
        let mut credentials = Credentials::new(key_id, take(&mut *secret)).map_err(|error| match error.setting() {
            "access key id" => error.of(KEY_ID),
            _ => error.of(SECRET),
        })?;
        if let Some(token) = self.value(TOKEN) {
            credentials = credentials.with_session_token(token).map_err(|error| error.of(TOKEN))?;
        }
        if let Some(expiration) = self.value(EXPIRATION) {
            let expires_at = date::parse_rfc3339(&expiration)
                .ok_or_else(|| ConfigError::new(EXPIRATION, &expiration, RFC3339_RULE))?;
            credentials = credentials.with_expiry(expires_at);
        }
        Ok(credentials)
    }

    fn retry_policy(&self) -> Result<RetryPolicy, ConfigError> {
        const MODE: &str = "AWS_RETRY_MODE";
        const ATTEMPTS: &str = "AWS_MAX_ATTEMPTS";
        if let Some(mode) = self.value(MODE).filter(|mode| !mode.eq_ignore_ascii_case("standard")) {
            return Err(ConfigError::new(MODE, &mode, "the only retry mode here is standard"));
        }
        let policy = RetryPolicy::standard();
        let Some(attempts) = self.value(ATTEMPTS) else { return Ok(policy) };
        let is_number = attempts.bytes().all(|byte| byte.is_ascii_digit());
        match attempts.parse::<NonZeroU32>() {
            Ok(attempts) if is_number => Ok(policy.max_attempts(attempts)),
            _ => Err(ConfigError::new(ATTEMPTS, &attempts, "it is no whole number from 1 to 4294967295")),
        }
    }

    fn is_true(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.var)(name).filter(|value| !value.is_empty())
    }
}
