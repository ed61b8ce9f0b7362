//! `slice`: runs one slice, from the standard input to the standard output.

use std::{
    env,
    io::{self, Read, Write},
    sync::Arc,
    time::Duration,
};

use securityhub_invitations_hyper::DefaultService;
use securityhub_invitations_sweep::{Slice, Sweep};

use crate::{
    arguments::SliceArguments,
    clients::Access,
    command_error::CommandError,
    credentials::{Base, CredentialStore, Source, default_region},
    exit_status::ExitStatus,
    plan_file::PlanFile,
    resolve,
    run::{Confirmation, Run},
    settings::CallSettings,
};

pub(crate) async fn run(arguments: SliceArguments) -> Result<ExitStatus, CommandError> {
    let settings = CallSettings::new(&arguments.calls, &PlanFile::default())?;
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that the parser rejects it.
    io::stdin()
        .lock()
        .take(Slice::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::usage(format!("cannot read the slice: {error}")))?;
    let slice = Slice::from_json(&bytes).map_err(|error| CommandError::usage(error.to_string()))?;
    let attempt = arguments.attempt.unwrap_or_else(|| slice.attempt());

    let plan = Arc::new(slice.plan()?);
    let source: Source = match slice.role() {
        Some(role) => Source::Role { role: role.parse()?, account: slice.account(), base: Base::Environment },
        None => Source::ENVIRONMENT,
    };
    let service = DefaultService::new();
    // The region of the slice can be disabled in the account of the worker.
    let configured = default_region(source.base(), |name| env::var_os(name))?;
    let home = resolve::home(std::slice::from_ref(slice.region()), configured);
    let store = CredentialStore::new(service.clone(), &home, settings.attempt_timeout, |name| env::var_os(name))?;
    let access = Access::with_source(&plan, &source, store, service);
    let mut run = Run::new(Sweep::for_attempt(plan, attempt), access, settings)?;
    if let Some(deadline) = arguments.deadline.or_else(|| slice.deadline()) {
        run = run.with_deadline(deadline.saturating_sub(settings.attempt_timeout + MARGIN));
    }
    run.execute(Confirmation::Yes).await?;
    writeln!(io::stdout(), "{}", run.ledger().to_json())?;
    Ok(ExitStatus::of(run.ledger(), run.is_interrupted(), 0))
}

/// The time to write the ledger.
const MARGIN: Duration = Duration::from_millis(500);
