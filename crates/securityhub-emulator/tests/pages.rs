//! Pages of invitations and members.

mod common;

use common::{ADMINISTRATOR, Call, fail, id, region, succeed, two_sides};
use securityhub_emulator::{Emulator, MemberStatus};
use serde_json::Value;

/// An emulator whose default account has `count` invitations, and whose administrator has `count` members.
fn with_entries(count: u16) -> Emulator {
    let emulator = two_sides();
    let administrator = emulator.account(id(ADMINISTRATOR));
    for number in 0..count {
        let other = id(&format!("{:012}", 100 + number));
        emulator.invite(&region("us-east-1"), other);
        let status = if number % 2 == 0 { MemberStatus::Enabled } else { MemberStatus::Resigned };
        administrator.set_member(&region("us-east-1"), other, status);
    }
    emulator
}

/// Percent-encodes a token the way that a signed query must.
fn encode(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn accounts(body: &Value, list: &str) -> Vec<String> {
    let list = body[list].as_array().unwrap();
    list.iter().map(|entry| entry["AccountId"].as_str().unwrap().to_owned()).collect()
}

fn invitations(token: &str) -> Call {
    Call::get(&format!("/invitations?MaxResults=3&NextToken={}", encode(token)))
}

fn next_token(body: &Value) -> String {
    body["NextToken"].as_str().unwrap().to_owned()
}

#[test]
fn three_pages_have_every_entry_once() {
    let emulator = with_entries(8);
    let first = succeed(&emulator, &Call::get("/invitations?MaxResults=3"));
    let second = succeed(&emulator, &invitations(&next_token(&first)));
    let third = succeed(&emulator, &invitations(&next_token(&second)));
    assert!(third.get("NextToken").is_none());
    let pages = [&first, &second, &third].map(|page| accounts(page, "Invitations"));
    assert_eq!(pages.each_ref().map(Vec::len), [3, 3, 2]);
    let expected: Vec<String> = (100..108).map(|number| format!("{number:012}")).collect();
    assert_eq!(pages.concat(), expected);
}

#[test]
fn member_pages_apply_filter_first() {
    let emulator = with_entries(12);
    let page = |query: String| succeed(&emulator, &Call::get(&format!("/members?{query}")).by_administrator());
    let mut seen = Vec::new();
    let mut body = page("MaxResults=2&OnlyAssociated=true".to_owned());
    let mut pages = 1;
    loop {
        seen.extend(accounts(&body, "Members"));
        let Some(token) = body.get("NextToken").and_then(Value::as_str) else { break };
        body = page(format!("MaxResults=2&NextToken={}&OnlyAssociated=true", encode(token)));
        pages += 1;
    }
    let expected: Vec<String> = (100..112).step_by(2).map(|number| format!("{number:012}")).collect();
    assert_eq!((pages, seen), (3, expected));
    assert_eq!(accounts(&page("OnlyAssociated=false".to_owned()), "Members").len(), 12);
}

#[test]
fn default_page_has_50_entries() {
    let emulator = with_entries(51);
    let first = succeed(&emulator, &Call::get("/invitations"));
    assert_eq!(accounts(&first, "Invitations").len(), 50);
    assert!(first["NextToken"].is_string());
    assert!(succeed(&with_entries(50), &Call::get("/invitations")).get("NextToken").is_none());
    let all = succeed(&with_entries(50), &Call::get("/members?MaxResults=50&OnlyAssociated=false").by_administrator());
    assert_eq!(accounts(&all, "Members").len(), 50);
}

#[test]
fn pages_are_stable_while_entries_are_deleted() {
    let emulator = with_entries(8);
    let first = succeed(&emulator, &Call::get("/invitations?MaxResults=3"));
    // The whole first page, and with it the entry that the token names, is gone.
    let deleted = serde_json::json!({ "AccountIds": accounts(&first, "Invitations") }).to_string();
    succeed(&emulator, &Call::post("/invitations/delete", &deleted));
    let second = succeed(&emulator, &invitations(&next_token(&first)));
    assert_eq!(accounts(&second, "Invitations"), ["000000000103", "000000000104", "000000000105"]);
    // An entry before the token does not move the page.
    emulator.invite(&region("us-east-1"), id("000000000001"));
    assert_eq!(succeed(&emulator, &invitations(&next_token(&first))), second);
}

#[test]
fn tokens_need_percent_encoding() {
    let emulator = with_entries(8);
    let token = next_token(&succeed(&emulator, &Call::get("/invitations?MaxResults=3")));
    assert!(token.contains('+') && token.contains('/') && token.contains('='), "{token}");
    // Signed correctly, but sent with a literal plus sign, which servers read as a space.
    let mut request = invitations(&token).sign();
    *request.uri_mut() = request.uri().to_string().replace("%2B", "+").parse().unwrap();
    let response = emulator.handle(&request, common::now());
    assert_eq!(common::error(&response).1, "InvalidInputException");
}

#[test]
fn rejects_foreign_tokens() {
    let emulator = with_entries(8);
    let token = next_token(&succeed(&emulator, &Call::get("/invitations?MaxResults=3")));
    let members = succeed(&emulator, &Call::get("/members?MaxResults=2").by_administrator());
    let elsewhere = Call {
        scope: "20261122/eu-west-1/securityhub/aws4_request".to_owned(),
        host: "localhost".to_owned(),
        ..invitations(&token)
    };
    for call in [
        invitations(""),
        invitations("x"),
        invitations(&token[1..]),
        invitations(&token.replace("+", "+0")),
        invitations(&format!("{token}=")),
        invitations(&next_token(&members)),
        invitations(&token).by_administrator(),
        elsewhere,
    ] {
        let (status, code, message) = fail(&emulator, &call);
        assert_eq!((status, &*code, &*message), (400, "InvalidInputException", "Invalid NextToken."), "{call:?}");
    }
}

#[test]
fn rejects_invalid_page_sizes() {
    let emulator = with_entries(1);
    for value in ["", "0", "51", "-1", "%2B1", "1.0", "x", "99999999999999999999", "%201"] {
        for path in ["/invitations", "/members"] {
            let (status, code, message) = fail(&emulator, &Call::get(&format!("{path}?MaxResults={value}")));
            assert_eq!((status, &*code), (400, "InvalidInputException"), "{value}");
            assert!(message.starts_with("Invalid MaxResults '"), "{message}");
        }
    }
    for query in ["MaxResults=1", "MaxResults=50", "Unknown=1"] {
        succeed(&emulator, &Call::get(&format!("/invitations?{query}")));
    }
}

#[test]
fn rejects_invalid_and_repeated_parameters() {
    let emulator = with_entries(1);
    for (query, expected) in [
        ("OnlyAssociated=", "Invalid OnlyAssociated ''. It must be true or false."),
        ("OnlyAssociated=1", "Invalid OnlyAssociated '1'. It must be true or false."),
        ("MaxResults=1&MaxResults=1", "MaxResults is given more than once."),
        ("OnlyAssociated=false&OnlyAssociated=true", "OnlyAssociated is given more than once."),
    ] {
        let (status, code, message) = fail(&emulator, &Call::get(&format!("/members?{query}")));
        assert_eq!((status, &*code, &*message), (400, "InvalidInputException", expected));
    }
}

#[test]
fn changed_query_invalidates_signature() {
    let emulator = with_entries(8);
    let mut request = Call::get("/members?MaxResults=2&OnlyAssociated=true").sign();
    *request.uri_mut() = "/members?MaxResults=2&OnlyAssociated=false".parse().unwrap();
    assert_eq!(common::error(&emulator.handle(&request, common::now())).1, "InvalidSignatureException");
}
