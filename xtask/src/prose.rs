//! `cargo xtask prose`: violations of the mechanical rules of docs/STYLE.md.

mod passage;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction};

use self::passage::{Kind, Passage, Word, passages};
use crate::{Command, Result, check::Check};

/// The check for some files.
pub(crate) const PROSE: Command = Command {
    name: "prose",
    about: "Check the English of comments, strings and documents against the mechanical rules of docs/STYLE.md",
    arguments: |command| {
        let paths = Arg::new("path").value_name("PATH").action(ArgAction::Append);
        command.arg(paths.help("Check these files and folders, relative to the workspace [default: all files]"))
    },
    run: |_, matches| {
        let paths: Vec<PathBuf> = matches.get_many::<String>("path").unwrap_or_default().map(PathBuf::from).collect();
        let is_clean = prose(&if paths.is_empty() { vec![PathBuf::from(".")] } else { paths })? == 0;
        Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    },
};

/// The check for all files.
pub(crate) const CHECK: Check = Check {
    name: "prose",
    about: "comments, strings and documents follow the mechanical rules of docs/STYLE.md",
    run: |_, _| match prose(&[PathBuf::from(".")])? {
        0 => Ok(()),
        count => Err(format!("{count} violations").into()),
    },
};

/// Files that quote what the rules forbid.
const EXEMPT: [&str; 3] = ["docs/STYLE.md", "xtask/src/prose.rs", "xtask/src/prose/passage.rs"];

const MOST_WORDS_IN_SENTENCE: usize = 25;
const MOST_WORDS_IN_TEST_NAME: usize = 8;

/// Phrases that are wrong everywhere, by rule. `*` is any lower-case word, and `*ed` is one with this ending.
///
/// "There is no" and "is no longer" are correct.
const PHRASES: [(&str, &[&str]); 13] = [
    ("is no", &["is no *", "are no *", "was no *", "were no *"]),
    (
        "is to be",
        &["is to be *ed", "are to be *ed", "was to be *ed", "were to be *ed", "is to be read", "are to be read"],
    ),
    ("texts", &["texts"]),
    ("kin", &["kin"]),
    ("held against", &["held against", "hold against", "holds against"]),
    ("anew", &["anew"]),
    ("or else", &["or else"]),
    ("so many", &["so many"]),
    ("mostly", &["mostly"]),
    ("perhaps", &["perhaps"]),
    ("by itself", &["by itself"]),
    ("in any case", &["in any case"]),
    ("slang", &["door", "doors", "lane", "lanes", "planted", "contestant", "contestants"]),
];

/// Words that show that `beside` means "compared with".
const COMPARISONS: [&str; 9] = ["cost", "compar", "measur", "ratio", "figure", "weigh", "faster", "slower", "price"];

/// A violation: its line and the words around it.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    rule: &'static str,
    line: usize,
    excerpt: String,
}

/// Prints the violations and their number by rule, and returns their total.
fn prose(paths: &[PathBuf]) -> Result<usize> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for file in &files {
        let name = file.strip_prefix(".").unwrap_or(file);
        if EXEMPT.iter().any(|exempt| name.ends_with(exempt)) {
            continue;
        }
        let Ok(source) = fs::read_to_string(file) else { continue };
        for Violation { rule, line, excerpt } in violations(name, &source) {
            println!("{}:{line}: {rule}: {excerpt}", name.display());
            *counts.entry(rule).or_default() += 1;
        }
    }
    println!();
    for (rule, count) in &counts {
        println!("{rule:<16} {count:>5}");
    }
    let total = counts.values().sum();
    println!("{:<16} {total:>5} in {} files", "violations", files.len());
    Ok(total)
}

/// Adds a file, or the files below a folder except those that are generated, installed or hidden.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort_unstable();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.') && !["target", "node_modules", "pkg"].contains(&&*name) && !entry.is_symlink() {
            collect(&entry, files)?;
        }
    }
    Ok(())
}

fn violations(path: &Path, source: &str) -> Vec<Violation> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for passage in passages(&extension, source) {
        phrases(&passage, &mut found);
        semicolons(&passage, &mut found);
        doc_start(&passage, &mut found);
        sentences(&passage, &mut found);
    }
    if extension == "rs" {
        test_names(source, &mut found);
    }
    found.sort_by_key(|violation| violation.line);
    found
}

fn phrases(passage: &Passage, found: &mut Vec<Violation>) {
    for at in 0..passage.words.len() {
        let rest = &passage.words[at..];
        let is_fine = begins_with(&rest[1..], "no longer") || (at > 0 && passage.words[at - 1].bare() == "there");
        for (rule, phrases) in PHRASES {
            if !(is_fine && rule == "is no") && phrases.iter().any(|phrase| begins_with(rest, phrase)) {
                found.push(violation(rule, passage, at));
            }
        }
        if begins_with(rest, "beside") {
            let nearby = &passage.words[at.saturating_sub(12)..(at + 8).min(passage.words.len())];
            if nearby.iter().any(|word| COMPARISONS.iter().any(|start| word.bare().starts_with(start))) {
                found.push(violation("beside", passage, at));
            }
        }
    }
}

/// Whether the words begin with the phrase, without punctuation inside it.
fn begins_with(words: &[Word], phrase: &str) -> bool {
    let expected: Vec<&str> = phrase.split(' ').collect();
    let matches = |(expected, word): (&&str, &Word)| {
        let bare = word.bare();
        expected.strip_prefix('*').map_or(bare == **expected, |ending| {
            bare.starts_with(char::is_lowercase) && bare.ends_with(ending) && !word.is_capital()
        })
    };
    words.len() >= expected.len()
        && expected.iter().zip(words).all(matches)
        && words[..expected.len() - 1].iter().all(|word| word.text.ends_with(char::is_alphanumeric))
}

fn semicolons(passage: &Passage, found: &mut Vec<Violation>) {
    if matches!(passage.kind, Kind::Doc | Kind::Markdown) {
        let has_one =
            |word: &Word| word.text.trim_end_matches(['"', ')']).ends_with(';') && !word.text.starts_with('&');
        let at = passage.words.iter().enumerate().filter(|(_, word)| has_one(word));
        found.extend(at.map(|(at, _)| violation("semicolon", passage, at)));
    }
}

fn doc_start(passage: &Passage, found: &mut Vec<Violation>) {
    let is_first = passage.words.first().is_some_and(|word| {
        ["what", "what's", "who", "whatever", "whoever", "whose"].contains(&&*word.bare()) && word.is_capital()
    });
    if passage.kind == Kind::Doc && passage.is_start && is_first {
        found.push(violation("doc start", passage, 0));
    }
}

fn sentences(passage: &Passage, found: &mut Vec<Violation>) {
    if passage.kind != Kind::Markdown {
        return;
    }
    let (mut start, mut count) = (0, 0);
    for (at, word) in passage.words.iter().enumerate() {
        count += usize::from(word.text.contains(char::is_alphanumeric));
        let next = passage.words.get(at + 1);
        let is_end = word.text.trim_end_matches(['"', ')', '*', '_', ']', '”']).ends_with(['.', '!', '?']);
        if next.is_none_or(|next| is_end && (next.is_capital() || next.text.starts_with(['`', '[']))) {
            if count > MOST_WORDS_IN_SENTENCE {
                let mut violation = violation("long sentence", passage, start);
                violation.excerpt = format!("{count} words: {}", violation.excerpt);
                found.push(violation);
            }
            (start, count) = (at + 1, 0);
        }
    }
}

fn test_names(source: &str, found: &mut Vec<Violation>) {
    let mut is_test = false;
    for (index, line) in source.lines().map(str::trim).enumerate() {
        is_test |= line.starts_with("#[") && (line.contains("test]") || line.contains("test("));
        let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test && !line.starts_with("//")) else { continue };
        is_test = false;
        let name = rest.split(['(', '<']).next().unwrap_or_default();
        if name.split('_').filter(|word| !word.is_empty()).count() > MOST_WORDS_IN_TEST_NAME {
            found.push(Violation { rule: "test name", line: index + 1, excerpt: name.to_owned() });
        }
    }
}

fn violation(rule: &'static str, passage: &Passage, at: usize) -> Violation {
    let around = &passage.words[at.saturating_sub(3)..(at + 6).min(passage.words.len())];
    let excerpt = around.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Violation { rule, line: passage.words[at].line, excerpt }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::violations;

    fn rules(file: &str, source: &str) -> Vec<(&'static str, usize)> {
        violations(Path::new(file), source).iter().map(|violation| (violation.rule, violation.line)).collect()
    }

    #[test]
    fn finds_phrases_in_comments_and_strings() {
        let source = "//! Fine.\n\n// This is\n// no region.\nconst A: &str = \"it was no\\n number\"; // is no longer, there is no\n\
            /* kin */ let is_no_code = r#\"texts\"#; // It is. No doubt. Or else, 'no'.\n";
        let expected = [("is no", 3), ("is no", 5), ("kin", 6), ("texts", 6), ("or else", 6)];
        assert_eq!(rules("a.rs", source), expected);
        assert_eq!(rules("a.mjs", "const a = 'it is no number'; // anew\n"), [("is no", 1), ("anew", 1)]);
        assert_eq!(rules("a.py", "x = 1  # anew\n\"\"\"Held\nagainst it.\"\"\"\n"), [("anew", 1), ("held against", 2)]);
        assert_eq!(rules("a.html", "<p class=\"kin\">so <b>many</b></p>\n"), [("so many", 1)]);
        assert_eq!(rules("a.rs", "// It is to be wiped, beside what it costs.\n"), [("is to be", 1), ("beside", 1)]);
    }

    #[test]
    fn ignores_code() {
        for source in [
            "/// `kin` and `a; b`\n/// ```\n/// let texts = 1;\n/// ```\nfn kin() { anew('\"', '\\'', b'\"'); }\n",
            "fn a<'a>(x: &'a str) -> char { 'a' } // fine\n",
        ] {
            assert_eq!(rules("a.rs", source), []);
        }
        assert_eq!(rules("a.md", "Fine.\n\n```\nkin; texts\n```\n\n`so many; kin`\n"), []);
    }

    #[test]
    fn finds_semicolons_only_in_documentation() {
        assert_eq!(rules("a.rs", "/// One; two.\nlet a = 1; // One; two.\n"), [("semicolon", 1)]);
        assert_eq!(rules("a.md", "One; two &amp; three.\n"), [("semicolon", 1)]);
    }

    #[test]
    fn finds_questions_at_doc_starts() {
        let source = "/// What it is.\nfn a() {}\n/// The value.\n/// What else.\nfn b() {}\n// What now.\n";
        assert_eq!(rules("a.rs", source), [("doc start", 1)]);
    }

    #[test]
    fn counts_words_of_sentences() {
        let words = |count: usize| vec!["word"; count].join(" ");
        let source = format!(
            "{}. {}\n{}.\n\n- {}\n- {}\n\n| {} |\n",
            words(25),
            "Word",
            words(25),
            words(20),
            words(20),
            words(30)
        );
        assert_eq!(rules("a.md", &source), [("long sentence", 1)]);
    }

    #[test]
    fn counts_words_of_test_names() {
        let source = "#[test]\nfn one_two_three_four_five_six_seven_eight() {}\n#[tokio::test]\n\
            async fn one_two_three_four_five_six_seven_eight_nine() {}\nfn a_b_c_d_e_f_g_h_i_j() {}\n";
        assert_eq!(rules("a.rs", source), [("test name", 4)]);
    }
}
