//! Credentials: checked once, redacted everywhere, wiped when the last clone is dropped.

use std::{fmt, sync::Arc, time::SystemTime};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess},
};
use zeroize::Zeroizing;

use crate::{config_error::ConfigError, date, display::QuotedCharacter, redact::REDACTED};

/// An AWS access key pair, with the session token and the expiry of temporary credentials.
///
/// Cloning shares the secrets; they are overwritten in memory when the last clone is dropped. `Debug` shows the access key
/// id and the expiry only. There is neither `PartialEq` nor `Serialize`. Nothing is refused here for being expired: the
/// service decides, and [`expires_at`](Self::expires_at) is for whoever rotates.
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
pub struct Credentials(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    access_key_id: Box<str>,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expires_at: Option<SystemTime>,
}

impl Credentials {
    /// A long-term key pair.
    ///
    /// # Errors
    /// [`ConfigError`] if one of the two is empty or has a character other than visible ASCII (a space, a line break, a
    /// control character), or if the access key id has a `/` or a `,`. The error says where, never what the value is: the
    /// two are easily swapped.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Result<Self, ConfigError> {
        let access_key_id = Zeroizing::new(access_key_id.into());
        let secret_access_key = Zeroizing::new(secret_access_key.into());
        check("access key id", &access_key_id)?;
        check("secret access key", &secret_access_key)?;
        // Both end the access key id within the Authorization header.
        if let Some((character, position)) = access_key_id.chars().zip(1..).find(|(c, _)| matches!(c, '/' | ',')) {
            let rule = format!("character {position} is '{character}', which no access key id has: is it the secret?");
            return Err(ConfigError::without_value("access key id", rule));
        }
        Ok(Self(Arc::new(Parts {
            access_key_id: access_key_id.as_str().into(),
            secret_access_key,
            session_token: None,
            expires_at: None,
        })))
    }

    /// The same credentials with the session token that came with them.
    ///
    /// # Errors
    /// [`ConfigError`] if the token is empty or has a character other than visible ASCII.
    pub fn with_session_token(self, session_token: impl Into<String>) -> Result<Self, ConfigError> {
        let session_token = Zeroizing::new(session_token.into());
        check("session token", &session_token)?;
        Ok(self.changed(|parts| parts.session_token = Some(session_token)))
    }

    /// The same credentials with the time from which the service will refuse them.
    #[must_use]
    pub fn with_expiry(self, expires_at: SystemTime) -> Self {
        self.changed(|parts| parts.expires_at = Some(expires_at))
    }

    /// Reads what a `credential_process` prints: a JSON object with `Version` 1, `AccessKeyId`, `SecretAccessKey` and, of
    /// temporary credentials, `SessionToken` and `Expiration` (RFC 3339). Unknown members are ignored; `null` or an empty
    /// text is as good as absent.
    ///
    /// Source: [Sourcing credentials with an external process](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
    ///
    /// # Errors
    /// [`ConfigError`] if the text is no such object or one of its values is refused. It says where, and never quotes.
    ///
    /// ```
    /// use securityhub_invitations::Credentials;
    ///
    /// let credentials = Credentials::from_process_json(
    ///     r#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    ///         "SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2026-11-22T20:37:05Z"}"#,
    /// )?;
    /// assert!(credentials.expires_at().is_some());
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    pub fn from_process_json(json: &str) -> Result<Self, ConfigError> {
        const SETTING: &str = "credential_process output";
        let refuse = |rule: String| ConfigError::without_value(SETTING, rule);
        let output: ProcessOutput = serde_json::from_str(json).map_err(|error| {
            // The error's own text can quote a value.
            let (line, column) = (error.line(), error.column());
            let fault = if error.is_data() { "a member has the wrong type" } else { "it is no JSON object" };
            refuse(format!("{fault} (line {line}, column {column})"))
        })?;
        match output.version {
            Some(1) => {}
            Some(version) => return Err(refuse(format!("Version is {version}, and only Version 1 is known"))),
            None => return Err(refuse("the member Version is missing, and it must be 1".to_owned())),
        }
        let missing = |member| refuse(format!("the member {member} is missing or empty"));
        let access_key_id = output.access_key_id.ok_or_else(|| missing("AccessKeyId"))?;
        let mut secret_access_key = output.secret_access_key.ok_or_else(|| missing("SecretAccessKey"))?;
        let mut credentials = Self::new(access_key_id, std::mem::take(&mut *secret_access_key))?;
        if let Some(mut token) = output.session_token {
            credentials = credentials.with_session_token(std::mem::take(&mut *token))?;
        }
        if let Some(expiration) = output.expiration {
            let expires_at = date::parse_rfc3339(&expiration)
                .ok_or_else(|| ConfigError::without_value("Expiration", RFC3339_RULE))?;
            credentials = credentials.with_expiry(expires_at);
        }
        Ok(credentials)
    }

    /// The access key id, which names the key and is no secret.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// When the service will begin to refuse these credentials, if that is known.
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

    fn changed(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

pub(crate) const RFC3339_RULE: &str = "it is no date and time such as 2026-11-22T20:37:05Z";

fn check(setting: &'static str, value: &str) -> Result<(), ConfigError> {
    if value.is_empty() {
        return Err(ConfigError::without_value(setting, "it is empty"));
    }
    match value.chars().zip(1..).find(|(character, _)| !character.is_ascii_graphic()) {
        None => Ok(()),
        Some((character, position)) => {
            let character = match character {
                ' ' => "a space".to_owned(),
                _ if character.is_ascii_control() => format!("the control character {}", QuotedCharacter(character)),
                _ => "not ASCII".to_owned(),
            };
            let rule = format!("character {position} is {character}, and only visible ASCII is allowed");
            Err(ConfigError::without_value(setting, rule))
        }
    }
}

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

#[derive(Default)]
struct ProcessOutput {
    version: Option<u64>,
    access_key_id: Option<String>,
    secret_access_key: Option<Zeroizing<String>>,
    session_token: Option<Zeroizing<String>>,
    expiration: Option<String>,
}

impl<'de> Deserialize<'de> for ProcessOutput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = ProcessOutput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ProcessOutput, A::Error> {
                let present = |text: Option<String>| text.filter(|text| !text.is_empty());
                let mut output = ProcessOutput::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "Version" => output.version = map.next_value()?,
                        "AccessKeyId" => output.access_key_id = present(map.next_value()?),
                        "SecretAccessKey" => output.secret_access_key = present(map.next_value()?).map(Zeroizing::new),
                        "SessionToken" => output.session_token = present(map.next_value()?).map(Zeroizing::new),
                        "Expiration" => output.expiration = present(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(output)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const KEY_ID: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    fn refusal(result: Result<Credentials, ConfigError>) -> String {
        let message = result.unwrap_err().to_string();
        assert!(!message.contains("hunter"), "{message}");
        message
    }

    #[test]
    fn blank_and_control_characters_are_refused_by_position_without_the_value() {
        for (bad, rule) in [
            ("", "it is empty"),
            (" hunter2", "character 1 is a space, and only visible ASCII is allowed"),
            ("hunter2\n", "character 8 is the control character '\\n', and only visible ASCII is allowed"),
            ("hunter\u{7f}", "character 7 is the control character '\\u{7f}', and only visible ASCII is allowed"),
            ("hunterß", "character 7 is not ASCII, and only visible ASCII is allowed"),
        ] {
            assert_eq!(refusal(Credentials::new(bad, SECRET)), format!("access key id: {rule}"));
            assert_eq!(refusal(Credentials::new(KEY_ID, bad)), format!("secret access key: {rule}"));
            let pair = Credentials::new(KEY_ID, SECRET).unwrap();
            assert_eq!(refusal(pair.with_session_token(bad)), format!("session token: {rule}"));
        }
    }

    #[test]
    fn a_secret_in_the_place_of_the_id_is_not_quoted() {
        assert_eq!(
            refusal(Credentials::new("hunter/2", KEY_ID)),
            "access key id: character 7 is '/', which no access key id has: is it the secret?"
        );
        assert!(Credentials::new("AKID,EXAMPLE", SECRET).is_err());
    }

    #[test]
    fn process_output_of_every_shape() {
        let minimal = r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s"}"#;
        let credentials = Credentials::from_process_json(minimal).unwrap();
        assert_eq!(credentials.session_token(), None);
        assert_eq!(credentials.expires_at(), None);

        let whole = r#" {"Expiration":"2026-11-22T20:37:05Z","SessionToken":"t\/t","SecretAccessKey":"s",
            "AccessKeyId":"AKIDEXAMPLE","Version":1,"AccountId":"111122223333","Nested":{"a":[1]}} "#;
        let credentials = Credentials::from_process_json(whole).unwrap();
        assert_eq!(credentials.session_token(), Some("t/t"));
        assert_eq!(credentials.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_795_379_825)));

        let empty = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":null,"Expiration":""}"#;
        let credentials = Credentials::from_process_json(empty).unwrap();
        assert_eq!((credentials.session_token(), credentials.expires_at()), (None, None));
    }

    #[test]
    fn process_output_that_is_refused() {
        for (json, message) in [
            ("", "credential_process output: it is no JSON object (line 1, column 0)"),
            ("hunter2", "credential_process output: it is no JSON object (line 1, column 1)"),
            (r#""hunter2""#, "credential_process output: a member has the wrong type (line 1, column 9)"),
            ("{}", "credential_process output: the member Version is missing, and it must be 1"),
            (r#"{"Version":2}"#, "credential_process output: Version is 2, and only Version 1 is known"),
            (r#"{"Version":"1"}"#, "credential_process output: a member has the wrong type (line 1, column 14)"),
            (r#"{"Version":1}"#, "credential_process output: the member AccessKeyId is missing or empty"),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":""}"#,
                "credential_process output: the member SecretAccessKey is missing or empty",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":["hunter2"]}"#,
                "credential_process output: a member has the wrong type (line 1, column 49)",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hunter 2"}"#,
                "secret access key: character 7 is a space, and only visible ASCII is allowed",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"2026-11-22T20:37:05+1:000"}"#,
                "Expiration: it is no date and time such as 2026-11-22T20:37:05Z",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"hunter2"}"#,
                "Expiration: it is no date and time such as 2026-11-22T20:37:05Z",
            ),
        ] {
            assert_eq!(refusal(Credentials::from_process_json(json)), message, "{json}");
        }
    }

    #[test]
    fn a_change_leaves_the_other_clones_alone() {
        let pair = Credentials::new(KEY_ID, SECRET).unwrap();
        let temporary = pair.clone().with_session_token("token").unwrap().with_expiry(UNIX_EPOCH);
        assert_eq!(pair.session_token(), None);
        assert_eq!(pair.expires_at(), None);
        assert_eq!(temporary.session_token(), Some("token"));
        assert_eq!(temporary.expires_at(), Some(UNIX_EPOCH));
    }
}
