//! The program's command line.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use clap::{Arg, ArgAction, Command, value_parser};
use securityhub_emulator::{AccessKey, Emulator, MemberStatus, ParseMemberStatusError, RateLimit, Role};
use securityhub_invitations::{AccountId, Region};

pub(crate) fn command() -> Command {
    Command::new("securityhub-emulator")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Serves Security Hub's invitations on loopback and verifies signatures like the service")
        .after_help(
            "Without --access-key, it accepts the key of AWS's documentation, AKIDEXAMPLE with the secret\n\
             wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY. An example with the AWS CLI:\n\n  \
             securityhub-emulator --port 4566 --invite us-east-1:111122223333\n  \
             aws securityhub delete-invitations --account-ids 111122223333 \\\n      \
             --region us-east-1 --endpoint-url http://127.0.0.1:4566",
        )
        .arg(
            option("port", "PORT", "Listens on this port, or on any free port if 0")
                .value_parser(value_parser!(u16))
                .default_value("4566"),
        )
        .arg(
            option("host", "ADDRESS", "Listens on this loopback address")
                .value_parser(loopback)
                .default_value("127.0.0.1"),
        )
        .arg(
            option("invite", "REGION:ID[,ID]...", "Adds invitations that these accounts sent to the account")
                .value_parser(accounts)
                .action(ArgAction::Append),
        )
        .arg(
            option("administrator", "REGION:ID", "Associates the account with this administrator")
                .value_parser(administrator)
                .action(ArgAction::Append),
        )
        .arg(
            option("member", "REGION:ID[=STATUS][,...]", "Adds members of the account, Enabled by default")
                .value_parser(members)
                .action(ArgAction::Append),
        )
        .arg(
            option(
                "access-key",
                "[ACCOUNT=]ID:SECRET[:TOKEN]",
                "Accepts this key instead of the example, for the account or for ACCOUNT. Can be repeated",
            )
            .value_parser(access_key)
            .action(ArgAction::Append),
        )
        .arg(
            option("region", "REGION", "Refuses credentials that are scoped to another region")
                .value_parser(|value: &str| value.parse::<Region>()),
        )
        .arg(
            option("account", "ID", "Sets the account of keys without ACCOUNT")
                .value_parser(|value: &str| value.parse::<AccountId>())
                .default_value(Emulator::DEFAULT_ACCOUNT),
        )
        .arg(
            option("throttle-first", "N", "Throttles the first N requests")
                .value_parser(value_parser!(u16))
                .default_value("0"),
        )
        .arg(
            option("fault", "JSON", "Adds a fault to the script, as in the control API. Can be repeated")
                .value_parser(fault)
                .action(ArgAction::Append),
        )
        .arg(
            option(
                "not-subscribed",
                "REGION",
                "Does not subscribe the account in this region, or any account anywhere",
            )
            .value_parser(not_subscribed)
            .num_args(0..=1)
            .default_missing_value("")
            .action(ArgAction::Append),
        )
        .arg(
            option("disable-region", "REGION", "Makes the credentials invalid in this region. Can be repeated")
                .value_parser(|value: &str| value.parse::<Region>())
                .action(ArgAction::Append),
        )
        .arg(option("deny", "MESSAGE", "Refuses every authenticated request with AccessDeniedException"))
        .arg(
            option("clock-offset", "SECONDS", "Sets the clock ahead, or behind if negative")
                .value_parser(value_parser!(i64))
                .allow_negative_numbers(true)
                .default_value("0"),
        )
        .arg(
            option("role", "ACCOUNT:NAME[:EXTERNAL-ID]", "Adds a role for AssumeRole. Can be repeated")
                .value_parser(role)
                .action(ArgAction::Append),
        )
        .arg(
            option(
                "rate-limit",
                "RATE:BURST",
                "Limits the requests per second of each account and region, such as 10:30",
            )
            .value_parser(rate_limit),
        )
        .arg(
            option("setup", "FILE", "Applies a JSON document of the control API. Can be repeated")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append),
        )
        .arg(flag("cors", "Sends CORS headers to browsers"))
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn loopback(value: &str) -> Result<IpAddr, String> {
    let address = match value {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        value => value.parse::<IpAddr>().map_err(|error| error.to_string())?,
    };
    if address.is_loopback() { Ok(address) } else { Err("not a loopback address".to_owned()) }
}

#[derive(Clone)]
pub(crate) struct Accounts {
    pub(crate) region: Region,
    pub(crate) accounts: Vec<AccountId>,
}

fn accounts(value: &str) -> Result<Accounts, String> {
    let (region, accounts) = region_prefix(value)?;
    let accounts = accounts.split(',').map(account).collect::<Result<_, _>>()?;
    Ok(Accounts { region, accounts })
}

#[derive(Clone)]
pub(crate) struct Administrator {
    pub(crate) region: Region,
    pub(crate) account: AccountId,
}

fn administrator(value: &str) -> Result<Administrator, String> {
    let (region, id) = region_prefix(value)?;
    Ok(Administrator { region, account: account(id)? })
}

#[derive(Clone)]
pub(crate) struct Members {
    pub(crate) region: Region,
    pub(crate) members: Vec<(AccountId, MemberStatus)>,
}

fn members(value: &str) -> Result<Members, String> {
    let (region, members) = region_prefix(value)?;
    let members = members.split(',').map(|member| match member.split_once('=') {
        None => Ok((account(member)?, MemberStatus::Enabled)),
        Some((id, status)) => {
            let status = status.parse().map_err(|error: ParseMemberStatusError| error.to_string())?;
            Ok((account(id)?, status))
        }
    });
    Ok(Members { region, members: members.collect::<Result<_, String>>()? })
}

fn region_prefix(value: &str) -> Result<(Region, &str), String> {
    let (region, rest) = value.split_once(':').ok_or("missing colon after the region")?;
    Ok((region.parse::<Region>().map_err(|error| error.to_string())?, rest))
}

fn account(value: &str) -> Result<AccountId, String> {
    value.parse::<AccountId>().map_err(|error| error.to_string())
}

/// The error does not quote the value, although clap does. A secret on a command line is in the shell's history anyway.
fn access_key(value: &str) -> Result<AccessKey, &'static str> {
    // A secret may contain `=`, and an access key id may not.
    let (account, key) = match value.split_once('=') {
        Some((account, key)) if !account.contains(':') => {
            (Some(account.parse::<AccountId>().map_err(|_| "invalid account (expected 12 digits)")?), key)
        }
        _ => (None, value),
    };
    let (id, rest) = key.split_once(':').ok_or("missing colon after the id")?;
    let (secret, token) = rest.split_once(':').unwrap_or((rest, ""));
    if id.is_empty() || secret.is_empty() {
        return Err("empty id or secret");
    }
    let key = AccessKey::new(id, secret).with_session_token(token);
    Ok(match account {
        Some(account) => key.with_account(account),
        None => key,
    })
}

/// The region in which the account is not subscribed. `None` stands for all regions and accounts.
#[derive(Clone)]
pub(crate) struct NotSubscribed(pub(crate) Option<Region>);

fn not_subscribed(value: &str) -> Result<NotSubscribed, String> {
    let region = (!value.is_empty()).then(|| value.parse()).transpose();
    region.map(NotSubscribed).map_err(|error: securityhub_invitations::ConfigError| error.to_string())
}

fn role(value: &str) -> Result<Role, String> {
    let (id, rest) = value.split_once(':').ok_or("missing colon after the account")?;
    let (name, external_id) = rest.split_once(':').map_or((rest, None), |(name, id)| (name, Some(id)));
    let role = Role::new(account(id)?, name).map_err(|error| error.to_string())?;
    Ok(external_id.map_or_else(|| role.clone(), |external_id| role.clone().with_external_id(external_id)))
}

fn rate_limit(value: &str) -> Result<RateLimit, String> {
    let (rate, burst) = value.split_once(':').ok_or("missing colon after the rate")?;
    let number = |text: &str| text.parse().map_err(|error: std::num::ParseIntError| error.to_string());
    Ok(RateLimit::new(number(rate)?, number(burst)?))
}

/// A valid document of the control API.
#[derive(Clone)]
pub(crate) struct Document(pub(crate) String);

fn fault(value: &str) -> Result<Document, String> {
    let document = format!(r#"{{"faults":[{value}]}}"#);
    // An emulator of its own checks the document.
    Emulator::new().apply_json(&document).map_err(|error| error.to_string())?;
    Ok(Document(document))
}
