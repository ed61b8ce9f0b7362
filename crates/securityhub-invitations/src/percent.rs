//! Percent-encoding (RFC 3986 section 2) in the one form that SigV4 accepts.

use std::{borrow::Cow, fmt::Write as _};

/// Appends the bytes. Everything except RFC 3986's unreserved characters is encoded, with upper-case digits.
pub(crate) fn push_encoded(encoded: &mut String, bytes: &[u8]) {
    if let Ok(plain) = std::str::from_utf8(bytes)
        && plain.bytes().all(is_unreserved)
    {
        return encoded.push_str(plain);
    }
    for &byte in bytes {
        if is_unreserved(byte) {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
}

/// Decodes the string. A `%` without two hexadecimal digits after it stays as it is, and so does a `+`.
pub(crate) fn decode(encoded: &str) -> Cow<'_, [u8]> {
    let bytes = encoded.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let octet = match after {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        rest = if octet.is_some() { &after[2..] } else { after };
        decoded.push(octet.unwrap_or(*first));
    }
    Cow::Owned(decoded)
}

/// Encodes the string in the canonical form, whatever form it has.
pub(crate) fn canonical(encoded: &str) -> Cow<'_, str> {
    if encoded.bytes().all(is_unreserved) {
        return Cow::Borrowed(encoded);
    }
    let mut canonical = String::with_capacity(encoded.len());
    push_encoded(&mut canonical, &decode(encoded));
    Cow::Owned(canonical)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_all_but_unreserved_bytes() {
        let mut encoded = String::new();
        push_encoded(&mut encoded, &(0..=u8::MAX).collect::<Vec<_>>());
        let unreserved = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
        assert_eq!(encoded.len(), unreserved.len() + 3 * (256 - unreserved.len()));
        let kept: String = encoded.split('%').map(|part| part.get(2..).unwrap_or_default()).collect();
        assert_eq!(kept, unreserved);
        assert!(encoded.starts_with("%00%01") && encoded.ends_with("%FE%FF"), "{encoded}");
        assert_eq!(*decode(&encoded), (0..=u8::MAX).collect::<Vec<_>>());
    }

    #[test]
    fn decodes_only_whole_escapes() {
        for (encoded, decoded) in [
            ("", &b""[..]),
            ("plain", b"plain"),
            ("a+b", b"a+b"),
            ("%2f%2F", b"//"),
            ("%", b"%"),
            ("%2", b"%2"),
            ("%2g%41", b"%2gA"),
            ("%%41", b"%A"),
            ("%+1", b"%+1"),
            ("%é", "%é".as_bytes()),
            ("%ff", b"\xff"),
        ] {
            assert_eq!(*decode(encoded), *decoded, "{encoded}");
        }
    }

    #[test]
    fn canonical_form_is_unique() {
        for (encoded, expected) in [
            ("a~b", "a~b"),
            ("%7e", "~"),
            ("%2f", "%2F"),
            ("+", "%2B"),
            ("%41", "A"),
            ("100%", "100%25"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(canonical(encoded), expected);
            assert_eq!(canonical(expected), expected);
        }
    }
}
