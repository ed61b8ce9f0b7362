//! Any response: it is read by the rules, quotes no token, and stays on its line.
#![no_main]

use bytes::Bytes;
use http::Response;
use libfuzzer_sys::fuzz_target;
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Error, ErrorKind, Outcome, RetryPolicy,
    SecurityHub,
};
use securityhub_invitations_fuzz::{Class, KEY_ID, SECRET, now, response};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess},
};

/// As long as real ones are. The byte 1 in the input stands for it.
fn token() -> String {
    "IQoJb3JpZ2luX2VjEXAMPLETOKENwEaCXVzLWVhc3QtMSJHMEUCIQ==".repeat(16)
}

fuzz_target!(|input: &[u8]| {
    let token = token();
    let mut text = Vec::new();
    for byte in input {
        match byte {
            1 => text.extend_from_slice(token.as_bytes()),
            byte => text.push(*byte),
        }
    }
    let response = response(&text);
    let stateless = DeleteInvitationsOutput::parse(&response);

    let endpoint = Endpoint::regional(&"us-east-1".parse().unwrap()).unwrap();
    let credentials = Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(token.clone()).unwrap();
    let hub = SecurityHub::new(endpoint, credentials).with_retry_policy(RetryPolicy::never());
    let call = hub.delete_invitations(DeleteInvitations::new(["111122223333"]).unwrap());
    let (_, in_flight) = call.sign(now());
    let Outcome::Done(result) = in_flight.handle_response(&response, now()) else {
        panic!("there is no second attempt")
    };

    // The token is nowhere, nor is a piece of it that would be of use.
    let shown = match &result {
        Ok(output) => format!("{output:?} {}", serde_json::to_string(output.unprocessed_accounts()).unwrap()),
        Err(error) => format!("{error:?} {error}"),
    };
    assert!(
        input.windows(24).any(|window| window == &token.as_bytes()[..24]) || !shown.contains(&token[..24]),
        "{shown}"
    );

    assert_eq!(result.is_ok(), stateless.is_ok());
    check(&response, &stateless);
    if let Err(error) = &result {
        let shown = error.to_string();
        assert!(!shown.contains(char::is_control) && shown.chars().count() < 20_000, "{shown}");
        assert_eq!((error.kind(), error.status()), (stateless.as_ref().unwrap_err().kind(), response.status()));
    }
});

fn check(response: &Response<Bytes>, result: &Result<DeleteInvitationsOutput, Error>) {
    let body = &response.body()[..];
    let json: Option<Json> = match serde_json::from_slice(body) {
        Ok(json) => Some(json),
        // What is skipped is not looked at this closely.
        Err(error)
            if ["number out", "recursion", "surrogate", "hex escape", "code point"]
                .iter()
                .any(|word| error.to_string().contains(word)) =>
        {
            return;
        }
        Err(_) => None,
    };
    if response.status().is_success() {
        let promised = if body.is_empty() { Some(0) } else { json.as_ref().and_then(promised) };
        let got = result.as_ref().ok().map(|output| output.unprocessed_accounts().len());
        assert_eq!(got, promised);
        assert!(
            result.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::Malformed && !error.is_retryable())
        );
        return;
    }
    let error = result.as_ref().expect_err("no status of success");
    let members = match &json {
        Some(Json::Object(members)) => &members[..],
        _ => &[],
    };
    let member = |name: &str| match members.iter().rfind(|(known, _)| known == name) {
        Some((_, Json::Text(text))) => Some(text.as_str()),
        _ => None,
    };
    let header = response.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let bare = |code: &str| -> String {
        let code = code.split(':').next().unwrap_or_default();
        code.rsplit('#').next().unwrap_or_default().trim().to_owned()
    };
    let codes = [header, member("code"), member("__type"), member("Code")];
    let code = codes.into_iter().flatten().map(bare).find(|code| !code.is_empty());
    let messages = ["message", "Message", "errorMessage"].map(member);
    let message = messages.into_iter().flatten().find(|text| !text.is_empty());
    // What looks like a token is redacted.
    let may_be_redacted = |text: &str| text.to_ascii_lowercase().contains("x-amz-security-token");
    for (got, expected) in [(error.code(), code.as_deref()), (error.message(), message)] {
        assert!(got == expected || expected.is_some_and(may_be_redacted), "{got:?} instead of {expected:?}");
    }
    assert_eq!(error.is_retryable(), Class::of(response.status().as_u16(), code.as_deref()).is_some());
    let is_object = matches!(json, Some(Json::Object(_)));
    assert_eq!(error.excerpt().is_some(), !is_object && !body.is_empty());
    assert_ne!(error.kind(), ErrorKind::Malformed);
}

/// How many accounts the body of a success lists; `None` if it is not what was promised.
fn promised(json: &Json) -> Option<usize> {
    let Json::Object(members) = json else { return None };
    let is_text = |json: &Json| matches!(json, Json::Null | Json::Text(_));
    let is_account = |json: &Json| match json {
        Json::Object(members) => members
            .iter()
            .all(|(name, value)| !["AccountId", "ProcessingResult"].contains(&name.as_str()) || is_text(value)),
        _ => false,
    };
    let mut count = 0;
    for (_, value) in members.iter().filter(|(name, _)| name == "UnprocessedAccounts") {
        count = match value {
            Json::Null => 0,
            Json::List(list) => list.iter().all(is_account).then_some(list.len())?,
            _ => return None,
        };
    }
    Some(count)
}

/// JSON with every member, also those whose name comes twice.
enum Json {
    Null,
    Scalar,
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Json;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Json, E> {
                Ok(Json::Scalar)
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Scalar)
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Json, E> {
                Ok(Json::Scalar)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Scalar)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(Json::List(elements))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
