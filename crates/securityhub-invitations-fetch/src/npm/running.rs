//! [`Running`]: a call whose requests index.js sends.

use std::mem;

use securityhub_invitations::{Driver, Exchange, Next, Operation, Sent};
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
    /// Returns the next request with its timeout, or an error. The times are in milliseconds.
    pub fn start(&mut self, elapsed: f64, now: f64) -> Facts {
        let facts = self.0.start(elapsed, now);
        wipe_stack();
        facts
    }

    /// Returns the attempt, and either the wait before the next one or the result of the call.
    pub fn finish(&mut self, exchanged: Exchanged, elapsed: f64, now: f64) -> Facts {
        let facts = self.0.finish(exchanged, elapsed, now);
        wipe_stack();
        facts
    }
}

/// The two steps of a driver, without its types: the code that calls them exists once.
trait Steps {
    fn start(&mut self, elapsed: f64, now: f64) -> Facts;
    fn finish(&mut self, exchanged: Exchanged, elapsed: f64, now: f64) -> Facts;
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

    fn finish(&mut self, exchanged: Exchanged, elapsed: f64, now: f64) -> Facts {
        let Stage::Sent(sent) = mem::replace(&mut self.stage, Stage::Done) else { return Facts::new() };
        let facts = Facts::new();
        let observe = |attempt: &crate::Attempt<'_>| facts.set("attempt", &facts::attempt(attempt));
        match sent.finish(exchanged.into_result(), duration(elapsed), system_time(now), observe) {
            Next::Done(Ok(output)) => facts.set("result", &(self.facts)(&self.input, &output)),
            Next::Done(Err(error)) => facts.set("result", &facts::call_error(&error)),
            Next::Wait(wait, driver) => {
                self.stage = Stage::Ready(driver);
                facts.set("waitMs", &facts::wait(wait));
            }
        }
        facts
    }
}

/// Returns a running call, or an error.
pub(super) fn start<O: Operation>(
    settings: &Settings,
    input: Result<O, Facts>,
    facts: fn(&O, &O::Output) -> Facts,
) -> JsValue {
    let running = input.and_then(|input| {
        let driver = Driver::new(settings.hub()?.call(input.clone()), settings.limits());
        Ok(Running(Box::new(State { stage: Stage::Ready(driver), input, facts })))
    });
    wipe_stack();
    running.map_or_else(JsValue::from, JsValue::from)
}
