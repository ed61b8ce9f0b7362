//! [`Credentials`]: an access key pair, optionally with a session token and an expiry.

mod json;

use std::{fmt, sync::Arc, time::SystemTime};

use zeroize::Zeroizing;

use crate::{config_error::ConfigError, display::QuotedCharacter, redact::REDACTED};

/// An AWS access key pair, with the session token and the expiry of temporary credentials.
///
/// Clones share the secrets, which are overwritten in memory when the last clone is dropped. `Debug` shows only the access
/// key id and the expiry. `PartialEq` and `Serialize` are deliberately missing.
///
/// Expired credentials are not rejected here, because only the service can decide that. [`expires_at`](Self::expires_at) tells
/// callers when to rotate them.
///
/// ```
/// use securityhub_invitations::Credentials;
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?
///     .with_session_token("IQoJb3JpZ2luX2VjEXAMPLE")?;
/// assert_eq!(credentials.access_key_id(), "AKIDEXAMPLE");
/// assert!(!format!("{credentials:?}").contains("wJalr"));
/// # Ok::<(), securityhub_invitations::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    access_key_id: Box<str>,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expires_at: Option<SystemTime>,
}

impl Credentials {
    /// Creates credentials from a long-term key pair.
    ///
    /// # Errors
    /// [`ConfigError`] in these cases. The error has the position of the problem, and never the value.
    /// - The access key id has fewer than 3 or more than 128 characters, or one that is not `A-Z`, `a-z`, `0-9` or `_`. Usually
    ///   this is a placeholder that was not replaced, or a secret in the wrong place.
    /// - The secret access key is empty or has a character other than visible ASCII, such as a space or a line break.
    ///
    /// Source: [`AccessKey` in the IAM API reference](https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html)
    /// has the minimum length 16, which test keys do not follow.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Result<Self, ConfigError> {
        let access_key_id = Zeroizing::new(access_key_id.into());
        let secret_access_key = Zeroizing::new(secret_access_key.into());
        check_access_key_id(&access_key_id)?;
        check_secret("secret access key", &secret_access_key)?;
        Ok(Self(Arc::new(Inner {
            access_key_id: access_key_id.as_str().into(),
            secret_access_key,
            session_token: None,
            expires_at: None,
        })))
    }

    /// Sets the session token of temporary credentials.
    ///
    /// # Errors
    /// [`ConfigError`] if the token is empty or has a character other than visible ASCII.
    pub fn with_session_token(self, session_token: impl Into<String>) -> Result<Self, ConfigError> {
        let session_token = Zeroizing::new(session_token.into());
        check_secret("session token", &session_token)?;
        Ok(self.changed(|inner| inner.session_token = Some(session_token)))
    }

    /// Sets the time at which the service starts to reject the credentials.
    #[must_use]
    pub fn with_expiry(self, expires_at: SystemTime) -> Self {
        self.changed(|inner| inner.expires_at = Some(expires_at))
    }

    /// Returns the access key id. It identifies the key and is not a secret.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// Returns the time at which the service starts to reject the credentials, if it is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    pub(crate) fn secret_access_key(&self) -> &str {
        &self.0.secret_access_key
    }

    pub(crate) fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_ref().map(|token| token.as_str())
    }

    fn changed(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

/// The reason of the error for an invalid expiry.
pub(crate) const EXPECTED_TIMESTAMP: &str = "expected an RFC 3339 timestamp such as 2026-11-22T20:37:05Z";

fn check_access_key_id(id: &str) -> Result<(), ConfigError> {
    const SETTING: &str = "access key id";
    let reject = |reason| Err(ConfigError::without_value(SETTING, reason));
    let is_invalid = |character: &char| !character.is_ascii_alphanumeric() && *character != '_';
    if let Some((character, position)) = id.chars().zip(1..).find(|(character, _)| is_invalid(character)) {
        let cause = match character {
            '+' | '/' | '=' => ", probably a secret in the wrong place",
            '"' | '\'' | '`' | '$' | '<' | '>' | '{' | '}' | '[' | ']' => {
                ", probably a placeholder that was not replaced"
            }
            _ => "",
        };
        return reject(format!("{} at position {position}{cause} (allowed: A-Z, a-z, 0-9, _)", unseen(character)));
    }
    match id.len() {
        3..=128 => Ok(()),
        0 => reject("empty (expected 3 to 128 characters)".to_owned()),
        length => reject(format!("has {length} characters (expected 3 to 128)")),
    }
}

fn check_secret(setting: &'static str, value: &str) -> Result<(), ConfigError> {
    if value.is_empty() {
        return Err(ConfigError::without_value(setting, "empty"));
    }
    match value.chars().zip(1..).find(|(character, _)| !character.is_ascii_graphic()) {
        None => Ok(()),
        Some((character, position)) => {
            let reason = format!("{} at position {position} (expected visible ASCII)", unseen(character));
            Err(ConfigError::without_value(setting, reason))
        }
    }
}

/// Names an invalid character without showing anything that may belong to a secret.
fn unseen(character: char) -> String {
    match character {
        ' ' => "space".to_owned(),
        _ if character.is_ascii_control() => format!("control character {}", QuotedCharacter(character)),
        _ if character.is_ascii() => QuotedCharacter(character).to_string(),
        _ => "non-ASCII character".to_owned(),
    }
}

/// Shows the access key id and the expiry, but no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id)
            .field("secret_access_key", &REDACTED)
            .field("session_token", &self.0.session_token.as_ref().map(|_| REDACTED))
            .field("expires_at", &self.0.expires_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const KEY_ID: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn rejection(result: Result<Credentials, ConfigError>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.value(), None);
        assert!(!format!("{error} {error:?} {error:#?}").contains("hunter"), "{error}");
        error.to_string()
    }

    #[test]
    fn rejects_secrets_by_position() {
        for (bad, reason) in [
            ("", "empty"),
            (" hunter2", "space at position 1 (expected visible ASCII)"),
            ("hunter2\n", "control character '\\n' at position 8 (expected visible ASCII)"),
            ("hunter\u{7f}", "control character '\\u{7f}' at position 7 (expected visible ASCII)"),
            ("hunterß", "non-ASCII character at position 7 (expected visible ASCII)"),
        ] {
            assert_eq!(rejection(Credentials::new(KEY_ID, bad)), format!("secret access key: {reason}"));
            let pair = Credentials::new(KEY_ID, SECRET).unwrap();
            assert_eq!(rejection(pair.with_session_token(bad)), format!("session token: {reason}"));
        }
    }

    #[test]
    fn rejects_placeholders_and_secrets_as_ids() {
        let placeholder = |character: &str, position: u32| {
            format!(
                "{character} at position {position}, probably a placeholder that was not replaced (allowed: A-Z, a-z, 0-9, _)"
            )
        };
        let secret = |character: &str| {
            format!("{character} at position 7, probably a secret in the wrong place (allowed: A-Z, a-z, 0-9, _)")
        };
        let other =
            |character: &str, position: u32| format!("{character} at position {position} (allowed: A-Z, a-z, 0-9, _)");
        for (bad, reason) in [
            ("", "empty (expected 3 to 128 characters)".to_owned()),
            ("hu", "has 2 characters (expected 3 to 128)".to_owned()),
            (&"hunter".repeat(22), "has 132 characters (expected 3 to 128)".to_owned()),
            ("$hunter", placeholder("'$'", 1)),
            ("<hunter2>", placeholder("'<'", 1)),
            ("{{hunter}}", placeholder("'{'", 1)),
            ("\"hunter2\"", placeholder("'\"'", 1)),
            ("'hunter2'", placeholder("'''", 1)),
            ("hunter/2", secret("'/'")),
            ("hunter+2", secret("'+'")),
            ("hunter==", secret("'='")),
            ("hunter,2", other("','", 7)),
            ("hunter-2", other("'-'", 7)),
            (" hunter2", other("space", 1)),
            ("hunter2\r\n", other("control character '\\r'", 8)),
            ("hunterß", other("non-ASCII character", 7)),
        ] {
            assert_eq!(rejection(Credentials::new(bad, SECRET)), format!("access key id: {reason}"));
        }
    }

    #[test]
    fn accepts_every_key_id_of_the_pattern() {
        for id in ["abc", "AKIAIOSFODNN7EXAMPLE", "a_9", &"x".repeat(128)] {
            assert_eq!(Credentials::new(id, SECRET).unwrap().access_key_id(), id);
        }
    }

    #[test]
    fn changes_leave_other_clones_alone() {
        let pair = Credentials::new(KEY_ID, SECRET).unwrap();
        let temporary = pair.clone().with_session_token("token").unwrap().with_expiry(UNIX_EPOCH);
        assert_eq!(pair.session_token(), None);
        assert_eq!(pair.expires_at(), None);
        assert_eq!(temporary.session_token(), Some("token"));
        assert_eq!(temporary.expires_at(), Some(UNIX_EPOCH));
    }
}
