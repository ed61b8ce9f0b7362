//! [`DeleteInvitations`]: deletes invitations between accounts.

use std::num::NonZeroUsize;

use bytes::Bytes;
use http::Method;

use super::{
    Effect, Operation, Receipt, UnprocessedAccount, UnprocessedError, Verdict,
    account_ids::AccountIds,
    receipt,
    sealed::Sealed,
    unprocessed::{UnprocessedReader, verdicts},
};
use crate::{account_id::AccountId, invalid_account_ids::InvalidAccountIds};

/// Deletes invitations: the ids of 1 or more accounts. Which accounts these are depends on the caller: see the table in the
/// crate's documentation.
///
/// The input is the JSON body, written and hashed once. Clones share it.
///
/// ```
/// use securityhub_invitations::DeleteInvitations;
///
/// let input = DeleteInvitations::new(["111122223333", "444455556666", "111122223333"])?;
/// assert_eq!(&input.body()[..], br#"{"AccountIds":["111122223333","444455556666"]}"#);
/// # Ok::<(), securityhub_invitations::InvalidAccountIds>(())
/// ```
///
/// AWS documents no limit for the number of ids. Sibling operations accept 50 at a time, which is a safe choice: see
/// [`chunks`](Self::chunks).
///
/// Source: [`DeleteInvitations`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DeleteInvitations.html).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteInvitations(AccountIds);

impl DeleteInvitations {
    /// Validates every id. Duplicates are removed, keeping the first. The order is preserved.
    ///
    /// # Errors
    /// [`InvalidAccountIds`] with every invalid id and its index, or if the list is empty.
    pub fn new(account_ids: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, InvalidAccountIds> {
        AccountIds::parse(account_ids).map(Self)
    }

    /// Takes ids that are already valid. Duplicates are removed as in [`new`](Self::new).
    ///
    /// # Errors
    /// [`InvalidAccountIds`] if the list is empty.
    pub fn from_account_ids(account_ids: impl IntoIterator<Item = AccountId>) -> Result<Self, InvalidAccountIds> {
        AccountIds::new(account_ids).map(Self)
    }

    /// Splits a list of ids into inputs of at most `length` ids, 50 for example. Duplicates are removed first. An empty list
    /// has no chunks.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use securityhub_invitations::{AccountId, DeleteInvitations};
    ///
    /// let ids: Vec<AccountId> = vec!["111122223333".parse()?, "444455556666".parse()?, "777788889999".parse()?];
    /// let lengths = DeleteInvitations::chunks(ids, NonZeroUsize::new(2).unwrap()).map(|chunk| chunk.account_ids().len());
    /// assert!(lengths.eq([2, 1]));
    /// # Ok::<(), securityhub_invitations::AccountIdError>(())
    /// ```
    pub fn chunks(
        account_ids: impl IntoIterator<Item = AccountId>,
        length: NonZeroUsize,
    ) -> impl ExactSizeIterator<Item = Self> {
        AccountIds::chunks(account_ids, length).map(Self)
    }

    /// Returns the ids in the order in which they are sent.
    pub fn account_ids(&self) -> impl ExactSizeIterator<Item = AccountId> {
        self.0.iter()
    }

    /// Returns the body of every request of the call: compact JSON.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.0.body()
    }
}

impl Sealed for DeleteInvitations {}

impl Operation for DeleteInvitations {
    type Output = DeleteInvitationsOutput;
    type Reader = UnprocessedReader;

    const NAME: &'static str = "DeleteInvitations";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/invitations/delete";
    const EFFECT: Effect = Effect::Write;
    const ERRORS: &'static [&'static str] = &[
        "InternalException",
        "InvalidInputException",
        "InvalidAccessException",
        "LimitExceededException",
        "ResourceNotFoundException",
    ];
    const OUTPUT_MEMBER: Option<&'static str> = Some(UnprocessedReader::MEMBER);

    fn payload(&self) -> Option<(&Bytes, &[u8; 64])> {
        Some((self.0.body(), self.0.payload_hash()))
    }

    fn output(members: UnprocessedReader, receipt: Receipt) -> DeleteInvitationsOutput {
        DeleteInvitationsOutput { unprocessed_accounts: members.into_accounts(), receipt }
    }

    fn receipt(output: &DeleteInvitationsOutput) -> &Receipt {
        &output.receipt
    }
}

/// The result of a `DeleteInvitations` call: the accounts that were not processed, if any.
///
/// A response with status 200 can report partial failure. Unless [`is_complete`](Self::is_complete) is true, a
/// part of the call failed. [`verdicts`](Self::verdicts) reports what is known about each account.
///
/// ```
/// use securityhub_invitations::{DeleteInvitations, DeleteInvitationsOutput, Verdict};
///
/// let input = DeleteInvitations::new(["111122223333", "444455556666"])?;
/// let response = http::Response::new(r#"{"UnprocessedAccounts":[{"AccountId":"111122223333","ProcessingResult":"gone"}]}"#);
/// let output = DeleteInvitationsOutput::from_response(&response)?.with_attempts(1, 0);
///
/// assert!(!output.is_complete());
/// let verdicts: Vec<_> = output.verdicts(&input).map(|(_, verdict)| verdict).collect();
/// assert!(matches!(verdicts[..], [Verdict::NotProcessed(_), Verdict::Done]));
/// assert!(output.into_result().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a call can leave accounts unprocessed: check verdicts(), is_complete() or into_result()"]
pub struct DeleteInvitationsOutput {
    unprocessed_accounts: Vec<UnprocessedAccount>,
    receipt: Receipt,
}

receipt::output!(DeleteInvitations => DeleteInvitationsOutput);

impl DeleteInvitationsOutput {
    /// Returns the accounts that were not processed, in the order of the response.
    #[must_use]
    pub fn unprocessed_accounts(&self) -> &[UnprocessedAccount] {
        &self.unprocessed_accounts
    }

    /// Returns whether the response lists no unprocessed account.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unprocessed_accounts.is_empty()
    }

    /// Returns one [`Verdict`] for each account id of the input, in its order.
    ///
    /// The size of the result depends on the input alone. If the response lists an account more than once, its first
    /// entry counts. If an entry names no account of the input, every account without an entry of its own is
    /// [`Verdict::Uncertain`]. An account with an entry is [`Verdict::NotProcessed`] only if it is known that no attempt is
    /// unconfirmed, because an unconfirmed attempt may have processed it.
    pub fn verdicts(&self, input: &DeleteInvitations) -> impl ExactSizeIterator<Item = (AccountId, Verdict<'_>)> {
        verdicts(&input.0, &self.unprocessed_accounts, &self.receipt)
    }

    /// Returns success only if every account was processed.
    ///
    /// # Errors
    /// [`UnprocessedError`] with the accounts that were not processed.
    pub fn into_result(self) -> Result<(), UnprocessedError> {
        UnprocessedError::check(self.unprocessed_accounts, self.receipt)
    }
}
