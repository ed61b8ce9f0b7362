//! Prints the tables, as Markdown: `compare [--quick] [--times] [PART OF A WORK'S NAME]`. `--quick` takes few turns, and
//! `--times` counts nothing.

use std::{env, process::Command};

use securityhub_invitations_benches::{
    counts::{self, Allocations},
    growth::Growth,
    rounds::Rounds,
    scale,
    works::{self, Contestant, OURS, Work},
};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag| arguments.iter().any(|argument| argument == flag);
    let (is_quick, times_only) = (has("--quick"), has("--times"));
    // cargo says --bench to every benchmark.
    let part = arguments.iter().find(|argument| !argument.starts_with("--"));
    let is_chosen = |work: &Work| part.is_none_or(|part| work.name.contains(part));
    let rounds = if is_quick { 15 } else { 151 };

    let counts = if times_only { "" } else { " allocations | bytes allocated | peak bytes | instructions |" };
    println!("| work | contestant | time | ratio | promised |{counts}");
    println!("|---|---|--:|--:|---|{}", if times_only { "" } else { "--:|--:|--:|--:|" });
    let mut growth = Growth::default();
    for work in works::works().iter().filter(|work| is_chosen(work)) {
        let mut runs: Vec<_> = work.contestants.iter().map(Contestant::prepare).collect();
        let rounds = Rounds::run(&mut runs, rounds);
        for (at, contestant) in work.contestants.iter().enumerate() {
            let name = contestant.name;
            let time = rounds.nanoseconds(at);
            if let Some(accounts) = work.accounts {
                growth.add(&work.name, name, accounts, time);
            }
            let promised = if name == OURS { promised(work, &rounds, at) } else { String::new() };
            let counts = if times_only { String::new() } else { format!(" {} |", counted(work, name)) };
            let (time, ratio) = (shown(time), rounds.ratio(at, 0));
            println!("| {} | {name} | {time} | {ratio:.2} | {promised} |{counts}", work.name);
        }
    }
    println!("\n{growth}");
    if part.is_none() && !times_only {
        println!("\n{}", scale::threads(if is_quick { 3 } else { 15 }));
        println!("\n{}", hubs().unwrap_or_else(|| "What hubs take could not be counted.".to_owned()));
    }
}

/// Of each promise, whether it is kept.
fn promised(work: &Work, rounds: &Rounds, ours: usize) -> String {
    let kept = work.targets.iter().filter_map(|target| {
        let beside = work.contestants.iter().position(|contestant| contestant.name == target.beside)?;
        let ratio = rounds.ratio(ours, beside);
        let kept = if ratio <= target.at_most { "kept" } else { "MISSED" };
        Some(format!("≤ {:.2} of {}: {ratio:.2}, {kept}", target.at_most, target.beside))
    });
    kept.collect::<Vec<_>>().join("; ")
}

/// In a unit that a person can read.
fn shown(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1e3 => format!("{short:.0} ns"),
        middle if middle < 1e6 => format!("{:.2} µs", middle / 1e3),
        long => format!("{:.2} ms", long / 1e6),
    }
}

/// The columns of the counts.
fn counted(work: &Work, contestant: &str) -> String {
    let (allocations, instructions) = (env!("CARGO_BIN_EXE_allocations"), env!("CARGO_BIN_EXE_instructions"));
    let allocations = match counts::allocations(allocations, &work.name, contestant) {
        Ok(Allocations { count, bytes, peak_bytes }) => format!("{count} | {bytes} | {peak_bytes}"),
        Err(_) => "? | ? | ?".to_owned(),
    };
    let runs = if work.accounts.is_some_and(|accounts| accounts > 50) { 2 } else { 50 };
    let instructions = counts::instructions(instructions, &work.name, contestant, runs);
    format!("{allocations} | {}", instructions.map_or_else(|_| "?".to_owned(), |count| count.to_string()))
}

/// What many hubs take of memory.
fn hubs() -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).arg("hubs").output().ok()?;
    String::from_utf8(output.stdout).ok().filter(|_| output.status.success())
}
