//! [`Schedule`]: the order in which hubs are asked for work.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Duration,
};

use crate::hub::HubId;

/// The order in which hubs are asked for work. Every hub is in exactly one place.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    places: Vec<Place>,
    ready: VecDeque<HubId>,
    delayed: BinaryHeap<Reverse<(Duration, HubId)>>,
    /// The hubs that are not idle.
    busy: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Ready,
    Delayed,
    /// It waits for the result of a request.
    Blocked,
    /// It has nothing left to do in this phase.
    Idle,
}

impl Schedule {
    /// Makes all hubs ready.
    pub(crate) fn restart(&mut self, hubs: impl ExactSizeIterator<Item = HubId>) {
        self.places = vec![Place::Ready; hubs.len()];
        self.busy = hubs.len();
        self.delayed.clear();
        self.ready = hubs.collect();
    }

    /// Takes the next hub that is ready.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<HubId> {
        while let Some(Reverse((_, hub))) = self.delayed.peek().filter(|Reverse((at, _))| *at <= now) {
            let hub = *hub;
            self.delayed.pop();
            self.places[hub.index()] = Place::Ready;
            self.ready.push_back(hub);
        }
        let hub = self.ready.pop_front()?;
        self.places[hub.index()] = Place::Blocked;
        Some(hub)
    }

    /// Puts a hub that was taken behind all others.
    pub(crate) fn push(&mut self, hub: HubId) {
        self.places[hub.index()] = Place::Ready;
        self.ready.push_back(hub);
    }

    pub(crate) fn delay(&mut self, hub: HubId, until: Duration) {
        self.places[hub.index()] = Place::Delayed;
        self.delayed.push(Reverse((until, hub)));
    }

    pub(crate) fn set_idle(&mut self, hub: HubId) {
        self.places[hub.index()] = Place::Idle;
        self.busy = self.busy.saturating_sub(1);
    }

    /// Makes a hub ready if it waits for a result. It goes first, so that hubs that have started also finish.
    pub(crate) fn wake(&mut self, hub: HubId) {
        if self.places[hub.index()] == Place::Blocked {
            self.places[hub.index()] = Place::Ready;
            self.ready.push_front(hub);
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.busy == 0
    }

    /// The time at which the next delayed hub is ready.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.delayed.peek().map(|Reverse((at, _))| *at)
    }
}
