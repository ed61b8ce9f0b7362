//! [`Reason`]: the reason for a state, in a form that is stored.

use std::fmt;

use securityhub_invitations::ErrorKind;
use serde::{Deserialize, Serialize};

/// The reason why an entry is not done or a hub is parked. Bounded, and without secrets as far as the core redacts them.
///
/// ```
/// use securityhub_invitations_sweep::Reason;
///
/// let reason = Reason::new("the role cannot be assumed");
/// assert_eq!(reason.message(), "the role cannot be assumed");
/// assert_eq!(reason.code(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    message: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<ErrorKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<Box<str>>,
}

impl Reason {
    /// The longest message in bytes. The rest is cut off.
    pub const MAX_MESSAGE_BYTES: usize = 512;

    /// Creates a reason of a message alone.
    #[must_use]
    pub fn new(message: &str) -> Self {
        let message = cut(message, Self::MAX_MESSAGE_BYTES);
        Self { message, kind: None, code: None, status: None, request_id: None }
    }

    pub(crate) fn of_service(error: &securityhub_invitations::Error) -> Self {
        let message = error.message().map_or_else(|| error.to_string(), str::to_owned);
        Self {
            kind: Some(error.kind()),
            code: error.code().map(|code| cut(code, 128)),
            status: Some(error.status().as_u16()),
            ..Self::new(&message)
        }
    }

    pub(crate) fn with_request_id(self, request_id: Option<&str>) -> Self {
        Self { request_id: request_id.map(|id| cut(id, 128)), ..self }
    }

    /// Returns the service's message or the transport's error.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the kind of the service's error, if the service returned one.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        self.kind
    }

    /// Returns the service's error code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the HTTP status of the error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns the service's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// `code: message`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Cuts a string at a character boundary.
pub(crate) fn cut(string: &str, most: usize) -> Box<str> {
    let end = (0..=string.len().min(most)).rev().find(|&end| string.is_char_boundary(end)).unwrap_or_default();
    string[..end].into()
}
