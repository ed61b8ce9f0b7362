//! [`Chain`]: the checksum of each line, which depends on all lines before it.

use sha2::{Digest, Sha256};

/// The checksum of the latest line: the first 8 hexadecimal digits of a SHA-256.
///
/// It covers the checksum of the line before, followed by the line without its own checksum and line end. A line that is edited,
/// lost, repeated or moved does not fit its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain(String);

/// Stands between a line's members and its checksum.
const KEY: &str = ",\"h\":\"";
const DIGITS: usize = 8;
const END: &str = "\"}";

impl Chain {
    /// Starts before the first line.
    pub(super) fn new() -> Self {
        Self("0".repeat(DIGITS))
    }

    fn advance(&mut self, object: &[u8]) {
        let hash: [u8; 32] = Sha256::new().chain_update(&self.0).chain_update(object).finalize().into();
        let [a, b, c, d, ..] = hash;
        self.0 = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
    }

    /// Adds the checksum to a line of JSON, as the last member of its object.
    pub(super) fn seal(&mut self, line: &str) -> String {
        let object = line.trim_end();
        self.advance(object.as_bytes());
        let members = object.strip_suffix('}').expect("each line is an object");
        format!("{members}{KEY}{}{END}\n", self.0)
    }

    /// Advances past a line without its line end. Returns false if the checksum is missing or wrong.
    pub(super) fn accepts(&mut self, line: &[u8]) -> bool {
        let Some(members) = line.len().checked_sub(KEY.len() + DIGITS + END.len()) else { return false };
        let (members, seal) = line.split_at(members);
        self.advance(&[members, b"}"].concat());
        seal == format!("{KEY}{}{END}", self.0).as_bytes()
    }
}
