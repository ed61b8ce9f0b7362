//! `cargo xtask test` and `cargo xtask ci`.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches};

use crate::{
    Command, Result,
    check::{self, Check},
    checks::{
        browser, deny, emulator, fault, guard, links, lint, msrv, package, step_functions, test, wasi, wasm, weight,
    },
    conformance, fuzz, miri, npm, prose, public_api, runtimes,
    workspace::Workspace,
};

/// All tests.
pub(crate) const TEST: Command = Command {
    name: "test",
    about: "Run all tests, and install missing tools",
    arguments: |command| check::arguments(command, &TEST_CHECKS),
    run: |workspace, matches| run(workspace, matches, &TEST_CHECKS),
};

/// All checks that a change must pass.
pub(crate) const CI: Command = Command {
    name: "ci",
    about: "Run all tests and all checks that a change must pass, and install missing tools",
    arguments: |command| {
        let full = Arg::new("full").long("full").action(ArgAction::SetTrue);
        check::arguments(command, &[&CI_CHECKS[..], &FULL_CHECKS].concat())
            .arg(full.help(format!("Run the slow checks as well: {}", FULL_CHECKS.map(|check| check.name).join(", "))))
    },
    run: |workspace, matches| {
        // A slow check that is named runs without it.
        let is_full = matches.get_flag("full") || matches.contains_id("only");
        let slow = if is_full { &FULL_CHECKS[..] } else { &[] };
        run(workspace, matches, &[&CI_CHECKS[..], slow].concat())
    },
};

const TEST_CHECKS: [Check; 5] = [test::UNIT, test::FEATURES, wasm::PROBE, npm::CHECK, browser::CHECK];

/// The checks in their order: quick ones first, and those that need other toolchains last.
const CI_CHECKS: [Check; 26] = [
    lint::FORMAT,
    links::LINKS,
    prose::CHECK,
    weight::CORE_WEIGHT,
    deny::DENY,
    lint::CLIPPY,
    test::UNIT,
    test::FEATURES,
    wasm::PROBE,
    wasi::WASI,
    npm::CHECK,
    browser::CHECK,
    runtimes::CHECK,
    conformance::CHECK,
    emulator::EMULATOR_CLIENTS,
    step_functions::CHECK,
    guard::GUARD,
    fault::CLOCK,
    fault::IMPORT,
    fault::LINT,
    lint::RUSTDOC,
    public_api::CHECK,
    package::PACKAGE,
    msrv::MSRV,
    fuzz::CHECK,
    miri::CHECK,
];

/// The checks that only `--full` runs.
const FULL_CHECKS: [Check; 1] = [runtimes::FULL];

#[allow(clippy::unnecessary_wraps)] // the signature of every command
fn run(workspace: &Workspace, matches: &ArgMatches, checks: &[Check]) -> Result<ExitCode> {
    Ok(check::run(workspace, matches, checks))
}
