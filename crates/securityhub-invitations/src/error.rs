//! [`Error`]: an error that the service reported, or a response that is not the service's.

use std::{error, fmt, time::Duration};

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{codes::Code, display::OneLine, effects::Effects, operations::Effect, retry::RetryClass};

/// An error response, from the service or from a proxy or gateway in front of it.
///
/// `Display` is one line with code, message, status and request id. Programs match on [`kind`](Self::kind). The raw
/// [`code`](Self::code) and [`message`](Self::message) are always available.
///
/// ```
/// use securityhub_invitations::{DeleteInvitationsOutput, ErrorKind};
///
/// let response = http::Response::builder()
///     .status(401)
///     .header("x-amzn-errortype", "InvalidAccessException")
///     .header("x-amzn-requestid", "0f0e0d")
///     .body(r#"{"Message":"Account 111122223333 is not subscribed to AWS Security Hub","Code":"InvalidAccessException"}"#)?;
/// let error = DeleteInvitationsOutput::from_response(&response).unwrap_err();
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
/// The wording of `Display` may change. So may the kind of a code if AWS changes its meaning.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
pub(crate) struct Inner {
    pub(crate) kind: ErrorKind,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    /// The defect of an [`ErrorKind::Malformed`] response, in this crate's words.
    pub(crate) defect: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) excerpt: Option<Box<str>>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) retry_class: Option<RetryClass>,
    pub(crate) effect: Effect,
    /// The attempts, and how many of them are unconfirmed, this one included. `None` if they are not known.
    pub(crate) attempts: Option<(u32, u32)>,
}

impl Error {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Box::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.0
    }

    /// Sets the number of attempts, this one included, and how many of those before this one are unconfirmed. For
    /// stacks that retry on their own. A [`Call`](crate::Call) sets both.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32, unconfirmed_before: u32) -> Self {
        let unconfirmed = unconfirmed_before.saturating_add(u32::from(!self.is_confirmed()));
        self.0.attempts = Some((attempts, unconfirmed));
        self
    }

    /// Returns the kind, which follows from code, status and message.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the HTTP status. It is 200–299 for [`ErrorKind::Malformed`].
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the error code without namespace and URL, for example `InvalidAccessException`. `None` if the response has none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the service's message, at most 64 KiB of it. Session tokens in it are redacted.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns the service's id of the request. AWS Support asks for it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the beginning of a body that is not the expected JSON object: at most 512 characters, as lossy UTF-8 with control
    /// characters escaped and session tokens redacted.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Returns the number of attempts, including those that sent nothing. `None` if it is not known.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        self.0.attempts.map(|(attempts, _)| attempts)
    }

    /// Returns how many attempts, this one included, may have taken effect without a confirmed response. `None` if it is not
    /// known.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> Option<u32> {
        self.0.attempts.map(|(_, unconfirmed)| unconfirmed)
    }

    /// The attempts as far as they are known. An unknown number counts as one unconfirmed attempt.
    pub(crate) fn effects(&self) -> Effects {
        let (attempts, unconfirmed) = self.0.attempts.unwrap_or((1, 1));
        Effects::new(attempts, unconfirmed, self.0.effect)
    }

    /// Returns whether the call may have changed anything at the service, although it failed.
    ///
    /// False only if that is certain: the operation reads, or every attempt is known to be confirmed.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.effects().may_have_taken_effect()
    }

    /// Returns whether the service itself rejected this attempt, so that it had no effect: a 4xx status other than 408 with an error
    /// code other than `RequestTimeout` or `RequestTimeoutException`.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let is_timeout = matches!(self.code(), Some("RequestTimeout" | "RequestTimeoutException"));
        self.status().is_client_error()
            && self.status() != StatusCode::REQUEST_TIMEOUT
            && self.code().is_some()
            && !is_timeout
    }

    /// Returns whether the same request may succeed later, whatever attempts and quota are left.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retry_class.is_some()
    }

    /// Returns the wait that the server requests, in `x-amz-retry-after` or `Retry-After`. A [`Call`](crate::Call) respects it
    /// within the limits of its [`RetryPolicy`](crate::RetryPolicy).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether the calling account has not enabled Security Hub in this region. A hint, taken from the message.
    #[must_use]
    pub fn is_not_subscribed(&self) -> bool {
        matches!(self.kind(), ErrorKind::InvalidAccess | ErrorKind::AccessDenied | ErrorKind::ResourceNotFound)
            && self.message_contains("not subscribed to")
            && self.message_contains("security hub")
    }

    /// Returns whether a policy above the caller's own permissions denies the call. More permissions for the caller do not help
    /// then. A hint, taken from the message.
    ///
    /// True for an explicit deny, and if no service control, resource control, session, permissions boundary or VPC endpoint policy
    /// allows the action.
    #[must_use]
    pub fn is_denied_by_policy(&self) -> bool {
        const POLICIES: [&str; 5] = [
            "no service control policy allows",
            "no resource control policy allows",
            "no session policy allows",
            "no permissions boundary allows",
            "no vpc endpoint policy allows",
        ];
        self.kind() == ErrorKind::AccessDenied
            && (self.message_contains("explicit deny") || POLICIES.iter().any(|policy| self.message_contains(policy)))
    }

    /// Returns whether the region may be disabled for the account. A hint, taken from code and message.
    ///
    /// The same error has two other causes. The keys may be wrong, or the session token may come from the global STS endpoint, which
    /// opt-in regions reject.
    #[must_use]
    pub fn may_be_disabled_region(&self) -> bool {
        matches!(self.code(), Some("UnrecognizedClientException" | "InvalidClientTokenId"))
            && self.message_contains("security token included in the request is invalid")
    }

    /// `part` is in lower case.
    fn message_contains(&self, part: &str) -> bool {
        self.message().is_some_and(|message| contains_ignoring_case(message, part))
    }
}

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// One bounded line: `code: message (HTTP status, request id …, after n attempts)`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let line = |text, limit| OneLine { text, limit };
        match (&inner.defect, &inner.code) {
            (Some(defect), _) => write!(f, "malformed response: {}", line(defect, 300))?,
            (None, Some(code)) => write!(f, "{}", line(code, 128))?,
            (None, None) => f.write_str("response without an error code")?,
        }
        match (&inner.message, &inner.excerpt) {
            (Some(message), _) => write!(f, ": {}", line(message, 1000))?,
            (None, Some(excerpt)) => write!(f, ": {}", line(excerpt, 120))?,
            (None, None) => {}
        }
        write!(f, " (HTTP {}", inner.status.as_u16())?;
        if let Some(request_id) = &inner.request_id {
            write!(f, ", request id {}", line(request_id, 80))?;
        }
        if let Some((attempts, _)) = inner.attempts.filter(|(attempts, _)| *attempts > 1) {
            write!(f, ", after {attempts} attempts")?;
        }
        write!(f, ")")
    }
}

/// Prints the same as `Display`, except with `{:#?}`. Both forms are bounded.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let text = |text: &Option<Box<str>>| text.as_ref().map(|text| OneLine { text, limit: 1000 }.to_string());
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("status", &inner.status)
            .field("code", &text(&inner.code))
            .field("message", &text(&inner.message))
            .field("defect", &text(&inner.defect))
            .field("request_id", &text(&inner.request_id))
            .field("excerpt", &text(&inner.excerpt))
            .field("retry_after", &inner.retry_after)
            .field("is_retryable", &self.is_retryable())
            .field("attempts", &self.attempts())
            .field("unconfirmed_attempts", &self.unconfirmed_attempts())
            .field("may_have_taken_effect", &self.may_have_taken_effect())
            .finish()
    }
}

impl error::Error for Error {}

/// The kind of an [`Error`], by its code or, if that is missing or unknown, by its status.
///
/// Serialises as its name. An unknown name deserialises as [`Other`](Self::Other), so that a ledger of a newer version can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The service failed: `InternalException` and similar codes, or status 500.
    Internal,
    /// The service rejected the input: `InvalidInputException`, `ValidationException`.
    InvalidInput,
    /// `BadRequestException`, which is not in the service's model. Its message is often empty.
    BadRequest,
    /// `InvalidAccessException`: usually the account has not enabled Security Hub, or is not the administrator.
    InvalidAccess,
    /// `LimitExceededException`: a quota, or throttling.
    LimitExceeded,
    /// `ResourceNotFoundException`.
    ResourceNotFound,
    /// The identity does not have permission. Also status 401 or 403 without a known code.
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
    /// The service, or a proxy in front of it, cannot respond now: `ServiceUnavailable`, or status 502, 503 or 504.
    Unavailable,
    /// A successful status with a response that Security Hub does not send. It is not known whether the call took effect.
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

    /// Returns the kind's name, as it is serialised, for example `InvalidInput`.
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

    /// The kind of an error status.
    pub(crate) fn classify(code: Option<&str>, status: StatusCode, message: Option<&str>) -> Self {
        let says = |part| message.is_some_and(|message| contains_ignoring_case(message, part));
        match code.and_then(Code::find).map(|code| code.kind) {
            Some(Self::InvalidCredentials) if says("signature expired") || says("signature not yet current") => {
                return Self::ClockSkew;
            }
            Some(Self::Other) | None => {}
            Some(kind) => return kind,
        }
        match status.as_u16() {
            429 => Self::Throttled,
            401 | 403 => Self::AccessDenied,
            500 => Self::Internal,
            502..=504 => Self::Unavailable,
            _ => Self::Other,
        }
    }
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
                Ok(named.unwrap_or(ErrorKind::Other))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}
