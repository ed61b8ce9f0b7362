//! Servers on loopback, beside the emulator's own.

mod raw;
mod tls;
mod tunnel;

pub(crate) use raw::{Peer, Raw, RawRequest, answer};
pub(crate) use tls::{Authority, TlsServer};
pub(crate) use tunnel::Tunnel;
