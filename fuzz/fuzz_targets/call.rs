//! Runs calls against a server, a network and clocks that the input chooses. The server has its own clock and its own state.
//!
//! The model of the core's tests compares every report of the core with that state. It panics on a false report.
#![no_main]

#[path = "../../crates/securityhub-invitations/tests/suite/model.rs"]
#[expect(dead_code, reason = "the core's tests use the rest")]
mod model;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use model::{Setup, World};
use securityhub_invitations_fuzz::mutation;

/// The number of bytes that choose the setup.
const SETUP: usize = 7;
/// The longest run.
const MOST_STEPS: usize = 256;

const ATTEMPTS: [u32; 5] = [3, 1, 2, 4, 6];
const BACKOFFS: [Duration; 5] =
    [Duration::from_secs(20), Duration::ZERO, Duration::from_millis(1), Duration::from_secs(8), Duration::MAX];
const QUOTAS: [u32; 5] = [500, 470, 42, 13, 0];
/// The server's clock minus the caller's, in milliseconds, around the limits of four and five minutes.
const AHEAD: [i64; 16] = [
    0, 1, 999, 1_000, 239_000, 240_000, 241_000, 299_000, 301_000, 3_600_000, -1, -999, -240_000, -241_000, -301_000,
    -3_600_000,
];

fuzz_target!(|input: &[u8]| mutation::run(input, check_input));

fn check_input(input: &[u8]) {
    let Some((setup, choices)) = input.split_first_chunk::<SETUP>() else { return };
    let mut world = World::new(read_setup(setup));
    let mut choices = choices.iter().map(|byte| usize::from(*byte)).take(MOST_STEPS).peekable();
    while choices.peek().is_some() {
        world.step(&mut |bound| choices.next().unwrap_or_default() % bound);
    }
}

fn read_setup(bytes: &[u8; SETUP]) -> Setup {
    let [calls, attempts, backoff, quota, ahead, clock_steps, flags] = bytes.map(usize::from);
    Setup {
        calls: 1 + calls % 3,
        max_attempts: ATTEMPTS[attempts % ATTEMPTS.len()],
        max_backoff: BACKOFFS[backoff % BACKOFFS.len()],
        quota: QUOTAS[quota % QUOTAS.len()],
        has_jitter: flags & 1 == 0,
        corrects_clock: flags & 2 == 0,
        server_ahead: AHEAD[ahead % AHEAD.len()],
        clock_steps: clock_steps as u32 % 8,
    }
}
