//! [`CredentialsError`]: the reason why a source has no credentials.

use std::{error, fmt, sync::Arc};

use securityhub_invitations_sweep::{Parking, ParkingCause, Reason};

use super::Source;

/// The reason why a source has no credentials, with advice. Never has a secret. Clones are cheap.
#[derive(Clone, Debug)]
pub(crate) struct CredentialsError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    problem: Problem,
}

/// The reason without the source.
#[derive(Debug)]
pub(super) struct Problem {
    cause: ParkingCause,
    message: Box<str>,
    advice: Option<Box<str>>,
}

impl Problem {
    /// The longest message in characters.
    const LONGEST: usize = 300;

    fn new(cause: ParkingCause, message: &str) -> Self {
        Self { cause, message: one_line(message, Self::LONGEST).into(), advice: None }
    }

    /// The credentials are missing, expired or rejected.
    pub(super) fn rejected(message: &str) -> Self {
        Self::new(ParkingCause::Credentials, message)
    }

    /// The caller may not assume the role.
    pub(super) fn denied(message: &str) -> Self {
        Self::new(ParkingCause::Denied, message)
    }

    /// No usable response arrived. A later try can succeed.
    pub(super) fn unreachable(message: &str) -> Self {
        Self::new(ParkingCause::Unreachable, message)
    }

    /// Another response that a second try does not change.
    pub(super) fn other(message: &str) -> Self {
        Self::new(ParkingCause::Other, message)
    }

    pub(super) fn with_advice(self, advice: impl Into<Box<str>>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    pub(super) fn has_advice(&self) -> bool {
        self.advice.is_some()
    }

    pub(super) fn is_rejected(&self) -> bool {
        self.cause == ParkingCause::Credentials
    }

    pub(super) fn of(self, source: Source) -> CredentialsError {
        CredentialsError(Arc::new(Inner { source, problem: self }))
    }
}

impl CredentialsError {
    /// Returns the cause: no valid credentials, denied, unreachable, or other.
    pub(crate) fn cause(&self) -> ParkingCause {
        self.0.problem.cause
    }

    /// Returns whether a later try in the same run can succeed.
    pub(super) fn is_transient(&self) -> bool {
        self.cause() == ParkingCause::Unreachable
    }
}

/// A role that cannot be assumed parks all regions of its account, as expired credentials do.
impl From<&CredentialsError> for Parking {
    fn from(error: &CredentialsError) -> Self {
        let cause = match error.cause() {
            ParkingCause::Denied => ParkingCause::Credentials,
            cause => cause,
        };
        Self::new(cause, Reason::new(&error.to_string()))
    }
}

/// `profile dev: the token has expired (run aws sso login --profile dev)`
impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { source, problem } = &*self.0;
        write!(f, "{source}: {}", problem.message)?;
        problem.advice.as_ref().map_or(Ok(()), |advice| write!(f, " ({advice})"))
    }
}

impl error::Error for CredentialsError {}

/// Returns an untrusted string on one line, bounded, and with invisible characters replaced.
pub(super) fn one_line(string: &str, most: usize) -> String {
    let is_invisible = |character: char| {
        character.is_control()
            || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut characters =
        string.chars().map(|character| if is_invisible(character) { char::REPLACEMENT_CHARACTER } else { character });
    let mut line: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}
