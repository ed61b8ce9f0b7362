//! cargo-deny: licences, duplicates and sources of what is depended on.

use crate::{
    Result, install,
    lane::{Lane, Report},
    shell::Shell,
    workspace::Workspace,
};

/// What deny.toml asks for, but for advisories: their database is fetched from elsewhere, and changes under a commit.
pub(crate) const DENY: Lane =
    Lane { name: "deny", about: "licences, duplicates and sources of dependencies are as in deny.toml", run: deny };

fn deny(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let cargo_deny = install::cargo_deny(workspace, report)?;
    Shell::new(cargo_deny).args(["check", "bans", "licenses", "sources"]).run()
}
