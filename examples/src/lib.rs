//! Examples: the files next to this crate's manifest. README.md has the complete list.
//!
//! | example | shows |
//! |---|---|
//! | `quickstart` | the whole job in small, at an emulator, with nothing to set up |
//! | `delete_invitations` | a small command that reads the `AWS_*` variables and calls AWS |
//! | `blocking` | the ureq adapter, region by region, with every result that a call can have |
//! | `own_stack` | a bare `TcpStream` as the transport |
//! | `event_loop` | three interleaved calls on one thread |
//! | `rotate_credentials` | three ways to replace expired credentials |
//!
//! Run one with `cargo run --example quickstart`. `tests/run.rs` checks their output with the functions below.

use std::{
    env,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// Returns an [`isolated`] command for an example that `cargo test` has built.
///
/// # Panics
/// If the example is not built. `cargo test --test run` builds no examples.
#[must_use]
#[track_caller]
pub fn example(name: &str) -> Command {
    let test = env::current_exe().expect("a test has a path");
    // target/debug/deps/run-0123456789abcdef
    let profile = test.ancestors().nth(2).expect("a test is two folders deep");
    let program: PathBuf = [profile, "examples".as_ref(), name.as_ref()].iter().collect();
    let program = program.with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is not built: run `cargo test` without --test first", program.display());
    isolated(Command::new(program))
}

/// Returns the command with an empty environment, except for a proxy that refuses every connection.
#[must_use]
pub fn isolated(mut program: Command) -> Command {
    program.env_clear().stdin(Stdio::null());
    // Sockets on Windows need the first, and cargo-llvm-cov needs the second.
    for name in ["SystemRoot", "LLVM_PROFILE_FILE"] {
        if let Some(value) = env::var_os(name) {
            program.env(name, value);
        }
    }
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy"] {
        program.env(name, "http://127.0.0.1:1");
    }
    program
}

/// Runs a program that must succeed, and returns its standard output.
///
/// # Panics
/// If the program fails or writes to standard error.
#[must_use]
#[track_caller]
pub fn printed_by(mut program: Command) -> String {
    let output = program.output().expect("the program starts");
    assert_eq!(
        (output.status.code(), text(&output.stderr).as_str()),
        (Some(0), ""),
        "{program:?}: {}",
        all_output(&output)
    );
    text(&output.stdout)
}

/// Returns the bytes as a string with Unix line endings.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// Checks that the output contains the pieces in this order.
///
/// # Panics
/// If a piece is missing.
#[track_caller]
pub fn assert_in_order(printed: &str, pieces: &[&str]) {
    let mut rest = printed;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { panic!("no {piece:?} where it is expected in:\n{printed}") };
        rest = &rest[at + piece.len()..];
    }
}

fn all_output(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
