//! The npm package in other runtimes and bundlers: `tests/runtimes` builds, loads and makes a call with each of them.

use std::{env, path::PathBuf, process::ExitCode};

use clap::{Arg, ArgAction};

use crate::{
    Command, Result,
    check::{Check, Report, Tests},
    checks::browser,
    install, npm,
    shell::Shell,
    workspace::Workspace,
};

/// The command.
pub(crate) const RUNTIMES: Command = Command {
    name: "runtimes",
    about: "Make a call in each runtime and with each bundler",
    arguments: |command| {
        let flag = |name, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
        let only = Arg::new("only").long("only").value_name("TEXT").help("Run only the rows whose name has this text");
        command
            .arg(flag("full", "Run all of them, not only those of CI"))
            .arg(flag("bless", "Write the table into the package's README"))
            .arg(only)
    },
    run: |workspace, matches| {
        let mut arguments = Vec::new();
        for flag in ["full", "bless"] {
            if matches.get_flag(flag) {
                arguments.push(format!("--{flag}"));
            }
        }
        if let Some(only) = matches.get_one::<String>("only") {
            arguments.push(format!("--only={only}"));
        }
        run(workspace, &mut Report::default(), &arguments)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// The runtimes and bundlers of CI.
pub(crate) const CHECK: Check = Check {
    name: "runtimes",
    about: "the npm package makes calls in Node and Chromium, and when esbuild or webpack bundled it",
    run: |workspace, report| run(workspace, report, &[]),
};

/// All runtimes and bundlers.
pub(crate) const FULL: Check = Check {
    name: "runtimes-full",
    about: "the npm package makes calls in every runtime and with every bundler of its table (5 minutes)",
    run: |workspace, report| run(workspace, report, &["--full".to_owned()]),
};

const README: &str = "crates/securityhub-invitations-fetch/npm/README.md";

fn run(workspace: &Workspace, report: &mut Report, arguments: &[String]) -> Result<()> {
    install::node()?;
    let chromium = browser::chromium(report)?;
    npm::build(workspace, report)?;
    Shell::cargo("build --package securityhub-emulator --bin securityhub-emulator").run()?;
    let emulator = workspace.target.join("debug").join(format!("securityhub-emulator{}", env::consts::EXE_SUFFIX));
    let mut check = Shell::new("node")
        .args(["tests/runtimes/check.mjs", "--readme", README, "--package"])
        .arg(npm::folder(workspace))
        .arg("--emulator")
        .arg(emulator)
        .arg("--tools")
        .arg(workspace.target.join("tools/runtimes"))
        .arg("--chromium")
        .arg(chromium)
        .args(arguments);
    if arguments.iter().any(|argument| argument == "--full") {
        check = check.arg("--firefox").arg(firefox(report)?);
    }
    check.run_reading(|line| {
        if let Some(tests) = line.strip_prefix("runtimes: ").and_then(Tests::parse) {
            report.tests.add(tests);
        }
    })
}

/// The path of Firefox ESR.
fn firefox(report: &mut Report) -> Result<PathBuf> {
    const HOW: &str = "Firefox ESR is missing: install it with your package manager";
    let find = || install::on_path("firefox-esr");
    if let Some(path) = find() {
        return Ok(path);
    }
    install::debian_package("firefox-esr", HOW)?;
    report.note("installed firefox-esr");
    find().ok_or_else(|| HOW.into())
}
