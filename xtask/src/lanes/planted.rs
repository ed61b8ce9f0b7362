//! Checks of checks: each plants a fault, and passes only if the check that is there for it fails on it.

use std::{
    fs::{self, OpenOptions},
    io::Write,
};

use serde_json::Value;

use crate::{
    Result, copy, install,
    lane::{Lane, Report},
    lanes::wasm,
    shell::{Captured, Shell},
    workspace::Workspace,
};

/// The wasm probe fails on a clock.
pub(crate) const CLOCK: Lane = Lane {
    name: "planted-clock",
    about: "the wasm probe traps where it reads the clock",
    run: |workspace, report| probe_with(workspace, report, "plant_clock", 5, "SystemTime"),
};

/// The wasm probe fails on an import.
pub(crate) const IMPORT: Lane = Lane {
    name: "planted-import",
    about: "the wasm probe fails where its module imports a function",
    run: |workspace, report| probe_with(workspace, report, "plant_import", 3, "it imports planted.outside"),
};

/// Clippy fails on a clock in the core.
pub(crate) const LINT: Lane =
    Lane { name: "planted-lint", about: "clippy refuses a core that reads the clock", run: core_with_clock };

/// Builds the probe with a fault in it, and runs it. `status` is the exit status of run.mjs that belongs to the fault.
fn probe_with(workspace: &Workspace, report: &mut Report, fault: &str, status: i32, message: &str) -> Result<()> {
    install::wasm_target(report)?;
    install::node()?;
    let target = workspace.target.join("planted");
    // The names of the functions stay in the module, so that a trap says where it happened.
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
    report.note(format!("red with {fault}, as it should be"));
    Ok(())
}

/// Copies the workspace, makes the core in it read the clock, and runs clippy on that.
fn core_with_clock(workspace: &Workspace, report: &mut Report) -> Result<()> {
    const CORE: &str = "crates/securityhub-invitations";
    const PLANTED: &str = "
/// Planted.
#[must_use]
pub fn planted() -> std::time::SystemTime {
    std::time::SystemTime::now()
}";
    install::component("clippy", report)?;
    let copy = workspace.target.join("planted/workspace");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy::sources(&workspace.root, &copy, &workspace.target)?;
    let mut library = OpenOptions::new().append(true).open(copy.join(CORE).join("src/lib.rs"))?;
    writeln!(library, "{PLANTED}")?;

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
    report.note("red with a clock in the core, as it should be");
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
