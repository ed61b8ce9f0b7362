//! The figures of `docs/SCALE.md`: the sweep with a virtual clock, from one account to 10,000 accounts in 34 regions.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "it prints its table, and reads the document with it"
)]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fs,
    path::Path,
    sync::Arc,
    time::Duration,
};

use http::Response;
use securityhub_invitations::{AccountId, DeleteInvitationsOutput, ListInvitationsOutput};
use securityhub_invitations_sweep::{Hub, Ledger, Phase, Plan, Side, Slice, Sweep, SweepNext, Work};

/// The time of a call.
const LATENCY: Duration = Duration::from_millis(150);
/// The calls in flight on one machine.
const IN_FLIGHT: usize = 64;
const IN_FLIGHT_OF_A_HUB: usize = 8;
/// A worker's start and its session of STS.
const START: Duration = Duration::from_millis(300);
const CHUNK: usize = 50;
const RATE: f64 = 10.0;
const BURST: f64 = 25.0;

/// A scale: accounts, regions, and ids in each hub.
struct Scale {
    accounts: usize,
    regions: usize,
    ids: usize,
}

/// The result of a run.
struct Measured {
    calls: usize,
    time: Duration,
}

impl Scale {
    fn hubs(&self) -> usize {
        self.accounts * self.regions
    }

    fn plan(&self) -> Plan {
        let hub = |region: usize, account: usize| {
            let account = format!("{account:012}").parse().expect("12 digits");
            Hub::new(account, format!("eu-west-{region}").parse().expect("a region"))
        };
        let hubs = (0..self.regions).flat_map(|region| (0..self.accounts).map(move |account| hub(region, account)));
        Plan::new(Side::Member, hubs.collect()).expect("a plan")
    }

    /// The time on one machine: the lists and then the requests. Each phase takes as many rounds as its calls need, or the time
    /// of one hub.
    fn bound(&self) -> f64 {
        let rounds = (self.hubs() * self.pages()).div_ceil(IN_FLIGHT);
        let machine = rounds as f64 * LATENCY.as_secs_f64();
        machine.max(self.list_of_a_hub()) + machine.max(self.requests_of_a_hub())
    }

    /// The pages of the list, which is also the number of requests after it.
    fn pages(&self) -> usize {
        self.ids.div_ceil(CHUNK)
    }

    /// The pages come one after the other.
    fn list_of_a_hub(&self) -> f64 {
        self.pages() as f64 * LATENCY.as_secs_f64()
    }

    /// At most eight requests run in parallel, at the rate of the hub and with the tokens that the list has left.
    fn requests_of_a_hub(&self) -> f64 {
        let pages = self.pages() as f64;
        let tokens = (BURST + RATE * self.list_of_a_hub() - pages).min(BURST);
        let latency = LATENCY.as_secs_f64();
        let rounds = self.pages().div_ceil(IN_FLIGHT_OF_A_HUB) as f64;
        (rounds * latency).max((pages - tokens) / RATE + latency)
    }

    /// The time of workers that each run one slice after the other.
    fn bound_of_workers(&self, workers: usize) -> f64 {
        self.hubs().div_ceil(workers) as f64 * (START.as_secs_f64() + self.list_of_a_hub() + self.requests_of_a_hub())
    }
}

/// Runs a sweep with calls that all take the same time.
fn run(sweep: &mut Sweep, ids: usize) -> Measured {
    let (mut now, mut calls) = (Duration::ZERO, 0);
    // The calls in flight, by the time of their result.
    let mut in_flight: BTreeMap<(Duration, usize), Work> = BTreeMap::new();
    loop {
        let next = if in_flight.len() < IN_FLIGHT { sweep.next(now) } else { SweepNext::Waiting };
        drop(sweep.take_events());
        let due = match next {
            SweepNext::Ready(work) => {
                let hub = match &work {
                    Work::ListInvitations(task) => task.hub,
                    Work::DeleteInvitations(task) => task.hub,
                    work => panic!("unexpected {work:?}"),
                };
                let wait = sweep.reserve(hub, now);
                in_flight.insert((now + wait + LATENCY, calls), work);
                calls += 1;
                continue;
            }
            SweepNext::Finished if sweep.phase() == Phase::Ended => return Measured { calls, time: now },
            SweepNext::Finished => {
                assert!(sweep.approve());
                continue;
            }
            SweepNext::NotBefore(at) => Some(at),
            SweepNext::Waiting => None,
        };
        let done = in_flight.first_entry().filter(|first| due.is_none_or(|due| first.key().0 <= due));
        let Some(done) = done else {
            now = due.expect("something is in flight or due");
            continue;
        };
        let ((at, _), work) = done.remove_entry();
        now = at;
        finish(sweep, work, ids);
        drop(sweep.take_events());
    }
}

fn finish(sweep: &mut Sweep, work: Work, ids: usize) {
    match work {
        Work::ListInvitations(task) => {
            let start: usize = task.operation.next_token().map_or(0, |token| token.parse().expect("our own token"));
            let end = ids.min(start + CHUNK);
            let entry = |id: usize| format!(r#"{{"AccountId":"{id:012}","InvitationId":"{id:032x}"}}"#);
            let entries: Vec<String> = (start..end).map(entry).collect();
            let token = if end < ids { format!(r#","NextToken":"{end}""#) } else { String::new() };
            let page = Response::new(format!(r#"{{"Invitations":[{}]{token}}}"#, entries.join(",")));
            let page = ListInvitationsOutput::from_response(&page).expect("a page").with_attempts(1, 0);
            sweep.finished(task.ticket, Ok(page));
        }
        Work::DeleteInvitations(task) => {
            let response = Response::new(r#"{"UnprocessedAccounts":[]}"#);
            let output = DeleteInvitationsOutput::from_response(&response).expect("a success").with_attempts(1, 0);
            sweep.finished(task.ticket, Ok(output));
        }
        work => panic!("unexpected {work:?}"),
    }
}

/// Runs every slice on the worker that is free first.
fn run_workers(plan: &Plan, ids: usize, workers: usize) -> (Measured, usize, usize) {
    let mut free: BinaryHeap<Reverse<Duration>> = (0..workers).map(|_| Reverse(Duration::ZERO)).collect();
    let (mut calls, mut end, mut slice_bytes, mut ledger_bytes) = (0, Duration::ZERO, 0, 0);
    for slice in Slice::all(plan) {
        let slice = slice.with_role("SecurityCleanup");
        slice_bytes = slice_bytes.max(slice.to_json().expect("it is small").len());
        let mut sweep = Sweep::for_attempt(slice.plan().expect("a plan"), 0);
        let measured = run(&mut sweep, ids);
        calls += measured.calls;
        ledger_bytes = ledger_bytes.max(complete(sweep.ledger(), ids));
        let Reverse(start) = free.pop().expect("there are workers");
        let finished = start + START + measured.time;
        end = end.max(finished);
        free.push(Reverse(finished));
    }
    (Measured { calls, time: end }, slice_bytes, ledger_bytes)
}

/// Checks that everything is done, and returns the size of the ledger.
fn complete(ledger: &Ledger, ids: usize) -> usize {
    assert!(ledger.summary().is_complete());
    assert_eq!(ledger.summary().done, (ids * ledger.hubs().len()) as u64);
    ledger.to_json().len()
}

fn row(scale: &Scale, workers: usize) -> String {
    let plan = Arc::new(scale.plan());
    let mut sweep = Sweep::new(Arc::clone(&plan));
    let one = run(&mut sweep, scale.ids);
    complete(sweep.ledger(), scale.ids);
    let (many, slice_bytes, ledger_bytes) = run_workers(&plan, scale.ids, workers);

    let calls = 2 * scale.hubs() * scale.pages();
    assert_eq!((one.calls, many.calls), (calls, calls));
    // Calls of a hub that waits for its rate leave gaps.
    let near = |time: Duration, bound: f64| time.as_secs_f64() >= bound * 0.999 && time.as_secs_f64() <= bound * 1.02;
    let workers_bound = scale.bound_of_workers(workers);
    assert!(near(one.time, scale.bound()), "{:?} is not near {}", one.time, scale.bound());
    assert!(near(many.time, workers_bound), "{:?} is not near {workers_bound}", many.time);
    format!(
        "| {} × {} × {} | {} | {:.1} s | {:.1} s | {} | {:.1} s | {} | {} B | {} B |",
        scale.accounts,
        scale.regions,
        scale.ids,
        calls,
        one.time.as_secs_f64(),
        scale.bound(),
        workers,
        many.time.as_secs_f64(),
        scale.hubs(),
        slice_bytes,
        ledger_bytes
    )
}

fn check_rows(scales: &[(usize, usize, usize, usize)]) {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SCALE.md");
    // It is not part of the published crate.
    let document = fs::read_to_string(document).ok();
    for &(accounts, regions, ids, workers) in scales {
        let row = row(&Scale { accounts, regions, ids }, workers);
        println!("{row}");
        if let Some(document) = &document {
            assert!(document.contains(&row), "docs/SCALE.md lacks {row}");
        }
    }
}

#[test]
fn simulation_agrees_with_the_formula() {
    check_rows(&[(1, 1, 10, 1), (1, 34, 1000, 34), (10, 34, 3, 34), (100, 34, 3, 100)]);
}

#[test]
#[ignore = "half a million sweeps take a minute"]
fn simulation_agrees_at_full_scale() {
    check_rows(&[(1000, 34, 3, 300), (10_000, 34, 3, 300)]);
}

#[test]
fn formula_counts_the_rate_of_a_hub() {
    // 5,000 ids need 100 requests, which take longer than the lists.
    let scale = Scale { accounts: 1, regions: 1, ids: 5000 };
    let mut sweep = Sweep::new(scale.plan());
    let time = run(&mut sweep, scale.ids).time.as_secs_f64();
    let id: AccountId = "000000004999".parse().expect("12 digits");
    assert!(sweep.ledger().hubs()[0].entries().any(|entry| entry.id() == id));
    assert!(time >= scale.bound() * 0.999 && time <= scale.bound() * 1.1, "{time} is not near {}", scale.bound());
}
