//! The configuration of a new emulator.

use std::{fmt, sync::Arc, time::Duration};

use securityhub_invitations::{AccountId, Region};

use crate::{
    access_key::AccessKey, cors::CorsPolicy, emulator::Emulator, fault::Fault, rate_limit::RateLimit,
    received::Received, setup::Setup, state::State, sts::Role,
};

/// Builds an [`Emulator`]. Returned by [`Emulator::builder`].
///
/// ```
/// use securityhub_emulator::{AccessKey, Emulator, RateLimit};
///
/// let administrator = AccessKey::new("AKIDADMINISTRATOR", AccessKey::EXAMPLE_SECRET);
/// let emulator = Emulator::builder()
///     .with_access_key(administrator.with_account("111122223333".parse()?))
///     .with_rate_limit(RateLimit::documented())
///     .build();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder has no effect until `build`"]
pub struct EmulatorBuilder {
    setup: Setup,
    state: State,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        let mut state = State::default();
        state.insert_key(AccessKey::example());
        Self { setup: Setup::default(), state }
    }

    /// Adds an access key. It replaces a key with the same id.
    pub fn with_access_key(mut self, key: AccessKey) -> Self {
        self.state.insert_key(key);
        self
    }

    /// Removes all access keys, including the example key.
    pub fn without_access_keys(mut self) -> Self {
        self.state.keys.clear();
        self
    }

    /// Adds a role for `AssumeRole`. It replaces a role with the same account and name.
    pub fn with_role(mut self, role: Role) -> Self {
        self.state.insert_role(role);
        self
    }

    /// Serves one region, and refuses credentials that are scoped to another.
    pub fn with_region(mut self, region: Region) -> Self {
        self.setup.region = Some(region);
        self
    }

    /// Sets the account of requests whose access key does not [name one](AccessKey::with_account).
    /// [`invite`](Emulator::invite), [`invitations`](Emulator::invitations) and
    /// [`set_subscribed`](Emulator::set_subscribed) apply to this account.
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.setup.account = account;
        self
    }

    /// Sets whether accounts are subscribed to Security Hub where no `set_subscribed` decides. The default is true.
    pub fn with_subscription(mut self, subscribed: bool) -> Self {
        self.setup.subscribed = subscribed;
        self
    }

    /// Answers browsers with CORS headers.
    pub fn with_cors(mut self, policy: CorsPolicy) -> Self {
        self.setup.cors = Some(policy);
        self
    }

    /// Asks `source` for a fault for each request to an operation when the [script](Emulator::script_faults) is empty.
    ///
    /// The argument is the request's [number](Received::number), so that a seeded choice is the same in every run.
    pub fn with_fault_source(mut self, source: impl Fn(u64) -> Option<Fault> + Send + Sync + 'static) -> Self {
        self.setup.fault_source = Some(Arc::new(source));
        self
    }

    /// Calls `observer` with every handled request except preflights.
    pub fn with_observer(mut self, observer: impl Fn(&Received) + Send + Sync + 'static) -> Self {
        self.setup.observer = Some(Arc::new(observer));
        self
    }

    /// Keeps the last `capacity` requests for [`received`](Emulator::received_requests). The default is 1,000.
    ///
    /// Regardless of the capacity, at most 64 MiB are kept.
    pub fn with_log_capacity(mut self, capacity: usize) -> Self {
        self.setup.log_capacity = capacity;
        self
    }

    /// Limits the rate of each account in each region. Default: unlimited.
    pub fn with_rate_limit(mut self, limit: RateLimit) -> Self {
        self.setup.rate_limit = Some(limit);
        self
    }

    /// Serves the control API under `/_emulator/v1/`, as the program does. The default is not to serve it.
    ///
    /// The control API is not authenticated. It rejects requests with an `Origin`, which web pages send, and requests for
    /// hosts other than loopback.
    pub fn with_control_api(mut self) -> Self {
        self.setup.control_api = true;
        self
    }

    /// Sets how long a connection may be without a complete request. The default is 30 seconds.
    ///
    /// A [`Server`](crate::Server) closes a connection that waits longer for the end of a head or body, or for the next
    /// request. Zero is the same as one millisecond.
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.setup.idle_timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// Builds the emulator.
    #[must_use]
    pub fn build(self) -> Emulator {
        Emulator::from_parts(self.setup, self.state)
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("account", &self.setup.account)
            .field("keys", &self.state.keys.values().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
