//! `cargo xtask test` and `cargo xtask ci`.

use std::process::ExitCode;

use clap::ArgMatches;

use crate::{
    Command, Result, conformance, fuzz,
    lane::{self, Lane},
    lanes::{browser, deny, guard, lint, msrv, package, planted, test, wasm, weight},
    miri, npm, public_api,
    workspace::Workspace,
};

/// Every test there is.
pub(crate) const TEST: Command = Command {
    name: "test",
    about: "Run every test, and install what is missing",
    arguments: |command| lane::arguments(command, &TEST_LANES),
    run: |workspace, matches| run(workspace, matches, &TEST_LANES),
};

/// What a change has to pass.
pub(crate) const CI: Command = Command {
    name: "ci",
    about: "Run every test and every check that a change has to pass, and install what is missing",
    arguments: |command| lane::arguments(command, &CI_LANES),
    run: |workspace, matches| run(workspace, matches, &CI_LANES),
};

const TEST_LANES: [Lane; 5] = [test::UNIT, test::FEATURES, wasm::PROBE, npm::LANE, browser::LANE];

/// The quick ones first, but those that only count in the end: `clippy` checks what `unit` then compiles.
const CI_LANES: [Lane; 21] = [
    lint::FORMAT,
    weight::CORE_WEIGHT,
    deny::DENY,
    lint::CLIPPY,
    test::UNIT,
    test::FEATURES,
    test::MEMORY,
    wasm::PROBE,
    npm::LANE,
    browser::LANE,
    conformance::LANE,
    guard::GUARD,
    planted::CLOCK,
    planted::IMPORT,
    planted::LINT,
    lint::RUSTDOC,
    public_api::LANE,
    package::PACKAGE,
    msrv::MSRV,
    fuzz::LANE,
    miri::LANE,
];

#[allow(clippy::unnecessary_wraps)] // the signature of every command
fn run(workspace: &Workspace, matches: &ArgMatches, lanes: &[Lane]) -> Result<ExitCode> {
    Ok(lane::run(workspace, matches, lanes))
}
