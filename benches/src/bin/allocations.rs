//! Counts allocations.
//!
//! `allocations WORKLOAD IMPLEMENTATION` prints three numbers for one run: allocations, total bytes, and peak bytes. Each
//! reallocation counts as one more allocation. `allocations hubs` prints the memory of many hubs.

use std::process::ExitCode;

use securityhub_invitations_benches::{
    scale::{ACCOUNTS, REGIONS, hubs},
    workloads::prepared,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [hubs] if hubs == "hubs" => {
            print_hubs();
            ExitCode::SUCCESS
        }
        [workload, implementation] => match prepared(workload, implementation) {
            Some(mut run) => {
                let counted = allocation_counter::measure(&mut run);
                println!("{} {} {}", counted.count_total, counted.bytes_total, counted.bytes_max);
                ExitCode::SUCCESS
            }
            None => fail("unknown workload or implementation"),
        },
        _ => fail("usage: allocations WORKLOAD IMPLEMENTATION, or allocations hubs"),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("allocations: {message}");
    ExitCode::FAILURE
}

fn print_hubs() {
    let mut kept = Vec::new();
    let counted = allocation_counter::measure(|| kept = hubs());
    let (bytes, count) = (counted.bytes_current, i64::try_from(kept.len()).unwrap_or(i64::MAX));
    println!(
        "Hubs for {ACCOUNTS} accounts with temporary credentials in {REGIONS} regions, each with its signing key: \
         {:.1} MB, {} bytes each.",
        bytes as f64 / 1e6,
        bytes / count
    );
}
