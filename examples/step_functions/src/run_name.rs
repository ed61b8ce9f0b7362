//! [`RunName`]: the name of an execution, as a part of S3 keys.

use serde::Deserialize;

/// The name of an execution: 1–80 characters of `A-Z a-z 0-9 - _`.
///
/// All of them stay as they are in URLs, so that S3 and the signer agree on the path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RunName(String);

impl RunName {
    /// Returns the key of an object of the run.
    pub(crate) fn key(&self, object: &str) -> String {
        format!("runs/{}/{object}", self.0)
    }
}

impl TryFrom<String> for RunName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=80).contains(&name.len()) && name.bytes().all(is_allowed) {
            Ok(Self(name))
        } else {
            Err(format!("run {name:?}: invalid name (expected 1–80 characters of A-Z, a-z, 0-9, - and _)"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_names_that_change_paths() {
        assert_eq!(RunName::try_from("2026-11_a".to_owned()).unwrap().key("plan.toml"), "runs/2026-11_a/plan.toml");
        for name in ["", "..", "a/b", "a b", "ä", &"n".repeat(81)] {
            assert!(RunName::try_from(name.to_owned()).is_err(), "{name}");
        }
    }
}
