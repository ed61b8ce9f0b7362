//! `list`: lists invitations or invited members.

use std::{
    io::{self, Write},
    time::SystemTime,
};

use securityhub_invitations_sweep::{Event, Sweep};

use crate::{
    arguments::{ListArguments, Output},
    clients::Access,
    command_error::CommandError,
    commands::start::{Planned, TOOL, note, plan},
    exit_status::ExitStatus,
    plan_file::PlanFile,
    report::{FoundLine, Line, Report},
    run::{Confirmation, Run},
    settings::{CallSettings, Scope, StepSettings},
};

pub(crate) async fn run(arguments: ListArguments) -> Result<ExitStatus, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    let scope = Scope::new(&arguments.scope, &file)?;
    let steps = StepSettings::new(&arguments.side, None, &file)?;
    let settings = CallSettings::new(&arguments.calls, &file)?;
    let Planned { plan, session, skipped } = plan(&scope, steps, None, &settings).await?;
    let access = Access::new(&plan, session.store, session.service)?;
    let mut run = Run::new(Sweep::new(plan), access, settings)?.with_found();
    run.execute(Confirmation::DryRun).await?;
    print(&run, arguments.output)?;
    for hub in run.ledger().hubs() {
        if let Some(parking) = hub.parking() {
            note(&format!("{}/{}: {parking}", hub.account(), hub.region()));
        }
        if hub.unreadable() > 0 {
            note(&format!(
                "{}/{}: {} entries without a valid account id",
                hub.account(),
                hub.region(),
                hub.unreadable()
            ));
        }
    }
    let now = SystemTime::now();
    let report = Report {
        run: "list",
        is_stored: false,
        tool: TOOL,
        plan: run.plan(),
        ledger: run.ledger(),
        started: now,
        last: now,
        is_running: false,
        only_failed: false,
        strict: false,
    };
    report.advice().iter().for_each(|advice| note(advice));
    Ok(ExitStatus::of_listing(run.ledger(), run.is_interrupted(), skipped))
}

fn print(run: &Run, output: Output) -> Result<(), CommandError> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if output == Output::Csv {
        writeln!(stdout, "account,region,id,invitation_id")?;
    }
    let found = run.found().iter().filter_map(|event| match event {
        Event::Found { hub, invitations, .. } => Some((run.plan().hub(*hub)?, invitations)),
        _ => None,
    });
    for (hub, found) in found.flat_map(|(hub, found)| found.iter().map(move |found| (hub, found))) {
        let invitation = found.invitation.as_deref().unwrap_or_default();
        match output {
            Output::Table => writeln!(stdout, "{}  {:<14}  {}  {invitation}", hub.account(), hub.region(), found.id)?,
            Output::Csv => writeln!(stdout, "{},{},{},{invitation}", hub.account(), hub.region(), found.id)?,
            Output::Json => Line::Found(FoundLine::new(hub, found)).write(&mut stdout)?,
        }
    }
    Ok(stdout.flush()?)
}
