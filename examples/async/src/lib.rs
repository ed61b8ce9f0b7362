//! Examples that need tokio. They are the files next to this crate's manifest, and separate from the others so that
//! `cargo run --example quickstart` compiles quickly.
//!
//! | example | shows |
//! |---|---|
//! | `async_hyper` | the hyper adapter: many regions at once over one connection pool |
//! | `own_retry` | your own retries as a tower layer |
//! | `resign_proxy` | a proxy that holds the keys and signs requests again |
//!
//! Run one with `cargo run --example async_hyper`. `tests/run.rs` checks their output.
