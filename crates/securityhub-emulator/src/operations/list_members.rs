//! `ListMembers` lists the caller's members.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Caller;
use crate::{
    hubs::Hub,
    incoming::{Incoming, invalid_input},
    member_status::MemberStatus,
    page::Page,
    response::Refusal,
};

/// The input of `ListMembers`.
#[derive(Debug)]
pub(crate) struct ListMembers {
    /// Whether only members with the status *Enabled* are listed. The API reference's default is true.
    only_associated: bool,
    page: Page,
}

impl ListMembers {
    pub(super) fn parse(incoming: &Incoming<'_>) -> Result<Self, Refusal> {
        let only_associated = match incoming.parameter("OnlyAssociated")? {
            None => true,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) => {
                return Err(invalid_input(format!("Invalid OnlyAssociated '{value}'. It must be true or false.")));
            }
        };
        Ok(Self { only_associated, page: Page::parse(incoming)? })
    }

    /// Lists the caller's members in the order of their account ids.
    pub(super) fn run(&self, hub: Option<&Hub>, caller: &Caller) -> Result<Value, Refusal> {
        let none = BTreeMap::new();
        let members = hub.map_or(&none, |hub| &hub.members);
        self.page.cut(
            "Members",
            caller,
            members,
            |member| !self.only_associated || member.status == MemberStatus::Enabled,
            |member| member.to_json(caller.account),
        )
    }
}
