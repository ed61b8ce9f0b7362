//! Servers on loopback other than the emulator.

mod raw;
mod silent;
mod tinyproxy;
mod tls;
mod tunnel;

pub(crate) use raw::{Peer, Raw, RawRequest, response};
pub(crate) use silent::Silent;
pub(crate) use tinyproxy::Tinyproxy;
pub(crate) use tls::{Authority, TlsServer};
pub(crate) use tunnel::Tunnel;
