//! The parts that `clean` and `delete` share: from the settings to the report.

use std::{
    env,
    io::{self, Write},
    sync::Arc,
    time::SystemTime,
};

use securityhub_invitations::{AccountId, Region};
use securityhub_invitations_hyper::DefaultService;
use securityhub_invitations_sweep::{Header, Phase, Plan, Sweep};

use super::report::write;
use crate::{
    arguments::{Output, ResultArguments, RunArguments},
    clients::Access,
    command_error::CommandError,
    credentials::{CredentialStore, default_region},
    exit_status::ExitStatus,
    journal::{Journal, Runs},
    plan_file::PlanFile,
    question::Question,
    report::Report,
    resolve::{self, Resolved},
    run::{Confirmation, Run},
    settings::{CallSettings, Scope, StepSettings},
};

/// The name and version in a journal.
pub(crate) const TOOL: &str = concat!("securityhub-invitations ", env!("CARGO_PKG_VERSION"));

/// The scope of a command, resolved.
pub(crate) struct Session {
    pub(crate) regions: Vec<Region>,
    pub(crate) store: CredentialStore,
    pub(crate) service: DefaultService,
}

impl Session {
    /// Finds the regions and prepares the credentials.
    pub(crate) fn new(scope: &Scope, settings: &CallSettings) -> Result<Self, CommandError> {
        let configured = default_region(scope.sources[0].source.base(), |name| env::var_os(name))?;
        let regions = resolve::regions(scope, configured.as_ref())?;
        let home = resolve::home(&regions, configured);
        let service = DefaultService::new();
        let store = CredentialStore::new(service.clone(), &home, settings.attempt_timeout, |name| env::var_os(name))?;
        Ok(Self { regions, store, service })
    }
}

/// A plan, and what it takes to run it.
pub(crate) struct Planned {
    pub(crate) plan: Arc<Plan>,
    pub(crate) session: Session,
    /// The number of accounts that are not part of the plan, although they were asked for.
    pub(crate) skipped: usize,
}

/// Turns settings into a plan. Asks STS for the accounts that the settings do not name.
pub(crate) async fn plan(
    scope: &Scope,
    steps: StepSettings,
    ids: Option<Arc<[AccountId]>>,
    settings: &CallSettings,
) -> Result<Planned, CommandError> {
    let session = Session::new(scope, settings)?;
    let Resolved { hubs, skipped } = resolve::resolve(scope, &session.regions, &session.store).await?;
    for (source, account) in &skipped {
        note(&format!("skipped {source}: account {account} is not expected"));
    }
    if hubs.is_empty() {
        return Err(CommandError::usage("no account is left (expected at least one of the expected accounts)"));
    }
    let hubs = match ids {
        Some(ids) => hubs.into_iter().map(|hub| hub.with_account_ids(Arc::clone(&ids))).collect(),
        None => hubs,
    };
    let plan = Plan::new(steps.side, hubs)?.with_steps(steps.steps)?.with_keep(steps.keep);
    Ok(Planned { plan: Arc::new(plan), session, skipped: skipped.len() })
}

/// Plans and runs `clean` or `delete`.
pub(crate) async fn start(
    scope: &Scope,
    steps: StepSettings,
    ids: Option<Arc<[AccountId]>>,
    arguments: &RunArguments,
    file: &PlanFile,
) -> Result<ExitStatus, CommandError> {
    let settings = CallSettings::new(&arguments.calls, file)?;
    let result = arguments.result.with(file);
    if arguments.yes && !scope.is_explicit {
        return Err(CommandError::usage(
            "--yes: accounts or regions come from the environment (expected --region or --all-regions, and --profile, --role or --expect-account)",
        ));
    }
    if !arguments.yes && !arguments.dry_run {
        Question::check_terminal("--yes or --dry-run")?;
    }
    let Planned { plan, session, skipped } = plan(scope, steps, ids, &settings).await?;
    let sweep = Sweep::new(Arc::clone(&plan));
    let access = Access::new(&plan, session.store, session.service)?;
    let mut run = Run::new(sweep, access, settings)?;
    if arguments.dry_run {
        run.execute(Confirmation::DryRun).await?;
        return dry_run(&run, settings, result, skipped).await;
    }
    let now = SystemTime::now();
    let (id, journal) = create_journal(arguments, &plan, now)?;
    note(&format!("run {id}, journal {}", journal.path().display()));
    let mut run = run.with_journal(journal);
    let confirmation = if arguments.yes { Confirmation::Yes } else { Confirmation::Ask };
    finish(&mut run, &id, now, confirmation, result, skipped).await
}

fn create_journal(
    arguments: &RunArguments,
    plan: &Arc<Plan>,
    now: SystemTime,
) -> Result<(String, Journal), CommandError> {
    let id = Runs::new_id(now);
    let header = Header::new(id.as_str(), TOOL, Arc::clone(plan));
    let journal = match &arguments.journal {
        Some(path) => Journal::create(path, &header)?,
        None => Runs::from_environment()?.create(&header)?,
    };
    Ok((id, journal))
}

/// Executes a run and prints its report.
pub(crate) async fn finish(
    run: &mut Run,
    id: &str,
    started: SystemTime,
    confirmation: Confirmation,
    result: ResultArguments,
    skipped: usize,
) -> Result<ExitStatus, CommandError> {
    run.execute(confirmation).await?;
    let report = Report {
        run: id,
        is_stored: true,
        tool: TOOL,
        plan: run.plan(),
        ledger: run.ledger(),
        started,
        last: SystemTime::now(),
        is_running: false,
        only_failed: false,
        strict: result.strict,
    };
    write(&report, result.output.into())?;
    if run.sweep().phase() == Phase::Approval && !run.is_interrupted() {
        note(&format!("nothing was changed. Continue with: securityhub-invitations resume {id}"));
        return Ok(ExitStatus::NotTried);
    }
    Ok(ExitStatus::of(run.ledger(), run.is_interrupted(), skipped))
}

/// Prints what a run would do.
async fn dry_run(
    run: &Run,
    settings: CallSettings,
    result: ResultArguments,
    skipped: usize,
) -> Result<ExitStatus, CommandError> {
    let report = Report {
        run: "dry run",
        is_stored: false,
        tool: TOOL,
        plan: run.plan(),
        ledger: run.ledger(),
        started: SystemTime::now(),
        last: SystemTime::now(),
        is_running: false,
        only_failed: false,
        strict: result.strict,
    };
    write(&report, result.output.into())?;
    if result.output == Output::Table {
        let mut stdout = io::stdout().lock();
        if run.sweep().phase() == Phase::Approval {
            writeln!(stdout, "\nDry run: nothing was changed. Without --dry-run, the run would ask:\n")?;
            write!(stdout, "{}", Question::new(run.sweep(), settings.pacing))?;
            if let Some(request) = run.first_request().await {
                writeln!(stdout, "\nThe first request, without its signature:\n\n{request}")?;
            }
        } else {
            writeln!(stdout, "\nDry run: nothing was changed. Without --dry-run, nothing would be changed either.")?;
        }
    }
    Ok(ExitStatus::of_listing(run.ledger(), run.is_interrupted(), skipped))
}

/// Prints a note for people.
#[expect(clippy::print_stderr, reason = "the standard output is for results")]
pub(crate) fn note(line: &str) {
    eprintln!("{line}");
}
