#![doc = include_str!("../README.md")]

mod clients;
mod clocks;
mod differences;
mod endpoints;
mod environment;
mod operations;
mod oracle;
mod random;
mod retries;
mod sides;
mod signing;

use std::{error, path::PathBuf, process::ExitCode, time::Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser, value_parser};

use crate::random::Random;

/// The error is a message that ends the run.
type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// The settings of all parts.
struct Settings {
    seed: u64,
    cases: usize,
    /// A Python with botocore and boto3.
    python: PathBuf,
    /// The clients to run.
    clients: clients::Programs,
}

impl Settings {
    /// The random numbers of one part, independent of the other parts.
    fn random(&self, part: &str) -> Random {
        Random::new(self.seed).fork(part)
    }
}

struct Part {
    name: &'static str,
    run: fn(&Settings) -> Result<()>,
}

const PARTS: [Part; 7] = [
    Part { name: "signing", run: signing::run },
    Part { name: "operations", run: operations::run },
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
        .about("Compares the crate with other implementations. `cargo xtask conformance` installs them and runs this")
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("PART")
                .help("Run only this part; can be given more than once")
                .action(ArgAction::Append)
                .value_parser(PossibleValuesParser::new(PARTS.iter().map(|part| part.name))),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("SEED")
                .help("Generate the cases from this number, or from the clock with `random`")
                .default_value(random::DEFAULT_SEED)
                .value_parser(random::seed),
        )
        .arg(
            Arg::new("cases")
                .long("cases")
                .value_name("NUMBER")
                .help("The number of signed requests; the other parts scale with it")
                .default_value("6000")
                .value_parser(value_parser!(u32).range(1000..)),
        )
        .arg(path("python", "A Python with botocore and boto3").default_value("python3"))
        .arg(path("aws", "The AWS CLI; skipped if absent"))
        .arg(path("node-folder", "A folder with @aws-sdk/client-securityhub; skipped if absent"))
        .arg(path("rust-sdk", "The program of tests/conformance/rust-sdk; skipped if absent"))
}

fn settings(matches: &ArgMatches) -> Settings {
    let path = |name| matches.get_one::<PathBuf>(name).cloned();
    let python = path("python").expect("it has a default");
    Settings {
        seed: *matches.get_one("seed").expect("it has a default"),
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
