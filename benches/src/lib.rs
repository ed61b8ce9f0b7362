//! Ours beside its peers on the same work.
//!
//! `cargo bench --package securityhub-invitations-benches` prints the tables, `cargo xtask bench` the whole report. A time on
//! a machine that others use too means little, so that times are ratios: the contestants of a work take turns, round by
//! round, and what is told is the median of the rounds' ratios. Allocations and instructions are counted, by the programs
//! below `bin`, and are the same on each run.
//!
//! Benchmark libraries run one contestant to its end before the next, and a machine that slows down in between makes a
//! difference out of nothing: hence the loop in [`rounds`], which is all that is ours here.

pub mod counts;
pub mod growth;
pub mod rounds;
pub mod scale;
mod scenario;
pub mod works;
