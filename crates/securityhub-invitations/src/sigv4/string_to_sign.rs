//! The credential scope and the string to sign.

use crate::{
    date::{DateStamp, Timestamp},
    region::Region,
};

/// `/us-east-1/securityhub/aws4_request`: a credential scope without its date.
pub(super) struct Scope(Box<str>);

impl Scope {
    /// The longest name of a service, in bytes.
    pub(super) const LONGEST_SERVICE: usize = 64;

    /// The service's name is at most [`LONGEST_SERVICE`](Self::LONGEST_SERVICE) long.
    pub(super) fn new(region: &Region, service: &str) -> Self {
        Self(format!("/{region}/{service}/aws4_request").into())
    }

    pub(super) fn after_date(&self) -> &str {
        &self.0
    }
}

/// The string to sign, on the stack and in one piece: a hash of many small pieces takes as long again as their copying here.
pub(super) struct StringToSign {
    text: [u8; Self::LONGEST],
    length: usize,
}

impl StringToSign {
    const LONGEST: usize = Self::HEAD.len() + Self::LONGEST_SCOPE + Self::TAIL;
    const HEAD: &[u8; 42] = b"AWS4-HMAC-SHA256\nYYYYMMDDTHHMMSSZ\nYYYYMMDD";
    const LONGEST_SCOPE: usize =
        "/".len() + Region::LONGEST + "/".len() + Scope::LONGEST_SERVICE + "/aws4_request".len();
    /// A line break and the hash of the canonical request.
    const TAIL: usize = 1 + 64;

    pub(super) fn new(
        timestamp: &Timestamp,
        date: &DateStamp,
        scope: &Scope,
        canonical_request_hash: &[u8; 64],
    ) -> Self {
        let mut text = [b'\n'; Self::LONGEST];
        let (head, rest) = text.split_at_mut(Self::HEAD.len());
        head.copy_from_slice(Self::HEAD);
        head[17..33].copy_from_slice(timestamp);
        head[34..].copy_from_slice(date);
        let (scope_gap, rest) = rest.split_at_mut(scope.0.len());
        scope_gap.copy_from_slice(scope.0.as_bytes());
        rest[1..Self::TAIL].copy_from_slice(canonical_request_hash);
        Self { text, length: Self::HEAD.len() + scope.0.len() + Self::TAIL }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_just_fit() {
        let region = "r".repeat(Region::LONGEST).parse().unwrap();
        let scope = Scope::new(&region, &"s".repeat(Scope::LONGEST_SERVICE));
        let text = StringToSign::new(b"20261122T203705Z", b"20261122", &scope, &[b'0'; 64]);
        assert_eq!(text.as_bytes().len(), StringToSign::LONGEST);
        assert_eq!(
            std::str::from_utf8(text.as_bytes()).unwrap(),
            format!(
                "AWS4-HMAC-SHA256\n20261122T203705Z\n20261122/{}/{}/aws4_request\n{}",
                "r".repeat(63),
                "s".repeat(64),
                "0".repeat(64)
            )
        );
    }
}
