//! A reader of JSON (RFC 8259), as much as responses need: objects member by member, lists, texts; the rest is skipped.
//!
//! `serde_json` reads the same, and is most of a WebAssembly module that is linked with it: its errors quote whatever value
//! they met, floating-point numbers included. This one says what it expected, and where.

use std::{borrow::Cow, fmt};

/// What is no JSON, or other JSON than was expected.
#[derive(Debug)]
pub(crate) struct Defect {
    expected: &'static str,
    line: usize,
    column: usize,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at line {} column {}", self.expected, self.line, self.column)
    }
}

type Result<T> = std::result::Result<T, Defect>;

/// Reads an object's member, whose name is given, or a list's element: exactly one value.
pub(crate) type Read<'r, 'a> = &'r mut dyn FnMut(&mut Reader<'a>, &str) -> Result<()>;

/// Stands before a value.
pub(crate) struct Reader<'a> {
    text: &'a str,
    /// Where a character begins.
    at: usize,
}

/// Reads a text that is one object.
pub(crate) fn read_object<'a>(text: &'a str, member: Read<'_, 'a>) -> Result<()> {
    let mut reader = Reader { text, at: 0 };
    reader.object(member)?;
    match reader.next() {
        None => Ok(()),
        Some(_) => Err(reader.expected("the end")),
    }
}

impl<'a> Reader<'a> {
    /// An object. Its members may come twice.
    pub(crate) fn object(&mut self, member: Read<'_, 'a>) -> Result<()> {
        self.token(b'{', "an object")?;
        if self.is_next(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string("a member's name")?;
            self.token(b':', "a colon")?;
            member(self, &name)?;
            if self.is_next(b'}') {
                return Ok(());
            }
            self.token(b',', "a comma or the end of an object")?;
        }
    }

    /// A list. The name is empty.
    pub(crate) fn list(&mut self, element: Read<'_, 'a>) -> Result<()> {
        self.token(b'[', "a list")?;
        if self.is_next(b']') {
            return Ok(());
        }
        loop {
            element(self, "")?;
            if self.is_next(b']') {
                return Ok(());
            }
            self.token(b',', "a comma or the end of a list")?;
        }
    }

    /// Whether there is a `null`, which is then read.
    pub(crate) fn null(&mut self) -> Result<bool> {
        if self.next() == Some(b'n') { self.literal().map(|()| true) } else { Ok(false) }
    }

    /// A string, or `null`.
    pub(crate) fn text(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.null()? { Ok(None) } else { self.string("a string or null").map(Some) }
    }

    /// A string, or any other value, which is skipped.
    pub(crate) fn text_if_any(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.next() == Some(b'"') { self.string("a string").map(Some) } else { self.skip().map(|()| None) }
    }

    /// Any value, however deep.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let mut open = Vec::new();
        loop {
            match self.next() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.at += 1;
                    open.push(bracket + 2);
                    // The closing bracket is two further in ASCII, be it curly or square.
                    if self.next() != Some(bracket + 2) {
                        self.name_of_skipped(bracket == b'{')?;
                        continue;
                    }
                }
                Some(b'"') => {
                    self.quoted("a string")?;
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => self.literal()?,
            }
            // A value is over, and with it perhaps those around it.
            loop {
                let Some(&closing) = open.last() else { return Ok(()) };
                if self.is_next(closing) {
                    open.pop();
                    continue;
                }
                self.token(b',', "a comma or a closing bracket")?;
                self.name_of_skipped(closing == b'}')?;
                break;
            }
        }
    }

    fn name_of_skipped(&mut self, is_member: bool) -> Result<()> {
        if is_member {
            self.quoted("a member's name")?;
            self.token(b':', "a colon")?;
        }
        Ok(())
    }

    fn literal(&mut self) -> Result<()> {
        for literal in ["null", "true", "false"] {
            if self.text[self.at..].starts_with(literal) {
                self.at += literal.len();
                return Ok(());
            }
        }
        Err(self.expected("a value"))
    }

    fn number(&mut self) -> Result<()> {
        self.eat(b"-");
        // A digit after a leading zero is not part of the number, and so not what is expected after it.
        if !self.eat(b"0") {
            self.digits()?;
        }
        if self.eat(b".") {
            self.digits()?;
        }
        if self.eat(b"eE") {
            self.eat(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while self.eat(b"0123456789") {}
        if self.at > start { Ok(()) } else { Err(self.expected("a digit")) }
    }

    #[inline]
    fn string(&mut self, what: &'static str) -> Result<Cow<'a, str>> {
        let Quoted { text, has_escapes } = self.quoted(what)?;
        if !has_escapes {
            return Ok(Cow::Borrowed(text));
        }
        unescaped(text).map(Cow::Owned).ok_or_else(|| self.expected("whole surrogate pairs in the string before"))
    }

    fn quoted(&mut self, what: &'static str) -> Result<Quoted<'a>> {
        self.token(b'"', what)?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += plain_length(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Quoted { text: &self.text[start..self.at - 1], has_escapes });
                }
                Some(b'\\') => {
                    self.at += 1;
                    has_escapes = true;
                    if self.eat(b"u") {
                        for _ in 0..4 {
                            if !self.eat(b"0123456789abcdefABCDEF") {
                                return Err(self.expected("a hexadecimal digit"));
                            }
                        }
                    } else if !self.eat(br#""\/bfnrt"#) {
                        return Err(self.expected("an escape"));
                    }
                }
                _ => return Err(self.expected("the end of a string")),
            }
        }
    }

    /// The next byte that is no white space. It is not read.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                next => return next,
            }
        }
    }

    /// The very next byte. It is not read.
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Whether the next byte that is no white space is this one, which is then read.
    #[inline]
    fn is_next(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline]
    fn token(&mut self, byte: u8, what: &'static str) -> Result<()> {
        if self.is_next(byte) { Ok(()) } else { Err(self.expected(what)) }
    }

    /// Whether the very next byte is one of these. It is then read.
    fn eat(&mut self, bytes: &[u8]) -> bool {
        let is_one = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(is_one);
        is_one
    }

    fn expected(&self, expected: &'static str) -> Defect {
        let before = &self.text.as_bytes()[..self.at];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Defect { expected, line, column }
    }
}

/// What stands between quotes, with escapes that are well-formed each.
struct Quoted<'a> {
    text: &'a str,
    has_escapes: bool,
}

/// How many bytes stand before the first quote, backslash or control character: eight are looked at in one step.
fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    let mut length = 0;
    for word in words {
        let ends = ends_among(u64::from_le_bytes(*word));
        if ends != 0 {
            return length + ends.trailing_zeros() as usize / 8;
        }
        length += word.len();
    }
    length + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

/// The lowest bit that is set belongs to the first of eight bytes that is a quote, a backslash or a control character: a
/// byte from which the subtraction borrows. What stands after such a byte can be taken for one.
fn ends_among(word: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGHEST: u64 = EACH << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(EACH * limit) & !word & HIGHEST;
    let equal = |byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    equal(b'"') | equal(b'\\') | below(word, 0x20)
}

/// The text that a string means, whose escapes are well-formed each. `None` if half a surrogate pair is among them.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (escape, after) = after.split_at_checked(1)?;
        rest = after;
        plain.push(match escape {
            "b" => '\u{8}',
            "f" => '\u{c}',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let mut unit = unit(&mut rest)?;
                if let 0xd800..=0xdbff = unit {
                    rest = rest.strip_prefix("\\u")?;
                    let low = self::unit(&mut rest)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    unit = 0x1_0000 + ((unit - 0xd800) << 10 | low);
                }
                char::from_u32(unit)?
            }
            itself => itself.chars().next()?,
        });
    }
    plain.push_str(rest);
    Some(plain)
}

/// Four hexadecimal digits.
fn unit(rest: &mut &str) -> Option<u32> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    fn texts(json: &str) -> Option<BTreeMap<String, Option<String>>> {
        let mut texts = BTreeMap::new();
        read_object(json, &mut |json, name| {
            let text = json.text_if_any()?;
            texts.insert(name.to_owned(), text.map(Cow::into_owned));
            Ok(())
        })
        .ok()
        .map(|()| texts)
    }

    /// By `serde_json`, which refuses numbers out of range as well.
    fn texts_by_serde_json(json: &str) -> Option<BTreeMap<String, Option<String>>> {
        let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).ok()?;
        Some(members.into_iter().map(|(name, value)| (name, value.as_str().map(ToOwned::to_owned))).collect())
    }

    fn can_be_skipped(json: &str) -> bool {
        read_object(json, &mut |json, _| json.skip()).is_ok()
    }

    /// Pieces of JSON in any order, and now and then in one that makes sense.
    fn nearly_json() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"a\"",
            "\"b\":",
            "null",
            "true",
            "false",
            "0",
            "-1",
            "01",
            "1.5e-3",
            "1.",
            "e5",
            " ",
            "\n",
            "\\",
            "\\n",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\ud83d",
            "\\udc00",
            "\\u12",
            "é",
            "\u{1}",
            "{\"x\":[1,{}]}",
            "{}",
            "[]",
        ]);
        let any = prop::collection::vec(piece.clone(), 0..8).prop_map(|pieces| pieces.concat());
        let value = prop_oneof![
            any.clone(),
            any.clone().prop_map(|text| format!("\"{text}\"")),
            any.clone().prop_map(|text| format!("[{text}]")),
            prop::sample::select(vec!["null", "1", "\"x\\u0041\"", "[[],{\"k\":null}]"]).prop_map(ToOwned::to_owned),
        ];
        let object = prop::collection::vec((prop::sample::select(vec!["a", "b", "c\\u0041"]), value), 0..4).prop_map(
            |members| {
                let members = members.iter().map(|(name, value)| format!("\"{name}\" : {value}"));
                format!(" {{{}}}\t", members.collect::<Vec<_>>().join(","))
            },
        );
        let text = prop_oneof![1 => any, 9 => object];
        // A character that does not belong.
        (text, any_character()).prop_map(|(mut text, character)| {
            if let Some((at, character)) = character {
                let at = at.index(text.chars().count() + 1);
                text = text.chars().take(at).chain([character]).chain(text.chars().skip(at)).collect();
            }
            text
        })
    }

    /// Few in Miri, where there is no file of failures either.
    fn cases() -> ProptestConfig {
        let all = ProptestConfig::with_cases(20_000);
        if cfg!(miri) { ProptestConfig { cases: 20, failure_persistence: None, ..all } } else { all }
    }

    fn any_character() -> impl Strategy<Value = Option<(prop::sample::Index, char)>> {
        let character = prop_oneof![prop::char::range('\0', '\u{7f}'), any::<char>()];
        prop::option::weighted(0.2, (any::<prop::sample::Index>(), character))
    }

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn it_reads_what_serde_json_reads(json in nearly_json()) {
            // `Value` looks into lists and objects, which are skipped here.
            if let Some(theirs) = texts_by_serde_json(&json) {
                prop_assert_eq!(texts(&json), Some(theirs), "{}", json);
            }
            let names_and_syntax: Option<BTreeMap<String, IgnoredAny>> = serde_json::from_str(&json).ok();
            prop_assert_eq!(can_be_skipped(&json), names_and_syntax.is_some(), "{}", json);
            if texts(&json).is_some() {
                prop_assert!(can_be_skipped(&json), "{}", json);
            }
        }
    }

    /// Every byte, at every place among eight and beyond them, after none and one that needs a borrow.
    #[test]
    fn a_string_ends_at_the_first_byte_that_can_end_it() {
        for byte in 0..=255 {
            for before in 0..18 {
                for next in [b'a', b'"', 0x1f, b' ', 0x80, byte] {
                    let mut bytes = vec![b'a'; before];
                    bytes.extend([byte, next]);
                    bytes.extend([b'b'; 9]);
                    let ends = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
                    let expected = bytes.iter().position(ends).unwrap_or(bytes.len());
                    assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn a_defect_says_where_it_is() {
        let defect = |json: &str| read_object(json, &mut |json, _| json.skip()).unwrap_err().to_string();
        assert_eq!(defect(""), "expected an object at line 1 column 1");
        assert_eq!(defect("{\n  \"a\": [1, x]\n}"), "expected a value at line 2 column 12");
        assert_eq!(defect("{} {"), "expected the end at line 1 column 4");
        assert_eq!(defect(r#"{"a":"\u00g0"}"#), "expected a hexadecimal digit at line 1 column 11");
    }

    #[test]
    fn a_surrogate_without_its_other_half_is_no_text() {
        for (escapes, meant) in [
            (r"\ud83d\ude00", Some("\u{1f600}")),
            (r"\uD800\uDC00", Some("\u{10000}")),
            (r"\udbff\udfff", Some("\u{10ffff}")),
            (r"\ud800", None),
            (r"\ud800x", None),
            (r"\ud800\n", None),
            (r"\ud800\u0041", None),
            (r"\ud800\udbff", None),
            (r"\ud800\ue000", None),
            (r"\udc00", None),
            (r"\udc00\ud800", None),
        ] {
            let json = format!("{{\"a\":\"{escapes}\"}}");
            let expected = meant.map(|text| BTreeMap::from([("a".to_owned(), Some(text.to_owned()))]));
            assert_eq!(texts(&json), expected, "{escapes}");
            assert_eq!(texts_by_serde_json(&json), expected, "{escapes}");
        }
    }

    #[test]
    fn numbers_have_digits_wherever_they_begin_or_go_on() {
        for number in ["-", "1.", "-1.", "1.e1", "1e", "1e+", "1E-", ".5", "-.5", "+1", "1.5e", "[1.]", "[-]"] {
            let json = format!("{{\"a\":{number}}}");
            assert!(!can_be_skipped(&json), "{number}");
            assert_eq!(texts_by_serde_json(&json), None, "{number}");
        }
    }

    #[test]
    fn numbers_have_no_leading_zeros() {
        for number in ["01", "-01", "00", "[01]", "[0,01]"] {
            let json = format!("{{\"a\":{number}}}");
            assert!(!can_be_skipped(&json), "{number}");
        }
        assert!(can_be_skipped(r#"{"a":[0,-0,0.5,0e1,10]}"#));
    }
}
