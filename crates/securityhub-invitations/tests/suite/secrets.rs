//! No secret shows: every public type is formatted with secrets in it, and searched for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
};

use securityhub_invitations::{
    AccountId, Cause, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, EndpointVariant, Error,
    ErrorKind, Failure, InFlight, Outcome, Region, Retry, RetryPolicy, SecurityHub,
    sigv4::{SignError, Signer},
};
use serde_json::json;

use crate::{
    public_types::public_types,
    support::{KEY_ID, now, one_id, region, response},
};

/// No part of either is a word that anything would say.
const SECRET: &str = "MARKqzSECRETkwx/KEY+pvj";
const TOKEN: &str = "MARKqzTOKENkwx//pvj==";

fn credentials() -> Credentials {
    Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(TOKEN).unwrap().with_expiry(now())
}

fn hub() -> SecurityHub {
    SecurityHub::new(Endpoint::regional(&region("us-east-1")).unwrap(), credentials())
}

/// The secrets in the forms in which a text could have them.
fn forbidden() -> Vec<String> {
    let mut forms = Vec::new();
    for secret in [SECRET, TOKEN, &format!("AWS4{SECRET}")] {
        let bytes = secret.as_bytes();
        forms.push(secret.to_owned());
        forms.push(secret.replace('/', "\\/"));
        forms.push(hex::encode(bytes));
        forms.push(format!("{bytes:?}").trim_matches(['[', ']']).to_owned());
        forms.push(format!("{bytes:x?}").trim_matches(['[', ']']).to_owned());
    }
    // What a secret that is cut short would leave.
    forms.extend(["MARKqz", "SECRETkwx", "TOKENkwx", "KEY+pvj"].map(str::to_owned));
    forms
}

fn finds_a_secret(text: &str) -> bool {
    forbidden().iter().any(|secret| text.contains(secret.as_str()))
}

/// Everything that was formatted, by the name of its type.
#[derive(Default)]
struct Formatted(BTreeMap<&'static str, Vec<String>>);

impl Formatted {
    fn debug<T: Debug>(&mut self, name: &'static str, value: &T) {
        // The name is checked against the value's own: a list by hand is easily wrong.
        let of_type = std::any::type_name::<T>().split('<').next().unwrap().rsplit("::").next().unwrap();
        assert_eq!(of_type, name);
        self.0.entry(name).or_default().extend([format!("{value:?}"), format!("{value:#?}")]);
    }

    fn both<T: Debug + Display>(&mut self, name: &'static str, value: &T) {
        self.debug(name, value);
        self.0.entry(name).or_default().extend([format!("{value}"), format!("{value:#}")]);
    }
}

/// A server that quotes what it got, as AWS does when a signature does not match.
fn quoting_bodies() -> Vec<String> {
    let canonical = hub().explain(&one_id(), now()).canonical_request;
    assert!(canonical.contains(TOKEN));
    vec![
        json!({ "message": format!("The Canonical String for this request should have been\n'{canonical}'") })
            .to_string(),
        json!({ "Message": canonical, "Code": "InvalidSignatureException" }).to_string(),
        json!({ "__type": "ExpiredTokenException", "errorMessage": format!("token {TOKEN} is expired") }).to_string(),
        json!({ "code": TOKEN }).to_string(),
        format!("<html><pre>{canonical}</pre></html>"),
        format!("{{\"message\":\"{}", canonical.replace('\n', "\\n")),
        format!("Headers: {{\"X-Amz-Security-Token\": \"{TOKEN}\"}}"),
    ]
}

fn in_flight() -> InFlight {
    hub().delete_invitations(one_id()).sign(now()).1
}

fn retry_after(body: &str) -> Retry {
    match in_flight().handle_response(&response(503, &[], body), now()) {
        Outcome::Retry(retry) => retry,
        Outcome::Done(result) => panic!("{result:?}"),
    }
}

fn format_everything() -> Formatted {
    let mut all = Formatted::default();
    let hub = hub();
    let explanation = hub.explain(&one_id(), now());
    let signer = Signer::new(credentials(), &region("us-east-1"), "securityhub").unwrap();

    // What holds credentials.
    all.debug("Credentials", &credentials());
    all.debug("SecurityHub", &hub);
    all.debug("Call", &hub.delete_invitations(one_id()));
    all.debug("InFlight", &in_flight());
    all.debug("Retry", &retry_after(""));
    all.debug("Outcome", &Outcome::Retry(retry_after("")));
    all.debug("Signer", &signer);
    all.both("Explanation", &explanation);
    all.both("Explanation", &signer.explain(&hub.unsigned_request(&one_id()), now()).unwrap());

    // What a server quotes.
    for body in quoting_bodies() {
        for status in [200, 400, 403, 503] {
            let answer = response(status, &[], &body);
            let outcome = in_flight().handle_response(&answer, now());
            all.debug("Outcome", &outcome);
            let error: Error = match outcome {
                Outcome::Done(result) => match result {
                    Err(error) => error,
                    // Unknown members of an object are ignored.
                    Ok(output) => {
                        all.debug("DeleteInvitationsOutput", &output);
                        continue;
                    }
                },
                Outcome::Retry(retry) => {
                    all.debug("Retry", &retry);
                    all.both("Cause", &retry.cause);
                    let Cause::Error(error) = retry.cause else { panic!("an answer") };
                    error
                }
            };
            all.both("Error", &error);
            let texts = [error.code(), error.message(), error.excerpt()].into_iter().flatten();
            all.0.entry("Error").or_default().extend(texts.map(str::to_owned));
            // Door 1 does not know the token, and finds it by its header line.
            if body.to_ascii_lowercase().contains("x-amz-security-token") {
                all.both("Error", &DeleteInvitationsOutput::parse(&answer).unwrap_err());
            }
        }
    }

    // A success that quotes it.
    let body = json!({ "UnprocessedAccounts": [{ "AccountId": "1", "ProcessingResult": format!("no {TOKEN}") }] });
    let answer = response(200, &[("x-amzn-requestid", TOKEN)], body.to_string());
    let Outcome::Done(Ok(output)) = in_flight().handle_response(&answer, now()) else { panic!("a success") };
    all.debug("DeleteInvitationsOutput", &output);
    all.both("UnprocessedAccount", &output.unprocessed_accounts()[0]);
    all.both("Unprocessed", &output.into_result().unwrap_err());
    let body = json!({ "UnprocessedAccounts": [{ "AccountId": TOKEN }, { "AccountId": format!("of {TOKEN}") }] });
    let answer = response(200, &[], body.to_string());
    let Outcome::Done(Ok(output)) = in_flight().handle_response(&answer, now()) else { panic!("a success") };
    all.debug("DeleteInvitationsOutput", &output);
    all.both("Unprocessed", &output.into_result().unwrap_err());

    // What refuses a secret.
    for bad in [format!("{SECRET}\n"), format!("{SECRET} "), format!("{SECRET}é"), SECRET.to_owned()] {
        all.both("ConfigError", &Credentials::new(bad.clone(), "x").unwrap_err());
        let vars = |name: &str| match name {
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some(bad.clone()),
            "AWS_SECRET_ACCESS_KEY" => Some(SECRET.to_owned()),
            _ => None,
        };
        all.both("ConfigError", &SecurityHub::from_vars(vars).unwrap_err());
    }
    for bad in [format!("{SECRET}\n"), format!("\0{SECRET}"), format!("{SECRET}é")] {
        all.both("ConfigError", &Credentials::new(KEY_ID, bad.clone()).unwrap_err());
        all.both("ConfigError", &credentials().with_session_token(bad.clone()).unwrap_err());
        let json = json!({ "Version": 1, "AccessKeyId": KEY_ID, "SecretAccessKey": bad }).to_string();
        all.both("ConfigError", &Credentials::from_process_json(&json).unwrap_err());
    }
    for json in [
        format!("\"{SECRET}\""),
        SECRET.to_owned(),
        format!("{{\"Version\":\"{SECRET}\"}}"),
        format!("{{\"Version\":1,\"AccessKeyId\":[\"{SECRET}\"]}}"),
        format!("{{\"{SECRET}\":1}}"),
        format!("{{\"Version\":1,\"SecretAccessKey\":\"{SECRET}"),
        format!("{{\"Version\":1,\"AccessKeyId\":\"{SECRET}\",\"SecretAccessKey\":\"x\"}}"),
        format!("{{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"x\",\"Expiration\":\"{TOKEN}\"}}"),
    ] {
        all.both("ConfigError", &Credentials::from_process_json(&json).unwrap_err());
    }
    for url in [
        format!("https://user:{SECRET}@example.com"),
        format!("user:{SECRET}@example.com"),
        format!("https://user:x{SECRET}@example.com"),
    ] {
        all.both("ConfigError", &Endpoint::custom(&region("us-east-1"), &url).unwrap_err());
        all.both("ConfigError", &hub.endpoint().clone().via_relay(&url).unwrap_err());
    }
    all.both("SignError", &SignError::NotUtf8(http::HeaderName::from_static("x-amz-security-token")));

    // What never meets a secret, for the sake of the list.
    let id: AccountId = "111122223333".parse().unwrap();
    all.both("AccountId", &id);
    all.both("AccountIdError", &"x".parse::<AccountId>().unwrap_err());
    all.both("InputError", &DeleteInvitations::new(["x"]).unwrap_err());
    all.debug("DeleteInvitations", &one_id());
    all.both("Region", &region("us-east-1"));
    all.both("ConfigError", &"X".parse::<Region>().unwrap_err());
    all.debug("Endpoint", hub.endpoint());
    all.debug("EndpointVariant", &EndpointVariant::default());
    all.both("ErrorKind", &ErrorKind::Other);
    all.both("Failure", &Failure::TimedOut);
    all.debug("RetryPolicy", &RetryPolicy::standard().seed(1));
    let body = r#"{"UnprocessedAccounts":[{"AccountId":"1","ProcessingResult":"x"}]}"#;
    let output = DeleteInvitationsOutput::parse(&response(200, &[], body)).unwrap();
    all.both("UnprocessedAccount", &output.unprocessed_accounts()[0]);
    all.debug("DeleteInvitationsOutput", &output);
    all.both("Unprocessed", &output.into_result().unwrap_err());
    all
}

#[test]
fn no_public_type_shows_a_secret() {
    let formatted = format_everything();
    for (name, texts) in &formatted.0 {
        for text in texts {
            assert!(!finds_a_secret(text), "{name} shows a secret: {text}");
        }
    }
    let names: BTreeSet<_> = formatted.0.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(names, public_types(), "a public type is not formatted here");
}

/// The search would find what there is to find.
#[test]
fn the_two_places_that_do_show_a_token_are_found() {
    // Documented: the raw field of an explanation.
    assert!(finds_a_secret(&hub().explain(&one_id(), now()).canonical_request));
    // Meant to be sent.
    let request = hub().request(&one_id(), now());
    assert!(finds_a_secret(request.headers()["x-amz-security-token"].to_str().unwrap()));
    // But a request that is logged keeps it, since the header is marked.
    assert!(!finds_a_secret(&format!("{request:?}")));

    for secret in [SECRET, TOKEN] {
        assert!(finds_a_secret(secret));
        assert!(finds_a_secret(&format!("{:?}", secret.as_bytes())));
        assert!(finds_a_secret(&hex::encode(secret)));
        assert!(finds_a_secret(&format!("{:?}", Some(&secret[..12]))));
    }
    assert!(!finds_a_secret("[redacted]"));
}

#[test]
fn what_is_redacted_says_so() {
    let formatted = format_everything();
    for name in ["Credentials", "SecurityHub", "Call", "InFlight", "Signer", "Explanation", "Error", "Cause"] {
        assert!(formatted.0[name].iter().any(|text| text.contains("[redacted]")), "{name}");
    }
}

/// Found by fuzzing: a server that repeats a long token, and an excerpt that ends within one.
#[test]
fn a_token_that_is_cut_with_a_long_body_is_not_shown_in_part() {
    let token = TOKEN.repeat(40);
    let credentials = Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(token.clone()).unwrap();
    let hub = hub().with_credentials(credentials);
    for before in (0..500).step_by(37) {
        let body = [".".repeat(before), token.repeat(60)].concat();
        let answer = response(403, &[], body);
        let (_, in_flight) = hub.delete_invitations(one_id()).sign(now());
        let Outcome::Done(Err(error)) = in_flight.handle_response(&answer, now()) else { panic!("an error") };
        let excerpt = error.excerpt().unwrap();
        assert!(excerpt.contains("[redacted]") && !finds_a_secret(excerpt), "{excerpt}");
    }
}
