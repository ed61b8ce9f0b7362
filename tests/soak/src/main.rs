//! The soak test as a program. It prints the report, and exits with status 1 if a check fails.

use std::{num::NonZeroUsize, process::ExitCode};

use clap::{Arg, Command, value_parser};
use securityhub_invitations_soak::{Settings, run};

fn main() -> ExitCode {
    match run(&settings()) {
        Ok(report) => {
            print!("{report}");
            if report.failed_checks().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn settings() -> Settings {
    let default = Settings::default();
    let matches = Command::new("securityhub-invitations-soak")
        .about("Makes many calls against an emulator that fails a fifth of them, and checks the verdict on every id")
        .after_help("Exit status: 0 if every check passed, 1 if one failed or the time limit passed (170 s)")
        .arg(
            option("calls", format!("The number of calls [{}]", default.calls))
                .value_parser(value_parser!(NonZeroUsize)),
        )
        .arg(
            option("concurrency", format!("The number of calls at a time [{}]", default.concurrency))
                .value_parser(value_parser!(NonZeroUsize)),
        )
        .arg(
            option("seed", format!("Determines the faults and the ids [{}]", default.seed))
                .value_parser(value_parser!(u64)),
        )
        .get_matches();
    let count = |name| matches.get_one(name).copied().map(NonZeroUsize::get);
    Settings {
        calls: count("calls").unwrap_or(default.calls),
        concurrency: count("concurrency").unwrap_or(default.concurrency),
        seed: matches.get_one("seed").copied().unwrap_or(default.seed),
        ..default
    }
}

fn option(name: &'static str, help: String) -> Arg {
    Arg::new(name).long(name).value_name("N").help(help)
}
