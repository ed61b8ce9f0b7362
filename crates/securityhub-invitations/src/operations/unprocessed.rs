//! Accounts that a call did not process, and the verdict on every account that it was asked to process.

use std::{error, fmt, iter, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{
    Receipt,
    account_ids::AccountIds,
    reader::{OutputReader, skip, start_list},
};
use crate::{
    account_id::AccountId,
    display::{Bounded, OneLine},
    json::{Entries, Fields, Value},
    redact::Redactor,
};

/// An account that was not processed, and the service's reason. Both members are optional on the wire.
///
/// Serialises with the names of the wire, `AccountId` and `ProcessingResult`.
///
/// Source: [`Result`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Result.html).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnprocessedAccount {
    account_id: Option<ReportedId>,
    processing_result: Option<Arc<str>>,
}

/// An account id as the service reports it. Nearly always a valid one, which needs no allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
enum ReportedId {
    Valid(AccountId),
    Other(Box<str>),
}

impl ReportedId {
    fn new(id: &str) -> Self {
        id.parse().map_or_else(|_| Self::Other(id.into()), Self::Valid)
    }
}

impl UnprocessedAccount {
    /// Returns the account id as the service wrote it.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_ref().map(|id| match id {
            ReportedId::Valid(id) => id.as_str(),
            ReportedId::Other(id) => id,
        })
    }

    /// Returns the service's reason.
    #[must_use]
    pub fn processing_result(&self) -> Option<&str> {
        self.processing_result.as_deref()
    }

    fn valid_id(&self) -> Option<AccountId> {
        match self.account_id {
            Some(ReportedId::Valid(id)) => Some(id),
            _ => None,
        }
    }
}

/// `111122223333: the reason`, on one line and bounded.
impl fmt::Display for UnprocessedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account_id = self.account_id().unwrap_or("(no account id)");
        let reason = self.processing_result().unwrap_or("(no reason given)");
        write!(f, "{}: {}", OneLine { text: account_id, limit: 80 }, OneLine { text: reason, limit: 300 })
    }
}

/// Bounded, because a hostile response can be long.
impl fmt::Debug for UnprocessedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnprocessedAccount")
            .field("account_id", &self.account_id().map(Bounded))
            .field("processing_result", &self.processing_result().map(Bounded))
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
        deserializer.deserialize_map(UnprocessedVisitor)
    }
}

struct UnprocessedVisitor;

impl<'de> Visitor<'de> for UnprocessedVisitor {
    type Value = UnprocessedAccount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UnprocessedAccount, A::Error> {
        let (mut account_id, mut processing_result) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            let (member, place) = match name.as_str() {
                "AccountId" => ("AccountId", &mut account_id),
                "ProcessingResult" => ("ProcessingResult", &mut processing_result),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if place.replace(map.next_value::<Option<String>>()?).is_some() {
                return Err(de::Error::duplicate_field(member));
            }
        }
        Ok(UnprocessedAccount {
            account_id: account_id.flatten().map(|id| ReportedId::new(&id)),
            processing_result: processing_result.flatten().map(Arc::from),
        })
    }
}

/// Reads the member `UnprocessedAccounts`.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct UnprocessedReader {
    accounts: Option<Vec<UnprocessedAccount>>,
}

impl UnprocessedReader {
    pub(super) const MEMBER: &'static str = "UnprocessedAccounts";

    pub(super) fn into_accounts(self) -> Vec<UnprocessedAccount> {
        self.accounts.unwrap_or_default()
    }
}

impl OutputReader for UnprocessedReader {
    fn read_member<'de>(&mut self, name: &str, value: Value<'_, 'de>, redactor: Redactor<'_>) -> Result<bool, String> {
        if name != Self::MEMBER {
            return skip(value);
        }
        let accounts = start_list(&mut self.accounts, Self::MEMBER)?;
        // Most responses repeat one reason throughout.
        let mut latest: Option<Arc<str>> = None;
        let each = |fields: &mut Fields<'_>| {
            let processing_result = fields.string(1).map(|reason| {
                let repeated = latest.as_ref().filter(|latest| ***latest == *reason);
                let shared = repeated.cloned().unwrap_or_else(|| redactor.redact(&reason).into());
                latest = Some(Arc::clone(&shared));
                shared
            });
            let account_id = fields.string(0).map(|id| match ReportedId::new(&id) {
                ReportedId::Other(id) => ReportedId::Other(redactor.redact(&id).into()),
                valid => valid,
            });
            accounts.push(UnprocessedAccount { account_id, processing_result });
        };
        value.list(&mut Entries { fields: Fields::new(&["AccountId", "ProcessingResult"], &[]), each })
    }
}

/// The result of a call for one account that was requested.
///
/// A verdict never claims more than is known. See `verdicts` of
/// [`DeleteInvitationsOutput`](crate::DeleteInvitationsOutput::verdicts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict<'a> {
    /// The service processed the account.
    Done,
    /// The service did not process the account, and no earlier attempt can have processed it.
    NotProcessed(&'a UnprocessedAccount),
    /// The result is unknown. An unconfirmed attempt may have processed the account before this response reported it as
    /// unprocessed, or the response contains an entry that cannot be matched with an account.
    Uncertain(&'a UnprocessedAccount),
}

/// Returns one verdict for each requested id, in the order of the request.
///
/// The work is linear in both lists, apart from a sorted index of the requested ids.
pub(super) fn verdicts<'a>(
    requested: &AccountIds,
    reported: &'a [UnprocessedAccount],
    receipt: &Receipt,
) -> impl ExactSizeIterator<Item = (AccountId, Verdict<'a>)> {
    let ids: Vec<AccountId> = requested.iter().collect();
    let mut entries: Vec<Option<&UnprocessedAccount>> = vec![None; ids.len()];
    let mut stray = None;
    if !reported.is_empty() {
        let mut indices: Vec<([u8; AccountId::LENGTH], usize)> =
            iter::zip(ids.iter().map(|id| *id.as_bytes()), 0..).collect();
        indices.sort_unstable();
        for account in reported {
            let found =
                account.valid_id().and_then(|id| indices.binary_search_by(|(other, _)| other.cmp(id.as_bytes())).ok());
            match found {
                Some(found) => {
                    entries[indices[found].1].get_or_insert(account);
                }
                None => {
                    stray.get_or_insert(account);
                }
            }
        }
    }
    let is_confirmed = receipt.attempts.is_some_and(|(_, unconfirmed)| unconfirmed == 0);
    iter::zip(ids, entries).map(move |(id, entry)| {
        let verdict = match (entry, stray) {
            (Some(entry), _) if is_confirmed => Verdict::NotProcessed(entry),
            (Some(entry), _) | (None, Some(entry)) => Verdict::Uncertain(entry),
            (None, None) => Verdict::Done,
        };
        (id, verdict)
    })
}

/// The error of a call that succeeded but did not process every account.
///
/// `Display` names the first five accounts. [`accounts`](Self::accounts) has all of them.
#[derive(Clone, PartialEq, Eq)]
pub struct UnprocessedError {
    accounts: Vec<UnprocessedAccount>,
    receipt: Receipt,
}

impl UnprocessedError {
    /// `Ok` if there are no unprocessed accounts.
    pub(super) fn check(accounts: Vec<UnprocessedAccount>, receipt: Receipt) -> Result<(), Self> {
        if accounts.is_empty() { Ok(()) } else { Err(Self { accounts, receipt }) }
    }

    /// Returns the accounts that were not processed: 1 or more.
    #[must_use]
    pub fn accounts(&self) -> &[UnprocessedAccount] {
        &self.accounts
    }

    /// Returns the service's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.receipt.request_id.as_deref()
    }

    /// Returns the number of attempts, including those that sent nothing. `None` if it is not known.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        self.receipt.attempts.map(|(attempts, _)| attempts)
    }

    /// Returns how many earlier attempts are unconfirmed, or `None` if it is not known. Unless it is `Some(0)`, the accounts are
    /// uncertain rather than failed.
    #[must_use]
    pub fn unconfirmed_attempts(&self) -> Option<u32> {
        self.receipt.attempts.map(|(_, unconfirmed)| unconfirmed)
    }
}

impl fmt::Display for UnprocessedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let count = self.accounts.len();
        let subject = if count == 1 { "account was" } else { "accounts were" };
        let reported = if self.unconfirmed_attempts() == Some(0) { "" } else { "reported as " };
        write!(f, "{count} {subject} {reported}not processed")?;
        for (n, account) in self.accounts.iter().take(SHOWN).enumerate() {
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

/// Reads like `Display`, except with `{:#?}`.
impl fmt::Debug for UnprocessedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        f.debug_struct("UnprocessedError").field("accounts", &self.accounts).field("receipt", &self.receipt).finish()
    }
}

impl error::Error for UnprocessedError {}
