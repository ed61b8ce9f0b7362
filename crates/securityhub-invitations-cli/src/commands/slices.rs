//! `slices`: writes the slices of a plan, one for each account and region.

use std::io::{self, Write};

use securityhub_invitations_sweep::Slice;

use crate::{
    arguments::SlicesArguments,
    command_error::CommandError,
    commands::start::{Planned, plan},
    credentials::Source,
    exit_status::ExitStatus,
    plan_file::PlanFile,
    settings::{CallSettings, Scope, StepSettings, read},
};

pub(crate) async fn run(arguments: SlicesArguments) -> Result<ExitStatus, CommandError> {
    let Planned { plan, skipped, .. } = planned(&arguments).await?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    for (hub, slice) in plan.hubs().iter().zip(Slice::all(&plan)) {
        let slice = match hub.source().parse()? {
            Source::Role { role, .. } => slice.with_role(role.as_str()),
            // The worker uses its own credentials, which must be those of the account.
            Source::Base(_) => slice,
        };
        let json = slice.to_json().map_err(|error| CommandError::usage(format!("{hub}: {error}")))?;
        writeln!(stdout, "{json}")?;
    }
    stdout.flush()?;
    Ok(if skipped > 0 { ExitStatus::Parked } else { ExitStatus::Done })
}

/// Makes the plan. The same arguments make the same plan.
pub(crate) async fn planned(arguments: &SlicesArguments) -> Result<Planned, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    let scope = Scope::new(&arguments.scope, &file)?;
    let steps = StepSettings::new(&arguments.side, Some(&arguments.steps), &file)?;
    let settings = CallSettings::new(&arguments.calls, &file)?;
    let ids = file.list(file.ids.as_ref()).map(|list| read(&list)).transpose()?;
    plan(&scope, steps, ids.map(Into::into), &settings).await
}
