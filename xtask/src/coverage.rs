//! `cargo xtask coverage`: the coverage of the core by its own tests, for each file.

use std::process::ExitCode;

use crate::{Command, Result, check::Report, install, shell::Shell, workspace::Workspace};

/// A table without a minimum, since a line that runs is not necessarily tested. `cargo xtask mutants` shows that.
pub(crate) const COVERAGE: Command = Command {
    name: "coverage",
    about: "Show which lines, regions and branches of the core its tests run, and install cargo-llvm-cov",
    arguments: |command| command,
    run: |workspace, _| {
        coverage(workspace)?;
        Ok(ExitCode::SUCCESS)
    },
};

fn coverage(workspace: &Workspace) -> Result<()> {
    let report = &mut Report::default();
    // Only nightly Rust counts branches.
    install::toolchain(install::NIGHTLY, report)?;
    install::nightly_component("llvm-tools", report)?;
    let cargo_llvm_cov = install::cargo_llvm_cov(workspace, report)?;
    Shell::new("rustup")
        .args(["run", install::NIGHTLY])
        .arg(cargo_llvm_cov)
        .args(["llvm-cov", "--package", "securityhub-invitations", "--lib", "--test", "suite"])
        .args(["--branch", "--show-missing-lines"])
        .run()
}
