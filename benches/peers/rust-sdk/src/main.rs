//! Times: see the library.

use std::time::{Duration, Instant};

/// How many calls a work has at least, however long they take.
const FEWEST: usize = 5;

fn main() -> peers_rust_sdk::Result<()> {
    peers_rust_sdk::run(|budget, call| format!(r#""nanoseconds":{:.0}"#, nanoseconds(budget, call)))
}

/// The median of calls that are timed one by one: one during which the machine did other things is passed over.
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
