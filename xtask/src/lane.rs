//! Lanes: checks with a name, run one after the other whatever becomes of the others, and the table at the end.

use std::{
    fmt,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, ArgMatches, builder::PossibleValuesParser};

use crate::{Result, workspace::Workspace};

/// A check.
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Installs what it needs and is not there, runs, and reports. An error fails the lane, and no other.
    pub(crate) run: fn(&Workspace, &mut Report) -> Result<()>,
}

/// What a lane tells while it runs.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tests: Tests,
    notes: Vec<String>,
}

impl Report {
    /// Adds to what the table says of the lane.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// Tests, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tests {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// `1234 passed, 0 failed`, and `, 1 skipped` where that is so.
impl fmt::Display for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// The arguments of a command that runs lanes, and what its help says of them.
pub(crate) fn arguments(command: clap::Command, lanes: &[Lane]) -> clap::Command {
    let names = || PossibleValuesParser::new(lanes.iter().map(|lane| lane.name));
    let lane = |name, help| {
        Arg::new(name).long(name).value_name("LANE").action(ArgAction::Append).value_parser(names()).help(help)
    };
    let width = lanes.iter().map(|lane| lane.name.len()).max().unwrap_or_default();
    let list = lanes.iter().map(|lane| format!("\n  {:width$}  {}", lane.name, lane.about));
    command
        .arg(lane("only", "Run this lane alone; can be given more than once"))
        .arg(lane("skip", "Leave this lane out; can be given more than once"))
        .after_help(format!("Lanes:{}", list.collect::<String>()))
}

/// What came of a lane.
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

/// Runs the lanes that the arguments choose.
pub(crate) fn run(workspace: &Workspace, matches: &ArgMatches, lanes: &[Lane]) -> ExitCode {
    let named = |id| matches.get_many::<String>(id).unwrap_or_default().map(String::as_str).collect::<Vec<_>>();
    let (only, skip) = (named("only"), named("skip"));
    let chosen = lanes.iter().filter(|lane| only.is_empty() || only.contains(&lane.name));
    let rows: Vec<Row> = chosen.map(|lane| run_one(workspace, lane, skip.contains(&lane.name))).collect();
    print(&rows);
    if rows.iter().any(|row| matches!(row.end, End::Failed(_))) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_one(workspace: &Workspace, lane: &Lane, is_skipped: bool) -> Row {
    let mut report = Report::default();
    let start = Instant::now();
    let end = if is_skipped {
        End::Skipped
    } else {
        println!("\n==> {}: {}", lane.name, lane.about);
        match (lane.run)(workspace, &mut report) {
            Ok(()) => End::Ok,
            Err(error) => {
                eprintln!("{} FAILED: {error}", lane.name);
                End::Failed(error.to_string())
            }
        }
    };
    Row { name: lane.name, end, took: start.elapsed(), report }
}

/// The table, and below it the sum on a line of its own. A lane that failed without a failed test counts as one, and so
/// does a lane that was skipped: the sum is not to sound better than the table.
fn print(rows: &[Row]) {
    println!("\n{:<14} {:<7} {:>7}  counted", "lane", "result", "seconds");
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
    fn skipped_tests_are_told_only_where_there_are_any() {
        let mut tests = Tests { passed: 1234, failed: 0, skipped: 0 };
        assert_eq!(tests.to_string(), "1234 passed, 0 failed");
        tests.add(Tests { passed: 0, failed: 2, skipped: 1 });
        assert_eq!(tests.to_string(), "1234 passed, 2 failed, 1 skipped");
    }
}
