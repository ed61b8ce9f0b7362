//! `delete`: deletes the invitations of given ids.

use std::io;

use crate::{
    arguments::DeleteArguments,
    command_error::CommandError,
    commands::start::{note, start},
    exit_status::ExitStatus,
    ids::{self, CsvColumn, IdsInput},
    plan_file::{IdList, PlanFile},
    settings::{Scope, StepSettings},
};

pub(crate) async fn run(arguments: DeleteArguments) -> Result<ExitStatus, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    let scope = Scope::new(&arguments.scope, &file)?;
    let steps = StepSettings::new(&arguments.side, Some(&arguments.steps), &file)?;

    let column = arguments.csv_column.as_deref().map(CsvColumn::new);
    let mut inputs: Vec<IdsInput> = arguments.ids.iter().map(|ids| IdsInput::argument(ids)).collect();
    inputs.extend(arguments.files.iter().map(|path| IdsInput::file(path, column.clone())));
    if inputs.is_empty() {
        match file.list(file.ids.as_ref()) {
            Some(IdList::Ids(ids)) => inputs.extend(ids.into_iter().map(IdsInput::Argument)),
            Some(IdList::File(path)) => inputs.push(IdsInput::file(&path, column)),
            None => return Err(CommandError::usage("ids: missing (expected account ids, --file or ids in the plan)")),
        }
    }
    let ids = ids::read(&inputs, io::stdin())?;
    if ids.duplicates > 0 {
        note(&format!("{} repeated account ids are ignored", ids.duplicates));
    }
    start(&scope, steps, Some(ids.ids.into()), &arguments.run, &file).await
}
