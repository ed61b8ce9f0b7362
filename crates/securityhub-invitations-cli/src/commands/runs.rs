//! `runs`: lists the journals in the state directory.

use std::io::{self, Write};

use crate::{
    arguments::{Output, RunsArguments},
    command_error::CommandError,
    commands::start::note,
    exit_status::ExitStatus,
    journal::Runs,
    report::{Line, RunLine},
};

pub(crate) fn run(arguments: &RunsArguments) -> Result<ExitStatus, CommandError> {
    let mut status = ExitStatus::Done;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if arguments.output == Output::Csv {
        writeln!(stdout, "run,started,side,hubs,state")?;
    }
    for run in Runs::from_environment()?.list()? {
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                note(&error.to_string());
                status = ExitStatus::Failed;
                continue;
            }
        };
        let line = RunLine::new(&run);
        match arguments.output {
            Output::Table => {
                let RunLine { run, started, side, hubs, state } = line;
                writeln!(
                    stdout,
                    "{run:<22}  {:<20}  {side:<13}  {hubs:>6} hubs  {state}",
                    started.unwrap_or_default()
                )?;
            }
            Output::Csv => {
                let RunLine { run, started, side, hubs, state } = line;
                writeln!(stdout, "{run},{},{side},{hubs},{state}", started.unwrap_or_default())?;
            }
            Output::Json => Line::Run(line).write(&mut stdout)?,
        }
    }
    stdout.flush()?;
    Ok(status)
}
