//! Prints the times of calls.

use std::process::ExitCode;

use clap::{Arg, Command, value_parser};
use securityhub_invitations_benches_loopback::{Settings, times};

fn main() -> ExitCode {
    let option = |name: &'static str, default: &'static str, help: &'static str| {
        let option = Arg::new(name).long(name).value_name("NUMBER").default_value(default);
        option.value_parser(value_parser!(u32).range(1..=10_000)).help(help)
    };
    let matches = Command::new("securityhub-invitations-benches-loopback")
        .about("Times calls over loopback with ureq and hyper, with and without securityhub-invitations")
        .arg(option("rounds", "100", "The number of rounds"))
        .arg(option("calls", "200", "The number of calls of each side in a round"))
        .arg(
            Arg::new("client")
                .long("client")
                .value_name("NAME")
                .help("Measure only clients whose names begin with this"),
        )
        .get_matches();
    let number = |name| matches.get_one(name).copied().unwrap_or(1);
    let client = matches.get_one::<String>("client").map_or("", String::as_str);
    match times(&Settings { rounds: number("rounds"), calls: number("calls"), client }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loopback: {error}");
            ExitCode::FAILURE
        }
    }
}
