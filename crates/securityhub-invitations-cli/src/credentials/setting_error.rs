//! [`SettingError`]: an invalid name or setting, found before anything is sent.

use std::{error, fmt};

use super::credentials_error::one_line;

/// An invalid credential source, variable or configuration file. Never has a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettingError(Box<str>);

impl SettingError {
    /// `<setting> "<value>": <problem>`
    pub(super) fn new(setting: &str, value: &str, problem: impl fmt::Display) -> Self {
        Self(format!("{setting} \"{}\": {problem}", one_line(value, 80)).into())
    }

    /// `<setting>: <problem>`, for a value that is not shown.
    pub(super) fn without_value(setting: &str, problem: impl fmt::Display) -> Self {
        Self(format!("{setting}: {problem}").into())
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for SettingError {}
