//! [`AccountId`]: a validated AWS account id.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{account_id_error::AccountIdError, display::ascii};

/// An AWS account id: exactly 12 ASCII digits.
///
/// It takes 12 bytes, is `Copy` and never allocates. Leading zeros are part of the id. Ids sort like their strings.
///
/// ```
/// use securityhub_invitations::AccountId;
///
/// let id: AccountId = "111122223333".parse()?;
/// assert_eq!(id.to_string(), "111122223333");
/// assert_eq!(id, *"111122223333");
///
/// let error = "11112222333x".parse::<AccountId>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid account id \"11112222333x\": has 'x' at position 12 (expected exactly 12 digits)"
/// );
/// # Ok::<(), securityhub_invitations::AccountIdError>(())
/// ```
///
/// Source: [AWS account identifiers](https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The number of digits in an account id.
    pub const LENGTH: usize = 12;

    /// Returns the 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Returns the id if `bytes` are exactly 12 ASCII digits.
    ///
    /// The check reads the caller's bytes, not a copy. Reading a copy before it has reached memory would stall the CPU.
    #[inline]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let digits: &[u8; 12] = bytes.try_into().ok()?;
        // Without early exit, the compiler can check all 12 at once.
        digits.iter().fold(true, |all, digit| all & digit.is_ascii_digit()).then_some(Self(*digits))
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    /// Parses an account id.
    ///
    /// # Errors
    /// [`AccountIdError`] if the string is not exactly 12 ASCII digits.
    #[inline]
    fn from_str(id: &str) -> Result<Self, AccountIdError> {
        Self::from_bytes(id.as_bytes()).ok_or_else(|| AccountIdError::new(id))
    }
}

impl TryFrom<&str> for AccountId {
    type Error = AccountIdError;

    /// Parses an account id.
    ///
    /// # Errors
    /// [`AccountIdError`] if the string is not exactly 12 ASCII digits.
    #[inline]
    fn try_from(id: &str) -> Result<Self, AccountIdError> {
        id.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.as_str().to_owned()
    }
}

impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for AccountId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for AccountId {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({})", self.as_str())
    }
}

/// Serializes as a string.
impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Deserializes from a string of exactly 12 ASCII digits.
impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = AccountId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an AWS account id as a string of 12 digits")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<AccountId, E> {
                id.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
