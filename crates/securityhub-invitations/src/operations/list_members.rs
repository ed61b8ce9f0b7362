//! [`ListMembers`]: lists the member accounts of the calling administrator account.

use std::{fmt, time::SystemTime};

use http::Method;

use super::{
    Effect, Operation, PageError, Receipt,
    pages::{Page, push_parameter},
    reader::{NextToken, OutputReader, skip, start_list},
    receipt,
    sealed::Sealed,
};
use crate::{
    config_error::ConfigError,
    display::Bounded,
    json::{Entries, Fields, Value},
    redact::Redactor,
};

/// Lists the member accounts of the calling administrator account.
///
/// The list arrives in pages. [`next_page`](Self::next_page) returns the input of the next one.
///
/// ```
/// use securityhub_invitations::{ListMembers, ListMembersOutput};
///
/// let first = ListMembers::new().with_page_size(50)?;
/// let response = http::Response::new(r#"{"Members":[],"NextToken":"t/+="}"#);
/// let output = ListMembersOutput::from_response(&response)?;
/// let second = first.next_page(&output)?.expect("there is a token");
/// assert_eq!(second.next_token(), Some("t/+="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: [`ListMembers`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_ListMembers.html).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListMembers {
    page: Page,
    only_associated: Option<bool>,
}

impl ListMembers {
    /// Creates the input for the first page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of members per page, 1–50. The service chooses by default.
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

    /// Sets whether the list is restricted to members that are associated with the administrator. The service's default is
    /// true. With false, the list includes members that have not accepted their invitation.
    #[must_use]
    pub fn with_only_associated(self, only_associated: bool) -> Self {
        Self { only_associated: Some(only_associated), ..self }
    }

    /// Returns whether the list is restricted to associated members, or `None` for the service's default.
    #[must_use]
    pub fn only_associated(&self) -> Option<bool> {
        self.only_associated
    }

    /// Returns the maximum number of members per page, or `None` if the service chooses.
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
    pub fn next_page(&self, output: &ListMembersOutput) -> Result<Option<Self>, PageError> {
        let next = self.page.next(output.next_token())?;
        Ok(next.map(|page| Self { page, only_associated: self.only_associated }))
    }
}

const MEMBER: &str = "Members";

impl Sealed for ListMembers {}

impl Operation for ListMembers {
    type Output = ListMembersOutput;
    type Reader = MembersReader;

    const NAME: &'static str = "ListMembers";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/members";
    const EFFECT: Effect = Effect::Read;
    const ERRORS: &'static [&'static str] =
        &["InternalException", "InvalidInputException", "InvalidAccessException", "LimitExceededException"];
    const OUTPUT_MEMBER: Option<&'static str> = Some(MEMBER);

    fn query(&self) -> Option<String> {
        let mut query = self.page.query();
        if let Some(only_associated) = self.only_associated {
            push_parameter(&mut query, "OnlyAssociated", if only_associated { "true" } else { "false" });
        }
        Some(query).filter(|query| !query.is_empty())
    }

    fn output(members: MembersReader, receipt: Receipt) -> ListMembersOutput {
        let MembersReader { members, next_token } = members;
        let next_token = next_token.into_token();
        ListMembersOutput { members: members.unwrap_or_default(), next_token, receipt }
    }

    fn receipt(output: &ListMembersOutput) -> &Receipt {
        &output.receipt
    }
}

/// Reads the members `Members` and `NextToken`.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "it is part of the sealed `Operation`")]
pub struct MembersReader {
    members: Option<Vec<Member>>,
    next_token: NextToken,
}

impl OutputReader for MembersReader {
    fn read_member<'de>(&mut self, name: &str, value: Value<'_, 'de>, redactor: Redactor<'_>) -> Result<bool, String> {
        match name {
            MEMBER => {
                let members = start_list(&mut self.members, MEMBER)?;
                let each = |fields: &mut Fields<'_>| members.push(Member::new(fields, redactor));
                value.list(&mut Entries { fields: Member::fields(), each })
            }
            NextToken::MEMBER => self.next_token.read(value),
            _ => skip(value),
        }
    }
}

/// One page of members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListMembersOutput {
    members: Vec<Member>,
    next_token: Option<Box<str>>,
    receipt: Receipt,
}

receipt::output!(ListMembers => ListMembersOutput);

impl ListMembersOutput {
    /// Returns the members of this page, in the order of the response.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns the token of the next page, or `None` if this is the last one.
    #[must_use]
    pub fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

/// A member account of an administrator account. All members are optional on the wire.
///
/// Source: [`Member`](https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Member.html).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Member {
    account_id: Option<Box<str>>,
    email: Option<Box<str>>,
    administrator_id: Option<Box<str>>,
    member_status: Option<Box<str>>,
    invited_at: Option<SystemTime>,
    updated_at: Option<SystemTime>,
}

/// Bounded, because a hostile response can be long.
impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("account_id", &self.account_id().map(Bounded))
            .field("email", &self.email().map(Bounded))
            .field("administrator_id", &self.administrator_id().map(Bounded))
            .field("member_status", &self.member_status().map(Bounded))
            .field("invited_at", &self.invited_at)
            .field("updated_at", &self.updated_at)
            .finish()
    }
}

impl Member {
    /// Returns the id of the member account, as the service wrote it.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    /// Returns the email address of the member account.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// Returns the id of the administrator account: `AdministratorId`, or the older `MasterId` if that is missing.
    #[must_use]
    pub fn administrator_id(&self) -> Option<&str> {
        self.administrator_id.as_deref()
    }

    /// Returns the status of the member as the service wrote it, for example `Invited`, `Enabled` or `Resigned`.
    #[must_use]
    pub fn member_status(&self) -> Option<&str> {
        self.member_status.as_deref()
    }

    /// Returns the time at which the invitation was sent. `None` if it is missing or not a date.
    #[must_use]
    pub fn invited_at(&self) -> Option<SystemTime> {
        self.invited_at
    }

    /// Returns the time of the last change. `None` if it is missing or not a date.
    #[must_use]
    pub fn updated_at(&self) -> Option<SystemTime> {
        self.updated_at
    }

    /// The members in a response.
    fn fields<'de>() -> Fields<'de> {
        Fields::new(&["AccountId", "Email", "AdministratorId", "MasterId", "MemberStatus"], &["InvitedAt", "UpdatedAt"])
    }

    fn new(fields: &mut Fields<'_>, redactor: Redactor<'_>) -> Self {
        let mut string = |index| fields.string(index).map(|value| redactor.redact(&value).into());
        Self {
            account_id: string(0),
            email: string(1),
            administrator_id: string(2).or_else(|| string(3)),
            member_status: string(4),
            invited_at: fields.time(0),
            updated_at: fields.time(1),
        }
    }
}
