//! Tests of account ids from people's files.

use std::{fs, path::Path};

use securityhub_invitations::AccountId;
use tempfile::TempDir;

use super::{AccountIds, CsvColumn, IdsError, IdsInput, read};

const IDS: [&str; 3] = ["111122223333", "012345678901", "444455556666"];

fn ids(ids: &[&str]) -> Vec<AccountId> {
    ids.iter().map(|id| id.parse().expect("12 digits")).collect()
}

fn lines(data: impl AsRef<[u8]>) -> Result<AccountIds, IdsError> {
    read(&[IdsInput::argument("-")], data.as_ref())
}

fn csv(column: &str, data: impl AsRef<[u8]>) -> Result<AccountIds, IdsError> {
    read(&[IdsInput::file(Path::new("-"), Some(CsvColumn::new(column)))], data.as_ref())
}

fn problem(result: Result<AccountIds, IdsError>) -> String {
    result.expect_err("there is a problem").to_string()
}

#[test]
fn accepts_every_form_of_a_line() {
    let forms =
        ["{}", " {} ", "\t{}\u{a0}", "'{}", " ' {}", "\"{}\"", "\"'{}\"", "{}# a comment", "{} # a, \"comment\""];
    for form in forms {
        for line_end in ["\n", "\r\n", "\n\n", "\r\n \r\n", "\n#\n", "\r\n  # Straße\r\n"] {
            for (start, end) in [("", ""), ("\u{feff}", line_end), (line_end, line_end), ("# ids\n", "")] {
                let file = IDS.map(|id| form.replace("{}", id)).join(line_end);
                let file = format!("{start}{file}{end}");
                let read = lines(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
                assert_eq!((read.ids, read.duplicates), (ids(&IDS), 0), "{file:?}");
            }
        }
    }
    lines([&b"# Stra\xdfe in Latin-1\n"[..], b"111122223333"].concat()).expect("a comment in any encoding");
}

#[test]
fn accepts_every_form_of_a_column() {
    for delimiter in [",", ";", "\t"] {
        for form in ["{}", "\"{}\"", "'{}", " {} ", "\"'{}\""] {
            for line_end in ["\n", "\r\n", "\n\n", "\r\n\r\n"] {
                for start in ["", "\u{feff}", line_end] {
                    let mut file = format!("{start}\"Name\"{delimiter}Account ID{delimiter}Note{line_end}");
                    for id in IDS {
                        let id = form.replace("{}", id);
                        file += &format!("\"a, b;{line_end}c\"{delimiter}{id}{delimiter}{line_end}");
                    }
                    file += &format!("{delimiter} {delimiter}{line_end}");
                    for column in ["Account ID", "account id", "2"] {
                        let read = csv(column, &file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
                        assert_eq!(read.ids, ids(&IDS), "{file:?}");
                    }
                    let without_header = file.split_once("Note").expect("a header").1;
                    assert_eq!(csv("2", without_header.trim_start()).expect("a column").ids, ids(&IDS));
                }
            }
        }
    }
}

#[test]
fn names_every_invalid_line() {
    let mut expected = Vec::new();
    let mut file = String::new();
    for number in 1..=100_000_u32 {
        if number % 2_700 == 0 {
            file += &format!("{number}\r\n");
            let digits = number.to_string().len();
            expected.push(format!(
                "  standard input, line {number}: invalid account id \"{number}\": has {digits} digits (expected exactly 12 digits)"
            ));
        } else {
            file += &format!("{number:012}\r\n");
        }
    }
    assert_eq!(expected.len(), 37);
    expected.insert(0, "37 problems with the account ids, nothing was sent:".to_owned());
    assert_eq!(problem(lines(file)), expected.join("\n"));
}

#[test]
fn names_the_line_and_column_of_fields() {
    for line_end in ["\n", "\r\n"] {
        let file = [
            "name,account",
            "a,111122223333",
            "",
            "\"b",
            "b\",12345",
            "\"1111\",\"x\"",
            "c",
            ",",
            "d,",
            "e,\"12\"\"3\"",
        ];
        let rule = "(expected exactly 12 digits)";
        let expected = [
            "5 problems with the account ids, nothing was sent:".to_owned(),
            format!("  standard input, line 4, column 2: invalid account id \"12345\": has 5 digits {rule}"),
            format!("  standard input, line 6, column 2: invalid account id \"x\": has 'x' at position 1 {rule}"),
            "  standard input, line 7: column 2 is missing".to_owned(),
            format!("  standard input, line 9, column 2: invalid account id \"\": is empty {rule}"),
            format!("  standard input, line 10, column 2: invalid account id \"12\"3\": has '\"' at position 3 {rule}"),
        ];
        for column in ["account", "2"] {
            assert_eq!(problem(csv(column, file.join(line_end))), expected.join("\n"));
        }
    }
}

#[test]
fn hints_at_spreadsheets_and_columns() {
    let rule = "(expected exactly 12 digits)";
    let rounded = ", a spreadsheet has rounded it: format the column as text and enter the id again";
    let columns = ", for a file with columns use --csv-column";
    for (value, reason, hint) in [
        ("12345678901", "has 11 digits, a leading zero may be missing", ""),
        ("1.23457E+11", "has '.' at position 2", rounded),
        ("1,23457e+11", "has ',' at position 2", rounded),
        ("1E11", "has 'E' at position 2", rounded),
        ("1.2", "has '.' at position 2", ""),
        ("E+11", "has 'E' at position 1", ""),
        ("a,111122223333", "has 'a' at position 1", columns),
        ("111122223333;b", "has ';' at position 13", columns),
        ("1111-2222-3333", "has '-' at position 5", ""),
    ] {
        let expected = format!("standard input, line 1: invalid account id \"{value}\": {reason} {rule}{hint}");
        assert_eq!(problem(lines(value)), expected);
    }
}

#[test]
fn rejects_utf_16() {
    let units: Vec<u16> = "111122223333\r\n".encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for file in [&little, &big, &[b"\xff\xfe", little.as_slice()].concat(), &[b"\xfe\xff", big.as_slice()].concat()] {
        for result in [lines(file), csv("1", file)] {
            assert_eq!(problem(result), "standard input: encoded as UTF-16 (expected UTF-8)");
        }
    }
}

#[test]
fn drops_and_counts_duplicates() {
    let inputs = [IdsInput::argument("444455556666, 111122223333,"), IdsInput::argument("-")];
    let read = read(&inputs, &b"111122223333\n012345678901\n111122223333\n"[..]).expect("ids");
    let expected = ids(&["444455556666", "111122223333", "012345678901"]);
    assert_eq!(read, AccountIds { ids: expected, duplicates: 2 });
}

#[test]
fn rejects_empty_lists() {
    for result in
        [read(&[], &b""[..]), read(&[IdsInput::argument(" , ")], &b""[..]), lines("# nothing\n"), csv("1", "id\n")]
    {
        assert_eq!(problem(result), "no account ids (expected at least one)");
    }
}

#[test]
fn rejects_columns_that_are_not_clear() {
    for (column, file, reason) in [
        (
            "id",
            "a,b\n1,2\n",
            "standard input, line 1: column \"id\": not found (expected one of [\"a\", \"b\"], or a number from 1)",
        ),
        (
            "0",
            "a,b\n1,2\n",
            "standard input, line 1: column \"0\": not found (expected one of [\"a\", \"b\"], or a number from 1)",
        ),
        (
            "b",
            "b,B\n1,2\n",
            "standard input, line 1: column \"b\": occurs twice (expected once, a number from 1 works too)",
        ),
        ("b", "", "standard input: column \"b\": the file is empty (expected a header)"),
    ] {
        assert_eq!(problem(csv(column, file)), reason);
    }
}

#[test]
fn reports_problems_of_all_inputs_together() {
    let directory = TempDir::new().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    fs::write(path("ids.txt"), "1\n111122223333").expect("it is written");
    let inputs = [
        IdsInput::argument("111122223333"),
        IdsInput::argument("2,3"),
        IdsInput::file(&path("ids.txt"), None),
        IdsInput::file(&path("missing"), None),
        IdsInput::argument("-"),
    ];
    let error = problem(read(&inputs, &b"4"[..]));
    let rows: Vec<&str> = error.lines().collect();
    let expected = [
        "5 problems with the account ids, nothing was sent:".to_owned(),
        "  argument 2: invalid account id \"2\": has 1 digit (expected exactly 12 digits)".to_owned(),
        "  argument 2: invalid account id \"3\": has 1 digit (expected exactly 12 digits)".to_owned(),
        format!("  {:?}, line 1: invalid account id \"1\": has 1 digit (expected exactly 12 digits)", path("ids.txt")),
    ];
    assert_eq!(rows[..4], expected);
    assert!(rows[4].starts_with(&format!("  {:?}: cannot read: ", path("missing"))), "{}", rows[4]);
    assert_eq!(rows[5], "  standard input, line 1: invalid account id \"4\": has 1 digit (expected exactly 12 digits)");
}

#[test]
fn tells_ids_from_paths() {
    for value in ["111122223333", "111122223333,x", "1111", "1111,2222"] {
        assert_eq!(IdsInput::ids_or_file(value), IdsInput::Argument(value.to_owned()));
    }
    for value in ["keep.txt", "./2026.txt", "Cargo.toml"] {
        assert_eq!(IdsInput::ids_or_file(value), IdsInput::file(Path::new(value), None));
    }
    assert_eq!(IdsInput::ids_or_file("-"), IdsInput::Stdin { column: None });
}
