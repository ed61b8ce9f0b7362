//! An HTTP proxy for tunnels.

use std::{net::SocketAddr, time::Duration};

use super::{Raw, response};

/// A proxy for `CONNECT`. Every tunnel leads to one server, regardless of the requested name.
pub(crate) struct Tunnel(Raw);

impl Tunnel {
    pub(crate) fn to(server: SocketAddr) -> Self {
        Self(Raw::start(move |mut peer| {
            let Some(request) = peer.request() else { return };
            if !request.line().starts_with("CONNECT ") {
                peer.send(response("HTTP/1.1 405 Method Not Allowed", "connection: close\r\n", ""));
                return;
            }
            if peer.send("HTTP/1.1 200 Connection established\r\n\r\n") {
                peer.relay_to(server);
            }
        }))
    }

    /// Starts a proxy that refuses every tunnel.
    pub(crate) fn refusing() -> Self {
        Self::responding(response("HTTP/1.1 403 Forbidden", "connection: close\r\n", "no"))
    }

    /// Starts a proxy that sends these bytes instead of opening a tunnel, and then waits. Without any, it stays silent.
    pub(crate) fn responding(bytes: impl Into<String>) -> Self {
        let bytes = bytes.into();
        Self(Raw::start(move |mut peer| {
            if peer.request().is_some() && peer.send(&bytes) {
                peer.until_closed();
            }
        }))
    }

    /// Starts a proxy that sends its response slowly, byte by byte.
    pub(crate) fn trickling(pause: Duration) -> Self {
        Self(Raw::start(move |mut peer| {
            if peer.request().is_some() {
                peer.trickle("HTTP/1.1 200 Connection established\r\n\r\n".repeat(20), pause);
            }
        }))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// Returns the heads of the requests to the proxy.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.requests().into_iter().map(|request| request.head).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections()
    }
}
