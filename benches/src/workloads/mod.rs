//! The workloads and their implementations. Each implementation has its own file, and so has each baseline.

mod aws_sigv4;
mod bare;
mod ours;
mod reqsign;
mod serde;

use std::fmt;

/// Runs a workload once, and drops the result.
pub type Run = Box<dyn FnMut()>;

/// A workload and its implementations.
#[derive(Debug)]
pub struct Workload {
    /// The name, such as `build + sign, 50 ids`.
    pub name: String,
    /// The implementations. The first one is the baseline of the others.
    pub implementations: Vec<Implementation>,
    /// The largest time ratios of our implementation to others.
    pub targets: Vec<Target>,
    /// The number of accounts, for workloads that differ only in this number.
    pub accounts: Option<u64>,
}

/// An implementation of a workload.
pub struct Implementation {
    /// The name, such as `aws-sigv4`.
    pub name: &'static str,
    prepare: Box<dyn Fn() -> Run>,
}

impl fmt::Debug for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Implementation").field(&self.name).finish()
    }
}

impl Implementation {
    fn new(name: &'static str, prepare: impl Fn() -> Run + 'static) -> Self {
        Self { name, prepare: Box::new(prepare) }
    }

    /// Prepares the input, which is not part of the workload, and runs the workload once.
    #[must_use]
    pub fn prepare(&self) -> Run {
        let mut run = (self.prepare)();
        run();
        run
    }
}

/// A target: the time of our implementation is at most `at_most` times that of another one.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the other implementation.
    pub compared_with: &'static str,
    /// The largest ratio.
    pub at_most: f64,
}

/// Returns an implementation of a workload by their names, after its first run.
#[must_use]
pub fn prepared(workload: &str, implementation: &str) -> Option<Run> {
    let workload = workloads().into_iter().find(|known| known.name == workload)?;
    workload.implementations.iter().find(|known| known.name == implementation).map(Implementation::prepare)
}

/// The name of this project's implementation.
pub const OURS: &str = "ours";

/// Returns all workloads, in the order of the report.
#[must_use]
pub fn workloads() -> Vec<Workload> {
    let mut workloads: Vec<Workload> = [1, 50, 1000, 10_000].into_iter().map(build_and_sign).collect();
    workloads.push(sign_again(10_000));
    workloads.push(sign_any());
    workloads.extend([first_of_the_day(), new_credentials()]);
    workloads.extend([0, 50, 1000, 10_000].into_iter().map(parse));
    workloads.push(parse_different_reasons(10_000));
    workloads.extend([parse_error(), call_with_a_retry()]);
    workloads
}

fn build_and_sign(ids: u64) -> Workload {
    let implementations = vec![
        Implementation::new("bare", move || bare::build_and_sign(ids)),
        Implementation::new(OURS, move || ours::build_and_sign(ids)),
        Implementation::new("aws-sigv4 + serde_json", move || aws_sigv4::build_and_sign(ids)),
        Implementation::new("reqsign + serde_json", move || reqsign::build_and_sign(ids)),
    ];
    let of_aws_sigv4 = if ids <= 50 { 1.0 / 3.0 } else { 1.0 };
    let mut targets = vec![
        Target { compared_with: "aws-sigv4 + serde_json", at_most: of_aws_sigv4 },
        Target { compared_with: "reqsign + serde_json", at_most: 1.0 },
    ];
    if ids == 1 {
        targets.insert(0, Target { compared_with: "bare", at_most: 1.8 });
    }
    Workload { name: format!("build + sign, {ids} ids"), implementations, targets, accounts: Some(ids) }
}

fn sign_again(ids: u64) -> Workload {
    let implementations = vec![
        Implementation::new("bare", move || bare::sign_again(ids)),
        Implementation::new(OURS, move || ours::sign_again(ids)),
    ];
    let targets = vec![Target { compared_with: "bare", at_most: 2.0 }];
    Workload { name: format!("sign again (a retry), {ids} ids"), implementations, targets, accounts: None }
}

fn sign_any() -> Workload {
    let implementations = vec![
        Implementation::new("bare", bare::sign_any),
        Implementation::new(OURS, ours::sign_any),
        Implementation::new("aws-sigv4", aws_sigv4::sign_any),
        Implementation::new("reqsign", reqsign::sign_any),
    ];
    Workload { name: "sign any request".to_owned(), implementations, targets: Vec::new(), accounts: None }
}

fn first_of_the_day() -> Workload {
    let implementations = vec![
        Implementation::new("bare", bare::first_of_the_day),
        Implementation::new(OURS, ours::first_of_the_day),
        Implementation::new("aws-sigv4 + serde_json", aws_sigv4::first_of_the_day),
    ];
    Workload {
        name: "build + sign, 1 id, first of a day".to_owned(),
        implementations,
        targets: Vec::new(),
        accounts: None,
    }
}

fn new_credentials() -> Workload {
    let implementations = vec![
        Implementation::new("bare", bare::new_credentials),
        Implementation::new(OURS, ours::new_credentials),
        Implementation::new("aws-sigv4 + serde_json", aws_sigv4::new_credentials),
    ];
    Workload {
        name: "build + sign, 1 id, new credentials".to_owned(),
        implementations,
        targets: Vec::new(),
        accounts: None,
    }
}

fn parse(entries: u64) -> Workload {
    let implementations = vec![
        Implementation::new("serde_json, owned", move || serde::parse_owned(entries)),
        Implementation::new(OURS, move || ours::parse(entries)),
        Implementation::new("serde_json, borrowed", move || serde::parse_borrowed(entries)),
    ];
    let targets =
        if entries == 10_000 { vec![Target { compared_with: "serde_json, owned", at_most: 1.0 }] } else { Vec::new() };
    Workload { name: format!("parse, {entries} entries"), implementations, targets, accounts: Some(entries) }
}

fn parse_different_reasons(entries: u64) -> Workload {
    let implementations = vec![
        Implementation::new("serde_json, owned", move || serde::parse_different_reasons(entries)),
        Implementation::new(OURS, move || ours::parse_different_reasons(entries)),
    ];
    let name = format!("parse, {entries} entries, each with a different reason");
    Workload { name, implementations, targets: Vec::new(), accounts: None }
}

fn parse_error() -> Workload {
    let implementations = vec![
        Implementation::new("serde_json, owned", serde::parse_error),
        Implementation::new(OURS, ours::parse_error),
    ];
    Workload { name: "parse an error".to_owned(), implementations, targets: Vec::new(), accounts: None }
}

fn call_with_a_retry() -> Workload {
    let implementations = vec![
        Implementation::new("bare", bare::build_and_sign_twice),
        Implementation::new(OURS, ours::call_with_a_retry),
    ];
    Workload { name: "a call of 1 id with a retry".to_owned(), implementations, targets: Vec::new(), accounts: None }
}
