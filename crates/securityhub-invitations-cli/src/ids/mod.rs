//! [`read`]: account ids from the command line, from files and from the standard input.

mod csv_column;
mod ids_error;
mod ids_input;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fs,
    io::{self, Read},
};

use securityhub_invitations::AccountId;

use self::ids_error::{Location, Origin, Problem};
pub(crate) use self::{csv_column::CsvColumn, ids_error::IdsError, ids_input::IdsInput};

/// Account ids without duplicates, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountIds {
    /// The ids.
    pub(crate) ids: Vec<AccountId>,
    /// The number of ids that were dropped because they had occurred before.
    pub(crate) duplicates: usize,
}

/// Reads all account ids.
///
/// A file has one id on each line. Blank lines and everything after `#` are ignored. Spaces, quotes and the apostrophe of a
/// spreadsheet around an id are removed.
///
/// # Errors
/// [`IdsError`] with every invalid id and every file that cannot be read, or if there is no id.
pub(crate) fn read(inputs: &[IdsInput], mut stdin: impl Read) -> Result<AccountIds, IdsError> {
    let mut reader = Reader::default();
    let mut arguments = 0;
    for input in inputs {
        match input {
            IdsInput::Argument(ids) => {
                arguments += 1;
                let location = Location::of(&Origin::Argument(arguments));
                let ids = ids.split(|c: char| c == ',' || c.is_whitespace()).filter(|id| !id.is_empty());
                ids.for_each(|id| reader.push(&location, id));
            }
            IdsInput::File { path, column } => {
                reader.read(&Origin::File(path.as_path().into()), fs::read(path), column.as_ref());
            }
            IdsInput::Stdin { column } => {
                let mut data = Vec::new();
                let data = stdin.read_to_end(&mut data).map(|_| data);
                reader.read(&Origin::Stdin, data, column.as_ref());
            }
        }
    }
    match reader {
        Reader { problems, .. } if !problems.is_empty() => Err(IdsError::new(problems)),
        Reader { result, .. } if result.ids.is_empty() => Err(IdsError::empty()),
        Reader { result, .. } => Ok(result),
    }
}

#[derive(Default)]
struct Reader {
    result: AccountIds,
    seen: HashSet<AccountId>,
    problems: Vec<Problem>,
}

impl Reader {
    fn read(&mut self, origin: &Origin, data: io::Result<Vec<u8>>, column: Option<&CsvColumn>) {
        let data = match data {
            Ok(data) => data,
            Err(error) => return self.reject(Location::of(origin), format!("cannot read: {error}")),
        };
        let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&data);
        // Without a byte order mark, one byte of each ASCII character is zero.
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] = data {
            return self.reject(Location::of(origin), "encoded as UTF-16 (expected UTF-8)".to_owned());
        }
        match column {
            Some(column) => column.read(origin, data, self),
            None => self.read_lines(origin, data),
        }
    }

    fn read_lines(&mut self, origin: &Origin, data: &[u8]) {
        for (line, number) in data.split(|byte| *byte == b'\n').zip(1..) {
            let line = String::from_utf8_lossy(line);
            let id = line.split('#').next().unwrap_or_default().trim();
            if !id.is_empty() {
                let id = id.strip_prefix('"').and_then(|id| id.strip_suffix('"')).unwrap_or(id);
                self.push(&Location { line: Some(number), ..Location::of(origin) }, id);
            }
        }
    }

    fn push(&mut self, location: &Location, value: &str) {
        match bare(value).parse::<AccountId>() {
            Ok(id) if self.seen.insert(id) => self.result.ids.push(id),
            Ok(_) => self.result.duplicates += 1,
            Err(error) => self.reject(location.clone(), format!("{error}{}", hint(error.value()))),
        }
    }

    fn reject(&mut self, location: Location, problem: String) {
        self.problems.push(Problem { location, problem });
    }
}

/// Removes spaces around a value and the apostrophe by which a spreadsheet marks it as text.
fn bare(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('\'').map_or(value, str::trim)
}

/// Returns the likely cause of an invalid id, for the end of a message. The core's message has one for 11 digits.
fn hint(value: &str) -> &'static str {
    let is_number = |part: &str, signs: &[char]| {
        part.contains(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || signs.contains(&c))
    };
    match value.split_once(['E', 'e']) {
        Some((number, exponent)) if is_number(number, &['.', ',']) && is_number(exponent, &['+']) => {
            ", a spreadsheet has rounded it: format the column as text and enter the id again"
        }
        _ if value.contains([',', ';', '\t']) => ", for a file with columns use --csv-column",
        _ => "",
    }
}
