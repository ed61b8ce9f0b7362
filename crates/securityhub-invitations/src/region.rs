//! [`Region`]: the name of an AWS region.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{config_error::ConfigError, display::QuotedCharacter};

/// The name of an AWS region, such as `eu-central-1`.
///
/// Any host label of lower-case letters, digits and hyphens is accepted, so a new region works as soon as AWS opens it. The
/// pseudo-regions `fips-us-east-1` and `us-east-1-fips` keep their names. An [`Endpoint`](crate::Endpoint) for one of them is
/// the FIPS endpoint of the plain region.
///
/// Names that could only fail later are rejected:
/// - upper case, because the service would reject the signature
/// - names of digits alone
/// - `aws-global` and other `*-global` names, because Security Hub has no global endpoint
/// - availability zones, local zones and wavelength zones, such as `us-east-1a` and `us-west-2-lax-1a`
///
/// ```
/// use securityhub_invitations::Region;
///
/// let region: Region = "eu-central-1".parse()?;
/// assert_eq!(region, *"eu-central-1");
///
/// let error = "us-east-1a".parse::<Region>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid region \"us-east-1a\": a zone, not a region (expected us-east-1)");
/// # Ok::<(), securityhub_invitations::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

impl Region {
    /// The longest name in bytes, which is the longest host label.
    pub(crate) const LONGEST: usize = 63;

    /// Returns the name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a region of the partition table, whose names are tested to be valid.
    pub(crate) fn listed(name: &'static str) -> Self {
        Self(name.into())
    }

    /// Returns the region to sign for, and whether the name asks for FIPS: `fips-us-east-1` is (`us-east-1`, true).
    pub(crate) fn plain(&self) -> (Self, bool) {
        let plain = plain_name(&self.0);
        if plain.len() == self.0.len() { (self.clone(), false) } else { (Self(plain.into()), true) }
    }

    /// Returns the name without `fips-` and `-fips`.
    pub(crate) fn plain_name(&self) -> &str {
        plain_name(&self.0)
    }
}

/// Repeated affixes are all removed, so that a plain name stays as it is.
fn plain_name(mut name: &str) -> &str {
    while let Some(rest) = name.strip_prefix("fips-").or_else(|| name.strip_suffix("-fips")) {
        name = rest;
    }
    name
}

/// Returns the region of a zone: `us-east-1` for the availability zone `us-east-1a`, `us-west-2` for the local zone
/// `us-west-2-lax-1a` and its group `us-west-2-lax-1`, `us-east-1` for the wavelength zone `us-east-1-wl1-bos-wlz-1`.
///
/// Source: [AWS zones](https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html).
fn region_of_zone(name: &str) -> Option<&str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let without_letter = |part: &str| part.len() - usize::from(part.ends_with(|c: char| c.is_ascii_lowercase()));
    let is_numbered = |part: &str| is_number(&part[..without_letter(part)]);
    let mut end = 0;
    let mut parts = name.split('-').map(|part| {
        let start = end;
        end = start + part.len() + 1;
        (start, part)
    });
    // A region has at least two words before its number.
    let (start, number) = parts.by_ref().skip(2).find(|(_, part)| is_numbered(part))?;
    let region = &name[..start + without_letter(number)];
    let is_lettered = !is_number(number);
    let rest: Vec<_> = parts.map(|(_, part)| part).collect();
    let is_zone = match rest[..] {
        [] => is_lettered,
        [city, number] => !is_lettered && city.len() == 3 && !is_number(city) && is_numbered(number),
        [carrier, ..] => !is_lettered && carrier.strip_prefix("wl").is_some_and(is_number),
    };
    is_zone.then_some(region)
}

impl FromStr for Region {
    type Err = ConfigError;

    /// Parses a region's name.
    ///
    /// # Errors
    /// [`ConfigError`] in these cases:
    /// - The name is empty, has more than 63 characters, or has a character other than `a-z`, `0-9` and `-`.
    /// - It starts or ends with a hyphen, or has only digits.
    /// - It is a `*-global` name or a zone.
    fn from_str(name: &str) -> Result<Self, ConfigError> {
        let reject = |reason: String| Err(ConfigError::new("region", name, reason));
        if name.is_empty() {
            return reject("empty (expected a region such as us-east-1)".to_owned());
        }
        let is_invalid = |character: &char| !matches!(character, 'a'..='z' | '0'..='9' | '-');
        if let Some((character, position)) = name.chars().zip(1..).find(|(character, _)| is_invalid(character)) {
            return reject(format!("{} at position {position} (allowed: a-z, 0-9, -)", QuotedCharacter(character)));
        }
        if name.len() > Self::LONGEST {
            return reject(format!("has {} characters (expected at most 63)", name.len()));
        }
        let plain = plain_name(name);
        if [name, plain].iter().any(|name| name.is_empty() || name.starts_with('-') || name.ends_with('-')) {
            return reject("hyphen at the start or end (expected a region such as us-east-1)".to_owned());
        }
        if plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return reject("only digits (expected a region such as us-east-1)".to_owned());
        }
        if plain.ends_with("-global") {
            return reject("Security Hub has no global endpoint (expected a region such as us-east-1)".to_owned());
        }
        if let Some(region) = region_of_zone(plain) {
            return reject(format!("a zone, not a region (expected {region})"));
        }
        Ok(Self(name.into()))
    }
}

impl TryFrom<&str> for Region {
    type Error = ConfigError;

    /// Parses a region's name.
    ///
    /// # Errors
    /// The same as [`Region::from_str`].
    fn try_from(name: &str) -> Result<Self, ConfigError> {
        name.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl AsRef<str> for Region {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Region {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Region {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Region {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
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

/// Serializes as a string.
impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Deserializes from a string that [`Region::from_str`] accepts.
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
