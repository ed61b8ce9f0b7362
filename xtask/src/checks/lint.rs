//! The format, the lints and the documentation.

use crate::{
    Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::Workspace,
};

/// The code has rustfmt's format.
pub(crate) const FORMAT: Check = Check { name: "format", about: "the code has rustfmt's format", run: format };

/// clippy has no warnings.
pub(crate) const CLIPPY: Check =
    Check { name: "clippy", about: "clippy has no warnings, with all features and with none", run: clippy };

/// The documentation, including that of private items, has no broken links.
pub(crate) const RUSTDOC: Check = Check {
    name: "rustdoc",
    about: "the documentation has no broken links",
    run: |_, _| {
        let rustdoc = Shell::cargo("doc --workspace --no-deps --document-private-items");
        rustdoc.env("RUSTDOCFLAGS", "-D warnings").run()
    },
};

fn format(_: &Workspace, report: &mut Report) -> Result<()> {
    install::component("rustfmt", report)?;
    Shell::cargo("fmt --all --check").run()
}

fn clippy(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::component("clippy", report)?;
    Shell::cargo("clippy --workspace --all-targets --all-features -- -D warnings").run()?;
    for package in workspace.crates_with_features() {
        Shell::cargo(&format!("clippy --package {} --no-default-features -- -D warnings", package.name)).run()?;
    }
    Ok(())
}
