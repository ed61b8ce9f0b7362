//! Counts what is allocated: `allocations WORK CONTESTANT` prints how often in one run, how many bytes in all, and how many
//! at most at a time; `allocations hubs` what many hubs take. What is allocated anew to grow counts again.

use std::process::ExitCode;

use securityhub_invitations_benches::{
    scale::{ACCOUNTS, REGIONS, hubs},
    works::prepared,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [hubs] if hubs == "hubs" => {
            print_hubs();
            ExitCode::SUCCESS
        }
        [work, contestant] => match prepared(work, contestant) {
            Some(mut run) => {
                let counted = allocation_counter::measure(&mut run);
                println!("{} {} {}", counted.count_total, counted.bytes_total, counted.bytes_max);
                ExitCode::SUCCESS
            }
            None => refuse("there is no such work or contestant"),
        },
        _ => refuse("usage: allocations WORK CONTESTANT, or allocations hubs"),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("allocations: {why}");
    ExitCode::FAILURE
}

fn print_hubs() {
    let mut kept = Vec::new();
    let counted = allocation_counter::measure(|| kept = hubs());
    let (bytes, count) = (counted.bytes_current, i64::try_from(kept.len()).unwrap_or(i64::MAX));
    println!(
        "Hubs for {ACCOUNTS} accounts with temporary credentials in {REGIONS} regions, each with its key of the day: \
         {:.1} MB, {} bytes each.",
        bytes as f64 / 1e6,
        bytes / count
    );
}
