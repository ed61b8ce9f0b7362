//! The examples for Python and JavaScript, which are skipped without their packages.
//!
//! `EMULATOR_PYTHON` is a Python interpreter with boto3 and pytest. Node finds packages in `NODE_PATH`.

use std::process::{Command, Output};

fn run(command: &mut Command) -> Option<Output> {
    command.env("SECURITYHUB_EMULATOR", env!("CARGO_BIN_EXE_securityhub-emulator")).output().ok()
}

fn check(output: &Output) {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|output| String::from_utf8_lossy(output));
    println!("{stdout}{stderr}");
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn python_example_passes() {
    let python = std::env::var("EMULATOR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imported = run(Command::new(&python).args(["-c", "import boto3, pytest"]));
    if !imported.is_some_and(|output| output.status.success()) {
        eprintln!("skipped: {python} does not have boto3 and pytest (set EMULATOR_PYTHON)");
        return;
    }
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/python");
    let arguments = ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests];
    check(&run(Command::new(&python).args(arguments)).expect("the interpreter started before"));
}

#[test]
fn javascript_example_passes() {
    if run(Command::new("node").arg("--version")).is_none() {
        eprintln!("skipped: node is not installed");
        return;
    }
    let test = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/javascript/emulator.test.cjs");
    check(&run(Command::new("node").args(["--no-warnings", "--test", test])).expect("node started before"));
}
