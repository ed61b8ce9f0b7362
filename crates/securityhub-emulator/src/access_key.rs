//! The credentials that the emulator knows.

use std::{fmt, sync::Arc, time::SystemTime};

/// An access key that the emulator accepts signatures of.
///
/// A key with a session token must come with that token; a key without one must come without. `Debug` shows the id and
/// neither the secret nor the token.
#[derive(Clone)]
pub struct AccessKey {
    pub(crate) id: Arc<str>,
    pub(crate) secret: Arc<str>,
    pub(crate) session_token: Option<Arc<str>>,
    pub(crate) expiry: Option<SystemTime>,
}

impl AccessKey {
    /// The id of AWS's documentation examples, and of [`AccessKey::example`].
    pub const EXAMPLE_ID: &str = "AKIDEXAMPLE";
    /// The secret of AWS's documentation examples, and of [`AccessKey::example`].
    pub const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// A long-term key: no session token, no expiry.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into(), session_token: None, expiry: None }
    }

    /// The key of AWS's documentation examples. A new [`Emulator`](crate::Emulator) knows it.
    #[must_use]
    pub fn example() -> Self {
        Self::new(Self::EXAMPLE_ID, Self::EXAMPLE_SECRET)
    }

    /// The key as a temporary one, which is only good together with `token`. An empty token is none.
    #[must_use]
    pub fn with_session_token(self, token: &str) -> Self {
        Self { session_token: (!token.is_empty()).then(|| token.into()), ..self }
    }

    /// From `expiry` on, requests are refused with `ExpiredTokenException`.
    #[must_use]
    pub fn with_expiry(self, expiry: SystemTime) -> Self {
        Self { expiry: Some(expiry), ..self }
    }

    /// The access key id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.session_token.as_ref().map(|_| "[redacted]");
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("secret", &"[redacted]")
            .field("session_token", &token)
            .field("expiry", &self.expiry)
            .finish()
    }
}
