//! cargo-deny: licences, duplicates and sources of the dependencies.

use crate::{
    Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::Workspace,
};

/// The rules of deny.toml, except for advisories. Their database changes, so it would change the result of a commit.
pub(crate) const DENY: Check =
    Check { name: "deny", about: "licences, duplicates and sources of dependencies are as in deny.toml", run: deny };

fn deny(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let cargo_deny = install::cargo_deny(workspace, report)?;
    Shell::new(cargo_deny).args(["check", "bans", "licenses", "sources"]).run()
}
