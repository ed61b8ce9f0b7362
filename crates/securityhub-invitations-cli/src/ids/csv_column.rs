//! [`CsvColumn`]: the column of a CSV file that has the account ids.

use csv::{ByteRecord, ReaderBuilder};

use super::{
    Reader, bare,
    ids_error::{Location, Origin},
};

/// The column of a CSV file that has the account ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CsvColumn {
    /// Its name in the first row (case-insensitive).
    Name(String),
    /// Its position, from 0. The first row is a header if it has no digit in this column.
    Index(usize),
}

impl CsvColumn {
    /// Parses a name, or a number from 1.
    pub(crate) fn new(column: &str) -> Self {
        let index = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        index.map_or_else(|| Self::Name(column.trim().to_owned()), Self::Index)
    }

    pub(super) fn read(&self, origin: &Origin, data: &[u8], reader: &mut Reader) {
        let mut rows = ReaderBuilder::new();
        let mut rows = rows.has_headers(false).flexible(true).delimiter(delimiter(data)).from_reader(data);
        let mut row = ByteRecord::new();
        let (mut line, mut counted) = (1, 0);
        let mut index = None;
        loop {
            match rows.read_byte_record(&mut row) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return reader.reject(Location::of(origin), format!("cannot read: {error}")),
            }
            // The position is that of the line ends before the row.
            let position = row.position().map_or(0, csv::Position::byte);
            let mut start = usize::try_from(position).unwrap_or(data.len());
            start += data[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            line += data[counted..start].iter().filter(|byte| **byte == b'\n').count() as u64;
            counted = start;

            let at = Location { line: Some(line), ..Location::of(origin) };
            let index = match index {
                Some(index) => index,
                None => match self.find(&row) {
                    Ok((found, is_header)) => {
                        index = Some(found);
                        if is_header {
                            continue;
                        }
                        found
                    }
                    Err(problem) => return reader.reject(at, problem),
                },
            };
            match row.get(index) {
                _ if row.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Some(field) => {
                    let column = Some(index + 1);
                    reader.push(&Location { column, ..at }, &String::from_utf8_lossy(field));
                }
                None => {
                    reader.reject(at, format!("column {} is missing", index + 1));
                }
            }
        }
        if let (None, Self::Name(name)) = (index, self) {
            reader.reject(Location::of(origin), format!("column {name:?}: the file is empty (expected a header)"));
        }
    }

    /// Returns the column's position, and whether the first row is a header.
    fn find(&self, first: &ByteRecord) -> Result<(usize, bool), String> {
        let name = match self {
            Self::Index(index) => {
                let has_digit = first.get(*index).is_none_or(|field| field.iter().any(u8::is_ascii_digit));
                return Ok((*index, !has_digit));
            }
            Self::Name(name) => name,
        };
        let names: Vec<String> = first.iter().map(|field| bare(&String::from_utf8_lossy(field)).to_owned()).collect();
        let mut found = (0..names.len()).filter(|index| names[*index].eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some(index), None) => Ok((index, true)),
            (Some(_), Some(_)) => {
                Err(format!("column {name:?}: occurs twice (expected once, a number from 1 works too)"))
            }
            (None, _) => Err(format!("column {name:?}: not found (expected one of {names:?}, or a number from 1)")),
        }
    }
}

/// Returns the delimiter of a file: the most frequent one in its first row. Spreadsheets write semicolons where the comma is the
/// decimal sign.
fn delimiter(data: &[u8]) -> u8 {
    let mut delimiters = [(0, b'\t'), (0, b';'), (0, b',')];
    let mut is_quoted = false;
    for byte in data.trim_ascii_start() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => delimiters.iter_mut().filter(|(_, delimiter)| delimiter == byte).for_each(|(count, _)| *count += 1),
        }
    }
    delimiters.into_iter().max_by_key(|(count, _)| *count).map_or(b',', |(_, delimiter)| delimiter)
}
