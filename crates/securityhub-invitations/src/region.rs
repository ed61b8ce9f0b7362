//! Region names.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{config_error::ConfigError, display::QuotedCharacter};

/// The name of an AWS region, such as `eu-central-1`.
///
/// Any host label of lower-case letters, digits and hyphens, so that a region that AWS opens tomorrow works today. It is
/// kept as given: the pseudo-regions `fips-us-east-1` and `us-east-1-fips` keep their text, and an
/// [`Endpoint`](crate::Endpoint) made of one is the FIPS endpoint of the plain region. Refused are what could only fail
/// later: upper case (the service would not accept the signature), a name of digits alone, and `aws-global` and its kin,
/// which have no Security Hub.
///
/// ```
/// use securityhub_invitations::Region;
///
/// let region: Region = "eu-central-1".parse()?;
/// assert_eq!(region.as_ref(), "eu-central-1");
/// assert!("eu central 1".parse::<Region>().is_err());
/// # Ok::<(), securityhub_invitations::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

impl Region {
    /// The longest name, in bytes: a host label's.
    pub(crate) const LONGEST: usize = 63;

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that is signed for, and whether the name asks for FIPS: `fips-us-east-1` is (`us-east-1`, true).
    pub(crate) fn plain(&self) -> (Self, bool) {
        let plain = plain_name(&self.0);
        if plain.len() == self.0.len() { (self.clone(), false) } else { (Self(plain.into()), true) }
    }
}

/// However often the name asks for FIPS: what is plain stays as it is.
fn plain_name(name: &str) -> &str {
    name.trim_start_matches("fips-").trim_end_matches("-fips")
}

impl FromStr for Region {
    type Err = ConfigError;

    /// # Errors
    /// [`ConfigError`] if the name is not a host label of `a-z`, `0-9` and inner hyphens with at most 63 characters, has
    /// no letter, or is one of the `*-global` names.
    fn from_str(name: &str) -> Result<Self, ConfigError> {
        let refuse = |rule: String| Err(ConfigError::new("region", name, rule));
        if name.is_empty() {
            return refuse("it is empty, and a region is a name such as us-east-1".to_owned());
        }
        let misfit = |character: &char| !matches!(character, 'a'..='z' | '0'..='9' | '-');
        if let Some((character, position)) = name.chars().zip(1..).find(|(character, _)| misfit(character)) {
            let character = QuotedCharacter(character);
            return refuse(format!(
                "character {position} is {character}, and a region is made of a-z, 0-9 and hyphens"
            ));
        }
        if name.len() > Self::LONGEST {
            return refuse(format!("it has {} characters, and a region has at most 63", name.len()));
        }
        let plain = plain_name(name);
        if [name, plain].iter().any(|name| name.is_empty() || name.starts_with('-') || name.ends_with('-')) {
            return refuse("a region neither starts nor ends with a hyphen".to_owned());
        }
        if plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse("a region is not made of digits alone".to_owned());
        }
        if plain.ends_with("-global") {
            return refuse("Security Hub has no global endpoint: name a region such as us-east-1".to_owned());
        }
        Ok(Self(name.into()))
    }
}

impl TryFrom<&str> for Region {
    type Error = ConfigError;

    /// # Errors
    /// As [`Region::from_str`].
    fn try_from(name: &str) -> Result<Self, ConfigError> {
        name.parse()
    }
}

impl AsRef<str> for Region {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

/// As a string.
impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// From a string that [`Region::from_str`] accepts.
impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Region;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an AWS region as a string")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Region, E> {
                name.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
