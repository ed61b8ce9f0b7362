//! Authentication of requests by Signature Version 4.
//!
//! This is the server's side of the protocol. It parses the request, rebuilds the canonical request and compares the
//! signatures in constant time. It shares no code with the client's signer, so they cannot share a mistake.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, StatusCode, header};
use securityhub_invitations::Region;
use sha2::{Digest as _, Sha256};

use crate::{
    access_key::AccessKey,
    authorization::{ALGORITHM, Scope, incomplete_signature},
    canonical::canonical_request,
    clock::Moment,
    incoming::Incoming,
    response::Refusal,
};

const TERMINATOR: &str = "aws4_request";
/// The largest accepted difference between a request's date and the emulator's clock, in either direction.
const TOLERANCE_MINUTES: i64 = 5;

/// The configuration that requests are checked against.
pub(crate) struct Rules<'a> {
    /// The service's name in credential scopes.
    pub(crate) service: &'static str,
    /// The only region that is served. `None` serves every region.
    pub(crate) region: Option<&'a Region>,
    pub(crate) now: Moment,
}

/// A request whose key is known and whose signature is not verified yet.
pub(crate) struct Claim {
    pub(crate) region: Region,
    pub(crate) key: AccessKey,
    signed_headers: Vec<String>,
    date: String,
    scope_date: String,
    signature: String,
    service: &'static str,
}

impl Claim {
    /// Checks everything except the body and the signature. `find_key` returns the key with this id and session token.
    ///
    /// The order of the checks is the service's: header syntax, date, signed headers, credential scope, key, session
    /// token, signature.
    pub(crate) fn check(
        incoming: &Incoming<'_>,
        rules: &Rules<'_>,
        find_key: impl FnOnce(&str, Option<&[u8]>) -> Option<AccessKey>,
    ) -> Result<Self, Refusal> {
        let authorization = incoming.authorization.as_ref().map_err(Clone::clone)?;
        let date = SignedDate::of(incoming.headers)?;
        check_date(&date, rules.now)?;
        let signed_headers = signed_headers(incoming, &authorization.signed_headers)?;
        let scope = Scope::parse(&authorization.credential)?;
        let region = check_scope(&scope, &date, incoming, rules)?;
        let token = incoming.headers.get("x-amz-security-token").map(|token| token.as_bytes().trim_ascii());
        let key = find_key(scope.key_id, token).ok_or_else(unrecognized_client)?;
        if key.expiry.is_some_and(|expiry| Moment::new(expiry, 0) <= rules.now) {
            return Err(Refusal::front_end(
                StatusCode::FORBIDDEN,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ));
        }
        Ok(Self {
            region,
            key,
            signed_headers,
            date: date.basic,
            scope_date: scope.date.to_owned(),
            signature: authorization.signature.clone(),
            service: rules.service,
        })
    }

    /// Verifies the signature over the whole request.
    pub(crate) fn verify(&self, incoming: &Incoming<'_>) -> Result<(), Refusal> {
        let canonical_request = canonical_request(incoming, &self.signed_headers, &payload_hash(incoming)?);
        let string_to_sign = format!(
            "{ALGORITHM}\n{}\n{}/{}/{}/{TERMINATOR}\n{}",
            self.date,
            self.scope_date,
            self.region,
            self.service,
            hex::encode(Sha256::digest(&canonical_request))
        );
        if self.signature_matches(&string_to_sign) {
            return Ok(());
        }
        Err(invalid_signature(format!(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.\n\n\
             The Canonical String for this request should have been\n'{}'\n\n\
             The String-to-Sign should have been\n'{string_to_sign}'\n",
            String::from_utf8_lossy(&canonical_request)
        )))
    }

    fn signature_matches(&self, string_to_sign: &str) -> bool {
        let lower_case = self.signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let Some(signature) = lower_case.then(|| hex::decode(&self.signature).ok()).flatten() else { return false };
        let secret = format!("AWS4{}", self.key.secret).into_bytes();
        let key = [&self.scope_date, self.region.as_str(), self.service, TERMINATOR]
            .iter()
            .fold(secret, |key, element| mac(&key, element.as_bytes()).finalize().into_bytes().to_vec());
        mac(&key, string_to_sign.as_bytes()).verify_slice(&signature).is_ok()
    }
}

/// The error for an unknown key, and for a session token that this region does not accept.
pub(crate) fn unrecognized_client() -> Refusal {
    Refusal::front_end(
        StatusCode::FORBIDDEN,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
}

/// The time at which the client signed the request, according to its headers.
struct SignedDate {
    at: Moment,
    /// The form that is part of the string to sign.
    basic: String,
}

impl SignedDate {
    /// Reads `x-amz-date`, or `Date` if it is absent. `Date` can also have HTTP's date format.
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let (header, value) = match (headers.get("x-amz-date"), headers.get(header::DATE)) {
            (Some(value), _) => ("x-amz-date", value),
            (None, Some(value)) => ("date", value),
            (None, None) => {
                return Err(incomplete_signature(
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
                ));
            }
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = text.trim();
        let at = Moment::from_basic(text)
            .or_else(|| if header == "date" { Moment::from_http_date(text) } else { None })
            .ok_or_else(|| {
                incomplete_signature(format!(
                    "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
                ))
            })?;
        let basic = if Moment::from_basic(text).is_some() { text.to_owned() } else { at.basic() };
        Ok(Self { at, basic })
    }
}

fn check_date(date: &SignedDate, now: Moment) -> Result<(), Refusal> {
    let (signed, off) = (&date.basic, date.at.seconds_since(now));
    let tolerance = TOLERANCE_MINUTES * 60;
    if off < -tolerance {
        let (limit, now) = (now.plus(-tolerance).basic(), now.basic());
        return Err(invalid_signature(format!(
            "Signature expired: {signed} is now earlier than {limit} ({now} - {TOLERANCE_MINUTES} min.)"
        )));
    }
    if off > tolerance {
        let (limit, now) = (now.plus(tolerance).basic(), now.basic());
        return Err(invalid_signature(format!(
            "Signature not yet current: {signed} is still later than {limit} ({now} + {TOLERANCE_MINUTES} min.)"
        )));
    }
    Ok(())
}

/// Returns the listed header names in lower case, sorted.
///
/// Rejects a list that lacks a required header or names a header that is not in the request.
fn signed_headers(incoming: &Incoming<'_>, list: &str) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = list.split(';').map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    let signed = |name: &str| names.binary_search_by(|signed| signed.as_str().cmp(name)).is_ok();
    if !signed("host") {
        return Err(invalid_signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let date = incoming.headers.get("x-amz-date").map_or(Some("date"), |_| None);
    let needed = incoming.headers.keys().map(header::HeaderName::as_str);
    let needed = needed.filter(|name| name.starts_with("x-amz-")).chain(date);
    let mut unsigned: Vec<&str> = needed.filter(|name| !signed(name)).collect();
    unsigned.sort_unstable();
    if let Some(name) = unsigned.first() {
        return Err(invalid_signature(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
    }
    if let Some(name) = names.iter().find(|name| incoming.header(name).is_none()) {
        return Err(incomplete_signature(format!(
            "'{name}' is named as a SignedHeader, but it does not exist in the HTTP request."
        )));
    }
    Ok(names)
}

/// Returns the scope's region, or one error that lists every problem of the scope.
fn check_scope(
    scope: &Scope<'_>,
    date: &SignedDate,
    incoming: &Incoming<'_>,
    rules: &Rules<'_>,
) -> Result<Region, Refusal> {
    let region = scope.region.parse::<Region>().ok().filter(|region| {
        rules.region.is_none_or(|pinned| pinned == region)
            && incoming.endpoint.region().is_none_or(|endpoint| endpoint == region)
    });
    let mut faults = Vec::new();
    if region.is_none() {
        faults.push(format!("Credential should be scoped to a valid region, not '{}'.", scope.region));
    }
    if scope.service != rules.service {
        faults.push(format!("Credential should be scoped to correct service: '{}'.", rules.service));
    }
    if scope.terminator != TERMINATOR {
        faults.push(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'.",
            scope.terminator
        ));
    }
    if scope.date != &date.basic[..8] {
        faults.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', \
             from '{}'.",
            scope.date,
            &date.basic[..8],
            date.basic
        ));
    }
    match region {
        Some(region) if faults.is_empty() => Ok(region),
        _ => Err(invalid_signature(faults.join(" "))),
    }
}

/// Compares two tokens in constant time, by comparing their MACs.
pub(crate) fn same_token(known: &[u8], token: &[u8]) -> bool {
    mac(b"session token", token).verify_slice(&mac(b"session token", known).finalize().into_bytes()).is_ok()
}

/// Returns the hash of the received body. An `x-amz-content-sha256` header must equal it.
fn payload_hash(incoming: &Incoming<'_>) -> Result<String, Refusal> {
    let received = hex::encode(Sha256::digest(incoming.body));
    match incoming.header("x-amz-content-sha256") {
        Some(claimed) if claimed != received.as_bytes() => Err(invalid_signature(format!(
            "The value of 'x-amz-content-sha256' is '{}', and the SHA-256 of the body that was received is '{received}'.",
            String::from_utf8_lossy(&claimed)
        ))),
        _ => Ok(received),
    }
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message)
}

fn invalid_signature(message: impl Into<String>) -> Refusal {
    Refusal::front_end(StatusCode::FORBIDDEN, "InvalidSignatureException", message)
}
