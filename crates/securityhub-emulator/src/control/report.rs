//! The emulator's state as JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use securityhub_invitations::{AccountId, Region};
use serde_json::{Map, Value, json};

use super::{Problem, bad_request};
use crate::{
    clock::Moment,
    emulator::Emulator,
    hubs::{Hub, Invitation},
    incoming::Incoming,
    received::Received,
    state::State,
};

/// Returns the whole state. `account` and `region` in the query select hubs.
pub(super) fn state(emulator: &Emulator, incoming: &Incoming<'_>, now: Moment) -> Result<Value, Problem> {
    let account: Option<AccountId> = filter(incoming, "account")?;
    let region: Option<Region> = filter(incoming, "region")?;
    let state = emulator.lock();
    let hubs = state.hubs.iter().filter(|(of, at, _)| {
        account.is_none_or(|account| account == *of) && region.as_ref().is_none_or(|region| region == *at)
    });
    let subscribed = emulator.setup().subscribed;
    let hubs: Vec<_> = hubs.map(|(account, region, hub)| hub_report(account, region, hub, subscribed)).collect();
    Ok(json!({
        "account": emulator.setup().account,
        "time": now.iso_8601(),
        "clock_offset": state.clock_offset,
        "counters": counters(&state),
        "pending_faults": state.script.len(),
        "access_keys": state.keys.values().map(|key| json!({
            "id": key.id(),
            "account": emulator.account_of(key),
            "has_session_token": key.session_token.is_some(),
        })).collect::<Vec<_>>(),
        "roles": state.roles.values().map(|role| json!({
            "account": role.account,
            "name": role.name,
            "external_id": role.external_id,
            "max_session_seconds": role.max_session.as_secs(),
        })).collect::<Vec<_>>(),
        "regions": state.regions().map(|(account, region, enabled)| json!({
            "account": account, "region": region, "enabled": enabled,
        })).collect::<Vec<_>>(),
        "denials": state.denials().map(|(account, region, message)| json!({
            "account": account, "region": region, "message": message,
        })).collect::<Vec<_>>(),
        "hubs": hubs,
    }))
}

fn counters(state: &State) -> Value {
    let counters = state.counters;
    json!({
        "requests": counters.requests,
        "preflights": counters.preflights,
        "refused": counters.refused,
        "faulted": counters.faulted,
        "deleted": counters.deleted,
        "rate_violations": counters.rate_violations,
    })
}

fn hub_report(account: AccountId, region: &Region, hub: &Hub, subscribed: bool) -> Value {
    json!({
        "account": account,
        "region": region,
        "subscribed": hub.subscribed.unwrap_or(subscribed),
        "administrator": hub.administrator,
        "invitations": hub.invitations.values().map(Invitation::to_json).collect::<Vec<_>>(),
        "members": hub.members.values().map(|member| member.to_json(account)).collect::<Vec<_>>(),
    })
}

/// Returns the log. `after` in the query is the number of the last request that is already known.
pub(super) fn requests(emulator: &Emulator, incoming: &Incoming<'_>, _: Moment) -> Result<Value, Problem> {
    let after: u64 = filter(incoming, "after")?.unwrap_or(0);
    let state = emulator.lock();
    let requests: Vec<_> = state.log.entries().filter(|received| received.number > after).map(request).collect();
    Ok(json!({ "requests": requests }))
}

fn request(received: &Received) -> Value {
    /// Longer bodies are left out.
    const MAX_BODY: usize = 64 * 1024;
    let body = (received.body.len() <= MAX_BODY).then(|| String::from_utf8_lossy(&received.body));
    json!({
        "number": received.number,
        "at_ms": milliseconds(received.at),
        "method": received.method.as_str(),
        "path": received.uri.path(),
        "query": received.uri.query(),
        "headers": headers(&received.headers),
        "body": body,
        "body_length": received.body_length,
        "account": received.account,
        "region": received.region,
        "operation": received.operation,
        "status": received.status.as_u16(),
        "error": received.refusal,
        "fault": received.faulted,
    })
}

/// Returns the headers without credentials. Repeated headers are joined with commas.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let visible = headers.keys().filter(|name| headers.get_all(*name).iter().all(|value| !value.is_sensitive()));
    let joined = visible.map(|name| {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (name.as_str().to_owned(), values.join(", ").into())
    });
    joined.collect()
}

pub(super) fn rate_violations(emulator: &Emulator) -> Value {
    let state = emulator.lock();
    let violations = state.limiter.violations().iter().map(|violation| {
        json!({
            "number": violation.number,
            "at_ms": milliseconds(violation.at),
            "account": violation.account,
            "region": violation.region,
        })
    });
    json!({ "count": state.counters.rate_violations, "rate_violations": violations.collect::<Vec<_>>() })
}

fn milliseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Parses a parameter of the query.
fn filter<T: std::str::FromStr<Err: std::fmt::Display>>(
    incoming: &Incoming<'_>,
    name: &str,
) -> Result<Option<T>, Problem> {
    let value = incoming.parameter(name).map_err(|_| bad_request(format!("query {name}: given more than once")))?;
    let parsed = value.map(|value| value.parse().map_err(|error| bad_request(format!("query {name}: {error}"))));
    parsed.transpose()
}
