//! [`Caller`]: the identity behind credentials.

use securityhub_invitations::AccountId;

/// The identity behind credentials, as STS reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    account: AccountId,
    arn: Box<str>,
}

impl Caller {
    /// Returns `None` if the two are not an account and an ARN.
    pub(super) fn parse(account: &str, arn: &str) -> Option<Self> {
        let is_arn =
            arn.starts_with("arn:") && arn.split(':').count() >= 6 && arn.bytes().all(|byte| byte.is_ascii_graphic());
        Some(Self { account: account.parse().ok()?, arn: is_arn.then(|| arn.into())? })
    }

    /// Returns the account.
    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the ARN of the user or of the role's session.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }
}
