//! `merge`: one report out of the ledgers of all slices.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
    time::SystemTime,
};

use securityhub_invitations_sweep::{Ledger, MergeError, merge};

use crate::{
    arguments::MergeArguments,
    command_error::CommandError,
    commands::{
        report::write,
        slices::planned,
        start::{Planned, TOOL, note},
    },
    exit_status::ExitStatus,
    report::Report,
};

pub(crate) async fn run(arguments: MergeArguments) -> Result<ExitStatus, CommandError> {
    let Planned { plan, skipped, .. } = planned(&arguments.plan).await?;
    let mut ledgers = Vec::new();
    let mut places = Vec::new();
    for path in &arguments.ledgers {
        read(path, &mut ledgers, &mut places)?;
    }
    let count = ledgers.len();
    let merged = merge(&plan, ledgers).map_err(|error| {
        let place = match error {
            MergeError::OtherPlan { index, .. } | MergeError::UnknownHub { index, .. } => places.get(index),
            _ => None,
        };
        CommandError::usage(place.map_or_else(|| error.to_string(), |place| format!("{place}: {error}")))
    })?;
    if merged.repeated > 0 {
        note(&format!("{} of {count} ledgers are repeated, and count once", merged.repeated));
    }
    if !merged.missing.is_empty() {
        note(&format!("{} ledgers are missing", merged.missing.len()));
    }
    let now = SystemTime::now();
    let report = Report {
        run: "merged slices",
        is_stored: false,
        tool: TOOL,
        plan: &plan,
        ledger: &merged.ledger,
        started: now,
        last: now,
        is_running: false,
        only_failed: arguments.failed,
        strict: arguments.strict,
    };
    write(&report, arguments.format)?;
    Ok(ExitStatus::of(&merged.ledger, false, skipped))
}

/// Reads a file with one ledger on each line.
fn read(path: &Path, ledgers: &mut Vec<Ledger>, places: &mut Vec<String>) -> Result<(), CommandError> {
    let unreadable = |error| CommandError::usage(format!("{}: {error}", path.display()));
    let failed = |line: usize, error: &dyn std::fmt::Display| {
        CommandError::usage(format!("{}: line {line}: {error}", path.display()))
    };
    let lines: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
    };
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.map_err(|error| failed(number, &error))?;
        if line.trim().is_empty() {
            continue;
        }
        ledgers.push(Ledger::from_json(line.as_bytes()).map_err(|error| failed(number, &error))?);
        places.push(format!("{}: line {number}", path.display()));
    }
    Ok(())
}
