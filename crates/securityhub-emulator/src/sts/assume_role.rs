//! `AssumeRole` returns credentials of a role's session.

use http::StatusCode;
use securityhub_invitations::{AccountId, Partition};

use super::{Form, Identity, Role, Session, excerpt, role::is_name_byte, validation};
use crate::{
    access_key::AccessKey,
    operations::Caller,
    response::Refusal,
    state::State,
    xml::{element, raw_element},
};

/// The longest session of a role that another role's session assumes, in seconds.
const MAX_CHAINED_SECONDS: u64 = 3600;

pub(super) fn run(form: &Form, state: &mut State, caller: &Caller, key: &AccessKey) -> Result<String, Refusal> {
    let arn = required(form, "RoleArn")?;
    let partition = Partition::of(&caller.region).id();
    let (account, name) = parse_arn(arn, partition)?;
    let session_name = session_name(required(form, "RoleSessionName")?)?;
    let external_id = form.parameter("ExternalId")?;
    let seconds = duration(form)?;

    let role = state.roles.get(&(account, name.to_owned())).filter(|role| match &role.external_id {
        Some(required) => external_id == Some(required),
        None => true,
    });
    let Some(role) = role else {
        let identity = Identity::of(caller, key);
        let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", identity.arn);
        return Err(Refusal::front_end(StatusCode::FORBIDDEN, "AccessDenied", message));
    };
    let seconds = limited(seconds, role, key)?;

    let expires = caller.now.plus(i64::try_from(seconds).unwrap_or(i64::MAX));
    let session = Session {
        account,
        role: role.plain_name().to_owned(),
        name: session_name.to_owned(),
        expires,
        global: form.global,
    };
    let assumed_role = format!("arn:{partition}:sts::{account}:assumed-role/{}/{session_name}", session.role);
    let role_id = format!("{}:{session_name}", session.role_id());
    let issued = state.sessions.issue(session);
    let credentials = [
        element("AccessKeyId", issued.id()),
        element("SecretAccessKey", &issued.secret),
        element("SessionToken", issued.session_token.as_deref().unwrap_or_default()),
        element("Expiration", &expires.iso_8601()),
    ];
    let assumed_role = [element("AssumedRoleId", &role_id), element("Arn", &assumed_role)];
    let elements = [
        raw_element("AssumedRoleUser", &assumed_role.concat()),
        raw_element("Credentials", &credentials.concat()),
        element("PackedPolicySize", "0"),
    ];
    Ok(elements.concat())
}

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refusal> {
    let value = form.parameter(name)?.filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        let member = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
        constraint("null", &member, "Member must not be null")
    })
}

/// Returns the account and the name of a role in this partition.
fn parse_arn<'a>(arn: &'a str, partition: &str) -> Result<(AccountId, &'a str), Refusal> {
    let mut elements = arn.splitn(6, ':');
    let head = [elements.next(), elements.next(), elements.next(), elements.next()];
    let account = elements.next().and_then(|account| account.parse().ok());
    let name = elements.next().and_then(|resource| resource.strip_prefix("role/")).filter(|name| !name.is_empty());
    match (account, name) {
        (Some(account), Some(name)) if head == [Some("arn"), Some(partition), Some("iam"), Some("")] => {
            Ok((account, name))
        }
        _ => Err(validation(format!("{} is invalid", excerpt(arn)))),
    }
}

fn session_name(name: &str) -> Result<&str, Refusal> {
    let problem = if name.len() < 2 {
        "Member must have length greater than or equal to 2"
    } else if name.len() > 64 {
        "Member must have length less than or equal to 64"
    } else if !name.bytes().all(is_name_byte) {
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
    } else {
        return Ok(name);
    };
    Err(constraint(name, "roleSessionName", problem))
}

/// Returns the requested duration in seconds. The default is one hour.
fn duration(form: &Form) -> Result<u64, Refusal> {
    let Some(value) = form.parameter("DurationSeconds")? else { return Ok(3600) };
    let problem = match value.parse::<u64>() {
        Ok(seconds) if seconds < 900 => "Member must have value greater than or equal to 900",
        Ok(seconds) if seconds > 43_200 => "Member must have value less than or equal to 43200",
        Ok(seconds) => return Ok(seconds),
        Err(_) => "Member must be an integer",
    };
    Err(constraint(value, "durationSeconds", problem))
}

fn limited(seconds: u64, role: &Role, key: &AccessKey) -> Result<u64, Refusal> {
    if key.session.is_some() && seconds > MAX_CHAINED_SECONDS {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if seconds > role.max_session.as_secs() {
        return Err(validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    Ok(seconds)
}

fn constraint(value: &str, member: &str, problem: &str) -> Refusal {
    validation(format!(
        "1 validation error detected: Value '{}' at '{member}' failed to satisfy constraint: {problem}",
        excerpt(value)
    ))
}
