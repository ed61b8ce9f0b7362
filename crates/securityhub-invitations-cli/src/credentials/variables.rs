//! [`Variables`]: the environment, through a function that looks variables up.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use super::SettingError;

/// The environment's variables. An empty variable counts as unset.
#[derive(Clone)]
pub(super) struct Variables(Arc<LookUp>);

type LookUp = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl Variables {
    pub(super) fn new(var: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(var))
    }

    pub(super) fn value(&self, name: &str) -> Result<Option<String>, SettingError> {
        let Some(value) = (self.0)(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        value.into_string().map(Some).map_err(|_| SettingError::without_value(name, "not valid UTF-8"))
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        (self.0)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Only `true` (case-insensitive) enables a flag.
    pub(super) fn is_true(&self, name: &str) -> Result<bool, SettingError> {
        Ok(self.value(name)?.is_some_and(|value| value.eq_ignore_ascii_case("true")))
    }
}
