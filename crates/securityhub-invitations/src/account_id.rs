//! AWS account ids, and the error that lists those that are none.

use std::{error, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::display::{Quoted, QuotedCharacter, ascii};

/// An AWS account id: exactly 12 ASCII digits.
///
/// Twelve bytes, `Copy`, never allocates. Leading zeros are part of the id; ids are ordered as their text is.
///
/// ```
/// use securityhub_invitations::AccountId;
///
/// let id: AccountId = "111122223333".parse()?;
/// assert_eq!(id.to_string(), "111122223333");
///
/// let error = "11112222333x".parse::<AccountId>().unwrap_err();
/// assert_eq!(error.to_string(), "\"11112222333x\": character 12 is 'x', and an account id is exactly 12 ASCII digits");
/// # Ok::<(), securityhub_invitations::AccountIdError>(())
/// ```
///
/// Source: [AWS account identifiers](https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The number of digits in an account id.
    pub const LENGTH: usize = 12;

    /// The id's digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// `None` unless `bytes` are exactly 12 ASCII digits.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let digits: [u8; 12] = bytes.try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    /// # Errors
    /// [`AccountIdError`] if the text is anything but 12 ASCII digits.
    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        Self::from_bytes(text.as_bytes()).ok_or_else(|| AccountIdError::new(text))
    }
}

impl TryFrom<&str> for AccountId {
    type Error = AccountIdError;

    /// # Errors
    /// [`AccountIdError`] if the text is anything but 12 ASCII digits.
    fn try_from(text: &str) -> Result<Self, AccountIdError> {
        text.parse()
    }
}

impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({})", self.as_str())
    }
}

/// As a string.
impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// From a string of exactly 12 ASCII digits.
impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = AccountId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an AWS account id as a string of 12 digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AccountId, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// A text that is no account id: the text, the first thing that is wrong with it, and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountIdError {
    text: Box<str>,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Empty,
    /// Counted in characters from 1, as a person would.
    Character(usize, char),
    Length(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => write!(f, "it is empty"),
            Self::Character(position, character) => write!(f, "character {position} is {}", QuotedCharacter(character)),
            Self::Length(1) => write!(f, "it has 1 digit"),
            Self::Length(length) => write!(f, "it has {length} digits"),
        }
    }
}

impl AccountIdError {
    /// The rule that every account id keeps.
    pub const RULE: &str = "an account id is exactly 12 ASCII digits";

    fn new(text: &str) -> Self {
        let fault = match text.chars().zip(1..).find(|(character, _)| !character.is_ascii_digit()) {
            Some((character, position)) => Fault::Character(position, character),
            None if text.is_empty() => Fault::Empty,
            None => Fault::Length(text.len()),
        };
        Self { text: text.into(), fault }
    }

    /// The refused text, whole.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rule that the text breaks.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        Self::RULE
    }

    /// The position of the first character that is no ASCII digit, counted in characters from 1; `None` if there are only
    /// digits, but too few or too many.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self.fault {
            Fault::Character(position, _) => Some(position),
            Fault::Empty | Fault::Length(_) => None,
        }
    }
}

impl fmt::Display for AccountIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, and {}", Quoted(&self.text), self.fault, Self::RULE)
    }
}

impl error::Error for AccountIdError {}

/// The account ids of a call that were refused before anything was sent: every one of them, with its index.
///
/// `Display` is bounded, however many there are; [`refused`](Self::refused) has them all.
///
/// ```
/// use securityhub_invitations::DeleteInvitations;
///
/// let error = DeleteInvitations::new(["111122223333", "12345", "4444 5555 666"]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "2 account ids refused, and an account id is exactly 12 ASCII digits: \
///      index 1 \"12345\": it has 5 digits; index 2 \"4444 5555 666\": character 5 is ' '"
/// );
/// assert!(error.refused().map(|(index, id)| (index, id.text())).eq([(1, "12345"), (2, "4444 5555 666")]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Empty for an empty list of ids.
    refused: Vec<(usize, AccountIdError)>,
}

impl InputError {
    pub(crate) fn empty_list() -> Self {
        Self { refused: Vec::new() }
    }

    /// `refused` holds at least one id.
    pub(crate) fn refused_ids(refused: Vec<(usize, AccountIdError)>) -> Self {
        Self { refused }
    }

    /// Every refused id with its index in the input, counted from 0, in the order of the input. Empty if what was refused
    /// is an empty list.
    pub fn refused(&self) -> impl ExactSizeIterator<Item = (usize, &AccountIdError)> {
        self.refused.iter().map(|(index, error)| (*index, error))
    }

    /// Whether there were no ids at all: a call takes 1 or more.
    #[must_use]
    pub fn is_empty_list(&self) -> bool {
        self.refused.is_empty()
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let count = self.refused.len();
        if count == 0 {
            return write!(f, "the list of account ids is empty, and a call takes 1 or more");
        }
        write!(f, "{count} account id{} refused, and {}: ", if count == 1 { "" } else { "s" }, AccountIdError::RULE)?;
        for (n, (index, error)) in self.refused.iter().take(SHOWN).enumerate() {
            if n > 0 {
                write!(f, "; ")?;
            }
            write!(f, "index {index} {}: {}", Quoted(&error.text), error.fault)?;
        }
        if count > SHOWN { write!(f, "; and {} more", count - SHOWN) } else { Ok(()) }
    }
}

impl error::Error for InputError {}
