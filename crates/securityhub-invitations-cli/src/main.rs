//! The command `securityhub-invitations`.

mod arguments;
mod clients;
mod command_error;
mod commands;
mod credentials;
mod exit_status;
mod ids;
mod interrupt;
mod journal;
mod plan_file;
mod progress;
mod question;
mod report;
mod resolve;
mod run;
mod settings;

use std::{io, process::ExitCode};

use clap::Parser;

use arguments::Arguments;
use command_error::CommandError;
use report::{ErrorLine, Line};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_json = arguments.command.prints_json();
    let status = commands::run(arguments.command).unwrap_or_else(|error| {
        report_error(&error, is_json);
        error.status()
    });
    status.into()
}

#[expect(clippy::print_stderr, reason = "it is where a command reports errors")]
fn report_error(error: &CommandError, is_json: bool) {
    if is_json {
        let (code, message) = (error.status() as u8, &error.to_string());
        // There is nowhere left to report that the standard error is closed.
        let _ = Line::Error(ErrorLine { code, message }).write(io::stderr());
    } else {
        eprintln!("error: {error}");
    }
}
