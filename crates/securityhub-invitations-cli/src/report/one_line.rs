//! [`OneLine`]: a service's message, made safe for a terminal.

use std::fmt;

/// A string on one line. Control characters and characters that change the direction of writing are escaped, so that a message
/// cannot move the cursor or hide a part of the line.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for character in self.0.chars() {
            match character {
                '\n' | '\r' | '\t' => f.write_char(' ')?,
                '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' => {
                    write!(f, "{}", character.escape_unicode())?;
                }
                _ if character.is_control() => write!(f, "{}", character.escape_unicode())?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_terminal_sequences() {
        assert_eq!(OneLine("a\nb\u{1b}[2J\u{202e}é").to_string(), "a b\\u{1b}[2J\\u{202e}é");
    }
}
