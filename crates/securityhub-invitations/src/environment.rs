//! Configuration from the `AWS_*` variables, through a function that looks them up. This crate does not read the environment.

use std::{cell::Cell, ffi::OsString, mem::take, num::NonZeroU32};

use zeroize::Zeroizing;

use crate::{
    config_error::ConfigError,
    credentials::{Credentials, EXPECTED_TIMESTAMP},
    date,
    endpoint::{DUAL_STACK_WITH_CUSTOM_ENDPOINT, Endpoint, EndpointVariant, FIPS_WITH_CUSTOM_ENDPOINT},
    hub::SecurityHub,
    region::Region,
    retry::RetryPolicy,
};

impl SecurityHub {
    /// Creates a configuration from the `AWS_*` variables.
    ///
    /// `var` looks up a variable, usually `|name| std::env::var(name).ok()`. With it, a variable that is not valid UTF-8 counts
    /// as unset. An empty variable always does.
    ///
    /// | setting | variables |
    /// |---|---|
    /// | region | `AWS_REGION`, then `AWS_DEFAULT_REGION` |
    /// | credentials | those of [`Credentials::from_vars`] |
    /// | endpoint | `AWS_ENDPOINT_URL_SECURITYHUB`, then `AWS_ENDPOINT_URL`, then the region's endpoint. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` skips the first two |
    /// | endpoint variant | `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` |
    /// | retries | `AWS_MAX_ATTEMPTS`, the total number of attempts, at least 1. `AWS_RETRY_MODE` must be `standard` if it is set |
    /// | clock | `AWS_DISABLE_CLOCK_SKEW_CORRECTION` |
    /// | application | `AWS_SDK_UA_APP_ID` |
    ///
    /// Only `true` (case-insensitive) enables a flag. Profiles and files are not read.
    ///
    /// Source: [Settings reference](https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
    ///
    /// # Errors
    /// [`ConfigError`] in these cases. The error names the variable.
    /// - The region or a part of the key pair is missing.
    /// - A value is invalid.
    /// - A custom endpoint is combined with FIPS or dual-stack.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::from_variables(&Variables { var })
    }

    /// Creates a configuration from the `AWS_*` variables, like [`from_vars`](Self::from_vars). A variable that is not valid
    /// UTF-8 is an error instead of unset.
    ///
    /// `var` looks up a variable, usually `|name| std::env::var_os(name)`.
    ///
    /// # Errors
    /// [`ConfigError`] as from [`from_vars`](Self::from_vars), or if a variable is not valid UTF-8.
    pub fn from_os_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let invalid = Cell::new(None);
        let var = |name| var(name)?.into_string().map_err(|_| invalid.set(Some(name))).ok();
        let hub = Self::from_variables(&Variables { var });
        match invalid.get() {
            Some(name) => Err(ConfigError::without_value(name, "not valid UTF-8")),
            None => hub,
        }
    }

    fn from_variables(variables: &Variables<impl Fn(&'static str) -> Option<String>>) -> Result<Self, ConfigError> {
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

impl Credentials {
    /// Reads the credentials from the `AWS_*` variables.
    ///
    /// `var` looks up a variable, usually `|name| std::env::var(name).ok()`. An empty variable counts as unset.
    ///
    /// The variables are `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and for temporary credentials `AWS_SESSION_TOKEN` and
    /// `AWS_CREDENTIAL_EXPIRATION` (RFC 3339).
    ///
    /// ```
    /// use securityhub_invitations::Credentials;
    ///
    /// let error = Credentials::from_vars(|_| None).unwrap_err();
    /// assert_eq!(error.to_string(), "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] if a part of the key pair is missing, or if a value is invalid. The error names the variable, and never
    /// has the value of a secret.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Variables { var }.credentials()
    }
}

struct Variables<F> {
    var: F,
}

impl<F: Fn(&'static str) -> Option<String>> Variables<F> {
    fn credentials(&self) -> Result<Credentials, ConfigError> {
        const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
        const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
        const TOKEN: &str = "AWS_SESSION_TOKEN";
        const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
        let missing = |name, message| Err(ConfigError::missing(name, message));
        // A secret without its id is wiped, too.
        let (key_id, mut secret) = match (self.value(KEY_ID), self.value(SECRET).map(Zeroizing::new)) {
            (Some(key_id), Some(secret)) => (key_id, secret),
            (Some(_), None) => return missing(SECRET, "AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID is"),
            (None, Some(_)) => return missing(KEY_ID, "AWS_ACCESS_KEY_ID is not set, but AWS_SECRET_ACCESS_KEY is"),
            (None, None) => return missing(KEY_ID, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
        };
        let mut credentials = Credentials::new(key_id, take(&mut *secret)).map_err(|error| match error.setting() {
            "access key id" => error.of(KEY_ID),
            _ => error.of(SECRET),
        })?;
        if let Some(token) = self.value(TOKEN) {
            credentials = credentials.with_session_token(token).map_err(|error| error.of(TOKEN))?;
        }
        if let Some(expiration) = self.value(EXPIRATION) {
            // The value is not shown, because it may be a secret in the wrong variable.
            let expires_at = date::parse_rfc3339(&expiration)
                .ok_or_else(|| ConfigError::without_value(EXPIRATION, EXPECTED_TIMESTAMP))?;
            credentials = credentials.with_expiry(expires_at);
        }
        Ok(credentials)
    }

    /// Returns the region and the variable that names it.
    fn region(&self) -> Result<(&'static str, Region), ConfigError> {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(region) = self.value(name) {
                let region = region.parse().map_err(|error: ConfigError| error.of(name))?;
                return Ok((name, region));
            }
        }
        let message = "AWS_REGION and AWS_DEFAULT_REGION are not set (expected a region such as us-east-1)";
        Err(ConfigError::missing("AWS_REGION", message))
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
            let reject = |flag, reason| Err(ConfigError::without_value(flag, format!("{reason} ({name} is set)")));
            return match variant {
                EndpointVariant { fips: true, .. } => reject(FIPS, FIPS_WITH_CUSTOM_ENDPOINT),
                EndpointVariant { dual_stack: true, .. } => reject(DUAL_STACK, DUAL_STACK_WITH_CUSTOM_ENDPOINT),
                _ => Endpoint::custom(region, &url).map_err(|error| match error.setting() {
                    "region" => error,
                    _ => error.of(name),
                }),
            };
        }
        Endpoint::resolve(region, variant)
    }

    fn retry_policy(&self) -> Result<RetryPolicy, ConfigError> {
        const MODE: &str = "AWS_RETRY_MODE";
        const ATTEMPTS: &str = "AWS_MAX_ATTEMPTS";
        if let Some(mode) = self.value(MODE).filter(|mode| !mode.eq_ignore_ascii_case("standard")) {
            return Err(ConfigError::new(MODE, &mode, "unsupported retry mode (expected standard)"));
        }
        let policy = RetryPolicy::standard();
        let Some(attempts) = self.value(ATTEMPTS) else { return Ok(policy) };
        let is_number = attempts.bytes().all(|byte| byte.is_ascii_digit());
        match attempts.parse::<NonZeroU32>() {
            Ok(attempts) if is_number => Ok(policy.with_max_attempts(attempts)),
            _ => Err(ConfigError::new(ATTEMPTS, &attempts, "expected an integer from 1 to 4294967295")),
        }
    }

    fn is_true(&self, name: &'static str) -> bool {
        self.value(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn value(&self, name: &'static str) -> Option<String> {
        (self.var)(name).filter(|value| !value.is_empty())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn rejects_variables_that_are_not_utf8() {
        let look_up = |wanted: &'static str| {
            SecurityHub::from_os_vars(move |name| match name {
                _ if name == wanted => Some(OsString::from_vec(vec![b'a', 0xff])),
                "AWS_REGION" => Some("us-east-1".into()),
                "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".into()),
                "AWS_SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
                _ => None,
            })
        };
        for name in ["AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_USE_FIPS_ENDPOINT"] {
            assert_eq!(look_up(name).unwrap_err().to_string(), format!("{name}: not valid UTF-8"));
        }
        assert!(look_up("AWS_PROFILE").is_ok());
    }
}
