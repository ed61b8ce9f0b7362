//! [`HubRun`]: the progress of a hub in a running sweep, and its next job.

use std::time::Duration;

use crate::{
    cell::{Cell, Kind},
    hub::HubId,
    outcome::ListPage,
    pacing::Bucket,
    replay::Replay,
    step::Step,
    verification::Verification,
};

/// The progress of a hub in a running sweep. None of it outlives the process.
#[derive(Debug)]
pub(crate) struct HubRun {
    pub(crate) bucket: Bucket,
    pub(crate) in_flight: u32,
    /// The step that is running, and the entry at which it continues.
    step: Step,
    cursor: u32,
    /// Chunks that failed and are tried again after the others.
    pub(crate) again: Vec<Chunk>,
    /// The round of the job that is not a chunk.
    pub(crate) round: u8,
    pub(crate) not_before: Duration,
    /// The next page of the list that is being read.
    pub(crate) page: Option<Box<ListPage>>,
    /// The entries of that list without a valid account id.
    pub(crate) unreadable: u32,
    pub(crate) verification: Option<Box<Verification>>,
    pub(crate) is_administrator_verified: bool,
    pub(crate) is_verified: bool,
}

/// A range of entries for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) step: Step,
    pub(crate) from: u32,
    pub(crate) count: u32,
    pub(crate) round: u8,
}

/// A request that a hub needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Administrator,
    List,
    Disassociate,
    Chunk(Chunk),
    VerifyAdministrator,
    VerifyList,
}

/// The answer of a hub that is asked for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Job(Job),
    /// Not before this time.
    Later(Duration),
    /// Not before one of its requests has a result.
    Blocked,
    /// Nothing in this phase.
    Idle,
}

impl HubRun {
    /// The most requests of one hub at a time. A hub cannot use more at 10 requests per second.
    const MAX_IN_FLIGHT: u32 = 8;

    pub(crate) fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            in_flight: 0,
            step: Step::Decline,
            cursor: 0,
            again: Vec::new(),
            round: 0,
            not_before: Duration::ZERO,
            page: None,
            unreadable: 0,
            verification: None,
            is_administrator_verified: false,
            is_verified: false,
        }
    }

    /// The next request of the first phase. They depend on each other, so there is one at a time.
    pub(crate) fn listing_need(&self, hub: HubId, replay: &Replay, now: Duration) -> Need {
        if replay.needs_administrator(hub) {
            self.single(Job::Administrator, now)
        } else if !replay.hub(hub).is_listed() {
            self.single(Job::List, now)
        } else {
            Need::Idle
        }
    }

    /// The next request of the last phase.
    pub(crate) fn verifying_need(&self, hub: HubId, replay: &Replay, now: Duration) -> Need {
        let ledger = replay.hub(hub);
        let is_unsettled = ledger.administrator.is_some_and(|known| known.id.is_some() && known.cell.is_unsettled());
        if is_unsettled && !self.is_administrator_verified {
            self.single(Job::VerifyAdministrator, now)
        } else if !self.is_verified && ledger.has_unsettled_entries() {
            self.single(Job::VerifyList, now)
        } else {
            Need::Idle
        }
    }

    fn single(&self, job: Job, now: Duration) -> Need {
        match () {
            () if self.in_flight > 0 => Need::Blocked,
            () if now < self.not_before => Need::Later(self.not_before),
            () => Need::Job(job),
        }
    }

    /// The next request of the second phase. A step starts when the one before it has ended in this hub.
    pub(crate) fn acting_need(&mut self, hub: HubId, replay: &Replay, now: Duration) -> Need {
        if replay.may_disassociate(hub) {
            return self.single(Job::Disassociate, now);
        }
        if replay.hub(hub).administrator.is_some_and(|known| known.cell.kind() == Kind::InFlight) {
            return Need::Blocked;
        }
        let has_room = self.in_flight < Self::MAX_IN_FLIGHT;
        loop {
            if let Some(chunk) = self.next_chunk(hub, replay) {
                return if has_room { Need::Job(Job::Chunk(chunk)) } else { Need::Blocked };
            }
            match self.again.first() {
                Some(_) if !has_room => return Need::Blocked,
                Some(_) if now < self.not_before => return Need::Later(self.not_before),
                Some(chunk) => return Need::Job(Job::Chunk(*chunk)),
                None if self.in_flight > 0 => return Need::Blocked,
                None if self.step == Step::Delete => return Need::Idle,
                None => (self.step, self.cursor) = (Step::Delete, 0),
            }
        }
    }

    /// The next range of entries that nothing was tried with in this run.
    fn next_chunk(&mut self, hub: HubId, replay: &Replay) -> Option<Chunk> {
        let step = self.step;
        if !replay.plan().steps().contains(step) {
            return None;
        }
        let size = replay.plan().chunk_size().get();
        let mut numbers = pending(hub, step, self.cursor, replay.approved(hub), replay);
        let Some(from) = numbers.next() else {
            self.cursor = replay.approved(hub);
            return None;
        };
        let last = numbers.take(size as usize - 1).last().unwrap_or(from);
        self.cursor = from;
        Some(Chunk { step, from, count: last - from + 1, round: 0 })
    }

    /// Notes that a chunk is on its way.
    pub(crate) fn start(&mut self, chunk: Chunk) {
        if chunk.round == 0 {
            self.cursor = chunk.from + chunk.count;
        } else if let Some(position) = self.again.iter().position(|waiting| *waiting == chunk) {
            self.again.remove(position);
        }
    }
}

/// The numbers of the entries of a range that a step still has to deal with.
pub(crate) fn pending(hub: HubId, step: Step, from: u32, end: u32, replay: &Replay) -> impl Iterator<Item = u32> {
    let entries = &replay.hub(hub).entries;
    let end = entries.len().min(end as usize);
    let start = end.min(from as usize);
    // An entry whose deletion has been tried is not declined any more.
    let is_pending = move |cell: Cell| cell.kind() == Kind::Pending;
    (from..)
        .zip(&entries[start..end])
        .filter(move |(_, entry)| is_pending(entry.delete) && is_pending(entry.cell(step)))
        .map(|(number, _)| number)
}
