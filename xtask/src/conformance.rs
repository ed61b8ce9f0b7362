//! `cargo xtask conformance`: comparison with AWS's clients, which are installed in `target/conformance`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction};

use crate::{
    Command, Result,
    check::{Check, Report},
    copy, install,
    shell::Shell,
    workspace::Workspace,
};

/// The whole comparison.
pub(crate) const CONFORMANCE: Command = Command {
    name: "conformance",
    about: "Compare the crate with botocore, aws-sigv4 and AWS's clients, and install them",
    arguments,
    run: |workspace, matches| {
        let value = |name| matches.get_one::<String>(name).map(|value| [format!("--{name}"), value.clone()]);
        let mut chosen: Vec<String> = ["seed", "cases"].into_iter().filter_map(value).flatten().collect();
        for part in matches.get_many::<String>("only").unwrap_or_default() {
            chosen.extend(["--only".to_owned(), part.clone()]);
        }
        let rust_sdk = matches.get_flag("with-rust-sdk");
        let clients = matches.get_many::<String>("only").is_none_or(|mut parts| parts.any(|part| part == "clients"));
        run(workspace, &mut Report::default(), &chosen, clients, rust_sdk)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// The part that every change must pass: fewer cases, a fixed seed, and no client that compiles for many minutes.
pub(crate) const CHECK: Check = Check {
    name: "conformance",
    about: "the crate agrees with botocore, aws-sigv4 and AWS's clients on 3000 generated cases",
    run: |workspace, report| {
        let cases = ["--cases", "3000"].map(ToOwned::to_owned);
        run(workspace, report, &cases, true, false)
    },
};

/// The installed packages. The tables in `tests/conformance/README.md` describe these versions.
pub(crate) const BOTO3: &str = "boto3==1.44.5 botocore==1.44.8";
pub(crate) const PYTEST: &str = "pytest==8.4.2";
const AWS_CLI: &str = "awscli==1.46.3";
pub(crate) const JAVASCRIPT_SDK: &str = "@aws-sdk/client-securityhub@3.1108.0";

fn arguments(command: clap::Command) -> clap::Command {
    let option = |name: &'static str, value, help| Arg::new(name).long(name).value_name(value).help(help);
    command
        .arg(option(
            "seed",
            "SEED",
            "Generate the cases from this number, or from the clock with `random` [default: 1]",
        ))
        .arg(option("cases", "NUMBER", "The number of signed requests; the other parts scale with it"))
        .arg(option("only", "PART", "Run only this part; can be given more than once").action(ArgAction::Append))
        .arg(
            Arg::new("with-rust-sdk")
                .long("with-rust-sdk")
                .action(ArgAction::SetTrue)
                .help("Also run aws-sdk-securityhub, which compiles for many minutes"),
        )
}

fn run(
    workspace: &Workspace,
    report: &mut Report,
    chosen: &[String],
    with_clients: bool,
    with_rust_sdk: bool,
) -> Result<()> {
    let folder = workspace.target.join("conformance");
    let python = python(&folder, "botocore", BOTO3, report)?;
    let mut shell = Shell::cargo("run --quiet --package securityhub-invitations-conformance --");
    shell = shell.args(chosen).arg("--python").arg(python);
    if with_clients {
        // The CLI needs another version of botocore than boto3, so it has its own environment.
        let aws = python_of(&folder, "aws-cli", AWS_CLI, report)?;
        let javascript = javascript(&folder, &[JAVASCRIPT_SDK], report)?;
        shell = shell.arg("--aws").arg(aws.join("aws")).arg("--node-folder").arg(javascript);
    }
    if with_rust_sdk {
        shell = shell.arg("--rust-sdk").arg(rust_sdk(workspace, &folder)?);
    }
    shell.run_reading(|line| {
        if let Some(note) = line.trim_end().strip_prefix("seed ") {
            report.note(format!("seed {note}"));
        }
        if line.starts_with("  ok in ") {
            report.tests.passed += 1;
        }
        if line.starts_with("  FAILED") {
            report.tests.failed += 1;
        }
    })
}

/// The Python of a virtual environment that has the package.
pub(crate) fn python(folder: &Path, name: &str, requirement: &str, report: &mut Report) -> Result<PathBuf> {
    Ok(python_of(folder, name, requirement, report)?.join("python"))
}

/// The folder of programs in a virtual environment that has the package. Creates the environment if necessary.
fn python_of(folder: &Path, name: &str, requirement: &str, report: &mut Report) -> Result<PathBuf> {
    let environment = folder.join(name);
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    // Written last, so an interrupted installation has no stamp.
    let stamp = environment.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == requirement) {
        return Ok(programs);
    }
    let install = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    Shell::new("python3").args(["-m", "venv"]).arg(&environment).run()?;
    Shell::new(programs.join("python")).args(install).args(requirement.split(' ')).run()?;
    fs::write(stamp, requirement)?;
    report.note(format!("installed {requirement}"));
    Ok(programs)
}

/// A folder whose `node_modules` has the packages.
pub(crate) fn javascript(folder: &Path, packages: &[&str], report: &mut Report) -> Result<PathBuf> {
    install::node()?;
    let folder = folder.join("javascript");
    let stamp = folder.join("installed");
    let packages_joined = packages.join(" ");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages_joined) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("package.json"), "{\"private\":true}\n")?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    Shell::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .args(packages)
        .arg("--prefix")
        .arg(&folder)
        .run()?;
    fs::write(stamp, &packages_joined)?;
    report.note(format!("installed {packages_joined}"));
    Ok(folder)
}

/// Builds the program of `tests/conformance/rust-sdk` in a copy, so the original gets no lock file.
fn rust_sdk(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join("rust-sdk");
    copy::sources(Path::new("tests/conformance/rust-sdk"), &copy, &workspace.target)?;
    let target = copy.join("target");
    Shell::cargo("build --manifest-path").arg(copy.join("Cargo.toml")).arg("--target-dir").arg(&target).run()?;
    Ok(target.join("debug").join(format!("conformance-rust-sdk{}", std::env::consts::EXE_SUFFIX)))
}
