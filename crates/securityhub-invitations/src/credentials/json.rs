//! Credentials from the JSON that other programs print.

use std::{fmt, mem::take};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess},
};
use zeroize::Zeroizing;

use super::{Credentials, EXPECTED_TIMESTAMP};
use crate::{config_error::ConfigError, date};

impl Credentials {
    /// Reads the output of a `credential_process`.
    ///
    /// This is a JSON object with these members. Other members are ignored, and `null` and the empty string count as absent.
    /// - `Version`, which must be 1
    /// - `AccessKeyId` and `SecretAccessKey`
    /// - `SessionToken` and `Expiration` (RFC 3339), only for temporary credentials
    ///
    /// Source: [Sourcing credentials with an external process](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
    ///
    /// # Errors
    /// [`ConfigError`] if the JSON is not such an object, or if one of its values is invalid. The error has the position or
    /// the member's name, and no value except that of `Version`.
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
        let keys: Keys = parse(SETTING, json)?;
        match keys.version {
            Some(1) => keys.credentials(SETTING),
            Some(version) => Err(ConfigError::without_value(SETTING, format!("Version is {version} (expected 1)"))),
            None => Err(ConfigError::without_value(SETTING, "Version is missing (expected 1)")),
        }
    }

    /// Reads the output of `aws sts assume-role` and of its variants with SAML and web identity.
    ///
    /// This is a JSON object with the member `Credentials`, which has `AccessKeyId`, `SecretAccessKey`, `SessionToken` and
    /// optionally `Expiration` (RFC 3339). Other members are ignored, and `null` and the empty string count as absent. A dump of
    /// an SDK's response is accepted as well, even if it has a space instead of the `T` in `Expiration`.
    ///
    /// Source: [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
    ///
    /// # Errors
    /// [`ConfigError`] if the JSON is not such an object, or if one of its values is invalid. The error has the position or
    /// the member's name, and never a value.
    ///
    /// ```
    /// use securityhub_invitations::Credentials;
    ///
    /// let credentials = Credentials::from_assume_role_json(
    ///     r#"{"Credentials": {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    ///         "SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2026-11-22T20:37:05+00:00"},
    ///         "AssumedRoleUser": {"Arn": "arn:aws:sts::111122223333:assumed-role/cleanup/me"}}"#,
    /// )?;
    /// assert!(credentials.expires_at().is_some());
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    pub fn from_assume_role_json(json: &str) -> Result<Self, ConfigError> {
        const SETTING: &str = "assume-role output";
        let AssumeRole(keys) = parse(SETTING, json)?;
        let keys = keys.ok_or_else(|| ConfigError::without_value(SETTING, "Credentials is missing"))?;
        // Without a token, these would be other credentials than the role's.
        if keys.session_token.is_none() {
            return Err(missing(SETTING, "SessionToken"));
        }
        keys.credentials(SETTING)
    }
}

fn parse<'de, T: Deserialize<'de>>(setting: &'static str, json: &'de str) -> Result<T, ConfigError> {
    serde_json::from_str(json).map_err(|error| {
        // The error's own message can quote a value.
        let (line, column) = (error.line(), error.column());
        let problem = if error.is_data() { "member of the wrong type" } else { "not a JSON object" };
        ConfigError::without_value(setting, format!("{problem} (line {line}, column {column})"))
    })
}

fn missing(setting: &'static str, member: &'static str) -> ConfigError {
    ConfigError::without_value(setting, format!("{member} is missing or empty"))
}

#[derive(Default)]
struct Keys {
    version: Option<u64>,
    access_key_id: Option<String>,
    secret_access_key: Option<Zeroizing<String>>,
    session_token: Option<Zeroizing<String>>,
    expiration: Option<String>,
}

impl Keys {
    fn credentials(self, setting: &'static str) -> Result<Credentials, ConfigError> {
        let access_key_id = self.access_key_id.ok_or_else(|| missing(setting, "AccessKeyId"))?;
        let mut secret = self.secret_access_key.ok_or_else(|| missing(setting, "SecretAccessKey"))?;
        let mut credentials = Credentials::new(access_key_id, take(&mut *secret))?;
        if let Some(mut token) = self.session_token {
            credentials = credentials.with_session_token(take(&mut *token))?;
        }
        if let Some(expiration) = self.expiration {
            // RFC 3339, section 5.6 allows a space instead of the `T`. Python's `str(datetime)` has one.
            let expires_at = date::parse_rfc3339(&expiration.replacen(' ', "T", 1))
                .ok_or_else(|| ConfigError::without_value("Expiration", EXPECTED_TIMESTAMP))?;
            credentials = credentials.with_expiry(expires_at);
        }
        Ok(credentials)
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let present = |value: Option<String>| value.filter(|value| !value.is_empty());
                let mut keys = Keys::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "Version" => keys.version = map.next_value()?,
                        "AccessKeyId" => keys.access_key_id = present(map.next_value()?),
                        "SecretAccessKey" => keys.secret_access_key = present(map.next_value()?).map(Zeroizing::new),
                        "SessionToken" => keys.session_token = present(map.next_value()?).map(Zeroizing::new),
                        "Expiration" => keys.expiration = present(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(keys)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

struct AssumeRole(Option<Keys>);

impl<'de> Deserialize<'de> for AssumeRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = AssumeRole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AssumeRole, A::Error> {
                let mut keys = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name == "Credentials" {
                        keys = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(AssumeRole(keys))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn rejection(result: Result<Credentials, ConfigError>) -> String {
        let error = result.unwrap_err();
        assert!(!format!("{error} {error:#?}").contains("hunter"), "{error}");
        error.to_string()
    }

    #[test]
    fn reads_process_output() {
        let minimal = r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s"}"#;
        let credentials = Credentials::from_process_json(minimal).unwrap();
        assert_eq!(credentials.session_token(), None);
        assert_eq!(credentials.expires_at(), None);

        let complete = r#" {"Expiration":"2026-11-22T20:37:05Z","SessionToken":"t\/t","SecretAccessKey":"s",
            "AccessKeyId":"AKIDEXAMPLE","Version":1,"AccountId":"111122223333","Nested":{"a":[1]}} "#;
        let credentials = Credentials::from_process_json(complete).unwrap();
        assert_eq!(credentials.session_token(), Some("t/t"));
        assert_eq!(credentials.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_795_379_825)));

        let empty =
            r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s","SessionToken":null,"Expiration":""}"#;
        let credentials = Credentials::from_process_json(empty).unwrap();
        assert_eq!((credentials.session_token(), credentials.expires_at()), (None, None));
    }

    #[test]
    fn rejects_invalid_process_output() {
        for (json, reason) in [
            ("", "not a JSON object (line 1, column 0)"),
            ("hunter2", "not a JSON object (line 1, column 1)"),
            (r#""hunter2""#, "member of the wrong type (line 1, column 9)"),
            ("{}", "Version is missing (expected 1)"),
            (r#"{"Version":2}"#, "Version is 2 (expected 1)"),
            (r#"{"Version":"1"}"#, "member of the wrong type (line 1, column 14)"),
            (r#"{"Version":1}"#, "AccessKeyId is missing or empty"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":""}"#, "SecretAccessKey is missing or empty"),
            (
                r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":["hunter2"]}"#,
                "member of the wrong type (line 1, column 49)",
            ),
        ] {
            let message = format!("credential_process output: {reason}");
            assert_eq!(rejection(Credentials::from_process_json(json)), message, "{json}");
        }
    }

    #[test]
    fn rejects_invalid_values() {
        let timestamp = "Expiration: expected an RFC 3339 timestamp such as 2026-11-22T20:37:05Z";
        for (members, message) in [
            (
                r#""AccessKeyId":"hunter/2""#,
                "access key id: '/' at position 7, probably a secret in the wrong place \
              (allowed: A-Z, a-z, 0-9, _)",
            ),
            (r#""SecretAccessKey":"hunter 2""#, "secret access key: space at position 7 (expected visible ASCII)"),
            (
                r#""SessionToken":"hunter2\n""#,
                "session token: control character '\\n' at position 8 (expected visible ASCII)",
            ),
            (r#""Expiration":"2026-11-22T20:37:05+1:000""#, timestamp),
            (r#""Expiration":"hunter2""#, timestamp),
        ] {
            // Of repeated members, the last one counts.
            let keys = format!(r#""AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s","SessionToken":"t",{members}"#);
            let process = format!(r#"{{"Version":1,{keys}}}"#);
            assert_eq!(rejection(Credentials::from_process_json(&process)), message);
            let assume_role = format!(r#"{{"Credentials":{{{keys}}}}}"#);
            assert_eq!(rejection(Credentials::from_assume_role_json(&assume_role)), message);
        }
    }

    #[test]
    fn reads_assume_role_output() {
        let json = |expiration: &str| {
            format!(
                r#"{{"ResponseMetadata":{{"HTTPStatusCode":200}},"AssumedRoleUser":{{"Arn":"a"}},"Credentials":{{
                    "AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"s","SessionToken":"t\/t","Expiration":{expiration}}},
                    "PackedPolicySize":6}}"#
            )
        };
        let time = Some(UNIX_EPOCH + Duration::from_secs(1_795_379_825));
        for (expiration, expected) in [
            (r#""2026-11-22T20:37:05Z""#, time),
            (r#""2026-11-22T20:37:05+00:00""#, time),
            (r#""2026-11-22T20:37:05.000Z""#, time),
            (r#""2026-11-22 20:37:05+00:00""#, time),
            ("null", None),
        ] {
            let credentials = Credentials::from_assume_role_json(&json(expiration)).unwrap();
            assert_eq!(credentials.access_key_id(), "AKIDEXAMPLE");
            assert_eq!(credentials.secret_access_key(), "s");
            assert_eq!(credentials.session_token(), Some("t/t"));
            assert_eq!(credentials.expires_at(), expected, "{expiration}");
        }
    }

    #[test]
    fn rejects_invalid_assume_role_output() {
        for (json, reason) in [
            ("hunter2", "not a JSON object (line 1, column 1)"),
            ("[]", "member of the wrong type (line 1, column 0)"),
            ("{}", "Credentials is missing"),
            (r#"{"Credentials":null}"#, "Credentials is missing"),
            (r#"{"Credentials":"hunter2"}"#, "member of the wrong type (line 1, column 24)"),
            (r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"hunter2"}"#, "Credentials is missing"),
            (
                r#"{"Credentials":{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"hunter2"}}"#,
                "SessionToken is missing or empty",
            ),
            (
                r#"{"Credentials":{"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"hunter2","SessionToken":""}}"#,
                "SessionToken is missing or empty",
            ),
            (r#"{"Credentials":{"SessionToken":"hunter2"}}"#, "AccessKeyId is missing or empty"),
        ] {
            let message = format!("assume-role output: {reason}");
            assert_eq!(rejection(Credentials::from_assume_role_json(json)), message, "{json}");
        }
    }
}
