//! A request whose signature differs from call to call by its date and its payload only.

use std::sync::Arc;

use http::{HeaderValue, Request};
use sha2::{Digest, Sha256};

use super::{
    Authorization, CanonicalRequest, Explanation, SignError, Signer, X_AMZ_CONTENT_SHA256, X_AMZ_DATE,
    X_AMZ_SECURITY_TOKEN, timestamp_value,
};
use crate::date::{SigningTime, Timestamp};

/// A kind of request, and who signs it.
#[derive(Clone)]
pub(crate) struct Template {
    signer: Signer,
    text: Arc<CanonicalText>,
    authorization: Authorization,
}

/// A canonical request with three gaps: the date, the token if there is one, and the payload's hash. What stands before the
/// date is hashed already.
///
/// It is cut out of the text that [`CanonicalRequest`] writes, so there is one description of the canonical form.
struct CanonicalText {
    before_date: Box<str>,
    before_date_hashed: Sha256,
    /// Up to the token; all up to the payload's hash if there is no token.
    after_date: Box<str>,
    /// What stands between the token and the payload's hash.
    after_token: Option<Box<str>>,
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
        let text = Arc::new(CanonicalText::new(request, signer.token().is_some())?);
        let authorization = signer.authorization(&text.signed_headers);
        Ok(Self { signer, text, authorization })
    }

    /// The same for another signer; `None` if only one of the two has a token.
    pub(crate) fn with_signer(&self, signer: Signer) -> Option<Self> {
        let text = Arc::clone(&self.text);
        let authorization = signer.authorization(&text.signed_headers);
        (signer.token().is_some() == text.after_token.is_some()).then_some(Self { signer, text, authorization })
    }

    /// The headers that sign a payload. `payload_hash` is hexadecimal.
    pub(crate) fn sign(&self, time: SigningTime, payload_hash: &[u8; 64]) -> Signed {
        self.signer.0.keys.on_day(time.day, |day| {
            let timestamp = time.timestamp(&day.date);
            let mut hasher = self.text.before_date_hashed.clone();
            self.write_from_date(&timestamp, payload_hash, &mut |piece| hasher.update(piece));
            let signature = self.signer.signature(day, &timestamp, &hasher.finalize().into());
            Signed {
                date: timestamp_value(&timestamp),
                token: self.signer.token().cloned(),
                authorization: self.authorization.value(&day.date, &signature),
                signature,
            }
        })
    }

    pub(crate) fn explain(&self, time: SigningTime, payload_hash: &[u8; 64]) -> Explanation {
        self.signer.0.keys.on_day(time.day, |day| {
            let timestamp = time.timestamp(&day.date);
            let mut text = self.text.before_date.as_bytes().to_vec();
            self.write_from_date(&timestamp, payload_hash, &mut |piece| text.extend_from_slice(piece));
            self.signer.explanation(day, &timestamp, text, &self.text.signed_headers)
        })
    }

    fn write_from_date(&self, timestamp: &Timestamp, payload_hash: &[u8; 64], sink: &mut dyn FnMut(&[u8])) {
        sink(timestamp);
        sink(self.text.after_date.as_bytes());
        if let (Some(token), Some(after_token)) = (self.signer.token(), &self.text.after_token) {
            sink(token.as_bytes());
            sink(after_token.as_bytes());
        }
        sink(payload_hash);
    }
}

impl CanonicalText {
    fn new(request: &Request<()>, has_token: bool) -> Result<Self, SignError> {
        debug_assert!(!request.headers().contains_key(X_AMZ_CONTENT_SHA256), "the payload's hash is a gap");
        const TIMESTAMP: Timestamp = *b"YYYYMMDDTHHMMSSZ";
        let token = HeaderValue::from_static("token");
        let empty_body = Request::from_parts(request.clone().into_parts().0, []);
        let canonical = CanonicalRequest::new(&empty_body, &TIMESTAMP, has_token.then_some(&token))?;
        let mut text = Vec::new();
        canonical.write(&mut |piece| text.extend_from_slice(piece));
        let text = String::from_utf8(text).expect("every piece is text");

        let (text, _empty_hash) = text.rsplit_once('\n').expect("the hash stands on a line of its own");
        let text = [text, "\n"].concat();
        let (before_date, after_date) = around(&text, X_AMZ_DATE.as_str(), TIMESTAMP.len());
        let (after_date, after_token) = if has_token {
            let (before, after) = around(after_date, X_AMZ_SECURITY_TOKEN.as_str(), token.len());
            (before, Some(after.into()))
        } else {
            (after_date, None)
        };
        Ok(Self {
            before_date: before_date.into(),
            before_date_hashed: Sha256::new_with_prefix(before_date),
            after_date: after_date.into(),
            after_token,
            signed_headers: canonical.signed_headers().into(),
        })
    }
}

/// What stands before and after a header's value of so many bytes. The header is known to be there.
fn around<'a>(text: &'a str, name: &str, length: usize) -> (&'a str, &'a str) {
    // No line before the headers has a colon: those of a path or query are encoded.
    let line = ["\n", name, ":"].concat();
    let start = text.find(&line).expect("the date and the token are always signed") + line.len();
    (&text[..start], &text[start + length..])
}
