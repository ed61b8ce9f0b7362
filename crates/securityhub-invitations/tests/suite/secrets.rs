//! No public type shows a secret. Every one is formatted with secrets in it, and the output is searched.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
};

use securityhub_invitations::{
    AccountId, CallError, Cause, Credentials, DeclineInvitations, DeclineInvitationsOutput, DeleteInvitations,
    DeleteInvitationsOutput, DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, Driver,
    Endpoint, EndpointVariant, Error, ErrorKind, ExchangeError, Failure, GetAdministratorAccount,
    GetAdministratorAccountOutput, InFlight, Limits, ListInvitations, ListInvitationsOutput, ListMembers,
    ListMembersOutput, Next, Operation, Outcome, Partition, ProxyEnvironment, ProxyUrl, Region, Retry, RetryPolicy,
    SecurityHub,
    sigv4::{SignError, Signer},
};
use serde_json::json;

use crate::{
    public_types::public_types,
    support::{KEY_ID, now, one_id, region, response},
};

/// No part of either appears in any message.
const SECRET: &str = "MARKqzSECRETkwx/KEY+pvj";
const TOKEN: &str = "MARKqzTOKENkwx//pvj==";

fn credentials() -> Credentials {
    Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(TOKEN).unwrap().with_expiry(now())
}

fn hub() -> SecurityHub {
    SecurityHub::new(Endpoint::regional(&region("us-east-1")).unwrap(), credentials())
}

/// The secrets in every form in which output could contain them.
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
    // Parts that a shortened secret would leave.
    forms.extend(["MARKqz", "SECRETkwx", "TOKENkwx", "KEY+pvj"].map(str::to_owned));
    forms
}

fn finds_a_secret(text: &str) -> bool {
    forbidden().iter().any(|secret| text.contains(secret.as_str()))
}

/// The formatted values, by the name of their type.
#[derive(Default)]
struct Formatted(BTreeMap<&'static str, Vec<String>>);

impl Formatted {
    fn debug<T: Debug>(&mut self, name: &'static str, value: &T) {
        // Compared with the value's own name, because a list by hand is easily wrong.
        let of_type = std::any::type_name::<T>().split('<').next().unwrap().rsplit("::").next().unwrap();
        assert_eq!(of_type, name);
        self.0.entry(name).or_default().extend([format!("{value:?}"), format!("{value:#?}")]);
    }

    fn both<T: Debug + Display>(&mut self, name: &'static str, value: &T) {
        self.debug(name, value);
        self.0.entry(name).or_default().extend([format!("{value}"), format!("{value:#}")]);
    }
}

/// Responses of a server that quotes the request, as AWS does if a signature does not match.
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
    hub().call(one_id()).sign(now()).1
}

fn retry_after(body: &str) -> Retry {
    match in_flight().handle_response(&response(503, &[], body), now()) {
        Outcome::Retry(retry) => retry,
        Outcome::Done(result) => panic!("{result:?}"),
    }
}

/// Formats the output of an operation whose response quotes the token in every string.
fn output_of<O: Operation>(hub: &SecurityHub, operation: O, body: &serde_json::Value) -> O::Output {
    let quoting = response(200, &[("x-amzn-requestid", TOKEN)], body.to_string());
    match hub.call(operation).sign(now()).1.handle_response(&quoting, now()) {
        Outcome::Done(Ok(output)) => output,
        other => panic!("{other:?}"),
    }
}

fn format_operations(all: &mut Formatted, hub: &SecurityHub) {
    let decline = DeclineInvitations::new(["111122223333"]).unwrap();
    all.debug("DeclineInvitations", &decline);
    let body = json!({ "UnprocessedAccounts": [{ "AccountId": TOKEN, "ProcessingResult": TOKEN }] });
    let output: DeclineInvitationsOutput = output_of(hub, decline.clone(), &body);
    all.debug("Verdict", &output.verdicts(&decline).next().unwrap().1);
    all.debug("DeclineInvitationsOutput", &output);

    let invitation = json!({ "AccountId": TOKEN, "InvitationId": TOKEN, "InvitedAt": TOKEN, "MemberStatus": TOKEN });
    let list = ListInvitations::new().with_page_size(9).unwrap();
    all.debug("ListInvitations", &list);
    let output: ListInvitationsOutput = output_of(hub, list, &json!({ "Invitations": [invitation] }));
    all.debug("Invitation", &output.invitations()[0]);
    all.debug("ListInvitationsOutput", &output);

    let list = ListMembers::new().with_next_token("t");
    all.debug("ListMembers", &list);
    let member = json!({ "AccountId": TOKEN, "Email": TOKEN, "MasterId": TOKEN, "MemberStatus": TOKEN });
    let output: ListMembersOutput = output_of(hub, list.clone(), &json!({ "Members": [member], "NextToken": "t" }));
    all.debug("Member", &output.members()[0]);
    all.debug("ListMembersOutput", &output);
    all.both("PageError", &list.next_page(&output).unwrap_err());

    all.debug("GetAdministratorAccount", &GetAdministratorAccount::new());
    let body = json!({ "Administrator": invitation });
    let output: GetAdministratorAccountOutput = output_of(hub, GetAdministratorAccount::new(), &body);
    all.debug("GetAdministratorAccountOutput", &output);

    let disassociate = DisassociateFromAdministratorAccount::new();
    all.debug("DisassociateFromAdministratorAccount", &disassociate);
    let output: DisassociateFromAdministratorAccountOutput = output_of(hub, disassociate, &json!({}));
    all.debug("DisassociateFromAdministratorAccountOutput", &output);
}

fn format_driver(all: &mut Formatted, hub: &SecurityHub) {
    let limits = Limits::new().with_deadline(std::time::Duration::from_secs(60));
    all.debug("Limits", &limits);
    let driver: Driver<_, String> = Driver::new(hub.call(one_id()), limits);
    all.debug("Driver", &driver);
    let exchange = driver.start(limits.attempt_timeout(), now()).unwrap();
    all.debug("Exchange", &exchange);
    all.debug("Sent", &exchange.in_flight);
    let quoting = response(403, &[("x-amzn-errortype", TOKEN)], json!({ "message": TOKEN }).to_string());
    let next = exchange.in_flight.finish(Ok(quoting), limits.attempt_timeout(), now(), |attempt| {
        all.both("Attempt", attempt);
    });
    all.debug("Next", &next);
    let Next::Done(Err(error)) = next else { panic!("an error") };
    all.both("CallError", &error);
    all.debug("Effects", &error.effects());

    let failure: ExchangeError<String> =
        ExchangeError::Transport { error: "reset".to_owned(), failure: Failure::Interrupted, is_retryable: false };
    all.debug("ExchangeError", &failure);
    let give_up = hub.call(one_id()).sign(now()).1.give_up(Failure::NotSent);
    all.both("GiveUp", &give_up);
    all.debug("GiveUpReason", &give_up.reason());
    all.both("CallError", &CallError::<String>::Service(crate::support::no_error()));
}

fn format_everything() -> Formatted {
    let mut all = Formatted::default();
    let hub = hub();
    let explanation = hub.explain(&one_id(), now());
    let signer = Signer::new(credentials(), &region("us-east-1"), "securityhub").unwrap();

    // Types that hold credentials.
    all.debug("Credentials", &credentials());
    all.debug("SecurityHub", &hub);
    all.debug("Call", &hub.call(one_id()));
    all.debug("InFlight", &in_flight());
    all.debug("Retry", &retry_after(""));
    all.debug("Outcome", &Outcome::Retry(retry_after("")));
    all.debug("Signer", &signer);
    all.both("Explanation", &explanation);
    all.both("Explanation", &signer.explain(&hub.unsigned_request(&one_id()), now()).unwrap());

    // A server that quotes the token.
    for body in quoting_bodies() {
        for status in [200, 400, 403, 503] {
            let response = response(status, &[], &body);
            let outcome = in_flight().handle_response(&response, now());
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
                    let Cause::Error(error) = retry.cause else { panic!("not an error response") };
                    error
                }
            };
            all.both("Error", &error);
            let texts = [error.code(), error.message(), error.excerpt()].into_iter().flatten();
            all.0.entry("Error").or_default().extend(texts.map(str::to_owned));
            // Without a call, the token is unknown and only found by its header line.
            if body.to_ascii_lowercase().contains("x-amz-security-token") {
                all.both("Error", &DeleteInvitationsOutput::from_response(&response).unwrap_err());
            }
        }
    }

    // A successful response that quotes the token.
    let body = json!({ "UnprocessedAccounts": [{ "AccountId": "1", "ProcessingResult": format!("no {TOKEN}") }] });
    let quoting = response(200, &[("x-amzn-requestid", TOKEN)], body.to_string());
    let Outcome::Done(Ok(output)) = in_flight().handle_response(&quoting, now()) else { panic!("not a success") };
    all.debug("DeleteInvitationsOutput", &output);
    all.both("UnprocessedAccount", &output.unprocessed_accounts()[0]);
    all.both("UnprocessedError", &output.into_result().unwrap_err());
    let body = json!({ "UnprocessedAccounts": [{ "AccountId": TOKEN }, { "AccountId": format!("of {TOKEN}") }] });
    let quoting = response(200, &[], body.to_string());
    let Outcome::Done(Ok(output)) = in_flight().handle_response(&quoting, now()) else { panic!("not a success") };
    all.debug("DeleteInvitationsOutput", &output);
    all.both("UnprocessedError", &output.into_result().unwrap_err());

    format_operations(&mut all, &hub);
    format_driver(&mut all, &hub);

    // Errors about secrets.
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
        format!(
            "{{\"Version\":1,\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"x\",\"Expiration\":\"{TOKEN}\"}}"
        ),
    ] {
        all.both("ConfigError", &Credentials::from_process_json(&json).unwrap_err());
        let json = json.replace("\"Version\":1,", "");
        let json = format!("{{\"Credentials\":{json}}}");
        all.both("ConfigError", &Credentials::from_assume_role_json(&json).unwrap_err());
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

    // Passwords of proxies.
    let password = SECRET.replace('/', "%2F");
    all.both("ProxyUrl", &format!("http://{password}:{password}@proxy.example").parse::<ProxyUrl>().unwrap());
    for bad in
        [format!("http://user:{SECRET}@proxy.example"), format!("socks5://u:{password}@h"), format!("{password}://h")]
    {
        all.both("ConfigError", &bad.parse::<ProxyUrl>().unwrap_err());
        let environment = ProxyEnvironment::from_vars(|_| Some(bad.clone().into()));
        all.debug("ProxyEnvironment", &environment);
        all.both("ConfigError", &environment.proxy_for(&"https://example.com".parse().unwrap()).unwrap_err());
    }

    // Types that never hold a secret, to complete the list.
    let id: AccountId = "111122223333".parse().unwrap();
    all.both("AccountId", &id);
    all.both("AccountIdError", &"x".parse::<AccountId>().unwrap_err());
    all.both("InvalidAccountIds", &DeleteInvitations::new(["x"]).unwrap_err());
    all.debug("Partition", &Partition::all()[0]);
    all.debug("ListedRegion", &Partition::all()[0].regions()[0]);
    all.debug("DeleteInvitations", &one_id());
    all.both("Region", &region("us-east-1"));
    all.both("ConfigError", &"X".parse::<Region>().unwrap_err());
    all.debug("Endpoint", hub.endpoint());
    all.debug("EndpointVariant", &EndpointVariant::default());
    all.both("ErrorKind", &ErrorKind::Other);
    all.both("Failure", &Failure::TimedOut);
    all.debug("RetryPolicy", &RetryPolicy::standard().with_seed(1));
    let body = r#"{"UnprocessedAccounts":[{"AccountId":"1","ProcessingResult":"x"}]}"#;
    let output = DeleteInvitationsOutput::from_response(&response(200, &[], body)).unwrap();
    all.both("UnprocessedAccount", &output.unprocessed_accounts()[0]);
    all.debug("DeleteInvitationsOutput", &output);
    all.both("UnprocessedError", &output.into_result().unwrap_err());
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

/// Proves that the search works.
#[test]
fn finds_the_two_places_that_show_a_token() {
    // The raw field of an explanation, which is documented.
    assert!(finds_a_secret(&hub().explain(&one_id(), now()).canonical_request));
    // The request's own header.
    let request = hub().signed_request(&one_id(), now());
    assert!(finds_a_secret(request.headers()["x-amz-security-token"].to_str().unwrap()));
    // The header is marked as sensitive, so a logged request does not show it.
    assert!(!finds_a_secret(&format!("{request:?}")));

    for secret in [SECRET, TOKEN] {
        assert!(finds_a_secret(secret));
        assert!(finds_a_secret(&format!("{:?}", secret.as_bytes())));
        assert!(finds_a_secret(&hex::encode(secret)));
        assert!(finds_a_secret(&format!("{:?}", Some(&secret[..12]))));
    }
    assert!(!finds_a_secret("[redacted]"));
}

/// Finding B6: a server, proxy or framework that escapes, wraps or shortens the token that it quotes.
#[test]
fn redacts_tokens_that_a_server_rewrote() {
    let token = "MARKqzTOKENkwx//pvj+MARKqzTOKENkwx/+pvj==";
    let credentials = Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(token).unwrap();
    let hub = hub().with_credentials(credentials);
    let html = token.replace('/', "&#47;").replace('+', "&plus;").replace('=', "&equals;");
    let forms = [
        token.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
        token.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d"),
        token.replace('/', "%252F").replace('+', "%252B").replace('=', "%253D"),
        token.replace('/', "\\/"),
        token.replace('/', "\\u002f").replace('+', "\\u002B"),
        html.replace('&', "&amp;"),
        html,
        token.replace('/', "&#x2F;"),
        format!("{}\n{}", &token[..20], &token[20..]),
        format!("{}\\r\\n {}", &token[..20], &token[20..]),
        format!("{}...", &token[..12]),
        format!("{}…", &token[..30]),
        token[..24].to_owned(),
    ];
    let is_shown = |shown: &str| ["MARKqz", "TOKENkwx", "pvj"].iter().any(|part| shown.contains(part));
    for form in &forms {
        let quoted = serde_json::to_string(form).unwrap();
        for (headers, body) in [
            (&[][..], format!("{{\"message\":{quoted}}}")),
            // A code starts after its last `#`, which would leave a short end of the token.
            (&[], if form.contains('#') { form.clone() } else { format!("{{\"code\":{quoted}}}") }),
            (&[], format!("{{\"message\":{quoted}")),
            (&[], format!("<html><p>{form}</p></html>")),
            (&[], format!("{form}{form}")),
            (&[("x-amzn-requestid", form.replace(['\n', '…'], ""))], String::new()),
        ] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (_, in_flight) = hub.call(one_id()).sign(now());
            let Outcome::Done(Err(error)) = in_flight.handle_response(&response(403, &headers, &body), now()) else {
                panic!("not an error")
            };
            let parts = [error.code(), error.message(), error.excerpt(), error.request_id()].into_iter().flatten();
            let shown: Vec<_> = parts
                .map(str::to_owned)
                .chain([format!("{error}"), format!("{error:?}"), format!("{error:#?}")])
                .collect();
            assert!(shown.iter().any(|shown| shown.contains("[redacted]")), "{body} {shown:?}");
            for shown in shown {
                assert!(!is_shown(&shown), "{body} {shown}");
            }
        }
    }
}

#[test]
fn redacted_types_say_so() {
    let formatted = format_everything();
    for name in ["Credentials", "SecurityHub", "Call", "InFlight", "Signer", "Explanation", "Error", "Cause"] {
        assert!(formatted.0[name].iter().any(|text| text.contains("[redacted]")), "{name}");
    }
}

/// Found by fuzzing: a server repeats a long token, and the excerpt ends within one.
#[test]
fn redacts_tokens_cut_by_the_excerpt() {
    let token = TOKEN.repeat(40);
    let credentials = Credentials::new(KEY_ID, SECRET).unwrap().with_session_token(token.clone()).unwrap();
    let hub = hub().with_credentials(credentials);
    for before in (0..500).step_by(37) {
        let body = [".".repeat(before), token.repeat(60)].concat();
        let response = response(403, &[], body);
        let (_, in_flight) = hub.call(one_id()).sign(now());
        let Outcome::Done(Err(error)) = in_flight.handle_response(&response, now()) else { panic!("not an error") };
        let excerpt = error.excerpt().unwrap();
        assert!(excerpt.contains("[redacted]") && !finds_a_secret(excerpt), "{excerpt}");
    }
}
