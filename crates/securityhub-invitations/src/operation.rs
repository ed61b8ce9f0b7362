//! The operation: what goes in, and what comes out.

use std::{error, fmt, sync::Arc};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess},
    ser::SerializeMap,
};
use sha2::{Digest, Sha256};

use crate::{
    account_id::{AccountId, AccountIdError, InputError},
    body::{self, BodyWriter},
    display::OneLine,
    hash::hex_of,
};

/// The input of a call: the accounts whose invitations are to be deleted, 1 or more.
///
/// It is the JSON body, written and hashed once; a clone shares it. Which accounts these are depends on who calls: see the
/// table in the crate's documentation.
///
/// ```
/// use securityhub_invitations::DeleteInvitations;
///
/// let input = DeleteInvitations::new(["111122223333", "444455556666", "111122223333"])?;
/// assert_eq!(&input.body()[..], br#"{"AccountIds":["111122223333","444455556666"]}"#);
/// # Ok::<(), securityhub_invitations::InputError>(())
/// ```
///
/// AWS documents no limit to the number of ids. Its sibling operations take 50 at a time, which is a safe choice.
///
/// Source: [`DeleteInvitations`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DeleteInvitations.html).
#[derive(Clone)]
pub struct DeleteInvitations {
    body: Bytes,
    payload_hash: [u8; 64],
}

impl DeleteInvitations {
    /// Checks every id. Duplicates are kept once, where they stand first; the order is kept.
    ///
    /// # Errors
    /// [`InputError`] with every refused id and its index, or if there are no ids.
    pub fn new<I>(account_ids: I) -> Result<Self, InputError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut refused: Vec<(usize, AccountIdError)> = Vec::new();
        let ids = account_ids.into_iter();
        let mut body = BodyWriter::for_about(ids.size_hint().0);
        for (index, id) in ids.enumerate() {
            match id.as_ref().parse() {
                Ok(id) => body.push(id),
                Err(error) => refused.push((index, error)),
            }
        }
        if refused.is_empty() { Self::of(body) } else { Err(InputError::refused_ids(refused)) }
    }

    /// As [`new`](Self::new), of ids that are checked already.
    ///
    /// # Errors
    /// [`InputError`] if there are no ids.
    pub fn from_account_ids(account_ids: impl IntoIterator<Item = AccountId>) -> Result<Self, InputError> {
        let ids = account_ids.into_iter();
        let mut body = BodyWriter::for_about(ids.size_hint().0);
        ids.for_each(|id| body.push(id));
        Self::of(body)
    }

    fn of(body: BodyWriter) -> Result<Self, InputError> {
        let body: Bytes = body.finish().ok_or_else(InputError::empty_list)?.into();
        let payload_hash = hex_of(&Sha256::digest(&body).into());
        Ok(Self { body, payload_hash })
    }

    /// The ids, in the order in which they are sent.
    pub fn account_ids(&self) -> impl ExactSizeIterator<Item = AccountId> {
        body::account_ids(&self.body)
    }

    /// The body of every request of this call: compact JSON.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The SHA-256 of the body in hexadecimal.
    pub(crate) fn payload_hash(&self) -> &[u8; 64] {
        &self.payload_hash
    }
}

/// The number of ids, not the ids: there can be thousands.
impl fmt::Debug for DeleteInvitations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteInvitations").field("account_ids", &self.account_ids().len()).finish_non_exhaustive()
    }
}

/// What a call came to: the accounts that were not processed, if any.
///
/// A response with status 200 lists here what it did not do: unless [`is_complete`](Self::is_complete), a part of the call
/// has failed. [`into_result`](Self::into_result) makes that an error.
///
/// ```
/// use securityhub_invitations::DeleteInvitationsOutput;
///
/// let response = http::Response::new(r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"gone"}]}"#);
/// let output = DeleteInvitationsOutput::parse(&response)?;
/// assert!(!output.is_complete());
/// assert_eq!(output.unprocessed_accounts()[0].account_id(), Some("111122223333"));
/// assert!(output.into_result().is_err());
/// # Ok::<(), securityhub_invitations::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a call can have left accounts unprocessed: ask is_complete() or into_result()"]
pub struct DeleteInvitationsOutput {
    pub(crate) unprocessed_accounts: Vec<UnprocessedAccount>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) attempts: u32,
    pub(crate) unanswered_attempts: u32,
}

impl DeleteInvitationsOutput {
    /// The accounts that were not processed, in the order of the response.
    #[must_use]
    pub fn unprocessed_accounts(&self) -> &[UnprocessedAccount] {
        &self.unprocessed_accounts
    }

    /// The service's id of the request, for AWS's support. Browsers hide it from pages unless the server exposes it.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How many requests were sent, 1 or more.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How many attempts before this answer ended without one, and may have taken effect all the same. Unless it is 0, an
    /// account that is listed as unprocessed may have been processed by one of them: treat it as uncertain. An account that
    /// is not listed is done, whichever attempt did it.
    #[must_use]
    pub fn unanswered_attempts(&self) -> u32 {
        self.unanswered_attempts
    }

    /// Whether every account was processed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unprocessed_accounts.is_empty()
    }

    /// Success only if every account was processed.
    ///
    /// # Errors
    /// [`Unprocessed`], with the accounts that were not.
    pub fn into_result(self) -> Result<(), Unprocessed> {
        if self.is_complete() { Ok(()) } else { Err(Unprocessed { output: self }) }
    }
}

/// An account that was not processed, and why, in the service's words. Both are optional on the wire.
///
/// Serialises with the names of the wire, `AccountId` and `ProcessingResult`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnprocessedAccount {
    pub(crate) account_id: Option<ReportedId>,
    pub(crate) processing_result: Option<Arc<str>>,
}

/// What the service calls an account id: nearly always one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum ReportedId {
    Account(AccountId),
    Other(Box<str>),
}

impl ReportedId {
    pub(crate) fn new(text: &str) -> Self {
        AccountId::from_bytes(text.as_bytes()).map_or_else(|| Self::Other(text.into()), Self::Account)
    }
}

impl UnprocessedAccount {
    /// The account id as the service wrote it.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_ref().map(|id| match id {
            ReportedId::Account(id) => id.as_str(),
            ReportedId::Other(text) => text,
        })
    }

    /// The reason that the service gives. Of one response, reasons that repeat share their text: the first 64 of them.
    #[must_use]
    pub fn processing_result(&self) -> Option<&str> {
        self.processing_result.as_deref()
    }
}

/// `111122223333: the reason`, on one line.
impl fmt::Display for UnprocessedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account_id = self.account_id().unwrap_or("(no account id)");
        let reason = self.processing_result().unwrap_or("(no reason given)");
        write!(f, "{}: {}", OneLine { text: account_id, limit: 80 }, OneLine { text: reason, limit: 300 })
    }
}

impl fmt::Debug for UnprocessedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnprocessedAccount")
            .field("account_id", &self.account_id())
            .field("processing_result", &self.processing_result())
            .finish()
    }
}

impl Serialize for UnprocessedAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = [("AccountId", self.account_id()), ("ProcessingResult", self.processing_result())];
        let present = members.iter().filter(|(_, value)| value.is_some());
        let mut map = serializer.serialize_map(Some(present.clone().count()))?;
        for (name, value) in present {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for UnprocessedAccount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = UnprocessedAccount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an unprocessed account as an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UnprocessedAccount, A::Error> {
                let (mut account_id, mut processing_result) = (None, None);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "AccountId" => account_id = map.next_value::<Option<String>>()?,
                        "ProcessingResult" => processing_result = map.next_value::<Option<String>>()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(UnprocessedAccount {
                    account_id: account_id.as_deref().map(ReportedId::new),
                    processing_result: processing_result.map(Into::into),
                })
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// The error of a call that was answered, but did not process every account.
///
/// `Display` names the first few; [`accounts`](Self::accounts) has them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprocessed {
    output: DeleteInvitationsOutput,
}

impl Unprocessed {
    /// The accounts that were not processed: 1 or more.
    #[must_use]
    pub fn accounts(&self) -> &[UnprocessedAccount] {
        &self.output.unprocessed_accounts
    }

    /// The service's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.output.request_id()
    }

    /// How many requests were sent, 1 or more.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.output.attempts
    }

    /// As [`DeleteInvitationsOutput::unanswered_attempts`]: unless it is 0, the accounts are uncertain rather than failed.
    #[must_use]
    pub fn unanswered_attempts(&self) -> u32 {
        self.output.unanswered_attempts
    }
}

impl fmt::Display for Unprocessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let count = self.accounts().len();
        write!(f, "{count} account{} not processed", if count == 1 { " was" } else { "s were" })?;
        for (n, account) in self.accounts().iter().take(SHOWN).enumerate() {
            write!(f, "{}{account}", if n == 0 { ": " } else { "; " })?;
        }
        if count > SHOWN {
            write!(f, "; and {} more", count - SHOWN)?;
        }
        match self.request_id() {
            Some(request_id) => write!(f, " (request id {})", OneLine { text: request_id, limit: 80 }),
            None => Ok(()),
        }
    }
}

impl error::Error for Unprocessed {}
