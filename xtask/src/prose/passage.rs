//! Extraction of prose from source files.

/// Prose without interruption: a paragraph, or a string literal.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) kind: Kind,
    /// Whether it is the first paragraph of its comment.
    pub(super) is_start: bool,
    pub(super) words: Vec<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    /// A documentation comment of Rust.
    Doc,
    Markdown,
    String,
}

/// A word with its punctuation.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Word {
    /// The word in lower case without punctuation.
    pub(super) fn bare(&self) -> String {
        self.text.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
    }

    pub(super) fn is_capital(&self) -> bool {
        self.text.trim_start_matches(|character: char| !character.is_alphanumeric()).starts_with(char::is_uppercase)
    }
}

/// Returns the prose of a file with this extension, or nothing for unknown extensions.
pub(super) fn passages(extension: &str, source: &str) -> Vec<Passage> {
    let mut passages = Passages::default();
    match extension {
        "rs" => Lexer::new(source, "//", &['"']).run(true, &mut passages),
        "js" | "mjs" | "ts" | "mts" => Lexer::new(source, "//", &['"', '\'', '`']).run(false, &mut passages),
        "py" | "toml" => Lexer::new(source, "#", &['"', '\'']).run(false, &mut passages),
        "md" => passages.add_block(Kind::Markdown, source.lines().map(str::to_owned).zip(1..).collect()),
        "html" => passages.add_block(Kind::Comment, without_tags(source).lines().map(str::to_owned).zip(1..).collect()),
        _ => {}
    }
    passages.0
}

#[derive(Default)]
struct Passages(Vec<Passage>);

impl Passages {
    /// Adds the paragraphs of a comment or document. Code, tables and the addresses of links are left out.
    fn add_block(&mut self, kind: Kind, lines: Vec<(String, usize)>) {
        let first = self.0.len();
        let (mut is_fenced, mut in_code) = (false, false);
        let mut words = Vec::new();
        for (text, line) in lines {
            let trimmed = text.trim();
            let is_fence = trimmed.starts_with("```");
            is_fenced ^= is_fence;
            let is_table = trimmed.starts_with('|');
            let is_item = ["- ", "* ", "#", ">"].iter().any(|start| trimmed.starts_with(start)) || is_numbered(trimmed);
            if is_fence || is_fenced || is_table || is_item || trimmed.is_empty() {
                self.add(kind, first, &mut words);
                in_code = false;
            }
            if is_fence || is_fenced || (kind == Kind::Markdown && (is_table || trimmed.starts_with('<'))) {
                continue;
            }
            let mut prose = String::new();
            for (index, part) in trimmed.split('`').enumerate() {
                // A span of code counts as one word, also if it began on an earlier line.
                in_code ^= index > 0;
                let code = if index == 0 { "" } else { "`code`" };
                prose.push_str(if in_code { code } else { part });
            }
            words.extend(prose.split_whitespace().map(|word| Word { line, text: word.to_owned() }));
        }
        self.add(kind, first, &mut words);
    }

    /// Adds a paragraph of the block whose first paragraph has this index.
    fn add(&mut self, kind: Kind, first: usize, words: &mut Vec<Word>) {
        if !words.is_empty() {
            self.0.push(Passage { kind, is_start: self.0.len() == first, words: std::mem::take(words) });
        }
    }
}

fn is_numbered(line: &str) -> bool {
    line.split_once(". ")
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The text of HTML, with the line breaks of the source.
fn without_tags(source: &str) -> String {
    let mut text = String::new();
    let mut rest = source;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let end = match ["script", "style"].iter().find(|name| tag.starts_with(**name)) {
            Some(name) => format!("</{name}>"),
            None => ">".to_owned(),
        };
        let (tag, after) = tag.split_once(&end).unwrap_or((tag, ""));
        text.extend(tag.chars().filter(|character| *character == '\n'));
        rest = after;
    }
    text + rest
}

/// A scanner for comments and string literals.
struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    comment: &'static str,
    quotes: &'static [char],
}

impl<'a> Lexer<'a> {
    fn new(source: &'a str, comment: &'static str, quotes: &'static [char]) -> Self {
        Self { rest: source, line: 1, comment, quotes }
    }

    fn run(mut self, is_rust: bool, passages: &mut Passages) {
        // The comment lines so far, which belong together until code or a blank line follows.
        let mut block: Vec<(String, usize)> = Vec::new();
        let mut block_kind = Kind::Comment;
        while let Some(first) = self.rest.chars().next() {
            if let Some(text) = self.rest.strip_prefix(self.comment) {
                let line = self.line;
                let text = self.take(self.comment.len() + text.find('\n').unwrap_or(text.len()));
                let text = &text[self.comment.len()..];
                let (kind, text) = match text.strip_prefix(['/', '!']) {
                    Some(doc) if is_rust && !doc.starts_with('/') => (Kind::Doc, doc),
                    _ => (Kind::Comment, text),
                };
                let is_next = block.last().is_some_and(|(_, last)| last + 1 == line) && kind == block_kind;
                if !is_next {
                    passages.add_block(block_kind, std::mem::take(&mut block));
                }
                block_kind = kind;
                block.push((text.to_owned(), line));
            } else if self.comment == "//" && self.rest.starts_with("/*") {
                let line = self.line;
                let text = self.take(self.rest.find("*/").map_or(self.rest.len(), |end| end + 2));
                let lines = text.trim_matches(['/', '*']).lines();
                let lines = lines.map(|text| text.trim_start().trim_start_matches('*').to_owned());
                passages.add_block(Kind::Comment, lines.zip(line..).collect());
            } else if let Some((open, close)) = self.string(first, is_rust) {
                self.literal(open, &close, passages);
            } else if is_rust && first == '\'' {
                self.skip_char_or_lifetime();
            } else {
                self.take(first.len_utf8());
            }
        }
        passages.add_block(block_kind, block);
    }

    /// The length of the opening quote at this place, and the closing quote.
    fn string(&self, first: char, is_rust: bool) -> Option<(usize, String)> {
        if is_rust && first == 'r' {
            let hashes = self.rest[1..].bytes().take_while(|byte| *byte == b'#').count();
            if self.rest[1 + hashes..].starts_with('"') {
                return Some((hashes + 2, format!("\"{}", "#".repeat(hashes))));
            }
        }
        if !self.quotes.contains(&first) {
            return None;
        }
        let triple = first.to_string().repeat(3);
        if self.comment == "#" && self.rest.starts_with(&triple) {
            return Some((3, triple));
        }
        Some((1, first.to_string()))
    }

    fn literal(&mut self, open: usize, close: &str, passages: &mut Passages) {
        let is_raw = self.rest.starts_with('r');
        // A quote in a regular expression of JavaScript begins no string, so it must not hide the following lines.
        let is_one_line = close == "'" || (close == "\"" && self.quotes.len() > 1);
        self.take(open);
        let mut lines = vec![(String::new(), self.line)];
        while let Some(character) = self.rest.chars().next() {
            if self.rest.starts_with(close) {
                self.take(close.len());
                break;
            }
            if character == '\n' && is_one_line {
                break;
            }
            let escaped = self.rest.chars().nth(1).filter(|_| character == '\\' && !is_raw);
            let line = self.line;
            self.take(character.len_utf8() + escaped.map_or(0, char::len_utf8));
            match escaped.unwrap_or(character) {
                '\n' => lines.push((String::new(), line + 1)),
                'n' | 't' | 'r' if escaped.is_some() => lines.last_mut().expect("never empty").0.push(' '),
                character => lines.last_mut().expect("never empty").0.push(character),
            }
        }
        passages.add_block(Kind::String, lines);
    }

    fn skip_char_or_lifetime(&mut self) {
        let mut characters = self.rest.chars().skip(1);
        let (second, third) = (characters.next(), characters.next());
        let length = match (second, third) {
            (Some('\\'), Some(escaped)) => {
                let start = 2 + escaped.len_utf8();
                start + self.rest[start..].find('\'').map_or(0, |end| end + 1)
            }
            (Some(second), Some('\'')) => 2 + second.len_utf8(),
            _ => 1,
        };
        self.take(length);
    }

    /// Moves on by a number of bytes, and returns them.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}
