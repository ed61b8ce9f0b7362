//! `clean`: lists, asks, deletes and verifies.

use crate::{
    arguments::CleanArguments,
    command_error::CommandError,
    commands::start::start,
    exit_status::ExitStatus,
    plan_file::PlanFile,
    settings::{Scope, StepSettings},
};

pub(crate) async fn run(arguments: CleanArguments) -> Result<ExitStatus, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    if file.ids.is_some() {
        return Err(CommandError::usage("ids: not allowed in a plan for clean (expected the command delete)"));
    }
    let scope = Scope::new(&arguments.scope, &file)?;
    let steps = StepSettings::new(&arguments.side, Some(&arguments.steps), &file)?;
    start(&scope, steps, None, &arguments.run, &file).await
}
