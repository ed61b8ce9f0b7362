//! The example for Step Functions: its templates, its function and its state machine.

use crate::{
    check::{Check, Report, Tests},
    conformance::{self, BOTO3, PYTEST},
    shell::Shell,
};

/// Runs `tests/step_functions` with the interpreter of moto.
pub(crate) const CHECK: Check = Check {
    name: "step-functions",
    about: "the state machine for AWS agrees with the command on one machine, and docs/SCALE.md with the simulation",
    run: |workspace, report| {
        Shell::cargo("test --package securityhub-invitations-sweep --test scale -- --ignored").run()?;
        let folder = workspace.target.join("step-functions");
        let python = conformance::python(&folder, "python", &format!("{BOTO3} {PYTEST} {MOTO} {CFN_LINT}"), report)?;
        let javascript = conformance::javascript(&folder, &[ASL_VALIDATOR], report)?;
        Shell::cargo("build --package securityhub-emulator").run()?;
        Shell::cargo("build --package securityhub-invitations-cli --no-default-features").run()?;
        Shell::cargo("build --package securityhub-invitations-examples-step-functions").run()?;
        let tests = Shell::new(&python)
            .args(["-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--tb=short", "--log-level=CRITICAL"])
            .arg("tests/step_functions")
            .env("STEP_FUNCTIONS_PROGRAMS", &workspace.target.join("debug").to_string_lossy())
            .env("CFN_LINT", &python.with_file_name("cfn-lint").to_string_lossy())
            .env("ASL_VALIDATOR", &javascript.join("node_modules/.bin/asl-validator").to_string_lossy())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        tests.run_reading(|line| read(line, report))
    },
};

const MOTO: &str = "moto[s3,server,stepfunctions]==5.2.5";
const CFN_LINT: &str = "cfn-lint==1.58.0";
const ASL_VALIDATOR: &str = "asl-validator@4.0.0";

/// Reads pytest's last line, such as `2 failed, 29 passed in 61.20s`, and the figures of the runs.
fn read(line: &str, report: &mut Report) {
    if line.starts_with("end-to-end-") {
        report.note(line.trim());
    }
    if let Some((counts, _)) = line.split_once(" in ").filter(|(counts, _)| !counts.contains(':')) {
        let number = |name| {
            let count = counts.split(", ").find_map(|count| count.strip_suffix(name));
            count.and_then(|count| count.trim().parse().ok()).unwrap_or_default()
        };
        let failed: u32 = number("failed") + number("error") + number("errors");
        report.tests.add(Tests { passed: number("passed"), failed, skipped: number("skipped") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_counts_of_pytest() {
        let mut report = Report::default();
        read("2 failed, 29 passed, 1 error in 61.20s (0:01:01)\n", &mut report);
        read("end-to-end-ids: 200 slices in 25 s, 5 kills\n", &mut report);
        assert_eq!(report.tests, Tests { passed: 29, failed: 3, skipped: 0 });
    }
}
