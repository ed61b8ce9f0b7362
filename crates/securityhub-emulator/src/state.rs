//! The state that requests and tests change.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use securityhub_invitations::{AccountId, Partition, Region};

use crate::{
    access_key::AccessKey,
    authenticate::same_token,
    counters::Counters,
    fault::Fault,
    hubs::Hubs,
    rate_limit::RateLimiter,
    request_log::RequestLog,
    sts::{Role, Sessions},
};

/// The state that requests and tests change.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) keys: BTreeMap<Arc<str>, AccessKey>,
    pub(crate) roles: BTreeMap<(AccountId, String), Role>,
    pub(crate) sessions: Sessions,
    pub(crate) hubs: Hubs,
    /// Messages by account and region. `None` stands for all.
    denials: BTreeMap<(Option<AccountId>, Option<Region>), Arc<str>>,
    /// Whether a region is enabled, by account. `None` stands for all accounts.
    regions: BTreeMap<(Option<AccountId>, Region), bool>,
    pub(crate) clock_offset: i64,
    pub(crate) script: VecDeque<Fault>,
    pub(crate) log: RequestLog,
    pub(crate) limiter: RateLimiter,
    pub(crate) counters: Counters,
}

impl State {
    pub(crate) fn insert_key(&mut self, key: AccessKey) {
        self.keys.insert(Arc::clone(&key.id), key);
    }

    pub(crate) fn insert_role(&mut self, role: Role) {
        self.roles.insert((role.account, role.name.clone()), role);
    }

    /// Clears the log, the counters and the rate limiter.
    pub(crate) fn forget_requests(&mut self) {
        self.log = RequestLog::default();
        self.limiter = RateLimiter::default();
        self.counters = Counters::default();
    }

    /// Returns the key with this id and session token.
    pub(crate) fn find_key(&self, id: &str, token: Option<&[u8]>) -> Option<AccessKey> {
        let Some(key) = self.keys.get(id) else { return self.sessions.find_key(id, token?) };
        let accepted = match (&key.session_token, token) {
            (None, None) => true,
            (Some(known), Some(token)) => same_token(known.as_bytes(), token),
            (None, Some(_)) | (Some(_), None) => false,
        };
        accepted.then(|| key.clone())
    }

    /// Whether the account can use the region with these credentials.
    ///
    /// Regions that must be enabled reject session tokens of the global STS endpoint.
    pub(crate) fn admits(&self, key: &AccessKey, account: AccountId, region: &Region) -> bool {
        let of_account = self.regions.get(&(Some(account), region.clone()));
        let enabled = of_account.or_else(|| self.regions.get(&(None, region.clone()))).copied();
        let global = key.session.as_ref().is_some_and(|session| session.global);
        enabled.unwrap_or(true) && !(global && is_opt_in(region))
    }

    pub(crate) fn set_region_enabled(&mut self, account: Option<AccountId>, region: Region, enabled: bool) {
        self.regions.insert((account, region), enabled);
    }

    /// Returns the message of the denial that applies to a caller. The most specific one comes first.
    pub(crate) fn denial(&self, account: AccountId, region: &Region) -> Option<&str> {
        if self.denials.is_empty() {
            return None;
        }
        let keys = [(Some(account), Some(region)), (Some(account), None), (None, Some(region)), (None, None)];
        keys.into_iter()
            .find_map(|(account, region)| self.denials.get(&(account, region.cloned())))
            .map(|message| &**message)
    }

    /// Denies the requests of an account in a region. `None` stands for all. A message of `None` ends the denial.
    pub(crate) fn set_denial(&mut self, account: Option<AccountId>, region: Option<Region>, message: Option<Arc<str>>) {
        match message {
            Some(message) => drop(self.denials.insert((account, region), message)),
            None => drop(self.denials.remove(&(account, region))),
        }
    }

    pub(crate) fn denials(&self) -> impl Iterator<Item = (Option<AccountId>, Option<&Region>, &str)> {
        self.denials.iter().map(|((account, region), message)| (*account, region.as_ref(), &**message))
    }

    pub(crate) fn regions(&self) -> impl Iterator<Item = (Option<AccountId>, &Region, bool)> {
        self.regions.iter().map(|((account, region), enabled)| (*account, region, *enabled))
    }
}

fn is_opt_in(region: &Region) -> bool {
    Partition::of(region).regions().iter().any(|listed| listed.is_opt_in() && listed.name() == region.as_str())
}
