//! [`Failure`]: the reason why an invocation has no result.

use std::fmt;

use lambda_runtime::Diagnostic;

use crate::store::StoreError;

/// The reason why an invocation has no result. Step Functions sees its name and message.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command could not be run, or ended without its output.
    Command(String),
    /// S3 refused the request, or could not be reached.
    Store(StoreError),
}

impl Failure {
    fn name(&self) -> &'static str {
        match self {
            Self::Command(_) => "CommandCrashed",
            Self::Store(_) => "StoreFailed",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(problem) => f.write_str(problem),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name().to_owned(), error_message: failure.to_string() }
    }
}
