//! The service's state: one hub for each account and region.

use std::collections::BTreeMap;

use securityhub_invitations::{AccountId, Region};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{clock::Moment, member_status::MemberStatus};

/// An invitation that an account received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitation {
    /// The administrator that sent the invitation.
    pub account: AccountId,
    /// The invitation's id. An invitation that is sent again has another one.
    pub id: String,
    /// The status of the relation between the two accounts.
    pub status: MemberStatus,
    invited_at: Moment,
}

impl Invitation {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "AccountId": self.account.to_string(),
            "InvitationId": self.id,
            "InvitedAt": self.invited_at.iso_8601(),
            "MemberStatus": self.status.as_str(),
        })
    }
}

/// A member in an administrator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The member's account.
    pub account: AccountId,
    /// The status of the relation between the two accounts.
    pub status: MemberStatus,
    invited_at: Option<Moment>,
    updated_at: Moment,
}

impl Member {
    pub(crate) fn to_json(&self, administrator: AccountId) -> Value {
        let administrator = administrator.to_string();
        let mut member = json!({
            "AccountId": self.account.to_string(),
            "Email": format!("{}@example.com", self.account),
            "MasterId": administrator,
            "AdministratorId": administrator,
            "MemberStatus": self.status.as_str(),
            "UpdatedAt": self.updated_at.iso_8601(),
        });
        if let Some(invited_at) = self.invited_at {
            member["InvitedAt"] = invited_at.iso_8601().into();
        }
        member
    }
}

/// Security Hub in one region of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    /// `None` if only the default for all hubs decides.
    pub(crate) subscribed: Option<bool>,
    pub(crate) administrator: Option<AccountId>,
    pub(crate) members: BTreeMap<AccountId, Member>,
    pub(crate) invitations: BTreeMap<AccountId, Invitation>,
}

/// All hubs. Every change is made on both sides: in the administrator's hub and in the member's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hubs {
    hubs: BTreeMap<(AccountId, Region), Hub>,
    /// The number of invitations and members so far. Ids and times follow from it, since no clock is read.
    sequence: u32,
}

impl Hubs {
    /// 2026-01-01T00:00:00Z. Every invitation is a minute later than the one before.
    const EPOCH: i64 = 1_767_225_600;

    pub(crate) fn iter(&self) -> impl Iterator<Item = (AccountId, &Region, &Hub)> {
        self.hubs.iter().map(|((account, region), hub)| (*account, region, hub))
    }

    /// Returns the number of hubs, members and invitations.
    pub(crate) fn records(&self) -> usize {
        self.hubs.values().map(|hub| 1 + hub.members.len() + hub.invitations.len()).sum()
    }

    pub(crate) fn hub(&self, account: AccountId, region: &Region) -> Option<&Hub> {
        self.hubs.get(&(account, region.clone()))
    }

    /// Returns a hub to be changed. Requests do not use this, so that they cannot make the state grow.
    pub(crate) fn hub_or_default(&mut self, account: AccountId, region: &Region) -> &mut Hub {
        self.hubs.entry((account, region.clone())).or_default()
    }

    pub(crate) fn hub_mut(&mut self, account: AccountId, region: &Region) -> Option<&mut Hub> {
        self.hubs.get_mut(&(account, region.clone()))
    }

    /// Sets the relation of two accounts, as if their owners had taken every step up to it.
    pub(crate) fn set_relation(
        &mut self,
        region: &Region,
        administrator: AccountId,
        member: AccountId,
        status: MemberStatus,
    ) {
        self.sequence = self.sequence.saturating_add(1);
        let at = Moment::from_seconds(Self::EPOCH).plus(i64::from(self.sequence) * 60);
        let invited_at = status.has_invitation().then_some(at);
        let record = Member { account: member, status, invited_at, updated_at: at };
        self.hub_or_default(administrator, region).members.insert(member, record);

        let id = invitation_id(region, administrator, member, self.sequence);
        let hub = self.hub_or_default(member, region);
        if status.has_invitation() {
            let invitation = Invitation { account: administrator, id, status, invited_at: at };
            hub.invitations.insert(administrator, invitation);
        } else {
            hub.invitations.remove(&administrator);
        }
        let replaced = match (status, hub.administrator) {
            (MemberStatus::Enabled, previous) => {
                hub.administrator = Some(administrator);
                previous.filter(|previous| *previous != administrator)
            }
            (_, Some(previous)) if previous == administrator => {
                hub.administrator = None;
                None
            }
            _ => None,
        };
        if let Some(previous) = replaced {
            self.resign(region, previous, member, at);
        }
    }

    /// Marks a member *Resigned* on both sides.
    pub(crate) fn resign(&mut self, region: &Region, administrator: AccountId, member: AccountId, now: Moment) {
        if let Some(hub) = self.hub_mut(member, region)
            && let Some(invitation) = hub.invitations.get_mut(&administrator)
        {
            invitation.status = MemberStatus::Resigned;
        }
        if let Some(hub) = self.hub_mut(administrator, region)
            && let Some(record) = hub.members.get_mut(&member)
        {
            record.status = MemberStatus::Resigned;
            record.updated_at = now;
        }
    }
}

/// 32 lower-case hex digits, as in the AWS CLI's examples.
fn invitation_id(region: &Region, administrator: AccountId, member: AccountId, sequence: u32) -> String {
    let hash = Sha256::digest(format!("{region}/{administrator}/{member}/{sequence}"));
    hex::encode(&hash[..16])
}
