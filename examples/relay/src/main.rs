//! The relay as a program.

use std::{
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use securityhub_invitations_examples_relay::{Files, Hosts, Relay, Site, serve};
use tokio::{net::TcpListener, runtime};

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let list = |name, value, help| Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help);
    let port = Arg::new("port").long("port").value_name("PORT").default_value("8080").value_parser(value_parser!(u16));
    let host = Arg::new("host").long("host").value_name("ADDRESS").default_value("127.0.0.1");
    Command::new("relay")
        .about("Forwards DeleteInvitations from pages of this origin to Security Hub, and nothing else")
        .arg(port.help("Listen on this port, or on a free port if it is 0"))
        .arg(host.value_parser(value_parser!(IpAddr)).help("Listen on this address"))
        .arg(list("allow", "HOST[:PORT]", "Also forward to this host over https"))
        .arg(list("allow-http", "HOST[:PORT]", "Also forward to this loopback host over http"))
        .arg(list("upstream", "HOST=URL", "Send requests for this host to an emulator on loopback"))
        .arg(list("serve", "[PATH=]FOLDER", "Serve the files of this folder at this path, or at /"))
}

fn run(arguments: &ArgMatches) -> io::Result<()> {
    let site = site(arguments).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let address = arguments.get_one("host").copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = arguments.get_one("port").copied().unwrap_or(0);
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind((address, port)).await?;
        writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
        serve(listener, move |request| {
            let site = site.clone();
            async move {
                let line = format!("{} {}", request.method(), request.uri().path());
                let response = site.respond(request).await;
                // The relay keeps responding even if stderr is closed.
                let _ = writeln!(io::stderr(), "{line} {}", response.status().as_u16());
                response
            }
        })
        .await
    })
}

fn site(arguments: &ArgMatches) -> Result<Site, String> {
    let all = |name| arguments.get_many::<String>(name).unwrap_or_default();
    let mut hosts = Hosts::security_hub();
    all("allow").try_for_each(|host| hosts.allow(host))?;
    all("allow-http").try_for_each(|host| hosts.allow_http(host))?;
    for upstream in all("upstream") {
        let (host, url) = upstream
            .split_once('=')
            .ok_or_else(|| format!("--upstream \"{upstream}\": missing = (expected HOST=URL)"))?;
        hosts.send_to(host, url)?;
    }
    let files = all("serve").fold(Files::new(), |files, folder| match folder.split_once('=') {
        Some((path, folder)) => files.with(path, folder),
        None => files.with("/", folder),
    });
    Ok(Site { files, relay: Relay::new(hosts) })
}
