//! The service as a function from request to response, with its state inside.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use securityhub_invitations::{AccountId, Region};

use crate::{
    access_key::AccessKey,
    answer::{self, Refusal},
    authenticate::{self, Rules},
    canonical::normalized_path,
    clock::Moment,
    cors::{self, CorsPolicy},
    fault::Fault,
    input,
    received::{Counters, Outcome, Received},
};

/// A Security Hub with one operation, for every region at once.
///
/// Clones are the same service: they share all configuration and state. Which of its regions a request is for, the
/// credential scope says, as long as the host does not contradict.
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
    state: Arc<Mutex<State>>,
}

struct State {
    /// Shared with the requests under way, so that none of them holds the lock while it is verified.
    setup: Arc<Setup>,
    regions: BTreeMap<Region, RegionState>,
    script: VecDeque<Fault>,
    received: VecDeque<Received>,
    counters: Counters,
}

#[derive(Clone)]
struct Setup {
    account: AccountId,
    keys: Vec<AccessKey>,
    region: Option<Region>,
    subscribed: bool,
    denied: Option<String>,
    clock_offset: i64,
    cors: Option<CorsPolicy>,
    fault_source: Option<Arc<FaultSource>>,
    observer: Option<Arc<Observer>>,
    log_capacity: usize,
}

type FaultSource = dyn Fn(u64) -> Option<Fault> + Send + Sync;
type Observer = dyn Fn(&Received) + Send + Sync;

#[derive(Default)]
struct RegionState {
    /// `None` is what the emulator says for all regions.
    subscribed: Option<bool>,
    invitations: BTreeSet<AccountId>,
}

/// The configuration, said once.
impl Emulator {
    /// The account that the emulator speaks for unless told otherwise: 123456789012.
    pub const DEFAULT_ACCOUNT: &str = "123456789012";

    /// The largest body that is looked at: 16 MiB.
    pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

    /// Subscribed to Security Hub in every region, without invitations, for the account 123456789012, and acquainted
    /// with one key: [`AccessKey::example`].
    #[must_use]
    pub fn new() -> Self {
        let setup = Setup {
            account: default_account(),
            keys: vec![AccessKey::example()],
            region: None,
            subscribed: true,
            denied: None,
            clock_offset: 0,
            cors: None,
            fault_source: None,
            observer: None,
            log_capacity: 1000,
        };
        let state = State {
            setup: Arc::new(setup),
            regions: BTreeMap::new(),
            script: VecDeque::new(),
            received: VecDeque::new(),
            counters: Counters::default(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Knows one more key. A key with an id that is known already takes the other's place.
    #[must_use]
    pub fn with_access_key(self, key: AccessKey) -> Self {
        self.set_access_key(key);
        self
    }

    /// Knows no key at all, not even the example; for those that come next.
    #[must_use]
    pub fn without_access_keys(self) -> Self {
        self.configure(|setup| setup.keys.clear())
    }

    /// Serves one region and refuses credentials that are scoped to another.
    #[must_use]
    pub fn for_region(self, region: Region) -> Self {
        self.configure(|setup| setup.region = Some(region))
    }

    /// Speaks for this account.
    #[must_use]
    pub fn for_account(self, account: AccountId) -> Self {
        self.configure(|setup| setup.account = account)
    }

    /// Whether the account is subscribed to Security Hub wherever [`set_subscribed`](Self::set_subscribed) says nothing.
    /// It is, unless told otherwise.
    #[must_use]
    pub fn with_subscription(self, subscribed: bool) -> Self {
        self.configure(|setup| setup.subscribed = subscribed)
    }

    /// Answers browsers.
    #[must_use]
    pub fn with_cors(self, policy: CorsPolicy) -> Self {
        self.configure(|setup| setup.cors = Some(policy))
    }

    /// Asks `source` for a fault for every request that reaches the operation while no [script](Self::script) is left.
    /// It gets the [number](Received::number) of the request, so that a seeded choice is the same in every run.
    #[must_use]
    pub fn with_fault_source(self, source: impl Fn(u64) -> Option<Fault> + Send + Sync + 'static) -> Self {
        self.configure(|setup| setup.fault_source = Some(Arc::new(source)))
    }

    /// Shows `observer` every request once it is answered, preflights excepted.
    #[must_use]
    pub fn with_observer(self, observer: impl Fn(&Received) + Send + Sync + 'static) -> Self {
        self.configure(|setup| setup.observer = Some(Arc::new(observer)))
    }

    /// Keeps the last `capacity` requests for [`received`](Self::received); 1,000 unless told otherwise.
    #[must_use]
    pub fn with_log_capacity(self, capacity: usize) -> Self {
        self.configure(|setup| setup.log_capacity = capacity)
    }

    fn configure(self, change: impl FnOnce(&mut Setup)) -> Self {
        change(Arc::make_mut(&mut self.lock().setup));
        self
    }
}

/// The state, to be changed and looked at while requests come.
impl Emulator {
    /// Adds an invitation.
    pub fn invite(&self, region: &Region, account: AccountId) {
        self.lock().region(region).invitations.insert(account);
    }

    /// The invitations that are left, in the order of their ids.
    #[must_use]
    pub fn invitations(&self, region: &Region) -> Vec<AccountId> {
        let state = self.lock();
        state.regions.get(region).map(|state| state.invitations.iter().copied().collect()).unwrap_or_default()
    }

    /// Whether the account is subscribed to Security Hub in this region.
    pub fn set_subscribed(&self, region: &Region, subscribed: bool) {
        self.lock().region(region).subscribed = Some(subscribed);
    }

    /// Knows this key from now on, as [`with_access_key`](Self::with_access_key) does from the start.
    pub fn set_access_key(&self, key: AccessKey) {
        let mut state = self.lock();
        let setup = Arc::make_mut(&mut state.setup);
        setup.keys.retain(|known| known.id != key.id);
        setup.keys.push(key);
    }

    /// Refuses whoever is authenticated with `AccessDeniedException` and this message, or with `None` no longer.
    pub fn set_denied(&self, message: Option<&str>) {
        Arc::make_mut(&mut self.lock().setup).denied = message.map(str::to_owned);
    }

    /// Lets the emulator's own clock go `seconds` ahead of the `now` that it is given, or behind if negative. It judges
    /// the dates of requests by that clock and puts it into `Date`.
    pub fn set_clock_offset(&self, seconds: i64) {
        Arc::make_mut(&mut self.lock().setup).clock_offset = seconds;
    }

    /// Plays these faults, each for one request, after those that are scripted already. Only requests that reach the
    /// operation use one up: preflights and requests for other paths do not.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        // Collected first: the iterator is the caller's code and may call the emulator.
        let faults: Vec<Fault> = faults.into_iter().collect();
        self.lock().script.extend(faults);
    }

    /// Plays one more fault; [`script`](Self::script) for one.
    pub fn then(&self, fault: Fault) {
        self.script([fault]);
    }

    /// How many scripted faults are still to be played.
    #[must_use]
    pub fn scripted(&self) -> usize {
        self.lock().script.len()
    }

    /// The last requests, the oldest first, preflights excepted.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.iter().cloned().collect()
    }

    /// The number of requests so far, preflights excepted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.lock().counters.requests
    }

    /// All that is counted. Unlike the log, it forgets nothing.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, and no step under it leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn region(&mut self, region: &Region) -> &mut RegionState {
        self.regions.entry(region.clone()).or_default()
    }
}

/// The service.
impl Emulator {
    /// Answers a request at the time `now`.
    ///
    /// Nothing in a request makes it panic. What cannot be said in a response is left in its extensions as a
    /// [`WireFault`](crate::WireFault).
    pub fn handle(&self, request: &Request<Bytes>, now: SystemTime) -> Response<Bytes> {
        let setup = Arc::clone(&self.lock().setup);
        let service_now = Moment::new(now, setup.clock_offset);
        if let Some(policy) = setup.cors.as_ref().filter(|_| cors::is_preflight(request)) {
            let request_id = self.count_preflight();
            let mut response = policy.preflight();
            answer::stamp(&mut response, request_id, service_now);
            return response;
        }

        let (number, request_id) = self.count_request();
        let routed = route(request);
        let fault = routed.is_ok().then(|| self.next_fault(&setup, number)).flatten();
        let checked = routed.and_then(|()| check(&setup, request, service_now));
        let refused = |refusal: Refusal| (refusal.response(), Some(refusal.code));
        let (response, refusal) = match checked {
            Err(refusal) => refused(refusal),
            Ok((region, ids)) if fault.as_ref().is_none_or(Fault::processes) => {
                self.delete(&setup, &region, ids).map_or_else(refused, |response| (response, None))
            }
            // The fault has an answer of its own.
            Ok(_) => (answer::empty(StatusCode::OK), None),
        };

        let faulted = fault.is_some();
        let mut response = match &fault {
            Some(fault) => fault.choose(response),
            None => response,
        };
        answer::stamp(&mut response, request_id, service_now);
        if let Some(policy) = &setup.cors {
            policy.admit(&mut response);
        }
        if let Some(fault) = fault {
            fault.alter(&mut response, service_now);
        }

        if setup.log_capacity > 0 || setup.observer.is_some() {
            let status = response.status();
            self.record(&setup, Received::new(request, number, now, &Outcome { status, refusal, faulted }));
        }
        self.count_outcome(refusal.is_some(), faulted);
        response
    }

    fn count_preflight(&self) -> HeaderValue {
        let counters = &mut self.lock().counters;
        counters.preflights += 1;
        answer::request_id(counters.requests + counters.preflights)
    }

    fn count_request(&self) -> (u64, HeaderValue) {
        let counters = &mut self.lock().counters;
        counters.requests += 1;
        (counters.requests, answer::request_id(counters.requests + counters.preflights))
    }

    fn count_outcome(&self, refused: bool, faulted: bool) {
        let counters = &mut self.lock().counters;
        counters.refused += u64::from(refused);
        counters.faulted += u64::from(faulted);
    }

    fn record(&self, setup: &Setup, received: Received) {
        if let Some(observer) = &setup.observer {
            observer(&received);
        }
        if setup.log_capacity > 0 {
            let log = &mut self.lock().received;
            // More than one too many if the capacity was lowered.
            let surplus = log.len().saturating_sub(setup.log_capacity - 1);
            log.drain(..surplus);
            log.push_back(received);
        }
    }

    fn next_fault(&self, setup: &Setup, number: u64) -> Option<Fault> {
        let scripted = self.lock().script.pop_front();
        scripted.or_else(|| setup.fault_source.as_ref().and_then(|source| source(number)))
    }

    /// Deletes what is there and reports what is not.
    fn delete(&self, setup: &Setup, region: &Region, ids: Vec<String>) -> Result<Response<Bytes>, Refusal> {
        let mut state = self.lock();
        let subscribed = state.regions.get(region).and_then(|state| state.subscribed).unwrap_or(setup.subscribed);
        if !subscribed {
            return Err(Refusal::service(
                StatusCode::UNAUTHORIZED,
                "InvalidAccessException",
                format!("Account {} is not subscribed to AWS Security Hub", setup.account),
            ));
        }
        let mut unprocessed = ids;
        // A region that nobody told the emulator of is not remembered: requests do not grow the state.
        if let Some(region) = state.regions.get_mut(region) {
            let invited = region.invitations.len();
            unprocessed.retain(|id| !id.parse().is_ok_and(|id: AccountId| region.invitations.remove(&id)));
            let deleted = invited - region.invitations.len();
            state.counters.deleted += deleted as u64;
        }
        Ok(answer::unprocessed(&unprocessed))
    }
}

fn default_account() -> AccountId {
    Emulator::DEFAULT_ACCOUNT.parse().expect("it has 12 digits")
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
            .field("account", &state.setup.account)
            .field("keys", &state.setup.keys)
            .field("scripted", &state.script.len())
            .field("counters", &state.counters)
            .finish_non_exhaustive()
    }
}

/// Whether the request is for the operation at all.
fn route(request: &Request<Bytes>) -> Result<(), Refusal> {
    let (method, path) = (request.method(), request.uri().path());
    if method != Method::POST || !normalized_path(path).ends_with("/invitations/delete") {
        return Err(Refusal::front_end(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            format!("There is no operation {method} {path}, only POST /invitations/delete"),
        ));
    }
    if request.body().len() > Emulator::MAX_REQUEST_BYTES {
        return Err(Refusal::front_end(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            format!("The body has more than {} bytes", Emulator::MAX_REQUEST_BYTES),
        ));
    }
    Ok(())
}

/// The region and the ids of a request that may take effect.
fn check(setup: &Setup, request: &Request<Bytes>, now: Moment) -> Result<(Region, Vec<String>), Refusal> {
    let rules = Rules { keys: &setup.keys, region: setup.region.as_ref(), now };
    let region = authenticate::authenticate(request, &rules)?;
    if let Some(message) = &setup.denied {
        return Err(Refusal::service(StatusCode::FORBIDDEN, "AccessDeniedException", message));
    }
    Ok((region, input::account_ids(request.body())?))
}
