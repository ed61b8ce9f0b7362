//! `cargo xtask fuzz`, and the check that runs the fuzz targets on fixed inputs.

use std::{fs, path::Path, process::ExitCode};

use clap::{Arg, ArgAction, value_parser};

use crate::{
    Command, Result,
    check::{Check, Report},
    install,
    shell::Shell,
    workspace::Workspace,
};

/// Fuzzing by hand: the check's fixed mutations, or random exploration.
pub(crate) const FUZZ: Command = Command {
    name: "fuzz",
    about: "Run the fuzz targets, and install nightly Rust and cargo-fuzz if they are missing",
    arguments: |command| {
        let seconds = Arg::new("seconds").long("seconds").value_name("N").value_parser(value_parser!(u32));
        let target = Arg::new("target").long("target").value_name("TARGET").action(ArgAction::Append);
        command
            .arg(
                seconds
                    .help("Explore at random for N seconds per target instead of repeating the fixed mutations of CI"),
            )
            .arg(target.help("Run only this target; can be given more than once"))
    },
    run: |workspace, matches| {
        let mode = matches.get_one::<u32>("seconds").map_or(Mode::Fixed, |seconds| Mode::Explore { seconds: *seconds });
        let targets = matches.get_many::<String>("target").unwrap_or_default().cloned().collect();
        fuzz(workspace, &mut Report::default(), mode, targets)?;
        Ok(ExitCode::SUCCESS)
    },
};

/// The fixed mutations for every target.
pub(crate) const CHECK: Check = Check {
    name: "fuzz",
    about: "fixed mutations of the seeds of each fuzz target find nothing",
    run: |workspace, report| {
        Shell::cargo("fmt --manifest-path fuzz/Cargo.toml --check").run()?;
        fuzz(workspace, report, Mode::Fixed, Vec::new())
    },
};

/// The number of fixed mutations of each seed in the check. Each target takes 5 to 15 seconds.
///
/// The targets mutate the seeds themselves. libFuzzer selects its inputs by coverage, which depends on the clock and on
/// addresses in memory, so its runs with a fixed seed and number differ.
const MUTATIONS: [(&str, u32); 6] = [
    ("call", 20_000),
    ("config", 20_000),
    ("connection", 10_000),
    ("emulator", 20_000),
    ("response", 2_000),
    ("signer", 8_000),
];

#[derive(Clone, Copy, Debug)]
enum Mode {
    /// The committed seeds and a fixed number of fixed mutations of each.
    Fixed,
    /// Random runs for some time, from the committed seeds and a corpus in the target folder that earlier runs grew.
    Explore { seconds: u32 },
}

/// Runs the named targets, or all of them if the list is empty.
fn fuzz(workspace: &Workspace, report: &mut Report, mode: Mode, mut targets: Vec<String>) -> Result<()> {
    install::toolchain(install::NIGHTLY, report)?;
    let cargo_fuzz = install::cargo_fuzz(workspace, report)?;
    let folder = workspace.target.join("fuzz");
    let run = || Shell::new("rustup").args(["run", install::NIGHTLY]).arg(&cargo_fuzz).arg("fuzz");
    let known = run().arg("list").read()?;
    let known: Vec<&str> = known.split_whitespace().collect();
    if let Some(unknown) = targets.iter().find(|target| !known.contains(&target.as_str())) {
        return Err(format!("unknown fuzz target \"{unknown}\" (expected one of {})", known.join(", ")).into());
    }
    if targets.is_empty() {
        targets = known.iter().map(ToString::to_string).collect();
    }
    // Without a sanitizer, the targets are several times faster. The code under test has no unsafe code.
    run().args(["build", "--sanitizer", "none", "--target-dir"]).arg(&folder).run()?;
    let mut failed = Vec::new();
    for target in &targets {
        let corpus = folder.join(if matches!(mode, Mode::Fixed) { "check" } else { "corpus" }).join(target);
        if matches!(mode, Mode::Fixed) && corpus.exists() {
            fs::remove_dir_all(&corpus)?;
        }
        fs::create_dir_all(&corpus)?;
        let seeds_file = folder.join("seeds.txt");
        fs::write(&seeds_file, seeds(&Path::new("fuzz/seeds").join(target))?.join(","))?;
        let mutations = match mode {
            Mode::Fixed => mutations(target)?,
            Mode::Explore { .. } => 0,
        };
        let limits = match mode {
            // The limit is for a seed with all of its mutations.
            Mode::Fixed => ["-runs=0".to_owned(), "-timeout=300".to_owned()],
            Mode::Explore { seconds } => [format!("-max_total_time={seconds}"), "-timeout=10".to_owned()],
        };
        let captured = run()
            .args(["run", "--sanitizer", "none", "--target-dir"])
            .arg(&folder)
            .arg(target)
            .arg(&corpus)
            .arg("--")
            .args(["-dict=fuzz/words.dict", "-max_len=4096", "-print_final_stats=1"])
            .arg(format!("-seed_inputs=@{}", seeds_file.display()))
            .args(limits)
            .env("FUZZ_MUTATIONS", &mutations.to_string())
            .capture()?;
        let executions = executions(&captured.stderr);
        let mutated = if mutations > 0 { format!(" with {mutations} mutations each") } else { String::new() };
        println!("{target}: {} executions{mutated}", executions.unwrap_or_default());
        // A target without executions has tested nothing.
        if captured.status.success() && executions > Some(0) {
            report.tests.passed += 1;
        } else {
            report.tests.failed += 1;
            print!("{}", captured.stderr);
            failed.push(target.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("findings are in fuzz/artifacts: {}", failed.join(", ")).into())
}

fn mutations(target: &str) -> Result<u32> {
    let mutations = MUTATIONS.iter().find(|(name, _)| *name == target).map(|(_, mutations)| *mutations);
    mutations.ok_or_else(|| format!("fuzz target {target} has no number of mutations in xtask/src/fuzz.rs").into())
}

/// The files of a folder in a fixed order.
fn seeds(folder: &Path) -> Result<Vec<String>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path().to_string_lossy().into_owned()));
    let mut paths = paths.collect::<Result<Vec<_>>>()?;
    paths.sort_unstable();
    if paths.is_empty() { Err(format!("{} has no seeds", folder.display()).into()) } else { Ok(paths) }
}

/// The number of executions in libFuzzer's statistics, such as `stat::number_of_executed_units: 542337`.
fn executions(stderr: &str) -> Option<u64> {
    let mut lines = stderr.lines();
    lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::executions;

    const STDERR: &str = "#12\tDONE   cov: 3 ft: 5 corp: 2/80b lim: 4 exec/s: 0 rss: 29Mb\n\
        stat::number_of_executed_units: 542337\nstat::average_exec_per_sec:     9\n";

    #[test]
    fn reads_number_of_executions() {
        assert_eq!(executions(STDERR), Some(542_337));
        assert_eq!(executions("error: could not compile"), None);
    }
}
