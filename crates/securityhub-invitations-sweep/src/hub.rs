//! [`Hub`] and [`HubId`]: an account in a region.

use std::{collections::BTreeSet, fmt, sync::Arc};

use securityhub_invitations::{AccountId, Region};
use serde::{Deserialize, Serialize};

/// An account in a region: the unit of pacing, parking and ownership.
///
/// Only one worker may handle a hub at a time. AWS limits requests per account and region, so no other coordination is needed.
///
/// ```
/// use securityhub_invitations_sweep::Hub;
///
/// let hub = Hub::new("111122223333".parse()?, "eu-central-1".parse()?).with_source("profile dev");
/// assert_eq!(hub.to_string(), "111122223333/eu-central-1");
/// assert_eq!(hub.source(), "profile dev");
/// assert_eq!(hub.account_ids(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hub {
    account: AccountId,
    region: Region,
    /// `None` if it is named after the account.
    source: Option<Arc<str>>,
    account_ids: Option<Arc<[AccountId]>>,
}

impl Hub {
    /// Creates a hub whose invitations or members are listed. Its credential source is named after the account.
    #[must_use]
    pub fn new(account: AccountId, region: Region) -> Self {
        Self { account, region, source: None, account_ids: None }
    }

    /// Sets the name of the credential source, for example a profile or a role. Hubs with one source are parked together if its
    /// credentials expire or are rejected. The name must not contain a secret.
    #[must_use]
    pub fn with_source(self, source: impl Into<Arc<str>>) -> Self {
        let source = Some(source.into()).filter(|source| **source != *self.account.as_str());
        Self { source, ..self }
    }

    /// Sets the ids to act on, so that the first phase lists nothing. Duplicates are removed, keeping the first.
    ///
    /// Pass clones of one `Arc` to hubs with the same ids. They share it.
    #[must_use]
    pub fn with_account_ids(self, account_ids: impl Into<Arc<[AccountId]>>) -> Self {
        let account_ids = account_ids.into();
        let is_sorted = account_ids.is_sorted_by(|id, next| id < next);
        let account_ids = if is_sorted { account_ids } else { distinct(&account_ids) };
        Self { account_ids: Some(account_ids), ..self }
    }

    /// Returns the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Returns the name of the credential source.
    #[must_use]
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(self.account.as_str())
    }

    /// Returns the ids to act on, or `None` if they are listed.
    #[must_use]
    pub fn account_ids(&self) -> Option<&[AccountId]> {
        self.account_ids.as_deref()
    }
}

fn distinct(account_ids: &Arc<[AccountId]>) -> Arc<[AccountId]> {
    let mut seen = BTreeSet::new();
    let distinct: Vec<AccountId> = account_ids.iter().copied().filter(|id| seen.insert(*id)).collect();
    if distinct.len() == account_ids.len() { Arc::clone(account_ids) } else { distinct.into() }
}

/// `111122223333/eu-central-1`.
impl fmt::Display for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// The number of a hub: its position in the plan, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HubId(u32);

impl HubId {
    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
