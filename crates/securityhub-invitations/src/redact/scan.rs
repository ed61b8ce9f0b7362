//! The search for a known token.

use std::{cell::OnceCell, ops::Range};

use zeroize::Zeroizing;

use super::{
    End,
    decode::{first_character, is_cut_escape},
};

/// The number of characters in sequence that identify a token. AWS's tokens begin with 16 characters that are the same for all.
const WINDOW: usize = 16;

/// The shortest beginning of a token that is redacted if an ellipsis or the end of the string follows.
const SHORTEST_BEGINNING: usize = 4;

/// Returns the ranges of the string that show the token or a part of it, in order.
///
/// The string is decoded character by character, without whitespace. The last characters are compared with all parts of the
/// token that have the same length.
pub(super) fn find(text: &str, token: &str, end: End) -> Vec<Range<usize>> {
    let mut ranges = parts(text, &Token::new(token), end);
    // Unchanged copies are usually among them, unless what precedes a copy makes its first character part of an escape.
    ranges.extend(text.match_indices(token).map(|(at, token)| at..at + token.len()));
    ranges.sort_unstable_by_key(|range| range.start);
    let mut found = Found(Vec::new());
    ranges.into_iter().for_each(|range| found.extend(Some(range)));
    found.0
}

fn parts(text: &str, token: &Token, end: End) -> Vec<Range<usize>> {
    let mut found = Found(Vec::new());
    let mut seen = Seen { window: 0, starts: [0; WINDOW], count: 0, end: 0, run: 0 };
    let mut at = 0;
    while let Some((character, length)) = first_character(&text[at..]) {
        let is_ellipsis = character == '…' || (character == '.' && text[at..].starts_with("..."));
        if is_ellipsis && seen.last(1) != u128::from(b'.') {
            found.extend(seen.beginning_of(token, SHORTEST_BEGINNING));
        }
        if end == End::Cut && is_cut_escape(&text[at..]) {
            let part = seen.beginning_of(token, 1).or_else(|| found.latest_until(seen.end));
            found.extend(part.map(|part| part.start..text.len()));
        }
        if !character.is_whitespace() && !character.is_control() {
            seen.push(character, at..at + length, token);
            if seen.run >= token.window && token.contains(seen.last(token.window)) {
                found.extend(Some(seen.range(token.window)));
            }
        }
        at += length;
    }
    let shortest = if end == End::Cut { 1 } else { SHORTEST_BEGINNING };
    found.extend(seen.beginning_of(token, shortest));
    found.0
}

/// A token, prepared for the search.
struct Token {
    /// Decoded like the string, so that both agree if the token itself looks escaped.
    characters: Zeroizing<Vec<u8>>,
    window: usize,
    /// A bit for each pair of ASCII characters in the token.
    pairs: [u64; 256],
    /// Every part of the token of the window's length, sorted. Most strings need none.
    parts: OnceCell<Zeroizing<Vec<u128>>>,
}

impl Token {
    fn new(token: &str) -> Self {
        let mut characters = Zeroizing::new(Vec::with_capacity(token.len()));
        let mut rest = token;
        while let Some((character, length)) = first_character(rest) {
            characters.push(ascii_or_zero(character));
            rest = &rest[length..];
        }
        let mut pairs = [0; 256];
        for pair in characters.windows(2) {
            let (word, bit) = place(pair[0], pair[1]);
            pairs[word] |= bit;
        }
        let window = characters.len().min(WINDOW);
        Self { characters, window, pairs, parts: OnceCell::new() }
    }

    fn has_pair(&self, first: u8, second: u8) -> bool {
        let (word, bit) = place(first, second);
        self.pairs[word] & bit != 0
    }

    fn contains(&self, part: u128) -> bool {
        let parts = self.parts.get_or_init(|| {
            let parts = self.characters.windows(self.window.max(1)).map(number);
            let mut parts: Zeroizing<Vec<u128>> = Zeroizing::new(parts.collect());
            parts.sort_unstable();
            parts
        });
        parts.binary_search(&part).is_ok()
    }
}

/// The latest characters of the string.
struct Seen {
    /// One character a byte, the latest one in the lowest byte.
    window: u128,
    /// The positions of the latest characters in the string, by their number modulo [`WINDOW`].
    starts: [usize; WINDOW],
    count: usize,
    end: usize,
    /// The number of latest characters of which every two neighbours are neighbours in the token. Most text has short runs
    /// only, and needs no search for its windows.
    run: usize,
}

impl Seen {
    fn push(&mut self, character: char, range: Range<usize>, token: &Token) {
        let character = ascii_or_zero(character);
        let previous = self.window.to_le_bytes()[0];
        self.run = match character {
            0 => 0,
            _ if self.run > 0 && token.has_pair(previous, character) => self.run + 1,
            _ => 1,
        };
        self.window = self.window << 8 | u128::from(character);
        self.starts[self.count % WINDOW] = range.start;
        self.count += 1;
        self.end = range.end;
    }

    fn last(&self, length: usize) -> u128 {
        if length < WINDOW { self.window & ((1 << (8 * length)) - 1) } else { self.window }
    }

    /// Returns the range of the latest `length` characters, which must have been pushed.
    fn range(&self, length: usize) -> Range<usize> {
        self.starts[(self.count - length) % WINDOW]..self.end
    }

    /// Returns the range of the longest beginning of the token that the string ends with so far, unless it is as long as a
    /// window, which is found anyway.
    fn beginning_of(&self, token: &Token, shortest: usize) -> Option<Range<usize>> {
        let lengths = shortest..token.window.min(self.count + 1);
        lengths
            .rev()
            .find(|&length| self.last(length) == number(&token.characters[..length]))
            .map(|length| self.range(length))
    }
}

struct Found(Vec<Range<usize>>);

impl Found {
    fn latest_until(&self, end: usize) -> Option<Range<usize>> {
        self.0.last().filter(|last| last.end == end).cloned()
    }

    /// Adds a range, which starts at or after the start of the latest one.
    fn extend(&mut self, range: Option<Range<usize>>) {
        let Some(range) = range else { return };
        match self.0.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => self.0.push(range),
        }
    }
}

fn place(first: u8, second: u8) -> (usize, u64) {
    let index = usize::from(first & 127) << 7 | usize::from(second & 127);
    (index / 64, 1 << (index % 64))
}

fn number(characters: &[u8]) -> u128 {
    characters.iter().fold(0, |number, character| number << 8 | u128::from(*character))
}

fn ascii_or_zero(character: char) -> u8 {
    u8::try_from(character).ok().filter(u8::is_ascii).unwrap_or(0)
}
