//! Error codes, compared with a list that is independent of the core's table: kind, retry class, and whether the clock may be
//! the cause.

use std::time::Duration;

use securityhub_invitations::{DeleteInvitationsOutput, ErrorKind as Kind};
use serde_json::json;

use crate::{
    scenario::{Scenario, error, ok, steady},
    support::response,
};

/// The throttling codes of AWS's retry behaviour, revision 2.1, and `LimitExceededException`.
pub(crate) const THROTTLING_CODES: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Rule 8: the kind of each code.
const KINDS: [(Kind, &[&str]); 13] = [
    (Kind::Internal, &["InternalException", "InternalFailure", "InternalServerError"]),
    (Kind::InvalidInput, &["InvalidInputException", "ValidationException"]),
    (Kind::BadRequest, &["BadRequestException"]),
    (Kind::InvalidAccess, &["InvalidAccessException"]),
    (Kind::LimitExceeded, &["LimitExceededException"]),
    (Kind::ResourceNotFound, &["ResourceNotFoundException"]),
    (Kind::AccessDenied, &["AccessDeniedException", "AccessDenied"]),
    (Kind::ExpiredCredentials, &["ExpiredToken", "ExpiredTokenException"]),
    (Kind::ClockSkew, &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]),
    (
        Kind::InvalidCredentials,
        &[
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "AuthFailure",
        ],
    ),
    (Kind::OptInRequired, &["OptInRequired", "SubscriptionRequiredException"]),
    (Kind::Unavailable, &["ServiceUnavailable", "ServiceUnavailableException"]),
    (
        Kind::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "TransactionInProgressException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "RequestThrottled",
            "SlowDown",
            "PriorRequestNotComplete",
            "EC2ThrottledException",
        ],
    ),
];

/// Rule 10: the five codes of rejections that the clock may cause.
const CLOCK_CODES: [&str; 5] = [
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "RequestTimeTooSkewed",
    "AccessDeniedException",
];

/// The codes that are transient whatever the status.
const TRANSIENT_CODES: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];

fn kind(status: u16, headers: &[(&str, &str)], body: &str) -> Kind {
    DeleteInvitationsOutput::from_response(&response(status, headers, body)).unwrap_err().kind()
}

/// Returns every code of this file.
fn all_codes() -> impl Iterator<Item = &'static str> {
    KINDS.iter().flat_map(|(_, codes)| codes.iter().copied()).chain(TRANSIENT_CODES)
}

#[test]
fn each_code_has_its_kind() {
    for (expected, codes) in KINDS {
        for code in codes {
            for status in [302, 400, 403, 429, 500, 503] {
                assert_eq!(kind(status, &[("x-amzn-errortype", code)], ""), expected, "{status} {code}");
                assert_eq!(kind(status, &[], &json!({ "Code": code }).to_string()), expected, "{status} {code}");
            }
            for other in [format!("{code}s"), code.to_lowercase(), code[1..].to_owned()] {
                assert_eq!(kind(400, &[("x-amzn-errortype", &other)], ""), Kind::Other, "{other}");
            }
        }
    }
}

#[test]
fn the_status_decides_without_a_known_code() {
    for status in (100..=999).filter(|status| !(200..=299).contains(status)) {
        let expected = match status {
            401 | 403 => Kind::AccessDenied,
            429 => Kind::Throttled,
            500 => Kind::Internal,
            502..=504 => Kind::Unavailable,
            _ => Kind::Other,
        };
        assert_eq!(kind(status, &[], ""), expected, "{status}");
        for code in ["SomethingNew", "RequestTimeout", "RequestTimeoutException"] {
            assert_eq!(kind(status, &[("x-amzn-errortype", code)], "<html>"), expected, "{status} {code}");
        }
    }
}

/// The retry class of each code with status 400, which has no class of its own.
#[test]
fn each_code_has_its_retry_class() {
    for code in all_codes() {
        let expected = if THROTTLING_CODES.contains(&code) {
            Some(Duration::from_secs(1))
        } else {
            TRANSIENT_CODES.contains(&code).then_some(Duration::from_millis(50))
        };
        let hub = steady();
        let run = Scenario::of(hub.clone()).run([error(400, code), error(400, "X")]);
        assert_eq!(run.waits.first().copied(), expected, "{code}");
        let price = match expected {
            None => 0,
            Some(wait) if wait.as_secs() == 1 => 5,
            Some(_) => 14,
        };
        assert_eq!(500 - hub.retry_quota(), price, "{code}");
    }
}

#[test]
fn five_codes_may_be_due_to_the_clock() {
    for code in all_codes() {
        let is_retried =
            CLOCK_CODES.contains(&code) || THROTTLING_CODES.contains(&code) || TRANSIENT_CODES.contains(&code);
        let run = Scenario::of(steady()).run([error(403, code).ahead_by(600), ok()]);
        assert_eq!(run.attempts(), if is_retried { 2 } else { 1 }, "{code}");
    }
    for code in CLOCK_CODES {
        let run = Scenario::of(steady()).run([error(403, code)]);
        assert_eq!(run.attempts(), 1, "{code} with a correct clock");
    }
}

#[test]
fn messages_can_blame_the_clock() {
    for (code, message, expected) in [
        ("InvalidSignatureException", "Signature expired: 20261122T203705Z is now earlier than", Kind::ClockSkew),
        ("SignatureDoesNotMatch", "SIGNATURE NOT YET CURRENT: 2026 is still later than", Kind::ClockSkew),
        ("AuthFailure", "the signature expired", Kind::ClockSkew),
        ("InvalidSignatureException", "The request signature we calculated does not match", Kind::InvalidCredentials),
        ("InvalidSignatureException", "", Kind::InvalidCredentials),
        ("AccessDeniedException", "Signature expired", Kind::AccessDenied),
        ("ExpiredTokenException", "Signature expired", Kind::ExpiredCredentials),
    ] {
        let body = json!({ "message": message }).to_string();
        assert_eq!(kind(403, &[("x-amzn-errortype", code)], &body), expected, "{code} {message}");
    }
}

/// B12: a ledger of a newer version can be read.
#[test]
fn kinds_serialise_as_their_names() {
    let kinds = [
        (Kind::Internal, "Internal"),
        (Kind::InvalidInput, "InvalidInput"),
        (Kind::BadRequest, "BadRequest"),
        (Kind::InvalidAccess, "InvalidAccess"),
        (Kind::LimitExceeded, "LimitExceeded"),
        (Kind::ResourceNotFound, "ResourceNotFound"),
        (Kind::AccessDenied, "AccessDenied"),
        (Kind::ExpiredCredentials, "ExpiredCredentials"),
        (Kind::ClockSkew, "ClockSkew"),
        (Kind::InvalidCredentials, "InvalidCredentials"),
        (Kind::OptInRequired, "OptInRequired"),
        (Kind::Throttled, "Throttled"),
        (Kind::Unavailable, "Unavailable"),
        (Kind::Malformed, "Malformed"),
        (Kind::Other, "Other"),
    ];
    for (kind, name) in kinds {
        assert_eq!(kind.as_str(), name);
        assert_eq!(kind.to_string(), name);
        assert_eq!(format!("{kind:?}"), name);
        let value = serde_json::to_value(kind).unwrap();
        assert_eq!(value, name);
        assert_eq!(serde_json::from_value::<Kind>(value).unwrap(), kind);
    }
    assert_eq!(format!("[{:>6}]", Kind::Other), "[ Other]");
    for newer in ["internal", "QuotaOfTheFuture", ""] {
        assert_eq!(serde_json::from_value::<Kind>(json!(newer)).unwrap(), Kind::Other, "{newer}");
        let escaped: String = newer.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect();
        assert_eq!(serde_json::from_str::<Kind>(&format!("\"{escaped}\"")).unwrap(), Kind::Other, "{newer}");
    }
    for value in [json!(1), json!(null), json!([])] {
        let error = serde_json::from_value::<Kind>(value).unwrap_err().to_string();
        assert!(error.contains("expected the name of an error kind"), "{error}");
    }
    // A new kind must be added above.
    let source = include_str!("../../src/error.rs");
    let body = source.split("pub enum ErrorKind {").nth(1).unwrap().split('}').next().unwrap();
    let variants = body.lines().filter(|line| line.trim_end().ends_with(',') && !line.contains("//")).count();
    assert_eq!(variants, kinds.len());
}
