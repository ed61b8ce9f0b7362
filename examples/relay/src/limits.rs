//! The limits of a server.

use std::time::Duration;

/// The limits that keep slow or numerous clients from using up the machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of connections that are served at once. Default: 256.
    ///
    /// Further connections wait in the system's queue. Each connection has one request at a time, and uses up to two file
    /// descriptors: its own, and one to the service.
    pub connections: usize,
    /// The time limit for the head of a request, and for the wait for the next request. Default: 10 s.
    pub head: Duration,
    /// The age at which a connection is closed after its current request. Default: 5 min.
    ///
    /// A client that does not read its response is disconnected [`grace`](Self::grace) later.
    pub age: Duration,
    /// The time that running requests get when their connection or the server ends. Default: 40 s.
    ///
    /// It should be longer than the time limits of a request: 10 s for its body and 30 s for the service.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head: Duration::from_secs(10),
            age: Duration::from_secs(300),
            grace: Duration::from_secs(40),
        }
    }
}
