//! The check of Markdown documents: every link, file, item and rule that they name exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{Result, check::Check, shell::Shell};

/// Checks all documents.
pub(crate) const LINKS: Check = Check {
    name: "links",
    about: "documents name only files, headings, items and rules that exist",
    run: |_, report| {
        let files = tracked()?;
        let sources = Sources::read(&files);
        let mut problems = Vec::new();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
            problems.extend(Document::read(file)?.problems(&sources));
        }
        problems.iter().for_each(|problem| println!("{problem}"));
        if !problems.is_empty() {
            return Err(format!("{} dead references", problems.len()).into());
        }
        report.tests.passed += 1;
        Ok(())
    },
};

/// The repository's own address. Links to it are checked as files.
const REPOSITORY: &str = "https://github.com/securityhub-invitations/securityhub-invitations/";
/// The rules of docs/PROTOCOL.md.
const RULES: std::ops::RangeInclusive<u32> = 1..=12;

fn tracked() -> Result<Vec<PathBuf>> {
    let list = Shell::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).read()?;
    Ok(list.lines().map(PathBuf::from).filter(|file| file.exists()).collect())
}

/// The words of all source files, among which an item's name must be.
struct Sources(BTreeSet<String>);

impl Sources {
    fn read(files: &[PathBuf]) -> Self {
        let is_source = |file: &&PathBuf| {
            let extension = file.extension().unwrap_or_default().to_string_lossy();
            ["rs", "toml", "js", "mjs", "ts", "py", "json", "html"].contains(&&*extension)
        };
        let mut words = BTreeSet::new();
        for source in files.iter().filter(is_source).filter_map(|file| fs::read_to_string(file).ok()) {
            words.extend(source.split(|c: char| !c.is_alphanumeric() && c != '_').map(ToOwned::to_owned));
        }
        Self(words)
    }

    /// Whether every part of a path such as `Call::sign` occurs in the sources.
    fn has(&self, item: &str) -> bool {
        item.split("::").all(|part| self.0.contains(part))
    }
}

/// The references of a document.
#[derive(Default)]
struct Document {
    path: PathBuf,
    links: Vec<String>,
    code: Vec<String>,
    rules: Vec<u32>,
}

impl Document {
    fn read(path: &Path) -> Result<Self> {
        let source = fs::read_to_string(path)?;
        let mut document = Self { path: path.to_owned(), ..Self::default() };
        let mut is_block = false;
        for event in Parser::new_ext(&source, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => is_block = true,
                Event::End(TagEnd::CodeBlock) => is_block = false,
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.to_string());
                }
                Event::Code(code) => document.code.push(code.to_string()),
                Event::Text(text) if !is_block => document.rules.extend(rules_of(&text)),
                _ => {}
            }
        }
        Ok(document)
    }

    fn problems(&self, sources: &Sources) -> Vec<String> {
        let problem = |kind: &str, name: &str| format!("{}: {kind} `{name}` does not exist", self.path.display());
        let links = self.links.iter().filter(|link| !self.link_exists(link)).map(|link| problem("link", link));
        let files = self.code.iter().filter(|code| is_path(code) && !self.path_exists(code));
        let items = self.code.iter().filter(|code| is_item(code) && !sources.has(code));
        let rules = self.rules.iter().filter(|rule| !RULES.contains(rule));
        links
            .chain(files.map(|file| problem("file", file)))
            .chain(items.map(|item| problem("item", item)))
            .chain(rules.map(|rule| problem("rule", &rule.to_string())))
            .collect()
    }

    fn link_exists(&self, link: &str) -> bool {
        let own = link
            .strip_prefix(REPOSITORY)
            .and_then(|rest| rest.strip_prefix("blob/main/").or_else(|| rest.strip_prefix("tree/main/")));
        let (base, link) = match own {
            Some(file) => (Path::new(""), file),
            None if link.contains("://") || link.starts_with("mailto:") => return true,
            None => (self.path.parent().unwrap_or_else(|| Path::new("")), link),
        };
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { self.path.clone() } else { base.join(file) };
        target.exists() && (anchor.is_empty() || headings(&target).contains(anchor))
    }

    /// A path can start at the document or at the workspace.
    fn path_exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let base = self.path.parent().unwrap_or_else(|| Path::new(""));
        path.contains(['*', '<', '{', '…', '$']) || Path::new(path).exists() || base.join(path).exists()
    }
}

/// The anchors of a document's headings, as GitHub makes them.
fn headings(path: &Path) -> BTreeSet<String> {
    let source = fs::read_to_string(path).unwrap_or_default();
    let titles =
        source.lines().filter_map(|line| line.strip_prefix('#').map(|title| title.trim_start_matches('#').trim()));
    let anchor = |title: &str| {
        let title = title.to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    titles.map(anchor).collect()
}

/// Whether inline code names a file or folder of this workspace.
fn is_path(code: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["crates/", "docs/", "examples/", "tests/", "benches/", "fuzz/", "xtask/", ".ci/", ".github/"];
    FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(' ')
}

/// Whether inline code names a Rust type, or an item in one.
fn is_item(code: &str) -> bool {
    let is_identifier = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !part.is_empty();
    code.contains("::") && code.starts_with(|c: char| c.is_ascii_uppercase()) && code.split("::").all(is_identifier)
}

/// The numbers after "rule" and "rules".
fn rules_of(text: &str) -> Vec<u32> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let cited = words.windows(2).filter(|pair| pair[0].trim_start_matches('(').eq_ignore_ascii_case("rule"));
    cited.filter_map(|pair| pair[1].trim_matches(|c: char| !c.is_ascii_digit()).parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_references() {
        assert!(is_path("docs/STYLE.md") && is_path("crates/") && !is_path("docs are good") && !is_path("a/b"));
        assert!(is_item("Call::sign") && !is_item("Call") && !is_item("std::env::var") && !is_item("Call::sign()"));
        assert_eq!(rules_of("see rule 7, (rule 12) and Rule 99."), [7, 12, 99]);
    }

    #[test]
    fn reports_every_dead_reference() {
        let folder = std::env::temp_dir().join(format!("links-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("document.md");
        let text = "# One heading\n[a](#one-heading) [b](#two) [c](gone.md) `docs/GONE.md` `Gone::item` rule 13";
        fs::write(&path, text).unwrap();
        let problems = Document::read(&path).unwrap().problems(&Sources(BTreeSet::new()));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(problems.len(), 5, "{problems:#?}");
    }
}
