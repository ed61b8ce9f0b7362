//! Compares the counts of the hot paths with `baseline.tsv`. `guard` fails if a hot path costs more than its baseline.
//!
//! `guard --bless` updates the baseline, for a change that is worth its cost. Unlike times, counts do not depend on the load of
//! the machine.

use std::{env, fmt::Write as _, fs, process::ExitCode};

use securityhub_invitations_benches::{
    counts::{allocations, instructions},
    workloads::OURS,
};

const HOT_PATHS: [&str; 7] = [
    "build + sign, 1 ids",
    "build + sign, 1000 ids",
    "sign again (a retry), 10000 ids",
    "sign any request",
    "parse, 1000 entries",
    "parse an error",
    "a call of 1 id with a retry",
];

/// Counts differ a little between compiler versions.
const TOLERANCE: f64 = 0.02;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.tsv");

fn main() -> ExitCode {
    match run(env::args().any(|argument| argument == "--bless")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("guard: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(bless: bool) -> Result<(), String> {
    let counts = HOT_PATHS.into_iter().map(Count::of).collect::<Result<Vec<_>, _>>()?;
    if bless {
        let mut text = String::from("# workload\tallocations\tinstructions\n");
        for Count { workload, allocations, instructions } in &counts {
            let _ = writeln!(text, "{workload}\t{allocations}\t{instructions}");
        }
        return fs::write(BASELINE, text).map_err(|error| format!("{BASELINE}: {error}"));
    }
    let text = fs::read_to_string(BASELINE).map_err(|error| format!("{BASELINE}: {error}"))?;
    let mut regressions = 0;
    for count in &counts {
        let known = text.lines().find_map(|line| Count::read(line).filter(|known| known.workload == count.workload));
        let known =
            known.ok_or_else(|| format!("{} is not in the baseline, update it with --bless", count.workload))?;
        let verdict = count.verdict(&known);
        regressions += usize::from(verdict != "ok");
        println!(
            "guard: {}: {} allocations (baseline {}), {} instructions (baseline {}): {verdict}",
            count.workload, count.allocations, known.allocations, count.instructions, known.instructions
        );
    }
    if regressions == 0 {
        return Ok(());
    }
    Err(format!(
        "{regressions} of {} hot paths cost more than in benches/baseline.tsv (to accept that, run \
         `cargo bench --package securityhub-invitations-benches --bench guard -- --bless`)",
        counts.len()
    ))
}

#[derive(Debug, PartialEq)]
struct Count<'a> {
    workload: &'a str,
    allocations: u64,
    instructions: u64,
}

impl<'a> Count<'a> {
    fn of(workload: &'a str) -> Result<Self, String> {
        Ok(Self {
            workload,
            allocations: allocations(env!("CARGO_BIN_EXE_allocations"), workload, OURS)?.count,
            instructions: instructions(env!("CARGO_BIN_EXE_instructions"), workload, OURS, 20)?,
        })
    }

    /// Parses a line of the baseline.
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        let workload = fields.next()?;
        let mut number = || fields.next()?.parse().ok();
        Some(Self { workload, allocations: number()?, instructions: number()? })
    }

    fn verdict(&self, baseline: &Count<'_>) -> &'static str {
        let most = baseline.instructions as f64 * (1.0 + TOLERANCE);
        if self.allocations > baseline.allocations {
            "MORE ALLOCATIONS"
        } else if self.instructions as f64 > most {
            "MORE INSTRUCTIONS"
        } else {
            "ok"
        }
    }
}
