//! The advice for errors: what to do about them, for a person.

use crate::{
    call::Failure,
    call_error::CallError,
    error::{Error, ErrorKind},
};

impl ErrorKind {
    /// Returns what to do about an error of this kind, in one or two sentences for a person. `None` if the message of the service
    /// is the only help.
    ///
    /// [`Error::advice`] is more specific, because it also knows the code and the message.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidInput | Self::BadRequest | Self::ResourceNotFound | Self::Other => return None,
            Self::InvalidAccess => {
                "Check that Security Hub is enabled in this account and region, and that the account is on this side (member or administrator)."
            }
            Self::AccessDenied => {
                "Allow the action in the policies of this identity. Check the organization's policies too."
            }
            Self::ExpiredCredentials => "Get new credentials, for example with `aws sso login` or a new role session.",
            Self::InvalidCredentials => {
                "Check the access key, its secret and the session token. Check that the endpoint is the one of the region."
            }
            Self::ClockSkew => "Set the clock of this machine.",
            Self::OptInRequired => "Sign the account up for the service, or use another account.",
            Self::LimitExceeded | Self::Throttled => "Retry later, with fewer requests at a time.",
            Self::Internal | Self::Unavailable => "Retry later.",
            Self::Malformed => "Check the endpoint and the proxy, because the response is not one of Security Hub.",
        })
    }
}

impl Error {
    /// Returns what to do about this error, in one or two sentences for a person. It is a guess from the kind, the code and the
    /// hints. `None` if the message of the service is the only help.
    ///
    /// `Display` does not contain it, because programs log `Display`. The wording may change.
    ///
    /// ```
    /// use securityhub_invitations::DeleteInvitationsOutput;
    ///
    /// let response = http::Response::builder()
    ///     .status(403)
    ///     .header("x-amzn-errortype", "ExpiredTokenException")
    ///     .body(r#"{"message":"The security token included in the request is expired"}"#)?;
    /// let error = DeleteInvitationsOutput::from_response(&response).unwrap_err();
    ///
    /// eprintln!("error: {error}");
    /// if let Some(advice) = error.advice() {
    ///     eprintln!("{advice}");
    /// }
    /// # assert!(error.advice().unwrap().starts_with("Get new credentials"));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        if self.is_not_subscribed() {
            return Some("Enable Security Hub in this account and region, or leave them out.");
        }
        if self.is_denied_by_policy() {
            return Some(
                "Have the policy that the message names changed. More permissions for this identity do not help.",
            );
        }
        if self.may_be_disabled_region() {
            return Some(
                "Check the access key and that the region is enabled. In such a region, the session token must come from a regional STS endpoint.",
            );
        }
        match (self.code(), self.kind()) {
            (None, ErrorKind::Unavailable | ErrorKind::Internal) => {
                Some("Retry later. If it persists, check the proxy and the endpoint.")
            }
            (None, ErrorKind::AccessDenied | ErrorKind::Other) => {
                Some("Check the endpoint and the proxy, because the response is not one of Security Hub.")
            }
            (_, kind) => kind.advice(),
        }
    }
}

impl<T> CallError<T> {
    /// Returns what to do about this error, in one or two sentences for a person: [`Error::advice`], or a sentence about the network.
    ///
    /// If [`may_have_taken_effect`](Self::may_have_taken_effect) is true, first list what is left.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Service(error) => error.advice(),
            Self::Transport { failure: Failure::NotSent, .. } => {
                Some("Check the region, the endpoint, the proxy and the network.")
            }
            Self::Transport { failure: Failure::TimedOut, .. } => {
                Some("Retry later, or allow more time for an attempt.")
            }
            Self::Transport { failure: Failure::Interrupted, .. } => {
                Some("Retry later. If it persists, check the proxy.")
            }
            Self::ResponseTooLarge { .. } => ErrorKind::Malformed.advice(),
            Self::DeadlineExceeded { last_error, .. } => match last_error {
                Some(error) => error.advice(),
                None => Some("Allow more time for the call."),
            },
        }
    }
}
