//! `cargo xtask miri`, and the same as a lane: the core's tests in an interpreter that finds undefined behaviour. The
//! core has no unsafe code; what it calls has, and is called here as it calls it.

use std::process::ExitCode;

use crate::{
    Command, Result, install,
    lane::{Lane, Report},
    lanes::test,
    shell::Shell,
    workspace::Workspace,
};

/// The lane, by hand.
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

pub(crate) const LANE: Lane =
    Lane { name: "miri", about: "tests of the core in Miri find no undefined behaviour", run: miri };

/// What reads and writes bytes, and a few signatures, of which each takes Miri seconds.
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

/// Of these, what is about large numbers of something.
const TOO_LONG: [&str; 6] = [
    "an_error_is_short_however_many",
    "any_environment_is_a_hub",
    "any_outcomes_in_any_order",
    "ids_are_accepted_and_refused",
    "ten_thousand",
    "the_signer_and_the_hub_agree",
];

fn miri(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::toolchain("nightly", report)?;
    install::nightly_component("rust-src", report)?;
    install::nightly_component("miri", report)?;
    // Isolated from the system, as it is by default: the core asks for nothing, and its tests for no more.
    let tests =
        Shell::cargo_of("nightly", "miri test --package securityhub-invitations --lib --test suite --target-dir");
    let tests = tests.arg(workspace.target.join("miri")).arg("--").args(TESTS);
    let tests = TOO_LONG.iter().fold(tests, |tests, name| tests.args(["--skip", name]));
    tests.run_reading(|line| report.tests.add(test::tests_of(line).unwrap_or_default()))?;
    // A run that ends well has run something.
    if report.tests.passed == 0 { Err("no tests were run".into()) } else { Ok(()) }
}
