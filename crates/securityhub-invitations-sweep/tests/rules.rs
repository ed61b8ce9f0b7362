//! The rules of a sweep, one at a time: parking, rounds, steps, the keep list, approval, verification and attempts.

use std::{sync::Arc, time::Duration};

use http::Response;
use securityhub_invitations::{
    AccountId, CallError, DeleteInvitationsOutput, Driver, Exchange, ExchangeError, Failure, Limits, Next, Operation,
    RetryPolicy, SecurityHub,
};
use securityhub_invitations_sweep::{
    End, ErrorClass, Event, Hub, HubId, Pacing, ParkingCause, Phase, Plan, Reason, Side, State, Step, Steps, Sweep,
    SweepError, SweepNext, SweepOperation, Task, Work,
};

fn account(number: usize) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

fn hub(number: usize) -> Hub {
    Hub::new(account(9000 + number), "us-east-1".parse().expect("a region"))
}

fn with_ids(number: usize, ids: usize) -> Hub {
    hub(number).with_account_ids((0..ids).map(account).collect::<Vec<_>>())
}

fn member_plan(hubs: Vec<Hub>) -> Plan {
    Plan::new(Side::Member, hubs).expect("a plan")
}

/// The result of one attempt: a status with a body, or no response.
type Reply = Result<(u16, &'static str), Failure>;

/// Makes a call with one attempt, as a driver does.
fn call<O: SweepOperation>(sweep: &mut Sweep, task: Task<O>, reply: Reply) {
    let endpoint = securityhub_invitations::Endpoint::regional(&"us-east-1".parse().expect("a region"));
    let keys = securityhub_invitations::Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let service = SecurityHub::new(endpoint.expect("an endpoint"), keys.expect("AWS's example keys"));
    let service = service.with_retry_policy(RetryPolicy::never());
    let driver = Driver::new(service.call(task.operation), Limits::default());
    let now = std::time::UNIX_EPOCH;
    let Exchange { in_flight, .. } = driver.start(Duration::ZERO, now).expect("there is no deadline");
    let result = match reply {
        Ok((status, body)) => Ok(Response::builder().status(status).body(body.as_bytes().to_vec()).expect("valid")),
        Err(failure) => Err(ExchangeError::Transport { error: "no network", failure, is_retryable: true }),
    };
    let Next::Done(result) = in_flight.finish(result, Duration::ZERO, now, |_| {}) else { panic!("no retries") };
    sweep.finished(task.ticket, result.map_err(SweepError::from));
}

fn reply_to(sweep: &mut Sweep, work: Work, reply: Reply) -> (HubId, &'static str) {
    fn run<O: SweepOperation>(sweep: &mut Sweep, task: Task<O>, reply: Reply) -> (HubId, &'static str) {
        let hub = task.hub;
        call(sweep, task, reply);
        (hub, <O as Operation>::NAME)
    }
    match work {
        Work::ListInvitations(task) => run(sweep, task, reply),
        Work::ListMembers(task) => run(sweep, task, reply),
        Work::GetAdministratorAccount(task) => run(sweep, task, reply),
        Work::DisassociateFromAdministratorAccount(task) => run(sweep, task, reply),
        Work::DeclineInvitations(task) => run(sweep, task, reply),
        Work::DeleteInvitations(task) => run(sweep, task, reply),
    }
}

/// Runs to the end of the phase. Every call gets the reply that `reply` chooses by hub and operation.
fn drive(sweep: &mut Sweep, mut reply: impl FnMut(HubId, &'static str) -> Reply) -> Vec<(HubId, &'static str)> {
    let mut calls = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        match sweep.next(now) {
            SweepNext::Ready(work) => {
                let reply = reply(work.hub(), name(&work));
                calls.push(reply_to(sweep, work, reply));
            }
            SweepNext::NotBefore(at) => {
                assert!(at > now);
                now = at;
            }
            SweepNext::Waiting => panic!("nothing is in flight"),
            SweepNext::Finished => return calls,
        }
    }
}

fn name(work: &Work) -> &'static str {
    match work {
        Work::ListInvitations(_) => "ListInvitations",
        Work::ListMembers(_) => "ListMembers",
        Work::GetAdministratorAccount(_) => "GetAdministratorAccount",
        Work::DisassociateFromAdministratorAccount(_) => "DisassociateFromAdministratorAccount",
        Work::DeclineInvitations(_) => "DeclineInvitations",
        _ => "DeleteInvitations",
    }
}

const ALL_DONE: Reply = Ok((200, r#"{"UnprocessedAccounts":[]}"#));
const NONE_LISTED: Reply = Ok((200, r#"{"Invitations":[]}"#));
const ONE_LISTED: Reply =
    Ok((200, r#"{"Invitations":[{"AccountId":"000000000001","InvitationId":"aa"},{"AccountId":"x"}]}"#));
const SENT_AGAIN: Reply = Ok((200, r#"{"Invitations":[{"AccountId":"000000000001","InvitationId":"bb"}]}"#));
const NOT_SUBSCRIBED: Reply = Ok((
    401,
    r#"{"Code":"InvalidAccessException","Message":"Account 111122223333 is not subscribed to AWS Security Hub"}"#,
));
const DENIED: Reply = Ok((403, r#"{"Code":"AccessDeniedException","Message":"User is not authorized"}"#));
const EXPIRED: Reply = Ok((403, r#"{"Code":"ExpiredTokenException","Message":"The token has expired"}"#));
const INTERNAL: Reply = Ok((500, r#"{"Code":"InternalException","Message":"no"}"#));

#[test]
fn parks_a_hub_after_one_request() {
    let mut sweep = Sweep::new(member_plan(vec![hub(0), hub(1)]));
    let calls = drive(&mut sweep, |hub, _| if hub.number() == 0 { NOT_SUBSCRIBED } else { ONE_LISTED });
    assert_eq!(calls.len(), 2);
    assert!(sweep.approve());
    let calls = drive(&mut sweep, |_, _| ALL_DONE);
    assert_eq!(calls.len(), 1);
    let hubs = sweep.ledger().hubs();
    assert_eq!(hubs[0].parking().map(securityhub_invitations_sweep::Parking::cause), Some(ParkingCause::NotSubscribed));
    assert_eq!(hubs[1].unreadable(), 1);
    let summary = sweep.ledger().summary();
    assert_eq!((summary.done, summary.parked_hubs, summary.unreadable, summary.is_complete()), (1, 1, 1, false));
    assert_eq!(sweep.ledger().end(), Some(End::Complete));
}

#[test]
fn parks_all_hubs_of_expired_credentials() {
    let hubs = (0..4).map(|number| with_ids(number, 1).with_source(if number < 3 { "sso" } else { "other" }));
    let mut sweep = Sweep::new(member_plan(hubs.collect()));
    drive(&mut sweep, |_, _| ALL_DONE);
    assert!(sweep.approve());
    let calls = drive(&mut sweep, |hub, _| if hub.number() < 3 { EXPIRED } else { ALL_DONE });
    assert_eq!(calls.len(), 2);
    let summary = sweep.ledger().summary();
    assert_eq!((summary.done, summary.pending, summary.uncertain, summary.parked_hubs), (1, 3, 0, 3));
}

#[test]
fn parks_a_source_before_its_first_request() {
    let mut sweep = Sweep::new(member_plan(vec![hub(0).with_source("role"), hub(1)]));
    let reason = Reason::new("the role cannot be assumed");
    sweep.park_source("role", securityhub_invitations_sweep::Parking::new(ParkingCause::Credentials, reason));
    let calls = drive(&mut sweep, |_, _| NONE_LISTED);
    assert_eq!(calls.len(), 1);
    assert_eq!(sweep.phase(), Phase::Ended);
}

#[test]
fn ten_unreachable_hubs_stop_the_run() {
    let mut sweep = Sweep::new(member_plan((0..30).map(hub).collect()));
    let calls = drive(&mut sweep, |_, _| Err(Failure::NotSent));
    assert_eq!(calls.len(), 10);
    assert_eq!(sweep.ledger().end(), Some(End::Unreachable));
    assert_eq!(sweep.ledger().summary().unlisted_hubs, 30);
}

#[test]
fn a_response_ends_the_count_of_unreachable_hubs() {
    let mut sweep = Sweep::new(member_plan((0..30).map(hub).collect()));
    drive(&mut sweep, |hub, _| if hub.number() % 5 == 4 { NONE_LISTED } else { Err(Failure::NotSent) });
    assert_eq!(sweep.ledger().summary().unlisted_hubs, 24);
    assert_ne!(sweep.ledger().end(), None);
}

#[test]
fn queues_transient_failures_for_three_rounds() {
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 1), with_ids(1, 1)]));
    drive(&mut sweep, |_, _| ALL_DONE);
    assert!(sweep.approve());
    let mut failures = 0;
    let calls = drive(&mut sweep, |hub, operation| match (hub.number(), operation) {
        (0, "DeleteInvitations") => {
            failures += 1;
            INTERNAL
        }
        (_, "DeleteInvitations") => ALL_DONE,
        _ => INTERNAL,
    });
    assert_eq!(failures, 4);
    // The other hub comes before the first repetition, and the list is tried four times as well.
    assert_eq!(calls[1].0.number(), 1);
    assert_eq!(calls.len(), 4 + 1 + 4);
    let entry = sweep.ledger().hubs()[0].entries().next().expect("one entry");
    assert!(matches!(entry.state(), State::Failed(reason) if reason.code() == Some("InternalException")));
    assert!(!entry.is_certain());
}

#[test]
fn verify_settles_lost_responses() {
    for (list, state, is_certain) in [
        (NONE_LISTED, "done", true),
        (ONE_LISTED, "failed", true),
        (SENT_AGAIN, "done", true),
        (DENIED, "failed", false),
        // The entry without a valid id may be the invitation.
        (Ok((200, r#"{"Invitations":[{"AccountId":"x","InvitationId":"aa"}]}"#)), "failed", false),
    ] {
        let mut sweep = Sweep::new(member_plan(vec![hub(0)]));
        drive(&mut sweep, |_, _| ONE_LISTED);
        assert!(sweep.approve());
        drive(&mut sweep, |_, name| if name == "DeleteInvitations" { Err(Failure::TimedOut) } else { list });
        let hub = &sweep.ledger().hubs()[0];
        let entry = hub.entries().next().expect("one entry");
        assert_eq!((entry.state().as_str(), entry.is_certain()), (state, is_certain), "{list:?}");
        assert_eq!(hub.appeared().len(), usize::from(list == SENT_AGAIN));
        assert_eq!(hub.entries().len(), 1);
        assert_eq!(sweep.phase(), Phase::Ended);
    }
}

#[test]
fn given_ids_make_no_other_invitation_new() {
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 1)]));
    drive(&mut sweep, |_, _| NONE_LISTED);
    assert!(sweep.approve());
    const OTHER: Reply = Ok((200, r#"{"Invitations":[{"AccountId":"000000000009","InvitationId":"aa"}]}"#));
    drive(&mut sweep, |_, name| if name == "DeleteInvitations" { Err(Failure::TimedOut) } else { OTHER });
    let hub = &sweep.ledger().hubs()[0];
    let entry = hub.entries().next().expect("one entry");
    assert_eq!((entry.state(), entry.is_certain(), hub.appeared().len()), (State::Done, true, 0));
}

#[test]
fn listed_members_settle_nothing() {
    const INVITED: Reply = Ok((
        200,
        r#"{"Members":[{"AccountId":"000000000001","MemberStatus":"Invited","InvitedAt":"2026-01-02T03:04:05Z"}]}"#,
    ));
    const ENABLED: Reply = Ok((
        200,
        r#"{"Members":[{"AccountId":"000000000001","MemberStatus":"Enabled"},{"AccountId":"000000000002","MemberStatus":"Enabled"}]}"#,
    ));
    const NO_MEMBERS: Reply = Ok((200, r#"{"Members":[]}"#));
    for (list, state, is_certain) in
        [(INVITED, "failed", false), (ENABLED, "failed", false), (NO_MEMBERS, "done", true)]
    {
        let mut sweep = Sweep::new(Plan::new(Side::administrator(), vec![hub(0)]).expect("a plan"));
        drive(&mut sweep, |_, _| INVITED);
        assert!(sweep.approve());
        drive(&mut sweep, |_, name| if name == "DeleteInvitations" { Err(Failure::TimedOut) } else { list });
        let hub = &sweep.ledger().hubs()[0];
        let entry = hub.entries().next().expect("one entry");
        assert_eq!((entry.state().as_str(), entry.is_certain()), (state, is_certain), "{list:?}");
        assert!(hub.appeared().is_empty(), "{list:?}");
    }
}

#[test]
fn a_denied_optional_step_does_not_park() {
    let steps = Steps::new().with_disassociate().with_decline();
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 1)]).with_steps(steps).expect("member side"));
    drive(&mut sweep, |_, _| DENIED);
    assert!(sweep.approve());
    let calls = drive(&mut sweep, |_, name| if name == "DeleteInvitations" { ALL_DONE } else { DENIED });
    let names: Vec<&str> = calls.iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["DeclineInvitations", "DeleteInvitations"]);
    let hub = &sweep.ledger().hubs()[0];
    let entry = hub.entries().next().expect("one entry");
    assert_eq!((hub.parking(), entry.state()), (None, State::Done));
    assert!(matches!(entry.step(Step::Decline).map(|step| step.state), Some(State::Failed(_))));
    assert!(matches!(hub.administrator(), Some((None, step)) if matches!(step.state, State::Failed(_))));
    assert_eq!(sweep.ledger().summary().administrators_left, 1);
}

#[test]
fn asks_for_the_administrator_before_anything_else() {
    const ADMINISTRATOR: Reply = Ok((200, r#"{"Administrator":{"AccountId":"000000000007"}}"#));
    let steps = Steps::new().with_disassociate();
    for keep in [None, Some(account(7))] {
        let plan = member_plan(vec![with_ids(0, 1)]).with_steps(steps).expect("member side").with_keep(keep);
        let mut sweep = Sweep::new(plan);
        drive(&mut sweep, |_, _| ADMINISTRATOR);
        let question = sweep.question().expect("there is something to confirm");
        assert_eq!(question.administrators.len(), usize::from(keep.is_none()));
        assert!(sweep.approve());
        let calls = drive(&mut sweep, |_, name| if name == "DeleteInvitations" { ALL_DONE } else { Ok((200, "{}")) });
        let names: Vec<&str> = calls.iter().map(|(_, name)| *name).collect();
        let (id, step) = sweep.ledger().hubs()[0].administrator().expect("there is one");
        assert_eq!((id, step.is_certain), (Some(account(7)), true));
        if keep.is_none() {
            assert_eq!(
                (names, step.state),
                (vec!["DisassociateFromAdministratorAccount", "DeleteInvitations"], State::Done)
            );
        } else {
            assert_eq!((names, step.state), (vec!["DeleteInvitations"], State::Kept));
        }
    }
}

#[test]
fn not_associated_is_not_a_failure() {
    const NOT_ASSOCIATED: Reply = Ok((
        400,
        r#"{"Code":"InvalidInputException","Message":"The account is not associated with an administrator"}"#,
    ));
    let steps = Steps::new().with_disassociate();
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 1)]).with_steps(steps).expect("member side"));
    drive(&mut sweep, |_, _| Ok((200, r#"{"Administrator":{"AccountId":"000000000007"}}"#)));
    assert!(sweep.approve());
    drive(&mut sweep, |_, name| if name == "DeleteInvitations" { ALL_DONE } else { NOT_ASSOCIATED });
    assert!(sweep.ledger().summary().is_complete());
}

#[test]
fn acts_on_members_with_the_wanted_status() {
    const MEMBERS: Reply = Ok((
        200,
        r#"{"Members":[{"AccountId":"000000000001","MemberStatus":"Enabled"},{"AccountId":"000000000002","MemberStatus":"invited"}]}"#,
    ));
    let plan = Plan::new(Side::administrator(), vec![hub(0)]).expect("a plan");
    assert!(plan.clone().with_steps(Steps::new().with_decline()).is_err());
    let mut sweep = Sweep::new(plan);
    drive(&mut sweep, |_, _| MEMBERS);
    let ids: Vec<AccountId> = sweep.ledger().hubs()[0].entries().map(|entry| entry.id()).collect();
    assert_eq!(ids, [account(2)]);
}

#[test]
fn never_approved_runs_resume_at_the_question() {
    let plan = Arc::new(member_plan(vec![hub(0)]));
    let mut sweep = Sweep::new(Arc::clone(&plan));
    drive(&mut sweep, |_, _| ONE_LISTED);
    let events = sweep.take_events();

    let mut sweep = Sweep::resume(plan, events).expect("our own events");
    assert!(drive(&mut sweep, |_, _| panic!("nothing is left to list")).is_empty());
    assert_eq!(sweep.question().map(|question| (question.ids, question.hubs)), Some((1, 1)));
    assert_eq!(sweep.phase(), Phase::Approval);
}

#[test]
fn hubs_listed_after_the_approval_need_another() {
    let plan = Arc::new(member_plan(vec![with_ids(0, 1), hub(1)]));
    let mut sweep = Sweep::new(Arc::clone(&plan));
    drive(&mut sweep, |_, _| DENIED);
    assert!(sweep.approve());
    drive(&mut sweep, |_, _| EXPIRED);
    let events = sweep.take_events();

    let mut sweep = Sweep::resume(plan, events).expect("our own events");
    let calls = drive(&mut sweep, |_, _| ONE_LISTED);
    assert_eq!(calls.len(), 1);
    assert_eq!(sweep.question().map(|question| question.ids), Some(1));
}

#[test]
fn crashes_leave_uncertain_entries() {
    let plan = Arc::new(member_plan(vec![with_ids(0, 60)]));
    let mut sweep = Sweep::new(Arc::clone(&plan));
    drive(&mut sweep, |_, _| ALL_DONE);
    assert!(sweep.approve());
    let SweepNext::Ready(_) = sweep.next(Duration::ZERO) else { panic!("there is a chunk") };
    let sweep = Sweep::resume(plan, sweep.take_events()).expect("our own events");
    let summary = sweep.ledger().summary();
    assert_eq!((summary.pending, summary.uncertain), (60, 50));
}

#[test]
fn later_attempts_start_uncertain_with_one_token() {
    let plan = Arc::new(member_plan(vec![with_ids(0, 1)]).with_keep([account(5)]));
    let mut sweep = Sweep::for_attempt(Arc::clone(&plan), 1);
    assert_eq!(sweep.ledger().summary().uncertain, 1);
    let hub = plan.numbered_hubs().next().expect("a hub").0;
    assert_eq!(sweep.reserve(hub, Duration::ZERO), Duration::ZERO);
    assert_eq!(sweep.reserve(hub, Duration::ZERO), Duration::from_millis(100));
    let mut first = Sweep::new(plan);
    assert!((0..25).all(|_| first.reserve(hub, Duration::ZERO).is_zero()));
}

#[test]
fn resumed_runs_start_with_one_token() {
    let plan = Arc::new(member_plan(vec![hub(0)]));
    let events = Sweep::new(Arc::clone(&plan)).take_events();
    let mut sweep = Sweep::resume(Arc::clone(&plan), events).expect("our own events").with_pacing(Pacing::new());
    let hub = plan.numbered_hubs().next().expect("a hub").0;
    assert_eq!(sweep.reserve(hub, Duration::ZERO), Duration::ZERO);
    assert_eq!(sweep.reserve(hub, Duration::ZERO), Duration::from_millis(100));
}

#[test]
fn ignores_tickets_of_an_earlier_run() {
    let plan = Arc::new(member_plan(vec![hub(0)]));
    let mut earlier = Sweep::new(Arc::clone(&plan));
    let SweepNext::Ready(old) = earlier.next(Duration::ZERO) else { panic!("there is a hub to list") };
    let mut sweep = Sweep::resume(plan, earlier.take_events()).expect("our own events");
    let SweepNext::Ready(new) = sweep.next(Duration::ZERO) else { panic!("there is a hub to list") };
    reply_to(&mut sweep, old, NONE_LISTED);
    assert_eq!((sweep.in_flight(), sweep.ledger().hubs()[0].is_listed()), (1, false));
    reply_to(&mut sweep, new, ONE_LISTED);
    assert_eq!((sweep.in_flight(), sweep.ledger().hubs()[0].is_listed()), (0, true));
}

#[test]
fn finishes_a_list_before_the_next_hub() {
    const FIRST: Reply = Ok((200, r#"{"Invitations":[],"NextToken":"t"}"#));
    let mut sweep = Sweep::new(member_plan(vec![hub(0), hub(1)]));
    let mut pages = 0;
    let calls = drive(&mut sweep, |_, _| {
        pages += 1;
        if pages % 2 == 1 { FIRST } else { NONE_LISTED }
    });
    let hubs: Vec<u32> = calls.iter().map(|(hub, _)| hub.number()).collect();
    assert_eq!(hubs, [0, 0, 1, 1]);
}

#[test]
fn waits_for_a_token_before_giving_out_work() {
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 1)]));
    drive(&mut sweep, |_, _| ALL_DONE);
    assert!(sweep.approve());
    let hub = sweep.plan().numbered_hubs().next().expect("a hub").0;
    (0..25).for_each(|_| assert!(sweep.reserve(hub, Duration::ZERO).is_zero()));
    assert!(matches!(sweep.next(Duration::ZERO), SweepNext::NotBefore(at) if at == Duration::from_millis(100)));
    assert!(matches!(sweep.next(Duration::from_millis(100)), SweepNext::Ready(_)));
}

#[test]
fn stops_after_the_requests_in_flight() {
    let mut sweep = Sweep::new(member_plan(vec![with_ids(0, 100)]));
    drive(&mut sweep, |_, _| ALL_DONE);
    assert!(sweep.approve());
    let SweepNext::Ready(work) = sweep.next(Duration::ZERO) else { panic!("there is a chunk") };
    sweep.stop();
    assert!(matches!(sweep.next(Duration::ZERO), SweepNext::Waiting));
    reply_to(&mut sweep, work, ALL_DONE);
    assert!(matches!(sweep.next(Duration::ZERO), SweepNext::Finished));
    let summary = sweep.ledger().summary();
    assert_eq!((summary.done, summary.pending, summary.uncertain), (50, 50, 0));
    assert_eq!(sweep.ledger().end(), Some(End::Stopped));
}

#[test]
fn rejects_events_that_do_not_fit() {
    let plan = Arc::new(member_plan(vec![with_ids(0, 2)]));
    for json in [
        r#"{"e":"sent","hub":1,"step":"delete","from":0,"count":1}"#,
        r#"{"e":"sent","hub":0,"step":"delete","from":1,"count":2}"#,
        r#"{"e":"sent","hub":0,"step":"delete","from":4294967295,"count":4294967295}"#,
        r#"{"e":"verified","hub":0,"same":[1,0]}"#,
        r#"{"e":"verified","hub":0,"listed":[2]}"#,
        r#"{"e":"done","hub":0,"step":"delete","from":0,"count":1,"unprocessed":[{"index":1,"uncertain":false,"reason":{"message":"no"}}],"attempts":1}"#,
    ] {
        let event: Event = serde_json::from_str(json).expect("an event");
        assert!(Sweep::resume(Arc::clone(&plan), [event]).is_err(), "{json}");
    }
}

#[test]
fn classifies_errors() {
    let of = |status: u16, code: &str, message: &str| {
        let body = format!(r#"{{"Code":"{code}","Message":"{message}"}}"#);
        let response = Response::builder().status(status).body(body).expect("valid");
        let error = DeleteInvitationsOutput::from_response(&response).expect_err("an error").with_attempts(1, 0);
        SweepError::from(&CallError::<String>::Service(error)).class()
    };
    let invalid = "The security token included in the request is invalid.";
    assert_eq!(of(403, "UnrecognizedClientException", invalid), ErrorClass::RegionDisabled);
    assert_eq!(of(403, "InvalidSignatureException", "no"), ErrorClass::Credentials);
    assert_eq!(of(429, "LimitExceededException", "no"), ErrorClass::Transient);
    assert_eq!(of(503, "", "no"), ErrorClass::Transient);
    assert_eq!(of(400, "InvalidInputException", "no"), ErrorClass::Rejected);
    assert_eq!(of(401, "InvalidAccessException", "not an administrator"), ErrorClass::Denied);
}
