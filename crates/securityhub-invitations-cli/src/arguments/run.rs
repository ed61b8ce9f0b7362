//! [`RunArguments`]: how a run behaves and what it prints.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::plan_file::PlanFile;

/// The behaviour of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArguments {
    /// Lists only, and shows what the run would do.
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Continues without a question. Requires explicit regions (--region or --all-regions) and accounts (--profile, --role or
    /// --expect-account).
    #[arg(long)]
    pub(crate) yes: bool,
    /// Writes the journal to this new file. Default: a new file in the state directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) result: ResultArguments,
    #[command(flatten)]
    pub(crate) calls: CallArguments,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct ResultArguments {
    /// Counts uncertain entries as failed.
    #[arg(long)]
    pub(crate) strict: bool,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

impl ResultArguments {
    /// Adds the settings of a plan file.
    pub(crate) fn with(self, file: &PlanFile) -> Self {
        Self { strict: self.strict || file.strict, ..self }
    }
}

/// The behaviour of calls.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct CallArguments {
    /// The maximum number of requests per second in each account and region. Default: 10, which is AWS's limit.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10))]
    pub(crate) rate: Option<u32>,
    /// The maximum number of calls at a time. Default: 64.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<NonZeroU32>,
    /// The time limit of an attempt, in seconds. Default: 30.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// The maximum number of attempts of a call. Default: 3.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_attempts: Option<NonZeroU32>,
    /// Prints each attempt with its request id.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// The form of the progress on the standard error.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) progress: Progress,
}

/// The format of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people, in a terminal.
    #[default]
    Table,
    /// JSON lines, each with a `type`.
    Json,
    /// Comma-separated values.
    Csv,
}

impl Output {
    /// Returns the name in arguments.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// The form of the progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// Bars on a terminal, otherwise lines.
    #[default]
    Auto,
    /// One bar for each account.
    Bars,
    /// One line for each finished account and region.
    Lines,
    /// Nothing.
    None,
}

/// Parses a number of seconds.
pub(crate) fn seconds(string: &str) -> Result<Duration, String> {
    let seconds: f64 = string.parse().map_err(|_| "not a number".to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds).ok();
    let in_range =
        duration.filter(|duration| (Duration::from_millis(100)..=Duration::from_secs(3600)).contains(duration));
    in_range.ok_or_else(|| "out of range (expected 0.1–3600 seconds)".to_owned())
}
