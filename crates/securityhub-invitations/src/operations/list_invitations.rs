//! [`ListInvitations`]: lists the invitations that the calling account received.

use http::Method;

use super::{
    Effect, Invitation, Operation, PageError, Receipt,
    pages::Page,
    reader::{NextToken, OutputReader, skip, start_list},
    receipt,
    sealed::Sealed,
};
use crate::{
    config_error::ConfigError,
    json::{Entries, Fields, Value},
    redact::Redactor,
};

/// Lists the invitations that the calling account received.
///
/// The list arrives in pages. [`next_page`](Self::next_page) returns the input of the next one.
///
/// ```
/// use securityhub_invitations::{ListInvitations, ListInvitationsOutput};
///
/// let first = ListInvitations::new().with_page_size(50)?;
/// let response = http::Response::new(r#"{"Invitations":[],"NextToken":"t/+="}"#);
/// let output = ListInvitationsOutput::from_response(&response)?;
/// let second = first.next_page(&output)?.expect("there is a token");
/// assert_eq!(second.next_token(), Some("t/+="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: [`ListInvitations`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_ListInvitations.html).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListInvitations {
    page: Page,
}

impl ListInvitations {
    /// Creates the input for the first page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of invitations per page, 1–50. The service chooses by default.
    ///
    /// # Errors
    /// [`ConfigError`] if the number is out of range.
    pub fn with_page_size(mut self, page_size: u8) -> Result<Self, ConfigError> {
        self.page = self.page.with_size(page_size)?;
        Ok(self)
    }

    /// Continues a list from the token of an earlier output. An empty token means the first page. Only the first 8 KiB of a
    /// longer token are sent, which the service rejects.
    #[must_use]
    pub fn with_next_token(mut self, next_token: impl AsRef<str>) -> Self {
        self.page = self.page.with_next_token(next_token.as_ref());
        self
    }

    /// Returns the maximum number of invitations per page, or `None` if the service chooses.
    #[must_use]
    pub fn page_size(&self) -> Option<u8> {
        self.page.size()
    }

    /// Returns the token of this page, or `None` for the first page.
    #[must_use]
    pub fn next_token(&self) -> Option<&str> {
        self.page.next_token()
    }

    /// Returns the input of the page after `output`, or `None` if `output` is the last page.
    ///
    /// # Errors
    /// [`PageError`] if the service returns a token again or a token of more than 8 KiB, or if the list has more than 10,000
    /// pages.
    pub fn next_page(&self, output: &ListInvitationsOutput) -> Result<Option<Self>, PageError> {
        let next = self.page.next(output.next_token())?;
        Ok(next.map(|page| Self { page }))
    }
}

const MEMBER: &str = "Invitations";

impl Sealed for ListInvitations {}

impl Operation for ListInvitations {
    type Output = ListInvitationsOutput;
    type Reader = InvitationsReader;

    const NAME: &'static str = "ListInvitations";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/invitations";
    const EFFECT: Effect = Effect::Read;
    const ERRORS: &'static [&'static str] =
        &["InternalException", "InvalidInputException", "InvalidAccessException", "LimitExceededException"];
    const OUTPUT_MEMBER: Option<&'static str> = Some(MEMBER);

    fn query(&self) -> Option<String> {
        Some(self.page.query()).filter(|query| !query.is_empty())
    }

    fn output(members: InvitationsReader, receipt: Receipt) -> ListInvitationsOutput {
        let InvitationsReader { invitations, next_token } = members;
        let next_token = next_token.into_token();
        ListInvitationsOutput { invitations: invitations.unwrap_or_default(), next_token, receipt }
    }

    fn receipt(output: &ListInvitationsOutput) -> &Receipt {
        &output.receipt
    }
}

/// Reads the members `Invitations` and `NextToken`.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct InvitationsReader {
    invitations: Option<Vec<Invitation>>,
    next_token: NextToken,
}

impl OutputReader for InvitationsReader {
    fn read_member<'de>(&mut self, name: &str, value: Value<'_, 'de>, redactor: Redactor<'_>) -> Result<bool, String> {
        match name {
            MEMBER => {
                let invitations = start_list(&mut self.invitations, MEMBER)?;
                let each = |fields: &mut Fields<'_>| invitations.push(Invitation::new(fields, redactor));
                value.list(&mut Entries { fields: Invitation::fields(), each })
            }
            NextToken::MEMBER => self.next_token.read(value),
            _ => skip(value),
        }
    }
}

/// One page of invitations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListInvitationsOutput {
    invitations: Vec<Invitation>,
    next_token: Option<Box<str>>,
    receipt: Receipt,
}

receipt::output!(ListInvitations => ListInvitationsOutput);

impl ListInvitationsOutput {
    /// Returns the invitations of this page, in the order of the response.
    #[must_use]
    pub fn invitations(&self) -> &[Invitation] {
        &self.invitations
    }

    /// Returns the token of the next page, or `None` if this is the last one.
    #[must_use]
    pub fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}
