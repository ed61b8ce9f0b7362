//! Pages of a list.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use securityhub_invitations::AccountId;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::{
    incoming::{Incoming, invalid_input},
    operations::Caller,
    response::Refusal,
};

/// The page that a request asks for.
#[derive(Debug)]
pub(crate) struct Page {
    max_results: usize,
    next_token: Option<String>,
}

impl Page {
    /// The largest page, and the default: the service's model allows `MaxResults` from 1 to 50.
    const MAX_RESULTS: usize = 50;

    pub(crate) fn parse(incoming: &Incoming<'_>) -> Result<Self, Refusal> {
        let max_results = match incoming.parameter("MaxResults")? {
            None => Self::MAX_RESULTS,
            Some(value) => max_results(value)?,
        };
        let next_token = incoming.parameter("NextToken")?.map(str::to_owned);
        Ok(Self { max_results, next_token })
    }

    /// Returns the response's body: the page under `name`, and the next page's token if there is one.
    ///
    /// The token names the last account on the page. Pages therefore stay the same when earlier entries are deleted
    /// between two requests.
    pub(crate) fn cut<T>(
        &self,
        name: &'static str,
        caller: &Caller,
        entries: &BTreeMap<AccountId, T>,
        keep: impl Fn(&T) -> bool,
        to_json: impl Fn(&T) -> Value,
    ) -> Result<Value, Refusal> {
        let after = match &self.next_token {
            None => None,
            Some(token) => Some(last_account(token, name, caller)?),
        };
        let mut rest =
            entries.iter().filter(|(account, entry)| after.is_none_or(|after| **account > after) && keep(entry));
        let page: Vec<_> = rest.by_ref().take(self.max_results).collect();
        let mut body = Map::new();
        if let Some((last, _)) = page.last()
            && rest.next().is_some()
        {
            body.insert("NextToken".to_owned(), token(**last, name, caller).into());
        }
        body.insert(name.to_owned(), page.into_iter().map(|(_, entry)| to_json(entry)).collect());
        Ok(Value::Object(body))
    }
}

fn max_results(value: &str) -> Result<usize, Refusal> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    number.filter(|number| (1..=Page::MAX_RESULTS).contains(number)).ok_or_else(|| {
        invalid_input(format!("Invalid MaxResults '{value}'. It must be a number from 1 to {}.", Page::MAX_RESULTS))
    })
}

/// A token that only the same account's same list in the same region accepts.
///
/// It contains `+`, `/` and `=`, so that a client that does not percent-encode tokens fails.
fn token(last: AccountId, list: &str, caller: &Caller) -> String {
    let mac = mac(last, list, caller).finalize().into_bytes();
    format!("{}+{}/==", hex::encode(last.to_string()), hex::encode(&mac[..16]))
}

fn last_account(given: &str, list: &str, caller: &Caller) -> Result<AccountId, Refusal> {
    let last = given.split_once('+').and_then(|(last, _)| hex::decode(last).ok());
    let last = last.and_then(|last| String::from_utf8(last).ok()?.parse().ok());
    last.filter(|last| token(*last, list, caller) == given).ok_or_else(|| invalid_input("Invalid NextToken."))
}

fn mac(last: AccountId, list: &str, caller: &Caller) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(b"NextToken").expect("HMAC takes keys of any length");
    mac.chain_update(format!("{list}/{}/{}/{last}", caller.account, caller.region))
}
