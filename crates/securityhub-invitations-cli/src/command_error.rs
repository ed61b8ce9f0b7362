//! [`CommandError`]: the reason why a command ends without a result.

use std::{error, fmt, io};

use securityhub_invitations::ConfigError;
use securityhub_invitations_sweep::{EventError, PlanError};

use crate::{
    credentials::SettingError,
    exit_status::ExitStatus,
    ids::IdsError,
    journal::{JournalError, RunsError},
    plan_file::PlanFileError,
};

/// The reason why a command ends without a result, and its exit status.
#[derive(Debug)]
pub(crate) struct CommandError {
    status: ExitStatus,
    message: String,
}

impl CommandError {
    /// Creates an error of the arguments or of the configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { status: ExitStatus::Usage, message: message.into() }
    }

    /// Creates an error of the credentials that everything depends on.
    pub(crate) fn credentials(message: impl Into<String>) -> Self {
        Self { status: ExitStatus::Credentials, message: message.into() }
    }

    /// Creates the error of a run that ended before everything was tried.
    pub(crate) fn not_tried(message: impl Into<String>) -> Self {
        Self { status: ExitStatus::NotTried, message: message.into() }
    }

    /// Returns the exit status.
    pub(crate) fn status(&self) -> ExitStatus {
        self.status
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for CommandError {}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        let status = if error.is_in_use() { ExitStatus::JournalInUse } else { ExitStatus::Usage };
        Self { status, message: error.to_string() }
    }
}

macro_rules! usage_errors {
    ($($error:ty),*) => {$(
        impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::usage(error.to_string())
            }
        }
    )*};
}

usage_errors!(ConfigError, EventError, IdsError, PlanError, PlanFileError, RunsError, SettingError);

/// The result cannot be written.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self { status: ExitStatus::Failed, message: format!("cannot write the result: {error}") }
    }
}
