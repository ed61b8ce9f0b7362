//! `cargo xtask weigh`: the size and build time of minimal programs that sign a request, with this project and with others.
//!
//! Each program of `benches/weight` is copied to `target/weigh` and built there from scratch. It uses the versions of this
//! workspace's `Cargo.lock` if it has them, and cargo's defaults with `strip = true`. Dependencies are fetched in advance.
//!
//! CPU seconds are the user and system time of cargo and its child processes, from the shell's `times`. The load of the machine
//! hardly affects them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command as Process, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, builder::PossibleValuesParser};

use crate::{Command, Result, checks::weight::crates_of, copy, shell::Shell, workspace::Workspace};

/// The command.
pub(crate) const WEIGH: Command = Command {
    name: "weigh",
    about: "Build minimal programs from scratch, and compare their size and build time",
    arguments: |command| {
        let rust_sdk = Arg::new("with-rust-sdk").long("with-rust-sdk").action(ArgAction::SetTrue);
        let only = Arg::new("only").long("only").value_name("PROGRAM").action(ArgAction::Append);
        let names = PossibleValuesParser::new(PROGRAMS);
        command.arg(rust_sdk.help("Include aws-sdk-securityhub, which compiles for many minutes")).arg(
            only.value_parser(names).help("Compare only this program with the empty one. The option can be repeated"),
        )
    },
    run: |workspace, matches| {
        let only: Vec<&str> = matches.get_many::<String>("only").unwrap_or_default().map(String::as_str).collect();
        let with_rust_sdk = matches.get_flag("with-rust-sdk");
        let table = if only.is_empty() { table(workspace, with_rust_sdk) } else { table_of(workspace, &only) };
        println!("\n{}", table?);
        Ok(ExitCode::SUCCESS)
    },
};

/// The folders in `benches/weight`. The first one is the baseline.
const PROGRAMS: [&str; 6] = [EMPTY, "floor", OURS, "aws-sigv4", "reqsign", RUST_SDK];
const EMPTY: &str = "empty";
const OURS: &str = "ours";
const RUST_SDK: &str = "aws-sdk";

/// The limits for our program.
const TARGETS: Weight = Weight { cpu_seconds: 35.0, crates: 33, megabytes: 0.60 };
/// The limit for our program's start-up time relative to the empty program.
const START_TARGET: f64 = 1.2;

/// The number of starts of each program.
const STARTS: usize = 300;

/// The cost of building a program, and its size.
struct Weight {
    cpu_seconds: f64,
    /// The number of compiled crates, without the program itself.
    crates: usize,
    megabytes: f64,
}

struct Program {
    name: &'static str,
    path: PathBuf,
    weight: Weight,
    /// The time of each start, in ms.
    starts: Vec<f64>,
}

/// Weighs the programs, and returns a table in Markdown.
pub(crate) fn table(workspace: &Workspace, with_rust_sdk: bool) -> Result<String> {
    let names: Vec<&str> = PROGRAMS.into_iter().filter(|name| with_rust_sdk || *name != RUST_SDK).collect();
    table_of(workspace, &names)
}

fn table_of(workspace: &Workspace, names: &[&str]) -> Result<String> {
    let (chosen, left_out): (Vec<&'static str>, Vec<&'static str>) =
        PROGRAMS.into_iter().partition(|name| *name == EMPTY || names.contains(name));
    let mut programs = chosen.into_iter().map(|name| build(workspace, name)).collect::<Result<Vec<_>>>()?;
    for _ in 0..STARTS {
        for program in &mut programs {
            program.starts.push(start(&program.path)?);
        }
    }
    let empty = programs.iter().find(|program| program.name == EMPTY).ok_or("there is no empty program")?;
    let empty = median(&empty.starts);

    let mut text = format!(
        "Each program prints one signed request. The columns are a stripped release build from scratch, the median time of \
         {STARTS} starts until the program ends, and the peak memory.\n\n\
         | program | CPU s | crates | MB | start, ms | × empty | memory, MB |\n|---|--:|--:|--:|--:|--:|--:|\n"
    );
    for Program { name, path, weight, starts } in &programs {
        let Weight { cpu_seconds, crates, megabytes } = weight;
        let (start, memory) = (median(starts), peak_memory(path)?);
        let memory = memory.map_or_else(|| "?".to_owned(), |megabytes| format!("{megabytes:.1}"));
        text += &format!(
            "| {name} | {cpu_seconds:.1} | {crates} | {megabytes:.2} | {start:.2} | {:.2} | {memory} |\n",
            start / empty
        );
    }
    if let Some(ours) = programs.iter().find(|program| program.name == OURS) {
        text += &format!("\n{}\n", targets(ours, empty));
    }
    if !left_out.is_empty() {
        text += &format!("\nNot measured: {}.\n", left_out.join(", "));
    }
    Ok(text)
}

/// Reports in a sentence whether our program meets the targets.
fn targets(ours: &Program, empty: f64) -> String {
    let result =
        |what: &str, value: f64, limit: f64| format!("{what} {}", if value <= limit { "met" } else { "MISSED" });
    #[allow(clippy::cast_precision_loss)] // some dozens
    let [crates, most_crates] = [ours.weight.crates, TARGETS.crates].map(|crates| crates as f64);
    let all = [
        result(&format!("{} CPU s", TARGETS.cpu_seconds), ours.weight.cpu_seconds, TARGETS.cpu_seconds),
        result(&format!("{most_crates} crates"), crates, most_crates),
        result(&format!("{:.2} MB", TARGETS.megabytes), ours.weight.megabytes, TARGETS.megabytes),
        result(&format!("a start of {START_TARGET} × empty"), median(&ours.starts) / empty, START_TARGET),
    ];
    format!("Limits for ours: {}.", all.join(", "))
}

fn build(workspace: &Workspace, name: &'static str) -> Result<Program> {
    /// Runs its arguments with their output on stderr, and prints the CPU time of all child processes.
    const TIMES: &str = r#""$@" 1>&2 && times"#;
    let folder = workspace.target.join("weigh").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy::sources(&Path::new("benches/weight").join(name), &folder, &workspace.target)?;
    fs::copy("Cargo.lock", folder.join("Cargo.lock"))?;
    let manifest = folder.join("Cargo.toml");
    let crates = workspace.root.join("crates").display().to_string().replace('\\', "/");
    fs::write(&manifest, fs::read_to_string(&manifest)?.replace("../../../crates", &crates))?;

    Shell::cargo("fetch --quiet --manifest-path").arg(&manifest).run()?;
    let tree = Shell::cargo("tree --edges normal,build --prefix none --manifest-path").arg(&manifest).read()?;
    let crates = crates_of(&tree).len().saturating_sub(1);
    let target = folder.join("target");
    let captured = Shell::new("sh")
        .args(["-c", TIMES, "sh", "cargo", "build", "--release", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        // No cached results of earlier builds.
        .env("RUSTC_WRAPPER", "")
        .capture()?;
    if !captured.status.success() {
        return Err(format!("{name} could not be built: {}", captured.stderr).into());
    }
    let cpu_seconds = seconds_of_children(&captured.stdout)
        .ok_or_else(|| format!("the shell's times are invalid: {}", captured.stdout))?;
    let program = target.join("release").join(format!("weight-{name}{}", std::env::consts::EXE_SUFFIX));
    #[allow(clippy::cast_precision_loss)] // some megabytes
    let megabytes = fs::metadata(&program)?.len() as f64 / 1e6;
    Ok(Program { name, path: program, weight: Weight { cpu_seconds, crates, megabytes }, starts: Vec::new() })
}

/// Returns the sum of user and system time in the second line of `times`: `0m1.234s 0m0.567s`.
fn seconds_of_children(times: &str) -> Option<f64> {
    let line = times.lines().filter(|line| !line.trim().is_empty()).nth(1)?;
    let seconds = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    line.split_whitespace().map(seconds).sum()
}

/// Runs the program, and returns the ms until it ends.
fn start(program: &Path) -> Result<f64> {
    let mut process = Process::new(program);
    process.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = process.status()?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    if status.success() { Ok(time) } else { Err(format!("{} failed, {status}", program.display()).into()) }
}

/// The program's peak memory in MB when it waits for input, or `None` if the system has no such statistics.
fn peak_memory(program: &Path) -> Result<Option<f64>> {
    /// The wait before the measurement. The program needs about a millisecond.
    const UNTIL_IT_WAITS: Duration = Duration::from_millis(200);
    let mut process = Process::new(program);
    let mut child: Child = process.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    thread::sleep(UNTIL_IT_WAITS);
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok();
    drop(child.stdin.take());
    child.wait()?;
    Ok(status.as_deref().and_then(peak_megabytes))
}

/// Returns the value of a line such as `VmHWM: 2104 kB`, in MB.
fn peak_megabytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// The median, which is the upper one of two middle values, or NaN without values.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{peak_megabytes, seconds_of_children};

    #[test]
    fn reads_times_of_children() {
        assert_eq!(seconds_of_children("0m0.00s 0m0.00s\n1m2.50s 0m0.25s\n"), Some(62.75));
        assert_eq!(seconds_of_children("0m0.00s 0m0.00s\n"), None);
        assert_eq!(seconds_of_children("\n0m0.00s 0m0.00s\nno times\n"), None);
    }

    #[test]
    fn reads_peak_memory() {
        assert_eq!(peak_megabytes("VmPeak:\t    9000 kB\nVmHWM:\t    2000 kB\nVmRSS:\t    1000 kB\n"), Some(2.048));
        assert_eq!(peak_megabytes("VmPeak:\t    9000 kB\n"), None);
    }
}
