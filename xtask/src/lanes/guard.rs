//! What the hot paths cost, in allocations and instructions, beside what is written down.

use crate::{
    Result, install,
    lane::{Lane, Report},
    shell::Shell,
    workspace::Workspace,
};

/// No hot path of the core has become dearer.
pub(crate) const GUARD: Lane = Lane {
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
