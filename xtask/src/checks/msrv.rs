//! Every published crate compiles with the oldest Rust that it claims.

use std::collections::BTreeMap;

use crate::{
    Result,
    check::{Check, Report},
    install,
    workspace::Workspace,
};

/// Every published crate compiles with its `rust-version`, and the versions in Cargo.lock.
pub(crate) const MSRV: Check =
    Check { name: "msrv", about: "published crates compile with the oldest Rust that they claim", run: msrv };

fn msrv(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let mut packages_of = BTreeMap::<_, Vec<_>>::new();
    for package in workspace.published() {
        let version = package.rust_version.as_ref().ok_or_else(|| format!("{} has no rust-version", package.name))?;
        packages_of.entry(version).or_default().push(&package.name);
    }
    for (version, packages) in packages_of {
        // `1.88` promises 1.88.0, and not only the latest of 1.88.
        let toolchain = if version.matches('.').count() == 1 { format!("{version}.0") } else { version.clone() };
        let check = format!("check --locked --all-features --package {}", packages_joined(&packages));
        let cargo = install::cargo_of(&toolchain, &check, report)?;
        cargo.arg("--target-dir").arg(workspace.target.join("msrv")).run()?;
        report.note(format!("{} crates with {toolchain}", packages.len()));
    }
    Ok(())
}

fn packages_joined(packages: &[&String]) -> String {
    packages.iter().map(|package| package.as_str()).collect::<Vec<_>>().join(" --package ")
}
