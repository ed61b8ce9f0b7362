//! The emulator as a program: a Security Hub on loopback for people to point their clients at.

use std::{
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use securityhub_emulator::{AccessKey, CorsPolicy, Emulator, Fault, Server};
use securityhub_invitations::{AccountId, Region};

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("securityhub-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &ArgMatches) -> io::Result<()> {
    let addr = SocketAddr::new(value(arguments, "host"), value(arguments, "port"));
    let server = Server::start_on(emulator(arguments), addr)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}")))?;
    writeln!(io::stdout(), "listening on {}", server.url())?;
    loop {
        std::thread::park();
    }
}

fn emulator(arguments: &ArgMatches) -> Emulator {
    let mut emulator = Emulator::new()
        .for_account(value(arguments, "account"))
        .with_subscription(!arguments.get_flag("not-subscribed"))
        // Nobody can ask a program what it received.
        .with_log_capacity(0)
        .with_observer(|received| {
            // A closed stderr is no reason to stop answering.
            let _ = writeln!(io::stderr(), "{received}");
        });
    if let Some(keys) = arguments.get_many::<AccessKey>("access-key") {
        emulator = keys.cloned().fold(emulator.without_access_keys(), Emulator::with_access_key);
    }
    if let Some(region) = arguments.get_one::<Region>("region") {
        emulator = emulator.for_region(region.clone());
    }
    if arguments.get_flag("cors") {
        emulator = emulator.with_cors(CorsPolicy::new());
    }
    for Invitations { region, accounts } in arguments.get_many("invite").into_iter().flatten() {
        for account in accounts {
            emulator.invite(region, *account);
        }
    }
    let throttled: u16 = value(arguments, "throttle-first");
    emulator.script((0..throttled).map(|_| Fault::throttled()));
    emulator
}

/// An argument that has a default.
fn value<T: Clone + Send + Sync + 'static>(arguments: &ArgMatches, name: &str) -> T {
    arguments.get_one::<T>(name).cloned().expect("clap fills in the default")
}

fn command() -> Command {
    Command::new("securityhub-emulator")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A Security Hub that answers DeleteInvitations on loopback and verifies signatures like the service")
        .after_help(
            "Without --access-key it knows the key of AWS's documentation, AKIDEXAMPLE with the secret\n\
             wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY. Try it with the AWS CLI:\n\n  \
             securityhub-emulator --port 4566 --invite us-east-1:111122223333\n  \
             aws securityhub delete-invitations --account-ids 111122223333 \\\n      \
             --region us-east-1 --endpoint-url http://127.0.0.1:4566",
        )
        .arg(
            option("port", "PORT", "Listens on this port; 0 is any that is free")
                .value_parser(value_parser!(u16))
                .default_value("4566"),
        )
        .arg(
            option("host", "ADDRESS", "Listens on this loopback address; no other is taken")
                .value_parser(loopback)
                .default_value("127.0.0.1"),
        )
        .arg(
            option("invite", "REGION:ID[,ID]...", "Starts with invitations from these accounts")
                .value_parser(invitations)
                .action(ArgAction::Append),
        )
        .arg(
            option("access-key", "ID:SECRET[:TOKEN]", "Knows this key instead of the example; may be repeated")
                .value_parser(access_key)
                .action(ArgAction::Append),
        )
        .arg(
            option("region", "REGION", "Refuses credentials that are scoped to any other region")
                .value_parser(|text: &str| text.parse::<Region>()),
        )
        .arg(
            option("account", "ID", "Speaks for this account")
                .value_parser(|text: &str| text.parse::<AccountId>())
                .default_value(Emulator::DEFAULT_ACCOUNT),
        )
        .arg(
            option("throttle-first", "N", "Throttles so many requests before it answers")
                .value_parser(value_parser!(u16))
                .default_value("0"),
        )
        .arg(flag("not-subscribed", "The account is not subscribed to Security Hub"))
        .arg(flag("cors", "Answers browsers"))
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn loopback(text: &str) -> Result<IpAddr, String> {
    let address = match text {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        text => text.parse::<IpAddr>().map_err(|error| error.to_string())?,
    };
    if address.is_loopback() { Ok(address) } else { Err("it is no loopback address".to_owned()) }
}

#[derive(Clone)]
struct Invitations {
    region: Region,
    accounts: Vec<AccountId>,
}

fn invitations(text: &str) -> Result<Invitations, String> {
    let (region, accounts) = text.split_once(':').ok_or("there is no colon after the region")?;
    let region = region.parse::<Region>().map_err(|error| error.to_string())?;
    let accounts = accounts.split(',').map(|id| id.parse::<AccountId>().map_err(|error| error.to_string()));
    Ok(Invitations { region, accounts: accounts.collect::<Result<_, _>>()? })
}

/// The error does not quote the text, and clap quotes it: a secret that is mistyped on a command line is in the shell's
/// history anyway.
fn access_key(text: &str) -> Result<AccessKey, &'static str> {
    let (id, rest) = text.split_once(':').ok_or("there is no colon after the id")?;
    let (secret, token) = rest.split_once(':').unwrap_or((rest, ""));
    if id.is_empty() || secret.is_empty() {
        return Err("id and secret must not be empty");
    }
    Ok(AccessKey::new(id, secret).with_session_token(token))
}
