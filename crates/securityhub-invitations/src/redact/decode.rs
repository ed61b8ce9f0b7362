//! Decodes escaped characters without knowing which escaping rules were used.

/// HTML's names for the characters of a token, for `&` and for the ellipsis.
const ENTITIES: [(&str, char); 11] = [
    ("amp", '&'),
    ("apos", '\''),
    ("equals", '='),
    ("gt", '>'),
    ("hellip", '…'),
    ("lt", '<'),
    ("NewLine", '\n'),
    ("plus", '+'),
    ("quot", '"'),
    ("sol", '/'),
    ("Tab", '\t'),
];

/// Returns the first character of a string that is not empty, decoded, and its encoded length in bytes.
///
/// The result is not always the right reading. It is always the same one for the same escape.
pub(super) fn first_character(text: &str) -> Option<(char, usize)> {
    let raw = text.chars().next()?;
    let decoded = match raw {
        '%' => percent_encoded(text),
        '\\' => Some(backslash_escape(text)),
        '&' => entity(&text[1..], 3).map(|(character, length)| (character, length + 1)),
        _ => None,
    };
    Some(decoded.unwrap_or_else(|| (raw, raw.len_utf8())))
}

/// Returns whether the string may be an escape of one character whose end is missing.
pub(super) fn is_cut_escape(text: &str) -> bool {
    const LONGEST: usize = 24;
    text.len() <= LONGEST
        && text.starts_with(['%', '\\', '&'])
        && text[1..].bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b';' | b'\\'))
}

/// Decodes `%2F`, and `%252F` where the `%` is encoded itself.
fn percent_encoded(text: &str) -> Option<(char, usize)> {
    let mut digits = &text[1..];
    while let Some(rest) = digits.strip_prefix("25")
        && hexadecimal(rest, 2).is_some()
    {
        digits = rest;
    }
    let length = text.len() - digits.len() + 2;
    // Bytes above 127 are parts of a character that is not in any token.
    hexadecimal(digits, 2).map(|code| (ascii_or_other(code), length))
}

/// Decodes `\/`, `\n`, `\u002f` and `\x2f`. The backslash may be escaped itself, any number of times.
///
/// Backslashes that escape nothing are one character, so that each is read only once.
fn backslash_escape(text: &str) -> (char, usize) {
    let rest = text.trim_start_matches('\\');
    let backslashes = text.len() - rest.len();
    let (character, length) = escaped_character(rest).unwrap_or(('\\', 0));
    (character, backslashes + length)
}

fn escaped_character(text: &str) -> Option<(char, usize)> {
    Some(match text.chars().next()? {
        'n' | 'r' | 't' => (' ', 1),
        'u' => (char::from_u32(hexadecimal(&text[1..], 4)?).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
        'x' => (ascii_or_other(hexadecimal(&text[1..], 2)?), 3),
        character if character.is_ascii_alphanumeric() => return None,
        character => (character, character.len_utf8()),
    })
}

/// Decodes `#47;`, `#x2F;`, `sol;` and `amp;#47;`, the part of an HTML entity after the `&`.
fn entity(text: &str, nesting: u32) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = &text[..end];
    if name == "amp"
        && let Some(nesting) = nesting.checked_sub(1)
        && let Some((character, length)) = entity(&text[end + 1..], nesting)
    {
        return Some((character, end + 1 + length));
    }
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => ENTITIES.iter().find(|(entity, _)| *entity == name)?.1,
    };
    Some((character, end + 1))
}

fn ascii_or_other(code: u32) -> char {
    char::from_u32(code).filter(char::is_ascii).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Returns the number that the first `length` characters are in hexadecimal.
fn hexadecimal(text: &str, length: usize) -> Option<u32> {
    let digits = text.get(..length).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_one_character() {
        for (text, character, length) in [
            ("ab", 'a', 1),
            ("é", 'é', 2),
            ("%2Fx", '/', 3),
            ("%2525252fx", '/', 9),
            ("%25x", '%', 3),
            ("%2", '%', 1),
            ("%2é", '%', 1),
            ("%FF", char::REPLACEMENT_CHARACTER, 3),
            ("\\/", '/', 2),
            ("\\\\\\/", '/', 4),
            ("\\n", ' ', 2),
            ("\\q", '\\', 1),
            ("\\u002f", '/', 6),
            ("\\ud83d", char::REPLACEMENT_CHARACTER, 6),
            ("\\u00", '\\', 1),
            ("\\", '\\', 1),
            ("\\\\\\q", '\\', 3),
            ("\\é", 'é', 3),
            ("&#47;", '/', 5),
            ("&amp;amp;#x2F;", '/', 14),
            ("&amp;x", '&', 5),
            ("&é;", '&', 1),
            ("&#99999999;", '&', 1),
            ("&equals;", '=', 8),
        ] {
            assert_eq!(first_character(text), Some((character, length)), "{text}");
        }
    }
}
