//! Removal of session tokens from strings that a server or a user wrote.
//!
//! A known token is found in these forms, in any mixture:
//! - unchanged
//! - percent-encoded once or several times (`%2F`, `%2f`, `%252F`)
//! - with JSON escapes, nested or not, in complete and in truncated JSON (`\/`, `\u002f`, `\\/`)
//! - with HTML entities (`&#47;`, `&#x2F;`, `&plus;`, `&amp;#47;`)
//! - wrapped, which means with whitespace or escaped line breaks inside
//! - in part: any 16 or more of its characters in sequence, or a shorter beginning of it (4 or more) before `...`, `…` or the
//!   end of the string
//!
//! Without knowing the token, the value after `x-amz-security-token` and a `:` or `=` is removed up to the end of its line.
//!
//! Not covered are shorter fragments, a token in Base64 or hexadecimal, reversed or in another letter case, and a token with
//! other characters inserted than whitespace.

mod decode;
mod scan;

use std::borrow::Cow;

/// The replacement for a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// Returns the string without session tokens. `token` is the one that was sent, and must not be empty.
///
/// The time is proportional to the length of the string.
pub(crate) fn redact<'a>(text: impl Into<Cow<'a, str>>, token: Option<&str>) -> Cow<'a, str> {
    without_header_values(without_token(text.into(), token, End::Complete))
}

/// Returns a string that was cut without session tokens. Its end may hold the beginning of a token, however short.
pub(crate) fn redact_cut(text: String, token: Option<&str>) -> String {
    without_header_values(without_token(text.into(), token, End::Cut)).into_owned()
}

/// The end of a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Cut,
}

fn without_token<'a>(text: Cow<'a, str>, token: Option<&str>, end: End) -> Cow<'a, str> {
    let Some(token) = token else { return text };
    let ranges = scan::find(&text, token, end);
    if ranges.is_empty() {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    for range in ranges {
        clean.push_str(&text[copied..range.start]);
        clean.push_str(REDACTED);
        copied = range.end;
    }
    clean.push_str(&text[copied..]);
    clean.into()
}

const TOKEN_HEADER: &[u8] = b"x-amz-security-token";

/// Removes the values of token headers. A signature error quotes the canonical request, which contains one.
fn without_header_values(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some(first) = header_value(&text, 0) else { return text };
    let mut clean = String::with_capacity(text.len());
    let mut copied = 0;
    let mut next = Some(first);
    while let Some((start, end)) = next {
        clean.push_str(&text[copied..start]);
        clean.push_str(REDACTED);
        copied = end;
        next = header_value(&text, end);
    }
    clean.push_str(&text[copied..]);
    clean.into()
}

/// Returns the range of the next token value at or after `from`: from the header's name and a `:` or `=` to the end of the
/// line. It may contain more than the token, because the server's quoting and escaping is unknown.
fn header_value(text: &str, from: usize) -> Option<(usize, usize)> {
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
            // An empty value needs no redaction. A redacted value stays unchanged.
            if end > value && &text[value..end] != REDACTED {
                return Some((value, end));
            }
        }
    }
    None
}

/// Removes one session token from strings.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct Redactor<'t> {
    token: Option<&'t str>,
}

impl<'t> Redactor<'t> {
    /// `token` is the session token that was sent, if there was one.
    pub(crate) fn new(token: Option<&'t str>) -> Self {
        Self { token }
    }

    /// Redacts a whole string.
    pub(crate) fn redact(self, string: &str) -> Cow<'_, str> {
        redact(string, self.token)
    }

    /// Redacts a string that was cut, so that its end may be the beginning of a token.
    pub(crate) fn redact_cut(self, string: &str) -> String {
        redact_cut(string.to_owned(), self.token)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::*,
        sample::{Index, select},
        test_runner::RngSeed,
    };

    use super::*;

    /// A token with every special character of Base64.
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz+LWVhc3QtMSJHMEUCIQ==";

    fn redacted(text: &str) -> String {
        redact(text, Some(TOKEN)).into_owned()
    }

    #[test]
    fn redacts_header_lines_without_the_token() {
        let text = "POST\n\nhost:h\nx-amz-security-token:SECRET/+=\n\nhost;x-amz-security-token\nabc";
        assert_eq!(
            redact(text, None),
            "POST\n\nhost:h\nx-amz-security-token:[redacted]\n\nhost;x-amz-security-token\nabc"
        );
    }

    #[test]
    fn header_lines_match_any_case_and_quoting() {
        for text in [
            "X-Amz-Security-Token: SECRET",
            "{\"X-Amz-Security-Token\": \"SECRET\"}",
            "{\\\"x-amz-security-token\\\":\\\"SECRET\\\"}",
            "?X-Amz-Security-Token=SECRET&x=1",
            "x-amz-security-token:SECRET\r\nx-amz-security-token:SECRET",
        ] {
            let clean = redact(text, None);
            assert!(!clean.contains("SECRET"), "{clean}");
            assert!(clean.contains(REDACTED), "{clean}");
        }
    }

    #[test]
    fn redacts_short_tokens_everywhere() {
        assert_eq!(redact("token T0K is expired, T0K!", Some("T0K")), "token [redacted] is expired, [redacted]!");
        assert_eq!(redact("T%30K, T0", Some("T0K")), "[redacted], T0");
        assert_eq!(redact("a&#97;b", Some("a")), "[redacted][redacted]b");
    }

    #[test]
    fn redacts_escaped_tokens() {
        let html = TOKEN.replace('/', "&#47;").replace('+', "&plus;").replace('=', "&equals;");
        for form in [
            TOKEN.to_owned(),
            TOKEN.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
            TOKEN.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d"),
            TOKEN.replace('/', "%252F"),
            TOKEN.replace('/', "%25252f"),
            TOKEN.replace('/', "\\/"),
            TOKEN.replace('/', "\\\\\\/"),
            TOKEN.replace('/', "\\u002f").replace('=', "\\u003D"),
            TOKEN.replace('/', "\\\\u002F"),
            TOKEN.replace('/', "\\x2f"),
            html.replace('&', "&amp;"),
            html,
            TOKEN.replace('/', "&#x2F;"),
            TOKEN.replace('/', "&sol;"),
        ] {
            assert_eq!(redacted(&form), REDACTED, "{form}");
            assert_eq!(
                redacted(&format!("{{\"message\":\"<{form}>\\n, {form}")),
                "{\"message\":\"<[redacted]>\\n, [redacted]"
            );
        }
    }

    #[test]
    fn redacts_wrapped_tokens() {
        for separator in ["\n", "\r\n ", "\\n", "\\r\\n", "\\\\n", "\\u000a", "%0A", "&#10;", " ", "\\\n"] {
            let lines: Vec<_> = TOKEN.as_bytes().chunks(19).map(|line| std::str::from_utf8(line).unwrap()).collect();
            assert_eq!(redacted(&format!("<{}>", lines.join(separator))), "<[redacted]>", "{separator:?}");
        }
    }

    #[test]
    fn redacts_shortened_tokens() {
        for length in 4..TOKEN.len() {
            let start = &TOKEN[..length];
            for (text, clean) in [
                (format!("token {start}..."), "token [redacted]..."),
                (format!("token {start}…, then"), "token [redacted]…, then"),
                (format!("token {start}\\u2026"), "token [redacted]\\u2026"),
                (format!("token {start}"), "token [redacted]"),
            ] {
                assert_eq!(redacted(&text), clean, "{text}");
            }
        }
        assert_eq!(redacted("IQoJ and IQo..."), "IQoJ and IQo...");
    }

    #[test]
    fn redacts_fragments_of_16_characters() {
        for start in 0..=TOKEN.len() - 16 {
            let fragment = &TOKEN[start..start + 16];
            assert_eq!(redacted(&format!("<{fragment}>")), "<[redacted]>");
            let encoded = fragment.replace(['/', '+', '='], "&#47;");
            let is_token = !fragment.contains(['+', '=']);
            assert_eq!(redacted(&encoded) == REDACTED, is_token, "{encoded}");
        }
        let fragment = &TOKEN[24..39];
        assert_eq!(redacted(&format!("<{fragment}>")), format!("<{fragment}>"));
    }

    #[test]
    fn redacts_the_cut_end() {
        let cut = |text: &str| redact_cut(text.to_owned(), Some("T0KEN/X"));
        assert_eq!(cut("message T0KE"), "message [redacted]");
        assert_eq!(cut("T"), "[redacted]");
        assert_eq!(cut("T0 message"), "T0 message");
        assert_eq!(redact_cut("message T0".to_owned(), None), "message T0");
        for cut_escape in ["%", "%2", "%25", "%252", "\\", "\\u00", "&", "&#4", "&amp;#", "&so"] {
            assert_eq!(cut(&format!("message T0KEN{cut_escape}")), "message [redacted]", "{cut_escape}");
            assert_eq!(cut(&format!("message {cut_escape}")), format!("message {cut_escape}"));
        }
    }

    #[test]
    fn is_idempotent() {
        let text = format!("x-amz-security-token:SECRET\nrest {TOKEN} and {}...", &TOKEN[..9]);
        let once = redacted(&text);
        assert_eq!(redacted(&once), once);
    }

    #[test]
    fn borrows_strings_without_tokens() {
        let long = "The security token included in the request is invalid. ".repeat(100);
        for text in ["", "x-amz-security-token", "x-amz-security-token:", "host;x-amz-security-token\nrest", "é", &long]
        {
            assert!(matches!(redact(text, Some(TOKEN)), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn takes_linear_time() {
        // Rereading one of these runs for each of its characters would take hours. Recursion would overflow the stack.
        for text in
            [format!("&{}", "amp;".repeat(1 << 18)), "\\".repeat(1 << 20), "%25".repeat(1 << 18), ".".repeat(1 << 18)]
        {
            assert_eq!(redacted(&text), text);
        }
    }

    /// Encodes a character in one of the ways that the scan decodes, then optionally encodes the result again.
    fn encoded(character: char, way: u8, again: bool) -> String {
        let code = u32::from(character);
        let once = match way {
            0 => format!("%{code:02X}"),
            1 => format!("%{code:02x}"),
            2 => format!("\\u{code:04x}"),
            3 => format!("&#{code};"),
            4 => format!("&#x{code:X};"),
            5 if !character.is_ascii_alphanumeric() => format!("\\{character}"),
            _ => return character.to_string(),
        };
        match way {
            _ if !again => once,
            0 | 1 => once.replace('%', "%25"),
            3 | 4 => once.replace('&', "&amp;"),
            _ => once.replace('\\', "\\\\"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: if cfg!(miri) { 3 } else { 2000 },
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(6),
            ..ProptestConfig::default()
        })]

        #[test]
        fn redacts_any_mixture_of_encodings(
            token in "[A-Za-z0-9+/]{20,60}={0,2}",
            ways in vec((0..12_u8, any::<bool>(), select(vec!["", "", "", "", "\n", "\\r\\n", " "])), 62),
            cut in any::<Index>(),
        ) {
            let form: String = token.chars().zip(&ways).enumerate().map(|(n, (character, (way, again, separator)))| {
                let separator = if n == 0 { "" } else { separator };
                format!("{separator}{}", encoded(character, *way, *again))
            }).collect();
            let text = format!("{{\"message\":\"token <{form}> is ☃ <{form}");
            prop_assert_eq!(redact(text.as_str(), Some(&token)), "{\"message\":\"token <[redacted]> is ☃ <[redacted]");

            // A string that is cut anywhere after the token's first character shows nothing of it.
            let first = encoded(token.chars().next().unwrap(), ways[0].0, ways[0].1).len();
            let cut = first + cut.index(form.len() - first);
            let clean = redact_cut(format!("message <{}", &form[..cut]), Some(&token));
            prop_assert_eq!(clean.trim_end(), "message <[redacted]", "{}", &form[..cut]);
        }

        #[test]
        fn never_panics(text in any::<String>(), token in "[!-~]{1,40}", at in any::<Index>()) {
            let place = text.char_indices().map(|(at, _)| at).collect::<Vec<_>>();
            let place = if place.is_empty() { 0 } else { *at.get(&place) };
            let text = [&text[..place], &token, &text[place..]].concat();
            prop_assert!(!redact(text.as_str(), Some(&token)).contains(&token) || REDACTED.contains(&token));
            redact_cut(text, Some(&token));
        }
    }
}
