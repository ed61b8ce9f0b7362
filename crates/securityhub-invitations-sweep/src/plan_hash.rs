//! [`PlanHash`]: the identity of a plan.

use std::{fmt, io, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The identity of a plan: the first 128 bits of the SHA-256 of its encoding, as 32 hexadecimal digits.
///
/// Slices and ledgers carry it, so that ledgers of different plans are never merged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanHash([u8; 16]);

impl PlanHash {
    /// Hashes the JSON of a value without keeping it in memory.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        let mut hasher = Hasher(Sha256::new());
        serde_json::to_writer(&mut hasher, value).expect("a plan has only keys that are strings");
        let hash: [u8; 32] = hasher.0.finalize().into();
        Self(*hash.first_chunk().expect("a hash is longer than its half"))
    }
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The value is not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvalidPlanHash(());

impl fmt::Display for InvalidPlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid plan hash (expected 32 lower-case hexadecimal digits)")
    }
}

impl std::error::Error for InvalidPlanHash {}

impl FromStr for PlanHash {
    type Err = InvalidPlanHash;

    /// Parses a hash.
    ///
    /// # Errors
    /// [`InvalidPlanHash`] if the string is not 32 lower-case hexadecimal digits.
    fn from_str(digits: &str) -> Result<Self, InvalidPlanHash> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 32 || !digits.bytes().all(is_hex) {
            return Err(InvalidPlanHash(()));
        }
        u128::from_str_radix(digits, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| InvalidPlanHash(()))
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanHash({self})")
    }
}

impl Serialize for PlanHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlanHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        digits.parse().map_err(de::Error::custom)
    }
}
