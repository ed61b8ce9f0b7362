//! Tests of other checks. Each injects a fault and passes only if the other check detects it.

use std::{
    fs::{self, OpenOptions},
    io::Write,
};

use serde_json::Value;

use crate::{
    Result,
    check::{Check, Report},
    checks::wasm,
    copy, install,
    shell::{Captured, Shell},
    workspace::Workspace,
};

/// The wasm probe detects a clock.
pub(crate) const CLOCK: Check = Check {
    name: "fault-clock",
    about: "the wasm probe detects an injected clock",
    run: |workspace, report| probe_with(workspace, report, "inject_clock", 5, "SystemTime"),
};

/// The wasm probe detects an import.
pub(crate) const IMPORT: Check = Check {
    name: "fault-import",
    about: "the wasm probe detects an injected import",
    run: |workspace, report| probe_with(workspace, report, "inject_import", 3, "it imports injected.outside"),
};

/// Clippy detects a clock in the core.
pub(crate) const LINT: Check =
    Check { name: "fault-lint", about: "clippy detects an injected clock in the core", run: core_with_clock };

/// Builds the probe with a fault and runs it. `status` is the exit status of run.mjs for the fault.
fn probe_with(workspace: &Workspace, report: &mut Report, fault: &str, status: i32, message: &str) -> Result<()> {
    install::wasm_target(wasm::TARGET, report)?;
    install::node()?;
    let target = workspace.target.join("faults");
    // The module keeps the names of its functions, so a trap shows its place.
    Shell::cargo("rustc --package wasm-probe --release --target")
        .arg(wasm::TARGET)
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "--cfg", fault])
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .run()?;
    let captured = wasm::node(&target).capture()?;
    show(&captured);
    if captured.status.code() != Some(status) || !captured.stderr.contains(message) {
        return Err(format!(
            "the probe with {fault} should have failed with status {status} and `{message}`, but: {}",
            captured.status
        )
        .into());
    }
    report.note(format!("detected {fault}"));
    Ok(())
}

/// Copies the workspace, adds a call of the clock to the core, and runs clippy on the copy.
fn core_with_clock(workspace: &Workspace, report: &mut Report) -> Result<()> {
    const CORE: &str = "crates/securityhub-invitations";
    const FAULT: &str = "
/// An injected fault.
#[must_use]
pub fn injected() -> std::time::SystemTime {
    std::time::SystemTime::now()
}";
    install::component("clippy", report)?;
    let copy = workspace.target.join("faults/workspace");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy::sources(&workspace.root, &copy, &workspace.target)?;
    let mut library = OpenOptions::new().append(true).open(copy.join(CORE).join("src/lib.rs"))?;
    writeln!(library, "{FAULT}")?;

    let clippy = "clippy --package securityhub-invitations --lib --locked --message-format json --manifest-path";
    let clippy = Shell::cargo(clippy).arg(copy.join("Cargo.toml")).arg("--target-dir").arg(&workspace.target);
    let captured = clippy.capture()?;
    let refusals = refusals(&captured.stdout);
    for refusal in &refusals {
        println!("{refusal}");
    }
    let is_refused = refusals.iter().any(|refusal| refusal.contains("std::time::SystemTime::now"));
    if captured.status.success() || !is_refused {
        show(&captured);
        return Err("clippy should have refused the call of std::time::SystemTime::now in the core".into());
    }
    report.note("detected a clock in the core");
    Ok(())
}

/// The errors for a disallowed method among clippy's messages.
fn refusals(messages: &str) -> Vec<String> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let refusals = messages.filter(|message| {
        message["message"]["code"]["code"] == "clippy::disallowed_methods" && message["message"]["level"] == "error"
    });
    refusals.filter_map(|message| Some(message["message"]["message"].as_str()?.to_owned())).collect()
}

fn show(captured: &Captured) {
    print!("{}", captured.stdout);
    eprint!("{}", captured.stderr);
}

#[cfg(test)]
mod tests {
    use super::refusals;

    #[test]
    fn only_errors_of_the_lint_are_refusals() {
        let messages = concat!(
            r#"{"reason":"compiler-message","message":{"code":{"code":"clippy::disallowed_methods"},"level":"error","message":"a"}}"#,
            "\n",
            r#"{"reason":"compiler-message","message":{"code":{"code":"clippy::disallowed_methods"},"level":"warning","message":"b"}}"#,
            "\n",
            r#"{"reason":"compiler-message","message":{"code":{"code":"E0425"},"level":"error","message":"c"}}"#,
            "\nnot JSON\n",
        );
        assert_eq!(refusals(messages), ["a"]);
    }
}
