//! Three ways to replace temporary credentials: after a rejection, between two attempts, and before they expire.
//!
//! ```text
//! cargo run --example rotate_credentials
//! ```
//!
//! The network is a function and the clock is a variable, so an hour passes instantly. The loop in `run` uses the two
//! states of a call directly, because it changes the credentials between attempts.

use std::{
    cell::Cell,
    error::Error,
    time::{Duration, SystemTime},
};

use securityhub_emulator::{AccessKey, Emulator, Fault};
use securityhub_invitations::{
    Call, ConfigError, Credentials, DeleteInvitations, DeleteInvitationsOutput, Endpoint, Error as ServiceError,
    ErrorKind, Outcome, Region, SecurityHub,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const LIFETIME: Duration = Duration::from_secs(15 * 60);

fn main() -> Result<(), Box<dyn Error>> {
    let region: Region = "us-east-1".parse()?;
    let world = World::new();
    let hub = SecurityHub::new(Endpoint::regional(&region)?, world.issue()?);
    let input = DeleteInvitations::new(["111122223333"])?;

    println!("After a rejection");
    world.emulator.invite(&region, "111122223333".parse()?);
    world.pass(LIFETIME);
    let output = match world.run(hub.call(input.clone()), |call| call) {
        // The same credentials would be rejected again, so the call is over. A new call gets new credentials and a clone of
        // the input. Its hub shares the retry quota and the clock offset, and it continues the count of unconfirmed attempts.
        Err(error) if error.kind() == ErrorKind::ExpiredCredentials => {
            println!("  {error}");
            let hub = hub.with_credentials(world.issue()?);
            let unconfirmed = error.unconfirmed_attempts().unwrap_or_default();
            world.run(hub.call(input.clone()).with_unconfirmed_attempts(unconfirmed), |call| call)?
        }
        result => result?,
    };
    println!("  deleted: {}", output.is_complete());

    println!("Between two attempts");
    world.emulator.invite(&region, "111122223333".parse()?);
    world.emulator.push_fault(Fault::throttled().retry_after("3"));
    let hub = hub.with_credentials(world.issue()?);
    // The credentials are valid for one more second, and the server requests a wait of three.
    world.pass(LIFETIME - SECOND);
    let next = world.issue()?;
    let output = world.run(hub.call(input.clone()), |call| call.with_credentials(next.clone()))?;
    println!("  deleted: {}", output.is_complete());

    println!("Before they expire");
    let mut hub = hub.with_credentials(world.issue()?);
    for _ in 0..3 {
        if hub.credentials_expire_at().is_some_and(|expiry| expiry <= world.now.get() + 5 * MINUTE) {
            println!("  less than 5 minutes left");
            hub = hub.with_credentials(world.issue()?);
        }
        world.emulator.invite(&region, "111122223333".parse()?);
        world.run(hub.call(input.clone()), |call| call)?.into_result()?;
        world.pass(6 * MINUTE);
    }
    println!("rejected: {} of {} requests", world.emulator.counters().refused, world.emulator.request_count());
    Ok(())
}

/// An emulated Security Hub, an issuer of credentials for it, and a clock.
struct World {
    emulator: Emulator,
    issued: Cell<u32>,
    now: Cell<SystemTime>,
}

impl World {
    fn new() -> Self {
        Self { emulator: Emulator::new(), issued: Cell::new(0), now: Cell::new(SystemTime::now()) }
    }

    /// Issues credentials for 15 minutes, as STS does for AWS.
    fn issue(&self) -> Result<Credentials, ConfigError> {
        self.issued.set(self.issued.get() + 1);
        let (id, token) = (format!("ASIAEXAMPLE{}", self.issued.get()), format!("token{}", self.issued.get()));
        let expiry = self.now.get() + LIFETIME;
        let key = AccessKey::new(&id, AccessKey::EXAMPLE_SECRET).with_session_token(&token).with_expiry(expiry);
        self.emulator.set_access_key(key);
        Ok(Credentials::new(id, AccessKey::EXAMPLE_SECRET)?.with_session_token(token)?.with_expiry(expiry))
    }

    fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    /// Runs a call. `between` can change it before each retry.
    fn run(&self, mut call: Call, between: impl Fn(Call) -> Call) -> Result<DeleteInvitationsOutput, ServiceError> {
        loop {
            let (request, in_flight) = call.sign(self.now.get());
            let authorization = String::from_utf8_lossy(request.headers()["authorization"].as_bytes()).into_owned();
            let key_id = authorization.split(['=', '/']).nth(1).unwrap_or_default();
            println!("  attempt {} signed with {key_id}", in_flight.attempt());
            let response = self.emulator.handle(&request, self.now.get());
            let retry = match in_flight.handle_response(&response, self.now.get()) {
                Outcome::Done(result) => return result,
                Outcome::Retry(retry) => retry,
            };
            println!("  {}; next in {:.0?}", retry.cause, retry.after);
            self.pass(retry.after);
            call = between(retry.call);
        }
    }
}
