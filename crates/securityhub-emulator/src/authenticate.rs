//! Who sent this, for which region, and is it what they signed?
//!
//! Written from the protocol's description, server side: what came is parsed, the canonical request rebuilt and the
//! signatures compared in constant time. Nothing is shared with the client's signer, so that no mistake is.

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Request, StatusCode, header};
use securityhub_invitations::Region;
use sha2::{Digest as _, Sha256};

use crate::{
    access_key::AccessKey,
    answer::Refusal,
    canonical::{canonical_request, header_value, host_name},
    clock::Moment,
};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "securityhub";
const TERMINATOR: &str = "aws4_request";
/// Further off than this, in either direction, a date is refused.
const TOLERANCE_MINUTES: i64 = 5;

/// What a request is held against.
pub(crate) struct Rules<'a> {
    pub(crate) keys: &'a [AccessKey],
    /// The one region that is served; `None` is any.
    pub(crate) region: Option<&'a Region>,
    pub(crate) now: Moment,
}

/// The region that the request is for, if it is well signed by a key that is known.
///
/// The checks come in the order of the service's: the header's form, the date, what must be signed, the credential
/// scope, the key, the token, and the signature at last.
pub(crate) fn authenticate(request: &Request<Bytes>, rules: &Rules<'_>) -> Result<Region, Refusal> {
    let authorization = Authorization::of(request.headers())?;
    let date = SignedDate::of(request.headers())?;
    check_date(&date, rules.now)?;
    let signed_headers = signed_headers(request, &authorization)?;
    let scope = Scope::parse(&authorization.credential)?;
    let region = check_scope(&scope, &date, request, rules.region)?;
    let key = known_key(request.headers(), &scope, rules)?;
    let payload_hash = payload_hash(request)?;

    let canonical_request = canonical_request(request, &signed_headers, &payload_hash);
    let string_to_sign = format!(
        "{ALGORITHM}\n{}\n{}/{region}/{SERVICE}/{TERMINATOR}\n{}",
        date.basic,
        scope.date,
        hex::encode(Sha256::digest(&canonical_request))
    );
    if signature_matches(&authorization.signature, &key.secret, &scope, &string_to_sign) {
        return Ok(region);
    }
    Err(invalid_signature(format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.\n\n\
         The Canonical String for this request should have been\n'{}'\n\n\
         The String-to-Sign should have been\n'{string_to_sign}'\n",
        String::from_utf8_lossy(&canonical_request)
    )))
}

/// The `Authorization` header's three parameters.
struct Authorization {
    credential: String,
    signed_headers: String,
    signature: String,
}

impl Authorization {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let first = values.next().map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let text = first.trim();
        if text.is_empty() {
            return Err(Refusal::front_end(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        }
        if values.next().is_some() {
            return Err(incomplete_signature("The request has more than one Authorization header."));
        }
        let (algorithm, parameters) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split([',', ' ', '\t']).filter(|parameter| !parameter.is_empty()) {
            let Some((name, value)) = parameter.split_once('=') else {
                // Another scheme's header is not quoted: what stands there is somebody's password or token.
                if algorithm != ALGORITHM {
                    continue;
                }
                return Err(incomplete_signature(format!(
                    "'{parameter}' not a valid key=value pair (missing equal-sign) in Authorization header."
                )));
            };
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => continue,
            };
            *slot = Some(value).filter(|value| !value.is_empty());
        }
        if algorithm.starts_with("AWS4-") && algorithm != ALGORITHM {
            return Err(incomplete_signature(format!(
                "Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now)."
            )));
        }
        match (credential, signed_headers, signature) {
            (Some(credential), Some(signed_headers), Some(signature)) if algorithm == ALGORITHM => Ok(Self {
                credential: credential.to_owned(),
                signed_headers: signed_headers.to_owned(),
                signature: signature.to_owned(),
            }),
            (credential, signed_headers, signature) => {
                let ours = algorithm == ALGORITHM;
                let missing = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)]
                    .into_iter()
                    .filter(|(_, value)| !ours || value.is_none())
                    .map(|(name, _)| format!("Authorization header requires '{name}' parameter."));
                Err(incomplete_signature(missing.collect::<Vec<_>>().join(" ")))
            }
        }
    }
}

/// When the request says that it was signed.
struct SignedDate {
    at: Moment,
    /// As it enters the string to sign.
    basic: String,
}

impl SignedDate {
    /// `x-amz-date` outranks `Date`, which may also be written as HTTP writes dates.
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

/// The names that the client listed, in lower case and sorted; refused if it lists too few or more than it sent.
fn signed_headers(request: &Request<Bytes>, authorization: &Authorization) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = authorization.signed_headers.split(';').map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names.dedup();
    let signed = |name: &str| names.binary_search_by(|signed| signed.as_str().cmp(name)).is_ok();
    if !signed("host") {
        return Err(invalid_signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let date = request.headers().get("x-amz-date").map_or(Some("date"), |_| None);
    let needed = request.headers().keys().map(header::HeaderName::as_str);
    let needed = needed.filter(|name| name.starts_with("x-amz-") || *name == "content-type").chain(date);
    let mut unsigned: Vec<&str> = needed.filter(|name| !signed(name)).collect();
    unsigned.sort_unstable();
    if let Some(name) = unsigned.first() {
        return Err(invalid_signature(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
    }
    if let Some(name) = names.iter().find(|name| header_value(request, name).is_none()) {
        return Err(incomplete_signature(format!(
            "'{name}' is named as a SignedHeader, but it does not exist in the HTTP request."
        )));
    }
    Ok(names)
}

/// The slash-separated elements of a credential.
struct Scope<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

impl<'a> Scope<'a> {
    fn parse(credential: &'a str) -> Result<Self, Refusal> {
        let elements: Vec<&str> = credential.split('/').collect();
        let [key_id, date, region, service, terminator] = elements[..] else {
            return Err(incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{credential}'"
            )));
        };
        Ok(Self { key_id, date, region, service, terminator })
    }
}

/// All that is wrong with the scope, in one message.
fn check_scope(
    scope: &Scope<'_>,
    date: &SignedDate,
    request: &Request<Bytes>,
    pinned: Option<&Region>,
) -> Result<Region, Refusal> {
    let host_region = host_name(request).and_then(|host| region_of_host(&host));
    let region = scope.region.parse::<Region>().ok().filter(|region| {
        pinned.is_none_or(|pinned| pinned == region) && host_region.as_ref().is_none_or(|host| host == region)
    });
    let mut faults = Vec::new();
    if region.is_none() {
        faults.push(format!("Credential should be scoped to a valid region, not '{}'.", scope.region));
    }
    if scope.service != SERVICE {
        faults.push(format!("Credential should be scoped to correct service: '{SERVICE}'."));
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

/// The region that one of AWS's own host names stands for.
fn region_of_host(host: &str) -> Option<Region> {
    const DOMAINS: [&str; 14] = [
        "amazonaws.com",
        "amazonaws.com.cn",
        "amazonaws.eu",
        "api.amazonwebservices.com.cn",
        "api.amazonwebservices.eu",
        "api.aws",
        "api.aws.hci.ic.gov",
        "api.aws.ic.gov",
        "api.aws.scloud",
        "api.cloud-aws.adc-e.uk",
        "c2s.ic.gov",
        "cloud.adc-e.uk",
        "csp.hci.ic.gov",
        "sc2s.sgov.gov",
    ];
    let rest = host.strip_prefix("securityhub.").or_else(|| host.strip_prefix("securityhub-fips."))?;
    let (region, domain) = rest.split_once('.')?;
    DOMAINS.contains(&domain).then(|| region.parse().ok()).flatten()
}

fn known_key<'a>(headers: &HeaderMap, scope: &Scope<'_>, rules: &Rules<'a>) -> Result<&'a AccessKey, Refusal> {
    let token = headers.get("x-amz-security-token").map(|token| token.as_bytes().trim_ascii());
    let key = rules.keys.iter().find(|key| *key.id == *scope.key_id);
    let key = key.filter(|key| match (&key.session_token, token) {
        (None, None) => true,
        (Some(known), Some(token)) => same_token(known.as_bytes(), token),
        (None, Some(_)) | (Some(_), None) => false,
    });
    let Some(key) = key else {
        return Err(Refusal::front_end(
            StatusCode::FORBIDDEN,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ));
    };
    if key.expiry.is_some_and(|expiry| Moment::new(expiry, 0) <= rules.now) {
        return Err(Refusal::front_end(
            StatusCode::FORBIDDEN,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ));
    }
    Ok(key)
}

/// In constant time: two texts are the same if a MAC over one is good for the other.
fn same_token(known: &[u8], token: &[u8]) -> bool {
    mac(b"session token", token).verify_slice(&mac(b"session token", known).finalize().into_bytes()).is_ok()
}

/// The hash of the body that came. A client that also says in `x-amz-content-sha256` what it hashed must be right.
fn payload_hash(request: &Request<Bytes>) -> Result<String, Refusal> {
    let received = hex::encode(Sha256::digest(request.body()));
    match header_value(request, "x-amz-content-sha256") {
        Some(claimed) if claimed != received.as_bytes() => Err(invalid_signature(format!(
            "The value of 'x-amz-content-sha256' is '{}', and the SHA-256 of the body that was received is '{received}'.",
            String::from_utf8_lossy(&claimed)
        ))),
        _ => Ok(received),
    }
}

fn signature_matches(signature: &str, secret: &str, scope: &Scope<'_>, string_to_sign: &str) -> bool {
    let lower_case = signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let Some(signature) = lower_case.then(|| hex::decode(signature).ok()).flatten() else { return false };
    let secret = format!("AWS4{secret}").into_bytes();
    let key = [scope.date, scope.region, scope.service, scope.terminator]
        .iter()
        .fold(secret, |key, element| mac(&key, element.as_bytes()).finalize().into_bytes().to_vec());
    mac(&key, string_to_sign.as_bytes()).verify_slice(&signature).is_ok()
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message)
}

fn incomplete_signature(message: impl Into<String>) -> Refusal {
    Refusal::front_end(StatusCode::FORBIDDEN, "IncompleteSignatureException", message)
}

fn invalid_signature(message: impl Into<String>) -> Refusal {
    Refusal::front_end(StatusCode::FORBIDDEN, "InvalidSignatureException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_hosts() {
        for (host, region) in [
            ("securityhub.us-east-1.amazonaws.com", Some("us-east-1")),
            ("securityhub-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("securityhub.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("securityhub.eu-west-1.api.aws", Some("eu-west-1")),
            ("securityhub.eu-west-1.example.com", None),
            ("securityhub.localhost", None),
            ("us-east-1.amazonaws.com", None),
            ("localhost", None),
        ] {
            assert_eq!(region_of_host(host).as_ref().map(Region::as_str), region, "{host}");
        }
    }
}
