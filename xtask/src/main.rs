//! The commands of this workspace. `cargo xtask --help` lists them, and `cargo xtask ci --help` lists the checks of CI.
//!
//! Each command is a [`Command`] in its own file and a line in [`COMMANDS`]. Each check is a [`Check`](check::Check) and a
//! line in the command that runs it.

mod bench;
mod check;
mod checks;
mod conformance;
mod copy;
mod coverage;
mod fuzz;
mod install;
mod miri;
mod mutants;
mod npm;
mod prose;
mod public_api;
mod runtimes;
mod sbom;
mod semver;
mod serve;
mod shell;
mod test;
mod weigh;
mod workspace;

use std::{error, process::ExitCode};

use clap::ArgMatches;

use crate::workspace::Workspace;

/// The error is a message for the user.
type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// A subcommand.
struct Command {
    name: &'static str,
    about: &'static str,
    /// Adds its arguments.
    arguments: fn(clap::Command) -> clap::Command,
    /// Runs the command in the workspace's root. The exit code has a failure that it has already printed.
    run: fn(&Workspace, &ArgMatches) -> Result<ExitCode>,
}

const COMMANDS: [Command; 16] = [
    test::TEST,
    test::CI,
    npm::NPM,
    runtimes::RUNTIMES,
    serve::SERVE,
    conformance::CONFORMANCE,
    fuzz::FUZZ,
    prose::PROSE,
    public_api::PUBLIC_API,
    semver::SEMVER,
    sbom::SBOM,
    weigh::WEIGH,
    bench::BENCH,
    coverage::COVERAGE,
    miri::MIRI,
    mutants::MUTANTS,
];

fn main() -> ExitCode {
    let matches = arguments().get_matches();
    let (name, matches) = matches.subcommand().expect("a subcommand is required");
    let command = COMMANDS.iter().find(|command| command.name == name).expect("clap knows no others");
    let result = Workspace::enter().and_then(|workspace| (command.run)(&workspace, matches));
    result.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

fn arguments() -> clap::Command {
    let subcommands =
        COMMANDS.iter().map(|command| (command.arguments)(clap::Command::new(command.name).about(command.about)));
    clap::Command::new("cargo xtask")
        .about("Runs the checks and tools of this workspace")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(subcommands)
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_consistent() {
        super::arguments().debug_assert();
    }
}
