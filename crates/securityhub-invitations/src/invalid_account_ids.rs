//! [`InvalidAccountIds`]: the error for a list of account ids.

use std::{error, fmt};

use crate::account_id_error::AccountIdError;

/// A list of account ids that is empty or contains invalid ids, found before anything is sent.
///
/// It holds every invalid id with its index. `Display` prints at most five of them. `Debug` prints the same line, and
/// `{:#?}` prints the fields.
///
/// ```
/// use securityhub_invitations::DeleteInvitations;
///
/// let error = DeleteInvitations::new(["111122223333", "12345", "4444 5555 666"]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "2 invalid account ids (expected exactly 12 digits): \
///      [1] \"12345\" has 5 digits; [2] \"4444 5555 666\" has ' ' at position 5"
/// );
/// assert!(error.iter().map(|(index, id)| (index, id.value())).eq([(1, "12345"), (2, "4444 5555 666")]));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InvalidAccountIds {
    /// Empty if the list itself was empty.
    errors: Vec<(usize, AccountIdError)>,
}

impl InvalidAccountIds {
    pub(crate) fn empty_list() -> Self {
        Self { errors: Vec::new() }
    }

    /// `errors` must not be empty.
    pub(crate) fn new(errors: Vec<(usize, AccountIdError)>) -> Self {
        Self { errors }
    }

    /// Returns every invalid id with its index in the input, in the order of the input. Indices count from 0. The iterator
    /// is empty if the list of ids was empty.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, &AccountIdError)> {
        self.errors.iter().map(|(index, error)| (*index, error))
    }

    /// Returns whether the list of ids was empty. An operation needs at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

impl fmt::Display for InvalidAccountIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let count = self.errors.len();
        if count == 0 {
            return f.write_str("no account ids (expected at least 1)");
        }
        write!(f, "{count} invalid account id{} (expected exactly 12 digits):", if count == 1 { "" } else { "s" })?;
        for (n, (index, error)) in self.errors.iter().take(SHOWN).enumerate() {
            write!(f, "{} [{index}] ", if n == 0 { "" } else { ";" })?;
            error.fmt_entry(f)?;
        }
        if count > SHOWN { write!(f, "; and {} more", count - SHOWN) } else { Ok(()) }
    }
}

/// Prints the same as `Display`, because that is what `fn main() -> Result` shows. `{:#?}` prints the fields.
impl fmt::Debug for InvalidAccountIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("InvalidAccountIds").field("errors", &self.errors).finish()
    }
}

impl error::Error for InvalidAccountIds {}
