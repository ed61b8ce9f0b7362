//! The memory of a run with 1.5 million pairs of hub and id. The counting allocator needs a program of its own.
#![expect(clippy::disallowed_macros, reason = "it prints its figures")]

use std::{collections::VecDeque, sync::Arc, time::Duration};

use http::Response;
use securityhub_invitations::{AccountId, DeleteInvitationsOutput, ListInvitationsOutput};
use securityhub_invitations_sweep::{Hub, Phase, Plan, Record, Side, Sweep, SweepNext, Work};

const MOST_BYTES: u64 = 100_000_000;

fn account(number: usize) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

fn plan(hubs: usize, ids: Option<usize>) -> Plan {
    let region: securityhub_invitations::Region = "us-east-1".parse().expect("a region");
    let hubs = (0..hubs).map(|number| {
        let hub = Hub::new(account(number), region.clone());
        match ids {
            // Different ids for each hub, so that the hubs cannot share them.
            Some(ids) => hub.with_account_ids((0..ids).map(|id| account(number + id * 7)).collect::<Vec<_>>()),
            None => hub,
        }
    });
    Plan::new(Side::Member, hubs.collect()).expect("a plan")
}

/// A page of a list with ids 0, 1, 2 …, each with an `InvitationId` of 32 digits.
fn page(start: usize, ids: usize) -> ListInvitationsOutput {
    let end = ids.min(start + 50);
    let entry = |id: usize| format!(r#"{{"AccountId":"{id:012}","InvitationId":"{id:032x}"}}"#);
    let entries: Vec<String> = (start..end).map(entry).collect();
    let token = if end < ids { format!(r#","NextToken":"{end}""#) } else { String::new() };
    let body = format!(r#"{{"Invitations":[{}]{token}}}"#, entries.join(","));
    ListInvitationsOutput::from_response(&Response::new(body)).expect("a page").with_attempts(1, 0)
}

/// Runs a sweep to its end with 64 requests in flight.
fn run(sweep: &mut Sweep, ids: usize) {
    let mut now = Duration::ZERO;
    let mut in_flight: VecDeque<Work> = VecDeque::new();
    loop {
        let next = sweep.next(now);
        drop(sweep.take_events());
        match next {
            SweepNext::Ready(work) => in_flight.push_back(work),
            SweepNext::NotBefore(at) if in_flight.is_empty() => now = at,
            SweepNext::NotBefore(_) | SweepNext::Waiting => {}
            SweepNext::Finished if sweep.phase() == Phase::Ended => break,
            SweepNext::Finished => assert!(sweep.approve()),
        }
        if in_flight.len() < 64 && sweep.in_flight() < 64 && in_flight.len() != sweep.in_flight() {
            continue;
        }
        match in_flight.pop_front() {
            Some(Work::ListInvitations(task)) => {
                let start = task.operation.next_token().map_or(0, |token| token.parse().expect("our own token"));
                sweep.finished(task.ticket, Ok(page(start, ids)));
            }
            Some(Work::DeleteInvitations(task)) => {
                let response = Response::new(r#"{"UnprocessedAccounts":[]}"#);
                let output = DeleteInvitationsOutput::from_response(&response).expect("a success");
                sweep.finished(task.ticket, Ok(output.with_attempts(1, 0)));
            }
            Some(work) => panic!("unexpected {work:?}"),
            None => {}
        }
        drop(sweep.take_events());
    }
}

/// The most bytes that a run has allocated at a time, the plan included.
fn most_bytes(hubs: usize, ids: usize, are_given: bool) -> u64 {
    let info = allocation_counter::measure(|| {
        let mut sweep = Sweep::new(plan(hubs, are_given.then_some(ids)));
        run(&mut sweep, ids);
        assert_eq!(sweep.ledger().summary().done, (hubs * ids) as u64);
    });
    info.bytes_max
}

#[test]
fn listed_pairs_fit_into_memory() {
    let (part, whole) = (most_bytes(1, 50_000, false), most_bytes(30, 50_000, false));
    println!("50,000 listed pairs: {part} bytes, 1,500,000: {whole} bytes");
    assert!(whole < MOST_BYTES, "{whole}");
    assert!(whole < part * 31, "not linear: {part} and {whole}");
}

#[test]
fn given_pairs_fit_into_memory() {
    let (part, whole) = (most_bytes(1, 50_000, true), most_bytes(30, 50_000, true));
    println!("50,000 given pairs: {part} bytes, 1,500,000: {whole} bytes");
    assert!(whole < MOST_BYTES, "{whole}");
    assert!(whole < part * 31, "not linear: {part} and {whole}");
}

#[test]
fn many_small_hubs_fit_into_memory() {
    let whole = most_bytes(34_000, 3, false);
    println!("34,000 hubs of 3 pairs: {whole} bytes");
    assert!(whole < MOST_BYTES / 5, "{whole}");
}

#[test]
fn resumed_pairs_fit_into_memory() {
    let plan = Arc::new(plan(10, None));
    let mut journal = vec![r#"{"t":0,"e":"started","attempt":0}"#.to_owned()];
    // The pages of all hubs arrive in turn, which needs the most memory.
    for start in (0..50_000).step_by(50) {
        let entry = |id: usize| format!(r#"{{"id":"{id:012}","invitation":"{id:032x}"}}"#);
        let entries: Vec<String> = (start..start + 50).map(entry).collect();
        let (entries, last) = (entries.join(","), start == 49_950);
        let line = |hub| format!(r#"{{"t":0,"e":"found","hub":{hub},"invitations":[{entries}],"last":{last}}}"#);
        journal.extend((0..10).map(line));
    }
    journal.push(r#"{"t":0,"e":"approved","ids":500000}"#.to_owned());
    for hub in 0..10 {
        for from in (0..50_000).step_by(50) {
            let range = format!(r#""hub":{hub},"step":"delete","from":{from},"count":50"#);
            journal.push(format!(r#"{{"t":0,"e":"sent",{range}}}"#));
            journal.push(format!(r#"{{"t":0,"e":"done",{range},"attempts":1}}"#));
        }
    }
    let info = allocation_counter::measure(|| {
        let events = journal.iter().map(|line| Record::from_line(line).expect("our own line").into_event());
        let sweep = Sweep::resume(Arc::clone(&plan), events).expect("our own events");
        assert_eq!(sweep.ledger().summary().done, 500_000);
    });
    println!("500,000 resumed pairs: {} bytes", info.bytes_max);
    assert!(info.bytes_max < MOST_BYTES / 3, "{}", info.bytes_max);
}
