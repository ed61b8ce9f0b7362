//! Counts the hot paths and compares with `baseline.tsv`: `guard` fails if one has become dearer, `guard --bless` writes the
//! counts down anew, for a change that is worth it. Counts do not depend on what else the machine does.

use std::{env, fmt::Write as _, fs, process::ExitCode};

use securityhub_invitations_benches::{
    counts::{allocations, instructions},
    works::OURS,
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

/// Another compiler counts a little otherwise.
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
        let mut text = String::from("# work\tallocations\tinstructions\n");
        for Count { work, allocations, instructions } in &counts {
            let _ = writeln!(text, "{work}\t{allocations}\t{instructions}");
        }
        return fs::write(BASELINE, text).map_err(|error| format!("{BASELINE}: {error}"));
    }
    let text = fs::read_to_string(BASELINE).map_err(|error| format!("{BASELINE}: {error}"))?;
    let mut dearer = 0;
    for count in &counts {
        let known = text.lines().find_map(|line| Count::read(line).filter(|known| known.work == count.work));
        let known = known.ok_or_else(|| format!("{} is not in the baseline: run it with --bless", count.work))?;
        let verdict = count.verdict(&known);
        dearer += usize::from(verdict != "ok");
        println!(
            "guard: {}: {} allocations (baseline {}), {} instructions (baseline {}): {verdict}",
            count.work, count.allocations, known.allocations, count.instructions, known.instructions
        );
    }
    if dearer == 0 {
        return Ok(());
    }
    Err(format!(
        "{dearer} of {} hot paths cost more than in benches/baseline.tsv; where that is worth it, \
         `cargo bench --package securityhub-invitations-benches --bench guard -- --bless` writes the new counts down",
        counts.len()
    ))
}

#[derive(Debug, PartialEq)]
struct Count<'a> {
    work: &'a str,
    allocations: u64,
    instructions: u64,
}

impl<'a> Count<'a> {
    fn of(work: &'a str) -> Result<Self, String> {
        Ok(Self {
            work,
            allocations: allocations(env!("CARGO_BIN_EXE_allocations"), work, OURS)?.count,
            instructions: instructions(env!("CARGO_BIN_EXE_instructions"), work, OURS, 20)?,
        })
    }

    /// A line of the baseline.
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        let work = fields.next()?;
        let mut number = || fields.next()?.parse().ok();
        Some(Self { work, allocations: number()?, instructions: number()? })
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
