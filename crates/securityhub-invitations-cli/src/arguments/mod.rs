//! The arguments of the command.

mod run;
mod scope;
mod steps;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use run::{CallArguments, Output, Progress, ResultArguments, RunArguments, seconds};
pub(crate) use scope::ScopeArguments;
pub(crate) use steps::{SideArguments, SideName, StepArguments};

/// Finds and deletes AWS Security Hub invitations in many accounts and regions, and reports what happened to each one.
#[derive(Debug, Parser)]
#[command(name = "securityhub-invitations", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Start with `securityhub-invitations demo`, which needs no account. A dry run changes nothing:
  securityhub-invitations clean --side member --region eu-central-1 --dry-run

Exit status, the first that applies:
  2    the arguments or the configuration are invalid
  11   another process uses the journal
  130  a signal interrupted the run
  4    no account could start for lack of credentials
  5    not everything was tried
  1    some entries were not processed, failed or are still uncertain
  3    everything else is done, and some accounts or regions are parked
  0    everything is done";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists invitations, deletes them after a confirmation, and verifies the result.
    Clean(CleanArguments),
    /// Deletes the invitations of the given account ids, and verifies the result.
    Delete(DeleteArguments),
    /// Lists invitations or invited members.
    List(ListArguments),
    /// Continues an interrupted run, or retries what failed.
    Resume(ResumeArguments),
    /// Lists the runs on this machine.
    Runs(RunsArguments),
    /// Prints the report of a run.
    Report(ReportArguments),
    /// Lists the regions of a partition.
    Regions(RegionsArguments),
    /// Shows the account and the identity of each profile or role.
    Whoami(WhoamiArguments),
    /// Shows how the request that deletes invitations is signed. Sends nothing.
    Explain(ExplainArguments),
    /// Runs the whole job against an emulated Security Hub on this machine.
    Demo(DemoArguments),
    /// Writes one slice of a plan for each account and region, for a job runner.
    Slices(SlicesArguments),
    /// Runs one slice: reads it from the standard input, and writes its ledger to the standard output.
    Slice(SliceArguments),
    /// Merges the ledgers of slices into one report.
    Merge(MergeArguments),
    /// Prints a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page.
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    #[command(flatten)]
    pub(crate) side: SideArguments,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    #[command(flatten)]
    pub(crate) steps: StepArguments,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Account ids, separated by spaces or commas. `-` reads them from the standard input, one on each line.
    #[arg(value_name = "ID", required_unless_present_any = ["files", "plan"])]
    pub(crate) ids: Vec<String>,
    /// Reads account ids from a file, one on each line. Can be repeated.
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Reads the files as CSV, and takes the ids from this column: its name, or its number from 1.
    #[arg(long, value_name = "COLUMN", requires = "files")]
    pub(crate) csv_column: Option<String>,
    #[command(flatten)]
    pub(crate) side: SideArguments,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    #[command(flatten)]
    pub(crate) steps: StepArguments,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) side: SideArguments,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Run")]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// The run: `latest`, the beginning of its id, or the path of its journal.
    #[arg(default_value = "latest", value_name = "RUN")]
    pub(crate) run: String,
    /// Continues without a question. Only a run that was never confirmed has one.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) result: ResultArguments,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArguments {
    /// The format of the result.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The run: `latest`, the beginning of its id, or the path of its journal.
    #[arg(default_value = "latest", value_name = "RUN")]
    pub(crate) run: String,
    /// The format.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// Leaves out entries that are done or kept.
    #[arg(long)]
    pub(crate) failed: bool,
    /// Counts uncertain entries as failed.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people, in a terminal.
    #[default]
    Table,
    /// JSON lines, each with a `type`.
    Json,
    /// One row for each entry.
    Csv,
    /// One self-contained page.
    Html,
}

impl From<Output> for ReportFormat {
    fn from(output: Output) -> Self {
        match output {
            Output::Table => Self::Table,
            Output::Json => Self::Json,
            Output::Csv => Self::Csv,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SlicesArguments {
    #[command(flatten)]
    pub(crate) side: SideArguments,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    #[command(flatten)]
    pub(crate) steps: StepArguments,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct SliceArguments {
    /// The number of earlier attempts by the job runner. If there were any, every entry starts as uncertain.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) attempt: Option<u32>,
    /// The time that the slice has, in seconds. Entries that are not tried are returned as pending.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) deadline: Option<Duration>,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// Files with one ledger on each line. `-` is the standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) ledgers: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) plan: SlicesArguments,
    /// The format.
    #[arg(long, value_enum, default_value_t, help_heading = "Report")]
    pub(crate) format: ReportFormat,
    /// Leaves out entries that are done or kept.
    #[arg(long, help_heading = "Report")]
    pub(crate) failed: bool,
    /// Counts uncertain entries as failed.
    #[arg(long, help_heading = "Report")]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RegionsArguments {
    /// The partition, for example `aws` or `aws-cn`.
    #[arg(long, default_value = "aws")]
    pub(crate) partition: String,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct WhoamiArguments {
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Run")]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The account ids in the request, separated by spaces or commas.
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) scope: ScopeArguments,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    #[command(flatten)]
    pub(crate) result: ResultArguments,
    /// Continues without a question.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Writes the journal of the run to this new file, so that `report` can read it.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
}
