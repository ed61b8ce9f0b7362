//! Many hubs, many threads.

use std::{
    fmt::Write as _,
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, Region, SecurityHub};

use crate::scenario::{account_ids, hub, now};

const THREADS: [usize; 5] = [1, 2, 4, 8, 16];

/// Signatures per second, on clones of one hub and on hubs of each thread's own. They take turns.
#[must_use]
pub fn threads(rounds: usize) -> String {
    let mut table = format!(
        "Signing on this machine's {} cores:\n\n\
         | threads | clones of one hub, per second in all | a hub for each | ratio |\n|--:|--:|--:|--:|\n",
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

/// By all threads together, one for each hub.
fn signatures_per_second(hubs: &[SecurityHub]) -> f64 {
    const SIGNATURES: u32 = 20_000;
    let start = Barrier::new(hubs.len());
    let took = thread::scope(|scope| {
        let threads: Vec<_> = hubs
            .iter()
            .map(|hub| {
                scope.spawn(|| {
                    let input = DeleteInvitations::from_account_ids(account_ids(1)).expect("one id");
                    black_box(hub.request(&input, now()));
                    start.wait();
                    let began = Instant::now();
                    for _ in 0..SIGNATURES {
                        black_box(hub.request(&input, now()));
                    }
                    began.elapsed()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).max().unwrap_or(Duration::ZERO)
    });
    f64::from(SIGNATURES) * hubs.len() as f64 / took.as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// So many accounts, each with temporary credentials of its own.
pub const ACCOUNTS: usize = 1000;
/// In so many regions.
pub const REGIONS: usize = 30;

/// A hub for each account in each region, that has signed once.
///
/// # Panics
/// If the core refuses one of the names here.
#[must_use]
pub fn hubs() -> Vec<SecurityHub> {
    let regions: Vec<Region> = (1..=REGIONS).map(|n| format!("xx-test-{n}").parse().expect("it is one")).collect();
    let endpoints: Vec<Endpoint> =
        regions.iter().map(|region| Endpoint::regional(region).expect("it has an endpoint")).collect();
    let input = DeleteInvitations::from_account_ids(account_ids(1)).expect("one id");
    let mut hubs = Vec::with_capacity(ACCOUNTS * REGIONS);
    for account in 0..ACCOUNTS {
        // As long as real ones are.
        let credentials = Credentials::new(format!("AKIDEXAMPLE{account:09}"), "s".repeat(40))
            .and_then(|credentials| credentials.with_session_token("t".repeat(800)))
            .expect("they are well-formed");
        for endpoint in &endpoints {
            let hub = SecurityHub::new(endpoint.clone(), credentials.clone());
            black_box(hub.request(&input, now()));
            hubs.push(hub);
        }
    }
    hubs
}
