//! An event loop of one's own: three calls interleaved on a single thread, with a clock that nobody waits for. A call
//! rests in one of three states, and a three-variant enum holds it; whichever is due first moves on.
//!
//! ```text
//! cargo run --example event_loop
//! ```
//!
//! The network is a function: the emulator answers in memory. Nothing sleeps and nothing is random, so every run prints
//! the same timeline, waits included.

use std::{
    error::Error,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use securityhub_emulator::{AccessKey, Emulator, Fault, WireFault};
use securityhub_invitations::{
    Call, Credentials, DeleteInvitations, Endpoint, Failure, InFlight, Outcome, Region, Retry, SecurityHub,
};

const ROUND_TRIP: Duration = Duration::from_millis(40);
const TIMEOUT: Duration = Duration::from_secs(2);

/// Where a call rests.
enum State {
    /// To be signed and sent.
    Ready(Call),
    /// Sent: what the network will report, and when.
    InFlight { token: InFlight, report: Result<Response<Bytes>, Failure>, at: SystemTime },
    /// To be sent again, but not before its time.
    Waiting { until: SystemTime, call: Call },
}

impl State {
    /// `None` is at once.
    fn due(&self) -> Option<SystemTime> {
        match self {
            Self::Ready(_) => None,
            Self::InFlight { at, .. } => Some(*at),
            Self::Waiting { until, .. } => Some(*until),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let region: Region = "us-east-1".parse()?;
    let emulator = Emulator::new();
    let endpoint = Endpoint::regional(&region)?;
    let hub = SecurityHub::new(endpoint, Credentials::new(AccessKey::EXAMPLE_ID, AccessKey::EXAMPLE_SECRET)?);

    // The first request is throttled, the second breaks off, the third takes effect but is answered too late: its
    // second attempt will find nothing left to delete.
    emulator.script([
        Fault::throttled(),
        Fault::none().drop_before_answer(),
        Fault::none().after_processing().delay(Duration::from_secs(30)),
    ]);
    let mut calls = Vec::new();
    for (name, id) in [("A", "111122223333"), ("B", "444455556666"), ("C", "777788889999")] {
        emulator.invite(&region, id.parse()?);
        calls.push((name, State::Ready(hub.delete_invitations(DeleteInvitations::new([id])?))));
    }

    let start = UNIX_EPOCH + Duration::from_secs(1_795_379_825);
    let mut now = start;
    while let Some((name, state)) = earliest(&mut calls) {
        now = state.due().unwrap_or(now);
        print!("{:>4} ms  {name}  ", now.duration_since(start)?.as_millis());
        let next = match state {
            State::Ready(call) | State::Waiting { call, .. } => {
                let (request, token) = call.sign(now);
                println!("attempt {} sent", token.attempt());
                let (report, at) = send(&emulator, &request, now);
                State::InFlight { token, report, at }
            }
            State::InFlight { token, report, .. } => match report {
                Ok(response) => match token.handle_response(&response, now) {
                    Outcome::Done(result) => {
                        let output = result?;
                        print!("done after {} attempts; ", output.attempts());
                        match output.into_result() {
                            Ok(()) => println!("deleted"),
                            Err(unprocessed) => println!("{unprocessed}"),
                        }
                        continue;
                    }
                    Outcome::Retry(retry) => wait(retry, now),
                },
                // `None` would be the end of the call: the attempts, or the quota of retries, are used up.
                Err(failure) => wait(token.handle_failure(failure).ok_or_else(|| failure.to_string())?, now),
            },
        };
        calls.push((name, next));
    }
    println!("left at the server: {}; retry quota: {}", emulator.invitations(&region).len(), hub.retry_quota());
    Ok(())
}

/// Takes out the call that is due first.
fn earliest(calls: &mut Vec<(&'static str, State)>) -> Option<(&'static str, State)> {
    let (index, _) = calls.iter().enumerate().min_by_key(|(_, (name, state))| (state.due(), *name))?;
    Some(calls.swap_remove(index))
}

/// What the network makes of a request, and when that is known. Whoever has sockets registers them here instead.
fn send(
    emulator: &Emulator,
    request: &Request<Bytes>,
    now: SystemTime,
) -> (Result<Response<Bytes>, Failure>, SystemTime) {
    let mut response = emulator.handle(request, now);
    match response.extensions_mut().remove::<WireFault>().unwrap_or_default() {
        WireFault { delay: Some(delay), .. } if delay > TIMEOUT => (Err(Failure::TimedOut), now + TIMEOUT),
        WireFault { cut: Some(_), .. } => (Err(Failure::Interrupted), now + ROUND_TRIP),
        _ => (Ok(response), now + ROUND_TRIP),
    }
}

fn wait(retry: Retry, now: SystemTime) -> State {
    println!("{}; next in {:.0?}", retry.cause, retry.after);
    State::Waiting { until: now + retry.after, call: retry.call }
}
