//! The six operations: their requests (rules 1 and 12), and the members of their outputs.

use std::time::{Duration, SystemTime};

use http::Method;
use securityhub_invitations::{
    DeclineInvitations, DisassociateFromAdministratorAccount, DisassociateFromAdministratorAccountOutput, ErrorKind,
    GetAdministratorAccount, GetAdministratorAccountOutput, Invitation, ListInvitations, ListInvitationsOutput,
    ListMembers, ListMembersOutput, Operation,
};
use serde_json::{Value, json};

use crate::support::{
    NOW, TOKEN, at, credentials, header_of, headers_of, hub, now, one_id, response, temporary_credentials,
};

fn names<B>(request: &http::Request<B>) -> Vec<String> {
    headers_of(request).into_iter().map(|(name, _)| name).collect()
}

/// The hash of an empty body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn check_request<O: Operation>(operation: &O, name: &str, method: &Method, path: &str, body: &str) {
    assert_eq!(O::NAME, name);
    let hub = hub().with_credentials(credentials());
    let request = hub.signed_request(operation, now());
    assert_eq!((request.method(), request.uri().path(), request.uri().query()), (method, path, None), "{name}");
    assert_eq!(request.body(), body, "{name}");
    let has_body = !body.is_empty();
    let (expected, signed) = if has_body {
        (&["authorization", "content-type", "x-amz-date"][..], "content-type;host;x-amz-date")
    } else {
        (&["authorization", "x-amz-date"][..], "host;x-amz-date")
    };
    assert_eq!(names(&request), expected, "{name}");
    let authorization = header_of(&request, "authorization");
    assert!(authorization.contains(&format!("SignedHeaders={signed},")), "{authorization}");
    assert!(authorization.contains("/us-east-1/securityhub/aws4_request"), "{authorization}");
    let explanation = hub.explain(operation, now());
    assert!(explanation.canonical_request.starts_with(&format!("{method}\n{path}\n\n")), "{explanation}");
    assert_eq!(explanation.canonical_request.ends_with(EMPTY), !has_body, "{name}");

    let with_token = hub.with_credentials(temporary_credentials()).signed_request(operation, now());
    assert_eq!(header_of(&with_token, "x-amz-security-token"), TOKEN);
    assert!(header_of(&with_token, "authorization").contains(&format!("SignedHeaders={signed};x-amz-security-token,")));

    let unsigned = hub.unsigned_request(operation);
    assert_eq!(names(&unsigned), if has_body { &["content-type"][..] } else { &[] }, "{name}");
    assert_eq!((unsigned.method(), unsigned.uri(), unsigned.body()), (method, request.uri(), request.body()));
    if has_body {
        assert_eq!(header_of(&unsigned, "content-type"), "application/json");
    }
}

#[test]
fn requests_follow_the_model() {
    let body = r#"{"AccountIds":["111122223333"]}"#;
    check_request(&one_id(), "DeleteInvitations", &Method::POST, "/invitations/delete", body);
    let decline = DeclineInvitations::new(["111122223333"]).unwrap();
    check_request(&decline, "DeclineInvitations", &Method::POST, "/invitations/decline", body);
    check_request(&ListInvitations::new(), "ListInvitations", &Method::GET, "/invitations", "");
    check_request(&ListMembers::new(), "ListMembers", &Method::GET, "/members", "");
    let get = GetAdministratorAccount::new();
    check_request(&get, "GetAdministratorAccount", &Method::GET, "/administrator", "");
    let disassociate = DisassociateFromAdministratorAccount::new();
    let name = "DisassociateFromAdministratorAccount";
    check_request(&disassociate, name, &Method::POST, "/administrator/disassociate", "");
}

fn invitations(entry: &Value) -> Result<Vec<Invitation>, securityhub_invitations::Error> {
    let body = json!({ "Invitations": [entry] }).to_string();
    ListInvitationsOutput::from_response(&response(200, &[], body)).map(|output| output.invitations().to_vec())
}

#[test]
fn invitations_have_four_optional_members() {
    let all = json!({
        "AccountId": "111122223333",
        "InvitationId": "7ab938c5d52d7904ad09f9e7c20cc4eb",
        "InvitedAt": "2026-11-22T20:37:05Z",
        "MemberStatus": "Invited",
        "Unknown": [1],
    });
    let [invitation] = &invitations(&all).unwrap()[..] else { panic!("one invitation") };
    assert_eq!(invitation.account_id(), Some("111122223333"));
    assert_eq!(invitation.invitation_id(), Some("7ab938c5d52d7904ad09f9e7c20cc4eb"));
    assert_eq!(invitation.invited_at(), Some(at(NOW)));
    assert_eq!(invitation.member_status(), Some("Invited"));
    for empty in
        [json!({}), json!({ "AccountId": null, "InvitationId": null, "InvitedAt": null, "MemberStatus": null })]
    {
        let [invitation] = &invitations(&empty).unwrap()[..] else { panic!("one invitation") };
        assert_eq!((invitation.account_id(), invitation.invitation_id()), (None, None));
        assert_eq!((invitation.invited_at(), invitation.member_status()), (None, None));
    }
    for wrong in [json!({ "AccountId": 1 }), json!({ "InvitationId": [] }), json!({ "MemberStatus": {} })] {
        assert_eq!(invitations(&wrong).unwrap_err().kind(), ErrorKind::Malformed, "{wrong}");
    }
}

/// Times in each format that AWS uses, and others, which do not fail the list.
#[test]
fn invited_at_accepts_any_format() {
    let fraction = |nanoseconds| Some(at(NOW) + Duration::from_nanos(nanoseconds));
    for (value, expected) in [
        (json!("2026-11-22T20:37:05Z"), fraction(0)),
        (json!("2026-11-22T20:37:05.000Z"), fraction(0)),
        (json!("2026-11-22T20:37:05.123Z"), fraction(123_000_000)),
        (json!("2026-11-22T20:37:05.123456Z"), fraction(123_456_000)),
        (json!("2026-11-22T20:37:05.123456789Z"), fraction(123_456_789)),
        (json!("2026-11-22t20:37:05z"), fraction(0)),
        (json!("2026-11-22T20:37:05+00:00"), fraction(0)),
        (json!("2026-11-22T21:37:05+01:00"), fraction(0)),
        (json!("2026-11-22T21:37:05+0100"), fraction(0)),
        (json!("2026-11-22T12:37:05.5-08:00"), fraction(500_000_000)),
        (json!("Sun, 22 Nov 2026 20:37:05 GMT"), fraction(0)),
        (json!(NOW), fraction(0)),
        (json!(1_795_379_825.5), fraction(500_000_000)),
        (json!(0), Some(SystemTime::UNIX_EPOCH)),
        (json!(null), None),
        (json!(""), None),
        (json!("yesterday"), None),
        (json!("2026-11-22"), None),
        (json!("2026-11-22 20:37:05"), None),
        (json!("2026-11-22T20:37:05"), None),
        (json!("2026-13-22T20:37:05Z"), None),
        (json!("2026-02-30T20:37:05Z"), None),
        (json!("1969-12-31T23:59:59Z"), None),
        (json!(-1), None),
        (json!(-0.5), None),
        (json!(1e300), None),
    ] {
        let [invitation] = &invitations(&json!({ "InvitedAt": value })).unwrap()[..] else { panic!("one invitation") };
        assert_eq!(invitation.invited_at(), expected, "{value}");
    }
    let huge = r#"{"Invitations":[{"InvitedAt":18446744073709551615},{"InvitedAt":1.79537982505E9}]}"#;
    let output = ListInvitationsOutput::from_response(&response(200, &[], huge)).unwrap();
    assert_eq!(output.invitations()[1].invited_at(), fraction(49_999_952), "as precise as a double");
    for wrong in [json!(true), json!([]), json!({})] {
        let error = invitations(&json!({ "InvitedAt": wrong })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{wrong}");
    }
}

#[test]
fn members_have_seven_optional_members() {
    let members = |entries: Value| {
        let body = json!({ "Members": entries }).to_string();
        ListMembersOutput::from_response(&response(200, &[], body)).map(|output| output.members().to_vec())
    };
    let all = json!([{
        "AccountId": "111122223333",
        "Email": "é@example.com",
        "MasterId": "444455556666",
        "AdministratorId": "777788889999",
        "MemberStatus": "Enabled",
        "InvitedAt": "2026-11-22T20:37:05Z",
        "UpdatedAt": "2026-11-22T20:37:06Z",
    }]);
    let [member] = &members(all).unwrap()[..] else { panic!("one member") };
    assert_eq!((member.account_id(), member.email()), (Some("111122223333"), Some("é@example.com")));
    assert_eq!((member.administrator_id(), member.member_status()), (Some("777788889999"), Some("Enabled")));
    assert_eq!((member.invited_at(), member.updated_at()), (Some(at(NOW)), Some(at(NOW + 1))));
    // The older name of the administrator's id.
    for entry in [json!({ "MasterId": "444455556666" }), json!({ "MasterId": "444455556666", "AdministratorId": null })]
    {
        assert_eq!(members(json!([entry])).unwrap()[0].administrator_id(), Some("444455556666"));
    }
    let nulls = json!({
        "AccountId": null, "Email": null, "MasterId": null, "AdministratorId": null, "MemberStatus": null,
        "InvitedAt": null, "UpdatedAt": null,
    });
    for member in &members(json!([{}, nulls.clone()])).unwrap() {
        assert_eq!((member.account_id(), member.email(), member.administrator_id()), (None, None, None));
        assert_eq!((member.member_status(), member.invited_at(), member.updated_at()), (None, None, None));
    }
    assert_eq!(members(json!([{}, nulls, {}])).unwrap().len(), 3);
    for wrong in [json!([null]), json!([{ "Email": 1 }]), json!([{ "UpdatedAt": false }]), json!({})] {
        assert_eq!(members(wrong.clone()).unwrap_err().kind(), ErrorKind::Malformed, "{wrong}");
    }
}

#[test]
fn the_administrator_may_be_absent() {
    let administrator = |body: &str| {
        GetAdministratorAccountOutput::from_response(&response(200, &[], body))
            .map(|output| output.administrator().cloned())
    };
    assert_eq!(administrator("{}").unwrap(), None);
    assert_eq!(administrator(r#"{"Administrator":null}"#).unwrap(), None);
    let found = administrator(r#"{"Administrator":{"AccountId":"111122223333","MemberStatus":"Enabled"}}"#).unwrap();
    let found = found.expect("an administrator");
    assert_eq!((found.account_id(), found.member_status()), (Some("111122223333"), Some("Enabled")));
    // An administrator without an id is not the absence of one.
    assert!(administrator(r#"{"Administrator":{}}"#).unwrap().is_some());
}

#[test]
fn every_output_has_a_receipt() {
    macro_rules! check {
        ($($output:ident: $body:expr;)*) => {$(
            let received = response(200, &[("x-amzn-requestid", "id-1")], $body);
            let output = $output::from_response(&received).unwrap();
            assert_eq!(output.request_id(), Some("id-1"));
            assert_eq!((output.attempts(), output.unconfirmed_attempts()), (None, None), "A5");
            let output = output.with_attempts(3, 2);
            assert_eq!((output.attempts(), output.unconfirmed_attempts()), (Some(3), Some(2)), "A5");
        )*};
    }
    use securityhub_invitations::{DeclineInvitationsOutput, DeleteInvitationsOutput};
    check! {
        DeleteInvitationsOutput: "{}";
        DeclineInvitationsOutput: "{}";
        ListInvitationsOutput: "{}";
        ListMembersOutput: "{}";
        GetAdministratorAccountOutput: "{}";
        DisassociateFromAdministratorAccountOutput: "";
    }
}
