//! Received invitations: listing, declining and deleting, and the effects on both sides.

mod common;

use common::{ADMINISTRATOR, Call, fail, id, now, region, succeed, two_sides};
use securityhub_emulator::{Emulator, Fault, MemberStatus};
use serde_json::json;

const MEMBER: &str = Emulator::DEFAULT_ACCOUNT;

fn ids(ids: &[&str]) -> String {
    json!({ "AccountIds": ids }).to_string()
}

fn decline(accounts: &[&str]) -> Call {
    Call::post("/invitations/decline", &ids(accounts))
}

fn delete(accounts: &[&str]) -> Call {
    Call::post("/invitations/delete", &ids(accounts))
}

/// Account and status of every invitation that the caller sees.
fn listed(emulator: &Emulator, call: &Call) -> Vec<(String, String)> {
    let body = succeed(emulator, call);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let list = body["Invitations"].as_array().unwrap();
    list.iter().map(|invitation| (text(&invitation["AccountId"]), text(&invitation["MemberStatus"]))).collect()
}

fn status_of_member(emulator: &Emulator) -> MemberStatus {
    emulator.account(id(ADMINISTRATOR)).members(&region("us-east-1"))[0].status
}

#[test]
fn lists_received_invitations() {
    let emulator = Emulator::new();
    assert_eq!(succeed(&emulator, &Call::get("/invitations")), json!({ "Invitations": [] }));
    for sender in ["444455556666", "111122223333"] {
        emulator.invite(&region("us-east-1"), id(sender));
    }
    assert_eq!(
        succeed(&emulator, &Call::get("/invitations")),
        json!({ "Invitations": [
            {
                "AccountId": "111122223333",
                "InvitationId": "419c35bed7f6f4b1af18c7f961103a67",
                "InvitedAt": "2026-01-01T00:02:00.000Z",
                "MemberStatus": "Invited",
            },
            {
                "AccountId": "444455556666",
                "InvitationId": "61452ff0b6ea07b5588df29ea5cd5ffb",
                "InvitedAt": "2026-01-01T00:01:00.000Z",
                "MemberStatus": "Invited",
            },
        ] })
    );
    let eu_west_1 = "20261122/eu-west-1/securityhub/aws4_request".to_owned();
    let elsewhere = Call { host: "localhost".to_owned(), scope: eu_west_1, ..Call::get("/invitations") };
    assert_eq!(listed(&emulator, &elsewhere), []);
}

#[test]
fn repeated_invitation_has_new_id() {
    let emulator = Emulator::new();
    let account = emulator.account(id(MEMBER));
    let invite = || {
        emulator.invite(&region("us-east-1"), id("111122223333"));
        account.invitations(&region("us-east-1"))[0].id.clone()
    };
    let (first, second) = (invite(), invite());
    assert_ne!(first, second);
    assert_eq!(account.invitations(&region("us-east-1")).len(), 1);
    for invitation in [first, second] {
        assert!(invitation.len() == 32 && invitation.bytes().all(|byte| byte.is_ascii_hexdigit()), "{invitation}");
    }
}

#[test]
fn declining_marks_member_resigned_at_administrator() {
    let emulator = two_sides();
    emulator.invite(&region("us-east-1"), id(ADMINISTRATOR));
    assert_eq!(status_of_member(&emulator), MemberStatus::Invited);
    let result = "The account has no invitation in this Region";
    assert_eq!(
        succeed(&emulator, &decline(&["x", ADMINISTRATOR, "111122223333"])),
        json!({ "UnprocessedAccounts": [
            { "AccountId": "x", "ProcessingResult": result },
            { "AccountId": "111122223333", "ProcessingResult": result },
        ] })
    );
    let members = succeed(&emulator, &Call::get("/members?OnlyAssociated=false").by_administrator());
    assert_eq!(members["Members"][0]["MemberStatus"], "Resigned");
    assert_eq!(members["Members"][0]["UpdatedAt"], "2026-11-22T20:37:05.000Z");
    assert_eq!(members["Members"][0]["InvitedAt"], "2026-01-01T00:01:00.000Z");
    // A retry succeeds, and the declined invitation can be deleted.
    assert_eq!(listed(&emulator, &Call::get("/invitations")), [(ADMINISTRATOR.to_owned(), "Resigned".to_owned())]);
    assert_eq!(succeed(&emulator, &decline(&[ADMINISTRATOR])), json!({ "UnprocessedAccounts": [] }));
    assert_eq!(succeed(&emulator, &delete(&[ADMINISTRATOR])), json!({ "UnprocessedAccounts": [] }));
    assert_eq!(listed(&emulator, &Call::get("/invitations")), []);
    assert_eq!(succeed(&emulator, &decline(&[ADMINISTRATOR]))["UnprocessedAccounts"][0]["AccountId"], ADMINISTRATOR);
}

#[test]
fn administrator_cannot_decline_sent_invitations() {
    let emulator = two_sides();
    emulator.invite(&region("us-east-1"), id(ADMINISTRATOR));
    let body = succeed(&emulator, &decline(&[MEMBER]).by_administrator());
    assert_eq!(body["UnprocessedAccounts"][0]["AccountId"], MEMBER);
    assert_eq!(status_of_member(&emulator), MemberStatus::Invited);
}

#[test]
fn deletes_received_and_sent_invitations() {
    for call in [delete(&[ADMINISTRATOR]), delete(&[MEMBER]).by_administrator()] {
        let emulator = two_sides();
        emulator.invite(&region("us-east-1"), id(ADMINISTRATOR));
        emulator.invite(&region("us-east-1"), id("111122223333"));
        assert_eq!(succeed(&emulator, &call), json!({ "UnprocessedAccounts": [] }));
        assert_eq!(emulator.invitations(&region("us-east-1")), [id("111122223333")]);
        assert_eq!(emulator.counters().deleted, 1);
        assert_eq!(status_of_member(&emulator), MemberStatus::Invited);
        assert_eq!(succeed(&emulator, &call)["UnprocessedAccounts"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn accepted_invitations_are_neither_declined_nor_deleted() {
    let emulator = two_sides();
    emulator.account(id(ADMINISTRATOR)).set_member(&region("us-east-1"), id(MEMBER), MemberStatus::Enabled);
    for call in [decline(&[ADMINISTRATOR]), delete(&[ADMINISTRATOR]), delete(&[MEMBER]).by_administrator()] {
        let body = succeed(&emulator, &call);
        let result = body["UnprocessedAccounts"][0]["ProcessingResult"].as_str().unwrap();
        assert_eq!(result, "The invitation was accepted. Disassociate from the administrator account first");
    }
    assert_eq!(listed(&emulator, &Call::get("/invitations")), [(ADMINISTRATOR.to_owned(), "Enabled".to_owned())]);
    succeed(&emulator, &Call::post("/administrator/disassociate", ""));
    assert_eq!(succeed(&emulator, &delete(&[ADMINISTRATOR])), json!({ "UnprocessedAccounts": [] }));
    assert_eq!(listed(&emulator, &Call::get("/invitations")), []);
}

#[test]
fn unsubscribed_accounts_are_refused_everywhere() {
    let emulator = two_sides();
    emulator.set_subscribed(&region("us-east-1"), false);
    emulator.invite(&region("us-east-1"), id(ADMINISTRATOR));
    let message = "Account 123456789012 is not subscribed to AWS Security Hub";
    for call in [
        delete(&[ADMINISTRATOR]),
        decline(&[ADMINISTRATOR]),
        Call::get("/invitations"),
        Call::get("/members"),
        Call::get("/administrator"),
        Call::post("/administrator/disassociate", ""),
    ] {
        assert_eq!(fail(&emulator, &call), (401, "InvalidAccessException".to_owned(), message.to_owned()));
        // The other side is subscribed.
        if call.path != "/administrator/disassociate" {
            succeed(&emulator, &call.by_administrator());
        }
    }
    emulator.account(id(ADMINISTRATOR)).set_subscribed(&region("us-east-1"), false);
    assert_eq!(fail(&emulator, &Call::get("/members").by_administrator()).0, 401);
    assert_eq!(emulator.invitations(&region("us-east-1")), [id(ADMINISTRATOR)]);
}

#[test]
fn faults_keep_every_operation_from_taking_effect() {
    let emulator = two_sides();
    emulator.invite(&region("us-east-1"), id(ADMINISTRATOR));
    emulator.script_faults([Fault::throttled(), Fault::none().drop_before_response().after_processing()]);
    let request = decline(&[ADMINISTRATOR]).sign();
    assert_eq!(emulator.handle(&request, now()).status(), 429);
    assert_eq!(status_of_member(&emulator), MemberStatus::Invited);
    emulator.handle(&request, now());
    assert_eq!(status_of_member(&emulator), MemberStatus::Resigned);
}
