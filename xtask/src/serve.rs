//! `cargo xtask serve`: the page, beside a relay and an emulator.

use std::process::ExitCode;

use clap::{Arg, value_parser};

use crate::{Command, check::Report, npm, shell::Shell};

/// `cargo xtask serve`.
pub(crate) const SERVE: Command = Command {
    name: "serve",
    about: "Build the npm package, and serve the page of examples/browser with a relay and an emulator on loopback",
    arguments: |command| {
        let port = |name, default| {
            let port = Arg::new(name).long(name).value_name("PORT").default_value(default);
            port.value_parser(value_parser!(u16))
        };
        command
            .arg(port("port", "8080").help("Serve the page on this port; 0 is any that is free"))
            .arg(port("emulator-port", "4566").help("Let the emulator listen on this port; 0 is any that is free"))
    },
    run: |workspace, matches| {
        npm::build(workspace, &mut Report::default())?;
        let mut serve = Shell::cargo("run --quiet --package securityhub-invitations-examples-browser -- --pkg");
        serve = serve.arg(npm::folder(workspace));
        for name in ["port", "emulator-port"] {
            let port = matches.get_one::<u16>(name).copied().unwrap_or_default();
            serve = serve.arg(format!("--{name}={port}"));
        }
        serve.run()?;
        Ok(ExitCode::SUCCESS)
    },
};
