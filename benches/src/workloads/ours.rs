//! The core of this workspace.

use std::hint::black_box;

use http::{Request, Response};
use securityhub_invitations::{DeleteInvitations, DeleteInvitationsOutput, Outcome, Region, sigv4::Signer};

use super::Run;
use crate::scenario::{
    A_DAY, REGION, SERVICE, URL, account_ids, credentials, error_response, http_response, hub, now, response,
};

pub(super) fn build_and_sign(ids: u64) -> Run {
    let (hub, ids) = (hub(), account_ids(ids));
    Box::new(move || {
        let input = input_of(&ids);
        black_box(hub.signed_request(&input, now()));
    })
}

fn input_of(ids: &[String]) -> DeleteInvitations {
    DeleteInvitations::new(black_box(ids)).expect("the ids are valid")
}

pub(super) fn sign_again(ids: u64) -> Run {
    let (hub, ids) = (hub(), account_ids(ids));
    let input = input_of(&ids);
    Box::new(move || drop(black_box(hub.signed_request(black_box(&input), now()))))
}

pub(super) fn sign_any() -> Run {
    let region: Region = REGION.parse().expect("the region is valid");
    let signer = Signer::new(credentials(), &region, SERVICE).expect("the service is valid");
    let input = DeleteInvitations::new(account_ids(1)).expect("the id is valid");
    Box::new(move || {
        let mut request = Request::post(URL)
            .header("content-type", "application/json")
            .body(input.body().clone())
            .expect("the request is valid");
        signer.sign(&mut request, now()).expect("the URL has a host");
        black_box(request);
    })
}

pub(super) fn first_of_the_day() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    black_box(hub.signed_request(&input_of(&ids), now()));
    let mut days = [now() + A_DAY, now() + 2 * A_DAY].into_iter().cycle();
    Box::new(move || {
        let input = input_of(&ids);
        black_box(hub.signed_request(&input, days.next().expect("the cycle never ends")));
    })
}

pub(super) fn new_credentials() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    Box::new(move || {
        let hub = hub.with_credentials(credentials());
        let input = input_of(&ids);
        black_box(hub.signed_request(&input, now()));
    })
}

pub(super) fn parse(entries: u64) -> Run {
    parse_response(response(entries, |_| "Invalid account".to_owned()))
}

pub(super) fn parse_different_reasons(entries: u64) -> Run {
    parse_response(response(entries, |number| format!("Invalid account {number}")))
}

fn parse_response(response: Response<Vec<u8>>) -> Run {
    Box::new(move || {
        let output = DeleteInvitationsOutput::from_response(black_box(&response)).expect("the response is a success");
        let _ = black_box(output);
    })
}

pub(super) fn parse_error() -> Run {
    let response = error_response();
    Box::new(move || {
        let error = DeleteInvitationsOutput::from_response(black_box(&response)).expect_err("the response is an error");
        black_box(error);
    })
}

pub(super) fn call_with_a_retry() -> Run {
    let (hub, ids) = (hub(), account_ids(1));
    let unavailable = http_response(503, String::new());
    let success = response(0, |_| String::new());
    Box::new(move || {
        let call = hub.call(input_of(&ids));
        let (request, in_flight) = call.sign(now());
        black_box(request);
        let Outcome::Retry(retry) = in_flight.handle_response(&unavailable, now()) else {
            unreachable!("503 is retried");
        };
        let (request, in_flight) = retry.call.sign(now());
        black_box(request);
        let Outcome::Done(result) = in_flight.handle_response(&success, now()) else {
            unreachable!("200 ends the call");
        };
        let _ = black_box(result.expect("the response is a success"));
    })
}
