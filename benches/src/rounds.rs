//! Measurement of implementations that take turns.

use std::time::{Duration, Instant};

use crate::workloads::Run;

/// The approximate time of each implementation in a round. It is much longer than the clock's resolution, and shorter than most
/// disturbances.
const TURN: Duration = Duration::from_micros(400);

/// The nanoseconds per run, for each implementation and each round.
#[derive(Debug)]
pub struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Runs every implementation in each round. A different implementation begins each round.
    pub fn run(implementations: &mut [Run], rounds: usize) -> Self {
        let batches: Vec<u32> = implementations.iter_mut().map(batch_of).collect();
        let mut times = vec![Vec::with_capacity(rounds); implementations.len()];
        for round in 0..rounds {
            for turn in 0..implementations.len() {
                let at = (round + turn) % implementations.len();
                times[at].push(nanoseconds(&mut implementations[at], batches[at]));
            }
        }
        Self(times)
    }

    /// The median time of an implementation, in nanoseconds.
    #[must_use]
    pub fn nanoseconds(&self, implementation: usize) -> f64 {
        median(self.0[implementation].clone())
    }

    /// The median of the rounds' ratios between two implementations.
    #[must_use]
    pub fn ratio(&self, implementation: usize, to: usize) -> f64 {
        median(self.0[implementation].iter().zip(&self.0[to]).map(|(time, other)| time / other).collect())
    }
}

/// Returns the number of runs in a turn.
fn batch_of(run: &mut Run) -> u32 {
    let mut batch = 1;
    // This also warms up.
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

/// Returns the median, without averaging: the upper of two middle values.
///
/// # Panics
///
/// If there are no numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    #[test]
    fn implementations_take_turns() {
        let ran = Rc::new(RefCell::new(Vec::new()));
        let implementation = |number: usize| -> Run {
            let ran = Rc::clone(&ran);
            Box::new(move || {
                // This is long enough for a batch of one.
                std::thread::sleep(2 * TURN);
                ran.borrow_mut().push(number);
            })
        };
        let rounds = Rounds::run(&mut [implementation(0), implementation(1), implementation(2)], 4);
        let ran = ran.borrow();
        assert_eq!(ran[ran.len() - 12..], [0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]);
        assert!(rounds.0.iter().all(|times| times.len() == 4));
    }

    #[test]
    fn ratio_is_the_median_of_ratios() {
        // The machine was slow in the first round.
        let rounds = Rounds(vec![vec![100.0, 10.0, 12.0], vec![300.0, 20.0, 24.0]]);
        assert_eq!(rounds.ratio(1, 0).to_bits(), 2.0_f64.to_bits());
        assert_eq!(rounds.nanoseconds(0).to_bits(), 12.0_f64.to_bits());
    }
}
