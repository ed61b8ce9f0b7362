//! Fixed mutations of inputs, for runs that must give the same result every time.
//!
//! libFuzzer selects its inputs by coverage. Coverage depends on the clock, on addresses in memory and on the compiler,
//! so two runs with the same seed can differ. These mutations depend only on the input and the dictionary.

use std::{
    cell::RefCell,
    env, fs, panic,
    sync::{Once, OnceLock},
};

/// The variable with the number of mutations per input. Without it, a target runs only on the input itself.
const COUNT: &str = "FUZZ_MUTATIONS";
const MAX_LENGTH: usize = 4096;

/// Runs the target on the input and on its fixed mutations.
pub fn run(input: &[u8], target: impl Fn(&[u8])) {
    static WORDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    target(input);
    let count = env::var(COUNT).ok().and_then(|count| count.parse().ok()).unwrap_or(0_u32);
    if count == 0 || input.is_empty() {
        return;
    }
    save_on_panic();
    let mut random = Random::new(input);
    let words = WORDS.get_or_init(|| words(include_str!("../words.dict")));
    for _ in 0..count {
        let mutation = mutate(input, words, &mut random);
        CURRENT.with_borrow_mut(|current| current.clone_from(&mutation));
        target(&mutation);
    }
    CURRENT.with_borrow_mut(Vec::clear);
}

thread_local! {
    static CURRENT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes the mutation to a file before libFuzzer ends the process, since libFuzzer itself saves only the input.
fn save_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let libfuzzer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let mutation = CURRENT.with_borrow(Vec::clone);
            if !mutation.is_empty() {
                let path = concat!(env!("CARGO_MANIFEST_DIR"), "/artifacts/mutation");
                fs::write(path, &mutation).ok();
                eprintln!("mutation in {path}: {:?}", String::from_utf8_lossy(&mutation));
            }
            libfuzzer(info);
        }));
    });
}

fn mutate(input: &[u8], words: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let start = random.below(bytes.len());
        let end = (start + 1 + random.below(32)).min(bytes.len());
        match random.below(7) {
            0 => bytes[start] ^= 1 << random.below(8),
            1 => bytes[start] = random.byte(),
            2 => bytes.insert(start, random.byte()),
            3 if end - start < bytes.len() => drop(bytes.drain(start..end)),
            4 => drop(bytes.splice(start..start, words[random.below(words.len())].iter().copied())),
            5 => drop(bytes.splice(start..end, words[random.below(words.len())].iter().copied())),
            _ => bytes.extend_from_within(start..end),
        }
        if bytes.is_empty() {
            bytes.push(random.byte());
        }
        bytes.truncate(MAX_LENGTH);
    }
    bytes
}

/// The words of a libFuzzer dictionary, one per line in quotes. `\xHH` is a byte.
fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let quoted = dictionary.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, tail @ ..] = rest {
        let byte;
        (byte, rest) = match (first, tail) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                (digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0), after)
            }
            (b'\\', [escaped, after @ ..]) => (*escaped, after),
            _ => (*first, tail),
        };
        bytes.push(byte);
    }
    bytes
}

/// `SplitMix64`, with a hash of the input as the seed.
struct Random(u64);

impl Random {
    fn new(input: &[u8]) -> Self {
        Self(
            input
                .iter()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("less than a usize")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
