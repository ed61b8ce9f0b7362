//! The relay as a program.

use std::{
    fmt::Display,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use securityhub_invitations_examples_relay::{Files, Hosts, Limits, Relay, Site, SiteRequest, serve};
use tokio::{net::TcpListener, runtime, signal};

/// The characters of a path that are logged.
const MAX_LOGGED_PATH: usize = 200;

fn main() -> ExitCode {
    match run(&command().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

const DETAILS: &str = "\
Limits: 1 MiB and 10 seconds for a request body, 30 seconds for the service's response, 10 seconds for a request's head, and
5 minutes for a connection. A connection uses up to two file descriptors.

Behind a reverse proxy: terminate TLS there, and forward Host, Origin, Content-Type, Authorization, X-Amz-Date and
X-Amz-Security-Token unchanged. Do not log the last three.

The relay logs method, path and status to stderr. It ends after SIGTERM or SIGINT, when running requests have ended. For requests
to AWS, it uses the proxy that HTTPS_PROXY and NO_PROXY name.";

fn command() -> Command {
    let list = |name, value, help| Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help);
    let port = Arg::new("port").long("port").value_name("PORT").default_value("8080").value_parser(value_parser!(u16));
    let host = Arg::new("host").long("host").value_name("ADDRESS").default_value("127.0.0.1");
    let connections = Arg::new("max-connections").long("max-connections").value_name("NUMBER").default_value("256");
    Command::new("relay")
        .about("Forwards signed invitation requests from pages of this origin to Security Hub, and nothing else")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(DETAILS)
        .arg(port.help("Listen on this port, or on a free port if it is 0"))
        .arg(host.value_parser(value_parser!(IpAddr)).help("Listen on this address: 0.0.0.0 or :: in a container"))
        .arg(
            connections
                .value_parser(value_parser!(u16).range(1..))
                .help("Serve this many connections at once, while others wait"),
        )
        .arg(list("allow", "HOST[:PORT]", "Also forward to this host over https"))
        .arg(list("allow-http", "HOST[:PORT]", "Also forward to this loopback host over http"))
        .arg(list("upstream", "HOST=URL", "Send requests for this host to an emulator on loopback"))
        .arg(list("serve", "[PATH=]FOLDER", "Serve the files of this folder at this path, or at /"))
}

fn run(arguments: &ArgMatches) -> io::Result<()> {
    let site = site(arguments).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let address = arguments.get_one("host").copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = arguments.get_one("port").copied().unwrap_or(0);
    let limits = Limits::default();
    let connections = arguments.get_one::<u16>("max-connections").map_or(limits.connections, |number| (*number).into());
    let limits = Limits { connections, ..limits };
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let stop = stop()?;
        let listener = TcpListener::bind((address, port)).await?;
        log(format_args!("listening on http://{}", listener.local_addr()?));
        let respond = move |request: SiteRequest| {
            let site = site.clone();
            async move {
                let method = request.method().clone();
                let path: String = request.uri().path().chars().take(MAX_LOGGED_PATH).collect();
                let response = site.respond(request).await;
                log(format_args!("{method} {} {}", path.escape_debug(), response.status().as_u16()));
                response
            }
        };
        let on_error = |error: &io::Error| log(format_args!("cannot accept a connection, trying again: {error}"));
        serve(listener, limits, respond, on_error, stop).await;
        log("stopped");
        Ok(())
    })
}

/// Returns a future that is ready when the process should stop.
#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        log("stopping");
    })
}

/// Returns a future that is ready when the process should stop.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the function for Unix can fail")]
fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler, the system ends the process.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        log("stopping");
    })
}

/// Logs a line. The relay keeps responding even if stderr is closed.
fn log(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
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
