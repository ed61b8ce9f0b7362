//! `cargo xtask bench`: everything that is measured, as one report.

use std::{env, fs, path::Path, process::ExitCode, thread};

use clap::{Arg, ArgAction, builder::PossibleValuesParser};

use crate::{
    Command, Result,
    conformance::{self, BOTO3, JAVASCRIPT_SDK},
    copy, install,
    lane::Report,
    shell::Shell,
    weigh,
    workspace::Workspace,
};

/// The report, on standard output and in the target folder.
pub(crate) const BENCH: Command = Command {
    name: "bench",
    about: "Measure everything beside its peers, install them, and print one report",
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
    /// Measures, with the Rust SDK or without, and gives Markdown. An error is told in the report, and ends no other part.
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
        .arg(flag("weigh", "Weigh minimal programs too, which are compiled from nothing for some minutes"))
        .arg(flag("with-rust-sdk", "Measure aws-sdk-securityhub too, which compiles for many minutes"))
        .arg(only.value_parser(names).help("Measure this part alone; can be given more than once"))
}

/// What everything below depends on.
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

/// What Linux says of the processor; empty elsewhere.
fn cpu() -> String {
    fs::read_to_string("/proc/cpuinfo").unwrap_or_default()
}

/// As `x86_64` and as `AArch64` call them.
fn cpu_flags(cpu: &str) -> Option<&str> {
    cpu_value(cpu, "flags").or_else(|| cpu_value(cpu, "Features"))
}

/// Whether a processor that has these can hash with instructions made for it.
fn have_sha(flags: &str) -> bool {
    flags.split(' ').any(|flag| flag == "sha_ni" || flag == "sha2")
}

/// The first value of this name: `model name : AMD EPYC`.
fn cpu_value<'a>(cpu: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = cpu.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(other, _)| other.trim() == name).map(|(_, value)| value.trim())
}

/// Ours beside other Rust and the bare yardsticks.
///
/// Where the processor has SHA extensions, the times are taken once more without them: hashing hides much there.
fn in_process(workspace: &Workspace, _: bool) -> Result<String> {
    install::valgrind(&mut Report::default())?;
    let compare = || Shell::cargo("bench --quiet --package securityhub-invitations-benches --bench compare");
    let mut text = compare().run_for_output()?;
    if cpu_flags(&cpu()).is_some_and(have_sha) {
        let without = compare()
            .arg("--target-dir")
            .arg(workspace.target.join("bench/soft"))
            .args(["--", "--times"])
            .env("RUSTFLAGS", "--cfg sha2_backend=\"soft\"");
        text += &format!("\nThe same without SHA extensions:\n\n{}", without.run_for_output()?);
    }
    Ok(text)
}

/// Calls by ureq and hyper, with us and without.
fn over_loopback(_: &Workspace, _: bool) -> Result<String> {
    let program = |name| {
        let run = "run --release --quiet --package securityhub-invitations-benches-loopback --bin";
        Shell::cargo(run).arg(name).run_for_output()
    };
    Ok(format!("{}\n{}", program("loopback")?, program("loopback-allocations")?))
}

/// Ours beside what is not Rust, or takes long to compile.
fn peers(workspace: &Workspace, with_rust_sdk: bool) -> Result<String> {
    let mut report = Report::default();
    let folder = workspace.target.join("bench");
    let python = conformance::python(&workspace.target.join("conformance"), "botocore", BOTO3, &mut report);
    let javascript = conformance::javascript(&folder, &[JAVASCRIPT_SDK, AWS4FETCH], &mut report);
    let mut shell = Shell::cargo("run --release --quiet --package securityhub-invitations-benches-peers --");
    shell = shell.arg("--folder").arg(folder.join("peers"));
    // Whoever has no Python or no Node sees the others all the same.
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

/// The folder of the programs of `benches/peers/rust-sdk`, built from a copy, so that no lock file appears beside the
/// original.
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
    fn the_first_cpu_speaks_for_all() {
        let cpu = "processor\t: 0\nmodel name\t: A\nflags\t\t: fpu sha_ni\n\nprocessor\t: 1\nmodel name\t: B\n";
        assert_eq!(cpu_value(cpu, "model name"), Some("A"));
        assert_eq!(cpu_value(cpu, "flags"), Some("fpu sha_ni"));
        assert_eq!(cpu_value(cpu, "Features"), None);
    }
}
