//! A small command that deletes invitations in AWS, or at any endpoint set by the `AWS_*` variables.
//!
//! ```text
//! export AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_SESSION_TOKEN=…
//! cargo run --example delete_invitations -- 111122223333 444455556666
//! cargo run --example delete_invitations -- --dry-run < ids.txt
//! ```
//!
//! The exit status is 0 if every account was processed, 1 if some were not, and 2 if the call failed. Standard output lists
//! the ids that were not processed, one per line with the reason. Everything else goes to standard error.

use std::{
    error::Error,
    io::{self, Read, Write},
    iter,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use http::{Request, header::AUTHORIZATION};
use securityhub_invitations::{DeleteInvitations, SecurityHub, Verdict};
use securityhub_invitations_ureq::{CallError, Client};

const PARTIAL: u8 = 1;
const FAILURE: u8 = 2;

fn main() -> ExitCode {
    run(&arguments()).unwrap_or_else(|error| {
        // Each error in the chain adds something to the one before.
        let chain = iter::successors(Some(&*error), |&error| error.source());
        eprintln!("error: {}", chain.map(ToString::to_string).collect::<Vec<_>>().join(": "));
        if let Some(advice) = error.downcast_ref().and_then(CallError::advice) {
            eprintln!("{advice}");
        }
        ExitCode::from(FAILURE)
    })
}

fn arguments() -> ArgMatches {
    Command::new("delete_invitations")
        .about("Deletes Security Hub invitations, configured by the AWS_* variables")
        .after_help("Exit status: 0 if every account was processed, 1 if some were not, 2 if the call failed")
        .arg(
            Arg::new("ids")
                .value_name("ACCOUNT_ID")
                .num_args(..)
                .help("12 digits each; read from standard input if there are none"),
        )
        .arg(Arg::new("region").long("region").value_name("REGION").help("Replaces AWS_REGION"))
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print the signed request without its secrets, and send nothing"),
        )
        .arg(
            Arg::new("deadline")
                .long("deadline")
                .value_name("SECONDS")
                .value_parser(value_parser!(u64))
                .help("Give up after this time, retries included"),
        )
        .get_matches()
}

fn run(arguments: &ArgMatches) -> Result<ExitCode, Box<dyn Error>> {
    // Without --region, `Client::from_env()` would be enough.
    let region = arguments.get_one::<String>("region");
    let hub = SecurityHub::from_vars(|name| match (name, region) {
        ("AWS_REGION", Some(region)) => Some(region.clone()),
        _ => std::env::var(name).ok(),
    })?;
    let input = DeleteInvitations::new(account_ids(arguments)?)?;

    if arguments.get_flag("dry-run") {
        print_request(&hub.signed_request(&input, SystemTime::now()), hub.endpoint().signing_host())?;
        return Ok(ExitCode::SUCCESS);
    }

    let mut client = Client::new(hub).on_attempt(|attempt| {
        if attempt.wait.is_some() {
            eprintln!("{attempt}");
        }
    });
    if let Some(seconds) = arguments.get_one("deadline") {
        client = client.with_deadline(Duration::from_secs(*seconds));
    }
    let output = client.delete_invitations(input.clone()).inspect_err(|error| {
        if error.may_have_taken_effect() {
            eprintln!("warning: the call failed, but it may have deleted invitations");
        }
    })?;

    let (mut done, mut standard_output) = (0, io::stdout().lock());
    for (id, verdict) in output.verdicts(&input) {
        match verdict {
            Verdict::Done => done += 1,
            Verdict::NotProcessed(account) => writeln!(standard_output, "{account}")?,
            Verdict::Uncertain(account) => writeln!(standard_output, "{id}: uncertain ({account})")?,
            _ => writeln!(standard_output, "{id}: unknown verdict")?,
        }
    }
    let (sent, request_id) = (input.account_ids().len(), output.request_id().unwrap_or("unknown"));
    eprintln!("{done} of {sent} accounts processed (request id {request_id})");
    Ok(if done == sent { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn account_ids(arguments: &ArgMatches) -> io::Result<Vec<String>> {
    if let Some(ids) = arguments.get_many::<String>("ids") {
        return Ok(ids.cloned().collect());
    }
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let ids = input.split(|character: char| character.is_whitespace() || character == ',');
    Ok(ids.filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

/// Prints the request as it would be sent, without its secrets: the token, and the signature, which is valid for five minutes.
fn print_request(request: &Request<impl AsRef<[u8]>>, host: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} {}", request.method(), request.uri())?;
    writeln!(out, "host: {host}")?;
    for (name, value) in request.headers() {
        let shown = value.to_str().unwrap_or_default();
        match name {
            &AUTHORIZATION => {
                writeln!(out, "{name}: {}Signature=[redacted]", shown.split("Signature=").next().unwrap_or_default())?;
            }
            _ if value.is_sensitive() => writeln!(out, "{name}: [redacted]")?,
            _ => writeln!(out, "{name}: {shown}")?,
        }
    }
    writeln!(out, "\n{}", String::from_utf8_lossy(request.body().as_ref()))
}
