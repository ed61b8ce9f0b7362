//! Contestants that take turns.

use std::time::{Duration, Instant};

use crate::works::Run;

/// How long each contestant runs in a round, about: long beside the clock's resolution, short beside what disturbs.
const TURN: Duration = Duration::from_micros(400);

/// Nanoseconds per run, of each contestant in each round.
#[derive(Debug)]
pub struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Runs every contestant in each round. Who begins changes from round to round.
    pub fn run(contestants: &mut [Run], rounds: usize) -> Self {
        let batches: Vec<u32> = contestants.iter_mut().map(batch_of).collect();
        let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
        for round in 0..rounds {
            for turn in 0..contestants.len() {
                let at = (round + turn) % contestants.len();
                times[at].push(nanoseconds(&mut contestants[at], batches[at]));
            }
        }
        Self(times)
    }

    /// The median time of a contestant, in nanoseconds.
    #[must_use]
    pub fn nanoseconds(&self, contestant: usize) -> f64 {
        median(self.0[contestant].clone())
    }

    /// The median of the rounds' ratios.
    #[must_use]
    pub fn ratio(&self, contestant: usize, to: usize) -> f64 {
        median(self.0[contestant].iter().zip(&self.0[to]).map(|(time, other)| time / other).collect())
    }
}

/// How many runs make a turn.
fn batch_of(run: &mut Run) -> u32 {
    let mut batch = 1;
    // Also warms up.
    while batch < 1 << 20 {
        let took = nanoseconds(run, batch) * f64::from(batch);
        if took > TURN.as_secs_f64() * 1e9 {
            break;
        }
        batch *= 2;
    }
    batch
}

fn nanoseconds(run: &mut Run, batch: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..batch {
        run();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(batch)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[cfg(test)]
mod tests {
    use std::{hint::black_box, iter};

    use super::*;

    #[test]
    fn twice_the_work_is_about_twice_the_time() {
        let work = |times: usize| -> Run {
            let numbers: Vec<u64> = (0..1000).collect();
            Box::new(move || {
                for numbers in iter::repeat_n(&numbers, times) {
                    black_box(black_box(numbers).iter().fold(0_u64, |sum, number| sum.rotate_left(1) ^ number));
                }
            })
        };
        let rounds = Rounds::run(&mut [work(10), work(20)], 51);
        let ratio = rounds.ratio(1, 0);
        assert!((1.5..2.7).contains(&ratio), "{ratio}");
        assert!(rounds.nanoseconds(0) > 0.0);
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
    }
}
