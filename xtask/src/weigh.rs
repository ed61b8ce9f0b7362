//! `cargo xtask weigh`: what a minimal program weighs that signs a request, by us and by others.
//!
//! Each program of `benches/weight` is copied below `target/weigh` and built there from nothing, with the versions of our
//! `Cargo.lock` where it has them, and with cargo's defaults but for `strip = true`. Its dependencies are fetched before.
//! CPU seconds are user and system time of cargo and all that it runs, as the shell's `times` has them, so that a machine
//! with other things to do counts them nearly the same.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command as Process, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, builder::PossibleValuesParser};

use crate::{Command, Result, copy, lanes::weight::crates_of, shell::Shell, workspace::Workspace};

/// The table alone.
pub(crate) const WEIGH: Command = Command {
    name: "weigh",
    about: "Build minimal programs from nothing, and print what they weigh beside each other",
    arguments: |command| {
        let rust_sdk = Arg::new("with-rust-sdk").long("with-rust-sdk").action(ArgAction::SetTrue);
        let only = Arg::new("only").long("only").value_name("PROGRAM").action(ArgAction::Append);
        let names = PossibleValuesParser::new(CONTESTANTS);
        command
            .arg(rust_sdk.help("Weigh aws-sdk-securityhub too, which compiles for many minutes"))
            .arg(only.value_parser(names).help("Weigh this program beside the empty one; can be given more than once"))
    },
    run: |workspace, matches| {
        let only: Vec<&str> = matches.get_many::<String>("only").unwrap_or_default().map(String::as_str).collect();
        let with_rust_sdk = matches.get_flag("with-rust-sdk");
        let table = if only.is_empty() { table(workspace, with_rust_sdk) } else { table_of(workspace, &only) };
        println!("\n{}", table?);
        Ok(ExitCode::SUCCESS)
    },
};

/// The folders below `benches/weight`, the one that all are compared with first.
const CONTESTANTS: [&str; 6] = [EMPTY, "floor", OURS, "aws-sigv4", "reqsign", RUST_SDK];
const EMPTY: &str = "empty";
const OURS: &str = "ours";
const RUST_SDK: &str = "aws-sdk";

/// What ours may weigh at most.
const TARGETS: Weight = Weight { cpu_seconds: 35.0, crates: 33, megabytes: 0.60 };
/// How much longer ours may take to start than the empty program.
const START_TARGET: f64 = 1.2;

/// How often each program is started.
const STARTS: usize = 300;

/// What it takes to build a program, and what comes of it.
struct Weight {
    cpu_seconds: f64,
    /// Those that are compiled, without the program itself.
    crates: usize,
    megabytes: f64,
}

struct Contestant {
    name: &'static str,
    program: PathBuf,
    weight: Weight,
    /// One for each time that it was started, in ms.
    starts: Vec<f64>,
}

/// Weighs the programs, and prints a table of Markdown.
pub(crate) fn table(workspace: &Workspace, with_rust_sdk: bool) -> Result<String> {
    let names: Vec<&str> = CONTESTANTS.into_iter().filter(|name| with_rust_sdk || *name != RUST_SDK).collect();
    table_of(workspace, &names)
}

fn table_of(workspace: &Workspace, names: &[&str]) -> Result<String> {
    let (chosen, left_out): (Vec<&'static str>, Vec<&'static str>) =
        CONTESTANTS.into_iter().partition(|name| *name == EMPTY || names.contains(name));
    let mut contestants = chosen.into_iter().map(|name| build(workspace, name)).collect::<Result<Vec<_>>>()?;
    for _ in 0..STARTS {
        for contestant in &mut contestants {
            contestant.starts.push(start(&contestant.program)?);
        }
    }
    let empty = contestants.iter().find(|contestant| contestant.name == EMPTY).ok_or("there is no empty program")?;
    let empty = median(&empty.starts);

    let mut text = format!(
        "A release build from nothing of a program that prints one signed request, stripped; its start, until it has \
         printed and ended, as the median of {STARTS}; the most memory that it had.\n\n\
         | program | CPU s | crates | MB | start, ms | × empty | memory, MB |\n|---|--:|--:|--:|--:|--:|--:|\n"
    );
    for Contestant { name, program, weight, starts } in &contestants {
        let Weight { cpu_seconds, crates, megabytes } = weight;
        let (start, memory) = (median(starts), peak_memory(program)?);
        let memory = memory.map_or_else(|| "?".to_owned(), |megabytes| format!("{megabytes:.1}"));
        text += &format!(
            "| {name} | {cpu_seconds:.1} | {crates} | {megabytes:.2} | {start:.2} | {:.2} | {memory} |\n",
            start / empty
        );
    }
    if let Some(ours) = contestants.iter().find(|contestant| contestant.name == OURS) {
        text += &format!("\n{}\n", targets(ours, empty));
    }
    if !left_out.is_empty() {
        text += &format!("\nNot weighed: {}.\n", left_out.join(", "));
    }
    Ok(text)
}

/// How ours does, in a sentence.
fn targets(ours: &Contestant, empty: f64) -> String {
    let said = |what: &str, value: f64, limit: f64| format!("{what} {}", if value <= limit { "met" } else { "MISSED" });
    #[allow(clippy::cast_precision_loss)] // some dozens
    let [crates, most_crates] = [ours.weight.crates, TARGETS.crates].map(|crates| crates as f64);
    let all = [
        said(&format!("{} CPU s", TARGETS.cpu_seconds), ours.weight.cpu_seconds, TARGETS.cpu_seconds),
        said(&format!("{most_crates} crates"), crates, most_crates),
        said(&format!("{:.2} MB", TARGETS.megabytes), ours.weight.megabytes, TARGETS.megabytes),
        said(&format!("a start of {START_TARGET} × empty"), median(&ours.starts) / empty, START_TARGET),
    ];
    format!("Targets of ours, at most: {}.", all.join(", "))
}

fn build(workspace: &Workspace, name: &'static str) -> Result<Contestant> {
    /// Runs its arguments with their output moved aside, and prints the CPU time of all processes that took.
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
        // Nothing that was compiled before.
        .env("RUSTC_WRAPPER", "")
        .capture()?;
    if !captured.status.success() {
        return Err(format!("{name} could not be built: {}", captured.stderr).into());
    }
    let cpu_seconds = seconds_of_children(&captured.stdout)
        .ok_or_else(|| format!("the shell's times are not understood: {}", captured.stdout))?;
    let program = target.join("release").join(format!("weight-{name}{}", std::env::consts::EXE_SUFFIX));
    #[allow(clippy::cast_precision_loss)] // some megabytes
    let megabytes = fs::metadata(&program)?.len() as f64 / 1e6;
    Ok(Contestant { name, program, weight: Weight { cpu_seconds, crates, megabytes }, starts: Vec::new() })
}

/// User and system time of the second line of `times`: `0m1.234s 0m0.567s`.
fn seconds_of_children(times: &str) -> Option<f64> {
    let line = times.lines().filter(|line| !line.trim().is_empty()).nth(1)?;
    let seconds = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    line.split_whitespace().map(seconds).sum()
}

/// Starts the program, and gives the ms until it has ended.
fn start(program: &Path) -> Result<f64> {
    let mut process = Process::new(program);
    process.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = process.status()?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    if status.success() { Ok(time) } else { Err(format!("{} failed, {status}", program.display()).into()) }
}

/// The most memory that the program had by the time at which it waits for input, in MB; `None` where the system has no
/// files that tell.
fn peak_memory(program: &Path) -> Result<Option<f64>> {
    /// Plenty for what takes a millisecond.
    const UNTIL_IT_WAITS: Duration = Duration::from_millis(200);
    let mut process = Process::new(program);
    let mut child: Child = process.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    thread::sleep(UNTIL_IT_WAITS);
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok();
    drop(child.stdin.take());
    child.wait()?;
    Ok(status.as_deref().and_then(peak_megabytes))
}

/// `VmHWM: 2104 kB`, in MB.
fn peak_megabytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

/// The middle value, of an even number the upper one; NaN of none.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{peak_megabytes, seconds_of_children};

    #[test]
    fn times_are_those_of_children() {
        assert_eq!(seconds_of_children("0m0.00s 0m0.00s\n1m2.50s 0m0.25s\n"), Some(62.75));
        assert_eq!(seconds_of_children("0m0.00s 0m0.00s\n"), None);
        assert_eq!(seconds_of_children("\n0m0.00s 0m0.00s\nno times\n"), None);
    }

    #[test]
    fn memory_is_the_peak() {
        assert_eq!(peak_megabytes("VmPeak:\t    9000 kB\nVmHWM:\t    2000 kB\nVmRSS:\t    1000 kB\n"), Some(2.048));
        assert_eq!(peak_megabytes("VmPeak:\t    9000 kB\n"), None);
    }
}
