//! XML elements of responses.

/// Returns an element whose content is escaped.
pub(crate) fn element(name: &str, content: &str) -> String {
    raw_element(name, &escape(content))
}

/// Returns an element whose content is XML.
pub(crate) fn raw_element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// Escapes characters that XML reserves, and replaces characters that it cannot express.
fn escape(content: &str) -> String {
    let mut escaped = String::with_capacity(content.len());
    for character in content.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => escaped.push(character),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_content() {
        assert_eq!(
            element("A", "<a b=\"c\">&'\u{0}\u{ffff}é"),
            "<A>&lt;a b=&quot;c&quot;&gt;&amp;&apos;\u{fffd}\u{fffd}é</A>"
        );
    }
}
