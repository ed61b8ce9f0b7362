//! The six operations, and exchanges without the loop.

use std::time::{Duration, SystemTime};

use http::{Method, StatusCode};
use securityhub_emulator::{Account, Emulator, Fault, MemberStatus};
use securityhub_invitations::{
    DeclineInvitations, DisassociateFromAdministratorAccount, ErrorKind, ExchangeError, Failure,
    GetAdministratorAccount, ListInvitations, ListMembers, MAX_RESPONSE_BYTES, Operation,
};

use super::requests::{names, ok};
use crate::{
    Adapter, Report, Setup,
    servers::{Raw, RawRequest},
    test_server::{TestServer, account, emulator, invite},
};

/// The account of the client's requests.
fn caller(emulator: &Emulator) -> Account {
    emulator.account("123456789012".parse().expect("12 digits"))
}

#[track_caller]
fn assert_operation<O: Operation>(report: &Report<O::Output>, _: &O) {
    assert!(report.observed.iter().all(|observed| observed.operation == O::NAME), "{:?}", report.observed);
}

/// Seven invitations on three pages.
pub fn lists_invitations_page_by_page<A: Adapter>() {
    let server = TestServer::new();
    invite(server.emulator(), 1..8);
    let client = A::new(&server.setup());
    let mut page = Some(ListInvitations::new().with_page_size(3).expect("a valid size"));
    let mut pages = Vec::new();
    while let Some(operation) = page {
        let report = client.list_invitations(operation.clone());
        assert_operation(&report, &operation);
        let output = report.output(1);
        let ids: Vec<_> = output.invitations().iter().filter_map(|invitation| invitation.account_id()).collect();
        pages.push(ids.join(" "));
        page = operation.next_page(output).expect("the list ends");
    }
    assert_eq!(
        pages,
        ["000000000001 000000000002 000000000003", "000000000004 000000000005 000000000006", "000000000007"]
    );
    let received = server.emulator().received_requests();
    assert_eq!(received[0].uri.to_string(), "/invitations?MaxResults=3");
    assert!(received[1].uri.to_string().starts_with("/invitations?MaxResults=3&NextToken="), "{}", received[1].uri);
}

/// Five members on three pages, and only those with an association by default.
pub fn lists_members_page_by_page<A: Adapter>() {
    let server = TestServer::new();
    for number in 1..6 {
        let status = if number == 4 { MemberStatus::Enabled } else { MemberStatus::Invited };
        caller(server.emulator()).set_member(&Setup::region(), account(number), status);
    }
    let client = A::new(&server.setup());
    let all = ListMembers::new().with_only_associated(false).with_page_size(2).expect("a valid size");
    let mut page = Some(all);
    let mut lengths = Vec::new();
    while let Some(operation) = page {
        let report = client.list_members(operation.clone());
        assert_operation(&report, &operation);
        let output = report.output(1);
        lengths.push(output.members().len());
        page = operation.next_page(output).expect("the list ends");
    }
    assert_eq!(lengths, [2, 2, 1]);
    let report = client.list_members(ListMembers::new());
    let [member] = report.output(1).members() else { panic!("expected one member: {report:?}") };
    assert_eq!(member.account_id(), Some("000000000004"));
    assert_eq!(member.member_status(), Some("Enabled"));
}

/// One of three accounts has sent no invitation.
pub fn declines_invitations<A: Adapter>() {
    let server = TestServer::new();
    invite(server.emulator(), 1..3);
    let operation = DeclineInvitations::from_account_ids((1..4).map(account)).expect("at least one id");
    let report = A::new(&server.setup()).decline_invitations(operation.clone());
    assert_operation(&report, &operation);
    let [left] = report.output(1).unprocessed_accounts() else { panic!("expected one account: {report:?}") };
    assert_eq!(left.account_id(), Some("000000000003"));
}

/// With and without an administrator.
pub fn gets_the_administrator_account<A: Adapter>() {
    let server = TestServer::new();
    let client = A::new(&server.setup());
    let report = client.get_administrator_account(GetAdministratorAccount::new());
    assert_operation(&report, &GetAdministratorAccount::new());
    assert!(report.output(1).administrator().is_none());
    associate(server.emulator());
    let report = client.get_administrator_account(GetAdministratorAccount::new());
    let administrator = report.output(1).administrator().and_then(|administrator| administrator.account_id());
    assert_eq!(administrator, Some("000000000009"));
}

fn associate(emulator: &Emulator) {
    emulator.account(account(9)).set_member(&Setup::region(), caller(emulator).id(), MemberStatus::Enabled);
}

/// The second request is an error, because there is no administrator any more.
pub fn disassociates_from_the_administrator_account<A: Adapter>() {
    let server = emulator();
    associate(&server);
    let server = securityhub_emulator::Server::start(server).expect("a free port");
    let client = A::new(&Setup::to(server.url()));
    let operation = DisassociateFromAdministratorAccount::new();
    let report = client.disassociate_from_administrator_account(operation);
    assert_operation(&report, &operation);
    let _ = report.output(1);
    assert!(caller(server.emulator()).administrator(&Setup::region()).is_none());
    let report = client.disassociate_from_administrator_account(operation);
    assert_eq!(report.service_error(1).kind(), ErrorKind::BadRequest);
}

/// A GET has neither a body nor headers about one. A POST without input has a length of 0, and no type.
pub fn sends_only_the_bodies_of_inputs<A: Adapter>() {
    for hostile in [false, true] {
        let server = Raw::start(|mut peer| while peer.request().is_some() && peer.send(ok("{}")) {});
        let client = A::new(&Setup { hostile, ..Setup::to(server.url()) });
        let _ = client.list_invitations(ListInvitations::new()).output(1);
        let _ = client.get_administrator_account(GetAdministratorAccount::new()).output(1);
        let disassociate = DisassociateFromAdministratorAccount::new();
        let _ = client.disassociate_from_administrator_account(disassociate).output(1);
        let requests = server.requests();
        let lines: Vec<_> = requests.iter().map(RawRequest::line).collect();
        assert_eq!(
            lines,
            ["GET /invitations HTTP/1.1", "GET /administrator HTTP/1.1", "POST /administrator/disassociate HTTP/1.1"]
        );
        for request in requests {
            let mut names = names(&request);
            names.retain(|name| name != "user-agent");
            let mut expected = vec!["authorization", "host", "x-amz-date"];
            if request.line().starts_with("POST") {
                expected.insert(1, "content-length");
                assert_eq!(request.header("content-length"), "0");
            }
            assert_eq!(names, expected, "{}", request.line());
            assert!(request.header("authorization").contains("SignedHeaders=host;x-amz-date,"));
        }
    }
}

/// The emulator verifies the signature first, and then rejects the token, which it did not issue.
pub fn signs_page_tokens_with_special_characters<A: Adapter>() {
    for (token, query) in [
        ("a+b/c==", "NextToken=a%2Bb%2Fc%3D%3D"),
        ("%2B&x=1#?", "NextToken=%252B%26x%3D1%23%3F"),
        ("\u{fc} ~", "NextToken=%C3%BC%20~"),
    ] {
        let server = securityhub_emulator::Server::start(emulator()).expect("a free port");
        let client = A::new(&Setup::to(server.url()));
        let report = client.list_invitations(ListInvitations::new().with_next_token(token));
        assert_eq!(report.service_error(1).kind(), ErrorKind::InvalidInput, "{token}");
        assert_eq!(server.emulator().received_requests()[0].uri.query(), Some(query));
        let report = client.list_members(ListMembers::new().with_next_token(token).with_only_associated(false));
        assert_eq!(report.service_error(1).kind(), ErrorKind::InvalidInput, "{token}");
        let query = format!("{query}&OnlyAssociated=false");
        assert_eq!(server.emulator().received_requests()[1].uri.query(), Some(query.as_str()));
    }
}

/// `exchange` returns any response, and never retries.
pub fn exchanges_once_without_the_loop<A: Adapter>() {
    const TIMEOUT: Duration = Duration::from_secs(20);
    let unavailable = Fault::html(StatusCode::SERVICE_UNAVAILABLE);
    let server = TestServer::scripted([unavailable, Fault::none().padded_to(MAX_RESPONSE_BYTES + 1)]);
    let (setup, operation) = (server.setup(), GetAdministratorAccount::new());
    let client = A::new(&setup);
    let request = || setup.hub().signed_request(&operation, SystemTime::now());
    assert_eq!(request().method(), Method::GET);
    let response = client.exchange(request(), TIMEOUT).expect("a response");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.body().starts_with(b"<html>"), "{response:?}");
    assert!(matches!(client.exchange(request(), TIMEOUT), Err(ExchangeError::TooLarge)));
    assert_eq!(server.requests(), 2);

    let setup = Setup { url: "http://127.0.0.1:1".to_owned(), ..setup };
    let request = setup.hub().signed_request(&operation, SystemTime::now());
    match A::new(&setup).exchange(request, TIMEOUT) {
        Err(ExchangeError::Transport { error, failure: Failure::NotSent, is_retryable: true }) => {
            assert!(error.starts_with("http://127.0.0.1:1: "), "{error}");
        }
        other => panic!("expected a refused connection: {other:?}"),
    }
}
