//! A proxy that makes tunnels.

use std::net::SocketAddr;

use super::{Raw, answer};

/// A proxy for `CONNECT`, which leads every tunnel to one server, whatever name it was asked for.
pub(crate) struct Tunnel(Raw);

impl Tunnel {
    pub(crate) fn to(server: SocketAddr) -> Self {
        Self(Raw::start(move |mut peer| {
            let Some(request) = peer.request() else { return };
            if !request.line().starts_with("CONNECT ") {
                peer.send(answer("HTTP/1.1 405 Method Not Allowed", "connection: close\r\n", ""));
                return;
            }
            if peer.send("HTTP/1.1 200 Connection established\r\n\r\n") {
                peer.relay_to(server);
            }
        }))
    }

    /// One that refuses every tunnel.
    pub(crate) fn refusing() -> Self {
        Self(Raw::start(|mut peer| {
            if peer.request().is_some() {
                peer.send(answer("HTTP/1.1 403 Forbidden", "connection: close\r\n", "no"));
            }
        }))
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.0.addr()
    }

    /// The heads of what the proxy was asked.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0.requests().into_iter().map(|request| request.head).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections()
    }
}
