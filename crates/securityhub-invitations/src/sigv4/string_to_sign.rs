//! The credential scope and the string to sign.

use crate::{clock::Timestamp, region::Region};

/// `/us-east-1/securityhub/aws4_request`: a credential scope without its date.
pub(super) struct Scope(Box<str>);

impl Scope {
    pub(super) fn new(region: &Region, service: &str) -> Self {
        Self(format!("/{region}/{service}/aws4_request").into())
    }

    pub(super) fn after_date(&self) -> &str {
        &self.0
    }

    pub(super) fn write_string_to_sign(
        &self,
        timestamp: &Timestamp,
        canonical_request_hash: &[u8; 64],
        sink: &mut dyn FnMut(&[u8]),
    ) {
        sink(b"AWS4-HMAC-SHA256\n");
        sink(timestamp.as_str().as_bytes());
        sink(b"\n");
        sink(timestamp.date().as_bytes());
        sink(self.0.as_bytes());
        sink(b"\n");
        sink(canonical_request_hash);
    }
}
