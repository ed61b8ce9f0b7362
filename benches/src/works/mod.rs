//! The works, and who does them. One file for each contestant, one for what each contestant is compared with.

mod aws_sigv4;
mod bare;
mod ours;
mod reqsign;
mod serde;

use std::fmt;

/// Does the work once. What it makes is dropped.
pub type Run = Box<dyn FnMut()>;

/// A piece of work, and who does it.
#[derive(Debug)]
pub struct Work {
    /// Such as `build + sign, 50 ids`.
    pub name: String,
    /// The first is the one that the others are compared with.
    pub contestants: Vec<Contestant>,
    /// How long ours may take beside another contestant, if that was promised.
    pub targets: Vec<Target>,
    /// How many accounts are in it, where works differ by that alone.
    pub accounts: Option<u64>,
}

/// One way to do a work.
pub struct Contestant {
    /// Such as `aws-sigv4`.
    pub name: &'static str,
    prepare: Box<dyn Fn() -> Run>,
}

impl fmt::Debug for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Contestant").field(&self.name).finish()
    }
}

impl Contestant {
    fn new(name: &'static str, prepare: impl Fn() -> Run + 'static) -> Self {
        Self { name, prepare: Box::new(prepare) }
    }

    /// Makes all that is not part of the work, and does it once.
    #[must_use]
    pub fn prepare(&self) -> Run {
        let mut run = (self.prepare)();
        run();
        run
    }
}

/// What ours has to keep: its time is at most `at_most` times the other's.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Who it is compared with.
    pub beside: &'static str,
    /// The largest ratio.
    pub at_most: f64,
}

/// A contestant of a work, by their names, that has done the work once.
#[must_use]
pub fn prepared(work: &str, contestant: &str) -> Option<Run> {
    let work = works().into_iter().find(|known| known.name == work)?;
    work.contestants.iter().find(|known| known.name == contestant).map(Contestant::prepare)
}

/// The name of our contestant.
pub const OURS: &str = "ours";

/// All works, in the order in which they are told.
#[must_use]
pub fn works() -> Vec<Work> {
    let mut works: Vec<Work> = [1, 50, 1000, 10_000].into_iter().map(build_and_sign).collect();
    works.push(build_from_strings(50));
    works.push(sign_again(10_000));
    works.push(sign_any());
    works.extend([first_of_the_day(), new_credentials()]);
    works.extend([0, 50, 1000, 10_000].into_iter().map(parse));
    works.push(parse_with_reasons_of_their_own(10_000));
    works.extend([parse_error(), call_with_a_retry()]);
    works
}

fn build_and_sign(ids: u64) -> Work {
    let (of_bare, of_aws_sigv4) = match ids {
        1 => (1.15, 1.0 / 4.0),
        50 => (1.15, 1.0 / 2.5),
        _ => (1.05, 1.0),
    };
    let contestants = vec![
        Contestant::new("bare", move || bare::build_and_sign(ids)),
        Contestant::new(OURS, move || ours::build_and_sign(ids)),
        Contestant::new("aws-sigv4 + serde_json", move || aws_sigv4::build_and_sign(ids)),
        Contestant::new("reqsign + serde_json", move || reqsign::build_and_sign(ids)),
    ];
    let mut targets = vec![Target { beside: "aws-sigv4 + serde_json", at_most: of_aws_sigv4 }];
    if ids != 1000 {
        targets.insert(0, Target { beside: "bare", at_most: of_bare });
    }
    Work { name: format!("build + sign, {ids} ids"), contestants, targets, accounts: Some(ids) }
}

fn build_from_strings(ids: u64) -> Work {
    let contestants = vec![
        Contestant::new("bare", move || bare::build_and_sign(ids)),
        Contestant::new(OURS, move || ours::build_from_strings_and_sign(ids)),
    ];
    Work { name: format!("check, build + sign, {ids} strings"), contestants, targets: Vec::new(), accounts: None }
}

fn sign_again(ids: u64) -> Work {
    let contestants = vec![
        Contestant::new("bare", move || bare::sign_again(ids)),
        Contestant::new(OURS, move || ours::sign_again(ids)),
    ];
    let targets = vec![Target { beside: "bare", at_most: 1.15 }];
    Work { name: format!("sign again (a retry), {ids} ids"), contestants, targets, accounts: None }
}

fn sign_any() -> Work {
    let contestants = vec![
        Contestant::new("bare", bare::sign_any),
        Contestant::new(OURS, ours::sign_any),
        Contestant::new("aws-sigv4", aws_sigv4::sign_any),
        Contestant::new("reqsign", reqsign::sign_any),
    ];
    Work { name: "sign any request".to_owned(), contestants, targets: Vec::new(), accounts: None }
}

fn first_of_the_day() -> Work {
    let contestants = vec![
        Contestant::new("bare", bare::first_of_the_day),
        Contestant::new(OURS, ours::first_of_the_day),
        Contestant::new("aws-sigv4 + serde_json", aws_sigv4::first_of_the_day),
    ];
    let targets = vec![Target { beside: "bare", at_most: 1.15 }];
    Work { name: "build + sign, 1 id, first of a day".to_owned(), contestants, targets, accounts: None }
}

fn new_credentials() -> Work {
    let contestants = vec![
        Contestant::new("bare", bare::new_credentials),
        Contestant::new(OURS, ours::new_credentials),
        Contestant::new("aws-sigv4 + serde_json", aws_sigv4::new_credentials),
    ];
    let targets = vec![Target { beside: "bare", at_most: 1.15 }];
    Work { name: "build + sign, 1 id, new credentials".to_owned(), contestants, targets, accounts: None }
}

fn parse(entries: u64) -> Work {
    let contestants = vec![
        Contestant::new("serde_json, owned", move || serde::parse_owned(entries)),
        Contestant::new(OURS, move || ours::parse(entries)),
        Contestant::new("serde_json, borrowed", move || serde::parse_borrowed(entries)),
    ];
    let targets =
        if entries == 10_000 { vec![Target { beside: "serde_json, owned", at_most: 1.0 / 1.6 }] } else { Vec::new() };
    Work { name: format!("parse, {entries} entries"), contestants, targets, accounts: Some(entries) }
}

fn parse_with_reasons_of_their_own(entries: u64) -> Work {
    let contestants = vec![
        Contestant::new("serde_json, owned", move || serde::parse_own_reasons(entries)),
        Contestant::new(OURS, move || ours::parse_own_reasons(entries)),
    ];
    let name = format!("parse, {entries} entries, each with a reason of its own");
    Work { name, contestants, targets: Vec::new(), accounts: None }
}

fn parse_error() -> Work {
    let contestants =
        vec![Contestant::new("serde_json, owned", serde::parse_error), Contestant::new(OURS, ours::parse_error)];
    let targets = vec![Target { beside: "serde_json, owned", at_most: 1.5 }];
    Work { name: "parse an error".to_owned(), contestants, targets, accounts: None }
}

fn call_with_a_retry() -> Work {
    let contestants =
        vec![Contestant::new("bare", bare::build_and_sign_twice), Contestant::new(OURS, ours::call_with_a_retry)];
    Work { name: "a call of 1 id with a retry".to_owned(), contestants, targets: Vec::new(), accounts: None }
}
