//! Prints the allocations of calls. Only this program uses the counting allocator.

use std::process::ExitCode;

use securityhub_invitations_benches_loopback::allocations;

fn main() -> ExitCode {
    match allocations(|operation| allocation_counter::measure(operation).count_total) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loopback: {error}");
            ExitCode::FAILURE
        }
    }
}
