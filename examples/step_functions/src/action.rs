//! [`Action`] and [`Output`]: the input and the output of the function.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run_name::RunName;

/// The input of an invocation.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// Turns `plan.toml` into `slices.json`.
    Slices { run: RunName },
    /// Runs a slice and stores its ledger.
    Slice {
        run: RunName,
        /// The number of earlier attempts of the state machine.
        attempt: u32,
        slice: Value,
    },
    /// Merges all ledgers into `report.jsonl`.
    Merge { run: RunName },
}

/// The output of an invocation.
#[derive(Debug, Serialize)]
pub(crate) struct Output {
    /// The exit status of the command. Missing if an earlier attempt ran it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<i32>,
    /// The key of the slices, the ledger or the report. Missing if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// The number of slices or of ledgers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<usize>,
    /// The last line of the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<Value>,
    /// The reason why the command did not start the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

impl Output {
    /// The command's exit status for invalid input.
    const USAGE: i32 = 2;

    /// The result of a job.
    pub(crate) fn stored(status: impl Into<Option<i32>>, key: String) -> Self {
        Self { status: status.into(), key: Some(key), count: None, summary: None, problem: None }
    }

    /// The command did not start the job. Its message is the last line on its standard error.
    pub(crate) fn refused(status: i32, stderr: &str) -> Self {
        let last = stderr.lines().last().unwrap_or_default();
        let line: Option<Value> = serde_json::from_str(last).ok();
        let message = line.as_ref().and_then(|line| line["message"].as_str()).unwrap_or(last);
        Self { status: Some(status), ..Self::rejected(message) }
    }

    /// The input is invalid.
    pub(crate) fn rejected(problem: impl Into<String>) -> Self {
        Self { status: Some(Self::USAGE), key: None, count: None, summary: None, problem: Some(problem.into()) }
    }
}
