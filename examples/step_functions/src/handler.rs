//! [`Handler`]: one invocation of the function.

use std::{
    env,
    io::{self, Write},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use securityhub_invitations_sweep::Slice;
use serde_json::Value;

use crate::{
    action::{Action, Output},
    command::{Command, Finished},
    failure::Failure,
    run_name::RunName,
    store::Store,
};

/// The function.
pub(crate) struct Handler {
    command: Command,
    store: Store,
}

impl Handler {
    /// The time to store a ledger.
    const MARGIN: Duration = Duration::from_secs(5);
    /// The shortest deadline that the command accepts. It sends nothing then.
    const SHORTEST: Duration = Duration::from_millis(100);
    /// The time limit of an attempt in seconds. No attempt starts if less time is left.
    const ATTEMPT_TIMEOUT: &str = "10";
    const CONCURRENT_READS: usize = 32;

    pub(crate) fn new(command: Command, store: Store) -> Self {
        Self { command, store }
    }

    /// Handles an event.
    ///
    /// # Errors
    /// [`Failure`] if the command crashes or S3 fails.
    pub(crate) async fn handle(&self, event: Value, deadline: SystemTime) -> Result<Output, Failure> {
        let action = match serde_json::from_value(event) {
            Ok(action) => action,
            Err(error) => return Ok(logged("event", Output::rejected(format!("invalid event: {error}")))),
        };
        match action {
            Action::Slices { run } => self.slices(&run).await,
            Action::Slice { run, attempt, slice } => self.slice(&run, attempt, &slice, deadline).await,
            Action::Merge { run } => self.merge(&run).await,
        }
    }

    async fn slice(&self, run: &RunName, attempt: u32, slice: &Value, deadline: SystemTime) -> Result<Output, Failure> {
        let json = slice.to_string();
        let slice = match Slice::from_json(json.as_bytes()) {
            Ok(slice) => slice,
            Err(error) => return Ok(logged("slice", Output::rejected(error.to_string()))),
        };
        let key = |attempt| run.key(&format!("ledgers/{}_{}_{attempt}.json", slice.account(), slice.region()));
        // The response of a finished attempt was lost.
        for earlier in 0..attempt {
            if self.store.read(&key(earlier)).await?.is_some() {
                return Ok(logged(&key(earlier), Output::stored(None, key(earlier))));
            }
        }
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        let left = left.saturating_sub(Self::MARGIN).max(Self::SHORTEST).as_secs_f64().to_string();
        let attempt_number = attempt.to_string();
        let timeout = Self::ATTEMPT_TIMEOUT;
        let arguments =
            ["slice", "--attempt", &attempt_number, "--deadline", &left, "--timeout", timeout, "--progress", "none"];
        let Finished { status, stdout, stderr } = self.command.run(&arguments, json.as_bytes()).await?;
        if stdout.is_empty() {
            return Ok(logged(&key(attempt), Output::refused(status, &stderr)));
        }
        self.store.put(&key(attempt), stdout).await?;
        Ok(logged(&key(attempt), Output::stored(status, key(attempt))))
    }

    async fn slices(&self, run: &RunName) -> Result<Output, Failure> {
        let Some(plan) = self.plan(run).await? else { return Ok(no_plan(run)) };
        let Finished { status, stdout, stderr } =
            self.command.run(&["slices", "--plan", &plan, "--progress", "none"], &[]).await?;
        if stdout.is_empty() {
            return Ok(logged("slices", Output::refused(status, &stderr)));
        }
        // The item reader of a map needs an array.
        let slices: Vec<&[u8]> = stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let array = [b"[", &*slices.join(&b","[..]), b"]"].concat();
        let key = run.key("slices.json");
        self.store.put(&key, array).await?;
        Ok(logged("slices", Output { count: Some(slices.len()), ..Output::stored(status, key) }))
    }

    async fn merge(&self, run: &RunName) -> Result<Output, Failure> {
        let Some(plan) = self.plan(run).await? else { return Ok(no_plan(run)) };
        let keys = self.store.keys(&run.key("ledgers/")).await?;
        let ledgers = stream::iter(keys.iter().map(|key| self.store.read(key)));
        let ledgers: Vec<Bytes> =
            ledgers.buffered(Self::CONCURRENT_READS).try_filter_map(async |ledger| Ok(ledger)).try_collect().await?;
        let count = ledgers.len();
        let input = ledgers.concat();
        drop(ledgers);
        let arguments = ["merge", "--plan", &plan, "--format", "json", "--progress", "none", "-"];
        let Finished { status, stdout, stderr } = self.command.run(&arguments, &input).await?;
        if stdout.is_empty() {
            return Ok(logged("merge", Output::refused(status, &stderr)));
        }
        let last = stdout.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let summary = serde_json::from_slice(last).ok();
        let key = run.key("report.jsonl");
        self.store.put(&key, stdout).await?;
        Ok(logged("merge", Output { count: Some(count), summary, ..Output::stored(status, key) }))
    }

    /// Copies the plan file of a run to a local one, and returns its path.
    async fn plan(&self, run: &RunName) -> Result<Option<String>, Failure> {
        let Some(plan) = self.store.read(&run.key("plan.toml")).await? else { return Ok(None) };
        let path = env::temp_dir().join(format!("plan-{}.toml", std::process::id()));
        let path = path.to_string_lossy().into_owned();
        let written = tokio::fs::write(&path, plan).await;
        written.map_err(|error| Failure::Command(format!("cannot write {path}: {error}")))?;
        Ok(Some(path))
    }
}

fn no_plan(run: &RunName) -> Output {
    logged("plan", Output::rejected(format!("S3 object \"{}\": does not exist", run.key("plan.toml"))))
}

/// Logs the result of an invocation.
fn logged(subject: &str, output: Output) -> Output {
    let json = serde_json::to_string(&output).unwrap_or_default();
    // The output counts more than a line of the log.
    let _ = writeln!(io::stderr(), "{subject}: {json}");
    output
}
