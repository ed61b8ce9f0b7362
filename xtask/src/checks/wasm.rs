//! The wasm probe: the core alone in a module that imports nothing, run in Node.

use std::path::Path;

use crate::{
    Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::Workspace,
};

/// The probe as it is.
pub(crate) const PROBE: Check =
    Check { name: "wasm-probe", about: "a whole call in a WebAssembly module that imports nothing", run: probe };

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

fn probe(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::wasm_target(TARGET, report)?;
    install::node()?;
    Shell::cargo("build --package wasm-probe --release --target").arg(TARGET).run()?;
    node(&workspace.target).run_reading(|line| {
        if let Some(size) = line.strip_prefix("wasm-probe: ").filter(|line| line.contains("imports")) {
            report.note(size.trim());
        }
    })?;
    report.tests.passed += 1;
    Ok(())
}

/// Runs the probe that was built in this folder.
pub(crate) fn node(target: &Path) -> Shell {
    Shell::new("node").arg("tests/wasm-probe/run.mjs").arg(target.join(TARGET).join("release/wasm-probe.wasm"))
}
