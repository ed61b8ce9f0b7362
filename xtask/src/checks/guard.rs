//! The allocations and instructions of the hot paths, compared with the recorded limits.

use crate::{
    Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::Workspace,
};

/// The hot paths of the core are not more expensive than recorded.
pub(crate) const GUARD: Check = Check {
    name: "speed-guard",
    about: "no hot path of the core allocates or computes more than benches/baseline.tsv says",
    run: guard,
};

fn guard(_: &Workspace, report: &mut Report) -> Result<()> {
    install::valgrind(report)?;
    let guard = Shell::cargo("bench --package securityhub-invitations-benches --bench guard");
    guard.run_reading(|line| {
        let verdict = line.strip_prefix("guard: ").and_then(|line| line.trim_end().rsplit_once(": "));
        match verdict {
            Some((_, "ok")) => report.tests.passed += 1,
            Some(_) => report.tests.failed += 1,
            None => {}
        }
    })
}
