//! Prints the tables as Markdown: `compare [--quick] [--times] [--chart FILE] [PART OF A WORKLOAD'S NAME]`.
//!
//! `--quick` runs fewer rounds. `--times` counts neither allocations nor instructions. `--chart` writes the ratios of building
//! and signing as SVG.

use std::{env, fs, process::Command};

use securityhub_invitations_benches::{
    chart::Chart,
    counts::{self, Allocations},
    growth::Growth,
    rounds::Rounds,
    scale,
    workloads::{self, Implementation, OURS, Workload},
};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag| arguments.iter().any(|argument| argument == flag);
    let (is_quick, times_only) = (has("--quick"), has("--times"));
    let chart_file = arguments.iter().position(|argument| argument == "--chart").map(|at| arguments[at + 1].clone());
    // cargo passes --bench to every benchmark.
    let part = arguments.iter().find(|argument| !argument.starts_with("--") && Some(*argument) != chart_file.as_ref());
    let is_chosen = |workload: &Workload| part.is_none_or(|part| workload.name.contains(part));
    let rounds = if is_quick { 15 } else { 151 };

    let counts = if times_only { "" } else { " allocations | bytes allocated | peak bytes | instructions |" };
    println!("| workload | implementation | time | ratio | targets |{counts}");
    println!("|---|---|--:|--:|---|{}", if times_only { "" } else { "--:|--:|--:|--:|" });
    let (mut growth, mut chart) = (Growth::default(), Chart::default());
    for workload in workloads::workloads().iter().filter(|workload| is_chosen(workload)) {
        let mut runs: Vec<_> = workload.implementations.iter().map(Implementation::prepare).collect();
        let rounds = Rounds::run(&mut runs, rounds);
        for (at, implementation) in workload.implementations.iter().enumerate() {
            let name = implementation.name;
            let time = rounds.nanoseconds(at);
            if let Some(accounts) = workload.accounts {
                growth.add(&workload.name, name, accounts, time);
            }
            let targets = if name == OURS { targets(workload, &rounds, at) } else { String::new() };
            let counts = if times_only { String::new() } else { format!(" {} |", counted(workload, name)) };
            let (time, ratio) = (shown(time), rounds.ratio(at, 0));
            if workload.name.starts_with("build + sign") && workload.accounts.is_some() {
                chart.add(&workload.name, name, ratio);
            }
            println!("| {} | {name} | {time} | {ratio:.2} | {targets} |{counts}", workload.name);
        }
    }
    println!("\n{growth}");
    if let Some(file) = chart_file {
        fs::write(&file, chart.to_string()).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    if part.is_none() && !times_only {
        println!("\n{}", scale::threads(if is_quick { 3 } else { 15 }));
        println!("\n{}", hubs().unwrap_or_else(|| "The memory of the hubs could not be measured.".to_owned()));
    }
}

/// Lists the targets, and whether each is met.
fn targets(workload: &Workload, rounds: &Rounds, ours: usize) -> String {
    let results = workload.targets.iter().filter_map(|target| {
        let other =
            workload.implementations.iter().position(|implementation| implementation.name == target.compared_with)?;
        let ratio = rounds.ratio(ours, other);
        let result = if ratio <= target.at_most { "met" } else { "MISSED" };
        Some(format!("≤ {:.2} of {}: {ratio:.2} ({result})", target.at_most, target.compared_with))
    });
    results.collect::<Vec<_>>().join(", ")
}

/// Formats a time in a readable unit.
fn shown(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1e3 => format!("{short:.0} ns"),
        middle if middle < 1e6 => format!("{:.2} µs", middle / 1e3),
        long => format!("{:.2} ms", long / 1e6),
    }
}

/// Returns the cells of the allocations and instructions.
fn counted(workload: &Workload, implementation: &str) -> String {
    let (allocations, instructions) = (env!("CARGO_BIN_EXE_allocations"), env!("CARGO_BIN_EXE_instructions"));
    let allocations = match counts::allocations(allocations, &workload.name, implementation) {
        Ok(Allocations { count, bytes, peak_bytes }) => format!("{count} | {bytes} | {peak_bytes}"),
        Err(_) => "? | ? | ?".to_owned(),
    };
    let runs = if workload.accounts.is_some_and(|accounts| accounts > 50) { 2 } else { 50 };
    let instructions = counts::instructions(instructions, &workload.name, implementation, runs);
    format!("{allocations} | {}", instructions.map_or_else(|_| "?".to_owned(), |count| count.to_string()))
}

/// Returns a sentence about the memory of many hubs.
fn hubs() -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).arg("hubs").output().ok()?;
    String::from_utf8(output.stdout).ok().filter(|_| output.status.success())
}
