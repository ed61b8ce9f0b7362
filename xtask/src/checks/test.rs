//! The tests of all packages, and the compilation of their features.

use crate::{
    Result,
    check::{Check, Report, Tests},
    shell::Shell,
    workspace::Workspace,
};

/// All tests, and the examples in the documentation.
pub(crate) const UNIT: Check =
    Check { name: "unit", about: "the tests of all packages, and the examples in their documentation", run: unit };

/// Compiles every crate for users without features and with all of them.
pub(crate) const FEATURES: Check =
    Check { name: "features", about: "crates that have features compile without and with all of them", run: features };

fn unit(_: &Workspace, report: &mut Report) -> Result<()> {
    // --all-targets would also build the examples as tests, although tests already run them.
    let test = Shell::cargo("test --workspace --no-fail-fast");
    test.run_reading(|line| report.tests.add(tests_of(line).unwrap_or_default()))
}

fn features(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let mut checks = 0;
    for package in workspace.crates_with_features() {
        for features in ["--no-default-features", "--all-features"] {
            Shell::cargo(&format!("check --package {} {features}", package.name)).run()?;
            checks += 1;
        }
    }
    report.note(format!("{checks} checks"));
    Ok(())
}

/// Reads the last line of a test program: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
pub(crate) fn tests_of(line: &str) -> Option<Tests> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what| {
        let mut counts = counts.split(';').filter_map(|count| count.trim().split_once(' '));
        counts.find(|(_, name)| *name == what)?.0.parse().ok()
    };
    Some(Tests { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

#[cfg(test)]
mod tests {
    use super::{Tests, tests_of};

    #[test]
    fn reads_results() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s\n";
        assert_eq!(tests_of(line), Some(Tests { passed: 12, failed: 0, skipped: 1 }));
        let line =
            "test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(tests_of(line), Some(Tests { passed: 11, failed: 2, skipped: 0 }));
    }

    #[test]
    fn ignores_other_lines() {
        for line in ["", "running 3 tests\n", "test result: ok.\n", "test a ... ok\n", "test result: ok. many passed\n"]
        {
            assert_eq!(tests_of(line), None, "{line}");
        }
    }
}
