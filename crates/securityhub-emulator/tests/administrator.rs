//! The relation of a member to its administrator, from both sides.

mod common;

use common::{ADMINISTRATOR, Call, fail, id, region, succeed, two_sides};
use http::HeaderValue;
use securityhub_emulator::{Emulator, MemberStatus};
use serde_json::{Value, json};

const MEMBER: &str = Emulator::DEFAULT_ACCOUNT;

fn associated() -> Emulator {
    let emulator = two_sides();
    emulator.account(id(ADMINISTRATOR)).set_member(&region("us-east-1"), id(MEMBER), MemberStatus::Enabled);
    emulator
}

fn disassociate(body: &str) -> Call {
    Call::post("/administrator/disassociate", body)
}

/// Account and status of the administrator's members.
fn members(emulator: &Emulator) -> Vec<(String, MemberStatus)> {
    let members = emulator.account(id(ADMINISTRATOR)).members(&region("us-east-1"));
    members.iter().map(|member| (member.account.to_string(), member.status)).collect()
}

#[test]
fn returns_administrator() {
    let emulator = associated();
    assert_eq!(
        succeed(&emulator, &Call::get("/administrator")),
        json!({ "Administrator": {
            "AccountId": ADMINISTRATOR,
            "InvitationId": emulator.account(id(MEMBER)).administrator(&region("us-east-1")).unwrap().id,
            "InvitedAt": "2026-01-01T00:01:00.000Z",
            "MemberStatus": "Enabled",
        } })
    );
}

#[test]
fn returns_empty_object_without_administrator() {
    let emulator = two_sides();
    assert_eq!(succeed(&emulator, &Call::get("/administrator")), json!({}));
    for status in ["Created", "Invited", "Removed", "Resigned", "Deleted", "AccountSuspended"] {
        let status = status.parse().unwrap();
        emulator.account(id(ADMINISTRATOR)).set_member(&region("us-east-1"), id(MEMBER), status);
        assert_eq!(succeed(&emulator, &Call::get("/administrator")), json!({}));
    }
    assert_eq!(succeed(&associated(), &Call::get("/administrator").by_administrator()), json!({}));
}

#[test]
fn disassociating_ends_relation_on_both_sides() {
    for body in ["", "{}", r#" {"Unknown": 1} "#] {
        let emulator = associated();
        assert_eq!(succeed(&emulator, &disassociate(body)), json!({}), "{body}");
        assert_eq!(succeed(&emulator, &Call::get("/administrator")), json!({}));
        assert_eq!(succeed(&emulator, &Call::get("/invitations"))["Invitations"][0]["MemberStatus"], "Resigned");
        assert_eq!(members(&emulator), [(MEMBER.to_owned(), MemberStatus::Resigned)]);
        assert_eq!(succeed(&emulator, &Call::get("/members").by_administrator()), json!({ "Members": [] }));
    }
}

#[test]
fn disassociating_needs_no_content_type() {
    let request = disassociate("").sign();
    assert!(!request.headers().contains_key("content-type"));
    let with_type = Call { more_signed: vec![("content-type", "application/json".to_owned())], ..disassociate("") };
    let with_type = with_type.sign();
    assert_eq!(with_type.headers()["content-type"], HeaderValue::from_static("application/json"));
    for request in [request, with_type] {
        assert_eq!(associated().handle(&request, common::now()).status(), 200);
    }
}

#[test]
fn disassociating_rejects_other_bodies() {
    for body in ["[]", "null", "x", "{"] {
        let emulator = associated();
        let (status, code, _) = fail(&emulator, &disassociate(body));
        assert_eq!((status, &*code), (400, "InvalidInputException"), "{body}");
        assert_eq!(members(&emulator), [(MEMBER.to_owned(), MemberStatus::Enabled)]);
    }
}

#[test]
fn disassociating_without_administrator_is_bad_request() {
    let emulator = associated();
    succeed(&emulator, &disassociate(""));
    for call in [disassociate(""), disassociate("").by_administrator()] {
        let (status, code, message) = fail(&emulator, &call);
        assert_eq!((status, &*code), (400, "BadRequestException"));
        assert!(message.contains("not associated"), "{message}");
    }
}

#[test]
fn lists_members_of_administrator_only() {
    let emulator = associated();
    let expected: Value = json!({
        "AccountId": MEMBER,
        "Email": "123456789012@example.com",
        "MasterId": ADMINISTRATOR,
        "AdministratorId": ADMINISTRATOR,
        "MemberStatus": "Enabled",
        "InvitedAt": "2026-01-01T00:01:00.000Z",
        "UpdatedAt": "2026-01-01T00:01:00.000Z",
    });
    assert_eq!(succeed(&emulator, &Call::get("/members").by_administrator()), json!({ "Members": [expected] }));
    assert_eq!(succeed(&emulator, &Call::get("/members")), json!({ "Members": [] }));
}

#[test]
fn only_associated_members_are_default() {
    let emulator = two_sides();
    let administrator = emulator.account(id(ADMINISTRATOR));
    let statuses = ["Created", "Invited", "Enabled", "Removed", "Resigned", "Deleted", "AccountSuspended"];
    for (number, status) in (0..).zip(statuses) {
        administrator.set_member(&region("us-east-1"), id(&format!("{number:012}")), status.parse().unwrap());
    }
    let listed = |query: &str| -> Vec<String> {
        let body = succeed(&emulator, &Call::get(&format!("/members{query}")).by_administrator());
        let list = body["Members"].as_array().unwrap();
        list.iter().map(|member| member["MemberStatus"].as_str().unwrap().to_owned()).collect()
    };
    for query in ["", "?OnlyAssociated=true", "?OnlyAssociated=TRUE"] {
        assert_eq!(listed(query), ["Enabled"], "{query}");
    }
    for query in ["?OnlyAssociated=false", "?OnlyAssociated=FALSE"] {
        assert_eq!(listed(query), statuses, "{query}");
    }
    let created = succeed(&emulator, &Call::get("/members?OnlyAssociated=false").by_administrator());
    assert!(created["Members"][0].get("InvitedAt").is_none());
}

#[test]
fn new_administrator_replaces_old_one() {
    let emulator = associated();
    let new = emulator.account(id("111122223333"));
    new.set_member(&region("us-east-1"), id(MEMBER), MemberStatus::Enabled);
    let administrator = succeed(&emulator, &Call::get("/administrator"));
    assert_eq!(administrator["Administrator"]["AccountId"], "111122223333");
    assert_eq!(members(&emulator), [(MEMBER.to_owned(), MemberStatus::Resigned)]);
    new.set_member(&region("us-east-1"), id(MEMBER), MemberStatus::Removed);
    assert_eq!(succeed(&emulator, &Call::get("/administrator")), json!({}));
}

#[test]
fn rejects_unknown_member_status() {
    let error = "Associated".parse::<MemberStatus>().unwrap_err().to_string();
    assert!(error.starts_with(r#"invalid member status "Associated" (expected Created, Invited, "#), "{error}");
    assert_eq!("resigned".parse(), Ok(MemberStatus::Resigned));
}
