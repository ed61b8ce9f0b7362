//! Accounts of an emulator on loopback, a journal, and an observer that requires the journal to be ahead.

use std::{
    convert::Infallible,
    num::NonZeroU32,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use securityhub_emulator::{AccessKey, Emulator, EmulatorBuilder, MemberStatus, RateLimit, Received, Server};
use securityhub_invitations_ureq::{
    AccountId, Client, Connections, Credentials, Endpoint, Region, RetryPolicy, SecurityHub,
    sweep::{Entry, Event, Hub, HubId, Pacing, Plan, Replay, Side, State, Step, StepState, Steps, Sweep},
};

const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];

fn account(number: usize) -> AccountId {
    format!("1111222233{number:02}").parse().unwrap()
}

fn inviter(number: usize) -> AccountId {
    format!("9999888877{number:02}").parse().unwrap()
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) plan: Arc<Plan>,
    journal: Arc<Journal>,
    clients: Vec<Client>,
    _server: Server,
}

#[derive(Default)]
struct Journal {
    replay: OnceLock<Mutex<Replay>>,
    /// Requests without a stored event.
    early: Mutex<Vec<String>>,
}

impl World {
    /// Each account has invitations of `inviters` in each region. The first inviter is its administrator. The limit of the
    /// emulator is five times the documented one, so that a test is short.
    pub(crate) fn new(
        accounts: usize,
        inviters: usize,
        setup: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let key = |number| format!("AKID{number}");
        let journal = Arc::new(Journal::default());
        let observer = Arc::clone(&journal);
        let builder = Emulator::builder()
            .with_rate_limit(RateLimit::new(number(50), number(30)))
            .with_observer(move |received| observer.check(received));
        let builder = (0..accounts).fold(setup(builder), |builder, number| {
            builder
                .with_access_key(AccessKey::new(&key(number), AccessKey::EXAMPLE_SECRET).with_account(account(number)))
        });
        let emulator = builder.build();
        let server = Server::start(emulator.clone()).unwrap();
        let (mut clients, mut hubs) = (Vec::new(), Vec::new());
        for (number, region) in (0..accounts).flat_map(|number| REGIONS.map(|region| (number, region))) {
            let region: Region = region.parse().unwrap();
            for inviter_number in 0..inviters {
                let status = if inviter_number == 0 { MemberStatus::Enabled } else { MemberStatus::Invited };
                emulator.account(inviter(inviter_number)).set_member(&region, account(number), status);
            }
            let credentials = Credentials::new(key(number), AccessKey::EXAMPLE_SECRET).unwrap();
            let hub = SecurityHub::new(Endpoint::custom(&region, &server.url()).unwrap(), credentials)
                .with_retry_policy(RetryPolicy::standard().with_max_backoff(Duration::from_millis(20)));
            clients.push(Client::with_connections(hub, Connections::new().without_proxy()));
            hubs.push(Hub::new(account(number), region));
        }
        let steps = Steps::new().with_disassociate().with_decline();
        let plan = Plan::new(Side::Member, hubs).unwrap().with_steps(steps).unwrap().with_chunk_size(1).unwrap();
        let plan = Arc::new(plan);
        let _ = journal.replay.set(Mutex::new(Replay::new(Arc::clone(&plan))));
        Self { emulator, plan, journal, clients, _server: server }
    }

    pub(crate) fn sweep(&self) -> Sweep {
        let pacing = Pacing::new().with_requests_per_second(number(50));
        Sweep::new(Arc::clone(&self.plan)).with_pacing(pacing)
    }

    pub(crate) fn client(&self, hub: HubId) -> Client {
        self.clients[hub.number() as usize].clone()
    }

    pub(crate) fn store(&self, events: &[Event]) -> Result<(), Infallible> {
        // Requests that do not wait for the events would arrive now.
        std::thread::sleep(Duration::from_millis(2));
        let mut replay = self.journal.replay.get().unwrap().lock().unwrap();
        events.iter().for_each(|event| replay.apply(event).unwrap());
        Ok(())
    }

    /// Requires that no request was early, that each certain entry is what the emulator says, and that the journal knows it.
    pub(crate) fn check(&self, sweep: &Sweep) {
        assert!(self.journal.early.lock().unwrap().is_empty(), "{:?}", self.journal.early);
        for hub in sweep.ledger().hubs() {
            let invitations = self.emulator.account(hub.account()).invitations(hub.region());
            for entry in hub.entries().filter(Entry::is_certain) {
                let is_there = invitations.iter().any(|invitation| invitation.account == entry.id());
                assert_eq!(entry.state() != State::Done, is_there, "{entry:?} in {}", hub.account());
            }
        }
    }

    pub(crate) fn check_journal(&self, sweep: &Sweep) {
        let replay = self.journal.replay.get().unwrap().lock().unwrap();
        assert!(replay.ledger() == sweep.ledger(), "every event is stored");
    }
}

impl Journal {
    /// Requires a stored event for each account that a request changes.
    fn check(&self, received: &Received) {
        let step = match received.uri.path() {
            "/administrator/disassociate" => Step::Disassociate,
            "/invitations/decline" => Step::Decline,
            "/invitations/delete" => Step::Delete,
            _ => return,
        };
        let replay = self.replay.get().unwrap().lock().unwrap();
        let is_hub =
            |account, region: &Region| Some(account) == received.account && Some(region) == received.region.as_ref();
        let ledger = replay.ledger().hubs().iter().find(|hub| is_hub(hub.account(), hub.region())).unwrap();
        let is_in_flight = |state: Option<StepState<'_>>| state.is_some_and(|state| state.state == State::InFlight);
        let is_stored = if step == Step::Disassociate {
            is_in_flight(ledger.administrator().map(|(_, state)| state))
        } else {
            let body = str::from_utf8(&received.body).unwrap();
            let mut sent = ledger.entries().filter(|entry| body.contains(entry.id().as_str())).peekable();
            sent.peek().is_some() && sent.all(|entry| is_in_flight(entry.step(step)))
        };
        if !is_stored {
            self.early.lock().unwrap().push(received.to_string());
        }
    }
}
