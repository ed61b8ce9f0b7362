//! The emulator as a program: Security Hub on loopback for any client.

mod arguments;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::ArgMatches;
use securityhub_emulator::{
    AccessKey, CorsPolicy, Emulator, EmulatorBuilder, Fault, MemberStatus, RateLimit, Role, Server,
};
use securityhub_invitations::{AccountId, Region};

use self::arguments::{Accounts, Administrator, Document, Members, NotSubscribed, command};

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
    let server = Server::bind(emulator(arguments)?, addr)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}")))?;
    writeln!(io::stdout(), "listening on {}", server.url())?;
    loop {
        std::thread::park();
    }
}

fn emulator(arguments: &ArgMatches) -> io::Result<Emulator> {
    let account: AccountId = value(arguments, "account");
    let mut builder = Emulator::builder()
        .with_account(account)
        .with_subscription(!values::<NotSubscribed>(arguments, "not-subscribed").any(|scope| scope.0.is_none()))
        .with_control_api()
        .with_observer(|received| {
            // A closed stderr does not stop the program.
            let _ = writeln!(io::stderr(), "{received}");
        });
    if arguments.contains_id("access-key") {
        let keys = values::<AccessKey>(arguments, "access-key");
        builder = keys.cloned().fold(builder.without_access_keys(), EmulatorBuilder::with_access_key);
    }
    builder = values::<Role>(arguments, "role").cloned().fold(builder, EmulatorBuilder::with_role);
    if let Some(region) = arguments.get_one::<Region>("region") {
        builder = builder.with_region(region.clone());
    }
    if arguments.get_flag("cors") {
        builder = builder.with_cors(CorsPolicy::new());
    }
    if let Some(limit) = arguments.get_one::<RateLimit>("rate-limit") {
        builder = builder.with_rate_limit(*limit);
    }
    let emulator = builder.build();
    for Accounts { region, accounts } in values(arguments, "invite") {
        for administrator in accounts {
            emulator.invite(region, *administrator);
        }
    }
    for Administrator { region, account: administrator } in values(arguments, "administrator") {
        emulator.account(*administrator).set_member(region, account, MemberStatus::Enabled);
    }
    for Members { region, members } in values(arguments, "member") {
        for (member, status) in members {
            emulator.account(account).set_member(region, *member, *status);
        }
    }
    for NotSubscribed(region) in values(arguments, "not-subscribed") {
        if let Some(region) = region {
            emulator.set_subscribed(region, false);
        }
    }
    for region in values::<Region>(arguments, "disable-region") {
        emulator.set_region_enabled(region, false);
    }
    if let Some(message) = arguments.get_one::<String>("deny") {
        emulator.deny(message);
    }
    emulator.set_clock_offset(value(arguments, "clock-offset"));
    let throttled: u16 = value(arguments, "throttle-first");
    emulator.script_faults((0..throttled).map(|_| Fault::throttled()));
    let faults = values::<Document>(arguments, "fault").map(|Document(document)| Ok(document.clone()));
    let files = values::<PathBuf>(arguments, "setup").map(|path| {
        std::fs::read_to_string(path)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display())))
    });
    for document in faults.chain(files) {
        emulator.apply_json(&document?).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    }
    emulator.save_initial_state();
    Ok(emulator)
}

fn values<'a, T: Clone + Send + Sync + 'static>(
    arguments: &'a ArgMatches,
    name: &str,
) -> impl Iterator<Item = &'a T> + use<'a, T> {
    arguments.get_many::<T>(name).into_iter().flatten()
}

/// Returns an argument that has a default.
fn value<T: Clone + Send + Sync + 'static>(arguments: &ArgMatches, name: &str) -> T {
    arguments.get_one::<T>(name).cloned().expect("clap sets the default")
}
