//! This project compared with its peers on the same workloads.
//!
//! `cargo bench --package securityhub-invitations-benches` prints the tables, and `cargo xtask bench` the whole report. Absolute
//! times are noisy on a shared machine, so times are ratios. The implementations of a workload run in turns, round by round,
//! and each figure is the median of the rounds' ratios. Allocations and instructions are counted by the programs in `bin`. They
//! are the same on each run.
//!
//! Benchmark libraries run one implementation to its end before the next one. A machine that slows down in between would
//! then look like a difference. Hence the loop in [`rounds`].

pub mod chart;
pub mod counts;
pub mod growth;
pub mod rounds;
pub mod scale;
mod scenario;
pub mod workloads;
