//! `resume`: continues a run from its journal.

use std::{env, sync::Arc, time::SystemTime};

use securityhub_invitations::Region;
use securityhub_invitations_hyper::DefaultService;
use securityhub_invitations_sweep::Sweep;

use crate::{
    arguments::ResumeArguments,
    clients::Access,
    command_error::CommandError,
    commands::start::{finish, note},
    credentials::{CredentialStore, Source, default_region},
    exit_status::ExitStatus,
    journal::{Journal, Runs},
    plan_file::PlanFile,
    question::Question,
    resolve,
    run::{Confirmation, Run},
    settings::CallSettings,
};

pub(crate) async fn run(arguments: ResumeArguments) -> Result<ExitStatus, CommandError> {
    let settings = CallSettings::new(&arguments.calls, &PlanFile::default())?;
    let path = Runs::from_environment()?.find(&arguments.run)?;
    let (journal, contents) = Journal::open(&path)?;
    if !arguments.yes {
        Question::check_terminal("--yes")?;
    }
    let id = contents.header().run().to_owned();
    let plan = Arc::clone(contents.header().plan());
    let started = contents.started().unwrap_or_else(SystemTime::now);
    note(&format!("run {id}, journal {}", path.display()));

    let service = DefaultService::new();
    let regions: Vec<Region> = plan.hubs().iter().map(|hub| hub.region().clone()).collect();
    let source: Source = plan.hubs()[0].source().parse()?;
    let home = resolve::home(&regions, default_region(source.base(), |name| env::var_os(name))?);
    let store = CredentialStore::new(service.clone(), &home, settings.attempt_timeout, |name| env::var_os(name))?;
    let access = Access::new(&plan, store, service)?;
    let sweep = Sweep::resume(plan, contents.into_events())?;
    let mut run = Run::new(sweep, access, settings)?.with_journal(journal);
    let confirmation = if arguments.yes { Confirmation::Yes } else { Confirmation::Ask };
    finish(&mut run, &id, started, confirmation, arguments.result, 0).await
}
