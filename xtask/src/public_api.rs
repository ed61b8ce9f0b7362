//! `cargo xtask public-api`: what published crates offer is written down in a file beside each, so that a change of it is a
//! change that somebody reads.
//!
//! It is listed from rustdoc's JSON. That is an unstable output whose format changes with the compiler, and each version of
//! the `public-api` library reads one of them: so one version of Rust writes it, whatever runs the rest, and the two are
//! raised together, when there is a reason. The compiler is a stable one that is told to take unstable options.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Arg, ArgAction};

use crate::{
    Command, Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::{Package, Workspace},
};

/// `cargo xtask public-api`.
pub(crate) const PUBLIC_API: Command = Command {
    name: "public-api",
    about: "Compare the public API of published crates with their public-api.txt, or write it",
    arguments: |command| {
        let bless = Arg::new("bless").long("bless").action(ArgAction::SetTrue);
        command.arg(bless.help("Write the files instead of comparing"))
    },
    run: |workspace, matches| {
        run(workspace, &mut Report::default(), matches.get_flag("bless"))?;
        Ok(ExitCode::SUCCESS)
    },
};

/// Nothing differs, and the core names no types but those it may.
pub(crate) const CHECK: Check = Check {
    name: "public-api",
    about: "the public API is as in public-api.txt, and the core's is made of std, http, bytes and serde",
    run: |workspace, report| run(workspace, report, false),
};

/// The Rust whose rustdoc writes what the library reads: `public-api` in Cargo.toml, and `FORMAT` in
/// `xtask/public-api/src/main.rs`.
const RUST: &str = "1.95.0";

const CORE: &str = "securityhub-invitations";

/// The crates, other than the standard library, whose types the core's API may have. Their major versions are the core's.
/// `serde_core` is where serde's traits are.
const CORE_TYPES: [&str; 4] = ["bytes", "http", "serde", "serde_core"];

fn run(workspace: &Workspace, report: &mut Report, bless: bool) -> Result<()> {
    let mut problems = Vec::new();
    // A command alone has no API.
    for package in workspace.published().filter(|package| package.folder.join("src/lib.rs").is_file()) {
        let description = describe(workspace, package, report)?;
        let listed = read("list").arg(&description).read()?;
        let file = package.folder.join("public-api.txt");
        let written = fs::read_to_string(&file).unwrap_or_default();
        if bless {
            fs::write(&file, &listed)?;
        } else if listed != written {
            println!("{}", difference(&written, &listed));
            problems.push(format!(
                "the public API of {} is not as in its public-api.txt (if it is meant to: cargo xtask public-api --bless)",
                package.name
            ));
        }
        report.note(format!("{}: {}", package.name, listed.lines().count()));
        if package.name == CORE {
            let foreign = read("foreign").arg(&description).args(CORE_TYPES).read()?;
            if !foreign.is_empty() {
                println!("{foreign}");
                problems.push(format!("{CORE} names types of crates other than {}", CORE_TYPES.join(", ")));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
}

/// Lets rustdoc describe the crate with all its features, and names the file.
fn describe(workspace: &Workspace, package: &Package, report: &mut Report) -> Result<PathBuf> {
    // `RUSTC_BOOTSTRAP` rebuilds some dependencies, so this has its own target folder.
    let folder = workspace.target.join("public-api");
    install::cargo_of(RUST, "rustdoc --locked --quiet --lib --all-features --package", report)?
        .arg(&package.name)
        .arg("--target-dir")
        .arg(&folder)
        .args(["--", "-Zunstable-options", "--output-format", "json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .run()?;
    Ok(folder.join("doc").join(package.name.replace('-', "_")).with_extension("json"))
}

fn read(what: &str) -> Shell {
    Shell::cargo("run --quiet --package xtask-public-api --").arg(what)
}

/// The lines that are in one alone: `-` for the first, `+` for the second, each in its order, the second's last.
fn difference(written: &str, listed: &str) -> String {
    let only_in = |these: &str, others: &str, sign: char| {
        let mut others: Vec<_> = others.lines().collect();
        let these = these.lines().filter(|line| match others.iter().position(|other| other == line) {
            // An item can be listed twice; each stands for one.
            Some(place) => {
                others.swap_remove(place);
                false
            }
            None => true,
        });
        these.map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let gone = only_in(written, listed, '-');
    let new = only_in(listed, written, '+');
    if gone.is_empty() && new.is_empty() {
        return "the same lines in another order".to_owned();
    }
    gone.into_iter().chain(new).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn lines_of_one_side_are_shown() {
        assert_eq!(difference("a\nb\nc\n", "a\nB\nc\nd\n"), "- b\n+ B\n+ d");
        assert_eq!(difference("a\na\n", "a\n"), "- a");
        assert_eq!(difference("", "a\nb\n"), "+ a\n+ b");
        assert_eq!(difference("a\nb\n", "b\na\n"), "the same lines in another order");
    }
}
