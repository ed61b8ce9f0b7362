//! [`DisassociateFromAdministratorAccount`]: ends the calling account's membership.

use http::Method;

use super::{
    Effect, Operation, Receipt,
    reader::{OutputReader, skip},
    receipt,
    sealed::Sealed,
};
use crate::{json::Value, redact::Redactor};

/// Ends the association between the calling account and its administrator account. The input has no members.
///
/// An account in an organization cannot do this. Its administrator has to.
///
/// Source: [`DisassociateFromAdministratorAccount`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DisassociateFromAdministratorAccount.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DisassociateFromAdministratorAccount(());

impl DisassociateFromAdministratorAccount {
    /// Creates the input.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Sealed for DisassociateFromAdministratorAccount {}

impl Operation for DisassociateFromAdministratorAccount {
    type Output = DisassociateFromAdministratorAccountOutput;
    type Reader = NoMembers;

    const NAME: &'static str = "DisassociateFromAdministratorAccount";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/administrator/disassociate";
    const EFFECT: Effect = Effect::Write;
    const ERRORS: &'static [&'static str] = &[
        "InternalException",
        "InvalidInputException",
        "InvalidAccessException",
        "LimitExceededException",
        "ResourceNotFoundException",
    ];
    const OUTPUT_MEMBER: Option<&'static str> = None;

    fn output(NoMembers: NoMembers, receipt: Receipt) -> DisassociateFromAdministratorAccountOutput {
        DisassociateFromAdministratorAccountOutput { receipt }
    }

    fn receipt(output: &DisassociateFromAdministratorAccountOutput) -> &Receipt {
        &output.receipt
    }
}

/// Reads an object and keeps nothing.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct NoMembers;

impl OutputReader for NoMembers {
    fn read_member<'de>(&mut self, _: &str, value: Value<'_, 'de>, _: Redactor<'_>) -> Result<bool, String> {
        skip(value)
    }
}

/// The result of a successful [`DisassociateFromAdministratorAccount`] call. It has no members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DisassociateFromAdministratorAccountOutput {
    receipt: Receipt,
}

receipt::output!(DisassociateFromAdministratorAccount => DisassociateFromAdministratorAccountOutput);
