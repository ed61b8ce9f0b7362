//! The format, the lints and the documentation.

use crate::{
    Result, install,
    lane::{Lane, Report},
    shell::Shell,
    workspace::Workspace,
};

/// rustfmt has nothing to change.
pub(crate) const FORMAT: Lane = Lane { name: "format", about: "rustfmt has nothing to change", run: format };

/// clippy has nothing to say.
pub(crate) const CLIPPY: Lane =
    Lane { name: "clippy", about: "clippy has nothing to say, with all features and without any", run: clippy };

/// The documentation has no broken links, that of private items neither.
pub(crate) const RUSTDOC: Lane = Lane {
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
