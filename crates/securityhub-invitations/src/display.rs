//! Untrusted strings in a form that is safe to print: on one line, bounded, with control characters escaped.

use std::fmt::{self, Write as _};

/// Formats foreign text on one line: control characters escaped, at most `limit` characters, `…` where it was cut.
pub(crate) struct OneLine<'a> {
    pub(crate) text: &'a str,
    pub(crate) limit: usize,
}

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text.chars();
        for character in rest.by_ref().take(self.limit) {
            if invisible(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        if rest.next().is_some() { f.write_char('…') } else { Ok(()) }
    }
}

/// [`OneLine`] in double quotes, for a value that somebody passed in.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", OneLine { text: self.0, limit: 80 })
    }
}

/// A character in single quotes, escaped where it would not be seen.
pub(crate) struct QuotedCharacter(pub(crate) char);

impl fmt::Display for QuotedCharacter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if invisible(self.0) { write!(f, "'{}'", self.0.escape_default()) } else { write!(f, "'{}'", self.0) }
    }
}

/// Control characters, and the marks that reorder or hide the text around them (Unicode's bidirectional controls,
/// zero-width characters, line and paragraph separators).
fn invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text of bytes that are ASCII by the way they were made.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("made of ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(text: &str, limit: usize) -> String {
        OneLine { text, limit }.to_string()
    }

    #[test]
    fn control_characters_and_bidirectional_marks_are_escaped() {
        assert_eq!(one_line("a\nb\u{202e}c\u{0}é☃", 100), "a\\nb\\u{202e}c\\u{0}é☃");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(one_line("ééééé", 3), "ééé…");
        assert_eq!(one_line("ééé", 3), "ééé");
    }
}
