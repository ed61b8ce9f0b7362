//! Clocks that are wrong. botocore does not correct clocks, so the crate's `Call` is compared with the rule alone: with the Python
//! program over generated dates, and with a table.

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
            let parts = ["outcome", "code", "attempts", "waits", "quota", "signed", "offset", "unconfirmed"];
            if let Some(part) = parts.into_iter().find(|part| rule[*part] != ours[*part]) {
                let explained = format!("{part} differs from the rule\nrule {rule}\nours {ours}\n{call:#?}");
                return Err(format!("script {number}, call {index}: {explained}").into());
            }
        }
        Ok(())
    })?;
    println!(
        "  {} clients, {calls} calls, {corrected} of them with a corrected clock: the crate equals the rule",
        scripts.len()
    );
    let table = table()?;
    println!("  {table} scenarios of the table agree");
    Ok(())
}

const REFUSED: &str = "InvalidSignatureException";
/// Instead of a code: a status 403 from a proxy.
const PROXY: &str = "<html>";
/// Instead of a code: a status 200 that is malformed.
const MALFORMED: &str = "{";
/// Instead of a code: a status 200 that is malformed because of its error code.
const CODE_WITH_200: &str = "200";

/// A response: the skew of the server's `Date` against the caller's clock, the round trip, the code (empty for a success), and
/// whether it has an `Age`.
type Answer = (i64, u64, &'static str, bool);

/// The calls of one client: the responses, the offsets that the attempts are signed with, whether the call succeeds, and the
/// offset afterwards.
struct Scenario {
    about: &'static str,
    calls: &'static [(&'static [Answer], &'static [i64], bool, i64)],
}

const TABLE: [Scenario; 19] = [
    Scenario {
        about: "five minutes slow",
        calls: &[(&[(300, 0, REFUSED, false), (300, 0, "", false)], &[0, 300], true, 300)],
    },
    Scenario {
        about: "five minutes fast",
        calls: &[(&[(-300, 0, REFUSED, false), (-300, 0, "", false)], &[0, -300], true, -300)],
    },
    Scenario {
        about: "200 s cause no retry, but the next call is signed with them",
        calls: &[(&[(200, 0, REFUSED, false)], &[0], false, 200), (&[(200, 0, "", false)], &[200], true, 200)],
    },
    Scenario { about: "four minutes are tolerated", calls: &[(&[(240, 0, REFUSED, false)], &[0], false, 240)] },
    Scenario {
        about: "a second more is not tolerated",
        calls: &[(&[(241, 0, REFUSED, false), (241, 0, "", false)], &[0, 241], true, 241)],
    },
    Scenario {
        about: "four minutes backwards are tolerated",
        calls: &[(&[(-240, 0, REFUSED, false)], &[0], false, -240)],
    },
    Scenario {
        about: "a second more backwards is not tolerated",
        calls: &[(&[(-241, 0, REFUSED, false), (-241, 0, "", false)], &[0, -241], true, -241)],
    },
    Scenario { about: "a cached response is ignored", calls: &[(&[(300, 0, REFUSED, true)], &[0], false, 0)] },
    Scenario {
        about: "a success is measured too, and the next call signed with it",
        calls: &[(&[(3600, 0, "", false)], &[0], true, 3600), (&[(3600, 0, "", false)], &[3600], true, 3600)],
    },
    Scenario {
        about: "a clock that is already compensated is not blamed again",
        calls: &[(&[(300, 0, REFUSED, false); 3], &[0, 300], false, 300)],
    },
    Scenario {
        about: "a clock that was set right is accepted at once",
        calls: &[
            (&[(3600, 0, "", false)], &[0], true, 3600),
            (&[(0, 0, REFUSED, false), (0, 0, "", false)], &[3600, 0], true, 0),
        ],
    },
    Scenario { about: "a proxy's page is ignored", calls: &[(&[(300, 0, PROXY, false)], &[0], false, 0)] },
    Scenario {
        about: "a success with an error code is measured, but is not a rejection",
        calls: &[(&[(300, 0, CODE_WITH_200, false)], &[0], false, 300)],
    },
    Scenario { about: "a malformed success is ignored", calls: &[(&[(300, 0, MALFORMED, false)], &[0], false, 0)] },
    Scenario {
        about: "all five codes, each with a larger skew",
        calls: &[(
            &[
                (300, 0, "SignatureDoesNotMatch", false),
                (600, 0, "AuthFailure", false),
                (900, 0, "RequestTimeTooSkewed", false),
                (600, 0, "AccessDeniedException", false),
                (0, 0, "", false),
            ],
            &[0, 300, 600, 900, 600],
            true,
            0,
        )],
    },
    Scenario { about: "RequestExpired is final", calls: &[(&[(300, 0, "RequestExpired", false)], &[0], false, 300)] },
    Scenario {
        about: "ExpiredTokenException is final",
        calls: &[(&[(300, 0, "ExpiredTokenException", false)], &[0], false, 300)],
    },
    Scenario {
        about: "a round trip of 15 minutes counts, from its middle",
        calls: &[(&[(900, 900, REFUSED, false), (900, 0, "", false)], &[0, 450], true, 900)],
    },
    Scenario { about: "a longer round trip is ignored", calls: &[(&[(900, 901, REFUSED, false)], &[0], false, 0)] },
];

/// Plays the table.
fn table() -> Result<usize> {
    for Scenario { about, calls } in &TABLE {
        let script_calls = calls.iter().map(|(answers, ..)| {
            let mut sent = NOW;
            let steps = answers.iter().map(|(skew, took, code, is_cached)| {
                // The server's date when the request was sent. The waits between attempts are less than a second.
                let date = sent.saturating_add_signed(*skew);
                sent += took;
                step(date, *took, code, *is_cached)
            });
            Call::new(NOW, steps.collect())
        });
        let seen = Script { max_attempts: 5, calls: script_calls.collect() }.play()?;
        for (seen, (answers, offsets, succeeds, left)) in seen.iter().zip(*calls) {
            let sent: Vec<i64> = answers
                .iter()
                .scan(0, |sum, answer| Some(std::mem::replace(sum, *sum + answer.1.cast_signed())))
                .collect();
            let signed: Vec<i64> =
                offsets.iter().zip(&sent).map(|(offset, sent)| NOW.cast_signed() + sent + offset).collect();
            let is_malformed = answers.iter().any(|(_, _, code, _)| [MALFORMED, CODE_WITH_200].contains(code));
            let outcome = if *succeeds { "success" } else { "error" };
            let outcome = if is_malformed { "malformed" } else { outcome };
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
                PROXY,
                MALFORMED,
                CODE_WITH_200,
            ]);
            let date = (now + took).saturating_add_signed(skew);
            let mut step = step(date, took, code, random.one_in(10));
            if let Step::Answer { headers, .. } = &mut step {
                match random.below(12) {
                    0 => headers.retain(|(name, _)| *name != "date"),
                    1 => headers[0].1 = random.pick(&["yesterday", "", "2026-11-22T20:37:05Z"]).to_owned(),
                    // It is compared with the corrected clock.
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
    let (status, body) = match code {
        "" => (200, "{}".into()),
        MALFORMED => (200, code.into()),
        PROXY => (403, code.into()),
        CODE_WITH_200 => {
            headers.push(("x-amzn-errortype", REFUSED.to_owned()));
            (200, "{}".into())
        }
        code => (403, format!("{{\"__type\":\"{code}\"}}").into()),
    };
    Step::Answer { status, headers, body, took }
}

/// Formats `Sun, 22 Nov 2026 20:37:05 GMT` by counting days.
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
    fn table_holds() {
        assert_eq!(table().unwrap(), TABLE.len());
    }

    #[test]
    fn counts_dates() {
        assert_eq!(http_date(NOW), "Sun, 22 Nov 2026 20:37:05 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
    }
}
