//! [`Outcome`]: the result of a successful call, in the terms of a sweep.

use std::time::UNIX_EPOCH;

use securityhub_invitations::{
    AccountId, GetAdministratorAccountOutput, ListInvitations, ListInvitationsOutput, ListMembers, ListMembersOutput,
    PageError, Verdict,
};

use crate::reason::{Reason, cut};

/// The result of a successful call, in the terms of a sweep.
#[derive(Debug)]
#[expect(unnameable_types, reason = "it is part of the sealed `SweepOperation`")]
pub enum Outcome {
    /// A page of a list, and the input of the next one.
    Page { entries: Vec<Listed>, next: Result<Option<ListPage>, PageError> },
    /// The administrator account: none, one, or one without a valid id.
    Administrator(Option<Option<AccountId>>),
    /// A change was made. `left` has the position in the request, the reason, and whether it is uncertain.
    Changed { left: Vec<(usize, Reason, bool)>, attempts: u32, request_id: Option<Box<str>> },
}

/// An entry of a list.
#[derive(Debug)]
#[expect(unnameable_types, reason = "it is part of the sealed `SweepOperation`")]
pub struct Listed {
    pub(crate) id: Option<AccountId>,
    pub(crate) invitation: Option<Box<str>>,
    pub(crate) status: Option<Box<str>>,
}

/// The input of a list operation.
#[derive(Clone, Debug)]
#[expect(unnameable_types, reason = "it is part of the sealed `SweepOperation`")]
pub enum ListPage {
    Invitations(ListInvitations),
    Members(ListMembers),
}

/// The longest identity of an invitation. AWS's have 32 digits.
const MAX_INVITATION_BYTES: usize = 128;

pub(crate) fn invitations(input: &ListInvitations, output: &ListInvitationsOutput) -> Outcome {
    let entries = output.invitations().iter().map(|invitation| Listed {
        id: invitation.account_id().and_then(|id| id.parse().ok()),
        invitation: invitation.invitation_id().map(|id| cut(id, MAX_INVITATION_BYTES)),
        status: None,
    });
    let next = input.next_page(output).map(|page| page.map(ListPage::Invitations));
    Outcome::Page { entries: entries.collect(), next }
}

pub(crate) fn members(input: &ListMembers, output: &ListMembersOutput) -> Outcome {
    let entries = output.members().iter().map(|member| Listed {
        id: member.account_id().and_then(|id| id.parse().ok()),
        // Members have no invitation id. The time of the invitation is as good for a comparison.
        invitation: member
            .invited_at()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .map(|since| since.as_millis().to_string().into()),
        status: member.member_status().map(Into::into),
    });
    let next = input.next_page(output).map(|page| page.map(ListPage::Members));
    Outcome::Page { entries: entries.collect(), next }
}

pub(crate) fn administrator(output: &GetAdministratorAccountOutput) -> Outcome {
    let id = |administrator: &securityhub_invitations::Invitation| administrator.account_id()?.parse().ok();
    Outcome::Administrator(output.administrator().map(id))
}

pub(crate) fn done(attempts: Option<u32>, request_id: Option<&str>) -> Outcome {
    Outcome::Changed {
        left: Vec::new(),
        attempts: attempts.unwrap_or_default(),
        request_id: request_id.map(Into::into),
    }
}

pub(crate) fn verdicts<'a>(
    verdicts: impl Iterator<Item = (AccountId, Verdict<'a>)>,
    attempts: Option<u32>,
    request_id: Option<&str>,
) -> Outcome {
    let left = verdicts.enumerate().filter_map(|(position, (_, verdict))| {
        let (account, is_uncertain) = match verdict {
            Verdict::Done => return None,
            Verdict::NotProcessed(account) => (Some(account), false),
            Verdict::Uncertain(account) => (Some(account), true),
            _ => (None, true),
        };
        let message = account.and_then(|account| account.processing_result()).unwrap_or("no reason given");
        Some((position, Reason::new(message).with_request_id(request_id), is_uncertain))
    });
    let left = left.collect();
    Outcome::Changed { left, attempts: attempts.unwrap_or_default(), request_id: request_id.map(|id| cut(id, 128)) }
}
