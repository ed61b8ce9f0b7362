//! Ours beside clients in other languages and the Rust SDK, on the same work without a network. `cargo xtask bench` installs
//! them and runs this; the table on standard output is Markdown.
//!
//! A session runs each peer's program once, and then ours on each of its works; ratios are those of a session, and the table
//! has the medians of all sessions.

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

/// A line of the table: nanoseconds of both sides, one value for each session.
#[derive(Default)]
struct Line {
    theirs: Vec<f64>,
    ours: Vec<f64>,
    /// The peer's allocations in a call, where they can be counted.
    allocations: Option<u64>,
}

/// By contestant, work and size, in the order in which they are seen.
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
        .about("Ours beside other clients, on the same work without a network")
        .arg(path("folder", "Where the inputs are written").required(true))
        .arg(path("python", "An interpreter that has botocore"))
        .arg(path("node-folder", "A folder that has @aws-sdk/client-securityhub and aws4fetch in its node_modules"))
        .arg(path("rust-sdk", "The program peers-rust-sdk of benches/peers/rust-sdk"))
        .arg(path("rust-sdk-allocations", "The program peers-rust-sdk-allocations of the same"))
        .arg(number("sessions", "3", "How many sessions"))
        .arg(number("milliseconds", "300", "How long each work is repeated in a session, by each side"))
}

fn run(matches: &ArgMatches) -> Result<()> {
    let path = |name| matches.get_one::<PathBuf>(name);
    let number = |name| matches.get_one::<u32>(name).copied().unwrap_or(1);
    let (sessions, milliseconds) = (number("sessions"), number("milliseconds"));
    let inputs = input::write(path("folder").ok_or("no folder")?)?;

    let python = path("python").map(|python| {
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/botocore_work.py"));
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

/// Runs a peer's program, and ours on each of its works.
fn session(command: &mut Command, budget: Duration, lines: &mut Lines) -> Result<()> {
    let output = command.output().map_err(|error| format!("{command:?} could not be run: {error}"))?;
    if !output.status.success() {
        return Err(
            format!("{command:?} failed, {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    let mut contestant = String::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line)?;
        if let Some(name) = line["contestant"].as_str() {
            name.clone_into(&mut contestant);
            continue;
        }
        let (work, size) = (line["work"].as_str().ok_or("a line without its work")?, line["size"].as_u64());
        let size = usize::try_from(size.ok_or("a line without its size")?)?;
        let key = (contestant.clone(), work.to_owned(), size);
        let index = lines.iter().position(|(other, _)| *other == key).unwrap_or(lines.len());
        if index == lines.len() {
            lines.push((key, Line::default()));
        }
        let measured = &mut lines[index].1;
        if let Some(nanoseconds) = line["nanoseconds"].as_f64() {
            measured.theirs.push(nanoseconds);
            measured.ours.push(ours::measure(work, size, budget)?);
        }
        measured.allocations = line["allocations"].as_u64().or(measured.allocations);
    }
    Ok(())
}

fn print(lines: &Lines, sessions: u32, absent: &[&str]) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Medians of {sessions} sessions. *Build + sign* is from account ids to a signed request; *call* is that and the \
         answer parsed, with a transport that answers at once; *sign* is of a body that is written already, beside which \
         ours is build + sign. As many accounts come back as unprocessed as there are ids. Allocations are counted where \
         that is possible.\n"
    )?;
    writeln!(out, "| peer | work | size | peer, µs | ours, µs | peer / ours | allocations of the peer |")?;
    writeln!(out, "|---|---|--:|--:|--:|--:|--:|")?;
    for ((contestant, work, size), line) in lines {
        let ratio = median(line.theirs.iter().zip(&line.ours).map(|(theirs, ours)| theirs / ours));
        let microseconds = |side: &[f64]| median(side.iter().map(|nanoseconds| nanoseconds / 1e3));
        let (theirs, ours) = (microseconds(&line.theirs), microseconds(&line.ours));
        let allocations = line.allocations.map_or_else(String::new, |allocations| allocations.to_string());
        writeln!(out, "| {contestant} | {work} | {size} | {theirs:.1} | {ours:.2} | {ratio:.1} | {allocations} |")?;
    }
    if !absent.is_empty() {
        writeln!(out, "\nNot tried: {}.", absent.join(", "))?;
    }
    Ok(())
}

/// The middle value, of an even number the upper one; NaN of none.
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
    fn every_work_is_ours_too() {
        for work in ["build + sign", "sign", "call", "parse"] {
            assert!(ours::measure(work, 50, Duration::ZERO).expect(work) > 0.0);
        }
        assert!(ours::measure("another", 1, Duration::ZERO).is_err());
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
    }
}
