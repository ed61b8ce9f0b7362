//! AWS Signature Version 4, for any request: [`Signer`].
//!
//! The steps are one file each: `canonical` (the canonical request), `string_to_sign`, `key` (the signing key). Source: [Create
//! a signed AWS API request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
//!
//! - **Signed headers**: every header that is present, but those that proxies and transports change or add on the way:
//!   `authorization`, `baggage`, `connection`, `content-length`, `expect`, `keep-alive`, `proxy-*`, `te`, `traceparent`,
//!   `tracestate`, `trailer`, `transfer-encoding`, `upgrade`, `user-agent`, `x-amzn-trace-id`.
//! - **Host**: the `Host` header as it stands, if the request has one; else the URI's authority in lower case, without user
//!   information and the scheme's default port. No `Host` header is added: transports do that, and browsers insist on it.
//! - **Path**: normalised (dot segments resolved, repeated slashes collapsed) and percent-encoded once more, as every service
//!   but S3 wants it. The request's own path is left as it is.
//! - **Query**: percent-decoded, encoded again, sorted by name and then value. A `+` is a plus.
//! - **Payload**: hashed, always. A request that carries `x-amz-content-sha256` has that header's value used instead; none
//!   is ever added.

mod authorization;
mod canonical;
mod key;
mod string_to_sign;
mod template;

use std::{borrow::Cow, error, fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub(crate) use self::template::{Signed, Template};
use self::{
    authorization::Authorization,
    canonical::CanonicalRequest,
    key::{SigningDay, SigningKeys},
    string_to_sign::{Scope, StringToSign},
};
use crate::{
    config_error::ConfigError,
    credentials::Credentials,
    date::{SigningTime, Timestamp},
    display::{QuotedCharacter, ascii},
    hash::hex_of,
    redact::without_token,
    region::Region,
};

pub(crate) const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(crate) const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Signs any request for one service in one region. Clones share the signing key that is derived once a day.
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
/// // The caller's clock: `SystemTime::now()` outside of tests.
/// signer.sign(&mut request, UNIX_EPOCH + Duration::from_secs(1_795_379_825))?;
///
/// assert_eq!(request.headers()["x-amz-date"], "20261122T203705Z");
/// assert!(request.headers()["authorization"].to_str()?.contains("SignedHeaders=content-type;host;x-amz-date,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer(Arc<Parts>);

struct Parts {
    credentials: Credentials,
    token: Option<HeaderValue>,
    scope: Scope,
    keys: SigningKeys,
}

impl Signer {
    /// A signer for `service`, by its name in credential scopes: `securityhub`, `sts`, `execute-api`. Of the pseudo-regions
    /// `fips-X` and `X-fips` the plain region `X` is signed for.
    ///
    /// # Errors
    /// [`ConfigError`] if the service's name is empty, has a character other than letters, digits, `-`, `_` and `.`, or has
    /// more than 64 of them.
    pub fn new(credentials: Credentials, region: &Region, service: &str) -> Result<Self, ConfigError> {
        let misfit = |character: &char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'));
        if service.is_empty() {
            return Err(ConfigError::new("service", service, "it is empty"));
        }
        if let Some((character, position)) = service.chars().zip(1..).find(|(character, _)| misfit(character)) {
            let character = QuotedCharacter(character);
            let rule =
                format!("character {position} is {character}, and a service's name has letters, digits, -, _ and .");
            return Err(ConfigError::new("service", service, rule));
        }
        if service.len() > Scope::LONGEST_SERVICE {
            let rule = format!("it has {} characters, and a service's name has at most 64", service.len());
            return Err(ConfigError::new("service", service, rule));
        }
        let token = credentials.session_token().map(token_value);
        let (region, _) = region.plain();
        let keys = SigningKeys::new(credentials.secret_access_key(), region.as_str(), service);
        let scope = Scope::new(&region, service);
        Ok(Self(Arc::new(Parts { credentials, token, scope, keys })))
    }

    /// Signs the request: sets `x-amz-date`, `authorization` and, with temporary credentials, `x-amz-security-token`. What
    /// stood in these headers before is replaced, so that a request can be signed again.
    ///
    /// `now` is the caller's clock; outside of the years 1970–9999 it is clamped to them.
    ///
    /// # Errors
    /// [`SignError`] if the request has no host, or a header value that is not UTF-8, or more headers than an
    /// [`http::HeaderMap`] can hold. The request is then as it was.
    pub fn sign<B: AsRef<[u8]>>(&self, request: &mut Request<B>, now: SystemTime) -> Result<(), SignError> {
        const OURS: usize = 3;
        let time = SigningTime::at(now, 0);
        let (date, authorization) = self.0.keys.on_day(time.day, |day| {
            let timestamp = time.timestamp(&day.date);
            let canonical = CanonicalRequest::new(request, &timestamp, self.token())?;
            let mut hasher = Sha256::new();
            canonical.write(&mut |piece| hasher.update(piece));
            let signature = self.signature(day, &timestamp, &hasher.finalize().into());
            let authorization = self.authorization(canonical.signed_headers()).value(&day.date, &signature);
            Ok((timestamp_value(&timestamp), authorization))
        })?;

        let headers = request.headers_mut();
        let full = |_| SignError::TooManyHeaders;
        headers.try_reserve(OURS).map_err(full)?;
        headers.try_insert(X_AMZ_DATE, date).map_err(full)?;
        match self.token() {
            Some(token) => headers.try_insert(X_AMZ_SECURITY_TOKEN, token.clone()).map_err(full)?,
            None => headers.remove(X_AMZ_SECURITY_TOKEN),
        };
        headers.try_insert(header::AUTHORIZATION, authorization).map_err(full)?;
        Ok(())
    }

    /// What [`sign`](Self::sign) computes for this request, for people who compare it with what a server expected. The
    /// request is left alone.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn explain<B: AsRef<[u8]>>(&self, request: &Request<B>, now: SystemTime) -> Result<Explanation, SignError> {
        let time = SigningTime::at(now, 0);
        self.0.keys.on_day(time.day, |day| {
            let timestamp = time.timestamp(&day.date);
            let canonical = CanonicalRequest::new(request, &timestamp, self.token())?;
            let mut text = Vec::new();
            canonical.write(&mut |piece| text.extend_from_slice(piece));
            Ok(self.explanation(day, &timestamp, text, canonical.signed_headers()))
        })
    }

    fn token(&self) -> Option<&HeaderValue> {
        self.0.token.as_ref()
    }

    fn signature(&self, day: &SigningDay, timestamp: &Timestamp, canonical_request_hash: &[u8; 32]) -> [u8; 32] {
        day.sign(self.string_to_sign(day, timestamp, canonical_request_hash).as_bytes())
    }

    fn string_to_sign(&self, day: &SigningDay, timestamp: &Timestamp, hash: &[u8; 32]) -> StringToSign {
        StringToSign::new(timestamp, &day.date, &self.0.scope, &hex_of(hash))
    }

    fn authorization(&self, signed_headers: &str) -> Authorization {
        Authorization::new(self.0.credentials.access_key_id(), self.0.scope.after_date(), signed_headers)
    }

    fn explanation(
        &self,
        day: &SigningDay,
        timestamp: &Timestamp,
        canonical_request: Vec<u8>,
        signed_headers: &str,
    ) -> Explanation {
        let string_to_sign = self.string_to_sign(day, timestamp, &Sha256::digest(&canonical_request).into());
        // Without the bytes, token included, in what it would panic with.
        let canonical_request = String::from_utf8(canonical_request).map_err(|error| error.utf8_error());
        Explanation {
            canonical_request: canonical_request.expect("every piece is text"),
            string_to_sign: ascii(string_to_sign.as_bytes()).to_owned(),
            signed_headers: signed_headers.to_owned(),
            signature: hex::encode(day.sign(string_to_sign.as_bytes())),
        }
    }
}

/// The access key id and the scope; no secret, no key.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("credentials", &self.0.credentials)
            .field("scope", &self.0.scope.after_date())
            .finish_non_exhaustive()
    }
}

/// What is computed on the way to a signature, as text.
///
/// The fields are raw: `canonical_request` has the session token in its `x-amz-security-token` line, the one documented
/// place of this crate where a token shows. `Debug` and `Display` leave it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The canonical request, whose hash is in the string to sign.
    pub canonical_request: String,
    /// The string to sign.
    pub string_to_sign: String,
    /// The names of the signed headers, in lower case, sorted, joined with `;`.
    pub signed_headers: String,
    /// The signature, 64 hexadecimal digits.
    pub signature: String,
}

impl Explanation {
    fn redacted_canonical_request(&self) -> Cow<'_, str> {
        without_token(&self.canonical_request, None)
    }
}

/// Without the session token.
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

/// Both texts and the signature under headings, for a terminal; without the session token.
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

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// Neither a `Host` header nor an authority in the URI says which host the request is for.
    NoHost,
    /// The named header's value is not UTF-8. Servers do not agree on what to hash of such a value.
    NotUtf8(HeaderName),
    /// The request has as many headers as an [`http::HeaderMap`] can hold, and none of the signature's would fit.
    TooManyHeaders,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHost => write!(f, "the request has no host: its URI has no authority, and it has no Host header"),
            Self::NotUtf8(name) => write!(f, "the value of the header {name} is not UTF-8, and cannot be signed"),
            Self::TooManyHeaders => write!(f, "the request has too many headers to add those of a signature"),
        }
    }
}

impl error::Error for SignError {}

/// It is wiped when the last clone is dropped, wherever requests and transports take theirs.
fn token_value(session_token: &str) -> HeaderValue {
    let text = Bytes::from_owner(Zeroizing::new(session_token.as_bytes().to_vec()));
    let mut value = HeaderValue::from_maybe_shared(text).expect("a session token is visible ASCII");
    value.set_sensitive(true);
    value
}

fn timestamp_value(timestamp: &Timestamp) -> HeaderValue {
    HeaderValue::from_bytes(timestamp).expect("a timestamp is visible ASCII")
}
