//! Runs the examples and checks their output.

use std::process::Command;

use securityhub_invitations_examples::{assert_in_order, isolated, printed_by};

const ATTEMPTS: [&str; 4] = [
    "attempt 1 of DeleteInvitations failed: the connection broke before the response was complete: ",
    " (next attempt in ",
    "\nattempt 2 of DeleteInvitations failed: ThrottlingException: Rate exceeded (HTTP 429, ",
    "\nattempt 3 of DeleteInvitations succeeded\ndeleted: 111122223333\n",
];

#[test]
fn retries_after_broken_connection_and_throttling() {
    assert_in_order(&printed_by(isolated(Command::new(env!("CARGO_BIN_EXE_reqwest_closure")))), &ATTEMPTS);
}

#[test]
fn service_retries_and_classifies() {
    let printed = printed_by(isolated(Command::new(env!("CARGO_BIN_EXE_reqwest_service"))));
    assert_in_order(&printed, &ATTEMPTS);
    assert!(printed.ends_with("\nSome(NotSent)\n"), "{printed}");
}

#[test]
fn readme_has_the_lines_of_the_example() {
    let readme = include_str!("../../../crates/securityhub-invitations-hyper/README.md");
    let example = include_str!("../src/bin/reqwest_service.rs");
    let (_, recipe) = readme.split_once("```rust,ignore\n").expect("a recipe");
    for line in recipe.split("```").next().unwrap_or_default().lines() {
        assert!(example.contains(line.trim().trim_end_matches(';')), "{line}");
    }
}
