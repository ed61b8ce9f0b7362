//! A run that is killed again and again, against a service with strict limits, faults and bad accounts.

use std::{collections::BTreeMap, env, process::Stdio, thread, time::Duration};

use securityhub_emulator::{Emulator, Fault, RateLimit};
use securityhub_invitations::{AccountId, ListedRegion, Partition, Region};

use crate::site::{Finished, ROLE, Site, id, joined, with_roles};

/// The size of the job. `ACCOUNTS=40 REGIONS=34 KILLS=10` is the full one.
fn size(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().expect("it is a number"))
}

/// A small generator of pseudo-random numbers (xorshift), so that every run has the same delays.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Each account has up to 60 invitations in each region. Two regions are off, and the second account denies everything.
/// Of the requests, 10 % are throttled and 5 % lose their response.
fn emulator(accounts: &[AccountId], regions: &[Region]) -> Emulator {
    let faults = |number: u64| match number % 20 {
        3 | 13 => Some(Fault::throttled()),
        7 => Some(Fault::none().after_processing().drop_before_response()),
        _ => None,
    };
    let builder = Emulator::builder().with_rate_limit(RateLimit::documented()).with_fault_source(faults);
    let emulator = with_roles(builder, accounts).build();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for account in accounts {
        for region in regions {
            for inviter in 0..random.below(61) {
                emulator.account(id(900_000_000_000 + inviter)).send_invitation(region, *account);
            }
        }
        for region in &regions[..2] {
            emulator.account(*account).set_region_enabled(region, false);
        }
    }
    emulator.account(accounts[1]).deny("an explicit deny in a service control policy");
    emulator
}

#[test]
fn certain_entries_equal_the_service_after_kills() {
    let accounts: Vec<AccountId> = (1..).map(id).take(size("ACCOUNTS", 5)).collect();
    let regions: Vec<Region> = Partition::all()[0].regions().iter().map(ListedRegion::region).collect();
    let regions = &regions[..size("REGIONS", 8)];
    let site = Site::new(emulator(&accounts, regions));
    let invitations = || -> BTreeMap<(String, String), Vec<AccountId>> {
        let pairs = accounts.iter().flat_map(|account| regions.iter().map(move |region| (account, region)));
        pairs
            .map(|(account, region)| ((account.to_string(), region.to_string()), site.invitations(*account, region)))
            .collect()
    };
    let before = invitations();

    let journal = site.path("journal.jsonl").to_str().unwrap().to_owned();
    let names = regions.iter().map(Region::as_str).collect::<Vec<_>>().join(",");
    let accounts_argument = joined(&accounts);
    let clean = [
        "clean",
        "--side",
        "member",
        "--role",
        ROLE,
        "--accounts",
        &accounts_argument,
        "--region",
        &names,
        "--yes",
        "--journal",
        &journal,
    ];
    let resume = ["resume", &journal, "--yes", "--output", "json"];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for kill in 0..size("KILLS", 6) {
        let mut command = if kill == 0 { site.command(&clean) } else { site.command(&resume) };
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(100 + random.below(size("LONGEST_MS", 900) as u64)));
        // SIGKILL, unless it has already finished.
        let _ = child.kill();
        child.wait().unwrap();
        assert!(site.path("journal.jsonl").exists(), "the run has not begun");
    }
    // Entries that failed for good in one run are tried again in the next.
    let mut finished = Finished::new(site.command(&resume).output().unwrap());
    for _ in 0..3 {
        if finished.status == Some(3) {
            break;
        }
        finished = Finished::new(site.command(&resume).output().unwrap());
    }
    let after = invitations();
    let left = |account: &str, region: &str| &after[&(account.to_owned(), region.to_owned())];

    let states = finished.states();
    for ((account, region, inviter), state) in &states {
        let is_left = left(account, region).iter().any(|id| id.as_str() == inviter);
        match state.as_str() {
            "done" => assert!(!is_left, "{account}/{region} {inviter} is left"),
            "pending" | "not_processed" | "failed" => assert!(is_left, "{account}/{region} {inviter}: {state}"),
            state => assert!(state.starts_with("uncertain "), "{account}/{region} {inviter}: {state}"),
        }
    }
    // Nothing is lost: what was there is in the ledger, unless its hub is parked.
    let hubs = finished.lines("hub");
    let parked = hubs.iter().filter(|line| line["state"] == "parked");
    let parked: Vec<(&str, &str)> =
        parked.map(|line| (line["account"].as_str().unwrap(), line["region"].as_str().unwrap())).collect();
    assert_eq!(parked.len(), accounts.len() * 2 + regions.len() - 2);
    for ((account, region), inviters) in &before {
        if parked.contains(&(account.as_str(), region.as_str())) {
            assert_eq!(left(account, region), inviters, "{account}/{region} is parked and was changed");
            continue;
        }
        for inviter in inviters {
            assert!(states.contains_key(&(account.clone(), region.clone(), inviter.to_string())));
        }
    }
    site.emulator().assert_no_rate_violations();
    finished.expect(3);
    let requests = site.emulator().counters().requests;
    println!(
        "{requests} requests, at least {} without faults and kills, {} entries",
        fewest(&before, &parked),
        states.len()
    );
}

/// The number of requests without faults and kills: a list and a delete for each 50 entries, and one for each parked hub.
fn fewest(before: &BTreeMap<(String, String), Vec<AccountId>>, parked: &[(&str, &str)]) -> usize {
    let of_hub = |((account, region), inviters): (&(String, String), &Vec<AccountId>)| {
        let is_parked = parked.contains(&(account.as_str(), region.as_str()));
        let chunks = inviters.len().div_ceil(50);
        if is_parked { 1 } else { chunks.max(1) + chunks }
    };
    before.iter().map(of_hub).sum()
}
