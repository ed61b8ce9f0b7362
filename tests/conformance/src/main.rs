#![doc = include_str!("../README.md")]

mod clients;
mod clocks;
mod differences;
mod endpoints;
mod environment;
mod oracle;
mod random;
mod retries;
mod signing;

use std::{error, path::PathBuf, process::ExitCode, time::Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, value_parser};

use crate::random::Random;

/// The error is a sentence, and the end of the run.
type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// What a part is run with.
struct Settings {
    seed: u64,
    cases: usize,
    /// A Python that has botocore and boto3.
    python: PathBuf,
    /// The AWS CLI, and a folder with the JavaScript SDK and the Rust SDK's program, where they are to be tried.
    clients: clients::Programs,
}

impl Settings {
    /// The randomness of one part, which does not depend on what other parts take.
    fn random(&self, part: &str) -> Random {
        Random::new(self.seed).fork(part)
    }
}

struct Part {
    name: &'static str,
    run: fn(&Settings) -> Result<()>,
}

const PARTS: [Part; 6] = [
    Part { name: "signing", run: signing::run },
    Part { name: "endpoints", run: endpoints::run },
    Part { name: "environment", run: environment::run },
    Part { name: "retries", run: retries::run },
    Part { name: "clocks", run: clocks::run },
    Part { name: "clients", run: clients::run },
];

fn main() -> ExitCode {
    let matches = command().get_matches();
    let settings = settings(&matches);
    let only: Vec<&String> = matches.get_many("only").unwrap_or_default().collect();
    println!("seed {}, {} cases", settings.seed, settings.cases);
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|part| only.is_empty() || only.iter().any(|name| *name == part.name)) {
        println!("\n{}", part.name);
        let start = Instant::now();
        match (part.run)(&settings) {
            Ok(()) => println!("  ok in {:.1} s", start.elapsed().as_secs_f32()),
            Err(error) => {
                println!("  FAILED: {error}");
                failed.push(part.name);
            }
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nFAILED: {}; run again with --seed {} --cases {}", failed.join(", "), settings.seed, settings.cases);
    ExitCode::FAILURE
}

fn command() -> Command {
    let path =
        |name, help| Arg::new(name).long(name).value_name("PATH").help(help).value_parser(value_parser!(PathBuf));
    Command::new("securityhub-invitations-conformance")
        .about(
            "Compares the crate with other people's code. `cargo xtask conformance` installs that code and runs this",
        )
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("PART")
                .help("Run this part alone; can be given more than once")
                .action(ArgAction::Append)
                .value_parser(PossibleValuesParser::new(PARTS.iter().map(|part| part.name))),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("NUMBER")
                .help("What the cases are generated from; one from the clock unless it is given")
                .value_parser(value_parser!(u64)),
        )
        .arg(
            Arg::new("cases")
                .long("cases")
                .value_name("NUMBER")
                .help("How many requests are signed; the other parts follow in proportion")
                .default_value("6000")
                .value_parser(value_parser!(u32).range(1000..)),
        )
        .arg(path("python", "A Python with botocore and boto3").default_value("python3"))
        .arg(path("aws", "The AWS CLI; without it that client is not tried"))
        .arg(path("node-folder", "A folder with @aws-sdk/client-securityhub; without it that client is not tried"))
        .arg(path("rust-sdk", "The program of tests/conformance/rust-sdk; without it that client is not tried"))
}

fn settings(matches: &ArgMatches) -> Settings {
    let path = |name| matches.get_one::<PathBuf>(name).cloned();
    let python = path("python").expect("it has a default");
    Settings {
        seed: matches.get_one("seed").copied().unwrap_or_else(random::seed_of_the_clock),
        cases: usize::try_from(*matches.get_one::<u32>("cases").expect("it has a default")).unwrap_or(usize::MAX),
        clients: clients::Programs {
            python: python.clone(),
            aws: path("aws"),
            node_folder: path("node-folder"),
            rust_sdk: path("rust-sdk"),
        },
        python,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_consistent() {
        super::command().debug_assert();
    }
}
