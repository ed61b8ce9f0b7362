//! [`Progress`]: how far an exchange came. [`Lease`]: its connection.

use std::{
    mem::replace,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use ureq::{
    Error,
    unversioned::transport::{Buffers, NextTimeout, Transport},
};

/// The phase of an exchange. A request is sent from [`Sending`](Self::Sending) on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Starting,
    Choosing,
    Resolving,
    Connecting,
    Tunnelling,
    Handshaking,
    Sending,
    Waiting,
    Reading,
}

impl Phase {
    const ALL: [Self; 9] = [
        Self::Starting,
        Self::Choosing,
        Self::Resolving,
        Self::Connecting,
        Self::Tunnelling,
        Self::Handshaking,
        Self::Sending,
        Self::Waiting,
        Self::Reading,
    ];

    /// Returns the phase's name in error messages. `None` before the first one.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Starting => None,
            Self::Choosing => Some("choosing a proxy"),
            Self::Resolving => Some("resolving the name"),
            Self::Connecting => Some("connecting"),
            Self::Tunnelling => Some("opening the tunnel"),
            Self::Handshaking => Some("TLS handshake"),
            Self::Sending => Some("sending the request"),
            Self::Waiting => Some("waiting for the response"),
            Self::Reading => Some("reading the response"),
        }
    }
}

/// How far an exchange came, and its connection after a complete response.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// A `Phase`.
    phase: AtomicU8,
    proxy: Mutex<Option<Box<str>>>,
    connection: Mutex<Option<Box<dyn Transport>>>,
}

impl Progress {
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(crate) fn phase(&self) -> Phase {
        let phase = usize::from(self.phase.load(Ordering::Relaxed));
        Phase::ALL.get(phase).copied().unwrap_or(Phase::Reading)
    }

    /// Notes the proxy of a new connection, without a user name and password.
    pub(crate) fn use_proxy(&self, proxy: &str) {
        *self.proxy.lock().unwrap_or_else(PoisonError::into_inner) = Some(proxy.into());
    }

    pub(crate) fn take_proxy(&self) -> Option<Box<str>> {
        self.proxy.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the connection if ureq would use it for another request.
    pub(crate) fn take_connection(&self) -> Option<Box<dyn Transport>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A connection during one exchange. It goes back to [`Progress`] if ureq keeps it, and is closed otherwise.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Box<dyn Transport>,
    is_kept: bool,
    progress: Arc<Progress>,
}

impl Lease {
    pub(crate) fn new(connection: Box<dyn Transport>, progress: Arc<Progress>) -> Self {
        Self { connection, is_kept: false, progress }
    }
}

impl Transport for Lease {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.progress.enter(Phase::Sending);
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.progress.enter(Phase::Waiting);
        self.connection.await_input(timeout)
    }

    /// ureq asks before it keeps a connection: after a complete response that does not close it.
    fn is_open(&mut self) -> bool {
        self.is_kept = self.connection.is_open();
        self.is_kept
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.is_kept {
            let connection = replace(&mut self.connection, Box::new(()));
            *self.progress.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }
}
