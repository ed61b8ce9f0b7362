//! Deletes invitations at AWS, or at any endpoint, with what the `AWS_*` environment says.
//!
//! ```text
//! export AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_SESSION_TOKEN=…
//! cargo run --example delete_invitations -- 111122223333 444455556666
//! cargo run --example delete_invitations -- --dry-run < ids.txt
//! ```
//!
//! The exit status is 0 if every account was processed, 1 if some were not, 2 if the call failed. The ids that were not
//! processed go to standard output, one a line with the reason; everything else goes to standard error.

use std::{
    error::Error,
    io::{self, Read, Write},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use http::{Request, header::AUTHORIZATION};
use securityhub_invitations::{DeleteInvitations, SecurityHub};
use securityhub_invitations_ureq::Client;

const PARTIAL: u8 = 1;
const FAILURE: u8 = 2;

fn main() -> ExitCode {
    run(&arguments()).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(FAILURE)
    })
}

fn arguments() -> ArgMatches {
    Command::new("delete_invitations")
        .about("Deletes Security Hub invitations, with the AWS_* environment's region, credentials and endpoint")
        .after_help("Exit status: 0 every account was processed, 1 some were not, 2 the call failed")
        .arg(
            Arg::new("ids")
                .value_name("ACCOUNT_ID")
                .num_args(..)
                .help("12 digits each; without any, standard input is read"),
        )
        .arg(Arg::new("region").long("region").value_name("REGION").help("Instead of AWS_REGION"))
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print the signed request, without its secrets, and send nothing"),
        )
        .arg(
            Arg::new("deadline")
                .long("deadline")
                .value_name("SECONDS")
                .value_parser(value_parser!(u64))
                .help("Give up after so many seconds, retries included"),
        )
        .get_matches()
}

fn run(arguments: &ArgMatches) -> Result<ExitCode, Box<dyn Error>> {
    let region = arguments.get_one::<String>("region");
    let hub = SecurityHub::from_vars(|name| match (name, region) {
        ("AWS_REGION", Some(region)) => Some(region.clone()),
        _ => std::env::var(name).ok(),
    })?;
    let input = DeleteInvitations::new(account_ids(arguments)?)?;

    if arguments.get_flag("dry-run") {
        print_request(&hub.request(&input, SystemTime::now()), hub.endpoint().signing_host())?;
        return Ok(ExitCode::SUCCESS);
    }

    let mut client = Client::new(hub).on_attempt(|attempt| {
        if let (Err(error), Some(wait)) = (&attempt.outcome, attempt.wait) {
            eprintln!("attempt {}: {error}; next in {wait:.1?}", attempt.number);
        }
    });
    if let Some(seconds) = arguments.get_one("deadline") {
        client = client.with_deadline(Duration::from_secs(*seconds));
    }
    let output = client.delete_invitations(input.clone())?;

    let unprocessed = output.unprocessed_accounts();
    let (sent, request_id) = (input.account_ids().len(), output.request_id().unwrap_or("unknown"));
    eprintln!("{} of {sent} accounts processed (request id {request_id})", sent.saturating_sub(unprocessed.len()));
    if !output.is_complete() && output.unanswered_attempts() > 0 {
        eprintln!("uncertain: an attempt before ended without an answer, and may have processed what is now listed");
    }
    let mut standard_output = io::stdout().lock();
    for account in unprocessed {
        writeln!(standard_output, "{account}")?;
    }
    Ok(if output.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) })
}

fn account_ids(arguments: &ArgMatches) -> io::Result<Vec<String>> {
    if let Some(ids) = arguments.get_many::<String>("ids") {
        return Ok(ids.cloned().collect());
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let ids = text.split(|character: char| character.is_whitespace() || character == ',');
    Ok(ids.filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

/// As it would go over the wire, but for what is secret: the token, and the signature, which is good for five minutes.
fn print_request(request: &Request<impl AsRef<[u8]>>, host: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} {}", request.method(), request.uri())?;
    writeln!(out, "host: {host}")?;
    for (name, value) in request.headers() {
        let text = value.to_str().unwrap_or_default();
        match name {
            &AUTHORIZATION => {
                writeln!(out, "{name}: {}Signature=[redacted]", text.split("Signature=").next().unwrap_or_default())?;
            }
            _ if value.is_sensitive() => writeln!(out, "{name}: [redacted]")?,
            _ => writeln!(out, "{name}: {text}")?,
        }
    }
    writeln!(out, "\n{}", String::from_utf8_lossy(request.body().as_ref()))
}
