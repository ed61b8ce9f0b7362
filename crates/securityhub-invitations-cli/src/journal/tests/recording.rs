//! A sweep against the emulator as a function, without a network.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use securityhub_emulator::Emulator;
use securityhub_invitations::{
    AccountId, Credentials, Driver, Endpoint, Exchange, ExchangeError, Failure, Limits, Next, Region, RetryPolicy,
    SecurityHub,
};
use securityhub_invitations_sweep::{
    Event, Header, Hub, Ledger, Plan, Side, Sweep, SweepError, SweepNext, SweepOperation, Task, Work,
};

const REGIONS: [&str; 4] = ["us-east-1", "eu-central-1", "eu-west-1", "ap-south-1"];

pub(super) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_379_825)
}

fn id(number: u32) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

fn region(name: &str) -> Region {
    name.parse().expect("a region")
}

/// Two regions are listed and one has given ids, of which one was never invited. The last one is not subscribed.
pub(super) fn header() -> Header {
    let hubs = REGIONS.map(|name| Hub::new(Emulator::DEFAULT_ACCOUNT.parse().expect("an id"), region(name)));
    let [first, second, given, last] = hubs;
    let hubs = vec![first, second, given.with_account_ids(vec![id(1), id(2), id(77)]), last];
    let plan = Plan::new(Side::Member, hubs).expect("a plan").with_keep([id(3)]).with_chunk_size(2).expect("≥ 1");
    Header::new("20261125T174501Z-1a2b", "test", plan)
}

pub(super) fn emulator() -> Emulator {
    let emulator = Emulator::new();
    for name in REGIONS {
        (1..=4).for_each(|number| emulator.invite(&region(name), id(number)));
    }
    emulator.set_subscribed(&region(REGIONS[3]), false);
    emulator
}

/// A request that changes something.
pub(super) struct Change {
    request: Request<Bytes>,
    /// The number of events that were stored before the request left.
    pub(super) sent_at: usize,
    /// The number of events with its result.
    pub(super) settled_at: usize,
}

impl Change {
    pub(super) fn carry_out(&self, emulator: &Emulator) {
        emulator.handle(&self.request, now());
    }
}

/// A sequential driver.
pub(super) struct Driven<'a> {
    pub(super) emulator: Emulator,
    pub(super) store: &'a mut dyn FnMut(&[Event]),
    /// The change whose response is lost, counted from 0.
    pub(super) lost: Option<usize>,
    pub(super) changes: Vec<Change>,
    stored: usize,
    now: Duration,
}

impl<'a> Driven<'a> {
    pub(super) fn new(emulator: Emulator, store: &'a mut dyn FnMut(&[Event])) -> Self {
        Self { emulator, store, lost: None, changes: Vec::new(), stored: 0, now: Duration::ZERO }
    }

    /// Runs a sweep to its end, and approves everything.
    pub(super) fn run(&mut self, mut sweep: Sweep) -> Ledger {
        loop {
            let next = sweep.next(self.now);
            self.store_events(&mut sweep);
            match next {
                SweepNext::Ready(Work::ListInvitations(task)) => self.call(&mut sweep, task),
                SweepNext::Ready(Work::DeleteInvitations(task)) => self.call(&mut sweep, task),
                SweepNext::Ready(work) => panic!("the plan has no {work:?}"),
                SweepNext::NotBefore(at) => self.now = at,
                SweepNext::Waiting => panic!("nothing is in flight"),
                SweepNext::Finished if sweep.approve() => {}
                SweepNext::Finished => return sweep.ledger().clone(),
            }
        }
    }

    fn store_events(&mut self, sweep: &mut Sweep) {
        let events = sweep.take_events();
        self.stored += events.len();
        (self.store)(&events);
    }

    fn call<O: SweepOperation>(&mut self, sweep: &mut Sweep, task: Task<O>) {
        let hub = sweep.plan().hub(task.hub).expect("a hub of the plan");
        let endpoint = Endpoint::regional(hub.region()).expect("an endpoint");
        let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").expect("example keys");
        let hub = SecurityHub::new(endpoint, keys).with_retry_policy(RetryPolicy::never());
        self.now += sweep.reserve(task.hub, self.now);
        let driver = Driver::new(hub.call(task.operation), Limits::default());
        let Exchange { request, in_flight, .. } = driver.start(Duration::ZERO, now()).expect("there is no deadline");
        let response = self.emulator.handle(&request, now());
        let is_change = request.uri().path().starts_with("/invitations/");
        let is_lost = is_change && self.lost == Some(self.changes.len());
        let result = if is_lost {
            Err(ExchangeError::Transport { error: "lost", failure: Failure::TimedOut, is_retryable: true })
        } else {
            Ok(response)
        };
        let Next::Done(result) = in_flight.finish(result, Duration::ZERO, now(), |_| {}) else {
            panic!("there is one attempt");
        };
        let sent_at = self.stored;
        sweep.finished(task.ticket, result.map_err(SweepError::from));
        self.store_events(sweep);
        if is_change {
            self.changes.push(Change { request, sent_at, settled_at: self.stored });
        }
    }
}

/// The state of every entry: hub, id, state, whether it is certain.
pub(super) fn entries(ledger: &Ledger) -> Vec<(String, AccountId, &'static str, bool)> {
    let of_hub = ledger.hubs().iter().flat_map(|hub| {
        hub.entries().map(|entry| (hub.region().to_string(), entry.id(), entry.state().as_str(), entry.is_certain()))
    });
    of_hub.collect()
}
