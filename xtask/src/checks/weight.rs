//! The number of the core's dependencies.

use std::collections::BTreeSet;

use crate::{
    Result,
    check::{Check, Report},
    shell::Shell,
    workspace::Workspace,
};

/// The core has exactly the listed dependencies, and few crates in total.
pub(crate) const CORE_WEIGHT: Check = Check {
    name: "core-weight",
    about: "the core has no features, the listed dependencies, and few crates in total",
    run: core_weight,
};

const CORE: &str = "securityhub-invitations";

const DEPENDENCIES: [&str; 9] = ["bytes", "hmac", "http", "httpdate", "serde", "serde_json", "sha2", "time", "zeroize"];

/// The maximum number of crates to compile for the core, including itself and procedural macros.
const MOST_CRATES: usize = 30;

fn core_weight(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let core = workspace.package(CORE)?;
    if !core.features.is_empty() {
        return Err(format!("the core has features: {:?}", core.features).into());
    }
    let dependencies: BTreeSet<_> =
        core.dependencies.iter().chain(&core.build_dependencies).map(String::as_str).collect();
    if dependencies != BTreeSet::from(DEPENDENCIES) {
        return Err(format!("the core depends on {dependencies:?}, not on {DEPENDENCIES:?}").into());
    }
    let tree = Shell::cargo("tree --edges normal --prefix none --package").arg(CORE).capture()?;
    if !tree.status.success() {
        return Err(tree.stderr.into());
    }
    let crates = crates_of(&tree.stdout);
    println!("{}", crates.iter().copied().collect::<Vec<_>>().join(", "));
    if crates.len() > MOST_CRATES {
        return Err(format!("the core has {} crates; {MOST_CRATES} are the most", crates.len()).into());
    }
    report.note(format!("{} crates of at most {MOST_CRATES}", crates.len()));
    Ok(())
}

/// Name and version of each line, once: `sha2 v0.11.1 (*)`, `time-macros v0.2.27 (proc-macro)`.
pub(crate) fn crates_of(tree: &str) -> BTreeSet<&str> {
    tree.lines().map(|line| line.split(" (").next().unwrap_or(line).trim()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::crates_of;

    #[test]
    fn crates_are_counted_once() {
        let tree = "a v0.1.0 (/somewhere)\nb v1.0.0\nc v1.2.0 (proc-macro)\nb v1.0.0 (*)\nb v2.0.0\n\n";
        assert_eq!(crates_of(tree).into_iter().collect::<Vec<_>>(), ["a v0.1.0", "b v1.0.0", "b v2.0.0", "c v1.2.0"]);
    }
}
