//! All six operations, for both sides, by boto3 and the AWS CLI against the emulator.

use std::path::Path;

use securityhub_emulator::{AccessKey, Emulator, MemberStatus, Server};
use securityhub_invitations::{AccountId, Region};
use serde_json::{Value, json};

use crate::{
    Result,
    clients::{REGION, alone, boto3},
    oracle::text,
};

/// A call of a client, and the account ids in its output.
struct Step {
    operation: &'static str,
    account_ids: &'static [&'static str],
    /// The size of a page. Clients then read all pages.
    page_size: Option<u8>,
    only_associated: Option<bool>,
    expected: &'static [&'static str],
}

const fn step(
    operation: &'static str,
    account_ids: &'static [&'static str],
    expected: &'static [&'static str],
) -> Step {
    Step { operation, account_ids, page_size: None, only_associated: None, expected }
}

/// The first sender is the administrator, and the others wait for a response to their invitations.
const SENDERS: [&str; 5] = ["111111111111", "222222222222", "333333333333", "444444444444", "555555555555"];
/// The first three members are enabled, and the others are invited.
const MEMBERS: [&str; 5] = ["600000000000", "700000000000", "800000000000", "900000000000", "990000000000"];
const STRANGER: &str = "000000000000";

const STEPS: [Step; 9] = [
    Step { page_size: Some(2), ..step("ListInvitations", &[], &SENDERS) },
    Step { page_size: Some(2), only_associated: Some(false), ..step("ListMembers", &[], &MEMBERS) },
    step("ListMembers", &[], &[MEMBERS[0], MEMBERS[1], MEMBERS[2]]),
    step("GetAdministratorAccount", &[], &[SENDERS[0]]),
    step("DisassociateFromAdministratorAccount", &[], &[]),
    step("GetAdministratorAccount", &[], &[]),
    step("DeclineInvitations", &[SENDERS[1], STRANGER], &[STRANGER]),
    step("DeleteInvitations", &[SENDERS[0], SENDERS[1]], &[]),
    step("ListInvitations", &[], &[SENDERS[2], SENDERS[3], SENDERS[4]]),
];
/// Three pages in each of the first two steps, and one request in each of the others.
const REQUESTS: u64 = 3 + 3 + 7;

type Client = fn(&Path, &[Value]) -> Result<(String, Vec<Value>)>;

/// Returns the differences from the expected results.
pub(crate) fn run(python: &Path, aws: Option<&Path>) -> Result<Vec<String>> {
    let mut wrong = try_client(python, boto3)?;
    if let Some(aws) = aws {
        wrong.extend(try_client(aws, aws_cli)?);
    }
    Ok(wrong)
}

fn try_client(program: &Path, client: Client) -> Result<Vec<String>> {
    let server = start()?;
    let calls: Vec<Value> = STEPS.iter().map(|step| step.call(&server)).collect();
    let (name, results) = client(program, &calls)?;
    let mut wrong = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        let result = results.get(number).ok_or("a call without a result")?;
        if account_ids(&result["output"]) != step.expected {
            wrong.push(format!("{name}, step {number}, {}: {result}", step.operation));
        }
    }
    let requests = server.emulator().request_count();
    if requests != REQUESTS {
        wrong.push(format!("{name}: {requests} requests (expected {REQUESTS})"));
    }
    println!(
        "  {name}: {} of {} steps on both sides as expected",
        STEPS.len() - wrong.len().min(STEPS.len()),
        STEPS.len()
    );
    Ok(wrong)
}

fn start() -> Result<Server> {
    let region: Region = REGION.parse()?;
    let emulator = Emulator::new();
    let caller: AccountId = Emulator::DEFAULT_ACCOUNT.parse()?;
    for (number, id) in SENDERS.iter().enumerate() {
        let status = if number == 0 { MemberStatus::Enabled } else { MemberStatus::Invited };
        emulator.account(id.parse()?).set_member(&region, caller, status);
    }
    for (number, id) in MEMBERS.iter().enumerate() {
        let status = if number < 3 { MemberStatus::Enabled } else { MemberStatus::Invited };
        emulator.account(caller).set_member(&region, id.parse()?, status);
    }
    Ok(Server::start(emulator)?)
}

impl Step {
    fn call(&self, server: &Server) -> Value {
        let mut input = json!({});
        if !self.account_ids.is_empty() {
            input["AccountIds"] = json!(self.account_ids);
        }
        if let Some(only_associated) = self.only_associated {
            input["OnlyAssociated"] = only_associated.into();
        }
        json!({
            "url": server.url(),
            "region": REGION,
            "access_key_id": AccessKey::EXAMPLE_ID,
            "secret_access_key": AccessKey::EXAMPLE_SECRET,
            "session_token": null,
            "operation": self.operation,
            "input": input,
            "page_size": self.page_size,
        })
    }
}

/// The account ids of an output, whatever its operation.
fn account_ids(output: &Value) -> Vec<&str> {
    let lists = ["Invitations", "Members", "UnprocessedAccounts"].map(|list| output[list].as_array());
    let entries = lists.into_iter().flatten().flatten().chain([&output["Administrator"]]);
    entries.filter_map(|entry| entry["AccountId"].as_str()).collect()
}

fn aws_cli(program: &Path, calls: &[Value]) -> Result<(String, Vec<Value>)> {
    let results = calls.iter().map(|call| {
        let mut command = std::process::Command::new(program);
        alone(&mut command)
            .args(["securityhub", &kebab_case(text(call, "operation")), "--output", "json"])
            .args(["--region", text(call, "region"), "--endpoint-url", text(call, "url")])
            .env("AWS_ACCESS_KEY_ID", text(call, "access_key_id"))
            .env("AWS_SECRET_ACCESS_KEY", text(call, "secret_access_key"));
        if let Some(ids) = call["input"]["AccountIds"].as_array() {
            command.arg("--account-ids").args(ids.iter().filter_map(Value::as_str));
        }
        if call["input"]["OnlyAssociated"] == false {
            command.arg("--no-only-associated");
        }
        if let Some(size) = call["page_size"].as_u64() {
            command.args(["--page-size", &size.to_string()]);
        }
        let output = command.output()?;
        if !output.status.success() {
            return Ok(json!({ "message": String::from_utf8_lossy(&output.stderr).trim() }));
        }
        // An operation without output members prints nothing.
        let output: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        Ok(json!({ "output": output }))
    });
    Ok(("the AWS CLI".to_owned(), results.collect::<Result<_>>()?))
}

/// Converts `ListMembers` to `list-members`.
fn kebab_case(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_names_to_kebab_case() {
        assert_eq!(kebab_case("GetAdministratorAccount"), "get-administrator-account");
    }
}
