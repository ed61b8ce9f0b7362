//! Pages: sizes, tokens, queries, and lists that do not end.

use securityhub_invitations::{ListInvitations, ListInvitationsOutput, ListMembers, ListMembersOutput, PageError};
use serde_json::json;

use crate::support::{header_of, hub, now, response};

/// A page of invitations without content.
fn page(next_token: Option<&str>) -> ListInvitationsOutput {
    let body = json!({ "Invitations": [], "NextToken": next_token }).to_string();
    ListInvitationsOutput::from_response(&response(200, &[], body)).unwrap()
}

fn members_page(next_token: Option<&str>) -> ListMembersOutput {
    let body = json!({ "Members": [], "NextToken": next_token }).to_string();
    ListMembersOutput::from_response(&response(200, &[], body)).unwrap()
}

fn query(operation: &ListInvitations) -> Option<String> {
    hub().unsigned_request(operation).uri().query().map(str::to_owned)
}

#[test]
fn page_sizes_are_1_to_50() {
    for size in 0..=255 {
        let is_valid = (1..=50).contains(&size);
        let list = ListInvitations::new().with_page_size(size);
        assert_eq!(list.is_ok(), is_valid, "{size}");
        assert_eq!(ListMembers::new().with_page_size(size).is_ok(), is_valid, "{size}");
        match list {
            Ok(list) => {
                assert_eq!(list.page_size(), Some(size));
                assert_eq!(query(&list).unwrap(), format!("MaxResults={size}"));
            }
            Err(error) => {
                assert_eq!(error.to_string(), format!("page size \"{size}\": out of range (expected 1–50)"));
            }
        }
    }
}

#[test]
fn the_last_page_has_no_token() {
    let first = ListInvitations::new();
    for body in [
        r#"{"Invitations":[]}"#,
        "{}",
        r#"{"Invitations":[],"NextToken":null}"#,
        r#"{"NextToken":"","Invitations":[]}"#,
        r#"{"Invitations":[],"nextToken":"t"}"#,
    ] {
        let output = ListInvitationsOutput::from_response(&response(200, &[], body)).unwrap();
        assert_eq!(output.next_token(), None, "{body}");
        assert_eq!(first.next_page(&output), Ok(None), "{body}");
    }
    assert_eq!(ListMembers::new().next_page(&members_page(None)), Ok(None));
}

#[test]
fn the_next_page_keeps_the_input() {
    let first = ListInvitations::new().with_page_size(7).unwrap();
    let second = first.next_page(&page(Some("t"))).unwrap().unwrap();
    assert_eq!((second.page_size(), second.next_token()), (Some(7), Some("t")));
    let first = ListMembers::new().with_page_size(7).unwrap().with_only_associated(false);
    let second = first.next_page(&members_page(Some("t"))).unwrap().unwrap();
    assert_eq!((second.page_size(), second.next_token()), (Some(7), Some("t")));
    assert_eq!(second.only_associated(), Some(false));
}

#[test]
fn a_repeated_token_is_an_error() {
    fn read(tokens: &[&str]) -> Result<usize, PageError> {
        let (mut list, mut members) = (ListInvitations::new(), ListMembers::new());
        for (n, token) in tokens.iter().enumerate() {
            let next_members = members.next_page(&members_page(Some(token)));
            match list.next_page(&page(Some(token))) {
                Ok(next) => (list, members) = (next.unwrap(), next_members.unwrap().unwrap()),
                Err(error) => {
                    assert_eq!(next_members, Err(error));
                    assert_eq!(n + 1, tokens.len());
                    return Err(error);
                }
            }
        }
        Ok(tokens.len())
    }
    let long = "x".repeat(8192);
    assert_eq!(read(&["a", "b", "c"]), Ok(3));
    assert_eq!(read(&["a", "A", "a ", " a", "%61", &long, &long[1..]]), Ok(7), "tokens are compared exactly");
    for (tokens, message) in [
        (&["a", "a"][..], "page token repeats after 2 pages"),
        (&["a", "b", "a"], "page token repeats after 3 pages"),
        (&["a", "b", "b"], "page token repeats after 3 pages"),
        (&["a", "b", "c", "d", "b"], "page token repeats after 5 pages"),
        (&[&long, "b", &long], "page token repeats after 3 pages"),
    ] {
        let error = read(tokens).unwrap_err();
        assert!(matches!(error, PageError::RepeatedToken { .. }));
        assert_eq!(error.to_string(), message);
    }
    // A list that starts in the middle knows its own token.
    let error = ListInvitations::new().with_next_token("a").next_page(&page(Some("a"))).unwrap_err();
    assert!(matches!(error, PageError::RepeatedToken { pages: 1, .. }), "{error}");
}

#[test]
fn lists_have_at_most_10000_pages() {
    let mut list = ListInvitations::new();
    for n in 1..10_000 {
        list = list.next_page(&page(Some(&n.to_string()))).unwrap().expect("a page");
    }
    assert_eq!(list.next_page(&page(None)), Ok(None), "the last allowed page can be the end");
    let error = list.next_page(&page(Some("10000"))).unwrap_err();
    assert!(matches!(error, PageError::TooManyPages { pages: 10_000, .. }));
    assert_eq!(error.to_string(), "list does not end after 10000 pages");
}

#[test]
fn tokens_have_at_most_8_kibibytes() {
    for (length, is_valid) in [(8192, true), (8193, false), (100_000, false)] {
        let token = "=".repeat(length);
        let next = ListInvitations::new().next_page(&page(Some(&token)));
        assert_eq!(next.is_ok(), is_valid, "{length}");
        assert_eq!(ListMembers::new().next_page(&members_page(Some(&token))).is_ok(), is_valid, "{length}");
        if let Err(error) = next {
            assert!(matches!(error, PageError::TokenTooLong { .. }));
            assert_eq!(error.to_string(), "page token is too long (expected at most 8 KiB) after 1 page");
        }
        // A caller's token is cut instead, and every request can be signed.
        let list = ListInvitations::new().with_next_token(&token);
        assert_eq!(list.next_token().unwrap().len(), length.min(8192));
        let request = hub().signed_request(&list, now());
        assert_eq!(request.uri().query().unwrap().len(), "NextToken=".len() + 3 * length.min(8192));
    }
    let list = ListInvitations::new().with_next_token(format!("x{}", "é".repeat(5000)));
    assert_eq!(list.next_token().unwrap().len(), 8191, "a token is cut between characters");
}

/// The query is percent-encoded once on the wire, and its parameters are in canonical order.
#[test]
fn tokens_are_encoded_once() {
    for (token, encoded) in [
        ("abcXYZ019-._~", "abcXYZ019-._~"),
        ("a+b/c=d", "a%2Bb%2Fc%3Dd"),
        ("a&b%c%2Bd", "a%26b%25c%252Bd"),
        ("é☃😀", "%C3%A9%E2%98%83%F0%9F%98%80"),
        (" \t\n\u{0}\u{7f}", "%20%09%0A%00%7F"),
        ("?#:@!$'()*,;[]\"\\", "%3F%23%3A%40%21%24%27%28%29%2A%2C%3B%5B%5D%22%5C"),
    ] {
        let list = ListInvitations::new().with_next_token(token).with_page_size(50).unwrap();
        let expected = format!("MaxResults=50&NextToken={encoded}");
        assert_eq!(query(&list).unwrap(), expected);
        let request = hub().signed_request(&list, now());
        assert_eq!(request.uri().query().unwrap(), expected);
        let canonical = hub().explain(&list, now()).canonical_request;
        assert_eq!(canonical.lines().nth(2).unwrap(), expected, "the signed query is the one that is sent");

        let list = ListMembers::new().with_only_associated(true).with_next_token(token).with_page_size(1).unwrap();
        let request = hub().signed_request(&list, now());
        let expected = format!("MaxResults=1&NextToken={encoded}&OnlyAssociated=true");
        assert_eq!(request.uri().query().unwrap(), expected);
        assert_eq!(hub().explain(&list, now()).canonical_request.lines().nth(2).unwrap(), expected);
        assert!(header_of(&request, "authorization").contains("SignedHeaders=host;x-amz-date,"));
    }
}

#[test]
fn queries_contain_only_what_is_set() {
    assert_eq!(query(&ListInvitations::new()), None);
    assert_eq!(query(&ListInvitations::new().with_next_token("t").with_next_token("")), None, "back to the first page");
    assert_eq!(query(&ListInvitations::new().with_next_token("t")).as_deref(), Some("NextToken=t"));
    for (list, expected) in [
        (ListMembers::new(), None),
        (ListMembers::new().with_only_associated(true), Some("OnlyAssociated=true")),
        (ListMembers::new().with_only_associated(false), Some("OnlyAssociated=false")),
        (ListMembers::new().with_page_size(9).unwrap(), Some("MaxResults=9")),
        (ListMembers::new().with_only_associated(false).with_next_token("t"), Some("NextToken=t&OnlyAssociated=false")),
    ] {
        assert_eq!(hub().unsigned_request(&list).uri().query(), expected);
    }
}
