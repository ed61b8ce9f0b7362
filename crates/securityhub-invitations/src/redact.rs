//! Removal of session tokens from strings that other people wrote.

use std::borrow::Cow;

/// What stands where a secret stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// The text without session tokens: the known one wherever it stands, and the value of whatever looks like an
/// `x-amz-security-token` header line. A signature error quotes the canonical request, token line included.
/// No token is empty.
pub(crate) fn without_token<'a>(text: impl Into<Cow<'a, str>>, token: Option<&str>) -> Cow<'a, str> {
    let text = text.into();
    match token {
        Some(token) if text.contains(token) => without_token_lines(text.replace(token, REDACTED).into()),
        _ => without_token_lines(text),
    }
}

/// The text without the beginning of the token that it ends with: for a text that was cut, perhaps through a token.
pub(crate) fn without_cut_token(mut text: String, token: Option<&str>) -> String {
    let beginnings = token.into_iter().flat_map(|token| (1..token.len()).rev().map(|end| &token[..end]));
    if let Some(beginning) = beginnings.into_iter().find(|beginning| text.ends_with(beginning)) {
        text.truncate(text.len() - beginning.len());
        text.push_str(REDACTED);
    }
    text
}

const TOKEN_HEADER: &[u8] = b"x-amz-security-token";

fn without_token_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(first) = token_value(&text, 0) else { return text };
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    let mut next = Some(first);
    while let Some((start, end)) = next {
        clean.push_str(&text[copied..start]);
        clean.push_str(REDACTED);
        copied = end;
        next = token_value(&text, end);
    }
    clean.push_str(&text[copied..]);
    clean.into()
}

/// The range of the next token value at or after `from`: what follows the header's name and a `:` or `=`, up to the end
/// of the line. Rather too much is taken than too little: how a stranger quotes and escapes is not known.
fn token_value(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if bytes.len() - from <= TOKEN_HEADER.len() {
        return None;
    }
    // Hyphens are rare, and the name's first one is its second byte.
    for (hyphen, _) in text[from..].match_indices('-') {
        let Some(name_start) = (from + hyphen).checked_sub(1) else { continue };
        let name_end = name_start + TOKEN_HEADER.len();
        let name = bytes.get(name_start..name_end);
        if name_start < from || !name.is_some_and(|name| name.eq_ignore_ascii_case(TOKEN_HEADER)) {
            continue;
        }
        let separator = bytes[name_end..].iter().position(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t'));
        if let Some(separator) = separator.map(|offset| name_end + offset)
            && matches!(bytes[separator], b':' | b'=')
        {
            let value = separator + 1;
            let end =
                bytes[value..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(text.len(), |n| value + n);
            // An empty value has nothing to hide, and a value that is redacted already stays as it is.
            if end > value && &text[value..end] != REDACTED {
                return Some((value, end));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_lines_lose_their_value_and_nothing_else() {
        let text = "POST\n\nhost:h\nx-amz-security-token:SECRET/+=\n\nhost;x-amz-security-token\nabc".to_owned();
        assert_eq!(
            without_token(text, None),
            "POST\n\nhost:h\nx-amz-security-token:[redacted]\n\nhost;x-amz-security-token\nabc"
        );
    }

    #[test]
    fn every_token_line_is_found_in_any_case_and_quoting() {
        for text in [
            "X-Amz-Security-Token: SECRET",
            "{\"X-Amz-Security-Token\": \"SECRET\"}",
            "{\\\"x-amz-security-token\\\":\\\"SECRET\\\"}",
            "?X-Amz-Security-Token=SECRET&x=1",
            "x-amz-security-token:SECRET\r\nx-amz-security-token:SECRET",
        ] {
            let clean = without_token(text.to_owned(), None);
            assert!(!clean.contains("SECRET"), "{clean}");
            assert!(clean.contains(REDACTED), "{clean}");
        }
    }

    #[test]
    fn a_known_token_is_found_anywhere() {
        assert_eq!(
            without_token("token T0K is expired, T0K!".to_owned(), Some("T0K")),
            "token [redacted] is expired, [redacted]!"
        );
    }

    #[test]
    fn the_beginning_of_a_token_goes_from_the_end_and_nothing_before_it() {
        let cut = |text: &str| without_cut_token(text.to_owned(), Some("T0KEN"));
        assert_eq!(cut("some text T0KE"), "some text [redacted]");
        assert_eq!(cut("T"), "[redacted]");
        assert_eq!(cut("some T0 text"), "some T0 text");
        assert_eq!(without_cut_token("some T0".to_owned(), None), "some T0");
    }

    #[test]
    fn redaction_happens_once() {
        let text = "x-amz-security-token:SECRET\nrest".to_owned();
        let once = without_token(text, None);
        assert_eq!(without_token(once.as_ref(), None), once);
    }

    #[test]
    fn text_without_a_token_is_returned_as_it_came() {
        for text in ["", "x-amz-security-token", "x-amz-security-token:", "host;x-amz-security-token\nrest", "é"] {
            assert_eq!(without_token(text.to_owned(), None), text);
        }
    }
}
