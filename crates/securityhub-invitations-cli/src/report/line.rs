//! [`Line`]: a line of the JSON output. `schemas/output.schema.json` describes it.

use std::{
    io::{self, Write},
    time::SystemTime,
};

use securityhub_invitations::AccountId;
use securityhub_invitations_sweep::{End, Found, Hub, Reason, Side, StepState};
use serde::Serialize;

use super::timestamp::Timestamp;
use crate::{
    credentials::Caller,
    journal::{Run, RunState},
};

/// A line of the JSON output.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Line<'a> {
    /// A hub of the run. Its administrator, entries and appeared invitations follow.
    Hub(HubLine<'a>),
    /// The step `disassociate` of a hub.
    Administrator(AdministratorLine<'a>),
    /// An entry.
    Entry(EntryLine<'a>),
    /// An invitation that appeared during the run and was not touched.
    Appeared(FoundLine<'a>),
    /// An invitation or member that `list` found.
    Found(FoundLine<'a>),
    /// The counts of a run, always the last line of a report.
    Summary(SummaryLine<'a>),
    /// A run of this machine.
    Run(RunLine<'a>),
    /// The identity behind a credential source.
    Identity(IdentityLine<'a>),
    /// A region of a partition.
    Region(RegionLine<'a>),
    /// The error that ended the command, on stderr.
    Error(ErrorLine<'a>),
}

impl Line<'_> {
    /// Writes the line with its end, in one call of `write_all`.
    ///
    /// # Errors
    /// If `out` fails.
    pub(crate) fn write(&self, mut out: impl Write) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        out.write_all(&line)
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct HubLine<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a str,
    pub(crate) state: &'static str,
    /// Whether the list was read to its end.
    pub(crate) listed: bool,
    pub(crate) entries: u64,
    /// Listed entries without a valid account id.
    pub(crate) unreadable: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<securityhub_invitations_sweep::ParkingCause>,
    #[serde(flatten)]
    pub(crate) reason: ReasonMembers<'a>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct AdministratorLine<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a str,
    /// `None` if it could not be looked up.
    pub(crate) id: Option<AccountId>,
    #[serde(flatten)]
    pub(crate) step: StepMembers<'a>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct EntryLine<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a str,
    pub(crate) id: AccountId,
    #[serde(flatten)]
    pub(crate) step: StepMembers<'a>,
    /// Only in a run with the step `decline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<StepMembers<'a>>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FoundLine<'a> {
    pub(crate) account: AccountId,
    pub(crate) region: &'a str,
    pub(crate) id: AccountId,
    /// The `InvitationId`, or for a member the time of the invitation.
    pub(crate) invitation_id: Option<&'a str>,
}

impl<'a> FoundLine<'a> {
    pub(crate) fn new(hub: &'a Hub, found: &'a Found) -> Self {
        let (account, region) = (hub.account(), hub.region().as_str());
        Self { account, region, id: found.id, invitation_id: found.invitation.as_deref() }
    }
}

/// The state of a step with its reason.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepMembers<'a> {
    pub(crate) state: &'static str,
    pub(crate) certain: bool,
    #[serde(flatten)]
    pub(crate) reason: ReasonMembers<'a>,
}

impl<'a> From<StepState<'a>> for StepMembers<'a> {
    fn from(step: StepState<'a>) -> Self {
        Self { state: step.state.as_str(), certain: step.is_certain, reason: step.state.reason().into() }
    }
}

/// A reason under the names of the CSV columns.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReasonMembers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<&'a str>,
}

impl<'a> From<Option<&'a Reason>> for ReasonMembers<'a> {
    fn from(reason: Option<&'a Reason>) -> Self {
        Self {
            code: reason.and_then(Reason::code),
            status: reason.and_then(Reason::status),
            reason: reason.map(Reason::message),
            request_id: reason.and_then(Reason::request_id),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct SummaryLine<'a> {
    pub(crate) run: &'a str,
    pub(crate) tool: &'a str,
    pub(crate) side: &'static str,
    /// RFC 3339, in UTC.
    pub(crate) started: String,
    /// The time of the last event.
    pub(crate) last: String,
    pub(crate) running: bool,
    /// Why the run ended. `None` if it has not.
    pub(crate) end: Option<End>,
    /// Whether the run ended, every hub was listed, and every entry is certainly done or kept.
    pub(crate) complete: bool,
    /// Whether uncertain entries count as failed.
    pub(crate) strict: bool,
    pub(crate) entries: u64,
    pub(crate) done: u64,
    pub(crate) not_processed: u64,
    pub(crate) failed: u64,
    pub(crate) kept: u64,
    pub(crate) pending: u64,
    /// The entries whose state is not certain, whatever it is.
    pub(crate) uncertain: u64,
    pub(crate) appeared: u64,
    pub(crate) unreadable: u64,
    pub(crate) hubs: u64,
    pub(crate) parked_hubs: u64,
    pub(crate) unlisted_hubs: u64,
    /// The hubs whose step `disassociate` is not done, not kept, or not certain.
    pub(crate) administrators_left: u64,
}

/// The error that ended the command.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorLine<'a> {
    /// The exit status.
    pub(crate) code: u8,
    pub(crate) message: &'a str,
}

/// A run of this machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunLine<'a> {
    pub(crate) run: &'a str,
    /// The time of the first event.
    pub(crate) started: Option<String>,
    pub(crate) side: &'static str,
    pub(crate) hubs: usize,
    pub(crate) state: &'static str,
}

impl<'a> RunLine<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let started = run.started.map(|time| Timestamp::new(time).rfc3339());
        let side = if run.side == Side::Member { "member" } else { "administrator" };
        let state = match run.state {
            RunState::Running => "running",
            RunState::NotApproved => "not_approved",
            RunState::Interrupted => "interrupted",
            RunState::Ended(End::Complete) => "complete",
            RunState::Ended(End::Stopped) => "stopped",
            RunState::Ended(End::Unreachable) => "unreachable",
            RunState::Ended(_) => "ended",
        };
        Self { run: &run.id, started, side, hubs: run.hubs, state }
    }
}

/// The identity behind a credential source.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IdentityLine<'a> {
    pub(crate) source: &'a str,
    pub(crate) account: AccountId,
    pub(crate) arn: &'a str,
    /// The time at which the credentials expire, if they do.
    pub(crate) expires: Option<String>,
}

impl<'a> IdentityLine<'a> {
    pub(crate) fn new(source: &'a str, caller: &'a Caller, expires: Option<SystemTime>) -> Self {
        let expires = expires.map(|time| Timestamp::new(time).rfc3339());
        Self { source, account: caller.account(), arn: caller.arn(), expires }
    }
}

/// A region of a partition.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RegionLine<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) opt_in: bool,
}
