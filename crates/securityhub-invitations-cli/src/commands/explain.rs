//! `explain`: shows how a request is signed.

use std::{
    env,
    io::{self, Write},
    time::SystemTime,
};

use securityhub_invitations::DeleteInvitations;
use securityhub_invitations_hyper::DefaultService;

use crate::{
    arguments::ExplainArguments,
    clients::Environment,
    command_error::CommandError,
    credentials::{CredentialStore, default_region},
    exit_status::ExitStatus,
    ids::{self, IdsInput},
    plan_file::PlanFile,
    resolve,
    settings::{CallSettings, Scope},
};

pub(crate) async fn run(arguments: ExplainArguments) -> Result<ExitStatus, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    let scope = Scope::new(&arguments.scope, &file)?;
    let inputs: Vec<IdsInput> = arguments.ids.iter().map(|ids| IdsInput::argument(ids)).collect();
    let operation = DeleteInvitations::from_account_ids(ids::read(&inputs, io::stdin())?.ids)
        .map_err(|error| CommandError::usage(error.to_string()))?;
    let source = &scope.sources[0].source;
    let configured = default_region(source.base(), |name| env::var_os(name))?;
    let regions = resolve::regions(&scope, configured.as_ref())?;
    let settings = CallSettings::new(&arguments.calls, &file)?;
    let home = resolve::home(&regions, configured);
    let store = CredentialStore::new(DefaultService::new(), &home, settings.attempt_timeout, |name| env::var_os(name))?;
    let credentials = store.credentials(source).await.map_err(|error| CommandError::credentials(error.to_string()))?;
    let hub = Environment::new(&regions[0], &settings)?.hub(&regions[0], credentials)?;
    writeln!(io::stdout(), "{}", hub.explain(&operation, SystemTime::now()))?;
    Ok(ExitStatus::Done)
}
