//! Runs the program as people do, and reads what it prints.

use std::process::Command;

use securityhub_invitations_examples::{assert_in_order, isolated, printed_by};

#[test]
fn reqwest_closure_survives_a_broken_connection_and_throttling() {
    assert_in_order(
        &printed_by(isolated(Command::new(env!("CARGO_BIN_EXE_reqwest_closure")))),
        &[
            "attempt 1: the connection broke before the answer was whole; next in ",
            "\nattempt 2: ThrottlingException: Rate exceeded (HTTP 429, ",
            "\nattempt 3: answered\ndeleted: 111122223333\n",
        ],
    );
}
