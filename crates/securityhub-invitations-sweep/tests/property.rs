//! Random runs against a model of the service: any interleaving, faults, kills and requests that arrive twice or late.
//!
//! Every run has a fixed seed. The properties are in [`check_entries`] and [`check_end`].

mod model;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::Response;
use securityhub_invitations::{
    AccountId, Credentials, Driver, Endpoint, Exchange, ExchangeError, Failure, Limits, Next, RetryPolicy, SecurityHub,
};
use securityhub_invitations_sweep::{
    Event, Header, Hub, HubId, Ledger, Phase, Plan, Record, Replay, Side, State, Step, Steps, Sweep, SweepError,
    SweepNext, SweepOperation, Task, Ticket, Work, merge,
};

use model::{Mode, Random, Server, account, error};

const START: Duration = Duration::from_secs(1_795_379_825);

/// How often a run is disturbed, in percent of its attempts or actions.
#[derive(Clone, Copy)]
struct Disturbance {
    fault: u64,
    kill: u64,
    invite: u64,
    /// Whether a new attempt follows a kill, as with an engine, instead of a resumed run.
    is_engine: bool,
}

const NONE: Disturbance = Disturbance { fault: 0, kill: 0, invite: 0, is_engine: false };

/// A call in progress.
trait InProgress {
    fn hub(&self) -> HubId;
    fn ready_at(&self) -> Duration;
    /// Sends an attempt. Returns whether the call has a result.
    fn attempt(&mut self, world: &mut World) -> bool;
    fn report(self: Box<Self>, sweep: &mut Sweep);
}

struct InFlight<O: SweepOperation> {
    hub: HubId,
    driver: Option<Driver<O, String>>,
    ticket: Ticket<O>,
    result: Option<Result<O::Output, SweepError>>,
    ready_at: Duration,
    started: Duration,
}

impl<O: SweepOperation> InProgress for InFlight<O> {
    fn hub(&self) -> HubId {
        self.hub
    }

    fn ready_at(&self) -> Duration {
        self.ready_at
    }

    fn attempt(&mut self, world: &mut World) -> bool {
        let Some(driver) = self.driver.take() else { return true };
        let (elapsed, now) = (world.now - self.started, UNIX_EPOCH + START + world.now);
        let Exchange { request, in_flight, .. } = driver.start(elapsed, now).expect("there is no deadline");
        world.server.count(self.hub, world.now);
        let result = world.exchange(self.hub, &request);
        match in_flight.finish(result, elapsed, now, |_| {}) {
            Next::Done(result) => self.result = Some(result.map_err(SweepError::from)),
            Next::Wait(wait, driver) => {
                self.driver = Some(driver);
                self.ready_at = world.now + wait;
            }
        }
        self.driver.is_none()
    }

    fn report(self: Box<Self>, sweep: &mut Sweep) {
        sweep.finished(self.ticket, self.result.expect("the call has a result"));
    }
}

/// The service, the network and the journal.
struct World {
    server: Server,
    random: Random,
    disturbance: Disturbance,
    now: Duration,
    hubs: Vec<SecurityHub>,
    journal: Vec<String>,
    kills: usize,
    /// The ledgers of the attempts that an engine has seen.
    ledgers: Vec<Ledger>,
}

impl World {
    fn exchange(
        &mut self,
        hub: HubId,
        request: &http::Request<bytes::Bytes>,
    ) -> Result<Response<Vec<u8>>, ExchangeError<String>> {
        let transport =
            |failure| Err(ExchangeError::Transport { error: "injected fault".to_owned(), failure, is_retryable: true });
        if self.random.percent(10) {
            self.server.carry_out_delayed();
        }
        if !self.random.percent(self.disturbance.fault) {
            return Ok(self.server.respond(hub, request));
        }
        match self.random.below(9) {
            0 => transport(Failure::NotSent),
            1 => transport(Failure::Interrupted),
            2 => {
                self.server.respond(hub, request);
                transport(Failure::TimedOut)
            }
            3 => {
                self.server.delayed.push((hub, request.clone()));
                transport(Failure::TimedOut)
            }
            4 => Ok(error(429, "ThrottlingException", "slow down")),
            5 => Ok(error(500, "InternalException", "no")),
            6 => {
                self.server.respond(hub, request);
                Ok(error(500, "InternalException", "no"))
            }
            7 => {
                // The request arrives twice.
                let response = self.server.respond(hub, request);
                self.server.respond(hub, request);
                Ok(response)
            }
            _ => Ok(Response::new(b"<html>a proxy</html>".to_vec())),
        }
    }

    /// Stores events, as a driver does before it sends anything.
    fn persist(&mut self, sweep: &mut Sweep) {
        let time: SystemTime = UNIX_EPOCH + START + self.now;
        self.journal.extend(sweep.take_events().into_iter().map(|event| Record::new(event, time).to_line()));
    }

    fn events(&self) -> impl Iterator<Item = Event> {
        self.journal[1..].iter().map(|line| Record::from_line(line).expect("our own line").into_event())
    }

    fn begin(&self, work: Work) -> Box<dyn InProgress> {
        match work {
            Work::ListInvitations(task) => self.call(task),
            Work::ListMembers(task) => self.call(task),
            Work::GetAdministratorAccount(task) => self.call(task),
            Work::DisassociateFromAdministratorAccount(task) => self.call(task),
            Work::DeclineInvitations(task) => self.call(task),
            Work::DeleteInvitations(task) => self.call(task),
        }
    }

    fn call<O: SweepOperation>(&self, task: Task<O>) -> Box<dyn InProgress> {
        let Task { operation, hub, ticket, .. } = task;
        let call = self.hubs[hub.number() as usize].call(operation);
        let driver = Some(Driver::new(call, Limits::default()));
        Box::new(InFlight { hub, driver, ticket, result: None, ready_at: self.now, started: self.now })
    }

    /// An inviter sends an invitation again, or a new one.
    fn invite(&mut self) {
        let hub = self.random.below(self.server.hubs.len());
        let known: Vec<AccountId> = self.server.hubs[hub].invitations.keys().copied().collect();
        let id = match known.len() {
            0 => account(self.random.below(1000)),
            count => known[self.random.below(count)],
        };
        let invitation = self.server.invitation(false);
        self.server.hubs[hub].invitations.insert(id, invitation);
    }
}

fn plan_for(server: &Server, random: &mut Random) -> Plan {
    let regions = ["us-east-1", "eu-central-1", "eu-west-1", "ap-south-1"];
    let hubs = (0..server.hubs.len()).map(|number| {
        let hub = Hub::new(account(5000 + number / 4), regions[number % 4].parse().expect("a region"));
        if random.percent(30) {
            let absent = account(random.below(1000));
            let ids: Vec<AccountId> = server.hubs[number].invitations.keys().copied().chain([absent]).collect();
            hub.with_account_ids(ids)
        } else {
            hub
        }
    });
    let hubs = hubs.collect();
    let mut steps = Steps::new();
    if random.percent(50) {
        steps = steps.with_disassociate();
    }
    if random.percent(50) {
        steps = steps.with_decline();
    }
    let plan = Plan::new(Side::Member, hubs).expect("a plan");
    let keep = server.hubs.iter().flat_map(|hub| hub.invitations.keys().copied().chain(hub.administrator));
    let keep: Vec<AccountId> = keep.filter(|_| random.percent(10)).collect();
    plan.with_steps(steps)
        .expect("member side")
        .with_keep(keep)
        .with_chunk_size([1, 2, 3, 4, 5][random.below(5)])
        .expect("≥ 1")
}

/// Runs a plan to its end, and returns the world and the ledger that the journal results in.
fn run(seed: u64, disturbance: Disturbance) -> (World, Arc<Plan>, Server, Ledger) {
    let mut random = Random(seed);
    let count = 1 + random.below(6);
    let server = Server::new(count, 9, &mut random);
    let plan = Arc::new(plan_for(&server, &mut random));
    let endpoint = Endpoint::regional(&"us-east-1".parse().expect("a region")).expect("an endpoint");
    let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").expect("AWS's example keys");
    let policy = RetryPolicy::standard().with_max_attempts(NonZeroU32::new(2).expect("not 0"));
    let hub = || SecurityHub::new(endpoint.clone(), keys.clone()).with_retry_policy(policy);
    let hubs = (0..count).map(|_| hub()).collect();
    let journal = vec![Header::new("run", "test", Arc::clone(&plan)).to_line()];
    let original = server.clone();
    let mut world =
        World { server, random, disturbance, now: Duration::ZERO, hubs, journal, kills: 0, ledgers: Vec::new() };

    let mut sweep = Sweep::new(Arc::clone(&plan));
    let mut calls: Vec<Box<dyn InProgress>> = Vec::new();
    let mut results: Vec<Box<dyn InProgress>> = Vec::new();
    let mut epoch = Duration::ZERO;
    for action in 0.. {
        assert!(action < 200_000, "seed {seed}: the run does not end");
        if world.random.percent(disturbance.invite) {
            world.invite();
        }
        if sweep.phase() == Phase::Verifying {
            // A list cannot know what the service will still do.
            world.server.carry_out_delayed();
        }
        if world.kills < 5 && world.random.percent(disturbance.kill) {
            world.kills += 1;
            calls.clear();
            check_entries(seed, &world, &original);
            if disturbance.is_engine {
                // An attempt that ends early, at its deadline for example, still returns its ledger.
                if world.random.percent(50) {
                    world.ledgers.push(check_entries(seed, &world, &original));
                }
                world.journal.truncate(1);
                sweep = Sweep::for_attempt(Arc::clone(&plan), u32::try_from(world.kills).expect("at most 5"));
                results.clear();
            } else {
                let header = Header::from_line(&world.journal[0]).expect("our own header");
                sweep = Sweep::resume(Arc::clone(header.plan()), world.events()).expect("our own events");
            }
            epoch = world.now;
            // Results of an earlier run are ignored.
            let before = sweep.ledger().clone();
            results.drain(..).for_each(|result| result.report(&mut sweep));
            assert_eq!(sweep.ledger(), &before, "seed {seed}: a result of an earlier run counts");
            world.persist(&mut sweep);
            continue;
        }
        match world.random.below(3) {
            0 if !results.is_empty() => {
                let index = world.random.below(results.len());
                results.swap_remove(index).report(&mut sweep);
                // A kill can come before the events are stored.
                if world.random.percent(80) {
                    world.persist(&mut sweep);
                }
            }
            1 if calls.iter().any(|call| call.ready_at() <= world.now) => {
                let ready = (0..calls.len()).filter(|index| calls[*index].ready_at() <= world.now);
                let ready: Vec<usize> = ready.collect();
                let index = ready[world.random.below(ready.len())];
                let wait = sweep.reserve(calls[index].hub(), world.now - epoch);
                world.now += wait;
                if calls[index].attempt(&mut world) {
                    results.push(calls.swap_remove(index));
                }
            }
            _ if calls.len() + results.len() < 5 => match sweep.next(world.now - epoch) {
                SweepNext::Ready(work) => {
                    check_work(seed, &sweep, &plan, &work);
                    world.persist(&mut sweep);
                    calls.push(world.begin(work));
                }
                SweepNext::NotBefore(at) if calls.is_empty() && results.is_empty() => world.now = at + epoch,
                SweepNext::NotBefore(_) | SweepNext::Waiting => world.now += Duration::from_millis(20),
                SweepNext::Finished if sweep.phase() == Phase::Approval => {
                    assert!(world.kills > 0 || world.server.writes == 0, "seed {seed}: a change before the approval");
                    assert!(sweep.approve());
                }
                SweepNext::Finished => break,
            },
            _ => world.now += Duration::from_millis(20),
        }
    }
    world.persist(&mut sweep);
    world.server.carry_out_delayed();
    let ledger = check_entries(seed, &world, &original);
    assert_eq!(ledger.summary(), sweep.ledger().summary(), "seed {seed}");
    (world, plan, original, ledger)
}

/// A request names only entries that were approved, are not kept, and are marked as sent.
fn check_work(seed: u64, sweep: &Sweep, plan: &Plan, work: &Work) {
    let (step, ids): (Step, Vec<AccountId>) = match work {
        Work::DeclineInvitations(task) => (Step::Decline, task.operation.account_ids().collect()),
        Work::DeleteInvitations(task) => (Step::Delete, task.operation.account_ids().collect()),
        _ => return,
    };
    let hub = sweep.ledger().hub(work.hub()).expect("a hub of the plan");
    for id in ids {
        assert!(!plan.keeps(id), "seed {seed}: {id} is kept");
        let entry = hub.entries().find(|entry| entry.id() == id).expect("it was found");
        assert_eq!(entry.step(step).map(|step| step.state), Some(State::InFlight), "seed {seed}: {id}");
    }
}

/// Folds the journal, and compares each certain entry with the server.
fn check_entries(seed: u64, world: &World, original: &Server) -> Ledger {
    let plan = Header::from_line(&world.journal[0]).expect("our own header").plan().clone();
    let (mut replay, mut twice) = (Replay::new(Arc::clone(&plan)), Replay::new(Arc::clone(&plan)));
    let mut found: BTreeMap<(HubId, AccountId), Option<String>> = BTreeMap::new();
    for event in world.events() {
        replay.apply(&event).expect("our own event");
        twice.apply(&event).expect("our own event");
        twice.apply(&event).expect("our own event");
        if let Event::Found { hub, invitations, .. } = event {
            for invitation in invitations {
                found.insert((hub, invitation.id), invitation.invitation.map(Into::into));
            }
        }
    }
    let ledger = replay.into_ledger();
    assert_eq!(ledger, twice.into_ledger(), "seed {seed}: an event that is applied twice counts twice");
    assert_eq!(Ledger::from_json(ledger.to_json().as_bytes()).expect("our own ledger"), ledger, "seed {seed}");
    check_ledger(seed, world, original, &plan, &ledger, &found);
    ledger
}

/// Compares each certain entry of a ledger with the server.
fn check_ledger(
    seed: u64,
    world: &World,
    original: &Server,
    plan: &Plan,
    ledger: &Ledger,
    found: &BTreeMap<(HubId, AccountId), Option<String>>,
) {
    for ((id, hub), ledger) in plan.numbered_hubs().zip(ledger.hubs()) {
        let server = &world.server.hubs[id.number() as usize];
        let mut ids = BTreeSet::new();
        for entry in ledger.entries() {
            let context = || format!("seed {seed}: {hub} {} {entry:?}", entry.id());
            assert!(ids.insert(entry.id()), "{}: it occurs twice", context());
            let given =
                || original.hubs[id.number() as usize].invitations.get(&entry.id()).map(|known| known.id.clone());
            let invitation = found.get(&(id, entry.id())).cloned().unwrap_or_else(given);
            let is_deleted =
                invitation.clone().is_some_and(|invitation| world.server.deleted.contains(&(id, invitation)));
            let current = server.invitations.get(&entry.id()).map(|known| known.id.clone());
            match entry.state() {
                _ if !entry.is_certain() => {}
                State::Done => assert!(current.is_none() || current != invitation, "{}: it is there", context()),
                State::Kept => {
                    assert!(!world.server.touched.contains(&(id, entry.id())), "{}: it was touched", context());
                }
                _ => assert!(!is_deleted, "{}: it was deleted", context()),
            }
        }
        if let Some((Some(administrator), step)) = ledger.administrator() {
            let is_disassociated = world.server.disassociated.contains(&id);
            match step.state {
                _ if !step.is_certain => {}
                State::Done => assert!(server.administrator.is_none(), "seed {seed}: {hub} {administrator}"),
                _ => assert!(!is_disassociated, "seed {seed}: {hub} {administrator}"),
            }
        }
    }
}

/// Compares the end of a disturbed run with an undisturbed one.
fn check_end(seed: u64, disturbed: &Ledger, world: &World, undisturbed: &Ledger, original: &Server) {
    let verified: BTreeSet<HubId> = world
        .events()
        .filter_map(|event| match event {
            Event::Verified { hub, .. } => Some(hub),
            _ => None,
        })
        .collect();
    let ids = |ledger: &Ledger, hub: usize| -> BTreeSet<AccountId> {
        ledger.hubs()[hub].entries().map(|entry| entry.id()).collect()
    };
    for (number, hub) in disturbed.hubs().iter().enumerate() {
        // A source can be parked sooner or later, depending on the order of the results.
        if hub.parking().is_some() || undisturbed.hubs()[number].parking().is_some() {
            continue;
        }
        assert_eq!(original.hubs[number].mode, Mode::Normal, "seed {seed}: hub {number} is not parked");
        let (here, there) = (ids(disturbed, number), ids(undisturbed, number));
        match world.disturbance {
            Disturbance { is_engine: true, .. } => assert!(here.is_subset(&there), "seed {seed}: hub {number}"),
            Disturbance { invite: 0, .. } => assert_eq!(here, there, "seed {seed}: hub {number} lost entries"),
            _ => {}
        }
        let others: BTreeMap<AccountId, State<'_>> =
            undisturbed.hubs()[number].entries().map(|entry| (entry.id(), entry.state())).collect();
        for entry in hub.entries() {
            let context = format!("seed {seed}: hub {number} {entry:?}");
            assert!(!matches!(entry.state(), State::Pending | State::InFlight), "{context}: it is not settled");
            let Some(other) = others.get(&entry.id()).filter(|_| entry.is_certain()) else { continue };
            let is_equal = entry.state().as_str() == other.as_str();
            let is_unverified = verified.iter().all(|hub| hub.number() as usize != number);
            match entry.state() {
                // It was not done, and says so. Every request was rejected or not sent.
                State::Failed(_) => {}
                State::NotProcessed(_) if is_unverified => {}
                // The inviter replaced an invitation that the service does not delete.
                State::Done if world.disturbance.invite > 0 => {}
                _ => assert!(is_equal, "{context}: {other:?} without disturbance"),
            }
        }
    }
}

#[derive(Default)]
struct Totals {
    runs: u64,
    kills: usize,
    requests: u64,
    entries: u64,
    uncertain: u64,
    over_the_limit: u64,
}

fn check_seeds(seeds: std::ops::Range<u64>, disturbance: Disturbance) -> Totals {
    let mut totals = Totals::default();
    for seed in seeds {
        let (_, _, _, undisturbed) = run(seed, NONE);
        let (world, _, original, ledger) = run(seed, disturbance);
        check_end(seed, &ledger, &world, &undisturbed, &original);
        let summary = ledger.summary();
        let sum = summary.done + summary.not_processed + summary.failed + summary.kept + summary.pending;
        assert_eq!(sum, summary.entries, "seed {seed}");
        totals.runs += 1;
        totals.kills += world.kills;
        totals.requests += world.server.requests;
        totals.entries += summary.entries;
        totals.uncertain += summary.uncertain;
        totals.over_the_limit += world.server.over_the_limit;
    }
    assert_eq!(totals.over_the_limit, 0, "requests over the service's limit");
    totals
}

#[test]
fn undisturbed_runs_are_certain() {
    let totals = check_seeds(0..200, NONE);
    assert_eq!(totals.uncertain, 0);
    assert!(totals.entries > 1000);
}

#[test]
fn faults_never_make_a_false_report() {
    let totals = check_seeds(1000..1500, Disturbance { fault: 30, kill: 0, invite: 0, is_engine: false });
    assert!(totals.requests > 5000, "{}", totals.requests);
    // The final list settles nearly all.
    assert!(totals.uncertain * 50 < totals.entries, "{} of {}", totals.uncertain, totals.entries);
}

#[test]
fn repeated_failures_never_make_a_false_report() {
    check_seeds(5000..5500, Disturbance { fault: 75, kill: 1, invite: 0, is_engine: false });
}

#[test]
fn kills_never_make_a_false_report() {
    let totals = check_seeds(2000..2700, Disturbance { fault: 15, kill: 3, invite: 0, is_engine: false });
    assert!(totals.kills > 1000, "{}", totals.kills);
}

#[test]
fn invitations_sent_again_are_not_deleted_unasked() {
    check_seeds(3000..3500, Disturbance { fault: 15, kill: 2, invite: 2, is_engine: false });
}

#[test]
fn engine_attempts_never_make_a_false_report() {
    let disturbance = Disturbance { fault: 15, kill: 3, invite: 0, is_engine: true };
    check_seeds(4000..4300, disturbance);
    let mut merged_entries = 0;
    for seed in 4300..4800 {
        let (mut world, plan, original, ledger) = run(seed, disturbance);
        let last = ledger.clone();
        let mut ledgers = std::mem::take(&mut world.ledgers);
        ledgers.extend([ledger.clone(), ledger]);
        let merged = merge(&plan, ledgers.clone()).expect("one plan");
        ledgers.reverse();
        assert_eq!(merge(&plan, ledgers).expect("one plan"), merged, "seed {seed}: the order matters");
        assert!(merged.repeated >= plan.hubs().len() && merged.missing.is_empty(), "seed {seed}");
        let found = original.hubs.iter().zip(plan.numbered_hubs()).flat_map(|(hub, (id, _))| {
            hub.invitations.iter().map(move |(account, invitation)| ((id, *account), Some(invitation.id.clone())))
        });
        check_ledger(seed, &world, &original, &plan, &merged.ledger, &found.collect());
        merged_entries += merged.ledger.summary().entries - last.summary().entries;
    }
    assert!(merged_entries > 100, "{merged_entries}");
}
