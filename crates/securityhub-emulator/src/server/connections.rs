//! The open connections of a server, which are bounded.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::wire::Wire;

/// The open connections of a server.
#[derive(Default)]
pub(super) struct Connections {
    accepted: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<Wire>>>,
}

impl Connections {
    /// The largest number of open connections. Clients in the same process use as many file descriptors, and 1,024 is a
    /// common limit.
    pub(super) const MAX_OPEN: usize = 512;

    /// Adds a connection. At the limit, it replaces the oldest one that has no request.
    ///
    /// `None` if every open connection has a request.
    pub(super) fn add(self: &Arc<Self>, wire: &Arc<Wire>) -> Option<OpenConnection> {
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        let mut open = self.lock();
        if open.len() >= Self::MAX_OPEN {
            let oldest = open.iter().find(|(_, wire)| wire.is_idle()).map(|(number, _)| *number)?;
            if let Some(wire) = open.remove(&oldest) {
                wire.cut(true);
            }
        }
        open.insert(number, Arc::clone(wire));
        Some(OpenConnection { number, connections: Arc::clone(self) })
    }

    /// Returns the number of connections so far.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Returns the number of open connections.
    pub(super) fn open(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Wire>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection as open until it is dropped.
pub(super) struct OpenConnection {
    number: u64,
    connections: Arc<Connections>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
    }
}
