//! The model of the service, searched exhaustively and at random.

use std::time::Duration;

use crate::model::{Setup, World};

/// Runs every sequence of `steps` decisions, and returns their number.
fn search(setup: Setup, steps: usize) -> u64 {
    // The decisions of a run, each with the number of its alternatives.
    let mut decisions: Vec<(usize, usize)> = Vec::new();
    for runs in 1.. {
        let mut next = 0;
        let mut choose = |count: usize| {
            if next == decisions.len() {
                decisions.push((0, count));
            }
            let (chosen, known) = decisions[next];
            assert_eq!(known, count, "a run is repeatable");
            next += 1;
            chosen
        };
        let mut world = World::new(setup);
        for _ in 0..steps {
            world.step(&mut choose);
            if world.is_over() {
                break;
            }
        }
        while decisions.pop_if(|(chosen, count)| *chosen + 1 == *count).is_some() {}
        match decisions.last_mut() {
            Some((chosen, _)) => *chosen += 1,
            None => return runs,
        }
    }
    unreachable!("a search ends")
}

/// Runs `count` sequences of random decisions from a fixed seed.
fn sample(setup: Setup, steps: usize, seed: u64, count: u32) {
    let mut state = seed;
    let mut choose = |count: usize| {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % count as u64).unwrap()
    };
    for _ in 0..count {
        let mut world = World::new(setup);
        for _ in 0..steps {
            world.step(&mut choose);
        }
    }
}

#[test]
fn every_sequence_of_one_call_is_true() {
    assert_eq!(search(Setup::STANDARD, 6), 2332);
}

#[test]
fn every_sequence_with_little_quota_is_true() {
    let counts = [10, 20].map(|quota| search(Setup { max_attempts: 4, quota, ..Setup::STANDARD }, 8));
    assert_eq!(counts, [274, 1870]);
}

/// B1: the server's clock is ahead, and the caller's clock is set at any moment.
#[test]
fn every_sequence_with_a_clock_step_is_true() {
    let setup = Setup { clock_steps: 1, ..Setup::STANDARD };
    assert_eq!(search(setup, 5), 5462);
    assert_eq!(search(Setup { server_ahead: 3_600_000, ..setup }, 6), 13_641);
}

#[test]
fn every_sequence_of_two_calls_is_true() {
    assert_eq!(search(Setup { calls: 2, max_attempts: 2, ..Setup::STANDARD }, 5), 14_624);
}

#[test]
fn random_sequences_are_true() {
    let setup = Setup { calls: 3, max_attempts: 5, clock_steps: 20, ..Setup::STANDARD };
    sample(setup, 200, 1, 100);
    sample(Setup { has_jitter: true, quota: 100, ..setup }, 200, 2, 100);
    sample(Setup { corrects_clock: false, server_ahead: 200_000, ..setup }, 200, 3, 50);
    sample(Setup { max_attempts: u32::MAX, max_backoff: Duration::from_secs(1), ..setup }, 400, 4, 50);
}
