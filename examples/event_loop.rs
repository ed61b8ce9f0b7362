//! An event loop: three interleaved calls on one thread, with a simulated clock.
//!
//! ```text
//! cargo run --example event_loop
//! ```
//!
//! A call is in one of two states, so an enum with two variants holds it. The loop advances the call that is due first.
//! The network is a function, since the emulator responds in memory. Nothing sleeps and nothing is random, so every run
//! prints the same timeline.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_emulator::{AccessKey, Emulator, Fault, WireFault};
use securityhub_invitations::{
    Credentials, DeleteInvitations, Endpoint, Exchange, ExchangeError, Failure, Limits, Next, Region, SecurityHub,
    Sent, Verdict,
};

/// The transport's own error.
type Lost = &'static str;
type Driver = securityhub_invitations::Driver<DeleteInvitations, Lost>;
type Received = Result<Response<Bytes>, ExchangeError<Lost>>;

const ROUND_TRIP: Duration = Duration::from_millis(40);

struct Call {
    name: &'static str,
    input: DeleteInvitations,
    state: State,
}

/// The state of a call. Times count from the start of the loop.
enum State {
    /// The request is sent at `at`: at once, or after the wait before a retry.
    Waiting { at: Duration, driver: Driver },
    /// The network delivers `received` at `at`.
    InFlight { at: Duration, sent: Sent<DeleteInvitations, Lost>, received: Received },
}

impl State {
    fn due(&self) -> Duration {
        match self {
            Self::Waiting { at, .. } | Self::InFlight { at, .. } => *at,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    let credentials = Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?;
    let hub = SecurityHub::new(Endpoint::regional(&region)?, credentials);

    // The first request is throttled, and the second is interrupted. The third takes effect, but its response is late. Its
    // second attempt finds nothing left to delete.
    emulator.script_faults([
        Fault::throttled(),
        Fault::none().drop_before_response(),
        Fault::none().after_processing().delay(Duration::from_secs(30)),
    ]);
    let limits = Limits::new().with_attempt_timeout(Duration::from_secs(2)).with_deadline(Duration::from_secs(60));
    let mut calls: Vec<Call> = Vec::new();
    for (name, id) in [("A", "111122223333"), ("B", "444455556666"), ("C", "777788889999")] {
        emulator.invite(&region, id.parse()?);
        let input = DeleteInvitations::new([id])?;
        let driver = Driver::new(hub.call(input.clone()), limits);
        calls.push(Call { name, input, state: State::Waiting { at: Duration::ZERO, driver } });
    }

    let start = UNIX_EPOCH + Duration::from_secs(1_795_379_825);
    while let Some(Call { name, input, state }) = take_earliest(&mut calls) {
        // All calls began at the start of the loop, so the time that has elapsed is the same for each.
        let elapsed = state.due();
        let now = start + elapsed;
        print!("{:>4} ms  {name}  ", elapsed.as_millis());
        let next = match state {
            State::Waiting { driver, .. } => {
                let Exchange { request, timeout, in_flight, .. } = driver.start(elapsed, now)?;
                println!("attempt {} sent", in_flight.attempt());
                let (received, took) = exchange(&emulator, &request, timeout, now);
                State::InFlight { at: elapsed + took, sent: in_flight, received }
            }
            State::InFlight { sent, received, .. } => {
                match sent.finish(received, elapsed, now, |attempt| println!("{attempt}")) {
                    Next::Wait(wait, driver) => State::Waiting { at: elapsed + wait, driver },
                    Next::Done(result) => {
                        for (id, verdict) in result?.verdicts(&input) {
                            match verdict {
                                Verdict::Done => println!("            {id}: deleted"),
                                Verdict::NotProcessed(account) => println!("            not deleted: {account}"),
                                _ => println!("            {id}: uncertain, an earlier attempt may have deleted it"),
                            }
                        }
                        continue;
                    }
                }
            }
        };
        calls.push(Call { name, input, state: next });
    }
    println!("invitations left: {}, retry quota: {}", emulator.invitations(&region).len(), hub.retry_quota());
    Ok(())
}

/// Removes and returns the call that is due first.
fn take_earliest(calls: &mut Vec<Call>) -> Option<Call> {
    let (index, _) = calls.iter().enumerate().min_by_key(|(_, call)| (call.state.due(), call.name))?;
    Some(calls.swap_remove(index))
}

/// Returns what the network delivers, and when. A program with sockets would register them here.
fn exchange(emulator: &Emulator, request: &Request<Bytes>, timeout: Duration, now: SystemTime) -> (Received, Duration) {
    let lost = |error, failure| Err(ExchangeError::Transport { error, failure, is_retryable: true });
    let mut response = emulator.handle(request, now);
    match response.extensions_mut().remove::<WireFault>().unwrap_or_default() {
        WireFault { delay: Some(delay), .. } if delay > timeout => (lost("timeout", Failure::TimedOut), timeout),
        WireFault { truncation: Some(_), .. } => (lost("connection closed", Failure::Interrupted), ROUND_TRIP),
        _ => (Ok(response), ROUND_TRIP),
    }
}
