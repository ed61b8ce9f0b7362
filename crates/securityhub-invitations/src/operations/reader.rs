//! The reading of outputs, member by member.

use crate::{
    json::{Defect, Value, duplicate},
    redact::Redactor,
};

/// Collects the members of an operation's output.
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub trait OutputReader: Default {
    /// Reads or skips the member's value. Returns whether this is the output's main member with a value other than null.
    ///
    /// # Errors
    /// The defect if the value does not fit the member.
    fn read_member<'de>(&mut self, name: &str, value: Value<'_, 'de>, redactor: Redactor<'_>) -> Result<bool, String>;
}

/// Skips the value of an unknown member.
pub(super) fn skip(value: Value<'_, '_>) -> Result<bool, Defect> {
    value.skip().map(|()| false)
}

/// Starts a list, and rejects a second one.
pub(super) fn start_list<'l, T>(list: &'l mut Option<Vec<T>>, member: &str) -> Result<&'l mut Vec<T>, Defect> {
    if list.is_some() {
        return Err(duplicate(member));
    }
    Ok(list.insert(Vec::new()))
}

/// The token of the next page.
#[derive(Debug, Default)]
pub(super) struct NextToken(Option<Option<Box<str>>>);

impl NextToken {
    pub(super) const MEMBER: &'static str = "NextToken";

    pub(super) fn read(&mut self, value: Value<'_, '_>) -> Result<bool, Defect> {
        if self.0.is_some() {
            return Err(duplicate(Self::MEMBER));
        }
        self.0 = Some(value.string()?.map(Box::from));
        Ok(false)
    }

    /// Returns the token. An empty one counts as missing.
    pub(super) fn into_token(self) -> Option<Box<str>> {
        self.0.flatten().filter(|token| !token.is_empty())
    }
}
