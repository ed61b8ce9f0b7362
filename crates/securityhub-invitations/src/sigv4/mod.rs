//! AWS Signature Version 4 for any request except S3's: [`Signer`].
//!
//! Source: [Create a signed AWS API
//! request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
//!
//! - **Signed headers**: every header that is present, except those that proxies and transports change or add:
//!   `authorization`, `baggage`, `connection`, `content-length`, `expect`, `keep-alive`, `proxy-*`, `te`, `traceparent`,
//!   `tracestate`, `trailer`, `transfer-encoding`, `upgrade`, `user-agent`, `x-amzn-trace-id`.
//!   [`Signer::with_unsigned_headers`] adds names to this list.
//! - **Header values**: trimmed, with each run of spaces and tabs replaced by one space.
//! - **Host**: the request's `Host` header, unchanged, if there is one. Otherwise the URI's authority in lower case, without
//!   user information and the scheme's default port. No `Host` header is added: transports add it.
//! - **Path**: normalised (dot segments resolved, repeated slashes collapsed) and percent-encoded a second time. The
//!   request's own path stays unchanged.
//! - **Query**: percent-decoded, encoded again, and sorted by name and then by value. A `+` is a plus sign.
//! - **Payload**: always hashed. If the request has an `x-amz-content-sha256` header, its value is used instead. The signer
//!   never adds this header.

mod canonical;
mod key;

use std::{borrow::Cow, error, fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use zeroize::Zeroizing;

use self::{
    canonical::{CanonicalRequest, utf8},
    key::SigningKeys,
};
use crate::{
    config_error::ConfigError,
    credentials::Credentials,
    date::{DateStamp, SigningTime, Timestamp},
    display::{QuotedCharacter, ascii},
    hash::{self, EMPTY_SHA256},
    redact::redact,
    region::Region,
};

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs requests for one service in one region. Clones share the signing key, which is derived once per day.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use securityhub_invitations::{Credentials, sigv4::Signer};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
/// let signer = Signer::new(credentials, &"us-east-1".parse()?, "sts")?;
///
/// let mut request = http::Request::post("https://sts.us-east-1.amazonaws.com/")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body("Action=GetCallerIdentity&Version=2011-06-15")?;
/// // Outside of tests, the time is `SystemTime::now()`.
/// signer.sign(&mut request, UNIX_EPOCH + Duration::from_secs(1_795_379_825))?;
///
/// assert_eq!(request.headers()["x-amz-date"], "20261122T203705Z");
/// assert!(request.headers()["authorization"].to_str()?.contains("SignedHeaders=content-type;host;x-amz-date,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    inner: Arc<Inner>,
    unsigned_headers: Arc<[HeaderName]>,
}

struct Inner {
    credentials: Credentials,
    token: Option<HeaderValue>,
    /// The credential scope after its date: `/us-east-1/securityhub/aws4_request`.
    scope: Box<str>,
    keys: SigningKeys,
}

/// A signature and the strings that lead to it.
struct Stages {
    canonical: CanonicalRequest,
    string_to_sign: Vec<u8>,
    date: DateStamp,
    timestamp: Timestamp,
    signature: [u8; 32],
}

impl Signer {
    /// The longest service name in bytes.
    const LONGEST_SERVICE: usize = 64;
    /// The services that sign paths without normalising and encoding them a second time.
    const S3_SERVICES: [&str; 4] = ["s3", "s3express", "s3-object-lambda", "s3-outposts"];

    /// Creates a signer for a service, named as in credential scopes: `securityhub`, `sts`, `execute-api`.
    ///
    /// The pseudo-regions `fips-X` and `X-fips` are signed as the region `X`.
    ///
    /// # Errors
    /// [`ConfigError`] for each of these service names:
    /// - an empty name, or one of more than 64 bytes
    /// - a name with a character other than ASCII letters, digits, `-`, `_` and `.`
    /// - `s3`, `s3express`, `s3-object-lambda` and `s3-outposts`, because S3 has different rules for signing paths
    pub fn new(credentials: Credentials, region: &Region, service: &str) -> Result<Self, ConfigError> {
        let invalid = |rule: String| Err(ConfigError::new("service", service, rule));
        let misfit = |character: &char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'));
        if service.is_empty() {
            return invalid("empty (expected a name such as securityhub)".to_owned());
        }
        if let Some((character, position)) = service.chars().zip(1..).find(|(character, _)| misfit(character)) {
            let character = QuotedCharacter(character);
            return invalid(format!("{character} at position {position} (allowed: A-Z, a-z, 0-9, -, _, .)"));
        }
        if service.len() > Self::LONGEST_SERVICE {
            return invalid(format!("{} characters (expected at most {})", service.len(), Self::LONGEST_SERVICE));
        }
        if Self::S3_SERVICES.iter().any(|s3| s3.eq_ignore_ascii_case(service)) {
            return invalid("S3 paths are signed by other rules (expected a service other than S3)".to_owned());
        }
        let (region, _) = region.plain();
        let inner = Inner {
            token: credentials.session_token().map(token_value),
            scope: format!("/{region}/{service}/aws4_request").into(),
            keys: SigningKeys::new(credentials.secret_access_key(), region.as_str(), service),
            credentials,
        };
        Ok(Self { inner: Arc::new(inner), unsigned_headers: Arc::default() })
    }

    /// Adds headers that are not signed, for headers that a proxy changes: `via`, `x-forwarded-for`, `accept-encoding`.
    ///
    /// `host` and every `x-amz-*` header are signed even if they are named here, because AWS rejects requests in which they
    /// are not.
    ///
    /// ```
    /// # use std::time::UNIX_EPOCH;
    /// # use securityhub_invitations::{Credentials, sigv4::Signer};
    /// # let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    /// use http::header::VIA;
    ///
    /// let signer = Signer::new(credentials, &"us-east-1".parse()?, "execute-api")?.with_unsigned_headers([VIA]);
    /// let request = http::Request::get("https://example.com/").header(VIA, "1.1 proxy").body("")?;
    /// assert_eq!(signer.explain(&request, UNIX_EPOCH)?.signed_headers, "host;x-amz-date");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_unsigned_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.unsigned_headers = self.unsigned_headers.iter().cloned().chain(names).collect();
        self
    }

    /// Signs the request: sets `x-amz-date`, `authorization` and, with temporary credentials, `x-amz-security-token`.
    ///
    /// Earlier values of these headers are replaced, so a request can be signed again. `now` is the caller's clock, clamped
    /// to the years 1970–9999.
    ///
    /// # Errors
    /// [`SignError`] if the request has no host, a signed header value that is not UTF-8, or more headers than an
    /// [`HeaderMap`] can hold. The request is then unchanged.
    pub fn sign<B: AsRef<[u8]>>(&self, request: &mut Request<B>, now: SystemTime) -> Result<(), SignError> {
        let stages = self.stages_of(request, now)?;
        self.insert(request.headers_mut(), &stages)
    }

    /// Returns the strings that [`sign`](Self::sign) computes for this request, to compare them with those of a server.
    ///
    /// # Errors
    /// The same as those of [`sign`](Self::sign), except for the number of headers.
    pub fn explain<B: AsRef<[u8]>>(&self, request: &Request<B>, now: SystemTime) -> Result<Explanation, SignError> {
        Ok(self.explanation(self.stages_of(request, now)?))
    }

    /// Returns a message without the session token of this signer, for errors of a server that quote the signed request.
    ///
    /// ```
    /// # use securityhub_invitations::{Credentials, sigv4::Signer};
    /// # let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?
    /// #     .with_session_token("IQoJb3JpZ2luX2VjEXAMPLE")?;
    /// let signer = Signer::new(credentials, &"us-east-1".parse()?, "sts")?;
    /// assert_eq!(signer.redact("invalid: IQoJb3JpZ2luX2VjEXAMPLE"), "invalid: [redacted]");
    /// # Ok::<(), securityhub_invitations::ConfigError>(())
    /// ```
    #[must_use]
    pub fn redact<'m>(&self, message: &'m str) -> Cow<'m, str> {
        redact(message, self.inner.credentials.session_token())
    }

    /// Signs a request whose payload is already hashed, and returns the signature.
    ///
    /// `uri` is the URI to sign, which can differ from the one that the request is sent to.
    pub(crate) fn sign_hashed(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        payload_hash: &[u8; 64],
        time: SigningTime,
    ) -> Result<[u8; 32], SignError> {
        let stages = self.stages(method, uri, headers, ascii(payload_hash), time)?;
        self.insert(headers, &stages)?;
        Ok(stages.signature)
    }

    /// Returns the strings that [`sign_hashed`](Self::sign_hashed) computes.
    pub(crate) fn explain_hashed(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        payload_hash: &[u8; 64],
        time: SigningTime,
    ) -> Result<Explanation, SignError> {
        Ok(self.explanation(self.stages(method, uri, headers, ascii(payload_hash), time)?))
    }

    fn stages_of<B: AsRef<[u8]>>(&self, request: &Request<B>, now: SystemTime) -> Result<Stages, SignError> {
        let body_hash;
        let payload_hash = match request.headers().get(X_AMZ_CONTENT_SHA256) {
            // A value that is not UTF-8 cannot be signed as a header either.
            Some(value) => utf8(value).unwrap_or_default().trim_matches([' ', '\t']),
            None => {
                let body = request.body().as_ref();
                body_hash = if body.is_empty() { EMPTY_SHA256 } else { hash::sha256_hex(body) };
                ascii(&body_hash)
            }
        };
        self.stages(request.method(), request.uri(), request.headers(), payload_hash, SigningTime::at(now, 0))
    }

    fn stages(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        payload_hash: &str,
        time: SigningTime,
    ) -> Result<Stages, SignError> {
        let day = self.inner.keys.on_day(time.day);
        let (date, timestamp) = (day.date, time.timestamp(&day.date));
        let has_token = self.inner.token.is_some();
        let canonical = CanonicalRequest::new(
            method,
            uri,
            headers,
            &self.unsigned_headers,
            ascii(&timestamp),
            has_token,
            payload_hash,
        )?;
        let hash = hash::hex(&canonical.hash(self.token()));
        let scope = self.inner.scope.as_bytes();
        let string_to_sign = [b"AWS4-HMAC-SHA256\n", &timestamp[..], b"\n", &date, scope, b"\n", &hash].concat();
        let signature = day.sign(&string_to_sign);
        Ok(Stages { canonical, string_to_sign, date, timestamp, signature })
    }

    /// Adds the headers of the signature. On failure, the headers are unchanged.
    fn insert(&self, headers: &mut HeaderMap, stages: &Stages) -> Result<(), SignError> {
        const ADDED: usize = 3;
        let full = |_| SignError::TooManyHeaders;
        headers.try_reserve(ADDED).map_err(full)?;
        let timestamp = HeaderValue::from_bytes(&stages.timestamp).expect("a timestamp is visible ASCII");
        headers.try_insert(X_AMZ_DATE, timestamp).map_err(full)?;
        match &self.inner.token {
            Some(token) => headers.try_insert(X_AMZ_SECURITY_TOKEN, token.clone()).map_err(full)?,
            None => headers.remove(X_AMZ_SECURITY_TOKEN),
        };
        headers.try_insert(header::AUTHORIZATION, self.authorization(stages)).map_err(full)?;
        Ok(())
    }

    fn authorization(&self, stages: &Stages) -> HeaderValue {
        let signature = hash::hex(&stages.signature);
        let value = [
            b"AWS4-HMAC-SHA256 Credential=",
            self.inner.credentials.access_key_id().as_bytes(),
            b"/",
            &stages.date,
            self.inner.scope.as_bytes(),
            b", SignedHeaders=",
            stages.canonical.signed_headers().as_bytes(),
            b", Signature=",
            &signature,
        ];
        let value = HeaderValue::from_maybe_shared(Bytes::from(value.concat()));
        let mut value = value.expect("every part is visible ASCII");
        value.set_sensitive(true);
        value
    }

    fn explanation(&self, stages: Stages) -> Explanation {
        Explanation {
            signed_headers: stages.canonical.signed_headers().to_owned(),
            canonical_request: stages.canonical.with_token(self.token()),
            string_to_sign: ascii(&stages.string_to_sign).to_owned(),
            signature: ascii(&hash::hex(&stages.signature)).to_owned(),
        }
    }

    fn token(&self) -> &str {
        self.inner.credentials.session_token().unwrap_or_default()
    }
}

/// Shows the access key id and the scope. Never shows a secret or a key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("credentials", &self.inner.credentials)
            .field("scope", &self.inner.scope)
            .field("unsigned_headers", &self.unsigned_headers)
            .finish_non_exhaustive()
    }
}

/// The strings that lead to a signature.
///
/// The fields are raw: `canonical_request` contains the session token in its `x-amz-security-token` line. This is the only
/// documented place of this crate that shows a token. `Debug` and `Display` redact it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The canonical request, whose hash is part of the string to sign.
    pub canonical_request: String,
    /// The string to sign.
    pub string_to_sign: String,
    /// The names of the signed headers: lower case, sorted, joined with `;`.
    pub signed_headers: String,
    /// The signature as 64 hexadecimal digits.
    pub signature: String,
}

impl Explanation {
    fn redacted_canonical_request(&self) -> Cow<'_, str> {
        redact(&self.canonical_request, None)
    }
}

/// Redacts the session token.
impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("canonical_request", &self.redacted_canonical_request())
            .field("string_to_sign", &self.string_to_sign)
            .field("signed_headers", &self.signed_headers)
            .field("signature", &self.signature)
            .finish()
    }
}

/// Prints the canonical request, the string to sign and the signature under headings. Redacts the session token.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let canonical_request = self.redacted_canonical_request();
        let Self { string_to_sign, signature, .. } = self;
        write!(
            f,
            "canonical request:\n{canonical_request}\n\nstring to sign:\n{string_to_sign}\n\nsignature:\n{signature}"
        )
    }
}

/// A request that cannot be signed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The request has neither a `Host` header nor an authority in its URI.
    NoHost,
    /// The named header's value is not UTF-8. Servers disagree about the bytes to hash for such a value.
    NotUtf8(HeaderName),
    /// The request has too many headers: a [`HeaderMap`] has no room for those of the signature.
    TooManyHeaders,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHost => f.write_str("request has no host: the URI has no authority and there is no Host header"),
            Self::NotUtf8(name) => write!(f, "header {name}: value is not UTF-8 (expected UTF-8 in signed headers)"),
            Self::TooManyHeaders => f.write_str("request has too many headers: those of the signature do not fit"),
        }
    }
}

/// The same as `Display`, so that `main` prints a readable error.
impl fmt::Debug for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for SignError {}

/// Returns the header's value, whose bytes are wiped when its last clone is dropped.
fn token_value(session_token: &str) -> HeaderValue {
    let bytes = Bytes::from_owner(Zeroizing::new(session_token.as_bytes().to_vec()));
    let mut value = HeaderValue::from_maybe_shared(bytes).expect("a session token is visible ASCII");
    value.set_sensitive(true);
    value
}
