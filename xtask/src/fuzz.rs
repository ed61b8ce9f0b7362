//! `cargo xtask fuzz`, and the same for some seconds as a lane.

use std::{fs, process::ExitCode};

use clap::{Arg, ArgAction, value_parser};

use crate::{
    Command, Result, install,
    lane::{Lane, Report},
    shell::Shell,
    workspace::Workspace,
};

/// Fuzzing, for as long as one likes.
pub(crate) const FUZZ: Command = Command {
    name: "fuzz",
    about: "Run the fuzz targets, and install nightly Rust and cargo-fuzz where they are missing",
    arguments: |command| {
        let seconds = Arg::new("seconds").long("seconds").value_name("N").default_value("60");
        let target = Arg::new("target").long("target").value_name("TARGET").action(ArgAction::Append);
        command
            .arg(seconds.value_parser(value_parser!(u32)).help("Run each target for so long"))
            .arg(target.help("Run this target alone; can be given more than once"))
    },
    run: |workspace, matches| {
        let seconds = matches.get_one::<u32>("seconds").copied().unwrap_or_default();
        let targets = matches.get_many::<String>("target").unwrap_or_default().cloned().collect();
        fuzz(workspace, &mut Report::default(), seconds, targets)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// A short run of each target.
pub(crate) const LANE: Lane = Lane {
    name: "fuzz",
    about: "20 seconds of each fuzz target find nothing",
    run: |workspace, report| {
        Shell::cargo("fmt --manifest-path fuzz/Cargo.toml --check").run()?;
        fuzz(workspace, report, 20, Vec::new())
    },
};

/// Runs the targets, or all where none is named: from their seeds, and from what earlier runs found in the target
/// folder.
fn fuzz(workspace: &Workspace, report: &mut Report, seconds: u32, mut targets: Vec<String>) -> Result<()> {
    install::toolchain("nightly", report)?;
    let cargo_fuzz = install::cargo_fuzz(workspace, report)?;
    let folder = workspace.target.join("fuzz");
    let run = || Shell::new("rustup").args(["run", "nightly"]).arg(&cargo_fuzz).arg("fuzz");
    let known = run().arg("list").read()?;
    let known: Vec<&str> = known.split_whitespace().collect();
    if let Some(unknown) = targets.iter().find(|target| !known.contains(&target.as_str())) {
        return Err(format!("there is no fuzz target {unknown}, only {}", known.join(", ")).into());
    }
    if targets.is_empty() {
        targets = known.iter().map(ToString::to_string).collect();
    }
    // No sanitizer: there is no unsafe code to look at, and without one it is several times faster.
    run().args(["build", "--sanitizer", "none", "--target-dir"]).arg(&folder).run()?;
    let mut failed = Vec::new();
    for target in &targets {
        let corpus = folder.join("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        let options = ["-dict=fuzz/words.dict", "-max_len=4096", "-timeout=10", "-print_final_stats=1"];
        let captured = run()
            .args(["run", "--sanitizer", "none", "--target-dir"])
            .arg(&folder)
            .arg(target)
            .arg(&corpus)
            .arg(format!("fuzz/seeds/{target}"))
            .arg("--")
            .args(options)
            .arg(format!("-max_total_time={seconds}"))
            .capture()?;
        let executions = executions(&captured.stderr);
        println!("{target}: {} executions in {seconds} s", executions.unwrap_or_default());
        // A target that ran nothing has shown nothing.
        if captured.status.success() && executions > Some(0) {
            report.tests.passed += 1;
        } else {
            report.tests.failed += 1;
            print!("{}", captured.stderr);
            failed.push(target.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("findings, kept in fuzz/artifacts: {}", failed.join(", ")).into())
}

/// What libFuzzer counts at the end: `stat::number_of_executed_units: 542337`.
fn executions(stderr: &str) -> Option<u64> {
    let mut lines = stderr.lines();
    lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::executions;

    #[test]
    fn executions_are_counted() {
        let stderr = "#12\tDONE   cov: 3\nstat::number_of_executed_units: 542337\nstat::average_exec_per_sec:     9\n";
        assert_eq!(executions(stderr), Some(542_337));
        assert_eq!(executions("error: could not compile"), None);
    }
}
