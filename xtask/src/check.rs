//! Named checks, which run one after another even if some fail, and the table of their results.

use std::{
    fmt,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, ArgMatches, builder::PossibleValuesParser};

use crate::{Result, workspace::Workspace};

/// A check.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Installs missing tools, runs and reports. An error fails only this check.
    pub(crate) run: fn(&Workspace, &mut Report) -> Result<()>,
}

/// The results that a check collects while it runs.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tests: Tests,
    notes: Vec<String>,
}

impl Report {
    /// Adds a note to the table.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tests {
    /// Reads the format of `Display`.
    pub(crate) fn parse(counts: &str) -> Option<Self> {
        let count = |what| {
            let mut counts = counts.trim_end().split(", ").filter_map(|count| count.split_once(' '));
            counts.find(|(_, name)| *name == what)?.0.parse().ok()
        };
        Some(Self { passed: count("passed")?, failed: count("failed")?, skipped: count("skipped").unwrap_or(0) })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Formats as `1234 passed, 0 failed`, with `, 1 skipped` if any were skipped.
impl fmt::Display for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// Adds the arguments and the help of a command that runs checks.
pub(crate) fn arguments(command: clap::Command, checks: &[Check]) -> clap::Command {
    let names = || PossibleValuesParser::new(checks.iter().map(|check| check.name));
    let check = |name, help| {
        Arg::new(name).long(name).value_name("CHECK").action(ArgAction::Append).value_parser(names()).help(help)
    };
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    let list = checks.iter().map(|check| format!("\n  {:width$}  {}", check.name, check.about));
    command
        .arg(check("only", "Run only this check; can be given more than once"))
        .arg(check("skip", "Skip this check; can be given more than once"))
        .after_help(format!("Checks:{}", list.collect::<String>()))
}

/// The outcome of a check.
enum End {
    Ok,
    Failed(String),
    Skipped,
}

struct Row {
    name: &'static str,
    end: End,
    took: Duration,
    report: Report,
}

/// Runs the checks that the arguments select.
pub(crate) fn run(workspace: &Workspace, matches: &ArgMatches, checks: &[Check]) -> ExitCode {
    let named = |id| matches.get_many::<String>(id).unwrap_or_default().map(String::as_str).collect::<Vec<_>>();
    let (only, skip) = (named("only"), named("skip"));
    let chosen = checks.iter().filter(|check| only.is_empty() || only.contains(&check.name));
    let rows: Vec<Row> = chosen.map(|check| run_one(workspace, check, skip.contains(&check.name))).collect();
    print(&rows);
    if rows.iter().any(|row| matches!(row.end, End::Failed(_))) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_one(workspace: &Workspace, check: &Check, is_skipped: bool) -> Row {
    let mut report = Report::default();
    let start = Instant::now();
    let end = if is_skipped {
        End::Skipped
    } else {
        println!("\n==> {}: {}", check.name, check.about);
        match (check.run)(workspace, &mut report) {
            Ok(()) => End::Ok,
            Err(error) => {
                eprintln!("{} FAILED: {error}", check.name);
                End::Failed(error.to_string())
            }
        }
    };
    Row { name: check.name, end, took: start.elapsed(), report }
}

/// Prints the table and the total on a line below it.
///
/// A check that failed without a failed test counts as one failed test, and a skipped check as one skipped test.
/// Otherwise, the total would look better than the table.
fn print(rows: &[Row]) {
    println!("\n{:<14} {:<7} {:>7}  counted", "check", "result", "seconds");
    let mut sum = Tests::default();
    for Row { name, end, took, report } in rows {
        sum.add(report.tests);
        let mut notes = Vec::new();
        let result = match end {
            End::Ok => "ok",
            End::Failed(error) => {
                sum.failed += u32::from(report.tests.failed == 0);
                notes.push(error.clone());
                "FAILED"
            }
            End::Skipped => {
                sum.skipped += 1;
                "skipped"
            }
        };
        if report.tests != Tests::default() {
            notes.push(report.tests.to_string());
        }
        notes.extend(report.notes.iter().cloned());
        println!("{name:<14} {result:<7} {:>7.1}  {}", took.as_secs_f32(), notes.join("; "));
    }
    println!("\n{sum}");
}

#[cfg(test)]
mod tests {
    use super::Tests;

    #[test]
    fn omits_skipped_tests_if_there_are_none() {
        let mut tests = Tests { passed: 1234, failed: 0, skipped: 0 };
        assert_eq!(tests.to_string(), "1234 passed, 0 failed");
        tests.add(Tests { passed: 0, failed: 2, skipped: 1 });
        assert_eq!(tests.to_string(), "1234 passed, 2 failed, 1 skipped");
    }
}
