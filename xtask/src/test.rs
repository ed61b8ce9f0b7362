//! `cargo xtask test` and `cargo xtask ci`.

use std::process::ExitCode;

use clap::ArgMatches;

use crate::{
    Command, Result,
    check::{self, Check},
    checks::{browser, deny, emulator, fault, guard, links, lint, msrv, package, test, wasi, wasm, weight},
    conformance, fuzz, miri, npm, prose, public_api,
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
    arguments: |command| check::arguments(command, &CI_CHECKS),
    run: |workspace, matches| run(workspace, matches, &CI_CHECKS),
};

const TEST_CHECKS: [Check; 5] = [test::UNIT, test::FEATURES, wasm::PROBE, npm::CHECK, browser::CHECK];

/// The checks in their order: quick ones first, and those that need other toolchains last.
const CI_CHECKS: [Check; 24] = [
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
    conformance::CHECK,
    emulator::EMULATOR_CLIENTS,
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

#[allow(clippy::unnecessary_wraps)] // the signature of every command
fn run(workspace: &Workspace, matches: &ArgMatches, checks: &[Check]) -> Result<ExitCode> {
    Ok(check::run(workspace, matches, checks))
}
