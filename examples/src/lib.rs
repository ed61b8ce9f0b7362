//! The programs are the files beside this crate's manifest, one for each way of using the workspace:
//!
//! | program | what it shows |
//! |---|---|
//! | `quickstart` | a whole call against the emulator, with nothing to set up |
//! | `delete_invitations` | the same against AWS, or any endpoint, from the `AWS_*` environment |
//! | `blocking` | the blocking adapter over several regions, and all that a call can come to |
//! | `own_stack` | the call over a bare `TcpStream`, without an HTTP client |
//! | `event_loop` | calls interleaved in an event loop, on a clock that nobody waits for |
//! | `rotate_credentials` | temporary credentials that expire: after a refusal, between two attempts, ahead of time |
//!
//! Three more are in `async`: `async_hyper`, `own_retry`, `resign_proxy`; and `reqwest_closure` is a package of its
//! own.
//!
//! Run one with `cargo run --example quickstart`. What they print is checked by `tests/run.rs`, with the functions
//! below.

use std::{
    env,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// An example that `cargo test` has built, as [`isolated`] makes it.
///
/// # Panics
/// If it is not built, as with `cargo test --test run`, which builds no examples.
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

/// The program in an environment that names a proxy where nobody listens, and nothing else.
#[must_use]
pub fn isolated(mut program: Command) -> Command {
    program.env_clear().stdin(Stdio::null());
    // Sockets on Windows, and where cargo-llvm-cov wants its data.
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

/// What a program printed that is expected to succeed.
///
/// # Panics
/// If it does not.
#[must_use]
#[track_caller]
pub fn printed_by(mut program: Command) -> String {
    let output = program.output().expect("the program starts");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{program:?}: {}", said(&output));
    text(&output.stdout)
}

/// Bytes as text, with the line ends of Unix.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

/// Checks that the pieces are there, one after the other.
///
/// # Panics
/// If one of them is not.
#[track_caller]
pub fn assert_in_order(printed: &str, pieces: &[&str]) {
    let mut rest = printed;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { panic!("no {piece:?} where it is expected in:\n{printed}") };
        rest = &rest[at + piece.len()..];
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
