//! Real engines: the npm package in a Chromium page, in a Chromium worker and in Node, and the page of
//! `examples/browser` as a person would use it.

use std::{env, fs, path::PathBuf};

use serde_json::Value;

use crate::{
    Result,
    check::{Check, Report, Tests},
    install, npm,
    shell::Shell,
    workspace::Workspace,
};

/// All of it.
pub(crate) const CHECK: Check = Check {
    name: "browser",
    about: "the npm package in Chromium pages, workers and Node, and the page of examples/browser",
    run,
};

/// Drives Chromium from Node, and downloads no browser.
const PLAYWRIGHT: (&str, &str) = ("playwright-core", "1.65.1");

const PACKAGE: &str = "securityhub-invitations-examples-browser";

fn run(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install::node()?;
    let chromium = chromium(report)?;
    let tools = playwright(workspace, report)?;
    npm::build(workspace, report)?;
    Shell::cargo(&format!("build --package {PACKAGE}")).run()?;

    let screenshots = workspace.target.join("browser");
    let server = workspace.target.join("debug").join(format!("serve{}", env::consts::EXE_SUFFIX));
    let tests = Shell::new("node").arg("examples/browser/test/main.mjs");
    let tests = tests.arg("--serve").arg(server).arg("--pkg").arg(npm::folder(workspace)).arg("--tools").arg(tools);
    let tests = tests.arg("--chromium").arg(&chromium).arg("--out").arg(&screenshots);
    let mut engines = 0;
    tests.run_reading(|line| {
        if let Some((engine, tests)) = tests_of(line) {
            report.tests.add(tests);
            report.note(format!("{engine}: {tests}"));
            engines += 1;
        }
    })?;
    // A run that ends well has counted something in each.
    if engines != 4 {
        return Err(format!("{engines} of 4 engines were heard of").into());
    }
    report.note(format!(
        "screenshots in {}",
        screenshots.strip_prefix(&workspace.root).unwrap_or(&screenshots).display()
    ));
    Ok(())
}

/// The line that closes an engine: `chromium page: 58 passed, 0 failed, 1 skipped`.
fn tests_of(line: &str) -> Option<(&str, Tests)> {
    let (engine, counts) = line.trim_end().rsplit_once(": ")?;
    Some((engine, Tests::parse(counts)?))
}

/// The path of a Chromium: `$CHROMIUM`, or one on the `PATH`, or the distribution's package.
pub(crate) fn chromium(report: &mut Report) -> Result<PathBuf> {
    let runs = |name: &PathBuf| Shell::new(name).arg("--version").succeeds();
    if let Some(named) = env::var_os("CHROMIUM") {
        let named = PathBuf::from(named);
        let problem = format!("$CHROMIUM is {}, which does not run", named.display());
        return if runs(&named) { Ok(named) } else { Err(problem.into()) };
    }
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let find = || names.iter().find_map(|name| install::on_path(name).filter(runs));
    if let Some(path) = find() {
        return Ok(path);
    }

    const HOW: &str =
        "Chromium is missing: install it with your package manager, or set $CHROMIUM to a browser of its kind";
    install::debian_package("chromium", HOW)?;
    let path = find().ok_or_else(|| format!("{HOW}: apt-get claims to have done so, but none runs"))?;
    report.note("installed chromium");
    Ok(path)
}

/// The folder whose `node_modules` has Playwright.
fn playwright(workspace: &Workspace, report: &mut Report) -> Result<PathBuf> {
    let (name, version) = PLAYWRIGHT;
    let tools = workspace.target.join("tools/browser");
    let is_there = || {
        let manifest = fs::read_to_string(tools.join("node_modules").join(name).join("package.json"));
        let manifest: Option<Value> = manifest.ok().and_then(|text| serde_json::from_str(&text).ok());
        manifest.is_some_and(|manifest| manifest["version"] == version)
    };
    if !is_there() {
        fs::create_dir_all(&tools)?;
        let install = ["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"];
        let shell = Shell::new("npm").args(install).arg(&tools).arg(format!("{name}@{version}"));
        shell.run().map_err(|error| format!("{name} {version} is missing, and could not be installed: {error}"))?;
        report.note(format!("installed {name} {version}"));
    }
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::{Tests, tests_of};

    #[test]
    fn engines_are_counted() {
        let tests = |passed, failed, skipped| Tests { passed, failed, skipped };
        assert_eq!(tests_of("node: 56 passed, 1 failed, 2 skipped\n"), Some(("node", tests(56, 1, 2))));
        assert_eq!(
            tests_of("the page, used by a person: 20 passed, 0 failed\n"),
            Some(("the page, used by a person", tests(20, 0, 0)))
        );
        for line in ["", "node\n", "  a_case ... skipped: there is no curl (2 ms)\n", "error: 1 passed\n"] {
            assert_eq!(tests_of(line), None, "{line}");
        }
    }
}
