//! `cargo xtask coverage`: what of the core its own tests run, file by file.

use std::process::ExitCode;

use crate::{Command, Result, install, lane::Report, shell::Shell, workspace::Workspace};

/// A table to look at, and no limit: a line that is run is not a line that is tested. `cargo xtask mutants` tells that.
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
    // Branches are counted by nightly Rust only.
    install::toolchain("nightly", report)?;
    install::nightly_component("llvm-tools", report)?;
    let cargo_llvm_cov = install::cargo_llvm_cov(workspace, report)?;
    Shell::new("rustup")
        .args(["run", "nightly"])
        .arg(cargo_llvm_cov)
        .args(["llvm-cov", "--package", "securityhub-invitations", "--lib", "--test", "suite"])
        .args(["--branch", "--show-missing-lines"])
        .run()
}
