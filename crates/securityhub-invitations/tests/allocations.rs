//! B7: the memory that reading a response takes, measured by an allocator that counts. It has a binary of its own, because it
//! replaces the allocator.

use allocation_counter::measure;
use http::Response;
use securityhub_invitations::{
    DeleteInvitationsOutput, Error, ErrorKind, ListInvitationsOutput, ListMembersOutput, MAX_RESPONSE_BYTES,
};

const MEBIBYTE: u64 = 1024 * 1024;

/// Returns a response of the largest size that adapters read: `head`, then as many entries as fit, then `tail`.
fn largest(status: u16, head: &str, entry: &str, tail: &str) -> Response<Vec<u8>> {
    let count = (MAX_RESPONSE_BYTES - head.len() - tail.len()) / (entry.len() + 1);
    let entries = vec![entry; count].join(",");
    let mut response = Response::new([head, &entries, tail].concat().into_bytes());
    *response.status_mut() = status.try_into().unwrap();
    assert!((MAX_RESPONSE_BYTES - 100..=MAX_RESPONSE_BYTES).contains(&response.body().len()));
    response
}

/// Returns the most memory that was in use while the response was read, and the bytes that remain.
fn memory<T>(
    response: &Response<Vec<u8>>,
    read: fn(&Response<Vec<u8>>) -> Result<T, Error>,
) -> (u64, Result<T, Error>) {
    let mut result = None;
    let measured = measure(|| result = Some(read(response)));
    (measured.bytes_max, result.unwrap())
}

#[test]
fn empty_entries_take_little_memory() {
    for entry in ["{}", r#"{"AccountId":null}"#, r#"{"a":1}"#] {
        let response = largest(200, r#"{"UnprocessedAccounts":["#, entry, "]}");
        let (bytes, result) = memory(&response, DeleteInvitationsOutput::from_response);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Malformed);
        assert!(bytes < MEBIBYTE, "{bytes} bytes for {entry}");
    }
    let response = largest(200, r#"{"Invitations":["#, "{}", "]}");
    let (bytes, _) = memory(&response, ListInvitationsOutput::from_response);
    assert!(bytes < MEBIBYTE, "{bytes} bytes");
    let response = largest(200, r#"{"Members":["#, "{}", "]}");
    let (bytes, _) = memory(&response, ListMembersOutput::from_response);
    assert!(bytes < MEBIBYTE, "{bytes} bytes");
}

/// The worst responses: as many entries as are read, each with as many short strings as possible.
#[test]
fn full_responses_take_at_most_64_mebibytes() {
    let limit = 64 * MEBIBYTE;
    for entry in [r#"{"AccountId":""}"#, r#"{"ProcessingResult":""}"#, r#"{"AccountId":"111122223333"}"#] {
        let response = largest(200, r#"{"UnprocessedAccounts":["#, entry, "]}");
        let (bytes, _) = memory(&response, DeleteInvitationsOutput::from_response);
        assert!(bytes <= limit, "{bytes} bytes for {entry}");
    }
    let entry = r#"{"AccountId":"1","InvitationId":"2","MemberStatus":"3","InvitedAt":0}"#;
    let response = largest(200, r#"{"Invitations":["#, entry, "]}");
    let (bytes, _) = memory(&response, ListInvitationsOutput::from_response);
    assert!(bytes <= limit, "{bytes} bytes");
    let entry = r#"{"AccountId":"1","Email":"2","MasterId":"3","MemberStatus":"4"}"#;
    let response = largest(200, r#"{"Members":["#, entry, "]}");
    let (bytes, _) = memory(&response, ListMembersOutput::from_response);
    assert!(bytes <= limit, "{bytes} bytes");
}

#[test]
fn error_bodies_take_at_most_64_mebibytes() {
    let limit = 64 * MEBIBYTE;
    for (head, entry, tail) in [
        (r#"{"x":["#, "{}", r#"],"code":"X"}"#),
        (r#"{"code":"X","message":""#, "x", r#""}"#),
        (r#"{"code":"X","message":""#, r"\ud800", r#""}"#),
        ("<html>", "x", "</html>"),
    ] {
        let response = largest(400, head, entry, tail);
        let (bytes, result) = memory(&response, DeleteInvitationsOutput::from_response);
        let error = result.unwrap_err();
        assert!(error.kind() == ErrorKind::Other, "{error}");
        assert!(bytes <= limit, "{bytes} bytes for {head}{entry}");
        let shown = measure(|| assert!(format!("{error} {error:?} {error:#?}").len() < 16_000));
        assert!(shown.bytes_max < MEBIBYTE, "{} bytes", shown.bytes_max);
    }
    // A byte that is not UTF-8 becomes a character of three bytes, and the string that collects them doubles as it grows.
    let mut response = Response::new(vec![0xff; MAX_RESPONSE_BYTES]);
    *response.status_mut() = http::StatusCode::BAD_REQUEST;
    let (bytes, _) = memory(&response, DeleteInvitationsOutput::from_response);
    assert!(bytes <= 2 * limit, "{bytes} bytes");
}
