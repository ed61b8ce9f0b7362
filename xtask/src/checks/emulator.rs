//! The emulator's examples in Python and JavaScript.

use crate::{
    check::Check,
    checks::test::tests_of,
    conformance::{self, BOTO3, PYTEST},
    shell::Shell,
};

/// Runs the examples with their packages, which the plain tests skip where they are missing.
pub(crate) const EMULATOR_CLIENTS: Check = Check {
    name: "emulator-clients",
    about: "the emulator serves boto3 with pytest, the JavaScript SDKs and aws4fetch",
    run: |workspace, report| {
        let folder = workspace.target.join("emulator-clients");
        let python = conformance::python(&folder, "python", &format!("{BOTO3} {PYTEST}"), report)?;
        let javascript = conformance::javascript(&folder, &JAVASCRIPT, report)?;
        let test = Shell::cargo("test --package securityhub-emulator --test clients -- --nocapture")
            .env("EMULATOR_PYTHON", &python.to_string_lossy())
            .env("NODE_PATH", &javascript.join("node_modules").to_string_lossy());
        let mut skipped = Vec::new();
        test.run_reading(|line| {
            report.tests.add(tests_of(line).unwrap_or_default());
            skipped.extend(line.contains("skipped: ").then(|| line.trim().to_owned()));
        })?;
        if skipped.is_empty() { Ok(()) } else { Err(skipped.join(", ").into()) }
    },
};

const JAVASCRIPT: [&str; 4] =
    ["@aws-sdk/client-securityhub@3.1108.0", "@aws-sdk/client-sts@3.1108.0", "aws-sdk@2.1693.0", "aws4fetch@1.0.20"];
