//! The emulator, and the methods that tests use to change it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use securityhub_invitations::{AccountId, Region};
use tokio::sync::Semaphore;

use crate::{
    access_key::AccessKey,
    account::Account,
    builder::EmulatorBuilder,
    control::{Changes, InvalidChanges},
    counters::Counters,
    fault::Fault,
    member_status::MemberStatus,
    rate_limit::RateViolation,
    received::Received,
    server::LARGE_BODIES,
    setup::Setup,
    state::State,
    sts::Role,
};

/// Security Hub's invitations, for every account and region at once.
///
/// Clones are the same service: they share all state. The access key decides which account a request
/// is from ([`AccessKey::with_account`]). The credential scope decides its region, unless the host contradicts.
///
/// ```
/// use bytes::Bytes;
/// use securityhub_emulator::Emulator;
/// use securityhub_invitations::Region;
/// use std::time::SystemTime;
///
/// let emulator = Emulator::new();
/// let region: Region = "us-east-1".parse()?;
/// emulator.invite(&region, "111122223333".parse()?);
///
/// let unsigned = http::Request::post("https://securityhub.us-east-1.amazonaws.com/invitations/delete")
///     .body(Bytes::from(r#"{"AccountIds":["111122223333"]}"#))?;
/// let response = emulator.handle(&unsigned, SystemTime::now());
/// assert_eq!(response.status(), 403);
/// assert_eq!(response.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException");
/// assert_eq!(emulator.invitations(&region).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Emulator {
    inner: Arc<Inner>,
}

struct Inner {
    setup: Setup,
    /// The state that a reset returns to.
    initial: Mutex<State>,
    state: Mutex<State>,
    /// Shared by all connections.
    large_bodies: Arc<Semaphore>,
}

impl Emulator {
    /// The account that a new emulator's requests are from: 123456789012.
    pub const DEFAULT_ACCOUNT: &str = "123456789012";

    /// The largest accepted request body: 16 MiB.
    pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

    /// Creates an emulator in which every account is subscribed to Security Hub in every region.
    ///
    /// There are no invitations and no members. It has one access key, [`AccessKey::example`], which belongs to
    /// [`DEFAULT_ACCOUNT`](Self::DEFAULT_ACCOUNT).
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder of an emulator with another configuration.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn from_parts(setup: Setup, state: State) -> Self {
        let initial = Mutex::new(state.clone());
        let large_bodies = Arc::new(Semaphore::new(LARGE_BODIES));
        Self { inner: Arc::new(Inner { setup, initial, state: Mutex::new(state), large_bodies }) }
    }
}

/// The state, which can change between requests.
impl Emulator {
    /// Returns an account to set up or inspect. Every account exists.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Account {
        Account::new(self.clone(), id)
    }

    /// Sends an invitation from `administrator` to the emulator's [account](EmulatorBuilder::with_account).
    pub fn invite(&self, region: &Region, administrator: AccountId) {
        self.lock().hubs.set_relation(region, administrator, self.setup().account, MemberStatus::Invited);
    }

    /// Returns the senders of the invitations to the emulator's [account](EmulatorBuilder::with_account), in the order of their ids.
    #[must_use]
    pub fn invitations(&self, region: &Region) -> Vec<AccountId> {
        let state = self.lock();
        let hub = state.hubs.hub(self.setup().account, region);
        hub.map(|hub| hub.invitations.keys().copied().collect()).unwrap_or_default()
    }

    /// Sets whether the emulator's [account](EmulatorBuilder::with_account) is subscribed to Security Hub in this region.
    pub fn set_subscribed(&self, region: &Region, subscribed: bool) {
        self.lock().hubs.hub_or_default(self.setup().account, region).subscribed = Some(subscribed);
    }

    /// Adds an access key. It replaces a key with the same id.
    pub fn set_access_key(&self, key: AccessKey) {
        self.lock().insert_key(key);
    }

    /// Adds a role for `AssumeRole`. It replaces a role with the same account and name.
    pub fn set_role(&self, role: Role) {
        self.lock().insert_role(role);
    }

    /// Sets whether every account can use a region. In a disabled region, no credentials are valid.
    pub fn set_region_enabled(&self, region: &Region, enabled: bool) {
        self.lock().set_region_enabled(None, region.clone(), enabled);
    }

    /// Refuses every authenticated request with `AccessDeniedException` and this message.
    pub fn deny(&self, message: &str) {
        self.lock().set_denial(None, None, Some(message.into()));
    }

    /// Ends [`deny`](Self::deny).
    pub fn allow(&self) {
        self.lock().set_denial(None, None, None);
    }

    /// Sets the emulator's clock `seconds` ahead of the `now` that it is given, or behind it if negative.
    ///
    /// The emulator checks the dates of requests with that clock, and writes it to `Date`.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.lock().clock_offset = seconds;
    }

    /// Adds faults to the script. Each is played for one request, in their order.
    ///
    /// Only requests to an operation use a fault. Preflights and requests for other paths do not.
    pub fn script_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        // The iterator is the caller's code and may call the emulator, so it runs before the lock is taken.
        let faults: Vec<Fault> = faults.into_iter().collect();
        self.lock().script.extend(faults);
    }

    /// Adds one fault to the [script](Self::script_faults).
    pub fn push_fault(&self, fault: Fault) {
        self.script_faults([fault]);
    }

    /// Returns the number of scripted faults that have not been played yet.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.lock().script.len()
    }

    /// Returns the last requests except preflights, oldest first.
    #[must_use]
    pub fn received_requests(&self) -> Vec<Received> {
        self.lock().log.entries().cloned().collect()
    }

    /// Returns the number of requests so far, except preflights.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.lock().counters.requests
    }

    /// Returns all counters. Unlike the log, they cover all requests.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Returns the requests that exceeded the [rate limit](crate::RateLimit), oldest first. The first 1,000 are kept.
    #[must_use]
    pub fn rate_violations(&self) -> Vec<RateViolation> {
        self.lock().limiter.violations().to_vec()
    }

    /// Fails a test whose client exceeded the rate limit.
    ///
    /// # Panics
    /// If there are [rate violations](Self::rate_violations).
    #[track_caller]
    pub fn assert_no_rate_violations(&self) {
        let violations = self.rate_violations();
        assert!(violations.is_empty(), "rate limit exceeded: {violations:?}");
    }

    /// Applies a JSON document of the control API's `setup`, such as `{"clock_offset": 300}`. All of it or nothing.
    ///
    /// # Errors
    /// If the document is invalid, or if the state would become too large.
    pub fn apply_json(&self, document: &str) -> Result<(), InvalidChanges> {
        Changes::parse(document.as_bytes())?.apply(self)
    }

    /// Returns to the state of [`save_initial_state`](Self::save_initial_state), or to the state that the emulator was
    /// built with. All sessions end, and the log and the counters are empty.
    pub fn reset(&self) {
        let mut next = lock(&self.inner.initial).clone();
        let mut state = self.lock();
        next.sessions.end_all(&state.sessions);
        *state = next;
    }

    /// Makes the present state the one that [`reset`](Self::reset) returns to, without the log and the counters.
    pub fn save_initial_state(&self) {
        let mut initial = self.lock().clone();
        initial.forget_requests();
        *lock(&self.inner.initial) = initial;
    }

    /// Returns the account that requests with this key are from.
    pub(crate) fn account_of(&self, key: &AccessKey) -> AccountId {
        key.account.unwrap_or(self.inner.setup.account)
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.inner.setup
    }

    pub(crate) fn large_bodies(&self) -> &Arc<Semaphore> {
        &self.inner.large_bodies
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.inner.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // No foreign code runs under the lock, and no step under it leaves the state half changed.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Emulator {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Emulator")
            .field("account", &self.setup().account)
            .field("keys", &state.keys.values().collect::<Vec<_>>())
            .field("pending_faults", &state.script.len())
            .field("counters", &state.counters)
            .finish_non_exhaustive()
    }
}
