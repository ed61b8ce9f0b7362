//! [`AccountIdError`]: the error for a string that is not an account id.

use std::{error, fmt};

use crate::display::{Quoted, QuotedCharacter};

/// A string that is not an account id: its value, and the first problem in it.
///
/// `Display` and `Debug` print the same single line. `{:#?}` prints the fields.
///
/// ```
/// use securityhub_invitations::AccountId;
///
/// let error = "11122223333".parse::<AccountId>().unwrap_err();
/// assert_eq!(error.value(), "11122223333");
/// assert_eq!(error.reason(), "has 11 digits, a leading zero may be missing");
/// assert_eq!(error.position(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountIdError {
    value: Box<str>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fault {
    Empty,
    /// The position counts characters from 1.
    Character(usize, char),
    Length(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("is empty"),
            Self::Character(position, character) => {
                write!(f, "has {} at position {position}", QuotedCharacter(character))
            }
            Self::Length(1) => f.write_str("has 1 digit"),
            // Spreadsheets drop leading zeros.
            Self::Length(11) => f.write_str("has 11 digits, a leading zero may be missing"),
            Self::Length(length) => write!(f, "has {length} digits"),
        }
    }
}

impl AccountIdError {
    #[cold]
    pub(crate) fn new(value: &str) -> Self {
        let fault = match value.chars().zip(1..).find(|(character, _)| !character.is_ascii_digit()) {
            Some((character, position)) => Fault::Character(position, character),
            None if value.is_empty() => Fault::Empty,
            None => Fault::Length(value.len()),
        };
        Self { value: value.into(), fault }
    }

    /// Returns the complete rejected value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the problem, such as `has 5 digits` or `has ' ' at position 5`.
    #[must_use]
    pub fn reason(&self) -> String {
        self.fault.to_string()
    }

    /// Returns the position of the first character that is not an ASCII digit. Positions count characters from 1. `None` if
    /// there are only digits, but too few or too many.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self.fault {
            Fault::Character(position, _) => Some(position),
            Fault::Empty | Fault::Length(_) => None,
        }
    }

    /// Prints the quoted value and the problem, for a list of errors.
    pub(crate) fn fmt_entry(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Quoted(&self.value), self.fault)
    }
}

impl fmt::Display for AccountIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid account id {}: {} (expected exactly 12 digits)", Quoted(&self.value), self.fault)
    }
}

/// Prints the same as `Display`, because that is what `fn main() -> Result` shows. `{:#?}` prints the fields.
impl fmt::Debug for AccountIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("AccountIdError").field("value", &self.value).field("fault", &self.fault).finish()
    }
}

impl error::Error for AccountIdError {}
