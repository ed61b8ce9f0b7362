//! One account of the emulated service.

use securityhub_invitations::{AccountId, Region};

use crate::{
    emulator::Emulator,
    hubs::{Invitation, Member},
    member_status::MemberStatus,
};

/// One account of an [`Emulator`], to set up or inspect. Returned by [`Emulator::account`].
///
/// An account can be on both sides: a member with invitations, and an administrator with members.
///
/// ```
/// use securityhub_emulator::{Emulator, MemberStatus};
/// use securityhub_invitations::Region;
///
/// let emulator = Emulator::new();
/// let region: Region = "us-east-1".parse()?;
/// let administrator = emulator.account("111122223333".parse()?);
/// let member = emulator.account("444455556666".parse()?);
///
/// administrator.set_member(&region, member.id(), MemberStatus::Enabled);
/// assert_eq!(member.administrator(&region).unwrap().account, administrator.id());
/// assert_eq!(administrator.members(&region)[0].status, MemberStatus::Enabled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    emulator: Emulator,
    id: AccountId,
}

impl Account {
    pub(crate) fn new(emulator: Emulator, id: AccountId) -> Self {
        Self { emulator, id }
    }

    /// Returns the account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Sets whether the account is subscribed to Security Hub in this region. This overrides
    /// [`EmulatorBuilder::with_subscription`](crate::EmulatorBuilder::with_subscription).
    pub fn set_subscribed(&self, region: &Region, subscribed: bool) {
        self.emulator.lock().hubs.hub_or_default(self.id, region).subscribed = Some(subscribed);
    }

    /// Sets whether the account can use a region. This overrides [`Emulator::set_region_enabled`].
    pub fn set_region_enabled(&self, region: &Region, enabled: bool) {
        self.emulator.lock().set_region_enabled(Some(self.id), region.clone(), enabled);
    }

    /// Refuses the account's requests with `AccessDeniedException` and this message, in every region.
    pub fn deny(&self, message: &str) {
        self.emulator.lock().set_denial(Some(self.id), None, Some(message.into()));
    }

    /// Ends [`deny`](Self::deny).
    pub fn allow(&self) {
        self.emulator.lock().set_denial(Some(self.id), None, None);
    }

    /// Adds a member of this account with this status, as if both accounts had taken every step up to it.
    ///
    /// - The member is in this account's list, and replaces an earlier entry.
    /// - The member has a new invitation if the status is *Invited*, *Enabled*, *Removed* or *Resigned*.
    /// - Only with *Enabled*, this account becomes the member's administrator. An earlier administrator's list then
    ///   shows the member as *Resigned*.
    pub fn set_member(&self, region: &Region, member: AccountId, status: MemberStatus) {
        self.emulator.lock().hubs.set_relation(region, self.id, member, status);
    }

    /// Sends an invitation to `member`. An earlier one is replaced, and the new one has another id.
    pub fn send_invitation(&self, region: &Region, member: AccountId) {
        self.set_member(region, member, MemberStatus::Invited);
    }

    /// Returns the invitations that the account received, in the order of their senders.
    #[must_use]
    pub fn invitations(&self, region: &Region) -> Vec<Invitation> {
        let state = self.emulator.lock();
        let hub = state.hubs.hub(self.id, region);
        hub.map(|hub| hub.invitations.values().cloned().collect()).unwrap_or_default()
    }

    /// Returns the account's members, in the order of their ids.
    #[must_use]
    pub fn members(&self, region: &Region) -> Vec<Member> {
        let state = self.emulator.lock();
        let hub = state.hubs.hub(self.id, region);
        hub.map(|hub| hub.members.values().cloned().collect()).unwrap_or_default()
    }

    /// Returns the invitation that the account accepted from its administrator. `None` without an administrator.
    #[must_use]
    pub fn administrator(&self, region: &Region) -> Option<Invitation> {
        let state = self.emulator.lock();
        let hub = state.hubs.hub(self.id, region)?;
        hub.invitations.get(&hub.administrator?).cloned()
    }
}
