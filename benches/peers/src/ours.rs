//! Our implementation of each workload.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use http::Response;
use securityhub_invitations::{
    Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Outcome, SecurityHub,
};

use crate::{Result, input::Input};

/// The smallest number of calls of a workload, as in the peers' programs.
const FEWEST: usize = 5;

/// Returns the nanoseconds of our implementation, for a peer's workload with an input of this size.
pub(crate) fn measure(workload: &str, size: usize, budget: Duration) -> Result<f64> {
    let input = Input::new(size);
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("content-length", input.response.len())
        .body(input.response.clone().into_bytes())?;
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    let hub = SecurityHub::new(Endpoint::regional(&"eu-central-1".parse()?)?, credentials);
    let call = || {
        let ids = black_box(&input.ids);
        hub.call(DeleteInvitations::new(ids).expect("the ids are valid")).sign(SystemTime::now())
    };
    match workload {
        // Our implementation writes and hashes the body, even for a peer that signs a prepared body.
        "build + sign" | "sign" => Ok(of(budget, || drop(black_box(call())))),
        "parse" => {
            let parse =
                || DeleteInvitationsOutput::from_response(black_box(&response)).expect("the response is a success");
            Ok(of(budget, || assert_eq!(parse().unprocessed_accounts().len(), size)))
        }
        "call" => Ok(of(budget, || {
            let (request, in_flight) = call();
            drop(black_box(request));
            let Outcome::Done(Ok(output)) = in_flight.handle_response(black_box(&response), SystemTime::now()) else {
                panic!("the response is a success");
            };
            assert_eq!(output.unprocessed_accounts().len(), size);
        })),
        _ => Err(format!("unknown workload {workload:?}").into()),
    }
}

/// Returns the median time of individual calls. Calls that the machine interrupted do not affect it.
fn of(budget: Duration, mut workload: impl FnMut()) -> f64 {
    workload();
    let (mut times, end) = (Vec::new(), Instant::now() + budget);
    while times.len() < FEWEST || Instant::now() < end {
        let start = Instant::now();
        workload();
        times.push(start.elapsed().as_secs_f64() * 1e9);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
