//! The encodings: plans, journals, ledgers and slices, and the merging of ledgers.

use std::sync::Arc;

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{
    Event, Header, Hub, Ledger, MergeError, Parking, ParkingCause, Plan, PlanError, PlanHash, Record, Replay, Side,
    Slice, Steps, merge,
};

fn account(number: usize) -> AccountId {
    format!("{number:012}").parse().expect("12 digits")
}

fn hub(number: usize) -> Hub {
    Hub::new(account(9000 + number), "us-east-1".parse().expect("a region"))
}

fn ids(count: usize) -> Vec<AccountId> {
    (0..count).map(account).collect()
}

fn plan(hubs: Vec<Hub>) -> Plan {
    Plan::new(Side::Member, hubs).expect("a plan")
}

/// The ledger of a slice with two ids, after some events.
fn ledger(plan: &Plan, attempt: u32, events: &[&str]) -> Ledger {
    let slice = Slice::all(plan).next().expect("a slice");
    let mut replay = Replay::new(Arc::new(slice.plan().expect("a plan")));
    let started = format!(r#"{{"e":"started","attempt":{attempt}}}"#);
    for event in [started.as_str()].iter().chain(events) {
        let event: Event = serde_json::from_str(event).expect("an event");
        replay.apply(&event).expect("it fits the plan");
    }
    replay.into_ledger()
}

const SENT: &str = r#"{"e":"sent","hub":0,"step":"delete","from":0,"count":2}"#;
const DONE: &str = r#"{"e":"done","hub":0,"step":"delete","from":0,"count":2,"attempts":1}"#;
const NOT_PROCESSED: &str = r#"{"e":"done","hub":0,"step":"delete","from":0,"count":2,"attempts":1,"unprocessed":[
    {"index":0,"uncertain":false,"reason":{"message":"zero"}},{"index":1,"uncertain":false,"reason":{"message":"one"}}]}"#;

fn states(ledger: &Ledger) -> Vec<(&'static str, bool)> {
    ledger.hubs()[0].entries().map(|entry| (entry.state().as_str(), entry.is_certain())).collect()
}

#[test]
fn done_wins_in_any_order() {
    let plan = plan(vec![hub(0).with_account_ids(ids(2))]);
    let (first, second) = (ledger(&plan, 0, &[SENT, DONE]), ledger(&plan, 1, &[SENT, NOT_PROCESSED]));
    for ledgers in [[first.clone(), second.clone()], [second, first]] {
        let merged = merge(&plan, ledgers).expect("one plan");
        assert_eq!(states(&merged.ledger), [("done", true), ("done", true)]);
        assert_eq!((merged.repeated, merged.ledger.attempt()), (0, 1));
    }
}

#[test]
fn the_later_state_counts_and_is_uncertain() {
    let plan = plan(vec![hub(0).with_account_ids(ids(2))]);
    let (first, second) = (ledger(&plan, 0, &[SENT, NOT_PROCESSED]), ledger(&plan, 1, &[]));
    let merged = merge(&plan, [second.clone(), first.clone()]).expect("one plan");
    assert_eq!(states(&merged.ledger), [("pending", false), ("pending", false)]);
    let third = ledger(&plan, 2, &[SENT, NOT_PROCESSED]);
    let merged = merge(&plan, [third, second, first]).expect("one plan");
    assert_eq!(states(&merged.ledger), [("not_processed", false), ("not_processed", false)]);
    let hub = &merged.ledger.hubs()[0];
    let reasons: Vec<&str> = hub.entries().filter_map(|entry| Some(entry.state().reason()?.message())).collect();
    assert_eq!(reasons, ["zero", "one"]);
}

#[test]
fn identical_ledgers_count_once() {
    let plan = plan(vec![hub(0).with_account_ids(ids(2))]);
    let ledger = ledger(&plan, 0, &[SENT, NOT_PROCESSED]);
    let merged = merge(&plan, [ledger.clone(), ledger.clone(), ledger.clone()]).expect("one plan");
    assert_eq!((states(&merged.ledger), merged.repeated), (vec![("not_processed", true); 2], 2));
    assert_eq!(merged.ledger, ledger);
}

#[test]
fn missing_ledgers_are_reported() {
    let plan = plan(vec![hub(0), hub(1).with_account_ids(ids(2))]);
    let merged = merge(&plan, []).expect("one plan");
    assert_eq!(merged.missing.len(), 2);
    let summary = merged.ledger.summary();
    assert_eq!((summary.pending, summary.uncertain, summary.parked_hubs), (2, 2, 2));
    assert_eq!(merged.ledger.hubs()[1].parking().map(Parking::cause), Some(ParkingCause::Lost));
}

#[test]
fn merges_keep_unreadable_entries() {
    const FOUND: &str = r#"{"e":"found","hub":0,"invitations":[{"id":"000000000000"},{"id":"000000000001"}],"unreadable":1,"last":true}"#;
    let plan = plan(vec![hub(0)]);
    // The second attempt stopped before its list.
    let merged = merge(&plan, [ledger(&plan, 0, &[FOUND, SENT, DONE]), ledger(&plan, 1, &[])]).expect("one plan");
    let summary = merged.ledger.summary();
    assert_eq!((summary.unreadable, summary.is_complete()), (1, false));
}

#[test]
fn plans_with_missing_hubs_have_not_ended() {
    let plan = plan(vec![hub(0), hub(1)]);
    let merged = merge(&plan, [ledger(&plan, 0, &[r#"{"e":"ended","end":"complete"}"#])]).expect("one plan");
    assert_eq!((merged.missing.len(), merged.ledger.end()), (1, None));
}

#[test]
fn ledgers_of_other_plans_are_rejected() {
    let (one, other) = (plan(vec![hub(0)]), plan(vec![hub(1)]));
    let ledger = ledger(&other, 0, &[]);
    let error = merge(&one, [ledger]).expect_err("another plan");
    assert!(matches!(error, MergeError::OtherPlan { index: 0, plan, .. } if plan == other.hash()));
}

#[test]
fn plans_write_each_list_once() {
    let shared: Arc<[AccountId]> = ids(1000).into();
    let plan = plan((0..30).map(|number| hub(number).with_account_ids(Arc::clone(&shared))).collect());
    let json = serde_json::to_string(&plan).expect("it serializes");
    assert!(json.len() < 20_000, "{}", json.len());
    let read: Plan = serde_json::from_str(&json).expect("it is a plan");
    assert_eq!((&read, read.hash()), (&plan, plan.hash()));
    assert_ne!(plan.hash(), plan.clone().with_keep([account(1)]).hash());
    assert_eq!(plan.hash().to_string().parse::<PlanHash>(), Ok(plan.hash()));
}

#[test]
fn rejects_plans_that_cannot_run() {
    assert_eq!(Plan::new(Side::Member, Vec::new()), Err(PlanError::NoHubs));
    let error = Plan::new(Side::Member, vec![hub(0), hub(0).with_source("other")]).expect_err("it occurs twice");
    assert_eq!(
        error.to_string(),
        "hub \"000000009000/us-east-1\": occurs twice (expected each account and region once)"
    );
    assert!(Plan::new(Side::Member, vec![hub(0).with_account_ids(Vec::new())]).is_err());
    assert!(Plan::new(Side::administrator_with_statuses(Vec::<String>::new()), vec![hub(0)]).is_err());
    for chunk_size in [0, 10_001] {
        assert!(plan(vec![hub(0)]).with_chunk_size(chunk_size).is_err());
    }
    let valid = serde_json::to_string(&plan(vec![hub(0)])).expect("it serializes");
    for (part, other) in [
        ("\"chunk\":50", "\"chunk\":50,\"new_rule\":true"),
        ("\"delete\",", ""),
        ("us-east-1", "US-EAST-1"),
        ("000000009000", "00000009000"),
        ("\"us-east-1\"", "\"us-east-1\",\"list\":0"),
    ] {
        let json = valid.replace(part, other);
        assert_ne!(json, valid);
        assert!(serde_json::from_str::<Plan>(&json).is_err(), "{json}");
    }
}

#[test]
fn ids_of_a_hub_are_distinct() {
    let repeated = vec![account(2), account(1), account(2)];
    assert_eq!(hub(0).with_account_ids(repeated).account_ids(), Some(&[account(2), account(1)][..]));
}

#[test]
fn journals_name_their_version() {
    let line = Header::new("run", "tool", plan(vec![hub(0)])).to_line();
    assert!(Header::from_line(&line.replace("{\"v\":1,", "{\"h\":\"00ff\",\"v\":1,")).is_ok());
    let error = Header::from_line(&line.replace("{\"v\":1,", "{\"v\":2,\"later\":0,")).expect_err("a newer version");
    assert_eq!(error.to_string(), "journal version \"2\": not supported (expected 1)");
    assert_eq!(error.unsupported_version(), Some(2));
    assert_eq!(Header::from_line("{}").expect_err("not a header").unsupported_version(), None);
}

#[test]
fn truncated_records_are_rejected() {
    let line = "{\"t\":1,\"e\":\"found\",\"hub\":7,\"invitations\":[{\"id\":\"000000000001\",\"invitation\":\"aa\"}],\"last\":true}\n";
    assert_eq!(Record::from_line(line).expect("a record").to_line(), line);
    for end in 0..line.len() - 1 {
        assert!(Record::from_line(&line[..end]).is_err(), "{}", &line[..end]);
    }
    assert!(Record::from_line("{\"t\":1,\"e\":\"unheard_of\"}").is_err());
}

#[test]
fn rejects_ledgers_that_contradict_themselves() {
    let plan = plan(vec![hub(0).with_account_ids(ids(2))]);
    let json = ledger(&plan, 0, &[SENT, NOT_PROCESSED]).to_json();
    assert!(Ledger::from_json(json.as_bytes()).is_ok());
    for (part, other) in [
        ("{\"v\":1,", "{\"v\":9,"),
        ("000000000001", "000000000000"),
        ("\"reason\":1", "\"reason\":7"),
        ("\"reason\":1", "\"uncertain\":true"),
        ("\"state\":\"not_processed\"", "\"state\":\"done\""),
        ("\"steps\":[\"delete\"", "\"steps\":[\"decline\""),
    ] {
        let wrong = json.replace(part, other);
        assert_ne!(wrong, json, "{part}");
        assert!(Ledger::from_json(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let hub = json.find("{\"account\"").map(|start| &json[start..json.len() - 2]).expect("a hub");
    let twice = json.replace(hub, &format!("{hub},{hub}"));
    assert!(Ledger::from_json(twice.as_bytes()).expect_err("a repeated hub").to_string().contains("occurs twice"));
    for end in 0..json.len() {
        assert!(Ledger::from_json(&json.as_bytes()[..end]).is_err());
    }
}

#[test]
fn ledgers_of_a_thousand_ids_are_small() {
    let plan = plan(vec![hub(0).with_account_ids(ids(1000))]);
    let json = ledger(&plan, 0, &[]).to_json();
    assert!(json.len() < 20_000, "{}", json.len());
}

#[test]
fn slices_carry_the_rules_of_the_plan() {
    let hubs = vec![hub(0), hub(1).with_account_ids(ids(3))];
    let steps = Steps::new().with_disassociate().with_decline();
    let plan = plan(hubs).with_steps(steps).expect("member side").with_keep([account(1), account(77)]);
    let plan = plan.with_chunk_size(7).expect("in range");
    for (slice, hub) in Slice::all(&plan).zip(plan.hubs()) {
        let json = slice.to_json().expect("it is small");
        let read = Slice::from_json(json.as_bytes()).expect("a slice");
        assert_eq!(read, slice);
        let part = read.plan().expect("a plan");
        assert_eq!((part.hash(), part.steps(), part.keep()), (plan.hash(), plan.steps(), plan.keep()));
        assert_eq!((part.chunk_size(), part.side()), (plan.chunk_size(), plan.side()));
        assert_eq!(part.hubs()[0].account_ids(), hub.account_ids());
    }
}

#[test]
fn rejects_invalid_slices() {
    let valid = Slice::all(&plan(vec![hub(0)])).next().expect("a slice").to_json().expect("it is small");
    for (part, other, message) in [
        ("{\"v\":1,", "{\"v\":2,", "slice version \"2\": not supported (expected 1)"),
        ("\"chunk\":50", "\"chunk\":50,\"new_rule\":true", "unknown field `new_rule`"),
        ("\"list\"", "[\"11122223333\"]", "has 11 digits"),
        ("\"list\"", "[]", "empty"),
        ("\"list\"", "\"lists\"", "invalid value"),
        ("\"member\"", "\"administrator\"", "statuses"),
    ] {
        let json = valid.replace(part, other);
        let error = Slice::from_json(json.as_bytes()).expect_err(&json).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn slices_are_limited_to_256_kib() {
    let large = Slice::all(&plan(vec![hub(0).with_account_ids(ids(18_000))])).next().expect("a slice");
    assert!(large.to_json().expect_err("it is too large").to_string().contains("expected at most 262144"));
    let fitting = Slice::all(&plan(vec![hub(0).with_account_ids(ids(17_000))])).next().expect("a slice");
    let json = fitting.to_json().expect("it fits");
    let padded = format!("{json}{}", " ".repeat(Slice::MAX_BYTES - json.len() + 1));
    assert!(Slice::from_json(padded.as_bytes()).is_err());
}
