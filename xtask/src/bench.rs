//! `cargo xtask bench`: all measurements in one report.

use std::{env, fs, path::Path, process::ExitCode, thread};

use clap::{Arg, ArgAction, builder::PossibleValuesParser};

use crate::{
    Command, Result,
    check::Report,
    conformance::{self, BOTO3, JAVASCRIPT_SDK},
    copy, install,
    shell::Shell,
    weigh,
    workspace::Workspace,
};

/// The command. It prints the report, and writes it to the target folder.
pub(crate) const BENCH: Command = Command {
    name: "bench",
    about: "Compare the performance with other implementations, which it installs, and print a report",
    arguments,
    run: |workspace, matches| {
        let only: Vec<&str> = matches.get_many::<String>("only").unwrap_or_default().map(String::as_str).collect();
        let (weigh, rust_sdk) = (matches.get_flag("weigh"), matches.get_flag("with-rust-sdk"));
        let is_chosen = |part: &Part| {
            if only.is_empty() { weigh || part.name != LIGHTNESS } else { only.contains(&part.name) }
        };
        let (chosen, left_out): (Vec<&Part>, Vec<&Part>) = PARTS.iter().partition(|part| is_chosen(part));

        let (mut text, mut code) = (format!("# Measured\n\n{}", machine()?), ExitCode::SUCCESS);
        for part in chosen {
            eprintln!("\n==> {}: {}", part.name, part.title);
            let section = (part.run)(workspace, rust_sdk).unwrap_or_else(|error| {
                code = ExitCode::FAILURE;
                format!("FAILED: {error}")
            });
            text += &format!("\n## {}\n\n{}\n", part.title, section.trim());
        }
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|part| part.name).collect();
            text += &format!("\nLeft out: {}.\n", names.join(", "));
        }
        let folder = workspace.target.join("bench");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("report.md"), &text)?;
        println!("\n{text}");
        Ok(code)
    },
};

/// A section of the report.
struct Part {
    name: &'static str,
    title: &'static str,
    /// Measures with or without the Rust SDK, and returns Markdown. The report shows an error, and other parts still run.
    run: fn(&Workspace, bool) -> Result<String>,
}

const LIGHTNESS: &str = "weigh";

const PARTS: [Part; 4] = [
    Part { name: "in-process", title: "In one process", run: in_process },
    Part { name: "loopback", title: "Over loopback", run: over_loopback },
    Part { name: "peers", title: "Other languages and the Rust SDK", run: peers },
    Part { name: LIGHTNESS, title: "Lightness", run: weigh::table },
];

const AWS4FETCH: &str = "aws4fetch@1.0.20";

fn arguments(command: clap::Command) -> clap::Command {
    let flag = |name: &'static str, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let only = Arg::new("only").long("only").value_name("PART").action(ArgAction::Append);
    let names = PossibleValuesParser::new(PARTS.iter().map(|part| part.name));
    command
        .arg(flag("weigh", "Include minimal programs, which compile from scratch for some minutes"))
        .arg(flag("with-rust-sdk", "Include aws-sdk-securityhub, which compiles for many minutes"))
        .arg(only.value_parser(names).help("Measure only this part. The option can be repeated"))
}

/// Describes the machine.
fn machine() -> Result<String> {
    let cpu = cpu();
    let model = cpu_value(&cpu, "model name").unwrap_or("an unknown CPU");
    let flags = cpu_flags(&cpu);
    let sha = flags.map_or("unknown", |flags| if have_sha(flags) { "yes" } else { "no" });
    let rustc = Shell::new("rustc").arg("--version").read()?;
    Ok(format!(
        "{model}, {} cores, SHA extensions: {sha}; {}-{}; {}.\n",
        thread::available_parallelism()?,
        env::consts::ARCH,
        env::consts::OS,
        rustc.trim()
    ))
}

/// The processor's name on Linux, or an empty string on other systems.
fn cpu() -> String {
    fs::read_to_string("/proc/cpuinfo").unwrap_or_default()
}

/// Returns the CPU flags, which have different names on `x86_64` and `AArch64`.
fn cpu_flags(cpu: &str) -> Option<&str> {
    cpu_value(cpu, "flags").or_else(|| cpu_value(cpu, "Features"))
}

/// Returns whether the flags contain the SHA extensions.
fn have_sha(flags: &str) -> bool {
    flags.split(' ').any(|flag| flag == "sha_ni" || flag == "sha2")
}

/// Returns the first value with this name: `model name : AMD EPYC`.
fn cpu_value<'a>(cpu: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = cpu.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(other, _)| other.trim() == name).map(|(_, value)| value.trim())
}

/// Compares this project with other Rust crates and the baselines.
///
/// It draws the chart of BENCHMARKS.md again. If the processor has SHA extensions, the times are measured again without them.
fn in_process(workspace: &Workspace, _: bool) -> Result<String> {
    install::valgrind(&mut Report::default())?;
    let compare = || Shell::cargo("bench --quiet --package securityhub-invitations-benches --bench compare");
    let chart = workspace.root.join("docs/images/build-and-sign.svg");
    let mut text = compare().args(["--", "--chart"]).arg(chart).run_for_output()?;
    if cpu_flags(&cpu()).is_some_and(have_sha) {
        let without = compare()
            .arg("--target-dir")
            .arg(workspace.target.join("bench/soft"))
            .args(["--", "--times"])
            .env("RUSTFLAGS", "--cfg sha2_backend=\"soft\"");
        text += &format!("\nWithout SHA extensions:\n\n{}", without.run_for_output()?);
    }
    Ok(text)
}

/// Measures calls with ureq and hyper, with and without this project.
fn over_loopback(_: &Workspace, _: bool) -> Result<String> {
    let program = |name| {
        let run = "run --release --quiet --package securityhub-invitations-benches-loopback --bin";
        Shell::cargo(run).arg(name).run_for_output()
    };
    Ok(format!("{}\n{}", program("loopback")?, program("loopback-allocations")?))
}

/// Compares this project with clients in other languages, and with the Rust SDK, which compiles for minutes.
fn peers(workspace: &Workspace, with_rust_sdk: bool) -> Result<String> {
    let mut report = Report::default();
    let folder = workspace.target.join("bench");
    let python = conformance::python(&workspace.target.join("conformance"), "botocore", BOTO3, &mut report);
    let javascript = conformance::javascript(&folder, &[JAVASCRIPT_SDK, AWS4FETCH], &mut report);
    let mut shell = Shell::cargo("run --release --quiet --package securityhub-invitations-benches-peers --");
    shell = shell.arg("--folder").arg(folder.join("peers"));
    // Without Python or Node, the others are still measured.
    for (argument, path) in [("--python", python), ("--node-folder", javascript)] {
        match path {
            Ok(path) => shell = shell.arg(argument).arg(path),
            Err(error) => eprintln!("left out: {error}"),
        }
    }
    if with_rust_sdk {
        let programs = rust_sdk(workspace, &folder)?;
        let program = |name: &str| programs.join(format!("{name}{}", env::consts::EXE_SUFFIX));
        shell = shell.arg("--rust-sdk").arg(program("peers-rust-sdk"));
        shell = shell.arg("--rust-sdk-allocations").arg(program("peers-rust-sdk-allocations"));
    }
    shell.run_for_output()
}

/// Builds the programs of `benches/peers/rust-sdk` and returns their folder. It builds a copy, so the original gets no lock file.
fn rust_sdk(workspace: &Workspace, folder: &Path) -> Result<std::path::PathBuf> {
    let copy = folder.join("rust-sdk");
    copy::sources(Path::new("benches/peers/rust-sdk"), &copy, &workspace.target)?;
    let target = copy.join("target");
    let build = "build --release --manifest-path";
    Shell::cargo(build).arg(copy.join("Cargo.toml")).arg("--target-dir").arg(&target).run()?;
    Ok(target.join("release"))
}

#[cfg(test)]
mod tests {
    use super::cpu_value;

    #[test]
    fn reads_the_first_cpu() {
        let cpu = "processor\t: 0\nmodel name\t: A\nflags\t\t: fpu sha_ni\n\nprocessor\t: 1\nmodel name\t: B\n";
        assert_eq!(cpu_value(cpu, "model name"), Some("A"));
        assert_eq!(cpu_value(cpu, "flags"), Some("fpu sha_ni"));
        assert_eq!(cpu_value(cpu, "Features"), None);
    }
}
