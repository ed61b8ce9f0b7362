//! Our side of each work.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use http::Response;
use securityhub_invitations::{
    AccountId, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Outcome, SecurityHub,
};

use crate::{Result, input::Input};

/// How many calls a work has at least, as in the peers' programs.
const FEWEST: usize = 5;

/// The nanoseconds that we take where a peer does this work on an input of this size.
pub(crate) fn measure(work: &str, size: usize, budget: Duration) -> Result<f64> {
    let input = Input::new(size);
    let ids: Vec<AccountId> = input.ids.iter().map(|id| id.parse()).collect::<std::result::Result<_, _>>()?;
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("content-length", input.answer.len())
        .body(input.answer.into_bytes())?;
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    let hub = SecurityHub::new(Endpoint::regional(&"eu-central-1".parse()?)?, credentials);
    let call = || {
        let ids = black_box(&ids).iter().copied();
        hub.delete_invitations(DeleteInvitations::from_account_ids(ids).expect("there is an id"))
            .sign(SystemTime::now())
    };
    match work {
        // We write and hash the body where a peer that only signs has one that is written.
        "build + sign" | "sign" => Ok(of(budget, || drop(black_box(call())))),
        "parse" => {
            let parse = || DeleteInvitationsOutput::parse(black_box(&response)).expect("it is a success");
            Ok(of(budget, || assert_eq!(parse().unprocessed_accounts().len(), size)))
        }
        "call" => Ok(of(budget, || {
            let (request, in_flight) = call();
            drop(black_box(request));
            let Outcome::Done(Ok(output)) = in_flight.handle_response(black_box(&response), SystemTime::now()) else {
                panic!("it is a success");
            };
            assert_eq!(output.unprocessed_accounts().len(), size);
        })),
        _ => Err(format!("we have no work called {work}").into()),
    }
}

/// The median of calls that are timed one by one: one during which the machine did other things is passed over.
fn of(budget: Duration, mut work: impl FnMut()) -> f64 {
    work();
    let (mut times, end) = (Vec::new(), Instant::now() + budget);
    while times.len() < FEWEST || Instant::now() < end {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_secs_f64() * 1e9);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
