//! The example of a WASI 0.2 component, run in Node by jco.

use crate::{check::Check, checks::test::tests_of, conformance, install, shell::Shell};

/// Builds the component and runs its test with it.
pub(crate) const WASI: Check = Check {
    name: "wasi",
    about: "the core works in a WASI 0.2 component, over the component's own sockets",
    run: |workspace, report| {
        install::wasm_target(TARGET, report)?;
        let javascript = conformance::javascript(&workspace.target.join("wasi"), &[JCO], report)?;
        Shell::cargo("build --release --package").arg(PACKAGE).args(["--target", TARGET]).run()?;
        let component = workspace.target.join(TARGET).join("release").join(format!("{PACKAGE}.wasm"));
        let test = Shell::cargo("test --package")
            .arg(PACKAGE)
            .env("WASI_RUNNER", &javascript.join("node_modules/.bin/jco").to_string_lossy())
            .env("WASI_COMPONENT", &component.to_string_lossy());
        test.run_reading(|line| report.tests.add(tests_of(line).unwrap_or_default()))
    },
};

const TARGET: &str = "wasm32-wasip2";
const PACKAGE: &str = "securityhub-invitations-examples-wasi";
const JCO: &str = "@bytecodealliance/jco@1.35.0";
