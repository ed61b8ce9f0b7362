//! The error of everything that is configured: regions, endpoints, credentials, environment variables.

use std::{borrow::Cow, error, fmt};

use crate::display::Quoted;

/// A setting that was refused before anything was sent: its name, its value and the rule that it breaks.
///
/// The value of a credential is never part of it.
///
/// ```
/// use securityhub_invitations::Region;
///
/// let error = "US-EAST-1".parse::<Region>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "region \"US-EAST-1\": character 1 is 'U', and a region is made of a-z, 0-9 and hyphens"
/// );
/// assert_eq!(error.setting(), "region");
/// assert_eq!(error.value(), Some("US-EAST-1"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    value: Option<Box<str>>,
    rule: Cow<'static, str>,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, value: &str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, value: Some(value.into()), rule: rule.into() }
    }

    /// For secrets, and for what has no value.
    pub(crate) fn without_value(setting: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, value: None, rule: rule.into() }
    }

    /// The same error under the name that the user knows the setting by.
    pub(crate) fn of(self, setting: &'static str) -> Self {
        Self { setting, ..self }
    }

    /// What was refused: `region`, `endpoint URL`, `secret access key`, or an environment variable's name.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// The refused value, whole. `None` for credentials, and where the fault is that there is no value.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is wrong with it, with the position of the fault where it has one.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} {}: {}", self.setting, Quoted(value), self.rule),
            None => write!(f, "{}: {}", self.setting, self.rule),
        }
    }
}

impl error::Error for ConfigError {}
