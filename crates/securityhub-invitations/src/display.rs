//! Untrusted strings in a form that is safe to print: on one line, bounded, with invisible characters escaped.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// Returns the longest beginning of a string that has at most `limit` bytes.
pub(crate) fn beginning(string: &str, limit: usize) -> &str {
    let end = (0..=limit.min(string.len())).rev().find(|&end| string.is_char_boundary(end));
    &string[..end.unwrap_or_default()]
}

/// Prints an untrusted string on one line, with invisible characters escaped. After `limit` characters, `…` replaces the
/// rest.
pub(crate) struct OneLine<'a> {
    pub(crate) text: &'a str,
    pub(crate) limit: usize,
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text.chars();
        for character in rest.by_ref().take(self.limit) {
            if is_invisible(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        if rest.next().is_some() { f.write_char('…') } else { Ok(()) }
    }
}

/// Formats at most 1,000 characters of an untrusted string in double quotes, for `Debug`.
pub(crate) struct Bounded<'a>(pub(crate) &'a str);

impl fmt::Debug for Bounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", OneLine { text: self.0, limit: 1000 })
    }
}

/// Prints an untrusted value like [`OneLine`], in double quotes and with at most 80 characters.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", OneLine { text: self.0, limit: 80 })
    }
}

/// Prints a character in single quotes, escaped if it would be invisible.
pub(crate) struct QuotedCharacter(pub(crate) char);

impl fmt::Display for QuotedCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_invisible(self.0) { write!(f, "'{}'", self.0.escape_default()) } else { write!(f, "'{}'", self.0) }
    }
}

/// Prints a duration in seconds or milliseconds, for example `30s`, `1.5s` or `250ms`. Shorter parts are cut off.
///
/// The `Debug` output of a duration adds 2 KB to the npm package.
pub(crate) struct Rounded(pub(crate) Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, milliseconds) = (self.0.as_secs(), self.0.subsec_millis());
        match milliseconds {
            0 => write!(f, "{seconds}s"),
            _ if seconds == 0 => write!(f, "{milliseconds}ms"),
            _ if milliseconds % 100 == 0 => write!(f, "{seconds}.{}s", milliseconds / 100),
            _ => write!(f, "{seconds}.{milliseconds:03}s"),
        }
    }
}

/// Control characters, and characters that reorder or hide the text around them: Unicode's bidirectional controls,
/// zero-width characters, and the line and paragraph separators.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns bytes as a string that are ASCII by construction.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("ASCII by construction")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(text: &str, limit: usize) -> String {
        OneLine { text, limit }.to_string()
    }

    #[test]
    fn escapes_control_and_bidirectional_characters() {
        assert_eq!(one_line("a\nb\u{202e}c\u{0}é☃", 100), "a\\nb\\u{202e}c\\u{0}é☃");
    }

    #[test]
    fn durations_are_short() {
        for (milliseconds, expected) in
            [(0, "0s"), (7, "7ms"), (250, "250ms"), (1500, "1.5s"), (1050, "1.050s"), (30_000, "30s")]
        {
            let duration = Duration::from_millis(milliseconds) + Duration::from_nanos(999_999);
            assert_eq!(Rounded(duration).to_string(), expected);
        }
    }

    #[test]
    fn cuts_long_strings_between_characters() {
        assert_eq!(one_line("ééééé", 3), "ééé…");
        assert_eq!(one_line("ééé", 3), "ééé");
    }
}
