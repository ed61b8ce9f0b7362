//! Reads the body of an error response leniently: a code must not be lost because of a fault elsewhere in the body.

use std::borrow::Cow;

use crate::{
    json::{Defect, Json, MemberReader, Value, read_object},
    response::bare_code,
};

/// The members of an error body. Members that are not strings, empty strings and null count as missing.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    /// Whether the body is one JSON object and nothing else.
    is_complete: bool,
    code: Option<String>,
    type_name: Option<String>,
    capital_code: Option<String>,
    message: Option<String>,
    capital_message: Option<String>,
    error_message: Option<String>,
}

impl ErrorBody {
    /// Reads as much of the body as is JSON.
    pub(crate) fn read(body: &[u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let mut body = String::from_utf8_lossy(body);
        if body.contains(is_control) {
            // A raw line break in a message is a common fault. Between values, it is whitespace like a space.
            body = body.replace(is_control, " ").into();
        }
        let body = repair_escapes(&body);
        let mut error_body = Self::default();
        error_body.is_complete = read_object(&body, &mut error_body).is_ok();
        error_body
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The error code with its namespace and URL.
    pub(crate) fn code(&self) -> Option<&str> {
        let mut codes = [&self.code, &self.type_name, &self.capital_code].into_iter().flatten();
        codes.find(|code| !bare_code(code).is_empty()).map(String::as_str)
    }

    pub(crate) fn message(&self) -> Option<&str> {
        [&self.message, &self.capital_message, &self.error_message].into_iter().flatten().map(String::as_str).next()
    }

    fn member(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "code" => &mut self.code,
            "__type" => &mut self.type_name,
            "Code" => &mut self.capital_code,
            "message" => &mut self.message,
            "Message" => &mut self.capital_message,
            "errorMessage" => &mut self.error_message,
            _ => return None,
        })
    }
}

/// The characters that JSON does not allow within strings.
fn is_control(character: char) -> bool {
    character < ' '
}

/// Fills an [`ErrorBody`] member by member, and leaves in it what preceded a fault.
impl<'de> MemberReader<'de> for ErrorBody {
    fn read_member(&mut self, name: &str, value: Value<'_, 'de>) -> Result<(), Defect> {
        let Some(member) = self.member(name) else { return value.skip() };
        if let Json::String(string) = value.read()?
            && !string.is_empty()
        {
            *member = Some(string.into_owned());
        }
        Ok(())
    }
}

/// Repairs the escapes that `serde_json` rejects. A lone surrogate becomes U+FFFD, and the backslash of an unknown escape stands for
/// itself.
fn repair_escapes(json: &str) -> Cow<'_, str> {
    if !json.contains('\\') {
        return Cow::Borrowed(json);
    }
    let mut repaired = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(position) = rest.find('\\') {
        let (before, escape) = rest.split_at(position);
        repaired.push_str(before);
        let following = escape.get(ESCAPE_LENGTH..).unwrap_or_default();
        let length = match (surrogate(escape), surrogate(following)) {
            (Some(Surrogate::High), Some(Surrogate::Low)) => 2 * ESCAPE_LENGTH,
            (Some(_), _) => {
                repaired.push_str("\\ufffd");
                rest = following;
                continue;
            }
            (None, _) if is_unknown_escape(escape) => {
                repaired.push_str(r"\\");
                rest = &escape[1..];
                continue;
            }
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        repaired.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    repaired.push_str(rest);
    Cow::Owned(repaired)
}

/// Whether JSON does not define the escape that the string begins with. A truncated escape is not unknown.
fn is_unknown_escape(json: &str) -> bool {
    let mut characters = json.chars().skip(1);
    match characters.next() {
        Some('u') => characters.take(4).any(|digit| !digit.is_ascii_hexdigit()),
        Some(character) => !r#""\/bfnrt"#.contains(character),
        None => false,
    }
}

const ESCAPE_LENGTH: usize = r"\uXXXX".len();

enum Surrogate {
    High,
    Low,
}

/// Returns the surrogate that the string begins with as an escape.
fn surrogate(json: &str) -> Option<Surrogate> {
    let digits = json.get(..ESCAPE_LENGTH)?.strip_prefix(r"\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Surrogate::High),
        0xdc00..=0xdfff => Some(Surrogate::Low),
        _ => None,
    }
}
