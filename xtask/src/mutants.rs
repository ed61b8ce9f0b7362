//! `cargo xtask mutants`: injects faults into the core, one at a time, that its own tests must detect.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, value_parser};

use crate::{Command, Result, check::Report, install, shell::Shell, workspace::Workspace};

/// Not a check in CI, since each of the hundreds of mutants takes seconds.
pub(crate) const MUTANTS: Command =
    Command {
        name: "mutants",
        about: "Inject faults into the core, one at a time, that its tests must detect, and install cargo-mutants",
        arguments: |command| {
            let file = Arg::new("file").long("file").value_name("FILE").action(ArgAction::Append);
            let jobs = Arg::new("jobs").long("jobs").short('j').value_name("N").default_value("1");
            command
                .arg(file.help(
                    "Inject faults only into this file of the core, such as retry.rs; can be given more than once",
                ))
                .arg(jobs.value_parser(value_parser!(u32)).help("Test N faults at a time"))
        },
        run: |workspace, matches| {
            let files: Vec<_> = matches.get_many::<String>("file").unwrap_or_default().cloned().collect();
            let jobs = matches.get_one::<u32>("jobs").copied().unwrap_or_default();
            mutants(workspace, &files, jobs)?;
            Ok(ExitCode::SUCCESS)
        },
    };

const CORE: &str = "securityhub-invitations";
const SOURCES: &str = "crates/securityhub-invitations/src";
/// The mutants that no test can find, each with the reason.
const EXPLAINED: &str = "crates/securityhub-invitations/tests/mutants.md";

/// A mutant that hangs is found. The tests take a few seconds, and on a busy machine some more.
const TIMEOUT: &str = "60";

/// A file of the core and its injected fault: `replace < with <= in RetryPolicy::allows_another_after`.
type Mutant = (String, String);

fn mutants(workspace: &Workspace, files: &[String], jobs: u32) -> Result<()> {
    let all_explained = explained(&fs::read_to_string(EXPLAINED)?)?;
    let cargo_mutants = install::cargo_mutants(workspace, &mut Report::default())?;
    let mut chosen = Vec::new();
    for file in files {
        let path = Path::new(SOURCES).join(file);
        if !path.is_file() {
            return Err(format!("there is no file {}", path.display()).into());
        }
        chosen.extend([PathBuf::from("--file"), path]);
    }
    let run = || {
        let shell = Shell::new(&cargo_mutants).args(["mutants", "--no-config", "--colors", "never", "--package", CORE]);
        shell.args(&chosen)
    };
    let listed: Vec<_> = run().arg("--list").read()?.lines().map(ToOwned::to_owned).collect();
    let ended = run()
        .args(["--profile", "mutants", "--timeout", TIMEOUT, "--jobs", &jobs.to_string(), "--output"])
        .arg(&workspace.target)
        .args(["--", "--lib", "--test", "suite"])
        // The first cases of a property usually find the mutant.
        .env("PROPTEST_CASES", "32")
        .run();

    let results = workspace.target.join("mutants.out");
    let mut table = BTreeMap::new();
    let mut survivors = Vec::new();
    let mut tested = 0;
    for (column, name) in COLUMNS.iter().enumerate() {
        for line in fs::read_to_string(results.join(format!("{name}.txt")))?.lines() {
            let (file, fault) = mutant(line).ok_or_else(|| format!("{name}.txt has `{line}`"))?;
            table.entry(file.clone()).or_insert([0_u32; COLUMNS.len()])[column] += 1;
            tested += 1;
            if *name == "missed" {
                survivors.push((file, fault));
            }
        }
    }
    // It fails where there are survivors, which are told below, but also where the tests themselves do.
    if tested != listed.len() {
        ended?;
        return Err(format!("{tested} of {} mutants were tested", listed.len()).into());
    }
    print(&table);
    let is_chosen = |file: &String| files.is_empty() || files.contains(file);
    let explained = all_explained.into_iter().filter(|(file, _)| is_chosen(file)).collect();
    compare(survivors, explained)
}

/// The lists that cargo-mutants leaves.
const COLUMNS: [&str; 4] = ["caught", "timeout", "unviable", "missed"];

/// From a line such as `crates/securityhub-invitations/src/retry.rs:68:17: replace < with == in allows`. The position is
/// left out: it moves.
fn mutant(line: &str) -> Option<Mutant> {
    let (place, fault) = line.strip_prefix(SOURCES)?.strip_prefix('/')?.split_once(": ")?;
    Some((place.split(':').next()?.to_owned(), fault.to_owned()))
}

fn print(table: &BTreeMap<String, [u32; COLUMNS.len()]>) {
    let row = |name: &str, counts: &[u32; COLUMNS.len()]| {
        let counts = counts.map(|count| format!(" {count:>8}")).concat();
        println!("{name:<28}{counts}");
    };
    let [caught, timeout, unviable, missed] = COLUMNS;
    println!("\n{:<28} {caught:>8} {timeout:>8} {unviable:>8} {missed:>8}", "file");
    let mut sum = [0; COLUMNS.len()];
    for (file, counts) in table {
        row(file, counts);
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    row("", &sum);
}

/// The mutants of the list, below headings such as `## retry.rs`: each begins a line, ``- `replace …`: the reason``, which
/// may go on, or begin, in the next.
fn explained(list: &str) -> Result<Vec<Mutant>> {
    let mut file = None;
    let mut mutants = Vec::new();
    let mut lines = list.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            file = Some(heading.trim());
        } else if let Some(entry) = line.strip_prefix("- ") {
            let parts = entry.strip_prefix('`').and_then(|entry| entry.split_once("`:"));
            let goes_on = lines.peek().is_some_and(|next| next.starts_with("  ") && !next.trim().is_empty());
            let (Some(file), Some((fault, reason))) = (file, parts) else {
                return Err(format!("{EXPLAINED}: there is no file or no mutant for `{line}`").into());
            };
            if reason.trim().is_empty() && !goes_on {
                return Err(format!("{EXPLAINED}: there is no reason for `{line}`").into());
            }
            mutants.push((file.to_owned(), fault.to_owned()));
        }
    }
    Ok(mutants)
}

/// Two mutants of one name need two explanations.
fn compare(mut survivors: Vec<Mutant>, explained: Vec<Mutant>) -> Result<()> {
    let mut gone = Vec::new();
    for mutant in explained {
        match survivors.iter().position(|survivor| *survivor == mutant) {
            Some(at) => drop(survivors.remove(at)),
            None => gone.push(mutant),
        }
    }
    let list = |mutants: &[Mutant]| mutants.iter().map(|(file, fault)| format!("\n  {file}: {fault}")).collect();
    let mut faults: Vec<String> = Vec::new();
    for (mutants, what) in [
        (&survivors, "no test finds, so write one, or explain it in"),
        (&gone, "are found or no longer exist, so delete them from"),
    ] {
        if !mutants.is_empty() {
            let list: String = list(mutants);
            faults.push(format!("{} mutants {what} {EXPLAINED}:{list}", mutants.len()));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

#[cfg(test)]
mod tests {
    use super::{compare, explained, mutant};

    #[test]
    fn the_position_is_left_out() {
        let line = "crates/securityhub-invitations/src/sigv4/key.rs:68:17: replace < with == in A::b -> Option<C: D>";
        let expected = ("sigv4/key.rs".to_owned(), "replace < with == in A::b -> Option<C: D>".to_owned());
        assert_eq!(mutant(line), Some(expected));
        assert_eq!(mutant("crates/securityhub-emulator/src/lib.rs:1:1: replace a"), None);
    }

    #[test]
    fn survivors_are_held_against_the_list() {
        let list = "# Mutants\n\ntext\n\n## a.rs\n\n- `x`: because\n  of this\n- `x`:\n  again\n\n## b.rs\n- `y`: so\n";
        let mutants = |names: &[(&str, &str)]| {
            names.iter().map(|&(file, fault)| (file.to_owned(), fault.to_owned())).collect::<Vec<_>>()
        };
        let all = mutants(&[("a.rs", "x"), ("a.rs", "x"), ("b.rs", "y")]);
        assert_eq!(explained(list).unwrap(), all);
        for without in ["- `x`: because", "## a.rs\n- x: because", "## a.rs\n- `x`: ", "## a.rs\n- `x`:\n- `y`: so"] {
            assert!(explained(without).is_err(), "{without}");
        }

        assert!(compare(all.clone(), all.clone()).is_ok());
        let error = compare(all.clone(), mutants(&[("a.rs", "x"), ("b.rs", "y"), ("b.rs", "x")])).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("1 mutants no test finds") && error.contains(":\n  a.rs: x\n1 mutants are"),
            "{error}"
        );
        assert!(error.ends_with(":\n  b.rs: x"), "{error}");
    }
}
