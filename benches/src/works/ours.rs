//! This workspace's core.

use std::hint::black_box;

use http::{Request, Response};
use securityhub_invitations::{AccountId, DeleteInvitations, DeleteInvitationsOutput, Outcome, Region, sigv4::Signer};

use super::Run;
use crate::scenario::{
    A_DAY, REGION, SERVICE, URL, account_ids, answer, credentials, error_response, hub, now, response,
};

pub(super) fn build_and_sign(ids: u64) -> Run {
    let (hub, ids) = (hub(), account_ids(ids));
    Box::new(move || {
        let input = input_of(&ids);
        black_box(hub.request(&input, now()));
    })
}

fn input_of(ids: &[AccountId]) -> DeleteInvitations {
    DeleteInvitations::from_account_ids(black_box(ids).iter().copied()).expect("one id or more")
}

pub(super) fn build_from_strings_and_sign(ids: u64) -> Run {
    let hub = hub();
    let ids: Vec<String> = account_ids(ids).iter().map(ToString::to_string).collect();
    Box::new(move || {
        let input = DeleteInvitations::new(black_box(&ids)).expect("they are ids");
        black_box(hub.request(&input, now()));
    })
}

pub(super) fn sign_again(ids: u64) -> Run {
    let (hub, ids) = (hub(), account_ids(ids));
    let input = input_of(&ids);
    Box::new(move || drop(black_box(hub.request(black_box(&input), now()))))
}

pub(super) fn sign_any() -> Run {
    let region: Region = REGION.parse().expect("it is a region");
    let signer = Signer::new(credentials(), &region, SERVICE).expect("it is a service");
    let input = DeleteInvitations::from_account_ids(account_ids(1)).expect("one id");
    Box::new(move || {
        let mut request = Request::post(URL)
            .header("content-type", "application/json")
            .body(input.body().clone())
            .expect("it is well-formed");
        signer.sign(&mut request, now()).expect("it has a host");
        black_box(request);
    })
}

pub(super) fn first_of_the_day() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    // The first day of all is kept for good, the days after it one at a time.
    black_box(hub.request(&input_of(&ids), now()));
    let mut days = [now() + A_DAY, now() + 2 * A_DAY].into_iter().cycle();
    Box::new(move || {
        let input = input_of(&ids);
        black_box(hub.request(&input, days.next().expect("they come again")));
    })
}

pub(super) fn new_credentials() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    Box::new(move || {
        let hub = hub.with_credentials(credentials());
        let input = input_of(&ids);
        black_box(hub.request(&input, now()));
    })
}

pub(super) fn parse(entries: u64) -> Run {
    parse_response(response(entries, |_| "Invalid account".to_owned()))
}

pub(super) fn parse_own_reasons(entries: u64) -> Run {
    parse_response(response(entries, |number| format!("Invalid account {number}")))
}

fn parse_response(response: Response<Vec<u8>>) -> Run {
    Box::new(move || {
        let output = DeleteInvitationsOutput::parse(black_box(&response)).expect("it is a success");
        let _ = black_box(output);
    })
}

pub(super) fn parse_error() -> Run {
    let response = error_response();
    Box::new(move || {
        let error = DeleteInvitationsOutput::parse(black_box(&response)).expect_err("it is an error");
        black_box(error);
    })
}

pub(super) fn call_with_a_retry() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    let unavailable = answer(503, String::new());
    let success = response(0, |_| String::new());
    Box::new(move || {
        let call = hub.delete_invitations(input_of(&ids));
        let (request, in_flight) = call.sign(now());
        black_box(request);
        let Outcome::Retry(retry) = in_flight.handle_response(&unavailable, now()) else {
            unreachable!("503 is tried again");
        };
        let (request, in_flight) = retry.call.sign(now());
        black_box(request);
        let Outcome::Done(result) = in_flight.handle_response(&success, now()) else {
            unreachable!("200 is the end");
        };
        let _ = black_box(result.expect("it is a success"));
    })
}
