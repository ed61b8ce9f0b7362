//! The credentials that the emulator accepts.

use std::{fmt, sync::Arc, time::SystemTime};

use securityhub_invitations::AccountId;

use crate::sts::Session;

/// An access key whose signatures the emulator accepts.
///
/// A request must have the key's session token, or none if the key has none. `Debug` shows neither the secret nor the
/// token.
#[derive(Clone)]
pub struct AccessKey {
    pub(crate) id: Arc<str>,
    pub(crate) secret: Arc<str>,
    pub(crate) session_token: Option<Arc<str>>,
    pub(crate) expiry: Option<SystemTime>,
    /// `None` is the emulator's account.
    pub(crate) account: Option<AccountId>,
    /// The session that issued the key.
    pub(crate) session: Option<Arc<Session>>,
}

impl AccessKey {
    /// The id in AWS's documentation examples and of [`AccessKey::example`].
    pub const EXAMPLE_ID: &str = "AKIDEXAMPLE";
    /// The secret in AWS's documentation examples and of [`AccessKey::example`].
    pub const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// Creates a long-term key for the emulator's account, without a session token or expiry.
    #[must_use]
    pub fn new(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into(), session_token: None, expiry: None, account: None, session: None }
    }

    /// Returns the key of AWS's documentation examples. A new [`Emulator`](crate::Emulator) accepts it.
    #[must_use]
    pub fn example() -> Self {
        Self::new(Self::EXAMPLE_ID, Self::EXAMPLE_SECRET)
    }

    /// Makes the key a temporary one that is only valid together with `token`. An empty token removes it.
    #[must_use]
    pub fn with_session_token(self, token: &str) -> Self {
        Self { session_token: (!token.is_empty()).then(|| token.into()), ..self }
    }

    /// Refuses requests at or after `expiry` with `ExpiredTokenException`.
    #[must_use]
    pub fn with_expiry(self, expiry: SystemTime) -> Self {
        Self { expiry: Some(expiry), ..self }
    }

    /// Assigns the key to an account. Requests with the key act as that account.
    ///
    /// The default is the emulator's account, [`EmulatorBuilder::with_account`](crate::EmulatorBuilder::with_account).
    #[must_use]
    pub fn with_account(self, account: AccountId) -> Self {
        Self { account: Some(account), ..self }
    }

    /// Returns the access key id.
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
            .field("account", &self.account)
            .finish()
    }
}
