//! A sweep in the same module: it lists, deletes, loses a result, resumes and writes its ledger.

use std::time::{Duration, UNIX_EPOCH};

use http::Response;
use securityhub_invitations::{DeleteInvitationsOutput, ListInvitationsOutput};
use securityhub_invitations_sweep::{Hub, Ledger, Phase, Plan, Record, Side, Sweep, SweepNext, Work};

use crate::START;

/// Stores the events of a sweep as lines.
fn store(sweep: &mut Sweep, journal: &mut Vec<String>) {
    journal.extend(sweep.take_events().into_iter().map(|event| Record::new(event, UNIX_EPOCH + START).to_line()));
}

/// Runs a sweep to the end of its phase, with the same response to every request.
fn run(sweep: &mut Sweep, journal: &mut Vec<String>) {
    let mut now = Duration::ZERO;
    loop {
        let next = sweep.next(now);
        store(sweep, journal);
        match next {
            SweepNext::Ready(Work::ListInvitations(task)) => {
                let body = r#"{"Invitations":[{"AccountId":"444455556666","InvitationId":"i"}]}"#;
                let output = ListInvitationsOutput::from_response(&Response::new(body)).expect("a page");
                sweep.finished(task.ticket, Ok(output.with_attempts(1, 0)));
            }
            SweepNext::Ready(Work::DeleteInvitations(task)) => {
                let body = r#"{"UnprocessedAccounts":[]}"#;
                let output = DeleteInvitationsOutput::from_response(&Response::new(body)).expect("a success");
                sweep.finished(task.ticket, Ok(output.with_attempts(1, 0)));
            }
            SweepNext::NotBefore(at) => now = at,
            SweepNext::Finished => return store(sweep, journal),
            other => panic!("{other:?}"),
        }
    }
}

/// Loses the result of a deletion, and finds the entry uncertain and then done.
pub(crate) fn probe() {
    let hub = Hub::new("111122223333".parse().expect("an id"), "us-east-1".parse().expect("a region"));
    let plan = Plan::new(Side::Member, vec![hub]).expect("a plan");
    let mut journal = Vec::new();
    let mut sweep = Sweep::new(plan.clone());
    run(&mut sweep, &mut journal);
    assert!(sweep.approve());
    let SweepNext::Ready(_) = sweep.next(Duration::ZERO) else { panic!("there is something to delete") };
    store(&mut sweep, &mut journal);

    let events: Vec<_> =
        journal.iter().map(|line| Record::from_line(line).expect("our own line").into_event()).collect();
    let mut sweep = Sweep::resume(plan, events).expect("our own events");
    assert_eq!(sweep.ledger().summary().uncertain, 1);
    run(&mut sweep, &mut journal);
    assert_eq!((sweep.phase(), sweep.ledger().summary().is_complete()), (Phase::Ended, true));
    assert_eq!(&Ledger::from_json(sweep.ledger().to_json().as_bytes()).expect("our own ledger"), sweep.ledger());
}
