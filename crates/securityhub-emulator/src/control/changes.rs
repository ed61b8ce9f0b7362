//! Changes to the emulator's state as a JSON document.

use std::{
    error::Error,
    fmt,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use securityhub_invitations::{AccountId, Partition, Region};
use serde::Deserialize;

use super::fault_document::FaultDocument;
use crate::{
    access_key::AccessKey, emulator::Emulator, fault::Fault, member_status::MemberStatus, state::State, sts::Role,
};

/// Changes to the emulator's state. Every part is optional.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Changes {
    access_keys: Vec<KeyDocument>,
    roles: Vec<RoleDocument>,
    regions: Vec<RegionsDocument>,
    subscriptions: Vec<SubscriptionsDocument>,
    invitations: Vec<InvitationsDocument>,
    members: Vec<MembersDocument>,
    denials: Vec<DenialsDocument>,
    clock_offset: Option<i64>,
    faults: Vec<FaultDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyDocument {
    id: String,
    secret: String,
    session_token: Option<String>,
    account: Option<AccountId>,
    /// Seconds since 1970.
    expires_at: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleDocument {
    accounts: Vec<AccountId>,
    name: String,
    external_id: Option<String>,
    max_session_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionsDocument {
    accounts: Option<Vec<AccountId>>,
    regions: Vec<Region>,
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionsDocument {
    accounts: Vec<AccountId>,
    regions: Vec<Region>,
    subscribed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationsDocument {
    administrators: Vec<AccountId>,
    members: Vec<AccountId>,
    regions: Vec<Region>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MembersDocument {
    administrators: Vec<AccountId>,
    members: Vec<AccountId>,
    regions: Vec<Region>,
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DenialsDocument {
    accounts: Option<Vec<AccountId>>,
    regions: Option<Vec<Region>>,
    /// `None` ends a denial.
    message: Option<String>,
}

/// The error for changes that the emulator does not accept. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidChanges {
    message: String,
}

impl InvalidChanges {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for InvalidChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for InvalidChanges {}

impl Changes {
    /// The largest document.
    const MAX_BYTES: usize = 1024 * 1024;
    /// The largest number of hubs, members and invitations, so that the state is bounded.
    const MAX_RECORDS: usize = 1_000_000;
    /// The largest number of entries of every other kind.
    const MAX_ENTRIES: usize = 100_000;

    /// Parses a document whose parsed form has at most a few times its size.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, InvalidChanges> {
        if document.len() > Self::MAX_BYTES {
            return Err(InvalidChanges::new(format!(
                "invalid document: too long (expected at most {} bytes)",
                Self::MAX_BYTES
            )));
        }
        // `{}` is the shortest fault.
        if document.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() > Self::MAX_ENTRIES {
            return Err(too_many("objects and lists", Self::MAX_ENTRIES));
        }
        // serde also accepts the fields as a list.
        if document.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
            return Err(InvalidChanges::new("invalid document: not an object"));
        }
        serde_json::from_slice(document).map_err(|error| InvalidChanges::new(format!("invalid document: {error}")))
    }

    /// Applies all changes, or none if one of them is invalid.
    pub(crate) fn apply(&self, emulator: &Emulator) -> Result<(), InvalidChanges> {
        self.check_regions()?;
        let keys: Vec<_> = self.access_keys.iter().map(KeyDocument::key).collect::<Result<_, _>>()?;
        let roles = self.roles()?;
        let members = self.members()?;
        let faults: Vec<Fault> = self.faults()?;

        let state = &mut *emulator.lock();
        self.check_size(state, &keys, &roles, &faults)?;
        keys.into_iter().for_each(|key| state.insert_key(key));
        roles.into_iter().for_each(|role| state.insert_role(role));
        for RegionsDocument { accounts, regions, enabled } in &self.regions {
            for (account, region) in pairs(&optional(accounts.as_deref()), regions) {
                state.set_region_enabled(*account, region.clone(), *enabled);
            }
        }
        for SubscriptionsDocument { accounts, regions, subscribed } in &self.subscriptions {
            for (account, region) in pairs(accounts, regions) {
                state.hubs.hub_or_default(*account, region).subscribed = Some(*subscribed);
            }
        }
        for InvitationsDocument { administrators, members, regions } in &self.invitations {
            for (administrator, member) in pairs(administrators, members) {
                for region in regions {
                    state.hubs.set_relation(region, *administrator, *member, MemberStatus::Invited);
                }
            }
        }
        for (MembersDocument { administrators, members, regions, .. }, status) in members {
            for (administrator, member) in pairs(administrators, members) {
                for region in regions {
                    state.hubs.set_relation(region, *administrator, *member, status);
                }
            }
        }
        for DenialsDocument { accounts, regions, message } in &self.denials {
            let message: Option<Arc<str>> = message.as_deref().map(Into::into);
            for (account, region) in pairs(&optional(accounts.as_deref()), &optional(regions.as_deref())) {
                state.set_denial(*account, region.clone(), message.clone());
            }
        }
        state.clock_offset = self.clock_offset.unwrap_or(state.clock_offset);
        state.script.extend(faults);
        Ok(())
    }

    /// Rejects regions that AWS does not have, since they are usually misspelled.
    fn check_regions(&self) -> Result<(), InvalidChanges> {
        let regions = self.regions.iter().map(|entry| &entry.regions);
        let regions = regions.chain(self.subscriptions.iter().map(|entry| &entry.regions));
        let regions = regions.chain(self.invitations.iter().map(|entry| &entry.regions));
        let regions = regions.chain(self.members.iter().map(|entry| &entry.regions));
        let regions = regions.chain(self.denials.iter().filter_map(|entry| entry.regions.as_ref()));
        regions.flatten().try_for_each(check_region)
    }

    fn roles(&self) -> Result<Vec<Role>, InvalidChanges> {
        /// The limit of STS.
        const MAX_EXTERNAL_ID: usize = 1224;
        let mut roles = Vec::new();
        for RoleDocument { accounts, name, external_id, max_session_seconds } in &self.roles {
            if let Some(length) = external_id.as_ref().map(String::len).filter(|length| *length > MAX_EXTERNAL_ID) {
                return Err(InvalidChanges::new(format!(
                    "external_id: {length} bytes (expected at most {MAX_EXTERNAL_ID})"
                )));
            }
            for account in accounts {
                let mut role = Role::new(*account, name).map_err(|error| InvalidChanges::new(error.to_string()))?;
                if let Some(external_id) = external_id {
                    role = role.with_external_id(external_id);
                }
                if let Some(seconds) = max_session_seconds {
                    if !(3600..=43_200).contains(seconds) {
                        return Err(InvalidChanges::new(format!(
                            "max_session_seconds \"{seconds}\": out of range (expected 3600–43200)"
                        )));
                    }
                    role = role.with_max_session(Duration::from_secs(*seconds));
                }
                roles.push(role);
            }
        }
        Ok(roles)
    }

    fn members(&self) -> Result<Vec<(&MembersDocument, MemberStatus)>, InvalidChanges> {
        let members = self.members.iter().map(|entry| match entry.status.parse() {
            Ok(status) => Ok((entry, status)),
            Err(error) => Err(InvalidChanges::new(format!("{error}"))),
        });
        members.collect()
    }

    fn faults(&self) -> Result<Vec<Fault>, InvalidChanges> {
        let mut faults = Vec::new();
        for document in &self.faults {
            let (fault, times) = document.fault()?;
            if times > Self::MAX_ENTRIES - faults.len() {
                return Err(too_many("faults", Self::MAX_ENTRIES));
            }
            faults.extend(std::iter::repeat_n(fault, times));
        }
        Ok(faults)
    }

    fn check_size(
        &self,
        state: &State,
        keys: &[AccessKey],
        roles: &[Role],
        faults: &[Fault],
    ) -> Result<(), InvalidChanges> {
        let product = |lengths: &[usize]| lengths.iter().fold(1, |all: usize, length| all.saturating_mul(*length));
        let subscriptions =
            self.subscriptions.iter().map(|entry| product(&[entry.accounts.len(), entry.regions.len()]));
        // Every relation can add a hub, a member and an invitation on both sides.
        let invitations = self.invitations.iter().map(|InvitationsDocument { administrators, members, regions }| {
            product(&[administrators.len(), members.len(), regions.len(), 4])
        });
        let members = self.members.iter().map(|MembersDocument { administrators, members, regions, .. }| {
            product(&[administrators.len(), members.len(), regions.len(), 4])
        });
        let added = subscriptions.chain(invitations).chain(members).fold(0, usize::saturating_add);
        if added.saturating_add(state.hubs.records()) > Self::MAX_RECORDS {
            return Err(too_many("hubs, members and invitations", Self::MAX_RECORDS));
        }
        let length = |list: Option<usize>| list.unwrap_or(1);
        let denials = self.denials.iter().map(|entry| {
            product(&[length(entry.accounts.as_ref().map(Vec::len)), length(entry.regions.as_ref().map(Vec::len))])
        });
        let regions = self
            .regions
            .iter()
            .map(|entry| product(&[length(entry.accounts.as_ref().map(Vec::len)), entry.regions.len()]));
        for (kind, known, added) in [
            ("access keys", state.keys.len(), keys.len()),
            ("roles", state.roles.len(), roles.len()),
            ("faults", state.script.len(), faults.len()),
            ("denials", state.denials().count(), denials.fold(0, usize::saturating_add)),
            ("regions", state.regions().count(), regions.fold(0, usize::saturating_add)),
        ] {
            if known.saturating_add(added) > Self::MAX_ENTRIES {
                return Err(too_many(kind, Self::MAX_ENTRIES));
            }
        }
        Ok(())
    }
}

impl KeyDocument {
    fn key(&self) -> Result<AccessKey, InvalidChanges> {
        if self.id.is_empty() || self.id.contains('/') || self.secret.is_empty() {
            return Err(InvalidChanges::new(format!(
                "access key {:?}: invalid id or empty secret (expected an id without '/')",
                self.id
            )));
        }
        let mut key = AccessKey::new(&self.id, &self.secret);
        if let Some(token) = &self.session_token {
            key = key.with_session_token(token);
        }
        if let Some(account) = self.account {
            key = key.with_account(account);
        }
        if let Some(seconds) = self.expires_at {
            let expiry = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
            let expiry = expiry.ok_or_else(|| {
                InvalidChanges::new(format!("expires_at \"{seconds}\": too late (expected seconds since 1970)"))
            })?;
            key = key.with_expiry(expiry);
        }
        Ok(key)
    }
}

pub(super) fn check_region(region: &Region) -> Result<(), InvalidChanges> {
    if Partition::of(region).regions().iter().any(|listed| listed.name() == region.as_str()) {
        return Ok(());
    }
    Err(InvalidChanges::new(format!("region \"{region}\": unknown (expected a region of AWS)")))
}

fn too_many(kind: &str, limit: usize) -> InvalidChanges {
    InvalidChanges::new(format!("too many {kind} (expected at most {limit})"))
}

/// Returns every pair of an element of `left` with an element of `right`.
fn pairs<'a, L, R>(left: &'a [L], right: &'a [R]) -> impl Iterator<Item = (&'a L, &'a R)> {
    left.iter().flat_map(move |left| right.iter().map(move |right| (left, right)))
}

/// Returns the elements, or `None` for a list that is missing and stands for all.
fn optional<T: Clone>(list: Option<&[T]>) -> Vec<Option<T>> {
    list.map_or_else(|| vec![None], |list| list.iter().cloned().map(Some).collect())
}
