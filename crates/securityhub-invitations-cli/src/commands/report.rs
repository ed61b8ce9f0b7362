//! `report`: prints the report of a run from its journal.

use std::{
    io::{self, Write},
    sync::Arc,
    time::SystemTime,
};

use securityhub_invitations_sweep::Replay;

use crate::{
    arguments::{ReportArguments, ReportFormat},
    command_error::CommandError,
    exit_status::ExitStatus,
    journal::{Contents, RunState, Runs},
    report::Report,
};

pub(crate) fn run(arguments: &ReportArguments) -> Result<ExitStatus, CommandError> {
    let path = Runs::from_environment()?.find(&arguments.run)?;
    let is_running = crate::journal::Run::read(&path)?.state == RunState::Running;
    let contents = Contents::read(&path)?;
    let header = contents.header().clone();
    let started = contents.started().unwrap_or_else(SystemTime::now);
    let last = contents.last_time().unwrap_or(started);
    let mut replay = Replay::new(Arc::clone(header.plan()));
    for event in contents.into_events() {
        replay.apply(&event)?;
    }
    let report = Report {
        run: header.run(),
        is_stored: true,
        tool: header.tool(),
        plan: header.plan(),
        ledger: replay.ledger(),
        started,
        last,
        is_running,
        only_failed: arguments.failed,
        strict: arguments.strict,
    };
    write(&report, arguments.format)?;
    Ok(ExitStatus::Done)
}

/// Writes a report to the standard output.
pub(crate) fn write(report: &Report<'_>, format: ReportFormat) -> io::Result<()> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    match format {
        ReportFormat::Table => report.write_table(&mut stdout)?,
        ReportFormat::Json => report.write_json(&mut stdout)?,
        ReportFormat::Csv => report.write_csv(&mut stdout)?,
        ReportFormat::Html => report.write_html(&mut stdout)?,
    }
    stdout.flush()
}
