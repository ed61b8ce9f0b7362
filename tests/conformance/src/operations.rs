//! The requests of the six operations: the crate's and those of botocore's own client, with botocore's signature.
//!
//! botocore writes JSON bodies with spaces. The oracle therefore compares the bodies as JSON, and has botocore sign the crate's
//! compact body.

use std::time::{Duration, UNIX_EPOCH};

use http::Request;
use securityhub_invitations::{
    AccountId, Credentials, DeclineInvitations, DeleteInvitations, DisassociateFromAdministratorAccount, Endpoint,
    GetAdministratorAccount, ListInvitations, ListMembers, Operation, SecurityHub,
};
use serde_json::{Value, json};

use crate::{Result, Settings, oracle, random::Random, retries::NOW};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==";

/// A request as both sides describe it.
const PARTS: [&str; 6] = ["method", "url", "query", "headers", "body", "authorization"];

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("operations");
    let count = (settings.cases / 4).max(600);
    let cases = (0..count).map(|_| generate(&mut random)).collect::<Result<Vec<_>>>()?;
    let questions: Vec<Value> = cases.iter().map(|(question, _)| question.clone()).collect();
    oracle::ask(settings, &questions, |number, theirs| {
        let (question, ours) = &cases[number];
        match PARTS.into_iter().find(|part| ours[*part] != theirs[*part]) {
            None => Ok(()),
            Some(part) => {
                Err(format!("case {number}: {part} differs\nasked {question}\nours {ours}\nbotocore {theirs}").into())
            }
        }
    })?;
    println!("  {count} requests of six operations: the crate equals botocore");
    Ok(())
}

/// Generates an operation's input. Returns the question for botocore, and the crate's request.
fn generate(random: &mut Random) -> Result<(Value, Value)> {
    let seconds = NOW + random.below(100_000_000);
    let region = random.pick(&["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"]);
    let url = random.pick(&[None, Some("http://localhost:4566"), Some("https://gw.example.com/base/path")]);
    let token = random.pick(&[None, Some(TOKEN)]);
    let endpoint = match url {
        Some(url) => Endpoint::custom(&region.parse()?, url)?,
        None => Endpoint::regional(&region.parse()?)?,
    };
    let credentials = Credentials::new(KEY_ID, SECRET)?;
    let credentials = match token {
        Some(token) => credentials.with_session_token(token)?,
        None => credentials,
    };
    let hub = SecurityHub::new(endpoint, credentials);
    let mut input = json!({});
    let request = match random.below(6) {
        0 => {
            let ids = account_ids(random)?;
            input["AccountIds"] = json!(ids);
            sign(&hub, &DeleteInvitations::from_account_ids(ids)?, seconds)
        }
        1 => {
            let ids = account_ids(random)?;
            input["AccountIds"] = json!(ids);
            sign(&hub, &DeclineInvitations::from_account_ids(ids)?, seconds)
        }
        2 => {
            let mut list = ListInvitations::new();
            if let Some(size) = page_size(random) {
                input["MaxResults"] = size.into();
                list = list.with_page_size(size)?;
            }
            if let Some(token) = next_token(random) {
                list = list.with_next_token(&token);
                input["NextToken"] = token.into();
            }
            sign(&hub, &list, seconds)
        }
        3 => {
            let mut list = ListMembers::new();
            if let Some(size) = page_size(random) {
                input["MaxResults"] = size.into();
                list = list.with_page_size(size)?;
            }
            if let Some(token) = next_token(random) {
                list = list.with_next_token(&token);
                input["NextToken"] = token.into();
            }
            if let Some(only_associated) = random.pick(&[None, Some(false), Some(true)]) {
                list = list.with_only_associated(only_associated);
                input["OnlyAssociated"] = only_associated.into();
            }
            sign(&hub, &list, seconds)
        }
        4 => sign(&hub, &GetAdministratorAccount::new(), seconds),
        _ => sign(&hub, &DisassociateFromAdministratorAccount::new(), seconds),
    };
    let (name, request) = request;
    let question = json!({
        "ask": "operation",
        "operation": name,
        "input": input,
        "region": region,
        "endpoint_url": url,
        "access_key_id": KEY_ID,
        "secret_access_key": SECRET,
        "session_token": token,
        "seconds": seconds,
    });
    Ok((question, describe(&request)?))
}

fn sign<O: Operation>(hub: &SecurityHub, operation: &O, seconds: u64) -> (&'static str, Request<Vec<u8>>) {
    let request = hub.signed_request(operation, UNIX_EPOCH + Duration::from_secs(seconds));
    (O::NAME, request.map(Vec::from))
}

/// Describes the request. The query is a sorted list, because its order on the wire has no meaning. The headers are those that
/// this crate sets.
fn describe(request: &Request<Vec<u8>>) -> Result<Value> {
    let url = request.uri().to_string();
    let (url, query) = url.split_once('?').unwrap_or((&url, ""));
    let mut query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    query.sort_unstable();
    let mut headers = request.headers().clone();
    let authorization = headers.remove("authorization").ok_or("a request without a signature")?;
    let headers = headers.iter().map(|(name, value)| Ok((name.as_str().to_owned(), json!(value.to_str()?))));
    let headers: serde_json::Map<String, Value> = headers.collect::<Result<_>>()?;
    Ok(json!({
        "method": request.method().as_str(),
        "url": url,
        "query": query,
        "headers": headers,
        "body": std::str::from_utf8(request.body())?,
        "authorization": authorization.to_str()?,
    }))
}

/// Between 1 and 60 ids in any order.
fn account_ids(random: &mut Random) -> Result<Vec<AccountId>> {
    let count = random.pick(&[1, 1, 2, 3, 50, 60]);
    let mut ids = Vec::new();
    for _ in 0..count {
        let id: AccountId = format!("{:012}", random.below(1_000_000_000_000)).parse()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn page_size(random: &mut Random) -> Option<u8> {
    random.pick(&[None, Some(1), Some(2), Some(49), Some(50)])
}

/// A token of the kind that services use, or one that needs escapes.
fn next_token(random: &mut Random) -> Option<String> {
    const CHARACTERS: &str = "abcXYZ019+/=-_.~ %&?#:;,!$'()*[]@\"<>\\^`{|}é☃\u{1f600}\t";
    match random.below(4) {
        0 => None,
        1 => Some("eyJuIjogMX0+/w==".to_owned()),
        _ => {
            let length = random.index(40) + 1;
            Some(random.text(length, CHARACTERS))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_sorted_query_without_signature() {
        let hub = SecurityHub::new(
            Endpoint::regional(&"us-east-1".parse().unwrap()).unwrap(),
            Credentials::new(KEY_ID, SECRET).unwrap(),
        );
        let list = ListMembers::new().with_only_associated(false).with_next_token("a b");
        let described = describe(&sign(&hub, &list, NOW).1).unwrap();
        assert_eq!(described["url"], "https://securityhub.us-east-1.amazonaws.com/members");
        assert_eq!(described["query"], json!(["NextToken=a%20b", "OnlyAssociated=false"]));
        assert_eq!(described["headers"], json!({ "x-amz-date": "20261122T203705Z" }));
        assert_eq!(described["body"], "");
    }
}
