//! The service's errors: what it said, and what that means.

use std::{error, fmt};

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::display::OneLine;

/// An error that the service, or something that answered in its place, gave as its answer.
///
/// `Display` alone says what happened: code, message, status, request id. [`kind`](Self::kind) is for programs; the raw
/// [`code`](Self::code) and [`message`](Self::message) are always there beside it.
///
/// ```
/// use securityhub_invitations::{DeleteInvitationsOutput, ErrorKind};
///
/// let response = http::Response::builder()
///     .status(401)
///     .header("x-amzn-errortype", "InvalidAccessException")
///     .header("x-amzn-requestid", "0f0e0d")
///     .body(r#"{"Message":"Account 111122223333 is not subscribed to AWS Security Hub","Code":"InvalidAccessException"}"#)?;
/// let error = DeleteInvitationsOutput::parse(&response).unwrap_err();
///
/// assert_eq!(error.kind(), ErrorKind::InvalidAccess);
/// assert!(error.is_not_subscribed());
/// assert_eq!(
///     error.to_string(),
///     "InvalidAccessException: Account 111122223333 is not subscribed to AWS Security Hub \
///      (HTTP 401, request id 0f0e0d)"
/// );
/// # Ok::<(), http::Error>(())
/// ```
///
/// Not promised: the wording of `Display`, and that a code stays with its kind where AWS gives it another meaning.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) kind: ErrorKind,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    /// What is wrong with a response that is [`ErrorKind::Malformed`]: our words.
    pub(crate) defect: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) excerpt: Option<Box<str>>,
    pub(crate) attempts: u32,
    pub(crate) unanswered_attempts: u32,
    pub(crate) is_retryable: bool,
}

impl Error {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Box::new(parts))
    }

    pub(crate) fn parts_mut(&mut self) -> &mut Parts {
        &mut self.0
    }

    /// What the code, the status and the message come to.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status. A [`ErrorKind::Malformed`] response has one of success.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The error code, without namespace and URL: `InvalidAccessException`. `None` if the response named none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's message, whole. Should it quote a session token, that is redacted.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The service's id of the request, for AWS's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The beginning of a body that was not the JSON object it should have been: at most 512 characters, lossy UTF-8,
    /// control characters escaped, session tokens redacted.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// How many requests were sent, 1 or more.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How many attempts before this answer ended without one, and may have taken effect all the same.
    #[must_use]
    pub fn unanswered_attempts(&self) -> u32 {
        self.0.unanswered_attempts
    }

    /// Whether the same request may succeed later: the class of the error, whatever the attempts and the quota left.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable
    }

    /// Whether the calling account has no Security Hub in this region. A hint, read from the message.
    #[must_use]
    pub fn is_not_subscribed(&self) -> bool {
        matches!(self.kind(), ErrorKind::InvalidAccess | ErrorKind::AccessDenied)
            && self.message_contains("not subscribed to aws security hub")
    }

    /// Whether a policy denies the call, rather than none allowing it: a permission that is added to the role will not help.
    /// A hint, read from the message.
    #[must_use]
    pub fn is_denied_by_policy(&self) -> bool {
        self.kind() == ErrorKind::AccessDenied && self.message_contains("explicit deny")
    }

    /// Whether the region may not be enabled for the account: there, keys that are valid elsewhere are unknown. Wrong keys
    /// are answered with the same text. A hint, read from code and message.
    #[must_use]
    pub fn may_be_disabled_region(&self) -> bool {
        matches!(self.code(), Some("UnrecognizedClientException" | "InvalidClientTokenId"))
            && self.message_contains("security token included in the request is invalid")
    }

    /// `text` is in lower case.
    fn message_contains(&self, text: &str) -> bool {
        self.message().is_some_and(|message| contains_ignoring_case(message, text))
    }
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// On one line, bounded: `code: message (HTTP status, request id …, after n attempts)`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        let line = |text, limit| OneLine { text, limit };
        match (&parts.code, &parts.defect) {
            (Some(code), _) => write!(f, "{}", line(code, 128))?,
            (None, Some(defect)) => write!(f, "malformed response: {}", line(defect, 300))?,
            (None, None) => write!(f, "{} without an error code", parts.kind.as_str())?,
        }
        match (&parts.message, &parts.excerpt) {
            (Some(message), _) => write!(f, ": {}", line(message, 1000))?,
            (None, Some(excerpt)) => write!(f, ": {}", line(excerpt, 120))?,
            (None, None) => {}
        }
        write!(f, " (HTTP {}", parts.status.as_u16())?;
        if let Some(request_id) = &parts.request_id {
            write!(f, ", request id {}", line(request_id, 80))?;
        }
        if parts.attempts > 1 {
            write!(f, ", after {} attempts", parts.attempts)?;
        }
        write!(f, ")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts {
            kind,
            status,
            code,
            message,
            defect,
            request_id,
            excerpt,
            attempts,
            unanswered_attempts,
            is_retryable,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("status", status)
            .field("code", code)
            .field("message", message)
            .field("defect", defect)
            .field("request_id", request_id)
            .field("excerpt", excerpt)
            .field("attempts", attempts)
            .field("unanswered_attempts", unanswered_attempts)
            .field("is_retryable", is_retryable)
            .finish()
    }
}

impl error::Error for Error {}

/// What an [`Error`] comes to, by its code or, where that is missing or unknown, by its status.
///
/// Serialises as its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service failed: `InternalException` and its kin, or status 500.
    Internal,
    /// The service did not accept the input: `InvalidInputException`, `ValidationException`.
    InvalidInput,
    /// `BadRequestException`, which the service's model does not have, often with an empty message.
    BadRequest,
    /// `InvalidAccessException`: most often the account has no Security Hub, or is not the administrator.
    InvalidAccess,
    /// `LimitExceededException`: a quota, or throttling.
    LimitExceeded,
    /// `ResourceNotFoundException`.
    ResourceNotFound,
    /// The identity may not do this; or status 401 or 403 without a known code.
    AccessDenied,
    /// The session token has expired. Rotate the credentials and start a new call.
    ExpiredCredentials,
    /// The caller's clock is too far from the service's.
    ClockSkew,
    /// The keys are unknown, or the signature is wrong.
    InvalidCredentials,
    /// The account is not signed up for the service.
    OptInRequired,
    /// Too many requests: a throttling code, or status 429.
    Throttled,
    /// The service, or a proxy before it, cannot answer now: `ServiceUnavailable`, or status 502, 503 or 504.
    Unavailable,
    /// A status of success whose body is not the promised JSON. Whether anything was deleted is not known.
    Malformed,
    /// None of these: see the code and the status.
    Other,
}

impl ErrorKind {
    const ALL: [Self; 15] = [
        Self::Internal,
        Self::InvalidInput,
        Self::BadRequest,
        Self::InvalidAccess,
        Self::LimitExceeded,
        Self::ResourceNotFound,
        Self::AccessDenied,
        Self::ExpiredCredentials,
        Self::ClockSkew,
        Self::InvalidCredentials,
        Self::OptInRequired,
        Self::Throttled,
        Self::Unavailable,
        Self::Malformed,
        Self::Other,
    ];

    /// The kind's name, as it is serialised: `InvalidInput`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "Internal",
            Self::InvalidInput => "InvalidInput",
            Self::BadRequest => "BadRequest",
            Self::InvalidAccess => "InvalidAccess",
            Self::LimitExceeded => "LimitExceeded",
            Self::ResourceNotFound => "ResourceNotFound",
            Self::AccessDenied => "AccessDenied",
            Self::ExpiredCredentials => "ExpiredCredentials",
            Self::ClockSkew => "ClockSkew",
            Self::InvalidCredentials => "InvalidCredentials",
            Self::OptInRequired => "OptInRequired",
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::Malformed => "Malformed",
            Self::Other => "Other",
        }
    }

    /// Of an error, not of a broken success.
    pub(crate) fn classify(code: Option<&str>, status: StatusCode, message: Option<&str>) -> Self {
        let by_code = code.and_then(|code| Self::of_code(code, message));
        by_code.unwrap_or(match status.as_u16() {
            429 => Self::Throttled,
            401 | 403 => Self::AccessDenied,
            500 => Self::Internal,
            502..=504 => Self::Unavailable,
            _ => Self::Other,
        })
    }

    fn of_code(code: &str, message: Option<&str>) -> Option<Self> {
        let says = |text| message.is_some_and(|message| contains_ignoring_case(message, text));
        Some(match code {
            "InternalException" | "InternalFailure" | "InternalServerError" => Self::Internal,
            "InvalidInputException" | "ValidationException" => Self::InvalidInput,
            "BadRequestException" => Self::BadRequest,
            "InvalidAccessException" => Self::InvalidAccess,
            "LimitExceededException" => Self::LimitExceeded,
            "ResourceNotFoundException" => Self::ResourceNotFound,
            "AccessDeniedException" | "AccessDenied" => Self::AccessDenied,
            "ExpiredToken" | "ExpiredTokenException" => Self::ExpiredCredentials,
            "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => Self::ClockSkew,
            "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "AuthFailure" => {
                let is_late_or_early = says("signature expired") || says("signature not yet current");
                if is_late_or_early { Self::ClockSkew } else { Self::InvalidCredentials }
            }
            "OptInRequired" | "SubscriptionRequiredException" => Self::OptInRequired,
            "ServiceUnavailable" | "ServiceUnavailableException" => Self::Unavailable,
            _ if is_throttling_code(code) => Self::Throttled,
            _ => return None,
        })
    }
}

/// The codes that mean throttling, whatever the status.
pub(crate) fn is_throttling_code(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "ProvisionedThroughputExceededException"
            | "TransactionInProgressException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "RequestThrottled"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException"
    )
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = ErrorKind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an error kind")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<ErrorKind, E> {
                let named = ErrorKind::ALL.into_iter().find(|kind| kind.as_str() == name);
                named.ok_or_else(|| E::invalid_value(de::Unexpected::Str(name), &self))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
