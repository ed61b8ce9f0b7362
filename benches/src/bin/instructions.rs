//! Runs one implementation of a workload under valgrind: `instructions WORKLOAD IMPLEMENTATION TIMES`.
//!
//! Valgrind counts the instructions within the function [`counted`].

use std::process::ExitCode;

use securityhub_invitations_benches::workloads::{Run, prepared};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workload, implementation, times] = &arguments[..] else {
        eprintln!("usage: instructions WORKLOAD IMPLEMENTATION TIMES");
        return ExitCode::FAILURE;
    };
    let (Some(mut run), Ok(times)) = (prepared(workload, implementation), times.parse()) else {
        eprintln!("instructions: unknown workload or implementation, or invalid number");
        return ExitCode::FAILURE;
    };
    counted(&mut run, times);
    ExitCode::SUCCESS
}

/// Runs the workload. Valgrind finds this function by its name.
#[inline(never)]
fn counted(run: &mut Run, times: u32) {
    for _ in 0..times {
        run();
    }
}
