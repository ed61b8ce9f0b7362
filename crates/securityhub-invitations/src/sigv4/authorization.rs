//! The value of the `Authorization` header.

use bytes::Bytes;
use http::HeaderValue;

use crate::{date::DateStamp, hash::hex_of};

/// The value with two gaps, the date and the signature: what stands around them is the same for each request of its kind.
#[derive(Clone)]
pub(super) struct Authorization {
    text: Box<[u8]>,
    date_at: usize,
}

impl Authorization {
    /// `scope` is the credential scope after its date. All of these are visible ASCII.
    pub(super) fn new(access_key_id: &str, scope: &str, signed_headers: &str) -> Self {
        const DATE: &str = "YYYYMMDD";
        const SIGNATURE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
        let before_date = ["AWS4-HMAC-SHA256 Credential=", access_key_id, "/"].concat();
        let text = [&before_date, DATE, scope, ", SignedHeaders=", signed_headers, ", Signature=", SIGNATURE].concat();
        Self { text: text.into_bytes().into(), date_at: before_date.len() }
    }

    pub(super) fn value(&self, date: &DateStamp, signature: &[u8; 32]) -> HeaderValue {
        let mut text = self.text.to_vec();
        text[self.date_at..][..date.len()].copy_from_slice(date);
        *text.last_chunk_mut().expect("it ends with the signature") = hex_of(signature);
        let mut value = HeaderValue::from_maybe_shared(Bytes::from(text)).expect("every piece is visible ASCII");
        value.set_sensitive(true);
        value
    }
}
