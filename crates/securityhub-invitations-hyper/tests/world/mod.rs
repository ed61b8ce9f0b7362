//! Accounts of an emulator, a journal, and a service that requires the journal to be ahead. Time is virtual.

use std::{
    cell::Cell,
    fmt, io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioTimer;
use securityhub_emulator::{AccessKey, Emulator, EmulatorBuilder, MemberStatus, RateLimit};
use securityhub_invitations_hyper::{
    AccountId, Client, Credentials, Endpoint, Region, SecurityHub,
    sweep::{Entry, Event, Hub, HubId, Ledger, Plan, Replay, Side, State, Step, StepState, Steps, Sweep},
};
use tokio::time::{Instant, sleep};
use tower::util::BoxCloneService;

pub(crate) const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];
/// The time that a batch of events takes to be stored.
const STORE: Duration = Duration::from_millis(3);

pub(crate) type Service = BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, io::Error>;

pub(crate) fn account(number: usize) -> AccountId {
    format!("1111222233{number:02}").parse().unwrap()
}

pub(crate) fn inviter(number: usize) -> AccountId {
    format!("9999888877{number:02}").parse().unwrap()
}

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) plan: Arc<Plan>,
    /// The time of each request, up to its effect and after it.
    pub(crate) latency: Duration,
    /// Every such request takes effect, and its response is lost.
    pub(crate) lost: Option<u64>,
    pub(crate) most_at_a_time: AtomicUsize,
    now_at_a_time: AtomicUsize,
    arrivals: AtomicU64,
    hubs: Vec<SecurityHub>,
    journal: Mutex<(Vec<Event>, Replay)>,
    started: (SystemTime, Instant),
}

impl World {
    /// Each account has invitations of `inviters` in each region. The first inviter is its administrator.
    pub(crate) fn new(
        accounts: usize,
        inviters: usize,
        setup: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let key = |number| format!("AKID{number}");
        let builder = Emulator::builder().with_rate_limit(RateLimit::documented());
        let builder = (0..accounts).fold(setup(builder), |builder, number| {
            builder
                .with_access_key(AccessKey::new(&key(number), AccessKey::EXAMPLE_SECRET).with_account(account(number)))
        });
        let emulator = builder.build();
        let (mut hubs, mut planned) = (Vec::new(), Vec::new());
        for (number, region) in (0..accounts).flat_map(|number| REGIONS.map(|region| (number, region))) {
            let region: Region = region.parse().unwrap();
            for inviter_number in 0..inviters {
                let status = if inviter_number == 0 { MemberStatus::Enabled } else { MemberStatus::Invited };
                emulator.account(inviter(inviter_number)).set_member(&region, account(number), status);
            }
            let credentials = Credentials::new(key(number), AccessKey::EXAMPLE_SECRET).unwrap();
            hubs.push(SecurityHub::new(Endpoint::regional(&region).unwrap(), credentials));
            planned.push(Hub::new(account(number), region));
        }
        let steps = Steps::new().with_disassociate().with_decline();
        let plan = Plan::new(Side::Member, planned).unwrap().with_steps(steps).unwrap().with_chunk_size(1).unwrap();
        let plan = Arc::new(plan);
        Self {
            emulator,
            latency: Duration::from_millis(20),
            lost: None,
            most_at_a_time: AtomicUsize::new(0),
            now_at_a_time: AtomicUsize::new(0),
            arrivals: AtomicU64::new(0),
            hubs,
            journal: Mutex::new((Vec::new(), Replay::new(Arc::clone(&plan)))),
            plan,
            started: (SystemTime::now(), Instant::now()),
        }
    }

    pub(crate) fn client(self: &Arc<Self>, hub: HubId) -> Client<Service> {
        // A service need not be `Sync`.
        let (world, not_sync) = (Arc::clone(self), Cell::new(()));
        let service = tower::service_fn(move |request| {
            not_sync.set(());
            Arc::clone(&world).answer(hub, request)
        });
        Client::with_service(self.hubs[hub.number() as usize].clone(), BoxCloneService::new(service), TokioTimer::new())
    }

    async fn answer(self: Arc<Self>, hub: HubId, request: Request<Full<Bytes>>) -> io::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, body.collect().await.unwrap().to_bytes());
        self.check_is_stored(hub, &request);
        self.most_at_a_time.fetch_max(self.now_at_a_time.fetch_add(1, SeqCst) + 1, SeqCst);
        // Results of one batch arrive at different times.
        sleep(self.latency / 2 + Duration::from_millis(self.arrivals.fetch_add(7, SeqCst) % 11)).await;
        let response = self.emulator.handle(&request, self.started.0 + self.started.1.elapsed());
        sleep(self.latency / 2).await;
        self.now_at_a_time.fetch_sub(1, SeqCst);
        match self.lost {
            Some(lost) if self.emulator.request_count().is_multiple_of(lost) => {
                Err(io::ErrorKind::ConnectionReset.into())
            }
            _ => Ok(response.map(Full::new)),
        }
    }

    /// Requires a stored event for each account that a request changes.
    fn check_is_stored(&self, hub: HubId, request: &Request<Bytes>) {
        let step = match request.uri().path() {
            "/administrator/disassociate" => Step::Disassociate,
            "/invitations/decline" => Step::Decline,
            "/invitations/delete" => Step::Delete,
            _ => return,
        };
        let journal = self.journal.lock().unwrap();
        let ledger = journal.1.ledger().hub(hub).unwrap();
        let is_in_flight = |state: Option<StepState<'_>>| state.unwrap().state == State::InFlight;
        let is_stored = if step == Step::Disassociate {
            is_in_flight(ledger.administrator().map(|(_, state)| state))
        } else {
            let body = str::from_utf8(request.body()).unwrap();
            let mut sent = ledger.entries().filter(|entry| body.contains(entry.id().as_str())).peekable();
            sent.peek().is_some() && sent.all(|entry| is_in_flight(entry.step(step)))
        };
        assert!(is_stored, "{step} in hub {hub} left before its event was stored");
    }

    /// Stores events after a while.
    pub(crate) async fn store(&self, events: Vec<Event>) -> Result<(), fmt::Error> {
        sleep(STORE).await;
        let (journal, replay) = &mut *self.journal.lock().unwrap();
        events.iter().for_each(|event| replay.apply(event).unwrap());
        journal.extend(events);
        Ok(())
    }

    pub(crate) fn journal(&self) -> Vec<Event> {
        self.journal.lock().unwrap().0.clone()
    }

    /// Resumes from the journal.
    pub(crate) fn resume(&self) -> Sweep {
        Sweep::resume(Arc::clone(&self.plan), self.journal()).unwrap()
    }

    /// Requires each certain entry to be what the emulator says, and the stored ledger to be the sweep's.
    pub(crate) fn check(&self, ledger: &Ledger) {
        for hub in ledger.hubs() {
            let invitations = self.emulator.account(hub.account()).invitations(hub.region());
            for entry in hub.entries().filter(Entry::is_certain) {
                let is_there = invitations.iter().any(|invitation| invitation.account == entry.id());
                assert_eq!(entry.state() != State::Done, is_there, "{entry:?} in {}", hub.account());
            }
        }
    }

    pub(crate) fn check_stored(&self) {
        self.check(self.journal.lock().unwrap().1.ledger());
    }
}
