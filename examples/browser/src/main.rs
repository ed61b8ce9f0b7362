//! Serves the page in `page/` and a relay on one origin, and an emulator on another. `cargo xtask serve` runs it.
//!
//! The page signs requests with the npm package, which `cargo xtask npm` builds. This program serves files and has no keys. The
//! region `us-emulator-1` does not exist at AWS, and belongs to the emulator. The relay forwards requests for other regions to
//! AWS.

mod control;

use std::{
    error::Error,
    future::pending,
    io::{self, Write as _},
    net::Ipv4Addr,
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use securityhub_emulator::{AccessKey, CorsPolicy, Emulator, Server};
use securityhub_invitations::{Endpoint, Region};
use securityhub_invitations_examples_relay::{Files, Hosts, Limits, Relay, Site, SiteRequest, serve};
use tokio::{net::TcpListener, runtime};

use crate::control::Control;

const REGION: &str = "us-emulator-1";
const INVITED: [&str; 3] = ["111122223333", "444455556666", "777788889999"];

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let port = |name, default, help| {
        Arg::new(name).long(name).value_name("PORT").default_value(default).value_parser(value_parser!(u16)).help(help)
    };
    let folder = |name, default, help| Arg::new(name).long(name).value_name("FOLDER").default_value(default).help(help);
    Command::new("serve")
        .about("Serves the page, a relay and an emulator on loopback")
        .arg(port("port", "8080", "Serve the page on this port, or on a free port if it is 0"))
        .arg(port("emulator-port", "4566", "Run the emulator on this port, or on a free port if it is 0"))
        .arg(folder("page", "examples/browser/page", "The folder of the page"))
        .arg(folder("pkg", "target/npm/securityhub-invitations", "The folder of the npm package"))
        .arg(
            Arg::new("control")
                .long("control")
                .value_name("FOLDER")
                .help("For tests: serve this folder at /test, and start emulators on requests to /control"),
        )
        .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("Do not log requests"))
}

fn run(arguments: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let port = |name: &str| arguments.get_one::<u16>(name).copied().unwrap_or(0);
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let is_quiet = arguments.get_flag("quiet");

    let emulator = Emulator::builder().with_cors(CorsPolicy::new()).with_log_capacity(0).build();
    let region: Region = REGION.parse()?;
    for account in INVITED {
        emulator.invite(&region, account.parse()?);
    }
    let emulator = Server::bind(emulator, (Ipv4Addr::LOCALHOST, port("emulator-port")).into())
        .map_err(|error| format!("the emulator: {error}"))?;
    let mut hosts = Hosts::security_hub();
    hosts.send_to(Endpoint::regional(&region)?.signing_host(), &emulator.url())?;

    let mut files = Files::new();
    for (path, folder) in [("/", "page"), ("/pkg", "pkg"), ("/test", "control")] {
        files = text(folder).into_iter().fold(files, |files, folder| files.with(path, folder));
    }
    let site = Site { files, relay: Relay::new(hosts.clone()) };
    let control = arguments.contains_id("control").then(|| Control::new(hosts));

    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port("port"))).await;
        let listener = listener.map_err(|error| format!("the page: {error}"))?;
        announce(&format!("http://{}/", listener.local_addr()?), &emulator)?;
        let respond = move |request: SiteRequest| {
            let (mut site, control) = (site.clone(), control.clone());
            async move {
                let line = format!("{} {}", request.method(), request.uri().path());
                let response = match &control {
                    Some(control) if request.uri().path().starts_with(Control::PATH) => control.respond(request).await,
                    control => {
                        if let Some(control) = control {
                            site.relay = site.relay.with_hosts(control.hosts());
                        }
                        site.respond(request).await
                    }
                };
                if !is_quiet {
                    // The server keeps responding even if stderr is closed.
                    let _ = writeln!(io::stderr(), "{line} {}", response.status().as_u16());
                }
                response
            }
        };
        let on_error = |error: &io::Error| eprintln!("serve: cannot accept a connection, trying again: {error}");
        serve(listener, Limits::default(), respond, on_error, pending()).await;
        Ok(())
    })
}

fn announce(page: &str, emulator: &Server) -> io::Result<()> {
    let ids = INVITED.join(",");
    writeln!(
        io::stdout(),
        "listening on {page}\n\n\
         The page, with a relay to AWS:           {page}\n\
         With the emulator, through the relay:    {page}#region={REGION}&ids={ids}\n\
         With the emulator, directly with CORS:   {page}#region={REGION}&endpoint={}&ids={ids}\n\n\
         The emulator accepts the access key {} with the secret {}.",
        emulator.url(),
        AccessKey::EXAMPLE_ID,
        AccessKey::EXAMPLE_SECRET,
    )
}
