//! Throughput on many threads, and memory of many hubs.

use std::{
    fmt::Write as _,
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};

use crate::{
    rounds::median,
    scenario::{account_ids, hub, now},
};

const THREADS: [usize; 5] = [1, 2, 4, 8, 16];

/// Measures signatures per second with clones of one hub, and with a separate hub for each thread. Both take turns.
#[must_use]
pub fn threads(rounds: usize) -> String {
    let mut table = format!(
        "Signing on this machine's {} cores:\n\n\
         | threads | clones of one hub, total per second | one hub per thread | ratio |\n|--:|--:|--:|--:|\n",
        thread::available_parallelism().map_or(0, usize::from)
    );
    for threads in THREADS {
        let shared = hub();
        let (mut of_one, mut of_each) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            of_one.push(signatures_per_second(&vec![shared.clone(); threads]));
            of_each.push(signatures_per_second(&(0..threads).map(|_| hub()).collect::<Vec<_>>()));
        }
        let (of_one, of_each) = (median(of_one), median(of_each));
        let _ = writeln!(table, "| {threads} | {of_one:.0} | {of_each:.0} | {:.2} |", of_one / of_each);
    }
    table
}

/// Returns the total of all threads. Each hub has its own thread.
fn signatures_per_second(hubs: &[SecurityHub]) -> f64 {
    const SIGNATURES: u32 = 20_000;
    let start = Barrier::new(hubs.len());
    let took = thread::scope(|scope| {
        let threads: Vec<_> = hubs
            .iter()
            .map(|hub| {
                scope.spawn(|| {
                    let input = DeleteInvitations::new(account_ids(1)).expect("the id is valid");
                    black_box(hub.signed_request(&input, now()));
                    start.wait();
                    let began = Instant::now();
                    for _ in 0..SIGNATURES {
                        black_box(hub.signed_request(&input, now()));
                    }
                    began.elapsed()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("signing does not panic")).max().unwrap_or(Duration::ZERO)
    });
    f64::from(SIGNATURES) * hubs.len() as f64 / took.as_secs_f64()
}

/// The number of accounts. Each has its own temporary credentials.
pub const ACCOUNTS: usize = 1000;
/// The number of regions.
pub const REGIONS: usize = 30;

/// Returns a hub for each account in each region. Each hub has signed once.
///
/// # Panics
/// If the core rejects one of the names in this function.
#[must_use]
pub fn hubs() -> Vec<SecurityHub> {
    let regions: Vec<Region> =
        (1..=REGIONS).map(|n| format!("xx-test-{n}").parse().expect("the region is valid")).collect();
    let endpoints: Vec<Endpoint> =
        regions.iter().map(|region| Endpoint::regional(region).expect("the region has an endpoint")).collect();
    let input = DeleteInvitations::new(account_ids(1)).expect("the id is valid");
    let mut hubs = Vec::with_capacity(ACCOUNTS * REGIONS);
    for account in 0..ACCOUNTS {
        // Real credentials have these lengths.
        let credentials = Credentials::new(format!("AKIDEXAMPLE{account:09}"), "s".repeat(40))
            .and_then(|credentials| credentials.with_session_token("t".repeat(800)))
            .expect("the credentials are valid");
        for endpoint in &endpoints {
            let hub = SecurityHub::new(endpoint.clone(), credentials.clone());
            black_box(hub.signed_request(&input, now()));
            hubs.push(hub);
        }
    }
    hubs
}
