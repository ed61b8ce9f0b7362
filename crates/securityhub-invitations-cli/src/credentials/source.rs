//! [`Source`]: where the credentials of a hub come from.

use std::{fmt, str::FromStr};

use securityhub_invitations::AccountId;

use super::SettingError;

/// The place that a hub's credentials come from. Its string is stored in plans and journals, and is enough to resume a run.
///
/// - `environment`
/// - `profile NAME`
/// - `role ROLE in ACCOUNT from environment`
/// - `role ROLE in ACCOUNT from profile NAME`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// Credentials that need no call to STS.
    Base(Base),
    /// A role that is assumed.
    Role {
        /// The role, in `account`.
        role: RoleName,
        /// The account of the role, and of its hubs.
        account: AccountId,
        /// The credentials that assume the role.
        base: Base,
    },
}

/// The credentials that are not those of a role of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    /// The environment: with the feature `aws-config`, the default chain of AWS's SDKs.
    Environment,
    /// A profile of AWS's configuration files.
    Profile(ProfileName),
}

/// The name of a profile: not empty, without control characters and surrounding spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProfileName(Box<str>);

/// The name of a role, optionally with its path: `Cleanup` or `service/Cleanup`.
///
/// Source: [IAM's rules for names](https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoleName(Box<str>);

impl Source {
    /// The environment.
    pub(crate) const ENVIRONMENT: Self = Self::Base(Base::Environment);

    /// Returns the source that needs no call to STS: itself, or the one that assumes the role.
    pub(crate) fn base(&self) -> &Base {
        match self {
            Self::Base(base) | Self::Role { base, .. } => base,
        }
    }
}

/// The profile that is used if none is named.
pub(super) const DEFAULT_PROFILE: &str = "default";

impl Default for ProfileName {
    fn default() -> Self {
        Self(DEFAULT_PROFILE.into())
    }
}

impl ProfileName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = SettingError;

    fn from_str(name: &str) -> Result<Self, SettingError> {
        let reject = |problem| Err(SettingError::new("profile", name, problem));
        if name.is_empty() {
            return reject("empty (expected the name of a profile)");
        }
        if name.contains(char::is_control) {
            return reject("control character (expected the name of a profile)");
        }
        if name.trim() != name {
            return reject("space at the start or end (expected the name of a profile)");
        }
        Ok(Self(name.into()))
    }
}

impl RoleName {
    const LONGEST_NAME: usize = 64;
    /// With the slashes around it.
    const LONGEST_PATH: usize = 512;

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = SettingError;

    fn from_str(role: &str) -> Result<Self, SettingError> {
        let reject = |problem: String| Err(SettingError::new("role", role, problem));
        if role.starts_with("arn:") {
            return reject("an ARN (expected the role's name, because its account comes from the plan)".to_owned());
        }
        if role.starts_with('/') {
            return reject("slash at the start (expected a name such as Cleanup or service/Cleanup)".to_owned());
        }
        let (path, name) = role.rsplit_once('/').unwrap_or(("", role));
        if name.is_empty() {
            return reject("empty name (expected 1–64 characters)".to_owned());
        }
        if let Some((position, character)) =
            role.chars().enumerate().find(|(_, character)| !character.is_ascii_graphic())
        {
            let position = position + 1;
            return reject(format!("{character:?} at position {position} (expected visible ASCII)"));
        }
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
        if let Some(character) = name.chars().find(|character| !is_allowed(*character)) {
            return reject(format!("{character:?} in the name (allowed: A-Z, a-z, 0-9, _+=,.@-)"));
        }
        if name.len() > Self::LONGEST_NAME {
            return reject(format!("{} characters in the name (expected at most {})", name.len(), Self::LONGEST_NAME));
        }
        if path.len() + 2 > Self::LONGEST_PATH {
            return reject(format!("{} characters in the path (expected at most 510)", path.len()));
        }
        Ok(Self(role.into()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(base) => base.fmt(f),
            Self::Role { role, account, base } => write!(f, "role {} in {account} from {base}", role.as_str()),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment"),
            Self::Profile(name) => write!(f, "profile {}", name.as_str()),
        }
    }
}

impl FromStr for Source {
    type Err = SettingError;

    fn from_str(source: &str) -> Result<Self, SettingError> {
        let Some(rest) = source.strip_prefix("role ") else { return Ok(Self::Base(parse_base(source, source)?)) };
        // Neither a role nor an account has a space.
        let parts = rest.split_once(" in ").and_then(|(role, rest)| Some((role, rest.split_once(" from ")?)));
        let Some((role, (account, base))) = parts else { return Err(unknown(source)) };
        let account = account.parse().map_err(|error| SettingError::new("credential source", source, error))?;
        Ok(Self::Role { role: role.parse()?, account, base: parse_base(base, source)? })
    }
}

fn parse_base(base: &str, source: &str) -> Result<Base, SettingError> {
    match base.strip_prefix("profile ") {
        Some(name) => Ok(Base::Profile(name.parse()?)),
        None if base == "environment" => Ok(Base::Environment),
        None => Err(unknown(source)),
    }
}

fn unknown(source: &str) -> SettingError {
    let problem = "unknown form (expected environment, profile NAME, or role ROLE in ACCOUNT from one of these)";
    SettingError::new("credential source", source, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints() {
        for source in [
            "environment",
            "profile dev",
            "profile my dev in from role",
            "role Cleanup in 111122223333 from environment",
            "role a/b!/Clean_up+=,.@- in 111122223333 from profile from profile dev",
        ] {
            assert_eq!(source.parse::<Source>().unwrap().to_string(), source);
        }
        let role = format!("{}/{}", "p".repeat(510), "n".repeat(64));
        assert_eq!(role.parse::<RoleName>().unwrap().as_str(), role);
    }

    #[test]
    fn rejects_other_sources_with_the_rule() {
        let unknown = "unknown form (expected environment, profile NAME, or role ROLE in ACCOUNT from one of these)";
        let of_source = |source: &str, problem: &str| format!("credential source \"{source}\": {problem}");
        let arn = "arn:aws:iam::111122223333:role/Cleanup";
        for (source, message) in [
            ("", of_source("", unknown)),
            ("Environment", of_source("Environment", unknown)),
            ("profile", of_source("profile", unknown)),
            ("environment ", of_source("environment ", unknown)),
            ("role A in 111122223333", of_source("role A in 111122223333", unknown)),
            (
                "role A in 111122223333 from role B in 111122223333 from environment",
                of_source("role A in 111122223333 from role B in 111122223333 from environment", unknown),
            ),
            ("profile ", "profile \"\": empty (expected the name of a profile)".to_owned()),
            ("profile  a", "profile \" a\": space at the start or end (expected the name of a profile)".to_owned()),
            ("profile a\n", "profile \"a\u{fffd}\": control character (expected the name of a profile)".to_owned()),
            (
                "role A in 11112222333 from environment",
                of_source(
                    "role A in 11112222333 from environment",
                    &"11112222333".parse::<AccountId>().unwrap_err().to_string(),
                ),
            ),
            (
                &format!("role {arn} in 111122223333 from environment"),
                format!("role \"{arn}\": an ARN (expected the role's name, because its account comes from the plan)"),
            ),
        ] {
            assert_eq!(source.parse::<Source>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn rejects_roles_by_the_rules_of_iam() {
        for (role, problem) in [
            ("", "empty name (expected 1–64 characters)"),
            ("a/", "empty name (expected 1–64 characters)"),
            ("/a", "slash at the start (expected a name such as Cleanup or service/Cleanup)"),
            ("a b", "' ' at position 2 (expected visible ASCII)"),
            ("ä", "'ä' at position 1 (expected visible ASCII)"),
            ("a*", "'*' in the name (allowed: A-Z, a-z, 0-9, _+=,.@-)"),
            (&"n".repeat(65), "65 characters in the name (expected at most 64)"),
            (&format!("{}/a", "p".repeat(511)), "511 characters in the path (expected at most 510)"),
        ] {
            let message = role.parse::<RoleName>().unwrap_err().to_string();
            assert!(message.ends_with(&format!("\": {problem}")), "{message}");
        }
    }
}
