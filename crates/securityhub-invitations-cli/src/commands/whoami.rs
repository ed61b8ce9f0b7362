//! `whoami`: shows the identity of each profile or role.

use std::{
    env,
    io::{self, Write},
};

use futures_util::future::join_all;
use securityhub_invitations_hyper::DefaultService;

use crate::{
    arguments::{Output, WhoamiArguments},
    command_error::CommandError,
    commands::start::note,
    credentials::{CredentialStore, default_region},
    exit_status::ExitStatus,
    plan_file::PlanFile,
    report::{IdentityLine, Line},
    resolve,
    settings::{CallSettings, Regions, Scope},
};

pub(crate) async fn run(arguments: WhoamiArguments) -> Result<ExitStatus, CommandError> {
    let file = PlanFile::read_optional(arguments.scope.plan.as_deref())?;
    let scope = Scope::new(&arguments.scope, &file)?;
    let settings = CallSettings::new(&arguments.calls, &file)?;
    let configured = default_region(scope.sources[0].source.base(), |name| env::var_os(name))?;
    let regions = match scope.regions {
        // An identity has no region. Any STS will do.
        Regions::Configured => configured.clone().into_iter().chain("us-east-1".parse()).take(1).collect(),
        _ => resolve::regions(&scope, configured.as_ref())?,
    };
    let store = CredentialStore::new(
        DefaultService::new(),
        &resolve::home(&regions, configured),
        settings.attempt_timeout,
        |name| env::var_os(name),
    )?;

    let mut failed = 0;
    let mut skipped = 0;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if arguments.output == Output::Csv {
        writeln!(stdout, "source,account,arn,expires")?;
    }
    let callers = join_all(scope.sources.iter().map(|declared| store.caller(&declared.source))).await;
    for (declared, caller) in scope.sources.iter().zip(callers) {
        let source = declared.source.to_string();
        let caller = match caller {
            Ok(caller) => caller,
            Err(error) => {
                note(&error.to_string());
                failed += 1;
                continue;
            }
        };
        if !scope.expected.is_empty() && !scope.expected.contains(&caller.account()) {
            note(&format!("{source}: account {} is not expected", caller.account()));
            skipped += 1;
        }
        let expires = store.credentials(&declared.source).await.ok().and_then(|credentials| credentials.expires_at());
        let line = IdentityLine::new(&source, &caller, expires);
        match arguments.output {
            Output::Table => {
                let IdentityLine { source, account, arn, expires } = line;
                writeln!(
                    stdout,
                    "{source}: {arn} in account {account}{}",
                    expires.map_or_else(String::new, |time| format!(", until {time}"))
                )?;
            }
            Output::Csv => {
                let IdentityLine { source, account, arn, expires } = line;
                writeln!(stdout, "{source},{account},{arn},{}", expires.unwrap_or_default())?;
            }
            Output::Json => Line::Identity(line).write(&mut stdout)?,
        }
    }
    stdout.flush()?;
    Ok(match () {
        () if failed == scope.sources.len() => ExitStatus::Credentials,
        () if failed + skipped > 0 => ExitStatus::Parked,
        () => ExitStatus::Done,
    })
}
