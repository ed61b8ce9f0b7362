//! Prints the times of calls.

use std::time::{Duration, Instant};

/// The smallest number of calls of a workload.
const FEWEST: usize = 5;

fn main() -> peers_rust_sdk::Result<()> {
    peers_rust_sdk::run(|budget, call| format!(r#""nanoseconds":{:.0}"#, nanoseconds(budget, call)))
}

/// Returns the median time of individual calls. Calls that the machine interrupted do not affect it.
fn nanoseconds(budget: Duration, call: &mut dyn FnMut()) -> f64 {
    call();
    let (mut times, end) = (Vec::new(), Instant::now() + budget);
    while times.len() < FEWEST || Instant::now() < end {
        let start = Instant::now();
        call();
        times.push(start.elapsed().as_secs_f64() * 1e9);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
