//! [`Sweep::finished`]: the consequences of a result.

use std::time::Duration;

use securityhub_invitations::{AccountId, PageError};

use crate::{
    event::{End, Event, Found, Unprocessed},
    flight::Flight,
    hub::HubId,
    hub_run::{Chunk, Job},
    outcome::{ListPage, Listed, Outcome},
    parking::{Parking, ParkingCause},
    reason::Reason,
    step::Step,
    sweep::Sweep,
    sweep_error::{ErrorClass, SweepError},
    verification::Verification,
    work::{SweepOperation, Ticket},
};

/// The most times that a request is queued again after a transient failure.
const MAX_ROUNDS: u8 = 3;
/// The most unreachable hubs in a row.
const MAX_UNREACHABLE: usize = 10;

/// The pause before a round.
fn pause(round: u8) -> Duration {
    Duration::from_secs(1) * 4_u32.saturating_pow(u32::from(round.saturating_sub(1)))
}

impl Sweep {
    /// Reports the result of a call. Results can arrive in any order. The result of a ticket from an earlier run is ignored.
    pub fn finished<O: SweepOperation>(&mut self, ticket: Ticket<O>, result: Result<O::Output, SweepError>) {
        let Ticket { run, number, operation } = ticket;
        if run != self.run {
            return;
        }
        let Some(flight) = self.flights.remove(&number) else { return };
        let hub = flight.hub;
        let run = &mut self.runs[hub.index()];
        run.in_flight = run.in_flight.saturating_sub(1);
        self.note_reachability(hub, result.as_ref().err());
        match result {
            Ok(output) => self.succeeded(flight, O::outcome(&operation, output)),
            Err(error) => self.failed(&flight, &error),
        }
        self.schedule.wake(hub);
    }

    fn note_reachability(&mut self, hub: HubId, error: Option<&SweepError>) {
        match error.map(SweepError::class) {
            Some(ErrorClass::Unreachable) if self.unreachable.contains(&hub) => {}
            Some(ErrorClass::Unreachable) => {
                self.unreachable.push(hub);
                if self.unreachable.len() >= MAX_UNREACHABLE {
                    self.stopping.get_or_insert(End::Unreachable);
                }
            }
            _ => self.unreachable.clear(),
        }
    }

    fn succeeded(&mut self, flight: Flight, outcome: Outcome) {
        let Flight { hub, job, numbers } = flight;
        let run = &mut self.runs[hub.index()];
        (run.round, run.not_before) = (0, Duration::ZERO);
        match (job, outcome) {
            (Job::List, Outcome::Page { entries, next }) => self.listed(hub, entries, next),
            (Job::VerifyList, Outcome::Page { entries, next }) => self.listed_again(hub, entries, next),
            (Job::Administrator, Outcome::Administrator(Some(None))) => {
                let reason = Reason::new("the administrator account has no valid id");
                self.emit_failed(hub, DISASSOCIATE, &reason, false, false);
            }
            (Job::Administrator, Outcome::Administrator(administrator)) => {
                self.emit(Event::Administrator { hub, administrator: administrator.flatten() });
            }
            (Job::VerifyAdministrator, Outcome::Administrator(administrator)) => {
                self.runs[hub.index()].is_administrator_verified = true;
                if administrator != Some(None) {
                    self.emit(Event::AdministratorVerified { hub, administrator: administrator.flatten() });
                }
            }
            (Job::Disassociate, Outcome::Changed { attempts, request_id, .. }) => {
                self.emit_done(hub, DISASSOCIATE, Vec::new(), attempts, request_id);
            }
            (Job::Chunk(chunk), Outcome::Changed { left, attempts, request_id }) => {
                let left = left.into_iter().filter_map(|(position, reason, uncertain)| {
                    numbers.get(position).map(|index| Unprocessed { index: *index, uncertain, reason })
                });
                self.emit_done(hub, chunk, left.collect(), attempts, request_id);
            }
            // A ticket has the operation of its job.
            _ => {}
        }
    }

    fn listed(&mut self, hub: HubId, entries: Vec<Listed>, next: Result<Option<ListPage>, PageError>) {
        let (invitations, unreadable) = self.readable(entries);
        let last = matches!(next, Ok(None));
        let run = &mut self.runs[hub.index()];
        run.unreadable = run.unreadable.saturating_add(unreadable);
        let unreadable = run.unreadable;
        self.emit(Event::Found { hub, invitations, unreadable, last });
        match next {
            Ok(page) => self.runs[hub.index()].page = page.map(Box::new),
            Err(error) => self.park(hub, Parking::new(ParkingCause::List, Reason::new(&error.to_string()))),
        }
    }

    fn listed_again(&mut self, hub: HubId, entries: Vec<Listed>, next: Result<Option<ListPage>, PageError>) {
        let replay = &self.replay;
        let run = &mut self.runs[hub.index()];
        let mut verification = run.verification.take().unwrap_or_else(|| Box::new(Verification::new(hub, replay)));
        verification.add(hub, replay, entries);
        match next {
            Ok(Some(page)) => {
                run.page = Some(Box::new(page));
                run.verification = Some(verification);
            }
            Ok(None) => {
                self.end_verification(hub);
                let event = verification.finish(hub, &self.replay);
                self.emit(event);
            }
            Err(_) => self.end_verification(hub),
        }
    }

    fn end_verification(&mut self, hub: HubId) {
        let run = &mut self.runs[hub.index()];
        run.page = None;
        run.verification = None;
        run.is_verified = true;
    }

    /// The entries that belong to the run, and the number of those without a valid id.
    fn readable(&self, entries: Vec<Listed>) -> (Vec<Found>, u32) {
        let mut unreadable: u32 = 0;
        let side = self.plan().side();
        let entries = entries.into_iter().filter(|entry| side.includes(entry.status.as_deref()));
        let found = entries.filter_map(|entry| {
            if entry.id.is_none() {
                unreadable = unreadable.saturating_add(1);
            }
            entry.id.map(|id: AccountId| Found::new(id, entry.invitation))
        });
        (found.collect(), unreadable)
    }

    fn failed(&mut self, flight: &Flight, error: &SweepError) {
        let hub = flight.hub;
        if error.is_not_associated() {
            match flight.job {
                Job::Administrator => return self.emit(Event::Administrator { hub, administrator: None }),
                Job::Disassociate => return self.emit_done(hub, DISASSOCIATE, Vec::new(), error.attempts(), None),
                Job::VerifyAdministrator => {
                    self.runs[hub.index()].is_administrator_verified = true;
                    return self.emit(Event::AdministratorVerified { hub, administrator: None });
                }
                _ => {}
            }
        }
        match error.class() {
            ErrorClass::Transient | ErrorClass::Unreachable => self.failed_for_now(flight.hub, flight.job, error),
            ErrorClass::Denied | ErrorClass::Rejected => self.rejected(flight.hub, flight.job, error),
            class => self.failed_for_hub(flight.hub, flight.job, class, error),
        }
    }

    /// Queues the request again, or gives up after the last round.
    fn failed_for_now(&mut self, hub: HubId, job: Job, error: &SweepError) {
        let run = &mut self.runs[hub.index()];
        let round = if let Job::Chunk(chunk) = job { chunk.round + 1 } else { run.round + 1 };
        let again = round <= MAX_ROUNDS;
        if again {
            run.not_before = run.not_before.max(self.now.saturating_add(pause(round)));
        }
        match job {
            Job::Chunk(chunk) => {
                if again {
                    run.again.push(Chunk { round, ..chunk });
                }
                self.emit_failed(hub, chunk, error.reason(), error.may_have_taken_effect(), again);
            }
            Job::Disassociate => {
                run.round = round;
                self.emit_failed(hub, DISASSOCIATE, error.reason(), error.may_have_taken_effect(), again);
            }
            _ if again => run.round = round,
            _ => self.give_up(hub, job, error),
        }
    }

    /// Records a request that would be rejected again.
    fn rejected(&mut self, hub: HubId, job: Job, error: &SweepError) {
        let is_denied = error.class() == ErrorClass::Denied;
        match job {
            Job::Chunk(chunk) if is_denied && chunk.step == Step::Delete => {
                self.emit_failed(hub, chunk, error.reason(), error.may_have_taken_effect(), true);
                self.park(hub, Parking::new(ParkingCause::Denied, error.reason().clone()));
            }
            Job::Chunk(chunk) => {
                self.emit_failed(hub, chunk, error.reason(), error.may_have_taken_effect(), false);
            }
            Job::Disassociate => {
                self.emit_failed(hub, DISASSOCIATE, error.reason(), error.may_have_taken_effect(), false);
            }
            _ => self.give_up(hub, job, error),
        }
    }

    /// Parks the hub or its credential source.
    fn failed_for_hub(&mut self, hub: HubId, job: Job, class: ErrorClass, error: &SweepError) {
        let uncertain = error.may_have_taken_effect();
        match job {
            Job::Chunk(chunk) => self.emit_failed(hub, chunk, error.reason(), uncertain, true),
            Job::Disassociate => self.emit_failed(hub, DISASSOCIATE, error.reason(), uncertain, true),
            Job::VerifyAdministrator | Job::VerifyList => return self.give_up(hub, job, error),
            Job::Administrator | Job::List => {}
        }
        if self.replay.hub(hub).parking.is_some() {
            return;
        }
        let parking = Parking::new(error.parking_cause(), error.reason().clone());
        if class == ErrorClass::Credentials {
            let source: Box<str> = self.plan().hubs()[hub.index()].source().into();
            self.park_source(&source, parking.clone());
        }
        // The last request of a hub may have been the one that failed.
        self.park(hub, parking);
    }

    /// Gives up a request that only reads.
    fn give_up(&mut self, hub: HubId, job: Job, error: &SweepError) {
        let run = &mut self.runs[hub.index()];
        (run.round, run.not_before) = (0, Duration::ZERO);
        match job {
            Job::Administrator => self.emit_failed(hub, DISASSOCIATE, error.reason(), false, false),
            Job::VerifyAdministrator => run.is_administrator_verified = true,
            Job::VerifyList => self.end_verification(hub),
            Job::List | Job::Disassociate | Job::Chunk(_) => {
                let cause = match error.class() {
                    ErrorClass::Denied => ParkingCause::Denied,
                    ErrorClass::Unreachable => ParkingCause::Unreachable,
                    _ => ParkingCause::List,
                };
                self.park(hub, Parking::new(cause, error.reason().clone()));
            }
        }
    }

    fn emit_failed(&mut self, hub: HubId, chunk: Chunk, reason: &Reason, uncertain: bool, again: bool) {
        let Chunk { step, from, count, .. } = chunk;
        self.emit(Event::Failed { hub, step, from, count, reason: reason.clone(), uncertain, again });
    }

    fn emit_done(
        &mut self,
        hub: HubId,
        chunk: Chunk,
        unprocessed: Vec<Unprocessed>,
        attempts: u32,
        request_id: Option<Box<str>>,
    ) {
        let Chunk { step, from, count, .. } = chunk;
        self.emit(Event::Done { hub, step, from, count, unprocessed, attempts, request_id });
    }
}

/// The range in the events of the step `disassociate`.
const DISASSOCIATE: Chunk = Chunk { step: Step::Disassociate, from: 0, count: 1, round: 0 };
