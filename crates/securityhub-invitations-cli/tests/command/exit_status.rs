//! Every exit status.

use std::fs::File;

use http::StatusCode;
use securityhub_emulator::{Emulator, Fault, MemberStatus};

use crate::site::{ROLE, Site, id, joined, region, with_roles};

const CLEAN: [&str; 8] =
    ["clean", "--side", "member", "--expect-account", "123456789012", "--region", "eu-central-1", "--yes"];

/// One account with one invitation.
fn site() -> Site {
    let emulator = Emulator::new();
    emulator.invite(&region("eu-central-1"), id(7));
    Site::new(emulator)
}

#[test]
fn is_0_if_everything_is_done() {
    site().run(&CLEAN).expect(0);
}

#[test]
fn is_1_if_something_is_not_processed() {
    let site = site();
    let body = r#"{"UnprocessedAccounts":[{"AccountId":"000000000007","ProcessingResult":"cannot be deleted"}]}"#;
    let response = http::Response::builder().header("x-amzn-requestid", "1").body(body.into()).unwrap();
    // The list comes first.
    site.emulator().script_faults([Fault::none(), Fault::raw(response)]);
    let finished = site.run(&CLEAN).expect(1);
    assert!(finished.stdout.contains("cannot be deleted"), "{}", finished.stdout);
}

#[test]
fn is_1_if_one_account_stays_associated() {
    let site = site();
    site.emulator().account(id(8)).set_member(&region("eu-central-1"), id(123_456_789_012), MemberStatus::Enabled);
    site.emulator().set_subscribed(&region("us-east-1"), false);
    // Two lookups of the administrator and one list come first.
    let refused = Fault::error(StatusCode::BAD_REQUEST, "InvalidInputException", "not now");
    site.emulator().script_faults([Fault::none(), Fault::none(), Fault::none(), refused]);
    let mut arguments = CLEAN.to_vec();
    arguments.extend(["--region", "us-east-1", "--disassociate", "--concurrency", "1"]);
    let finished = site.run(&arguments).expect(1);
    assert!(finished.stdout.contains("not now"), "{}", finished.stdout);
}

#[test]
fn is_3_if_a_region_is_parked() {
    let site = site();
    site.emulator().set_subscribed(&region("us-east-1"), false);
    let mut arguments = CLEAN.to_vec();
    arguments.extend(["--region", "us-east-1"]);
    site.run(&arguments).expect(3);
    assert!(site.invitations(id(123_456_789_012), &region("eu-central-1")).is_empty());
}

#[test]
fn is_3_if_an_account_is_skipped() {
    let accounts = [1, 2].map(id);
    let site = Site::new(with_roles(Emulator::builder(), &accounts).build());
    let arguments = ["clean", "--side", "member", "--region", "eu-central-1", "--yes", "--role", ROLE];
    let accounts = joined(&accounts);
    let expected = id(1).to_string();
    let mut arguments = arguments.to_vec();
    arguments.extend(["--accounts", &accounts, "--expect-account", &expected]);
    let finished = site.run(&arguments).expect(3);
    assert!(finished.stderr.contains("account 000000000002 is not expected"), "{}", finished.stderr);
}

#[test]
fn is_4_without_credentials() {
    let site = site();
    let finished = site.command(&CLEAN).env("AWS_SECRET_ACCESS_KEY", "wrong").output().unwrap();
    let finished = crate::site::Finished::new(finished).expect(4);
    assert!(finished.stderr.contains("SignatureDoesNotMatch"), "{}", finished.stderr);
    assert_eq!(site.emulator().counters().deleted, 0);
}

#[test]
fn is_5_if_the_service_cannot_be_reached() {
    let site = site();
    let mut arguments: Vec<&str> = CLEAN.to_vec();
    arguments.retain(|argument| !matches!(*argument, "--region" | "eu-central-1"));
    arguments.push("--all-regions");
    let mut command = site.command(&arguments);
    command.env("AWS_ENDPOINT_URL_SECURITYHUB", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
    crate::site::Finished::new(command.output().unwrap()).expect(5);
}

#[test]
fn is_11_if_the_journal_is_in_use() {
    let site = site();
    let journal = site.path("journal.jsonl");
    let mut arguments = CLEAN.to_vec();
    arguments.extend(["--journal", journal.to_str().unwrap()]);
    site.run(&arguments).expect(0);
    let file = File::open(&journal).unwrap();
    file.lock().unwrap();
    let finished = site.run(&["resume", journal.to_str().unwrap(), "--yes"]).expect(11);
    assert!(finished.stderr.contains("in use"), "{}", finished.stderr);
}
