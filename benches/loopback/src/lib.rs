//! The cost of a call with this project, compared with the same HTTP client that sends the same bytes alone.
//!
//! Calls go over loopback and a connection that is kept alive. `cargo xtask bench` runs both programs, which print tables in
//! Markdown.
//!
//! Both sides take turns within a round. Each round contributes the difference between its two medians, so a machine that is
//! busy for a while slows down both sides. A separate program counts allocations, because counting takes time.

mod clients;
mod server;
mod workload;

use std::{
    error,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use crate::{
    clients::{Client, Side},
    workload::Workload,
};

/// A result whose error is a message for the user.
pub type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// The number of ids in a call.
const SIZES: [usize; 2] = [1, 50];

/// The extent of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The number of rounds, at least 1.
    pub rounds: u32,
    /// The number of calls of each side in a round, at least 1.
    pub calls: u32,
    /// The prefix of the names of the clients to measure.
    pub client: &'a str,
}

/// Prints the times of calls.
///
/// # Errors
/// If a call fails, or if the two sides send different numbers of bytes.
pub fn times(settings: &Settings<'_>) -> Result<()> {
    let (rounds, calls) = (settings.rounds, settings.calls);
    let workloads = SIZES.into_iter().map(Workload::new).collect::<Result<Vec<_>>>()?;
    let mut comparisons = Vec::new();
    for workload in &workloads {
        let clients = clients::all(workload)?.into_iter();
        let chosen = clients.filter(|client| client.name().starts_with(settings.client));
        comparisons.extend(chosen.map(|client| (client, workload, Vec::new())));
    }
    for (client, workload, _) in &comparisons {
        check_equal_bytes(&**client, workload)?;
    }
    // The rounds of each comparison spread over the whole run, because a machine is faster in some minutes than in others.
    for number in 0..rounds {
        for (client, workload, measured) in &mut comparisons {
            measured.push(Round::measure(&**client, workload, number, calls)?);
        }
    }
    let rows: Vec<_> =
        comparisons.iter().map(|(client, workload, measured)| row(client.name(), workload.size(), measured)).collect();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Medians of {rounds} rounds with {calls} calls of each side, in µs. *Without us*: the client alone sends the same \
         bytes, which were signed in advance, and reads the response. *Alone*: build + sign and parse run in a loop. \
         *Between calls*: the time that the same work adds to a call of the client alone, when it runs before and after \
         that call. Caches are cold after a system call. Every response reports all ids as unprocessed.\n"
    )?;
    let head = "client | ids | without us | with us | difference | more | build + sign alone | parse alone | \
                difference / alone | between calls | difference / between calls";
    table(&mut out, head, &rows)
}

/// Prints the numbers of allocations. `count` runs an operation and returns the number of its allocations.
///
/// # Errors
/// If a call fails.
pub fn allocations(count: impl Fn(&mut dyn FnMut()) -> u64) -> Result<()> {
    /// The first calls of a connection allocate more.
    const WARM_UP: usize = 10;
    let of = |side: &mut Side<'_>| {
        (0..WARM_UP).try_for_each(|_| side())?;
        let mut result = Ok(());
        let allocations = count(&mut || result = side());
        result.map(|()| allocations)
    };
    let mut rows = Vec::new();
    for ids in SIZES {
        let workload = Workload::new(ids)?;
        for client in &clients::all(&workload)? {
            let bare = of(&mut client.bare(&workload, WARM_UP + 1)?)?;
            let with_us = of(&mut client.with_us(&workload))?;
            let alone = count(&mut || workload.build_and_sign()) + count(&mut || workload.parse());
            let numbers = [bare, with_us, with_us.saturating_sub(bare), alone].map(|number| number.to_string());
            rows.push([&[client.name().to_owned(), ids.to_string()], &numbers[..]].concat());
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "Allocations of a call, on the calling thread.\n")?;
    table(&mut out, "client | ids | without us | with us | difference | build + sign and parse alone", &rows)
}

/// Checks that both sides send the same number of bytes. This also connects and warms up.
fn check_equal_bytes(client: &dyn Client, workload: &Workload) -> Result<()> {
    const CALLS: usize = 100;
    let sent = |mut side: Side<'_>| {
        let before = workload.server.received();
        (0..CALLS).try_for_each(|_| side()).map(|()| workload.server.received() - before)
    };
    let (bare, with_us) = (sent(client.bare(workload, CALLS)?)?, sent(client.with_us(workload))?);
    if bare == with_us {
        return Ok(());
    }
    Err(format!("{}: {bare} bytes sent without us, {with_us} with us", client.name()).into())
}

/// The times of a round, in µs.
struct Round {
    bare: f64,
    with_us: f64,
    /// The client alone, but with our work before and after each call. Its results are dropped.
    bare_and_ours: f64,
    build_and_sign: f64,
    parse: f64,
}

impl Round {
    /// Measures a round. The side that begins alternates between rounds.
    fn measure(client: &dyn Client, workload: &Workload, number: u32, calls: u32) -> Result<Self> {
        let bare = || of_calls(client.bare(workload, usize::try_from(calls)?)?, calls);
        let with_us = || of_calls(client.with_us(workload), calls);
        let (bare, with_us) = if number.is_multiple_of(2) {
            let bare = bare()?;
            (bare, with_us()?)
        } else {
            let with_us = with_us()?;
            (bare()?, with_us)
        };
        let mut bare_side = client.bare(workload, usize::try_from(calls)?)?;
        let bare_and_ours = Box::new(move || {
            workload.build_and_sign();
            bare_side()?;
            workload.parse();
            Ok(())
        });
        let bare_and_ours = of_calls(bare_and_ours, calls)?;
        let (build_and_sign, parse) = (mean(calls, || workload.build_and_sign()), mean(calls, || workload.parse()));
        Ok(Self { bare, with_us, bare_and_ours, build_and_sign, parse })
    }
}

/// Returns the median time of individual calls, because a network has outliers.
fn of_calls(mut side: Side<'_>, calls: u32) -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..calls {
        let start = Instant::now();
        side()?;
        times.push(microseconds(start.elapsed()));
    }
    Ok(median(times))
}

fn mean(count: u32, mut operation: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        operation();
    }
    microseconds(start.elapsed()) / f64::from(count)
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Returns the median, without averaging: the upper of two middle values. NaN if `values` is empty.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Returns the cells of a row.
fn row(client: &str, ids: usize, rounds: &[Round]) -> Vec<String> {
    let over = |value: fn(&Round) -> f64| median(rounds.iter().map(value));
    let difference = over(|round| round.with_us - round.bare);
    let between_calls = over(|round| round.bare_and_ours - round.bare);
    let more = over(|round| round.with_us / round.bare) - 1.0;
    let (build_and_sign, parse) = (over(|round| round.build_and_sign), over(|round| round.parse));
    vec![
        client.to_owned(),
        ids.to_string(),
        format!("{:.2}", over(|round| round.bare)),
        format!("{:.2}", over(|round| round.with_us)),
        format!("{difference:.2}"),
        format!("{:+.1} %", more * 100.0),
        format!("{build_and_sign:.2}"),
        format!("{parse:.2}"),
        format!("{:.2}", difference / (build_and_sign + parse)),
        format!("{between_calls:.2}"),
        format!("{:.2}", difference / between_calls),
    ]
}

fn table(out: &mut impl io::Write, head: &str, rows: &[Vec<String>]) -> Result<()> {
    writeln!(out, "| {head} |\n|---|{}", "--:|".repeat(head.matches('|').count()))?;
    for row in rows {
        writeln!(out, "| {} |", row.join(" | "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_all_times_of_a_round() {
        let workload = Workload::new(2).expect("the server starts");
        for client in &clients::all(&workload).expect("the clients are built") {
            check_equal_bytes(&**client, &workload).expect("both sides send the same bytes");
            let round = Round::measure(&**client, &workload, 0, 3).expect("the calls succeed");
            assert!(round.bare.min(round.with_us).min(round.build_and_sign).min(round.parse) > 0.0);
        }
    }

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
    }
}
