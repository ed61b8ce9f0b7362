//! `cargo xtask semver`: whether a version number promises more than is kept. Too dear for every change, it is for releases.

use std::process::ExitCode;

use clap::Arg;

use crate::{Command, Result, check::Report, install, shell::Shell, workspace::Workspace};

/// `cargo xtask semver`.
pub(crate) const SEMVER: Command = Command {
    name: "semver",
    about: "Compare published crates with an earlier revision by cargo-semver-checks, and install it where it is missing: \
            ten minutes",
    arguments: |command| {
        let baseline = Arg::new("baseline").long("baseline").value_name("REV");
        command.arg(
            baseline.help("Compare with this git revision, and not with the latest tag CRATE-vX.Y.Z of each crate"),
        )
    },
    run: |workspace, matches| {
        semver(workspace, matches.get_one::<String>("baseline").map(String::as_str))?;
        Ok(ExitCode::SUCCESS)
    },
};

fn semver(workspace: &Workspace, baseline: Option<&str>) -> Result<()> {
    let mut baselines = Vec::new();
    for package in workspace.published() {
        match baseline.map(ToOwned::to_owned).or_else(|| latest_tag(&package.name)) {
            Some(baseline) => baselines.push((&package.name, baseline)),
            None => println!("{} has no tag {}-v*: it was not published yet", package.name, package.name),
        }
    }
    if baselines.is_empty() {
        return Err("there is nothing to compare with: name a revision with --baseline".into());
    }

    let cargo_semver_checks = install::cargo_semver_checks(workspace, &mut Report::default())?;
    let mut failed = Vec::new();
    for (name, baseline) in baselines {
        let check = Shell::new(&cargo_semver_checks).args(["semver-checks", "--package"]).arg(name);
        if let Err(error) = check.arg("--baseline-rev").arg(&baseline).run() {
            println!("{error}");
            failed.push(format!("{name} since {baseline}"));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("changes that the version does not allow, or that could not be compared: {}", failed.join(", ")).into())
}

/// The tag of the latest release that this revision comes from.
fn latest_tag(name: &str) -> Option<String> {
    let tags = ["describe", "--tags", "--abbrev=0", "--match"];
    let tag = Shell::new("git").args(tags).arg(format!("{name}-v*")).read().ok()?;
    Some(tag.trim().to_owned())
}
