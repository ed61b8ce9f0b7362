//! `demo`: the whole job against an emulated Security Hub, in a second process of this command.

use std::{
    env, io,
    process::{Command, ExitStatus as ProcessStatus},
    time::Duration,
};

use securityhub_emulator::{AccessKey, Emulator, Fault, RateLimit, Role, Server};
use securityhub_invitations::{AccountId, Region};

use crate::{arguments::DemoArguments, command_error::CommandError, commands::start::note, exit_status::ExitStatus};

const ACCOUNTS: [&str; 5] = ["111111111111", "222222222222", "333333333333", "444444444444", "555555555555"];
const REGIONS: [&str; 6] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-northeast-1", "sa-east-1"];
const INVITERS: [&str; 3] = ["666666666666", "777777777777", "888888888888"];
/// The inviter that the run keeps.
const KEPT: &str = "888888888888";
const ROLE: &str = "Cleanup";

pub(crate) async fn run(arguments: DemoArguments) -> Result<ExitStatus, CommandError> {
    let server = Server::start(emulator()).map_err(|error| CommandError::usage(format!("cannot start: {error}")))?;
    let journal = arguments
        .journal
        .clone()
        .unwrap_or_else(|| env::temp_dir().join(format!("securityhub-invitations-demo-{}.jsonl", std::process::id())));

    let program = env::current_exe().map_err(|error| CommandError::usage(format!("cannot start: {error}")))?;
    let mut clean = Command::new(program);
    clean.args(["clean", "--side", "member", "--decline", "--keep", KEPT, "--role", ROLE]);
    clean.args(["--accounts", &ACCOUNTS.join(","), "--region", &REGIONS.join(",")]);
    note(&format!("emulated Security Hub and STS: {}", server.url()));
    note(
        "5 accounts in 6 regions: one region is not subscribed, one account denies everything, one response is lost\n",
    );
    clean.args(["--concurrency", "6"]);
    note(&format!("$ securityhub-invitations {}\n", shown(&clean)));
    clean.arg("--journal").arg(&journal);
    clean.args(arguments.yes.then_some("--yes")).args(arguments.result.strict.then_some("--strict"));
    clean.args(["--output", arguments.result.output.name()]);
    isolate(&mut clean, &server.url());

    // Ctrl-C reaches both processes, and only the other one stops at it.
    let _signals = crate::interrupt::Interrupt::listen(|| {})
        .map_err(|error| CommandError::usage(format!("cannot listen to signals: {error}")))?;
    let status = tokio::task::spawn_blocking(move || clean.status()).await;
    let status = status.map_err(io::Error::other).and_then(|status| status);
    let status = status.map_err(|error| CommandError::usage(format!("cannot start: {error}")))?;

    let left: usize = ACCOUNTS
        .iter()
        .flat_map(|account| REGIONS.map(|region| (id(account), region)))
        .map(|(account, region)| server.emulator().account(account).invitations(&self::region(region)).len())
        .sum();
    let kept = REGIONS.len() * ACCOUNTS.len();
    note(&format!(
        "\nThe emulated Security Hub still has {left} invitations, {kept} of them from the kept account {KEPT}."
    ));
    if arguments.journal.is_none() {
        // It is of no use without the emulated Security Hub.
        let _ = std::fs::remove_file(&journal);
    } else {
        note(&format!("Try: securityhub-invitations report {} --format html", journal.display()));
    }
    exit_status(status)
}

/// Fills the emulator. Responses take as long as they do from another continent, so that the progress can be seen.
fn emulator() -> Emulator {
    let lost = || Fault::none().after_processing().drop_before_response();
    let mut builder = Emulator::builder().with_rate_limit(RateLimit::documented()).with_fault_source(move |number| {
        Some(match number {
            12 | 45 => Fault::throttled(),
            40 => lost(),
            _ => Fault::none().delay(Duration::from_millis(150)),
        })
    });
    for account in ACCOUNTS {
        builder = builder.with_role(Role::new(id(account), ROLE).expect("the name is valid"));
    }
    let emulator = builder.build();
    for account in ACCOUNTS {
        for name in REGIONS {
            let region = region(name);
            for inviter in INVITERS {
                emulator.account(id(inviter)).send_invitation(&region, id(account));
            }
        }
        emulator.account(id(account)).set_subscribed(&region("sa-east-1"), false);
    }
    emulator.account(id("555555555555")).deny("an explicit deny in a service control policy");
    emulator
}

fn id(id: &str) -> AccountId {
    id.parse().expect("the id is valid")
}

fn region(name: &str) -> Region {
    name.parse().expect("the region is valid")
}

fn shown(command: &Command) -> String {
    command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Replaces the AWS settings and proxies of the environment.
fn isolate(command: &mut Command, url: &str) {
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("AWS_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", REGIONS[0])
        .env("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID)
        .env("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true");
}

/// Passes on the status of the other process.
fn exit_status(status: ProcessStatus) -> Result<ExitStatus, CommandError> {
    let known = status.code().and_then(ExitStatus::from_code);
    known.ok_or_else(|| CommandError::not_tried(format!("the run ended with {status}")))
}
