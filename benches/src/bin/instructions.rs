//! Does one contestant's work so many times, below valgrind, which counts the instructions within the function
//! [`counted`]: `instructions WORK CONTESTANT TIMES`.

use std::process::ExitCode;

use securityhub_invitations_benches::works::{Run, prepared};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, contestant, times] = &arguments[..] else {
        eprintln!("usage: instructions WORK CONTESTANT TIMES");
        return ExitCode::FAILURE;
    };
    let (Some(mut run), Ok(times)) = (prepared(work, contestant), times.parse()) else {
        eprintln!("instructions: there is no such work, contestant, or number of times");
        return ExitCode::FAILURE;
    };
    counted(&mut run, times);
    ExitCode::SUCCESS
}

/// Its name is what valgrind is given.
#[inline(never)]
fn counted(run: &mut Run, times: u32) {
    for _ in 0..times {
        run();
    }
}
