//! [`Running`]: a call whose requests index.js sends.

use std::mem;

use securityhub_invitations::{Credentials, Driver, Exchange, Next, Operation, Sent};
use wasm_bindgen::prelude::*;

use super::wipe_stack;
use crate::{
    TransportError,
    exchange::{Exchanged, duration, system_time},
    npm::{
        facts::{self, Facts},
        settings::Settings,
    },
};

/// A call of any operation.
#[wasm_bindgen]
pub struct Running(Box<dyn Steps>);

#[wasm_bindgen]
impl Running {
    /// Results in the next request with its timeout, or an error. The times are in milliseconds.
    pub fn start(&mut self, step: &Facts, elapsed: f64, now: f64) {
        step.set("result", &self.0.start(elapsed, now));
        wipe_stack();
    }

    /// Uses the keys of these settings for the next attempts. Results in an error if they are invalid.
    pub fn renew(&mut self, settings: &Settings) {
        match settings.credentials() {
            Ok(credentials) => self.0.renew(credentials),
            Err(error) => settings.end(&facts::config_error(&error)),
        }
        wipe_stack();
    }

    /// Sets the attempt, and either the wait before the next one or the result of the call.
    pub fn finish(&mut self, step: &Facts, exchanged: Exchanged, elapsed: f64, now: f64) {
        self.0.finish(step, exchanged, elapsed, now);
        wipe_stack();
    }
}

/// The steps of a driver, without its types: the code that calls them exists once.
trait Steps {
    fn renew(&mut self, credentials: Credentials);
    fn start(&mut self, elapsed: f64, now: f64) -> Facts;
    fn finish(&mut self, step: &Facts, exchanged: Exchanged, elapsed: f64, now: f64);
}

struct State<O: Operation> {
    stage: Stage<O>,
    input: O,
    /// Converts the output.
    facts: fn(&O, &O::Output) -> Facts,
}

enum Stage<O> {
    Ready(Driver<O, TransportError>),
    Sent(Sent<O, TransportError>),
    Done,
}

impl<O: Operation> Steps for State<O> {
    fn renew(&mut self, credentials: Credentials) {
        self.stage = match mem::replace(&mut self.stage, Stage::Done) {
            Stage::Ready(driver) => Stage::Ready(driver.with_credentials(credentials)),
            stage => stage,
        };
    }

    fn start(&mut self, elapsed: f64, now: f64) -> Facts {
        let Stage::Ready(driver) = mem::replace(&mut self.stage, Stage::Done) else { return Facts::new() };
        match driver.start(duration(elapsed), system_time(now)) {
            Ok(Exchange { request, timeout, in_flight, .. }) => {
                self.stage = Stage::Sent(in_flight);
                facts::exchange(&request, timeout)
            }
            Err(error) => facts::call_error(&error),
        }
    }

    fn finish(&mut self, step: &Facts, exchanged: Exchanged, elapsed: f64, now: f64) {
        let Stage::Sent(sent) = mem::replace(&mut self.stage, Stage::Done) else { return };
        let observe = |attempt: &crate::Attempt<'_>| step.set("attempt", &facts::attempt(attempt));
        match sent.finish(exchanged.into_result(), duration(elapsed), system_time(now), observe) {
            Next::Done(Ok(output)) => step.set("result", &(self.facts)(&self.input, &output)),
            Next::Done(Err(error)) => step.set("result", &facts::call_error(&error)),
            Next::Wait(wait, driver) => {
                self.stage = Stage::Ready(driver);
                step.set("waitMs", &facts::wait(wait));
            }
        }
    }
}

/// Results in a running call, or an error.
pub(super) fn start<O: Operation>(settings: &Settings, input: Result<O, Facts>, facts: fn(&O, &O::Output) -> Facts) {
    let running = input.and_then(|input| {
        let driver = Driver::new(settings.hub()?.call(input.clone()), settings.limits());
        Ok(Running(Box::new(State { stage: Stage::Ready(driver), input, facts })))
    });
    settings.end(&running.map_or_else(JsValue::from, JsValue::from));
    wipe_stack();
}
