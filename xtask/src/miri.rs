//! `cargo xtask miri`, which is also a check: the core's tests in an interpreter that finds undefined behaviour.
//!
//! The core has no unsafe code, but its dependencies have. The tests call them in the same way as the core does.

use std::process::ExitCode;

use crate::{
    Command, Result,
    check::{Check, Report},
    checks::test,
    install,
    shell::Shell,
    workspace::Workspace,
};

/// The check as a command.
pub(crate) const MIRI: Command = Command {
    name: "miri",
    about: "Run tests of the core in Miri, and install it with nightly Rust",
    arguments: |command| command,
    run: |workspace, _| {
        let mut report = Report::default();
        miri(workspace, &mut report)?;
        println!("\n{}", report.tests);
        Ok(ExitCode::SUCCESS)
    },
};

pub(crate) const CHECK: Check =
    Check { name: "miri", about: "tests of the core in Miri find no undefined behaviour", run: miri };

/// Tests that read and write bytes, and a few signatures. Each signature takes Miri seconds.
const TESTS: [&str; 12] = [
    "account_ids::",
    "calls::a_call_tells",
    "clock::",
    "credentials::",
    "json::",
    "key::tests::a_day",
    "partition::tests::regions_belong",
    "properties::",
    "public_types::",
    "responses::a_body_may_be_any_bytes",
    "responses::a_call_",
    "text::",
];

/// The tests among these that work on large inputs.
const TOO_LONG: [&str; 6] = [
    "an_error_is_short_however_many",
    "any_environment_is_a_hub",
    "any_outcomes_in_any_order",
    "ids_are_accepted_and_refused",
    "ten_thousand",
    "the_signer_and_the_hub_agree",
];

fn miri(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::toolchain(install::NIGHTLY, report)?;
    install::nightly_component("rust-src", report)?;
    install::nightly_component("miri", report)?;
    // Miri isolates the tests from the system by default.
    let tests = Shell::cargo_of(
        install::NIGHTLY,
        "miri test --package securityhub-invitations --lib --test suite --target-dir",
    );
    let tests = tests.arg(workspace.target.join("miri")).arg("--").args(TESTS);
    let tests = TOO_LONG.iter().fold(tests, |tests, name| tests.args(["--skip", name]));
    tests.run_reading(|line| report.tests.add(test::tests_of(line).unwrap_or_default()))?;
    // A successful run has run at least one test.
    if report.tests.passed == 0 { Err("no tests were run".into()) } else { Ok(()) }
}
