//! A request whose signature differs from call to call by its date and its payload only.

use http::{HeaderValue, Request};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{CanonicalRequest, Explanation, SignError, Signer, X_AMZ_CONTENT_SHA256, X_AMZ_DATE, timestamp_value};
use crate::clock::Timestamp;

/// A canonical request with two gaps, the date and the payload's hash. What stands before the date is hashed already.
///
/// It is cut out of the text that [`CanonicalRequest`] writes, so there is one description of the canonical form.
#[derive(Clone)]
pub(crate) struct Template {
    signer: Signer,
    before_date: Box<str>,
    before_date_hashed: Sha256,
    /// Has the token's line, where there is one.
    after_date: Zeroizing<String>,
    signed_headers: Box<str>,
}

/// The headers of a signature.
pub(crate) struct Signed {
    pub(crate) date: HeaderValue,
    pub(crate) token: Option<HeaderValue>,
    pub(crate) authorization: HeaderValue,
    pub(crate) signature: [u8; 32],
}

impl Template {
    /// For requests with this method, URI and headers, and any payload.
    pub(crate) fn new(signer: Signer, request: &Request<()>) -> Result<Self, SignError> {
        debug_assert!(!request.headers().contains_key(X_AMZ_CONTENT_SHA256), "the payload's hash is a gap");
        let timestamp = Timestamp::at(std::time::UNIX_EPOCH, 0);
        let empty_body = Request::from_parts(request.clone().into_parts().0, []);
        let canonical = CanonicalRequest::new(&empty_body, &timestamp, signer.token())?;
        // Measured first: a buffer that grows leaves pieces of the token behind.
        let mut length = 0;
        canonical.write(&mut |piece| length += piece.len());
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        canonical.write(&mut |piece| text.extend_from_slice(piece));
        let text = std::str::from_utf8(&text).expect("every piece is text");

        // No line before the headers has a colon: those of a path or query are encoded.
        let date_line = format!("\n{X_AMZ_DATE}:{}", timestamp.as_str());
        let date_end = text.find(&date_line).expect("the date is always signed") + date_line.len();
        let (before_date, after_date) = (&text[..date_end - timestamp.as_str().len()], &text[date_end..]);
        let hash_start = after_date.rfind('\n').expect("the hash stands on a line of its own") + 1;

        let before_date_hashed = Sha256::new_with_prefix(before_date);
        let (before_date, after_date) = (before_date.into(), Zeroizing::new(after_date[..hash_start].to_owned()));
        let signed_headers = canonical.signed_headers().into();
        Ok(Self { signer, before_date, before_date_hashed, after_date, signed_headers })
    }

    /// The headers that sign a payload. `payload_hash` is hexadecimal.
    pub(crate) fn sign(&self, timestamp: &Timestamp, payload_hash: &[u8; 64]) -> Signed {
        let mut hasher = self.before_date_hashed.clone();
        self.write_from_date(timestamp, payload_hash, &mut |piece| hasher.update(piece));
        let signature = self.signer.signature(timestamp, hasher);
        Signed {
            date: timestamp_value(timestamp),
            token: self.signer.token().cloned(),
            authorization: self.signer.authorization(timestamp, &self.signed_headers, &signature),
            signature,
        }
    }

    pub(crate) fn explain(&self, timestamp: &Timestamp, payload_hash: &[u8; 64]) -> Explanation {
        let length = self.before_date.len() + timestamp.as_str().len() + self.after_date.len() + payload_hash.len();
        let mut text = Vec::with_capacity(length);
        text.extend_from_slice(self.before_date.as_bytes());
        self.write_from_date(timestamp, payload_hash, &mut |piece| text.extend_from_slice(piece));
        self.signer.explanation(timestamp, text, &self.signed_headers)
    }

    fn write_from_date(&self, timestamp: &Timestamp, payload_hash: &[u8; 64], sink: &mut dyn FnMut(&[u8])) {
        sink(timestamp.as_str().as_bytes());
        sink(self.after_date.as_bytes());
        sink(payload_hash);
    }
}
