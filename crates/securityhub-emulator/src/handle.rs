//! The emulator as a function from request to response.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use securityhub_invitations::Region;

use crate::{
    access_key::AccessKey,
    authenticate::{Claim, Rules, unrecognized_client},
    clock::Moment,
    control, cors,
    emulator::Emulator,
    fault::Fault,
    incoming::Incoming,
    operations::{self, Caller, Route},
    rate_limit::{RateViolation, ServiceTime},
    received::{Outcome, Received},
    response::{self, Protocol, Refusal},
    sts,
};

impl Emulator {
    /// Handles a request at the time `now` and returns the response.
    ///
    /// No request makes it panic. The response's extensions have a [`WireFault`](crate::WireFault) for everything that
    /// a response cannot express.
    pub fn handle(&self, request: &Request<Bytes>, now: SystemTime) -> Response<Bytes> {
        self.respond(&Incoming::new(request), now)
    }

    pub(crate) fn respond(&self, incoming: &Incoming<'_>, now: SystemTime) -> Response<Bytes> {
        let setup = self.setup();
        let time = Time { now, service: self.service_time(now) };
        if setup.control_api && control::is_control(incoming) {
            return control::respond(self, incoming, time.service);
        }
        if let Some(policy) = setup.cors.as_ref().filter(|_| cors::is_preflight(incoming)) {
            let request_id = self.count_preflight();
            let mut response = policy.preflight();
            response::stamp(&mut response, request_id, time.service);
            return response;
        }

        let (number, request_id) = self.count_request();
        let routed = Target::of(incoming);
        let protocol = if matches!(routed, Ok(Target::Sts(_))) { Protocol::Query } else { Protocol::Json };
        let fault = match &routed {
            Ok(Target::SecurityHub(_)) => self.next_fault(number),
            _ => None,
        };
        let operation = routed.as_ref().ok().and_then(Target::name);
        let mut caller = None;
        let processed = routed.and_then(|target| {
            let (sender, key) = self.authenticate(incoming, &target, time)?;
            caller = Some(sender.clone());
            let processes = fault.as_ref().is_none_or(Fault::processes);
            match target {
                Target::SecurityHub(route) => {
                    self.admit(&sender, number, time)?;
                    let operation = (route.parse)(incoming)?;
                    // Otherwise the fault has its own response.
                    if processes { self.run(&sender, operation) } else { Ok(response::empty(StatusCode::OK)) }
                }
                Target::Sts(form) => self.run_sts(&form, &sender, &key, &request_id),
            }
        });
        let refusal = processed.as_ref().err().map(|refusal| refusal.code);
        let processed = processed.unwrap_or_else(|refusal| refusal.response(protocol, &request_id));

        let faulted = fault.is_some();
        let mut response = match &fault {
            Some(fault) => fault.choose(processed),
            None => processed,
        };
        response::stamp(&mut response, request_id, time.service);
        if let Some(policy) = &setup.cors {
            policy.admit(&mut response);
        }
        if let Some(fault) = fault {
            fault.alter(&mut response, time.service);
        }

        if setup.log_capacity > 0 || setup.observer.is_some() {
            let outcome = Outcome { caller, operation, status: response.status(), refusal, faulted };
            self.record(Received::new(incoming, number, now, outcome));
        }
        self.count_outcome(refusal.is_some(), faulted);
        response
    }

    /// Whether the body of this request matters: it is for the control API, or could have a valid signature.
    pub(crate) fn needs_body(&self, incoming: &Incoming<'_>, now: SystemTime) -> bool {
        if self.setup().control_api && control::is_control(incoming) {
            return true;
        }
        let time = Time { now, service: self.service_time(now) };
        Target::of(incoming).is_ok_and(|target| self.claim(incoming, &target, time).is_ok())
    }

    fn service_time(&self, now: SystemTime) -> Moment {
        Moment::new(now, self.lock().clock_offset)
    }

    fn authenticate(
        &self,
        incoming: &Incoming<'_>,
        target: &Target,
        time: Time,
    ) -> Result<(Caller, AccessKey), Refusal> {
        let claim = self.claim(incoming, target, time)?;
        claim.verify(incoming)?;
        let Claim { region, key, .. } = claim;
        Ok((Caller { account: self.account_of(&key), region, now: time.service }, key))
    }

    fn claim(&self, incoming: &Incoming<'_>, target: &Target, time: Time) -> Result<Claim, Refusal> {
        let region = self.setup().region.as_ref().filter(|_| matches!(target, Target::SecurityHub(_)));
        let rules = Rules { service: target.service(), region, now: time.service };
        let claim = Claim::check(incoming, &rules, |id, token| self.lock().find_key(id, token))?;
        let account = self.account_of(&claim.key);
        let admitted = self.lock().admits(&claim.key, account, &claim.region);
        if admitted { Ok(claim) } else { Err(unrecognized_client()) }
    }

    /// Applies the rate limit and the denials.
    fn admit(&self, caller: &Caller, number: u64, time: Time) -> Result<(), Refusal> {
        let state = &mut *self.lock();
        if let Some(limit) = self.setup().rate_limit
            && !state.limiter.admits(limit, caller.account, &caller.region, ServiceTime::new(time.now, time.service))
        {
            state.counters.rate_violations += 1;
            let (account, region) = (caller.account, Region::clone(&caller.region));
            state.limiter.record(RateViolation { number, account, region, at: time.now });
            return Err(Refusal::front_end(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Too Many Requests",
            ));
        }
        match state.denial(caller.account, &caller.region) {
            Some(message) => Err(Refusal::service(StatusCode::FORBIDDEN, "AccessDeniedException", message)),
            None => Ok(()),
        }
    }

    fn run(&self, caller: &Caller, operation: operations::Operation) -> Result<Response<Bytes>, Refusal> {
        let mut state = self.lock();
        let done = operation.run(&mut state.hubs, caller, self.setup().subscribed)?;
        state.counters.deleted += done.deleted;
        Ok(response::json_response(StatusCode::OK, &done.body))
    }

    fn run_sts(
        &self,
        form: &sts::Form,
        caller: &Caller,
        key: &AccessKey,
        request_id: &HeaderValue,
    ) -> Result<Response<Bytes>, Refusal> {
        let action = form.action()?;
        let result = action.run(form, &mut self.lock(), caller, key)?;
        Ok(response::query_result(action.name(), &result, request_id))
    }

    fn count_preflight(&self) -> HeaderValue {
        let counters = &mut self.lock().counters;
        counters.preflights += 1;
        response::request_id(counters.requests + counters.preflights)
    }

    fn count_request(&self) -> (u64, HeaderValue) {
        let counters = &mut self.lock().counters;
        counters.requests += 1;
        (counters.requests, response::request_id(counters.requests + counters.preflights))
    }

    fn count_outcome(&self, refused: bool, faulted: bool) {
        let counters = &mut self.lock().counters;
        counters.refused += u64::from(refused);
        counters.faulted += u64::from(faulted);
    }

    fn record(&self, received: Received) {
        let setup = self.setup();
        if let Some(observer) = &setup.observer {
            observer(&received);
        }
        if setup.log_capacity > 0 {
            self.lock().log.push(received, setup.log_capacity);
        }
    }

    fn next_fault(&self, number: u64) -> Option<Fault> {
        let scripted = self.lock().script.pop_front();
        scripted.or_else(|| self.setup().fault_source.as_ref().and_then(|source| source(number)))
    }
}

/// The time of a request.
#[derive(Clone, Copy)]
struct Time {
    /// By the caller's clock.
    now: SystemTime,
    /// By the emulator's clock.
    service: Moment,
}

/// The receiver of a request.
enum Target {
    SecurityHub(&'static Route),
    Sts(sts::Form),
}

impl Target {
    /// Finds the receiver, unless the body is too large for any.
    fn of(incoming: &Incoming<'_>) -> Result<Self, Refusal> {
        let target = if incoming.endpoint.is_sts() { None } else { operations::route(incoming).map(Self::SecurityHub) };
        let target = target.or_else(|| incoming.is_form().then(|| Self::Sts(sts::Form::parse(incoming))));
        let Some(target) = target else {
            return Err(Refusal::front_end(
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                format!("Unknown operation: {} {}", incoming.method, incoming.path),
            ));
        };
        if incoming.body_length > Emulator::MAX_REQUEST_BYTES {
            return Err(Refusal::front_end(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                format!("The body has more than {} bytes", Emulator::MAX_REQUEST_BYTES),
            ));
        }
        Ok(target)
    }

    fn service(&self) -> &'static str {
        match self {
            Self::SecurityHub(_) => "securityhub",
            Self::Sts(_) => "sts",
        }
    }

    fn name(&self) -> Option<&'static str> {
        match self {
            Self::SecurityHub(route) => Some(route.name),
            Self::Sts(form) => form.action().ok().map(sts::Action::name),
        }
    }
}
