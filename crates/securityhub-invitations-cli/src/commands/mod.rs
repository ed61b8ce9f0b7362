//! The subcommands.

mod clean;
mod delete;
mod demo;
mod explain;
mod list;
mod merge;
mod regions;
mod report;
mod resume;
mod runs;
mod slice;
mod slices;
mod start;
mod whoami;

use std::{future::Future, io};

use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Command, Output, ReportFormat},
    command_error::CommandError,
    exit_status::ExitStatus,
};

/// Runs a subcommand.
pub(crate) fn run(command: Command) -> Result<ExitStatus, CommandError> {
    match command {
        Command::Clean(arguments) => block_on(clean::run(arguments)),
        Command::Delete(arguments) => block_on(delete::run(arguments)),
        Command::List(arguments) => block_on(list::run(arguments)),
        Command::Resume(arguments) => block_on(resume::run(arguments)),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Regions(arguments) => regions::run(&arguments),
        Command::Whoami(arguments) => block_on(whoami::run(arguments)),
        Command::Explain(arguments) => block_on(explain::run(arguments)),
        Command::Demo(arguments) => block_on(demo::run(arguments)),
        Command::Slices(arguments) => block_on(slices::run(arguments)),
        Command::Slice(arguments) => block_on(slice::run(arguments)),
        Command::Merge(arguments) => block_on(merge::run(arguments)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "securityhub-invitations", &mut io::stdout());
            Ok(ExitStatus::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
            Ok(ExitStatus::Done)
        }
    }
}

/// Runs a future on a runtime. Threads that wait for input do not keep the process alive.
fn block_on(future: impl Future<Output = Result<ExitStatus, CommandError>>) -> Result<ExitStatus, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::usage(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

impl Command {
    /// Returns whether errors are printed as JSON.
    pub(crate) fn prints_json(&self) -> bool {
        let output = match self {
            Self::Clean(arguments) => arguments.run.result.output,
            Self::Delete(arguments) => arguments.run.result.output,
            Self::List(arguments) => arguments.output,
            Self::Resume(arguments) => arguments.result.output,
            Self::Runs(arguments) => arguments.output,
            Self::Regions(arguments) => arguments.output,
            Self::Whoami(arguments) => arguments.output,
            Self::Demo(arguments) => arguments.result.output,
            Self::Report(arguments) => return arguments.format == ReportFormat::Json,
            Self::Merge(arguments) => return arguments.format == ReportFormat::Json,
            Self::Slice(_) | Self::Slices(_) => return true,
            Self::Explain(_) | Self::Completions { .. } | Self::Man => return false,
        };
        output == Output::Json
    }
}
