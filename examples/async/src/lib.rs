//! The programs are the files beside this crate's manifest. They need more than those one level up, and are kept apart
//! so that `cargo run --example quickstart` stays quick.
//!
//! | program | what it shows |
//! |---|---|
//! | `async_hyper` | the async adapter: many regions at once over one pool of connections |
//! | `own_retry` | the stateless halves below a retry layer of tower |
//! | `resign_proxy` | the signer alone, in a small proxy that holds the keys |
//!
//! Run one with `cargo run --example async_hyper`. What they print is checked by `tests/run.rs`.
