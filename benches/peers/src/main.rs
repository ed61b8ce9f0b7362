//! This project compared with clients in other languages and the Rust SDK, without a network.
//!
//! `cargo xtask bench` installs the clients and runs this program, which prints a table in Markdown. A session runs each peer's
//! program once, and then our implementation of each of its workloads. Each session has its own ratios. The table shows the
//! medians of all sessions.

mod input;
mod ours;

use std::{
    error,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, ExitCode},
    time::Duration,
};

use clap::{Arg, ArgMatches, value_parser};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// A row of the table: the nanoseconds of both sides, with one value for each session.
#[derive(Default)]
struct Line {
    theirs: Vec<f64>,
    ours: Vec<f64>,
    /// The peer's allocations in a call, if they can be counted.
    allocations: Option<u64>,
}

/// Rows by implementation, workload and size, in the order of the peers' output.
type Lines = Vec<((String, String, usize), Line)>;

fn main() -> ExitCode {
    match run(&arguments().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> clap::Command {
    let path = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("PATH").value_parser(value_parser!(PathBuf)).help(help)
    };
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        let number = Arg::new(name).long(name).value_name("NUMBER").default_value(default);
        number.value_parser(value_parser!(u32).range(1..=60_000)).help(help)
    };
    clap::Command::new("securityhub-invitations-benches-peers")
        .about("Compares this project with other clients, without a network")
        .arg(path("folder", "The folder for the inputs").required(true))
        .arg(path("python", "A Python interpreter with botocore"))
        .arg(path("node-folder", "A folder with @aws-sdk/client-securityhub and aws4fetch in its node_modules"))
        .arg(path("rust-sdk", "The program peers-rust-sdk of benches/peers/rust-sdk"))
        .arg(path("rust-sdk-allocations", "The program peers-rust-sdk-allocations of benches/peers/rust-sdk"))
        .arg(number("sessions", "3", "The number of sessions"))
        .arg(number("milliseconds", "300", "The time for which each side repeats each workload in a session"))
}

fn run(matches: &ArgMatches) -> Result<()> {
    let path = |name| matches.get_one::<PathBuf>(name);
    let number = |name| matches.get_one::<u32>(name).copied().unwrap_or(1);
    let (sessions, milliseconds) = (number("sessions"), number("milliseconds"));
    let inputs = input::write(path("folder").ok_or("--folder is missing")?)?;

    let python = path("python").map(|python| {
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/botocore_workload.py"));
        command
    });
    let node = |program: &str| {
        path("node-folder").map(|folder| {
            let mut command = Command::new("node");
            command.arg(format!("{}/javascript/{program}.mjs", env!("CARGO_MANIFEST_DIR"))).arg(folder);
            command
        })
    };
    let peers = [
        ("botocore", python),
        ("the JavaScript SDK", node("sdk")),
        ("aws4fetch", node("aws4fetch")),
        ("the Rust SDK", path("rust-sdk").map(Command::new)),
        ("the Rust SDK's allocations", path("rust-sdk-allocations").map(Command::new)),
    ];
    let absent: Vec<&str> = peers.iter().filter(|(_, command)| command.is_none()).map(|(name, _)| *name).collect();
    let mut commands: Vec<Command> = peers.into_iter().filter_map(|(_, command)| command).collect();
    for command in &mut commands {
        command.arg(milliseconds.to_string()).args(&inputs);
    }
    let mut lines = Lines::new();
    for _ in 0..sessions {
        for command in &mut commands {
            session(command, Duration::from_millis(milliseconds.into()), &mut lines)?;
        }
    }
    print(&lines, sessions, &absent)
}

/// Runs a peer's program, and then our implementation of each of its workloads.
fn session(command: &mut Command, budget: Duration, lines: &mut Lines) -> Result<()> {
    let output = command.output().map_err(|error| format!("{command:?} could not be run: {error}"))?;
    if !output.status.success() {
        return Err(
            format!("{command:?} failed, {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    let mut implementation = String::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line)?;
        if let Some(name) = line["implementation"].as_str() {
            name.clone_into(&mut implementation);
            continue;
        }
        let (workload, size) = (line["workload"].as_str().ok_or("a line has no workload")?, line["size"].as_u64());
        let size = usize::try_from(size.ok_or("a line has no size")?)?;
        let key = (implementation.clone(), workload.to_owned(), size);
        let index = lines.iter().position(|(other, _)| *other == key).unwrap_or(lines.len());
        if index == lines.len() {
            lines.push((key, Line::default()));
        }
        let measured = &mut lines[index].1;
        if let Some(nanoseconds) = line["nanoseconds"].as_f64() {
            measured.theirs.push(nanoseconds);
            measured.ours.push(ours::measure(workload, size, budget)?);
        }
        measured.allocations = line["allocations"].as_u64().or(measured.allocations);
    }
    Ok(())
}

fn print(lines: &Lines, sessions: u32, absent: &[&str]) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Medians of {sessions} sessions. *Build + sign* turns account ids into a signed request. *Call* also parses the \
         response, with a transport that responds at once. *Sign* signs a prepared body, and is compared with our build + \
         sign. Every response reports all ids as unprocessed. Allocations are counted where that is possible.\n"
    )?;
    writeln!(out, "| peer | workload | size | peer, µs | ours, µs | peer / ours | allocations of the peer |")?;
    writeln!(out, "|---|---|--:|--:|--:|--:|--:|")?;
    for ((implementation, workload, size), line) in lines {
        let ratio = median(line.theirs.iter().zip(&line.ours).map(|(theirs, ours)| theirs / ours));
        let microseconds = |side: &[f64]| median(side.iter().map(|nanoseconds| nanoseconds / 1e3));
        let (theirs, ours) = (microseconds(&line.theirs), microseconds(&line.ours));
        let allocations = line.allocations.map_or_else(String::new, |allocations| allocations.to_string());
        writeln!(
            out,
            "| {implementation} | {workload} | {size} | {theirs:.1} | {ours:.2} | {ratio:.1} | {allocations} |"
        )?;
    }
    if !absent.is_empty() {
        writeln!(out, "\nNot measured: {}.", absent.join(", "))?;
    }
    Ok(())
}

/// Returns the median, without averaging: the upper of two middle values. NaN if `values` is empty.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        arguments().debug_assert();
    }

    #[test]
    fn measures_every_workload() {
        for workload in ["build + sign", "sign", "call", "parse"] {
            assert!(ours::measure(workload, 50, Duration::ZERO).expect(workload) > 0.0);
        }
        assert!(ours::measure("another", 1, Duration::ZERO).is_err());
    }

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
    }
}
