//! Clocks that are wrong. botocore corrects none, so that what stands beside our `Call` is the rule: as a program over
//! generated dates, and as a table of what section 6.6 of AWS's Rust SDK's column comes to.

use serde_json::{Value, json};

use crate::{
    Result, Settings, oracle,
    random::Random,
    retries::{Call, NOW, Script, Step},
};

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let mut random = settings.random("clocks");
    let scripts: Vec<Script> = (0..settings.cases / 4).map(|_| generate(&mut random)).collect();
    let questions: Vec<Value> = scripts.iter().map(|script| script.question("clocks")).collect();
    let (mut calls, mut corrected) = (0, 0);
    oracle::ask(settings, &questions, |number, rule| {
        let script = &scripts[number];
        for (index, (call, ours)) in script.calls.iter().zip(script.play()?).enumerate() {
            let rule = &rule[index];
            calls += 1;
            corrected += u32::from(ours["offset"] != 0);
            let parts = ["outcome", "code", "attempts", "waits", "quota", "signed", "offset"];
            if let Some(part) = parts.into_iter().find(|part| rule[*part] != ours[*part]) {
                let explained = format!("{part} is not the rule's\nrule {rule}\nours {ours}\n{call:#?}");
                return Err(format!("script {number}, call {index}: {explained}").into());
            }
        }
        Ok(())
    })?;
    println!(
        "  {} clients, {calls} calls, {corrected} of them left a corrected clock; all are the rule's",
        scripts.len()
    );
    let table = table()?;
    println!("  {table} scenarios as the table has them");
    Ok(())
}

const REFUSED: &str = "InvalidSignatureException";

/// One call: the skew of the server's `Date` and the round trip of each answer, its code ("" is success), and an `Age`.
type Answer = (i64, u64, &'static str, bool);

/// What it comes to: attempts, the offsets that they are signed with, whether it succeeds, and the offset that is left.
struct Scenario {
    about: &'static str,
    calls: &'static [(&'static [Answer], &'static [i64], bool, i64)],
}

const TABLE: [Scenario; 14] = [
    Scenario {
        about: "five minutes slow",
        calls: &[(&[(300, 0, REFUSED, false), (300, 0, "", false)], &[0, 300], true, 300)],
    },
    Scenario {
        about: "five minutes fast",
        calls: &[(&[(-300, 0, REFUSED, false), (-300, 0, "", false)], &[0, -300], true, -300)],
    },
    Scenario {
        about: "200 s are no reason to try again, but the next call is signed with them",
        calls: &[(&[(200, 0, REFUSED, false)], &[0], false, 200), (&[(200, 0, "", false)], &[200], true, 200)],
    },
    Scenario {
        about: "four minutes are tolerated, a second more is not",
        calls: &[
            (&[(240, 0, REFUSED, false)], &[0], false, 240),
            (&[(241, 0, REFUSED, false), (241, 0, "", false)], &[240, 241], true, 241),
        ],
    },
    Scenario {
        about: "the same backwards",
        calls: &[
            (&[(-240, 0, REFUSED, false)], &[0], false, -240),
            (&[(-241, 0, REFUSED, false), (-241, 0, "", false)], &[-240, -241], true, -241),
        ],
    },
    Scenario { about: "a cached answer tells nothing", calls: &[(&[(300, 0, REFUSED, true)], &[0], false, 0)] },
    Scenario {
        about: "a success is measured too, and the next call signed with it",
        calls: &[(&[(3600, 0, "", false)], &[0], true, 3600), (&[(3600, 0, "", false)], &[3600], true, 3600)],
    },
    Scenario {
        about: "that persists ends with the attempts",
        calls: &[(&[(300, 0, REFUSED, false); 3], &[0, 300, 300], false, 300)],
    },
    Scenario {
        about: "all five codes: SignatureDoesNotMatch, AuthFailure",
        calls: &[(
            &[(300, 0, "SignatureDoesNotMatch", false), (300, 0, "AuthFailure", false), (300, 0, "", false)],
            &[0, 300, 300],
            true,
            300,
        )],
    },
    Scenario {
        about: "all five codes: RequestTimeTooSkewed, AccessDeniedException",
        calls: &[(
            &[
                (-300, 0, "RequestTimeTooSkewed", false),
                (-300, 0, "AccessDeniedException", false),
                (-300, 0, "", false),
            ],
            &[0, -300, -300],
            true,
            -300,
        )],
    },
    Scenario { about: "RequestExpired is final", calls: &[(&[(300, 0, "RequestExpired", false)], &[0], false, 300)] },
    Scenario {
        about: "ExpiredTokenException is final",
        calls: &[(&[(300, 0, "ExpiredTokenException", false)], &[0], false, 300)],
    },
    Scenario {
        about: "a round trip of 15 minutes tells, from its middle",
        calls: &[(&[(900, 900, REFUSED, false), (900, 0, "", false)], &[0, 450], true, 900)],
    },
    Scenario { about: "a longer one does not", calls: &[(&[(900, 901, REFUSED, false)], &[0], false, 0)] },
];

/// Plays the table.
fn table() -> Result<usize> {
    for Scenario { about, calls } in &TABLE {
        let script_calls = calls.iter().map(|(answers, ..)| {
            let mut sent = NOW;
            let steps = answers.iter().map(|(skew, took, code, is_cached)| {
                // The date is the server's when the request was sent; the waits between attempts are less than a second.
                let date = sent.saturating_add_signed(*skew);
                sent += took;
                step(date, *took, code, *is_cached)
            });
            Call::new(NOW, steps.collect())
        });
        let seen = Script { max_attempts: 3, calls: script_calls.collect() }.play()?;
        for (seen, (answers, offsets, succeeds, left)) in seen.iter().zip(*calls) {
            let sent: Vec<i64> = answers
                .iter()
                .scan(0, |sum, answer| Some(std::mem::replace(sum, *sum + answer.1.cast_signed())))
                .collect();
            let signed: Vec<i64> =
                offsets.iter().zip(&sent).map(|(offset, sent)| NOW.cast_signed() + sent + offset).collect();
            let outcome = if *succeeds { "success" } else { "error" };
            let expected = json!([outcome, signed, left]);
            if json!([seen["outcome"], seen["signed"], seen["offset"]]) != expected {
                return Err(format!("{about}: {seen}, expected {expected}").into());
            }
        }
    }
    Ok(TABLE.len())
}

fn generate(random: &mut Random) -> Script {
    let max_attempts = u32::try_from(random.below(4) + 1).expect("it is small");
    let calls = (0..4).map(|number| {
        let now = NOW + number * 1000;
        let steps = (0..max_attempts).map(|_| {
            if random.one_in(12) {
                return Step::Failure("TimedOut");
            }
            let skew = random.pick(&[0, 1, -1, 120, 238, 239, 240, 241, 242, 243, 300, 3600, 86_400 * 400]);
            let skew = if random.one_in(2) { skew } else { -skew };
            let took = random.pick(&[0, 0, 0, 1, 2, 3, 10, 299, 899, 900, 901, 1800]);
            let code = random.pick(&[
                "",
                REFUSED,
                REFUSED,
                "SignatureDoesNotMatch",
                "AuthFailure",
                "RequestTimeTooSkewed",
                "AccessDeniedException",
                "RequestExpired",
                "ExpiredTokenException",
                "InvalidInputException",
                "ThrottlingException",
            ]);
            let date = (now + took).saturating_add_signed(skew);
            let mut step = step(date, took, code, random.one_in(10));
            if let Step::Answer { headers, .. } = &mut step {
                match random.below(12) {
                    0 => headers.retain(|(name, _)| *name != "date"),
                    1 => headers[0].1 = random.pick(&["yesterday", "", "2026-11-22T20:37:05Z"]).to_owned(),
                    // What it says is compared with the corrected clock.
                    2 => headers.push(("retry-after", http_date(date + random.below(8)))),
                    _ => {}
                }
            }
            step
        });
        Call::new(now, steps.collect())
    });
    Script { max_attempts, calls: calls.collect() }
}

fn step(date: u64, took: u64, code: &str, is_cached: bool) -> Step {
    let mut headers = vec![("date", http_date(date))];
    if is_cached {
        headers.push(("age", "1".to_owned()));
    }
    let (status, body) =
        if code.is_empty() { (200, "{}".into()) } else { (403, format!("{{\"__type\":\"{code}\"}}").into()) };
    Step::Answer { status, headers, body, took }
}

/// `Sun, 22 Nov 2026 20:37:05 GMT`, by counting days.
fn http_date(seconds: u64) -> String {
    const MONTHS: [(&str, u64); 12] = [
        ("Jan", 31),
        ("Feb", 28),
        ("Mar", 31),
        ("Apr", 30),
        ("May", 31),
        ("Jun", 30),
        ("Jul", 31),
        ("Aug", 31),
        ("Sep", 30),
        ("Oct", 31),
        ("Nov", 30),
        ("Dec", 31),
    ];
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][usize::try_from(days % 7).expect("it is small")];
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    loop {
        let length = MONTHS[month].1 + u64::from(month == 1 && is_leap(year));
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {:02} {} {year} {hour:02}:{minute:02}:{second:02} GMT", day + 1, MONTHS[month].0)
}

pub(crate) fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds() {
        assert_eq!(table().unwrap(), TABLE.len());
    }

    #[test]
    fn dates_are_counted() {
        assert_eq!(http_date(NOW), "Sun, 22 Nov 2026 20:37:05 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
    }
}
