#![doc = include_str!("../README.md")]

mod access_key;
mod answer;
mod authenticate;
mod canonical;
mod clock;
mod cors;
mod emulator;
mod fault;
mod input;
mod received;
mod server;
mod wire;

pub use access_key::AccessKey;
pub use cors::CorsPolicy;
pub use emulator::Emulator;
pub use fault::{Cut, Fault, WireFault};
pub use received::{Counters, Received};
pub use server::{Server, serve_connection};
