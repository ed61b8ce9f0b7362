//! Every AWS error code that this crate knows: its kind, its retry class, and whether a wrong clock can cause it.
//!
//! Sources: [error retries](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html) in the AWS SDKs and Tools
//! Reference Guide for the retry classes, and Security Hub's [common
//! errors](https://docs.aws.amazon.com/securityhub/1.0/APIReference/CommonErrors.html).

use crate::{error::ErrorKind, retry::RetryClass};

/// An error code and its meaning.
pub(crate) struct Code {
    name: &'static str,
    pub(crate) kind: ErrorKind,
    /// The class of the retry, whatever the status. `None` if the status decides.
    pub(crate) retry: Option<RetryClass>,
    /// Whether a clock that is far off can be the cause.
    pub(crate) may_be_clock: bool,
}

impl Code {
    /// Finds a code by its exact name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        CODES.iter().find(|code| code.name == name)
    }

    const fn new(name: &'static str, kind: ErrorKind) -> Self {
        Self { name, kind, retry: None, may_be_clock: false }
    }

    const fn throttling(name: &'static str) -> Self {
        Self { name, kind: ErrorKind::Throttled, retry: Some(RetryClass::Throttling), may_be_clock: false }
    }

    const fn transient(name: &'static str) -> Self {
        Self { name, kind: ErrorKind::Other, retry: Some(RetryClass::Transient), may_be_clock: false }
    }

    const fn or_clock(self) -> Self {
        Self { may_be_clock: true, ..self }
    }
}

const CODES: &[Code] = &[
    // The model's errors.
    Code::new("InternalException", ErrorKind::Internal),
    Code::new("InvalidInputException", ErrorKind::InvalidInput),
    Code::new("InvalidAccessException", ErrorKind::InvalidAccess),
    Code { retry: Some(RetryClass::Throttling), ..Code::new("LimitExceededException", ErrorKind::LimitExceeded) },
    Code::new("ResourceNotFoundException", ErrorKind::ResourceNotFound),
    // Seen in the field, but not in the model.
    Code::new("BadRequestException", ErrorKind::BadRequest),
    // The front end's errors.
    Code::new("InternalFailure", ErrorKind::Internal),
    Code::new("InternalServerError", ErrorKind::Internal),
    Code::new("ServiceUnavailable", ErrorKind::Unavailable),
    Code::new("ServiceUnavailableException", ErrorKind::Unavailable),
    Code::new("ValidationException", ErrorKind::InvalidInput),
    Code::new("AccessDenied", ErrorKind::AccessDenied),
    Code::new("AccessDeniedException", ErrorKind::AccessDenied).or_clock(),
    Code::new("OptInRequired", ErrorKind::OptInRequired),
    Code::new("SubscriptionRequiredException", ErrorKind::OptInRequired),
    // Credentials, signature and clock.
    Code::new("ExpiredToken", ErrorKind::ExpiredCredentials),
    Code::new("ExpiredTokenException", ErrorKind::ExpiredCredentials),
    Code::new("RequestTimeTooSkewed", ErrorKind::ClockSkew).or_clock(),
    Code::new("RequestExpired", ErrorKind::ClockSkew),
    Code::new("RequestInTheFuture", ErrorKind::ClockSkew),
    Code::new("InvalidSignatureException", ErrorKind::InvalidCredentials).or_clock(),
    Code::new("SignatureDoesNotMatch", ErrorKind::InvalidCredentials).or_clock(),
    Code::new("AuthFailure", ErrorKind::InvalidCredentials).or_clock(),
    Code::new("UnrecognizedClientException", ErrorKind::InvalidCredentials),
    Code::new("InvalidClientTokenId", ErrorKind::InvalidCredentials),
    Code::new("IncompleteSignature", ErrorKind::InvalidCredentials),
    Code::new("IncompleteSignatureException", ErrorKind::InvalidCredentials),
    Code::new("MissingAuthenticationToken", ErrorKind::InvalidCredentials),
    Code::new("MissingAuthenticationTokenException", ErrorKind::InvalidCredentials),
    // Throttling.
    Code::throttling("Throttling"),
    Code::throttling("ThrottlingException"),
    Code::throttling("ThrottledException"),
    Code::throttling("RequestThrottledException"),
    Code::throttling("TooManyRequestsException"),
    Code::throttling("ProvisionedThroughputExceededException"),
    Code::throttling("TransactionInProgressException"),
    Code::throttling("RequestLimitExceeded"),
    Code::throttling("BandwidthLimitExceeded"),
    Code::throttling("RequestThrottled"),
    Code::throttling("SlowDown"),
    Code::throttling("PriorRequestNotComplete"),
    Code::throttling("EC2ThrottledException"),
    // The service waited too long for the request.
    Code::transient("RequestTimeout"),
    Code::transient("RequestTimeoutException"),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn names_are_unique() {
        for (n, code) in CODES.iter().enumerate() {
            assert!(CODES[..n].iter().all(|earlier| earlier.name != code.name), "{}", code.name);
        }
    }
}
