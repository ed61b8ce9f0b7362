//! [`ConfigError`]: the error for regions, endpoints, credentials and environment variables.

use std::{borrow::Cow, error, fmt};

use crate::display::Quoted;

/// An invalid or missing setting, found before anything is sent.
///
/// `Display` and `Debug` print the same single line. `{:#?}` prints the fields. The value of a credential is never part of
/// the error.
///
/// ```
/// use securityhub_invitations::Region;
///
/// let error = "US-EAST-1".parse::<Region>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid region \"US-EAST-1\": 'U' at position 1 (allowed: a-z, 0-9, -)");
/// assert_eq!(error.setting(), "region");
/// assert_eq!(error.value(), Some("US-EAST-1"));
/// assert_eq!(error.reason(), "'U' at position 1 (allowed: a-z, 0-9, -)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConfigError {
    setting: &'static str,
    value: Value,
    reason: Cow<'static, str>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Value {
    Given(Box<str>),
    /// A secret, or a value that may contain one.
    Hidden,
    /// The setting has no value, and the reason is a complete sentence that names it.
    Missing,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, value: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, value: Value::Given(value.into()), reason: reason.into() }
    }

    /// Creates an error that does not show the value, because it is or may contain a secret.
    pub(crate) fn without_value(setting: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { setting, value: Value::Hidden, reason: reason.into() }
    }

    /// Creates an error for a setting without a value. `message` is the entire message.
    pub(crate) fn missing(setting: &'static str, message: &'static str) -> Self {
        Self { setting, value: Value::Missing, reason: message.into() }
    }

    /// Renames the setting, usually to the environment variable that holds it.
    pub(crate) fn of(self, setting: &'static str) -> Self {
        Self { setting, ..self }
    }

    /// Returns the name of the setting: `region`, `endpoint URL`, `secret access key`, or an environment variable's name.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.setting
    }

    /// Returns the complete rejected value, with session tokens redacted. `None` for credentials, for URLs that may contain a
    /// password, and if the setting is missing.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.value {
            Value::Given(value) => Some(value),
            Value::Hidden | Value::Missing => None,
        }
    }

    /// Returns the problem, with its position in the value if it has one. Positions count from 1.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, reason } = self;
        match value {
            // The other settings' reasons already say what is invalid.
            Value::Given(value) if *setting == "region" => write!(f, "invalid region {}: {reason}", Quoted(value)),
            Value::Given(value) => write!(f, "{setting} {}: {reason}", Quoted(value)),
            Value::Hidden => write!(f, "{setting}: {reason}"),
            Value::Missing => f.write_str(reason),
        }
    }
}

/// Prints the same as `Display`, because that is what `fn main() -> Result` shows. `{:#?}` prints the fields.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("ConfigError")
            .field("setting", &self.setting)
            .field("value", &self.value())
            .field("reason", &self.reason)
            .finish()
    }
}

impl error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_reads_like_display() {
        let error = ConfigError::new("endpoint URL", "x\n", "missing scheme");
        assert_eq!(format!("{error:?}"), "endpoint URL \"x\\n\": missing scheme");
        assert_eq!(format!("{error:?}"), error.to_string());
        let fields = "ConfigError {\n    setting: \"endpoint URL\",\n    value: Some(\n        \"x\\n\",\n    ),\n    \
                      reason: \"missing scheme\",\n}";
        assert_eq!(format!("{error:#?}"), fields);
    }

    #[test]
    fn omits_hidden_and_missing_values() {
        assert_eq!(ConfigError::without_value("session token", "empty").to_string(), "session token: empty");
        assert_eq!(ConfigError::missing("AWS_REGION", "AWS_REGION is not set").to_string(), "AWS_REGION is not set");
    }
}
