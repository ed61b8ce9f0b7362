//! What a call costs with us, beside the same client sending the same bytes without us, over loopback and a connection that
//! is kept alive. `cargo xtask bench` runs both programs; the tables on standard output are Markdown.
//!
//! Both sides take turns within a round, and a round counts with the difference between its own two medians, so that a
//! machine that is busy for a while is busy for both. Allocations are counted in a program of their own, since to count them
//! takes time.

mod clients;
mod server;
mod work;

use std::{
    error,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use crate::{
    clients::{Client, Side},
    work::Work,
};

/// The error is a sentence for whoever started the program.
pub type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// How many ids a call has.
const SIZES: [usize; 2] = [1, 50];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// How many rounds, 1 or more.
    pub rounds: u32,
    /// How many calls each side makes in a round, 1 or more.
    pub calls: u32,
    /// How the names of the clients begin that are measured.
    pub client: &'a str,
}

/// Prints what calls take.
///
/// # Errors
/// If a call fails, or the two sides do not send as much.
pub fn times(settings: &Settings<'_>) -> Result<()> {
    let (rounds, calls) = (settings.rounds, settings.calls);
    let works = SIZES.into_iter().map(Work::new).collect::<Result<Vec<_>>>()?;
    let mut contests = Vec::new();
    for work in &works {
        let clients = clients::all(work)?.into_iter();
        let chosen = clients.filter(|client| client.name().starts_with(settings.client));
        contests.extend(chosen.map(|client| (client, work, Vec::new())));
    }
    for (client, work, _) in &contests {
        see_that_both_send_as_much(&**client, work)?;
    }
    // Each contest has its rounds all over the time that this takes, since a machine has better and worse minutes.
    for number in 0..rounds {
        for (client, work, measured) in &mut contests {
            measured.push(Round::measure(&**client, work, number, calls)?);
        }
    }
    let rows: Vec<_> =
        contests.iter().map(|(client, work, measured)| row(client.name(), work.size(), measured)).collect();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Medians of {rounds} rounds of {calls} calls of each side, in µs. *Without us* the client alone sends the same \
         bytes, signed beforehand, and reads the answer. *Alone* are build + sign and parse in a loop of their own; \
         *between calls* is what the very same work adds to a call of the client alone when it is done before and after \
         it: caches are cold after a system call. As many accounts come back as unprocessed as there are ids.\n"
    )?;
    let head = "client | ids | without us | with us | difference | more | build + sign alone | parse alone | \
                difference / alone | between calls | difference / between calls";
    table(&mut out, head, &rows)
}

/// Prints how often memory is allocated. `count` counts while it runs something.
///
/// # Errors
/// If a call fails.
pub fn allocations(count: impl Fn(&mut dyn FnMut()) -> u64) -> Result<()> {
    /// The first calls of a connection have more.
    const WARM_UP: usize = 10;
    let of = |side: &mut Side<'_>| {
        (0..WARM_UP).try_for_each(|_| side())?;
        let mut result = Ok(());
        let allocations = count(&mut || result = side());
        result.map(|()| allocations)
    };
    let mut rows = Vec::new();
    for ids in SIZES {
        let work = Work::new(ids)?;
        for client in &clients::all(&work)? {
            let bare = of(&mut client.bare(&work, WARM_UP + 1)?)?;
            let with_us = of(&mut client.with_us(&work))?;
            let alone = count(&mut || work.build_and_sign()) + count(&mut || work.parse());
            let numbers = [bare, with_us, with_us.saturating_sub(bare), alone].map(|number| number.to_string());
            rows.push([&[client.name().to_owned(), ids.to_string()], &numbers[..]].concat());
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "Allocations of a call, on the thread that makes it.\n")?;
    table(&mut out, "client | ids | without us | with us | difference | build + sign and parse alone", &rows)
}

/// Connects and warms up, too.
fn see_that_both_send_as_much(client: &dyn Client, work: &Work) -> Result<()> {
    const CALLS: usize = 100;
    let sent = |mut side: Side<'_>| {
        let before = work.server.received();
        (0..CALLS).try_for_each(|_| side()).map(|()| work.server.received() - before)
    };
    let (bare, with_us) = (sent(client.bare(work, CALLS)?)?, sent(client.with_us(work))?);
    if bare == with_us {
        return Ok(());
    }
    Err(format!("{}: {bare} bytes sent without us, {with_us} with us", client.name()).into())
}

/// The times of a round, in µs.
struct Round {
    bare: f64,
    with_us: f64,
    /// The client alone, but with our work done before and after each call for nothing.
    bare_and_work: f64,
    build_and_sign: f64,
    parse: f64,
}

impl Round {
    /// Every other round begins with the other side.
    fn measure(client: &dyn Client, work: &Work, number: u32, calls: u32) -> Result<Self> {
        let bare = || of_calls(client.bare(work, usize::try_from(calls)?)?, calls);
        let with_us = || of_calls(client.with_us(work), calls);
        let (bare, with_us) = if number.is_multiple_of(2) {
            let bare = bare()?;
            (bare, with_us()?)
        } else {
            let with_us = with_us()?;
            (bare()?, with_us)
        };
        let mut bare_side = client.bare(work, usize::try_from(calls)?)?;
        let bare_and_work = Box::new(move || {
            work.build_and_sign();
            bare_side()?;
            work.parse();
            Ok(())
        });
        let bare_and_work = of_calls(bare_and_work, calls)?;
        let (build_and_sign, parse) = (mean(calls, || work.build_and_sign()), mean(calls, || work.parse()));
        Ok(Self { bare, with_us, bare_and_work, build_and_sign, parse })
    }
}

/// The median of calls that are timed one by one, since a network has outliers.
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

/// The middle value, of an even number the upper one; NaN of none.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The cells of a line.
fn row(client: &str, ids: usize, rounds: &[Round]) -> Vec<String> {
    let over = |value: fn(&Round) -> f64| median(rounds.iter().map(value));
    let difference = over(|round| round.with_us - round.bare);
    let between_calls = over(|round| round.bare_and_work - round.bare);
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
    fn a_round_has_all_its_times() {
        let work = Work::new(2).expect("the server starts");
        for client in &clients::all(&work).expect("the clients are made") {
            see_that_both_send_as_much(&**client, &work).expect("they do");
            let round = Round::measure(&**client, &work, 0, 3).expect("the calls succeed");
            assert!(round.bare.min(round.with_us).min(round.build_and_sign).min(round.parse) > 0.0);
        }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
    }
}
