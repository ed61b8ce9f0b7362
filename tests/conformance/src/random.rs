//! `SplitMix64`: one seed determines every case of a run.

use std::{
    num::ParseIntError,
    time::{SystemTime, UNIX_EPOCH},
};

/// The seed of CI and of every run without `--seed`.
pub(crate) const DEFAULT_SEED: &str = "1";

/// A stream of numbers, determined by its seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another stream, determined by the seed and the name.
    pub(crate) fn fork(&self, name: &str) -> Self {
        let mut random = self.clone();
        for byte in name.bytes() {
            random.0 = random.next().wrapping_add(byte.into());
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `bound`, which must be at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number less than `bound`, which must be at least 1.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).expect("less than a usize")
    }

    /// True with a probability of 1 / `n`.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// Any byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// A string of `length` characters, each chosen from `of`.
    pub(crate) fn text(&mut self, length: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..length).map(|_| self.pick(&of)).collect()
    }
}

/// Parses `--seed`. `random` results in a seed from the clock.
pub(crate) fn seed(value: &str) -> Result<u64, ParseIntError> {
    if value == "random" { Ok(seed_from_clock()) } else { value.parse() }
}

fn seed_from_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().wrapping_mul(1_000_000_000).wrapping_add(since.subsec_nanos().into()) % 1_000_000_000_000
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_SEED, Random, seed};

    #[test]
    fn seed_is_number_or_random() {
        assert_eq!(seed(DEFAULT_SEED), Ok(1));
        assert!(seed("random").is_ok());
        assert!(seed("-1").is_err() && seed("").is_err() && seed("Random").is_err());
    }

    #[test]
    fn seed_determines_stream() {
        let first = |seed: u64| Random::new(seed).fork("signing").byte();
        assert_eq!(first(1), first(1));
        assert_ne!(Random::new(1).fork("signing").below(u64::MAX), Random::new(2).fork("signing").below(u64::MAX));
    }
}
