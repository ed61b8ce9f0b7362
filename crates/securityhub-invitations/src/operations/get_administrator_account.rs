//! [`GetAdministratorAccount`]: finds the calling account's administrator account.

use http::Method;

use super::{
    Effect, Invitation, Operation, Receipt,
    reader::{OutputReader, skip},
    receipt,
    sealed::Sealed,
};
use crate::{
    json::{Value, duplicate},
    redact::Redactor,
};

/// Finds the administrator account of the calling account. The input has no members.
///
/// Source: [`GetAdministratorAccount`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetAdministratorAccount.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GetAdministratorAccount(());

impl GetAdministratorAccount {
    /// Creates the input.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

const MEMBER: &str = "Administrator";

impl Sealed for GetAdministratorAccount {}

impl Operation for GetAdministratorAccount {
    type Output = GetAdministratorAccountOutput;
    type Reader = AdministratorReader;

    const NAME: &'static str = "GetAdministratorAccount";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/administrator";
    const EFFECT: Effect = Effect::Read;
    const ERRORS: &'static [&'static str] = &[
        "InternalException",
        "InvalidInputException",
        "InvalidAccessException",
        "LimitExceededException",
        "ResourceNotFoundException",
    ];
    const OUTPUT_MEMBER: Option<&'static str> = Some(MEMBER);

    fn output(members: AdministratorReader, receipt: Receipt) -> GetAdministratorAccountOutput {
        GetAdministratorAccountOutput { administrator: members.administrator.flatten(), receipt }
    }

    fn receipt(output: &GetAdministratorAccountOutput) -> &Receipt {
        &output.receipt
    }
}

/// Reads the member `Administrator`.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct AdministratorReader {
    administrator: Option<Option<Invitation>>,
}

impl OutputReader for AdministratorReader {
    fn read_member<'de>(&mut self, name: &str, value: Value<'_, 'de>, redactor: Redactor<'_>) -> Result<bool, String> {
        if name != MEMBER {
            return skip(value);
        }
        if self.administrator.is_some() {
            return Err(duplicate(MEMBER));
        }
        let mut fields = Invitation::fields();
        let is_present = value.object(&mut fields)?;
        self.administrator = Some(is_present.then(|| Invitation::new(&mut fields, redactor)));
        Ok(is_present)
    }
}

/// The result of a successful [`GetAdministratorAccount`] call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GetAdministratorAccountOutput {
    administrator: Option<Invitation>,
    receipt: Receipt,
}

receipt::output!(GetAdministratorAccount => GetAdministratorAccountOutput);

impl GetAdministratorAccountOutput {
    /// Returns the association to the administrator account. `None` if the calling account has no administrator.
    #[must_use]
    pub fn administrator(&self) -> Option<&Invitation> {
        self.administrator.as_ref()
    }
}
